"""A gateway behind a bad network: a long way, losses, a link that comes and goes, months without one; power
cuts and full disks on either side of it."""

import os
import random
import socket
import threading
import time
import unittest

from gateway import UNLIMITED, eventually, run
from lorawan import Forwarder, Session, rxpk
from mounts import mounted
from namespaces import FarSide, isolate
from sync import DEV_EUI, SyncTestCase

SEED = int(os.environ.get("SEED", "0")) or random.randrange(1 << 30)


def setUpModule():
    isolate()


class BadNetwork(SyncTestCase):
    def begin(self, edge_directory=None, central_directory=None):
        print(f"SEED={SEED}", flush=True)
        self.far_side = self.enterContext(FarSide(SEED))
        self.central = self.gateway(
            directory=central_directory, http=f"{FarSide.near}:0", env={**UNLIMITED, "HOLDFAST_ROLE": "central"}
        )
        self.edge = self.gateway(
            directory=edge_directory, prefix=self.far_side.prefix, http=f"{FarSide.aside}:0",
            lora=f"{FarSide.aside}:0", env=UNLIMITED,
        )  # fmt: skip
        self.there, self.here = self.central.client(), self.edge.client()
        self.session = Session()
        for client in (self.here, self.there):
            client.register("Meter", dev_eui=DEV_EUI, lorawan=self.session.provisioning)
        self.forwarder = self.enterContext(Forwarder(self.edge.lora))
        # An address of its own: a central that is started again stands where it stood.
        self.central.http_option = self.central.runtime["http"].removeprefix("http://")
        done = run(
            "enroll", self.central.runtime["http"], "--code", self.code(), "--data", self.edge.data,
            prefix=self.far_side.prefix,
        )  # fmt: skip
        self.assertEqual(done.returncode, 0, done.stderr)

    def kill_and_start(self, gateway):
        gateway.kill()
        gateway.start()
        if gateway is self.edge:
            self.forwarder.move(gateway.lora)

    def push(self, count):
        """So many packets, without a look whether they are shown. Returns what was acknowledged."""
        payloads = [os.urandom(13) for _ in range(count)]
        for begin in range(0, count, 8):
            self.forwarder.push(*(rxpk(self.session.uplink(each)) for each in payloads[begin : begin + 8]))
        return payloads

    def test_over_a_long_way_that_loses_a_packet_in_fifty(self):
        self.begin()
        self.far_side.set(delay=0.3, loss=0.02)
        began = time.monotonic()
        with self.assertRaises(ConnectionRefusedError), socket.socket() as line:
            line.connect((FarSide.far, 9))
        self.assertGreaterEqual(time.monotonic() - began, 0.6, "there and back")
        payloads = self.send(2_000)
        self.assertEqual(sorted(self.until_equal(90).values()), sorted(payloads))
        self.assertEqual(self.upstream()["contradictions"], 0)

    def test_13_a_link_that_comes_and_goes_while_either_side_is_killed(self):
        self.begin()
        chance = random.Random(SEED)
        ends = threading.Event()

        def flap():
            while not ends.wait(chance.uniform(0.2, 1.5)):
                self.far_side.set(delay=0.05, loss=0.02, up=False)
                if ends.wait(chance.uniform(0.2, 1.5)):
                    break
                self.far_side.set(delay=0.05, loss=0.02)

        flapping = threading.Thread(target=flap)
        flapping.start()
        try:
            kept = []
            for _ in range(6):
                kept += self.send(chance.randrange(50, 200))
                time.sleep(chance.uniform(0, 1))
                self.kill_and_start(chance.choice([self.edge, self.central]))
        finally:
            ends.set()
            flapping.join()
        self.far_side.set()
        self.assertEqual(sorted(self.until_equal(60).values()), sorted(kept))
        self.assertEqual(self.upstream()["contradictions"], 0)

    def test_13_a_week_without_a_link(self):
        # As many packets as a tag a minute and a hundred of them every hour bring in a week.
        self.begin()
        kept = self.send(40)
        self.until_equal()
        self.far_side.cut()
        for _ in range(7):
            kept += self.send(3_840)
            self.kill_and_start(self.edge)
        eventually(lambda: self.upstream()["state"] == "failing", 60, message="failing")
        self.assertGreater(self.upstream()["rows_waiting"], 26_000)
        self.kill_and_start(self.central)
        self.far_side.set()
        # What comes in now does not wait for the week.
        eventually(lambda: self.upstream()["state"] == "connected", 90, message="connected again")
        kept += self.send(8)
        self.assertEqual(sorted(self.until_equal(90).values()), sorted(kept))

    def test_a_disk_that_is_full_at_the_central(self):
        with mounted(["-t", "tmpfs"], "tmpfs", "size=64m") as disk:
            self.begin(central_directory=disk)
            kept = self.send(40)
            self.until_equal()
            filler = disk / "filler"
            self.fill(filler)
            kept += self.send(4_000)
            eventually(lambda: self.upstream()["state"] == "failing", 60, message="the central is full")
            self.assertIn("full", self.upstream()["last_error"])
            filler.unlink()
            self.assertEqual(sorted(self.until_equal(60).values()), sorted(kept))
            self.central.stop()

    def test_a_disk_that_is_full_at_the_gateway(self):
        with mounted(["-t", "tmpfs"], "tmpfs", "size=64m") as disk:
            self.begin(edge_directory=disk)
            kept = self.send(40)
            self.until_equal()
            self.far_side.cut()
            filler = disk / "filler"
            kept += self.send(400)
            self.fill(filler)
            waiting = self.push(64)
            eventually(lambda: self.here.get("/health/ready").status != 200, 30, message="full")
            # The link is back before the disk: nothing that is confirmed needs room here.
            self.far_side.set()
            eventually(
                lambda: set(kept) <= set(self.shown(self.there).values()), 60, message="the rest goes up"
            )
            filler.unlink()
            everything = sorted(kept + waiting)
            eventually(
                lambda: sorted(self.shown(self.there).values()) == everything, 60, step=0.2,
                message="what waited for room goes up",
            )  # fmt: skip
            self.edge.stop()

    @staticmethod
    def fill(filler):
        with open(filler, "wb", buffering=0) as file:
            try:
                while file.write(bytes(65_536)):
                    pass
            except OSError:
                pass


if __name__ == "__main__":
    unittest.main()
