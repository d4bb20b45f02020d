# SPDX-License-Identifier: Apache-2.0
"""FTP's control connection: every verb in every state, logins, TLS, the end."""
import socket
import ssl

import pytest

from conftest import LEAN
from raw_ftp import Ftp
from server_fixture import Server, run_convoy

USER, PASSWORD = "anna", "secret"
PLAIN = {"type": "ftp", "ftps_force_secured_command_channel": "No",
         "ftps_force_secured_data_channel": "No"}
SERVICES = {
    "plain": PLAIN,
    "tls": {"type": "ftp", "ftps_force_secured_data_channel": "No"},
    "private": {"type": "ftp", "ftps_force_secured_command_channel": "No"},
    "implicit": {"type": "ftpsi"},
    "proxied": dict(PLAIN, proxy_protocol_sources="127.0.0.1"),
    "named": dict(PLAIN, banner="> One\n  Two\n  221 Three"),
    "keyless": dict(PLAIN, tls_private_certificate=None),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("server"), env=LEAN, services=SERVICES,
                    accounts={USER: PASSWORD, "bob": "builder", "ssh": "only"},
                    server={"failed_login_delay": 0},
                    account_options={"ssh": {"allowed_protocols": "sftp"}},
                    group={"allow_own_password_change": "Yes"})
    server.start()
    yield server
    assert server.process.poll() is None, server.tail()
    server.end()


@pytest.fixture
def connect(server):
    """connect("plain") says nothing yet; connect("plain", login=True) has logged in."""
    open_ones = []

    def make(service="plain", login=False, **how):
        how = {"user": USER, "password": PASSWORD, **how} if login else {"user": None, **how}
        ftp = Ftp(server.ports[service], **how)
        open_ones.append(ftp)
        return ftp

    yield make
    for ftp in open_ones:
        ftp.cut()


def new_events(server, number, before):
    return server.wait_for(lambda: server.events(number)[before:])


# Every verb

# verb: before login, without argument, after login with a usual argument
VERBS = {
    "ABOR": (530, 226, "", 226), "ACCT": (530, 501, "x", 202), "ALLO": (530, 501, "10", 200),
    "APPE": (530, 501, "f", 425), "AUTH": (504, 501, "x", 504), "CCC": (533, 533, "", 533),
    "CDUP": (530, 250, "", 250), "CLNT": (200, 501, "x", 200), "CWD": (530, 250, "/", 250),
    "DELE": (530, 501, "nothing", 550), "EPRT": (530, 501, "|1|10.0.0.1|6275|", 500),
    "EPSV": (530, 229, "", 229), "FEAT": (211, 211, "", 211), "HASH": (530, 501, "nothing", 550),
    "HELP": (501, 214, "NOOP", 214), "HOST": (220, 501, "x", 503), "LANG": (504, 200, "EN", 200),
    "LIST": (530, 425, "", 425), "MDTM": (530, 501, "nothing", 550),
    "MFMT": (530, 501, "20200101000000 nothing", 550), "MKD": (530, 501, "made", 257),
    "MLSD": (530, 425, "", 425), "MLST": (530, 250, "", 250), "MODE": (530, 501, "S", 200),
    "NLST": (530, 425, "", 425), "NOOP": (200, 200, "", 200), "OPTS": (501, 501, "UTF8 ON", 200),
    "PASS": (503, 202, "x", 202), "PASV": (530, 227, "", 227), "PBSZ": (503, 501, "0", 503),
    "PORT": (530, 501, "10,0,0,1,24,131", 500), "PROT": (503, 501, "P", 503),
    "PWD": (530, 257, "", 257), "QUIT": (221, 221, "", 221), "RANG": (530, 501, "1 2", 350),
    "REIN": (220, 220, "", 220), "REST": (530, 501, "0", 350), "RETR": (530, 501, "nothing", 550),
    "RMD": (530, 501, "nothing", 550), "RNFR": (530, 501, "nothing", 550),
    "RNTO": (530, 501, "x", 503), "SITE": (530, 501, "HELP", 214), "SIZE": (530, 501, "nothing", 550),
    "STAT": (530, 211, "", 211), "STOR": (530, 501, "f", 425), "STOU": (530, 425, "", 425),
    "STRU": (530, 501, "F", 200), "SYST": (215, 215, "", 215), "TYPE": (530, 501, "I", 200),
    "USER": (331, 501, "x", 503), "XCUP": (530, 250, "", 250), "XCWD": (530, 250, "/", 250),
    "XMKD": (530, 501, "made too", 257), "XPWD": (530, 257, "", 257),
    "XRMD": (530, 501, "nothing", 550),
}
TAKES_NONE = ("ABOR", "CDUP", "CCC", "FEAT", "NOOP", "PASV", "PWD", "QUIT", "REIN", "SYST", "XCUP",
              "XPWD")


def test_help_names_every_verb_of_the_table(connect):
    words = " ".join(line.decode() for line in connect().say("HELP").lines[1:-1]).split()
    assert sorted(words) == sorted(VERBS)


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_every_verb_in_every_state_is_answered_as_the_table_says(connect, server, verb):
    early, bare, argument, late = VERBS[verb]
    before = sorted(p.name for p in server.home(USER).rglob("*"))
    line = (verb + " " + argument).strip()

    def code(said, login):
        return connect(login=login).say(said).code

    assert code(verb if verb in TAKES_NONE else verb + " x", False) == early
    assert code(verb + " a\0b", False) == 501
    assert code(verb + " " + "x" * 9000, False) == 500
    assert sorted(p.name for p in server.home(USER).rglob("*")) == before
    assert code(verb, True) == bare
    assert code(line.lower(), True) == late
    assert code(verb + " a\0b", True) == 501
    assert code(verb + " " + "x" * 9000, True) == 500


def test_what_is_no_verb_is_500_and_too_many_of_them_end_the_connection(connect):
    ftp = connect()
    for said in ("FOO", "MAIL x", "", " ", "123", "NOOPX", "NO\tOP"):
        assert ftp.say(said).code == 500
    assert ftp.say("NOOP").code == 200  # and the count begins anew
    ftp.send("\r\n".join(["FOO"] * 50))
    assert [ftp.reply().code for _ in range(50)] == [500] * 49 + [421]
    assert ftp.has_ended()


def test_commands_of_a_stranger_are_counted(connect):
    ftp = connect()
    codes = [ftp.say("NOOP").code for _ in range(101)]
    assert codes == [200] * 100 + [421]
    ftp = connect(login=True)
    assert {ftp.say("NOOP").code for _ in range(300)} == {200}


def test_commands_that_come_together_are_answered_in_their_order(connect):
    ftp = connect()
    ftp.send("USER %s\r\nPASS %s\r\nSYST\r\nFEAT\r\nNOOP\nQUIT" % (USER, PASSWORD))
    assert [ftp.reply().code for _ in range(6)] == [331, 230, 215, 211, 200, 221]
    assert ftp.has_ended()


def test_a_flood_of_commands_is_answered_to_the_last(connect):
    ftp = connect(login=True)
    ftp.socket.sendall(b"HELP\r\n" * 2000 + b"QUIT\r\n")
    assert [ftp.reply().code for _ in range(2001)] == [214] * 2000 + [221]


def test_a_command_may_come_a_byte_at_a_time_and_with_telnet_between(connect):
    ftp = connect()
    for byte in b"NO\xff\xf4O\xff\xfb\x06P\r\n":
        ftp.socket.sendall(bytes([byte]))
    assert ftp.reply().code == 200


def test_telnets_synch_ahead_of_a_command_leaves_it_whole(connect):
    ftp = connect()
    ftp.socket.send(b"\xff\xf4\xff", socket.MSG_OOB)
    ftp.socket.send(b"\xf2NOOP\r\n")
    assert ftp.reply().code == 200


def test_commands_during_a_transfer_wait_but_for_stat_and_abor(connect, server):
    server.file(USER, "large").write_bytes(bytes(20_000_000))
    ftp = connect(login=True)
    data = ftp.start("RETR large")
    ftp.send("STAT\r\nNOOP\r\nNOOP\r\nSTAT")
    assert [ftp.reply().code for _ in range(2)] == [211, 211]
    ftp.send("PWD\r\nNOOP")
    while data.recv(1 << 20):
        pass
    assert [ftp.reply().code for _ in range(5)] == [226, 200, 200, 257, 200]
    data = ftp.start("RETR large")
    ftp.send("NOOP\r\nABOR")
    assert [ftp.reply().code for _ in range(3)] == [426, 226, 200]


def test_quit_during_a_transfer_waits_for_its_end(connect, server):
    server.file(USER, "large").write_bytes(bytes(20_000_000))
    ftp = connect(login=True)
    data = ftp.start("RETR large")
    ftp.send("QUIT")
    count = 0
    while got := data.recv(1 << 20):
        count += len(got)
    assert count == 20_000_000
    assert [ftp.reply().code for _ in range(2)] == [226, 221]


def test_s14_no_verb_of_a_stranger_touches_a_file(connect, server):
    server.file(USER, "kept").write_bytes(b"kept")
    before = sorted((p.name, p.stat().st_mtime_ns) for p in server.home(USER).rglob("*"))
    ftp = connect()
    for line in ("SITE CPFR kept", "SITE CPTO other", "SITE CHMOD 777 kept", "DELE kept", "MKD new",
                 "RNFR kept", "RNTO new", "STOR kept", "APPE kept", "MFMT 20200101000000 kept",
                 "RETR kept", "LIST", "SITE UTIME 202001010000 kept", "XCPF kept"):
        assert ftp.say(line).code in (500, 530), line
    assert before == sorted((p.name, p.stat().st_mtime_ns) for p in server.home(USER).rglob("*"))


# Logins

def test_s28_a_name_that_is_none_gets_the_same_bytes_as_one_that_is(connect):
    def dialogue(user, password):
        ftp = connect()
        return [ftp.say("USER " + user).lines, ftp.say("PASS " + password).lines]
    assert dialogue(USER, "wrong") == dialogue("nobody", "wrong") == dialogue("../x", "") \
        == dialogue("%n", PASSWORD) == dialogue("ssh", "only")


def test_six_wrong_passwords_end_the_connection(connect):
    ftp = connect()
    for _ in range(6):
        assert ftp.say("USER " + USER).code == 331
        assert ftp.say("PASS wrong").code == 530
    assert ftp.reply().code == 421
    assert ftp.has_ended()


def test_a_password_belongs_to_the_user_that_was_named_last(connect):
    ftp = connect()
    ftp.must("USER bob")
    ftp.must("USER " + USER)
    assert ftp.say("PASS builder").code == 530
    assert ftp.say("PASS " + PASSWORD).code == 503
    ftp.must("USER " + USER)
    assert ftp.say("PASS " + PASSWORD).code == 230
    assert ftp.say("USER bob").code == 503


def test_another_user_comes_after_rein_on_the_same_connection(connect, server):
    server.file(USER, "of anna").write_bytes(b"")
    server.file("bob", "of bob").write_bytes(b"")
    ftp = connect(login=True)
    assert ftp.say("SIZE of anna").code == 213
    assert ftp.say("REIN").code == 220
    assert ftp.say("SIZE of anna").code == 530
    ftp.log_in("bob", "builder")
    assert ftp.say("SIZE of bob").code == 213
    assert ftp.say("SIZE of anna").code == 550
    assert ftp.say("REIN").code == 220
    ftp.log_in(USER, PASSWORD)
    assert ftp.say("SIZE of anna").code == 213


def test_rein_stays_under_tls_and_data_goes_on(connect, server):
    ftp = connect("implicit", login=True, tls="implicit")
    assert ftp.say("REIN").code == 220
    ftp.log_in("bob", "builder")
    ftp.put("/after", b"REIN")
    assert server.file("bob", "after").read_bytes() == b"REIN"


def test_an_account_logs_in_only_by_the_protocols_it_is_allowed(connect, server):
    before = len(server.events(20136))
    ftp = connect()
    ftp.must("USER ssh")
    assert ftp.say("PASS only").code == 530
    assert "allowed_protocols" in new_events(server, 20136, before)[0]["message"]


# What the server says of itself

def test_the_banner_has_its_lines_and_no_product_where_it_is_hidden(connect):
    assert connect("named").greeting.lines == [b"220-One", b" Two", b" 221 Three", b"220 Ready."]
    assert connect().greeting.lines == [b"220 Convoy: Welcome to the FTP service."]


def test_feat_tells_what_opts_changed(connect):
    ftp = connect(login=True)
    assert ftp.say("OPTS MLST size;type;fantasy").lines == [b"200 MLST OPTS Type;Size;"]
    assert ftp.say("OPTS MLST").lines == [b"200 MLST OPTS"]
    assert ftp.say("OPTS MLST size;type;fantasy").lines == [b"200 MLST OPTS Type;Size;"]
    assert ftp.say("OPTS HASH SHA-512").lines == [b"200 SHA-512"]
    assert ftp.say("OPTS HASH MD5").code == 501
    assert ftp.say("OPTS UTF8 OFF").code == 504
    assert ftp.say("OPTS MODE Z LEVEL 6").code == 200
    assert ftp.say("OPTS MODE Z LEVEL 9").code == 501
    lines = ftp.say("FEAT").lines
    assert b" HASH SHA-256;SHA-512*;CRC32" in lines
    assert b" MLST Type*;Size*;Modify;Create;Perm;Unique;UNIX.mode;" in lines
    assert b" AUTH TLS" in lines
    assert not any(b"AUTH" in line or b"PROT" in line for line in connect("keyless").say("FEAT").lines)
    assert not any(b"AUTH" in line for line in connect("implicit", tls="implicit").say("FEAT").lines)


def test_host_is_for_before_the_login(connect):
    ftp = connect()
    assert ftp.say("HOST files.example").code == 220
    assert ftp.say("HOST [::1]").code == 220
    assert ftp.say("HOST a b").code == 501
    ftp.must("USER " + USER)
    assert ftp.say("HOST files.example").code == 503
    ftp = connect("tls", tls="explicit")
    assert ftp.say("HOST localhost").code == 220
    assert ftp.say("HOST elsewhere").code == 504


# SITE

def test_site_chmod_and_utime_change_what_they_say(connect, server):
    path = server.file(USER, "site é")
    path.write_bytes(b"x")
    ftp = connect(login=True)
    assert ftp.say("SITE CHMOD 640 site é").code == 200
    assert path.stat().st_mode & 0o7777 == 0o640
    assert ftp.say("SITE UTIME 20200102030405 site é").code == 200
    assert path.stat().st_mtime == 1577934245
    assert ftp.say("site utime site é 202001020304 20210102030405 20220102030405 UTC").code == 200
    assert path.stat().st_mtime == 1609556645
    assert path.stat().st_atime == 1577934240
    for bad in ("CHMOD 888 f", "CHMOD 640", "CHMOD 77777 f", "UTIME", "UTIME 2020 f", "PSWD", "PSWD a"):
        assert ftp.say("SITE " + bad).code == 501, bad
    assert ftp.say("SITE CHMOD 640 ../../etc/passwd").code == 550
    assert ftp.say("SITE EXEC id").code == 504


def test_names_that_are_not_utf_8_stay_usable(connect, server):
    ftp = connect(login=True)
    name = b"caf\xe9"
    assert ftp.say(b"MKD " + name).code == 257
    assert ftp.say(b"CWD " + name).code == 250
    assert ftp.say("PWD").lines[0].split(b'"')[1] == b"/" + name
    assert ftp.say("CDUP").code == 250
    assert ftp.say(b"RMD " + name).code == 250


def test_site_idle_stays_within_what_the_service_allows(connect):
    ftp = connect(login=True)
    assert "300" in ftp.say("SITE IDLE").text
    assert ftp.say("SITE IDLE 60").code == 200
    assert "60" in ftp.say("SITE IDLE").text
    for bad in ("0", "9", "301", "-1", "x", "99999999999999999999"):
        assert ftp.say("SITE IDLE " + bad).code == 501


def test_site_pswd_changes_the_password(make_server):
    server = make_server(services={"plain": PLAIN}, group={"allow_own_password_change": "Yes"},
                         server={"password_minimum_length": 8})
    ftp = Ftp(server.ports["plain"], USER, PASSWORD)
    assert ftp.say("SITE PSWD wrong Long-enough-9").code == 550
    assert ftp.say("SITE PSWD %s short" % PASSWORD).code == 501
    assert ftp.say("SITE PSWD %s Long enough-9" % PASSWORD).code == 200
    assert ftp.say("NOOP").code == 200
    assert Ftp(server.ports["plain"], USER, "Long enough-9").say("NOOP").code == 200


# TLS

def test_only_what_leads_to_tls_is_answered_before_it(connect):
    ftp = connect("tls")
    for line in ("USER " + USER, "PASS " + PASSWORD, "SITE HELP", "LIST", "PBSZ 0", "PROT P"):
        assert ftp.say(line).code == 530, line
    for line, code in (("FEAT", 211), ("HELP", 214), ("SYST", 215), ("NOOP", 200), ("AUTH x", 504)):
        assert ftp.say(line).code == code, line
    ftp.must("AUTH TLS")
    ftp.wrap()
    ftp.log_in(USER, PASSWORD)


@pytest.mark.parametrize("word", ["TLS", "TLS-C", "SSL", "tls"])
def test_auth_forgets_who_was_named(connect, word):
    ftp = connect()
    ftp.must("USER " + USER)
    assert ftp.say("AUTH " + word).code == 234
    ftp.wrap()
    assert ftp.say("PASS " + PASSWORD).code == 503
    ftp.log_in(USER, PASSWORD)
    assert ftp.say("AUTH TLS").code == 503


def test_auth_where_it_cannot_be(connect, make_server):
    assert connect("keyless").say("AUTH TLS").code == 431
    assert connect(login=True).say("AUTH TLS").code == 503
    assert connect("implicit", tls="implicit").say("AUTH TLS").code == 503


def test_protection_goes_step_by_step(connect):
    ftp = connect("tls", tls="explicit")
    assert ftp.say("PROT P").code == 503
    assert ftp.say("PBSZ x").code == 501
    assert ftp.say("PBSZ 4096").lines == [b"200 PBSZ=0"]
    assert [ftp.say("PROT " + level).code for level in "PCSEX"] == [200, 200, 536, 536, 504]
    assert ftp.say("CCC").code == 533


def test_data_is_refused_without_tls_where_it_is_demanded(connect):
    ftp = connect("private", login=True)
    for line in ("LIST", "NLST", "MLSD", "RETR x", "STOR x", "APPE x", "STOU"):
        assert ftp.say(line).code == 522, line
    ftp = connect("private", tls="explicit")
    ftp.must("PBSZ 0")
    assert ftp.say("PROT C").code == 534


def test_s26_what_came_ahead_of_tls_is_dropped(connect, server):
    server.file(USER, "kept").write_bytes(b"kept")
    before = len(server.events(70082))
    ftp = connect()
    ftp.send("AUTH TLS\r\nUSER %s\r\nPASS %s\r\nDELE kept" % (USER, PASSWORD))
    assert ftp.reply().code == 234
    assert ftp.pending == b""
    ftp.wrap()
    assert ftp.say("SYST").code == 215
    assert ftp.say("PWD").code == 530
    assert server.file(USER, "kept").exists()
    assert len(new_events(server, 70082, before)) == 1


def test_implicit_tls_is_there_from_the_first_byte(connect, server):
    ftp = connect("implicit", login=True, tls="implicit")
    assert ftp.say("PWD").code == 257
    before = len(server.events(10084))
    plain = socket.create_connection(("127.0.0.1", server.ports["implicit"]), 60)
    plain.sendall(b"USER anna\r\n")
    assert b"220" not in plain.recv(4096)
    plain.close()
    assert new_events(server, 10084, before)


def test_s27_a_request_of_http_ends_the_connection_at_once(connect, server):
    for line in ("GET / HTTP/1.1", "POST /x HTTP/1.1", "PUT /x HTTP/1.1", "HEAD / HTTP/1.0",
                 "DELETE /x HTTP/1.1", "OPTIONS * HTTP/1.1", "Host: x", "PRI * HTTP/2.0",
                 "POST /" + "x" * 5000 + " HTTP/1.1"):
        before = len(server.events(70081))
        ftp = connect()
        ftp.send("%s\r\nHost: x\r\n\r\nUSER %s\r\nPASS %s\r\nMKD by-http" % (line, USER, PASSWORD))
        assert ftp.reply().code == 421, line
        assert ftp.has_ended()
        assert len(new_events(server, 70081, before)) == 1
    assert not server.file(USER, "by-http").exists()


def test_s27_a_handshake_for_another_protocol_is_refused(connect, server):
    for names, is_served in ((["h2", "http/1.1"], False), (["ftp"], True), (["http/1.1", "ftp"], True)):
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.set_alpn_protocols(names)
        ftp = connect(context=context)
        ftp.must("AUTH TLS")
        if is_served:
            ftp.wrap()
            assert ftp.socket.selected_alpn_protocol() == "ftp"
            assert ftp.say("SYST").code == 215
        else:
            with pytest.raises(ssl.SSLError, match="alert"):
                ftp.wrap()


# Behind a balancer

def test_the_client_behind_a_balancer_is_who_the_header_says(server):
    before = len(server.events(20003))
    ftp = socket.create_connection(("127.0.0.1", server.ports["proxied"]), 60)
    ftp.sendall(b"PROXY TCP4 192.0.2.7 127.0.0.1 4711 21\r\nSYST\r\n")
    assert ftp.recv(3) == b"220"
    assert new_events(server, 20003, before)[0]["account"]["peer"] == {"address": "192.0.2.7", "port": 4711}
    ftp.close()


# The end

def test_quit_closes_in_order(connect):
    ftp = connect(login=True)
    assert ftp.say("QUIT").code == 221
    assert ftp.socket.recv(1) == b""


def test_a_silent_client_is_told_that_it_is_over(make_server):
    server = make_server(services={
        "short": dict(PLAIN, login_timeout=1), "idle": dict(PLAIN, idle_connection_timeout=1)})
    assert Ftp(server.ports["short"], None).reply().code == 421
    ftp = Ftp(server.ports["idle"], USER, PASSWORD)
    assert ftp.reply().code == 421
    assert ftp.has_ended()


def test_a_kicked_session_is_told_and_gone(connect, server):
    ftp = connect(login=True)
    shown = run_convoy("status", "-c", str(server.ini), "--json")
    assert '"ftp"' in shown
    run_convoy("kick", "-c", str(server.ini), USER)
    assert ftp.reply().code == 421
    assert ftp.has_ended()


def test_a_drain_ends_idle_sessions_with_421(make_server):
    server = make_server(services={"plain": PLAIN})
    ftp = Ftp(server.ports["plain"], USER, PASSWORD)
    stranger = Ftp(server.ports["plain"], None)
    run_convoy("drain", "-c", str(server.ini))
    assert ftp.reply().code == 421
    assert stranger.reply().code == 421


def test_a_session_goes_on_with_what_was_in_force_when_it_came(make_server):
    server = make_server(services={"plain": dict(PLAIN, banner="Before")})
    ftp = Ftp(server.ports["plain"], USER, PASSWORD)
    server.ini.write_text(server.ini.read_text().replace("banner = Before", "banner = After"))
    run_convoy("reload", "-c", str(server.ini))
    assert ftp.say("NOOP").code == 200
    assert b"After" in Ftp(server.ports["plain"], None).greeting.lines[0]
