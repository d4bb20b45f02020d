# SPDX-License-Identifier: Apache-2.0
"""Logging in over SSH with the clients people have, and what a login may run."""
import hashlib
import os
import re
import subprocess
import zlib
from collections import Counter

import paramiko
import pytest

from server_fixture import Server

PASSWORD = "wonderland"
NEW = "trombone quarry velvet 91"
REFUSED, CHANGED, NOT_CHANGED = 30048, 70060, 70061
BOTH = {"required_credentials": "password, ssh-key"}
PLAIN = ["-F", "/dev/null", "-o", "StrictHostKeyChecking=no", "-o", "LogLevel=ERROR",
         "-o", "UserKnownHostsFile=/dev/null", "-o", "NumberOfPasswordPrompts=1"]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    still = tmp_path_factory.mktemp("still")
    server = Server(
        tmp_path_factory.mktemp("server"),
        accounts={name: PASSWORD for name in ("alice", "bob", "carol", "dave", "erin")},
        keys=["alice", "carol"],
        account_options={"carol": BOTH, "erin": {"group": "STILL"},
                         "bob": {"permissions": "allow-list, allow-write"}},
        server={"password_minimum_strength": 3},
        service={"before_login_message": "Grüß Gott\nand be good",
                 "keyboard_interactive_message": "Behold\nYour password:"},
        group={"allow_own_password_change": "Yes"},
        host_key_types=("ed25519", "ecdsa", "rsa"),
        extra="\n[groups/STILL]\nname = still\nhome_folder_path = %s\n"
              "create_home_folder = Yes\n" % (still / "${USER}"))
    server.start()
    yield server
    server.end()


def ssh(server, account, *command, password=PASSWORD, methods="password", options=(), stdin=""):
    prefix = ["sshpass", "-p", password] if password else []
    return subprocess.run(
        [*prefix, "ssh", *options, *PLAIN, "-p", str(server.port), "-o",
         "PreferredAuthentications=" + methods, account + "@127.0.0.1", *command],
        input=stdin, text=True, capture_output=True, timeout=60)


def logs_in(server, account, **how):
    """Whether the login succeeds: a checksum of nothing is asked for."""
    return ssh(server, account, "sha1sum", **how).stdout == \
        hashlib.sha1().hexdigest() + "  -\n"


def with_key(server, account, key=None):
    return ("-i", str(server.keys_folder / ("key-" + (key or account))),
            "-o", "IdentitiesOnly=yes")


@pytest.fixture
def connect(server):
    """connect(account) is a paramiko transport that has logged in."""
    clients = []

    def make(account, password=PASSWORD):
        client = paramiko.Transport(("127.0.0.1", server.port))
        clients.append(client)
        client.connect(username=account, password=password)
        return client

    yield make
    for client in clients:
        client.close()


# Ways to log in

def test_openssh_logs_in_by_keyboard_interactive(server):
    assert logs_in(server, "alice", methods="keyboard-interactive")
    assert not logs_in(server, "alice", methods="keyboard-interactive", password="wrong")


def test_paramiko_answers_the_question(server):
    client = paramiko.Transport(("127.0.0.1", server.port))
    seen = []

    def answer(title, instructions, prompts):
        seen.append((title, instructions, prompts))
        return [PASSWORD]

    client.start_client(timeout=30)
    assert client.auth_interactive("alice", answer) == []
    assert seen == [("", "Behold\r\n", [("Your password: ", False)])]
    client.close()


def test_what_is_said_before_a_login_is_shown(server):
    shown = ssh(server, "alice", "sha1sum", options=("-o", "LogLevel=INFO")).stderr
    assert "Grüß Gott\nand be good\n" in shown.replace("\r", "")


@pytest.mark.parametrize("methods", ["publickey,password", "password,publickey",
                                     "publickey,keyboard-interactive",
                                     "keyboard-interactive,publickey"])
def test_two_credentials_work_in_either_order(server, methods):
    assert logs_in(server, "carol", methods=methods, options=with_key(server, "carol"))


@pytest.mark.parametrize("methods", ["publickey", "password", "keyboard-interactive",
                                     "password,keyboard-interactive"])
def test_one_credential_of_two_is_not_enough(server, methods):
    assert not logs_in(server, "carol", methods=methods, options=with_key(server, "carol"))


def test_two_credentials_are_both_checked(server):
    assert not logs_in(server, "carol", methods="publickey,password", password="wrong",
                       options=with_key(server, "carol"))
    assert not logs_in(server, "carol", methods="password,publickey",
                       options=with_key(server, "carol", "alice"))


# What may be run

COMMANDS = ["id", "/bin/sh", "sh -c id", "echo hello", "PASSWD", "passwd alice", "passwd;id",
            "md5sum;id", "md5sum\nid", "/usr/bin/md5sum /a", "md5sum -c /a", "md5sum --check /a",
            "md5sum 'open", "md5sum \"open", "crc32", "b2sum", "sftp", "sftp-server",
            "internal-sftp", "rsync --server .", "git-upload-pack a", "ls", "", " ", "-", "sum",
            "scp -t /", "echo ${ShellId}%ComSpec%", "cd / && md5sum a", "$(id)", "`id`", "%s%n",
            "x" * 100000, "../../bin/id", "exit", "true"]


@pytest.mark.parametrize("command", COMMANDS, ids=range(len(COMMANDS)))
def test_any_other_command_is_refused(connect, command):
    channel = connect_once(connect).open_session()
    with pytest.raises(paramiko.SSHException):
        channel.exec_command(command)


_shared = {}


def connect_once(connect):
    """A login that the tests of this table share."""
    client = _shared.get("client")
    if client is None or not client.is_active():
        client = _shared["client"] = paramiko.Transport(connect("alice").getpeername())
        client.connect(username="alice", password=PASSWORD)
    return client


@pytest.mark.parametrize("ask", ["invoke_shell", "get_pty", "request_x11"])
def test_there_is_no_terminal_and_no_shell(connect, ask):
    channel = connect("alice").open_session()
    with pytest.raises(paramiko.SSHException):
        getattr(channel, ask)()


def test_a_refused_command_is_in_the_log(server):
    assert ssh(server, "alice", "rm -rf /").returncode != 0
    server.wait_for(lambda: [r for r in server.events(REFUSED)
                             if r["data"].get("request") == "rm -rf /"])


# Checksums

NAMES = ["plain", "with blank", "quote'quote", 'double"double', "back\\slash", "line\nbreak",
         "$(id) `id` ; & | > * ?", "-dash", "Grüße", "end ", " begin"]


def quoted(name):
    return "'" + name.replace("'", "'\\''") + "'"


@pytest.mark.parametrize("name", NAMES)
def test_sha256sum_says_what_coreutils_say(server, name):
    server.home("alice").joinpath(name).write_bytes(name.encode() * 1000)
    ours = ssh(server, "alice", "sha256sum -- " + quoted(name))
    theirs = subprocess.run(["sha256sum", "--", name], cwd=server.home("alice"),
                            capture_output=True, text=True, check=True)
    assert (ours.stdout, ours.stderr, ours.returncode) == (theirs.stdout, "", 0)


@pytest.mark.parametrize("kind", ["md5", "sha1", "sha224", "sha256", "sha384", "sha512"])
def test_every_sum_is_right_of_files_of_several_pieces(server, kind):
    content = os.urandom(9 * 1024 * 1024 + 1)
    server.file("alice", "large").write_bytes(content)
    done = ssh(server, "alice", kind + "sum /large /none large ..")
    right = hashlib.new(kind, content).hexdigest()
    assert done.stdout == "%s  /large\n%s  large\n" % (right, right)
    assert done.stderr.startswith("%ssum: /none: not found\n%ssum: ..: " % (kind, kind))
    assert done.returncode == 1


def test_what_is_sent_is_summed_up_too(server):
    done = ssh(server, "alice", "md5sum", stdin="some bytes")
    assert done.stdout == hashlib.md5(b"some bytes").hexdigest() + "  -\n"


def test_who_may_not_read_gets_no_checksums(server):
    server.file("bob", "secret").write_text("secret")
    done = ssh(server, "bob", "md5sum /secret")
    assert (done.stdout, done.returncode) == ("", 1)
    assert done.stderr == "md5sum: /secret: denied\n"


def rclone_remote(server, account="alice"):
    obscured = subprocess.run(["rclone", "obscure", PASSWORD], check=True, capture_output=True,
                              text=True).stdout.strip()
    return ":sftp,host=127.0.0.1,port=%d,user=%s,pass=%s:" % (server.port, account, obscured)


def test_rclone_compares_by_checksums(server, tmp_path):
    here = tmp_path / "files"
    here.mkdir()
    for index, name in enumerate(n for n in NAMES if n.strip() == n and "\n" not in n):
        (here / name).write_bytes(b"%d" % index)
    remote = rclone_remote(server) + "copies"
    base = ["rclone", "--config", str(tmp_path / "rclone.conf"), "-vv"]
    subprocess.run([*base, "copy", str(here), remote], check=True, capture_output=True)
    done = subprocess.run([*base, "check", str(here), remote], capture_output=True, text=True)
    assert done.returncode == 0 and "0 differences found" in done.stderr
    assert "hashes could not be checked" not in done.stderr
    (server.home("alice") / "copies" / "plain").write_bytes(b"x")
    done = subprocess.run([*base, "check", str(here), remote], capture_output=True, text=True)
    assert done.returncode == 1 and "1 differences found" in done.stderr


def test_paramiko_checks_files_and_blocks(server, connect):
    content = os.urandom(5 * 1024 * 1024 + 77)
    server.file("alice", "checked").write_bytes(content)
    sftp = paramiko.SFTPClient.from_transport(connect("alice"))
    with sftp.open("checked") as file:
        assert file.check("sha256") == hashlib.sha256(content).digest()
        assert file.check("nonsense,md5") == hashlib.md5(content).digest()
        assert file.check("md5", 1000, 500) == hashlib.md5(content[1000:1500]).digest()
        assert file.check("crc32") == zlib.crc32(content).to_bytes(4, "big")
        blocks = [content[at:at + 65536] for at in range(0, len(content), 65536)]
        assert file.check("sha1", 0, 0, 65536) == \
            b"".join(hashlib.sha1(block).digest() for block in blocks)
        with pytest.raises(IOError):
            file.check("nonsense")
        with pytest.raises(IOError):
            file.check("md5", 0, 0, 255)


# The own password

def passwd(server, account, *lines, password=PASSWORD):
    return ssh(server, account, "passwd", password=password,
               stdin="".join(line + "\n" for line in lines))


def test_a_user_changes_the_own_password(server):
    before = server.ini.read_text()
    done = passwd(server, "dave", PASSWORD, NEW, NEW)
    assert (done.returncode, done.stdout.strip()) == (0, "The password was changed.")
    assert re.findall(r"(\w[\w ]*): ", done.stderr) == [
        "Current password", "New password", "Confirm the new password"]
    assert logs_in(server, "dave", password=NEW)
    assert not logs_in(server, "dave")
    assert logs_in(server, "alice")
    after = server.ini.read_text()
    assert NEW not in after and "last_password_update = " in after
    changed = Counter(after.splitlines()) - Counter(before.splitlines())
    assert [line.split(" = ")[0] for line in changed] == ["password", "last_password_update"]
    assert server.events(CHANGED)[-1]["account"]["name"] == "dave"
    assert passwd(server, "dave", NEW, PASSWORD + " 77 hat stand", PASSWORD + " 77 hat stand",
                  password=NEW).returncode == 0


WRONG = {
    "another current one": (["wrong", NEW, NEW], "current password is not right"),
    "two new ones": ([PASSWORD, NEW, NEW + "x"], "the two new ones differ"),
    "short": ([PASSWORD, "Xq9!", "Xq9!"], "at least 8 characters"),
    "easy": ([PASSWORD, "alice12345", "alice12345"], "too easy to guess"),
    "the same": ([PASSWORD, PASSWORD, PASSWORD], "is the current one"),
    "empty": ([PASSWORD, "", ""], "is empty"),
    "control characters": ([PASSWORD, NEW + "\x07", NEW + "\x07"], "control characters"),
    "too long": ([PASSWORD, "x" * 1025], "too long"),
    "cut": ([PASSWORD, NEW], "the input has ended"),
    "nothing": ([], "the input has ended"),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_password_that_will_not_do_changes_nothing(server, what):
    before = server.ini.read_bytes()
    lines, sentence = WRONG[what]
    done = passwd(server, "alice", *lines)
    assert (done.returncode, done.stdout) == (1, "")
    assert sentence in done.stderr
    assert server.ini.read_bytes() == before


def test_who_may_not_change_the_password_does_not(server):
    before = server.ini.read_bytes()
    done = passwd(server, "erin", PASSWORD, NEW, NEW)
    assert done.returncode == 1 and "may not change" in done.stderr
    assert server.ini.read_bytes() == before
    assert server.events(NOT_CHANGED)[-1]["account"]["name"] == "erin"


def test_the_session_that_changes_it_goes_on_and_others_end(server, connect):
    password = PASSWORD + " 77 hat stand"
    mine, other = connect("dave", password), connect("dave", password)
    channel = mine.open_session()
    channel.exec_command("passwd")
    channel.sendall(("%s\n%s\n%s\n" % (password, NEW, NEW)).encode())
    assert channel.recv_exit_status() == 0
    server.wait_for(lambda: not other.is_active())
    assert paramiko.SFTPClient.from_transport(mine).listdir("/") == []


# Algorithms

OFFERED = {
    # What a client may insist on: in secure, in fips, in all
    ("Ciphers", "chacha20-poly1305@openssh.com"): (True, False, True),
    ("Ciphers", "aes256-gcm@openssh.com"): (True, True, True),
    ("Ciphers", "aes128-ctr"): (True, True, True),
    ("Ciphers", "aes256-cbc"): (False, False, True),
    ("KexAlgorithms", "curve25519-sha256"): (True, False, True),
    ("KexAlgorithms", "ecdh-sha2-nistp384"): (True, True, True),
    ("KexAlgorithms", "diffie-hellman-group14-sha256"): (True, True, True),
    ("KexAlgorithms", "diffie-hellman-group14-sha1"): (False, False, True),
    ("HostKeyAlgorithms", "ssh-ed25519"): (True, False, True),
    ("HostKeyAlgorithms", "ecdsa-sha2-nistp256"): (True, True, True),
    ("HostKeyAlgorithms", "rsa-sha2-512"): (True, True, True),
    ("HostKeyAlgorithms", "ssh-rsa"): (False, False, True),
    ("MACs", "hmac-sha2-256-etm@openssh.com"): (True, True, True),
    ("MACs", "hmac-sha1"): (False, False, True),
}
NAMES_OF_SETS = ["secure", "fips", "all"]


@pytest.fixture(scope="module")
def three_services(tmp_path_factory):
    """One server that offers each set on a port of its own."""
    folder = tmp_path_factory.mktemp("three")
    extra = "".join(
        "[services/%s]\ntype = ssh\naddress = 127.0.0.1\nport = 0\nname = %s\n"
        "ssh_cipher_list = %s\nmaximum_unauthenticated_per_address = 0\n"
        "ssh_server_keys = host-ed25519, host-ecdsa, host-rsa\n\n" % (name, name, name)
        for name in NAMES_OF_SETS)
    server = Server(folder, accounts={"alice": PASSWORD}, extra="\n" + extra,
                    host_key_types=("ed25519", "ecdsa", "rsa"))
    server.start()

    def ports():
        found = {}
        for record in server.console():
            match = re.search(r"port (\d+)", record["data"].get("description", ""))
            if record["id"] == 20156 and match:
                found[record["data"]["name"]] = int(match.group(1))
        return found if set(NAMES_OF_SETS) <= set(found) else None

    yield server.wait_for(ports)
    server.end()


@pytest.mark.parametrize("option,name", OFFERED)
def test_a_set_offers_its_algorithms_and_no_others(three_services, option, name):
    offered = []
    for port in (three_services[s] for s in NAMES_OF_SETS):
        options = ["-o", "%s=%s" % (option, name)]
        if option == "MACs":
            options += ["-o", "Ciphers=aes128-ctr"]
        done = subprocess.run(
            ["sshpass", "-p", PASSWORD, "ssh", *PLAIN, *options, "-p", str(port),
             "-o", "PreferredAuthentications=password", "alice@127.0.0.1", "sha1sum"],
            input="", text=True, capture_output=True, timeout=60)
        offered.append(done.returncode == 0)
    assert tuple(offered) == OFFERED[option, name]
