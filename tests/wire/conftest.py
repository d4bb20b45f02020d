# SPDX-License-Identifier: Apache-2.0
"""What the wire tests share: servers that end with their test or module."""
import os
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
sys.path.insert(0, os.path.dirname(__file__))

from raw_ssh import RawSsh  # noqa: E402
from server_fixture import Server  # noqa: E402

USER, PASSWORD = "anna", "secret"

# AddressSanitizer keeps what is freed; tests of memory need it gone.
LEAN = {"ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") +
        ":quarantine_size_mb=1:thread_local_quarantine_size_kb=16"}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """One server for the tests of a file; at the end it must still run."""
    server = Server(tmp_path_factory.mktemp("server"),
                    accounts={USER: PASSWORD, "bob": "builder"}, keys=[USER],
                    env=LEAN)
    server.start()
    yield server
    assert server.process.poll() is None, server.tail()
    server.end()


@pytest.fixture
def make_server(tmp_path):
    """make_server(...) starts a server of a test's own."""
    servers = []

    def make(**options):
        options = {"accounts": {USER: PASSWORD}, "env": LEAN, **options}
        server = Server(tmp_path / f"server-{len(servers)}", **options)
        servers.append(server)
        server.start()
        return server

    yield make
    for server in servers:
        server.end()


@pytest.fixture
def connect(server):
    """connect() has exchanged keys; connect(login=True) has logged in too."""
    open_ones = []

    def make(login=False, **how):
        ssh = RawSsh(server.port, **how)
        open_ones.append(ssh)
        ssh.exchange_keys()
        if login:
            assert ssh.log_in(USER, PASSWORD)
        return ssh

    yield make
    for ssh in open_ones:
        ssh.close()
