# SPDX-License-Identifier: Apache-2.0
"""OpenSSH's own sftp: what people type first."""
import os
import subprocess

import pytest

CIPHERS = ["aes128-gcm@openssh.com", "aes256-gcm@openssh.com",
           "chacha20-poly1305@openssh.com", "aes256-ctr"]


@pytest.fixture
def server(make_server):
    return make_server(accounts={"alice": "wonderland"}, keys=["alice"])


@pytest.fixture
def sftp(server, tmp_path):
    """Run a batch of sftp commands; returns what it printed."""
    def run(batch, *options, ok=True):
        done = subprocess.run(
            ["sftp", "-q", "-b", "-", "-P", str(server.port), *server.ssh_options("alice"),
             *options, "alice@127.0.0.1"],
            input=batch, capture_output=True, text=True, cwd=tmp_path, timeout=120)
        assert (done.returncode == 0) == ok, done.stdout + done.stderr
        return done.stdout + done.stderr
    return run


def random_file(path, size):
    path.write_bytes(os.urandom(size))
    return path.read_bytes()


@pytest.mark.parametrize("cipher", CIPHERS)
def test_put_and_get_bring_the_same_bytes_back(sftp, tmp_path, cipher):
    data = random_file(tmp_path / "up", 5_000_003)
    sftp("put up\nget up down\n", "-c", cipher)
    assert (tmp_path / "down").read_bytes() == data


def test_an_empty_file_arrives(sftp, server, tmp_path):
    random_file(tmp_path / "empty", 0)
    sftp("put empty\n")
    assert server.file("alice", "empty").stat().st_size == 0


def test_reput_completes_a_cut_upload(sftp, server, tmp_path):
    data = random_file(tmp_path / "part", 6_000_000)
    from raw_sftp import C, Raw, T, W
    raw = Raw(server.port, "alice", password="wonderland")
    handle = raw.open("/part", W | C | T)
    raw.write_all(handle, data[:4_000_000])
    raw.cut()
    server.wait_until_cut()
    sftp("reput part\n")
    assert server.file("alice", "part").read_bytes() == data


def test_reget_completes_a_cut_download(sftp, tmp_path):
    data = random_file(tmp_path / "whole", 3_000_000)
    sftp("put whole\n")
    (tmp_path / "half").write_bytes(data[:1_000_000])
    sftp("reget whole half\n")
    assert (tmp_path / "half").read_bytes() == data


def test_a_tree_goes_up_and_down_with_its_times_and_modes(sftp, tmp_path):
    tree = tmp_path / "tree" / "deep" / "er"
    tree.mkdir(parents=True)
    random_file(tree / "file one", 1000)
    random_file(tmp_path / "tree" / "two", 2000)
    os.chmod(tree / "file one", 0o640)
    os.utime(tree / "file one", (1_000_000_000, 1_000_000_000))
    sftp("put -r -p tree\nget -r -p tree back\n")
    back = tmp_path / "back" / "deep" / "er" / "file one"
    assert back.read_bytes() == (tree / "file one").read_bytes()
    assert back.stat().st_mtime == 1_000_000_000
    assert back.stat().st_mode & 0o777 == 0o640


def test_files_are_renamed_changed_linked_and_removed(sftp, server, tmp_path):
    random_file(tmp_path / "a", 100)
    out = sftp("put a\nrename a b\nchmod 600 b\nln -s b link\nln b hard\n"
               "mkdir d\nls -l\nrm b\nrmdir d\n")
    home = server.home("alice")
    assert "link" in out and "hard" in out
    assert os.readlink(home / "link") == "b"
    assert (home / "hard").stat().st_mode & 0o777 == 0o600
    assert not (home / "b").exists() and not (home / "d").exists()


def test_df_shows_the_space_of_the_disk(sftp, server):
    out = sftp("df\n")
    have = os.statvfs(server.home("alice"))
    assert str(have.f_blocks * have.f_frsize // 1024) in out


def test_several_sessions_share_one_connection(server, tmp_path):
    """ControlMaster: several channels of one connection, at the same time."""
    control = tmp_path / "control"
    common = ["-P", str(server.port), *server.ssh_options("alice"),
              "-o", "ControlPath=%s" % control]
    random_file(tmp_path / "file", 3_000_000)
    master = subprocess.Popen(
        ["ssh", "-N", "-M", "-p", str(server.port), *server.ssh_options("alice"),
         "-o", "ControlPath=%s" % control, "alice@127.0.0.1"])
    try:
        server.wait_for(control.exists)
        clients = [subprocess.Popen(
            ["sftp", "-q", "-b", "-", *common, "alice@127.0.0.1"],
            stdin=subprocess.PIPE, cwd=tmp_path, text=True) for _ in range(4)]
        for number, client in enumerate(clients):
            client.communicate("put file f%d\n" % number, timeout=120)
            assert client.returncode == 0
    finally:
        master.terminate()
        master.wait()
    want = (tmp_path / "file").read_bytes()
    for number in range(4):
        assert server.file("alice", "f%d" % number).read_bytes() == want


def test_keys_are_exchanged_again_in_the_middle_of_a_transfer(sftp, tmp_path):
    data = random_file(tmp_path / "up", 40_000_000)
    sftp("put up\nget up down\n", "-o", "RekeyLimit=4M")
    assert (tmp_path / "down").read_bytes() == data


def test_the_server_asks_for_new_keys_too(make_server, tmp_path):
    server = make_server(accounts={"alice": "wonderland"}, keys=["alice"],
                         service={"rekey_bytes": "4194304"})
    data = random_file(tmp_path / "up", 40_000_000)
    subprocess.run(["sftp", "-q", "-b", "-", "-P", str(server.port),
                    *server.ssh_options("alice"), "alice@127.0.0.1"],
                   input="put up\nget up down\n", text=True, check=True, cwd=tmp_path,
                   timeout=120)
    assert (tmp_path / "down").read_bytes() == data


NAMES = ["plain", "with space", "quote'\"quote", "new\nline", "tab\tand\\backslash",
         "ümläut-日本語", "-dash", "*star?", "x" * 255, "trailing ", "\x1b[31mred"]


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_any_name_survives_a_round_trip(server, name):
    from raw_sftp import Raw
    raw = Raw(server.port, "alice", password="wonderland")
    path = b"/" + name.encode()
    raw.put(path, b"content")
    assert raw.names("/") == [name.encode()]
    assert raw.get(path) == b"content"
    assert os.listdir(os.fsencode(server.home("alice"))) == [name.encode()]
    raw.remove(path)
    assert raw.names("/") == []
    raw.close_connection()


def test_bytes_that_are_not_utf_8_are_a_name_too(server):
    from raw_sftp import Raw
    raw = Raw(server.port, "alice", password="wonderland")
    raw.put(b"/\xff\xfe-latin", b"content")
    assert raw.names("/") == [b"\xff\xfe-latin"]
    raw.close_connection()


def test_a_sparse_file_over_4_gib_is_written_and_read_at_its_ends(server):
    from raw_sftp import C, R, Raw, T, W
    raw = Raw(server.port, "alice", password="wonderland")
    far = 5 * 1024 ** 3
    handle = raw.open("/big", W | C | T)
    raw.write(handle, 0, b"begin")
    raw.fsetstat(handle, size=far + 3)
    raw.write(handle, far, b"end")
    raw.close(handle)
    assert raw.stat("/big").size == far + 3
    assert server.file("alice", "big").stat().st_blocks * 512 < 1024 ** 2
    handle = raw.open("/big", R)
    assert raw.read(handle, 0, 5) == b"begin"
    assert raw.read(handle, far, 10) == b"end"
    assert raw.read(handle, 3 * 1024 ** 3, 4) == b"\0\0\0\0"
    raw.close(handle)
    raw.close_connection()


def test_200_000_entries_are_listed_in_bounded_memory(make_server):
    from raw_sftp import Raw
    # AddressSanitizer keeps what was freed; that is not the server's memory.
    server = make_server(accounts={"alice": "wonderland"},
                         env={"ASAN_OPTIONS": "quarantine_size_mb=4"})
    home = server.home("alice")
    for number in range(200_000):
        os.close(os.open(home / ("entry-%06d" % number), os.O_CREAT | os.O_WRONLY))
    raw = Raw(server.port, "alice", password="wonderland")
    before = server.resident_kib()
    names = raw.names("/")
    assert len(names) == 200_000 and names[-1] == b"entry-199999"
    assert server.resident_kib() - before < 48 * 1024
    raw.close_connection()
