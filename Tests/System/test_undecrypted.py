"""GET packets?include=undecrypted: what no key opens, behind the packets."""

import base64
import time

from gateway import UNLIMITED, GatewayTestCase, eventually
from lorawan import Forwarder, Session, rxpk

PACKETS = "/api/org/{org}/packets"


class UndecryptedTest(GatewayTestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.share(env=UNLIMITED)
        client = cls.server.client()
        cls.known, cls.stranger = Session(), Session()
        client.register("Meter", dev_eui="70B3D50000000001", lorawan=cls.known.provisioning)
        cls.frames = [cls.stranger.uplink(b"secret %d" % number) for number in range(7)]
        with Forwarder(cls.server.lora, eui="AA555A0000000007") as forwarder:
            for number in range(5):
                forwarder.push(rxpk(cls.known.uplink(b"%d" % number)))
            for frame in cls.frames:
                forwarder.push(rxpk(frame))
                time.sleep(0.01)
        cls.client = client
        eventually(lambda: len(cls.pages()[0]) == 12)

    @classmethod
    def pages(cls, **query):
        """All that the pages have, and the number of pages."""
        found, token, pages = [], None, 0
        while True:
            headers = {"Continuation-Token": token} if token else {}
            answer = cls.client.get(PACKETS, query={"include": "undecrypted", **query}, headers=headers)
            assert answer.status == 200, answer
            assert answer.json["count"] == len(answer.json["packets"])
            found += answer.json["packets"]
            token = answer.headers.get("Continuation-Token")
            pages += 1
            assert answer.json["has_more"] == bool(token)
            if not token:
                return found, pages

    def test_packets_come_first_and_frames_as_they_were_heard(self):
        found, _ = self.pages()
        self.assertEqual([packet["status"] for packet in found], ["decrypted"] * 5 + ["undecrypted"] * 7)
        frames = found[5:]
        self.assertEqual([base64.b64decode(frame["payload"]) for frame in frames], self.frames)
        for frame in frames:
            self.assertIsNone(frame["device_id"])
            self.assertEqual(frame["gateway_id"], "lora-aa555a0000000007")
            self.assertEqual(frame["platform"], "LoRaWAN")
            self.assertEqual(frame["receptions"][0]["rssi"], frame["rssi"])
        self.assertEqual(len({frame["packet_id"] for frame in frames}), 7)

    def test_pages_of_every_size_have_each_once(self):
        whole = [packet["packet_id"] for packet in self.pages()[0]]
        for limit in (1, 2, 5, 6, 11, 12, 13):
            found, pages = self.pages(limit=limit)
            self.assertEqual([packet["packet_id"] for packet in found], whole, limit)
            self.assertEqual(pages, -(-12 // limit))

    def test_filters(self):
        self.assertEqual(len(self.pages(platform_tag="hubnet.platform=BLE")[0]), 0)
        self.assertEqual(len(self.pages(platform_tag="hubnet.platform=LoRaWAN")[0]), 12)
        self.assertEqual(len(self.pages(filter_tags="site:north")[0]), 0)
        self.assertEqual(len(self.pages(start=time.time() + 60, end=time.time() + 120)[0]), 0)
        self.assertEqual(len(self.pages(device_id="nobody")[0]), 0)

    def test_they_are_left_out_unless_asked_for(self):
        self.assertEqual(len(self.client.packets()), 5)

    def test_not_with_follow(self):
        answer = self.client.get(PACKETS, query={"include": "undecrypted", "follow": "true"})
        self.assertEqual(answer.status, 400, answer)
