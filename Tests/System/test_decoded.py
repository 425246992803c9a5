"""What codecs make of the packets that come in."""

import base64
import unittest

from gateway import UNLIMITED, GatewayTestCase, eventually
from lorawan import Forwarder, Session, rxpk
from receiver import Receiver
from uploads import UploadTestCase, payload_of, sighting

CODECS = "/api/org/{org}/codecs"
FIRST = "function decodeUplink(input) { return {data: {first: input.bytes[0], port: input.fPort}}; }"


class DecodedTestCase(GatewayTestCase):
    def setUp(self):
        self.server = self.gateway(env=UNLIMITED)
        self.client = self.server.client()
        self.forwarder = self.enterContext(Forwarder(self.server.lora))
        self.count = 0

    def codec(self, source=FIRST, kind="javascript", **members):
        self.count += 1
        body = {"name": f"Codec {self.count}", "kind": kind, **members}
        answer = self.client.post(CODECS, {**body, "source": source} if source else body)
        self.assertEqual(answer.status, 201, answer)
        return answer.json["codec"]["id"]

    def device(self, **members):
        session = Session()
        self.count += 1
        device = self.client.register(
            "Meter", dev_eui=f"70B3D500000{self.count:05d}", lorawan=session.provisioning, **members
        )
        return device["id"], session

    def send(self, session, *payloads, port=1):
        for payload in payloads:
            self.forwarder.push(rxpk(session.uplink(payload, port=port)))

    def packets(self, count, decoded=True, **query):
        def read():
            found = self.client.packets(**query)
            return (
                found
                if len(found) == count and (not decoded or all("decoded" in each for each in found))
                else None
            )

        return eventually(read, 10, message=f"{count} packets with what they say")


class Reading(DecodedTestCase):
    def test_a_packet_has_what_its_device_s_codec_made_of_it(self):
        device, session = self.device(codec_id=self.codec())
        plain, other = self.device()
        self.send(session, b"\x05", b"\x06", port=3)
        self.send(other, b"\x07")
        found = self.packets(2, device_id=device)
        self.assertEqual(
            [packet["decoded"] for packet in found], [{"first": 5, "port": 3}, {"first": 6, "port": 3}]
        )
        self.assertEqual(found[0]["decoded_errors"], [])
        self.assertEqual(base64.b64decode(found[0]["payload"]), b"\x05")
        (bare,) = self.packets(1, decoded=False, device_id=plain)
        self.assertNotIn("decoded", bare)
        everything = self.client.get("/v1/org/{org}/packets").json["packets"]
        self.assertEqual(sum("decoded" in packet for packet in everything), 2)

    def test_a_profile_s_codec_is_that_of_its_devices_and_a_device_s_own_goes_before(self):
        cayenne = self.codec(None, "cayenne_lpp")
        profile = self.client.post(
            "/api/org/{org}/device-profiles", {"name": "P", "codec_id": cayenne}
        ).json["profile"]["id"]
        device, session = self.device(profile_id=profile)
        own, second = self.device(profile_id=profile, codec_id=self.codec())
        self.send(session, bytes.fromhex("03670110"))
        self.send(second, b"\x09")
        self.assertEqual(self.packets(1, device_id=device)[0]["decoded"], {"temperature_3": 27.2})
        self.assertEqual(self.packets(1, device_id=own)[0]["decoded"]["first"], 9)

    def test_a_codec_that_fails_or_loops_leaves_the_packet_with_its_errors(self):
        failing, session = self.device(
            codec_id=self.codec("function Decoder() { throw new Error('flat battery'); }")
        )
        looping, second = self.device(codec_id=self.codec("function Decoder() { while (true) {} }"))
        good, third = self.device(codec_id=self.codec())
        for number in range(6):
            self.send(session, b"\x01")
            self.send(second, b"\x02")
            self.send(third, bytes([number]))
        for packet in self.packets(6, device_id=failing):
            self.assertIsNone(packet["decoded"])
            self.assertIn("flat battery", packet["decoded_errors"][0])
        for packet in self.packets(6, device_id=looping):
            self.assertIsNone(packet["decoded"])
            self.assertRegex(packet["decoded_errors"][0], "50 ms|parked")
            self.assertEqual(base64.b64decode(packet["payload"]), b"\x02")
        found = self.packets(6, device_id=good)
        self.assertEqual([packet["decoded"]["first"] for packet in found], list(range(6)))

    def test_what_was_decoded_is_there_after_a_restart_and_goes_on_then(self):
        device, session = self.device(codec_id=self.codec())
        self.send(session, b"\x01")
        self.packets(1, device_id=device)
        self.server.kill()
        self.server.start()
        self.forwarder.move(self.server.lora)
        self.assertEqual(self.packets(1, device_id=device)[0]["decoded"]["first"], 1)
        self.send(session, b"\x02")
        self.assertEqual(self.packets(2, device_id=device)[1]["decoded"]["first"], 2)

    def test_another_codec_is_for_what_comes_then_and_for_what_is_decoded_again(self):
        codec = self.codec()
        device, session = self.device()
        self.send(session, b"\x01")
        self.packets(1, decoded=False, device_id=device)
        self.client.patch(f"/api/org/{{org}}/devices/{device}", {"codec_id": codec})
        self.send(session, b"\x02")
        eventually(lambda: self.client.packets(device_id=device)[-1].get("decoded"))
        first, second = self.client.packets(device_id=device)
        self.assertNotIn("decoded", first)
        self.assertEqual(second["decoded"]["first"], 2)
        self.client.patch(
            f"{CODECS}/{codec}", {"source": "function Decoder(b) { return {twice: b[0] * 2}; }"}
        )
        done = self.client.post(f"{CODECS}/{codec}/redecode", {"limit": 10})
        self.assertEqual((done.status, done.json), (200, {"packets": 2, "failed": 0}))
        self.assertEqual(
            [packet["decoded"] for packet in self.client.packets(device_id=device)],
            [{"twice": 2}, {"twice": 4}],
        )
        for limit in (0, 2_001, "x"):
            self.assertEqual(self.client.post(f"{CODECS}/{codec}/redecode", {"limit": limit}).status, 400)


class Delivering(DecodedTestCase):
    def test_a_delivery_has_what_the_codec_made(self):
        receiver = self.enterContext(Receiver())
        device, session = self.device(codec_id=self.codec())
        for shape in ("seed", "openapi", "both"):
            hook = {"url": receiver.url, "name": shape, "max_batch_size": 10, "shape": shape}
            self.assertEqual(self.client.post("/api/org/{org}/webhooks", hook).status, 201)
        self.send(session, b"\x05")
        packets = lambda: [p for delivery in receiver.confirmed for p in delivery.packets]
        eventually(lambda: len(packets()) == 3, 10)
        self.assertEqual([packet["decoded"] for packet in packets()], [{"first": 5, "port": 1}] * 3)


class Advertisements(UploadTestCase):
    def test_a_hubble_packet_is_decoded_too(self):
        codec = self.client.post(
            CODECS, {"name": "C", "kind": "layout", "fields": [{"name": "level", "offset": 0}]}
        ).json["codec"]["id"]
        self.client.patch(f"/api/org/{{org}}/devices/{self.device}", {"codec_id": codec})
        self.uploader().upload(sighting(self.seal(b"\x2a", 1)))
        self.packets(1)
        packet = eventually(lambda: [each for each in self.packets(1) if "decoded" in each])[0]
        self.assertEqual(packet["decoded"], {"level": 42})
        self.assertEqual(payload_of(packet), b"\x2a")


if __name__ == "__main__":
    unittest.main()
