# SPDX-License-Identifier: Apache-2.0
"""ftp_servers.py - the FTP servers that are compared.

All have one P-256 certificate and let one person in by a password whose hash
is as quick as sha256-crypt may be (vsftpd knows passwords only of the system:
there it is nobody's, for its anonymous user). They ask nothing of DNS, write
no log, and confine their sessions to the folder they are given.
"""
import crypt
import grp
import os
import subprocess

from servers import Convoy, Server, write

PASSWORD = "bench"


class Secrets:
    """The certificate and the password, in the forms that servers want."""

    def __init__(self, folder):
        self.key = f"{folder}/key.pem"
        self.certificate = f"{folder}/certificate.pem"
        self.both = f"{folder}/both.pem"
        self.hash = crypt.crypt(PASSWORD, "$5$rounds=1000$benchbench")
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost",
             "-days", "30", "-keyout", self.key, "-out", self.certificate],
            check=True, capture_output=True)
        with open(self.certificate) as certificate, open(self.key) as key:
            write(self.both, certificate.read() + key.read())
        os.chmod(self.key, 0o600)


class ConvoyFTP(Convoy):
    def service(self):
        return f"""\
[vault-items/certificate]
type = private-certificate
content = external-file:{self.keys.both}

[services/ftp]
enabled = Yes
name = ftp
type = ftp
address = 127.0.0.1
port = {self.port}
tls_private_certificate = certificate
ftps_force_secured_command_channel = No
ftps_force_secured_data_channel = No
"""

    def credential(self):
        return f"password = {self.keys.hash}"


class ConvoyFTPDisk(ConvoyFTP):
    name = "convoy-disk"
    durability = "disk"


class Peer(Server):
    """Of a package that is unpacked, not installed: Debian's FTP servers
    exclude each other."""
    folder_of_peers = None

    def program(self, path):
        return f"{self.folder_of_peers}/{path}"


class Vsftpd(Peer):
    name = "vsftpd"
    user = "anonymous"

    def path(self, name):
        """It wants its root to be nobody's to write to: one folder further up."""
        return f"{os.path.basename(self.files)}/{name}"

    def configure(self):
        empty = f"{self.folder}/empty"
        os.mkdir(empty, 0o555)
        write(f"{self.folder}/vsftpd.conf", f"""\
listen=YES
listen_address=127.0.0.1
listen_port={self.port}
background=NO
secure_chroot_dir={empty}
nopriv_user={self.person.pw_name}
ftp_username={self.person.pw_name}
local_enable=NO
anonymous_enable=YES
anon_root={os.path.dirname(self.files)}
write_enable=YES
anon_upload_enable=YES
anon_world_readable_only=NO
anon_mkdir_write_enable=YES
anon_other_write_enable=YES
anon_umask=022
no_anon_password=NO
max_clients=0
max_per_ip=0
xferlog_enable=NO
seccomp_sandbox=NO
isolate_network=NO
tcp_wrappers=NO
ssl_enable=YES
allow_anon_ssl=YES
force_anon_logins_ssl=NO
force_anon_data_ssl=NO
require_ssl_reuse=YES
ssl_request_cert=NO
ssl_ciphers=HIGH
rsa_cert_file=
dsa_cert_file={self.keys.certificate}
dsa_private_key_file={self.keys.key}
""")
        return [self.program("usr/sbin/vsftpd"), f"{self.folder}/vsftpd.conf"]


class PureFTPd(Peer):
    name = "pure-ftpd"
    user = "bench"

    def configure(self):
        passwd = f"{self.folder}/pureftpd.passwd"
        database = f"{self.folder}/pureftpd.pdb"
        who = self.person
        write(passwd, f"{self.user}:{self.keys.hash}:{who.pw_uid}:{who.pw_gid}"
              f"::{self.files}/./::::::::::::\n")
        subprocess.run([self.program("usr/bin/pure-pw"), "mkdb", database,
                        "-f", passwd], check=True)
        return [self.program("usr/sbin/pure-ftpd"), "-S",
                f"127.0.0.1,{self.port}", "-l", f"puredb:{database}", "-A",
                "-E", "-H", "-c", "20000", "-C", "20000", "-u", "1", "-f",
                "none", "-Y", "1", "-2", self.keys.both, "-I", "60",
                "-g", f"{self.folder}/pid"]


class ProFTPDFTP(Server):
    name = "proftpd"

    def configure(self):
        who = self.person
        write(f"{self.folder}/passwd",
              f"{self.user}:{self.keys.hash}:{who.pw_uid}:{who.pw_gid}::"
              f"{self.files}:/bin/sh\n")
        write(f"{self.folder}/proftpd.conf", f"""\
ModulePath /usr/lib/proftpd
LoadModule mod_tls.c
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
DefaultRoot ~
UseSendfile on
AuthOrder mod_auth_file.c
AuthUserFile {self.folder}/passwd
RequireValidShell off
RootLogin on
AllowOverwrite on
TLSEngine on
TLSRequired off
TLSProtocol TLSv1.2 TLSv1.3
TLSECCertificateFile {self.keys.certificate}
TLSECCertificateKeyFile {self.keys.key}
TLSOptions NoSessionReuseRequired
TLSLog none
""")
        return ["/usr/sbin/proftpd", "-n", "-q", "-c",
                f"{self.folder}/proftpd.conf"]
