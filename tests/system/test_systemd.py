# SPDX-License-Identifier: Apache-2.0
"""What the service manager hears, from a server of its own, and the unit file (docs/systemd.md)."""
import re
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest
from server_fixture import CONVOY, Server, run_convoy

UNIT = Path(__file__).parents[2] / "packaging" / "convoy.service"


class Manager:
    """The manager's end: a socket without a file, as systemd's may be."""

    def __init__(self, name):
        self.name = "@" + name
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind("\0" + name)
        self.socket.settimeout(60)

    def hear(self, wanted):
        """The next message with that line, as {name: value}; signs of life that come first are passed over."""
        while True:
            lines = self.socket.recv(4096).decode().splitlines()
            said = dict(line.split("=", 1) for line in lines)
            if said.get(wanted.split("=")[0]) == wanted.split("=")[1]:
                return said
            assert set(said) <= {"WATCHDOG", "EXTEND_TIMEOUT_USEC"}, (wanted, said)


@pytest.fixture
def manager(tmp_path):
    manager = Manager("convoy-test-%s" % tmp_path.name)
    yield manager
    manager.socket.close()


def test_the_manager_hears_of_readiness_reloads_life_and_the_end(tmp_path, manager):
    server = Server(tmp_path / "server", accounts={"alice": "wonderland"},
                    env={"NOTIFY_SOCKET": manager.name, "WATCHDOG_USEC": "400000"})
    server.start()
    try:
        ready = manager.hear("READY=1")
        assert ready["MAINPID"] == str(server.pid)
        assert server.accepts_connections()
        manager.hear("WATCHDOG=1")
        manager.hear("WATCHDOG=1")
        before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        server.process.send_signal(signal.SIGHUP)
        assert int(manager.hear("RELOADING=1")["MONOTONIC_USEC"]) >= before
        assert manager.hear("READY=1")["STATUS"] == "serving"
        server.ini.write_text(server.ini.read_text() + "\n[server]\nnonsense = \n[[\n")
        server.process.send_signal(signal.SIGHUP)
        manager.hear("RELOADING=1")
        assert "refused" in manager.hear("READY=1")["STATUS"]
        server.process.send_signal(signal.SIGTERM)
        manager.hear("STOPPING=1")
        manager.hear("EXTEND_TIMEOUT_USEC=20000000")
        assert server.wait_exit() == 0
    finally:
        server.end()


def test_a_server_that_does_not_start_is_never_ready(tmp_path, manager):
    server = Server(tmp_path / "server", accounts={"alice": "wonderland"}, service={"port": "nonsense"},
                    env={"NOTIFY_SOCKET": manager.name})
    with pytest.raises(RuntimeError):
        server.start()
    manager.socket.settimeout(0)
    with pytest.raises(BlockingIOError):
        manager.socket.recv(4096)


def unit_options():
    options = {}
    for line in UNIT.read_text().splitlines():
        if re.match(r"\w+=", line):
            name, value = line.split("=", 1)
            options.setdefault(name, []).append(value)
    return options


def test_systemd_waits_longer_than_a_drain_takes():
    reference = run_convoy("options", "--markdown", "server")
    default = re.search(r"drain_timeout`?[^\n]*?\b300\b", reference)
    assert default, "the default of drain_timeout is no longer 300: mind the unit"
    assert int(unit_options()["TimeoutStopSec"][0]) > 300


@pytest.fixture
def unit_of_this_build(tmp_path):
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    unit = tmp_path / "convoy.service"
    unit.write_text(UNIT.read_text().replace("/usr/bin/convoy", str(Path(CONVOY).resolve())))
    return unit


def test_systemd_finds_nothing_wrong_with_the_unit(unit_of_this_build):
    done = subprocess.run(["systemd-analyze", "verify", str(unit_of_this_build)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "convoy.service" not in done.stderr


def test_systemd_calls_the_unit_well_protected(unit_of_this_build):
    done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=25",
                           str(unit_of_this_build)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:]
