"""The LoRaWAN network server: a device that joins, talks and listens, against the running binary."""

import base64
import random
import time
import unittest

from gateway import GatewayTestCase, eventually
from lorawan_device import Air, Device

DEVICES = "/api/org/{org}/devices"
RX1, RX2 = 1_000_000, 2_000_000
JOIN_RX1 = 5_000_000


def new_eui():
    return f"70B3D5{random.getrandbits(40):010X}"


class NetworkTestCase(GatewayTestCase):
    def setUp(self):
        self.server = self.gateway()
        self.client = self.server.client()
        self.air = self.reach("AA555A0000000001")

    def reach(self, eui):
        air = self.enterContext(Air(self.server.lora, eui))
        air.pull()
        return air

    def register(self, profile=None, **members):
        device = Device(new_eui())
        if profile:
            made = self.client.post("/api/org/{org}/device-profiles", {"name": new_eui(), **profile})
            self.assertEqual(made.status, 201, made)
            members["profile_id"] = made.json["profile"]["id"]
        registered = self.client.register(
            "Meter", dev_eui=device.dev_eui, lorawan={"app_key": device.app_key.hex()}, **members
        )
        device.id = registered["id"]
        time.sleep(0.05)
        return device

    def join(self, device, **members):
        tmst = self.air.send_up(device.join_request(), **members)
        packet = self.air.receive_down()
        self.assertIsNotNone(packet, "no join-accept")
        self.assertEqual((packet["tmst"] - tmst) % 2**32, JOIN_RX1)
        device.accept(packet["frame"])
        return packet

    def joined(self, **options):
        device = self.register(**options)
        self.join(device)
        return device

    def exchange(self, device, *arguments, **options):
        """Sends an uplink and hears the answer, which must come in RX1."""
        tmst = self.air.send_up(device.frame(*arguments, **options))
        packet = self.air.receive_down()
        self.assertIsNotNone(packet, "no downlink")
        self.assertEqual((packet["tmst"] - tmst) % 2**32, RX1)
        return device.hear(packet["frame"])

    def queue(self, device, status=201, **body):
        answer = self.client.post(f"{DEVICES}/{device.id}/downlinks", body)
        self.assertEqual(answer.status, status, answer)
        return answer.json

    def downlink(self, device, downlink):
        return self.client.get(f"{DEVICES}/{device.id}/downlinks/{downlink['downlink_id']}").json

    def sessions(self, device):
        return self.client.get(f"{DEVICES}/{device.id}/activation").json["sessions"]

    def frames(self, device, **query):
        return self.client.get(f"{DEVICES}/{device.id}/frames", query=query).json["frames"]

    def payloads(self, device):
        return [
            base64.b64decode(packet["payload"]) for packet in self.client.packets(device_id=device.id)
        ]


class Joins(NetworkTestCase):
    def test_a_device_joins_and_its_packets_are_opened(self):
        device = self.register()
        packet = self.join(device)
        self.assertTrue(packet["ipol"])
        self.assertTrue(packet["ncrc"])
        self.assertEqual(packet["freq"], 868.5)
        self.assertEqual(packet["datr"], "SF7BW125")
        self.air.send_up(device.frame(b"hello"))
        eventually(lambda: self.payloads(device) == [b"hello"], 5)
        session = eventually(lambda: [s for s in self.sessions(device) if s["f_cnt_up"] == 0], 8)[0]
        self.assertEqual(session["activation"], "OTAA")
        self.assertEqual(session["dev_addr"], f"{device.dev_addr:08X}")

    def test_a_nonce_is_good_once_until_an_operator_forgets_it(self):
        device = self.register()
        self.join(device)
        self.join(device)
        self.air.send_up(device.join_request(nonce=1))
        self.assertIsNone(self.air.receive_down(1.0), "a replayed join-request is not answered")
        answer = self.client.delete(f"{DEVICES}/{device.id}/activation/dev_nonces")
        self.assertEqual(answer.status, 200, answer)
        first = device.join_nonce
        self.air.send_up(device.join_request(nonce=1))
        packet = self.air.receive_down()
        device.accept(packet["frame"])
        self.assertGreater(device.join_nonce, first, "JoinNonce never goes back")
        eventually(
            lambda: any("DevNonce was used before" in (frame["note"] or "") for frame in self.frames(device)), 8
        )

    def test_a_join_with_a_wrong_key_or_of_a_stranger_is_not_answered(self):
        device = self.register()
        good, device.app_key = device.app_key, bytes(16)
        self.air.send_up(device.join_request())
        self.air.send_up(Device(new_eui()).join_request())
        self.assertIsNone(self.air.receive_down(1.0))
        device.app_key = good
        self.join(device)

    def test_either_half_of_a_device_key_may_be_the_root_key(self):
        for half in (0, 1):
            device = Device(new_eui())
            halves = [bytes(15) + bytes([9]), bytes(15) + bytes([8])]
            halves[half] = device.app_key
            registered = self.client.register(
                "Meter",
                dev_eui=device.dev_eui,
                device_key=base64.b64encode(b"".join(halves)).decode(),
                tags={"hubnet.platform": "LoRaWAN"},
            )
            device.id = registered["id"]
            time.sleep(0.05)
            self.join(device)
            self.air.send_up(device.frame(b"half"))
            eventually(lambda: self.payloads(device) == [b"half"], 5)

    def test_a_join_heard_by_two_gateways_is_one_join_and_the_better_answers(self):
        far = self.reach("AA555A0000000002")
        device = self.register()
        frame = device.join_request()
        far.send_up(frame, lsnr=-12.0, rssi=-118)
        self.air.send_up(frame, lsnr=9.0, rssi=-60)
        packet = self.air.receive_down()
        self.assertIsNotNone(packet)
        device.accept(packet["frame"])
        self.assertIsNone(far.receive_down(0.5))

    def test_the_session_before_is_good_until_the_new_one_is_used(self):
        device = self.joined()
        self.air.send_up(device.frame(b"one"))
        eventually(lambda: self.payloads(device) == [b"one"], 5)
        old = Device(device.dev_eui, device.app_key)
        old.dev_addr, old.nwk_s_key, old.app_s_key = device.dev_addr, device.nwk_s_key, device.app_s_key
        old.counter = device.counter
        self.join(device)
        self.air.send_up(old.frame(b"two"))
        eventually(lambda: len(self.payloads(device)) == 2, 5)
        self.air.send_up(device.frame(b"three"))
        eventually(lambda: len(self.payloads(device)) == 3, 5)
        time.sleep(0.6)
        self.air.send_up(old.frame(b"four"))
        self.air.send_up(device.frame(b"five"))
        eventually(lambda: b"five" in self.payloads(device))
        self.assertNotIn(b"four", self.payloads(device), "the old session is over")


class Downlinks(NetworkTestCase):
    def test_a_confirmed_uplink_is_acknowledged_and_so_is_its_repetition_and_it_is_stored_once(self):
        device = self.joined()
        frame = device.frame(b"sure", confirmed=True)
        for _ in range(2):
            tmst = self.air.send_up(frame)
            packet = self.air.receive_down()
            self.assertIsNotNone(packet, "no acknowledgement")
            self.assertEqual((packet["tmst"] - tmst) % 2**32, RX1)
            self.assertGreater(packet["lead"], 42_500)
            self.assertTrue(device.hear(packet["frame"]).ack)
            time.sleep(1.0)
        eventually(lambda: self.payloads(device) == [b"sure"], 5)

    def test_a_downlink_goes_behind_the_next_uplink(self):
        device = self.joined()
        downlink = self.queue(device, f_port=10, payload=base64.b64encode(b"open").decode())
        self.assertEqual(downlink["state"], "queued")
        heard = self.exchange(device, b"up")
        self.assertEqual((heard.port, heard.payload, heard.confirmed), (10, b"open", False))
        state = eventually(lambda: (d := self.downlink(device, downlink))["state"] == "sent" and d, 8)
        self.assertEqual(state["frame_counter"], heard.counter)

    def test_a_confirmed_downlink_is_sent_again_until_the_device_acknowledges(self):
        device = self.joined()
        downlink = self.queue(
            device, f_port=3, payload=base64.b64encode(b"sure?").decode(), confirmed=True
        )
        first = self.exchange(device, b"1")
        self.assertTrue(first.confirmed)
        eventually(lambda: self.downlink(device, downlink)["attempts"] == 1)
        second = self.exchange(device, b"2")
        self.assertEqual(second.payload, b"sure?")
        self.air.send_up(device.frame(b"3", ack=True))
        state = eventually(lambda: (d := self.downlink(device, downlink))["state"] == "acknowledged" and d, 8)
        self.assertEqual(state["attempts"], 2)
        self.air.receive_down(1.0)

    def test_what_a_gateway_refuses_in_rx1_goes_out_in_rx2(self):
        device = self.joined()
        for answer in ("COLLISION_PACKET", False):
            with self.subTest(answer=answer):
                tmst = self.air.send_up(device.frame(b"x", confirmed=True))
                first = self.air.receive_down(answer=answer)
                self.assertEqual((first["tmst"] - tmst) % 2**32, RX1)
                second = self.air.receive_down()
                self.assertIsNotNone(second, "nothing in RX2")
                self.assertEqual((second["tmst"] - tmst) % 2**32, RX2)
                self.assertEqual((second["freq"], second["datr"]), (869.525, "SF12BW125"))
                self.assertTrue(device.hear(second["frame"]).ack)
                time.sleep(1.0)

    def test_link_check_and_device_time_are_answered(self):
        device = self.joined()
        heard = self.exchange(device, b"x", commands=b"\x02\x0d")
        self.assertEqual(heard.commands[0], 0x02)
        self.assertEqual(heard.commands[2], 1, "one gateway heard it")
        self.assertEqual(heard.commands[3], 0x0D)
        seconds = int.from_bytes(heard.commands[4:8], "little")
        # GPS time runs 18 leap seconds ahead of UTC.
        self.assertAlmostEqual(seconds, time.time() - 315_964_800 + 18, delta=3)

    def test_downlinks_go_by_priority_and_can_be_taken_back(self):
        device = self.joined()
        names = {}
        for name, priority in (("a", 0), ("b", 9), ("c", 0)):
            names[name] = self.queue(
                device, f_port=1, payload=base64.b64encode(name.encode()).decode(), priority=priority
            )
        gone = self.client.delete(f"{DEVICES}/{device.id}/downlinks/{names['a']['downlink_id']}")
        self.assertEqual((gone.status, gone.json["state"]), (200, "cancelled"))
        first = self.exchange(device, b"1")
        self.assertEqual((first.payload, first.pending), (b"b", True))
        eventually(lambda: self.downlink(device, names["b"])["state"] == "sent")
        second = self.exchange(device, b"2")
        self.assertEqual((second.payload, second.pending), (b"c", False))
        again = self.client.delete(f"{DEVICES}/{device.id}/downlinks/{names['a']['downlink_id']}")
        self.assertEqual(again.status, 409)

    def test_values_become_a_payload_by_the_devices_codec(self):
        source = """
            function decodeUplink(input) { return { data: { first: input.bytes[0] } }; }
            function encodeDownlink(input) { return { bytes: [input.data.level, 7], fPort: 21 }; }
            """
        codec = self.client.post(
            "/api/org/{org}/codecs", {"name": "Valve", "kind": "javascript", "source": source}
        )
        self.assertEqual(codec.status, 201, codec)
        device = self.joined(codec_id=codec.json["codec"]["id"])
        self.queue(device, data={"level": 42})
        heard = self.exchange(device, b"\x09")
        self.assertEqual((heard.port, heard.payload), (21, bytes([42, 7])))
        decoded = eventually(lambda: self.client.packets(device_id=device.id)[0].get("decoded"), 5)
        self.assertEqual(decoded, {"first": 9})
        self.assertIn("together", self.queue(device, 400, f_port=1, payload="AQ==", data={})["error"])
        plain = self.joined()
        self.assertIn("no codec", self.queue(plain, 400, data={"level": 1})["error"])

    def test_what_cannot_be_sent_is_refused_with_the_reason(self):
        device = self.joined()
        self.air.send_up(device.frame(b"x", port=1), datr="SF12BW125", lsnr=-15.0)
        time.sleep(0.6)
        long = base64.b64encode(bytes(243)).decode()
        for body, words in (
            ({"f_port": 1, "payload": long}, "at most 51 "),
            ({"f_port": 0, "payload": ""}, "f_port"),
            ({"f_port": 224, "payload": ""}, "f_port"),
            ({"f_port": 1, "payload": "?"}, "Base64"),
            ({"f_port": 1, "payload": "", "priority": 101}, "priority"),
            ({"f_port": 1, "payload": "", "expires_in": 0}, "expires_in"),
        ):
            with self.subTest(body=body):
                self.assertIn(words, self.queue(device, 400, **body)["error"])
        missing = self.client.post(f"{DEVICES}/nothing/downlinks", {"f_port": 1, "payload": ""})
        self.assertEqual(missing.status, 404)

    def test_a_downlink_expires_and_one_that_waits_survives_a_kill(self):
        device = self.joined()
        short = self.queue(device, f_port=1, payload="AQ==", expires_in=1)
        waiting = self.queue(device, f_port=2, payload="Ag==")
        time.sleep(1.2)
        self.server.kill()
        self.server.start()
        self.air.move(self.server.lora)
        self.air.pull()
        heard = self.exchange(device, b"x")
        self.assertEqual(heard.port, 2)
        eventually(lambda: self.downlink(device, short)["state"] == "expired", 8)
        eventually(lambda: self.downlink(device, waiting)["state"] == "sent", 8)

    def test_no_downlink_counter_is_used_twice_whatever_is_killed(self):
        device = self.joined()
        used = set()
        for round_number in range(3):
            for number in range(3):
                heard = self.exchange(device, bytes([round_number, number]), confirmed=True)
                self.assertNotIn(heard.counter, used)
                used.add(heard.counter)
            self.server.kill()
            self.server.start()
            self.air.move(self.server.lora)
            self.air.pull()

    def test_a_class_c_device_hears_at_once(self):
        device = self.joined(profile={"region": "eu868", "device_class": "C"})
        self.air.send_up(device.frame(b"here"))
        time.sleep(0.6)
        self.queue(device, f_port=7, payload=base64.b64encode(b"now").decode())
        packet = self.air.receive_down()
        self.assertIsNotNone(packet)
        self.assertTrue(packet.get("imme"))
        self.assertEqual((packet["freq"], packet["datr"]), (869.525, "SF12BW125"))
        self.assertEqual(device.hear(packet["frame"]).payload, b"now")


class Gateways(NetworkTestCase):
    def test_the_gateway_that_hears_a_frame_best_answers_also_when_it_is_not_the_first(self):
        far = self.reach("AA555A0000000002")
        device = self.joined()
        for gap in (0, 0.01, 0.05, 0.1, 0.15):
            with self.subTest(gap=gap):
                time.sleep(0.7)
                frame = device.frame(b"x", confirmed=True, commands=b"\x02")
                far.send_up(frame, lsnr=-5.0, rssi=-115)
                time.sleep(gap)
                self.air.send_up(frame, lsnr=9.0, rssi=-60)
                packet = self.air.receive_down()
                self.assertIsNotNone(packet, "the near one answers")
                self.assertEqual(device.hear(packet["frame"]).commands[2], 2, "both have heard it")
                self.assertIsNone(far.receive_down(0.3))


class Floods(NetworkTestCase):
    def test_ten_thousand_strangers_that_join_leave_room_for_who_is_known(self):
        device = self.register()
        for _ in range(10_000 // 20):
            frames = [Device(new_eui(), bytes(16)).join_request() for _ in range(20)]
            self.air.push(*[{"tmst": 1, "freq": 868.1, "stat": 1, "modu": "LORA", "datr": "SF7BW125",
                             "codr": "4/5", "lsnr": 5, "rssi": -80, "size": len(frame),
                             "data": base64.b64encode(frame).decode()} for frame in frames])
        self.assertIsNone(self.air.receive_down(0.5))
        self.join(device)

    def test_the_frame_log_tells_both_directions(self):
        device = self.joined()
        last = self.frames(device)[0]["number"] if self.frames(device) else 0
        self.exchange(device, b"x", commands=b"\x02")
        found = eventually(
            lambda: len(f := self.frames(device, after=last)) >= 2 and f, 8, message="two lines"
        )
        uplink = next(frame for frame in found if frame["kind"] == "uplink")
        downlink = next(frame for frame in found if frame["kind"] == "downlink")
        self.assertEqual(uplink["mac_commands"], ["LinkCheckReq"])
        self.assertTrue(downlink["mac_commands"][0].startswith("LinkCheckAns"), downlink)
        self.assertEqual(downlink["gateway_id"], "lora-aa555a0000000001")
        self.assertEqual(downlink["frequency"], 868_500_000)
        began = time.monotonic()
        nothing = self.frames(device, after=max(frame["number"] for frame in found), wait=1)
        self.assertLess(len(nothing), 3)
        self.assertLess(time.monotonic() - began, 3)


if __name__ == "__main__":
    unittest.main()
