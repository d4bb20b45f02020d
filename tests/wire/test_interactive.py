# SPDX-License-Identifier: Apache-2.0
"""keyboard-interactive (RFC 4256), as it is on the wire."""
import time

import pytest

from conftest import PASSWORD, USER
from raw_ssh import (USERAUTH_FAILURE, USERAUTH_REQUEST, USERAUTH_SUCCESS,
                     Closed, number, read_number, read_text, text)
from test_login import is_in, prove_key, ssh, started, two_factor  # noqa: F401

INFO_REQUEST, INFO_RESPONSE = 60, 61


def question(user, submethods=""):
    return (bytes([USERAUTH_REQUEST]) + text(user) + text("ssh-connection") +
            text("keyboard-interactive") + text("") + text(submethods))


def answers(*words):
    return (bytes([INFO_RESPONSE]) + number(len(words)) +
            b"".join(text(word) for word in words))


def ask(ssh, user, submethods=""):
    ssh.send(question(user, submethods))
    return ssh.expect(INFO_REQUEST)


def reply(ssh, *words):
    ssh.send(answers(*words))
    return ssh.next()


def parts(payload):
    """Name, instruction, prompts with their echo."""
    name, at = read_text(payload, 1)
    instruction, at = read_text(payload, at)
    language, at = read_text(payload, at)
    prompts = []
    count, at = read_number(payload, at), at + 4
    for _ in range(count):
        prompt, at = read_text(payload, at)
        prompts.append((prompt, payload[at]))
        at += 1
    assert language == b"" and at == len(payload)
    return name, instruction, prompts


def names_of(failure):
    names, at = read_text(failure, 1)
    return sorted(names.decode().split(",")), failure[at]


def test_the_question_is_one_hidden_prompt(ssh):
    assert parts(ask(ssh, USER)) == (b"", b"", [(b"Password: ", 0)])


def test_the_right_answer_lets_in(ssh):
    ask(ssh, USER)
    assert reply(ssh, PASSWORD)[0] == USERAUTH_SUCCESS
    assert is_in(ssh)


def test_everybody_is_asked_the_same(ssh):
    known = ask(ssh, USER)
    assert known == ask(ssh, "nobody-here") == ask(ssh, "") == \
        ask(ssh, "x" * 257) == ask(ssh, USER, "pam,otp")


@pytest.mark.parametrize("words", [[], ["wrong"], [""], [PASSWORD, ""],
                                   ["", PASSWORD], [PASSWORD, PASSWORD],
                                   ["x" * 100000], [PASSWORD + "x" * 4096],
                                   [PASSWORD] * 200],
                         ids=lambda words: "%dx%d" % (
                             len(words), len(words[0]) if words else 0))
def test_any_other_answer_is_a_refusal_and_may_be_followed(ssh, words):
    ask(ssh, USER)
    assert names_of(reply(ssh, *words)) == (
        ["keyboard-interactive", "password", "publickey"], 0)
    ask(ssh, USER)
    assert reply(ssh, PASSWORD)[0] == USERAUTH_SUCCESS


def test_refusals_of_known_and_unknown_users_are_the_same(ssh):
    ask(ssh, USER)
    wrong = reply(ssh, "wrong")
    ask(ssh, "nobody-here")
    assert reply(ssh, "wrong") == wrong
    ask(ssh, "x" * 257)
    assert reply(ssh, PASSWORD) == wrong


def test_a_refusal_takes_its_fixed_time(make_server):
    server = make_server(server={"failed_login_delay": 1})
    with started(server) as ssh:
        for user, words in [(USER, ["wrong"]), ("nobody", ["wrong"]),
                            (USER, []), (USER, ["", ""])]:
            ask(ssh, user)
            before = time.monotonic()
            assert reply(ssh, *words)[0] == USERAUTH_FAILURE
            assert time.monotonic() - before >= 0.99


def test_wrong_numbers_of_answers_count_as_attempts(ssh):
    for _ in range(6):
        ask(ssh, USER)
        assert reply(ssh)[0] == USERAUTH_FAILURE
    with pytest.raises(Closed):
        while True:  # a question may still be answered, not the answer
            ssh.send(question(USER))
            ssh.send(answers(PASSWORD))
            assert ssh.next()[0] != USERAUTH_SUCCESS


OTHER_REQUESTS = {
    "none": bytes([USERAUTH_REQUEST]) + text(USER) + text("ssh-connection") +
    text("none"),
    "password": bytes([USERAUTH_REQUEST]) + text("bob") +
    text("ssh-connection") + text("password") + b"\0" + text("wrong"),
    "hostbased": bytes([USERAUTH_REQUEST]) + text(USER) +
    text("ssh-connection") + text("hostbased") + text("") * 5,
    "gssapi": bytes([USERAUTH_REQUEST]) + text(USER) + text("ssh-connection") +
    text("gssapi-with-mic") + number(0),
}


@pytest.mark.parametrize("between", OTHER_REQUESTS)
def test_another_request_gives_up_the_question(ssh, between):
    ask(ssh, USER)
    ssh.send(OTHER_REQUESTS[between])
    assert ssh.next()[0] == USERAUTH_FAILURE
    assert reply(ssh, PASSWORD)[0] == USERAUTH_FAILURE
    assert not is_in(ssh)


def test_an_answer_is_taken_once(ssh):
    ask(ssh, USER)
    assert reply(ssh, "wrong")[0] == USERAUTH_FAILURE
    assert reply(ssh, PASSWORD)[0] == USERAUTH_FAILURE
    assert not is_in(ssh)


def test_the_answer_is_for_whom_was_asked_last(ssh):
    ask(ssh, "bob")
    ask(ssh, USER)
    assert reply(ssh, "builder")[0] == USERAUTH_FAILURE
    ask(ssh, USER)
    ask(ssh, "bob")
    assert reply(ssh, "builder")[0] == USERAUTH_SUCCESS


BROKEN = [b"", number(0)[:3], number(1), number(1) + number(5) + b"ab",
          number(1) + b"\xff\xff\xff\xff", number(257) + text("") * 257,
          number(2 ** 32 - 1), number(2) + text(PASSWORD)]


@pytest.mark.parametrize("body", BROKEN, ids=range(len(BROKEN)))
def test_an_answer_that_cannot_be_read_never_lets_in(server, body):
    with started(server) as ssh:
        ask(ssh, USER)
        ssh.send(bytes([INFO_RESPONSE]) + body)
        ssh.send(ssh.password_request("nobody", "wrong"))
        try:
            assert ssh.next()[0] == USERAUTH_FAILURE
            ask(ssh, USER)
            assert reply(ssh, PASSWORD)[0] == USERAUTH_SUCCESS
        except Closed:
            pass


@pytest.mark.parametrize("cut", range(4))
def test_a_question_that_cannot_be_read_never_lets_in(ssh, cut):
    whole = question(USER, "x")
    ssh.send(whole[:-1 - 2 * cut])
    ssh.send(ssh.password_request("nobody", "wrong"))
    try:
        assert ssh.next()[0] == USERAUTH_FAILURE
    except Closed:
        return
    assert not is_in(ssh)


@pytest.mark.parametrize("asked", [False, True])
def test_an_answer_before_a_question_ends_the_connection(connect, asked):
    ssh = connect()
    if asked:
        ssh.expect_service()
    with pytest.raises(Closed):
        ssh.send(answers(PASSWORD))
        ssh.next()


def test_the_answer_may_be_the_second_credential(two_factor):  # noqa: F811
    with started(two_factor) as ssh:
        assert names_of(prove_key(two_factor, ssh, "anna")) == (
            ["keyboard-interactive", "password"], 1)
        ask(ssh, "anna")
        assert reply(ssh, "wrong")[0] == USERAUTH_FAILURE
    with started(two_factor) as ssh:
        prove_key(two_factor, ssh, "anna")
        ask(ssh, "anna")
        assert reply(ssh, "secret")[0] == USERAUTH_SUCCESS
        assert is_in(ssh)


def test_the_answer_may_be_the_first_credential(two_factor):  # noqa: F811
    with started(two_factor) as ssh:
        ask(ssh, "anna")
        assert names_of(reply(ssh, "secret")) == (["publickey"], 1)
        assert not is_in(ssh)
    with started(two_factor) as ssh:
        ask(ssh, "anna")
        reply(ssh, "secret")
        assert prove_key(two_factor, ssh, "bob")[0] == USERAUTH_FAILURE
    with started(two_factor) as ssh:
        ask(ssh, "anna")
        reply(ssh, "secret")
        assert prove_key(two_factor, ssh, "anna")[0] == USERAUTH_SUCCESS


def test_the_same_credential_twice_is_not_two(two_factor):  # noqa: F811
    with started(two_factor) as ssh:
        ask(ssh, "anna")
        reply(ssh, "secret")
        ssh.send(ssh.password_request("anna", "secret"))
        assert ssh.next()[0] == USERAUTH_FAILURE
        ask(ssh, "anna")
        assert reply(ssh, "secret")[0] == USERAUTH_FAILURE
        assert not is_in(ssh)


def test_the_message_is_an_instruction_and_a_prompt(make_server):
    server = make_server(service={
        "keyboard_interactive_message": "Welcome – Grüße\n100 %s %n\nSay it:"})
    with started(server) as ssh:
        assert parts(ask(ssh, USER)) == (
            b"", "Welcome – Grüße\r\n100 %s %n\r\n".encode(),
            [(b"Say it: ", 0)])
        assert reply(ssh, PASSWORD)[0] == USERAUTH_SUCCESS


def test_an_empty_message_asks_as_usual(make_server):
    server = make_server(service={"keyboard_interactive_message": ""})
    with started(server) as ssh:
        assert parts(ask(ssh, USER))[2] == [(b"Password: ", 0)]
