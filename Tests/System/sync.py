"""A gateway and its central, and a wire between them that the tests can cut."""

import base64
import contextlib
import os
import socket
import threading
import urllib.parse

from gateway import UNLIMITED, GatewayTestCase, eventually, run
from lorawan import Forwarder, Session, rxpk

ENROLLMENTS = "/api/org/{org}/gateways/enrollments"
UPSTREAMS = "/api/org/{org}/upstreams"
DEV_EUI = "70B3D50000000001"


class Wire:
    """Passes TCP on to a port. `cut()` ends and refuses connections; `drop_answers()` lets requests
    through and swallows what comes back; `hold()` keeps what is sent until it is mended."""

    def __init__(self, url):
        self.target = urllib.parse.urlsplit(url)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.open, self.answers = True, True
        self.dropped, self.held = 0, 0
        self.passes = threading.Event()
        self.passes.set()
        self.carried = bytearray()  # at most a few megabytes in a test
        self.sockets = set()
        self.lock = threading.Lock()
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # A thread in accept() is not woken by close() alone.
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.cut()
        self.thread.join(5)

    def move(self, url):
        self.target = urllib.parse.urlsplit(url)

    def cut(self):
        self.open = False
        self.passes.set()
        with self.lock:
            sockets, self.sockets = self.sockets, set()
        for each in sockets:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def mend(self):
        self.answers = self.open = True
        self.passes.set()

    def hold(self):
        self.passes.clear()

    def drop_answers(self):
        self.answers = False

    def _accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            if not self.open:
                near.close()
                continue
            try:
                far = socket.create_connection((self.target.hostname, self.target.port), timeout=5)
                far.settimeout(None)
            except OSError:
                near.close()
                continue
            with self.lock:
                self.sockets |= {near, far}
            threading.Thread(target=self._pass, args=(near, far, False), daemon=True).start()
            threading.Thread(target=self._pass, args=(far, near, True), daemon=True).start()

    def _pass(self, source, sink, is_answer):
        try:
            while data := source.recv(65_536):
                if is_answer and not self.answers:
                    self.dropped += 1
                    break
                if not self.passes.is_set():
                    self.held += 1
                    self.passes.wait()
                if len(self.carried) < 8_000_000:
                    self.carried += data
                sink.sendall(data)
        except OSError:
            pass
        for each in (source, sink):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
            with self.lock:
                self.sockets.discard(each)


class SyncTestCase(GatewayTestCase):
    def begin(self, is_wired=True, registers_at_central=True, **options):
        """A central, a gateway with a device that sends, and a wire between them."""
        self.central = self.gateway(env={**UNLIMITED, "HOLDFAST_ROLE": "central"})
        self.edge = self.gateway(env={**UNLIMITED, **options})
        self.there, self.here = self.central.client(), self.edge.client()
        self.session = Session()
        members = {"dev_eui": DEV_EUI, "lorawan": self.session.provisioning}
        self.here.register("Meter", **members)
        if registers_at_central:
            self.there.register("Meter", **members)
        self.forwarder = self.enterContext(Forwarder(self.edge.lora))
        self.wire = self.enterContext(Wire(self.central.runtime["http"])) if is_wired else None

    def code(self, name="Dock"):
        answer = self.there.post(ENROLLMENTS, {"name": name})
        self.assertEqual(answer.status, 201, answer)
        return answer.json["code"]

    def enroll(self, gateway=None):
        url = self.wire.url if self.wire else self.central.runtime["http"]
        done = run("enroll", url, "--code", self.code(), "--data", (gateway or self.edge).data)
        self.assertEqual(done.returncode, 0, done.stderr)

    def send(self, count):
        """So many packets, and waits until the gateway shows them all."""
        known = len(self.shown(self.here))
        payloads = [os.urandom(13) for _ in range(count)]
        for begin in range(0, count, 8):
            self.forwarder.push(*(rxpk(self.session.uplink(each)) for each in payloads[begin : begin + 8]))
        eventually(
            lambda: len(self.shown(self.here)) >= known + count, 15, message=f"{count} more packets here"
        )
        return payloads

    def shown(self, client):
        """Payloads by packet identifier."""
        packets = client.packets(limit=1000)
        found = {packet["packet_id"]: base64.b64decode(packet["payload"]) for packet in packets}
        self.assertEqual(len(found), len(packets), "one packet is shown twice")
        return found

    def upstream(self, client=None):
        return (client or self.here).get(UPSTREAMS).json["upstreams"][0]

    def enrolled(self):
        return self.there.get(ENROLLMENTS).json["gateways"]

    def until_equal(self, seconds=20):
        """The central shows what the gateway shows, to the byte."""

        def same():
            return self.shown(self.here) == self.shown(self.there)

        eventually(same, seconds, step=0.1, message="the central shows what the gateway shows")
        return self.shown(self.there)
