"""The log of what was done, by whom, from where; and what becomes of it when somebody alters it."""

import contextlib
import sqlite3
import unittest

from devices import KEY
from gateway import UNLIMITED, GatewayTestCase, run

ORG = "/api/org/{org}"


class AuditLog(GatewayTestCase):
    def test_webhooks_and_sdk_keys_are_in_it(self):
        admin = self.gateway(env=UNLIMITED).client()
        hook = admin.post(ORG + "/webhooks", {"url": "https://a.example/", "name": "W", "secret": "hidden-1"}).json
        path = f"{ORG}/webhooks/{hook['webhook_id']}"
        admin.patch(path, {"secret": "hidden-2"})
        admin.delete(path)
        key = admin.post(ORG + "/sdk_keys", {"name": "Dock"}).json
        admin.delete(f"{ORG}/sdk_keys/{key['key_id']}")
        page = admin.get(ORG + "/audit_log")
        entries = page.json["entries"][4::-1]
        self.assertEqual(
            [entry["action"] for entry in entries],
            ["webhook.create", "webhook.update", "webhook.delete", "sdk_key.create", "sdk_key.revoke"],
        )
        self.assertEqual({entry["object"] for entry in entries}, {hook["webhook_id"], key["key_id"]})
        self.assertNotIn(b"hidden", page.body)

    def test_the_log_tells_who_did_what_from_where(self):
        gateway = self.gateway(env=UNLIMITED)
        admin = gateway.client()
        device = admin.register("Tag", dev_eui="0011223344556677", device_key=KEY)
        admin.patch(f"{ORG}/devices/{device['id']}", {"name": "Other", "tags": {"zone": "a"}})
        made = admin.create_key("devices:write")
        writer = gateway.client(made["token"])
        fleet = writer.register_fleet(n_devices=30, encryption="AES-128-EAX")
        ids = [one["device_id"] for one in fleet]
        updates = [{"device_id": one, "name": "N"} for one in ids[:2] + ["missing"]]
        writer.patch(ORG + "/devices", {"updates": updates})
        answer = writer.request("DELETE", ORG + "/devices", {"device_ids": ids + ["missing"]})
        self.assertEqual(answer.status, 207)
        admin.patch(f"{ORG}/key/{made['key_id']}", {"name": "Renamed"})
        admin.delete(f"{ORG}/key/{made['key_id']}")
        admin.patch(ORG, {"name": "New name"})
        self.assertEqual(admin.patch(ORG, {"timezone": "Mars/Olympus"}).status, 400)

        entries, token, pages = [], None, 0
        while True:
            headers = {"Continuation-Token": token} if token else {}
            page = admin.get(ORG + "/audit_log", query=None if token else {"limit": 4}, headers=headers)
            self.assertEqual(page.status, 200)
            entries += page.json["entries"]
            pages += 1
            token = page.headers.get("Continuation-Token")
            self.assertEqual(page.json["has_more"], bool(token))
            if not token:
                break
        self.assertEqual(pages, 3)
        self.assertEqual([entry["sequence"] for entry in entries], list(range(len(entries), 0, -1)))
        entries.reverse()
        self.assertEqual(
            [entry["action"] for entry in entries],
            ["key.create", "device.register", "device.update", "key.create", "device.register"]
            + ["device.update", "device.delete", "key.update", "key.delete", "organization.update"],
        )
        self.assertEqual(entries[0]["actor_type"], "gateway")
        self.assertEqual(entries[1]["object"], device["id"])
        self.assertEqual(entries[2]["detail"], "name, tags")
        self.assertEqual(entries[4]["actor_id"], made["key_id"])
        self.assertIn("30 objects", entries[4]["detail"])
        self.assertIn("2 objects", entries[5]["detail"])
        self.assertIn("30 objects", entries[6]["detail"])
        for entry in entries[1:]:
            self.assertEqual(entry["actor_type"], "key")
            self.assertEqual(entry["remote_address"], "127.0.0.1")
            self.assertRegex(entry["request_id"], r"^req_")
        reader = gateway.client(admin.create_key("devices:read")["token"])
        self.assertEqual(reader.get(ORG + "/audit_log").status, 403)
        self.assertEqual(admin.get(ORG + "/audit_log", query={"limit": 0}).status, 400)
        self.assertEqual(
            admin.get(ORG + "/audit_log", headers={"Continuation-Token": "nonsense"}).status, 400
        )

    def verify(self, gateway):
        done = run("audit", "verify", "--data", gateway.data)
        self.assertEqual(len(done.stdout.splitlines()), 1, done)
        return done.returncode, done.stdout

    def test_verify_names_the_first_entry_that_is_not_as_it_was_written(self):
        gateway = self.gateway(env=UNLIMITED)
        admin = gateway.client()
        for number in range(4):
            admin.register(f"Tag {number}", dev_eui=f"{number:016x}", device_key=KEY)
        # Beside a gateway that runs.
        self.assertEqual(self.verify(gateway), (0, "ok  5 audit entries, 1 to 5, are as they were written\n"))
        listed = run("audit", "list", "--data", gateway.data, "--limit", "2").stdout.splitlines()
        self.assertEqual([line.split()[0] for line in listed], ["5", "4"])
        gateway.stop()
        with contextlib.closing(sqlite3.connect(gateway.data / "holdfast.db")) as database:
            for statement in ("UPDATE audit SET object = 'other' WHERE sequence = 3", "DELETE FROM audit"):
                with self.assertRaisesRegex(sqlite3.DatabaseError, "only ever added to"):
                    database.execute(statement)
            for trigger in ("audit_fixed", "audit_kept"):
                database.execute(f"DROP TRIGGER {trigger}")
            database.execute("DELETE FROM audit WHERE sequence = 5")
            database.commit()
            status, line = self.verify(gateway)
            self.assertEqual((status, "entry 5" in line), (1, True), line)
            database.execute("DELETE FROM audit WHERE sequence = 4")
            database.execute("UPDATE audit SET object = 'other' WHERE sequence = 3")
            database.commit()
            status, line = self.verify(gateway)
            self.assertEqual((status, "entry 3" in line), (1, True), line)
            database.execute("DELETE FROM audit WHERE sequence = 2")
            database.commit()
            status, line = self.verify(gateway)
            self.assertEqual((status, "entry 2" in line), (1, True), line)
        # The gateway goes on, and what it adds is good from there on.
        gateway.start()
        self.assertEqual(gateway.client().get(ORG + "/audit_log").status, 200)
        admin.register("After", dev_eui="00000000000000ff", device_key=KEY)


if __name__ == "__main__":
    unittest.main()
