# SPDX-License-Identifier: Apache-2.0
"""The clients that the field uses, each in its own manner."""
import os
import shutil
import subprocess
import threading

import paramiko
import pytest

from raw_sftp import C, Raw, T, W


@pytest.fixture
def server(make_server):
    return make_server(accounts={"alice": "wonderland", "bob": "builder"}, keys=["alice"])


def need(program):
    if shutil.which(program) is None:
        pytest.fail(program + " is not installed: ./dev test installs it")


def cut_upload(server, name, data):
    """Leave `data` behind as an upload that was cut."""
    raw = Raw(server.port, "alice", password="wonderland")
    handle = raw.open("/" + name, W | C | T)
    raw.write_all(handle, data)
    raw.cut()
    server.wait_until_cut()


# paramiko

def test_paramiko_puts_gets_appends_and_creates_exclusively(server):
    transport = paramiko.Transport(("127.0.0.1", server.port))
    transport.connect(username="alice", password="wonderland")
    client = paramiko.SFTPClient.from_transport(transport)
    data = os.urandom(3_000_000)
    with client.open("/file", "wb") as file:
        file.set_pipelined(True)
        file.write(data)
    with client.open("/file", "rb") as file:
        file.prefetch()
        assert file.read() == data
    with client.open("/file", "ab") as file:
        file.write(b"more")
    assert client.stat("/file").st_size == len(data) + 4
    with client.open("/file", "r+b") as file:
        file.seek(10)
        file.write(b"EDIT")
    client.open("/new", "x").close()
    assert client.stat("/new").st_size == 0
    with pytest.raises(IOError):
        client.open("/new", "x")
    got = server.file("alice", "file").read_bytes()
    assert got == data[:10] + b"EDIT" + data[14:] + b"more"
    transport.close()


def test_paramikos_putfo_confirms_the_size(server):
    transport = paramiko.Transport(("127.0.0.1", server.port))
    transport.connect(username="bob", password="builder")
    client = paramiko.SFTPClient.from_transport(transport)
    client.put(__file__, "/self")
    assert server.file("bob", "self").read_bytes() == open(__file__, "rb").read()
    transport.close()


# lftp

def lftp(server, script, cwd):
    need("lftp")
    setup = ("set sftp:auto-confirm yes; set net:max-retries 1; set net:timeout 30;"
             "set sftp:connect-program 'ssh -a -x -o UserKnownHostsFile=/dev/null"
             " -o StrictHostKeyChecking=no -o LogLevel=ERROR';"
             "open -u alice,wonderland -p %d sftp://127.0.0.1; " % server.port)
    subprocess.run(["lftp", "-c", setup + script], check=True, cwd=cwd, timeout=120)


def test_lftp_puts_gets_and_mirrors(server, tmp_path):
    data = os.urandom(2_000_000)
    (tmp_path / "up").write_bytes(data)
    (tmp_path / "tree" / "sub").mkdir(parents=True)
    for number in range(20):
        (tmp_path / "tree" / "sub" / str(number)).write_bytes(os.urandom(5000))
    lftp(server, "put up; get up -o down; mirror -R tree; mirror tree back", tmp_path)
    assert (tmp_path / "down").read_bytes() == data
    for number in range(20):
        name = os.path.join("sub", str(number))
        assert (tmp_path / "back" / name).read_bytes() == (tmp_path / "tree" / name).read_bytes()


def test_lftp_put_c_resumes_a_cut_upload(server, tmp_path):
    data = os.urandom(4_000_000)
    (tmp_path / "up").write_bytes(data)
    cut_upload(server, "up", data[:2_500_000])
    lftp(server, "put -c up", tmp_path)
    assert server.file("alice", "up").read_bytes() == data


# curl

def curl(server, *arguments, cwd):
    need("curl")
    return subprocess.run(
        ["curl", "-sS", "-k", "-u", "alice:wonderland", *arguments],
        check=True, cwd=cwd, timeout=120, capture_output=True).stdout


def test_curl_puts_and_gets(server, tmp_path):
    data = os.urandom(2_000_000)
    (tmp_path / "up").write_bytes(data)
    url = "sftp://127.0.0.1:%d/" % server.port
    curl(server, "-T", "up", url + "up", cwd=tmp_path)
    assert curl(server, url + "up", cwd=tmp_path) == data


def test_curl_c_minus_resumes_a_cut_upload(server, tmp_path):
    data = os.urandom(4_000_000)
    (tmp_path / "up").write_bytes(data)
    cut_upload(server, "up", data[:2_500_000])
    curl(server, "-C", "-", "-T", "up", "sftp://127.0.0.1:%d/up" % server.port, cwd=tmp_path)
    assert server.file("alice", "up").read_bytes() == data


# rclone

def rclone(server, *arguments, cwd):
    need("rclone")
    obscured = subprocess.run(["rclone", "obscure", "wonderland"], check=True,
                              capture_output=True, text=True).stdout.strip()
    remote = (":sftp,host=127.0.0.1,port=%d,user=alice,pass=%s,shell_type=none,"
              "md5sum_command=none,sha1sum_command=none:" % (server.port, obscured))
    done = subprocess.run(["rclone", "--config", "/dev/null", "--retries", "1",
                           *(a.replace("REMOTE:", remote) for a in arguments)],
                          cwd=cwd, timeout=180, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_rclone_copies_checks_and_syncs(server, tmp_path):
    tree = tmp_path / "tree"
    (tree / "sub").mkdir(parents=True)
    for number in range(50):
        (tree / "sub" / ("f%d" % number)).write_bytes(os.urandom(10_000))
    rclone(server, "copy", "tree", "REMOTE:tree", cwd=tmp_path)
    rclone(server, "check", "--download", "tree", "REMOTE:tree", cwd=tmp_path)
    (tree / "sub" / "f7").write_bytes(b"changed")
    (tree / "sub" / "f8").unlink()
    rclone(server, "sync", "tree", "REMOTE:tree", cwd=tmp_path)
    assert server.file("alice", "tree/sub/f7").read_bytes() == b"changed"
    assert not server.file("alice", "tree/sub/f8").exists()


# psftp

def test_psftp_puts_resumes_and_gets(server, tmp_path):
    need("psftp")
    data = os.urandom(3_000_000)
    (tmp_path / "up").write_bytes(data)
    cut_upload(server, "up", data[:1_500_000])
    (tmp_path / "batch").write_text("reput up\nget up down\nquit\n")
    subprocess.run(["psftp", "-batch", "-P", str(server.port), "-pw", "wonderland",
                    "-hostkey", server.host_key_fingerprint(), "-b", "batch",
                    "alice@127.0.0.1"], check=True, cwd=tmp_path, timeout=120)
    assert (tmp_path / "down").read_bytes() == data


# WinSCP's and rclone's way: a temporary name, then a rename over the target

@pytest.mark.parametrize("way", ["posix-rename", "remove and rename"])
def test_a_temporary_name_renamed_over_the_target_replaces_it(server, way):
    raw = Raw(server.port, "alice", password="wonderland")
    raw.put("/report", b"old" * 1000)
    raw.put("/report.filepart", b"new" * 2000)
    if way == "posix-rename":
        raw.posix_rename("/report.filepart", "/report")
    else:
        raw.remove("/report")
        raw.rename("/report.filepart", "/report")
    assert raw.get("/report") == b"new" * 2000
    assert raw.names("/") == [b"report"]
    raw.close_connection()


# many at once

def test_200_clients_at_once_each_get_their_own_bytes(make_server):
    server = make_server(accounts={"alice": "wonderland"},
                         service={"maximum_unauthenticated_per_address": "0"})
    failures = []

    def work(number):
        try:
            data = bytes([number]) * 50_000 + os.urandom(150_000)
            raw = Raw(server.port, "alice", password="wonderland")
            raw.put("/file-%d" % number, data)
            assert raw.get("/file-%d" % number) == data
            raw.close_connection()
        except BaseException as error:  # noqa: told by the main thread
            failures.append((number, repr(error)))

    clients = [threading.Thread(target=work, args=(n,)) for n in range(200)]
    for client in clients:
        client.start()
    for client in clients:
        client.join(300)
    assert failures == []
    assert len(list(server.home("alice").iterdir())) == 200


# sshfs

@pytest.fixture
def mounted(server, tmp_path):
    need("sshfs")
    if not os.path.exists("/dev/fuse"):
        pytest.skip("no /dev/fuse here")
    folder = tmp_path / "mnt"
    folder.mkdir()
    options = server.ssh_options("alice")
    options[options.index("-i"):options.index("-i") + 2] = [
        "-o", "IdentityFile=%s" % (server.keys_folder / "key-alice")]
    subprocess.run(["sshfs", "-p", str(server.port), *options, "alice@127.0.0.1:/", folder],
                   check=True, timeout=60)
    yield folder
    subprocess.run(["fusermount3", "-u", "-z", folder], check=False)


def test_git_clones_and_make_builds_inside_sshfs(mounted, tmp_path):
    need("git")
    origin = tmp_path / "origin"
    origin.mkdir()
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.net"]
    (origin / "hello.c").write_text('#include <stdio.h>\nint main(void)'
                                    '{ puts("hello"); return 0; }\n')
    (origin / "Makefile").write_text("hello: hello.c\n\tcc -o $@ $<\n")
    subprocess.run([*git, "init", "-q", "."], check=True, cwd=origin)
    subprocess.run([*git, "add", "."], check=True, cwd=origin)
    subprocess.run([*git, "commit", "-q", "-m", "first"], check=True, cwd=origin)
    subprocess.run([*git, "clone", "-q", str(origin), str(mounted / "clone")],
                   check=True, timeout=120)
    subprocess.run(["make", "-s"], check=True, cwd=mounted / "clone", timeout=120)
    out = subprocess.run([mounted / "clone" / "hello"], check=True, capture_output=True)
    assert out.stdout == b"hello\n"
    subprocess.run([*git, "-C", str(mounted / "clone"), "status", "--porcelain"], check=True)
    subprocess.run([*git, "-C", str(mounted / "clone"), "fsck"], check=True)


def test_sshfs_edits_appends_truncates_and_renames(mounted, server):
    (mounted / "f").write_bytes(b"0123456789")
    with open(mounted / "f", "r+b") as file:
        file.seek(3)
        file.write(b"xyz")
    with open(mounted / "f", "ab") as file:
        file.write(b"end")
    os.truncate(mounted / "f", 8)
    os.rename(mounted / "f", mounted / "g")
    assert server.file("alice", "g").read_bytes() == b"012xyz67"
    os.symlink("g", mounted / "link")
    assert (mounted / "link").read_bytes() == b"012xyz67"
