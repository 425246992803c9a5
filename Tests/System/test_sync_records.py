"""What goes up beside packets: audit entries, frames that nobody could open, how a gateway is."""

import contextlib
import os
import sqlite3
import unittest

from gateway import eventually
from lorawan import Session, rxpk
from lorawan_device import Air
from sync import ENROLLMENTS, UPSTREAMS, SyncTestCase

AUDIT = "/api/org/{org}/audit_log"


class Records(SyncTestCase):
    def until(self, condition, what, seconds=40):
        return eventually(condition, seconds, step=0.2, message=what)

    def carried(self, **query):
        gateway = self.enrolled()[0]["gateway_id"]
        answer = self.there.get(f"{ENROLLMENTS}/{gateway}/audit_log", query=query)
        self.assertEqual(answer.status, 200, answer)
        return answer.json["entries"]

    def test_the_audit_log_of_a_gateway_is_at_the_central_as_it_was_written(self):
        self.begin()
        self.enroll()
        self.here.register("Late", dev_eui="70B3D500000000AA", lorawan=Session().provisioning)

        def same():
            own = self.here.get(AUDIT, query={"limit": 1000}).json["entries"]
            known = {each["hash"] for each in self.carried(limit=1000)}
            return {each["hash"] for each in own} <= known and own

        own = self.until(same, "all entries are at the central")
        found = {each["sequence"]: each for each in self.carried(limit=1000)}
        for entry in own:
            self.assertEqual({**entry, "verified": True}, found[entry["sequence"]])
        self.assertIn("device.register", {each["action"] for each in found.values()})
        # They are not among the central's own.
        central = self.there.get(AUDIT, query={"limit": 1000}).json["entries"]
        self.assertFalse({each["hash"] for each in central} & {each["hash"] for each in own})
        # Page by page, and not for another organization's gateway.
        first = self.there.get(f"{ENROLLMENTS}/{self.enrolled()[0]['gateway_id']}/audit_log", query={"limit": 1})
        self.assertTrue(first.json["has_more"])
        self.assertEqual(self.there.get(f"{ENROLLMENTS}/nobody/audit_log").status, 404)

    def test_an_entry_that_was_altered_shows(self):
        self.begin()
        self.enroll()
        self.until(lambda: len(self.carried()) >= 2, "entries are at the central")
        self.central.stop()
        with contextlib.closing(sqlite3.connect(self.central.data / "holdfast.db")) as database:
            database.execute("DROP TRIGGER gateway_audit_fixed")
            database.execute("UPDATE gatewayAudit SET detail = 'nothing' WHERE sequence = 2")
            database.commit()
        self.central.start()
        found = {each["sequence"]: each["verified"] for each in self.carried()}
        self.assertFalse(found[2])
        self.assertTrue(found[1])

    def test_frames_that_nobody_could_open_are_opened_at_the_central(self):
        self.begin()
        self.enroll()
        stranger = Session()
        payloads = [os.urandom(9) for _ in range(4)]
        self.forwarder.push(*(rxpk(stranger.uplink(each)) for each in payloads))
        path = f"{UPSTREAMS}/{self.upstream()['upstream_id']}"
        self.assertFalse(self.upstream()["raw_frames"])
        self.assertEqual(self.here.patch(path, {}).status, 400)
        changed = self.here.patch(path, {"raw_frames": True})
        self.assertTrue(changed.json["raw_frames"], changed)

        def kept():
            with contextlib.closing(
                sqlite3.connect(f"file:{self.central.data}/holdfast.db?mode=ro", uri=True)
            ) as database:
                return database.execute("SELECT count(*) FROM rawFrame").fetchone()[0]

        self.until(lambda: kept() == 4, "the frames are at the central")
        # The gateway is not there when the device is registered.
        self.edge.stop()
        eui = "70B3D500000000AB"
        self.there.register("Late", dev_eui=eui, lorawan=stranger.provisioning)
        self.until(lambda: sorted(self.shown(self.there).values()) == sorted(payloads), "opened at the central")
        self.edge.start()
        self.forwarder.move(self.edge.lora)
        self.until(lambda: sorted(self.shown(self.here).values()) == sorted(payloads), "and at the gateway")
        self.until_equal(30)

    def test_the_central_shows_how_a_gateway_and_its_radios_are(self):
        self.begin()
        self.enroll()
        air = self.enterContext(Air(self.edge.lora, "AA555A0000000021"))
        air.pull()
        air.push(
            rxpk(self.session.uplink(b"one")),
            stat={"time": "2024-01-20 14:22:00 GMT", "rxnb": 7, "rxok": 6, "rxfw": 5, "ackr": 99.5, "dwnb": 1,
                  "txnb": 1, "temp": 31.5},
        )

        def radio():
            shown = self.enrolled()[0]
            found = [each for each in shown["radios"] if each["id"] == "lora-aa555a0000000021"]
            return shown if found and found[0]["received"] == 7 else None

        shown = self.until(radio, "the radio is shown")
        found = next(each for each in shown["radios"] if each["id"] == "lora-aa555a0000000021")
        self.assertEqual((found["received_valid_crc"], found["forwarded"]), (6, 5))
        self.assertEqual((found["acknowledged_percent"], found["temperature"]), (99.5, 31.5))
        self.assertGreater(shown["disk_free_bytes"], 0)
        self.assertGreaterEqual(shown["uptime_seconds"], 0)
        self.assertEqual((shown["damaged"], shown["rows_quarantined"]), (False, 0))
        self.assertTrue(shown["version"])
        self.assertIn(shown["clock"], ("saved", "told", "synchronised"))


if __name__ == "__main__":
    unittest.main()
