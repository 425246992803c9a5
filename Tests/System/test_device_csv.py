"""Devices as one table, out and in."""

import base64
import csv
import io
import os
import unittest

from devices import DEVICES, KEY, DeviceTestCase, new_eui
from gateway import UNLIMITED

EXPORT = DEVICES + "/export"
IMPORT = DEVICES + "/import"


class TableTestCase(DeviceTestCase):
    def setUp(self):
        self.server = self.gateway(env=UNLIMITED)
        self.client = self.server.client()

    def export(self, **query):
        answer = self.client.get(EXPORT, query=query)
        self.assertEqual(answer.status, 200, answer)
        self.assertTrue(answer.headers["Content-Type"].startswith("text/csv"))
        return answer.body.decode()

    def rows(self, **query):
        return list(csv.DictReader(io.StringIO(self.export(**query), newline="")))

    def bring(self, text, dry_run=False, status=200):
        answer = self.client.post(
            IMPORT, text, query={"dry_run": str(dry_run).lower()}, headers={"Content-Type": "text/csv"}
        )
        self.assertEqual(answer.status, status, answer)
        return answer.json

    def results(self, report):
        return [line["result"] for line in report["lines"]]


class Out(TableTestCase):
    def test_every_device_is_a_line_and_secrets_are_asked_for(self):
        for number in range(3):
            self.register(f"Tag {number}", tags={"site": f"hall, {number}"})
        text = self.export()
        self.assertTrue(text.startswith("dev_eui,name,"))
        self.assertEqual(text.count("\r\n"), 4)
        rows = self.rows()
        self.assertEqual([row["name"] for row in rows], ["Tag 0", "Tag 1", "Tag 2"])
        self.assertEqual(rows[2]["tag:site"], "hall, 2")
        self.assertNotIn("key", rows[0])
        self.assertNotIn(base64.b64decode(KEY).hex(), text)
        self.assertEqual(self.rows(include_keys="true")[0]["key"], base64.b64decode(KEY).hex())

    def test_keys_are_for_administrators_and_that_is_written_down(self):
        self.register()
        reader = self.server.client(self.client.create_key("devices:read", "devices:write")["token"])
        self.assertEqual(reader.get(EXPORT).status, 200)
        self.assertEqual(reader.get(EXPORT, query={"include_keys": "true"}).status, 403)
        stranger = self.server.client(self.client.create_key("packets:read")["token"])
        self.assertEqual(stranger.get(EXPORT).status, 403)
        self.export(include_keys="true")
        log = self.client.get("/api/org/{org}/audit_log").body
        self.assertEqual(log.count(b"device.export"), 1)

    def test_formulas_are_disarmed_and_come_back_as_they_were(self):
        names = ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "'=x", "'plain", 'He said "no"', "a;b", "ü,ö"]
        for name in names:
            self.register(name, tags={"note": name})
        for row in self.rows():
            for cell in (row["name"], row["tag:note"]):
                self.assertNotIn(cell[0], "=+-@")
        text = self.export(include_keys="true")
        other = self.gateway(env=UNLIMITED)
        mine, self.client = self.client, other.client()
        report = self.bring(text)
        self.assertEqual(report["created"], len(names), report)
        found = self.client.get(DEVICES, query={"limit": 100}).json["devices"]
        self.assertEqual([device["name"] for device in found], names)
        self.assertEqual([device["tags"]["note"] for device in found], names)
        self.assertEqual(self.bring(text)["unchanged"], len(names))
        self.client = mine
        self.assertEqual(self.bring(text)["unchanged"], len(names))

    def test_a_lorawan_device_comes_back_with_its_session_profile_and_codec(self):
        codec = self.client.post("/api/org/{org}/codecs", {"name": "C", "kind": "cayenne_lpp"}).json["codec"]
        profile = self.client.post(
            "/api/org/{org}/device-profiles", {"name": "Meter, old"}
        ).json["profile"]
        keys = {name: os.urandom(16).hex() for name in ("nwk_s_key", "app_s_key", "app_key")}
        device = self.register(
            "Meter",
            lorawan={"dev_addr": "26011bda", **keys},
            profile_id=profile["id"],
            codec_id=codec["id"],
            expected_uplink_interval=600,
            install_location={"latitude": -33.5, "longitude": 151.25},
        )
        (row,) = self.rows(include_keys="true")
        self.assertEqual((row["dev_addr"], row["version"]), ("26011bda", "1.0"))
        self.assertEqual((row["profile"], row["codec"]), ("Meter, old", "C"))
        text = self.export(include_keys="true")
        self.assertEqual(self.bring(text)["unchanged"], 1)
        self.client.delete(f"{DEVICES}/{device['id']}")
        self.assertEqual(self.results(self.bring(text)), ["created"])
        (again,) = self.rows(include_keys="true")
        self.assertEqual({**again, "id": ""}, {**row, "id": ""})

    def test_a_thousand_and_more_devices_are_one_table(self):
        self.client.register_fleet(n_devices=1000, encryption="AES-128-CTR")
        self.client.register_fleet(n_devices=300, encryption="AES-128-CTR")
        rows = self.rows()
        self.assertEqual(len({row["dev_eui"] for row in rows}), 1300)


class In(TableTestCase):
    def table(self, *lines, columns="dev_eui,name,key,tag:site"):
        return "\r\n".join([columns, *lines]) + "\r\n"

    def test_a_trial_says_the_same_and_writes_nothing(self):
        known = self.register("Old", tags={"site": "a"})
        same = self.register("Same", tags={"site": "b"})
        key = os.urandom(16).hex()
        fresh = new_eui()
        table = self.table(
            f"{fresh},New,{key},x",
            f"{known['dev_eui']},Renamed,,",
            f"{same['dev_eui']},Same,,b",
            "12,Short,,",
            f"{new_eui()},,{key},",
            f"{new_eui()},No key,,",
            f"{fresh},Twice,{key},",
            f"{new_eui()},Bad key,zz,",
        )
        trial = self.bring(table, dry_run=True)
        self.assertEqual(len(self.rows()), 2)
        self.assertEqual(self.client.device(known["id"])["name"], "Old")
        report = self.bring(table)
        expected = ["created", "updated", "unchanged", "error", "error", "error", "error", "error"]
        self.assertEqual(self.results(report), expected)
        self.assertEqual(self.results(trial), expected)
        self.assertEqual(
            [line["error"] for line in trial["lines"]], [line["error"] for line in report["lines"]]
        )
        self.assertEqual([line["line"] for line in report["lines"]], list(range(2, 10)))
        self.assertEqual((report["created"], report["failed"], trial["dry_run"]), (1, 5, True))
        renamed = self.client.device(known["id"])
        self.assertEqual((renamed["name"], renamed["tags"]["site"]), ("Renamed", "a"))
        made = self.client.device(report["lines"][0]["device_id"])
        self.assertEqual(base64.b64decode(made["device"]["device_key"]).hex(), key)

    def test_quotes_semicolons_and_marks_of_spreadsheets_are_understood(self):
        key = os.urandom(32).hex()
        one, two = new_eui(), new_eui()
        report = self.bring(
            f'\ufeffdev_eui;name;key\n{one};"a ""b""; c";{key}\n\n{two};"two\nlines";{key}'.encode()
        )
        self.assertEqual(self.results(report), ["created", "error"])
        self.assertIn("control", report["lines"][1]["error"])
        self.assertEqual(report["lines"][1]["line"], 4)
        self.assertEqual(self.rows()[0]["name"], 'a "b"; c')

    def test_a_table_that_is_none_is_refused_as_a_whole(self):
        eui = new_eui()
        for text, word in (
            ("", "empty"),
            ("\n\n", "empty"),
            ("name,key\nx,y\n", "dev_eui"),
            ("dev_eui,colour\n", "colour"),
            ("dev_eui,name,name\n", "twice"),
            (f'dev_eui,name\n{eui},"open', "quote"),
            (f'dev_eui,name\n{eui},"a"b', "quoted"),
            (b"dev_eui,name\n\xff,x\n", "UTF-8"),
            ("dev_eui\n" + "a" * 1_025, "1024"),
            (",".join(["x"] * 65), "64"),
            ("dev_eui\n" + "0000000000000001\n" * 10_001, "too many"),
        ):
            answer = self.client.post(IMPORT, text, headers={"Content-Type": "text/csv"})
            self.assertEqual(answer.status, 400, answer)
            self.assertIn(word, answer.error)
        big = self.client.post(IMPORT, b"dev_eui\n" + b"\n" * (8 << 20))
        self.assertEqual(big.status, 413, big)
        self.assertEqual(self.rows(), [])

    def test_two_thousand_lines_are_taken(self):
        key = os.urandom(16).hex()
        table = self.table(
            *(f"{number:016x},Device {number},{key},north" for number in range(1, 2_001))
        )
        self.assertEqual(self.bring(table)["created"], 2_000)
        self.assertEqual(self.bring(table)["unchanged"], 2_000)
        self.assertEqual(len(self.rows()), 2_000)

    def test_an_unknown_profile_or_codec_is_the_line_s_error(self):
        report = self.bring(
            f"dev_eui,name,key,profile,codec\n{new_eui()},a,{'00' * 16},none,\n{new_eui()},a,{'00' * 16},,none\n"
        )
        self.assertEqual(self.results(report), ["error", "error"])
        self.assertIn("profile", report["lines"][0]["error"])
        self.assertIn("codec", report["lines"][1]["error"])


if __name__ == "__main__":
    unittest.main()
