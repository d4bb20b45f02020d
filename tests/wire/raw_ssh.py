# SPDX-License-Identifier: Apache-2.0
"""raw_ssh.py - an SSH client that says what it is told to.

It knows one way to exchange keys (curve25519-sha256) and one cipher
(aes128-gcm@openssh.com), checks nothing it is not asked to check, and sends
any packet at any time. A step at a time: connect, versions, keys, login.

    with RawSsh(port) as ssh:
        ssh.exchange_keys()
        assert ssh.log_in("anna", "secret")
        channel = ssh.open_channel()
"""
import hashlib
import os
import socket
import struct

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import (
    X25519PrivateKey, X25519PublicKey)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

DISCONNECT, IGNORE, UNIMPLEMENTED, DEBUG = 1, 2, 3, 4
SERVICE_REQUEST, SERVICE_ACCEPT, EXT_INFO = 5, 6, 7
KEXINIT, NEWKEYS, KEX_ECDH_INIT, KEX_ECDH_REPLY = 20, 21, 30, 31
USERAUTH_REQUEST, USERAUTH_FAILURE, USERAUTH_SUCCESS = 50, 51, 52
USERAUTH_BANNER, USERAUTH_PK_OK = 53, 60
GLOBAL_REQUEST, REQUEST_SUCCESS, REQUEST_FAILURE = 80, 81, 82
CHANNEL_OPEN, CHANNEL_OPEN_CONFIRMATION, CHANNEL_OPEN_FAILURE = 90, 91, 92
CHANNEL_WINDOW_ADJUST, CHANNEL_DATA, CHANNEL_EXTENDED_DATA = 93, 94, 95
CHANNEL_EOF, CHANNEL_CLOSE, CHANNEL_REQUEST = 96, 97, 98
CHANNEL_SUCCESS, CHANNEL_FAILURE = 99, 100

TIMEOUT = 30
VERSION = b"SSH-2.0-wire_test"
STRICT_CLIENT = b"kex-strict-c-v00@openssh.com"
STRICT_SERVER = b"kex-strict-s-v00@openssh.com"


class Closed(Exception):
    """The server has ended the connection."""


def text(value):
    value = value.encode() if isinstance(value, str) else value
    return struct.pack(">I", len(value)) + value


def number(value):
    return struct.pack(">I", value)


def big(value):
    """A positive mpint."""
    raw = value.lstrip(b"\0")
    return text(b"\0" + raw if raw and raw[0] & 0x80 else raw)


def read_text(payload, at):
    (length,) = struct.unpack_from(">I", payload, at)
    return payload[at + 4:at + 4 + length], at + 4 + length


def read_number(payload, at):
    return struct.unpack_from(">I", payload, at)[0]


class Direction:
    """Keys and counters of one direction; without a key it is plain."""

    def __init__(self):
        self.aead = None
        self.nonce = 0
        self.salt = b""
        self.sequence = 0

    def take_keys(self, key, iv, strict):
        self.aead = AESGCM(key)
        self.salt = iv[:4]
        self.nonce = int.from_bytes(iv[4:12], "big")
        if strict:
            self.sequence = 0

    def next_nonce(self):
        nonce = self.salt + self.nonce.to_bytes(8, "big")
        self.nonce = (self.nonce + 1) % 2 ** 64
        return nonce


class RawSsh:
    def __init__(self, port, version=VERSION, strict=True, timeout=TIMEOUT):
        self.version = version
        self.wants_strict = strict
        self.is_strict = False
        self.session_id = None
        self.out, self.inn = Direction(), Direction()
        self.pending = b""
        self.socket = socket.create_connection(("127.0.0.1", port), timeout)
        self.server_version = b""
        self.server_kexinit = b""
        self.exchanges = 0
        self.passed_over = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def end_of_bytes(self):
        """Say that no more comes, unless the server has hung up already."""
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    # Bytes

    def send_bytes(self, data):
        try:
            self.socket.sendall(data)
        except (ConnectionError, BrokenPipeError) as error:
            raise Closed from error

    def read(self, length):
        while len(self.pending) < length:
            try:
                more = self.socket.recv(65536)
            except ConnectionError as error:
                raise Closed from error
            if not more:
                raise Closed
            self.pending += more
        taken, self.pending = self.pending[:length], self.pending[length:]
        return taken

    def read_line(self):
        line = b""
        while not line.endswith(b"\n"):
            line += self.read(1)
        return line

    # Packets

    def pack(self, payload, padding=None):
        """The wire form of a packet, by the keys in use."""
        block = 16 if self.out.aead else 8
        head = 1 if self.out.aead else 5
        if padding is None:
            padding = block - (head + len(payload)) % block
            padding += block if padding < 4 else 0
        body = bytes([padding]) + payload + bytes(padding)
        length = number(len(body))
        self.out.sequence += 1
        if self.out.aead is None:
            return length + body
        return length + self.out.aead.encrypt(self.out.next_nonce(), body,
                                              length)

    def send(self, payload):
        self.send_bytes(self.pack(payload))

    def receive(self):
        """The next packet's payload, whatever it is."""
        length = self.read(4)
        rest = self.read(struct.unpack(">I", length)[0] +
                         (16 if self.inn.aead else 0))
        if self.inn.aead:
            rest = self.inn.aead.decrypt(self.inn.next_nonce(), rest, length)
        self.inn.sequence += 1
        return rest[1:len(rest) - rest[0]]

    def next(self):
        """The next packet that is not merely a remark or a keepalive."""
        while True:
            payload = self.receive()
            if payload[0] not in (IGNORE, DEBUG, EXT_INFO, USERAUTH_BANNER,
                                  GLOBAL_REQUEST,
                                  CHANNEL_WINDOW_ADJUST):
                return payload

    def expect(self, kind):
        payload = self.next()
        assert payload[0] == kind, payload
        return payload

    # Keys

    def exchange_versions(self):
        if not self.server_version:
            self.send_bytes(self.version + b"\r\n")
            self.server_version = self.read_line().rstrip(b"\r\n")

    def kexinit(self, kex=b"curve25519-sha256", follows=0):
        if self.wants_strict:
            kex += b"," + STRICT_CLIENT
        lists = [kex, b"ssh-ed25519", b"aes128-gcm@openssh.com",
                 b"aes128-gcm@openssh.com", b"hmac-sha2-256",
                 b"hmac-sha2-256", b"none", b"none", b"", b""]
        return (bytes([KEXINIT]) + os.urandom(16) +
                b"".join(text(one) for one in lists) + bytes([follows]) +
                number(0))

    def begin_exchange(self):
        """Versions and KEXINITs, up to where the client makes its keys."""
        self.exchange_versions()
        self.client_kexinit = self.kexinit()
        self.send(self.client_kexinit)
        while True:
            payload = self.receive()
            if payload[0] == KEXINIT:
                break
        self.server_kexinit = payload
        if self.exchanges == 0:
            self.is_strict = (self.wants_strict and
                              STRICT_SERVER in self.kex_names())

    def kex_names(self):
        return read_text(self.server_kexinit, 17)[0].split(b",")

    def exchange_keys(self):
        self.begin_exchange()
        self.finish_exchange()

    def finish_exchange(self):
        mine = X25519PrivateKey.generate()
        public = mine.public_key().public_bytes(
            serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        self.send(bytes([KEX_ECDH_INIT]) + text(public))
        reply = self.receive()
        assert reply[0] == KEX_ECDH_REPLY, reply
        host_key, at = read_text(reply, 1)
        server_public, at = read_text(reply, at)
        shared = mine.exchange(X25519PublicKey.from_public_bytes(server_public))
        secret = big(shared)
        digest = hashlib.sha256(
            text(self.version) + text(self.server_version) +
            text(self.client_kexinit) + text(self.server_kexinit) +
            text(host_key) + text(public) + text(server_public) +
            secret).digest()
        if self.session_id is None:
            self.session_id = digest
        self.send(bytes([NEWKEYS]))
        self.out.take_keys(self.derive(secret, digest, b"C", 16),
                           self.derive(secret, digest, b"A", 12),
                           self.is_strict)
        payload = self.receive()
        assert payload[0] == NEWKEYS, payload
        self.inn.take_keys(self.derive(secret, digest, b"D", 16),
                           self.derive(secret, digest, b"B", 12),
                           self.is_strict)
        self.exchanges += 1

    def derive(self, secret, digest, letter, length):
        return hashlib.sha256(secret + digest + letter +
                              self.session_id).digest()[:length]

    # Login

    def request_service(self, name="ssh-userauth"):
        self.send(bytes([SERVICE_REQUEST]) + text(name))
        return self.next()

    def password_request(self, user, password):
        return (bytes([USERAUTH_REQUEST]) + text(user) +
                text("ssh-connection") + text("password") + b"\0" +
                text(password))

    def log_in(self, user, password):
        """Whether the password was accepted."""
        self.expect_service()
        self.send(self.password_request(user, password))
        return self.next()[0] == USERAUTH_SUCCESS

    def expect_service(self):
        assert self.request_service()[0] == SERVICE_ACCEPT

    # Channels

    def open_request(self, kind="session", channel=0, window=2 ** 21,
                     packet=32768):
        return (bytes([CHANNEL_OPEN]) + text(kind) + number(channel) +
                number(window) + number(packet))

    def open_channel(self, **how):
        """The server's number of a new session channel."""
        self.send(self.open_request(**how))
        payload = self.expect(CHANNEL_OPEN_CONFIRMATION)
        return read_number(payload, 5)

    def channel_request(self, channel, kind, rest=b"", want_reply=True):
        return (bytes([CHANNEL_REQUEST]) + number(channel) + text(kind) +
                bytes([want_reply]) + rest)

    def start_sftp(self, channel):
        self.send(self.channel_request(channel, "subsystem", text("sftp")))
        self.expect(CHANNEL_SUCCESS)
        self.send_data(channel, text(b"\x01" + number(3)))
        return self.expect(CHANNEL_DATA)

    def send_data(self, channel, data):
        self.send(bytes([CHANNEL_DATA]) + number(channel) + text(data))

    # What became of it

    def is_ended(self):
        """Whether the server ends the connection; reads until it has, or
        until it has answered an honest question. What it said before that
        is left in `passed_over`, by number."""
        self.passed_over = []
        try:
            self.send(bytes([GLOBAL_REQUEST]) + text("keepalive@openssh.com") +
                      b"\1")
            while True:
                kind = self.receive()[0]
                if kind in (REQUEST_SUCCESS, REQUEST_FAILURE):
                    return False
                self.passed_over.append(kind)
        except Closed:
            return True
