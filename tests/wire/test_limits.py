# SPDX-License-Identifier: Apache-2.0
"""Floods, and peers that never come to the point."""
import os
import socket
import struct

import pytest

from conftest import LEAN, PASSWORD, USER
from raw_ssh import (DISCONNECT, IGNORE, KEXINIT, Closed, RawSsh, number, text)

STALLED = int(os.environ.get("STALLED_PEERS", "500"))


def is_honest_login_served(server):
    with RawSsh(server.port) as ssh:
        ssh.exchange_keys()
        return ssh.log_in(USER, PASSWORD)


def stall(port, how):
    """A peer that stops in the middle."""
    peer = socket.create_connection(("127.0.0.1", port), 30)
    if how == "half a version":
        peer.sendall(b"SSH-2.0-stalled")
    elif how == "half a packet":
        peer.sendall(b"SSH-2.0-stalled\r\n" + number(1000) + b"\x04" +
                     bytes([KEXINIT]))
    return peer


@pytest.mark.parametrize("how", ["silent", "half a version", "half a packet"])
def test_an_honest_login_is_served_among_stalled_peers(make_server, how):
    server = make_server()
    peers = [stall(server.port, how) for _ in range(STALLED)]
    assert is_honest_login_served(server)
    for peer in peers:
        peer.close()
    assert is_honest_login_served(server)


def test_stalled_peers_are_let_go_of(make_server):
    server = make_server()
    assert is_honest_login_served(server)
    server.wait_for(lambda: len(server.events(70002)) == 1)
    files = server.open_files()
    peers = [stall(server.port, "half a version") for _ in range(50)]
    server.wait_for(lambda: len(server.events(30014)) == 51)
    for peer in peers:
        peer.close()
    server.wait_for(lambda: len(server.events(70002)) == 51)
    server.wait_for(lambda: server.open_files() == files)


def test_a_most_of_connections_from_one_address(make_server):
    server = make_server(service={"maximum_connections_per_address": 2})
    with RawSsh(server.port) as one, RawSsh(server.port) as two:
        one.exchange_keys()
        two.exchange_keys()
        with pytest.raises((Closed, OSError)):
            with RawSsh(server.port) as three:
                three.exchange_keys()
    server.wait_for(lambda: server.events(70003))

    def served():
        try:
            return is_honest_login_served(server)
        except Closed:
            return False

    server.wait_for(served)


def reads_to_the_end(peer):
    peer.settimeout(30)
    try:
        while peer.recv(65536):
            pass
    except ConnectionError:
        pass
    return True


def send_and_end(peer, data):
    """All of it, unless the server has hung up already."""
    try:
        peer.sendall(data)
        peer.shutdown(socket.SHUT_WR)
    except OSError:
        pass


VERSIONS = [
    b"SSH-2.0-" + b"x" * 300 + b"\r\n",
    b"SSH-2.0-" + b"x" * 100000,
    b"x" * 1000000,
    b"SSH-1.5-old\r\n",
    b"SSH-9.9-new\r\n",
    b"SSH-\r\n", b"\r\n", b"\n", b"\0\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    bytes(range(256)) * 4,
    b"SSH-2.0-%s%n%x" * 8 + b"\r\n",
]


@pytest.mark.parametrize("line", VERSIONS, ids=range(len(VERSIONS)))
def test_a_strange_version_ends_the_connection(server, line):
    with socket.create_connection(("127.0.0.1", server.port), 30) as peer:
        send_and_end(peer, line)
        assert reads_to_the_end(peer)
    assert is_honest_login_served(server)


LENGTHS = [0, 1, 2, 3, 262145, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1]


@pytest.mark.parametrize("length", LENGTHS)
def test_a_packet_of_a_strange_length_before_keys_ends_it(server, length):
    with socket.create_connection(("127.0.0.1", server.port), 30) as peer:
        send_and_end(peer, b"SSH-2.0-strange\r\n" + number(length) +
                     bytes(4096))
        assert reads_to_the_end(peer)
    assert is_honest_login_served(server)


@pytest.mark.parametrize("length", LENGTHS)
def test_a_packet_of_a_strange_length_after_login_ends_it(connect, length):
    ssh = connect(login=True)
    ssh.send_bytes(number(length) + bytes(4096))
    ssh.end_of_bytes()
    with pytest.raises(Closed):
        while True:
            ssh.receive()


@pytest.mark.parametrize("padding", [5, 6, 200, 255])
def test_a_packet_with_more_padding_than_bytes_ends_it(server, padding):
    with RawSsh(server.port) as ssh:
        ssh.exchange_versions()
        ssh.send_bytes(number(4) + bytes([padding]) + bytes(3))
        ssh.end_of_bytes()
        with pytest.raises(Closed):
            while True:
                ssh.receive()


def test_empty_packets_do_no_harm(server):
    # ProFTPD's null pointer (#2104).
    with RawSsh(server.port) as ssh:
        ssh.exchange_versions()
        try:
            for _ in range(100):
                ssh.send(b"")
            ssh.end_of_bytes()
            while True:
                ssh.receive()
        except Closed:
            pass
    assert is_honest_login_served(server)


def test_as_many_packets_as_fit_into_one_read_do_no_harm(server):
    # libssh goes one call deeper for each of them.
    tiny = struct.pack(">IB", 4, 2) + bytes([IGNORE]) + bytes(2)
    with RawSsh(server.port, strict=False) as ssh:
        ssh.exchange_versions()
        ssh.send_bytes(tiny * 20000)
        ssh.out.sequence += 20000
        ssh.exchange_keys()
        ssh.send_bytes(b"".join(ssh.pack(bytes([IGNORE]), padding=14)
                                for _ in range(20000)))
        assert ssh.log_in(USER, PASSWORD)
        ssh.send_bytes(b"".join(ssh.pack(bytes([IGNORE]), padding=14)
                                for _ in range(20000)))
        assert not ssh.is_ended()


def test_a_hashing_login_at_the_end_of_many_packets_does_no_harm(server):
    with RawSsh(server.port) as ssh:
        ssh.exchange_keys()
        ssh.expect_service()
        many = [bytes([IGNORE])] * 300 + [ssh.password_request(USER, "wrong")]
        for _ in range(3):
            ssh.send_bytes(b"".join(ssh.pack(one) for one in many))
        for _ in range(3):
            assert ssh.next()[0] == 51


KEX_NAMES = [b"", b"none", b"," * 1000, b"curve25519-sha256," * 1000,
             b"x" * 200000, b"curve25519-sha256\0", b"\xff" * 100]


@pytest.mark.parametrize("names", KEX_NAMES, ids=range(len(KEX_NAMES)))
def test_a_strange_list_of_algorithms_does_no_harm(server, names):
    with RawSsh(server.port) as ssh:
        ssh.exchange_versions()
        ssh.client_kexinit = ssh.kexinit(kex=names)
        try:
            ssh.send(ssh.client_kexinit)
            ssh.send(bytes([30]) + text(bytes(32)))
            ssh.end_of_bytes()
            while True:
                ssh.receive()
        except Closed:
            pass
    assert is_honest_login_served(server)


# Of wrong length, or of so low an order that the secret is no secret.
BAD_KEYS = [b"", bytes(31), bytes(33), b"\xff" * 10000, bytes(32),
            b"\1" + bytes(31), b"\xed" + b"\xff" * 30 + b"\x7f"]


@pytest.mark.parametrize("key", BAD_KEYS, ids=range(len(BAD_KEYS)))
def test_a_bad_key_in_the_exchange_never_leads_to_keys(server, key):
    with RawSsh(server.port) as ssh:
        ssh.begin_exchange()
        ssh.send(bytes([30]) + text(key))
        ssh.end_of_bytes()
        with pytest.raises(Closed):
            while True:
                assert ssh.receive()[0] != 31
    assert is_honest_login_served(server)


def test_an_idle_client_is_told_why_it_is_sent_away(make_server):
    server = make_server(service={"idle_connection_timeout": 1})
    with RawSsh(server.port) as ssh:
        ssh.exchange_keys()
        assert ssh.log_in(USER, PASSWORD)
        ssh.start_sftp(ssh.open_channel())
        payload = ssh.next()
        assert payload[0] == DISCONNECT
        assert b"idle_connection_timeout" in payload


def test_a_server_that_stops_says_goodbye(make_server):
    server = make_server()
    with RawSsh(server.port) as ssh:
        ssh.exchange_keys()
        assert ssh.log_in(USER, PASSWORD)
        ssh.start_sftp(ssh.open_channel())
        assert server.stop() == 0
        payload = ssh.next()
        assert payload[0] == DISCONNECT and b"server" in payload


def test_a_thousand_quick_visits_leave_nothing_behind(make_server):
    server = make_server(env=LEAN)
    assert is_honest_login_served(server)
    files = server.open_files()
    for number_of_visit in range(1000):
        socket.create_connection(("127.0.0.1", server.port)).close()
    assert is_honest_login_served(server)
    server.wait_for(lambda: server.open_files() <= files)
