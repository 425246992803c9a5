"""Two gateways that call themselves by one EUI, against the running binary."""

import time
import unittest

from gateway import eventually
from lorawan_device import Air
from receiver import Receiver
from test_network_server import NetworkTestCase

STATIONS = "/api/org/{org}/gateways/stations"
EUI = "AA555A0000000001"


class Duplicates(NetworkTestCase):
    def station(self):
        stations = self.client.get(STATIONS).json["stations"]
        return next(s for s in stations if s["gateway_id"] == f"lora-{EUI.lower()}")

    def test_they_are_found_and_told_of_and_a_device_still_joins_through_either(self):
        receiver = self.enterContext(Receiver())
        made = self.client.post(
            "/api/org/{org}/webhooks", {"url": receiver.url, "name": "Ops", "events": ["gateway.duplicated"]})
        self.assertEqual(made.status, 201, made)
        self.assertIsNone(self.station()["duplicate"])
        first, second = self.air, self.enterContext(Air(self.server.lora, EUI))
        for air in (second, first, second):
            air.pull()
        duplicate = eventually(lambda: self.station()["duplicate"], 5)
        self.assertEqual(len(duplicate["addresses"]), 2)
        self.assertTrue(all(address.startswith("127.0.0.1:") for address in duplicate["addresses"]))
        self.assertEqual(len(self.server.log_lines("two gateways have one eui")), 1)
        self.assertEqual(self.server.metrics()["edge_gateway_duplicated_total"], 1)
        # The counters of microseconds of the two have nothing to do with each other.
        for hears, other in ((first, second), (second, first)):
            device = self.register()
            tmst = hears.send_up(device.join_request())
            packet = hears.receive_down()
            self.assertIsNotNone(packet, "the join-accept went to the other one")
            self.assertEqual((packet["tmst"] - tmst) % 2**32, 5_000_000)
            self.assertIsNone(packet["error"])
            device.accept(packet["frame"])
            hears.send_up(device.frame(b"sure", confirmed=True))
            self.assertTrue(device.hear(hears.receive_down()["frame"]).ack)
            self.assertIsNone(other.receive_down(0.2))
            other.pull()
        # Both hear the same frame: one of them answers, the better, if its copy came in time.
        answers = []
        while len(answers) < 5 and "first" not in answers:
            time.sleep(1.0)
            frame = device.frame(b"both", confirmed=True)
            second.send_up(frame, lsnr=-3.0)
            first.send_up(frame, lsnr=8.0)
            heard = [name for name, air in (("first", first), ("second", second)) if air.receive_down(1.0)]
            self.assertEqual(len(heard), 1, heard)
            answers += heard
        self.assertIn("first", answers)
        event = eventually(lambda: [
            event for request in receiver.confirmed for event in request.json.get("events", [])], 20)[0]
        self.assertEqual(event["type"], "gateway.duplicated")
        self.assertEqual(event["gateway"], {"gateway_id": f"lora-{EUI.lower()}"})

    def test_a_gateway_that_comes_back_from_another_port_is_none(self):
        for _ in range(3):
            moved = self.enterContext(Air(self.server.lora, EUI))
            moved.pull()
            time.sleep(0.05)
        self.assertIsNone(self.station()["duplicate"])
        device = self.register()
        moved.send_up(device.join_request())
        self.assertIsNotNone(moved.receive_down())


if __name__ == "__main__":
    unittest.main()
