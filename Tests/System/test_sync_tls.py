"""The central behind TLS: its key is pinned, its certificate's dates count where the clock is good."""

import contextlib
import datetime
import hashlib
import socket
import ssl
import tempfile
import threading
import unittest

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gateway import eventually, run
from sync import SyncTestCase, Wire

NOW = datetime.datetime.now(datetime.timezone.utc)
DAY = datetime.timedelta(days=1)


def new_key():
    return ec.generate_private_key(ec.SECP256R1())


def pin(key):
    """SHA-256 of the SubjectPublicKeyInfo."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return hashlib.sha256(key.public_key().public_bytes(serialization.Encoding.DER, form)).hexdigest()


def certificate(key, begin, end):
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(begin).not_valid_after(end)
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), False)
    return builder.sign(key, hashes.SHA256())


class TLSWire(Wire):
    """The same wire, with TLS on the near side."""

    def __init__(self, url, key, begin=NOW - DAY, end=NOW + DAY):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.use(key, begin, end)
        super().__init__(url)
        self.url = self.url.replace("http://127.0.0.1", "https://localhost")

    def use(self, key, begin, end):
        encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
        pem = key.private_bytes(encoding, form, serialization.NoEncryption())
        pem += certificate(key, begin, end).public_bytes(encoding)
        with tempfile.NamedTemporaryFile(suffix=".pem") as file:
            file.write(pem)
            file.flush()
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(file.name)
        self.context = context

    def _accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            if not self.open:
                near.close()
                continue
            threading.Thread(target=self._begin, args=(near,), daemon=True).start()

    def _begin(self, near):
        try:
            near.settimeout(5)
            near = self.context.wrap_socket(near, server_side=True)
            near.settimeout(None)
            far = socket.create_connection((self.target.hostname, self.target.port), timeout=5)
            far.settimeout(None)
        except (OSError, ssl.SSLError):
            with contextlib.suppress(OSError):
                near.close()
            return
        with self.lock:
            self.sockets |= {near, far}
        threading.Thread(target=self._pass, args=(near, far, False), daemon=True).start()
        self._pass(far, near, True)


class TLS(SyncTestCase):
    def begin_tls(self, **options):
        self.begin(is_wired=False)
        self.key = new_key()
        self.wire = self.enterContext(TLSWire(self.central.runtime["http"], self.key, **options))

    def try_enrolling(self, *options):
        return run("enroll", self.wire.url, "--code", self.code(), *options, "--data", self.edge.data)

    def test_a_pinned_central_needs_nobody_to_vouch_for_it(self):
        self.begin_tls()
        payloads = self.send(10)
        done = self.try_enrolling("--pin", pin(self.key))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(pin(self.key), done.stdout)
        self.assertEqual(sorted(self.until_equal().values()), sorted(payloads))
        self.assertEqual(self.upstream()["pin"], pin(self.key))
        carried = bytes(self.wire.carried)
        self.assertIn(b"/api/v1/edge/batches", carried)

    def test_without_a_pin_somebody_must_vouch_for_the_central(self):
        self.begin_tls()
        done = self.try_enrolling()
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("TLS failed", done.stderr)

    def test_another_key_is_another_central(self):
        self.begin_tls()
        done = self.try_enrolling("--pin", pin(new_key()))
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("TLS failed", done.stderr)
        done = self.try_enrolling("--pin", pin(self.key))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.send(3)
        before = self.until_equal()
        # Whoever has the wire now has not the key.
        self.wire.use(new_key(), NOW - DAY, NOW + DAY)
        self.wire.cut()
        self.wire.mend()
        self.send(3)
        eventually(lambda: "TLS failed" in (self.upstream()["last_error"] or ""), 20)
        self.assertEqual(self.shown(self.there), before)
        self.wire.use(self.key, NOW - DAY, NOW + DAY)
        self.assertEqual(len(self.until_equal(40)), 6)

    def test_a_certificate_out_of_its_time_is_not_good(self):
        self.begin_tls(begin=NOW - 9 * DAY, end=NOW - DAY)
        done = self.try_enrolling("--pin", pin(self.key))
        self.assertNotEqual(done.returncode, 0)
        self.wire.use(self.key, NOW + DAY, NOW + 9 * DAY)
        done = self.try_enrolling("--pin", pin(self.key))
        self.assertNotEqual(done.returncode, 0)
        self.wire.use(self.key, NOW - DAY, NOW + DAY)
        done = self.try_enrolling("--pin", pin(self.key))
        self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    unittest.main()
