# SPDX-License-Identifier: Apache-2.0
"""New keys in the middle of transfers, whoever asks for them."""
import os
import subprocess

import pytest

from conftest import USER
from raw_ssh import GLOBAL_REQUEST, text

SIZE = 20 * 1000 * 1000
CIPHERS = ["aes256-gcm@openssh.com", "aes128-gcm@openssh.com",
           "chacha20-poly1305@openssh.com", "aes256-ctr", "aes128-ctr"]


def round_trip(server, folder, options):
    """Up and down by OpenSSH's sftp; how often it exchanged keys."""
    there, back = folder / "there", folder / "back"
    there.write_bytes(os.urandom(SIZE))
    batch = folder / "batch"
    batch.write_text(f"put {there} /file\nget /file {back}\n")
    done = subprocess.run(
        ["sftp", "-v", *server.ssh_options(USER), "-o", "LogLevel=DEBUG1",
         "-P", str(server.port), *options, "-b", str(batch),
         f"{USER}@127.0.0.1"],
        capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr[-2000:]
    assert back.read_bytes() == there.read_bytes()
    return done.stderr.count("SSH2_MSG_KEXINIT received")


@pytest.mark.parametrize("cipher", CIPHERS)
def test_a_client_may_ask_for_new_keys_at_any_time(server, tmp_path, cipher):
    assert round_trip(server, tmp_path,
                      ["-c", cipher, "-o", "RekeyLimit=1M"]) > 10


@pytest.mark.parametrize("cipher", CIPHERS)
def test_the_server_asks_for_new_keys_after_rekey_bytes(make_server, tmp_path,
                                                        cipher):
    server = make_server(keys=[USER], service={"rekey_bytes": 1000000})
    assert round_trip(server, tmp_path, ["-c", cipher]) > 10


def test_the_server_asks_for_new_keys_after_rekey_seconds(make_server,
                                                          tmp_path):
    server = make_server(keys=[USER], service={"rekey_seconds": 10})
    batch = tmp_path / "batch"
    batch.write_text("pwd\n!sleep 11\nls /\nls /\n")
    done = subprocess.run(
        ["sftp", "-v", *server.ssh_options(USER), "-o", "LogLevel=DEBUG1",
         "-P", str(server.port), "-b", str(batch), f"{USER}@127.0.0.1"],
        capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("SSH2_MSG_KEXINIT received") == 2


def test_without_a_reason_there_are_no_new_keys(server, tmp_path):
    assert round_trip(server, tmp_path, []) == 1


def test_many_exchanges_in_a_row_do_no_harm(connect):
    ssh = connect(login=True)
    ssh.start_sftp(ssh.open_channel())
    for _ in range(50):
        ssh.exchange_keys()
    ssh.send(bytes([GLOBAL_REQUEST]) + text("keepalive@openssh.com") + b"\1")
    assert not ssh.is_ended()
