# SPDX-License-Identifier: Apache-2.0
"""measure.py - what a server and all its children cost.

CPU comes from a cgroup of its own where we may make one: it counts children
that have ended, to the nanosecond. Elsewhere it is added up from /proc, in
steps of the clock tick.
"""
import os
import time


class Cgroup:
    """A cgroup of version 1 (cpuacct) or 2; None of use() when there is none."""

    def __init__(self, name):
        self.path = None
        self.usage = None
        for parent, usage in (("/sys/fs/cgroup/cpuacct", "cpuacct.usage"),
                              ("/sys/fs/cgroup", "cpu.stat")):
            path = f"{parent}/convoy-bench-{os.getpid()}-{name}"
            if usage == "cpu.stat" and \
                    not os.path.exists(f"{parent}/cgroup.controllers"):
                continue
            try:
                os.mkdir(path)
            except OSError:
                continue
            if os.path.exists(f"{path}/{usage}"):
                self.path, self.usage = path, usage
                return
            os.rmdir(path)

    def enter(self):
        """Run in the child, before exec."""
        if self.path:
            with open(f"{self.path}/cgroup.procs", "w") as procs:
                procs.write("0")

    def cpu(self):
        with open(f"{self.path}/{self.usage}") as usage:
            text = usage.read()
        if self.usage == "cpuacct.usage":
            return int(text) / 1e9
        return int(text.split("usage_usec")[1].split()[0]) / 1e6

    def remove(self):
        for _ in range(50):
            try:
                if self.path:
                    os.rmdir(self.path)
                return
            except OSError:
                time.sleep(0.1)


def tree(pid):
    """The process and all its descendants."""
    children = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/stat") as stat:
                parent = int(stat.read().rsplit(")", 1)[1].split()[1])
        except (OSError, IndexError):
            continue
        children.setdefault(parent, []).append(int(entry))
    found, waiting = [], [pid]
    while waiting:
        one = waiting.pop()
        found.append(one)
        waiting += children.get(one, [])
    return found


def cpu_of_tree(pid):
    ticks = 0
    for one in tree(pid):
        try:
            with open(f"/proc/{one}/stat") as stat:
                fields = stat.read().rsplit(")", 1)[1].split()
        except OSError:
            continue
        ticks += sum(int(field) for field in fields[11:15])
    return ticks / os.sysconf("SC_CLK_TCK")


def pss_of_tree(pid):
    """Proportional set size in KiB."""
    total = 0
    for one in tree(pid):
        try:
            with open(f"/proc/{one}/smaps_rollup") as rollup:
                for line in rollup:
                    if line.startswith("Pss:"):
                        total += int(line.split()[1])
        except OSError:
            continue
    return total
