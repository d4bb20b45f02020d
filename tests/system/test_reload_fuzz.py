# SPDX-License-Identifier: Apache-2.0
"""Whatever becomes of server.ini: the server lives, and applies all or nothing.

Each good file carries its number in two places, the password of an account and
the port of a service. After each edit both must say the same number: that of
the file, or that of the last one that was applied.

With CONVOY_LONG=1 thousands of edits; CONVOY_SEED makes others.
"""
import hashlib
import os
import random
import signal
import socket
import subprocess

import paramiko

from server_fixture import option_lines

LONG = bool(os.environ.get("CONVOY_LONG"))
EDITS = 3000 if LONG else 60
SEED = int(os.environ.get("CONVOY_SEED", "20261123"))
APPLIED, REFUSED = 70031, 70032
WORDS = ["", "Yes", "No", "Inherit", "0", "-1", "65536", "18446744073709551616", "1e9", "/", "..",
         "127.0.0.2", "::1", "not an address", "[services/x]", "external-file:/dev/null", "secure",
         "ssh", "ftp", "local-file", "allow-full-control", "\x7f", "é" * 300, "%s%n", "${USER}"]


def hashed(password):
    return subprocess.run(["openssl", "passwd", "-5", "-salt", "saltsalt", password], check=True,
                          capture_output=True, text=True).stdout.strip()


def ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    numbers = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return numbers


class Marked:
    """Good files, each with a password and a port of its own."""

    def __init__(self, base):
        self.base = base
        self.hashes = [hashed("word-%d" % n) for n in range(4)]
        self.ports = ports(4)

    def text(self, number):
        n = number % 4
        return (self.base + "\n[accounts/uuid-marker]\n" +
                option_lines({"name": "marker", "password": self.hashes[n]}) +
                "\n[services/marker]\n" +
                option_lines({"type": "ssh", "name": "marker", "address": "127.0.0.1",
                              "port": self.ports[n], "ssh_server_keys": "host-ed25519"}))

    def in_force(self, expected):
        """Whether this number, and no other one, is served."""
        for n, port in enumerate(self.ports):
            if port_is_open(port) != (n == expected % 4):
                return False
        return log_in(self.ports[expected % 4], "word-%d" % (expected % 4))


def port_is_open(port):
    with socket.socket() as probe:
        probe.settimeout(5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def log_in(port, password):
    transport = paramiko.Transport(("127.0.0.1", port))
    try:
        transport.start_client(timeout=30)
        transport.auth_password("marker", password)
        return True
    except paramiko.SSHException:
        return False
    finally:
        transport.close()


def spoil(chance, data):
    """One of several ways to be no longer what it was."""
    lines = data.split(b"\n")
    how = chance.randrange(7)
    at = chance.randrange(len(lines))
    if how == 0:
        spot = chance.randrange(len(data))
        return data[:spot] + bytes([data[spot] ^ 1 << chance.randrange(8)]) + data[spot + 1:]
    if how == 1:
        return b"\n".join(lines[:at] + lines[at + 1:])
    if how == 2:
        return data[:chance.randrange(len(data))]
    if how == 3:
        options = [i for i, line in enumerate(lines) if b" = " in line]
        at = chance.choice(options)
        lines[at] = lines[at].split(b" = ")[0] + b" = " + chance.choice(WORDS).encode()
        return b"\n".join(lines)
    if how == 4:
        other = chance.randrange(len(lines))
        lines[at], lines[other] = lines[other], lines[at]
        return b"\n".join(lines)
    if how == 5:
        return b"\n".join(lines[:at] + [lines[chance.randrange(len(lines))]] + lines[at:])
    return data + bytes(chance.randrange(256) for _ in range(chance.randrange(1, 200)))


def result_of_reload(server):
    def results():
        return [r for r in server.console() if r["id"] in (APPLIED, REFUSED)]
    before = len(results())
    os.kill(server.pid, signal.SIGHUP)
    return server.wait_for(lambda: results()[before:])[0]


def replace(server, data):
    new = server.ini.with_suffix(".new")
    new.write_bytes(data)
    new.rename(server.ini)


def test_a_spoiled_file_is_applied_as_a_whole_or_not_at_all(make_server):
    chance = random.Random(SEED)
    server = make_server(accounts={"alice": "wonderland"})
    marked = Marked(server.ini.read_text())
    good = -1
    for number in range(EDITS):
        if good < 0 or chance.randrange(5) == 0:
            replace(server, marked.text(number).encode())
            assert result_of_reload(server)["id"] == APPLIED, "edit %d" % number
            good = number
            assert marked.in_force(good), "edit %d" % number
            continue
        data = spoil(chance, marked.text(number).encode())
        replace(server, data)
        event = result_of_reload(server)
        assert server.process.poll() is None
        if event["id"] == REFUSED:
            assert marked.in_force(good), "edit %d" % number
            continue
        # What it says now may be anything; the next good one says it all again.
        assert event["data"]["digest"] == hashlib.sha256(data).hexdigest()
        good = -1
    replace(server, marked.text(1).encode())
    assert result_of_reload(server)["id"] == APPLIED
    assert marked.in_force(1)
