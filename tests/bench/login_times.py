# SPDX-License-Identifier: Apache-2.0
"""login_times.py - can it be told from the time of a refusal who exists?

    CONVOY=build/convoy /usr/bin/python3 tests/bench/login_times.py [LOGINS]

Wrong passwords for accounts that are there, that are not, that are disabled,
and right ones from an address that a filter keeps out; in a random order, from
several connections at once. Prints the times of each kind and the p-value of
the Kolmogorov-Smirnov test against the first. To be run by hand: the numbers
are of a machine, and say nothing when it is busy otherwise.
"""
import math
import os
import random
import statistics
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, ".."), os.path.join(HERE, "..", "wire")]

from raw_ssh import RawSsh  # noqa: E402
from server_fixture import Server  # noqa: E402

KINDS = {"known": ("alice", "wrong"), "unknown": ("nobody", "wrong"),
         "disabled": ("off", "secret"), "filtered": ("far", "secret")}
PER_CONNECTION = 4
AT_A_TIME = 8


def measure(port, kinds, times, lock):
    """One connection, one attempt for each kind."""
    with RawSsh(port, timeout=120) as ssh:
        ssh.exchange_keys()
        ssh.expect_service()
        for kind in kinds:
            began = time.perf_counter()
            ssh.send(ssh.password_request(*KINDS[kind]))
            answer = ssh.next()
            took = time.perf_counter() - began
            with lock:
                times[kind].append((took, bytes(answer)))


def work(port, rounds, times, lock):
    while True:
        with lock:
            if not rounds:
                return
            kinds = rounds.pop()
        measure(port, kinds, times, lock)


def p_value(a, b):
    """Of the Kolmogorov-Smirnov test for two samples, for large ones."""
    both = sorted([(x, 0) for x in a] + [(x, 1) for x in b])
    seen, most = [0, 0], 0.0
    for _, which in both:
        seen[which] += 1
        most = max(most, abs(seen[0] / len(a) - seen[1] / len(b)))
    size = math.sqrt(len(a) * len(b) / (len(a) + len(b)))
    scaled = (size + 0.12 + 0.11 / size) * most
    if scaled < 0.2:
        return 1.0
    return min(1.0, max(0.0, 2 * sum((-1) ** (k - 1) * math.exp(-2 * (k * scaled) ** 2)
                                     for k in range(1, 101))))


def main():
    logins = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    kinds = [kind for kind in KINDS for _ in range(logins // len(KINDS))]
    random.shuffle(kinds)
    rounds = [kinds[at:at + PER_CONNECTION] for at in range(0, len(kinds), PER_CONNECTION)]
    times, lock = {kind: [] for kind in KINDS}, threading.Lock()
    with tempfile.TemporaryDirectory() as folder:
        server = Server(folder, accounts={"alice": "secret", "off": "secret", "far": "secret"},
                        server={"failed_login_delay": 1},
                        account_options={"off": {"enabled": "No"},
                                         "far": {"source_ip_filter": "allow 192.0.2.0/24"}})
        server.start()
        threads = [threading.Thread(target=work, args=(server.port, rounds, times, lock))
                   for _ in range(AT_A_TIME)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        server.end()
    first = [took for took, _ in times["known"]]
    for kind, told in times.items():
        mine = [took for took, _ in told]
        print("%-9s %5d logins  median %8.3f ms  spread %6.3f ms  p %.3f" % (
            kind, len(mine), statistics.median(mine) * 1e3, statistics.pstdev(mine) * 1e3,
            p_value(first, mine)))
    answers = {answer for told in times.values() for _, answer in told}
    print("answers: %d kind%s" % (len(answers), "" if len(answers) == 1 else "s"))
    return 0 if len(answers) == 1 else 1


if __name__ == "__main__":
    sys.exit(main())
