"""Packets that nobody asks for: safe in the journal, in the database late."""

import contextlib
import os
import pathlib
import shutil
import sqlite3
import tempfile
import threading
import time
import unittest

from gateway import UNLIMITED, Gateway, eventually, run
from lorawan import CONFIRMED_UP, Forwarder, Session, rxpk
from lorawan_device import Air, Device
from receiver import Receiver

PATIENT = UNLIMITED | {"HOLDFAST_COMMIT_SECONDS": "300"}


def stored(gateway):
    """Rows of the database, read past the gateway."""
    path = f"file:{gateway.data}/holdfast.db?mode=ro"
    with contextlib.closing(sqlite3.connect(path, uri=True)) as database:
        return database.execute("SELECT count(*) FROM packet").fetchone()[0]


class Journal(unittest.TestCase):
    def setUp(self):
        self.gateway = self.enterContext(Gateway(env=PATIENT))
        self.client = self.gateway.client()
        self.session = Session(0x26012345)
        self.client.register("Quiet", dev_eui="70B3D50000000001", lorawan=self.session.provisioning)
        # Who asked is taken to look on for a while.
        time.sleep(3.5)
        self.forwarder = self.enterContext(Forwarder(self.gateway.lora))

    def send(self, numbers):
        for number in numbers:
            self.forwarder.push(rxpk(self.session.uplink(b"n%d" % number, counter=number)))

    def payloads(self):
        packets = self.client.packets()
        return sorted(packet["payload"] for packet in packets), packets

    def test_who_asks_gets_what_was_heard_before(self):
        self.send(range(20))
        time.sleep(0.5)
        self.assertEqual(stored(self.gateway), 0)
        self.assertEqual(len(self.payloads()[0]), 20)
        self.assertEqual(stored(self.gateway), 20)

    def test_metrics_count_what_was_heard_before(self):
        self.send(range(5))
        time.sleep(0.5)
        self.assertEqual(self.gateway.metrics()["edge_packet_sequence"], 5)

    def test_nothing_is_lost_or_doubled_by_kills(self):
        heard = []
        for round in range(5):
            numbers = range(round * 10, round * 10 + 10)
            self.send(numbers)
            heard += numbers
            time.sleep(0.6)
            self.assertEqual(stored(self.gateway), round * 10)
            before = time.time()
            self.gateway.kill()
            self.gateway.start()
            self.forwarder.move(self.gateway.lora)
            # Taken up at the start, without anybody asking.
            eventually(lambda: stored(self.gateway) == len(heard), 10)
        found, packets = self.payloads()
        self.assertEqual(len(found), len(heard))
        self.assertEqual(len(set(found)), len(heard))
        last = max(packet["device"]["timestamp"] for packet in packets)
        self.assertLess(last, before)

    def test_a_stop_writes_everything(self):
        self.send(range(7))
        time.sleep(0.2)
        self.assertEqual(self.gateway.stop(), 0)
        self.assertEqual(stored(self.gateway), 7)
        self.gateway.start()
        self.assertEqual(len(self.payloads()[0]), 7)

    def test_an_acknowledged_uplink_is_in_the_database(self):
        air = self.enterContext(Air(self.gateway.lora, "AA555A0000000002"))
        air.pull()
        air.send_up(self.session.uplink(b"important", counter=0, kind=CONFIRMED_UP))
        self.assertIsNotNone(air.receive_down(), "no acknowledgement")
        self.assertEqual(stored(self.gateway), 1)

    def test_a_backup_has_what_was_heard_just_before(self):
        self.send(range(6))
        time.sleep(0.3)
        with tempfile.TemporaryDirectory(prefix="holdfast-test-") as folder:
            done = run("backup", f"{folder}/backup", "--data", self.gateway.data)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            code = done.stdout.split("recovery code")[1].strip()
            done = run("restore", f"{folder}/backup", "--code", code, "--data", f"{folder}/other")
            self.assertEqual(done.returncode, 0, done.stderr)
            with contextlib.closing(sqlite3.connect(f"{folder}/other/holdfast.db")) as database:
                self.assertEqual(database.execute("SELECT count(*) FROM packet").fetchone()[0], 6)

    def test_a_webhook_does_not_wait_for_the_others(self):
        with Receiver() as receiver:
            made = self.client.post("/api/org/{org}/webhooks", {"url": receiver.url, "name": "Quick"})
            self.assertEqual(made.status, 201, made)
            time.sleep(3.5)
            self.send([0])
            eventually(lambda: sum(len(each.packets) for each in receiver.attempts) == 1, 10)

    def test_who_follows_the_frames_sees_them_as_they_come(self):
        device = self.client.get("/api/org/{org}/devices").json["devices"][0]["id"]
        frames = f"/api/org/{{org}}/devices/{device}/frames"
        answers = []
        query = {"after": 0, "wait": 20}
        follower = threading.Thread(target=lambda: answers.append(self.client.get(frames, query=query)))
        began = time.monotonic()
        follower.start()
        time.sleep(4)
        self.send([0])
        follower.join()
        self.assertLess(time.monotonic() - began, 10)
        self.assertEqual(len(answers[0].json["frames"]), 1)

    def restart(self):
        """After a kill."""
        self.gateway.kill()
        self.gateway.start()
        self.forwarder.move(self.gateway.lora)

    def damage(self, offset):
        path = pathlib.Path(self.gateway.data) / "heard"
        content = bytearray(path.read_bytes())
        content[offset] ^= 0x40
        path.write_bytes(content)

    def test_a_place_that_is_damaged_costs_one_packet_and_is_told(self):
        self.send(range(10))
        time.sleep(0.6)
        self.gateway.kill()
        self.damage(128 + 40)
        done = run("check", "--data", self.gateway.data)
        self.assertEqual(done.returncode, 1)
        self.assertIn("BAD  journal: 9 sightings wait to be taken up, damaged in 1 places", done.stdout)
        self.gateway.start()
        self.assertEqual(len(self.payloads()[0]), 9)
        self.assertEqual(self.gateway.metrics()['edge_row_discarded_total{reason="journal_damage"}'], 1)
        self.assertIn("the journal was damaged", self.gateway.log())

    def test_a_backup_after_a_kill_has_what_was_heard(self):
        self.send(range(6))
        time.sleep(0.6)
        self.gateway.kill()
        with tempfile.TemporaryDirectory(prefix="holdfast-test-") as folder:
            done = run("backup", f"{folder}/backup", "--data", self.gateway.data)
            self.assertEqual(done.returncode, 0, done.stderr)
            code = done.stdout.split("recovery code")[1].strip()
            done = run("restore", f"{folder}/backup", "--code", code, "--data", f"{folder}/other")
            self.assertEqual(done.returncode, 0, done.stderr)
            names = {name for name in os.listdir(f"{folder}/other") if "restored" in name}
            self.assertEqual(names, set())
            done = run("check", "--data", f"{folder}/other")
            self.assertIn("journal: 6 sightings wait to be taken up", done.stdout)
            # Not in a backup; the test's client wants it.
            shutil.copy(self.gateway.data / "first-key.json", f"{folder}/other")
            with Gateway(directory=f"{folder}/other", env=PATIENT) as other:
                eventually(lambda: stored(other) == 6, 10)

    def test_counters_of_a_session_are_not_before_their_packets(self):
        device = Device("70B3D50000000002")
        self.client.register("Joins", dev_eui=device.dev_eui, lorawan={"app_key": device.app_key.hex()})
        other = Device("70B3D50000000003")
        self.client.register("Other", dev_eui=other.dev_eui, lorawan={"app_key": other.app_key.hex()})
        air = self.enterContext(Air(self.gateway.lora, "AA555A0000000002"))
        air.pull()
        air.send_up(device.join_request(), freq=868.1)
        device.accept(air.receive_down(8)["frame"])
        time.sleep(0.3)
        for number in range(6):
            air.push(rxpk(device.frame(b"n%d" % number)))
        # Refused, and noted: the network server commits while the packets are in the journal.
        other.app_key = bytes(range(16))
        air.push(rxpk(other.join_request()))
        time.sleep(2)
        self.restart()
        self.assertEqual(len(self.payloads()[0]), 6)

    def test_without_a_journal_packets_are_committed_soon(self):
        self.gateway.stop()
        path = pathlib.Path(self.gateway.data) / "heard"
        path.unlink()
        path.mkdir()
        self.gateway.start()
        self.forwarder.move(self.gateway.lora)
        time.sleep(1)
        self.send(range(5))
        eventually(lambda: stored(self.gateway) == 5, 3, step=0.1)
        self.assertIn("no journal", self.gateway.log())

    def test_what_was_heard_without_a_clock_is_dated_by_the_next_run_of_the_same_boot(self):
        self.gateway.stop()
        self.gateway.env = PATIENT | {"HOLDFAST_TRIAL_CLOCK_OFFSET": "-1790000000"}
        self.gateway.start()
        self.forwarder.move(self.gateway.lora)
        began = time.time()
        self.send(range(3))
        self.assertEqual(len(self.payloads()[0]), 3)
        time.sleep(3.5)
        self.send(range(3, 6))
        self.forwarder.push(rxpk(Session(0x26FFFFFF).uplink(b"stranger")))
        time.sleep(0.6)
        self.assertEqual(stored(self.gateway), 3)
        self.gateway.env = PATIENT
        self.restart()
        eventually(lambda: stored(self.gateway) == 6, 10)
        time.sleep(2)
        found, packets = self.payloads()
        self.assertEqual(len(found), 6)
        for packet in packets:
            self.assertNotIn("clock", packet)
            self.assertTrue(began - 2 < packet["device"]["timestamp"] < began + 60, packet)
        self.assertFalse([name for name in self.gateway.metrics() if "row_discarded" in name])

    def test_a_weak_signal_is_kept_as_weak_as_it_is(self):
        for number, rssi in enumerate((-127, -128, -129, -141)):
            self.forwarder.push(rxpk(self.session.uplink(b"far", counter=number), rssi=rssi))
        time.sleep(0.6)
        self.restart()
        packets = self.client.packets()
        self.assertEqual([packet["rssi"] for packet in packets], [-127, -128, -129, -141])


if __name__ == "__main__":
    unittest.main()
