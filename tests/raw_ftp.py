# SPDX-License-Identifier: Apache-2.0
"""An FTP client that says exactly what it is told to.

    ftp = Ftp(port)                     # logged in as alice
    ftp = Ftp(port, tls="explicit")     # or "implicit"; with PBSZ 0 and PROT P
    ftp.say("SIZE /f").code == 213
    ftp.put("/f", b"...")               # by STOR, in passive mode
    data = ftp.passive()                # a socket, not yet under TLS
"""
import re
import socket
import ssl

TIMEOUT = 60


class Refused(Exception):
    def __init__(self, reply):
        super().__init__("%s" % (reply,))
        self.reply = reply


class Reply:
    def __init__(self, lines):
        self.lines = lines
        self.code = int(lines[-1][:3])

    @property
    def text(self):
        return b"\n".join(self.lines).decode("utf-8", "replace")

    def __str__(self):
        return self.text


def believing_context(newest=None, oldest=None):
    """TLS that takes any certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if oldest:
        context.minimum_version = oldest
    if newest:
        context.maximum_version = newest
    return context


class Ftp:
    def __init__(self, port, user="alice", password="wonderland", tls=None, host="127.0.0.1",
                 context=None, source=None):
        self.context = context or believing_context()
        self.host = host
        self.is_private = False
        self.pending = b""
        self.socket = socket.create_connection((host, port), TIMEOUT,
                                               source and (source, 0))
        if tls == "implicit":
            self.wrap()
        self.greeting = self.reply()
        if tls == "explicit":
            self.must("AUTH TLS")
            self.wrap()
        if user is not None:
            self.log_in(user, password)
            if tls:
                self.protect()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.cut()

    # The control connection

    def wrap(self):
        self.socket = self.context.wrap_socket(self.socket, server_hostname="localhost")

    def log_in(self, user, password):
        reply = self.say("USER " + user)
        if reply.code == 331:
            reply = self.say("PASS " + password)
        if reply.code != 230:
            raise Refused(reply)

    def protect(self):
        self.must("PBSZ 0")
        self.must("PROT P")
        self.is_private = True

    def send(self, line):
        self.socket.sendall((line.encode() if isinstance(line, str) else line) + b"\r\n")

    def line(self):
        while b"\n" not in self.pending:
            got = self.socket.recv(65536)
            if not got:
                raise EOFError("the server has closed the connection")
            self.pending += got
        line, self.pending = self.pending.split(b"\n", 1)
        assert line.endswith(b"\r"), "a reply's line ends in LF alone: %r" % line
        return line[:-1]

    def reply(self):
        lines = [self.line()]
        assert re.match(rb"[1-6][0-9][0-9][ -]", lines[0]), lines
        while lines[0][3:4] == b"-" and lines[-1][:4] != lines[0][:3] + b" ":
            lines.append(self.line())
        return Reply(lines)

    def say(self, line):
        self.send(line)
        return self.reply()

    def must(self, line):
        return must(self.say(line))

    def has_ended(self):
        """Whether the server has closed the connection, or does now."""
        try:
            while self.socket.recv(65536):
                pass
            return True
        except socket.timeout:
            return False
        except OSError:
            return True

    def quit(self):
        reply = self.say("QUIT")
        self.cut()
        return reply

    def cut(self):
        self.socket.close()

    # Data connections

    def passive_port(self, verb="EPSV"):
        text = self.must(verb).text
        if verb.startswith("EPSV"):
            return int(re.search(r"\(\|\|\|(\d+)\|\)", text).group(1))
        numbers = re.search(r"(\d+),(\d+),(\d+),(\d+),(\d+),(\d+)", text).groups()
        return int(numbers[4]) * 256 + int(numbers[5])

    def passive(self, verb="EPSV", source=None):
        port = self.passive_port(verb)
        return socket.create_connection((self.host, port), TIMEOUT, source and (source, 0))

    def active(self, verb="EPRT"):
        """A socket that listens, told to the server."""
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        listening = socket.socket(family)
        listening.settimeout(TIMEOUT)
        listening.bind((self.host, 0))
        listening.listen(1)
        port = listening.getsockname()[1]
        if verb == "PORT":
            self.must("PORT %s,%d,%d" % (self.host.replace(".", ","), port >> 8, port & 255))
        else:
            self.must("EPRT |%d|%s|%d|" % (2 if ":" in self.host else 1, self.host, port))
        return listening

    def secure(self, data):
        """The data connection under TLS, by the control connection's session."""
        if not self.is_private:
            return data
        return self.context.wrap_socket(data, server_hostname="localhost",
                                        session=self.socket.session)

    def start(self, line, mode="EPSV"):
        """The verb of a transfer, and the data connection that it uses."""
        if mode in ("PORT", "EPRT"):
            listening = self.active(mode)
            self.send(line)
            reply = self.reply()
            if reply.code not in (125, 150):
                listening.close()
                raise Refused(reply)
            data, _ = listening.accept()
            listening.close()
            return self.secure(data)
        data = self.passive(mode)
        reply = self.say(line)
        if reply.code not in (125, 150):
            data.close()
            raise Refused(reply)
        return self.secure(data)

    def finish(self, data):
        """End what is sent, as it is to be ended, and hear what became of it."""
        if isinstance(data, ssl.SSLSocket):
            data = data.unwrap()
        data.close()
        return self.reply()

    def store(self, line, content, mode="EPSV"):
        data = self.start(line, mode)
        data.sendall(content)
        return self.finish(data)

    def put(self, path, content, verb="STOR", mode="EPSV"):
        return must(self.store("%s %s" % (verb, path), content, mode))

    def fetch(self, line, mode="EPSV"):
        data = self.start(line, mode)
        content = bytearray()
        while True:
            got = data.recv(262144)
            if not got:
                break
            content += got
        data.close()
        return bytes(content), self.reply()

    def get(self, path, mode="EPSV"):
        content, reply = self.fetch("RETR " + path, mode)
        must(reply)
        return content

    def names(self, path="/"):
        """What MLSD tells, but for the folder itself."""
        content, reply = self.fetch("MLSD " + path)
        must(reply)
        names = set()
        for line in content.decode("utf-8").splitlines():
            facts, name = line.split(" ", 1)
            if not re.search("type=[cp]dir", facts, re.I):
                names.add(name)
        return names


def must(reply):
    if reply.code >= 400:
        raise Refused(reply)
    return reply
