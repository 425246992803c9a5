"""Packets of callers with an API key: uploading, decoding; and the place to send webhook batches to."""

import base64
import time
import unittest

from hubble import seal_counter_mode, today
from uploads import PACKETS, UploadTestCase, payload_of

DECODE = PACKETS + "/decode"
TEST_BATCH = "/api/webhook/testBatch"


def advertisement(service_data, age=0.0, **members):
    return {
        "payload": base64.b64encode(service_data).decode(),
        "rssi": -66,
        "timestamp": time.time() - age,
        "location": {"latitude": 90, "longitude": 0},
        **members,
    }


class Uploading(UploadTestCase):
    def upload(self, *advertisements, **options):
        place = {"latitude": 12.5, "longitude": 13.5, "horizontal_accuracy": 3}
        return self.client.post(
            PACKETS, {"ble_locations": [{"location": place, "adv": list(advertisements)}]}, **options
        )

    def test_what_a_caller_uploads_becomes_a_packet(self):
        item = advertisement(self.seal(b"mine", 4))
        del item["location"]
        answer = self.upload(item, {"rssi": 1})
        self.assertEqual((answer.status, answer.json["accepted"], answer.json["rejected"]), (202, 1, 1))
        (packet,) = self.packets(1)
        self.assertEqual((payload_of(packet), packet["rssi"]), (b"mine", -66))
        self.assertEqual(packet["metadata"]["latitude"], 12.5)

    def test_it_needs_the_scope(self):
        reader = self.client.create_key("packets:read")["token"]
        self.assertEqual(self.upload(token=reader).status, 403)


class Decoding(UploadTestCase):
    def decode(self, *advertisements, **options):
        return self.client.post(DECODE, {"advertisements": list(advertisements)}, **options)

    def test_what_opens_is_answered_with_the_payload_as_it_was_sent(self):
        good = advertisement(self.seal(b"open me", 7))
        stranger = advertisement(seal_counter_mode(bytes(32), b"closed", 1))
        answer = self.decode(stranger, good)
        self.assertEqual(answer.status, 200)
        (packet,) = answer.json["packets"]
        self.assertEqual(packet["advertisement"], {"payload": good["payload"]})
        self.assertEqual((payload_of(packet), packet["device"]["id"]), (b"open me", self.device))
        (stored,) = self.packets(1)
        self.assertEqual(stored["packet_id"], packet["packet_id"])
        # Again, and beside a copy of itself: one packet.
        again = self.decode(good, good)
        self.assertEqual([p["packet_id"] for p in again.json["packets"]], [packet["packet_id"]] * 2)
        self.packets(1)
        self.server.restart()
        self.assertEqual(self.decode(good).json["packets"][0]["packet_id"], packet["packet_id"])
        self.packets(1)

    def test_the_window_is_72_hours_back_and_2_ahead_for_the_whole_batch(self):
        good = advertisement(self.seal(b"x", 1))
        for age in (72 * 3_600 + 5, -2 * 3_600 - 60, time.time()):
            self.assertEqual(self.decode(good, advertisement(self.seal(b"y", 2), age)).status, 400, age)
        self.assertEqual(self.client.packets(), [])
        age = 72 * 3_600 - 60
        day = int(time.time() - age) // 86_400
        self.assertLess(day, today())
        old = advertisement(self.seal(b"old", 3, counter=day), age)
        ahead = advertisement(self.seal(b"ahead", 4), -3_600)
        self.assertEqual([payload_of(p) for p in self.decode(old, ahead).json["packets"]], [b"old", b"ahead"])

    def test_limits_and_malformed_batches_are_400(self):
        good = advertisement(self.seal(b"x", 1))
        for body in (
            [],
            [good] * 26,
            [advertisement(b"")],
            [advertisement(bytes(300))],
            [{**good, "payload": "*"}],
            [{**good, "payload": None}],
            [{key: value for key, value in good.items() if key != "timestamp"}],
        ):
            self.assertEqual(self.decode(*body).status, 400, body[:1])
        self.assertEqual(self.client.post(DECODE, {}).status, 400)
        self.assertEqual(len(self.decode(*[good] * 25).json["packets"]), 25)

    def test_it_needs_the_scope_to_read_packets(self):
        writer = self.client.create_key("packets:write")["token"]
        self.assertEqual(self.decode(advertisement(self.seal(b"x", 1)), token=writer).status, 403)


class TestBatches(UploadTestCase):
    PACKET = {
        "packet_id": "p",
        "device_id": "d",
        "payload": "SGVsbG8=",
        "sequence_number": 1,
        "received_at": "2024-01-15T10:30:00Z",
        "metadata": {},
    }

    def post(self, body, secret=None, **options):
        headers = {"HTTP-X-HUBBLE-TOKEN": secret} if secret else {}
        return self.client.post(TEST_BATCH, body, headers=headers, **options)

    def test_a_valid_batch_is_counted_and_can_be_read_back(self):
        answer = self.post({"packets": [self.PACKET, self.PACKET]})
        self.assertEqual((answer.status, answer.json), (200, {"received": 2, "valid": True}))
        (kept,) = self.client.get(TEST_BATCH).json["batches"]
        self.assertEqual((kept["packets"], kept["valid"]), (2, True))
        self.assertIn('"SGVsbG8="', kept["body"])

    def test_the_first_problem_is_named_and_kept(self):
        answer = self.post({"packets": [self.PACKET, {**self.PACKET, "payload": "*"}]})
        self.assertEqual(answer.status, 400)
        self.assertIn("packets[1].payload", answer.error)
        self.assertEqual(self.post({"packets": [{}]}).status, 400)
        self.assertEqual(self.post(b"no").status, 400)
        self.assertEqual([b["valid"] for b in self.client.get(TEST_BATCH).json["batches"]], [False] * 3)

    def test_every_member_is_held_to_its_kind(self):
        for name, value in (
            ("packet_id", ""),
            ("packet_id", 5),
            ("sequence_number", "x"),
            ("received_at", "soon"),
            ("gateway_id", 1),
            ("rssi", "loud"),
            ("snr", []),
            ("metadata", 5),
            ("metadata", {"latitude": "north"}),
            ("device", {"id": "d"}),
        ):
            answer = self.post({"packets": [self.PACKET, {**self.PACKET, name: value}]})
            self.assertEqual(answer.status, 400, answer)
            self.assertIn(f"packets[1].{name}", answer.error)
        nulls = {"sequence_number": None, "rssi": None, "snr": None, "metadata": None, "device": None}
        self.assertEqual(self.post({"packets": [{**self.PACKET, **nulls}]}).status, 200)

    def test_packets_in_the_official_form_are_a_valid_batch(self):
        device = {"id": "d", "payload": "SGVsbG8=", "timestamp": 1705314600.5, "rssi": -90}
        packet = {"device": device, "location": {"latitude": 0, "longitude": 0}}
        self.assertEqual(self.post({"packets": [packet]}).status, 200)
        answer = self.post({"packets": [{"device": {**device, "timestamp": "soon"}}]})
        self.assertEqual((answer.status, "packets[0].device.timestamp" in answer.error), (400, True), answer)

    def test_any_webhook_token_will_do_and_its_holder_reads_the_batches(self):
        self.assertEqual(self.post({"packets": []}, secret="s3cret", token=None).status, 200)
        self.assertEqual(self.post({"packets": []}, token=None).status, 401)
        self.assertEqual(self.post({"packets": []}, secret="s3cret", token="wrong").status, 401)
        self.assertEqual(self.client.get(TEST_BATCH).json["batches"], [])
        shown = self.client.get(TEST_BATCH, headers={"HTTP-X-HUBBLE-TOKEN": "s3cret"})
        self.assertEqual(len(shown.json["batches"]), 1)

    def test_the_last_twenty_are_kept(self):
        for number in range(25):
            self.assertEqual(self.post({"packets": [self.PACKET] * number}).status, 200)
        counts = [batch["packets"] for batch in self.client.get("/v1/webhook/testBatch").json["batches"]]
        self.assertEqual(counts, list(range(24, 4, -1)))
        self.assertEqual(self.post({"packets": [{**self.PACKET, "payload": "A" * 1_500_000}]}).status, 200)
        self.assertIsNone(self.client.get(TEST_BATCH).json["batches"][0]["body"])


if __name__ == "__main__":
    unittest.main()
