# SPDX-License-Identifier: Apache-2.0
"""Failures of the field that must not be ours, as properties of the server.

Each test is named by what must hold; the comment says whose failure it was.
Those of the SSH transport are in tests/wire, those of single parts in
tests/unit.
"""
import json
import os
import socket
import stat
import subprocess
import threading
import time

import paramiko
import pytest

from raw_sftp import (C, OPEN, R, Raw, Refused, T, W, X, attributes, text)


@pytest.fixture
def server(make_server):
    return make_server(accounts={"alice": "wonderland", "bob": "builder"}, keys=["alice"])


def alice(server):
    return Raw(server.port, "alice", password="wonderland")


def refused(call, *arguments):
    with pytest.raises(Refused):
        call(*arguments)


# MOVEit CVE-2024-5806: authentication by key without a right signature.
def test_a_key_that_is_not_the_accounts_own_never_logs_in(server):
    foreign = paramiko.RSAKey.generate(2048)
    for user in ("alice", "bob", "nobody", "", "../alice", "alice\0"):
        transport = paramiko.Transport(("127.0.0.1", server.port))
        transport.start_client(timeout=30)
        with pytest.raises(paramiko.SSHException):
            transport.auth_publickey(user, foreign)
        assert not transport.is_authenticated()
        transport.close()


# CrushFTP CVE-2024-4040: templates in what a client sends.
def test_names_that_look_like_templates_are_names(server):
    raw = alice(server)
    for name in ("{{7*7}}", "<INCLUDE>/etc/passwd<", "%{x}", "${USER}", "$(id)", "`id`", "%n%s"):
        path = "/" + name.replace("/", "_")
        raw.put(path, b"x")
        assert path[1:].encode() in raw.names("/")
        raw.remove(path)


# Serv-U CVE-2024-28995, SFTPGo CVE-2026-30914 and many more.
TRAVERSALS = ["/../../etc/passwd", "/..", "../../../../etc/passwd", "/a/../../../etc/passwd",
              "/..\\..\\etc\\passwd", "/%2e%2e/%2e%2e/etc/passwd", "/..%2f..%2fetc/passwd",
              "/\xc0\xae\xc0\xae/etc/passwd", "/./../.././../etc/passwd", "//etc/passwd",
              "/....//....//etc/passwd", "/..;/..;/etc/passwd", "/~root/.ssh/id_rsa"]


@pytest.mark.parametrize("path", TRAVERSALS, ids=range(len(TRAVERSALS)))
def test_no_path_leads_out_of_the_home(server, path):
    raw = alice(server)
    refused(raw.open, path, R)
    try:
        shown = raw.stat(path)
        assert shown.mode is None or stat.S_ISDIR(shown.mode)  # "/.." is "/"
    except Refused:
        pass


def test_links_that_lead_outside_are_not_followed_and_cannot_be_made(server):
    home = server.home("alice")
    secret = server.folder / "secret"
    secret.write_text("canary")
    os.symlink(secret, home / "absolute")
    os.symlink("../../../../../../../../../../etc/passwd", home / "relative")
    os.symlink(server.folder, home / "folder")
    os.symlink("loop-b", home / "loop-a")
    os.symlink("loop-a", home / "loop-b")
    raw = alice(server)
    for path in ("/absolute", "/relative", "/folder/secret", "/loop-a", "/folder"):
        refused(raw.open, path, R)
        refused(raw.open, path, W)
        refused(raw.stat, path)
    refused(raw.names, "/folder")
    refused(raw.mkdir, "/folder/new")
    refused(raw.put, "/folder/new", b"x")
    refused(raw.symlink, "../../outside", "/link")
    assert secret.read_text() == "canary"
    assert "canary" not in str(raw.names("/"))
    # A link text with a host path is not shown either.
    refused(raw.readlink, "/absolute")


def test_a_clients_absolute_target_is_a_path_of_the_account(server):
    raw = alice(server)
    raw.mkdir("/d")
    raw.put("/d/f", b"content")
    raw.symlink("/d/f", "/link")
    assert raw.readlink("/link") == b"/d/f"
    assert raw.get("/link") == b"content"
    raw.put("/link", b"through the link")
    assert raw.get("/d/f") == b"through the link"
    assert os.path.islink(server.home("alice") / "link")


def test_links_to_allowed_targets_are_followed(make_server, tmp_path):
    shared = tmp_path / "shared"
    shared.mkdir()
    (shared / "f").write_bytes(b"shared content")
    server = make_server(accounts={"alice": "wonderland"},
                         server={"allowed_link_targets": shared})
    os.symlink(shared, server.home("alice") / "in")
    raw = alice(server)
    assert raw.get("/in/f") == b"shared content"
    assert raw.names("/in") == [b"f"]
    raw.put("/in/g", b"new")
    assert (shared / "g").read_bytes() == b"new"


def test_devices_pipes_and_sockets_are_not_opened(server):
    home = server.home("alice")
    os.mkfifo(home / "pipe")
    bound = socket.socket(socket.AF_UNIX)
    bound.bind(str(home / "socket"))
    raw = alice(server)
    for path in ("/pipe", "/socket"):
        refused(raw.open, path, R)
        refused(raw.open, path, W)
    bound.close()


# ProFTPD #2180: a policy that one request type forgets.
READ_ONLY_REFUSES = {
    "open to write": lambda raw: raw.open("/f", W),
    "create": lambda raw: raw.open("/n", W | C | T),
    "create without write": lambda raw: raw.open("/n", C | X),
    "truncate on a read-open": lambda raw: raw.open("/f", R | T),
    "setstat": lambda raw: raw.setstat("/f", mode=0o777),
    "setstat size": lambda raw: raw.setstat("/f", size=0),
    "mkdir": lambda raw: raw.mkdir("/n"),
    "rmdir": lambda raw: raw.rmdir("/d"),
    "remove": lambda raw: raw.remove("/f"),
    "rename": lambda raw: raw.rename("/f", "/n"),
    "posix-rename": lambda raw: raw.posix_rename("/f", "/n"),
    "hardlink": lambda raw: raw.hardlink("/f", "/n"),
    "symlink": lambda raw: raw.symlink("f", "/n"),
    "lsetstat": lambda raw: raw.extended("lsetstat@openssh.com", text("/f") + attributes(mode=0)),
}


@pytest.mark.parametrize("request_type", READ_ONLY_REFUSES)
def test_a_read_only_account_changes_nothing(make_server, request_type):
    server = make_server(accounts={"alice": "wonderland"},
                         group={"permissions": "allow-read, allow-list, allow-traverse"})
    home = server.home("alice")
    (home / "f").write_bytes(b"content")
    (home / "d").mkdir()
    before = sorted((p.name, p.stat().st_mode, p.stat().st_mtime_ns) for p in home.iterdir())
    raw = alice(server)
    refused(READ_ONLY_REFUSES[request_type], raw)
    after = sorted((p.name, p.stat().st_mode, p.stat().st_mtime_ns) for p in home.iterdir())
    assert before == after
    assert raw.get("/f") == b"content"


# Wing FTP CVE-2025-47812 and SFTPGo CVE-2026-30915: hostile user names.
def test_hostile_user_names_never_log_in_and_touch_nothing(server):
    before = sorted(os.listdir(server.homes))
    for user in ("../alice", "alice/../bob", "alice\n", "", "a" * 5000, "%name%",
                 "${USER}", "' OR '1'='1"):
        transport = paramiko.Transport(("127.0.0.1", server.port))
        transport.start_client(timeout=30)
        try:
            transport.auth_password(user, "wonderland")
        except (paramiko.SSHException, EOFError):
            pass
        assert not transport.is_authenticated(), user
        transport.close()
    assert sorted(os.listdir(server.homes)) == before


# The other half of it: libssh ends a name at its first NUL before we see it. So
# there is one name only, in the check, in the use and in the log.
def test_a_name_with_a_nul_is_one_name_in_check_use_and_log(server):
    transport = paramiko.Transport(("127.0.0.1", server.port))
    transport.start_client(timeout=30)
    with pytest.raises((paramiko.SSHException, EOFError)):
        transport.auth_password("alice\0../bob", "builder")
    transport.auth_password("alice\0../bob", "wonderland")
    raw = Raw(None, None, transport=transport)
    raw.put("/f", b"x")
    assert server.file("alice", "f").exists()
    assert {r["account"]["name"] for r in server.events(20137)} == {"alice"}
    transport.close()


# ProFTPD #2275: an empty or locked hash that lets somebody in.
def test_empty_and_locked_hashes_let_nobody_in(make_server):
    server = make_server(hashes={"empty": "", "locked": "!", "starred": "*",
                                 "double": "!$5$saltsalt$x"})
    for user in ("empty", "locked", "starred", "double"):
        for password in ("", "!", "*", "x"):
            with pytest.raises((paramiko.SSHException, EOFError)):
                Raw(server.port, user, password=password)


# OpenSSH CVE-2018-15473: who exists can be told from the answers.
def test_unknown_names_and_wrong_passwords_get_the_same_answer(server):
    answers = {}
    for user in ("alice", "nobody-here"):
        transport = paramiko.Transport(("127.0.0.1", server.port))
        transport.start_client(timeout=30)
        with pytest.raises(paramiko.SSHException) as error:
            transport.auth_password(user, "wrong")
        answers[user] = (type(error.value), str(error.value),
                         sorted(getattr(error.value, "allowed_types", [])))
        transport.close()
    assert answers["alice"] == answers["nobody-here"]


# OpenSSH CVE-2006-0225 and its kin: a shell behind exec.
@pytest.mark.parametrize("command", ["id", "sh -c id", "scp -t /", "sftp; id", "$(id)", "ls\nid"])
def test_exec_runs_nothing(server, command):
    transport = paramiko.Transport(("127.0.0.1", server.port))
    transport.connect(username="alice", password="wonderland")
    channel = transport.open_session()
    with pytest.raises(paramiko.SSHException):
        channel.exec_command(command)
    transport.close()


@pytest.mark.parametrize("what", ["shell", "x11", "agent", "forward"])
def test_shells_and_forwarding_are_refused(server, what):
    transport = paramiko.Transport(("127.0.0.1", server.port))
    transport.connect(username="alice", password="wonderland")
    with pytest.raises((paramiko.SSHException, EOFError)):
        if what == "shell":
            transport.open_session().invoke_shell()
        elif what == "x11":
            transport.open_session().request_x11(single_connection=True)
        elif what == "forward":
            transport.open_channel("direct-tcpip", ("127.0.0.1", 22), ("127.0.0.1", 1))
        else:
            assert transport.request_port_forward("127.0.0.1", 0)
    transport.close()


# Log and event injection.
HOSTILE = b"x\r\n{\"id\":1}\x1b[2J\"\\\x00"[:-1] + b"\xff\xe2\x80\xa8"


def test_a_hostile_name_makes_one_well_formed_record(server):
    raw = alice(server)
    raw.put(b"/" + HOSTILE, b"x")
    raw.close_connection()
    server.wait_until_cut()
    lines = (server.folder / "events.json").read_bytes().splitlines()
    records = [json.loads(line) for line in lines]
    assert len([r for r in records if r["id"] == 30068]) == 1
    assert all(b"\x1b" not in line and b"\r" not in line for line in lines)


def test_a_hostile_user_name_makes_one_well_formed_record(server):
    transport = paramiko.Transport(("127.0.0.1", server.port))
    transport.start_client(timeout=30)
    with pytest.raises((paramiko.SSHException, EOFError)):
        transport.auth_password("x\r\n{\"id\": 20137}\x1b[31m\"", "wrong")
    transport.close()
    records = server.wait_for(lambda: server.events(20142))
    assert len(records) == 1 and server.events(20137) == []


# Secrets in logs.
def test_passwords_and_keys_are_in_no_log(make_server):
    canary = "CanaryPassword-4711"
    server = make_server(accounts={"alice": canary}, keys=["alice"])
    Raw(server.port, "alice", password=canary).close_connection()
    with pytest.raises((paramiko.SSHException, EOFError)):
        Raw(server.port, "alice", password=canary + "-wrong")
    server.stop()
    key = (server.folder / "host-ed25519").read_text().splitlines()[2]
    for path in [server.folder / "events.json", *server.state.rglob("*")]:
        if path.is_file():
            data = path.read_bytes()
            assert canary.encode() not in data, path
            assert key.encode() not in data, path
    assert canary not in "".join(server.log) and key not in "".join(server.log)


# Slowloris and handshake floods.
def test_500_stalled_peers_keep_no_honest_login_out(make_server):
    server = make_server(accounts={"alice": "wonderland"})
    stalled = []
    for number in range(500):
        peer = socket.create_connection(("127.0.0.1", server.port), timeout=30)
        if number % 2:
            peer.sendall(b"SSH-2.0-slow\r\n")
        stalled.append(peer)
    raw = alice(server)
    raw.put("/f", b"x")
    assert raw.get("/f") == b"x"
    for peer in stalled:
        peer.close()
    raw.close_connection()
    server.wait_for(lambda: server.open_files() < 60)


def test_one_address_has_its_share_and_others_get_in(make_server):
    server = make_server(accounts={"alice": "wonderland"},
                         service={"maximum_unauthenticated_per_address": "20"})
    stalled = []
    for number in range(40):
        peer = socket.create_connection(("127.0.0.1", server.port), timeout=30)
        stalled.append(peer)
    server.wait_for(lambda: len(server.events(70003)) >= 20)
    for peer in stalled:
        peer.close()


def test_who_does_not_log_in_in_time_has_to_go(make_server):
    server = make_server(accounts={"alice": "wonderland"}, service={"login_timeout": "1"})
    peer = socket.create_connection(("127.0.0.1", server.port), timeout=30)
    peer.sendall(b"SSH-2.0-slow\r\n")
    while peer.recv(65536):
        pass
    peer.close()


def test_an_idle_session_ends_and_a_running_transfer_does_not(make_server):
    server = make_server(accounts={"alice": "wonderland"},
                         service={"idle_connection_timeout": "2"})
    idle, running = alice(server), alice(server)
    handle = running.open("/f", W | C | T)
    for at in range(12):
        running.write(handle, at * 10, b"0123456789")
        time.sleep(0.3)
    running.close(handle)
    with pytest.raises((EOFError, OSError, paramiko.SSHException)):
        idle.stat("/")
        idle.stat("/")


# ProFTPD #1876: a flood of channels.
def test_channels_have_a_cap_and_the_connection_goes_on(server):
    transport = paramiko.Transport(("127.0.0.1", server.port))
    transport.connect(username="alice", password="wonderland")
    opened = []
    with pytest.raises((paramiko.SSHException, EOFError)):
        for _ in range(200):
            opened.append(transport.open_session(timeout=30))
    raw = Raw(None, None, transport=transport) if not opened else None
    if raw is None:
        opened.pop().close()
        server.wait_for(lambda: transport.is_active())
        opened[0].invoke_subsystem("sftp")
    assert transport.is_active()
    transport.close()


def test_handles_have_a_cap(server):
    raw = alice(server)
    raw.put("/f", b"x")
    handles = []
    with pytest.raises(Refused):
        for _ in range(10_000):
            handles.append(raw.open("/f", R))
    raw.close(handles.pop())
    raw.close(raw.open("/f", R))


def test_a_client_that_reads_no_answers_cannot_fill_the_memory(make_server):
    # AddressSanitizer keeps what was freed; that is not the server's memory.
    server = make_server(accounts={"alice": "wonderland"},
                         env={"ASAN_OPTIONS": "quarantine_size_mb=4"})
    raw = alice(server)
    raw.put("/f", os.urandom(1_000_000))
    handle = raw.open("/f", R)
    before = server.resident_kib()
    # Far more answers than the window: the server must stop taking requests.
    import struct
    raw.channel.setblocking(False)
    sent = 0
    try:
        for number in range(20_000):
            body = text(handle) + struct.pack(">QI", 0, 262_144)
            sent += raw.channel.send(struct.pack(">IBI", len(body) + 5, 5, number) + body)
    except (socket.timeout, BlockingIOError):
        pass
    time.sleep(1)
    assert server.resident_kib() - before < 32 * 1024
    other = alice(server)
    assert len(other.get("/f")) == 1_000_000


def test_expired_and_disabled_accounts_do_not_log_in(make_server):
    server = make_server(accounts={"gone": "wonderland", "off": "wonderland", "on": "wonderland"},
                         account_options={"gone": {"expire_datetime": "2020-01-01"},
                                          "off": {"enabled": "No"},
                                          "on": {"expire_datetime": "2099-01-01 00:00:00"}})
    for user in ("gone", "off"):
        with pytest.raises((paramiko.SSHException, EOFError)):
            Raw(server.port, user, password="wonderland")
    Raw(server.port, "on", password="wonderland").close_connection()


def test_required_credentials_are_required(make_server, tmp_path):
    server = make_server(accounts={"alice": "wonderland"}, keys=["alice"],
                         group={"required_credentials": "ssh-key"})
    with pytest.raises((paramiko.SSHException, EOFError)):
        alice(server)
    (tmp_path / "f").write_bytes(b"x")
    subprocess.run(["sftp", "-q", "-b", "-", "-P", str(server.port),
                    *server.ssh_options("alice"), "alice@127.0.0.1"], input="put f\n",
                   text=True, check=True, cwd=tmp_path, timeout=60)


def test_a_login_storm_leaves_no_descriptor_behind(server):
    alice(server).close_connection()
    before = server.open_files()

    def storm():
        for _ in range(20):
            peer = socket.create_connection(("127.0.0.1", server.port), timeout=30)
            peer.sendall(os.urandom(200))
            peer.close()

    threads = [threading.Thread(target=storm) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    alice(server).close_connection()
    server.wait_for(lambda: server.open_files() <= before + 2)
