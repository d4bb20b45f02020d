# SPDX-License-Identifier: Apache-2.0
"""What a crash may do: `kill -9` of the server and a power cut of the disk.

The promise: nothing acknowledged is missing or torn, nothing unacknowledged is
visible, and what was cut goes on at its recorded offset.
"""
import ctypes
import fcntl
import os
import random
import subprocess
import threading
import time

import pytest

from raw_sftp import C, Raw, Refused, T, W

LONG = os.environ.get("CONVOY_LONG") == "1"
PIECE = 32768


def content(seed, size):
    """The same bytes for the same seed, wherever they are needed again: a
    block of its own, and the seed's place in the file counted in each."""
    block = random.Random(seed).randbytes(4093)
    return (block * (size // len(block) + 1))[:size]


class Ledger:
    """What the clients were told, under a lock."""

    def __init__(self):
        self.lock = threading.Lock()
        self.acknowledged = {}   # path: seed and size the server said yes to
        self.attempted = {}      # path: seed and size of the last try

    def attempt(self, path, what):
        with self.lock:
            self.attempted[path] = what

    def acknowledge(self, path, what):
        with self.lock:
            self.acknowledged[path] = what


def upload_until_cut(server, ledger, worker, stop):
    """One upload after the other over one connection, until it breaks."""
    order = random.Random(worker)
    raw = None
    done = 0
    while not stop.is_set():
        path = "/w%d-%d" % (worker, done)
        what = (worker * 100003 + done, order.choice([0, 1, 4096, 100000, 1000000]))
        data = content(*what)
        ledger.attempt(path, what)
        try:
            raw = raw or Raw(server.port, "alice", password="wonderland")
            handle = raw.open(path, W | C | T)
            raw.write_all(handle, data, piece=PIECE)
            raw.close(handle)
        except (Refused, EOFError, OSError, Exception):
            raw = None
            if stop.is_set():
                return
            time.sleep(0.05)
        else:
            ledger.acknowledge(path, what)
        done += 1


def check_promises(server, ledger):
    raw = Raw(server.port, "alice", password="wonderland")
    visible = {"/" + name.decode() for name in raw.names("/")}
    for path, what in ledger.acknowledged.items():
        assert path in visible, "acknowledged and missing: " + path
        # What a client would get: published files are what lies there.
        assert server.file("alice", path[1:]).read_bytes() == content(*what), \
            "acknowledged and torn: " + path
    for path in visible - set(ledger.acknowledged):
        # Its CLOSE may have been executed with the answer lost on the way:
        # then it is whole. Anything less must not be seen.
        assert server.file("alice", path[1:]).read_bytes() == \
            content(*ledger.attempted[path]), "torn: " + path
    raw.close_connection()
    return visible


def resume_left_overs(server, ledger, visible):
    """Every cut upload is told at less than its size, and can be completed."""
    raw = Raw(server.port, "alice", password="wonderland")
    resumed = 0
    for path, what in ledger.attempted.items():
        if path in visible:
            continue
        data = content(*what)
        try:
            told = raw.stat(path).size
        except Refused:
            continue
        assert told < len(data)
        handle = raw.open(path, W)
        raw.write_all(handle, data[told:], offset=told)
        raw.close(handle)
        assert raw.get(path) == data
        ledger.acknowledge(path, what)
        resumed += 1
    raw.close_connection()
    return resumed


def test_kill_9_at_random_moments_loses_nothing_acknowledged(make_server):
    server = make_server(accounts={"alice": "wonderland"})
    rounds = 25 if LONG else 6
    order = random.Random(20261123)
    ledger = Ledger()
    cut = resumed = 0
    for number in range(rounds):
        stop = threading.Event()
        workers = [threading.Thread(target=upload_until_cut,
                                    args=(server, ledger, number * 10 + i, stop))
                   for i in range(4)]
        for worker in workers:
            worker.start()
        time.sleep(order.uniform(0.2, 1.5))
        server.kill9()
        stop.set()
        for worker in workers:
            worker.join(60)
            assert not worker.is_alive()
        server.start()
        visible = check_promises(server, ledger)
        cut += len(set(ledger.attempted) - visible)
        resumed += resume_left_overs(server, ledger, visible)
    assert len(ledger.attempted) >= 100 or not LONG
    assert len(ledger.acknowledged) > rounds
    print("uploads", len(ledger.attempted), "acknowledged", len(ledger.acknowledged),
          "cut", cut, "resumed", resumed)


def test_a_cut_upload_goes_on_at_its_recorded_offset_after_kill_9(make_server):
    """Past 64 MiB there is a record; what is told after the crash is it."""
    server = make_server(accounts={"alice": "wonderland"})
    data = content(7, 80 * 1024 * 1024)
    raw = Raw(server.port, "alice", password="wonderland")
    handle = raw.open("/big", W | C | T)
    raw.write_all(handle, data[:70 * 1024 * 1024], piece=131072)
    server.kill9()
    server.start()
    raw = Raw(server.port, "alice", password="wonderland")
    assert raw.names("/") == []
    told = raw.stat("/big").size
    assert told == 64 * 1024 * 1024 - 1
    handle = raw.open("/big", W)
    raw.write_all(handle, data[told:], offset=told, piece=131072)
    raw.close(handle)
    assert raw.get("/big") == data


EXT4_IOC_SHUTDOWN = 0x8004587D
NOLOGFLUSH = 2


@pytest.fixture
def cuttable_disk(tmp_path):
    """An ext4 of its own in a loop file; cut() is its power cut."""
    if os.geteuid() != 0:
        pytest.skip("a loop mount needs root")
    image, place = tmp_path / "disk.img", tmp_path / "disk"
    place.mkdir()
    subprocess.run(["truncate", "-s", "512M", image], check=True)
    subprocess.run(["mkfs.ext4", "-q", "-F", image], check=True)

    class Disk:
        path = str(place)

        @staticmethod
        def mount():
            subprocess.run(["mount", "-o", "loop", image, place], check=True)

        @staticmethod
        def unmount():
            subprocess.run(["umount", place], check=True)

        @staticmethod
        def cut():
            folder = os.open(place, os.O_RDONLY)
            fcntl.ioctl(folder, EXT4_IOC_SHUTDOWN, ctypes.c_uint32(NOLOGFLUSH))
            os.close(folder)

    Disk.mount()
    yield Disk
    subprocess.run(["umount", "-l", place], check=False)


def test_a_power_cut_loses_nothing_acknowledged(make_server, cuttable_disk):
    ledger = Ledger()
    for number in range(6 if LONG else 2):
        server = make_server(accounts={"alice": "wonderland"},
                             home=cuttable_disk.path + "/home",
                             state=cuttable_disk.path + "/state-%d" % number)
        stop = threading.Event()
        workers = [threading.Thread(target=upload_until_cut,
                                    args=(server, ledger, 1000 + number * 10 + i, stop))
                   for i in range(3)]
        for worker in workers:
            worker.start()
        time.sleep(random.Random(number).uniform(0.5, 1.5))
        cuttable_disk.cut()
        time.sleep(0.2)
        server.kill9()
        stop.set()
        for worker in workers:
            worker.join(60)
            assert not worker.is_alive()
        cuttable_disk.unmount()
        cuttable_disk.mount()
        server.start()
        visible = check_promises(server, ledger)
        resume_left_overs(server, ledger, visible)
        server.stop()
    assert len(ledger.acknowledged) > 2
