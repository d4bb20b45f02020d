# SPDX-License-Identifier: Apache-2.0
"""servers.py - the servers that are compared, each on a port of its own.

All have one Ed25519 host key, let the same key in, write no log of transfers
and serve the folder they are given, to which their clients' paths are relative.
"""
import grp
import os
import pwd
import signal
import socket
import subprocess
import time

from measure import Cgroup, cpu_of_tree, pss_of_tree

GCM128 = "aes128-gcm@openssh.com"
GCM256 = "aes256-gcm@openssh.com"
CHACHA = "chacha20-poly1305@openssh.com"
CTR = "aes256-ctr"
NAMES = {GCM128: "aes128-gcm", GCM256: "aes256-gcm", CHACHA: "chacha20",
         CTR: "aes256-ctr+hmac"}


class Keys:
    """The host key and the client's key, in the forms that servers want."""

    def __init__(self, folder, client, line):
        self.client = client
        self.line = line
        self.host = f"{folder}/host_key"
        make_key(self.host)
        self.authorized = f"{folder}/authorized_keys"
        self.rfc4716 = f"{folder}/authorized_rfc4716"
        write(self.authorized, self.line + "\n", 0o644)
        write(self.rfc4716, "---- BEGIN SSH2 PUBLIC KEY ----\n"
              f"{self.line.split()[1]}\n"
              "---- END SSH2 PUBLIC KEY ----\n", 0o644)

    @classmethod
    def for_load(cls, folder, load):
        """The client is our own, which reads PEM."""
        client = f"{folder}/client.pem"
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519",
                        "-out", client], check=True, capture_output=True)
        line = subprocess.run([load, "public-key", client], check=True,
                              text=True, stdout=subprocess.PIPE).stdout
        return cls(folder, client, line)

    @classmethod
    def for_openssh(cls, folder):
        client = f"{folder}/client"
        make_key(client)
        with open(f"{client}.pub") as public:
            return cls(folder, client, public.read().strip())


def make_key(path):
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path],
                   check=True)


def write(path, text, mode=0o600):
    with open(path, "w") as file:
        file.write(text)
    os.chmod(path, mode)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def person():
    """Whom the servers run their sessions as: nobody, when we are root."""
    if os.geteuid() == 0:
        return pwd.getpwnam("nobody")
    return pwd.getpwuid(os.geteuid())


class Server:
    """A server process. Subclasses say how it is configured and started."""
    name = ""
    lacks = ()
    user = "bench"

    def __init__(self, work, files, keys, person):
        self.person = person     # whom its sessions run as
        self.folder = f"{work}/{self.name}"
        os.mkdir(self.folder)
        self.files = files
        self.keys = keys
        self.port = free_port()
        self.cgroup = Cgroup(self.name)
        self.process = None

    def configure(self):
        """Write what it needs; return the command."""
        raise NotImplementedError

    def start(self):
        log = open(f"{self.folder}/log", "w")
        self.process = subprocess.Popen(
            self.configure(), stdout=log, stderr=log, stdin=subprocess.DEVNULL,
            preexec_fn=self.cgroup.enter, cwd=self.folder)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        with open(f"{self.folder}/log") as log:
            raise RuntimeError(f"{self.name} did not start: {log.read()}")

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.cgroup.remove()

    def path(self, name):
        """How a client of SCP calls a file in the folder."""
        return name

    def cpu(self):
        if self.cgroup.path:
            return self.cgroup.cpu()
        return cpu_of_tree(self.process.pid)

    def pss(self):
        return pss_of_tree(self.process.pid)


class Convoy(Server):
    name = "convoy"
    program = None
    durability = "cache"

    def configure(self):
        write(f"{self.folder}/server.ini", f"""\
[server]
name = bench
durability = {self.durability}

{self.service()}
[groups/DEFAULT_GROUP]
enabled = Yes
name = Default

[accounts/bench]
enabled = Yes
name = {self.user}
type = application
group = DEFAULT_GROUP
home_folder_path = {self.files}
permissions = allow-full-control
{self.credential()}
""")
        return [self.program, "serve", "-c", f"{self.folder}/server.ini"]

    def service(self):
        return f"""\
[vault-items/host-key]
type = ssh-private
content = external-file:{self.keys.host}

[services/ssh]
enabled = Yes
name = ssh
type = ssh
address = 127.0.0.1
port = {self.port}
scp = Yes
ssh_server_keys = host-key
"""

    def credential(self):
        return f"ssh_authorized_keys_content = {self.keys.line}"


class ConvoyDisk(Convoy):
    name = "convoy-disk"
    durability = "disk"


class OpenSSH(Server):
    name = "openssh"

    def configure(self):
        self.user = self.person.pw_name
        self.made_run = False
        if os.geteuid() == 0 and not os.path.isdir("/run/sshd"):
            os.mkdir("/run/sshd", 0o755)
            self.made_run = True
        write(f"{self.folder}/sshd_config", f"""\
ListenAddress 127.0.0.1:{self.port}
HostKey {self.keys.host}
AuthorizedKeysFile {self.keys.authorized}
StrictModes no
PermitRootLogin prohibit-password
UsePAM no
UseDNS no
PasswordAuthentication no
KbdInteractiveAuthentication no
Ciphers {GCM128},{GCM256},{CHACHA},{CTR}
MaxStartups 5000
PidFile none
LogLevel ERROR
PrintMotd no
Subsystem sftp internal-sftp -d {self.files}
""")
        return ["/usr/sbin/sshd", "-D", "-e", "-f", f"{self.folder}/sshd_config"]

    def path(self, name):
        return f"{self.files}/{name}"

    def stop(self):
        super().stop()
        if self.made_run:
            os.rmdir("/run/sshd")


class ProFTPD(Server):
    name = "proftpd"
    lacks = (CHACHA,)

    def configure(self):
        who = self.person
        write(f"{self.folder}/passwd",
              f"{self.user}:*:{who.pw_uid}:{who.pw_gid}::{self.files}:/bin/sh\n")
        write(f"{self.folder}/proftpd.conf", f"""\
ModulePath /usr/lib/proftpd
LoadModule mod_sftp.c
ServerType standalone
ServerName bench
DefaultServer on
UseIPv6 off
DefaultAddress 127.0.0.1
SocketBindTight on
Port {self.port}
User {who.pw_name}
Group {grp.getgrgid(who.pw_gid).gr_name}
MaxInstances none
UseReverseDNS off
WtmpLog off
TransferLog none
SystemLog {self.folder}/system.log
PidFile {self.folder}/pid
ScoreboardFile {self.folder}/scoreboard
DelayTable none
AuthOrder mod_auth_file.c
AuthUserFile {self.folder}/passwd
RequireValidShell off
RootLogin on
AllowOverwrite on
SFTPEngine on
SFTPLog none
SFTPHostKey {self.keys.host}
SFTPAuthMethods publickey
SFTPAuthorizedUserKeys file:{self.keys.rfc4716}
SFTPCiphers {GCM128} {GCM256} {CTR}
SFTPDigests hmac-sha2-256
SFTPCompression off
""")
        return ["/usr/sbin/proftpd", "-n", "-q", "-c",
                f"{self.folder}/proftpd.conf"]
