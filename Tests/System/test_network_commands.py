"""MAC commands beside data: what profiles and operators ask of a device, against the running binary."""

import struct
import time
import unittest

from gateway import eventually
from test_network_profiles import PROFILES, ProfileTestCase
from test_network_server import DEVICES

DUTY_CYCLE, DL_CHANNEL, DEV_STATUS, TX_PARAM, LINK_ADR = 0x04, 0x0A, 0x06, 0x09, 0x03


class CommandTestCase(ProfileTestCase):
    def ask(self, device, status=202, **body):
        answer = self.client.post(f"{DEVICES}/{device.id}/mac_commands", body)
        self.assertEqual(answer.status, status, answer)
        return answer.json

    def on_their_way(self, device):
        return self.client.get(f"{DEVICES}/{device.id}/mac_commands").json

    def session(self, device, **members):
        """The session once it has these members."""
        return eventually(
            lambda: (found := self.sessions(device)[0]) and all(found[k] == v for k, v in members.items())
            and found, 8, message=str(members))

    def talk(self, device, answers=b"", **radio):
        """One confirmed uplink; what the network says in its answer."""
        time.sleep(0.3)
        self.air.send_up(device.frame(b"x", confirmed=True, commands=answers), **radio)
        packet = self.air.receive_down()
        self.assertIsNotNone(packet, "no answer")
        heard = device.hear(packet["frame"])
        heard.frequency = packet["freq"]
        return heard


class Profiles(CommandTestCase):
    def test_dwell_time_and_power_reach_a_device_of_as923_and_count_when_it_confirms(self):
        device = self.profiled(
            region="as923-1", tx_limits={"uplink_dwell_time": False, "max_eirp": 14})
        radio = {"freq": 923.2, "datr": "SF7BW125"}
        self.air.send_up(device.join_request(), **radio)
        device.accept(self.air.receive_down()["frame"])
        heard = self.talk(device, **radio)
        # MaxEIRP index 4 is 14 dBm; devices of 1.0.3 begin with the downlink dwell time on.
        self.assertEqual(heard.commands[:2], bytes([TX_PARAM, 0b0010_0100]))
        before = self.session(device, f_cnt_up=0)
        self.assertEqual((before["uplink_dwell_time"], before["max_eirp"]), (True, None))
        self.assertEqual(self.on_their_way(device)["unanswered"][0].split()[0], "TxParamSetupReq")
        heard = self.talk(device, bytes([TX_PARAM]), **radio)
        self.assertNotIn(TX_PARAM, heard.commands[:1])
        self.session(device, uplink_dwell_time=False, downlink_dwell_time=True, max_eirp=14)

    def test_a_duty_cycle_is_asked_for_until_the_device_confirms_it(self):
        device = self.profiled(tx_limits={"duty_cycle_exponent": 7})
        self.join(device)
        for _ in range(2):
            self.assertEqual(self.talk(device).commands, bytes([DUTY_CYCLE, 7]))
        self.session(device, duty_cycle_exponent=0)
        self.assertEqual(self.talk(device, bytes([DUTY_CYCLE])).commands, b"")
        self.session(device, duty_cycle_exponent=7)
        self.change(device, tx_limits={"duty_cycle_exponent": 0})
        self.assertEqual(self.talk(device).commands, bytes([DUTY_CYCLE, 0]))

    def test_what_no_device_of_the_region_or_the_version_can_be_told_is_refused(self):
        device = self.profiled()
        for members, word in (
            ({"tx_limits": {"max_eirp": 16}}, "eu868"),
            ({"tx_limits": {"uplink_dwell_time": True}}, "dwell"),
            ({"tx_limits": {"duty_cycle_exponent": 16}}, "duty_cycle_exponent"),
            ({"region": "as923-2", "tx_limits": {"max_eirp": 15}}, "max_eirp"),
            ({"region": "au915", "rx2_dr": 8, "tx_limits": {"downlink_dwell_time": True}}, "downlink_dwell_time"),
            ({"rejoin": {"time_exponent": 1, "count_exponent": 1}}, "1.1"),
            ({"mac_version": "1.1.0", "rejoin": {"time_exponent": 16, "count_exponent": 1}}, "time_exponent"),
            ({"mac_version": "1.1.0", "rejoin": {"time_exponent": 1}}, "count_exponent"),
            ({"rx2_frequency": 923_300_000}, "rx2_frequency"),
            ({"region": "as923-3", "rx2_frequency": 923_200_000}, "rx2_frequency"),
        ):
            with self.subTest(members=members):
                self.assertIn(word, self.change(device, 400, **members).error)
        limits = {"uplink_dwell_time": True, "downlink_dwell_time": False, "max_eirp": 20, "duty_cycle_exponent": 3}
        period = {"time_exponent": 2, "count_exponent": 15}
        self.change(device, region="as923-2", mac_version="1.1.0", tx_limits=limits, rejoin=period)
        self.restart()
        kept = self.client.get(f"{PROFILES}/{device.profile}").json["profile"]
        self.assertEqual((kept["tx_limits"], kept["rejoin"]), (limits, period))
        self.change(device, rejoin=None, tx_limits={"max_eirp": None})
        kept = self.client.get(f"{PROFILES}/{device.profile}").json["profile"]
        self.assertEqual((kept["tx_limits"], kept["rejoin"]), ({**limits, "max_eirp": None}, None))


class Operators(CommandTestCase):
    def test_a_channel_gets_another_downlink_frequency_when_the_device_confirms(self):
        device = self.profiled()
        self.join(device)
        self.talk(device)
        answer = self.ask(device, command="DlChannelReq", channel=2, frequency=869_000_000)
        self.assertEqual(answer["waiting"], ["DlChannelReq chIndex=2 frequency=869000000"])
        heard = self.talk(device)
        self.assertEqual(heard.commands, bytes([DL_CHANNEL, 2]) + struct.pack("<I", 8_690_000)[:3])
        self.assertEqual(self.on_their_way(device)["waiting"], [])
        # Channel 2 is 868.5, where the device sends; it has not confirmed yet.
        self.assertEqual(heard.frequency, 868.5)
        self.assertEqual(self.talk(device, bytes([DL_CHANNEL, 0b11])).frequency, 869.0)
        self.session(device, dl_channels=[{"channel": 2, "frequency": 869_000_000}])
        self.assertEqual(self.on_their_way(device)["unanswered"], [])

    def test_a_refused_command_changes_nothing(self):
        device = self.profiled()
        self.join(device)
        self.ask(device, command="DlChannelReq", channel=2, frequency=869_000_000)
        self.talk(device)
        self.assertEqual(self.talk(device, bytes([DL_CHANNEL, 0b10])).frequency, 868.5)
        self.session(device, dl_channels=[], f_cnt_up=1)

    def test_the_status_of_a_class_c_device_is_asked_for_at_once(self):
        device = self.profiled(device_class="C")
        self.join(device)
        self.talk(device)
        time.sleep(1.5)
        self.ask(device, command="DevStatusReq")
        packet = self.air.receive_down()
        self.assertIsNotNone(packet, "nothing was sent")
        self.assertTrue(packet.get("imme"))
        self.assertEqual(device.hear(packet["frame"]).commands, bytes([DEV_STATUS]))
        self.talk(device, bytes([DEV_STATUS, 200, 7]))
        self.session(device, battery=200, margin=7)

    def test_what_cannot_be_asked_is_refused_with_the_reason(self):
        device = self.profiled()
        self.assertIn("no session", self.ask(device, 409, command="DevStatusReq")["error"])
        self.join(device)
        for body, word in (
            ({"command": "LinkADRReq"}, "DevStatusReq"),
            ({}, "command"),
            ({"command": "ForceRejoinReq"}, "1.1"),
            ({"command": "ForceRejoinReq", "rejoin_type": 3}, "rejoin_type"),
            ({"command": "DlChannelReq", "frequency": 868_100_000}, "channel"),
            ({"command": "DlChannelReq", "channel": 0}, "frequency"),
            ({"command": "DlChannelReq", "channel": 9, "frequency": 868_100_000}, "no such channel"),
            ({"command": "DlChannelReq", "channel": 0, "frequency": 915_000_000}, "from 863000000"),
            ({"command": "DlChannelReq", "channel": 0, "frequency": 868_100_050}, "multiple of 100"),
            ({"command": "DlChannelReq", "channel": 0, "frequency": -1}, "frequency"),
        ):
            with self.subTest(body=body):
                self.assertIn(word, self.ask(device, 400, **body)["error"])
        for channel in range(3):
            self.ask(device, command="DlChannelReq", channel=channel, frequency=868_100_000)
        self.ask(device, command="DevStatusReq")
        self.ask(device, command="DevStatusReq")
        self.assertIn(
            "4 commands wait",
            self.ask(device, 409, command="DlChannelReq", channel=0, frequency=868_300_000)["error"])
        missing = self.client.post(f"{DEVICES}/nothing/mac_commands", {"command": "DevStatusReq"})
        self.assertEqual(missing.status, 404)


if __name__ == "__main__":
    unittest.main()
