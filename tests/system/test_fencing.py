# SPDX-License-Identifier: Apache-2.0
"""Two servers, one folder, one store; one of them stops in the middle.

A server that was stopped (SIGSTOP) is the worst holder: it is not dead, it
comes back late, and it still believes that the upload is its own.
"""
import os
import signal
import time

import pytest

from raw_sftp import C, Raw, Refused, R, T, W


@pytest.fixture
def pair(make_server):
    """Two nodes with one home folder and one state folder."""
    first = make_server(accounts={"alice": "wonderland", "bob": "builder"},
                        shared_home=True, uuid="node-one")
    second = make_server(like=first, uuid="node-two")
    return first, second


def stop(server):
    os.kill(server.pid, signal.SIGSTOP)


def go_on(server):
    os.kill(server.pid, signal.SIGCONT)


def alice(server):
    return Raw(server.port, "alice", password="wonderland")


OLD = b"old" * 200_000
NEW = b"new!" * 200_000


def test_new_content_wins_over_a_stopped_holder_that_comes_back(pair):
    first, second = pair
    late = alice(first)
    handle = late.open("/f", W | C | T)
    late.write_all(handle, OLD)
    stop(first)
    try:
        winner = alice(second)
        winner.put("/f", NEW)
        assert winner.get("/f") == NEW
    finally:
        go_on(first)
    with pytest.raises(Refused):
        late.close(handle)
    assert alice(second).get("/f") == NEW
    assert alice(first).get("/f") == NEW


def test_a_stopped_holder_cannot_publish_after_a_remove(pair):
    first, second = pair
    late = alice(first)
    handle = late.open("/f", W | C | T)
    late.write_all(handle, OLD)
    stop(first)
    try:
        other = alice(second)
        other.put("/f", NEW)
        other.remove("/f")
    finally:
        go_on(first)
    with pytest.raises(Refused):
        late.close(handle)
    assert alice(second).names("/") == []


def test_a_live_holder_on_the_other_node_is_taken_over_by_its_own_account(pair):
    first, second = pair
    older = alice(first)
    handle = older.open("/f", W | C | T)
    older.write_all(handle, OLD)
    newer = alice(second)
    newer.put("/f", NEW)
    with pytest.raises(Refused):
        older.write(handle, len(OLD), b"more")
        older.close(handle)
    assert alice(first).get("/f") == NEW


def test_another_account_is_told_busy(pair):
    first, second = pair
    holder = alice(first)
    handle = holder.open("/f", W | C | T)
    holder.write_all(handle, OLD)
    bob = Raw(second.port, "bob", password="builder")
    with pytest.raises(Refused) as refused:
        bob.open("/f", W | C | T)
    assert refused.value.code == 4
    holder.close(handle)
    bob.put("/f", NEW)
    assert bob.get("/f") == NEW


def test_an_exclusive_open_never_takes_over(pair):
    from raw_sftp import X
    first, second = pair
    holder = alice(first)
    handle = holder.open("/f", W | C | T)
    holder.write_all(handle, OLD)
    with pytest.raises(Refused):
        alice(second).open("/f", W | C | X)
    holder.close(handle)
    assert alice(second).get("/f") == OLD


def test_an_upload_cut_by_the_death_of_its_node_goes_on_at_the_other(pair):
    first, second = pair
    data = os.urandom(70 * 1024 * 1024)
    raw = alice(first)
    handle = raw.open("/f", W | C | T)
    raw.write_all(handle, data[:66 * 1024 * 1024], piece=131072)
    first.kill9()
    raw = alice(second)
    assert raw.names("/") == []
    told = raw.stat("/f").size
    assert told == 64 * 1024 * 1024 - 1
    handle = raw.open("/f", W)
    raw.write_all(handle, data[told:], offset=told, piece=131072)
    raw.close(handle)
    assert raw.get("/f") == data


def test_what_was_cut_on_one_node_is_told_and_resumed_on_the_other(pair):
    first, second = pair
    data = os.urandom(500_000)
    raw = alice(first)
    handle = raw.open("/f", W | C | T)
    raw.write_all(handle, data[:300_000])
    raw.cut()
    first.wait_until_cut()
    raw = alice(second)
    told = raw.stat("/f").size
    assert told == 299_999
    handle = raw.open("/f", W)
    raw.write_all(handle, data[told:], offset=told)
    raw.close(handle)
    assert raw.get("/f") == data
    with pytest.raises(Refused):
        Raw(second.port, "bob", password="builder").stat("/nothing")


def test_two_nodes_at_the_same_name_leave_one_whole_file(pair):
    """Writers on both nodes fight for one name; what stands is one of them."""
    first, second = pair
    writers = [alice(first), alice(second)]
    acknowledged = []
    for round_number in range(20):
        data = [bytes([round_number, side]) * 50_000 for side in range(2)]
        handles = []
        for side, raw in enumerate(writers):
            handles.append(raw.open("/f", W | C | T))
            raw_data = data[side]
            try:
                raw.write_all(handles[side], raw_data)
            except Refused:
                pass
        for side, raw in enumerate(writers):
            try:
                raw.close(handles[side])
                acknowledged.append(data[side])
            except Refused:
                pass
        assert acknowledged
        assert writers[0].get("/f") == acknowledged[-1]
