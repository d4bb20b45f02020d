# SPDX-License-Identifier: Apache-2.0
"""bench.py - what the benchmarks share: servers side by side, in rounds.

Servers take turns within each round, so that whatever else the machine does
meets all of them, and a ratio is taken within a round. Files lie on tmpfs:
this measures servers, not disks. Beside them Convoy with durability = disk
writes to a real disk, where acknowledged means synced.
"""
import os
import random
import shutil
import tempfile

import report
from servers import Convoy, ConvoyDisk, OpenSSH, ProFTPD


class Bench:
    """Subclasses say what a load is, in once() and prepare()."""
    kinds = (Convoy, OpenSSH, ProFTPD, ConvoyDisk)
    beside = OpenSSH.name   # whose cost the goals are shares of; None: the best

    def __init__(self, options, person, make_keys):
        self.options = options
        self.person = person
        self.work = tempfile.mkdtemp(prefix="convoy-bench-", dir="/dev/shm")
        os.chmod(self.work, 0o755)
        self.files = self.make_folder(self.work)
        self.disk = self.make_folder(
            tempfile.mkdtemp(prefix="convoy-bench-", dir=options.disk))
        os.chmod(os.path.dirname(self.disk), 0o755)
        self.keys = make_keys(self.work)
        self.servers = []

    def make_folder(self, parent):
        """A folder that the servers' sessions may write to."""
        path = f"{parent}/files"
        os.mkdir(path, 0o755)
        self.give(path)
        return path

    def give(self, path):
        os.chown(path, self.person.pw_uid, self.person.pw_gid)

    def start(self):
        Convoy.program = self.options.convoy
        kinds = {kind.name: kind for kind in self.kinds}
        for name in (self.options.servers or ",".join(kinds)).split(","):
            folder = self.disk if name == ConvoyDisk.name else self.files
            server = kinds[name](self.work, folder, self.keys, self.person)
            self.servers.append(server)
            server.start()

    def stop(self):
        for server in self.servers:
            server.stop()
        shutil.rmtree(self.work, ignore_errors=True)
        shutil.rmtree(os.path.dirname(self.disk), ignore_errors=True)

    def fill_big(self, path, size):
        if os.path.exists(path):
            return
        with open(path, "wb") as file:
            for _ in range(size >> 20):
                file.write(os.urandom(1 << 20))

    def fill(self, folder, count, content):
        os.makedirs(folder, exist_ok=True)
        for index in range(count):
            with open(f"{folder}/small-{index:05}", "wb") as file:
                file.write(content)

    def prepare(self, cell):
        """What the load finds."""

    def once(self, server, cell):
        """One load on one server: what it cost, and how long it took."""
        raise NotImplementedError

    def peers(self):
        return [kind.name for kind in self.kinds
                if not issubclass(kind, Convoy)]

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

    def run(self, cells):
        """All the cells that were asked for, as rows of the report."""
        done = []
        try:
            self.start()
            for cell in cells:
                if self.options.only not in cell.name:
                    continue
                row = report.Row(cell, self.run_cell(cell), self.peers(),
                                 self.beside)
                done.append(row)
                print(row.line(), flush=True)
        finally:
            self.stop()
        return done


def add_options(parser):
    parser.add_argument("--convoy", required=True, help="the program")
    parser.add_argument("--out", required=True, help="folder for the results")
    parser.add_argument("--quick", action="store_true",
                        help="2 rounds of small sizes, to see that it runs")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--size", type=int, default=512,
                        help="MiB of a single stream")
    parser.add_argument("--only", default="",
                        help="cells whose name contains this")
    parser.add_argument("--servers", help="only these, by their names")
    parser.add_argument("--disk", default="/var/tmp",
                        help="a folder on a real disk, for durability = disk")


def read_options(parser):
    options = parser.parse_args()
    if options.quick:
        options.rounds = min(options.rounds, 2)
        options.size = min(options.size, 64)
    options.size <<= 20
    return options
