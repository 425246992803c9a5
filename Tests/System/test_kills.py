"""What the gateway has shown once is there after a kill and after a stop."""

import contextlib
import http.client
import os
import random
import threading
import time
import unittest

from durability import PACKETS, DurabilityTestCase
from lorawan import rxpk

KILLS = 50


class Kills(DurabilityTestCase):
    def test_what_was_shown_before_a_kill_is_there_after_it_once_under_load(self):
        self.begin()
        numbers = random.Random(os.urandom(8))
        ledger, devices, slowest = {}, {}, 0
        for kill in range(KILLS):
            stop = threading.Event()
            sender = threading.Thread(target=self.stream, args=(stop,))
            sender.start()
            try:
                self.watch_and_kill(time.monotonic() + numbers.uniform(0.02, 0.5), kill, ledger, devices)
            finally:
                stop.set()
                sender.join()
            slowest = max(slowest, self.start())
            self.verify(
                ledger,
                {} if kill % 10 else devices,
                since=None if kill % 10 == 9 or kill == KILLS - 1 else self.watched_from,
            )
        self.assertGreater(len(ledger), KILLS)
        self.assertGreater(len(devices), KILLS)
        self.verify(ledger, devices, since=None)
        self.assertLess(slowest, 5)
        self.assertEqual(self.check().returncode, 0)
        self.server.stop()
        sequences = self.sequences()
        self.assertEqual(len(sequences), len(set(sequences)))

    def stream(self, stop):
        while not stop.is_set():
            with contextlib.suppress(OSError):
                self.forwarder.post(*(rxpk(self.session.uplink(os.urandom(12))) for _ in range(4)))
            time.sleep(0.01)

    def watch_and_kill(self, deadline, kill, ledger, devices):
        """Records what the API shows and confirms until the moment of the kill."""
        self.watched_from = time.time() - 0.5
        killer = threading.Timer(max(0, deadline - time.monotonic()), self.server.process.kill)
        killer.start()
        number = 0
        try:
            while True:
                answer = self.client.get(PACKETS, query={"start": f"{self.watched_from:.6f}"})
                for packet in answer.json["packets"]:
                    ledger[packet["packet_id"]] = packet["payload"]
                number += 1
                eui = f"{kill * 10_000 + number:016x}"
                answer = self.client.post(
                    "/api/v2/org/{org}/devices", {"name": "n", "dev_eui": eui, "device_key": "AAAA"}
                )
                if answer.status == 201:
                    devices[eui] = answer.json["device"]["id"]
        except (OSError, http.client.HTTPException):
            pass  # killed in the middle of an answer
        finally:
            killer.join()
            self.server.process.wait()

    def verify(self, ledger, devices, since):
        query = {"start": f"{since:.6f}"} if since else {"limit": 1000}
        packets = self.client.packets(**query)
        found = {packet["packet_id"]: packet["payload"] for packet in packets}
        self.assertEqual(len(found), len(packets), "a packet is shown twice")
        counters = [packet["sequence_number"] for packet in packets]
        self.assertEqual(len(set(counters)), len(counters), "one frame became two packets")
        if since is None:
            missing = {key: value for key, value in ledger.items() if found.get(key) != value}
            self.assertEqual(missing, {}, f"of {len(ledger)} packets that were shown")
        for eui, identifier in devices.items():
            self.assertEqual(self.client.device(eui)["id"], identifier)

    def test_a_stop_stores_everything_that_was_acknowledged(self):
        self.begin()
        payloads = [os.urandom(20) for _ in range(400)]
        for begin in range(0, 400, 8):
            self.forwarder.push(
                *(rxpk(self.session.uplink(payload)) for payload in payloads[begin : begin + 8])
            )
        self.assertEqual(self.server.stop(), 0)
        self.start()
        self.assertEqual(list(self.shown().values()), payloads)

    def test_sigterm_under_load_ends_with_status_0_and_loses_nothing_shown(self):
        self.begin()
        for _ in range(3):
            stop = threading.Event()
            sender = threading.Thread(target=self.stream, args=(stop,))
            sender.start()
            try:
                time.sleep(0.5)
                before = self.shown()
                self.assertEqual(self.server.stop(), 0)
            finally:
                stop.set()
                sender.join()
            self.start()
            after = self.shown()
            self.assertLessEqual(before.items(), after.items())

    def test_it_starts_in_less_than_five_seconds_with_thousands_of_packets(self):
        self.begin()
        payloads = []
        for _ in range(5):
            payloads += self.push(1000)
            time.sleep(0.1)
        self.server.kill()
        self.assertLess(self.start(), 5)
        self.assertEqual(list(self.shown().values()), payloads)


if __name__ == "__main__":
    unittest.main()
