# SPDX-License-Identifier: Apache-2.0
"""The program's subcommands, as an administrator types them."""
import json
import os
import re
import signal
import subprocess

import pytest

from raw_sftp import C, Raw, Refused, T, W

ROOT = os.path.join(os.path.dirname(__file__), "..", "..")


def convoy(*arguments, stdin="", ok=True, cwd=None):
    done = subprocess.run([os.environ["CONVOY"], *arguments], input=stdin, text=True,
                          capture_output=True, timeout=60, cwd=cwd)
    if ok is not None:
        assert (done.returncode == 0) == ok, done.stdout + done.stderr
    return done


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "server.ini").write_text(
        "[services/sftp]\ntype = ssh\naddress = 127.0.0.1\nport = 0\n"
        "ssh_server_keys = host\n\n"
        "[vault-items/host]\ntype = ssh-private\ncontent = external-file:host_key\n\n"
        "; the people of the house\n"
        "[groups/DEFAULT_GROUP]\nhome_folder_path = homes/${USER}\n"
        "create_home_folder = Yes\n")
    convoy("generate", "ssh-key", str(tmp_path / "host_key"))
    return tmp_path


def test_an_account_is_added_changed_disabled_and_listed(folder):
    ini = str(folder / "server.ini")
    convoy("account", "add", "-c", ini, "carol", "--password-stdin", stdin="trombone-quarry-velvet\n")
    text = (folder / "server.ini").read_text()
    assert "; the people of the house" in text
    assert "trombone-quarry-velvet" not in text
    listed = json.loads(convoy("account", "list", "-c", ini, "--json").stdout)
    assert "carol" in json.dumps(listed)
    convoy("account", "disable", "-c", ini, "carol")
    assert convoy("check", ini).returncode == 0
    convoy("account", "set-password", "-c", ini, "nobody", "--password-stdin",
           stdin="another-password\n", ok=False)


def test_a_second_account_of_the_same_name_is_refused(folder):
    ini = str(folder / "server.ini")
    for ok in (True, False):
        convoy("account", "add", "-c", ini, "carol", "--password-stdin",
               stdin="trombone-quarry-velvet\n", ok=ok)


def test_an_account_that_was_added_logs_in(folder, make_server):
    (folder / "homes").mkdir()
    ini = str(folder / "server.ini")
    convoy("account", "add", "-c", ini, "carol", "--password-stdin", stdin="trombone-quarry-velvet\n")
    server = make_server(ini=ini)
    raw = Raw(server.port, "carol", password="trombone-quarry-velvet")
    raw.put("/f", b"x")
    assert (folder / "homes" / "carol" / "f").read_bytes() == b"x"


@pytest.mark.parametrize("scheme", ["crypt-sha512", "crypt-sha256", "pbkdf2_sha256",
                                    "pbkdf2_sha512", "yescrypt"])
def test_every_hash_that_is_generated_lets_its_password_in(make_server, scheme):
    made = convoy("generate", "password-hash", "--scheme", scheme, stdin="wonderland\n").stdout
    server = make_server(hashes={"alice": made.strip()})
    Raw(server.port, "alice", password="wonderland").close_connection()
    with pytest.raises(Exception):
        Raw(server.port, "alice", password="wonderlanD")


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa", "rsa"])
def test_every_kind_of_key_works_as_host_key_and_for_login(make_server, tmp_path, kind):
    key = tmp_path / "key"
    convoy("generate", "ssh-key", "--type", kind, str(key))
    server = make_server(accounts={"alice": "wonderland"}, host_key_types=[kind],
                         public_keys={"alice": (tmp_path / "key.pub").read_text()})
    (tmp_path / "f").write_bytes(b"by key")
    subprocess.run(["sftp", "-q", "-b", "-", "-P", str(server.port),
                    *server.ssh_options("alice", identity=key), "alice@127.0.0.1"],
                   input="put f\n", text=True, check=True, cwd=tmp_path, timeout=60)
    assert server.file("alice", "f").read_bytes() == b"by key"


def test_uuids_are_uuids():
    import uuid
    assert uuid.UUID(convoy("generate", "uuid").stdout.strip()).version == 4


def test_check_names_file_line_and_the_nearest_name(folder):
    ini = folder / "server.ini"
    ini.write_text(ini.read_text() + "\n[server]\numaks = 022\n")
    done = convoy("check", str(ini), ok=False)
    out = done.stdout + done.stderr
    line = ini.read_text().split("\n").index("umaks = 022") + 1
    assert "%s:%d: error" % (ini, line) in out and "umask" in out


def test_the_runnable_examples_of_etc_pass_the_check_and_run(tmp_path, make_server):
    for name in ("minimal.ini", "server.ini"):
        folder = tmp_path / name
        (folder / "keys").mkdir(parents=True)
        text = open(os.path.join(ROOT, "etc", name)).read()
        (folder / name).write_text(re.sub(r"(?m)^port = 10\d+$", "port = 0", text))
        convoy("generate", "ssh-key", str(folder / "keys" / "ssh_host_ed25519"))
        convoy("generate", "tls-certificate", "--host-name", "localhost",
               str(folder / "keys" / "ftps.pem"))
        done = convoy("check", str(folder / name))
        assert ": error: " not in done.stdout + done.stderr
        server = make_server(ini=folder / name)
        assert server.stop() == 0


def test_serve_with_a_broken_file_says_where_and_does_not_start(folder):
    ini = folder / "server.ini"
    ini.write_text(ini.read_text() + "\n[services/sftp]\nport = 1\n")
    done = convoy("serve", "-c", str(ini), ok=False)
    assert "server.ini:" in done.stderr and "ready" not in done.stdout


def test_serve_says_which_port_is_taken(make_server, folder):
    first = make_server(accounts={"alice": "wonderland"})
    ini = folder / "server.ini"
    ini.write_text(ini.read_text().replace("port = 0", "port = %d" % first.port))
    done = convoy("serve", "-c", str(ini), ok=False)
    assert str(first.port) in done.stderr


def test_ctrl_c_lets_a_running_upload_finish(make_server):
    server = make_server(accounts={"alice": "wonderland"})
    raw = Raw(server.port, "alice", password="wonderland")
    idle = Raw(server.port, "alice", password="wonderland")
    handle = raw.open("/f", W | C | T)
    raw.write(handle, 0, b"first")
    os.kill(server.pid, signal.SIGINT)
    server.wait_for(lambda: not server.accepts_connections())
    raw.write(handle, 5, b" second")
    raw.close(handle)
    assert server.wait_exit() == 0
    assert server.file("alice", "f").read_bytes() == b"first second"
    with pytest.raises(Exception):
        idle.stat("/")


def test_a_drain_ends_at_its_timeout_and_the_cut_upload_is_kept(make_server):
    server = make_server(accounts={"alice": "wonderland"}, server={"drain_timeout": "1"})
    raw = Raw(server.port, "alice", password="wonderland")
    handle = raw.open("/f", W | C | T)
    raw.write_all(handle, b"x" * 100_000)
    os.kill(server.pid, signal.SIGTERM)
    assert server.wait_exit() == 0
    server.start()
    raw = Raw(server.port, "alice", password="wonderland")
    assert raw.names("/") == []
    assert raw.stat("/f").size == 99_999
    with pytest.raises(Refused):
        raw.lstat("/f")


def test_several_ssh_services_run_side_by_side(make_server):
    """Each with keys and limits of its own, on the same accounts and files."""
    server = make_server(
        accounts={"alice": "wonderland"}, host_key_types=["ed25519", "rsa"],
        extra="[services/second]\ntype = ssh\nname = Second\naddress = 127.0.0.1\nport = 0\n"
              "ssh_server_keys = host-rsa\n\n[services/off]\nenabled = No\ntype = ssh\n"
              "name = Off\nport = 1\nssh_server_keys = host-rsa\n")
    ports = {r["data"]["name"]: int(r["data"]["description"].rsplit(" ", 1)[1])
             for r in server.console() if r["id"] == 20156}
    assert sorted(ports) == ["SFTP", "Second"]
    first = Raw(ports["SFTP"], "alice", password="wonderland")
    second = Raw(ports["Second"], "alice", password="wonderland")
    assert second.transport.get_remote_server_key().get_name() == "ssh-rsa"
    first.put("/f", b"by the first")
    assert second.get("/f") == b"by the first"
