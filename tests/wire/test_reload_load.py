# SPDX-License-Identifier: Apache-2.0
"""Reloads while clients transfer: no byte is wrong, nothing is left behind.

With CONVOY_LONG=1 a thousand reloads and more clients.
"""
import hashlib
import os
import random
import signal
import threading
import time

import paramiko

LONG = bool(os.environ.get("CONVOY_LONG"))
RELOADS = 1000 if LONG else 50
CLIENTS = 8 if LONG else 3
SIZE = 600_000
APPLIED, REFUSED = 70031, 70032


class Client(threading.Thread):
    """Uploads, downloads and compares, on one connection, until told."""

    def __init__(self, port, number):
        super().__init__(daemon=True)
        self.port, self.number = port, number
        self.stopping = threading.Event()
        self.rounds = 0
        self.failure = None

    def run(self):
        try:
            transport = paramiko.Transport(("127.0.0.1", self.port))
            transport.start_client(timeout=60)
            transport.auth_password("anna", "secret")
            files = paramiko.SFTPClient.from_transport(transport)
            while not self.stopping.is_set():
                self.transfer(files)
            transport.close()
        except Exception as error:
            self.failure = error

    def transfer(self, files):
        name = "/file-%d" % self.number
        content = random.Random(self.number * 100003 + self.rounds).randbytes(SIZE)
        with files.open(name, "w") as file:
            file.set_pipelined(True)
            file.write(content)
        with files.open(name) as file:
            file.prefetch(SIZE)
            got = file.read()
        assert hashlib.sha256(got).digest() == hashlib.sha256(content).digest()
        self.rounds += 1


def edit(server, base, number):
    """Each edit changes something: the banner, a stranger, a second service."""
    text = base + "\n[accounts/uuid-stranger-%d]\nname = stranger\nemail = n%d@example.org\n" % (
        number % 7, number)
    if number % 3 == 0:
        text += ("\n[services/second]\ntype = ssh\nname = second\naddress = 127.0.0.1\nport = 0\n"
                 "ssh_server_keys = host-ed25519\n")
    text = text.replace("[services/sftp]\n",
                        "[services/sftp]\nbefore_login_message = number %d\n" % number)
    new = server.ini.with_suffix(".new")
    new.write_text(text)
    new.rename(server.ini)


def results(server):
    """Cheap, as there are many lines to look at many times."""
    return [line for line in list(server.log)
            if '"id":%d' % APPLIED in line.replace(" ", "") or
            '"id":%d' % REFUSED in line.replace(" ", "")]


def settle(server, figure, most):
    """The figure, once it is no more than it should be."""
    end = time.monotonic() + 30
    while figure() > most and time.monotonic() < end:
        time.sleep(0.05)
    return figure()


def threads(server):
    return len(os.listdir("/proc/%d/task" % server.pid))


def test_transfers_go_on_while_the_configuration_changes(make_server):
    server = make_server()
    base = server.ini.read_text()
    os.kill(server.pid, signal.SIGHUP)
    server.wait_for(lambda: results(server))
    files_before, threads_before = server.open_files(), threads(server)

    clients = [Client(server.port, number) for number in range(CLIENTS)]
    for client in clients:
        client.start()
    for number in range(RELOADS):
        edit(server, base, number)
        seen = len(results(server))
        os.kill(server.pid, signal.SIGHUP)
        server.wait_for(lambda: len(results(server)) > seen)
    server.wait_for(lambda: all(c.rounds >= 2 or c.failure for c in clients))
    memory = server.resident_kib()
    for client in clients:
        client.stopping.set()
        client.join(120)
        assert client.failure is None, client.failure
    assert not [r for r in server.console() if r["id"] == REFUSED]

    new = server.ini.with_suffix(".new")
    new.write_text(base)
    new.rename(server.ini)
    os.kill(server.pid, signal.SIGHUP)
    assert settle(server, server.open_files, files_before) <= files_before
    assert settle(server, lambda: threads(server), threads_before) <= threads_before
    if LONG:
        for number in range(RELOADS // 5):
            edit(server, base, number)
            seen = len(results(server))
            os.kill(server.pid, signal.SIGHUP)
            server.wait_for(lambda: len(results(server)) > seen)
        assert server.resident_kib() < memory * 1.2
