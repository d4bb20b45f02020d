# SPDX-License-Identifier: Apache-2.0
"""server_fixture.py - a Convoy of one's own for a test.

    with Server(tmp_path) as server:
        server.account("anna", password="secret")      # before start()
        server.start()
        ... server.port, server.home("anna"), server.key("anna") ...

A Server is a folder with a server.ini, host keys, homes and logs. Nothing is
shared with other servers unless a test passes `options` that say so. The
program is the one that the environment variable CONVOY names, else
build/convoy of this source tree.
"""

import crypt
import json
import os
import pathlib
import signal
import socket
import subprocess
import threading
import time

SOURCE = pathlib.Path(__file__).resolve().parent.parent
READY_TIMEOUT = 60
SERVICE = "services/sftp"


def convoy():
    """The path of the program under test."""
    return os.environ.get("CONVOY") or str(SOURCE / "build" / "convoy")


def make_key(path, kind="ed25519"):
    """A key pair without a passphrase at `path` and `path`.pub."""
    if not path.exists():
        subprocess.run(
            ["ssh-keygen", "-q", "-N", "", "-C", "", "-t", kind, "-f", path],
            check=True,
        )
    return path


class Server:
    """One server: made, started, stopped or killed, and started again.

    `options` is {section: {option: value}} and wins over the defaults below;
    a value of None takes a default out. The service is "services/sftp".
    """

    def __init__(self, folder, options=None):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.process = None
        self.port = self._free_port()
        self.output = []
        self._ready = threading.Event()
        self._accounts = {}
        self._options = self._defaults()
        self.configure(options or {})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.is_running():
            self.kill9()

    # What it is

    @staticmethod
    def _free_port():
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return probe.getsockname()[1]

    def _defaults(self):
        keys = {}
        for kind in ("ed25519", "ecdsa", "rsa"):
            path = make_key(self.folder / f"host_{kind}", kind)
            keys[f"vault-items/host-{kind}"] = {
                "name": f"host-{kind}",
                "type": "ssh-private",
                "content": f"external-file:{path.name}",
            }
        return {
            "server": {
                "name": "test",
                "failed_login_delay": "0",
                "drain_timeout": "5",
                "ssh_server_keys": "host-ed25519, host-ecdsa, host-rsa",
            },
            **keys,
            "event-handlers/log": {
                "enabled": "Yes",
                "name": "log",
                "type": "local-file",
                "path": "events.json",
            },
            SERVICE: {
                "enabled": "Yes",
                "name": "SFTP",
                "type": "ssh",
                "address": "127.0.0.1",
                "port": str(self.port),
                # Every test comes from one address.
                "maximum_unauthenticated_per_address": "0",
            },
        }

    def configure(self, options):
        """Merge {section: {option: value}}; counts from the next start."""
        for section, values in options.items():
            mine = self._options.setdefault(section, {})
            for option, value in values.items():
                mine[option] = value

    def account(self, name, password="secret", **options):
        """An account with a home folder of its own, and a key pair when its
        `key` is asked for. Further options go into its section."""
        key = make_key(self.folder / f"key_{len(self._accounts)}")
        home = self.folder / "homes" / str(len(self._accounts))
        home.mkdir(parents=True, exist_ok=True)
        self._accounts[name] = (home, key)
        uuid = f"account-{len(self._accounts)}"
        section = {
            "enabled": "Yes",
            "name": name,
            "home_folder_path": str(home),
            "ssh_authorized_keys_content": key.with_suffix(".pub")
            .read_text()
            .strip(),
            **options,
        }
        if password is not None:
            salt = crypt.mksalt(crypt.METHOD_SHA512, rounds=1000)
            section["password"] = crypt.crypt(password, salt)
        self.configure({f"accounts/{uuid}": section})
        return home

    def home(self, name):
        """The account's folder on the disk of this machine."""
        return self._accounts[name][0]

    def key(self, name):
        """The path of the account's private key."""
        return self._accounts[name][1]

    def write(self):
        """Write server.ini from what was configured; returns its path."""
        lines = []
        for section, options in self._options.items():
            lines.append(f"[{section}]")
            for option, value in options.items():
                if value is not None:
                    lines.append(f"{option} = {value}")
            lines.append("")
        path = self.folder / "server.ini"
        path.write_text("\n".join(lines))
        return path

    # Its life

    def start(self):
        """Start and wait until it says that it is ready."""
        path = self.write()
        self._ready.clear()
        self.process = subprocess.Popen(
            [convoy(), "serve", "-c", path],
            stdout=subprocess.PIPE,
            stderr=open(self.folder / "console.log", "ab"),
            cwd=self.folder,
        )
        reader = threading.Thread(target=self._read, args=[self.process])
        reader.daemon = True
        reader.start()
        if not self._ready.wait(READY_TIMEOUT) or not self.is_running():
            raise RuntimeError("not ready:\n" + self.console())
        return self

    def _read(self, process):
        for line in process.stdout:
            text = line.decode().rstrip("\n")
            self.output.append(text)
            if text == "ready":
                self._ready.set()
        process.wait()
        self._ready.set()

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def stop(self, timeout=60):
        """End it as an operator does; returns the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout)

    def kill9(self):
        self.process.kill()
        self.process.wait()

    def pause(self):
        """SIGSTOP: alive, holding what it holds, and doing nothing."""
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def restart(self):
        """kill -9, if it still runs, and start again on the same port."""
        if self.is_running():
            self.kill9()
        return self.start()

    # What it said

    def console(self):
        path = self.folder / "console.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def events(self):
        """The records of the event log so far, oldest first."""
        path = self.folder / "events.json"
        if not path.exists():
            return []
        lines = path.read_bytes().split(b"\n")
        return [json.loads(line) for line in lines if line]

    def wait_for(self, condition, timeout=30):
        """Wait until condition() is true and return what it gave. For what
        has no other sign; a test that gets here too late has failed."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            found = condition()
            if found:
                return found
            time.sleep(0.02)
        raise AssertionError("it never came about:\n" + self.console())

    def wait_for_event(self, number, timeout=30):
        """The first record with that event number."""

        def first():
            for record in self.events():
                if str(record.get("id")) == str(number):
                    return record
            return None

        return self.wait_for(first, timeout)

    def memory_kib(self):
        """Proportional set size of the process."""
        path = f"/proc/{self.process.pid}/smaps_rollup"
        with open(path) as rollup:
            for line in rollup:
                if line.startswith("Pss:"):
                    return int(line.split()[1])
        return 0
