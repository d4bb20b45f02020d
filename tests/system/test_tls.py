# SPDX-License-Identifier: Apache-2.0
"""TLS while the server runs: certificates and revocation lists that change,
sessions that other processes resume."""
import datetime
import http.server
import json
import os
import signal
import socket
import ssl
import subprocess
import threading
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from server_fixture import CONVOY, Server, make_certificate

A_DAY = datetime.timedelta(days=1)
LIST_FAILED = 70090
UNUSABLE = 70091
IMPLICIT = {"type": "ftpsi", "ssl_certificate_revocation_list_refresh": 1}


def now():
    return datetime.datetime.utcnow()


class Authority:
    """Certificates of clients, and the list of those that count no longer."""

    def __init__(self):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Clients")])
        self.certificate = self._sign(self.name, self.key.public_key(), is_authority=True)

    def _sign(self, subject, key, is_authority=False):
        return (x509.CertificateBuilder(self.name, subject, key, x509.random_serial_number(),
                                        now() - A_DAY, now() + A_DAY)
                .add_extension(x509.BasicConstraints(is_authority, None), critical=True)
                .sign(self.key, hashes.SHA256()))

    def pem(self):
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def give(self, common_name, path):
        """A certificate for the name and its key, in a file of PEM."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
        certificate = self._sign(subject, key.public_key())
        path.write_bytes(
            certificate.public_bytes(serialization.Encoding.PEM) +
            key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                              serialization.NoEncryption()))
        return certificate

    def list_of(self, *revoked):
        """In DER, as authorities publish it."""
        made = x509.CertificateRevocationListBuilder(self.name, now(), now() + A_DAY)
        for certificate in revoked:
            made = made.add_revoked_certificate(
                x509.RevokedCertificateBuilder(certificate.serial_number, now()).build())
        return made.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


class Publisher:
    """A web server with one list."""

    def __init__(self, content):
        self.content = content
        publisher = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.end_headers()
                self.wfile.write(publisher.content)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = "http://127.0.0.1:%d/list.crl" % self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def believing(certificate=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if certificate is not None:
        context.load_cert_chain(certificate)
    return context


def visit(port, context, session=None):
    """The greeting, the certificate, and the session with its ticket."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as plain:
        with context.wrap_socket(plain, session=session) as tls:
            greeting = tls.recv(4096)
            return greeting, tls.getpeercert(binary_form=True), tls.session, tls.session_reused


def is_let_in(port, context):
    try:
        return visit(port, context)[0].startswith(b"220")
    except (ssl.SSLError, ConnectionError):
        return False


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Mutual TLS, with a list at an address."""
    folder = tmp_path_factory.mktemp("tls")
    authority = Authority()
    (folder / "ca.pem").write_bytes(authority.pem())
    world = {"authority": authority, "publisher": Publisher(authority.list_of()),
             "folder": folder}
    world["server"] = Server(
        folder / "server", accounts={"alice": "wonderland"},
        services={"open": IMPLICIT,
                  "mutual": {**IMPLICIT, "tls_mutual_certification_authorities": "ca",
                             "ssl_certificate_revocation_list": world["publisher"].url},
                  "once": {"type": "ftpsi", "tls_mutual_certification_authorities": "ca",
                           "ssl_certificate_revocation_list": world["publisher"].url + "?once"}},
        extra="\n[vault-items/ca]\ntype = trusted-certificates\n"
              "content = external-file:%s\n" % (folder / "ca.pem"))
    world["server"].start()
    yield world
    world["publisher"].close()
    world["server"].end()


def client_of(world, name):
    path = world["folder"] / (name + ".pem")
    return world["authority"].give(name, path), believing(path)


def test_a_certificate_that_is_written_anew_is_shown_without_a_reload(world):
    server = world["server"]
    before = visit(server.ports["open"], believing())[1]
    make_certificate(server.certificate, name="renewed")
    expected = ssl.PEM_cert_to_DER_cert((server.folder / "certificate.pem.crt").read_text())
    assert before != expected
    server.wait_for(lambda: visit(server.ports["open"], believing())[1] == expected)


def test_a_certificate_without_its_key_changes_nothing(world):
    server = world["server"]
    good = server.certificate.read_text()
    shown = visit(server.ports["open"], believing())[1]
    make_certificate(world["folder"] / "other.pem", name="other")
    mixed = (world["folder"] / "other.pem.crt").read_text() + good[good.index("-----BEGIN PRI"):]
    server.certificate.write_text(mixed)
    done = subprocess.run([CONVOY, "reload", "-c", str(server.ini)], capture_output=True, text=True)
    assert done.returncode != 0 and "another certificate" in done.stdout + done.stderr
    server.wait_for(lambda: server.events(UNUSABLE))
    assert "another certificate" in server.events(UNUSABLE)[0]["message"]
    assert visit(server.ports["open"], believing())[1] == shown
    server.certificate.write_text(good)


def test_without_a_certificate_of_the_authority_nobody_gets_in(world):
    _, alice = client_of(world, "alice")
    stranger = Authority()
    stranger.give("alice", world["folder"] / "stranger.pem")
    port = world["server"].ports["mutual"]
    assert is_let_in(port, alice)
    assert not is_let_in(port, believing())
    assert not is_let_in(port, believing(world["folder"] / "stranger.pem"))


def test_a_list_without_a_refresh_is_fetched_again_with_the_configuration(world):
    erin_certificate, erin = client_of(world, "erin")
    server = world["server"]
    assert is_let_in(server.ports["once"], erin)
    world["publisher"].content = world["authority"].list_of(erin_certificate)
    server.wait_for(lambda: not is_let_in(server.ports["mutual"], erin))
    subprocess.run([CONVOY, "reload", "-c", str(server.ini)], check=True)
    server.wait_for(lambda: not is_let_in(server.ports["once"], erin))


def test_who_is_revoked_is_refused_as_soon_as_the_list_is_fetched_and_others_are_not(world):
    bob_certificate, bob = client_of(world, "bob")
    _, carol = client_of(world, "carol")
    server, publisher = world["server"], world["publisher"]
    port = server.ports["mutual"]
    session = visit(port, bob)[2]
    assert visit(port, bob, session)[3]
    publisher.content = world["authority"].list_of(bob_certificate)
    server.wait_for(lambda: not is_let_in(port, bob))
    assert is_let_in(port, carol)
    with pytest.raises((ssl.SSLError, ConnectionError)):
        visit(port, bob, session)
    # The list cannot be had any more, or is no list: the last good one counts.
    publisher.content = b"nonsense"
    server.wait_for(lambda: server.events(LIST_FAILED))
    assert publisher.url in server.events(LIST_FAILED)[0]["message"]
    assert not is_let_in(port, bob) and is_let_in(port, carol)


def test_a_session_of_the_open_service_does_not_open_the_mutual_one(world):
    context = believing()
    session = visit(world["server"].ports["open"], context)[2]
    assert visit(world["server"].ports["open"], context, session)[3]
    with pytest.raises((ssl.SSLError, ConnectionError)):
        visit(world["server"].ports["mutual"], context, session)


def test_the_copy_of_a_list_lets_the_server_start_and_without_one_it_does_not(world, tmp_path):
    server = world["server"]
    _, dave = client_of(world, "dave")
    world["publisher"].close()
    server.stop()
    server.start()
    assert is_let_in(server.ports["mutual"], dave)
    alone = Server(tmp_path / "alone", services={
        "mutual": {**IMPLICIT, "tls_mutual_certification_authorities": "ca",
                   "ssl_certificate_revocation_list": world["publisher"].url}},
        extra="\n[vault-items/ca]\ntype = trusted-certificates\n"
              "content = external-file:%s\n" % (world["folder"] / "ca.pem"))
    with pytest.raises(RuntimeError, match="list.crl"):
        alone.start()


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_server_on_the_same_store_resumes_the_sessions_of_another(tmp_path, version):
    first = Server(tmp_path / "one", accounts={"alice": "wonderland"},
                   services={"open": {"type": "ftpsi"}})
    second = Server(tmp_path / "two", like=first)
    context = believing()
    context.minimum_version = context.maximum_version = version
    try:
        first.start()
        session = visit(first.ports["open"], context)[2]
        first.kill9()
        second.start()
        assert visit(second.ports["open"], context, session)[3]
    finally:
        first.end()
        second.end()


def test_the_successor_of_an_upgrade_resumes_the_sessions_of_its_predecessor(tmp_path):
    server = Server(tmp_path / "server", accounts={"alice": "wonderland"},
                    services={"open": {"type": "ftpsi"}})
    context = believing()
    server.start()
    successor = None
    try:
        session = visit(server.ports["open"], context)[2]
        subprocess.run([CONVOY, "upgrade", "-c", str(server.ini)], check=True, timeout=120)
        status = subprocess.run([CONVOY, "status", "-c", str(server.ini), "--json"], check=True,
                                capture_output=True, text=True)
        successor = json.loads(status.stdout)["pid"]
        assert successor != server.pid
        assert visit(server.ports["open"], context, session)[3]
    finally:
        if successor is not None:
            os.kill(successor, signal.SIGTERM)
            while os.path.exists("/proc/%d/exe" % successor):
                try:
                    os.readlink("/proc/%d/exe" % successor)
                except OSError:
                    break
                time.sleep(0.05)
        server.end()


def test_a_generated_certificate_serves(tmp_path):
    path = tmp_path / "made.pem"
    subprocess.run([CONVOY, "generate", "tls-certificate", "--host-name", "ftp.example.net",
                    "--host-name", "127.0.0.1", str(path)], check=True)
    assert path.stat().st_mode & 0o777 == 0o600
    again = subprocess.run([CONVOY, "generate", "tls-certificate", "--host-name", "x", str(path)],
                           capture_output=True)
    assert again.returncode == 1
    server = Server(tmp_path / "server", services={"open": {"type": "ftpsi"}},
                    extra="\n[vault-items/made]\ntype = private-certificate\n"
                          "content = external-file:%s\n" % path)
    server.ini.write_text(server.ini.read_text().replace("tls_private_certificate = certificate",
                                                         "tls_private_certificate = made"))
    server.start()
    try:
        context = ssl.create_default_context(cafile=str(path))
        with socket.create_connection(("127.0.0.1", server.ports["open"])) as plain:
            with context.wrap_socket(plain, server_hostname="ftp.example.net") as tls:
                assert tls.version() == "TLSv1.3"
                assert tls.cipher()[0] == "TLS_AES_128_GCM_SHA256"
    finally:
        server.end()
