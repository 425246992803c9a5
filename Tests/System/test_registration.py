"""Registering devices, in both published shapes."""

import base64
import json
import os
import unittest
import uuid

from devices import DEVICES, KEY, REGISTER, DeviceTestCase, new_eui


class Registration(DeviceTestCase):
    def test_a_device_is_registered_as_documented(self):
        eui = new_eui()
        answer = self.client.post(
            REGISTER,
            {
                "name": "Temperature Sensor 01",
                "dev_eui": eui,
                "device_key": KEY,
                "tags": {"location": "warehouse-a", "sensor_type": "temperature"},
            },
        )
        self.assertEqual(answer.status, 201)
        self.assertEqual(list(answer.json), ["device"])
        device = answer.json["device"]
        uuid.UUID(device["id"])
        self.assertEqual(
            (device["name"], device["dev_eui"], device["status"]), ("Temperature Sensor 01", eui, "active")
        )
        self.assertEqual(
            device["tags"],
            {"location": "warehouse-a", "sensor_type": "temperature", "hubnet.platform": "BLE"},
        )
        self.assertRegex(device["created_at"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertEqual(device["created_at"], device["updated_at"])
        self.assertNotIn("device_key", device)
        self.assertNotIn("key_usable", device)

    def test_the_documented_example_with_its_key_of_23_bytes_is_taken(self):
        device = self.register(device_key="YmFzZTY0X2VuY29kZWRfa2V5X2hlcmU=")
        self.assertIs(device["key_usable"], False)
        self.assertIn("23 bytes", device["warnings"][0])
        self.assertEqual(self.read(device["id"])["device_key"], "YmFzZTY0X2VuY29kZWRfa2V5X2hlcmU=")

    def test_the_documented_python_makes_a_key_that_is_taken(self):
        key = base64.b64encode(os.urandom(32)).decode()
        self.assertEqual(self.read(self.register(device_key=key)["id"])["device_key"], key)

    def test_the_spelling_of_the_dev_eui_is_kept_and_compared_without_case(self):
        for given in (
            "a1b2c3d4e5f60001",
            "A1B2C3D4E5F60002",
            "a1:b2:c3:d4:e5:f6:00:03",
            "A1-B2-C3-D4-E5-F6-00-04",
        ):
            device = self.register(dev_eui=given)
            self.assertEqual(device["dev_eui"], given)
            plain = given.replace(":", "").replace("-", "")
            for other in (plain.lower(), plain.upper()):
                answer = self.client.post(REGISTER, {"name": "again", "dev_eui": other, "device_key": KEY})
                self.assertEqual(answer.status, 409, answer)
            self.assertEqual(self.client.device(plain.lower())["id"], device["id"])

    def test_a_duplicate_is_409_and_leaves_the_first_as_it_was(self):
        device = self.register("First")
        answer = self.client.post(
            REGISTER, {"name": "Second", "dev_eui": device["dev_eui"], "device_key": KEY}
        )
        self.assertEqual((answer.status, answer.json["code"]), (409, 409))
        self.assertEqual(self.read(device["id"])["name"], "First")

    def test_the_same_dev_eui_in_the_same_organization_has_the_same_identifier_when_registered_again(self):
        # Identity is derived; a device that was deleted and comes back is a new one.
        device = self.register()
        self.assertEqual(self.client.delete(f"{DEVICES}/{device['id']}").status, 200)
        again = self.register(dev_eui=device["dev_eui"])
        self.assertNotEqual(again["id"], device["id"])

    def test_bodies_that_are_no_device_are_400_with_a_reason(self):
        good = {"name": "n", "dev_eui": new_eui(), "device_key": KEY}
        without = lambda name: {key: value for key, value in good.items() if key != name}
        wrong = [5, True, None, [], ["a"], {}, {"a": 1}, 1.5, "\u0000", "a\nb", "x" * 10_000, ""]
        bodies = [without("name"), without("dev_eui"), without("device_key"), {}, {"name": "n"}]
        bodies += [{**good, "name": value} for value in wrong + ["   "]]
        bodies += [
            {**good, "dev_eui": value}
            for value in wrong + ["A1B2C3D4E5F6000", "A1B2C3D4E5F600011", "G1B2C3D4E5F60001"]
        ]
        bodies += [
            {**good, "device_key": value}
            for value in wrong
            + ["not base64!", KEY[:-1], "AAA", KEY.replace("A", "-"), base64.b64encode(bytes(65)).decode()]
        ]
        bodies += [
            {**good, "tags": value}
            for value in (
                5,
                True,
                "a",
                ["a"],
                {"a": {}},
                {"a": [1]},
                {"": "v"},
                {"k" * 33: "v"},
                {"k": "v" * 129},
                {f"k{i}": "v" for i in range(11)},
                {"a\u0000": "v"},
                {"a": "\u0007"},
                {"hubnet.other": "x"},
                {"hubnet.platform": "Pigeon"},
            )
        ]
        bodies += [{**good, "encryption": value} for value in (5, True, [], {}, "ROT13", "", "AES-128-CTR")]
        bodies += [
            {**good, "eid_rotation": value}
            for value in (
                5,
                "daily",
                [],
                {"counter_source": "MOON"},
                {"counter_source": 1},
                {"period_in_seconds": 100},
                {"period_in_seconds": -4},
                {"period_in_seconds": "4"},
                {"period_exponent": 16},
                {"period_exponent": -1},
                {"period_exponent": 1.5},
            )
        ]
        bodies += [{**good, "network_id": value} for value in (-1, 2**34, 2**64, 2**70, "1", 1.5, [], {})]
        bodies += [
            {**good, "install_location": value}
            for value in (
                5,
                [],
                {},
                {"latitude": 91, "longitude": 0},
                {"latitude": 0, "longitude": 181},
                {"latitude": "0", "longitude": 0},
                {"latitude": None, "longitude": 0},
            )
        ]
        session = {"dev_addr": "01020304", "nwk_s_key": "00" * 16, "app_s_key": "00" * 16}
        bodies += [
            {**good, "lorawan": value}
            for value in (
                5,
                [],
                {},
                "x",
                {"dev_addr": "01020304"},
                {**session, "dev_addr": "1"},
                {**session, "dev_addr": 1},
                {**session, "dev_addr": "+1020304"},
                {**session, "nwk_s_key": "0" * 31},
                {**session, "app_s_key": "zz" * 16},
                {**session, "app_s_key": KEY},
                {**session, "version": "2.0"},
                {**session, "allow_counter_reset": "yes"},
            )
        ]
        accepted = []
        for body in bodies:
            answer = self.client.post(REGISTER, json.dumps(body))
            if answer.status != 400 or not answer.error:
                accepted.append((answer.status, json.dumps(body)[:160]))
                if answer.status == 201:
                    self.client.delete(f"{DEVICES}/{answer.json['device']['id']}")
        self.assertEqual(accepted, [])

    def test_null_members_count_as_absent(self):
        answer = self.client.post(
            REGISTER,
            {
                "name": "n",
                "dev_eui": new_eui(),
                "device_key": KEY,
                "tags": {"gone": None},
                "encryption": None,
                "eid_rotation": None,
                "lorawan": None,
                "install_location": None,
                "network_id": None,
            },
        )
        self.assertEqual(answer.status, 201, answer)
        self.assertEqual(answer.json["device"]["tags"], {"hubnet.platform": "BLE"})

    def test_numbers_and_booleans_in_tags_become_their_text(self):
        device = self.register(tags={"floor": 3, "cold": True, "limit": 1.5, "empty": ""})
        self.assertEqual(
            device["tags"],
            {"floor": "3", "cold": "true", "limit": "1.5", "empty": "", "hubnet.platform": "BLE"},
        )

    def test_names_that_show_nothing_or_turn_what_stands_beside_them_are_400(self):
        for name in ("\u200b", "\u00a0\u3000", "\ufeff", "a\u2028b", "a\u202eb", "a\u0085b", "n" * 10_000):
            answer = self.client.post(
                REGISTER, {"name": name, "dev_eui": "0011223344556677", "device_key": "AAAA"}
            )
            self.assertEqual(answer.status, 400, answer)

    def test_names_may_have_any_letters(self):
        for name in (
            "Kühlraum 7",
            "温度センサー",
            "🌡️ tag",
            "a" * 250,
            "tab?",
            '"quoted\\',
            "<b>",
            "é" * 250,
            "العربية",
        ):
            device = self.register(name)
            self.assertEqual(self.read(device["id"])["name"], name)
        self.assertEqual(
            self.client.post(REGISTER, {"name": "a" * 251, "dev_eui": new_eui(), "device_key": KEY}).status,
            400,
        )

    def test_a_client_may_say_the_platform(self):
        self.assertEqual(
            self.register(tags={"hubnet.platform": "LoRaWAN"})["tags"], {"hubnet.platform": "LoRaWAN"}
        )

    def test_a_lorawan_session_needs_no_device_key_and_makes_it_a_lorawan_device(self):
        answer = self.client.post(
            REGISTER,
            {
                "name": "meter",
                "dev_eui": new_eui(),
                "lorawan": {"dev_addr": "26011F00", "nwk_s_key": "11" * 16, "app_s_key": "22" * 16},
            },
        )
        self.assertEqual(answer.status, 201, answer)
        self.assertEqual(answer.json["device"]["tags"], {"hubnet.platform": "LoRaWAN"})
        self.assertNotIn("11" * 16, self.client.get(f"{DEVICES}/{answer.json['device']['id']}").body.decode())


class OfficialRegistration(DeviceTestCase):
    def test_keys_are_made_for_each_cipher_in_their_length(self):
        for cipher, length in (("AES-256-CTR", 32), ("AES-128-CTR", 16), ("AES-128-EAX", 16)):
            (device,) = self.client.register_fleet(encryption=cipher)
            self.assertEqual(len(base64.b64decode(device["key"])), length)
            self.assertEqual(device["encryption"], cipher)
            self.assertIsInstance(device["created_ts"], int)
            uuid.UUID(device["device_id"])
        (device,) = self.client.register_fleet(encryption="NONE")
        self.assertNotIn("key", device)
        self.assertLess(device["network_id"], 2**34)

    def test_keys_come_in_hexadecimal_when_asked(self):
        answer = self.client.post(REGISTER, {"n_devices": 1}, query={"key_format": "hex"})
        self.assertEqual(len(bytes.fromhex(answer.json["devices"][0]["key"])), 32)
        self.assertEqual(
            self.client.post(REGISTER, {"n_devices": 1}, query={"key_format": "octal"}).status, 400
        )

    def test_a_batch_has_names_tags_and_places_one_by_one(self):
        devices = self.client.register_fleet(
            n_devices=3,
            encryption="AES-128-EAX",
            names=["a", "b", "c"],
            tags=[{"n": "1"}, {"n": "2"}, {"n": "3"}],
            eid_rotation={"period_exponent": 10, "counter_source": "UNIX_TIME"},
            install_locations=[{"latitude": 1, "longitude": 2}, None, {"latitude": -90, "longitude": 180}],
        )
        self.assertEqual([device["name"] for device in devices], ["a", "b", "c"])
        self.assertEqual([device["tags"]["n"] for device in devices], ["1", "2", "3"])
        self.assertEqual(
            devices[0]["eid_rotation"],
            {"counter_source": "UNIX_TIME", "period_exponent": 10, "period_in_seconds": 1024},
        )
        self.assertEqual(devices[0]["install_location"], {"latitude": 1, "longitude": 2})
        self.assertNotIn("install_location", devices[1])
        self.assertEqual(len({device["key"] for device in devices}), 3)

    def test_a_thousand_devices_come_at_once_and_one_more_is_400(self):
        devices = self.client.register_fleet(n_devices=1000)
        self.assertEqual(len({device["device_id"] for device in devices}), 1000)
        self.assertEqual(len({device["dev_eui"] for device in devices}), 1000)
        for count in (0, 1001, -1, 2**40, "3", 1.5):
            answer = self.client.post(REGISTER, {"n_devices": count})
            self.assertEqual(answer.status, 400, answer)

    def test_bodies_that_are_no_batch_are_400_and_register_nothing(self):
        before = self.client.get(DEVICES, query={"limit": 1}).json["total_count"]
        for body in (
            {"n_devices": 2, "names": ["only one"]},
            {"n_devices": 2, "names": ["a", ""]},
            {"n_devices": 1, "encryption": "AES-512"},
            {"n_devices": 3, "tags": [{}, {}]},
            {"n_devices": 2, "install_locations": [{"latitude": 0, "longitude": 0}]},
            {"n_devices": 1, "eid_rotation": {"period_in_seconds": 3}},
            {"n_devices": 1, "names": "a"},
            {"n_devices": 1, "names": [5]},
            {"n_devices": 1, "tags": [{"k" * 40: "v"}]},
            {"n_devices": 1, "tags": "x"},
            {"encryption": 5},
        ):
            with self.subTest(body=body):
                self.assertEqual(self.client.post(REGISTER, body).status, 400)
        self.assertEqual(self.client.get(DEVICES, query={"limit": 1}).json["total_count"], before)


class Reading(DeviceTestCase):
    def test_a_device_is_shown_in_both_shapes_at_once(self):
        device = self.register(
            "Both", tags={"a": "b"}, install_location={"latitude": 47.5, "longitude": 8.25}
        )
        answer = self.client.device(device["id"])
        inner = answer["device"]
        self.assertEqual((inner["id"], inner["device_key"], inner["status"]), (device["id"], KEY, "active"))
        self.assertEqual((inner["last_seen_at"], inner["packet_count"]), (None, 0))
        self.assertEqual(inner["tags"], {"a": "b", "hubnet.platform": "BLE"})
        self.assertEqual(
            (answer["id"], answer["device_id"], answer["name"]), (device["id"], device["id"], "Both")
        )
        self.assertIsInstance(answer["created_ts"], int)
        self.assertIs(answer["active"], True)
        self.assertEqual(answer["install_location"], {"latitude": 47.5, "longitude": 8.25})
        self.assertEqual(answer["most_recent_packet"], {})

    def test_identifiers_are_opaque_and_an_unknown_one_is_404(self):
        for identifier in (
            "device-uuid-1",
            str(uuid.uuid4()),
            "a" * 2_000,
            "%F0%9F%94%91",
            "..%2Fkey",
            "%25",
            "'%20OR%201=1",
            new_eui(),
        ):
            with self.subTest(identifier=identifier[:30]):
                for method, body in (("GET", None), ("PATCH", {"name": "n"}), ("DELETE", None)):
                    self.assertEqual(self.client.request(method, f"{DEVICES}/{identifier}", body).status, 404)

    def test_a_path_that_is_not_valid_is_a_client_error(self):
        for identifier in ("%", "%zz", "%ff", "%c0%af", "%00"):
            self.assertIn(self.client.get(f"{DEVICES}/{identifier}").status, (400, 404))


if __name__ == "__main__":
    unittest.main()
