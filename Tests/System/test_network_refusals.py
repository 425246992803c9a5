"""What the network server does not take, and how it says so, against the running binary."""

import base64
import json
import os
import unittest

from gateway import eventually
from lorawan import Forwarder, rxpk
from lorawan_device import Device
from test_network_server import DEVICES, NetworkTestCase, new_eui

REFUSED = "refused_uplink"


class Refusals(NetworkTestCase):
    def refused(self, device, words):
        """The lines of refused uplinks, once one of them has these words."""
        return eventually(
            lambda: (lines := [line for line in self.frames(device) if line["kind"] == REFUSED])
            and any(words in line["note"] for line in lines) and lines,
            8, message=words)

    def test_uplinks_that_are_not_taken_are_lines_with_the_reason(self):
        device = self.joined()
        self.exchange(device, b"1", confirmed=True)
        good = device.frame(b"2")
        wrong = good[:-1] + bytes([good[-1] ^ 1])
        self.air.send_up(wrong)
        lines = self.refused(device, "the MIC fits none")
        self.assertEqual(base64.b64decode(lines[0]["phy_payload"]), wrong)
        self.assertEqual(lines[0]["gateway_id"], "lora-aa555a0000000001")
        self.assertIsNone(lines[0]["frame_counter"])
        self.air.send_up(good)
        eventually(lambda: b"2" in self.payloads(device))
        self.air.send_up(device.frame(b"old", counter=0))
        self.assertEqual(self.refused(device, "its counter 0 was passed")[0]["frame_counter"], 0)
        self.air.send_up(device.frame(b"far", counter=20_000))
        self.refused(device, "its counter 20000 is further ahead")
        both = bytearray(device.frame(b"\x02", port=0, commands=b"\x02"))
        self.air.send_up(bytes(both))
        self.refused(device, "both in FOpts and on FPort 0")
        # None of it has moved the session.
        self.exchange(device, b"3", confirmed=True)

    def test_a_late_copy_of_what_was_taken_is_no_refusal(self):
        device = self.joined()
        early = device.frame(b"1")
        self.air.send_up(early)
        eventually(lambda: len(self.payloads(device)) == 1)
        self.air.send_up(device.frame(b"2"))
        eventually(lambda: len(self.payloads(device)) == 2)
        self.air.send_up(early)
        # What comes after it is refused, and shown; the copy would be before.
        self.air.send_up(device.frame(b"3")[:-4] + bytes(4))
        lines = self.refused(device, "the MIC fits none")
        self.assertEqual(len(lines), 1, lines)
        self.assertEqual(len(self.payloads(device)), 2)

    def test_mac_commands_that_break_off_are_shown_as_they_came(self):
        device = self.joined()
        self.air.send_up(device.frame(b"x", commands=b"\x02\x03"))
        self.air.receive_down(1.0)
        line = eventually(
            lambda: [line for line in self.frames(device) if line["kind"] == "uplink"], 8)[0]
        self.assertEqual(line["mac_commands"], ["LinkCheckReq"])
        self.assertEqual(line["note"], "not understood of its MAC commands: 03")

    def test_a_flood_is_a_few_lines_and_what_is_left_out_is_counted(self):
        device = self.joined()
        frame = device.frame(b"x")
        for _ in range(300):
            self.air.send_up(frame[:-4] + os.urandom(4))
        for _ in range(100):
            nonce = int.from_bytes(os.urandom(2), "big")
            self.air.send_up(device.join_request(nonce=nonce)[:-4] + os.urandom(4))
        self.refused(device, "the MIC fits none")
        eventually(lambda: self.server.metrics().get("edge_network_log_lines_dropped_total", 0) > 300)
        self.air.send_up(frame)
        eventually(lambda: self.payloads(device) == [b"x"])
        # The line of what is taken comes after those of what is not.
        lines = eventually(
            lambda: (lines := self.frames(device, limit=1000))
            and any(line["kind"] == "uplink" for line in lines) and lines)
        self.assertLess(len(lines), 60, "a flood has filled the log")

    def test_a_join_with_another_join_eui_than_the_registered_is_answered_and_shown(self):
        device = self.register(tags={"lorawan.join_eui": "70B3D57ED0000001"})
        self.join(device)
        line = eventually(
            lambda: [line for line in self.frames(device) if line["kind"] == "join_request"], 8)[0]
        self.assertIn("JoinEUI 0000000000000001; registered is 70b3d57ed0000001", line["note"])


    def test_a_flood_of_ten_thousand_foreign_joins_holds_nobody_up(self):
        device = self.joined()
        flood = self.enterContext(Forwarder(self.server.lora, "AA555A00000000FF"))
        frames = [Device(new_eui(), bytes(16)).join_request(nonce=number) for number in range(10_000)]
        answered = 0
        for first in range(0, len(frames), 1_000):
            for start in range(first, first + 1_000, 8):
                body = {"rxpk": [rxpk(frame) for frame in frames[start : start + 8]]}
                flood.send(bytes([2, 0, 0, 0]) + flood.eui + json.dumps(body).encode())
            self.air.send_up(device.frame(bytes([answered]), confirmed=True))
            packet = self.air.receive_down()
            answered += packet is not None and packet["error"] is None
        self.assertGreaterEqual(answered, 9)
        self.join(self.register())
        eventually(
            lambda: self.server.metrics()['edge_sighting_processed_total{outcome="stranger"}'] > 9_000, 20)
        lines = self.client.get("/api/org/{org}/frames", query={"limit": 1000}).json["frames"]
        self.assertLess(len(lines), 100, "strangers are no lines of the frame log")

    def test_a_reception_without_a_counter_is_stored_and_answered_by_nobody(self):
        device = self.joined()
        self.air.post(rxpk(device.frame(b"timeless", confirmed=True), tmst="?"))
        self.assertIsNone(self.air.receive_down(1.0))
        eventually(lambda: self.payloads(device) == [b"timeless"], 5)
        far = self.reach("AA555A0000000002")
        frame = device.frame(b"twice", confirmed=True)
        self.air.post(rxpk(frame, tmst=None, lsnr=9.0))
        far.send_up(frame, lsnr=-9.0)
        self.assertIsNotNone(far.receive_down(), "the other gateway can answer")


class Downlinks(NetworkTestCase):
    def test_one_without_a_payload_is_sent_and_holds_nobody_up(self):
        device = self.joined()
        empty = self.queue(device, f_port=9, payload="")
        self.queue(device, f_port=1, payload="AQ==")
        first = self.exchange(device, b"1")
        self.assertEqual((first.port, first.payload, first.pending), (9, b"", True))
        eventually(lambda: self.downlink(device, empty)["state"] == "sent")
        self.assertEqual(self.exchange(device, b"2").payload, b"\x01")
        eventually(lambda: self.downlink(device, empty)["state"] == "sent", 8)

    def test_a_cancelled_downlink_says_how_often_it_was_sent(self):
        device = self.joined()
        downlink = self.queue(device, f_port=3, payload="AQ==", confirmed=True)
        heard = self.exchange(device, b"1")
        self.assertTrue(heard.confirmed)
        eventually(lambda: self.downlink(device, downlink)["attempts"] == 1)
        gone = self.client.delete(f"{DEVICES}/{device.id}/downlinks/{downlink['downlink_id']}")
        self.assertEqual((gone.status, gone.json["state"]), (200, "cancelled"))
        shown = eventually(lambda: (d := self.downlink(device, downlink))["attempts"] == 1 and d, 8)
        self.assertEqual((shown["state"], shown["frame_counter"]), ("cancelled", heard.counter))
        self.air.send_up(device.frame(b"2"))
        self.assertIsNone(self.air.receive_down(1.0), "it is not sent again")

    def test_the_limit_before_the_first_uplink_is_that_of_the_join_s_data_rate(self):
        device = self.register()
        self.air.send_up(device.join_request(), datr="SF9BW125")
        device.accept(self.air.receive_down()["frame"])
        answer = self.queue(device, 400, f_port=1, payload=base64.b64encode(bytes(116)).decode())
        self.assertIn("at most 115 ", answer["error"])
        self.queue(device, f_port=1, payload=base64.b64encode(bytes(115)).decode())
        self.air.send_up(device.frame(b"x"), datr="SF9BW125")
        self.assertEqual(len(device.hear(self.air.receive_down()["frame"]).payload), 115)

    def test_a_class_c_downlink_waits_for_its_gateway_and_says_so(self):
        device = self.joined(profile={"region": "eu868", "device_class": "C"})
        self.air.send_up(device.frame(b"here"))
        eventually(lambda: any(line["kind"] == "uplink" for line in self.frames(device)), 8)
        # Another process: nobody has asked it for downlinks yet.
        self.server.kill()
        self.server.start()
        self.air.receive_down(0.2)  # what was still on the way
        self.air.move(self.server.lora)
        downlink = self.queue(device, f_port=7, payload="AQ==")
        shown = eventually(lambda: (d := self.downlink(device, downlink))["reason"] and d, 20)
        self.assertEqual(shown["state"], "queued")
        self.assertIn("does not ask for downlinks", shown["reason"])
        self.air.pull()
        packet = self.air.receive_down(30)
        self.assertIsNotNone(packet)
        self.assertEqual(device.hear(packet["frame"]).payload, b"\x01")
        state = eventually(lambda: (d := self.downlink(device, downlink))["state"] == "sent" and d, 8)
        self.assertIsNone(state["reason"])


if __name__ == "__main__":
    unittest.main()
