# SPDX-License-Identifier: Apache-2.0
"""sftp_words.py - SFTP requests as bytes, for clients that misbehave."""
from raw_ssh import number, text

STATUS, HANDLE, DATA, NAME = 101, 102, 103, 104
READ_ONLY, WRITE_NEW = 1, 2 | 8 | 16


def packet(kind, request, rest):
    return text(bytes([kind]) + number(request) + rest)


def open_file(request, path, flags):
    return packet(3, request, text(path) + number(flags) + number(0))


def close(request, handle):
    return packet(4, request, text(handle))


def read(request, handle, offset, length):
    return packet(5, request,
                  text(handle) + offset.to_bytes(8, "big") + number(length))


def write(request, handle, offset, data):
    return packet(6, request,
                  text(handle) + offset.to_bytes(8, "big") + text(data))


def stat(request, path):
    return packet(17, request, text(path))


def real_path(request, path):
    return packet(16, request, text(path))
