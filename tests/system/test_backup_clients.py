# SPDX-License-Identifier: Apache-2.0
"""Programs that keep their data on an SFTP server: backups, asyncssh, Ansible."""
import asyncio
import os
import shutil
import subprocess
import sys

import pytest

ANSIBLE_COPIES = """
import sys
from ansible.playbook.play_context import PlayContext
from ansible.plugins.loader import connection_loader
port, key, put, path, fetched = sys.argv[1:]
connection = connection_loader.get("ssh", PlayContext(), "/dev/null")
connection.set_options(direct={
    "host": "127.0.0.1", "port": int(port), "remote_user": "alice",
    "private_key_file": key, "host_key_checking": False, "ssh_transfer_method": "sftp",
    "ssh_args": "-F /dev/null -o UserKnownHostsFile=/dev/null -o IdentitiesOnly=yes",
    "pipelining": False})
connection.put_file(put, path)
connection.fetch_file(path, fetched)
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    from server_fixture import Server
    server = Server(tmp_path_factory.mktemp("backup") / "server",
                    accounts={"alice": "wonderland"}, keys=["alice"])
    server.start()
    yield server
    server.end()


def run(command, cwd, env=None):
    assert shutil.which(command[0]), command[0] + " is not installed: ./dev test installs it"
    done = subprocess.run([str(word) for word in command], cwd=cwd, timeout=240, text=True,
                          capture_output=True, env=dict(os.environ, HOME=str(cwd), **(env or {})))
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def make_tree(folder, files=40):
    (folder / "sub" / "deeper").mkdir(parents=True)
    for number in range(files):
        name = "sub/deeper/%d" % number if number % 2 else "%d" % number
        (folder / name).write_bytes(os.urandom(3_000 + 997 * number))
    (folder / "big").write_bytes(os.urandom(6_000_000))
    return folder


def same_trees(one, other):
    names = sorted(str(path.relative_to(one)) for path in one.rglob("*"))
    assert names == sorted(str(path.relative_to(other)) for path in other.rglob("*"))
    for name in names:
        if (one / name).is_file():
            assert (one / name).read_bytes() == (other / name).read_bytes(), name


def test_restic_backs_up_checks_restores_and_forgets(server, tmp_path):
    tree = make_tree(tmp_path / "tree")
    command = " ".join(["ssh", *server.ssh_options("alice"), "-p", str(server.port),
                        "alice@127.0.0.1", "-s", "sftp"])
    restic = ["restic", "-r", "sftp:alice@127.0.0.1:/repository", "-o", "sftp.command=" + command,
              "--no-cache"]
    secret = {"RESTIC_PASSWORD": "a secret"}
    run([*restic, "init"], tmp_path, secret)
    run([*restic, "backup", "tree"], tmp_path, secret)
    (tree / "0").write_bytes(b"changed")
    run([*restic, "backup", "tree"], tmp_path, secret)
    run([*restic, "check", "--read-data"], tmp_path, secret)
    run([*restic, "restore", "latest", "--target", "back"], tmp_path, secret)
    same_trees(tree, tmp_path / "back" / "tree")
    run([*restic, "forget", "--keep-last", "1", "--prune"], tmp_path, secret)
    run([*restic, "check"], tmp_path, secret)
    assert server.left_overs("alice") == []


def test_duplicity_backs_up_in_full_and_by_difference_and_restores(server, tmp_path):
    tree = make_tree(tmp_path / "tree")
    url = "sftp://alice@127.0.0.1:%d//duplicity" % server.port
    known = tmp_path / ".ssh"
    known.mkdir(mode=0o700)
    scan = subprocess.run(["ssh-keyscan", "-p", str(server.port), "127.0.0.1"], check=True,
                          capture_output=True, text=True, timeout=60).stdout
    (known / "known_hosts").write_text(scan)
    secret = {"FTP_PASSWORD": "wonderland", "PASSPHRASE": "a secret"}
    options = ["--no-encryption", "--archive-dir", tmp_path / "archive", "--volsize", "2"]
    run(["duplicity", "full", *options, tree, url], tmp_path, secret)
    (tree / "1.new").write_bytes(os.urandom(50_000))
    (tree / "2").unlink()
    run(["duplicity", "incremental", *options, tree, url], tmp_path, secret)
    run(["duplicity", "restore", *options, url, tmp_path / "back"], tmp_path, secret)
    same_trees(tree, tmp_path / "back")
    run(["duplicity", "verify", *options, "--compare-data", url, tree], tmp_path, secret)


def test_asyncssh_puts_gets_walks_and_renames_in_parallel(server, tmp_path):
    import asyncssh
    tree = make_tree(tmp_path / "tree")

    async def work():
        async with asyncssh.connect(
                "127.0.0.1", server.port, username="alice", known_hosts=None, config=None,
                client_keys=[str(server.keys_folder / "key-alice")]) as connection:
            async with connection.start_sftp_client() as sftp:
                await sftp.put(str(tree), "/async", recurse=True, preserve=True)
                await sftp.get("/async", str(tmp_path / "back"), recurse=True, preserve=True)
                await asyncio.gather(*(sftp.posix_rename("/async/%d" % n, "/async/r%d" % n)
                                       for n in range(0, 40, 2)))
                assert (await sftp.stat("/async/big")).size == 6_000_000
                await sftp.rmtree("/async/sub")
                return sorted(await sftp.listdir("/async"))

    names = asyncio.run(work())
    same_trees(tree, tmp_path / "back")
    assert names == sorted([".", "..", "big"] + ["r%d" % n for n in range(0, 40, 2)])


def test_ansible_puts_and_fetches_over_sftp(server, tmp_path):
    data = os.urandom(1_500_000)
    (tmp_path / "up").write_bytes(data)
    run([sys.executable, "-c", ANSIBLE_COPIES, server.port, server.keys_folder / "key-alice",
         tmp_path / "up", "/from ansible", tmp_path / "down"], tmp_path,
        {"ANSIBLE_LOCAL_TEMP": str(tmp_path / "local"), "ANSIBLE_HOME": str(tmp_path / "home")})
    assert (tmp_path / "down").read_bytes() == data
    assert server.file("alice", "from ansible").read_bytes() == data
