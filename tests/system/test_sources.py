# SPDX-License-Identifier: Apache-2.0
"""From where clients come: directly, through a real HAProxy, and those who only claim to.

The balancer connects from 127.0.0.2, which the service believes, and from
127.0.0.4, which it does not; clients have addresses of their own in 127/8.
"""
import re
import socket
import subprocess

import paramiko
import pytest

from raw_sftp import Raw
from server_fixture import Server

BALANCER, STRANGER = "127.0.0.2", "127.0.0.4"
MOST_PER_ADDRESS = 3
PROXY_APPLIED, FORBIDDEN, ACCEPTED, REJECTED = 20003, 20136, 20137, 20142
OPENED, SSH_FAILED, REFUSED = 30014, 30006, 70003

HAPROXY = """
defaults
    mode tcp
    timeout connect 10s
    timeout client 60s
    timeout server 60s
    unique-id-format %%{+X}o\\ %%ci:%%cp
%s
"""
WAYS = {
    "v1": "source %s send-proxy" % BALANCER,
    "v2": "source %s send-proxy-v2" % BALANCER,
    "all": "source %s send-proxy-v2 proxy-v2-options unique-id,crc32c" % BALANCER,
    "bare": "source %s" % BALANCER,
    "stranger-v1": "source %s send-proxy" % STRANGER,
    "stranger-v2": "source %s send-proxy-v2" % STRANGER,
    "checked": "source %s send-proxy-v2 check check-send-proxy inter 50ms" % BALANCER,
    "probed": "source %s send-proxy check port %%d inter 50ms no-check-send-proxy" % BALANCER,
}


def free_ports(count):
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


class Balancer:
    """HAProxy in front of a server; ports[way] leads there in that way."""

    def __init__(self, folder, server, ways):
        self.ports = dict(zip(ways, free_ports(len(ways))))
        text = ""
        for way, port in self.ports.items():
            how = WAYS[way].replace("%d", str(server.port))
            text += "listen %s\n    bind 127.0.0.1:%d\n    server convoy 127.0.0.1:%d %s\n" % (
                way, port, server.port, how)
        config = folder / "haproxy.cfg"
        config.write_text(HAPROXY % text)
        self.process = subprocess.Popen(["haproxy", "-db", "-f", str(config)],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        server.wait_for(self._is_up)

    def _is_up(self):
        assert self.process.poll() is None, self.process.stderr.read()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", list(self.ports.values())[0])) == 0

    def end(self):
        self.process.kill()
        self.process.wait()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = Server(
        tmp_path_factory.mktemp("sources"),
        accounts={"alice": "wonderland", "near": "secret", "far": "secret", "fenced": "secret"},
        keys=["alice", "far"],
        account_options={"near": {"source_ip_filter": "\ndeny 127.0.0.9\nallow 127.0.0.8/30"},
                         "far": {"source_ip_filter": "allow 192.0.2.0/24"},
                         "fenced": {"group": "fence", "source_ip_filter": "allow 127.0.0.0/8"}},
        service={"proxy_protocol_sources": BALANCER, "sftp": "Yes",
                 "maximum_connections_per_address": MOST_PER_ADDRESS},
        extra="[groups/fence]\nname = fence\ncreate_home_folder = Yes\n"
              "home_folder_path = %s/${USER}\nsource_ip_filter = deny 127.0.0.13\n"
              % (tmp_path_factory.mktemp("homes")))
    server.start()
    yield server
    assert server.process.poll() is None, server.tail()
    server.end()


@pytest.fixture(scope="module")
def balancer(server, tmp_path_factory):
    balancer = Balancer(tmp_path_factory.mktemp("haproxy"), server,
                        [way for way in WAYS if way not in ("checked", "probed")])
    yield balancer
    balancer.end()


def connect(port, address):
    return socket.create_connection(("127.0.0.1", port), 30, source_address=(address, 0))


def transport_from(port, address):
    transport = paramiko.Transport(connect(port, address))
    transport.banner_timeout = transport.auth_timeout = 60
    return transport


def log_in(port, address, user="alice", password="wonderland"):
    transport = transport_from(port, address)
    try:
        transport.connect(username=user, password=password)
        raw = Raw(None, None, transport=transport)
        raw.put("/f", b"content")
        assert raw.get("/f") == b"content"
    finally:
        transport.close()


def refused_log_in(port, address, user, password):
    transport = transport_from(port, address)
    with pytest.raises(paramiko.AuthenticationException) as error:
        transport.connect(username=user, password=password)
    transport.close()
    return type(error.value), str(error.value)


def peer_of(record):
    return record.get("account", {}).get("peer", {}).get("address")


def of_address(server, event, address):
    return [r for r in server.events(event) if peer_of(r) == address]


def reads_to_the_end(peer):
    peer.settimeout(60)
    data = b""
    try:
        while chunk := peer.recv(65536):
            data += chunk
    except ConnectionError:
        pass
    return data


# Behind a balancer


@pytest.mark.parametrize("way, address", [("v1", "127.0.0.21"), ("v2", "127.0.0.22"),
                                          ("all", "127.0.0.23")])
def test_behind_haproxy_events_name_the_client(server, balancer, way, address):
    log_in(balancer.ports[way], address)
    (accepted,) = of_address(server, ACCEPTED, address)
    (applied,) = of_address(server, PROXY_APPLIED, address)
    assert applied["data"]["old_host"] == BALANCER
    assert applied["session"] == accepted["session"]
    if way == "all":
        assert re.match(r"^7F000017:[0-9A-F]+$", applied["data"]["unique_id"])
    else:
        assert "unique_id" not in applied["data"]
    assert of_address(server, ACCEPTED, BALANCER) == []


def test_openssh_goes_through_haproxy(server, balancer, tmp_path):
    batch = tmp_path / "batch"
    batch.write_text("put %s /up\nls /\n" % batch)
    done = {user: subprocess.run(
        ["sftp", *server.ssh_options(user), "-o", "BindAddress=127.0.0.24", "-P",
         str(balancer.ports["v1"]), "-b", str(batch), user + "@127.0.0.1"],
        capture_output=True, text=True, timeout=120) for user in ("alice", "far")}
    assert done["alice"].returncode == 0 and "up" in done["alice"].stdout
    # The key is right, the address is not; the balancer's would not be either.
    assert done["far"].returncode != 0 and "Permission denied" in done["far"].stderr
    assert server.file("alice", "up").read_text() == batch.read_text()


def test_a_balancer_without_headers_gets_no_further(server, balancer):
    before = len(server.events(REFUSED))
    with connect(balancer.ports["bare"], "127.0.0.26") as peer:
        peer.sendall(b"SSH-2.0-honest\r\n")
        assert reads_to_the_end(peer) == b""
    told = server.wait_for(lambda: server.events(REFUSED)[before:])
    assert peer_of(told[0]) == BALANCER
    assert "no PROXY header came" in told[0]["data"]["details"]


@pytest.mark.parametrize("way, address", [("stranger-v1", "127.0.0.27"),
                                          ("stranger-v2", "127.0.0.28")])
def test_S32_a_header_from_elsewhere_ends_the_connection_and_changes_no_address(
        server, balancer, way, address):
    before = len(server.events(SSH_FAILED))
    with connect(balancer.ports[way], address) as peer:
        peer.sendall(b"SSH-2.0-honest\r\n")
        reads_to_the_end(peer)
    told = server.wait_for(lambda: server.events(SSH_FAILED)[before:])
    assert peer_of(told[0]) == STRANGER
    assert "proxy_protocol_sources" in told[0]["data"]["details"]
    assert of_address(server, None, address) == []


TCP4 = b"PROXY TCP4 192.0.2.77 198.51.100.1 4711 22\r\n"
SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
BAD = {
    "no header": b"SSH-2.0-x\r\n",
    "cut": TCP4[:20],
    "malformed": b"PROXY TCP4 192.0.2.777 198.51.100.1 4711 22\r\n",
    "too long": b"PROXY UNKNOWN " + b"x" * 200 + b"\r\n",
    "too long, version 2": SIGNATURE + b"\x21\x11\xff\xff" + bytes(60000),
    "TLV overflow": SIGNATURE + b"\x21\x11\0\x0f" + bytes(12) + b"\5\xff\xff",
    "wrong checksum": SIGNATURE + b"\x21\x11\0\x13" + bytes(12) + b"\3\0\4abcd",
}


@pytest.mark.parametrize("words", BAD.values(), ids=BAD.keys())
def test_S32_a_bad_header_ends_the_connection(server, words):
    before = len(server.events(REFUSED))
    with connect(server.port, BALANCER) as peer:
        try:
            peer.sendall(words)
            peer.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        assert reads_to_the_end(peer) == b""
    (told,) = server.wait_for(lambda: server.events(REFUSED)[before:])
    assert peer_of(told) == BALANCER


def test_S32_a_second_header_ends_the_connection_and_changes_nothing(server):
    before = len(server.events(SSH_FAILED))
    with connect(server.port, BALANCER) as peer:
        peer.sendall(TCP4 + TCP4.replace(b"192.0.2.77", b"203.0.113.9"))
        reads_to_the_end(peer)
    (told,) = server.wait_for(lambda: server.events(SSH_FAILED)[before:])
    assert peer_of(told) == "192.0.2.77"
    assert "proxy_protocol_sources" in told["data"]["details"]
    assert of_address(server, None, "203.0.113.9") == []


def test_a_header_may_name_ipv6_and_the_rest_of_its_bytes_is_the_clients(server):
    with connect(server.port, BALANCER) as peer:
        peer.sendall(b"PROXY TCP6 2001:db8::5 ::1 1 22\r\nSSH-2.0-x\r\n")
        assert peer.recv(4) == b"SSH-"
    server.wait_for(lambda: of_address(server, OPENED, "2001:db8::5"))


def test_health_checks_of_a_balancer_are_not_told(server, tmp_path):
    before = len(server.events())
    balancer = Balancer(tmp_path, server, ["checked", "probed"])
    try:
        # So many checks have been by when two honest logins are through.
        for address in ("127.0.0.31", "127.0.0.32"):
            log_in(balancer.ports["checked"], address)
    finally:
        balancer.end()
    told = [r for r in server.events()[before:] if peer_of(r) == BALANCER]
    assert told == []


def test_limits_of_an_address_are_the_clients_behind_a_balancer(server, balancer):
    port = balancer.ports["v2"]
    clients = [connect(port, "127.0.0.41") for _ in range(MOST_PER_ADDRESS)]
    for client in clients:
        assert client.recv(4) == b"SSH-"
    with connect(port, "127.0.0.41") as one_more:
        assert reads_to_the_end(one_more) == b""
    told = server.wait_for(lambda: of_address(server, REFUSED, "127.0.0.41"))
    assert "maximum_connections_per_address" in told[0]["data"]["details"]
    log_in(port, "127.0.0.42")
    for client in clients:
        client.close()


# source_ip_filter


def test_a_filter_lets_in_from_its_networks_only(server, balancer):
    log_in(server.port, "127.0.0.8", "near", "secret")
    log_in(balancer.ports["v1"], "127.0.0.10", "near", "secret")
    for address in ("127.0.0.9", "127.0.0.12", BALANCER.replace(".2", ".3")):
        refused_log_in(server.port, address, "near", "secret")
        (told,) = of_address(server, FORBIDDEN, address)
        assert "source_ip_filter of the account" in told["data"]["details"]
    refused_log_in(balancer.ports["v2"], "127.0.0.9", "near", "secret")
    assert len(of_address(server, FORBIDDEN, "127.0.0.9")) == 2


def test_the_groups_filter_holds_beside_the_accounts(server):
    log_in(server.port, "127.0.0.14", "fenced", "secret")
    refused_log_in(server.port, "127.0.0.13", "fenced", "secret")
    (told,) = of_address(server, FORBIDDEN, "127.0.0.13")
    assert "source_ip_filter of the group" in told["data"]["details"]


def test_from_a_wrong_address_a_right_password_is_answered_as_a_wrong_one(server):
    answers = {refused_log_in(server.port, "127.0.0.51", "far", password)
               for password in ("secret", "wrong")}
    answers.add(refused_log_in(server.port, "127.0.0.51", "nobody", "secret"))
    assert len(answers) == 1


def test_a_header_does_not_open_a_filter_to_who_may_not_send_one(server):
    with connect(server.port, STRANGER) as peer:
        peer.sendall(b"PROXY TCP4 192.0.2.1 198.51.100.1 1 22\r\n")
        transport = paramiko.Transport(peer)
        transport.banner_timeout = 60
        with pytest.raises((paramiko.SSHException, EOFError)):
            transport.connect(username="far", password="secret")
        transport.close()
    assert of_address(server, ACCEPTED, "192.0.2.1") == []
    with connect(server.port, BALANCER) as peer:
        peer.sendall(b"PROXY TCP4 192.0.2.1 198.51.100.1 1 22\r\n")
        transport = paramiko.Transport(peer)
        transport.banner_timeout = 60
        transport.connect(username="far", password="secret")
        transport.close()
    assert len(of_address(server, ACCEPTED, "192.0.2.1")) == 1


# Dead peers


def test_a_connection_is_kept_alive(server):
    with connect(server.port, "127.0.0.61") as peer:
        assert peer.recv(4) == b"SSH-"
        shown = subprocess.run(
            ["ss", "-tnoH", "src", "127.0.0.1:%d" % server.port, "dst", "127.0.0.61"],
            capture_output=True, text=True, timeout=60)
        assert "timer:(keepalive," in shown.stdout, shown.stdout
