# SPDX-License-Identifier: Apache-2.0
"""FTP's verbs of files and folders, HASH, and listings."""
import ftplib
import hashlib
import os
import re
import socket
import struct
import tempfile
import time
import zlib

import pytest

from raw_ftp import Ftp, Refused
from server_fixture import Server

FREE = {"type": "ftp", "ftps_force_secured_command_channel": "No",
        "ftps_force_secured_data_channel": "No"}
RULES = """allow-full-control
    /secret | /secret/*, deny-full-control
    /inbox | /inbox/*, allow-write, allow-traverse
    /out | /out/*, allow-read, allow-list"""
LARGE = 200_000


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    # In memory, where 200,000 files take no time to be made.
    with tempfile.TemporaryDirectory(dir="/dev/shm") as roomy:
        server = Server(tmp_path_factory.mktemp("server"),
                        accounts={"alice": "wonderland", "bob": "builder", "carol": "christmas"},
                        account_options={"bob": {"permissions": RULES},
                                         "carol": {"home_folder_path": roomy}},
                        services={"plain": FREE, "tls": {"type": "ftp"}})
        server.roomy = roomy
        server.start()
        yield server
        server.end()


class Here:
    """A folder of the test's own, on the wire and on the disk."""

    def __init__(self, server, name):
        self.name = "/" + name
        self.disk = server.home("alice") / name
        self.disk.mkdir()
        self.ftp = Ftp(server.ports["plain"])
        assert self.ftp.say("CWD " + self.name).code == 250

    def put(self, name, content=b"text"):
        path = self.disk / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def code(self, line):
        return self.ftp.say(line).code

    def fetch(self, line):
        content, reply = self.ftp.fetch(line)
        assert reply.code == 226, reply
        return content.decode("utf-8", "surrogateescape")

    def lines(self, line):
        content = self.fetch(line)
        assert content == "" or content.endswith("\r\n")
        return content.split("\r\n")[:-1]

    def facts(self, line="MLSD"):
        return {name: facts for facts, name in map(parse_facts, self.lines(line))}


def parse_facts(line):
    facts, name = line.split(" ", 1)
    return dict(fact.split("=", 1) for fact in facts.split(";") if fact), name


def mlst(ftp, path=""):
    reply = ftp.say("MLST " + path if path else "MLST")
    assert reply.code == 250, reply
    assert len(reply.lines) == 3 and reply.lines[1][:1] == b" "
    return parse_facts(reply.lines[1][1:].decode())


@pytest.fixture
def here(server, request):
    here = Here(server, "%s-%d" % (request.function.__name__[5:], len(os.listdir(server.home("alice")))))
    yield here
    here.ftp.cut()


@pytest.fixture
def bob(server):
    home = server.home("bob")
    for name in ("secret", "inbox", "out"):
        (home / name).mkdir(exist_ok=True)
        (home / name / "file").write_bytes(b"text")
    with Ftp(server.ports["plain"], "bob", "builder") as ftp:
        yield ftp


# Folders

def test_folders_are_walked_into_and_out_of(here):
    here.put("d/e/file")
    assert here.ftp.say("PWD").text == '257 "%s" is the current folder.' % here.name
    for verb, pwd, up in (("CWD", "PWD", "CDUP"), ("XCWD", "XPWD", "XCUP")):
        assert here.code(verb + " d/e/") == 250
        assert '"%s/d/e"' % here.name in here.ftp.say(pwd).text
        assert here.code(up) == 250
        assert here.code(up) == 250
        assert '"%s"' % here.name in here.ftp.say(pwd).text
    for line in ("CWD", "CWD ~", "CWD /", "CWD ../../../../.."):
        assert here.code("CWD " + here.name) == 250
        assert here.code(line) == 250
        assert here.ftp.say("PWD").text.startswith('257 "/" ')


def test_only_what_is_a_folder_can_be_entered(here):
    here.put("file")
    for name in ("file", "missing", "file/x", "x" * 300, "a/" * 2500):
        assert here.code("CWD " + name) in (501, 550)
    assert '"%s"' % here.name in here.ftp.say("PWD").text


def test_folders_are_made_and_removed(here):
    reply = here.ftp.say('MKD a "b"')
    assert reply.text == '257 "%s/a ""b""" has been made.' % here.name
    assert (here.disk / 'a "b"').is_dir()
    assert here.code('MKD a "b"') == 550
    assert here.code("MKD missing/d") == 550
    assert here.code("XMKD d") == 257
    here.put("d/file")
    assert here.code("RMD d") == 550
    assert here.code("RMD d/file") == 550
    assert here.code("DELE d/file") == 250
    assert here.code("XRMD d") == 250
    assert here.code("RMD d") == 550
    assert here.code("RMD /") >= 500


NAMES = [" begins with a blank", "two  blanks", "-l", "--", 'quo"tes"', "it's", "~", "-",
         "star*", "[a]", "back\\slash", "ümläut", "日本語", "\u0301x", "%s%n", "tab\tin", "\x7f",
         "ends with a blank ", "a;b=c", "..x", "...", ".hidden"]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_taken_as_it_is(here, name):
    at = "./" + name
    assert here.code("MKD " + at) == 257
    assert here.code("CWD " + at) == 250
    assert here.code("CDUP") == 250
    assert here.code("RNFR " + at) == 350
    assert here.code("RNTO %s.2" % at) == 250
    assert os.listdir(here.disk) == [name + ".2"]
    assert here.code("RMD %s.2" % at) == 250
    here.put(name, b"0123")
    assert here.ftp.say("SIZE " + at).text == "213 4"
    assert here.ftp.get(at) == b"0123"
    assert mlst(here.ftp, at)[1] == (here.name + "/" + name).replace("\t", "?").replace("\x7f", "?")
    assert [line for line in here.lines("NLST") if "?" not in line] in ([], [name])
    assert here.code("DELE " + at) == 250
    assert os.listdir(here.disk) == []


def test_dots_do_not_lead_out_of_the_account(here, server):
    outside = server.homes / "outside"
    outside.write_bytes(b"not yours")
    for path in ("/../outside", "../../outside", "/./..//../outside"):
        for line in ("SIZE", "DELE", "RNFR", "MDTM", "MLST", "HASH", "CWD"):
            assert here.code("%s %s" % (line, path)) == 550
    assert outside.read_bytes() == b"not yours"


def test_longest_names_and_paths_and_what_is_longer(here):
    assert here.code("MKD " + "n" * 255) == 257
    assert here.code("MKD " + "n" * 256) == 501
    for _ in range(15):
        assert here.code("CWD " + "n" * 255) in (250, 550)
        here.code("MKD " + "n" * 255)
    assert here.code("SIZE " + "/n" * 3000) == 501
    assert here.code("NOOP") == 200


# Files

def test_a_file_is_removed_and_a_folder_is_not(here):
    here.put("file")
    (here.disk / "d").mkdir()
    assert here.code("DELE d") == 550
    assert here.code("DELE missing") == 550
    assert here.ftp.say("DELE file").text == '250 "%s/file" has been removed.' % here.name
    assert os.listdir(here.disk) == ["d"]


def test_renaming_takes_two_steps_and_replaces_a_file(here):
    here.put("new", b"new")
    here.put("old", b"old")
    (here.disk / "d").mkdir()
    assert here.code("RNTO x") == 503
    assert here.code("RNFR missing") == 550
    assert here.code("RNTO x") == 503
    assert here.code("RNFR new") == 350
    assert here.code("NOOP") == 200
    assert here.code("RNTO old") == 250
    assert here.code("RNTO again") == 503
    assert (here.disk / "old").read_bytes() == b"new"
    assert here.code("RNFR old") == 350
    assert here.code("PWD") == 257  # gives it up
    assert here.code("RNTO d/x") == 503
    assert here.code("RNFR old") == 350
    assert here.code("RNTO missing/x") == 550
    assert here.code("RNFR old") == 350
    assert here.code("RNTO d") == 550
    assert sorted(os.listdir(here.disk)) == ["d", "old"]


def test_the_size_is_that_of_the_bytes_whatever_the_type(here):
    here.put("file", b"a\nb\n")
    (here.disk / "d").mkdir()
    for kind in "IAI":
        assert here.code("TYPE " + kind) == 200
        assert here.ftp.say("SIZE file").text == "213 4"
    assert here.code("SIZE d") == 550
    assert here.code("SIZE missing") == 550


# Times

def test_the_time_of_a_file_is_told_in_utc(here):
    path = here.put("file")
    for at, text in ((0, "19700101000000"), (1700000000.75, "20231114221320"),
                     (-1, "19691231235959"), (-2000000000.5, "19060816202639"),
                     (4102444800, "21000101000000")):
        os.utime(path, ns=(0, round(at * 10**9)))
        assert here.ftp.say("MDTM file").text == "213 " + text
        assert mlst(here.ftp, "file")[0]["Modify"] == text
    assert here.code("MDTM missing") == 550


@pytest.mark.parametrize("time_text, ns", [
    ("20240229235959", 1709251199 * 10**9), ("19700101000000", 0),
    ("20200101000000.25", 1577836800 * 10**9 + 250_000_000),
    ("20200101000000.123456789123", 1577836800 * 10**9 + 123_456_789),
    ("19600101000000", -315619200 * 10**9), ("19691231235959.5", -500_000_000)])
def test_times_are_set_by_mfmt_and_by_mdtm(here, time_text, ns):
    path = here.put("a file")
    os.utime(path, ns=(5 * 10**9, 5 * 10**9))
    assert here.ftp.say("MFMT %s a file" % time_text).text == \
        "213 Modify=%s; %s/a file" % (time_text[:14], here.name)
    assert path.stat().st_mtime_ns == ns and path.stat().st_atime_ns == 5 * 10**9
    os.utime(path, ns=(5 * 10**9, 5 * 10**9))
    assert here.code("MDTM %s a file" % time_text) == 213
    assert path.stat().st_mtime_ns == ns and path.stat().st_atime_ns == 5 * 10**9


def test_times_that_there_are_not_are_refused(here):
    path = here.put("file")
    os.utime(path, (5, 5))
    for bad in ("2024", "20230229000000", "20240101000000.", "20240101000000x", "x", "-1",
                "20241301000000", "20240101250000"):
        assert here.code("MFMT %s file" % bad) == 501
        assert here.code("MDTM %s file" % bad) == 550
    assert here.code("MFMT 20240101000000") == 501
    assert here.code("MFMT 20240101000000 missing") == 550
    assert path.stat().st_mtime == 5


def test_a_file_that_is_called_like_a_time_has_one_too(here):
    os.utime(here.put("20200101000000"), (5, 5))
    os.utime(here.put("20200101000000 x"), (6, 6))
    assert here.ftp.say("MDTM 20200101000000").text == "213 19700101000005"
    assert here.ftp.say("MDTM 20200101000000 x").text == "213 19700101000006"


# HASH

def hashes(content):
    return {"SHA-256": hashlib.sha256(content).hexdigest(),
            "SHA-512": hashlib.sha512(content).hexdigest(),
            "CRC32": "%08x" % zlib.crc32(content)}


@pytest.mark.parametrize("size", [0, 1, 50, 262144, 9_000_001])
def test_a_hash_is_that_of_the_bytes(here, size):
    content = bytes(range(256)) * (size // 256 + 1)
    here.put("a file", content[:size])
    for name, value in hashes(content[:size]).items():
        assert here.ftp.say("OPTS HASH " + name).text == "200 " + name
        assert here.ftp.say("HASH a file").text == \
            "213 %s 0-%d %s %s/a file" % (name, max(size - 1, 0), value, here.name)


def test_a_hash_of_a_part_is_asked_for_by_rang_or_rest(here):
    here.put("file", b"0123456789")

    def part(before, text):
        assert here.code(before) == 350
        assert here.ftp.say("HASH file").text == "213 SHA-256 %s %s/file" % (text, here.name)

    part("RANG 2 4", "2-4 " + hashes(b"234")["SHA-256"])
    part("RANG 0 0", "0-0 " + hashes(b"0")["SHA-256"])
    part("RANG 5 1000", "5-9 " + hashes(b"56789")["SHA-256"])
    part("REST 7", "7-9 " + hashes(b"789")["SHA-256"])
    assert " 0-9 " in here.ftp.say("HASH file").text  # said once, it is gone
    for beyond in ("RANG 10 20", "REST 11", "REST 9223372036854775807"):
        assert here.code(beyond) == 350
        assert here.code("HASH file") == 501


def test_what_cannot_be_read_has_no_hash(here, bob):
    (here.disk / "d").mkdir()
    assert here.code("HASH d") == 550
    assert here.code("HASH missing") == 550
    assert here.code("OPTS HASH MD5") == 501
    assert bob.say("HASH /secret/file").code == 553
    assert bob.say("HASH /inbox/file").code == 553
    assert bob.say("HASH /out/file").code == 213


def test_a_hash_is_asked_about_and_aborted_while_it_is_made(here):
    with open(here.disk / "sparse", "wb") as file:
        file.truncate(1 << 40)
    here.ftp.send("HASH sparse")
    assert "bytes so far" in here.ftp.say("STAT").text
    here.ftp.send("ABOR")
    assert [here.ftp.reply().code, here.ftp.reply().code] == [426, 226]
    assert here.code("NOOP") == 200


def test_an_upload_is_checked_by_its_hash(here):
    content = os.urandom(3_000_000)
    here.ftp.put("file", content)
    assert hashes(content)["SHA-256"] in here.ftp.say("HASH file").text
    assert mlst(here.ftp, "file")[0]["Size"] == "3000000"


# Listings

LONG = re.compile(r"([-dl])([-rwxsStT]{9}) +(\d+) (\S+) +(\d+) +(\d+) "
                  r"([A-Z][a-z]{2} [ \d]\d (?: \d{4}|\d\d:\d\d)) (.*)")


def test_list_shows_a_line_of_ls_for_each(here):
    os.utime(here.put("a file", b"12345"), (0, 951782400))
    (here.disk / "a file").chmod(0o640)
    here.put(".hidden")
    (here.disk / "d").mkdir()
    (here.disk / "link").symlink_to("d")
    (here.disk / "lost").symlink_to("nowhere")
    seen = {m.group(8): m for m in map(LONG.fullmatch, here.lines("LIST"))}
    assert set(seen) == {"a file", ".hidden", "d", "link -> d", "lost -> nowhere"}
    file = seen["a file"]
    assert file.groups()[:4] == ("-", "rw-r-----", "1", "alice")
    assert file.group(6) == "5" and file.group(7) == "Feb 29  2000"
    assert seen["d"].group(1) == "d" and seen["lost -> nowhere"].group(1) == "l"
    assert re.search(r"\d\d:\d\d$", seen["d"].group(7))
    dots = {LONG.fullmatch(line).group(8) for line in here.lines("LIST -la")}
    assert dots == set(seen) | {".", ".."}


def test_listings_take_a_folder_a_file_or_a_pattern(here):
    for name in ("a.txt", "b.txt", "c.dat", "d/x.txt", "d/y", ".z.txt", "[a].txt"):
        here.put(name)

    def names(line):
        return sorted(here.lines(line))

    everything = [".z.txt", "[a].txt", "a.txt", "b.txt", "c.dat", "d"]
    assert names("NLST") == names("NLST .") == everything
    assert names("NLST *.txt") == ["[a].txt", "a.txt", "b.txt"]
    assert names("NLST ?.[dt]*t") == ["a.txt", "b.txt", "c.dat"]
    assert names("NLST [!a]*") == ["[a].txt", "b.txt", "c.dat", "d"]
    assert names("NLST [a].txt") == ["[a].txt"]  # what is there is no pattern
    assert names("NLST .*") == [".z.txt"]
    assert names("NLST d") == names("NLST d/") == ["d/x.txt", "d/y"]
    assert names("NLST d/*.txt") == ["d/x.txt"]
    assert names("NLST %s/d/*" % here.name) == ["%s/d/%s" % (here.name, n) for n in ("x.txt", "y")]
    assert names("NLST d/../*.dat") == ["d/../c.dat"]
    assert names("NLST -l d/y") == ["d/y"]
    assert names("NLST -d d") == ["d"]
    assert names("NLST q*") == []
    for name in names("NLST d"):
        assert here.ftp.get(name) == b"text"
    assert [LONG.fullmatch(line).group(8) for line in here.lines("LIST d/y")] == ["y"]
    assert [LONG.fullmatch(line).group(8) for line in here.lines("LIST -d d")] == ["d"]
    assert sorted(LONG.fullmatch(line).group(8) for line in here.lines("LIST -l d/*")) == \
        ["x.txt", "y"]
    assert [LONG.fullmatch(line).group(8) for line in here.lines("LIST -ld /")] == ["/"]


def test_what_cannot_be_listed_is_refused_before_a_connection_is_opened(here, bob):
    here.put("file")
    for line, code in (("LIST missing", 550), ("NLST missing", 550), ("MLSD missing", 550),
                       ("LIST missing/*", 550), ("MLSD file", 501), ("NLST file/*", 550),
                       ("MLSD *", 550), ("LIST " + "x" * 300, 501)):
        with pytest.raises(Refused) as refused:
            here.ftp.fetch(line)
        assert refused.value.reply.code == code, line
    for line in ("LIST /secret", "MLSD /inbox", "NLST /inbox/*", "NLST /secret/file"):
        with pytest.raises(Refused) as refused:
            bob.fetch(line)
        assert refused.value.reply.code == 553, line


def test_an_empty_folder_is_an_empty_listing(here):
    assert here.lines("LIST") == [] and here.lines("NLST") == []
    assert [facts["Type"] for facts in here.facts().values()] == ["cdir", "pdir"]


def test_names_with_line_ends_and_broken_utf_8_are_one_entry_each(here):
    for name in (b"a\r\nb", b"\xff\xfe", b"x\x1by"):
        with open(os.path.join(os.fsencode(here.disk), name), "wb"):
            pass
    expected = sorted(["a??b", "\udcff\udcfe", "x?y"])
    assert sorted(here.lines("NLST")) == expected
    assert sorted(LONG.fullmatch(line).group(8) for line in here.lines("LIST")) == expected
    assert sorted(set(here.facts()) - {".", ".."}) == expected
    # Telnet's 255 is said twice on the control connection.
    told = [line.decode("utf-8", "surrogateescape") for line in here.ftp.say("STAT .").lines[1:-1]]
    assert sorted(LONG.fullmatch(line).group(8) for line in told) == \
        sorted(["a??b", "\udcff\udcff\udcfe", "x?y"])


def test_listings_over_tls_and_in_every_type_are_the_same(here, server):
    for i in range(300):
        here.put("file %d" % i)
    plain = here.lines("MLSD")
    assert len(plain) == 302
    with Ftp(server.ports["tls"], tls="explicit") as ftp:
        for kind in "AI":
            ftp.must("TYPE " + kind)
            content, reply = ftp.fetch("MLSD " + here.name)
            assert reply.code == 226
            assert content.decode().split("\r\n")[:-1] == plain
    assert here.code("MODE Z") == 200
    assert zlib.decompress(here.ftp.fetch("MLSD")[0]).decode().split("\r\n")[:-1] == plain


def test_ftplib_reads_what_is_listed(here, server):
    here.put("a file", b"12345")
    (here.disk / "d").mkdir()
    with ftplib.FTP() as ftp:
        ftp.connect("127.0.0.1", server.ports["plain"], 30)
        ftp.login("alice", "wonderland")
        ftp.cwd(here.name)
        assert ftp.pwd() == here.name
        assert sorted(ftp.nlst()) == ["a file", "d"]
        assert ftp.mkd('q"q') == here.name + '/q"q'
        facts = dict(ftp.mlsd(facts=["type", "size"]))
        assert facts["a file"] == {"type": "file", "size": "5"}
        assert facts["d"] == {"type": "dir"}
        assert ftp.size("a file") == 5
        ftp.rename("a file", "b")
        ftp.delete("b")
        ftp.rmd("d")


# Facts

def test_the_facts_are_true(here):
    path = here.put("file", b"12345")
    path.chmod(0o604)
    os.utime(path, (0, 951782400))
    (here.disk / "d").mkdir()
    (here.disk / "link").symlink_to("file")
    os.link(path, here.disk / "same")
    seen = here.facts()
    assert set(seen) == {".", "..", "file", "d", "link", "same"}
    file = seen["file"]
    assert set(file) == {"Type", "Size", "Modify", "Create", "Perm", "Unique", "UNIX.mode"}
    assert (file["Type"], file["Size"], file["UNIX.mode"]) == ("file", "5", "0604")
    assert file["Modify"] == "20000229000000" and file["Create"][:2] == "20"
    assert abs(time.mktime(time.strptime(file["Create"], "%Y%m%d%H%M%S")) - time.timezone
               - time.time()) < 3600
    assert file["Perm"] == "adfrw" and seen["d"]["Perm"] == "cdeflmp"
    assert seen["same"]["Unique"] == file["Unique"] != seen["d"]["Unique"]
    assert seen["link"]["Type"] == "OS.unix=symlink" and "Size" not in seen["d"]
    assert (seen["."]["Type"], seen[".."]["Type"], seen["d"]["Type"]) == ("cdir", "pdir", "dir")
    assert mlst(here.ftp, "file") == (file, here.name + "/file")
    assert mlst(here.ftp)[1] == here.name
    assert mlst(here.ftp)[0]["Unique"] == seen["."]["Unique"] == \
        here.facts("MLSD d")[".."]["Unique"]
    root = here.facts("MLSD /")
    assert root["."]["Perm"] == root[".."]["Perm"] == mlst(here.ftp, "/")[0]["Perm"] == "celmp"


def test_opts_mlst_chooses_the_facts(here):
    here.put("file", b"12345")
    assert here.ftp.say("OPTS MLST size;type;nonsense").text == "200 MLST OPTS Type;Size;"
    assert "MLST Type*;Size*;Modify;" in here.ftp.say("FEAT").text
    assert here.facts()["file"] == {"Type": "file", "Size": "5"}
    assert here.ftp.say("OPTS MLST").code == 200
    assert sorted(here.lines("MLSD")) == [" .", " ..", " file"]
    assert mlst(here.ftp, "file")[0] == {}


def test_perm_is_what_the_account_may(bob):
    def perm(path):
        return mlst(bob, path)[0]["Perm"]

    assert perm("/") == "celmp" and perm("/inbox") == "ce" and perm("/inbox/file") == "aw"
    assert perm("/out") == "el" and perm("/out/file") == "r"
    assert bob.say("MLST /secret").code == 553
    content, reply = bob.fetch("MLSD /")
    assert reply.code == 226
    seen = {name: facts["Perm"] for facts, name in map(parse_facts, content.decode().splitlines())}
    assert seen == {".": "celmp", "..": "celmp", "secret": "", "inbox": "ce", "out": "el"}
    assert b"Perm=r;" in bob.fetch("MLSD /out")[0]


def test_the_verbs_that_are_not_allowed_are_refused(bob, server):
    before = sorted(p.name for p in server.home("bob").rglob("*"))
    for line in ("CWD /secret", "MKD /inbox/d", "DELE /inbox/file", "DELE /out/file", "RMD /out",
                 "MFMT 20200101000000 /out/file", "SIZE /secret/file", "MDTM /secret/file",
                 "RNFR /secret/file"):
        assert bob.say(line).code == 553, line
    for old, new in (("/out/file", "/moved"), ("/inbox/file", "/inbox/moved")):
        assert bob.say("RNFR " + old).code == 350
        assert bob.say("RNTO " + new).code == 553
    assert bob.say("CWD /out").code == 250
    assert sorted(p.name for p in server.home("bob").rglob("*")) == before


# Links

def test_links_are_followed_within_the_account_and_no_further(here, server):
    here.put("d/file", b"12345")
    (here.disk / "in").symlink_to("d")
    (here.disk / "to file").symlink_to("d/file")
    (here.disk / "up").symlink_to("../../..")
    (here.disk / "out").symlink_to("/etc")
    (here.disk / "loop").symlink_to("loop")
    assert here.ftp.say("SIZE in/file").text == here.ftp.say("SIZE to file").text == "213 5"
    assert here.lines("NLST in") == ["in/file"]
    assert mlst(here.ftp, "in")[0]["Type"] == "dir"
    assert here.code("CWD in") == 250
    assert '"%s/in"' % here.name in here.ftp.say("PWD").text
    assert here.code("CDUP") == 250
    for name in ("up", "out", "loop", "out/passwd", "up/x"):
        for verb in ("CWD", "SIZE", "HASH"):
            assert here.code("%s %s" % (verb, name)) >= 500, (verb, name)
    assert mlst(here.ftp, "loop")[0]["Type"] == "OS.unix=symlink"
    assert here.code("DELE to file") == 250
    assert here.code("DELE out") == 250
    assert (here.disk / "d/file").read_bytes() == b"12345"


def test_a_link_to_a_denied_folder_leads_nowhere(bob, server):
    door = server.home("bob") / "door"
    if not door.is_symlink():
        door.symlink_to("secret")
    assert bob.say("CWD /door").code == 553
    assert bob.say("SIZE /door/file").code == 553
    with pytest.raises(Refused):
        bob.fetch("LIST /door/")
    assert mlst(bob, "/door")[0]["Type"] == "OS.unix=symlink"


# STAT

def test_stat_tells_of_the_session_and_lists_over_the_control_connection(here, server):
    here.put("a.txt", b"12345")
    here.put("b.dat")
    status = here.ftp.say("STAT")
    assert status.code == 211
    for words in ("alice", "TYPE I", "MODE S", "not encrypted", "No transfer"):
        assert words in status.text
    told = here.ftp.say("STAT *.txt")
    assert told.code == 213
    assert [LONG.fullmatch(line.decode()).group(8) for line in told.lines[1:-1]] == ["a.txt"]
    assert len(here.ftp.say("STAT -l .").lines) == 4
    assert here.code("STAT missing") == 550
    with Ftp(server.ports["tls"], tls="explicit") as ftp:
        assert "TLSv1.3" in ftp.say("STAT").text


# Left-overs

def cut_upload(server, path, size):
    """An upload of which `size` bytes arrive before both connections are reset."""
    ftp = Ftp(server.ports["plain"])
    ftp.must("TYPE I")
    data = ftp.start("STOR " + path)
    data.sendall(bytes(size))
    server.wait_for(lambda: "%d bytes so far" % size in ftp.say("STAT").text)
    for connection in (data, ftp.socket):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()


def test_the_size_of_a_left_over_is_told_less_a_byte_where_nothing_is_published(here, server):
    cut_upload(server, here.name + "/cut", 100_000)
    server.wait_for(lambda: here.ftp.say("SIZE cut").text == "213 99999")
    assert mlst(here.ftp, "cut")[0]["Size"] == "99999"
    assert here.code("MDTM cut") == 550
    assert here.code("HASH cut") == 550
    assert here.code("RNFR cut") == 550
    assert here.lines("NLST") == [] and set(here.facts()) == {".", ".."}
    with pytest.raises(Refused):
        here.ftp.fetch("LIST cut")
    here.put("cut", b"published")
    assert here.ftp.say("SIZE cut").text == "213 9"
    assert mlst(here.ftp, "cut")[0]["Size"] == "9"


# Large folders

@pytest.fixture(scope="module")
def large(server):
    folder = os.path.join(server.roomy, "large")
    os.mkdir(folder)
    for i in range(LARGE):
        os.close(os.open("%s/%06d" % (folder, i), os.O_CREAT | os.O_WRONLY))
    return "/large"


def carol(server):
    return Ftp(server.ports["plain"], "carol", "christmas")


def test_a_folder_of_200000_is_listed_in_bounded_memory(server, large):
    with carol(server) as ftp:
        assert len(ftp.fetch("NLST %s/00000*" % large)[0].splitlines()) == 10
        before = server.resident_kib()
        for verb in ("MLSD", "LIST", "NLST"):
            content, reply = ftp.fetch("%s %s" % (verb, large))
            assert reply.code == 226
            names = {line[-6:] for line in content.splitlines()}
            assert len(names - {b" .", b" .."}) >= LARGE
        assert server.resident_kib() - before < 16 * 1024
        assert ftp.say("STAT " + large).text.endswith("213 There is more: use LIST or MLSD.")


def test_a_listing_is_asked_about_and_aborted_while_it_runs(server, large):
    with carol(server) as ftp:
        data = ftp.start("MLSD " + large)
        assert data.recv(100)
        assert "bytes so far" in ftp.say("STAT").text
        assert ftp.say("STAT " + large).code == 450
        ftp.send("ABOR")
        codes = [ftp.reply().code, ftp.reply().code]
        assert codes == [426, 226]
        data.close()
        assert ftp.say("NOOP").code == 200


def test_who_leaves_during_a_listing_is_let_go(server, large):
    files = server.open_files()
    ftp = carol(server)
    data = ftp.start("LIST " + large)
    assert data.recv(100)
    ftp.cut()
    data.close()
    server.wait_for(lambda: server.open_files() <= files)
