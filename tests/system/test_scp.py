# SPDX-License-Identifier: Apache-2.0
"""SCP with the clients that people have: OpenSSH's scp in both its ways, pscp, and by hand."""
import hashlib
import os
import signal
import subprocess
import time

import paramiko
import pytest

from server_fixture import Server

UPLOADED, UPLOAD_FAILED = 30068, 30042
MIB = 1 << 20


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = Server(
        tmp_path_factory.mktemp("scp") / "server", accounts={"alice": "wonderland"},
        keys=["alice", "reader", "dropper"], service={"scp": "Yes"},
        account_options={"reader": {"permissions": "allow-read, allow-list"},
                         "dropper": {"permissions": "allow-write"}},
        public_keys={"reader": "", "dropper": ""})
    server.start()
    yield server
    server.end()


@pytest.fixture
def home(server, request):
    """A folder of the test's own in alice's home, and its name."""
    folder = server.home("alice") / request.node.name.replace("[", "-").replace("]", "")
    folder.mkdir()
    return folder


def run_scp(server, *arguments, account="alice", cwd, ok=True, mode=("-O",)):
    done = subprocess.run(
        ["scp", *mode, "-P", str(server.port), *server.ssh_options(account),
         *[a.replace("HOST:", account + "@127.0.0.1:", 1) for a in arguments]],
        capture_output=True, text=True, errors="replace", cwd=cwd, timeout=120)
    assert (done.returncode == 0) == ok, (done.returncode, done.stdout, done.stderr)
    return done.stdout + done.stderr


@pytest.fixture
def scp(server, tmp_path):
    """scp(argument, …): HOST: stands for the server; what it printed."""
    def run(*arguments, **options):
        return run_scp(server, *arguments, cwd=tmp_path, **options)
    return run


def random_file(path, size):
    path.write_bytes(os.urandom(size))
    return path.read_bytes()


def tree_of(folder):
    return {str(p.relative_to(folder)): p.read_bytes() if p.is_file() else None
            for p in folder.rglob("*")}


def make_tree(folder, files=200):
    """Three levels, 200 files, an empty folder and an empty file."""
    for number in range(files):
        inside = folder / ("a%d" % (number % 3)) / ("b%d" % (number % 5))
        inside.mkdir(parents=True, exist_ok=True)
        random_file(inside / ("file %d" % number), number * 37)
    (folder / "empty").mkdir()
    return tree_of(folder)


BOTH = pytest.mark.parametrize("mode", [("-O",), ("-s",)], ids=["O", "sftp"])


@BOTH
def test_a_file_goes_up_and_down(scp, home, tmp_path, mode):
    data = random_file(tmp_path / "up", 3_000_001)
    scp("up", "HOST:%s/" % home.name, mode=mode)
    assert (home / "up").read_bytes() == data
    scp("HOST:%s/up" % home.name, "down", mode=mode)
    assert (tmp_path / "down").read_bytes() == data


@BOTH
def test_a_tree_goes_up_and_down_with_times_and_modes(scp, home, tmp_path, mode):
    want = make_tree(tmp_path / "tree")
    some = tmp_path / "tree" / "a1" / "b1" / "file 1"
    some.chmod(0o640)
    os.utime(some, (1_000_000_000, 1_100_000_000))
    (tmp_path / "tree" / "a2").chmod(0o750)
    os.utime(tmp_path / "tree" / "a2", (1_000_000_000, 1_200_000_000))
    scp("-r", "-p", "tree", "HOST:%s" % home.name, mode=mode)
    assert tree_of(home / "tree") == want
    scp("-r", "-p", "HOST:%s/tree" % home.name, "back", mode=mode)
    assert tree_of(tmp_path / "back") == want
    for tree in home / "tree", tmp_path / "back":
        there = tree / "a1" / "b1" / "file 1"
        assert there.stat().st_mode & 0o7777 == 0o640
        assert there.stat().st_mtime == 1_100_000_000
        assert (tree / "a2").stat().st_mode & 0o7777 == 0o750
        assert (tree / "a2").stat().st_mtime == 1_200_000_000
    assert want["empty"] is None


def test_a_big_file_is_the_same_both_ways(scp, home, tmp_path):
    data = random_file(tmp_path / "big", 64 * MIB)
    want = hashlib.sha256(data).digest()
    scp("big", "HOST:%s/big" % home.name)
    assert hashlib.sha256((home / "big").read_bytes()).digest() == want
    scp("HOST:%s/big" % home.name, "back")
    assert hashlib.sha256((tmp_path / "back").read_bytes()).digest() == want


def test_an_empty_file_arrives(scp, home, tmp_path):
    random_file(tmp_path / "empty", 0)
    scp("empty", "HOST:%s" % home.name)
    assert (home / "empty").stat().st_size == 0
    scp("HOST:%s/empty" % home.name, "back")
    assert (tmp_path / "back").stat().st_size == 0


def test_wildcards_bring_what_matches(scp, home, tmp_path):
    for name in "a.txt", "b.txt", "c.dat", ".hidden.txt":
        (home / name).write_text(name)
    (home / "sub").mkdir()
    (home / "sub" / "d.txt").write_text("d.txt")
    into = tmp_path / "into"
    into.mkdir()
    scp("HOST:%s/*.txt" % home.name, "into")
    assert sorted(p.name for p in into.iterdir()) == ["a.txt", "b.txt"]
    scp("HOST:%s/[cx].d?t" % home.name, "into")
    scp("HOST:%s/*/d.txt" % home.name, "into")
    assert sorted(p.name for p in into.iterdir()) == ["a.txt", "b.txt", "c.dat", "d.txt"]
    out = scp("HOST:%s/*.none" % home.name, "into", ok=False)
    assert "No such file or directory" in out


HOSTILE = ["a b", " lead", "it's", 'say "hi"', "$(id);`id`&|<>", "star*", "q?", "[x]", "#!~{a,b}",
           "b\\slash", "ünï→", "-rf", "tab\there", "\x1b[31m"]


@pytest.mark.parametrize("name", HOSTILE, ids=["n%d" % n for n in range(len(HOSTILE))])
def test_any_name_goes_up_in_a_folder_and_down_when_quoted(scp, home, tmp_path, name):
    source = tmp_path / "source"
    source.mkdir()
    data = random_file(source / name, 1000)
    scp(str(source / name), "HOST:%s" % home.name)
    assert (home / name).read_bytes() == data
    quoted = home.name + "/" + "".join("\\" + c if ord(c) < 128 and not c.isalnum() else c
                                       for c in name)
    # The client checks what it is sent by its own reading of the wildcards.
    scp("-T", "HOST:%s" % quoted, "back")
    assert (tmp_path / "back").read_bytes() == data


def test_a_target_may_be_quoted_or_not(scp, home, tmp_path):
    random_file(tmp_path / "f", 10)
    for number, target in enumerate(["a b", "'a b'", '"a b"', "a\\ b"]):
        scp("f", "HOST:%s/%d %s" % (home.name, number, target) if target == "a b"
            else "HOST:%s/%d\\ %s" % (home.name, number, target))
        assert (home / ("%d a b" % number)).exists()


def test_nothing_is_run_by_what_a_command_says(server, home, tmp_path):
    random_file(tmp_path / "f", 10)
    bait = tmp_path / "bait"
    for command in ["scp -t %s; touch %s" % (home.name, bait), "scp -t $(touch %s)" % bait,
                    "scp -t `touch %s`" % bait, "scp -f x | touch %s" % bait,
                    "scp -t x\ntouch %s" % bait, "scp -S 'touch %s' -f x" % bait]:
        subprocess.run(["ssh", "-p", str(server.port), *server.ssh_options("alice"),
                        "alice@127.0.0.1", command], input=b"", capture_output=True, timeout=60)
        assert not bait.exists(), command


def test_what_cannot_be_is_told_and_the_rest_is_done(scp, server, home, tmp_path):
    (tmp_path / "f").write_text("f")
    (tmp_path / "g").write_text("g")
    (home / "f").mkdir()
    out = scp("f", "g", "HOST:%s" % home.name, ok=False)
    assert "f: Is a directory" in out
    assert (home / "g").read_text() == "g"
    assert "No such file or directory" in scp("HOST:nothing", ".", ok=False)
    assert "not a regular file" in scp("HOST:%s" % home.name, ".", ok=False)
    assert "No such file or directory" in scp("f", "g", "HOST:nothing", ok=False)


def test_permissions_hold(scp, server, tmp_path):
    (tmp_path / "f").write_text("f")
    (server.home("reader") / "there").write_text("there")
    assert "Permission denied" in scp("f", "HOST:", account="reader", ok=False)
    scp("HOST:there", "back", account="reader")
    assert (tmp_path / "back").read_text() == "there"
    assert sorted(p.name for p in server.home("reader").iterdir()) == ["there"]

    (server.home("dropper") / "secret").write_text("secret")
    scp("f", "HOST:", account="dropper")
    assert server.file("dropper", "f").read_text() == "f"
    assert "Permission denied" in scp("HOST:secret", "stolen", account="dropper", ok=False)
    assert not (tmp_path / "stolen").exists()
    assert "Permission denied" in scp("-r", str(tmp_path), "HOST:", account="dropper", ok=False)


def test_a_link_out_of_the_account_is_denied(scp, server, home, tmp_path):
    (tmp_path / "outside").write_text("outside")
    (home / "link").symlink_to(tmp_path)
    (home / "f").write_text("f")
    assert "Permission denied" in scp("HOST:%s/link/outside" % home.name, "x", ok=False)
    assert "link: Permission denied" in scp("-r", "HOST:%s" % home.name, "all", ok=False)
    assert sorted(p.name for p in (tmp_path / "all").iterdir()) == ["f"]
    (tmp_path / "new").write_text("new")
    assert "Permission denied" in scp("new", "HOST:%s/link/new2" % home.name, ok=False)
    assert not (tmp_path / "new2").exists()


def test_a_folder_that_contains_itself_ends(scp, home, tmp_path):
    (home / "sub").mkdir()
    (home / "sub" / "up").symlink_to("..")
    (home / "f").write_text("f")
    out = scp("-r", "HOST:%s" % home.name, "all", ok=False)
    assert "a link that leads to a folder above it" in out
    assert (tmp_path / "all" / "f").read_text() == "f"


def test_two_files_come_at_once(scp, home, tmp_path):
    for name in "one", "two":
        (home / name).write_text(name)
    scp("HOST:%s/one" % home.name, "HOST:%s/two" % home.name, ".")
    assert (tmp_path / "one").read_text() == "one"
    assert (tmp_path / "two").read_text() == "two"


class ByHand:
    """The sending side, said word by word."""

    def __init__(self, server, command):
        self.transport = paramiko.Transport(("127.0.0.1", server.port))
        self.transport.connect(username="alice", password="wonderland")
        self.channel = self.transport.open_session()
        self.channel.settimeout(60)
        self.channel.exec_command(command)

    def answer(self, want=b"\0"):
        got = b""
        while len(got) < len(want):
            got += self.channel.recv(len(want) - len(got))
        assert got == want

    def say(self, data):
        self.channel.sendall(data)

    def cut(self):
        self.transport.close()


def left_overs(folder):
    return [p.name for p in folder.iterdir() if p.name.startswith(".convoy-")]


def wait_for_left_over(server, folder):
    server.wait_for(lambda: left_overs(folder))


@pytest.mark.parametrize("sent", [300_000, 1_000_000], ids=["some", "all"])
def test_a_transfer_that_is_cut_is_not_published_and_is_kept(server, home, sent):
    (home / "f").write_text("old")
    hand = ByHand(server, "scp -t %s" % home.name)
    hand.answer()
    hand.say(b"C0644 1000000 f\n")
    hand.answer()
    hand.say(b"x" * sent)  # and no status behind them
    wait_for_left_over(server, home)
    hand.cut()
    server.wait_for(lambda: [r for r in server.console()
                             if r["id"] == UPLOAD_FAILED and home.name in r["data"]["path"]])
    assert (home / "f").read_text() == "old"
    assert left_overs(home)


def test_a_client_that_is_killed_leaves_nothing_behind_under_the_name(server, home, tmp_path):
    with (tmp_path / "large").open("wb") as large:
        large.truncate(256 * MIB)
    client = subprocess.Popen(
        ["scp", "-O", "-l", "80000", "-P", str(server.port), *server.ssh_options("alice"),
         str(tmp_path / "large"), "alice@127.0.0.1:%s/f" % home.name],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    wait_for_left_over(server, home)
    os.killpg(client.pid, signal.SIGKILL)
    client.wait()
    server.wait_for(lambda: [r for r in server.console()
                             if r["id"] == UPLOAD_FAILED and home.name in r["data"]["path"]])
    assert not (home / "f").exists()


def test_what_the_sender_could_not_read_is_not_published(server, home):
    hand = ByHand(server, "scp -t %s" % home.name)
    hand.answer()
    hand.say(b"C0644 6 f\n")
    hand.answer()
    hand.say(b"abc\0\0\0\1scp: f: Input/output error\n")
    answer = b"\1scp: /%s/f: not kept, since it could not be read in full\n" % home.name.encode()
    hand.answer(answer)
    hand.say(b"C0644 1 g\n")
    hand.answer()
    hand.say(b"g\0")
    hand.answer()
    assert not left_overs(home) and not (home / "f").exists()
    assert (home / "g").read_text() == "g"
    hand.channel.shutdown_write()
    assert hand.channel.recv_exit_status() == 1
    hand.cut()


def test_the_answer_comes_when_the_file_is_published(server, home):
    hand = ByHand(server, "scp -t %s" % home.name)
    hand.answer()
    for number in range(20):
        hand.say(b"C0644 5 f%d\n" % number)
        hand.answer()
        hand.say(b"hello\0")
        hand.answer()
        assert (home / ("f%d" % number)).read_text() == "hello"
    hand.channel.shutdown_write()
    assert hand.channel.recv_exit_status() == 0
    hand.cut()


def test_other_commands_and_a_service_without_scp_are_refused(make_server, server, home):
    off = make_server(accounts={"alice": "wonderland"})
    for where, command in (server, "scp"), (server, "scp -x -t ."), (off, "scp -t ."):
        with pytest.raises(paramiko.SSHException):
            ByHand(where, command)


def test_an_upload_event_tells_of_each_file(scp, server, home, tmp_path):
    (tmp_path / "f\r\nx").write_text("f")
    (tmp_path / "g").write_text("gg")
    scp("g", "f\r\nx", "HOST:%s" % home.name)
    told = [r for r in server.events(UPLOADED) if home.name in r["data"]["path"]]
    assert [r["data"]["path"] for r in told][0] == "/%s/g" % home.name
    assert len(server.events(UPLOADED)) == len(
        [r for r in server.console() if r["id"] == UPLOADED])


def test_kill_9_of_the_server_never_publishes_a_part(tmp_path):
    server = Server(tmp_path / "server", accounts={"alice": "wonderland"}, service={"scp": "Yes"})
    server.start()
    try:
        for round_ in range(4):
            hand = ByHand(server, "scp -t .")
            hand.answer()
            whole = b"%d" % round_ * 500_000
            hand.say(b"C0644 500000 whole%d\n" % round_)
            hand.answer()
            hand.say(whole + b"\0")
            hand.answer()
            hand.say(b"C0644 40000000 part\n")
            hand.answer()
            hand.say(b"y" * (300_000 * (round_ + 1)))
            time.sleep(0.02 * round_)  # somewhere in the middle of it
            server.kill9()
            hand.cut()
            assert not server.file("alice", "part").exists()
            assert server.file("alice", "whole%d" % round_).read_bytes() == whole
            server.start()
    finally:
        server.end()


def pscp(server, *arguments, cwd, home, ok=True):
    done = subprocess.run(
        ["pscp", "-scp", "-batch", "-P", str(server.port), "-pw", "wonderland",
         "-hostkey", server.host_key_fingerprint(), *arguments],
        capture_output=True, text=True, cwd=cwd, timeout=120, env=dict(os.environ, HOME=str(home)))
    assert (done.returncode == 0) == ok, (done.stdout, done.stderr)
    return done.stdout + done.stderr


def test_pscp_goes_both_ways(server, home, tmp_path):
    want = make_tree(tmp_path / "tree", files=20)
    data = random_file(tmp_path / "f", 1_000_000)
    there = "alice@127.0.0.1:%s" % home.name
    pscp(server, "-p", "f", there, cwd=tmp_path, home=tmp_path)
    assert (home / "f").read_bytes() == data
    pscp(server, "-r", "tree", there, cwd=tmp_path, home=tmp_path)
    assert tree_of(home / "tree") == want
    pscp(server, there + "/f", "back", cwd=tmp_path, home=tmp_path)
    assert (tmp_path / "back").read_bytes() == data
    (tmp_path / "all").mkdir()
    pscp(server, "-r", there + "/tree", "all", cwd=tmp_path, home=tmp_path)
    assert tree_of(tmp_path / "all" / "tree") == want
    (tmp_path / "wild").mkdir()
    pscp(server, "-unsafe", there + "/tree/a0/b0/*", "wild", cwd=tmp_path, home=tmp_path)
    assert tree_of(tmp_path / "wild") == tree_of(home / "tree" / "a0" / "b0")
