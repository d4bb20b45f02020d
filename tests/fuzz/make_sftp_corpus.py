#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the seeds of tests/fuzz/corpus/sftp: one for every kind of request,
alone and in company, so that the fuzzer starts from what is well-formed.

    tests/fuzz/make_sftp_corpus.py tests/fuzz/corpus/sftp
"""
import pathlib
import struct
import sys

# The first byte of an input, see sftp_fuzz.c.
INIT_FIRST, WITH_FILES, SLOWLY, RESTING = 1, 2, 4, 8
R, W, A, C, T, X = 1, 2, 4, 8, 16, 32


def u32(number):
    return struct.pack(">I", number)


def u64(number):
    return struct.pack(">Q", number)


def string(text):
    text = text if isinstance(text, bytes) else text.encode()
    return u32(len(text)) + text


def packet(number, *parts, id=1):
    body = bytes([number]) + u32(id) + b"".join(parts)
    return u32(len(body)) + body


def handle(slot=0, generation=1):
    return string(u32(slot) + u32(generation))


def extended(name, *parts):
    return packet(200, string(name), *parts)


NONE = u32(0)
ALL = (u32(0x8000000F) + u64(5) + u32(1) + u32(2) + u32(0o644) + u32(3) +
       u32(4) + u32(1) + string("name") + string("value"))
INIT = u32(5) + bytes([1]) + u32(3)


def opened(path="/f", flags=R | W | C, attributes=NONE):
    return packet(3, string(path), u32(flags), attributes)


def listed(path="/"):
    return packet(11, string(path))


SEEDS = {
    "init": (0, INIT),
    "init-of-version-6": (0, u32(14) + bytes([1]) + u32(6) + string("v") +
                          string("")),
    "init-twice": (0, INIT + INIT),
    "stat-before-init": (0, packet(17, string("/"))),
    "open": (3, opened()),
    "open-all-attributes": (3, opened("/n", W | C | T | X, ALL)),
    "open-append": (3, opened("/f", W | A)),
    "open-folder": (3, opened("/d", R)),
    "open-loop": (3, opened("/loop", R)),
    "close": (3, opened() + packet(4, handle())),
    "close-twice": (3, opened() + packet(4, handle()) * 2),
    "read": (3, opened() + packet(5, handle(), u64(2), u32(4))),
    "read-large": (7, opened() + packet(6, handle(), u64(0),
                                        string(b"x" * 30000)) +
                   packet(5, handle(), u64(0), u32(0xFFFFFFFF)) * 20),
    "read-negative": (3, opened() + packet(5, handle(), u64(2**64 - 1),
                                           u32(4))),
    "write": (3, opened() + packet(6, handle(), u64(3), string("abc"))),
    "write-far": (3, opened() + packet(6, handle(), u64(2**62),
                                       string("abc"))),
    "write-short": (3, opened() + packet(6, handle(), u64(0), u32(1000),
                                         b"abc")),
    "lstat": (3, packet(7, string("/l"))),
    "fstat": (3, opened() + packet(8, handle())),
    "setstat": (3, packet(9, string("/f"), ALL)),
    "fsetstat": (3, opened() + packet(10, handle(), ALL)),
    "opendir": (3, listed()),
    "readdir": (3, listed() + packet(12, handle()) * 2),
    "readdir-of-file": (3, opened() + packet(12, handle())),
    "remove": (3, packet(13, string("/f"))),
    "mkdir": (3, packet(14, string("/d/e"), ALL)),
    "rmdir": (3, packet(15, string("/d"))),
    "realpath": (3, packet(16, string("a/../.././b//"))),
    "stat": (3, packet(17, string("/l/."))),
    "stat-nul": (3, packet(17, string(b"/a\0b"))),
    "rename": (3, packet(18, string("/f"), string("/d/g"))),
    "readlink": (3, packet(19, string("/l"))),
    "symlink": (3, packet(20, string("../f"), string("/d/m")) +
                opened("/d/m", R)),
    "posix-rename": (3, extended("posix-rename@openssh.com", string("/f"),
                                 string("/d/g"))),
    "statvfs": (3, extended("statvfs@openssh.com", string("/"))),
    "fstatvfs": (3, opened() + extended("fstatvfs@openssh.com", handle())),
    "hardlink": (3, extended("hardlink@openssh.com", string("/f"),
                             string("/g"))),
    "fsync": (3, opened() + extended("fsync@openssh.com", handle())),
    "lsetstat": (3, extended("lsetstat@openssh.com", string("/l"), ALL)),
    "limits": (3, extended("limits@openssh.com")),
    "expand-path": (3, extended("expand-path@openssh.com",
                                string("~demo/x/.."))),
    "copy-data": (3, opened() + opened("/g") +
                  extended("copy-data", handle(), u64(2), u64(0),
                           handle(1, 2), u64(1))),
    "check-file": (3, opened() + extended(
        "check-file", handle(), string("x,md5"), u64(1), u64(0), u32(256))),
    "check-file-name": (3, extended(
        "check-file-name", string("/f"), string("crc32"), u64(0), u64(4),
        u32(0))),
    "home-directory": (3, extended("home-directory", string("demo"))),
    "users-groups": (3, extended("users-groups-by-id@openssh.com",
                                 string(u32(0) + u32(1000)),
                                 string(u32(1000)))),
    "extension-unknown": (3, extended("vendor-id", string("x"))),
    "number-unknown": (3, packet(21, string("/f"))),
    "number-of-servers": (3, packet(101, u32(0))),
    "packet-of-nothing": (1, u32(0)),
    "packet-too-large": (1, u32(0x7FFFFFFF) + b"\x11"),
    "packet-cut": (9, packet(17, string("/f"))[:-1]),
    "rest-between": (11, opened() + packet(6, handle(), u64(0),
                                           string("x" * 500)) +
                     packet(5, handle(), u64(0), u32(900)) +
                     packet(4, handle()) + packet(8, handle())),
}


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, (choices, packets) in SEEDS.items():
        (folder / name).write_bytes(bytes([choices]) + packets)


main()
