# SPDX-License-Identifier: Apache-2.0
"""SFTP requests one by one, with any flags and in any order.

paramiko carries the bytes; what is asked, and when an answer is waited for, is
up to the test. Every call returns what the server answered, errors included.
"""
import struct
import threading

import paramiko
from paramiko.message import Message

R, W, A, C, T, X = 1, 2, 4, 8, 16, 32
OK, EOF, NO_SUCH_FILE, DENIED, FAILURE, BAD_MESSAGE, UNSUPPORTED = 0, 1, 2, 3, 4, 5, 8

OPEN, CLOSE, READ, WRITE, LSTAT, FSTAT, SETSTAT, FSETSTAT = 3, 4, 5, 6, 7, 8, 9, 10
OPENDIR, READDIR, REMOVE, MKDIR, RMDIR, REALPATH, STAT = 11, 12, 13, 14, 15, 16, 17
RENAME, READLINK, SYMLINK, EXTENDED = 18, 19, 20, 200
STATUS, HANDLE, DATA, NAME, ATTRS, EXTENDED_REPLY = 101, 102, 103, 104, 105, 201


class Refused(Exception):
    """The server answered with a status other than OK."""

    def __init__(self, code, message):
        super().__init__("status %d: %s" % (code, message))
        self.code = code
        self.message = message


def text(value):
    value = value.encode() if isinstance(value, str) else value
    return struct.pack(">I", len(value)) + value


def attributes(size=None, mode=None, times=None):
    flags = (1 if size is not None else 0) | (4 if mode is not None else 0)
    flags |= 8 if times is not None else 0
    out = struct.pack(">I", flags)
    if size is not None:
        out += struct.pack(">Q", size)
    if mode is not None:
        out += struct.pack(">I", mode)
    if times is not None:
        out += struct.pack(">II", *times)
    return out


class Attributes:
    """Size, mode and times of an ATTRS answer; None where it has none."""

    def __init__(self, message):
        self.size = self.mode = self.uid = self.gid = self.mtime = None
        flags = message.get_int()
        if flags & 1:
            self.size = message.get_int64()
        if flags & 2:
            self.uid, self.gid = message.get_int(), message.get_int()
        if flags & 4:
            self.mode = message.get_int()
        if flags & 8:
            self.atime, self.mtime = message.get_int(), message.get_int()


class Raw:
    """One connection with one SFTP channel."""

    def __init__(self, port, user, password=None, key=None, transport=None):
        self.own = transport is None
        if transport is None:
            transport = paramiko.Transport(("127.0.0.1", port))
            transport.banner_timeout = transport.auth_timeout = 60
            transport.connect(username=user, password=password, pkey=key)
        self.transport = transport
        self.channel = transport.open_session()
        self.channel.settimeout(60)
        self.channel.invoke_subsystem("sftp")
        self.number = 0
        self.lock = threading.Lock()
        self.replies = {}
        self.channel.sendall(struct.pack(">IBI", 5, 1, 3))
        kind, body = self._packet()
        assert kind == 2, kind
        self.extensions = {}
        body.get_int()
        while body.get_remainder():
            name = body.get_string()
            self.extensions[name.decode()] = body.get_string().decode()

    def close_connection(self):
        self.channel.close()
        if self.own:
            self.transport.close()

    def cut(self):
        """As a network that fails: the socket is gone without a word."""
        self.transport.sock.close()
        self.transport.stop_thread()

    def _exactly(self, count):
        parts = []
        while count > 0:
            part = self.channel.recv(count)
            if not part:
                raise EOFError("the server ended the channel")
            parts.append(part)
            count -= len(part)
        return b"".join(parts)

    def _packet(self):
        length, = struct.unpack(">I", self._exactly(4))
        data = self._exactly(length)
        return data[0], Message(data[1:])

    def send(self, kind, body):
        """Ask without waiting; returns the request's number."""
        with self.lock:
            self.number += 1
            number = self.number
            self.channel.sendall(
                struct.pack(">IBI", len(body) + 5, kind, number) + body)
            return number

    def answer(self, number):
        """Wait for the answer to a request: (kind, Message)."""
        while number not in self.replies:
            kind, body = self._packet()
            self.replies[body.get_int()] = (kind, body)
        return self.replies.pop(number)

    def ask(self, kind, body):
        return self.answer(self.send(kind, body))

    @staticmethod
    def checked(answer):
        kind, body = answer
        if kind == STATUS:
            code = body.get_int()
            if code != OK:
                raise Refused(code, body.get_string().decode(errors="replace"))
        return kind, body

    def code(self, kind, body):
        """The status code of a request that is answered by a status."""
        try:
            self.checked(self.ask(kind, body))
        except Refused as refused:
            return refused.code
        return OK

    # One request each. What fails raises Refused.

    def open(self, path, flags, attrs=None):
        _, body = self.checked(self.ask(
            OPEN, text(path) + struct.pack(">I", flags) + (attrs or attributes())))
        return body.get_string()

    def write(self, handle, offset, data):
        self.checked(self.ask(WRITE, text(handle) + struct.pack(">Q", offset) + text(data)))

    def write_all(self, handle, data, offset=0, piece=32768, window=16):
        """Pipelined, as real clients do."""
        waiting = []
        for at in range(0, len(data), piece):
            waiting.append(self.send(
                WRITE, text(handle) + struct.pack(">Q", offset + at) + text(data[at:at + piece])))
            if len(waiting) >= window:
                self.checked(self.answer(waiting.pop(0)))
        for number in waiting:
            self.checked(self.answer(number))

    def read(self, handle, offset, length):
        """The bytes, or b"" at the end."""
        try:
            _, body = self.checked(self.ask(
                READ, text(handle) + struct.pack(">QI", offset, length)))
        except Refused as refused:
            if refused.code == EOF:
                return b""
            raise
        return body.get_string()

    def close(self, handle):
        self.checked(self.ask(CLOSE, text(handle)))

    def stat(self, path):
        return Attributes(self.checked(self.ask(STAT, text(path)))[1])

    def lstat(self, path):
        return Attributes(self.checked(self.ask(LSTAT, text(path)))[1])

    def fstat(self, handle):
        return Attributes(self.checked(self.ask(FSTAT, text(handle)))[1])

    def setstat(self, path, **what):
        self.checked(self.ask(SETSTAT, text(path) + attributes(**what)))

    def fsetstat(self, handle, **what):
        self.checked(self.ask(FSETSTAT, text(handle) + attributes(**what)))

    def remove(self, path):
        self.checked(self.ask(REMOVE, text(path)))

    def mkdir(self, path):
        self.checked(self.ask(MKDIR, text(path) + attributes()))

    def rmdir(self, path):
        self.checked(self.ask(RMDIR, text(path)))

    def rename(self, old, new):
        self.checked(self.ask(RENAME, text(old) + text(new)))

    def readlink(self, path):
        _, body = self.checked(self.ask(READLINK, text(path)))
        body.get_int()
        return body.get_string()

    def symlink(self, target, name):
        # The order OpenSSH has, which all the world follows.
        self.checked(self.ask(SYMLINK, text(target) + text(name)))

    def extended(self, name, body):
        return self.checked(self.ask(EXTENDED, text(name) + body))[1]

    def posix_rename(self, old, new):
        self.extended("posix-rename@openssh.com", text(old) + text(new))

    def fsync(self, handle):
        self.extended("fsync@openssh.com", text(handle))

    def hardlink(self, old, new):
        self.extended("hardlink@openssh.com", text(old) + text(new))

    def names(self, path):
        """The names in a folder, without . and .."""
        handle = self.checked(self.ask(OPENDIR, text(path)))[1].get_string()
        found = []
        while True:
            try:
                _, body = self.checked(self.ask(READDIR, text(handle)))
            except Refused as refused:
                assert refused.code == EOF, refused
                break
            for _ in range(body.get_int()):
                found.append(body.get_string())
                body.get_string()
                Attributes(body)
        self.close(handle)
        return sorted(n for n in found if n not in (b".", b".."))

    def put(self, path, data):
        handle = self.open(path, W | C | T)
        self.write_all(handle, data)
        self.close(handle)

    def get(self, path):
        handle = self.open(path, R)
        parts, at = [], 0
        while True:
            part = self.read(handle, at, 32768)
            if not part:
                break
            parts.append(part)
            at += len(part)
        self.close(handle)
        return b"".join(parts)
