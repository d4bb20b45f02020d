# SPDX-License-Identifier: Apache-2.0
"""Every request of SFTP and SCP, by every verb, under a rule for a path.

One server; an account for each set of verbs. All may do everything, but in
/ruled only what their verbs say. What a request needs is written down here
once more, in words of the protocol. A refusal is a refusal, and leaves the
files as they were; /way is a symbolic link to /ruled, and no way around it.
"""
import os
import shutil
import struct
import subprocess

import paramiko
import pytest

from raw_sftp import A, C, DENIED, R, Raw, Refused, T, W, X, text
from server_fixture import CONVOY, Server

VERBS = ["read", "list", "traverse", "write", "create-folder", "rename", "delete-folder",
         "delete-file", "set-attributes"]
LOOK = {"read", "list", "traverse"}
ALL = set(VERBS)

# Each verb alone, all but each, nothing, everything.
SETS = ([{v} for v in VERBS] + [ALL - {v} for v in VERBS] + [set(), ALL])


def written(verbs):
    return ", ".join("allow-" + v for v in VERBS if v in verbs) or "deny-full-control"


def ways(verbs):
    """By itself and by a link; what a single verb allows is the same by both."""
    return ("/ruled",) if len(verbs) == 1 else ("/ruled", "/way")


def account_of(index):
    return "user%d" % index


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    options = {account_of(i): {"permissions": "\nallow-full-control\n/ruled | /ruled/*, " +
                               written(verbs)} for i, verbs in enumerate(SETS)}
    options["namer"] = {"denied_names": "\n*.exe\nm/^\\/open\\/no/",
                        "amend_write_name": "uuid-prefix"}
    options["stager"] = {"staged_uploads": "Yes\n*.log, No"}
    names = [account_of(i) for i in range(len(SETS))] + ["namer", "stager"]
    it = Server(tmp_path_factory.mktemp("permissions"), accounts={n: "pw" for n in names},
                account_options=options, shared_home=True, service={"scp": "Yes"},
                server={"durability": "cache"})
    it.start()
    yield it
    it.end()


def build(home):
    for name in os.listdir(home):
        path = home / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    for folder in ("ruled", "open"):
        (home / folder / "folder").mkdir(parents=True)
        (home / folder / "empty").mkdir()
        (home / folder / "file").write_bytes(b"canary")
        (home / folder / "folder" / "inside").write_bytes(b"canary")
        os.symlink("file", home / folder / "link")
    os.symlink("ruled", home / "way")
    os.symlink("../ruled/file", home / "open" / "to-file")


def snapshot(home):
    found = {}
    for folder, folders, files in os.walk(home):
        for name in folders + files:
            path = os.path.join(folder, name)
            st = os.lstat(path)
            found[path] = (st.st_ino, st.st_mode, st.st_size, st.st_mtime_ns, st.st_nlink)
    return found


def opened(raw, path, flags, then=lambda raw, handle: None):
    handle = raw.open(path, flags)
    try:
        return then(raw, handle)
    finally:
        raw.close(handle)


def check_name(raw, path):
    return raw.extended("check-file-name", text(path) + text("sha256") + struct.pack(">QQI", 0, 0, 0))


def check_handle(raw, handle):
    return raw.extended("check-file-handle",
                        text(handle) + text("sha256") + struct.pack(">QQI", 0, 0, 0))


def copy(raw, source, target):
    def with_source(raw, handle):
        def with_target(raw, to):
            raw.extended("copy-data", text(handle) + struct.pack(">QQ", 0, 0) + text(to) +
                         struct.pack(">Q", 0))
        opened(raw, target, W | C | T, with_target)
    opened(raw, source, R, with_source)


def lsetstat(raw, path):
    raw.extended("lsetstat@openssh.com", text(path) + struct.pack(">III", 8, 5, 5))


# What is asked; the verbs that it needs in /ruled; of which one is enough.
REQUESTS = [
    ("OPEN to read", lambda r, at: opened(r, at + "/file", R), {"read"}, None),
    ("READ", lambda r, at: r.get(at + "/file"), {"read"}, None),
    ("OPEN to edit", lambda r, at: opened(r, at + "/file", W), {"write"}, None),
    ("OPEN to truncate", lambda r, at: opened(r, at + "/file", W | T), {"write"}, None),
    ("OPEN to append", lambda r, at: opened(r, at + "/file", W | A), {"write"}, None),
    ("OPEN for both", lambda r, at: opened(r, at + "/file", R | W), {"read", "write"}, None),
    ("OPEN to create", lambda r, at: opened(r, at + "/new", W | C | T), {"write"}, None),
    ("OPEN exclusively", lambda r, at: opened(r, at + "/new", W | C | X), {"write"}, None),
    ("WRITE", lambda r, at: r.put(at + "/new", b"x"), {"write"}, None),
    ("WRITE over", lambda r, at: r.put(at + "/file", b"x"), {"write"}, None),
    ("FSTAT", lambda r, at: opened(r, at + "/file", R, Raw.fstat), {"read"}, None),
    ("FSETSTAT mode", lambda r, at: opened(r, at + "/file", R, lambda r, h: r.fsetstat(h, mode=0o600)),
     {"read", "set-attributes"}, None),
    ("FSETSTAT size", lambda r, at: opened(r, at + "/file", W, lambda r, h: r.fsetstat(h, size=1)),
     {"write"}, None),
    ("SETSTAT mode", lambda r, at: r.setstat(at + "/file", mode=0o600), {"set-attributes"}, None),
    ("SETSTAT times", lambda r, at: r.setstat(at + "/file", times=(5, 5)), {"set-attributes"}, None),
    ("SETSTAT size", lambda r, at: r.setstat(at + "/file", size=1), {"write"}, None),
    ("SETSTAT both", lambda r, at: r.setstat(at + "/file", size=1, mode=0o600),
     {"write", "set-attributes"}, None),
    ("lsetstat", lambda r, at: lsetstat(r, at + "/file"), {"set-attributes"}, None),
    ("STAT", lambda r, at: r.stat(at + "/file"), set(), LOOK),
    ("STAT of a folder", lambda r, at: r.stat(at + "/folder"), set(), LOOK),
    ("LSTAT", lambda r, at: r.lstat(at + "/link"), set(), LOOK),
    ("READLINK", lambda r, at: r.readlink(at + "/link"), set(), LOOK),
    ("OPENDIR", lambda r, at: r.names(at + "/folder"), {"list"}, None),
    ("REMOVE", lambda r, at: r.remove(at + "/file"), {"delete-file"}, None),
    ("REMOVE a link", lambda r, at: r.remove(at + "/link"), {"delete-file"}, None),
    ("MKDIR", lambda r, at: r.mkdir(at + "/new"), {"create-folder"}, None),
    ("RMDIR", lambda r, at: r.rmdir(at + "/empty"), {"delete-folder"}, None),
    ("RENAME inside", lambda r, at: r.rename(at + "/file", at + "/new"), {"rename"}, None),
    ("RENAME out", lambda r, at: r.rename(at + "/file", "/open/new"), {"rename"}, None),
    ("RENAME in", lambda r, at: r.rename("/open/file", at + "/new"), {"rename"}, None),
    ("RENAME a folder out", lambda r, at: r.rename(at + "/folder", "/open/new"), {"rename"}, None),
    ("RENAME a folder in", lambda r, at: r.rename("/open/folder", at + "/new"), {"rename"}, None),
    ("posix-rename", lambda r, at: r.posix_rename("/open/file", at + "/file"), {"rename"}, None),
    ("SYMLINK", lambda r, at: r.symlink("file", at + "/new"), {"write"}, None),
    # The new name may set attributes, so the old one must be allowed to.
    ("hardlink out", lambda r, at: r.hardlink(at + "/file", "/open/new"),
     {"read", "write", "set-attributes"}, None),
    ("hardlink in", lambda r, at: r.hardlink("/open/file", at + "/new"), {"write"}, None),
    ("statvfs", lambda r, at: r.extended("statvfs@openssh.com", text(at + "/folder")),
     {"traverse"}, None),
    ("fstatvfs", lambda r, at: opened(
        r, at + "/file", R, lambda r, h: r.extended("fstatvfs@openssh.com", text(h))),
     {"read"}, None),
    ("fsync", lambda r, at: opened(r, at + "/file", W, Raw.fsync), {"write"}, None),
    ("copy-data out", lambda r, at: copy(r, at + "/file", "/open/new"), {"read"}, None),
    ("copy-data in", lambda r, at: copy(r, "/open/file", at + "/new"), {"write"}, None),
    ("check-file-name", lambda r, at: check_name(r, at + "/file"), {"read"}, None),
    ("check-file-handle", lambda r, at: opened(r, at + "/file", R, check_handle), {"read"}, None),
]

# By links, whatever the rules for their own names allow.
LINKED = [
    ("OPEN to read", lambda r: opened(r, "/open/to-file", R), {"read"}, None),
    ("OPEN to edit", lambda r: opened(r, "/open/to-file", W), {"write"}, None),
    ("OPEN to truncate", lambda r: opened(r, "/open/to-file", W | C | T), {"write"}, None),
    ("STAT", lambda r: r.stat("/open/to-file"), set(), LOOK),
    ("SETSTAT", lambda r: r.setstat("/open/to-file", mode=0o600), {"set-attributes"}, None),
    ("OPENDIR", lambda r: r.names("/way"), {"list"}, None),
    ("check-file-name", lambda r: check_name(r, "/open/to-file"), {"read"}, None),
]


def is_enough(verbs, needs, any_of):
    return needs <= verbs and (any_of is None or bool(any_of & verbs))


def expect(home, name, request, allowed):
    before = snapshot(home)
    try:
        request()
        code = 0
    except Refused as refused:
        code = refused.code
    assert (code == 0) == allowed and code in (0, DENIED), (name, code)
    if code == 0:
        build(home)
    else:
        assert snapshot(home) == before, name


@pytest.mark.parametrize("index", range(len(SETS)), ids=lambda i: written(SETS[i])[:40])
def test_every_request_of_sftp_needs_its_verbs(server, index):
    home = server.home("any")
    build(home)
    raw = Raw(server.port, account_of(index), password="pw")
    for name, request, needs, any_of in REQUESTS:
        allowed = is_enough(SETS[index], needs, any_of)
        for at in ways(SETS[index]):
            expect(home, (name, at), lambda: request(raw, at), allowed)
    for name, request, needs, any_of in LINKED:
        expect(home, name, lambda: request(raw), is_enough(SETS[index], needs, any_of))
    raw.close_connection()


# SCP


def run(transport, command, sends):
    """What the server says to this, and its exit status."""
    channel = transport.open_session()
    channel.settimeout(60)
    channel.exec_command(command)
    said = b""
    for data in sends:
        answer = channel.recv(1)
        said += answer
        if answer not in (b"\0", b""):
            break
        channel.sendall(data)
    channel.shutdown_write()
    while True:
        data = channel.recv(65536)
        if not data:
            break
        said += data
    status = channel.recv_exit_status()
    channel.close()
    return said, status


FILE = [b"C0644 3 new\n", b"new\0"]
FOLDER = [b"D0755 0 made\n", b"C0644 3 new\n", b"new\0", b"E\n"]

# Command; what is sent; the verbs it cannot do without.
COMMANDS = [
    ("scp -t %s", "/", FILE, {"write"}),
    ("scp -t %s", "/new", FILE, {"write"}),
    ("scp -t %s", "/file", FILE, {"write"}),
    ("scp -r -t %s", "/", FOLDER, {"write", "create-folder"}),
    ("scp -f %s", "/file", [b"\0", b"\0"], {"read"}),
    ("scp -r -f %s", "/folder", [b"\0"] * 4, {"read", "list"}),
    ("scp -f %s", "/fi*", [b"\0", b"\0"], {"read", "list"}),
    ("md5sum %s", "/file", None, {"read"}),
    ("sha256sum %s", "/file", None, {"read"}),
]


def connect(server, account):
    transport = paramiko.Transport(("127.0.0.1", server.port))
    transport.banner_timeout = transport.auth_timeout = 60
    transport.connect(username=account, password="pw")
    return transport


def pull(transport, command):
    """Everything that a source sends, whatever it is."""
    channel = transport.open_session()
    channel.settimeout(60)
    channel.exec_command(command)
    try:
        channel.sendall(b"\0" * 64)
        channel.shutdown_write()
    except OSError:
        pass  # it has been answered and closed already
    said = b""
    while True:
        data = channel.recv(65536)
        if not data:
            break
        said += data
    status = channel.recv_exit_status()
    channel.close()
    return said, status


@pytest.mark.parametrize("index", range(len(SETS)), ids=lambda i: written(SETS[i])[:40])
def test_scp_and_checksums_are_no_way_around_the_rules(server, index):
    home = server.home("any")
    verbs = SETS[index]
    build(home)
    transport = connect(server, account_of(index))
    for command, leaf, sends, needs in COMMANDS:
        for at in ways(verbs):
            before = snapshot(home)
            line = command % (at + leaf)
            if " -t " in command:
                said, status = run(transport, line, sends)
            else:
                said, status = pull(transport, line)
            if not needs <= verbs:
                assert status != 0, (line, said)
                assert b"canary" not in said, line
                # A folder may have been made before its file was refused.
                if "create-folder" not in needs & verbs:
                    assert snapshot(home) == before, line
            elif verbs == ALL:
                assert status == 0, (line, said)
            if snapshot(home) != before:
                assert needs & verbs, line
                build(home)
    # Only what /ruled needs is refused: the account has everything elsewhere.
    assert pull(transport, "scp -f /open/file")[1] == 0
    # A link to a file that may not be read is none to read it by.
    said, status = pull(transport, "scp -r -f /open")
    assert said.count(b"canary") == (4 if "read" in verbs else 3), said
    transport.close()


# Names


def test_names_are_amended_and_denied_for_sftp(server):
    home = server.home("any")
    build(home)
    raw = Raw(server.port, "namer", password="pw")
    for attempt in (lambda: raw.put("/x.EXE", b"x"), lambda: raw.mkdir("/y.exe"),
                    lambda: raw.rename("/open/file", "/open/z.exe"),
                    lambda: raw.symlink("file", "/open/l.exe"),
                    lambda: raw.hardlink("/open/file", "/open/h.exe"),
                    lambda: raw.posix_rename("/open/file", "/open/nobody")):
        before = snapshot(home)
        with pytest.raises(Refused) as refused:
            attempt()
        assert refused.value.code == DENIED
        assert snapshot(home) == before
    handle = raw.open("/open/up.tmp", W | C | T)
    raw.write(handle, 0, b"uploaded")
    raw.fsetstat(handle, mode=0o640)
    raw.close(handle)
    raw.setstat("/open/up.tmp", times=(5, 5))
    assert raw.stat("/open/up.tmp").size == 8
    raw.posix_rename("/open/up.tmp", "/open/up.csv")
    stored = [n for n in os.listdir(home / "open") if n.endswith("-up.csv")]
    assert len(stored) == 1 and len(stored[0]) == 36 + 1 + len("up.csv")
    assert not (home / "open" / "up.csv").exists()
    assert (home / "open" / stored[0]).read_bytes() == b"uploaded"
    assert int(os.stat(home / "open" / stored[0]).st_mtime) == 5
    raw.close_connection()


def test_names_are_amended_for_scp(server):
    home = server.home("any")
    build(home)
    transport = connect(server, "namer")
    said, status = run(transport, "scp -p -t /open/", [b"T5 0 5 0\n"] + FILE)
    assert status == 0, said
    assert [n for n in os.listdir(home / "open") if n.endswith("-new") and len(n) == 40]
    assert run(transport, "scp -t /open/x.exe", FILE)[1] != 0
    transport.close()


def test_staging_follows_the_path(server):
    home = server.home("any")
    build(home)
    raw = Raw(server.port, "stager", password="pw")
    log = raw.open("/open/a.log", W | C | T)
    raw.write(log, 0, b"line")
    assert (home / "open" / "a.log").read_bytes() == b"line"
    other = raw.open("/open/a.txt", W | C | T)
    raw.write(other, 0, b"text")
    assert not (home / "open" / "a.txt").exists()
    raw.close(log)
    raw.close(other)
    assert (home / "open" / "a.txt").read_bytes() == b"text"
    raw.close_connection()


# The configuration


@pytest.mark.parametrize("lines,line,word", [
    ("permissions =\n  allow-read\n  /in/*, allow-reed", 5, "allow-reed"),
    ("permissions =\n  allow-read\n  m/(/, allow-read", 5, "m/(/"),
    ("permissions =\n  allow-read\n  /in/*", 5, "/in/*"),
    ("permissions = allow-read, allow-fly", 3, "allow-fly"),
    ("denied_names = *.exe\n  [a", 4, "[a"),
    ("staged_uploads = Yes\n  *.log, maybe", 4, "maybe"),
    ("amend_write_name = uuid", 3, "uuid"),
])
def test_check_names_the_line_and_what_is_wrong_in_it(tmp_path, lines, line, word):
    ini = tmp_path / "server.ini"
    ini.write_text("[groups/g]\nname = g\n%s\n" % lines)
    done = subprocess.run([CONVOY, "check", str(ini)], capture_output=True, text=True,
                          timeout=60)
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert any("server.ini:%d:" % line in s and word in s for s in said.splitlines()), said
