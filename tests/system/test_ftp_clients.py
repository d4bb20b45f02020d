# SPDX-License-Identifier: Apache-2.0
"""FTP with the clients that the field uses, each in its own manner.

One server for the whole file, with every service that a client may meet.
"""
import ftplib
import io
import os
import random
import shutil
import socket
import ssl
import subprocess
import threading
import zlib

import pytest

from raw_ftp import Ftp, Refused, believing_context, must
from server_fixture import Server

LONG = os.environ.get("CONVOY_LONG") == "1"
USER, PASSWORD = "alice", "wonderland"
LOOSE = {"ftps_force_secured_command_channel": "No", "ftps_force_secured_data_channel": "No"}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    services = {
        "plain": {"type": "ftp", **LOOSE},          # TLS for whoever asks
        "secure": {"type": "ftp"},                  # everything as it comes
        "implicit": {"type": "ftpsi"},
        "loose": {"type": "ftp", "ftps_require_session_reuse": "No"},
        "plain6": {"type": "ftp", "address": "::1", **LOOSE},
        "secure6": {"type": "ftp", "address": "::1"},
    }
    server = Server(tmp_path_factory.mktemp("ftp"), accounts={USER: PASSWORD}, services=services,
                    server={"durability": "cache"})
    server.start()
    yield server
    server.end()


@pytest.fixture(autouse=True)
def empty_home(server):
    yield
    for found in server.home(USER).iterdir():
        shutil.rmtree(found) if found.is_dir() else found.unlink()


def need(program):
    if shutil.which(program) is None:
        pytest.fail(program + " is not installed: ./dev test installs it")


def run(*arguments, cwd, stdin=None, expect=0, env=None):
    need(arguments[0])
    done = subprocess.run(arguments, cwd=cwd, timeout=180, capture_output=True, input=stdin,
                          env=env)
    assert expect is None or done.returncode == expect, \
        (arguments, done.returncode, done.stdout[-3000:], done.stderr[-3000:])
    return done.stdout


def cut_upload(server, name, content, **how):
    """Leave `content` behind as an upload that was cut: the control connection
    and the data connection are reset."""
    before = len([r for r in server.console() if r["id"] == 70002])
    ftp = Ftp(server.ports["plain"], **how)
    data = ftp.start("STOR /" + name)
    data.sendall(content)
    # A reset takes with it what the server has not read yet.
    server.wait_for(lambda: staged_size(server) > len(content) - 300_000)
    for one in (data, ftp.socket):
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    ftp.cut()
    data.close()
    server.wait_until_cut(before + 1)
    assert not server.file(USER, name).exists()


def staged_size(server):
    return max((each.stat().st_size for each in server.home(USER).glob(".convoy-*")), default=0)


def told(server, name):
    """What another session is told of a left-over, so that it can resume."""
    with Ftp(server.ports["plain"]) as ftp:
        return int(ftp.must("SIZE /" + name).text.split()[1])


# How each client is told to use TLS, and which service it meets then.
CURL = {
    "plain": ("plain", []),
    "tls12": ("secure", ["--ssl-reqd", "--tls-max", "1.2"]),
    "tls13": ("secure", ["--ssl-reqd", "--tlsv1.3"]),
    "implicit": ("implicit", []),
    "plain6": ("plain6", []),
    "secure6": ("secure6", ["--ssl-reqd"]),
}


def curl(server, how, *arguments, cwd, path="", expect=0):
    name, options = CURL[how]
    host = "[::1]" if how.endswith("6") else "127.0.0.1"
    url = "%s://%s:%d/%s" % ("ftps" if how == "implicit" else "ftp", host, server.ports[name], path)
    return run("curl", "-sS", "-k", "-m", "120", "-u", USER + ":" + PASSWORD, *options, *arguments,
               url, cwd=cwd, expect=expect)


@pytest.mark.parametrize("how", CURL)
def test_curl_puts_gets_and_lists(server, tmp_path, how):
    data = os.urandom(3_000_000)
    (tmp_path / "up").write_bytes(data)
    (tmp_path / "empty").write_bytes(b"")
    curl(server, how, "-T", "up", cwd=tmp_path, path="up")
    curl(server, how, "-T", "empty", cwd=tmp_path, path="empty")
    assert server.file(USER, "up").read_bytes() == data
    assert server.file(USER, "empty").read_bytes() == b""
    assert curl(server, how, cwd=tmp_path, path="up") == data
    assert sorted(curl(server, how, "-l", cwd=tmp_path).split()) == [b"empty", b"up"]
    assert b"3000000" in curl(server, how, cwd=tmp_path)


@pytest.mark.parametrize("how", CURL)
def test_curl_gets_many_files_by_one_connection(server, tmp_path, how):
    """Each data connection uses up a ticket of TLS 1.3."""
    for n in range(1, 7):
        (tmp_path / ("many-%d" % n)).write_bytes(b"%d" % n * n)
    curl(server, how, "-T", "many-[1-6]", cwd=tmp_path)
    curl(server, how, "-o", "down-#1", cwd=tmp_path, path="many-[1-6]")
    for n in range(1, 7):
        assert (tmp_path / ("down-%d" % n)).read_bytes() == b"%d" % n * n


# Not under TLS: there curl 7.88 fails on its own, with any server.
@pytest.mark.parametrize("how", ["plain", "plain6"])
def test_curl_in_active_mode(server, tmp_path, how):
    data = os.urandom(1_000_000)
    (tmp_path / "up").write_bytes(data)
    curl(server, how, "--ftp-port", "-", "-T", "up", cwd=tmp_path, path="up")
    assert curl(server, how, "--ftp-port", "-", cwd=tmp_path, path="up") == data
    if not how.endswith("6"):
        assert curl(server, how, "--ftp-port", "-", "--disable-eprt", cwd=tmp_path,
                    path="up") == data


def test_curl_by_pasv(server, tmp_path):
    (tmp_path / "up").write_bytes(b"by PASV")
    curl(server, "tls13", "--disable-epsv", "-T", "up", cwd=tmp_path, path="up")
    assert curl(server, "plain", "--disable-epsv", cwd=tmp_path, path="up") == b"by PASV"


@pytest.mark.parametrize("how", ["plain", "tls12", "tls13", "implicit"])
def test_curl_c_minus_resumes_a_cut_upload_and_a_cut_download(server, tmp_path, how):
    data = os.urandom(4_000_000)
    (tmp_path / "up").write_bytes(data)
    cut_upload(server, "up", data[:2_500_000])
    assert told(server, "up") < 2_500_000
    curl(server, how, "-C", "-", "-T", "up", cwd=tmp_path, path="up")
    assert server.file(USER, "up").read_bytes() == data
    (tmp_path / "down").write_bytes(data[:1_234_567])
    curl(server, how, "-C", "-", "-o", "down", cwd=tmp_path, path="up")
    assert (tmp_path / "down").read_bytes() == data


def test_curl_c_minus_sends_nothing_twice(server, tmp_path):
    """That what was there is kept, and not sent again: SIZE says where."""
    data = os.urandom(4_000_000)
    (tmp_path / "up").write_bytes(data)
    cut_upload(server, "up", data[:2_500_000])
    offset = told(server, "up")
    assert offset > 0
    sent = curl(server, "plain", "-C", "-", "-w", "%{size_upload}", "-T", "up", cwd=tmp_path,
                path="up")
    assert int(sent) == len(data) - offset


def test_curl_makes_folders_sends_commands_and_appends(server, tmp_path):
    (tmp_path / "up").write_bytes(b"one\n")
    curl(server, "tls13", "--ftp-create-dirs", "-T", "up", cwd=tmp_path, path="a/b%20c/up")
    assert server.file(USER, "a/b c/up").read_bytes() == b"one\n"
    curl(server, "tls13", "-a", "-T", "up", cwd=tmp_path, path="a/b%20c/up")
    assert server.file(USER, "a/b c/up").read_bytes() == b"one\none\n"
    curl(server, "tls13", "-Q", "-RNFR a/b c/up", "-Q", "-RNTO moved", "-Q", "-DELE moved",
         "-Q", "-RMD a/b c", "-o", os.devnull, cwd=tmp_path)
    assert os.listdir(server.home(USER) / "a") == []
    # 21: a command was refused.
    curl(server, "tls13", "-Q", "DELE nothing", "-o", os.devnull, cwd=tmp_path, expect=21)


@pytest.mark.parametrize("method", ["multicwd", "singlecwd", "nocwd"])
def test_curls_ways_into_a_folder(server, tmp_path, method):
    (tmp_path / "up").write_bytes(b"x")
    curl(server, "plain", "--ftp-create-dirs", "-T", "up", cwd=tmp_path, path="a/b/up")
    assert curl(server, "plain", "--ftp-method", method, cwd=tmp_path, path="a/b/up") == b"x"


def test_curl_head_tells_size_and_time(server, tmp_path):
    server.file(USER, "f").write_bytes(b"12345")
    os.utime(server.file(USER, "f"), (1_000_000_000, 1_000_000_000))
    said = curl(server, "tls13", "-I", cwd=tmp_path, path="f").decode()
    assert "Content-Length: 5" in said
    assert "Last-Modified: Sun, 09 Sep 2001 01:46:40 GMT" in said


# Text has CR LF on the way, and LF at both ends.
def test_curl_in_ascii_both_ways(server, tmp_path):
    lines = b"".join(b"line %d\n" % n for n in range(20000))
    (tmp_path / "up").write_bytes(lines)
    curl(server, "tls13", "--use-ascii", "--crlf", "-T", "up", cwd=tmp_path, path="up")
    assert server.file(USER, "up").read_bytes() == lines
    assert curl(server, "tls13", "--use-ascii", cwd=tmp_path, path="up") == lines


# lftp, which speaks TLS by GnuTLS

LFTP = {
    "plain": ("plain", "set ftp:ssl-allow no;"),
    "secure": ("secure", "set ftp:ssl-force yes; set ftp:ssl-protect-data yes;"),
    "protect-list": ("secure", "set ftp:ssl-force yes; set ftp:ssl-protect-list yes;"
                               "set ftp:ssl-protect-data yes;"),
    "mode-z": ("secure", "set ftp:ssl-force yes; set ftp:ssl-protect-data yes;"
                         "set ftp:use-mode-z yes;"),
    "implicit": ("implicit", ""),
    "active": ("plain", "set ftp:ssl-allow no; set ftp:passive-mode no;"),
    "ipv6": ("secure6", "set ftp:ssl-force yes; set ftp:ssl-protect-data yes;"),
}


def lftp(server, how, script, cwd):
    name, options = LFTP[how]
    setup = ("set net:max-retries 1; set net:timeout 30; set ssl:verify-certificate no;"
             "set cmd:fail-exit yes; %s open -u %s,%s -p %d %s://%s; " %
             (options, USER, PASSWORD, server.ports[name],
              "ftps" if how == "implicit" else "ftp", "[::1]" if how == "ipv6" else "127.0.0.1"))
    return run("lftp", "--norc", "-c", setup + script, cwd=cwd,
               env=dict(os.environ, HOME=str(cwd)))


@pytest.mark.parametrize("how", LFTP)
def test_lftp_puts_gets_and_mirrors_both_ways(server, tmp_path, how):
    data = os.urandom(1_000_000) + b"a" * 1_000_000
    (tmp_path / "up").write_bytes(data)
    (tmp_path / "tree" / "sub folder").mkdir(parents=True)
    for number in range(12):
        (tmp_path / "tree" / "sub folder" / str(number)).write_bytes(os.urandom(5000))
    lftp(server, how, "put up; get up -o down; mirror -R --parallel=3 tree;"
         " mirror --parallel=3 tree back", tmp_path)
    assert server.file(USER, "up").read_bytes() == data
    assert (tmp_path / "down").read_bytes() == data
    for number in range(12):
        name = os.path.join("sub folder", str(number))
        assert (tmp_path / "back" / name).read_bytes() == (tmp_path / "tree" / name).read_bytes()


@pytest.mark.parametrize("how", ["plain", "secure"])
def test_lftp_put_c_and_reget_go_on(server, tmp_path, how):
    data = os.urandom(4_000_000)
    (tmp_path / "up").write_bytes(data)
    cut_upload(server, "up", data[:2_500_000])
    lftp(server, how, "put -c up", tmp_path)
    assert server.file(USER, "up").read_bytes() == data
    (tmp_path / "down").write_bytes(data[:1_500_000])
    lftp(server, how, "get -c up -o down", tmp_path)
    assert (tmp_path / "down").read_bytes() == data


def test_lftp_removes_moves_and_changes_modes(server, tmp_path):
    server.file(USER, "f").write_bytes(b"x")
    lftp(server, "secure", "mkdir -p d/e; mv f d/e/g; chmod 600 d/e/g; cls -1 d/e", tmp_path)
    assert server.file(USER, "d/e/g").stat().st_mode & 0o777 == 0o600
    lftp(server, "secure", "rm -r d", tmp_path)
    assert os.listdir(server.home(USER)) == []


# As lftp does: what is compressed says itself where it ends.
@pytest.mark.parametrize("how", [None, "explicit"])
def test_a_client_may_go_where_compressed_data_ends(server, how):
    for number in range(50):
        server.file(USER, "name-%d" % number).write_bytes(b"x")
    with Ftp(server.ports["secure" if how else "plain"], tls=how) as ftp:
        ftp.must("MODE Z")
        for _ in range(10):
            data = ftp.start("NLST")
            turned = zlib.decompressobj()
            names = b""
            while not turned.eof:
                names += turned.decompress(data.recv(65536))
            data.close()
            assert len(names.split()) == 50
            assert ftp.reply().code == 226


# ncftp

def ncftp(server, program, options, *arguments, cwd):
    return run(program, "-u", USER, "-p", PASSWORD, "-P", str(server.ports["plain"]), "-V",
               *options, *arguments, cwd=cwd, env=dict(os.environ, HOME=str(cwd)))


@pytest.mark.parametrize("mode", ["-F", "-E"], ids=["passive", "active"])
def test_ncftp_puts_and_gets(server, tmp_path, mode):
    data = os.urandom(2_000_000)
    (tmp_path / "up").write_bytes(data)
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "leaf").write_bytes(b"leaf")
    (tmp_path / "back").mkdir()
    ncftp(server, "ncftpput", ["-R", "-m", mode], "127.0.0.1", "/in", "up", "tree", cwd=tmp_path)
    assert server.file(USER, "in/up").read_bytes() == data
    assert server.file(USER, "in/tree/leaf").read_bytes() == b"leaf"
    ncftp(server, "ncftpget", ["-R", mode], "127.0.0.1", "back", "/in", cwd=tmp_path)
    assert (tmp_path / "back" / "in" / "up").read_bytes() == data
    assert b"tree" in run("ncftpls", "-u", USER, "-p", PASSWORD, mode,
                          "ftp://127.0.0.1:%d/in/" % server.ports["plain"], cwd=tmp_path)


# Downloads only: ncftpput -z of 3.2.6 sends the whole file behind what was
# there, with any server.
def test_ncftpget_z_resumes(server, tmp_path):
    data = os.urandom(4_000_000)
    server.file(USER, "up").write_bytes(data)
    (tmp_path / "down").mkdir()
    (tmp_path / "down" / "up").write_bytes(data[:1_500_000])
    os.utime(tmp_path / "down" / "up", (1_000_000_000, 1_000_000_000))
    ncftp(server, "ncftpget", ["-z"], "127.0.0.1", "down", "/up", cwd=tmp_path)
    assert (tmp_path / "down" / "up").read_bytes() == data


# tnftp, which is told by a script what to do

def tnftp(server, script, cwd, name="plain"):
    host = "::1" if name.endswith("6") else "127.0.0.1"
    setup = "open %s %d\nuser %s %s\n" % (host, server.ports[name], USER, PASSWORD)
    return run("tnftp", "-i", "-n", "-v", cwd=cwd, stdin=(setup + script + "quit\n").encode(),
               expect=None)


@pytest.mark.parametrize("passive", ["passive on", "passive off"])
@pytest.mark.parametrize("name", ["plain", "plain6"])
def test_tnftp_puts_gets_and_goes_on(server, tmp_path, passive, name):
    data = os.urandom(2_000_000)
    (tmp_path / "up").write_bytes(data)
    (tmp_path / "part").write_bytes(data[:700_000])
    tnftp(server, passive + "\nbinary\nmkdir d\ncd d\nput up\nget up down\nreget up part\n"
          "rename up moved\nls . listing\nmls moved machine\nchmod 600 moved\n", tmp_path, name)
    assert server.file(USER, "d/moved").read_bytes() == data
    assert server.file(USER, "d/moved").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "down").read_bytes() == data
    assert (tmp_path / "part").read_bytes() == data
    assert b"moved" in (tmp_path / "listing").read_bytes()


def test_tnftp_in_ascii_both_ways(server, tmp_path):
    lines = b"".join(b"line %d\n" % n for n in range(5000))
    (tmp_path / "up").write_bytes(lines)
    tnftp(server, "ascii\nput up\nget up down\n", tmp_path)
    assert server.file(USER, "up").read_bytes() == lines
    assert (tmp_path / "down").read_bytes() == lines


# Python's ftplib

class ReusingFtp(ftplib.FTP_TLS):
    """Data connections by the session of the control connection."""

    def ntransfercmd(self, cmd, rest=None):
        data, size = ftplib.FTP.ntransfercmd(self, cmd, rest)
        if self._prot_p:
            data = self.context.wrap_socket(data, session=self.sock.session)
        return data, size


def ftplib_client(server, name, is_passive=True, version=None):
    host = "::1" if name.endswith("6") else "127.0.0.1"
    if name.startswith("plain"):
        client = ftplib.FTP(timeout=60)
    else:
        client = ReusingFtp(context=believing_context(newest=version), timeout=60)
    client.connect(host, server.ports[name])
    client.login(USER, PASSWORD)
    if name.startswith("secure"):
        client.prot_p()
    client.set_pasv(is_passive)
    return client


@pytest.mark.parametrize("is_passive", [True, False], ids=["passive", "active"])
@pytest.mark.parametrize("name", ["plain", "plain6", "secure", "secure6"])
def test_ftplib_puts_gets_lists_and_goes_on(server, name, is_passive):
    client = ftplib_client(server, name, is_passive)
    data = os.urandom(2_000_000)
    assert client.storbinary("STOR f", io.BytesIO(data)).startswith("226")
    got = io.BytesIO()
    client.retrbinary("RETR f", got.write)
    assert got.getvalue() == data
    got = io.BytesIO()
    client.retrbinary("RETR f", got.write, rest=1_999_990)
    assert got.getvalue() == data[-10:]
    assert client.nlst() == ["f"]
    client.voidcmd("TYPE I")
    assert client.size("f") == len(data)
    assert dict(client.mlsd())["f"]["size"] == "2000000"
    lines = []
    client.dir(lines.append)
    assert len(lines) == 1 and lines[0].endswith(" f")
    client.mkd("d")
    client.rename("f", "d/f")
    client.cwd("d")
    assert client.pwd() == "/d"
    client.delete("f")
    client.cwd("..")
    client.rmd("d")
    assert client.quit().startswith("221")


def test_ftplib_under_tls_1_2(server):
    client = ftplib_client(server, "secure", version=ssl.TLSVersion.TLSv1_2)
    assert client.sock.version() == "TLSv1.2"
    data = os.urandom(1_000_000)
    client.storbinary("STOR f", io.BytesIO(data))
    got = io.BytesIO()
    client.retrbinary("RETR f", got.write)
    assert got.getvalue() == data
    client.quit()


def test_ftplib_storlines_and_retrlines(server):
    client = ftplib_client(server, "secure")
    client.storlines("STOR f", io.BytesIO(b"one\ntwo\n\nthree"))
    assert server.file(USER, "f").read_bytes() == b"one\ntwo\n\nthree\n"
    lines = []
    client.retrlines("RETR f", lines.append)
    assert lines == ["one", "two", "", "three"]
    client.quit()


def test_ftplib_aborts_a_download_and_goes_on(server):
    server.file(USER, "big").write_bytes(b"x" * 20_000_000)
    client = ftplib_client(server, "plain")
    data = client.transfercmd("RETR big")
    data.recv(1000)
    client.abort()
    data.close()
    try:
        client.voidresp()     # 226 of ABOR when 426 was the first
    except ftplib.error_temp:
        client.voidresp()
    assert client.size("big") == 20_000_000
    client.quit()


# FileZilla: what version 3.63 says, in its order.

def filezilla(server, name="secure"):
    ftp = Ftp(server.ports[name], user=None)
    ftp.must("AUTH TLS")
    ftp.wrap()
    assert ftp.say("USER " + USER).code == 331
    ftp.must("PASS " + PASSWORD)
    ftp.must("SYST")
    feat = ftp.must("FEAT").text
    for feature in (" MLST ", " UTF8", " MFMT", " REST STREAM", " CLNT", " TVFS", " PBSZ",
                    " PROT", " MDTM", " SIZE", " EPSV"):
        assert feature in feat, feature
    ftp.must("CLNT FileZilla")
    ftp.must("OPTS UTF8 ON")
    ftp.protect()
    ftp.must("OPTS MLST type;size;modify;create;perm;unique;UNIX.mode;")
    assert ftp.must("PWD").text.startswith('257 "/"')
    return ftp


def filezilla_lists(ftp, folder):
    ftp.must("CWD " + folder)
    ftp.must("PWD")
    ftp.must("TYPE I")
    content, reply = ftp.fetch("MLSD", mode="PASV")
    must(reply)
    return content.decode()


def test_filezillas_sequence_with_session_reuse_under_tls_1_3(server):
    ftp = filezilla(server)
    assert ftp.socket.version() == "TLSv1.3"
    assert "type=cdir;" in filezilla_lists(ftp, "/").lower()
    data = os.urandom(2_000_000)
    ftp.must("MKD new folder")
    ftp.must("CWD new folder")
    ftp.must("TYPE I")
    socket_of_data = ftp.start("STOR ü.bin", mode="PASV")
    assert socket_of_data.session_reused
    socket_of_data.sendall(data)
    assert ftp.finish(socket_of_data).code == 226
    ftp.must("MFMT 20010909014640 ü.bin")
    assert int(server.file(USER, "new folder/ü.bin").stat().st_mtime) == 1_000_000_000
    listing = filezilla_lists(ftp, "/new folder")
    line = next(each for each in listing.splitlines() if each.endswith(" ü.bin"))
    assert "size=2000000;" in line.lower()
    assert "modify=20010909014640" in line.lower()
    # A download that is continued.
    ftp.must("TYPE I")
    data_connection = ftp.passive("PASV")
    assert ftp.say("REST 1500000").code == 350
    assert ftp.say("RETR ü.bin").code == 150
    data_connection = ftp.secure(data_connection)
    got = b""
    while piece := data_connection.recv(65536):
        got += piece
    data_connection.close()
    assert ftp.reply().code == 226
    assert got == data[1_500_000:]
    # What it says while nobody does anything.
    for idle in ("NOOP", "TYPE I", "PWD"):
        ftp.must(idle)
    ftp.must("RNFR ü.bin")
    ftp.must("RNTO /moved")
    ftp.must("SITE CHMOD 600 /moved")
    ftp.must("DELE /moved")
    ftp.must("CWD /")
    ftp.must("RMD new folder")


def test_filezilla_continues_a_cut_upload_where_the_listing_of_one_file_says(server):
    data = os.urandom(3_000_000)
    cut_upload(server, "up", data[:2_000_000])
    ftp = filezilla(server)
    offset = int(ftp.must("SIZE up").text.split()[1])
    assert 0 < offset < 2_000_000
    ftp.must("TYPE I")
    connection = ftp.passive("PASV")
    assert ftp.say("REST %d" % offset).code == 350
    assert ftp.say("STOR up").code == 150
    connection = ftp.secure(connection)
    connection.sendall(data[offset:])
    assert ftp.finish(connection).code == 226
    assert server.file(USER, "up").read_bytes() == data


# A data connection that does not belong to the control connection's session.
def test_a_data_connection_without_the_session_is_refused(server):
    with Ftp(server.ports["secure"], tls="explicit") as ftp:
        data = ftp.passive()
        ftp.must("STOR /f")
        try:
            data = ftp.context.wrap_socket(data, server_hostname="localhost")
            data.sendall(b"x")
            data.unwrap()
        except OSError:
            pass
        assert ftp.reply().code in (425, 426, 522)
        ftp.must("NOOP")
    assert not server.file(USER, "f").exists()


# rclone

def rclone(server, name, *arguments, cwd):
    tls = {"secure": "explicit_tls=true", "plain": "explicit_tls=false",
           "loose": "explicit_tls=true", "implicit": "tls=true"}[name]
    made = run("rclone", "obscure", PASSWORD, cwd=cwd).decode().strip()
    remote = ":ftp,host=127.0.0.1,port=%d,user=%s,pass=%s,%s,no_check_certificate=true," \
        "tls_cache_size=32:" % (server.ports[name], USER, made, tls)
    return run("rclone", "--config", os.devnull, "--retries", "1", "--low-level-retries", "1",
               *[each.replace("REMOTE:", remote) for each in arguments], cwd=cwd)


# Its connections share one store of TLS sessions, so that a data connection may
# go on with the session of another control connection.
@pytest.mark.parametrize("name", ["plain", "loose"])
def test_rclone_syncs_and_checks(server, tmp_path, name):
    (tmp_path / "tree" / "sub").mkdir(parents=True)
    for number in range(20):
        (tmp_path / "tree" / "sub" / str(number)).write_bytes(os.urandom(20_000))
    (tmp_path / "tree" / "big").write_bytes(os.urandom(3_000_000))
    rclone(server, name, "sync", "tree", "REMOTE:/tree", cwd=tmp_path)
    rclone(server, name, "check", "--download", "tree", "REMOTE:/tree", cwd=tmp_path)
    (tmp_path / "tree" / "sub" / "3").unlink()
    (tmp_path / "tree" / "sub" / "4").write_bytes(b"changed")
    rclone(server, name, "sync", "tree", "REMOTE:/tree", cwd=tmp_path)
    rclone(server, name, "sync", "REMOTE:/tree", "back", cwd=tmp_path)
    assert run("diff", "-r", "tree", "back", cwd=tmp_path) == b""


# wget

@pytest.mark.parametrize("name", ["plain", "secure", "implicit"])
def test_wget_gets_goes_on_and_mirrors(server, tmp_path, name):
    data = os.urandom(2_000_000)
    (server.home(USER) / "d").mkdir()
    server.file(USER, "d/f").write_bytes(data)
    (tmp_path / "f").write_bytes(data[:900_000])
    url = "%s://127.0.0.1:%d/d/" % ("ftp" if name == "plain" else "ftps", server.ports[name])
    options = ["--ftps-implicit"] if name == "implicit" else []
    wget = ["wget", "-q", "--no-check-certificate", "--tries=1", "--user=" + USER,
            "--password=" + PASSWORD, *options]
    run(*wget, "-c", url + "f", cwd=tmp_path)
    assert (tmp_path / "f").read_bytes() == data
    run(*wget, "-r", "-nH", "-P", "mirror", url, cwd=tmp_path)
    assert (tmp_path / "mirror" / "d" / "f").read_bytes() == data


# Many at once

def one_of_many(server, number, wrong):
    """Its own files up and down, in its own way, compared by bytes."""
    how = [None, "explicit", "implicit", None][number % 4]
    name = {"explicit": "secure", "implicit": "implicit", None: "plain"}[how]
    mode = ["EPSV", "PASV", "EPRT", "PORT"][number // 4 % 4]
    order = random.Random(number)
    try:
        with Ftp(server.ports[name], tls=how) as ftp:
            ftp.must("TYPE I")
            for round_number in range(3 if LONG else 2):
                data = order.randbytes(order.choice([0, 1, 1000, 65536, 300_000]))
                path = "/p%d-%d" % (number, round_number)
                ftp.put(path, data, mode=mode)
                if ftp.get(path, mode=mode) != data:
                    wrong.append((number, "the bytes differ"))
            assert ftp.quit().code == 221
    except Exception as error:
        wrong.append((number, repr(error)))


def test_200_sessions_at_once_mix_nothing_up(server):
    wrong = []
    threads = [threading.Thread(target=one_of_many, args=(server, number, wrong))
               for number in range(200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(list(server.home(USER).iterdir())) == 200 * (3 if LONG else 2)
