# SPDX-License-Identifier: Apache-2.0
"""What was received in full is done, however the connection ends."""
import socket
import struct

import pytest

import sftp_words as sftp
from conftest import USER
from raw_ssh import (CHANNEL_CLOSE, CHANNEL_DATA, CHANNEL_EOF, DISCONNECT,
                     number, read_text, text)
from test_channels import ask

SIZE = 300000


def close_channel(ssh, channel):
    ssh.send(bytes([CHANNEL_CLOSE]) + number(channel))


def end_and_close_channel(ssh, channel):
    ssh.send(bytes([CHANNEL_EOF]) + number(channel))
    close_channel(ssh, channel)


def disconnect(ssh, channel):
    ssh.send(bytes([DISCONNECT]) + number(11) + text("bye") + text(""))


def half_close(ssh, channel):
    ssh.end_of_bytes()


def reset(ssh, channel):
    ssh.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                          struct.pack("ii", 1, 0))
    ssh.close()


ENDS = [close_channel, end_and_close_channel, disconnect, half_close]


def open_upload(ssh, channel, path):
    reply = ask(ssh, channel, sftp.open_file(1, path, sftp.WRITE_NEW))
    assert reply[0] == sftp.HANDLE, reply
    return read_text(reply, 5)[0]


def writes(handle, data, size=30000):
    return [sftp.write(n, handle, n * size, data[n * size:(n + 1) * size])
            for n in range((len(data) + size - 1) // size)]


@pytest.mark.parametrize("end", ENDS)
def test_a_close_read_in_full_publishes_though_the_channel_ends(
        server, connect, end):
    name = f"whole-{end.__name__}"
    data = bytes(range(251)) * (SIZE // 251)
    ssh = connect(login=True)
    channel = ssh.open_channel()
    ssh.start_sftp(channel)
    handle = open_upload(ssh, channel, "/" + name)
    for request in writes(handle, data):
        ssh.send_data(channel, request)
    ssh.send_data(channel, sftp.close(99, handle))
    end(ssh, channel)
    path = server.file(USER, name)
    server.wait_for(path.exists)
    assert path.read_bytes() == data


@pytest.mark.parametrize("end", ENDS + [reset])
def test_without_a_close_nothing_is_published(server, connect, end):
    name = f"cut-{end.__name__}"
    ssh = connect(login=True)
    channel = ssh.open_channel()
    ssh.start_sftp(channel)
    handle = open_upload(ssh, channel, "/" + name)
    for request in writes(handle, bytes(SIZE)):
        ssh.send_data(channel, request)
    ssh.send_data(channel, sftp.close(99, handle)[:-1])
    ended = len(server.events(70002))
    end(ssh, channel)
    ssh.close()
    server.wait_for(lambda: len(server.events(70002)) > ended)
    assert not server.file(USER, name).exists()


@pytest.mark.parametrize("end", [close_channel, disconnect])
def test_requests_behind_answers_that_nobody_reads_are_done(
        server, connect, end):
    # The engine has stopped taking: its answers fill the window.
    name = f"behind-{end.__name__}"
    server.file(USER, "big").write_bytes(bytes(2 ** 20))
    ssh = connect(login=True)
    channel = ssh.open_channel(window=4000)
    ssh.start_sftp(channel)
    reply = ask(ssh, channel, sftp.open_file(1, "/big", sftp.READ_ONLY))
    reading = read_text(reply, 5)[0]
    writing = open_upload(ssh, channel, "/" + name)
    reads = b"".join(sftp.read(n, reading, 0, 32768) for n in range(200))
    ssh.send_data(channel, reads)
    ssh.send_data(channel, sftp.write(1000, writing, 0, b"behind"))
    ssh.send_data(channel, sftp.close(1001, writing))
    end(ssh, channel)
    path = server.file(USER, name)
    server.wait_for(path.exists)
    assert path.read_bytes() == b"behind"


def test_a_reset_behind_a_close_publishes_all_or_nothing(server, connect):
    # What the kernel still held when the reset came may be lost unread.
    data = bytes(range(251)) * (SIZE // 251)
    ended = len(server.events(70002))
    for attempt in range(20):
        ssh = connect(login=True)
        channel = ssh.open_channel()
        ssh.start_sftp(channel)
        handle = open_upload(ssh, channel, f"/reset-{attempt}")
        for request in writes(handle, data):
            ssh.send_data(channel, request)
        ssh.send_data(channel, sftp.close(99, handle))
        reset(ssh, channel)
    server.wait_for(lambda: len(server.events(70002)) >= ended + 20)
    for attempt in range(20):
        path = server.file(USER, f"reset-{attempt}")
        assert not path.exists() or path.read_bytes() == data


def test_answers_come_before_the_goodbye_of_the_channel(connect):
    ssh = connect(login=True)
    channel = ssh.open_channel()
    ssh.start_sftp(channel)
    handle = open_upload(ssh, channel, "/answered")
    ssh.send_data(channel, sftp.close(7, handle))
    ssh.send(bytes([CHANNEL_EOF]) + number(channel))
    payload = ssh.expect(CHANNEL_DATA)
    reply = read_text(read_text(payload, 5)[0], 0)[0]
    assert reply[:9] == bytes([sftp.STATUS]) + number(7) + number(0)
