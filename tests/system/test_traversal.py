# SPDX-License-Identifier: Apache-2.0
"""Paths that climb, in every spelling the field has seen, by every request that
takes one: nothing outside of the home is shown, read, made or changed.

Serv-U CVE-2024-28995 (backslashes), GoAnywhere CVE-2024-0204 (/..;/), overlong
UTF-8, percent signs that a server may not decode, NULs. What is a strange name
to the file system is a name here, too, inside of the home.
"""
import itertools
import os
import stat

import paramiko
import pytest

from raw_sftp import (C, MKDIR, OPENDIR, REALPATH, REMOVE, RENAME, RMDIR, SETSTAT, SYMLINK, R,
                      Raw, Refused, T, W, attributes, text)
from server_fixture import Server

CANARY = b"canary of the world outside"
UPS = [b"..", b"%2e%2e", b"%252e%252e", b"\xc0\xae\xc0\xae", b"\xe0\x80\xae\xe0\x80\xae",
       b"..;", b"....", b"..\\", b".\0.", b"\xef\xbc\x8e\xef\xbc\x8e", b"..\r", b" ..", b".. "]
SEPARATORS = [b"/", b"\\", b"//", b"/./", b"\\/", b"%2f", b"%5c", b"\xc0\xaf", b"/\0/",
              b"\xe2\x88\x95"]


def paths(absolute):
    """To outside/canary beside the homes, and to it from the root."""
    for up in UPS:
        for separator in SEPARATORS:
            climb = (up + separator) * 2
            yield separator + climb + b"outside" + separator + b"canary"
        yield up + b"/" + up + b"/outside/canary"
    for separator in (b"/", b"\\", b"//"):
        yield separator + (b".." + separator) * 12 + absolute.lstrip(b"/").replace(b"/", separator)
    yield absolute
    yield b"/" + absolute
    yield b"C:" + absolute
    yield b"~/../../outside/canary"
    yield b"~root/.ssh/id_rsa"
    yield b"\\\\host\\share\\canary"
    yield b"file://" + absolute


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    base = tmp_path_factory.mktemp("world")
    outside = base / "outside"
    outside.mkdir()
    (outside / "canary").write_bytes(CANARY)
    server = Server(tmp_path_factory.mktemp("server"), accounts={"alice": "wonderland"},
                    home=base / "homes", service={"scp": "Yes"},
                    server={"durability": "cache"})
    server.start()
    yield server, base
    assert server.process.poll() is None, server.tail()
    server.end()


def shape_of(base):
    """Everything there but for the account's home."""
    found = {}
    for folder, folders, files in os.walk(base):
        if folder == str(base / "homes" / "alice"):
            folders.clear()
            continue
        for name in folders + files:
            path = os.path.join(folder, name)
            status = os.lstat(path)
            size = 0 if stat.S_ISDIR(status.st_mode) else status.st_size
            found[path] = (status.st_ino, status.st_mode, size)
    return found


def log_in(server):
    transport = paramiko.Transport(("127.0.0.1", server.port))
    transport.banner_timeout = transport.auth_timeout = 60
    transport.connect(username="alice", password="wonderland")
    return transport


def try_one(raw, path):
    """All that SFTP has for a path; returns what was shown."""
    shown = b""
    for flags in (R, W, W | C | T):
        try:
            handle = raw.open(path, flags)
        except Refused:
            continue
        shown += raw.read(handle, 0, 1000) if flags == R else b""
        raw.close(handle)
    for kind, body in ((OPENDIR, text(path)), (MKDIR, text(path) + attributes()),
                       (SETSTAT, text(path) + attributes(mode=0o600)),
                       (RENAME, text("/f") + text(path)), (RENAME, text(path) + text("/f")),
                       (SYMLINK, text(path) + text("/link")), (REALPATH, text(path)),
                       (REMOVE, text("/link")), (RMDIR, text(path)), (REMOVE, text(path))):
        _, answer = raw.ask(kind, body)
        shown += answer.get_remainder()
    try:
        raw.put("/f", b"own")
    except Refused:
        pass
    return shown


def test_S10_no_spelling_of_a_path_leads_out_by_sftp(world):
    server, base = world
    transport = log_in(server)
    raw = Raw(None, None, transport=transport)
    raw.put("/f", b"own")
    before = shape_of(base)
    for path in paths(os.fsencode(base / "outside" / "canary")):
        shown = try_one(raw, path)
        assert CANARY not in shown, path
        # REALPATH may repeat what was asked, and never more of the host.
        if os.fsencode(base.name) not in path:
            assert os.fsencode(base.name) not in shown, path
        assert shape_of(base) == before, path
    assert (base / "outside" / "canary").read_bytes() == CANARY
    transport.close()


def scp(transport, option, path, words):
    """What the server says to `scp -f PATH` or `scp -t PATH`."""
    channel = transport.open_session(timeout=60)
    channel.settimeout(60)
    said = b""
    try:
        channel.exec_command(b"scp " + option + b" -- " + quoted(path))
        channel.sendall(words)
        channel.shutdown_write()
        while chunk := channel.recv(65536):
            said += chunk
    except (paramiko.SSHException, OSError, EOFError):
        pass
    channel.close()
    return said


def quoted(path):
    return b"'" + path.replace(b"'", b"'\\''") + b"'"


def test_S10_no_spelling_of_a_path_leads_out_by_scp(world):
    server, base = world
    transport = log_in(server)
    (server.home("alice") / "own").write_bytes(b"own content")
    assert b"own content" in scp(transport, b"-f", b"/own", b"\0" * 4)
    before = shape_of(base)
    options = itertools.cycle([b"-f", b"-rf"])
    for path in paths(os.fsencode(base / "outside" / "canary")):
        assert CANARY not in scp(transport, next(options), path, b"\0" * 4), path
        scp(transport, b"-t", path, b"C0644 4 f\nevil\0")
        assert shape_of(base) == before, path
    transport.close()


# OpenSSH's clients were led out by names like these (CVE-2019-6111); a server
# is sent them too.
HOSTILE_NAMES = [b"../evil", b"..", b".", b"/evil", b"a/../../evil", b"..\\evil", b"",
                 b"\0evil", b"./../evil", b"d/evil", b"../../outside/evil"]


@pytest.mark.parametrize("name", HOSTILE_NAMES, ids=range(len(HOSTILE_NAMES)))
def test_S10_no_name_inside_of_scp_leads_out(world, name):
    server, base = world
    transport = log_in(server)
    before = shape_of(base)
    scp(transport, b"-t", b"/", b"C0644 4 " + name + b"\nevil\0")
    scp(transport, b"-rt", b"/", b"D0755 0 " + name + b"\nC0644 4 evil\nevil\0E\n")
    assert shape_of(base) == before
    assert (base / "outside" / "canary").read_bytes() == CANARY
    transport.close()
