# SPDX-License-Identifier: Apache-2.0
"""What a crash may do to uploads by FTP: `kill -9`, restarts, upgrades.

The promise is that of SFTP: what was acknowledged, here by 226, is there whole;
nothing else is visible; what was cut goes on where SIZE says.
"""
import os
import random
import signal
import socket
import ssl
import threading
import time

import pytest

from raw_ftp import Ftp, Refused, must
from server_fixture import Server
from test_crash import Ledger, content
from test_upgrade import upgrade, wait_until_gone

LONG = os.environ.get("CONVOY_LONG") == "1"
LOOSE = {"ftps_force_secured_command_channel": "No", "ftps_force_secured_data_channel": "No"}
SERVICES = {"plain": {"type": "ftp", **LOOSE}, "implicit": {"type": "ftpsi"}}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """For the tests that leave it running."""
    lenient = {"type": "ftp", "ftps_require_close_notify": "No"}
    server = Server(tmp_path_factory.mktemp("ftp"), accounts={"alice": "wonderland"},
                    services={**SERVICES, "lenient": lenient})
    server.start()
    yield server
    server.end()


def connect(server, tls=None, **how):
    return Ftp(server.ports["implicit" if tls else "plain"], tls="implicit" if tls else None,
               **how)


def upload_until_cut(server, ledger, worker, stop):
    """One upload after the other over one connection, until it breaks; every
    second client by TLS."""
    order = random.Random(worker)
    ftp = None
    done = 0
    while not stop.is_set():
        path = "/w%d-%d" % (worker, done)
        what = (worker * 100003 + done, order.choice([0, 1, 4096, 100000, 1000000]))
        ledger.attempt(path, what)
        try:
            ftp = ftp or connect(server, tls=worker % 2)
            ftp.put(path, content(*what))
        except (Refused, EOFError, OSError):
            ftp = None
            if stop.is_set():
                return
            time.sleep(0.05)
        else:
            ledger.acknowledge(path, what)
        done += 1


def check_promises(server, ledger):
    with connect(server) as ftp:
        visible = {"/" + name for name in ftp.names()}
    for path, what in ledger.acknowledged.items():
        assert path in visible, "acknowledged and missing: " + path
        assert server.file("alice", path[1:]).read_bytes() == content(*what), \
            "acknowledged and torn: " + path
    for path in visible - set(ledger.acknowledged):
        # Its 226 may have been lost on the way: then it is whole.
        assert server.file("alice", path[1:]).read_bytes() == \
            content(*ledger.attempted[path]), "torn: " + path
    return visible


def resume(ftp, path, data):
    """By REST at SIZE, or from the start where SIZE knows nothing. Returns the offset."""
    reply = ftp.say("SIZE " + path)
    offset = int(reply.text.split()[1]) if reply.code == 213 else 0
    assert offset < max(len(data), 1)
    if offset:
        must(ftp.say("REST %d" % offset))
    connection = ftp.passive()
    assert ftp.say("STOR " + path).code == 150
    connection = ftp.secure(connection)
    connection.sendall(data[offset:])
    assert ftp.finish(connection).code == 226
    return offset


def resume_left_overs(server, ledger, visible):
    resumed = 0
    with connect(server) as ftp:
        for path, what in ledger.attempted.items():
            if path in visible:
                continue
            resumed += resume(ftp, path, content(*what)) > 0
            assert ftp.get(path) == content(*what)
            ledger.acknowledge(path, what)
    return resumed


def test_kill_9_at_random_moments_loses_nothing_that_226_acknowledged(make_server):
    server = make_server(accounts={"alice": "wonderland"}, services=SERVICES)
    order = random.Random(20261124)
    ledger = Ledger()
    cut = resumed = 0
    rounds = 25 if LONG else 4
    for number in range(rounds):
        stop = threading.Event()
        workers = [threading.Thread(target=upload_until_cut,
                                    args=(server, ledger, number * 10 + i, stop))
                   for i in range(4)]
        for worker in workers:
            worker.start()
        time.sleep(order.uniform(0.2, 1.5))
        server.kill9()
        stop.set()
        for worker in workers:
            worker.join(60)
            assert not worker.is_alive()
        server.start()
        visible = check_promises(server, ledger)
        cut += len(set(ledger.attempted) - visible)
        resumed += resume_left_overs(server, ledger, visible)
    assert len(ledger.acknowledged) > rounds
    print("uploads", len(ledger.attempted), "acknowledged", len(ledger.acknowledged),
          "cut", cut, "resumed", resumed)


@pytest.mark.parametrize("verb", ["STOR", "APPE"])
def test_a_cut_upload_goes_on_where_size_says_after_kill_9(make_server, verb):
    """Past 64 MiB there is a record; what is told after the crash is it."""
    least, most = 64 * 1024 * 1024 - 1, 68 * 1024 * 1024
    server = make_server(accounts={"alice": "wonderland"}, services=SERVICES)
    data = content(7, 70 * 1024 * 1024)
    ftp = connect(server)
    connection = ftp.start("STOR /big")
    connection.sendall(data[:68 * 1024 * 1024])
    server.wait_for(lambda: staged_size(server) >= 66 * 1024 * 1024)
    server.kill9()
    server.start()
    with connect(server) as ftp:
        assert ftp.names() == set()
        with pytest.raises(Refused):
            ftp.get("/big")
        if verb == "STOR":
            assert least <= resume(ftp, "/big", data) < most
        else:
            offset = int(ftp.must("SIZE /big").text.split()[1])
            assert least <= offset < most
            ftp.put("/big", data[offset:], verb="APPE")
        assert ftp.get("/big") == data


def staged_size(server):
    return max((path.stat().st_size for path in server.home("alice").glob(".convoy-*")), default=0)


# How uploads end, other than by kill -9: what is cut is never 226 and never
# visible, and goes on.

def data_is_reset(ftp, connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    connection.close()
    return ftp.reply().code


def control_ends_first(ftp, connection):
    ftp.cut()
    connection.close()
    return None


def data_ends_without_close_notify(ftp, connection):
    assert isinstance(connection, ssl.SSLSocket)
    connection.close()
    return ftp.reply().code


def data_ends(ftp, connection):
    return ftp.finish(connection).code


def transfer_is_aborted(ftp, connection):
    ftp.send("ABOR")
    codes = [ftp.reply().code, ftp.reply().code]
    connection.close()
    assert codes[1] == 226  # ABOR's own (RFC 959, 4.1.3)
    return codes[0]


ENDINGS = {
    "reset": (None, "", data_is_reset),
    "reset-under-tls": ("implicit", "", data_is_reset),
    "no-close-notify": ("implicit", "", data_ends_without_close_notify),
    "no-control": (None, "", control_ends_first),
    "no-control-under-tls": ("implicit", "", control_ends_first),
    "too-few-bytes": (None, "ALLO 900000", data_ends),
    "too-few-bytes-under-tls": ("implicit", "ALLO 900000", data_ends),
    "aborted": (None, "", transfer_is_aborted),
    "aborted-under-tls": ("implicit", "", transfer_is_aborted),
}


@pytest.mark.parametrize("verb", ["STOR", "APPE"])
@pytest.mark.parametrize("ending", ENDINGS)
def test_what_is_cut_is_never_226_and_never_visible_but_goes_on(server, ending, verb):
    tls, before, end = ENDINGS[ending]
    data = content(11, 900_000)
    name = "%s-%s" % (ending, verb)
    ended = len([r for r in server.console() if r["id"] == 70002])
    ftp = connect(server, tls)
    if before:
        ftp.must(before)
    connection = ftp.start("%s /%s" % (verb, name))
    connection.sendall(data[:600_000])
    code = end(ftp, connection)
    assert code in (None, 426, 450, 451, 550, 551, 552), code
    assert not server.file("alice", name).exists()
    ftp.cut()
    server.wait_until_cut(ended + 1)
    with connect(server, tls) as ftp:
        assert name not in ftp.names()
        with pytest.raises(Refused):
            ftp.get("/" + name)
        resume(ftp, "/" + name, data)
        assert ftp.get("/" + name) == data


def test_abor_is_answered_twice_while_the_data_connection_is_waited_for(server):
    with connect(server) as ftp:
        ftp.passive_port()
        ftp.send("STOR /never")
        ftp.send("ABOR")
        assert [ftp.reply().code for _ in range(3)] == [150, 426, 226]
        ftp.must("NOOP")
        assert not server.file("alice", "never").exists()


def test_an_upload_with_as_many_bytes_as_allo_announced_is_published(server):
    for tls in (None, "implicit"):
        with connect(server, tls) as ftp:
            ftp.must("ALLO 900000")
            ftp.put("/announced", content(12, 900_000))
            assert ftp.get("/announced") == content(12, 900_000)


def test_a_cut_upload_leaves_what_was_published_as_it_was(server):
    with connect(server, "implicit") as ftp:
        ftp.put("/kept", b"the older content")
        connection = ftp.start("STOR /kept")
        connection.sendall(b"x" * 100_000)
        connection.close()  # and no close_notify
        assert ftp.reply().code >= 400
        assert ftp.get("/kept") == b"the older content"
        assert ftp.must("SIZE /kept").text == "213 17"


def test_a_client_that_never_ends_tls_is_believed_where_the_service_says_so(server):
    with Ftp(server.ports["lenient"], tls="explicit") as ftp:
        connection = ftp.start("STOR /f-lenient")
        connection.sendall(b"whole")
        connection.close()
        assert ftp.reply().code == 226
        assert server.file("alice", "f-lenient").read_bytes() == b"whole"


# Restarts and upgrades

def test_a_stopping_server_lets_a_transfer_finish_and_then_says_421(make_server):
    server = make_server(accounts={"alice": "wonderland"}, services=SERVICES,
                         server={"drain_timeout": 60})
    moving, idle = connect(server), connect(server, "implicit")
    connection = moving.start("STOR /f")
    connection.sendall(b"a" * 100_000)
    server.process.send_signal(signal.SIGTERM)
    assert idle.reply().code == 421
    connection.sendall(b"b" * 100_000)
    assert moving.finish(connection).code == 226
    assert moving.reply().code == 421
    assert server.wait_exit() == 0
    assert server.file("alice", "f").read_bytes() == b"a" * 100_000 + b"b" * 100_000


def test_after_a_restart_tls_sessions_are_resumed(make_server):
    port = free_port()
    server = make_server(accounts={"alice": "wonderland"},
                         services={"implicit": {"type": "ftpsi", "port": port}})
    ftp = Ftp(port, tls="implicit")
    session = ftp.socket.session
    ftp.quit()
    server.stop()
    server.start()
    assert is_resumed(port, ftp.context, session)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as one:
        return one.getsockname()[1]


def is_resumed(port, context, session):
    with socket.create_connection(("127.0.0.1", port), 60) as plain:
        with context.wrap_socket(plain, server_hostname="localhost", session=session) as secured:
            assert secured.recv(3) == b"220"
            return secured.session_reused


def test_an_upgrade_cuts_no_transfer_and_the_new_process_knows_the_tls_sessions(make_server):
    server = make_server(accounts={"alice": "wonderland"}, services=SERVICES,
                         server={"drain_timeout": 60})
    server.successors = [server.pid]
    old = connect(server, "implicit")
    session = old.socket.session
    up = old.start("STOR /up")
    up.sendall(b"a" * 100_000)
    new_pid = upgrade(server)
    try:
        with connect(server, "implicit") as new:
            new.put("/quick", b"from the new one")
            assert new.names() == {"quick"}
        up.sendall(b"b" * 100_000)
        assert old.finish(up).code == 226
        old.cut()
        wait_until_gone(server.pid)
        with connect(server) as new:
            assert new.get("/up") == b"a" * 100_000 + b"b" * 100_000
        assert is_resumed(server.ports["implicit"], old.context, session)
    finally:
        os.kill(new_pid, signal.SIGTERM)
        wait_until_gone(new_pid)
