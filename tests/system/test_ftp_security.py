# SPDX-License-Identifier: Apache-2.0
"""Failures of the field that must not be those of FTP, as properties.

Each test is named by the number of docs/security-tests.md and by what must
hold; the comment says whose failure it was. One server for the whole file.
"""
import json
import os
import random
import re
import shutil
import socket
import ssl
import subprocess

import pytest

from raw_ftp import Ftp, Refused, believing_context
from server_fixture import Server
from test_traversal import CANARY, paths

LONG = os.environ.get("CONVOY_LONG") == "1"
PASSWORD = "wonderland-canary-7719"
LOOSE = {"ftps_force_secured_command_channel": "No", "ftps_force_secured_data_channel": "No"}
PORTS_LEAST = 40
READS = "allow-read, allow-list, allow-traverse"


def free_ports(count):
    """The first of so many ports in a row that nobody has."""
    while True:
        first = random.randrange(20000, 30000)
        held = []
        try:
            for port in range(first, first + count):
                held.append(socket.create_server(("127.0.0.1", port)))
            return first
        except OSError:
            pass
        finally:
            for one in held:
                one.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    base = tmp_path_factory.mktemp("world")
    (base / "outside").mkdir()
    (base / "outside" / "canary").write_bytes(CANARY)
    first = free_ports(PORTS_LEAST)
    services = {
        "plain": {"type": "ftp", **LOOSE},
        "secure": {"type": "ftp"},
        "implicit": {"type": "ftpsi"},
        "narrow": {"type": "ftp", **LOOSE,
                   "passive_port_range": "%d - %d" % (first, first + PORTS_LEAST - 1)},
    }
    server = Server(tmp_path_factory.mktemp("ftp"), services=services, home=base / "homes",
                    accounts={name: PASSWORD for name in ("alice", "reader", "nothing", "closed")},
                    account_options={"reader": {"permissions": READS},
                                     "nothing": {"permissions": "deny-full-control"},
                                     "closed": {"enabled": "No"}},
                    server={"durability": "cache"})
    server.world = base
    server.range = range(first, first + PORTS_LEAST)
    server.start()
    yield server
    assert server.process.poll() is None, server.tail()
    server.end()


@pytest.fixture(autouse=True)
def empty_homes(server):
    yield
    for account in ("alice", "reader", "nothing"):
        for found in server.home(account).iterdir():
            shutil.rmtree(found) if found.is_dir() and not found.is_symlink() else found.unlink()


def connect(server, service="plain", user="alice", **how):
    return Ftp(server.ports[service], user=user, password=PASSWORD, **how)


def shape_of(folder):
    """All there is, but for the times of reading."""
    found = {}
    for where, folders, files in os.walk(folder):
        for name in [*folders, *files, "."]:
            status = os.lstat(os.path.join(where, name))
            found[os.path.join(where, name)] = (
                status.st_ino, status.st_mode, status.st_size, status.st_mtime_ns,
                status.st_ctime_ns)
    return found


def furnish(server, account):
    home = server.home(account)
    (home / "f").write_bytes(b"content")
    (home / "g").write_bytes(b"content of another")
    (home / "d").mkdir()
    (home / "d" / "leaf").write_bytes(b"leaf")
    (home / "empty").mkdir()
    for path in (home / "f", home / "d" / "leaf"):
        os.chmod(path, 0o644)


# S14: ProFTPD's mod_copy, which copied files for whoever asked. Verb by verb.

# What needs a connection for data is given one, so that nothing but the missing
# login or permission is in its way.
CHANGES = ["STOR /f", "STOR /new", "STOU", "STOU /f", "APPE /f", "APPE /new",
           "DELE /f", "RMD /empty", "XRMD /empty", "MKD /new", "XMKD /new",
           "SITE CHMOD 777 /f", "SITE UTIME 20010101000000 /f",
           "MFMT 20010101000000 /f", "MDTM 20010101000000 /f"]
LOOKS = ["RETR /f", "LIST /d", "NLST /d", "MLSD /d", "MLST /f", "STAT /f", "SIZE /f", "MDTM /f",
         "HASH /f", "CWD /d", "XCWD /d"]
# mod_copy's own, and others that servers have had.
STRANGE = ["SITE CPFR /f", "SITE CPTO /new", "SITE COPY /f /new", "SITE EXEC id", "SITE SYMLINK /f /new",
           "SITE LINK /f /new", "SITE MKDIR /new", "SITE RMDIR /empty", "SITE CHGRP 0 /f", "SITE CHOWN 0 /f",
           "SITE UMASK 000", "XSHA256 /f", "XCRC /f", "XMD5 /f", "COMB /new /f /g", "SMNT /", "RMDA /d",
           "MFF modify=20010101000000; /f", "MFCT 20010101000000 /f", "DSIZ /", "THMB /f", "XRSQ", "XSEM"]
STATES = ["PASV", "EPSV", "EPSV ALL", "PORT 127,0,0,1,200,10", "EPRT |1|127.0.0.1|51210|",
          "REST 1", "RANG 1 2", "ALLO 10", "TYPE I", "TYPE A", "MODE S", "MODE Z", "STRU F", "PWD",
          "XPWD", "CDUP", "XCUP", "RNFR /f", "RNTO /new", "ABOR", "STAT", "ACCT x",
          "SITE IDLE 30", "SITE PSWD a b", "SITE HELP"]
NEEDS_DATA = ("STOR", "STOU", "APPE", "RETR", "LIST", "NLST", "MLSD")


@pytest.mark.parametrize("service", ["plain", "secure"])
def test_S14_before_the_login_every_verb_is_refused_and_nothing_changes(server, service):
    furnish(server, "alice")
    before = shape_of(server.world)
    for command in CHANGES + LOOKS + STATES + STRANGE:
        # One connection each: so many early commands would end one.
        with connect(server, service, user=None) as ftp:
            code = ftp.say(command).code
            allowed = (500, 501, 502, 504, 530) if command in STRANGE else (530,)
            assert code in allowed, (command, code)
    with connect(server, "plain", user=None) as ftp:
        ftp.say("USER alice")
        for command in CHANGES[:20]:
            assert ftp.say(command).code == 530, command
    assert shape_of(server.world) == before


def said_with_data(ftp, command):
    """The last reply to it; a transfer is given a connection and some bytes."""
    if command.split()[0] not in NEEDS_DATA:
        return ftp.say(command), b""
    try:
        data = ftp.start(command)
    except Refused as refused:
        return refused.reply, b""
    got = b""
    try:
        if command.split()[0] in ("STOR", "STOU", "APPE"):
            data.sendall(b"changed")
        else:
            while piece := data.recv(65536):
                got += piece
    except OSError:
        pass
    return ftp.finish(data), got


@pytest.mark.parametrize("account", ["reader", "nothing"])
def test_S14_without_the_permission_every_verb_is_refused_and_nothing_changes(server, account):
    furnish(server, account)
    before = shape_of(server.world)
    with connect(server, user=account) as ftp:
        for command in CHANGES:
            reply, _ = said_with_data(ftp, command)
            assert reply.code in (550, 553), (command, reply.text)
        for command in STRANGE:
            assert ftp.say(command).code >= 500, command
        rename = [ftp.say("RNFR /f"), ftp.say("RNTO /new")]
        assert rename[1].code in (503, 550, 553)
        if account == "reader":
            assert ftp.get("/f") == b"content"
        else:
            for command in LOOKS:
                reply, got = said_with_data(ftp, command)
                assert reply.code in (550, 553), (command, reply.text)
                assert b"leaf" not in got
    assert shape_of(server.world) == before


# S24: FTP bounce (CERT CA-1997-27): the server as somebody else's scanner.
def test_S24_active_mode_leads_to_the_clients_own_address_and_high_ports_only(server):
    victim = socket.create_server(("127.0.0.3", 0))
    victim.setblocking(False)
    port = victim.getsockname()[1]
    refusals = ["PORT 127,0,0,3,%d,%d" % (port >> 8, port & 255),
                "EPRT |1|127.0.0.3|%d|" % port, "EPRT |2|::1|%d|" % port,
                "PORT 127,0,0,1,0,22", "PORT 127,0,0,1,3,255", "EPRT |1|127.0.0.1|25|",
                "EPRT |1|127.0.0.1|0|", "PORT 127,0,0,1,0,0", "PORT 10,0,0,1,200,200",
                "PORT 0,0,0,0,200,200", "EPRT |1|localhost|%d|" % port,
                "EPRT |1|2130706433|%d|" % port, "EPRT |2|::ffff:127.0.0.3|%d|" % port,
                "PORT 127,0,0,1,256,1", "PORT 127,0,0,1,-1,300", "EPRT |1|127.0.0.1|65536|"]
    with connect(server) as ftp:
        for command in refusals:
            assert ftp.say(command).code in (500, 501, 504, 522), command
            assert ftp.say("LIST").code in (425, 503), command
        # One that was right before counts no more than one that never was.
        listening = ftp.active("PORT")
        listening.setblocking(False)
        assert ftp.say(refusals[0]).code in (500, 501, 504)
        assert ftp.say("RETR /f").code in (425, 503, 550)
    for one in (victim, listening):
        with pytest.raises(BlockingIOError):
            one.accept()
        one.close()


# S25: PASV theft (1999): who connects first gets the file.
def test_S25_a_thief_at_the_passive_port_gets_nothing_and_the_owner_is_served(server):
    server.file("alice", "f").write_bytes(b"for alice alone")
    with connect(server) as ftp:
        port = ftp.passive_port()
        thieves = [socket.create_connection(("127.0.0.1", port), 30, ("127.0.0.2", 0))
                   for _ in range(3)]
        owner = socket.create_connection(("127.0.0.1", port), 30)
        assert ftp.say("RETR /f").code == 150
        assert owner.recv(100) == b"for alice alone"
        assert ftp.reply().code == 226
        for thief in thieves:
            try:
                assert thief.recv(100) == b""
            except ConnectionResetError:
                pass
            thief.close()
        owner.close()


def test_S25_another_sessions_tls_is_a_thief_at_the_passive_port(server):
    server.file("alice", "f").write_bytes(b"for this session")
    with connect(server, "secure", tls="explicit") as ftp, \
            connect(server, "secure", tls="explicit") as other:
        other.must("NOOP")
        data = ftp.passive()
        ftp.send("RETR /f")
        got = b""
        try:
            data = other.context.wrap_socket(data, server_hostname="localhost",
                                             session=other.socket.session)
            got = data.recv(100)
        except OSError:
            pass
        assert got == b""
        reply = ftp.reply()
        reply = ftp.reply() if reply.code == 150 else reply
        assert reply.code in (425, 426, 450, 522), reply.text
        assert ftp.get("/f") == b"for this session"


def test_S25_passive_ports_are_of_the_range_and_cannot_be_foretold(server):
    ports = []
    with connect(server, "narrow") as ftp:
        for number in range(30):
            ports.append(ftp.passive_port(["EPSV", "PASV"][number % 2]))
    assert set(ports) <= set(server.range)
    assert len(set(ports)) > 8
    steps = [b - a for a, b in zip(ports, ports[1:])]
    assert max(steps.count(step) for step in set(steps)) < len(steps) // 3


# S26: commands behind AUTH TLS in the same packet (as Postfix CVE-2011-0411).
@pytest.mark.parametrize("injected", ["USER alice", "NOOP", "X" * 3000, "USER al"])
def test_S26_what_came_in_the_clear_is_not_run_under_tls(server, injected):
    with connect(server, "secure", user=None) as ftp:
        end = "" if injected == "USER al" else "\r\n"
        ftp.socket.sendall(("AUTH TLS\r\n" + injected + end).encode())
        assert ftp.reply().code == 234
        assert ftp.pending == b""
        try:
            ftp.wrap()
        except OSError:
            return  # the rest was no TLS: that ends it, too
        assert ftp.say("SYST").code == 215       # nothing stands before it
        assert ftp.say("PASS " + PASSWORD).code == 503
        assert ftp.say("USER alice").code == 331
        assert ftp.say("PASS " + PASSWORD).code == 230


# S27: ALPACA: another protocol's client is led here.
@pytest.mark.parametrize("how", ["explicit", "implicit"])
def test_S27_tls_for_another_protocol_is_not_begun(server, how):
    service = "secure" if how == "explicit" else "implicit"
    for protocols in (["http/1.1"], ["h2", "http/1.1"], ["imap"], ["ssh"]):
        context = believing_context()
        context.set_alpn_protocols(protocols)
        with pytest.raises(ssl.SSLError) as error:
            connect(server, service, tls=how, context=context)
        assert "ALERT_NO_APPLICATION_PROTOCOL" in str(error.value).upper().replace(" ", "_")
    for protocols in (["ftp"], ["http/1.1", "ftp"]):
        context = believing_context()
        context.set_alpn_protocols(protocols)
        with connect(server, service, tls=how, context=context) as ftp:
            assert ftp.socket.selected_alpn_protocol() == "ftp"
            ftp.put("/f", b"x")


REQUESTS = [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"POST / HTTP/1.1\r\nHost: x\r\n\r\n",
            b"PUT /f HTTP/1.1\r\nHost: x\r\n\r\n", b"HEAD / HTTP/1.0\r\n\r\n",
            b"OPTIONS * HTTP/1.1\r\n\r\n", b"Host: example.com\r\n", b"NOOP / HTTP/1.1\r\nHost: x\r\n\r\n",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"]


@pytest.mark.parametrize("request_bytes", REQUESTS, ids=range(len(REQUESTS)))
@pytest.mark.parametrize("service", ["plain", "implicit"])
def test_S27_a_browsers_request_ends_the_connection_and_its_body_is_not_run(
        server, service, request_bytes):
    server.file("alice", "f").write_bytes(b"x")
    with connect(server, service, user=None, tls="implicit" if service == "implicit" else None) \
            as ftp:
        body = "USER alice\r\nPASS %s\r\nDELE /f\r\n" % PASSWORD
        ftp.socket.sendall(request_bytes + body.encode())
        said = b""
        try:
            while piece := ftp.socket.recv(65536):
                said += piece
        except OSError:
            pass
        assert b"230" not in said and b"331" not in said
        assert said.count(b"\r\n") <= 2, said
    assert server.file("alice", "f").exists()


def test_S27_a_tls_hello_at_the_plain_port_is_no_command(server):
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = believing_context().wrap_bio(incoming, outgoing, server_hostname="localhost")
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    with connect(server, user=None) as ftp:
        ftp.socket.sendall(outgoing.read() + b"\r\nUSER alice\r\nQUIT\r\n")
        codes = []
        try:
            while True:
                codes.append(ftp.reply().code)
        except (EOFError, OSError):
            pass
        assert codes and codes[0] in (421, 500, 501)
        assert 230 not in codes


# S28: who exists can be told from answers.
def test_S28_nobody_can_tell_from_replies_who_exists(server):
    said = {}
    for user in ("alice", "closed", "nobody-here", "alice ", "root"):
        with connect(server, user=None) as ftp:
            said[user] = [ftp.say("USER " + user).text, ftp.say("PASS wrong").text,
                          ftp.say("PASS again").text, ftp.say("USER " + user).text,
                          ftp.say("PASS ").text, ftp.say("ACCT x").text]
    assert len({tuple(lines) for lines in said.values()}) == 1, said


# S33: slow clients and floods.
def test_S33_silent_and_slow_clients_keep_nobody_out(server):
    slow = []
    for number in range(400 if LONG else 120):
        one = socket.create_connection(("127.0.0.1", server.ports["plain"]), 30)
        one.sendall([b"", b"U", b"USER alice\r\n", b"AUTH TLS\r\n", b"X" * 5000][number % 5])
        slow.append(one)
    with connect(server) as ftp:
        ftp.put("/f", b"in spite of them")
        assert ftp.get("/f") == b"in spite of them"
    for one in slow:
        one.close()


def test_S33_a_flood_of_commands_whose_replies_nobody_reads_costs_little(server):
    with connect(server) as honest, connect(server) as ftp:
        before = server.resident_kib()
        ftp.socket.settimeout(1)
        sent = 0
        try:
            for _ in range(400):
                sent += ftp.socket.send(b"FEAT\r\nHELP\r\nSTAT\r\n" * 1000)
        except socket.timeout:
            pass
        assert honest.say("NOOP").code == 200
        assert server.resident_kib() - before < 48 * 1024, "%d bytes were taken" % sent


@pytest.mark.parametrize("user", [None, "alice"])
def test_S33_lines_without_an_end_are_skipped_in_little_memory(server, user):
    with connect(server, user=user) as ftp:
        before = server.resident_kib()
        for _ in range(64):
            ftp.socket.sendall(b"A" * 65536)
        ftp.socket.sendall(b"\r\n")
        assert ftp.reply().code == 500
        assert ftp.say("NOOP").code == 200
        assert server.resident_kib() - before < 24 * 1024


def test_S33_nonsense_without_end_ends_the_session(server):
    with connect(server) as ftp:
        codes = []
        try:
            for number in range(2000):
                codes.append(ftp.say("NONSENSE %d" % number).code)
        except (EOFError, OSError):
            pass
        assert codes[-1] in (421, 500)
        assert len(codes) < 1000


def test_S33_passive_ports_that_nobody_uses_are_given_back(server):
    def listening():
        with open("/proc/net/tcp") as sockets:
            ports = [line.split()[1].split(":")[1] for line in sockets if line.split()[3] == "0A"]
        return [port for port in server.range if "%04X" % port in ports]

    with connect(server, "narrow") as ftp:
        before = server.open_files()
        for _ in range(PORTS_LEAST * 5):
            ftp.passive_port()
        assert len(listening()) == 1
        assert server.open_files() <= before + 2
    # And by clients that leave in the middle.
    for number in range(PORTS_LEAST * 2):
        ftp = connect(server, "narrow")
        ftp.passive_port()
        if number % 2:
            ftp.send("RETR /f")
        ftp.cut()
    server.wait_for(lambda: listening() == [])


def test_S33_quick_visits_leave_nothing_behind(server):
    with connect(server) as ftp:
        ftp.must("NOOP")
        before = server.open_files()
        for number in range(300):
            one = socket.create_connection(("127.0.0.1", server.ports["implicit" if number % 3 == 0
                                                                      else "plain"]), 30)
            one.sendall([b"", b"\x16\x03\x01", b"USER alice\r\nPASS x\r\n"][number % 3])
            one.close()
        server.wait_for(lambda: server.open_files() <= before + 2)


# S16: the memory errors of ProFTPD's 2026, by their numbers.
def test_S16_2146_a_long_path_of_mlsd_is_refused_and_nothing_else(server):
    with connect(server) as ftp:
        for size in (255, 256, 1024, 4095, 4096, 4097, 5000, 8000, 8180):
            for path in ("a" * size, "a/" * (size // 2), "/" + "../" * (size // 3),
                         "./" * (size // 2), "ä" * (size // 2)):
                for verb in ("MLST ", "MLSD ", "CWD ", "SIZE ", "MKD "):
                    if verb == "MLSD ":
                        ftp.passive_port()
                        data = None
                    reply = ftp.say(verb + path) if verb != "MLSD " else said_with_data(
                        ftp, verb + path)[0]
                    assert reply.code in (226, 250, 257, 500, 501, 550, 553), (verb, size)
                ftp.must("CWD /")
        # As deep as paths get, step by step.
        for _ in range(40):
            if ftp.say("MKD " + "d" * 200).code != 257 or ftp.say("CWD " + "d" * 200).code != 250:
                break
        said_with_data(ftp, "MLSD")
        assert ftp.say("PWD").code in (257, 550)


def test_S16_2265_stat_during_a_transfer_answers_and_the_transfer_goes_on(server):
    content = os.urandom(30_000_000)
    server.file("alice", "f").write_bytes(content)
    with connect(server) as ftp:
        data = ftp.start("RETR /f")
        got = data.recv(1000)
        for command in ("STAT", "STAT", "STAT"):
            ftp.send(command)
        codes = [ftp.reply().code for _ in range(3)]
        assert all(200 <= code < 300 for code in codes), codes
        while piece := data.recv(1 << 20):
            got += piece
        assert ftp.reply().code == 226
        assert got == content
        ftp.must("STAT")


def test_S16_2030_list_b_has_no_meaning_of_its_own(server):
    names = ["\\" * 200, "\x01" * 200, "\t" * 250, "ä" * 100, "%s%n" * 40, " leading", "-B", "-laR"]
    for name in names:
        (server.home("alice") / name).write_bytes(b"")
    with connect(server) as ftp:
        for options in ("-B", "-lB", "-BBBBBBBB", "-" + "B" * 4000, "-laR", "-la -B", "--help",
                        "-b -Q", "-w 9999999999"):
            for verb in ("LIST ", "NLST "):
                reply, got = said_with_data(ftp, verb + options)
                assert reply.code in (226, 250, 450, 500, 501, 550), (verb, options, reply.text)
                assert len(got) < 1_000_000


def test_S16_2020_commands_of_no_length_are_answered(server):
    with connect(server) as ftp:
        for line in (b"", b" ", b"   ", b"A", b"AB", b"SITE", b"SITE ", b"SITE  ", b"\t", b"SITE\t",
                     b"OPTS", b"OPTS MLST", b"OPTS MLST ;;;;", b"OPTS HASH", b"HELP \xff", b"LANG ",
                     b"\xff\xff\xff\xff", b"PORT ,,,,,", b"PORT 1,2,3", b"EPRT |", b"EPRT ||||",
                     b"EPRT \xff1\xff", b"EPSV \xff", b"TYPE", b"TYPE A N N", b"TYPE L 8", b"TYPE L",
                     b"MODE", b"STRU R", b"ALLO R", b"MFMT", b"MFMT 2001", b"MDTM 20010101000000 ",
                     b"SITE CHMOD", b"SITE CHMOD 999999999999 f", b"SITE UTIME", b"SITE IDLE -1",
                     b"RNTO", b"HOST", b"HOST [::", b"AUTH", b"PBSZ", b"PROT", b"CLNT"):
            ftp.send(line)
            code = ftp.reply().code
            assert 200 <= code < 600, line
            ftp.must("NOOP")  # and that is its answer: none is missing, none too much


@pytest.mark.parametrize("verb", ["REST", "RANG", "ALLO"])
def test_S16_2286_negative_and_huge_offsets_are_refused(server, verb):
    server.file("alice", "f").write_bytes(b"0123456789")
    numbers = ["-1", "-9223372036854775808", "18446744073709551616", "9223372036854775808",
               "18446744073709551615", "1e9", "0x10", "1 -1", "", "+", "1.5", "٣"]
    with connect(server) as ftp:
        for number in numbers:
            line = "RANG %s 5" % number if verb == "RANG" else "%s %s" % (verb, number)
            assert ftp.say(line).code in (500, 501, 504, 552), line
            assert ftp.get("/f") == b"0123456789"
        if verb == "RANG":
            assert ftp.say("RANG 5 2").code == 501
            assert ftp.get("/f") == b"0123456789"
        if verb == "REST":
            # Behind the end: refused or nothing, and never filled up.
            ftp.must("REST 4611686018427387904")
            reply, got = said_with_data(ftp, "RETR /f")
            assert got == b""
            ftp.must("REST 4611686018427387904")
            reply, _ = said_with_data(ftp, "STOR /new")
            assert reply.code >= 400
            assert not server.file("alice", "new").exists()


# S31: names that are lines.
EVIL = ["a\r\n226 injected", "b\n230 injected", "\x1b[31mred", 'quote"', "tab\t", "\x7f", "c\r"]


def test_S31_a_name_is_never_a_line_of_a_reply_a_listing_or_the_log(server):
    home = server.home("alice")
    for name in EVIL:
        (home / name).mkdir()
        (home / name / "leaf").write_bytes(b"x")
    with connect(server) as ftp:
        for verb in ("LIST", "NLST", "MLSD", "LIST *", "NLST *", "NLST *injected*"):
            reply, got = said_with_data(ftp, verb)
            assert reply.code in (226, 550), verb
            for line in got.replace(b"\r", b"\n").split(b"\n"):
                assert not line.startswith((b"226", b"230")), (verb, got)
            assert b"\x1b" not in got or verb.startswith(("NLST", "MLSD")), verb
        for name in EVIL:
            # As a client has to spell them (RFC 2640, 3.1): CR NUL is a CR.
            wire = name.encode().replace(b"\r", b"\r\0")
            for verb in (b"MLST ", b"CWD ", b"PWD", b"STAT ", b"MKD ", b"RMD ", b"SIZE ", b"DELE ",
                         b"RNFR ", b"SITE CHMOD 700 "):
                if b"\n" in wire:
                    continue
                ftp.send(verb + (wire if verb != b"PWD" else b""))
                for line in ftp.reply().lines:
                    assert b"\r" not in line and b"\x1b" not in line, (verb, line)
            ftp.must("CWD /")
        # A line break ends the command, whatever stands behind it is another.
        ftp.socket.sendall(b"MKD x\ny\r\n")
        codes = [ftp.reply().code, ftp.reply().code]
        assert codes == [257, 500]
    for line in (server.folder / "events.json").read_bytes().splitlines():
        json.loads(line)
        assert b"\x1b" not in line and b"\r" not in line


# S9, S10: Serv-U CVE-2024-28995, by every verb that takes a path.
PATH_VERBS = ["RETR", "STOR", "APPE", "LIST", "NLST", "MLSD", "MLST", "STAT", "SIZE", "MDTM", "HASH", "CWD",
              "MKD", "RMD", "DELE", "RNFR", "SITE CHMOD 600", "MFMT 20010101000000"]


def outside_of(server):
    return {path: what for path, what in shape_of(server.world).items()
            if not path.startswith(str(server.world / "homes" / "alice"))}


def test_S10_no_spelling_of_a_path_leads_out_by_any_verb(server):
    before = outside_of(server)
    spellings = list(paths(str(server.world / "outside" / "canary").encode()))
    if not LONG:
        spellings = spellings[::4] + spellings[-8:]
    with connect(server) as ftp:
        for number, path in enumerate(spellings):
            for verb in PATH_VERBS:
                line = verb.encode() + b" " + path
                if verb in NEEDS_DATA:
                    data = ftp.passive()
                    ftp.send(line)
                    reply = ftp.reply()
                    shown = b""
                    if reply.code == 150:
                        try:
                            while verb not in ("STOR", "APPE") and (piece := data.recv(65536)):
                                shown += piece
                        except OSError:
                            pass
                        data.close()
                        ftp.reply()
                    data.close()
                else:
                    reply = ftp.say(line)
                    shown = reply.text.encode()
                assert CANARY not in shown, line
                assert b"outside" not in shown.replace(path, b"") or b"outside" in path, line
            ftp.say(b"CWD /")
            if number % 10 == 0:
                assert outside_of(server) == before, path
            ftp.must("NOOP")
    assert outside_of(server) == before


def test_S10_links_that_lead_outside_are_not_followed(server):
    home = server.home("alice")
    os.symlink(server.world / "outside", home / "folder")
    os.symlink(server.world / "outside" / "canary", home / "file")
    before = outside_of(server)
    with connect(server) as ftp:
        for command in ("RETR /file", "RETR /folder/canary", "LIST /folder/", "MLSD /folder",
                        "NLST /folder/*", "CWD /folder", "SIZE /file", "STAT /folder/canary",
                        "HASH /file", "STOR /folder/new", "APPE /file", "DELE /folder/canary",
                        "MKD /folder/new", "SITE CHMOD 777 /file", "MFMT 20010101000000 /file"):
            reply, got = said_with_data(ftp, command)
            assert reply.code >= 400 or command.startswith("NLST"), (command, reply.text)
            assert b"canary" not in got
    assert outside_of(server) == before


# S11: Wing FTP CVE-2025-47812: a NUL splits a name between check and use.
def test_S11_a_nul_in_a_line_is_refused_and_splits_nothing(server):
    server.file("alice", "f").write_bytes(b"x")
    with connect(server, user=None) as ftp:
        assert ftp.say(b"USER alice\0]]evil").code == 501
        assert ftp.say("PASS " + PASSWORD).code == 503
        ftp.must("USER alice")
        assert ftp.say(b"PASS " + PASSWORD.encode() + b"\0more").code == 501
        with pytest.raises(Refused):
            ftp.must("STAT")
        ftp.log_in("alice", PASSWORD)
        for line in (b"DELE f\0.txt", b"SIZE f\0", b"DELE \0f", b"MKD d\0/e", b"RNFR f\0x", b"\0DELE f",
                     b"DE\0LE f", b"SITE CHMOD 777 f\0"):
            assert ftp.say(line).code in (500, 501), line
        ftp.must("NOOP")
    assert [p.name for p in server.home("alice").iterdir()] == ["f"]


# S36: secrets in logs.
def test_S36_passwords_are_in_no_log_and_no_reply(server):
    secrets = ["canary-right-order-1", "canary-too-early-2", "canary-misspelt-3", "canary-old-4",
               "canary-new-5", "canary-account-6", "canary-in-tls-7"]
    with connect(server, user=None) as ftp:
        said = [ftp.say("PASS " + secrets[1]).text]
        said += [ftp.say("USER alice").text, ftp.say("PASS " + secrets[0]).text,
                 ftp.say("PASSS " + secrets[2]).text, ftp.say("pass\t" + secrets[2]).text,
                 ftp.say("ACCT " + secrets[5]).text]
        ftp.log_in("alice", PASSWORD)
        said += [ftp.say("SITE PSWD %s %s" % (secrets[3], secrets[4])).text,
                 ftp.say("PASS " + secrets[0]).text, ftp.say("STAT").text]
    with pytest.raises(Refused) as refused:
        Ftp(server.ports["implicit"], password=secrets[6], tls="implicit")
    said.append(str(refused.value))
    server.wait_for(lambda: server.events(20142))
    logged = "".join(server.log) + (server.folder / "events.json").read_text()
    for secret in [*secrets, PASSWORD]:
        assert secret not in logged, secret
        assert secret not in "".join(said), secret


# What scanners find.

def scanned(*arguments):
    if shutil.which(arguments[0]) is None:
        pytest.fail(arguments[0] + " is not installed: ./dev test installs it")
    return subprocess.run(arguments, capture_output=True, text=True, timeout=900)


SCANS = {"implicit": [], "secure": ["--starttls-ftp"]}


@pytest.mark.parametrize("service", SCANS)
def test_sslscan_finds_no_weakness(server, service):
    found = scanned("sslscan", "--no-colour", *SCANS[service],
                    "127.0.0.1:%d" % server.ports[service]).stdout
    for version in ("SSLv2", "SSLv3", "TLSv1.0", "TLSv1.1"):
        assert re.search(r"^%s +disabled" % re.escape(version), found, re.M), found
    for version in ("TLSv1.2", "TLSv1.3"):
        assert re.search(r"^%s +enabled" % re.escape(version), found, re.M), found
        assert version + " not vulnerable to heartbleed" in found
    assert "Server supports TLS Fallback SCSV" in found
    assert "Session renegotiation not supported" in found
    ciphers = re.findall(r"^(?:Preferred|Accepted) +(\S+) +(\d+) bits +(\S+)", found, re.M)
    assert len(ciphers) >= 4, found
    for version, bits, cipher in ciphers:
        assert int(bits) >= 128, cipher
        assert version == "TLSv1.3" or re.match("(ECDHE|DHE)-.*(GCM|CHACHA20)", cipher), cipher
    groups = re.findall(r"^TLSv1.[23] +(\d+) bits +", found.split("Key Exchange Group")[1], re.M)
    assert groups and min(map(int, groups)) >= 112, found


# All of its questions take three minutes, most of which it sleeps.
TESTSSL = ["-p", "-s", "-f", "-P", "-U"] if LONG else ["-p", "-s", "-R"]


@pytest.mark.parametrize("service", SCANS if LONG else ["implicit"])
def test_testssl_finds_no_weakness(server, service, tmp_path):
    report = tmp_path / "report.json"
    found = scanned("testssl", "--quiet", "--color", "0", "--warnings", "off", "-n", "none",
                    *(["-t", "ftp"] if service == "secure" else []), *TESTSSL, "--jsonfile",
                    str(report), "127.0.0.1:%d" % server.ports[service])
    findings = json.loads(report.read_text())
    assert any(each["severity"] == "OK" for each in findings), found.stdout
    weak = [each for each in findings if each["severity"] not in ("OK", "INFO", "DEBUG")]
    assert weak == []
