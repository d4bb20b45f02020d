# SPDX-License-Identifier: Apache-2.0
"""The walls around sessions and the process (docs/hardening.md). What Landlock and seccomp refuse is
proved by tests/unit/confine_test.c; here it is proved that they stand, and that all works behind them."""
import os
from pathlib import Path

import paramiko
import pytest
from server_fixture import Server

CONFINED, CONFINEMENT_MISSING, LOGIN_ACCEPTED, RENAMED = 70050, 70051, 20137, 30026


def threads(server):
    """[{name of a line of status: value}], one for each thread."""
    found = []
    for task in Path("/proc/%d/task" % server.pid).iterdir():
        lines = (task / "status").read_text().splitlines()
        found.append(dict(line.split(":", 1) for line in lines))
    return [{name: value.strip() for name, value in thread.items()} for thread in found]


def log_in(server, password="wonderland"):
    transport = paramiko.Transport(("127.0.0.1", server.port))
    transport.connect(username="alice", password=password)
    return transport, paramiko.SFTPClient.from_transport(transport)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("confined"), accounts={"alice": "wonderland"})
    server.start()
    yield server
    server.end()


@pytest.fixture
def files(server):
    transport, files = log_in(server)
    yield files
    transport.close()


def test_every_thread_is_kept_to_its_system_calls_and_gains_nothing(server, files):
    files.listdir("/")
    all_threads = threads(server)
    assert len(all_threads) > 3
    assert {thread["Seccomp"] for thread in all_threads} == {"2"}
    assert {thread["NoNewPrivs"] for thread in all_threads} == {"1"}


def test_the_log_says_which_walls_stand(server):
    told = [record for record in server.console() if record["id"] == CONFINED]
    assert len(told) == 1
    assert told[0]["data"]["process"] == "seccomp"
    assert told[0]["data"]["sessions"].startswith("Landlock") or [
        record for record in server.console() if record["id"] == CONFINEMENT_MISSING]


def test_a_log_that_is_rotated_while_somebody_is_logged_in_goes_on_in_a_new_file(server, files):
    log = server.folder / "events.json"
    os.rename(log, server.folder / "events.json.1")
    files.open("/rotated", "w").close()
    files.rename("/rotated", "/renamed")
    assert log.exists()
    assert [record["data"]["to"] for record in server.events(RENAMED)] == ["/renamed"]


def test_everything_that_a_session_does_with_files_works_behind_the_walls(server, files):
    files.mkdir("/from")
    files.mkdir("/to")
    with files.open("/from/file", "w") as file:
        file.write(b"x" * 100000)
    files.rename("/from/file", "/to/file")
    files.truncate("/to/file", 10)
    files.chmod("/to/file", 0o600)
    files.symlink("/to/file", "/link")
    assert files.open("/link").read() == b"x" * 10
    files.posix_rename("/to/file", "/from/again")
    files.remove("/from/again")
    files.rmdir("/from")
    assert {"link", "to"} <= set(files.listdir("/"))


def test_without_confinement_no_wall_stands_and_the_log_says_so(tmp_path):
    server = Server(tmp_path, accounts={"alice": "wonderland"}, server={"confinement": "No"})
    server.start()
    try:
        transport, files = log_in(server)
        files.open("/file", "w").close()
        assert {thread["Seccomp"] for thread in threads(server)} == {"0"}
        assert {thread["NoNewPrivs"] for thread in threads(server)} == {"0"}
        assert [record["data"]["details"] for record in server.console()
                if record["id"] == CONFINEMENT_MISSING] == ["[server] confinement is off"]
        transport.close()
    finally:
        server.end()
