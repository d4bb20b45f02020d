# SPDX-License-Identifier: Apache-2.0
"""`convoy doctor` on machines and storages that are well, and on some that are not (docs/doctor.md)."""
import datetime
import json
import os
import re
import resource
import subprocess
from pathlib import Path

import pytest
from server_fixture import CONVOY, Server

PROJECT = Path(__file__).parents[2]
STORAGE = {"storage-kind", "storage-space", "storage-rename", "storage-noreplace", "storage-exclusive",
           "storage-sync", "storage-attributes", "storage-inode", "storage-times", "storage-locks",
           "storage-speed"}


class Findings:
    def __init__(self, *arguments, **how):
        done = subprocess.run([CONVOY, "doctor", "--json", *map(str, arguments)], capture_output=True,
                              text=True, timeout=60, **how)
        assert done.stderr == ""
        self.exit_code = done.returncode
        self.all = json.loads(done.stdout)
        self.checks = {finding["check"] for finding in self.all["findings"]}

    def of(self, check):
        """(health, details) of a check that has one finding."""
        found = [(f["health"], f["details"]) for f in self.all["findings"] if f["check"] == check]
        assert len(found) == 1, (check, self.all)
        return found[0]

    def health(self, check):
        return self.of(check)[0]


@pytest.fixture
def server(tmp_path):
    """Never started: its server.ini is what is examined."""
    return Server(tmp_path / "server", accounts={"alice": "wonderland"},
                  service={"maximum_concurrent_connections": 100})


@pytest.fixture
def small_storage(tmp_path):
    """A file system of 64 KiB in memory, mounted with the options it is called with."""
    place = tmp_path / "small"
    place.mkdir()
    mounted = []

    def mount(options):
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)],
                              capture_output=True, text=True)
        if done.returncode != 0:
            pytest.skip("mounting is not allowed here: " + done.stderr.strip())
        mounted.append(place)
        return place
    yield mount
    for folder in mounted:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_good_machine_and_a_good_storage_have_no_failure(server):
    found = Findings("-c", server.ini)
    assert found.exit_code == 0, found.all
    assert found.all["failures"] == 0
    assert STORAGE < found.checks
    assert all(found.health(check) == "ok" for check in
               STORAGE - {"storage-kind", "storage-space", "storage-attributes"})
    assert re.search(r"publishes \d+ files", found.of("storage-speed")[1])
    assert not list(server.homes.rglob("*")), "the doctor left something behind"


def test_the_machine_is_examined_without_a_configuration():
    found = Findings()
    assert {"kernel", "landlock", "seccomp", "clock", "entropy", "open-files"} <= found.checks
    assert not found.checks & (STORAGE | {"configuration", "state-folder"})


def test_people_get_a_line_for_each_finding_and_a_sum(server):
    done = subprocess.run([CONVOY, "doctor", "-c", str(server.ini)], capture_output=True, text=True)
    lines = done.stdout.splitlines()
    assert any(re.match(r"ok {7}kernel {13}Linux ", line) for line in lines)
    assert re.match(r"\d+ ok, \d+ to look at, 0 wrong\.$", lines[-1])


def test_a_full_storage_is_a_failure(server, small_storage):
    place = small_storage("size=64k")
    (place / "file").write_bytes(b"x" * 40000)
    server.parts["group"]["home_folder_path"] = place
    server.write_ini()
    found = Findings("-c", server.ini)
    assert found.exit_code == 1
    assert found.health("storage-space") == "failure"
    assert found.health("storage-kind") == "warning"  # tmpfs
    assert [path.name for path in place.iterdir()] == ["file"]


def test_a_storage_that_is_read_only_is_a_failure(server, small_storage):
    server.parts["group"]["home_folder_path"] = small_storage("ro")
    server.write_ini()
    found = Findings("-c", server.ini)
    assert found.exit_code == 1
    assert "nothing can be made there" in found.of("storage-kind")[1]
    assert "storage-rename" not in found.checks


def test_a_home_that_is_missing_and_never_made_is_told(server):
    server.parts["group"]["create_home_folder"] = "No"
    server.write_ini()
    health, details = Findings("-c", server.ini).of("homes")
    assert health == "warning"
    assert "'alice' cannot log in" in details


def test_too_few_descriptors_are_a_failure(server):
    found = Findings("-c", server.ini,
                     preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (200, 200)))
    assert found.exit_code == 1
    assert found.health("open-files") == "failure"


def test_fewer_descriptors_than_clients_may_want_are_a_warning(server):
    found = Findings("-c", server.ini,
                     preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (300, 300)))
    assert found.exit_code == 0
    health, details = found.of("open-files")
    assert health == "warning"
    assert "464" in details


def test_a_configuration_with_errors_is_a_failure_and_the_rest_is_examined(server):
    server.parts["service"]["port"] = "nonsense"
    server.write_ini()
    found = Findings("-c", server.ini)
    assert found.exit_code == 1
    assert found.health("configuration") == "failure"
    assert found.health("storage-rename") == "ok"


def test_a_configuration_that_is_not_there_is_a_failure(tmp_path):
    found = Findings("-c", tmp_path / "server.ini")
    assert found.exit_code == 1
    assert found.health("configuration") == "failure"
    assert "storage-kind" not in found.checks


def test_a_state_folder_that_cannot_be_made_is_a_failure(server):
    server.parts["server"]["state_folder"] = server.folder / "missing" / "state"
    server.write_ini()
    assert Findings("-c", server.ini).health("state-folder") == "failure"


def test_a_state_folder_that_others_can_read_and_one_in_memory_are_warnings(server, small_storage):
    server.state.mkdir(mode=0o700)
    server.state.chmod(0o755)
    assert Findings("-c", server.ini).health("state-folder") == "warning"
    server.state.chmod(0o700)
    assert Findings("-c", server.ini).health("state-folder") == "ok"
    place = small_storage("mode=700")
    server.parts["server"]["state_folder"] = place
    server.write_ini()
    health, details = Findings("-c", server.ini).of("state-folder")
    assert health == "warning"
    assert "tmpfs" in details


def test_a_private_key_that_others_can_read_is_a_warning(server):
    (server.folder / "host-ed25519").chmod(0o644)
    health, details = Findings("-c", server.ini).of("keys")
    assert health == "warning"
    assert "host-ed25519" in details


def certificate(until):
    """A self-signed certificate in PEM that is good until then."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, until - datetime.timedelta(days=400),
                                   until).sign(key, hashes.SHA256())
    return made.public_bytes(serialization.Encoding.PEM).decode()


@pytest.mark.parametrize("days, expected", [(-2, "failure"), (10, "warning"), (300, "ok")])
def test_the_end_of_a_certificate_is_told_in_time(server, days, expected):
    path = server.folder / "certificate.pem"
    path.write_text(certificate(datetime.datetime.utcnow() + datetime.timedelta(days=days, hours=1)))
    server.extra = ("\n[vault-items/web]\ntype = private-certificate\n"
                    "content = external-file:%s\n" % path)
    server.write_ini()
    assert Findings("-c", server.ini).health("certificates") == expected


def test_a_wrong_call_is_told_so():
    done = subprocess.run([CONVOY, "doctor", "--nonsense"], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith("usage: ")


def test_every_check_is_in_the_manual():
    names = set(re.findall(r'\{ "([a-z-]+)",\s+doctor_\w+', (PROJECT / "src/main/doctor.c").read_text()))
    assert STORAGE < names and "clock" in names
    manual = set(re.findall(r"^\| `([a-z-]+)`", (PROJECT / "docs/doctor.md").read_text(), re.MULTILINE))
    assert manual == names | {"homes"}
