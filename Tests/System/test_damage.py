"""Damaged and missing files: noticed, said, and never served."""

import base64
import os
import random
import re
import shutil
import subprocess
import unittest

from durability import PACKETS, DurabilityTestCase
from gateway import binary, environment, eventually
from lorawan import Session, rxpk


class DamagedFiles(DurabilityTestCase):
    def lines(self, *words):
        """What the starts said of the database."""
        said = self.server.log_lines(" holdfast: ", "database", *words)
        return [line for line in said if "state=" in line or " the database " in line]

    def test_a_wal_that_was_cut_is_noticed_and_begins_a_new_epoch(self):
        self.begin()
        self.push(20)
        self.server.restart()
        self.forwarder.move(self.server.lora)
        epoch = None
        for _ in range(12):
            self.push(10)
        self.server.kill()
        shutil.copytree(self.server.data, f"{self.server.data}-copy")
        self.addCleanup(shutil.rmtree, f"{self.server.data}-copy")
        epoch, highest = self.property("epoch"), max(self.sequences())
        wal = self.server.data / "holdfast.db-wal"
        # What was read just now may have moved the WAL into the database: begin from the copy.
        for name in ("holdfast.db", "holdfast.db-wal", "holdfast.db-shm"):
            (self.server.data / name).unlink(missing_ok=True)
            if name != "holdfast.db-shm":
                shutil.copy(f"{self.server.data}-copy/{name}", self.server.data / name)
        size = wal.stat().st_size
        self.assertGreater(size, 50_000)
        os.truncate(wal, size // 2)
        result = self.check()
        self.assertEqual(result.returncode, 1, result.stdout)
        self.assertIn("BAD", result.stdout)
        before = len(self.lines())
        self.start()
        said = self.lines()[before:]
        self.assertEqual(len(said), 1)
        self.assertRegex(said[0], r"behind its high-water mark: \d+ acknowledged packets are gone")
        lost = int(re.search(r"(\d+) acknowledged", said[0])[1])
        kept = self.shown()
        self.assertEqual(len(kept) + lost, 140)
        self.push(5)
        self.server.stop()
        self.assertNotEqual(self.property("epoch"), epoch)
        added = [sequence for sequence in self.sequences() if sequence > highest]
        self.assertEqual(len(added), 5, "a sequence number that was given out is used again")
        self.assertEqual(self.check().returncode, 0)
        self.start()
        self.assertEqual(len(self.shown()), len(kept) + 5)

    def test_an_older_copy_of_the_database_begins_a_new_epoch_and_uses_no_sequence_again(self):
        self.begin()
        self.push(10)
        self.server.stop()
        epoch = self.property("epoch")
        shutil.copy(self.server.data / "holdfast.db", self.server.data / "older")
        self.start()
        self.push(10)
        self.server.stop()
        highest = max(self.sequences())
        shutil.move(self.server.data / "older", self.server.data / "holdfast.db")
        self.start()
        self.assertEqual(len(self.shown()), 10)
        self.assertTrue(self.lines("10 acknowledged packets are gone"))
        self.push(3)
        self.server.stop()
        self.assertNotEqual(self.property("epoch"), epoch)
        self.assertEqual(len([sequence for sequence in self.sequences() if sequence > highest]), 3)

    def test_a_flipped_bit_in_a_payload_is_never_served_and_check_says_so(self):
        self.begin()
        payloads = self.push(30)
        self.server.stop()
        path = self.server.data / "holdfast.db"
        content = bytearray(path.read_bytes())
        place = content.find(payloads[17])
        self.assertGreater(place, 0, "the payload is not in the file as it is")
        content[place + 11] ^= 0x10
        path.write_bytes(content)
        result = self.check()
        self.assertEqual(result.returncode, 1, result.stdout)
        self.assertRegex(result.stdout, r"BAD .*\b1 not as")
        self.start()
        expected = [payload for payload in payloads if payload != payloads[17]]
        self.assertEqual(list(self.shown().values()), expected)
        for limit in (1, 7, 18):
            found = [base64.b64decode(packet["payload"]) for packet in self.client.packets(limit=limit)]
            self.assertEqual(found, expected)
        eventually(
            lambda: self.server.metrics()["edge_packet_quarantined_total"] >= 1,
            message="the quarantined packet is counted",
        )
        more = self.push(3)
        self.assertEqual(list(self.shown().values()), expected + more)

    def test_flipped_bits_anywhere_in_the_database_never_show_a_wrong_payload(self):
        self.begin()
        payloads = set(self.push(200))
        self.server.stop()
        path = self.server.data / "holdfast.db"
        whole = path.read_bytes()
        numbers = random.Random(7)
        started = 0
        for _ in range(8):
            content = bytearray(whole)
            for _ in range(4):
                place = numbers.randrange(4096, len(content))
                content[place] ^= 1 << numbers.randrange(8)
            for other in self.server.data.glob("holdfast.db*"):
                other.unlink()
            path.write_bytes(content)
            try:
                self.start()
            except AssertionError:
                self.assertIsNotNone(self.server.process.poll(), "it neither ended nor served")
                continue
            started += 1
            answer = self.client.get(PACKETS, query={"limit": 1000})
            if answer.status == 200:
                for packet in answer.json["packets"]:
                    self.assertIn(base64.b64decode(packet["payload"]), payloads)
            self.server.kill()
        self.assertGreater(started, 5)

    def test_a_database_of_garbage_is_set_aside_and_a_new_one_begun(self):
        for content in (os.urandom(200_000), b"", b"SQLite format 3\x00" + os.urandom(50_000)):
            with self.subTest(begins=content[:8]):
                self.begin()
                old = self.push(5)
                self.server.stop()
                epoch = self.property("epoch")
                (self.server.data / "holdfast.db").write_bytes(content)
                before = len(self.lines())
                self.start()
                said = self.lines()[before:]
                self.assertEqual(len(said), 1)
                if content:
                    self.assertIn("damaged", said[0])
                    aside = [
                        path
                        for path in self.server.data.glob("holdfast.db.damaged-*")
                        if not path.name.endswith(("-wal", "-shm"))
                    ]
                    self.assertEqual([path.read_bytes() for path in aside], [content])
                else:
                    self.assertNotIn("=a new database", said[0])
                client = self.server.client()  # with the key of the new beginning
                self.assertEqual(client.get("/api/org/{org}/check").status, 200)
                self.assertEqual(client.packets(), [])
                session = Session()
                client.register("New", dev_eui="70B3D50000000002", lorawan=session.provisioning)
                self.forwarder.push(rxpk(session.uplink(b"new")))
                eventually(lambda: len(client.packets()) == 1)
                self.server.stop()
                self.assertNotEqual(self.property("epoch"), epoch)
                self.assertGreater(
                    min(self.sequences()), len(old), "a sequence number that was given out is used again"
                )

    def test_a_page_of_zeros_in_the_database_costs_only_what_was_on_it_from_the_next_start_on(self):
        self.begin()
        payloads = self.push(600)
        self.server.stop()
        path = self.server.data / "holdfast.db"
        content = bytearray(path.read_bytes())
        place = content.find(payloads[300]) // 4096 * 4096
        content[place : place + 4096] = bytes(4096)
        path.write_bytes(content)
        self.assertEqual(self.check().returncode, 1)
        self.start()
        answer = self.client.get(PACKETS, query={"limit": 1000})
        if answer.status != 200:
            # The damage was met in use: it is said, and what can be saved is saved at the next start.
            self.assertEqual((answer.status, answer.error), (503, "the database is damaged"))
            with self.subTest("/health/ready says so too"):
                self.assertEqual(self.client.get("/health/ready").status, 503)
            self.assertEqual(self.server.stop(), 0)
            before = len(self.lines())
            self.start()
            self.assertRegex(self.lines()[before:][0], r"was damaged .* \d+ rows were saved")
        found = self.shown().values()
        self.assertLessEqual(set(found), set(payloads))
        self.assertGreater(len(found), 500)
        self.assertEqual(self.client.device(self.device["id"])["name"], "Meter")
        more = self.push(3)
        self.assertLessEqual(set(more), set(self.shown().values()))
        self.assertEqual(self.check().returncode, 0, self.check().stdout)

    def test_a_lost_master_key_is_said_in_one_line(self):
        self.begin()
        self.client.register(
            "Keyed", dev_eui="70B3D50000000009", device_key=base64.b64encode(os.urandom(32)).decode()
        )
        self.server.stop()
        (self.server.data / "master.key").unlink()
        result = self.run_for_a_moment()
        self.assertTrue(result.strip(), "nothing is said about the lost key")
        self.assertNotIn("Fatal", result)
        self.assertIn("key", result.lower())

    def run_for_a_moment(self):
        """The output of a start, ended after two seconds if it did not end itself."""
        process = subprocess.Popen(
            [binary(), *self.server.arguments()],
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            return process.communicate(timeout=2)[0]
        except subprocess.TimeoutExpired:
            process.kill()
            return process.communicate()[0]


if __name__ == "__main__":
    unittest.main()
