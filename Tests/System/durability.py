"""What the tests of durability share: a gateway with a device that sends."""

import base64
import contextlib
import os
import sqlite3

from gateway import UNLIMITED, GatewayTestCase, eventually, run
from lorawan import Forwarder, Session, rxpk

PACKETS = "/api/org/{org}/packets"


class DurabilityTestCase(GatewayTestCase):
    def begin(self, **options):
        """A gateway with a device that sends."""
        self.server = self.gateway(env=UNLIMITED, **options)
        self.client = self.server.client()
        self.session = Session()
        self.device = self.client.register(
            "Meter", dev_eui="70B3D50000000001", lorawan=self.session.provisioning
        )
        self.forwarder = self.enterContext(Forwarder(self.server.lora))

    def push(self, count, length=40):
        """Pushes so many packets, waits until all are to be seen, and returns their payloads."""
        known = len(self.client.packets(limit=1000))
        payloads = [os.urandom(length) for _ in range(count)]
        for begin in range(0, count, 8):
            self.forwarder.push(
                *(rxpk(self.session.uplink(payload)) for payload in payloads[begin : begin + 8])
            )
        eventually(
            lambda: len(self.client.packets(limit=1000)) >= known + count, 15, message=f"{count} more packets"
        )
        return payloads

    def start(self):
        seconds = self.server.start()
        self.forwarder.move(self.server.lora)
        return seconds

    def shown(self):
        """Payloads by packet identifier."""
        packets = self.client.packets(limit=1000)
        found = {packet["packet_id"]: base64.b64decode(packet["payload"]) for packet in packets}
        self.assertEqual(len(found), len(packets), "one packet is shown twice")
        return found

    def check(self):
        return run("check", "--data", self.server.data)

    def property(self, name):
        """A row of the `property` table of a gateway that is stopped."""
        with contextlib.closing(
            sqlite3.connect(f"file:{self.server.data}/holdfast.db?mode=ro", uri=True)
        ) as database:
            return database.execute("SELECT value FROM property WHERE name = ?", (name,)).fetchone()[0]

    def sequences(self):
        with contextlib.closing(
            sqlite3.connect(f"file:{self.server.data}/holdfast.db?mode=ro", uri=True)
        ) as database:
            return [row[0] for row in database.execute("SELECT sequence FROM packet ORDER BY sequence")]
