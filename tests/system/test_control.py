# SPDX-License-Identifier: Apache-2.0
"""The operator's commands on a server that has sessions and transfers.

One server for the whole file; each test leaves it running, with no session.
"""
import json
import os
import pty
import select
import signal
import socket
import stat
import subprocess
import time

import pytest

from raw_sftp import C, NO_SUCH_FILE, R, Raw, Refused, T, W
from server_fixture import CONVOY, Server

PASSWORD = "wonderland"
NOT_RUNNING = 3


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("control"),
                    accounts={"alice": PASSWORD, "bob": PASSWORD})
    server.start()
    yield server
    server.end()


@pytest.fixture(autouse=True)
def no_session_is_left(server):
    yield
    if server.process.poll() is None:
        server.wait_for(lambda: ask(server, "status")["sessions"] == [])


def convoy(server, *arguments, code=0):
    done = subprocess.run([CONVOY, *arguments, "-c", str(server.ini)],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == code, (arguments, done.returncode, done.stdout, done.stderr)
    return done


def ask(server, *arguments):
    return json.loads(convoy(server, *arguments, "--json").stdout)


def log_in(server, name="alice"):
    return Raw(server.port, name, password=PASSWORD)


def begin_upload(raw, path, size):
    handle = raw.open(path, W | C | T)
    raw.write_all(handle, b"x" * size)
    return handle


def leave_over(server, path, size):
    raw = log_in(server)
    begin_upload(raw, path, size)
    raw.cut()
    return server.wait_for(lambda: left_over(server, path))


def left_over(server, path):
    """The line of `uploads list`, when it is no longer running."""
    return next((u for u in ask(server, "uploads", "list")["uploads"]
                 if u["path"].endswith(path) and not u["is_running"]), None)


def state(server):
    return ask(server, "status")["state"]


# status

def test_status_tells_of_the_server_and_its_services(server):
    shown = ask(server, "status")
    assert shown["pid"] == server.pid
    assert shown["state"] == "running"
    assert shown["uptime_ms"] >= 0 and shown["version"]
    assert set(shown["configuration"]) == {"revision", "digest", "applied", "refused", "refusal"}
    assert shown["configuration"]["revision"] >= 1
    assert len(shown["configuration"]["digest"]) == 64
    assert shown["configuration"]["refused"] is None
    service, = shown["services"]
    assert service["port"] == server.port and service["is_accepting"]
    assert service["name"] == "SFTP" and service["type"] == "ssh"
    assert shown["health"] == {"events_lost": 0, "store": "ok"}
    assert shown["left_overs"] == {"count": 0, "bytes": 0, "oldest": None}
    assert shown["more_sessions"] == 0 and shown["more_transfers"] == 0


def test_status_tells_of_sessions_and_what_they_move(server):
    alice, bob = log_in(server), log_in(server, "bob")
    bob.put("/there", b"y" * 200000)
    handle = begin_upload(alice, "/big", 300000)
    reading = bob.open("/there", R)
    bob.read(reading, 0, 32768)
    shown = ask(server, "status")
    assert [s["account"] for s in shown["sessions"]] == ["alice", "bob"]
    assert shown["sessions"][0]["uploaded"] == 300000
    assert shown["sessions"][0]["peer_port"] == alice.transport.sock.getsockname()[1]
    by_account = {t["account"]: t for t in shown["transfers"]}
    assert by_account["alice"]["direction"] == "upload"
    assert by_account["alice"]["path"] == "/big"
    assert by_account["alice"]["bytes"] == 300000
    assert by_account["alice"]["session"] == shown["sessions"][0]["id"]
    assert by_account["bob"]["direction"] == "download"
    assert by_account["bob"]["bytes"] == 32768
    assert by_account["bob"]["size"] == 200000
    text = convoy(server, "status").stdout
    assert "/big" in text and "16 % of 195.3 KiB" in text
    alice.close(handle)
    bob.close(reading)
    assert ask(server, "status")["transfers"] == []
    alice.close_connection()
    bob.close_connection()


def test_names_of_strangers_do_nothing_to_a_terminal(server):
    raw = log_in(server)
    handle = begin_upload(raw, b"/\x1b[2J\x07\xff\xe2\x80\xae", 10)
    for command in (["status"], ["uploads", "list"]):
        text = convoy(server, *command).stdout
        assert all(c == "\n" or c.isprintable() for c in text), text
        assert all(c < "\x7f" for c in convoy(server, *command, "--json").stdout)
    transfer, = ask(server, "status")["transfers"]
    assert bytes.fromhex(transfer["path_hex"]) == b"/\x1b[2J\x07\xff\xe2\x80\xae"
    raw.close(handle)
    raw.close_connection()


def test_watch_goes_on_until_it_is_stopped(server):
    watching = subprocess.Popen([CONVOY, "status", "--watch", "--json", "-c", str(server.ini)],
                                stdout=subprocess.PIPE, text=True)
    for _ in range(2):
        assert json.loads(watching.stdout.readline())["pid"] == server.pid
    watching.send_signal(signal.SIGINT)
    assert watching.wait(20) == 0
    watching.stdout.close()


def test_watch_gives_the_terminal_back(server):
    control, terminal = pty.openpty()
    watching = subprocess.Popen([CONVOY, "status", "--watch", "-c", str(server.ini)],
                                stdout=terminal, stderr=terminal)
    os.close(terminal)
    seen = b""
    while b"Services" not in seen:
        assert select.select([control], [], [], 20)[0], seen
        seen += os.read(control, 65536)
    watching.send_signal(signal.SIGINT)
    assert watching.wait(20) == 0
    while b"\x1b[?1049l" not in seen:
        assert select.select([control], [], [], 20)[0], seen
        seen += os.read(control, 65536)
    assert seen.startswith(b"\x1b[?1049h") and b"\x1b[?25h" in seen
    os.close(control)


# kick

def test_kick_ends_a_session_and_keeps_its_upload(server):
    raw = log_in(server)
    begin_upload(raw, "/kicked", 100000)
    began = time.monotonic()
    assert ask(server, "kick", "alice")["sessions"] == 1
    with pytest.raises(Exception):
        raw.stat("/kicked")
    server.wait_for(lambda: ask(server, "status")["sessions"] == [])
    # Within a second, and what the commands and the sanitizers take.
    assert time.monotonic() - began < 10
    kept = server.wait_for(lambda: left_over(server, "/kicked"))
    assert kept["durable"] == 100000 and kept["account"] == "alice"
    assert any("the operator ended it" in r["data"]["reason"] for r in server.events(70002))
    ask(server, "uploads", "discard", kept["id"])


def test_kick_takes_the_beginning_of_an_id_and_ends_only_that_session(server):
    alice, bob = log_in(server), log_in(server, "bob")
    theirs = next(s for s in ask(server, "status")["sessions"] if s["account"] == "bob")
    ask(server, "kick", theirs["id"][:8])
    with pytest.raises(Exception):
        bob.stat("/")
    alice.stat("/")
    alice.close_connection()


def test_nobody_is_kicked_for_another(server):
    raw = log_in(server)
    assert "no session" in convoy(server, "kick", "ali", code=1).stderr
    raw.stat("/")
    raw.close_connection()


# uploads

def test_a_discarded_left_over_is_no_longer_told(server):
    kept = leave_over(server, "/gone", 70000)
    assert kept["durable"] == 70000
    assert kept["path"] == str(server.file("alice", "gone"))
    assert kept["staging"] in server.left_overs("alice")
    raw = log_in(server)
    assert raw.stat("/gone").size == 69999
    raw.close_connection()
    assert ask(server, "status")["left_overs"]["bytes"] == 70000
    ask(server, "uploads", "discard", kept["path"])
    assert server.left_overs("alice") == []
    assert ask(server, "uploads", "list")["uploads"] == []
    raw = log_in(server)
    with pytest.raises(Refused) as refused:
        raw.stat("/gone")
    assert refused.value.code == NO_SUCH_FILE
    raw.close_connection()
    told = [r for r in server.events(70070) if r["data"]["command"] == "uploads discard"]
    assert told[-1]["data"]["uid"] == os.getuid()
    convoy(server, "uploads", "discard", kept["path"], code=1)


def test_a_running_upload_is_discarded_only_by_force(server):
    raw = log_in(server)
    handle = begin_upload(raw, "/running", 50000)
    line, = ask(server, "uploads", "list")["uploads"]
    assert line["is_running"]
    assert "is running" in convoy(server, "uploads", "discard", line["id"], code=1).stderr
    raw.write(handle, 50000, b"more")
    ask(server, "uploads", "discard", "--force", line["id"])
    with pytest.raises(Refused):
        raw.write(handle, 50004, b"more")
    raw.close_connection()
    assert server.left_overs("alice") == []


# drain

def test_drain_lets_a_transfer_finish_and_undrain_lets_people_in(server):
    busy, idle = log_in(server), log_in(server, "bob")
    handle = begin_upload(busy, "/drained", 50000)
    ask(server, "drain")
    with pytest.raises(Exception):
        idle.stat("/")
    server.wait_for(lambda: not server.accepts_connections())
    shown = ask(server, "status")
    assert shown["state"] == "draining"
    assert [t["path"] for t in shown["transfers"]] == ["/drained"]
    assert "waits for 1 session with 1 open file" in convoy(server, "status").stdout
    assert not shown["services"][0]["is_accepting"]
    waiting = subprocess.Popen([CONVOY, "drain", "--wait", "-c", str(server.ini)],
                               stdout=subprocess.PIPE)
    waiting.stdout.readline()
    busy.write_all(handle, b"x" * 50000, offset=50000)
    busy.close(handle)
    assert waiting.wait(30) == 0
    waiting.stdout.close()
    assert state(server) == "drained"
    assert server.file("alice", "drained").stat().st_size == 100000
    convoy(server, "undrain")
    assert state(server) == "running"
    raw = log_in(server)
    raw.put("/again", b"x")
    raw.close_connection()
    assert "undrain" in convoy(server, "undrain", code=1).stderr


# reload

def test_reload_says_whether_the_file_is_in_force(server):
    good = server.ini.read_text()
    before = ask(server, "status")["configuration"]
    server.ini.write_text(good.replace("[server]\n", "[server]\nmaximum_file_size = lots\n"))
    refused = convoy(server, "reload", code=1)
    assert "server.ini:2: error:" in refused.stdout
    shown = ask(server, "status")["configuration"]
    assert shown["revision"] == before["revision"] and shown["refused"] is not None
    assert "NOT IN FORCE" in convoy(server, "status").stdout
    log_in(server).close_connection()
    server.ini.write_text(good.replace("[server]\n", "[server]\nlogin_timeout = 77\n")
                          if "login_timeout" in good else
                          good.replace("name = SFTP\n", "name = SFTP\nlogin_timeout = 77\n"))
    applied = ask(server, "reload")
    assert applied["revision"] > before["revision"]
    shown = ask(server, "status")["configuration"]
    assert shown["revision"] == applied["revision"] and shown["refused"] is None
    assert shown["digest"] != before["digest"]
    log_in(server).close_connection()


# The socket itself

def test_the_socket_is_for_the_servers_user_only(server):
    control = server.state / "control"
    assert stat.S_IMODE(control.stat().st_mode) == 0o600
    assert stat.S_IMODE(server.state.stat().st_mode) == 0o700


def test_idle_control_connections_keep_nobody_out(server):
    idle = []
    for _ in range(40):
        one = socket.socket(socket.AF_UNIX)
        one.connect(str(server.state / "control"))
        idle.append(one)
    assert state(server) == "running"
    raw = log_in(server)
    raw.put("/while-idle", b"x")
    raw.close_connection()
    for one in idle:
        one.close()


def test_a_second_server_does_not_take_the_socket(server):
    done = subprocess.run([CONVOY, "serve", "-c", str(server.ini)], capture_output=True,
                          text=True, timeout=60)
    assert done.returncode == 1
    assert "a server that runs has the control_socket" in done.stderr
    assert state(server) == "running"


def test_the_socket_of_a_killed_server_is_replaced(server):
    server.kill9()
    assert (server.state / "control").exists()
    assert "no server runs" in convoy(server, "status", code=NOT_RUNNING).stderr
    convoy(server, "uploads", "list", code=NOT_RUNNING)
    server.start()
    assert ask(server, "status")["pid"] == server.pid


def test_nothing_runs_behind_a_server_that_was_stopped(server):
    assert server.stop() == 0
    assert not (server.state / "control").exists()
    convoy(server, "status", code=NOT_RUNNING)
    convoy(server, "drain", "--wait", code=NOT_RUNNING)
