"""A webhook's receiver: a real HTTP server on a free port that answers by a script and keeps what came."""

import base64
import contextlib
import datetime
import http.server
import json
import socket
import ssl
import struct
import tempfile
import threading
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


def self_signed(name):
    """A certificate for `name` that only itself vouches for, and its key, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


class Delivery:
    def __init__(self, handler, body):
        self.at = time.monotonic()
        self.path = handler.path
        self.headers = handler.headers
        self.body = body
        self.json = json.loads(body)
        # A delivery of events has none.
        self.packets = self.json.get("packets", [])
        self.payloads = [
            base64.b64decode((packet if "payload" in packet else packet["device"])["payload"])
            for packet in self.packets
        ]


class Receiver:
    """`answers` says what to do with each attempt in turn, then `last` with all that follow: a status, a
    pair of status and headers, "hang" (never answers), "reset", or a number of seconds as a float."""

    def __init__(self, *answers, last=200, certificate=None):
        self.answers = list(answers)
        self.last = last
        self.attempts = []
        self.confirmed = []
        self.lock = threading.Lock()
        self.released = threading.Event()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 60

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.take(self, Delivery(self, body))

            do_GET = do_PUT = lambda self: self.send_error(405)

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False
            request_queue_size = 128

            def handle_error(self, *_):
                pass  # the gateway was killed, or hung up

        self.server = Server(("127.0.0.1", 0), Handler)
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            with tempfile.NamedTemporaryFile() as file:
                file.write(certificate)
                file.flush()
                context.load_cert_chain(file.name)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_port
        self.url = f"http://127.0.0.1:{self.port}/hook"

    def take(self, handler, delivery):
        with self.lock:
            self.attempts.append(delivery)
            answer = self.answers.pop(0) if self.answers else self.last
        if answer == "hang":
            self.released.wait(60)
            handler.close_connection = True
            return
        if answer == "reset":
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            handler.connection.shutdown(socket.SHUT_RD)
            handler.close_connection = True
            handler.connection.close()
            return
        headers = {}
        if isinstance(answer, float):
            time.sleep(answer)
            answer = 200
        elif isinstance(answer, tuple):
            answer, headers = answer
        if 200 <= answer < 300:
            with self.lock:
                self.confirmed.append(delivery)
        with contextlib.suppress(OSError):
            handler.send_response(answer)
            for name, value in headers.items():
                handler.send_header(name, value)
            handler.send_header("Content-Length", "2")
            handler.end_headers()
            handler.wfile.write(b"ok")

    def __enter__(self):
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.released.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    @property
    def payloads(self):
        """What was confirmed, in the order in which it came."""
        with self.lock:
            return [payload for delivery in self.confirmed for payload in delivery.payloads]
