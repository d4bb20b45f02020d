#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""bench_ftp.py - Convoy's FTP beside vsftpd's, Pure-FTPd's and ProFTPD's.

Plain and under TLS 1.3 with AES-128-GCM. The table shows the median of the
rounds and their spread; see bench.py. The goal is a share of what the best of
the three needs in the same run; goals are printed, never enforced.

    bench_ftp.py --convoy PROGRAM --load PROGRAM --peers FOLDER --out FOLDER
                 [--quick] [--rounds N] [--size MiB] [--only WORD]
                 [--servers NAME,…] [--disk FOLDER]
"""
import argparse
import os
import pwd
import sys

import bench
import ftp_servers
import report
from load_bench import Cell, LoadBench

GOAL = 1.1
PLAIN, TLS = "plain", "TLS"


def stream_cells(size):
    for kind in PLAIN, TLS:
        for mode in "download", "upload":
            for streams in (1, 4):
                each = size if streams == 1 else size // 2
                yield Cell(f"{kind} {mode} x{streams}", mode, "CPU s/GB",
                           each * streams / 1e9,
                           path=f"big-x{streams}-" if mode == "download"
                           else "up",
                           cipher=kind, goal=GOAL, bytes=each * streams,
                           writes=mode == "upload", settle=0.2,
                           arguments=["-s", each, "-j", streams])


def other_cells(quick):
    files = 1000 if quick else 10000
    logins = 40 if quick else 200
    idle = 50 if quick else 200
    small = ["-n", files, "-s", 4096]
    for kind in PLAIN, TLS:
        yield Cell(f"{kind} put {files} x 4 KiB", "put-small", "us CPU/file",
                   files / 1e6, path="small", writes=True, cipher=kind,
                   arguments=small, goal=GOAL)
        yield Cell(f"{kind} get {files} x 4 KiB", "get-small", "us CPU/file",
                   files / 1e6, path="read", cipher=kind, arguments=small,
                   goal=GOAL)
        for streams in 1, 8:
            yield Cell(f"{kind} login x{streams}", "login", "ms CPU/login",
                       logins / 1e3, cipher=kind, settle=0.5, goal=GOAL,
                       arguments=["-n", logins, "-j", streams])
        yield Cell(f"{kind} {idle} idle sessions", "idle", "KiB/session", idle,
                   cipher=kind, arguments=["-j", idle], once=True)


class FtpBench(LoadBench):
    kinds = (ftp_servers.ConvoyFTP, ftp_servers.Vsftpd, ftp_servers.PureFTPd,
             ftp_servers.ProFTPDFTP, ftp_servers.ConvoyFTPDisk)
    beside = None

    def __init__(self, options):
        ftp_servers.Peer.folder_of_peers = options.peers
        # nobody has no home folder, in which vsftpd insists to begin
        super().__init__(options, pwd.getpwnam("daemon"), ftp_servers.Secrets)

    def words(self, server, cell):
        secure = ["-t"] if cell.cipher == TLS else []
        return ["-w", ftp_servers.PASSWORD, *secure]

    def path(self, server, cell):
        return server.path(cell.path)


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    bench.add_options(parser)
    parser.add_argument("--load", required=True, help="ftp_load")
    parser.add_argument("--peers", required=True,
                        help="where vsftpd and pure-ftpd are unpacked")
    return bench.read_options(parser)


def main():
    if os.geteuid() != 0:
        sys.exit("bench_ftp.py: vsftpd and Pure-FTPd have to start as root")
    options = parse()
    rows = FtpBench(options).run([*stream_cells(options.size),
                                  *other_cells(options.quick)])
    report.write(options, rows, "ftp",
                 f"{options.size >> 20} MiB (each of 4 streams: half); TLS is "
                 "1.3 with AES-128-GCM. Goal: a share of the best peer's cost.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
