"""A mail server (RFC 5321) on a free port that answers by a script and keeps what came."""

import base64
import contextlib
import email
import email.policy
import socket
import socketserver
import ssl
import struct
import tempfile
import threading
import time

from receiver import self_signed


class Letter:
    def __init__(self, sender, recipients, data):
        self.sender = sender
        self.recipients = recipients
        self.data = data
        self.at = time.monotonic()
        self.message = email.message_from_bytes(data, policy=email.policy.default)

    @property
    def text(self):
        return self.message.get_content()


class MailServer:
    """`answers` has for a verb (CONNECT, EHLO, STARTTLS, AUTH, MAIL, RCPT, DATA, END) what it is answered, one
    after another: a reply, "hang", "reset", or None for the ordinary one. Then all get the ordinary one."""

    def __init__(self, tls=None, login=None, methods="PLAIN LOGIN", extensions=("8BITMIME",), port=0, **answers):
        self.tls = tls  # None, "starttls" or "implicit"
        self.login = login
        self.methods = methods
        self.extensions = list(extensions)
        self.answers = {verb: list(replies) for verb, replies in answers.items()}
        self.letters = []
        self.commands = []  # (was it protected, the line)
        self.connections = 0
        self.lock = threading.Lock()
        self.released = threading.Event()
        self.context = None
        if tls:
            self.certificate = self_signed("localhost")
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            with tempfile.NamedTemporaryFile() as file:
                file.write(self.certificate)
                file.flush()
                self.context.load_cert_chain(file.name)
        mail_server = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                with contextlib.suppress(OSError, EOFError, ssl.SSLError):
                    Conversation(mail_server, self.request).run()

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True
            block_on_close = False

            def handle_error(self, *_):
                pass  # the gateway was killed, or hung up

        self.server = Server(("127.0.0.1", port), Handler)
        self.port = self.server.server_address[1]

    def __enter__(self):
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.released.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def next_answer(self, verb):
        with self.lock:
            replies = self.answers.get(verb)
            return replies.pop(0) if replies else None

    def verbs(self):
        with self.lock:
            return [line.split(" ")[0].upper() for _, line in self.commands]

    def settings(self, **more):
        """The environment of a gateway that sends here."""
        names = {"host": "localhost", "port": self.port, "tls": self.tls or "off", "from": "gateway@example.org"}
        if self.login:
            names["user"], names["password"] = self.login
        return {f"HOLDFAST_MAIL_{name.upper()}": str(value) for name, value in {**names, **more}.items()}


class Conversation:
    def __init__(self, server, connection):
        self.server = server
        self.connection = connection
        self.connection.settimeout(60)
        self.is_secure = False
        self.is_known = server.login is None
        self.sender, self.recipients = None, []

    def run(self):
        with self.server.lock:
            self.server.connections += 1
        if self.server.tls == "implicit":
            self.secure()
        self.file = self.connection.makefile("rb")
        if not self.answer("CONNECT", "220 mail.example.org ready"):
            return
        while line := self.file.readline(4096):
            text = line.decode().rstrip("\r\n")
            assert line.endswith(b"\r\n"), line
            with self.server.lock:
                self.server.commands.append((self.is_secure, text))
            verb = text.split(" ")[0].upper()
            if not getattr(self, "do_" + verb.lower(), self.do_unknown)(text):
                return

    def secure(self):
        self.connection = self.server.context.wrap_socket(self.connection, server_side=True)
        self.file = self.connection.makefile("rb")
        self.is_secure = True

    def send(self, text):
        self.connection.sendall(text.encode() + b"\r\n")

    def answer(self, verb, ordinary):
        """Whether the conversation goes on; `self.said` is what was answered."""
        self.said = self.server.next_answer(verb) or ordinary
        if self.said == "hang":
            self.server.released.wait(60)
            return False
        if self.said == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            return False
        self.send(self.said)
        return not self.said.startswith("421")

    def do_unknown(self, _):
        return self.answer("UNKNOWN", "502 what?")

    def do_ehlo(self, _):
        lines = ["mail.example.org"] + self.server.extensions
        if self.server.tls == "starttls" and not self.is_secure:
            lines.append("STARTTLS")
        elif self.server.login:
            lines.append("AUTH " + self.server.methods)
        shown = [f"250-{line}" for line in lines[:-1]] + [f"250 {lines[-1]}"]
        return self.answer("EHLO", "\r\n".join(shown))

    def do_helo(self, _):
        return self.answer("HELO", "250 mail.example.org")

    def do_starttls(self, _):
        if not self.answer("STARTTLS", "220 go ahead"):
            return False
        if self.said.startswith("220"):
            self.secure()
        return True

    def do_auth(self, text):
        method, _, given = text[5:].partition(" ")
        if method == "PLAIN":
            _, user, password = base64.b64decode(given).split(b"\0")
        else:
            self.send("334 VXNlcm5hbWU6")
            user = base64.b64decode(self.file.readline())
            self.send("334 UGFzc3dvcmQ6")
            password = base64.b64decode(self.file.readline())
        self.is_known = (user.decode(), password.decode()) == self.server.login
        return self.answer("AUTH", "235 welcome" if self.is_known else "535 5.7.8 no")

    def do_mail(self, text):
        self.sender = text
        return self.answer("MAIL", "250 ok" if self.is_known else "530 5.7.0 who are you")

    def do_rcpt(self, text):
        self.recipients.append(text)
        return self.answer("RCPT", "250 ok")

    def do_data(self, _):
        if not self.answer("DATA", "354 go ahead") or not self.said.startswith("354"):
            return not self.said.startswith("421")
        data = b""
        while not data.endswith(b"\r\n.\r\n"):
            line = self.file.readline(65_536)
            if not line:
                return False
            data += line
        letter = Letter(self.sender, self.recipients, data[:-3])
        if not self.answer("END", "250 2.0.0 queued"):
            return False
        if self.said.startswith("2"):
            with self.server.lock:
                self.server.letters.append(letter)
        return True

    def do_quit(self, _):
        self.answer("QUIT", "221 bye")
        return False
