# SPDX-License-Identifier: Apache-2.0
"""Floods: half logins by the thousand, new keys without end, and what one that
never logs in may cost. With CONVOY_LONG=1 as many as the field has seen."""
import os
import resource
import socket

import pytest

from conftest import LEAN, PASSWORD, USER
from raw_ssh import KEX_ECDH_INIT, KEXINIT, Closed, RawSsh, number, text
from server_fixture import CONVOY

LONG = os.environ.get("CONVOY_LONG") == "1"
STORM = 100_000 if LONG else 2_000
STALLED = 10_000 if LONG else 400
AT_A_TIME = 100


def most_kib_each():
    """For one that has not logged in, about twice of what is measured. Nearly
    all of it is the sanitizer's where the program has one."""
    with open(CONVOY, "rb") as file:
        program = file.read()
    if b"__tsan_init" in program:
        return 4096
    return 1024 if b"__asan_init" in program else 128


@pytest.fixture(autouse=True, scope="module")
def many_descriptors():
    """For us; the server raises its own."""
    was = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (was[1], was[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, was)


def is_honest_login_served(server):
    with RawSsh(server.port) as ssh:
        ssh.exchange_keys()
        return ssh.log_in(USER, PASSWORD)


def say(peer, words):
    """As far as the server listens: it may have sent the peer away."""
    try:
        peer.sendall(words)
    except OSError:
        pass
    return peer


def silent(port):
    return socket.create_connection(("127.0.0.1", port), 60)


def half_a_version(port):
    return say(silent(port), b"SSH-2.0-half")


def a_version(port):
    return say(silent(port), b"SSH-2.0-whole\r\n")


def half_a_packet(port):
    return say(silent(port), b"SSH-2.0-half\r\n" + number(30000) + b"\4" + bytes([KEXINIT]) +
               bytes(20000))


def half_an_exchange(port):
    ssh = RawSsh(port)
    try:
        ssh.begin_exchange()
        ssh.send(bytes([KEX_ECDH_INIT]) + text(os.urandom(32)))
    except (Closed, AssertionError, OSError):
        pass
    return ssh


STAGES = [silent, half_a_version, a_version, half_a_packet, half_an_exchange]


def test_S21_a_storm_of_half_open_sessions_leaves_nothing_behind(make_server):
    server = make_server(env=LEAN)
    assert is_honest_login_served(server)
    server.wait_for(lambda: server.events(70002))
    files = server.open_files()
    peers = []
    for visit in range(STORM):
        # Key exchanges cost both sides; one in ten is enough of them.
        stage = STAGES[visit % 4] if visit % 10 else half_an_exchange
        peers.append(stage(server.port))
        if len(peers) > AT_A_TIME:
            peers.pop(0).close()
        if visit % (STORM // 4) == 0:
            assert is_honest_login_served(server)
    for peer in peers:
        peer.close()
    assert is_honest_login_served(server)
    server.wait_for(lambda: server.open_files() <= files)


@pytest.mark.parametrize("stage", [silent, half_a_packet], ids=lambda stage: stage.__name__)
def test_S33_honest_logins_are_served_among_stalled_peers(make_server, stage):
    server = make_server(env=LEAN)
    peers = []
    for count in range(STALLED):
        peers.append(stage(server.port))
        if count % (STALLED // 4) == 0:
            assert is_honest_login_served(server)
    assert is_honest_login_served(server)
    for peer in peers:
        peer.close()


@pytest.mark.parametrize("stage", [silent, half_a_packet, half_an_exchange],
                         ids=lambda stage: stage.__name__)
def test_S33_who_has_not_logged_in_costs_no_more_than_so_much(make_server, stage):
    server = make_server(env=LEAN, service={"maximum_unauthenticated": 0})
    assert is_honest_login_served(server)

    def opened(count):
        return server.wait_for(lambda: len(server.events(30014)) >= count)

    peers = [stage(server.port) for _ in range(50)]
    opened(51)
    before = server.resident_kib()
    peers += [stage(server.port) for _ in range(200)]
    opened(251)
    each = (server.resident_kib() - before) / 200
    print("%s: %d KiB each" % (stage.__name__, each))
    assert each < most_kib_each()
    for peer in peers:
        peer.close()


def test_S33_a_flood_of_new_keys_keeps_no_honest_login_out(make_server):
    server = make_server(env=LEAN)
    with RawSsh(server.port) as flood:
        flood.exchange_keys()
        assert flood.log_in(USER, PASSWORD)
        for count in range(1000 if LONG else 100):
            flood.exchange_keys()
            if count % 25 == 0:
                assert is_honest_login_served(server)
        assert not flood.is_ended()


def test_S33_new_keys_before_a_login_end_the_connection(make_server):
    server = make_server(env=LEAN)
    for _ in range(10):
        with RawSsh(server.port) as flood:
            flood.exchange_keys()
            with pytest.raises(Closed):
                flood.exchange_keys()
    assert is_honest_login_served(server)


def test_S33_exchanges_that_never_end_keep_no_honest_login_out(make_server):
    server = make_server(env=LEAN)
    floods = [RawSsh(server.port) for _ in range(20)]
    for flood in floods:
        flood.exchange_keys()
        assert flood.log_in(USER, PASSWORD)
        flood.begin_exchange()
    floods += [RawSsh(server.port) for _ in range(20)]
    for flood in floods[20:]:
        flood.begin_exchange()
    assert is_honest_login_served(server)
    for flood in floods:
        flood.close()
