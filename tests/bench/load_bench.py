# SPDX-License-Identifier: Apache-2.0
"""load_bench.py - a benchmark whose client is a load of our own (load.h)."""
import json
import os
import shutil
import subprocess
import time

import bench


class Cell:
    """One kind of load. `goal` is a share of a peer's cost, or KiB."""

    def __init__(self, name, mode, unit, per, **rest):
        self.name = name
        self.mode = mode
        self.unit = unit            # what the cost is printed in
        self.per = per              # costs are divided by this many
        self.arguments = rest.get("arguments", [])
        self.path = rest.get("path", "")
        self.cipher = rest.get("cipher")
        self.goal = rest.get("goal")
        self.bytes = rest.get("bytes", 0)
        self.writes = rest.get("writes", False)
        self.settle = rest.get("settle", 0)
        self.once = rest.get("once", False)


class LoadBench(bench.Bench):
    def words(self, server, cell):
        """The load's arguments that are the protocol's."""
        raise NotImplementedError

    def path(self, server, cell):
        return cell.path

    def prepare(self, cell):
        """What downloads and listings find."""
        if cell.mode == "download":
            _, each, _, streams = cell.arguments[:4]
            for index in range(streams):
                self.fill_big(f"{self.files}/{cell.path}{index}", each)
        if cell.mode == "get-small":
            self.fill(f"{self.files}/read", cell.arguments[1], bytes(4096))
        if cell.mode == "list":
            self.fill(f"{self.files}/many", cell.arguments[1], b"")

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
            self.give(f"{server.files}/small")

    def check(self, server, cell):
        """What was acknowledged has come."""
        if cell.mode == "upload":
            come = sum(os.path.getsize(f"{server.files}/{entry}")
                       for entry in os.listdir(server.files)
                       if entry.startswith("up"))
            whole = come == cell.bytes
        else:
            whole = cell.mode != "put-small" or \
                len(os.listdir(f"{server.files}/small")) == cell.arguments[1]
        if not whole:
            raise RuntimeError(f"{server.name}: {cell.name} is not whole")

    def once(self, server, cell):
        """One load on one server: what it cost, and how long it took."""
        if cell.writes:
            self.clear(server, cell)
        command = [self.options.load, "-p", server.port, "-u", server.user,
                   *self.words(server, cell), *cell.arguments, cell.mode,
                   self.path(server, cell)]
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
            self.check(server, cell)
            self.clear(server, cell)
        return {"cost": cost / cell.per, "seconds": result["seconds"],
                "client_cpu": result["client_cpu"]}
