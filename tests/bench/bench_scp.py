#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""bench_scp.py - Convoy's SCP beside OpenSSH's and ProFTPD's.

The client is OpenSSH's scp -O, which logs in for each load; what that costs
the server is part of the cost. OpenSSH's server runs a shell and its own scp,
for which it needs a person with a shell. See bench.py. Goals are printed,
never enforced.

    bench_scp.py --convoy PROGRAM --out FOLDER
                 [--quick] [--rounds N] [--size MiB] [--only WORD]
                 [--servers NAME,…] [--disk FOLDER]
"""
import argparse
import os
import pwd
import shutil
import subprocess
import sys
import time

import bench
import report
from servers import CHACHA, GCM128, NAMES, Keys

FILES = 1000


class Cell:
    """One kind of load. `goal` is a share of OpenSSH's cost."""
    goal = 1.0
    once = False

    def __init__(self, mode, cipher, size):
        self.mode = mode
        self.cipher = cipher
        self.writes = mode.startswith("put")
        self.is_small = mode.endswith("small")
        self.bytes = 0 if self.is_small else size
        self.arguments = ["-n", FILES] if self.is_small else []
        self.unit = "us CPU/file" if self.is_small else "CPU s/GB"
        self.per = FILES / 1e6 if self.is_small else size / 1e9
        verb = "upload" if self.writes else "download"
        self.name = f"{verb} {FILES} x 4 KiB, -r" if self.is_small \
            else f"{verb} {NAMES[cipher]}"


def cells(size):
    for mode in "get", "put":
        for cipher in GCM128, CHACHA:
            yield Cell(mode, cipher, size)
    for mode in "put-small", "get-small":
        yield Cell(mode, GCM128, size)


class ScpBench(bench.Bench):
    def __init__(self, options):
        super().__init__(options, pwd.getpwuid(os.geteuid()), Keys.for_openssh)
        self.client = f"{self.work}/client-files"
        os.mkdir(self.client)

    def prepare(self, cell):
        where = self.client if cell.writes else self.files
        if cell.is_small:
            self.fill(f"{where}/tree", FILES, bytes(4096))
        else:
            self.fill_big(f"{where}/big", self.options.size)

    def clear(self, server):
        shutil.rmtree(f"{self.client}/down", ignore_errors=True)
        shutil.rmtree(f"{server.files}/up", ignore_errors=True)
        if os.path.exists(f"{server.files}/up-file"):
            os.unlink(f"{server.files}/up-file")

    def words(self, server, cell):
        """From where to where."""
        there = f"{server.user}@127.0.0.1:"
        if cell.is_small and cell.writes:
            return ["-r", f"{self.client}/tree", there + server.path("up")]
        if cell.is_small:
            return ["-r", there + server.path("tree"), f"{self.client}/down"]
        if cell.writes:
            return [f"{self.client}/big", there + server.path("up-file")]
        return [there + server.path("big"), "/dev/null"]

    def once(self, server, cell):
        self.clear(server)
        command = ["scp", "-O", "-q", "-F", "/dev/null", "-P", server.port,
                   "-i", self.keys.client, "-c", cell.cipher,
                   "-o", "StrictHostKeyChecking=no", "-o", "LogLevel=ERROR",
                   "-o", "UserKnownHostsFile=/dev/null",
                   "-o", "IdentitiesOnly=yes", *self.words(server, cell)]
        before = server.cpu()
        start = time.monotonic()
        client = subprocess.Popen([str(word) for word in command])
        _, status, usage = os.wait4(client.pid, 0)
        client.returncode = status
        seconds = time.monotonic() - start
        if status != 0:
            raise RuntimeError(f"{server.name}: {cell.name} broke off")
        time.sleep(0.5)
        cost = server.cpu() - before
        self.check(server, cell)
        self.clear(server)
        return {"cost": cost / cell.per, "seconds": seconds,
                "client_cpu": usage.ru_utime + usage.ru_stime}

    def check(self, server, cell):
        """All of it has come."""
        if cell.is_small:
            where = f"{server.files}/up" if cell.writes \
                else f"{self.client}/down"
            whole = len(os.listdir(where)) == FILES
        else:
            whole = not cell.writes or \
                os.path.getsize(f"{server.files}/up-file") == cell.bytes
        if not whole:
            raise RuntimeError(f"{server.name}: {cell.name} is not whole")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    bench.add_options(parser)
    options = bench.read_options(parser)
    rows = ScpBench(options).run(cells(options.size))
    report.write(options, rows, "scp",
                 f"{options.size >> 20} MiB, scp -O with its login.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
