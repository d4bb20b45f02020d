# SPDX-License-Identifier: Apache-2.0
"""The request sequences that clients were seen to send, replayed raw.

Each row is one client's way of putting a file, putting it again over what is
there, and going on with what was cut. What the server is to make of them is in
docs/uploads.md.
"""
import os

import pytest

from raw_sftp import (A, C, CLOSE, Raw, Refused, R, T, W, X, NO_SUCH_FILE, FAILURE, STAT, WRITE,
                      text)

OLD = os.urandom(700_000)
NEW = os.urandom(500_000)


@pytest.fixture
def server(make_server):
    return make_server(accounts={"alice": "wonderland", "bob": "builder"}, shared_home=True)


def alice(server):
    return Raw(server.port, "alice", password="wonderland")


def cut(server, path, data, flags=W | C | T):
    raw = alice(server)
    handle = raw.open(path, flags)
    raw.write_all(handle, data)
    ended = len([r for r in server.console() if r["id"] == 70002])
    raw.cut()
    server.wait_until_cut(ended + 1)


# client: flags of OPEN, whether it sets the size when done
PUTS = {
    "OpenSSH sftp, rclone, curl, lftp, paramiko": (W | C | T, False),
    "OpenSSH scp": (W | C, True),
    "lftp put -c of a new file": (W | C, False),
    "sshfs create": (R | W | C | T, False),
    "restic": (W | C | X, False),
}


@pytest.mark.parametrize("client", PUTS)
def test_new_content_is_invisible_until_close(server, client):
    flags, sets_size = PUTS[client]
    raw, other = alice(server), alice(server)
    handle = raw.open("/f", flags)
    raw.write_all(handle, NEW)
    assert other.names("/") == []
    assert raw.names("/") == [b"f"] and raw.stat("/f").size == len(NEW)
    if sets_size:
        raw.fsetstat(handle, size=len(NEW))
    raw.close(handle)
    assert other.get("/f") == NEW
    assert server.left_overs("alice") == []


@pytest.mark.parametrize("client", [c for c in PUTS if c != "restic"])
def test_put_over_what_is_there_replaces_it_at_close(server, client):
    flags, sets_size = PUTS[client]
    raw, other = alice(server), alice(server)
    raw.put("/f", OLD)
    handle = raw.open("/f", flags)
    raw.write_all(handle, NEW)
    assert other.get("/f") == OLD
    if sets_size:
        raw.fsetstat(handle, size=len(NEW))
    raw.close(handle)
    want = NEW if flags & T or sets_size else NEW + OLD[len(NEW):]
    assert other.get("/f") == want


def test_restics_exclusive_open_of_what_is_there_fails(server):
    raw = alice(server)
    raw.put("/f", OLD)
    with pytest.raises(Refused) as refused:
        raw.open("/f", W | C | X)
    assert refused.value.code == FAILURE
    assert raw.get("/f") == OLD


def openssh_reput(raw, data):
    told = raw.stat("/f").size
    handle = raw.open("/f", W | C | A)
    raw.write_all(handle, data[told:], offset=told)
    raw.close(handle)


def curl_resume(raw, data):
    told = raw.stat("/f").size
    handle = raw.open("/f", W)
    raw.write_all(handle, data[told:], offset=told)
    raw.close(handle)


def lftp_resume(raw, data):
    told = raw.stat("/f").size
    handle = raw.open("/f", W | C)
    raw.write_all(handle, data[told:], offset=told)
    raw.close(handle)


def psftp_reput(raw, data):
    handle = raw.open("/f", W)
    told = raw.fstat(handle).size
    raw.write_all(handle, data[told:], offset=told)
    raw.close(handle)


RESUMES = [openssh_reput, curl_resume, lftp_resume, psftp_reput]


@pytest.mark.parametrize("way", RESUMES)
@pytest.mark.parametrize("received", [2, 32768, 333_333, len(NEW)])
def test_every_way_to_resume_completes_a_cut_upload(server, way, received):
    cut(server, "/f", NEW[:received])
    raw = alice(server)
    assert raw.stat("/f").size == received - 1
    way(raw, NEW)
    assert alice(server).get("/f") == NEW
    assert server.left_overs("alice") == []


def test_one_byte_or_less_is_not_told(server):
    cut(server, "/f", b"1")
    with pytest.raises(Refused) as refused:
        alice(server).stat("/f")
    assert refused.value.code == NO_SUCH_FILE


def test_only_the_same_account_is_told(server):
    cut(server, "/f", NEW)
    with pytest.raises(Refused):
        Raw(server.port, "bob", password="builder").stat("/f")


def test_lstat_readers_and_listings_see_nothing_of_a_left_over(server):
    cut(server, "/f", NEW)
    raw = alice(server)
    assert raw.names("/") == []
    for refused_call in (lambda: raw.lstat("/f"), lambda: raw.open("/f", R)):
        with pytest.raises(Refused) as refused:
            refused_call()
        assert refused.value.code == NO_SUCH_FILE


def test_over_a_published_file_nothing_is_told(server):
    raw = alice(server)
    raw.put("/f", OLD)
    cut(server, "/f", NEW[:100_000])
    raw = alice(server)
    assert raw.stat("/f").size == len(OLD)
    assert raw.get("/f") == OLD


def test_an_append_that_would_join_old_and_new_content_is_refused(server):
    raw = alice(server)
    raw.put("/f", OLD)
    cut(server, "/f", NEW[:100_000])
    other = alice(server)
    with pytest.raises(Refused):
        handle = other.open("/f", W | A)
        other.write(handle, len(OLD), b"joined")
        other.close(handle)
    assert alice(server).get("/f") == OLD


def test_a_new_put_discards_the_left_over(server):
    cut(server, "/f", OLD)
    raw = alice(server)
    raw.put("/f", NEW)
    assert raw.get("/f") == NEW
    assert server.left_overs("alice") == []


def test_renaming_a_left_over_never_makes_it_visible(server):
    cut(server, "/f", NEW)
    raw = alice(server)
    for call in (raw.rename, raw.posix_rename, raw.hardlink):
        with pytest.raises(Refused) as refused:
            call("/f", "/g")
        assert refused.value.code == NO_SUCH_FILE
    assert raw.names("/") == []


def test_removing_a_folder_takes_cut_left_overs_with_it_but_no_running_upload(server):
    raw = alice(server)
    raw.mkdir("/d")
    handle = raw.open("/d/f", W | C | T)
    raw.write_all(handle, NEW)
    with pytest.raises(Refused):
        alice(server).rmdir("/d")
    raw.close(handle)
    raw.remove("/d/f")
    cut(server, "/d/g", NEW)
    alice(server).rmdir("/d")
    assert alice(server).names("/") == []


def test_paramikos_x_publishes_an_empty_file_at_open(server):
    raw = alice(server)
    handle = raw.open("/new", C | X)
    assert alice(server).names("/") == [b"new"]
    raw.close(handle)


def test_sshfs_edits_in_place_and_others_see_it(server):
    raw = alice(server)
    raw.put("/f", OLD)
    handle = raw.open("/f", W)
    raw.write(handle, 1000, b"EDIT")
    assert alice(server).get("/f")[1000:1004] == b"EDIT"
    raw.fsync(handle)
    raw.close(handle)


def test_fsync_on_a_read_write_handle_publishes_at_once(server):
    raw = alice(server)
    handle = raw.open("/db", R | W | C)
    raw.write(handle, 0, b"page one")
    raw.fsync(handle)
    assert alice(server).get("/db") == b"page one"
    raw.write(handle, 8, b", page two")
    raw.close(handle)
    assert alice(server).get("/db") == b"page one, page two"


def test_a_newer_open_by_the_same_account_takes_over(server):
    older, newer = alice(server), alice(server)
    handle = older.open("/f", W | C | T)
    older.write_all(handle, OLD)
    newer.put("/f", NEW)
    with pytest.raises(Refused):
        older.write(handle, len(OLD), b"x")
    with pytest.raises(Refused):
        older.close(handle)
    assert newer.get("/f") == NEW


def test_a_close_read_in_full_is_executed_though_the_channel_ends_behind_it(server):
    raw = alice(server)
    handle = raw.open("/f", W | C | T)
    raw.write_all(handle, NEW)
    raw.send(CLOSE, text(handle))
    raw.channel.close()
    server.wait_for(lambda: server.file("alice", "f").exists())
    assert alice(server).get("/f") == NEW


def test_requests_behind_a_close_see_the_published_file(server):
    """sshfs does not wait for the answer to CLOSE."""
    raw = alice(server)
    handle = raw.open("/f", W | C | T)
    raw.write_all(handle, NEW)
    closing = raw.send(CLOSE, text(handle))
    asked = raw.send(STAT, text("/f"))
    raw.checked(raw.answer(closing))
    raw.checked(raw.answer(asked))
    assert alice(server).get("/f") == NEW


def test_a_write_over_the_maximum_file_size_fails_and_close_does_not_publish(make_server):
    server = make_server(accounts={"alice": "wonderland"},
                         group={"maximum_file_size": "100000"})
    raw = alice(server)
    handle = raw.open("/f", W | C | T)
    raw.write(handle, 0, b"x" * 60_000)
    with pytest.raises(Refused):
        raw.write(handle, 60_000, b"x" * 60_000)
    with pytest.raises(Refused):
        raw.close(handle)
    assert raw.names("/") == []


def test_a_sequential_write_that_came_late_still_counts(server):
    """Answers may be awaited late: writes out of order make one whole file."""
    raw = alice(server)
    handle = raw.open("/f", W | C | T)
    pieces = [(at, NEW[at:at + 50_000]) for at in range(0, len(NEW), 50_000)]
    for at, piece in reversed(pieces):
        raw.write(handle, at, piece)
    raw.close(handle)
    assert raw.get("/f") == NEW


def test_holes_count_from_the_first_one_when_the_upload_is_cut(server):
    raw = alice(server)
    handle = raw.open("/f", W | C | T)
    raw.write(handle, 0, NEW[:100])
    raw.write(handle, 50_000, NEW[50_000:60_000])
    raw.cut()
    server.wait_until_cut()
    assert alice(server).stat("/f").size == 99


def test_reserved_names_are_refused_and_never_listed(server):
    raw = alice(server)
    (server.home("alice") / ".nfs0001").write_bytes(b"x")
    (server.home("alice") / ".convoy-x-y").write_bytes(b"x")
    assert raw.names("/") == []
    for name in ("/.nfs0001", "/.convoy-x-y", "/.convoy-"):
        for call in (raw.stat, raw.get, raw.remove, raw.mkdir, lambda n: raw.put(n, b"")):
            with pytest.raises(Refused):
                call(name)


def test_an_account_without_staged_uploads_writes_in_place(make_server):
    server = make_server(accounts={"alice": "wonderland"}, group={"staged_uploads": "No"})
    raw, other = alice(server), alice(server)
    handle = raw.open("/f", W | C | T)
    raw.write(handle, 0, b"seen at once")
    assert other.get("/f") == b"seen at once"
    raw.close(handle)
