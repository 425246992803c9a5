"""Alerts: devices and gateways that fall silent, and are heard again."""

import time
import unittest

from gateway import UNLIMITED, GatewayTestCase, eventually
from lorawan import Forwarder, Session, rxpk
from receiver import Receiver

ALERTS = "/api/org/{org}/alerts"
PROFILES = "/api/org/{org}/device-profiles"


class AlertTestCase(GatewayTestCase):
    def begin(self, **env):
        self.server = self.gateway(env={**UNLIMITED, **env})
        self.client = self.server.client()

    def alerts(self, **query):
        answer = self.client.get(ALERTS, query=query)
        self.assertEqual(answer.status, 200, answer)
        return answer.json["alerts"]


class Devices(AlertTestCase):
    def test_a_device_is_silent_once_and_heard_again_over_a_restart(self):
        self.begin()
        profile = self.client.post(
            PROFILES, {"name": "Often", "expected_uplink_interval": 10, "missed_intervals": 1}
        ).json["profile"]["id"]
        session = Session()
        device = self.client.register(
            "Meter", dev_eui="70B3D50000000001", lorawan=session.provisioning, profile_id=profile
        )["id"]
        quiet = self.client.register("Quiet", dev_eui="70B3D50000000002", lorawan=Session().provisioning)
        forwarder = self.enterContext(Forwarder(self.server.lora))
        time.sleep(0.1)
        forwarder.push(rxpk(session.uplink(b"1")))
        self.assertEqual(self.alerts(), [])
        alert = eventually(self.alerts, 30)[0]
        self.assertEqual(
            (alert["type"], alert["device_id"], alert["gateway_id"], alert["silence_seconds"]),
            ("device.silent", device, None, 10),
        )
        self.assertIsNone(alert["cleared_at"])
        self.server.kill()
        self.server.start()
        forwarder.move(self.server.lora)
        time.sleep(6)
        self.assertEqual([each["alert_id"] for each in self.alerts(state="all")], [alert["alert_id"]])
        forwarder.push(rxpk(session.uplink(b"2")))
        eventually(lambda: not self.alerts(), 15)
        (cleared,) = self.alerts(state="all")
        self.assertEqual(cleared["alert_id"], alert["alert_id"])
        self.assertIsNotNone(cleared["cleared_at"])
        self.assertNotEqual(cleared["device_id"], quiet["id"])

    def test_the_alert_of_a_device_that_is_deleted_is_cleared(self):
        self.begin()
        device = self.client.register(
            "Gone",
            dev_eui="70B3D50000000004",
            lorawan=Session().provisioning,
            expected_uplink_interval=10,
        )["id"]
        path = f"/api/org/{{org}}/devices/{device}"
        self.client.patch(path, {"expected_uplink_interval": 10})
        profile = self.client.post(
            PROFILES, {"name": "Once", "missed_intervals": 1, "expected_uplink_interval": 10}
        ).json["profile"]["id"]
        self.client.patch(path, {"profile_id": profile, "expected_uplink_interval": None})
        eventually(self.alerts, 30)
        self.assertEqual(self.client.delete(path).status, 200)
        eventually(lambda: not self.alerts(), 15)

    def test_what_can_be_asked_for(self):
        self.begin()
        self.assertEqual(self.alerts(state="raised", limit=5), [])
        for query in ({"state": "none"}, {"limit": 0}, {"limit": "x"}):
            self.assertEqual(self.client.get(ALERTS, query=query).status, 400)
        stranger = self.server.client(self.client.create_key("packets:read")["token"])
        self.assertEqual(stranger.get(ALERTS).status, 403)


class Gateways(AlertTestCase):
    def test_a_gateway_is_silent_and_heard_again(self):
        self.begin(HOLDFAST_ALERTS_GATEWAY_SILENCE_SECONDS="5")
        forwarder = self.enterContext(Forwarder(self.server.lora, "AA555A0000000009"))
        forwarder.pull()
        alert = eventually(self.alerts, 25)[0]
        self.assertEqual(alert["type"], "gateway.silent")
        self.assertIn("aa555a0000000009", alert["gateway_id"].lower())
        forwarder.pull()
        eventually(lambda: not self.alerts(), 10)
        self.assertIsNotNone(self.alerts(state="all")[0]["cleared_at"])


class Events(AlertTestCase):
    def create(self, receiver, *events, **members):
        hook = {"url": receiver.url, "name": "W", "events": list(events), **members}
        answer = self.client.post("/api/org/{org}/webhooks", hook)
        self.assertEqual(answer.status, 201, answer)
        self.assertEqual(answer.json["events"], list(events))
        return answer.json

    def test_a_webhook_is_told_of_what_it_asked_for_until_it_takes_it(self):
        self.begin(HOLDFAST_ALERTS_GATEWAY_SILENCE_SECONDS="5")
        receiver = self.enterContext(Receiver(503, 200))
        packets = self.enterContext(Receiver())
        self.create(receiver, "gateway.silent", "gateway.heard_again")
        self.create(packets, "packets")
        session = Session()
        self.client.register("Meter", dev_eui="70B3D50000000003", lorawan=session.provisioning)
        forwarder = self.enterContext(Forwarder(self.server.lora, "AA555A0000000009"))
        time.sleep(0.1)
        forwarder.push(rxpk(session.uplink(b"x")))
        eventually(lambda: receiver.confirmed, 40)
        eventually(lambda: packets.confirmed, 10)
        forwarder.pull()
        eventually(lambda: len(receiver.confirmed) == 2, 20)
        events = [event for delivery in receiver.confirmed for event in delivery.json["events"]]
        self.assertEqual([each["type"] for each in events], ["gateway.silent", "gateway.heard_again"])
        self.assertEqual(events[0]["silence_seconds"], 5)
        self.assertIn("aa555a0000000009", events[0]["gateway"]["gateway_id"].lower())
        self.assertEqual(
            [event["event_id"] for event in receiver.attempts[0].json["events"]], [events[0]["event_id"]]
        )
        self.assertEqual(packets.payloads, [b"x"])
        self.assertTrue(all("events" not in delivery.json for delivery in packets.confirmed))

    def test_events_are_changed_and_names_that_are_none_are_refused(self):
        self.begin()
        hook = {"url": "https://your-domain.com/hook", "name": "W"}
        made = self.client.post("/api/org/{org}/webhooks", hook).json
        self.assertEqual(made["events"], ["packets"])
        one = f"/api/org/{{org}}/webhooks/{made['webhook_id']}"
        changed = self.client.patch(one, {"events": ["device.silent", "packets"]}).json
        self.assertEqual(changed["events"], ["packets", "device.silent"])
        for events in ([], ["all"], "packets", [5], ["packets"] * 7):
            self.assertEqual(self.client.patch(one, {"events": events}).status, 400, events)
            self.assertEqual(self.client.post("/api/org/{org}/webhooks", {**hook, "events": events}).status, 400)


if __name__ == "__main__":
    unittest.main()
