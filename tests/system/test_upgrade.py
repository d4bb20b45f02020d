# SPDX-License-Identifier: Apache-2.0
"""One process takes another's place: nobody is refused, nothing is cut."""
import json
import os
import signal
import socket
import subprocess
import threading
import time

import pytest

from raw_sftp import C, Raw, T, W
from server_fixture import CONVOY, Server

LONG = os.environ.get("CONVOY_LONG") == "1"
TRANSFERS = 50
UPGRADES = 20 if LONG else 3
PIECE = 32768


def convoy(server, *arguments, expect=0):
    done = subprocess.run([CONVOY, arguments[0], "-c", str(server.ini), *arguments[1:]],
                          capture_output=True, text=True, timeout=120)
    assert done.returncode == expect, done.stdout + done.stderr
    return done.stdout + done.stderr


def pid_of(server):
    return json.loads(convoy(server, "status", "--json"))["pid"]


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open("/proc/%d/stat" % pid) as stat:
        return stat.read().rsplit(")", 1)[1].split()[0] != "Z"


def wait_until_gone(pid):
    end = time.monotonic() + 120
    while is_alive(pid):
        assert time.monotonic() < end, "process %d does not end" % pid
        time.sleep(0.05)


@pytest.fixture
def server(tmp_path):
    server = Server(tmp_path / "server", accounts={"alice": "wonderland"},
                    server={"drain_timeout": 60},
                    service={"maximum_unauthenticated_per_address": 0})
    server.start()
    pids = [server.pid]
    server.successors = pids
    yield server
    for pid in pids:
        if is_alive(pid):
            os.kill(pid, signal.SIGTERM)
            os.kill(pid, signal.SIGINT)
    for pid in pids[1:]:
        wait_until_gone(pid)
    server.end()


def upgrade(server, *arguments):
    convoy(server, "upgrade", *arguments)
    pid = pid_of(server)
    server.successors.append(pid)
    return pid


def test_an_upgrade_takes_over_the_port_and_a_running_transfer_goes_on(server):
    raw = Raw(server.port, "alice", password="wonderland")
    handle = raw.open("/slow", W | C | T)
    raw.write(handle, 0, b"a" * PIECE)
    old = pid_of(server)
    new = upgrade(server)
    assert new != old == server.pid
    assert is_alive(old)
    other = Raw(server.port, "alice", password="wonderland")
    other.put("/quick", b"from the new one")
    raw.write(handle, PIECE, b"b" * PIECE)
    raw.close(handle)
    assert raw.get("/quick") == b"from the new one"
    assert other.get("/slow") == b"a" * PIECE + b"b" * PIECE
    raw.close_connection()
    wait_until_gone(old)
    other.put("/later", b"x")
    other.close_connection()
    assert len(server.events(70041)) == 1


def test_an_upload_cut_in_the_old_process_is_resumed_in_the_new_one(server):
    raw = Raw(server.port, "alice", password="wonderland")
    handle = raw.open("/big", W | C | T)
    data = os.urandom(40 * PIECE)
    raw.write_all(handle, data[:30 * PIECE])
    upgrade(server)
    raw.cut()
    server.wait_for(lambda: server.events(70010))
    other = Raw(server.port, "alice", password="wonderland")
    told = other.stat("/big").size
    assert told >= 29 * PIECE
    handle = other.open("/big", W)
    for at in range(told, len(data), PIECE):
        other.write(handle, at, data[at:at + PIECE])
    other.close(handle)
    assert server.file("alice", "big").read_bytes() == data
    other.close_connection()


def test_a_program_that_cannot_take_over_changes_nothing(server):
    old = pid_of(server)
    said = convoy(server, "upgrade", "/bin/false", expect=1)
    assert "the old one serves on" in said
    assert pid_of(server) == old
    assert "No such file" in convoy(server, "upgrade", "/nowhere/convoy", expect=1)
    assert "slash" in convoy(server, "upgrade", "convoy", expect=1)
    raw = Raw(server.port, "alice", password="wonderland")
    raw.put("/f", b"still here")
    raw.close_connection()


def test_a_file_with_mistakes_is_found_before_anything_is_taken_over(server):
    good = server.ini.read_text()
    old = pid_of(server)
    server.ini.write_text(good.replace("type = ssh", "type = ssh\nport = many"))
    convoy(server, "upgrade", expect=1)
    server.ini.write_text(good)
    assert pid_of(server) == old
    assert server.accepts_connections()


def test_take_over_by_hand_and_an_account_that_is_disabled_meanwhile(server):
    raw = Raw(server.port, "alice", password="wonderland")
    handle = raw.open("/f", W | C | T)
    new = subprocess.Popen([CONVOY, "serve", "-c", str(server.ini), "--take-over"],
                           stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    server.successors.append(new.pid)
    assert new.stdout.readline() == "ready\n"
    assert pid_of(server) == new.pid
    text = server.ini.read_text()
    server.ini.write_text(text.replace("name = alice", "name = alice\nenabled = No"))
    server.wait_for(lambda: not is_alive(server.pid))  # its only session was ended
    with pytest.raises(Exception):
        raw.write(handle, 0, b"x")
    new.send_signal(signal.SIGTERM)
    assert new.wait(60) == 0
    new.stdout.close()


def test_nothing_to_take_over_is_said(tmp_path):
    server = Server(tmp_path / "server", accounts={"alice": "wonderland"})
    done = subprocess.run([CONVOY, "serve", "-c", str(server.ini), "--take-over"],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "no server runs" in done.stderr


class Knocker(threading.Thread):
    """Connects again and again; every connection must be answered."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.port = port
        self.going = True
        self.answered = 0
        self.failure = None

    def run(self):
        try:
            while self.going:
                with socket.create_connection(("127.0.0.1", self.port), 60) as connection:
                    assert connection.recv(4) == b"SSH-", "no answer"
                self.answered += 1
        except (OSError, AssertionError) as error:
            self.failure = error


class Mover(threading.Thread):
    """Uploads, reads back and compares, in one session after the other."""

    def __init__(self, port, number):
        super().__init__(daemon=True)
        self.port, self.number = port, number
        self.going = True
        self.moved = 0
        self.failure = None

    def run(self):
        try:
            while self.going:
                raw = Raw(self.port, "alice", password="wonderland")
                for turn in range(3):
                    data = os.urandom(PIECE) * (2 + self.number % 7)
                    path = "/file-%d-%d" % (self.number, turn)
                    raw.put(path, data)
                    assert raw.get(path) == data
                    self.moved += 1
                raw.close_connection()
        except BaseException as error:  # noqa: told by the main thread
            self.failure = (self.number, repr(error))


def test_upgrades_under_load_refuse_no_connection_and_cut_no_transfer(server):
    knocker = Knocker(server.port)
    movers = [Mover(server.port, number) for number in range(TRANSFERS)]
    for thread in [knocker, *movers]:
        thread.start()
    for _ in range(UPGRADES):
        before = sum(mover.moved for mover in movers)
        upgrade(server)
        server.wait_for(lambda: sum(m.moved for m in movers) > before + TRANSFERS
                        or any(m.failure for m in movers), timeout=120)
    for thread in [knocker, *movers]:
        thread.going = False
    for thread in [knocker, *movers]:
        thread.join(120)
    assert [m.failure for m in movers if m.failure] == []
    assert knocker.failure is None
    assert knocker.answered > 0
    for pid in server.successors[:-1]:
        wait_until_gone(pid)
    assert len(server.events(70041)) == UPGRADES
