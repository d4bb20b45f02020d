# SPDX-License-Identifier: Apache-2.0
"""What the system tests share: servers that end with their test."""
import os
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
sys.path.insert(0, os.path.dirname(__file__))

from server_fixture import Server  # noqa: E402


@pytest.fixture
def make_server(tmp_path):
    """make_server(...) starts a server; see tests/server_fixture.py."""
    servers = []

    def make(**options):
        server = Server(tmp_path / ("server-%d" % len(servers)), **options)
        servers.append(server)
        server.start()
        return server

    yield make
    for server in servers:
        server.end()
