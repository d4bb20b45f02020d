# SPDX-License-Identifier: Apache-2.0
"""Every message number in every state of a connection.

What a state does not know ends the connection or is answered with
UNIMPLEMENTED (RFC 4253, 11.4); it never lets anybody in (libssh's
CVE-2018-10933, Erlang's CVE-2025-32433).
"""
import pytest

from conftest import PASSWORD, USER
from raw_ssh import (CHANNEL_OPEN_CONFIRMATION, CHANNEL_REQUEST, IGNORE,
                     KEXINIT, NEWKEYS, UNIMPLEMENTED, USERAUTH_SUCCESS, Closed,
                     RawSsh, number, read_number, text)

ENDED, UNKNOWN, TAKEN = "ended", "unknown", "taken"

# A number that nobody has given a meaning: its answer comes behind all else.
PROBE = bytes([200])

# Messages that are only remarks: IGNORE, UNIMPLEMENTED, DEBUG.
REMARKS = {2, 3, 4}

# What libssh reads before login and drops: a banner, a GSSAPI signature.
DROPPED = {53, 66}

# A body that makes sense where the message does.
BODIES = {
    5: text("ssh-userauth"),
    7: number(0),
    50: text(USER) + text("ssh-connection") + text("none"),
    51: text("password") + b"\0",
    53: text("hello") + text(""),
    60: text("ssh-ed25519") + text(b"key"),
    61: number(1) + text("answer"),
    80: text("tcpip-forward") + b"\1" + text("") + number(0),
    90: text("session") + number(0) + number(2 ** 21) + number(32768),
    91: number(0) + number(0) + number(2 ** 21) + number(32768),
    92: number(0) + number(1) + text("no") + text(""),
    93: number(0) + number(1),
    94: number(0) + text("data"),
    95: number(0) + number(1) + text("data"),
    96: number(0), 97: number(0), 99: number(0), 100: number(0),
    98: number(0) + text("shell") + b"\1",
}


def sense(kind):
    return bytes([kind]) + BODIES.get(kind, bytes(64))


def zeros(kind):
    return bytes([kind]) + bytes(64)


def empty(kind):
    return bytes([kind])


def exchanged(ssh):
    ssh.exchange_keys()


def granted(ssh):
    ssh.exchange_keys()
    ssh.expect_service()


def asked(ssh):
    """A question of keyboard-interactive awaits its answer."""
    granted(ssh)
    ssh.send(bytes([50]) + text(USER) + text("ssh-connection") +
             text("keyboard-interactive") + text("") + text(""))
    ssh.expect(60)


def logged_in(ssh):
    ssh.exchange_keys()
    assert ssh.log_in(USER, PASSWORD)


def on_channel(ssh):
    logged_in(ssh)
    ssh.start_sftp(ssh.open_channel())


def in_first_exchange(ssh):
    ssh.begin_exchange()


def in_rekey(ssh):
    logged_in(ssh)
    ssh.begin_exchange()


def silent(ssh):
    ssh.exchange_versions()


def send_and_probe(ssh, message):
    """What becomes of the message."""
    try:
        ssh.send(message)
        mine = ssh.out.sequence - 1
        ssh.send(PROBE)
        probe = ssh.out.sequence - 1
        answer = TAKEN
        while True:
            payload = ssh.receive()
            assert payload[0] != USERAUTH_SUCCESS, message
            if payload[0] != UNIMPLEMENTED:
                continue
            if read_number(payload, 1) == probe:
                return answer
            assert read_number(payload, 1) == mine
            answer = UNKNOWN
    except Closed:
        return ENDED


def is_let_in(ssh):
    """Whether a session channel can be had, which takes a login."""
    try:
        ssh.send(ssh.open_request())
        return ssh.next()[0] == CHANNEL_OPEN_CONFIRMATION
    except Closed:
        return False


class Trial:
    """All 256 numbers in one state: a connection serves until one ends it."""

    def __init__(self, port, state, body, is_in=False):
        self.port = port
        self.state = state
        self.is_in = is_in
        self.ssh = None
        self.outcomes = {kind: self.become(body(kind)) for kind in range(256)}
        self.leave()

    def become(self, message):
        if self.ssh is None:
            self.ssh = RawSsh(self.port, strict=False)
            self.state(self.ssh)
        outcome = send_and_probe(self.ssh, message)
        if outcome != UNKNOWN:
            self.leave()
        return outcome

    def leave(self):
        """In whatever state it is now: was anybody let in?"""
        if self.ssh is not None:
            assert self.is_in or not is_let_in(self.ssh)
            self.ssh.close()
        self.ssh = None

    def taken(self):
        return {kind for kind, outcome in self.outcomes.items()
                if outcome == TAKEN}

    def assert_only(self, allowed):
        assert self.taken() <= allowed, self.taken() - allowed


BODY = pytest.mark.parametrize("body", [sense, zeros, empty])


@BODY
@pytest.mark.parametrize("state", [exchanged, granted])
def test_before_login_only_what_leads_to_one_is_taken(server, state, body):
    trial = Trial(server.port, state, body)
    trial.assert_only(REMARKS | DROPPED | {5, 7, 50})
    if body is sense:
        assert trial.taken() >= REMARKS | {5, 7, 50}
    for kind in range(80, 128):
        assert trial.outcomes[kind] != TAKEN


@BODY
def test_while_a_question_is_open_its_answer_is_taken_too(server, body):
    trial = Trial(server.port, asked, body)
    trial.assert_only(REMARKS | DROPPED | {5, 7, 50, 61})
    if body is sense:
        assert trial.taken() >= REMARKS | {5, 7, 50, 61}
    for kind in range(80, 128):
        assert trial.outcomes[kind] != TAKEN


@BODY
@pytest.mark.parametrize("state", [logged_in, on_channel])
def test_after_login_only_requests_are_taken(server, state, body):
    trial = Trial(server.port, state, body, is_in=True)
    trial.assert_only(REMARKS | {5, 7} | set(range(80, 101)))
    assert trial.outcomes[USERAUTH_SUCCESS] == ENDED
    if body is sense:
        assert trial.taken() >= REMARKS | {80, 90, CHANNEL_REQUEST}


@BODY
@pytest.mark.parametrize("state", [silent, in_first_exchange])
def test_during_the_first_exchange_only_remarks_are_taken(server, state, body):
    trial = Trial(server.port, state, body)
    trial.assert_only(REMARKS | {KEXINIT} if state is silent else REMARKS)


@BODY
def test_during_a_rekey_only_remarks_are_taken(server, body):
    # RFC 4253, 7.1 forbids all but transport messages after a KEXINIT.
    trial = Trial(server.port, in_rekey, body, is_in=True)
    trial.assert_only(REMARKS)


@pytest.mark.parametrize("kind", sorted(REMARKS | {53, 192, 255}))
@pytest.mark.parametrize("state", [silent, in_first_exchange])
def test_a_strict_exchange_ends_at_any_extra_message(server, state, kind):
    # Terrapin, CVE-2023-48795: no more than the exchange itself, and the
    # exchange comes first.
    with RawSsh(server.port, strict=True) as ssh:
        state(ssh)
        with pytest.raises((Closed, AssertionError)):
            ssh.send(sense(kind))
            if state is silent:
                ssh.begin_exchange()
            ssh.finish_exchange()
            ssh.expect_service()


def numbers_of_answers(ssh, count):
    """What the server calls the next `count` packets."""
    numbers = []
    for _ in range(count):
        ssh.send(PROBE)
        payload = ssh.receive()
        while payload[0] != UNIMPLEMENTED:
            payload = ssh.receive()
        numbers.append(read_number(payload, 1))
    return numbers


def test_S20_a_strict_exchange_begins_to_count_again(connect):
    # What a Terrapin hides before the keys would shift the numbers behind it.
    strict = connect(strict=True)
    assert numbers_of_answers(strict, 3) == [0, 1, 2]
    assert strict.log_in(USER, PASSWORD)
    strict.exchange_keys()
    assert numbers_of_answers(strict, 2) == [0, 1]
    loose = connect(strict=False, login=True)
    first = numbers_of_answers(loose, 1)[0]
    assert first > 3
    loose.exchange_keys()
    assert numbers_of_answers(loose, 1)[0] > first + 1


@pytest.mark.parametrize("kind", sorted(REMARKS))
def test_S20_a_remark_behind_the_clients_key_ends_a_strict_exchange(server, kind):
    with RawSsh(server.port, strict=True) as ssh:
        ssh.begin_exchange()
        ssh.send(bytes([30]) + text(bytes([9]) + bytes(31)))
        ssh.send(sense(kind))
        ssh.end_of_bytes()
        with pytest.raises(Closed):
            while True:
                assert ssh.receive()[0] not in (5, 6, 51, USERAUTH_SUCCESS)


def test_a_strict_exchange_is_offered(connect):
    assert connect(strict=True).is_strict
    assert not connect(strict=False).is_strict


def test_new_keys_before_their_time_end_the_connection(server):
    with RawSsh(server.port, strict=False) as ssh:
        ssh.begin_exchange()
        assert send_and_probe(ssh, bytes([NEWKEYS])) == ENDED


def test_remarks_do_no_harm_at_any_time(connect):
    ssh = connect(login=True, strict=False)
    channel = ssh.open_channel()
    ssh.send(bytes([IGNORE]) + text(bytes(30000)))
    ssh.start_sftp(channel)
    ssh.begin_exchange()
    ssh.send(bytes([IGNORE]) + text(b""))
    ssh.finish_exchange()
    assert not ssh.is_ended()
