# SPDX-License-Identifier: Apache-2.0
"""What lets a client in, and what does not."""
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from conftest import PASSWORD, USER
from raw_ssh import (CHANNEL_OPEN_CONFIRMATION, DISCONNECT, SERVICE_ACCEPT,
                     USERAUTH_BANNER, USERAUTH_FAILURE, USERAUTH_PK_OK,
                     USERAUTH_REQUEST, USERAUTH_SUCCESS, Closed, RawSsh,
                     read_text, text)

KIND = "ssh-ed25519"


def key_of(server, name=USER):
    path = server.keys_folder / f"key-{name}"
    return serialization.load_ssh_private_key(path.read_bytes(), None)


def blob_of(key, kind=KIND):
    raw = key.public_key().public_bytes(serialization.Encoding.Raw,
                                        serialization.PublicFormat.Raw)
    return text(kind) + text(raw)


def key_request(user, blob, signed, kind=KIND):
    return (bytes([USERAUTH_REQUEST]) + text(user) + text("ssh-connection") +
            text("publickey") + bytes([signed]) + text(kind) + text(blob))


def signature(key, ssh, request, session_id=None, kind=KIND):
    session_id = ssh.session_id if session_id is None else session_id
    return text(text(kind) + text(key.sign(text(session_id) + request)))


def is_in(ssh):
    """Whether the client is let in now."""
    try:
        ssh.send(ssh.open_request())
        return ssh.next()[0] == CHANNEL_OPEN_CONFIRMATION
    except Closed:
        return False


def answer(ssh, request):
    """The number of the answer, or None when there is none but the end."""
    ssh.send(request)
    # An answer to this second request comes either way.
    ssh.send(ssh.password_request("nobody", "wrong"))
    try:
        return ssh.next()[0]
    except Closed:
        return None


@pytest.fixture
def ssh(connect):
    ssh = connect()
    ssh.expect_service()
    return ssh


def test_a_signature_by_the_accounts_key_lets_in(server, ssh):
    key = key_of(server)
    request = key_request(USER, blob_of(key), True)
    ssh.send(request + signature(key, ssh, request))
    assert ssh.next()[0] == USERAUTH_SUCCESS
    assert is_in(ssh)


def test_a_key_without_a_signature_is_only_asked_about(server, ssh):
    ssh.send(key_request(USER, blob_of(key_of(server)), False))
    assert ssh.next()[0] == USERAUTH_PK_OK
    assert not is_in(ssh)


def test_a_strange_key_and_an_unknown_user_look_the_same(server, ssh):
    stranger = ed25519.Ed25519PrivateKey.generate()
    ssh.send(key_request(USER, blob_of(stranger), False))
    known = ssh.next()
    ssh.send(key_request("nobody-here", blob_of(stranger), False))
    unknown = ssh.next()
    ssh.send(key_request("nobody-here", blob_of(key_of(server)), False))
    assert known == unknown == ssh.next()
    assert known[0] == USERAUTH_FAILURE


def forged(server, ssh, how):
    """Requests whose proof lacks something."""
    mine, blob = key_of(server), blob_of(key_of(server))
    other = ed25519.Ed25519PrivateKey.generate()
    good = key_request(USER, blob, True)
    signed = {
        "by another key": (other, good, ssh.session_id),
        "of another session": (mine, good, bytes(32)),
        "of no session": (mine, good, b""),
        "of another user": (mine, key_request("bob", blob, True),
                            ssh.session_id),
        "of another method": (mine, good.replace(b"publickey", b"hostbased"),
                              ssh.session_id),
    }
    if how in signed:
        key, request, session_id = signed[how]
        return good + signature(key, ssh, request, session_id)
    proof = signature(mine, ssh, good)
    return {
        "missing": good,
        "empty": good + text(b""),
        "cut": good + proof[:-9],
        "cut inside": good + text(proof[4:-9]),
        "zeros": good + text(text(KIND) + text(bytes(64))),
        "of another kind": good + text(text("ssh-rsa") +
                                       text(proof[-64:])),
        "for another name": key_request("bob", blob, True) + proof,
        "by a stranger": key_request(USER, blob_of(other), True) +
        signature(other, ssh, key_request(USER, blob_of(other), True)),
    }[how]


FORGERIES = ["by another key", "of another session", "of no session",
             "of another user", "of another method", "missing", "empty", "cut",
             "cut inside", "zeros", "of another kind", "for another name",
             "by a stranger"]


@pytest.mark.parametrize("how", FORGERIES)
def test_a_forged_signature_never_lets_in(server, ssh, how):
    # MOVEit's CVE-2024-5806 and its like.
    assert answer(ssh, forged(server, ssh, how)) != USERAUTH_SUCCESS
    assert not is_in(ssh)


BROKEN_BLOBS = [
    b"", b"\0", b"\xff" * 64, text(KIND), text(KIND) + text(b""),
    text(KIND) + text(bytes(31)), text(KIND) + text(bytes(33)),
    text(KIND) + b"\xff\xff\xff\xff", text("ssh-rsa") + text(b"") + text(b""),
    text("ssh-rsa") + text(b"\x03") + text(b"\xff" * 100000),
    text("ecdsa-sha2-nistp256") + text("nistp521") + text(b"\x04" + bytes(64)),
    text("ssh-dss") + text(b"\1") * 4, text("//server/share/key"),
    text("ssh-ed25519-cert-v01@openssh.com") + text(bytes(32)) * 9,
]


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("blob", BROKEN_BLOBS, ids=range(len(BROKEN_BLOBS)))
def test_a_key_that_cannot_be_read_never_lets_in(ssh, blob, signed):
    kind = read_text(blob, 0)[0][:64] if len(blob) > 8 else b"ssh-ed25519"
    request = key_request(USER, blob, signed, kind)
    request += text(text(KIND) + text(bytes(64))) if signed else b""
    assert answer(ssh, request) not in (USERAUTH_SUCCESS, USERAUTH_PK_OK)
    assert not is_in(ssh)


@pytest.mark.parametrize("method", ["none", "hostbased", "gssapi-with-mic",
                                    "gssapi-keyex", "PASSWORD", "",
                                    "publickey,password"])
@pytest.mark.parametrize("rest", [b"", bytes(64), text("a") + text("b")])
def test_a_method_that_is_not_offered_never_lets_in(ssh, method, rest):
    request = (bytes([USERAUTH_REQUEST]) + text(USER) +
               text("ssh-connection") + text(method) + rest)
    assert answer(ssh, request) != USERAUTH_SUCCESS
    assert not is_in(ssh)


@pytest.mark.parametrize("service", ["", "ssh-userauth", "root", "x" * 5000])
def test_a_login_to_another_service_never_lets_in(ssh, service):
    request = (bytes([USERAUTH_REQUEST]) + text(USER) + text(service) +
               text("password") + b"\0" + text(PASSWORD))
    assert answer(ssh, request) != USERAUTH_SUCCESS
    assert not is_in(ssh)


@pytest.mark.parametrize("user", ["", "x" * 257, "x" * 100000, "anna\n",
                                  "../anna", "%anna%", b"\xff\xfe"])
def test_a_strange_name_is_refused_like_any_other(ssh, user):
    ssh.send(ssh.password_request(user, PASSWORD))
    refusal = ssh.next()
    ssh.send(ssh.password_request("nobody-here", PASSWORD))
    assert refusal == ssh.next()
    assert refusal[0] == USERAUTH_FAILURE


def test_all_methods_are_named_to_everybody(ssh):
    ssh.send(ssh.password_request(USER, "wrong"))
    names, at = read_text(ssh.expect(USERAUTH_FAILURE), 1)
    assert sorted(names.split(b",")) == [b"keyboard-interactive", b"password",
                                         b"publickey"]


def test_the_sixth_wrong_password_ends_the_connection(server, connect):
    ssh = connect()
    ssh.expect_service()
    for _ in range(6):
        ssh.send(ssh.password_request(USER, "wrong"))
        assert ssh.next()[0] == USERAUTH_FAILURE
    payload = ssh.next()
    assert payload[0] == DISCONNECT and b"too many failed logins" in payload
    with pytest.raises(Closed):
        ssh.receive()


def test_attempts_behind_the_sixth_are_not_even_tried(connect):
    ssh = connect()
    ssh.expect_service()
    wrong = [ssh.password_request(USER, "wrong")] * 6
    right = ssh.password_request(USER, PASSWORD)
    ssh.send_bytes(b"".join(ssh.pack(one) for one in wrong + [right]))
    with pytest.raises(Closed):
        while True:
            assert ssh.receive()[0] != USERAUTH_SUCCESS


@pytest.fixture
def two_factor(make_server):
    both = {"required_credentials": "password, ssh-key"}
    return make_server(accounts={"anna": "secret", "bob": "builder"},
                       keys=["anna", "bob"],
                       account_options={"anna": both, "bob": both})


def prove_key(server, ssh, name):
    key = key_of(server, name)
    request = key_request(name, blob_of(key), True)
    ssh.send(request + signature(key, ssh, request))
    return ssh.next()


def started(server):
    ssh = RawSsh(server.port)
    ssh.exchange_keys()
    ssh.expect_service()
    return ssh


def test_two_credentials_are_asked_for_one_after_the_other(two_factor):
    with started(two_factor) as ssh:
        partial = prove_key(two_factor, ssh, "anna")
        names, at = read_text(partial, 1)
        assert (partial[0], partial[at]) == (51, 1)
        assert sorted(names.split(b",")) == [b"keyboard-interactive",
                                             b"password"]
        ssh.send(ssh.password_request("anna", "secret"))
        assert ssh.next()[0] == USERAUTH_SUCCESS


def test_what_was_proved_for_one_name_counts_for_no_other(two_factor):
    with started(two_factor) as ssh:
        assert prove_key(two_factor, ssh, "anna")[0] == USERAUTH_FAILURE
        ssh.send(ssh.password_request("bob", "builder"))
        assert ssh.next()[0] == USERAUTH_FAILURE
        ssh.send(ssh.password_request("anna", "secret"))
        assert ssh.next()[0] == USERAUTH_FAILURE
        assert not is_in(ssh)


def test_the_message_before_login_comes_once(make_server):
    server = make_server(service={
        "before_login_message": "\nMind\nthe  gap – Vorsicht, Lücke\n%s%n"})
    with RawSsh(server.port) as ssh:
        ssh.exchange_keys()
        assert ssh.request_service()[0] == SERVICE_ACCEPT
        banners = []
        for password in ("wrong", "wrong", PASSWORD):
            ssh.send(ssh.password_request(USER, password))
            payload = ssh.receive()
            while payload[0] == USERAUTH_BANNER:
                banners.append(read_text(payload, 1)[0])
                payload = ssh.receive()
        assert payload[0] == USERAUTH_SUCCESS
        assert banners == ["Mind\r\nthe  gap – Vorsicht, Lücke\r\n%s%n\r\n"
                           .encode()]


def test_an_unknown_service_ends_the_connection(connect):
    ssh = connect()
    with pytest.raises(Closed):
        ssh.request_service("ssh-connection")
        ssh.next()


@pytest.mark.parametrize("how", ["silent", "half a version", "versions",
                                 "keys", "service"])
def test_who_does_not_log_in_in_time_is_sent_away(make_server, how):
    server = make_server(service={"login_timeout": 1})
    with RawSsh(server.port) as ssh:
        if how == "half a version":
            ssh.send_bytes(b"SSH-2.0-half")
        elif how != "silent":
            ssh.exchange_versions()
        if how in ("keys", "service"):
            ssh.exchange_keys()
        if how == "service":
            ssh.expect_service()
        with pytest.raises(Closed):
            while True:
                ssh.read(1)
