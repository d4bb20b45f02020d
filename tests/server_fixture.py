# SPDX-License-Identifier: Apache-2.0
"""A server of one's own: a folder, a server.ini, a process.

    server = Server(tmp_path / "server", accounts={"alice": "wonderland"})
    server.start()          # returns when the server has said `ready`
    ... server.port ...
    server.stop()           # SIGTERM, waits; server.kill9() is `kill -9`
    server.start()          # again, on the same folder
    server.end()            # whatever state it is in

The program is the one that the environment variable CONVOY names.
"""
import json
import os
import re
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

CONVOY = os.environ.get("CONVOY", "build/convoy")
START_TIMEOUT = 60


def run_convoy(*arguments, stdin=""):
    done = subprocess.run([CONVOY, *arguments], input=stdin, text=True, capture_output=True,
                          timeout=60)
    if done.returncode != 0:
        raise RuntimeError("convoy %s: %s" % (" ".join(arguments), done.stderr))
    return done.stdout


def option_lines(options):
    return "".join("%s = %s\n" % (name, str(value).replace("\n", "\n    "))
                   for name, value in (options or {}).items())


def make_certificate(path, name="localhost", days=30):
    """A certificate for this machine and its key, in one PEM file."""
    key, chain = str(path) + ".key", str(path) + ".crt"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-subj", "/CN=" + name, "-days", str(days), "-keyout", key, "-out", chain,
         "-addext", "subjectAltName=DNS:%s,IP:127.0.0.1,IP:::1" % name,
         "-addext", "keyUsage=critical,digitalSignature",
         "-addext", "extendedKeyUsage=serverAuth"],
        check=True, capture_output=True)
    Path(path).write_text(Path(chain).read_text() + Path(key).read_text())
    os.chmod(path, 0o600)


class Server:
    """
    accounts         {name: password}
    hashes           {name: password hash}, instead of passwords
    keys             names of accounts that get a key pair (see ssh_options)
    public_keys      {name: authorized_keys text}
    account_options  {name: {option: value}}
    server, service, group   more options of [server], [services/sftp] and
                     [groups/DEFAULT_GROUP]
    services         more services: {id: {option: value}}; `ports` has their ports
                     by their names, which are their ids unless told. Where one
                     of them speaks FTP a certificate is made for it (see
                     `certificate`)
    extra            text put behind everything else
    host_key_types   ed25519 unless told
    home, state      folders; inside `folder` unless told
    shared_home      all accounts have one home folder
    uuid             [server] uuid
    like             another Server: same homes, state, accounts and keys
    ini              use this server.ini as it is
    env              more environment variables
    """

    def __init__(self, folder, accounts=None, hashes=None, keys=(), public_keys=None,
                 account_options=None, server=None, service=None, group=None, extra="",
                 host_key_types=("ed25519",), home=None, state=None, shared_home=False,
                 uuid=None, like=None, ini=None, env=None, services=None):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.env = dict(os.environ, **(env or {}))
        self.process = None
        self.port = None
        self.ports = {}
        self.service_count = 1
        self.log = []
        self.keys_folder = self.folder
        self.shared_home = shared_home
        if ini is not None:
            self.ini = Path(ini)
            return
        self.ini = self.folder / "server.ini"
        if like is not None:
            self._be_like(like, uuid)
            return
        self.homes = Path(home) if home else self.folder / "homes"
        self.state = Path(state) if state else self.folder / "state"
        self.homes.mkdir(parents=True, exist_ok=True)
        self.parts = {
            "server": dict({"state_folder": self.state, "failed_login_delay": 0}, **(server or {})),
            "service": dict({"type": "ssh", "address": "127.0.0.1", "port": 0, "name": "SFTP",
                             "ssh_server_keys": ", ".join("host-" + t for t in host_key_types),
                             "maximum_unauthenticated_per_address": 0}, **(service or {})),
            "group": dict({"home_folder_path":
                           self.homes / ("shared" if shared_home else "${USER}"),
                           "create_home_folder": "Yes"}, **(group or {})),
        }
        self.uuid = uuid
        self.account_text = self._accounts(accounts or {}, hashes or {}, set(keys),
                                           public_keys or {}, account_options or {})
        self.vault_text = self._host_keys(host_key_types)
        self.services_text = self._services(services or {})
        self.extra = extra
        self.write_ini()

    def _be_like(self, other, uuid):
        for name in ("homes", "state", "account_text", "vault_text", "services_text", "extra",
                     "service_count", "keys_folder", "shared_home"):
            setattr(self, name, getattr(other, name))
        self.parts = other.parts
        self.uuid = uuid
        self.write_ini()

    def _host_keys(self, types):
        text = ""
        for kind in types:
            path = self.folder / ("host-" + kind)
            run_convoy("generate", "ssh-key", "--type", kind, str(path))
            text += ("[vault-items/host-%s]\ntype = ssh-private\n"
                     "content = external-file:%s\n\n" % (kind, path))
        return text

    def _services(self, services):
        """Each at a free port of 127.0.0.1, and TLS for those that can."""
        text = ""
        with_tls = [id for id, options in services.items()
                    if options["type"] in ("ftp", "ftpsi")]
        if with_tls:
            self.certificate = self.folder / "certificate.pem"
            make_certificate(self.certificate)
            self.vault_text += ("[vault-items/certificate]\ntype = private-certificate\n"
                                "content = external-file:%s\n\n" % self.certificate)
        self.service_count += len(services)
        for id, options in services.items():
            mine = {"name": id, "address": "127.0.0.1", "port": 0,
                    "maximum_unauthenticated_per_address": 0}
            if id in with_tls:
                mine["tls_private_certificate"] = "certificate"
            mine.update(options)
            mine = {name: value for name, value in mine.items() if value is not None}
            text += "[services/%s]\n%s\n" % (id, option_lines(mine))
        return text

    def _accounts(self, accounts, hashes, keys, public_keys, options):
        text = ""
        for name in {**accounts, **hashes, **{k: 1 for k in public_keys}}:
            mine = {"name": name}
            if name in hashes:
                mine["password"] = hashes[name]
            elif name in accounts:
                # sha256-crypt at its smallest: the tests are not about it.
                made = subprocess.run(
                    ["openssl", "passwd", "-5", "-salt", "saltsalt", accounts[name]],
                    check=True, capture_output=True, text=True)
                mine["password"] = made.stdout.strip()
            if name in keys:
                path = self.folder / ("key-" + name)
                run_convoy("generate", "ssh-key", str(path))
                public_keys = {**public_keys, name: Path(str(path) + ".pub").read_text()}
            if name in public_keys:
                mine["ssh_authorized_keys_content"] = "\n" + public_keys[name].strip()
            mine.update(options.get(name, {}))
            text += "[accounts/uuid-%s]\n%s\n" % (name, option_lines(mine))
        return text

    def write_ini(self):
        server = dict(self.parts["server"], **({"uuid": self.uuid} if self.uuid else {}))
        self.ini.write_text(
            "[server]\n" + option_lines(server) +
            "\n[services/sftp]\n" + option_lines(self.parts["service"]) +
            "\n" + self.services_text +
            "\n[event-handlers/log]\ntype = local-file\npath = %s\n" % (self.folder / "events.json") +
            "\n[groups/DEFAULT_GROUP]\n" + option_lines(self.parts["group"]) +
            "\n" + self.vault_text + self.account_text + self.extra)

    # Life

    def start(self):
        self.log = []
        self.process = subprocess.Popen(
            [CONVOY, "serve", "-c", str(self.ini)], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, errors="replace", env=self.env)
        self.pid = self.process.pid
        self.reader = threading.Thread(target=self._read_log, args=(self.process.stderr,),
                                       daemon=True)
        self.reader.start()
        ready = threading.Timer(START_TIMEOUT, self.process.kill)
        ready.start()
        line = self.process.stdout.readline()
        ready.cancel()
        if line.strip() != "ready":
            self.process.wait()
            self.reader.join(5)
            raise RuntimeError("the server did not start:\n" + "".join(self.log))
        self.port = self._find_port()

    def _read_log(self, stream):
        for line in stream:
            self.log.append(line)

    def _find_port(self):
        """The port of the first service, from its starting event."""
        self.wait_for(lambda: len(self._listening()) >= self.service_count)
        self.ports = self._listening()
        return next(iter(self.ports.values()))

    def _listening(self):
        """The ports of the services that have told theirs, by name."""
        ports = {}
        for record in self.console():
            if record.get("id") == 20156:
                found = re.search(r"port (\d+)", record["data"].get("description", ""))
                if found:
                    ports[record["data"]["name"]] = int(found.group(1))
        return ports

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.wait_exit()

    def wait_exit(self, timeout=60):
        code = self.process.wait(timeout)
        self.reader.join(5)
        return code

    def kill9(self):
        self.process.kill()
        self.process.wait()

    def end(self):
        """Stop it in whatever state it is; a sanitizer's report is an error."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.send_signal(signal.SIGTERM)
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise AssertionError("the server did not stop:\n" + self.tail())
        self.reader.join(5)
        for line in self.log:
            if "Sanitizer" in line or "runtime error" in line:
                raise AssertionError("\n" + "".join(self.log)[-8000:])

    def tail(self):
        return "".join(self.log[-40:])

    # What happened

    def console(self):
        """The records on the console, as far as they have come."""
        records = []
        for line in list(self.log):
            if line.startswith("{"):
                try:
                    records.append(json.loads(line))
                except ValueError:
                    pass
        return records

    def events(self, event_id=None):
        """The records of the event file; of one number when it is given."""
        path = self.folder / "events.json"
        records = [json.loads(line) for line in path.read_bytes().splitlines() if line]
        return [r for r in records if event_id in (None, r["id"])]

    def wait_for(self, condition, timeout=60):
        """What the condition returns, as soon as it is true."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            result = condition()
            if result:
                return result
            if self.process is not None and self.process.poll() is not None and not self.log:
                break
            time.sleep(0.02)
        raise AssertionError("waited in vain for %s\n%s" % (condition, self.tail()))

    def wait_until_cut(self, count=1):
        """Until `count` sessions have ended: left-overs are recorded then."""
        return self.wait_for(lambda: len([r for r in self.console() if r["id"] == 70002]) >= count)

    # Looking at it

    def home(self, account):
        folder = self.homes / ("shared" if self.shared_home else account)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def file(self, account, path):
        return self.home(account) / path

    def left_overs(self, account):
        return sorted(p.name for p in self.home(account).rglob(".convoy-*"))

    def accepts_connections(self):
        with socket.socket() as probe:
            probe.settimeout(5)
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def resident_kib(self):
        text = Path("/proc/%d/status" % self.pid).read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", text).group(1))

    def open_files(self):
        return len(os.listdir("/proc/%d/fd" % self.pid))

    # For OpenSSH's clients

    def ssh_options(self, account, identity=None):
        identity = identity or self.keys_folder / ("key-" + account)
        return ["-F", "/dev/null", "-i", str(identity), "-o", "IdentitiesOnly=yes",
                "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
                "-o", "LogLevel=ERROR", "-o", "PasswordAuthentication=no",
                "-o", "KbdInteractiveAuthentication=no"]

    def host_key_fingerprint(self, kind="ed25519"):
        """SHA256:…, as ssh-keygen and PuTTY print it."""
        done = subprocess.run(["ssh-keygen", "-l", "-f", str(self.keys_folder / ("host-%s.pub" % kind))],
                              check=True, capture_output=True, text=True)
        return done.stdout.split()[1]
