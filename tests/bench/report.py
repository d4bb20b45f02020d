# SPDX-License-Identifier: Apache-2.0
"""report.py - the table of a benchmark, for people and for programs."""
import json
import os
import platform
import statistics
import time


def spread(values):
    """median [min-max]"""
    if len(values) == 1:
        return f"{values[0]:.3g}"
    return (f"{statistics.median(values):.3g} "
            f"[{min(values):.3g}-{max(values):.3g}]")


class Row:
    """A cell and what each server needed in each round."""

    def __init__(self, cell, results):
        self.cell = cell
        self.results = results

    def costs(self, name):
        return [one["cost"] for one in self.results.get(name, [])]

    def rate(self, name):
        """MB/s, or whatever is counted per second."""
        seconds = statistics.median(
            one["seconds"] for one in self.results[name])
        if self.cell.mode == "idle":
            return ""
        if self.cell.bytes:
            return f"{self.cell.bytes / 1e6 / seconds:.0f} MB/s"
        for flag, value in zip(self.cell.arguments, self.cell.arguments[1:]):
            if flag == "-n":
                return f"{value / seconds:.0f}/s"
        return ""

    def ratios(self, name, beside):
        """Round by round; CPU of other programs hits both alike."""
        return [mine / other for mine, other in
                zip(self.costs(name), self.costs(beside)) if other > 0]

    def ratio(self, name, beside):
        ratios = self.ratios(name, beside)
        return spread(ratios) if ratios else "-"

    def goal(self):
        """The goal, and whether it was reached."""
        if self.cell.goal is None or not self.costs("convoy"):
            return "-"
        values = self.costs("convoy") if self.cell.mode == "idle" \
            else self.ratios("convoy", "openssh")
        if not values:
            return f"{self.cell.goal}"
        reached = statistics.median(values) <= self.cell.goal
        return f"{self.cell.goal} {'reached' if reached else 'missed'}"

    def of(self, name):
        if not self.costs(name):
            return "-"
        return f"{spread(self.costs(name))}, {self.rate(name)}".rstrip(", ")

    def line(self):
        parts = [f"{self.cell.name:32} {self.cell.unit:13}"]
        parts += [f"{name}: {self.of(name)}" for name in self.results]
        parts += [f"of openssh: {self.ratio('convoy', 'openssh')}",
                  f"goal: {self.goal()}"]
        return " | ".join(parts)


HEAD = ("| load | cost in | convoy | openssh | proftpd | convoy, synced to disk"
        " | share of openssh's cost | of proftpd's | goal |\n"
        "|---|---|---|---|---|---|---|---|---|\n")


def markdown(options, rows, name, load):
    text = (f"# ./dev bench {name}, {time.strftime('%Y-%m-%d %H:%M')}\n\n"
            f"{os.cpu_count()} CPUs, {platform.release()}, load "
            f"{os.getloadavg()[0]:.1f} at the end. {options.rounds} rounds, "
            f"{load} Cost: median [min-max]; "
            "then the rate. Shares are of rounds, goals are for "
            "durability = cache.\n\n")
    text += HEAD
    for row in rows:
        cells = [row.cell.name, row.cell.unit]
        cells += [row.of(server) for server in
                  ("convoy", "openssh", "proftpd", "convoy-disk")]
        cells += [row.ratio("convoy", "openssh"),
                  row.ratio("convoy", "proftpd"), row.goal()]
        text += "| " + " | ".join(cells) + " |\n"
    return text


def write(options, rows, name, load):
    """`load` says in words what was measured with."""
    os.makedirs(options.out, exist_ok=True)
    table = markdown(options, rows, name, load)
    with open(f"{options.out}/{name}.md", "w") as file:
        file.write(table)
    with open(f"{options.out}/{name}.json", "w") as file:
        json.dump({"rounds": options.rounds, "size": options.size,
                   "load": load,
                   "cells": [{"name": row.cell.name, "unit": row.cell.unit,
                              "goal": row.cell.goal, "results": row.results}
                             for row in rows]}, file, indent=1)
    print(f"\n{table}\nwritten to {options.out}/{name}.md and {name}.json")
