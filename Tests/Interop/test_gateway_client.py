"""The official gateway software, hubble-gateway-sdk-python 0.2.0 and hubble-gateway-service 0.1.5,
unmodified, against a gateway of ours.

Needs both and the binary in HOLDFAST_PATH; says which is missing and skips.
"""

import asyncio
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "System"))

try:
    import hubble_gateway_service  # noqa: F401
    from hubble_gateway import BLEPacket, GatewayAuth, GatewaySender
    from hubble_gateway.models import Location
except ImportError as missing:
    raise unittest.SkipTest(f"hubble-gateway-service is not installed: {missing}") from None

from gateway import environment, eventually
from uploads import UploadTestCase, payload_of

SERVICE = "0000fca6-0000-1000-8000-00805f9b34fb"


class Library(UploadTestCase):
    def setUp(self):
        super().setUp()
        self.directory = self.enterContext(tempfile.TemporaryDirectory())
        self.state = os.path.join(self.directory, "auth.json")

    def auth(self, sdk_key=None):
        return GatewayAuth(sdk_key or self.sdk_key, self.server.runtime["http"], self.state)

    def play(self, scene, **options):
        """Runs `scene(auth)` with the client's own start and stop around it."""

        async def run():
            auth = self.auth(**options)
            await auth.start()
            try:
                return await scene(auth)
            finally:
                await auth.stop()

        return asyncio.run(asyncio.wait_for(run(), 60))

    @staticmethod
    def heard(service_data, rssi=-70):
        return BLEPacket(
            device_address="AA:BB:CC:00:00:01",
            rssi=rssi,
            service_data={SERVICE: service_data},
            service_uuid=SERVICE,
        )

    async def send(self, auth, *packets, location=Location()):
        async def place():
            return location

        sender = GatewaySender(auth, get_location=place)
        for packet in packets:
            sender.add_packet(packet)
        await sender._flush()
        return sender.stats

    def test_a_wrong_key_is_refused(self):
        async def scene(auth):
            return await auth.ensure_authenticated()

        self.assertIs(self.play(scene, sdk_key="hsk_wrong"), False)

    def test_it_registers_takes_the_configuration_and_keeps_its_state(self):
        async def scene(auth):
            self.assertTrue(await auth.ensure_authenticated())
            self.assertEqual(auth.server_config["uploadBatchSize"], 500)
            self.assertEqual(auth.server_config["uploadIntervalMs"], 60_000)
            await auth.heartbeat()
            return auth.gateway_id

        first = self.play(scene)
        self.assertEqual(self.play(scene), first)
        os.unlink(self.state)
        self.assertEqual(self.play(scene), first)
        (listed,) = self.client.get("/api/org/{org}/gateways").json["gateways"]
        self.assertEqual((listed["gateway_id"], listed["online"]), (first, True))

    def test_a_batch_that_it_sends_becomes_packets(self):
        async def scene(auth):
            frames = [self.heard(self.seal(n.to_bytes(2, "big"), n)) for n in range(600)]
            repeats = [self.heard(self.seal(b"\x00\x07", 7), rssi=-30)] * 4
            place = Location(latitude=47.25, longitude=8.5, horizontal_accuracy=5.0)
            self.assertTrue(await auth.ensure_authenticated())
            return await self.send(auth, *frames, *repeats, location=place)

        self.assertEqual(self.play(scene)["uploaded_packets"], 600)
        found = {packet["sequence_number"]: packet for packet in self.packets(600)}
        self.assertEqual(
            {payload_of(packet) for packet in found.values()}, {n.to_bytes(2, "big") for n in range(600)}
        )
        self.assertEqual((found[7]["rssi"], found[7]["receptions"][0]["count"]), (-30, 5))
        self.assertEqual(found[7]["metadata"], {"latitude": 47.25, "longitude": 8.5, "accuracy": 5.0})

    def test_without_a_fix_it_has_no_place(self):
        async def scene(auth):
            self.assertTrue(await auth.ensure_authenticated())
            await self.send(auth, self.heard(self.seal(b"nowhere", 1)))

        self.play(scene)
        self.assertEqual(
            self.packets(1)[0]["metadata"], {"latitude": None, "longitude": None, "accuracy": None}
        )

    def test_a_token_that_nobody_knows_is_renewed_and_the_batch_is_not_lost(self):
        async def scene(auth):
            self.assertTrue(await auth.ensure_authenticated())
            known = auth.gateway_id
            auth._device_token = "hgd_of_another_database"
            stats = await self.send(auth, self.heard(self.seal(b"one", 1)))
            self.assertEqual(stats["uploaded_packets"], 1)
            # Neither token: it is refused the renewal and registers again, under the same name.
            auth._device_token, auth._refresh_token = "hgd_gone", "hgr_gone"
            stats = await self.send(auth, self.heard(self.seal(b"two", 2)))
            self.assertEqual(stats["uploaded_packets"], 1)
            self.assertEqual(auth.gateway_id, known)

        self.play(scene)
        self.packets(2)

    def test_tokens_are_renewed_before_they_end(self):
        async def scene(auth):
            self.assertTrue(await auth.ensure_authenticated())
            first = auth._refresh_token
            auth._expires_at_ms = int(time.time() * 1000) + 10_000
            self.assertTrue(await auth.ensure_authenticated())
            self.assertNotEqual(auth._refresh_token, first)
            self.assertTrue(auth.has_valid_token)

        self.play(scene)

    def test_its_place_is_kept(self):
        async def scene(auth):
            self.assertTrue(await auth.ensure_authenticated())
            sender = GatewaySender(auth)
            await sender._upload_location(Location(latitude=1.25, longitude=2.5, horizontal_accuracy=9.0))

        self.play(scene)
        (listed,) = self.client.get("/api/org/{org}/gateways").json["gateways"]
        self.assertEqual((listed["location"]["latitude"], listed["location"]["accuracy"]), (1.25, 9.0))


class Daemon(UploadTestCase):
    def command(self, sdk_key, state):
        program = pathlib.Path(sys.executable).parent / "hubble-gateway"
        if not program.exists():
            self.skipTest("the hubble-gateway command is not installed")
        return subprocess.Popen(
            [
                program,
                "--api-url",
                self.server.runtime["http"],
                "--sdk-key",
                sdk_key,
                "--lat",
                "46.5",
                "--lon",
                "7.5",
            ],
            env=environment(HOME=state),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def test_it_registers_and_ends_when_told(self):
        with tempfile.TemporaryDirectory() as home:
            process = self.command(self.sdk_key, home)
            try:
                listed = eventually(
                    lambda: self.client.get("/api/org/{org}/gateways").json["gateways"],
                    30,
                    message="a registration",
                )
                # Registered is not yet ready for a signal of its own: its state file comes after.
                eventually(lambda: list(pathlib.Path(home).rglob("auth.json")), 10)
                self.assertEqual((len(listed), listed[0]["online"], listed[0]["type"]), (1, True, "custom"))
                process.send_signal(signal.SIGTERM)
                output, _ = process.communicate(timeout=30)
                self.assertEqual(process.returncode, 0, output)
                state = json.loads(next(pathlib.Path(home).rglob("auth.json")).read_text())
                self.assertEqual(state["gatewayId"], listed[0]["gateway_id"])
            finally:
                if process.poll() is None:
                    process.kill()
                    process.communicate()

    def test_with_a_wrong_key_it_ends_with_status_1(self):
        with tempfile.TemporaryDirectory() as home:
            process = self.command("hsk_wrong", home)
            try:
                output, _ = process.communicate(timeout=30)
                self.assertEqual(process.returncode, 1, output)
            finally:
                if process.poll() is None:
                    process.kill()
                    process.communicate()


if __name__ == "__main__":
    unittest.main()
