"""A LoRaWAN device that joined at one gateway and is heard by another of its organization."""

import base64
import unittest

from gateway import UNLIMITED, eventually
from lorawan import Session
from lorawan_device import Air, Device, Downlink
from sync import SyncTestCase
from test_network_server import new_eui

RX1 = 1_000_000
BLOCK = 1_024


class Roaming(SyncTestCase):
    """A central, gateways A and B, and a device that has joined at A."""

    def setUp(self):
        self.begin(is_wired=False)
        self.second = self.gateway(env=UNLIMITED)
        self.other = self.second.client()
        self.enroll()
        self.enroll(self.second)
        self.used = []  # downlink counters, whoever sent them
        self.near = self.reach(self.edge, "AA555A0000000011")
        self.far = self.reach(self.second, "AA555A0000000012")

    def reach(self, gateway, eui):
        air = self.enterContext(Air(gateway.lora, eui))
        air.pull()
        return air

    def until(self, condition, what, seconds=40):
        return eventually(condition, seconds, step=0.1, message=what)

    def registered(self):
        device = Device(new_eui())
        made = self.there.register(
            "Cart", dev_eui=device.dev_eui, lorawan={"app_key": device.app_key.hex()}
        )
        device.id = made["id"]
        for client in (self.here, self.other):
            self.until(lambda: self.known(client, device), "the device is at both gateways")
        return device

    def known(self, client, device):
        return client.get(f"/api/org/{{org}}/devices/{device.dev_eui}").status == 200

    def join(self, device, air):
        air.send_up(device.join_request())
        packet = air.receive_down()
        self.assertIsNotNone(packet, "no join-accept")
        device.accept(packet["frame"])

    def exchange(self, device, air, *arguments, **options):
        """Sends an uplink; the answer in RX1 that the device takes, or None."""
        tmst = air.send_up(device.frame(*arguments, **options))
        packet = air.receive_down(1.5)
        if packet is None:
            return None
        self.assertEqual((packet["tmst"] - tmst) % 2**32, RX1)
        downlink = Downlink(device, packet["frame"])
        self.used.append(downlink.counter)
        # A device drops what has an old counter.
        return device.hear(packet["frame"]) if downlink.counter > device.last_down else None

    def sessions(self, client, device):
        answer = client.get(f"/api/org/{{org}}/devices/{device.id}/activation")
        return answer.json["sessions"] if answer.status == 200 else []

    def payloads(self, client, device):
        return [base64.b64decode(packet["payload"]) for packet in client.packets(device_id=device.id)]

    def joined(self):
        """At A, and B knows the session."""
        device = self.registered()
        self.join(device, self.near)
        self.assertIsNotNone(self.exchange(device, self.near, b"at A", confirmed=True))
        address = f"{device.dev_addr:08X}"
        self.until(
            lambda: [s for s in self.sessions(self.other, device) if s["dev_addr"] == address],
            "the session is at B",
        )
        return device

    def test_it_goes_on_without_a_join_and_no_downlink_counter_is_used_twice(self):
        device = self.joined()
        at_a = device.last_down
        # B opens it at once; it answers when A has said that it does not hear the device any more.
        self.assertIsNone(self.exchange(device, self.far, b"at B", confirmed=True))
        self.until(lambda: b"at B" in self.payloads(self.other, device), "opened at B")
        self.until(lambda: b"at B" in self.payloads(self.there, device), "and shown at the central")

        def answered():
            return self.exchange(device, self.far, b"again", confirmed=True)

        answer = self.until(answered, "B answers")
        self.assertTrue(answer.ack)
        self.assertGreaterEqual(answer.counter, BLOCK, "counters that A may still use are left out")
        self.assertGreater(answer.counter, at_a)
        # Back at A, the same the other way.
        at_b = device.last_down
        answer = self.until(lambda: self.exchange(device, self.near, b"back", confirmed=True), "A answers")
        self.assertGreaterEqual(answer.counter, 2 * BLOCK)
        self.assertGreater(answer.counter, at_b)
        self.assertEqual(len(self.used), len(set(self.used)), "a counter was used twice")

    def test_a_device_that_both_hear_stays_with_the_first_and_gets_one_answer(self):
        device = self.joined()
        for number in range(3):
            frame = device.frame(b"both %d" % number, confirmed=True)
            self.near.send_up(frame)
            self.far.send_up(frame)
            packet = self.near.receive_down(1.5)
            self.assertIsNotNone(packet, "A answers")
            self.assertLess(device.hear(packet["frame"]).counter, BLOCK)
            self.assertIsNone(self.far.receive_down(0.3), "B does not")

    def test_it_holds_over_restarts_of_both(self):
        device = self.joined()
        for gateway, air in ((self.edge, self.near), (self.second, self.far)):
            gateway.restart()
            air.move(gateway.lora)
            air.pull()
        self.assertIsNone(self.exchange(device, self.far, b"at B", confirmed=True), "B does not answer")
        answer = self.until(
            lambda: self.exchange(device, self.far, b"at B", confirmed=True), "B answers at last", 60
        )
        self.assertGreaterEqual(answer.counter, BLOCK)

    def test_a_device_that_was_personalised_has_one_that_answers_too(self):
        session = Session()
        device = Device(new_eui())
        device.dev_addr, device.nwk_s_key = session.dev_addr, session.nwk_s_key
        device.app_s_key, device.counter = session.app_s_key, 1
        made = self.there.register("Fixed", dev_eui=device.dev_eui, lorawan=session.provisioning)
        device.id = made["id"]
        for client in (self.here, self.other):
            self.until(lambda: self.known(client, device), "the device is at both gateways")
        self.until(lambda: self.exchange(device, self.near, b"at A", confirmed=True), "A answers")
        self.until(lambda: self.sessions(self.other, device), "the session is at B")
        self.assertIsNone(self.exchange(device, self.far, b"at B", confirmed=True), "B does not at once")
        answer = self.until(lambda: self.exchange(device, self.far, b"at B", confirmed=True), "B answers")
        self.assertGreaterEqual(answer.counter, BLOCK)
        self.assertEqual(len(self.used), len(set(self.used)), "a counter was used twice")

    def test_a_nonce_that_was_used_at_one_gateway_is_refused_at_the_other(self):
        device = self.joined()
        used = device.join_request(nonce=1)
        self.far.send_up(used)
        self.assertIsNone(self.far.receive_down(1.5), "a replayed join-request is not answered")


if __name__ == "__main__":
    unittest.main()
