#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""bench_sftp.py - Convoy's SFTP beside OpenSSH's and ProFTPD's.

Servers take turns within each round, so that whatever else the machine does
meets all of them, and a ratio is taken within a round; the table shows the
median of the rounds and their spread. Files lie on tmpfs: this measures
servers, not disks. Beside them Convoy with durability = disk writes to a real
disk, where acknowledged means synced. Goals are printed, never enforced.

    bench_sftp.py --convoy PROGRAM --load PROGRAM --out FOLDER
                  [--quick] [--rounds N] [--size MiB] [--request BYTES]
                  [--only WORD] [--servers NAME,…] [--disk FOLDER]
"""
import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time

import report
from servers import (CHACHA, CTR, GCM128, GCM256, Convoy, ConvoyDisk, Keys,
                     OpenSSH, ProFTPD, person)

NAMES = {GCM128: "aes128-gcm", GCM256: "aes256-gcm", CHACHA: "chacha20",
         CTR: "aes256-ctr+hmac"}
GOALS = {
    "download": {GCM128: 0.65, GCM256: 0.65, CHACHA: 0.45, CTR: 1.1},
    "upload": {GCM128: 0.9, GCM256: 0.9, CHACHA: 0.6, CTR: 1.1},
}


class Cell:
    """One kind of load. `goal` is a share of OpenSSH's cost, or KiB."""

    def __init__(self, name, mode, unit, per, **rest):
        self.name = name
        self.mode = mode
        self.unit = unit            # what the cost is printed in
        self.per = per              # costs are divided by this many
        self.arguments = rest.get("arguments", [])
        self.path = rest.get("path", "")
        self.cipher = rest.get("cipher", GCM128)
        self.goal = rest.get("goal")
        self.bytes = rest.get("bytes", 0)
        self.writes = rest.get("writes", False)
        self.settle = rest.get("settle", 0)
        self.once = rest.get("once", False)


def stream_cells(size, request):
    for mode, goals in GOALS.items():
        for cipher, goal in goals.items():
            for streams in (1, 4):
                each = size if streams == 1 else size // 2
                yield Cell(f"{mode} {NAMES[cipher]} x{streams}", mode,
                           "CPU s/GB", each * streams / 1e9,
                           path="big" if mode == "download" else "up",
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


class Bench:
    def __init__(self, options):
        self.options = options
        self.work = tempfile.mkdtemp(prefix="convoy-bench-", dir="/dev/shm")
        os.chmod(self.work, 0o755)
        self.files = self.make_folder(self.work)
        self.disk = self.make_folder(
            tempfile.mkdtemp(prefix="convoy-bench-", dir=options.disk))
        os.chmod(os.path.dirname(self.disk), 0o755)
        self.keys = Keys(self.work, options.load)
        self.servers = []

    def make_folder(self, parent):
        """A folder that the servers' sessions may write to."""
        path = f"{parent}/files"
        os.mkdir(path, 0o755)
        os.chown(path, person().pw_uid, person().pw_gid)
        return path

    def start(self):
        Convoy.program = self.options.convoy
        kinds = {kind.name: kind for kind in
                 (Convoy, OpenSSH, ProFTPD, ConvoyDisk)}
        for name in self.options.servers.split(","):
            folder = self.disk if name == ConvoyDisk.name else self.files
            server = kinds[name](self.work, folder, self.keys)
            self.servers.append(server)
            server.start()

    def stop(self):
        for server in self.servers:
            server.stop()
        shutil.rmtree(self.work, ignore_errors=True)
        shutil.rmtree(os.path.dirname(self.disk), ignore_errors=True)

    def prepare(self, cell):
        """What downloads and listings find."""
        if cell.mode == "download":
            for index in range(4):
                path = f"{self.files}/big{index}"
                if not os.path.exists(path):
                    with open(path, "wb") as file:
                        for _ in range(self.options.size >> 20):
                            file.write(os.urandom(1 << 20))
        if cell.mode == "get-small":
            self.fill("read", cell.arguments[1], bytes(4096))
        if cell.mode == "list":
            self.fill("many", cell.arguments[1], b"")

    def fill(self, name, count, content):
        folder = f"{self.files}/{name}"
        os.makedirs(folder, exist_ok=True)
        for index in range(count):
            with open(f"{folder}/small-{index:05}", "wb") as file:
                file.write(content)

    def clear(self, server, cell):
        """Uploads are to new names, in a folder that is there."""
        for entry in os.listdir(server.files):
            path = f"{server.files}/{entry}"
            if entry.startswith("up"):
                os.unlink(path)
            elif entry == "small":
                shutil.rmtree(path)
        if cell.mode == "put-small":
            os.mkdir(f"{server.files}/small")
            os.chown(f"{server.files}/small", person().pw_uid,
                     person().pw_gid)

    def once(self, server, cell):
        """One load on one server: what it cost, and how long it took."""
        if cell.writes:
            self.clear(server, cell)
        command = [self.options.load, "-p", server.port, "-u", server.user,
                   "-k", self.keys.client, "-c", cell.cipher,
                   *cell.arguments, cell.mode, cell.path]
        memory = server.pss() if cell.mode == "idle" else 0
        load = subprocess.Popen([str(word) for word in command], text=True,
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        if load.stdout.readline() != "connected\n":
            load.wait()
            raise RuntimeError(f"{server.name}: {cell.name} did not connect")
        before = server.cpu()
        load.stdin.write("\n")
        load.stdin.flush()
        line = load.stdout.readline()
        if not line:
            raise RuntimeError(f"{server.name}: {cell.name} broke off")
        result = json.loads(line)
        if cell.mode == "idle":
            time.sleep(2)
            cost = server.pss() - memory
        else:
            time.sleep(cell.settle)
            cost = server.cpu() - before
        load.stdin.close()
        load.wait()
        if cell.writes:
            self.clear(server, cell)
        return {"cost": cost / cell.per, "seconds": result["seconds"],
                "client_cpu": result["client_cpu"]}

    def run_cell(self, cell):
        self.prepare(cell)
        results = {}
        servers = [server for server in self.servers
                   if cell.cipher not in server.lacks and
                   (cell.writes or server.name != ConvoyDisk.name)]
        for _ in range(1 if cell.once else self.options.rounds):
            random.shuffle(servers)
            for server in servers:
                results.setdefault(server.name, []).append(
                    self.once(server, cell))
        return results


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--convoy", required=True, help="the program")
    parser.add_argument("--load", required=True, help="sftp_load")
    parser.add_argument("--out", required=True, help="folder for the results")
    parser.add_argument("--quick", action="store_true",
                        help="2 rounds of small sizes, to see that it runs")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--size", type=int, default=512,
                        help="MiB of a single stream; each of four has half")
    parser.add_argument("--request", type=int, default=32768,
                        help="bytes of one READ or WRITE, 64 in flight")
    parser.add_argument("--only", default="",
                        help="cells whose name contains this")
    parser.add_argument("--servers",
                        default="convoy,openssh,proftpd,convoy-disk")
    parser.add_argument("--disk", default="/var/tmp",
                        help="a folder on a real disk, for durability = disk")
    options = parser.parse_args()
    if options.quick:
        options.rounds = min(options.rounds, 2)
        options.size = min(options.size, 64)
    options.size <<= 20
    return options


def main():
    options = parse()
    bench = Bench(options)
    done = []
    try:
        bench.start()
        for cell in [*stream_cells(options.size, options.request),
                     *other_cells(options.quick)]:
            if options.only not in cell.name:
                continue
            row = report.Row(cell, bench.run_cell(cell))
            done.append(row)
            print(row.line(), flush=True)
    finally:
        bench.stop()
    report.write(options, done)
    return 0


if __name__ == "__main__":
    sys.exit(main())
