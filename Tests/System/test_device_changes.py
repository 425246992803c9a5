"""Changing and deleting devices, one and many."""

import base64
import json
import os
import time
import unittest

from devices import DEVICES, KEY, DeviceTestCase, new_eui


class Changing(DeviceTestCase):
    def test_tags_merge_and_null_removes_one(self):
        device = self.register("Old", tags={"location": "a", "keep": "1", "drop": "x"})
        time.sleep(1.1)
        answer = self.change(
            device["id"],
            {"name": "New", "tags": {"location": "b", "drop": None, "never": None, "fresh": "2"}},
        )
        self.assertEqual(answer.status, 200)
        changed = answer.json["device"]
        self.assertEqual(changed["name"], "New")
        self.assertEqual(
            changed["tags"], {"location": "b", "keep": "1", "fresh": "2", "hubnet.platform": "BLE"}
        )
        self.assertEqual(
            (changed["dev_eui"], changed["created_at"]), (device["dev_eui"], device["created_at"])
        )
        self.assertGreater(changed["updated_at"], device["updated_at"])
        self.assertEqual(self.read(device["id"])["tags"], changed["tags"])

    def test_a_change_of_nothing_changes_nothing(self):
        device = self.register("Same", tags={"a": "b"})
        for body in ({}, {"name": None, "tags": None}, {"tags": {}}, {"unknown": 1}):
            changed = self.change(device["id"], body).json["device"]
            self.assertEqual(
                (changed["name"], changed["tags"]), ("Same", {"a": "b", "hubnet.platform": "BLE"})
            )

    def test_the_platform_survives_and_other_reserved_names_are_refused(self):
        device = self.register(tags={"a": "b"})
        for tags in ({"hubnet.platform": None}, {"hubnet.zone": "1"}, {"hubnet.platform": "Carrier Pigeon"}):
            self.assertEqual(self.change(device["id"], {"tags": tags}).status, 400)
        self.assertEqual(
            self.change(device["id"], {"tags": {"a": None}}).json["device"]["tags"],
            {"hubnet.platform": "BLE"},
        )

    def test_set_tags_replaces_and_set_name_renames(self):
        device = self.register("Old", tags={"a": "1", "b": "2"})
        answer = self.change(device["id"], {"set_name": "New", "set_tags": {"c": "3"}}).json
        self.assertEqual((answer["id"], answer["name"]), (device["id"], "New"))
        self.assertEqual(answer["tags"], {"c": "3", "hubnet.platform": "BLE"})

    def test_the_eleventh_tag_is_refused_also_by_merging(self):
        device = self.register(tags={f"k{i}": "v" for i in range(10)})
        self.assertEqual(self.change(device["id"], {"tags": {"k10": "v"}}).status, 400)
        self.assertEqual(self.change(device["id"], {"tags": {"k0": None, "k10": "v"}}).status, 200)

    def test_a_device_can_be_set_to_maintenance_and_back(self):
        device = self.register()
        for status in ("maintenance", "inactive", "active"):
            self.assertEqual(self.change(device["id"], {"status": status}).json["device"]["status"], status)
        self.assertEqual(self.change(device["id"], {"status": "lost"}).status, 400)

    def test_a_device_gets_a_new_key(self):
        device = self.register()
        other = base64.b64encode(os.urandom(16)).decode()
        self.assertEqual(self.change(device["id"], {"device_key": other}).json["device"]["device_key"], other)

    def test_bodies_that_are_no_change_are_400_and_change_nothing(self):
        device = self.register("Same", tags={"a": "b"})
        before = self.client.device(device["id"])
        for body in (
            {"name": ""},
            {"name": 5},
            {"name": ["a"]},
            {"name": "x" * 10_000},
            {"name": "a\u0000"},
            {"tags": 5},
            {"tags": []},
            {"tags": {"a": {"b": 1}}},
            {"set_name": {}},
            {"set_tags": "x"},
            {"set_tags": {"k" * 33: "v"}},
            {"device_key": "!"},
            {"device_key": ""},
            {"name": "good", "tags": {"a": []}},
            {"name": "good", "status": 1},
            {"encryption": "x"},
            {"lorawan": {}},
            {"set_install_location": {"latitude": 1}},
            [],
            "x",
            5,
            None,
        ):
            with self.subTest(body=str(body)[:60]):
                answer = self.change(device["id"], json.dumps(body))
                self.assertEqual(answer.status, 400, answer)
        self.assertEqual(self.client.device(device["id"]), before)


class ManyAtOnce(DeviceTestCase):
    def test_each_change_succeeds_or_fails_by_itself_in_the_order_of_the_request(self):
        first, second = self.register("one"), self.register("two", tags={"a": "b"})
        answer = self.client.patch(
            DEVICES,
            {
                "updates": [
                    {"device_id": first["id"], "name": "uno", "tags": {"x": "y"}},
                    {"device_id": "device-uuid-2", "name": "none"},
                    {"device_id": second["id"], "name": ""},
                    {"device_id": second["id"], "name": 7},
                    {"device_id": second["id"], "tags": {"a": None}},
                ]
            },
        )
        self.assertEqual(answer.status, 200)
        body = answer.json
        self.assertEqual((body["total_requested"], body["successful"], body["failed"]), (5, 2, 3))
        results = body["results"]
        self.assertEqual(
            [result["device_id"] for result in results],
            [first["id"], "device-uuid-2", second["id"], second["id"], second["id"]],
        )
        self.assertEqual(
            [result["status"] for result in results], ["success", "error", "error", "error", "success"]
        )
        self.assertEqual(results[0]["device"]["name"], "uno")
        self.assertEqual(results[1]["error"], "Device not found")
        self.assertEqual(results[4]["device"]["tags"], {"hubnet.platform": "BLE"})
        self.assertEqual([device["id"] for device in body["devices"]], [first["id"], second["id"]])
        self.assertEqual(self.read(second["id"])["name"], "two")

    def test_a_thousand_changes_are_one_request_and_1001_are_400(self):
        devices = self.client.register_fleet(n_devices=1000)
        updates = [{"device_id": device["device_id"], "tags": {"batch": "yes"}} for device in devices]
        answer = self.client.patch(DEVICES, {"updates": updates})
        self.assertEqual((answer.status, answer.json["successful"]), (200, 1000))
        self.assertEqual(
            self.client.get(DEVICES, query={"tag": "batch=yes", "limit": 1}).json["total_count"], 1000
        )
        updates = [{**update, "tags": {"batch": "no"}} for update in updates + updates[:1]]
        self.assertEqual(self.client.patch(DEVICES, {"updates": updates}).status, 400)
        self.assertEqual(
            self.client.get(DEVICES, query={"tag": "batch=no", "limit": 1}).json["total_count"], 0
        )

    def test_the_same_device_twice_is_changed_twice_in_order(self):
        device = self.register("start")
        answer = self.client.patch(
            DEVICES, {"updates": [{"device_id": device["id"], "name": name} for name in ("first", "second")]}
        )
        self.assertEqual(answer.json["successful"], 2)
        self.assertEqual(self.read(device["id"])["name"], "second")

    def test_bodies_that_are_no_batch_of_changes_are_400(self):
        for body in (
            {},
            {"updates": None},
            {"updates": {}},
            {"updates": [5]},
            {"updates": [{}]},
            {"updates": [{"device_id": 5}]},
            {"updates": "x"},
            [],
            5,
        ):
            with self.subTest(body=body):
                self.assertEqual(self.client.patch(DEVICES, json.dumps(body)).status, 400)

    def test_many_are_deleted_at_once_and_what_was_not_there_is_told(self):
        devices = [self.register() for _ in range(3)]
        ids = [device["id"] for device in devices]
        answer = self.client.request("DELETE", DEVICES, {"device_ids": ids[:2] + ["none"]})
        self.assertEqual(answer.status, 207)  # as the official reference has it for a part
        self.assertEqual((answer.json["deleted"], answer.json["failed"]), (2, 1))
        self.assertEqual([error["device_id"] for error in answer.json["errors"]], ["none"])
        self.assertEqual(self.client.get(f"{DEVICES}/{ids[0]}").status, 404)
        self.assertEqual(self.client.get(f"{DEVICES}/{ids[2]}").status, 200)
        for body in (
            {},
            {"device_ids": []},
            {"device_ids": [5]},
            {"device_ids": "x"},
            {"device_ids": [f"x{i}" for i in range(1001)]},
            {"device_ids": ["x"] * 1001},
        ):
            self.assertEqual(self.client.request("DELETE", DEVICES, body).status, 400, str(body)[:60])


class Deleting(DeviceTestCase):
    def test_a_deleted_device_is_gone_and_answered_with_json(self):
        device = self.register()
        answer = self.client.delete(f"{DEVICES}/{device['id']}")
        self.assertEqual(answer.status, 200)
        self.assertIsInstance(answer.json, dict)
        self.assertEqual(self.client.get(f"{DEVICES}/{device['id']}").status, 404)
        self.assertEqual(self.client.get(f"{DEVICES}/{device['dev_eui']}").status, 404)
        self.assertEqual(self.client.delete(f"{DEVICES}/{device['id']}").status, 404)
        self.assertNotIn(device["id"], self.client.get(DEVICES, query={"limit": 1000}).body.decode())

    def test_devices_outlive_a_clean_stop_and_a_kill(self):
        gateway = self.gateway()
        client = gateway.client()
        device = client.register("Kept", dev_eui=new_eui(), device_key=KEY, tags={"a": "b"})
        before = client.device(device["id"])
        gateway.restart()
        self.assertEqual(client.device(device["id"]), before)
        changed = client.patch(f"{DEVICES}/{device['id']}", {"name": "Changed"}).json
        gateway.kill()
        gateway.start()
        self.assertEqual(client.device(device["id"]), changed)


if __name__ == "__main__":
    unittest.main()
