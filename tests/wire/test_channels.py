# SPDX-License-Identifier: Apache-2.0
"""Channels: what may be opened and asked, and what cannot be abused."""
import pytest

import sftp_words as sftp
from conftest import PASSWORD, USER
from raw_ssh import (CHANNEL_CLOSE, CHANNEL_DATA, CHANNEL_EOF,
                     CHANNEL_EXTENDED_DATA, CHANNEL_FAILURE,
                     CHANNEL_OPEN_CONFIRMATION, CHANNEL_OPEN_FAILURE,
                     CHANNEL_REQUEST, CHANNEL_SUCCESS, CHANNEL_WINDOW_ADJUST,
                     GLOBAL_REQUEST, REQUEST_FAILURE, REQUEST_SUCCESS, Closed,
                     RawSsh, number, read_number, read_text, text)

CHANNELS_MOST = 10


@pytest.fixture
def ssh(connect):
    return connect(login=True)


def read_replies(ssh, count, pending=b""):
    """SFTP packets from channel data, until there are `count` of them."""
    replies = []
    while len(replies) < count:
        while len(pending) < 4 or \
                len(pending) < 4 + read_number(pending, 0):
            payload = ssh.expect(CHANNEL_DATA)
            pending += read_text(payload, 5)[0]
        reply, at = read_text(pending, 0)
        replies.append(reply)
        pending = pending[at:]
    return replies


def ask(ssh, channel, request):
    ssh.send_data(channel, request)
    return read_replies(ssh, 1)[0]


def test_several_channels_work_side_by_side(ssh):
    channels = []
    for mine in range(3):
        theirs = ssh.open_channel(channel=mine)
        ssh.start_sftp(theirs)
        channels.append(theirs)
    for mine, theirs in enumerate(channels):
        ssh.send_data(theirs, sftp.real_path(7, "."))
        payload = ssh.expect(CHANNEL_DATA)
        assert read_number(payload, 1) == mine
        assert read_text(payload, 5)[0][4] == sftp.NAME


def test_there_is_a_most_of_channels_and_places_come_back(ssh):
    channels = [ssh.open_channel(channel=n) for n in range(CHANNELS_MOST)]
    ssh.send(ssh.open_request(channel=99))
    assert ssh.next()[0] == CHANNEL_OPEN_FAILURE
    ssh.send(bytes([CHANNEL_CLOSE]) + number(channels[0]))
    while ssh.next()[0] != CHANNEL_CLOSE:
        pass
    ssh.open_channel(channel=99)


def test_opening_and_closing_channels_for_long_costs_nothing(server, ssh):
    def open_and_close(times):
        for _ in range(times):
            channel = ssh.open_channel()
            ssh.start_sftp(channel)
            ssh.send(bytes([CHANNEL_CLOSE]) + number(channel))
            while ssh.next()[0] != CHANNEL_CLOSE:
                pass

    open_and_close(50)
    files = server.open_files()
    open_and_close(500)
    assert server.open_files() == files


@pytest.mark.parametrize("kind, rest", [
    ("direct-tcpip", text("127.0.0.1") + number(22) + text("") + number(0)),
    ("forwarded-tcpip", text("127.0.0.1") + number(22) + text("") + number(0)),
    ("x11", text("127.0.0.1") + number(0)),
    ("auth-agent@openssh.com", b""),
    ("direct-streamlocal@openssh.com", text("/run/x") + text("") + number(0)),
    ("tun@openssh.com", number(1) + number(0)),
    ("", b""), ("session2", b""),
])
def test_only_session_channels_open(ssh, kind, rest):
    ssh.send(ssh.open_request(kind=kind) + rest)
    assert ssh.next()[0] == CHANNEL_OPEN_FAILURE
    assert not ssh.is_ended()


@pytest.mark.parametrize("kind, rest", [
    ("shell", b""), ("exec", text("id")), ("exec", text("scp -t /")),
    ("pty-req", text("xterm") + number(80) * 4 + text("")),
    ("env", text("LD_PRELOAD") + text("/tmp/x.so")),
    ("x11-req", b"\1" + text("MIT") + text("00") + number(0)),
    ("auth-agent-req@openssh.com", b""),
    ("subsystem", text("netconf")), ("subsystem", text("")),
    ("subsystem", text("SFTP")), ("subsystem", text("sftp ")),
    ("nonsense@example.org", b""), ("", b""),
])
def test_only_the_sftp_subsystem_is_granted(ssh, kind, rest):
    channel = ssh.open_channel()
    ssh.send(ssh.channel_request(channel, kind, rest))
    assert ssh.next()[0] == CHANNEL_FAILURE
    ssh.start_sftp(channel)


def test_a_channel_has_one_subsystem(ssh):
    channel = ssh.open_channel()
    ssh.start_sftp(channel)
    ssh.send(ssh.channel_request(channel, "subsystem", text("sftp")))
    assert ssh.next()[0] == CHANNEL_FAILURE
    assert ask(ssh, channel, sftp.real_path(1, "."))[0] == sftp.NAME


def test_sftp_can_be_off(make_server):
    server = make_server(service={"sftp": "No"})
    with RawSsh(server.port) as ssh:
        ssh.exchange_keys()
        assert ssh.log_in(USER, PASSWORD)
        ssh.send(ssh.channel_request(ssh.open_channel(), "subsystem",
                                     text("sftp")))
        assert ssh.next()[0] == CHANNEL_FAILURE
    assert server.events(30048)


@pytest.mark.parametrize("request_name", [
    "tcpip-forward", "cancel-tcpip-forward", "streamlocal-forward@openssh.com",
    "hostkeys-prove-00@openssh.com", "no-more-sessions@openssh.com", ""])
def test_global_requests_are_refused(ssh, request_name):
    ssh.send(bytes([GLOBAL_REQUEST]) + text(request_name) + b"\1" +
             text("127.0.0.1") + number(0))
    assert ssh.next()[0] == REQUEST_FAILURE
    assert not ssh.is_ended()


def test_a_keepalive_is_answered(ssh):
    ssh.send(bytes([GLOBAL_REQUEST]) + text("keepalive@openssh.com") + b"\1")
    assert ssh.next()[0] in (REQUEST_SUCCESS, REQUEST_FAILURE)
    channel = ssh.open_channel()
    ssh.send(ssh.channel_request(channel, "keepalive@openssh.com"))
    assert ssh.next()[0] in (CHANNEL_SUCCESS, CHANNEL_FAILURE)


KINDS = ["subsystem", "exec", "shell", "pty-req", "env", "x11-req", "signal",
         "exit-status", "exit-signal", "window-change", "break",
         "auth-agent-req@openssh.com", "keepalive@openssh.com"]
TAILS = [b"", b"\0", b"\1", b"\xff" * 4, b"\xff" * 300, bytes(300),
         text("sftp") + b"\0" * 3, number(2 ** 31), text("a")[:-1]]


@pytest.mark.parametrize("kind", KINDS)
def test_malformed_channel_requests_do_no_harm(server, ssh, kind):
    # GHSA-q7pc-356p-hggc of another server.
    channel = ssh.open_channel()
    whole = ssh.channel_request(channel, kind)
    for cut in range(1, len(whole)):
        ssh.send(whole[:cut])
    for tail in TAILS:
        ssh.send(whole + tail)
        ssh.send(whole[:-1] + b"\0" + tail)
        ssh.send(bytes([CHANNEL_REQUEST]) + number(4711) + text(kind) + tail)
        ssh.send(bytes([CHANNEL_REQUEST]) + tail)
    assert not ssh.is_ended()
    assert server.accepts_connections()


@pytest.mark.parametrize("kind", range(91, 101))
def test_messages_for_channels_that_are_not_there_do_no_harm(ssh, kind):
    channel = ssh.open_channel()
    ssh.start_sftp(channel)
    for other in (channel + 1, 4711, 2 ** 32 - 1):
        ssh.send(bytes([kind]) + number(other) + text("data"))
    ssh.send(bytes([kind]))
    assert not ssh.is_ended()
    assert ask(ssh, channel, sftp.real_path(1, "."))[0] == sftp.NAME


@pytest.mark.parametrize("limit", [1, 9, 10, 11, 100, 511])
def test_a_channel_of_too_small_packets_gets_no_sftp(ssh, limit):
    # ProFTPD's endless loop (#2242); libssh's packets of no bytes at all.
    channel = ssh.open_channel(packet=limit)
    ssh.send(ssh.channel_request(channel, "subsystem", text("sftp")))
    assert ssh.next()[0] == CHANNEL_FAILURE
    assert not ssh.is_ended()


def test_a_channel_of_empty_packets_does_not_open(ssh):
    ssh.send(ssh.open_request(packet=0))
    assert not ssh.is_ended()
    assert CHANNEL_OPEN_CONFIRMATION not in ssh.passed_over


def test_a_channel_of_small_packets_is_served(ssh):
    channel = ssh.open_channel(packet=512)
    ssh.start_sftp(channel)
    assert ask(ssh, channel, sftp.real_path(1, "."))[0] == sftp.NAME


def test_data_before_a_subsystem_is_dropped(ssh):
    channel = ssh.open_channel()
    ssh.send_data(channel, bytes(100000))
    ssh.send(bytes([CHANNEL_EXTENDED_DATA]) + number(channel) + number(1) +
             text(bytes(100000)))
    ssh.start_sftp(channel)


def test_broken_sftp_ends_its_channel_and_no_other(ssh):
    good = ssh.open_channel(channel=0)
    ssh.start_sftp(good)
    bad = ssh.open_channel(channel=1)
    ssh.start_sftp(bad)
    ssh.send_data(bad, b"\xff" * 100)
    seen = []
    while CHANNEL_CLOSE not in seen:
        payload = ssh.next()
        assert read_number(payload, 1) == 1
        seen.append(payload[0])
    assert CHANNEL_EOF in seen
    assert ask(ssh, good, sftp.real_path(1, "."))[0] == sftp.NAME


def test_the_end_of_the_clients_bytes_ends_the_channel_well(ssh):
    channel = ssh.open_channel()
    ssh.start_sftp(channel)
    ssh.send_data(channel, sftp.real_path(1, "."))
    ssh.send(bytes([CHANNEL_EOF]) + number(channel))
    seen = [ssh.next() for _ in range(4)]
    assert [payload[0] for payload in seen] == [
        CHANNEL_DATA, CHANNEL_REQUEST, CHANNEL_EOF, CHANNEL_CLOSE]
    assert seen[1][5:] == text("exit-status") + b"\0" + number(0)


def big_file(server, size):
    path = server.file(USER, "big")
    path.write_bytes(bytes(range(256)) * (size // 256))
    return path


def open_big(ssh, channel):
    reply = ask(ssh, channel, sftp.open_file(1, "/big", sftp.READ_ONLY))
    assert reply[0] == sftp.HANDLE, reply
    return read_text(reply, 5)[0]


def test_a_client_that_reads_slowly_gets_every_answer_in_order(server, ssh):
    big_file(server, 2 ** 20)
    channel = ssh.open_channel(window=2000)
    ssh.start_sftp(channel)
    ssh.send(bytes([CHANNEL_WINDOW_ADJUST]) + number(channel) + number(1000))
    handle = open_big(ssh, channel)
    count = 2000
    requests = [sftp.read(n, handle, n * 512, 512) for n in range(count)]
    for first in range(0, count, 500):
        ssh.send_data(channel, b"".join(requests[first:first + 500]))
    pending, answers = b"", 0
    while answers < count:
        ssh.send(bytes([CHANNEL_WINDOW_ADJUST]) + number(channel) +
                 number(50000))
        while len(pending) < 4 + 4 + 1 + 4 + 512:
            pending += read_text(ssh.expect(CHANNEL_DATA), 5)[0]
        while len(pending) >= 4 + 4 + 1 + 4 + 512:
            reply, at = read_text(pending, 0)
            assert reply[0] == sftp.DATA
            assert read_number(reply, 1) == answers
            pending = pending[at:]
            answers += 1


def test_answers_that_nobody_reads_are_not_piled_up(server, connect):
    big_file(server, 2 ** 20)
    ssh = connect(login=True)
    channel = ssh.open_channel(window=3000)
    ssh.start_sftp(channel)
    handle = open_big(ssh, channel)
    requests = b"".join(sftp.read(n, handle, 0, 32768) for n in range(1000))
    before = server.resident_kib()
    # Within its window of 1.28 MB, a client may ask for as much as it likes.
    for _ in range(30):
        ssh.send_data(channel, requests[:32000])
    assert not ssh.is_ended()
    assert server.resident_kib() - before < 40 * 1024


def test_who_ignores_the_window_is_sent_away(server, connect):
    big_file(server, 2 ** 20)
    ssh = connect(login=True)
    channel = ssh.open_channel(window=3000)
    ssh.start_sftp(channel)
    handle = open_big(ssh, channel)
    requests = b"".join(sftp.read(n, handle, 0, 32768) for n in range(1000))
    with pytest.raises(Closed):
        for _ in range(1000):
            ssh.send_data(channel, requests[:32000])
        while True:
            ssh.receive()


def test_bytes_for_a_channel_that_we_have_ended_are_not_kept(server, connect):
    ssh = connect(login=True)
    channel = ssh.open_channel()
    ssh.start_sftp(channel)
    ssh.send_data(channel, b"\xff" * 100)
    while ssh.next()[0] != CHANNEL_CLOSE:
        pass
    before = server.resident_kib()
    for _ in range(1000):
        ssh.send_data(channel, bytes(32000))
    assert not ssh.is_ended()
    assert server.resident_kib() - before < 8 * 1024


def test_channels_left_open_end_with_the_connection(server, connect):
    ssh = connect(login=True)
    for mine in range(CHANNELS_MOST):
        ssh.start_sftp(ssh.open_channel(channel=mine))
    ssh.close()
    with RawSsh(server.port) as other:
        other.exchange_keys()
        assert other.log_in(USER, PASSWORD)
        other.send(other.open_request())
        assert other.next()[0] == CHANNEL_OPEN_CONFIRMATION
