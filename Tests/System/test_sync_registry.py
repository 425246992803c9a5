"""The registry between a central and its gateways: down as revisions, up as operations, merged without clocks."""

import base64
import os
import tempfile
import unittest

from devices import KEY
from gateway import UNLIMITED, eventually, run
from lorawan import Forwarder, Session, rxpk
from sync import DEV_EUI, ENROLLMENTS, SyncTestCase, Wire

AUDIT = "/api/org/{org}/audit_log"


class Registry(SyncTestCase):
    def device(self, client, eui=DEV_EUI):
        answer = client.get(f"/api/org/{{org}}/devices/{eui}")
        return answer.json["device"] if answer.status == 200 else None

    def change(self, client, body, eui=DEV_EUI):
        identifier = self.device(client, eui)["id"]
        answer = client.patch(f"/api/org/{{org}}/devices/{identifier}", body)
        self.assertEqual(answer.status, 200, answer)

    def until(self, condition, what, seconds=25):
        return eventually(condition, seconds, step=0.1, message=what)

    def test_a_device_of_the_central_opens_what_the_gateway_heard_before(self):
        self.begin()
        self.enroll()
        stranger = Session()
        payloads = [os.urandom(12) for _ in range(5)]
        for payload in payloads:
            self.forwarder.push(rxpk(stranger.uplink(payload)))
        eui = "70B3D500000000AA"
        made = self.there.register(
            "Late", dev_eui=eui, lorawan=stranger.provisioning, tags={"site": "dock"}
        )
        self.until(lambda: self.device(self.here, eui), "the device is here")
        self.assertEqual(self.device(self.here, eui)["id"], made["id"])
        self.assertEqual(self.device(self.here, eui)["tags"]["site"], "dock")
        self.until(lambda: set(payloads) <= set(self.shown(self.here).values()), "opened here")
        self.until(lambda: set(payloads) <= set(self.shown(self.there).values()), "and there")

    def test_a_device_of_a_gateway_is_registered_at_the_central_with_its_packets(self):
        self.begin(registers_at_central=False)
        payloads = self.send(6)
        self.enroll()
        self.until(lambda: self.device(self.there), "the device is there")
        self.until(lambda: sorted(self.shown(self.there).values()) == sorted(payloads), "its packets too")
        self.assertEqual(self.device(self.here)["id"], self.device(self.there)["id"])
        self.assertEqual(self.device(self.there)["name"], "Meter")

    def test_offline_changes_of_both_sides_merge_and_the_loss_is_in_the_audit_log(self):
        self.begin()
        self.enroll()
        self.agreed()
        self.wire.cut()
        self.change(self.here, {"name": "Named here", "tags": {"room": "1", "floor": "here"}})
        self.change(self.there, {"name": "Named there", "tags": {"hall": "2", "floor": "there"}})
        self.wire.mend()

        def merged():
            here, there = self.device(self.here), self.device(self.there)
            return here["tags"] == there["tags"] and here["name"] == there["name"]

        self.until(lambda: "room" in self.device(self.there)["tags"], "the change went up")
        self.until(merged, "both sides agree")
        device = self.device(self.here)
        self.assertEqual(device["name"], "Named there")
        tags = {name: value for name, value in device["tags"].items() if not name.startswith("hubnet.")}
        self.assertEqual(tags, {"room": "1", "hall": "2", "floor": "there"})
        details = str(self.there.get(AUDIT).json)
        self.assertIn("kept as here: name, tag:floor", details)

    def test_removals_go_both_ways(self):
        self.begin()
        self.enroll()
        other = "70B3D500000000BB"
        self.there.register("Other", dev_eui=other, device_key=KEY)
        self.until(lambda: self.device(self.here, other), "the other is here")
        self.there.delete(f"/api/org/{{org}}/devices/{self.device(self.there, other)['id']}")
        self.until(lambda: not self.device(self.here, other), "removed here")
        self.agreed()
        self.here.delete(f"/api/org/{{org}}/devices/{self.device(self.here)['id']}")
        self.until(lambda: not self.device(self.there), "removed there")

    def agreed(self):
        self.until(lambda: self.device(self.here)["id"] == self.device(self.there)["id"], "agreed")

    def details(self, client):
        return [entry["detail"] or "" for entry in client.get(AUDIT).json["entries"]]

    def test_a_device_that_a_gateway_removed_and_the_central_changed_is_back_with_its_packets(self):
        self.begin()
        self.enroll()
        self.agreed()
        self.wire.cut()
        self.here.delete(f"/api/org/{{org}}/devices/{self.device(self.here)['id']}")
        self.change(self.there, {"name": "Changed there"})
        self.wire.mend()
        self.until(lambda: (self.device(self.here) or {}).get("name") == "Changed there", "back here", 60)
        self.assertTrue(any("kept as here: name" in each for each in self.details(self.there)))
        payloads = self.send(3)
        self.until(lambda: set(payloads) <= set(self.shown(self.there).values()), "its packets there")
        self.assertTrue(any("is back" in each for each in self.details(self.here)))

    def test_a_device_that_the_central_removed_stays_removed_and_lost_changes_are_in_the_audit_log(self):
        other = "70B3D500000000BB"
        self.begin()
        self.there.register("Other", dev_eui=other, lorawan=Session().provisioning)
        self.enroll()
        self.agreed()
        self.until(lambda: self.device(self.here, other), "the other is here")
        self.wire.cut()
        self.change(self.here, {"name": "Renamed here"})
        self.change(self.here, {"tags": {"a": "b"}}, other)
        for eui in (DEV_EUI, other):
            self.there.delete(f"/api/org/{{org}}/devices/{self.device(self.there, eui)['id']}")
        self.wire.mend()
        self.until(lambda: not self.device(self.here) and not self.device(self.here, other), "removed", 60)
        self.assertEqual(self.there.get("/api/org/{org}/devices").json["devices"], [])
        details = str(self.details(self.there))
        self.assertIn("is removed here, lost: name", details)
        self.assertIn("is removed here, lost: tag:a", details)

    def test_a_restored_central_gets_back_what_it_lost_and_shows_what_differs(self):
        lost, own, gone = "70B3D500000000AA", "70B3D500000000BB", "70B3D500000000CC"
        self.begin()
        self.there.register("Gone", dev_eui=gone, device_key=KEY)
        self.enroll()
        self.agreed()
        self.until(lambda: self.device(self.here, gone), "all are here")
        backup = os.path.join(self.enterContext(tempfile.TemporaryDirectory()), "backup")
        self.assertEqual(run("backup", backup, "--data", self.central.data).returncode, 0)
        sessions = [Session(), Session()]
        self.there.register("Lost", dev_eui=lost, lorawan=sessions[0].provisioning)
        self.here.register("Own", dev_eui=own, lorawan=sessions[1].provisioning)
        self.change(self.here, {"name": "Renamed"})
        self.there.delete(f"/api/org/{{org}}/devices/{self.device(self.there, gone)['id']}")
        self.until(lambda: self.device(self.there, own) and self.device(self.here, lost), "both have both")
        self.until(lambda: self.device(self.there)["name"] == "Renamed", "renamed there")
        self.until(lambda: not self.device(self.here, gone), "removed here")
        for session in sessions:
            for number in range(4):
                self.forwarder.push(rxpk(session.uplink(b"%d" % number)))
        self.until(lambda: len(self.shown(self.here)) == 8, "all packets here")
        self.until_equal()
        self.central.stop()
        self.assertEqual(run("restore", backup, "--data", self.central.data).returncode, 0)
        self.central.start()
        self.wire.move(self.central.runtime["http"])
        self.until(lambda: len(self.shown(self.there)) == 8, "all packets there again", 60)
        self.until_equal()
        self.assertEqual(self.there.get(ENROLLMENTS).json["packets_without_device"], 0)

        def names(client):
            devices = client.get("/api/org/{org}/devices").json["devices"]
            return sorted((device["id"], device["name"]) for device in devices)

        self.until(lambda: names(self.here) == names(self.there), "both have the same devices")
        self.assertEqual(sorted(name for _, name in names(self.here)), ["Gone", "Lost", "Meter", "Own"])
        self.assertTrue(any("kept as here: name" in each for each in self.details(self.there)))
        self.assertTrue(any("is back" in each for each in self.details(self.here)))

    def test_a_second_central_that_was_restored_gets_devices_again(self):
        self.begin()
        self.enroll()
        other = self.gateway(env={**UNLIMITED, "HOLDFAST_ROLE": "central"})
        second = other.client()
        wire = self.enterContext(Wire(other.runtime["http"]))
        code = second.post(ENROLLMENTS, {"name": "Dock"}).json["code"]
        self.assertEqual(run("enroll", wire.url, "--code", code, "--data", self.edge.data).returncode, 0)
        self.until(lambda: self.device(second), "the first device is there")
        backup = os.path.join(self.enterContext(tempfile.TemporaryDirectory()), "backup")
        self.assertEqual(run("backup", backup, "--data", other.data).returncode, 0)
        session, eui = Session(), "70B3D500000000BB"
        self.here.register("Since", dev_eui=eui, lorawan=session.provisioning)
        self.until(lambda: self.device(second, eui), "the second device is there")
        self.forwarder.push(rxpk(session.uplink(b"since")))
        self.until(lambda: list(self.shown(second).values()) == [b"since"], "its packet, too")
        other.stop()
        self.assertEqual(run("restore", backup, "--data", other.data).returncode, 0)
        other.start()
        wire.move(other.runtime["http"])
        self.until(lambda: list(self.shown(second).values()) == [b"since"], "there again", 60)

    def test_two_gateways_that_register_one_device_have_one_and_its_packets_meet(self):
        self.begin(registers_at_central=False)
        second = self.gateway(env=UNLIMITED)
        there = second.client()
        there.register("Meter", dev_eui=DEV_EUI, lorawan=self.session.provisioning)
        self.enroll()
        self.enroll(second)
        self.until(lambda: self.device(self.there), "the device is at the central")
        self.until(
            lambda: self.device(self.here)["id"] == self.device(there)["id"] == self.device(self.there)["id"],
            "one device",
        )
        forwarder = self.enterContext(Forwarder(second.lora, eui="AA555A0000000002"))
        frame = rxpk(self.session.uplink(b"heard twice"))
        self.forwarder.push(frame)
        forwarder.push(frame)

        def receptions():
            packets = self.there.packets(limit=10)
            return packets and len(packets) == 1 and len(packets[0]["receptions"]) == 2

        self.until(receptions, "one packet with two receptions")

    def test_no_key_is_on_the_wire_or_on_a_disk_in_clear(self):
        self.begin(is_wired=True)
        key = os.urandom(32)
        self.enroll()
        self.there.register(
            "Tag", dev_eui="70B3D500000000CC", device_key=base64.b64encode(key).decode()
        )
        self.until(lambda: self.device(self.here, "70B3D500000000CC"), "the device is here")
        for name in ("holdfast.db", "holdfast.db-wal"):
            content = (self.edge.data / name).read_bytes()
            self.assertNotIn(key, content)
            self.assertNotIn(base64.b64encode(key), content)
            self.assertNotIn(key.hex().encode(), content)
        self.assertNotIn(base64.b64encode(key), bytes(self.wire.carried))
        self.assertIn(b"/api/v1/edge/registry", bytes(self.wire.carried))


if __name__ == "__main__":
    unittest.main()
