# SPDX-License-Identifier: Apache-2.0
"""Logins to FTP by a certificate instead of a password."""
import ssl
import subprocess

import pytest

from conftest import LEAN
from raw_ftp import Ftp, believing_context
from server_fixture import Server

USER, PASSWORD = "anna", "secret"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


class Authority:
    """Whom the service believes; certificates of clients are made here."""

    def __init__(self, folder):
        self.folder = folder
        self.path = self.make("authority", "Tests")

    def make(self, name, common_name, signed_by=None):
        key, request, path = (self.folder / (name + end) for end in (".key", ".csr", ".pem"))
        def openssl(*words):
            subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)
        openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key)
        subject = "/CN=" + common_name
        if signed_by is None:
            openssl("req", "-x509", "-new", "-key", key, "-subj", subject, "-days", 9, "-out", path)
        else:
            openssl("req", "-new", "-key", key, "-subj", subject, "-out", request)
            openssl("x509", "-req", "-in", request, "-CA", signed_by, "-days", 9, "-CAkey",
                    str(signed_by)[:-3] + "key", "-CAcreateserial", "-out", path)
        return path

    def context(self, name, signed_by=None):
        context = believing_context()
        path = self.make(name.replace("/", "-"), name, signed_by or self.path)
        context.load_cert_chain(path, str(path)[:-3] + "key")
        return context


@pytest.fixture(scope="module")
def mutual(tmp_path_factory, authority):
    """A server whose clients show certificates."""
    mutual = {"type": "ftp", "tls_mutual_certification_authorities": "clients"}
    believed = ("[vault-items/clients]\ntype = trusted-certificates\n"
                "content = external-file:%s\n" % authority.path)
    server = Server(tmp_path_factory.mktemp("mutual"), env=LEAN, extra=believed,
                    services={"mutual": mutual,
                              "only": dict(mutual, enable_password_authentication="No"),
                              "unread": dict(mutual, enable_ssl_certificate_authentication="No")},
                    accounts={USER: PASSWORD, "bob": "builder", "two": "two", "not": "not"},
                    account_options={"two": {"required_credentials": "password"},
                                     "not": {"allow_certificate_authentication": "No"}})
    server.start()
    yield server
    server.end()


def certified(server, service, authority, name, **how):
    return Ftp(server.ports[service], None, tls="explicit", context=authority.context(name, **how))


def test_a_certificate_with_the_name_of_the_user_is_a_login(mutual, authority):
    ftp = certified(mutual, "mutual", authority, USER)
    assert ftp.say("USER " + USER).code == 232
    assert ftp.say("PASS whatever").code == 202
    assert ftp.say("SYST").code == 215
    ftp = certified(mutual, "only", authority, USER)
    assert ftp.say("USER " + USER).code == 232


@pytest.mark.parametrize("user", ["bob", "Anna", "ann", "annab", "two", "not", "nobody"])
def test_a_certificate_of_another_name_is_none(mutual, authority, user):
    name = user if user in ("two", "not", "nobody") else USER
    ftp = certified(mutual, "mutual", authority, name)
    assert ftp.say("USER " + user).code == 331
    assert ftp.say("PASS wrong").code == 530
    ftp = certified(mutual, "only", authority, name)
    assert ftp.say("USER " + user).code == 530
    assert ftp.say("PASS " + PASSWORD).code == 503


def test_what_a_certificate_does_not_open_a_password_may(mutual, authority):
    for service, name, user, password in (("mutual", USER, "bob", "builder"),
                                          ("mutual", "two", "two", "two"),
                                          ("mutual", "not", "not", "not"),
                                          ("unread", USER, USER, PASSWORD)):
        certified(mutual, service, authority, name).log_in(user, password)


def test_a_certificate_of_another_authority_is_refused(mutual, authority):
    other = authority.make("other", "Tests")
    with pytest.raises((ssl.SSLError, OSError)):
        certified(mutual, "mutual", authority, USER, signed_by=other).say("NOOP")
    with pytest.raises((ssl.SSLError, OSError)):
        Ftp(mutual.ports["mutual"], None, tls="explicit").say("NOOP")
