#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""bench_sftp.py - Convoy's SFTP beside OpenSSH's and ProFTPD's.

The table shows the median of the rounds and their spread; see bench.py. Goals
are printed, never enforced.

    bench_sftp.py --convoy PROGRAM --load PROGRAM --out FOLDER
                  [--quick] [--rounds N] [--size MiB] [--request BYTES]
                  [--only WORD] [--servers NAME,…] [--disk FOLDER]
"""
import argparse
import sys

import bench
import report
from load_bench import Cell, LoadBench
from servers import CHACHA, CTR, GCM128, GCM256, NAMES, Keys, person

GOALS = {
    "download": {GCM128: 0.65, GCM256: 0.65, CHACHA: 0.45, CTR: 1.1},
    "upload": {GCM128: 0.9, GCM256: 0.9, CHACHA: 0.6, CTR: 1.1},
}


def stream_cells(size, request):
    for mode, goals in GOALS.items():
        for cipher, goal in goals.items():
            for streams in (1, 4):
                each = size if streams == 1 else size // 2
                yield Cell(f"{mode} {NAMES[cipher]} x{streams}", mode,
                           "CPU s/GB", each * streams / 1e9,
                           path=f"big-x{streams}-" if mode == "download" else "up",
                           cipher=cipher, goal=goal, bytes=each * streams,
                           writes=mode == "upload",
                           arguments=["-s", each, "-j", streams,
                                      "-r", request])


def other_cells(quick):
    files = 1000 if quick else 10000
    logins = 40 if quick else 200
    entries = 20000 if quick else 200000
    idle = 100 if quick else 1000
    small = ["-n", files, "-s", 4096]
    yield Cell(f"put {files} x 4 KiB", "put-small", "us CPU/file", files / 1e6,
               path="small", writes=True, arguments=small, goal=1.0)
    yield Cell(f"get {files} x 4 KiB", "get-small", "us CPU/file", files / 1e6,
               path="read", arguments=small, goal=1.0)
    yield Cell("login by key x1", "login", "ms CPU/login", logins / 1e3,
               arguments=["-n", logins], goal=1.0, settle=0.5)
    yield Cell("login by key x8", "login", "ms CPU/login", logins / 1e3,
               arguments=["-n", logins, "-j", 8], goal=1.0, settle=0.5)
    yield Cell(f"list {entries} entries", "list", "us CPU/entry",
               entries / 1e6, path="many", arguments=["-n", entries])
    yield Cell(f"{idle} idle sessions", "idle", "KiB/session", idle,
               arguments=["-j", idle], goal=150, once=True)


class SftpBench(LoadBench):
    def __init__(self, options):
        super().__init__(options, person(),
                         lambda work: Keys.for_load(work, options.load))

    def words(self, server, cell):
        return ["-k", self.keys.client, "-c", cell.cipher or GCM128]


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    bench.add_options(parser)
    parser.add_argument("--load", required=True, help="sftp_load")
    parser.add_argument("--request", type=int, default=32768,
                        help="bytes of one READ or WRITE, 64 in flight")
    return bench.read_options(parser)


def main():
    options = parse()
    rows = SftpBench(options).run([*stream_cells(options.size, options.request),
                                   *other_cells(options.quick)])
    report.write(options, rows, "sftp",
                 f"{options.size >> 20} MiB (each of 4 streams: half), requests "
                 f"of {options.request} bytes, 64 in flight.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
