"""Packets that other gateways heard: uploading them, the spool, hostile bodies."""

import base64
import contextlib
import gzip
import json
import sqlite3
import threading
import time
import unittest
import zlib

from gateway import eventually, run
from hubble import seal_counter_mode, seal_plain, today
from test_disks import mounted
from uploads import UploadTestCase, now_ms, payload_of, sighting


class Uploading(UploadTestCase):
    def test_what_a_gateway_uploads_becomes_a_packet_with_its_reception(self):
        uploader = self.uploader()
        heard = now_ms() - 3_600_000
        place = {"latitude": 47.5, "longitude": 8.25, "horizontalAccuracyMeters": 7.0}
        answer = uploader.upload(
            sighting(
                self.seal(b"hello", 5), rssi=-61, sightingCount=3, timestampMillis=heard, location=place
            ),
            batch="b-1",
        )
        self.assertEqual(
            (answer.status, answer.json), (202, {"batchId": "b-1", "accepted": 1, "rejected": 0})
        )
        (packet,) = self.packets(1)
        self.assertEqual(
            (payload_of(packet), packet["rssi"], packet["device_id"]), (b"hello", -61, self.device)
        )
        self.assertEqual(packet["gateway_id"], uploader.gateway_id)
        self.assertLess(abs(packet["device"]["timestamp"] * 1000 - heard), 1)
        self.assertEqual((packet["location"]["latitude"], packet["metadata"]["accuracy"]), (47.5, 7.0))
        self.assertEqual(packet["receptions"][0]["count"], 3)
        self.assertNotIn("clock", packet)

    def test_a_batch_that_is_sent_again_is_taken_once(self):
        uploader = self.uploader()
        first = uploader.upload(sighting(self.seal(b"x", 1)), sighting(b"", serviceUuid="FEED"), batch="same")
        self.packets(1)
        again = uploader.upload(sighting(self.seal(b"y", 2)), batch="same")
        self.assertEqual((again.status, again.json), (202, first.json))
        other = self.uploader()
        self.assertEqual(other.upload(sighting(self.seal(b"z", 3)), batch="same").json["accepted"], 1)
        found = self.packets(2)
        self.assertEqual([payload_of(packet) for packet in found], [b"x", b"z"])
        self.assertEqual(found[0]["receptions"][0]["count"], 1)

    def test_two_gateways_that_heard_one_packet_are_two_receptions(self):
        frame = self.seal(b"shared", 9)
        uploaders = [self.uploader(), self.uploader()]
        for uploader, rssi in zip(uploaders, (-80, -40)):
            uploader.upload(sighting(frame, rssi=rssi))
        eventually(lambda: len(self.packets(1)[0]["receptions"]) == 2, message="two receptions")
        (packet,) = self.packets(1)
        self.assertEqual({r["gateway_id"] for r in packet["receptions"]}, {u.gateway_id for u in uploaders})
        self.assertEqual(packet["rssi"], -40)

    def test_what_cannot_be_used_is_counted_by_reason_and_the_rest_is_taken(self):
        uploader = self.uploader()
        good = sighting(self.seal(b"good", 1), serviceUuid="0000fca6-0000-1000-8000-00805f9b34fb")
        silent = sighting(b"")
        del silent["serviceData"]
        answer = uploader.upload(
            good,
            sighting(b"abc", serviceUuid="FEED"),
            silent,
            sighting(b"x", serviceData="*not base64*"),
            sighting(bytes(256)),
            "no object",
            {**good, "rssi": "loud"},
        )
        self.assertEqual(answer.status, 202)
        self.assertEqual((answer.json["accepted"], answer.json["rejected"]), (1, 6))
        self.assertEqual(
            answer.json["rejections"],
            {"malformed": 2, "no_service_data": 2, "other_service": 1, "service_data_too_long": 1},
        )
        self.packets(1)

    def test_a_time_that_cannot_be_true_is_replaced_and_marked(self):
        uploader = self.uploader()
        for sequence, stamp in enumerate((1_000, now_ms() + 3 * 3_600_000, None)):
            uploader.upload(sighting(self.seal(b"t", sequence), timestampMillis=stamp))
        for packet in self.packets(3):
            self.assertEqual(packet["clock"], "unsynced")
            self.assertLess(abs(packet["device"]["timestamp"] - time.time()), 60)

    def test_what_was_heard_ten_days_ago_is_opened(self):
        uploader = self.uploader()
        day = today() - 10
        uploader.upload(
            sighting(self.seal(b"late", 1, counter=day), timestampMillis=(day * 86_400 + 40_000) * 1000)
        )
        (packet,) = self.packets(1, start_time=day * 86_400)
        self.assertEqual((payload_of(packet), packet["device"]["counter"]), (b"late", day))

    def test_a_frame_of_a_device_that_is_registered_later_is_opened_then(self):
        uploader = self.uploader()
        key = bytes(range(32, 64))
        heard = now_ms() - 60_000
        uploader.upload(sighting(seal_counter_mode(key, b"early", 3), timestampMillis=heard))
        eventually(lambda: self.server.metrics().get("edge_upload_waiting") == 0)
        self.assertEqual(self.client.packets(), [])
        self.client.register(dev_eui="0102030405060708", device_key=base64.b64encode(key).decode())
        (packet,) = self.packets(1)
        self.assertEqual(payload_of(packet), b"early")
        self.assertLess(abs(packet["device"]["timestamp"] * 1000 - heard), 1)

    def test_the_last_fix_stands_for_sightings_without_a_place(self):
        uploader = self.uploader()
        fix = {
            "latitude": 1.5,
            "longitude": 2.5,
            "horizontalAccuracyMeters": 4.0,
            "timestampMillis": now_ms(),
        }
        uploader.upload(sighting(self.seal(b"no", 1), location={"latitude": 0.0, "longitude": 0.0}))
        self.packets(1)
        answer = uploader.post(
            uploader.path("/locations"),
            {
                "batchId": "l",
                "locations": [fix, {"latitude": 0, "longitude": 0, "timestampMillis": now_ms()}],
            },
        )
        self.assertEqual((answer.status, answer.json["accepted"]), (202, 1))
        uploader.upload(sighting(self.seal(b"yes", 2), location={"latitude": 0.0, "longitude": 0.0}))
        first, second = self.packets(2)
        self.assertIsNone(first["metadata"]["latitude"])
        self.assertEqual((second["metadata"]["latitude"], second["metadata"]["accuracy"]), (1.5, 4.0))
        (listed,) = self.client.get("/api/org/{org}/gateways").json["gateways"]
        self.assertEqual((listed["location"]["longitude"], listed["packets_accepted"]), (2.5, 2))

    def test_a_batch_longer_than_a_part_is_taken_whole(self):
        uploader = self.uploader()
        frames = [sighting(self.seal(n.to_bytes(2, "big"), n)) for n in range(1_020)]
        answer = uploader.upload(*frames, compress=True)
        self.assertEqual(answer.json["accepted"], 1_020)
        found = eventually(
            lambda: (lambda p: p if len(p) == 1_020 else None)(self.client.packets(limit=1000))
        )
        self.assertEqual({p["sequence_number"] for p in found}, set(range(1_020)))

    def test_nobody_writes_in_clear_for_the_device_of_another(self):
        device = self.client.register_fleet(encryption="NONE")[0]
        uploader = self.uploader()
        uploader.upload(sighting(seal_plain(device["network_id"], b"own")))
        (packet,) = self.packets(1)
        self.assertEqual((payload_of(packet), packet["status"]), (b"own", "unencrypted"))


class Durability(UploadTestCase):
    def test_what_was_accepted_is_there_after_a_kill_and_none_twice(self):
        uploader = self.uploader()
        sent, left = set(), 0
        for kill in range(6):
            frames = []
            for number in range(100):
                sequence = kill * 100 + number
                sent.add(sequence)
                frames.append(sighting(self.seal(sequence.to_bytes(2, "big"), sequence)))
            self.assertEqual(uploader.upload(*frames, batch=f"kill-{kill}").status, 202)
            self.server.kill()
            left += self.waiting()
            self.server.start()
            # The client that never saw the answer sends the batch again.
            self.assertEqual(uploader.upload(*frames, batch=f"kill-{kill}").status, 202)
        self.assertGreater(left, 0, "each kill came too late to leave anything to do")
        found = self.packets(len(sent))
        self.assertEqual({int.from_bytes(payload_of(packet), "big") for packet in found}, sent)
        self.assertEqual({packet["receptions"][0]["count"] for packet in found}, {1})
        eventually(lambda: self.server.metrics().get("edge_upload_waiting") == 0)
        self.assertEqual(run("check", "--data", self.server.data).returncode, 0)

    def waiting(self):
        with contextlib.closing(sqlite3.connect(self.server.data / "holdfast.db")) as database:
            return database.execute("SELECT count(*) FROM upload WHERE sightings IS NOT NULL").fetchone()[0]


class FullDisk(UploadTestCase):
    def test_a_full_disk_is_507_and_what_was_accepted_stays(self):
        point = self.enterContext(mounted(["-t", "tmpfs"], "tmpfs", "size=64m"))
        self.begin(directory=str(point / "data"))
        uploader = self.uploader()
        stop, accepted, statuses = threading.Event(), set(), []
        filler = threading.Thread(target=fill, args=(point / "filler", stop))
        filler.start()
        try:
            deadline = time.monotonic() + 30
            while statuses.count(507) < 5 and len(statuses) < 800:
                self.assertLess(time.monotonic(), deadline, statuses[-20:])
                number = len(statuses)
                answer = uploader.upload(
                    sighting(self.seal(number.to_bytes(2, "big"), number)), batch=str(number)
                )
                self.assertIn(answer.status, (202, 507), answer)
                if answer.status == 202:
                    accepted.add(number)
                else:
                    self.assertEqual(answer.json["code"], "storage_full")
                statuses.append(answer.status)
                time.sleep(0.05)
        finally:
            stop.set()
            filler.join()
        self.assertGreaterEqual(statuses.count(507), 5)
        (point / "filler").unlink()
        self.server.kill()
        self.server.start()

        def shown():
            return {packet["sequence_number"] for packet in self.client.packets(limit=1000)}

        eventually(
            lambda: accepted <= shown(), 20, step=0.2, message=f"all of {len(accepted)} accepted packets"
        )


def fill(path, stop):
    """Takes every byte that is free, again and again."""
    with open(path, "wb", buffering=0) as file:
        while not stop.is_set():
            try:
                file.write(bytes(65_536))
            except OSError:
                time.sleep(0.01)


class Bodies(UploadTestCase):
    def test_gzip_is_unpacked_on_every_route(self):
        uploader = self.uploader()
        self.assertEqual(uploader.upload(sighting(self.seal(b"z", 1)), compress=True).status, 202)
        self.packets(1)
        members = gzip.compress(b'{"name": ') + gzip.compress(b'"Two members"}')
        answer = self.client.post("/api/org/{org}/sdk_keys", members, headers={"Content-Encoding": "gzip"})
        self.assertEqual((answer.status, answer.json["name"]), (201, "Two members"))

    def test_what_is_not_gzip_is_refused(self):
        whole = gzip.compress(b'{"name": "cut"}')
        for body, encoding in (
            (b"{}", "gzip"),
            (whole[:-6], "gzip"),
            (whole + b"x", "gzip"),
            (zlib.compress(b"{}"), "gzip"),
            (b"", "gzip"),
            (b"{}", "br"),
        ):
            answer = self.client.post("/api/org/{org}/sdk_keys", body, headers={"Content-Encoding": encoding})
            self.assertEqual(answer.status, 400, (body, encoding))

    def test_a_bomb_is_refused_at_its_limit(self):
        uploader = self.uploader()
        bomb = gzip.compress(bytes(300 * 1024 * 1024), 9)
        self.assertLess(len(bomb), 1_000_000)
        answer = uploader.post(uploader.path("/packets"), bomb, headers={"Content-Encoding": "gzip"})
        self.assertEqual((answer.status, answer.json["code"]), (413, "payload_too_large"))

    def test_hostile_bodies_are_400(self):
        uploader = self.uploader()
        for body in (
            b"",
            b"[]",
            b'"x"',
            b'{"batchId": "a"}',
            b'{"batchId": 7, "packets": []}',
            b'{"batchId": "", "packets": []}',
            json.dumps({"batchId": "x" * 129, "packets": []}).encode(),
            json.dumps({"batchId": "a\nb", "packets": []}).encode(),
            b'{"batchId": "a", "packets": {}}',
        ):
            answer = uploader.post(uploader.path("/packets"), body)
            self.assertEqual((answer.status, answer.json["code"]), (400, "invalid_request"), body)
        self.assertEqual(uploader.request("GET", uploader.path("/packets")).status, 405)
        self.assertEqual(
            uploader.upload(batch="empty").json, {"batchId": "empty", "accepted": 0, "rejected": 0}
        )

    def test_hundreds_of_batches_in_a_row_meet_no_limit(self):
        uploader = self.uploader()
        for _ in range(300):
            self.assertEqual(uploader.upload(sighting(self.seal(b"x", 1))).status, 202)
        self.packets(1)


if __name__ == "__main__":
    unittest.main()
