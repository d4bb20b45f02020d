# SPDX-License-Identifier: Apache-2.0
"""Virtual folders, as clients see them."""
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from raw_sftp import C, Raw, Refused, T, W
from server_fixture import Server


class World:
    """
    Group: /shared and /far/away/mem (on tmpfs), and /of/${USER} for each.
    """

    def __init__(self, folder):
        self.folder = folder
        self.memory = Path(tempfile.mkdtemp(prefix="convoy-", dir="/dev/shm"))
        self.shared = folder / "real" / "shared"
        self.shared.mkdir(parents=True)
        for name in ("alice", "bob"):
            (folder / "real" / "of" / name).mkdir(parents=True)
        lines = ("\n/shared, %s\n/far/away/mem, %s\n/of/${USER}, %s/${USER}"
                 % (self.shared, self.memory, folder / "real" / "of"))
        passwords = dict.fromkeys(("alice", "bob", "carol", "dave", "erin", "frank", "gina"),
                                  "wonderland")
        self.server = Server(
            folder / "server", accounts=passwords, keys=["alice"], group={"virtual_folders": lines},
            extra="[groups/nowhere]\nvirtual_folders = /only, %s\n" % self.shared,
            account_options={
                "gina": {"group": "nowhere"},
                "bob": {"virtual_folders": "inherit"},
                "carol": {"virtual_folders": "/own, %s" % self.shared},
                "dave": {"virtual_folders": "/gone, %s/gone" % folder},
                "erin": {"virtual_folders": "/taken, %s" % self.shared},
                "frank": {"virtual_folders": ""}})
        self.server.start()

    def sftp(self, batch, ok=True):
        done = subprocess.run(
            ["sftp", "-q", "-b", "-", "-P", str(self.server.port),
             *self.server.ssh_options("alice"), "alice@127.0.0.1"],
            input=batch, capture_output=True, text=True, cwd=self.folder, timeout=120)
        assert (done.returncode == 0) == ok, done.stdout + done.stderr
        return done.stdout + done.stderr

    def names(self, account, path="/"):
        raw = Raw(self.server.port, account, password="wonderland")
        names = [n.decode() for n in raw.names(path)]
        raw.close_connection()
        return names


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    world = World(tmp_path_factory.mktemp("folders"))
    yield world
    shutil.rmtree(world.memory)
    world.server.end()


def test_folders_go_up_and_come_down_with_all_that_is_in_them(world):
    tree = world.folder / "tree"
    (tree / "sub").mkdir(parents=True)
    (tree / "big").write_bytes(os.urandom(3_000_001))
    (tree / "sub" / "small").write_text("small")
    world.sftp("put -r tree /far/away/mem\nput -r tree /shared\n"
               "get -r /far/away/mem/tree back\nget -r /shared/tree again\n")
    for copy in (world.folder / "back", world.folder / "again", world.memory / "tree",
                 world.shared / "tree"):
        assert (copy / "big").read_bytes() == (tree / "big").read_bytes()
        assert (copy / "sub" / "small").read_text() == "small"
    whole = world.folder / "whole"
    whole.mkdir()
    world.sftp("lcd whole\nget -r / all\n")
    assert (whole / "all" / "far" / "away" / "mem" / "tree" / "sub" / "small").read_text() == "small"


def test_ls_shows_virtual_folders_where_they_stand(world):
    (world.server.home("alice") / "real").mkdir(exist_ok=True)
    assert world.sftp("ls -1 /\n").split("\n")[1:-1] == ["/far", "/of", "/real", "/shared"]
    assert world.sftp("ls -1 /far/away\n").split("\n")[1:-1] == ["/far/away/mem"]
    assert "dr-xr-xr-x" in world.sftp("ls -la /far\n")


def test_virtual_folders_stay_where_they_are(world):
    for command in ("rename /shared /other", "rename /far /other", "rename /far/away /other",
                    "rmdir /shared", "rmdir /far/away/mem", "rmdir /far", "rm /shared",
                    "mkdir /shared", "mkdir /far/new", "symlink /real /shared",
                    "ln -s /real /far/away/mem"):
        world.sftp(command + "\n", ok=False)
    assert set(world.names("alice")) >= {"far", "of", "shared"}
    assert world.memory.is_dir() and world.shared.is_dir()


def test_df_tells_the_room_of_the_folder_that_it_is_asked_for(world):
    def size(path):
        return int(world.sftp("df %s\n" % path).split("\n")[-2].split()[0])

    room = os.statvfs(world.memory)
    assert size("/far/away/mem") == room.f_blocks * room.f_frsize // 1024
    room = os.statvfs(world.shared)
    assert size("/shared") == room.f_blocks * room.f_frsize // 1024


def test_a_cut_upload_resumes_on_another_file_system_after_a_restart(world):
    data = os.urandom(4_000_000)
    (world.folder / "part").write_bytes(data)
    raw = Raw(world.server.port, "alice", password="wonderland")
    handle = raw.open("/far/away/mem/part", W | C | T)
    raw.write_all(handle, data[:3_000_000])
    raw.cut()
    world.server.wait_for(lambda: [n for n in os.listdir(world.memory)
                                   if n.startswith(".convoy-")])
    world.server.stop()
    world.server.start()
    assert not (world.memory / "part").exists()
    world.sftp("reput part /far/away/mem/part\n")
    assert (world.memory / "part").read_bytes() == data


def test_a_file_is_replaced_and_renamed_in_a_virtual_folder_but_not_across(world):
    (world.folder / "f").write_text("one")
    world.sftp("put f /far/away/mem/f\nput f /far/away/mem/f\n"
               "rename /far/away/mem/f /far/away/mem/g\n")
    assert (world.memory / "g").read_text() == "one"
    world.sftp("rename /far/away/mem/g /g\n", ok=False)
    assert (world.memory / "g").read_text() == "one"


def test_links_lead_from_the_home_into_virtual_folders_and_nowhere_else(world):
    (world.shared / "file").write_text("shared")
    (world.memory / "out").symlink_to("/etc")
    (world.memory / "host").symlink_to(world.shared)
    world.sftp("ln -s /shared/file /link\nget /link got\nget /far/away/mem/host/file got2\n")
    assert (world.folder / "got").read_text() == "shared"
    assert (world.folder / "got2").read_text() == "shared"
    assert os.readlink(world.server.file("alice", "link")) == str(world.shared / "file")
    with pytest.raises(Refused):
        world.names("alice", "/far/away/mem/out")
    world.sftp("get /far/away/mem/out/passwd\n", ok=False)


def test_accounts_have_the_folders_of_their_group_or_their_own(world):
    assert set(world.names("bob")) == {"far", "of", "shared"}
    assert world.names("bob", "/of") == ["bob"]
    assert world.names("carol") == ["own"]
    assert world.names("frank") == []


def test_an_account_without_a_home_folder_sees_its_virtual_folders(world):
    assert world.names("gina") == ["only"]
    raw = Raw(world.server.port, "gina", password="wonderland")
    raw.put("/only/of-gina", b"gina")
    with pytest.raises(Refused):
        raw.mkdir("/new")
    raw.close_connection()
    assert (world.shared / "of-gina").read_bytes() == b"gina"


def refused(world, account):
    with pytest.raises(Exception):
        Raw(world.server.port, account, password="wonderland").names("/")
    return [r for r in world.server.events(20136)
            if r["account"]["name"] == account or r["data"].get("username") == account][-1]


def test_a_folder_that_is_missing_keeps_its_account_out_and_the_event_says_which(world):
    record = refused(world, "dave")
    assert str(world.folder / "gone") in record["data"]["details"]


def test_a_folder_that_would_hide_something_keeps_its_account_out(world):
    world.server.file("erin", "taken").write_text("here first")
    record = refused(world, "erin")
    assert "'/taken' would hide" in record["data"]["details"]
    world.server.file("erin", "taken").unlink()
    assert world.names("erin") == ["taken"]


def test_a_real_path_that_becomes_a_link_leads_a_session_nowhere_else(world):
    raw = Raw(world.server.port, "bob", password="wonderland")
    assert raw.names("/of") == [b"bob"]
    real = world.folder / "real" / "of" / "bob"
    real.rename(real.with_name("aside"))
    real.symlink_to("/etc")
    assert raw.names("/of/bob") == []
    raw.close_connection()
    real.unlink()
    real.with_name("aside").rename(real)
