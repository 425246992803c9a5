"""What a device's profile makes of its session, against the running binary."""

import base64
import time
import unittest

from gateway import eventually
from lorawan_device import Device
from test_network_server import NetworkTestCase, new_eui

PROFILES = "/api/org/{org}/device-profiles"
EU868 = [868_100_000, 868_300_000, 868_500_000, 867_100_000, 867_300_000, 867_500_000, 867_700_000, 867_900_000]


class ProfileTestCase(NetworkTestCase):
    def profiled(self, **members):
        """A device that is registered with a profile, whose identifier it keeps."""
        made = self.client.post(PROFILES, {"name": new_eui(), **members})
        self.assertEqual(made.status, 201, made)
        device = Device(new_eui())
        device.profile = made.json["profile"]["id"]
        device.id = self.client.register(
            "Meter", dev_eui=device.dev_eui, lorawan={"app_key": device.app_key.hex()},
            profile_id=device.profile)["id"]
        time.sleep(0.05)
        return device

    def change(self, device, status=200, **members):
        answer = self.client.patch(f"{PROFILES}/{device.profile}", members)
        self.assertEqual(answer.status, status, answer)
        time.sleep(0.3)
        return answer

    def restart(self):
        self.server.kill()
        self.server.start()
        self.air.receive_down(0.2)  # what was still on the way
        self.air.move(self.server.lora)
        self.air.pull()


class Channels(ProfileTestCase):
    def test_the_mandatory_channels_of_a_list_are_given_to_nobody_twice(self):
        device = self.profiled(abp={"preset_frequencies": EU868})
        self.join(device)
        self.assertEqual(device.channels, EU868[3:])
        self.air.send_up(device.frame(b"x"))
        self.assertIsNone(self.air.receive_down(0.8), "there is nothing to tell the device")
        session = eventually(lambda: [s for s in self.sessions(device) if s["f_cnt_up"] == 0], 8)[0]
        self.assertEqual(session["channels"], EU868)

    def test_a_list_of_one_sub_band_is_what_a_device_of_a_fixed_plan_keeps_to(self):
        second = [903_900_000 + 200_000 * number for number in range(8)]
        for version in ("1.0.2", "1.0.3"):
            with self.subTest(version=version):
                device = self.profiled(
                    region="us915", mac_version=version, abp={"preset_frequencies": second})
                self.air.send_up(device.join_request(), freq=904.1, datr="SF10BW125")
                packet = self.air.receive_down()
                self.assertEqual((packet["freq"], packet["datr"]), (923.9, "SF10BW500"))
                device.accept(packet["frame"])
                # Channels 8 to 15 and 65; devices of 1.0.2 know no masks in the join-accept.
                self.assertEqual(len(packet["frame"]), 17 if version == "1.0.2" else 33)
                self.air.send_up(device.frame(b"x"), freq=904.1, datr="SF10BW125")
                packet = self.air.receive_down(1.0)
                if version == "1.0.2":
                    told = device.hear(packet["frame"]).commands
                    self.assertEqual(told[0], 0x03, told.hex())
                    answers = b"\x03\x07" * (len(told) // 5)
                    time.sleep(0.3)
                    self.air.send_up(device.frame(b"y", commands=answers), freq=904.1, datr="SF10BW125")
                    packet = self.air.receive_down(1.0)
                self.assertIsNone(packet)
                expected = second + [904_600_000]
                eventually(lambda: [s for s in self.sessions(device) if s["channels"] == expected], 8)


class Changes(ProfileTestCase):
    def test_a_joined_device_becomes_one_of_class_c_with_its_profile(self):
        device = self.profiled()
        self.join(device)
        self.exchange(device, b"x", confirmed=True)
        self.change(device, device_class="C")
        eventually(lambda: self.sessions(device)[0]["class"] == "C", 8)
        self.exchange(device, b"y", confirmed=True)
        time.sleep(1.5)
        self.queue(device, f_port=7, payload=base64.b64encode(b"now").decode())
        packet = self.air.receive_down()
        self.assertIsNotNone(packet)
        self.assertTrue(packet.get("imme"))
        self.assertEqual(device.hear(packet["frame"]).payload, b"now")

    def test_a_class_c_device_is_reached_after_a_restart_without_being_heard(self):
        device = self.profiled(device_class="C")
        self.join(device)
        self.exchange(device, b"x", confirmed=True)
        eventually(lambda: any(frame["kind"] == "uplink" for frame in self.frames(device)), 8)
        eventually(lambda: [s for s in self.sessions(device) if s["f_cnt_up"] == 0], 8)
        self.restart()
        self.queue(device, f_port=7, payload=base64.b64encode(b"now").decode())
        packet = self.air.receive_down(15)
        self.assertIsNotNone(packet)
        self.assertEqual(device.hear(packet["frame"]).payload, b"now")

    def test_a_session_stays_in_its_region_until_the_next_join(self):
        device = self.profiled()
        self.join(device)
        self.exchange(device, b"x", confirmed=True)
        self.change(device, region="us915")
        self.air.send_up(device.frame(b"y", confirmed=True))
        packet = self.air.receive_down()
        self.assertEqual((packet["freq"], packet["datr"]), (868.5, "SF7BW125"))
        heard = device.hear(packet["frame"])
        self.assertEqual((heard.ack, heard.commands), (True, b""))

    def test_a_device_whose_profile_knows_no_joins_is_not_answered(self):
        device = self.profiled(supports_join=False)
        self.air.send_up(device.join_request())
        self.assertIsNone(self.air.receive_down(0.8))
        eventually(lambda: any("does not join" in (frame["note"] or "") for frame in self.frames(device)), 8)
        self.change(device, supports_join=True)
        self.join(device)

    def test_windows_that_the_region_does_not_have_are_refused(self):
        device = self.profiled(region="as923-1", rx1_dr_offset=7)
        for members, word in (
            ({"region": "eu868"}, "rx1_dr_offset"),
            ({"rx2_dr": 8}, "rx2_dr"),
            ({"region": "us915", "rx1_dr_offset": 3, "rx2_dr": 0}, "rx2_dr"),
        ):
            with self.subTest(members=members):
                self.assertIn(word, self.change(device, 400, **members).error)
        self.change(device, region="us915", rx1_dr_offset=3, rx2_dr=8)


if __name__ == "__main__":
    unittest.main()
