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

    def __init__(self, cell, results, peers, beside=None):
        self.cell = cell
        self.results = results
        self.peers = peers      # their names
        self.beside = beside    # who the goal is a share of; None: the best

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

    def best(self):
        """The peer that the goal is about; None: there is none."""
        peers = [name for name in self.peers if self.costs(name)]
        if self.beside:
            return self.beside if self.beside in peers else None
        return min(peers, default=None,
                   key=lambda name: statistics.median(self.costs(name)))

    def goal(self):
        """The goal, and whether it was reached."""
        if self.cell.goal is None or not self.costs("convoy"):
            return "-"
        values = self.costs("convoy") if self.cell.mode == "idle" \
            else self.ratios("convoy", self.best() or "")
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
        best = self.best()
        if best:
            parts.append(f"of {best}: {self.ratio('convoy', best)}")
        parts.append(f"goal: {self.goal()}")
        return " | ".join(parts)

    def markdown(self):
        cells = [self.cell.name, self.cell.unit]
        cells += [self.of(name) for name in
                  ("convoy", *self.peers, "convoy-disk")]
        cells += [self.ratio("convoy", name) for name in self.peers]
        return f"| {' | '.join([*cells, self.goal()])} |\n"


def head(peers):
    names = ["load", "cost in", "convoy", *peers, "convoy, synced to disk",
             *(f"share of {name}'s cost" for name in peers), "goal"]
    return f"| {' | '.join(names)} |\n|{'---|' * len(names)}\n"


def markdown(options, rows, name, load):
    text = (f"# ./dev bench {name}, {time.strftime('%Y-%m-%d %H:%M')}\n\n"
            f"{os.cpu_count()} CPUs, {platform.release()}, load "
            f"{os.getloadavg()[0]:.1f} at the end. {options.rounds} rounds, "
            f"{load} Cost: median [min-max]; "
            "then the rate. Shares are of rounds, goals are for "
            "durability = cache.\n\n")
    if rows:
        text += head(rows[0].peers)
    return text + "".join(row.markdown() for row in rows)


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
