# SPDX-License-Identifier: Apache-2.0
"""A server that changes while it runs: what takes effect when, and for whom."""
import os
import re
import signal
import socket
import subprocess
import time
from pathlib import Path

import paramiko
import pytest

from server_fixture import option_lines, run_convoy

APPLIED, REFUSED, WARNING = 70031, 70032, 70030
SECOND = 1.0


def results(server):
    return [r for r in server.console() if r["id"] in (APPLIED, REFUSED)]


def reload(server, by_signal=True):
    """Have the file read; the event that says what came of it."""
    before = len(results(server))
    if by_signal:
        os.kill(server.pid, signal.SIGHUP)
    return server.wait_for(lambda: results(server)[before:])[0]


def rewrite(server, change):
    """As editors do: beside it, then renamed."""
    new = server.ini.with_suffix(".new")
    new.write_text(change(server.ini.read_text()))
    new.rename(server.ini)


def apply(server, change):
    rewrite(server, change)
    event = reload(server)
    assert event["id"] == APPLIED, event
    return event


def refuse(server, change):
    rewrite(server, change)
    event = reload(server)
    assert event["id"] == REFUSED, event
    return event["data"]["details"]


def put(option, value, section=None):
    """A change of one option, in the section or wherever it is first."""
    def change(text):
        start = text.index("[%s]" % section) if section else 0
        line = re.compile(r"(?m)^%s = .*$" % re.escape(option))
        found = line.search(text, start)
        end = text.find("\n[", start + 1)
        if found and (section is None or end < 0 or found.start() < end):
            return text[:found.start()] + "%s = %s" % (option, value) + text[found.end():]
        at = text.index("\n", start) + 1
        return text[:at] + "%s = %s\n" % (option, value) + text[at:]
    return change


def hashed(password):
    return subprocess.run(["openssl", "passwd", "-5", "-salt", "saltsalt", password], check=True,
                          capture_output=True, text=True).stdout.strip()


def log_in(port, user="alice", password="wonderland"):
    transport = paramiko.Transport(("127.0.0.1", port))
    try:
        transport.start_client(timeout=30)
        transport.auth_password(user, password)
    except Exception:
        transport.close()
        raise
    return transport


def files(transport):
    return paramiko.SFTPClient.from_transport(transport)


def gone_after(transport, since):
    """How long after `since` the server had ended the session."""
    end = time.monotonic() + 30
    while transport.is_active() and time.monotonic() < end:
        time.sleep(0.005)
    assert not transport.is_active()
    return time.monotonic() - since


def fingerprint(transport):
    return transport.get_remote_server_key().get_base64()


def accepts(port):
    with socket.socket() as probe:
        probe.settimeout(5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def service(name, port, **options):
    return "\n[services/%s]\n%s" % (name, option_lines(dict(
        {"type": "ssh", "address": "127.0.0.1", "port": port, "name": name,
         "ssh_server_keys": "host-ed25519"}, **options)))


@pytest.fixture
def server(make_server):
    return make_server(accounts={"alice": "wonderland", "bob": "builder"})


# Accounts

def test_a_new_account_logs_in_on_a_connection_that_was_there_before(server):
    early = paramiko.Transport(("127.0.0.1", server.port))
    early.start_client(timeout=30)
    apply(server, lambda text: text + "\n[accounts/uuid-carol]\nname = carol\npassword = %s\n"
          % hashed("diamonds"))
    early.auth_password("carol", "diamonds")
    files(early).listdir("/")
    early.close()


@pytest.mark.parametrize("change", [
    put("enabled", "No", "accounts/uuid-alice"),
    put("password", hashed("other"), "accounts/uuid-alice"),
    put("permissions", "allow-read, allow-list, allow-traverse", "accounts/uuid-alice"),
    put("maximum_file_size", "1000", "groups/DEFAULT_GROUP"),
    lambda text: text[:text.index("[accounts/uuid-alice]")]
    + text[text.index("[accounts/uuid-bob]"):],
], ids=["disabled", "password", "permissions", "group", "removed"])
def test_a_session_whose_account_changed_ends_within_a_second(server, change):
    idle = log_in(server.port)
    busy = log_in(server.port)
    handle = files(busy).open("/growing", "w")
    handle.set_pipelined(True)
    handle.write(b"x" * 1000)
    rewrite(server, change)
    reload(server)
    since = time.monotonic()
    assert gone_after(idle, since) < SECOND
    assert gone_after(busy, since) < SECOND


def test_sessions_whose_account_is_what_it_was_go_on(server):
    alice, bob = log_in(server.port), log_in(server.port, "bob", "builder")
    alice_files, bob_files = files(alice), files(bob)
    apply(server, put("description", "Another note", "accounts/uuid-bob"))
    apply(server, put("enabled", "yes", "accounts/uuid-bob"))
    apply(server, put("password", hashed("other"), "accounts/uuid-alice"))
    assert gone_after(alice, time.monotonic()) < SECOND
    bob_files.listdir("/")
    with pytest.raises((paramiko.SSHException, OSError, EOFError)):
        alice_files.listdir("/")
    bob.close()


def test_a_changed_file_of_keys_ends_the_sessions_of_its_account(make_server, tmp_path):
    keys = tmp_path / "alice.keys"
    keys.write_text("")
    server = make_server(accounts={"alice": "wonderland", "bob": "builder"},
                         account_options={"alice": {"ssh_authorized_keys_path": keys}})
    alice, bob = log_in(server.port), log_in(server.port, "bob", "builder")
    reload(server)
    assert alice.is_active()
    keys.write_text("# nobody\n")
    reload(server)
    assert gone_after(alice, time.monotonic()) < SECOND
    files(bob).listdir("/")
    bob.close()


# Services

def test_a_service_moves_to_another_port_and_its_sessions_go_on(server):
    session = log_in(server.port)
    view = files(session)
    new = free_port()
    apply(server, put("port", new, "services/sftp"))
    log_in(new).close()
    assert not accepts(server.port)
    view.listdir("/")
    apply(server, put("address", "0.0.0.0", "services/sftp"))
    log_in(new).close()
    apply(server, put("address", "127.0.0.1", "services/sftp"))
    log_in(new).close()
    view.listdir("/")
    session.close()


def test_services_start_stop_and_change_places(server):
    one, two = free_port(), free_port()
    apply(server, lambda text: text + service("one", one, before_login_message="I am one")
          + service("two", two, before_login_message="I am two"))

    def banner(port):
        transport = log_in(port)
        try:
            return transport.get_banner().decode().strip()
        finally:
            transport.close()

    assert (banner(one), banner(two)) == ("I am one", "I am two")
    session = log_in(two)
    apply(server, lambda text: put("port", one, "services/two")(
        put("port", two, "services/one")(text)))
    assert (banner(one), banner(two)) == ("I am two", "I am one")
    files(session).listdir("/")
    apply(server, put("enabled", "No", "services/two"))
    assert gone_after(session, time.monotonic()) < SECOND
    assert not accepts(one)
    apply(server, put("enabled", "Yes", "services/two"))
    assert banner(one) == "I am two"


def test_other_options_of_a_service_apply_to_new_connections(server):
    before = log_in(server.port)
    apply(server, lambda text: put("sftp", "No", "services/sftp")(
        put("before_login_message", "Mind the gap", "services/sftp")(text)))
    files(before).listdir("/")
    after = log_in(server.port)
    assert after.get_banner() == b"Mind the gap\r\n"
    with pytest.raises(paramiko.SSHException):
        files(after).listdir("/")
    after.close()
    before.close()


def test_host_keys_rotate_and_old_sessions_still_exchange_keys(server):
    before = log_in(server.port)
    path = server.folder / "host-ed25519"
    path.unlink()
    Path(str(path) + ".pub").unlink(missing_ok=True)
    run_convoy("generate", "ssh-key", "--type", "ed25519", str(path))
    assert reload(server)["id"] == APPLIED
    after = log_in(server.port)
    assert fingerprint(after) != fingerprint(before)
    before.renegotiate_keys()
    files(before).listdir("/")
    before.close()
    after.close()


# Refusals

def test_what_is_refused_changes_nothing(server):
    session = log_in(server.port)
    view = files(session)
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    taken.listen()
    port = taken.getsockname()[1]
    free = free_port()
    good = server.ini.read_text()

    details = refuse(server, lambda text: text + "\n[accounts/uuid-carol]\nnmae = carol\n")
    assert re.match(r".*server\.ini:\d+: ", details)
    # Everything but the last service could have been applied.
    server.ini.write_text(good)
    details = refuse(server, lambda text: put("password", hashed("other"), "accounts/uuid-alice")(
        text) + service("one", free) + service("two", port))
    assert "in use" in details
    server.ini.write_text(good)
    refuse(server, lambda text: text.replace("content = external-file:", "content = external-file:/no"))

    assert not accepts(free)
    view.listdir("/")
    log_in(server.port).close()
    server.ini.write_text(good)
    assert reload(server)["id"] == APPLIED
    view.listdir("/")
    session.close()
    taken.close()


def test_what_needs_a_restart_is_said(server):
    apply(server, put("state_folder", "elsewhere", "server"))
    told = [r["data"]["details"] for r in server.console() if r["id"] == WARNING]
    assert any("state_folder" in text and "restart" in text for text in told)


# Events, and being told

def test_event_files_come_and_go(server, tmp_path):
    second = tmp_path / "second.json"
    apply(server, lambda text: text
          + "\n[event-handlers/second]\ntype = local-file\npath = %s\n" % second)
    log_in(server.port).close()
    server.wait_for(lambda: "20137" in second.read_text())
    apply(server, put("enabled", "No", "event-handlers/second"))
    size = second.stat().st_size
    log_in(server.port).close()
    assert second.stat().st_size == size


def test_a_file_that_changes_is_noticed_by_itself(server):
    port = free_port()
    before = len(results(server))
    rewrite(server, lambda text: text + service("one", port))
    assert server.wait_for(lambda: results(server)[before:])[0]["id"] == APPLIED
    assert accepts(port)
    # In place, and by the override.
    server.ini.write_text(server.ini.read_text().replace("[services/one]",
                                                         "[services/one]\nenabled = No"))
    server.wait_for(lambda: results(server)[before + 1:])
    assert not accepts(port)
    override = server.folder / "server.override.ini"
    override.write_text("[services/one]\nenabled = Yes\n")
    server.wait_for(lambda: results(server)[before + 2:])
    assert accepts(port)
    # A bad one is refused, and not tried over and over.
    override.write_text("[services/one]\nenabled = Perhaps\n")
    server.wait_for(lambda: results(server)[before + 3:])
    override.write_text("[services/one]\nenabled = Perhaps\n")
    time.sleep(0.5)
    assert [r["id"] for r in results(server)[before:]] == [APPLIED] * 3 + [REFUSED]


def test_a_file_behind_a_link_is_noticed(make_server, tmp_path):
    server = make_server(accounts={"alice": "wonderland"})
    text = server.ini.read_text()
    first, second = server.folder / "..one", server.folder / "..two"
    for folder in (first, second):
        folder.mkdir()
        (folder / "server.ini").write_text(text)
    data = server.folder / "..data"
    data.symlink_to("..one")
    server.ini.unlink()
    server.ini.symlink_to("..data/server.ini")
    port = free_port()
    (second / "server.ini").write_text(text + service("one", port))
    new = server.folder / "..new"
    new.symlink_to("..two")
    new.rename(data)
    server.wait_for(lambda: accepts(port))
