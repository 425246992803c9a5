"""Devices: registering, listing, reading, changing and deleting, in both published shapes."""

import base64
import datetime
import json
import os
import time
import unittest
import uuid

from gateway import UNLIMITED, GatewayTestCase

REGISTER = "/api/v2/org/{org}/devices"
DEVICES = "/api/org/{org}/devices"
KEY = base64.b64encode(bytes(range(32))).decode()


def new_eui():
    return os.urandom(8).hex().upper()


class DeviceTestCase(GatewayTestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.share(env=UNLIMITED)

    def setUp(self):
        self.client = self.server.client()

    def register(self, name="Tag", **members):
        return self.client.register(name, **{"dev_eui": new_eui(), "device_key": KEY, **members})

    def read(self, identifier):
        return self.client.device(identifier)["device"]

    def change(self, identifier, body):
        return self.client.patch(f"{DEVICES}/{identifier}", body)


class Registration(DeviceTestCase):
    def test_a_device_is_registered_as_documented(self):
        eui = new_eui()
        answer = self.client.post(REGISTER, {
            "name": "Temperature Sensor 01", "dev_eui": eui, "device_key": KEY,
            "tags": {"location": "warehouse-a", "sensor_type": "temperature"}})
        self.assertEqual(answer.status, 201)
        self.assertEqual(list(answer.json), ["device"])
        device = answer.json["device"]
        uuid.UUID(device["id"])
        self.assertEqual((device["name"], device["dev_eui"], device["status"]), ("Temperature Sensor 01", eui, "active"))
        self.assertEqual(
            device["tags"], {"location": "warehouse-a", "sensor_type": "temperature", "hubnet.platform": "BLE"})
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
        for given in ("a1b2c3d4e5f60001", "A1B2C3D4E5F60002", "a1:b2:c3:d4:e5:f6:00:03", "A1-B2-C3-D4-E5-F6-00-04"):
            device = self.register(dev_eui=given)
            self.assertEqual(device["dev_eui"], given)
            plain = given.replace(":", "").replace("-", "")
            for other in (plain.lower(), plain.upper()):
                answer = self.client.post(REGISTER, {"name": "again", "dev_eui": other, "device_key": KEY})
                self.assertEqual(answer.status, 409, answer)
            self.assertEqual(self.client.device(plain.lower())["id"], device["id"])

    def test_a_duplicate_is_409_and_leaves_the_first_as_it_was(self):
        device = self.register("First")
        answer = self.client.post(REGISTER, {"name": "Second", "dev_eui": device["dev_eui"], "device_key": KEY})
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
        bodies += [{**good, "dev_eui": value} for value in wrong + ["A1B2C3D4E5F6000", "A1B2C3D4E5F600011", "G1B2C3D4E5F60001"]]
        bodies += [{**good, "device_key": value} for value in wrong + ["not base64!", KEY[:-1], "AAA", KEY.replace("A", "-"), base64.b64encode(bytes(65)).decode()]]
        bodies += [{**good, "tags": value} for value in (5, True, "a", ["a"], {"a": {}}, {"a": [1]}, {"": "v"}, {"k" * 33: "v"}, {"k": "v" * 129},
                                                        {f"k{i}": "v" for i in range(11)}, {"a\u0000": "v"}, {"a": "\u0007"}, {"hubnet.other": "x"}, {"hubnet.platform": "Pigeon"})]
        bodies += [{**good, "encryption": value} for value in (5, True, [], {}, "ROT13", "", "AES-128-CTR")]
        bodies += [{**good, "eid_rotation": value} for value in (5, "daily", [], {"counter_source": "MOON"}, {"counter_source": 1}, {"period_in_seconds": 100},
                                                                {"period_in_seconds": -4}, {"period_in_seconds": "4"}, {"period_exponent": 16}, {"period_exponent": -1}, {"period_exponent": 1.5})]
        bodies += [{**good, "network_id": value} for value in (-1, 2**34, 2**64, 2**70, "1", 1.5, [], {})]
        bodies += [{**good, "install_location": value} for value in (5, [], {}, {"latitude": 91, "longitude": 0}, {"latitude": 0, "longitude": 181}, {"latitude": "0", "longitude": 0}, {"latitude": None, "longitude": 0})]
        session = {"dev_addr": "01020304", "nwk_s_key": "00" * 16, "app_s_key": "00" * 16}
        bodies += [{**good, "lorawan": value} for value in (5, [], {}, "x", {"dev_addr": "01020304"}, {**session, "dev_addr": "1"}, {**session, "dev_addr": 1}, {**session, "dev_addr": "+1020304"},
                                                           {**session, "nwk_s_key": "0" * 31}, {**session, "app_s_key": "zz" * 16}, {**session, "app_s_key": KEY}, {**session, "version": "2.0"}, {**session, "allow_counter_reset": "yes"})]
        accepted = []
        for body in bodies:
            answer = self.client.post(REGISTER, json.dumps(body))
            if answer.status != 400 or not answer.error:
                accepted.append((answer.status, json.dumps(body)[:160]))
                if answer.status == 201:
                    self.client.delete(f"{DEVICES}/{answer.json['device']['id']}")
        self.assertEqual(accepted, [])

    def test_null_members_count_as_absent(self):
        answer = self.client.post(REGISTER, {
            "name": "n", "dev_eui": new_eui(), "device_key": KEY, "tags": {"gone": None}, "encryption": None, "eid_rotation": None,
            "lorawan": None, "install_location": None, "network_id": None})
        self.assertEqual(answer.status, 201, answer)
        self.assertEqual(answer.json["device"]["tags"], {"hubnet.platform": "BLE"})

    def test_numbers_and_booleans_in_tags_become_their_text(self):
        device = self.register(tags={"floor": 3, "cold": True, "limit": 1.5, "empty": ""})
        self.assertEqual(
            device["tags"], {"floor": "3", "cold": "true", "limit": "1.5", "empty": "", "hubnet.platform": "BLE"})

    def test_names_may_have_any_letters(self):
        for name in ("Kühlraum 7", "温度センサー", "🌡️ tag", "a" * 250, "tab?", "\"quoted\\", "<b>", "é" * 250, "العربية"):
            device = self.register(name)
            self.assertEqual(self.read(device["id"])["name"], name)
        self.assertEqual(self.client.post(REGISTER, {"name": "a" * 251, "dev_eui": new_eui(), "device_key": KEY}).status, 400)

    def test_a_client_may_say_the_platform(self):
        self.assertEqual(self.register(tags={"hubnet.platform": "LoRaWAN"})["tags"], {"hubnet.platform": "LoRaWAN"})

    def test_a_lorawan_session_needs_no_device_key_and_makes_it_a_lorawan_device(self):
        answer = self.client.post(REGISTER, {
            "name": "meter", "dev_eui": new_eui(),
            "lorawan": {"dev_addr": "26011F00", "nwk_s_key": "11" * 16, "app_s_key": "22" * 16}})
        self.assertEqual(answer.status, 201, answer)
        self.assertEqual(answer.json["device"]["tags"], {"hubnet.platform": "LoRaWAN"})
        self.assertNotIn("11" * 16, self.client.get(f"{DEVICES}/{answer.json['device']['id']}").body.decode())


class OfficialRegistration(DeviceTestCase):
    def test_keys_are_made_for_each_cipher_in_their_length(self):
        for cipher, length in (("AES-256-CTR", 32), ("AES-128-CTR", 16), ("AES-128-EAX", 16)):
            device, = self.client.register_fleet(encryption=cipher)
            self.assertEqual(len(base64.b64decode(device["key"])), length)
            self.assertEqual(device["encryption"], cipher)
            self.assertIsInstance(device["created_ts"], int)
            uuid.UUID(device["device_id"])
        device, = self.client.register_fleet(encryption="NONE")
        self.assertNotIn("key", device)
        self.assertLess(device["network_id"], 2**34)

    def test_keys_come_in_hexadecimal_when_asked(self):
        answer = self.client.post(REGISTER, {"n_devices": 1}, query={"key_format": "hex"})
        self.assertEqual(len(bytes.fromhex(answer.json["devices"][0]["key"])), 32)
        self.assertEqual(self.client.post(REGISTER, {"n_devices": 1}, query={"key_format": "octal"}).status, 400)

    def test_a_batch_has_names_tags_and_places_one_by_one(self):
        devices = self.client.register_fleet(
            n_devices=3, encryption="AES-128-EAX", names=["a", "b", "c"], tags=[{"n": "1"}, {"n": "2"}, {"n": "3"}],
            eid_rotation={"period_exponent": 10, "counter_source": "UNIX_TIME"},
            install_locations=[{"latitude": 1, "longitude": 2}, None, {"latitude": -90, "longitude": 180}])
        self.assertEqual([device["name"] for device in devices], ["a", "b", "c"])
        self.assertEqual([device["tags"]["n"] for device in devices], ["1", "2", "3"])
        self.assertEqual(devices[0]["eid_rotation"], {"counter_source": "UNIX_TIME", "period_exponent": 10, "period_in_seconds": 1024})
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
            {"n_devices": 2, "names": ["only one"]}, {"n_devices": 2, "names": ["a", ""]}, {"n_devices": 1, "encryption": "AES-512"},
            {"n_devices": 3, "tags": [{}, {}]}, {"n_devices": 2, "install_locations": [{"latitude": 0, "longitude": 0}]},
            {"n_devices": 1, "eid_rotation": {"period_in_seconds": 3}}, {"n_devices": 1, "names": "a"}, {"n_devices": 1, "names": [5]},
            {"n_devices": 1, "tags": [{"k" * 40: "v"}]}, {"n_devices": 1, "tags": "x"}, {"encryption": 5},
        ):
            with self.subTest(body=body):
                self.assertEqual(self.client.post(REGISTER, body).status, 400)
        self.assertEqual(self.client.get(DEVICES, query={"limit": 1}).json["total_count"], before)


class Reading(DeviceTestCase):
    def test_a_device_is_shown_in_both_shapes_at_once(self):
        device = self.register("Both", tags={"a": "b"}, install_location={"latitude": 47.5, "longitude": 8.25})
        answer = self.client.device(device["id"])
        inner = answer["device"]
        self.assertEqual((inner["id"], inner["device_key"], inner["status"]), (device["id"], KEY, "active"))
        self.assertEqual((inner["last_seen_at"], inner["packet_count"]), (None, 0))
        self.assertEqual(inner["tags"], {"a": "b", "hubnet.platform": "BLE"})
        self.assertEqual((answer["id"], answer["device_id"], answer["name"]), (device["id"], device["id"], "Both"))
        self.assertIsInstance(answer["created_ts"], int)
        self.assertIs(answer["active"], True)
        self.assertEqual(answer["install_location"], {"latitude": 47.5, "longitude": 8.25})
        self.assertEqual(answer["most_recent_packet"], {})

    def test_identifiers_are_opaque_and_an_unknown_one_is_404(self):
        for identifier in ("device-uuid-1", str(uuid.uuid4()), "a" * 2_000, "%00", "%F0%9F%94%91", "..%2Fkey", "%25", "'%20OR%201=1", new_eui()):
            with self.subTest(identifier=identifier[:30]):
                for method, body in (("GET", None), ("PATCH", {"name": "n"}), ("DELETE", None)):
                    self.assertEqual(self.client.request(method, f"{DEVICES}/{identifier}", body).status, 404)

    def test_a_path_that_is_not_valid_is_a_client_error(self):
        for identifier in ("%", "%zz", "%ff", "%c0%af"):
            self.assertIn(self.client.get(f"{DEVICES}/{identifier}").status, (400, 404))


class Listing(DeviceTestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        client = cls.server.client()
        cls.moments = []
        cls.names = []
        for number in range(25):
            if number in (8, 16):
                time.sleep(1.1)
                cls.moments.append(datetime.datetime.now(datetime.timezone.utc))
                time.sleep(0.05)
            name = f"{'Valve' if number % 2 else 'pump'} {number * 7 % 25:02d}"
            cls.names.append(name)
            tags = {"site": ["north", "south", "east"][number % 3], "n": str(number)}
            if number % 5 == 0:
                tags["hubnet.platform"] = "LoRaWAN"
            client.register(name, dev_eui=f"70B3D5499600{number:04X}", device_key=KEY, tags=tags)

    def list(self, **query):
        """Every device that a query finds, page after page, with the token only."""
        found, token, pages = [], None, 0
        while True:
            headers = {"Continuation-Token": token} if token else {}
            answer = self.client.get(DEVICES, query=None if token else query, headers=headers)
            self.assertEqual(answer.status, 200, answer)
            page = answer.json
            if not pages:
                self.total = page["total_count"]
            self.assertEqual(page["total_count"], self.total)
            self.assertLessEqual(len(page["devices"]), page["page_size"])
            found += page["devices"]
            pages += 1
            token = answer.headers.get("Continuation-Token")
            if not token:
                self.pages = pages
                self.assertEqual(len(found), self.total)
                self.assertEqual(len({device["id"] for device in found}), len(found))
                return [device["name"] for device in found]

    def test_without_a_query_all_come_in_the_order_of_their_making(self):
        self.assertEqual(self.list(), self.names)
        answer = self.client.get(DEVICES).json
        self.assertEqual((answer["page_size"], answer["total_count"]), (100, 25))
        item = answer["devices"][0]
        for member in ("id", "name", "dev_eui", "status", "tags", "created_at", "updated_at", "device_id", "created_ts", "active"):
            self.assertIn(member, item)
        self.assertNotIn("device_key", item)
        self.assertNotIn(KEY, self.client.get(DEVICES).body.decode())

    def test_pages_of_every_size_and_order_have_each_device_once(self):
        for sort, key in (("name", None), ("created_at", None), ("updated_at", None)):
            for order in ("asc", "desc"):
                whole = self.list(sort=sort, order=order)
                for limit in (1, 4, 24, 25, 26):
                    self.assertEqual(self.list(sort=sort, order=order, limit=limit), whole)
                    self.assertEqual(self.pages, -(-25 // limit))
        self.assertEqual(self.list(sort="created_at", order="desc"), self.names[::-1])
        self.assertEqual(self.list(sort="name", order="desc"), self.list(sort="name")[::-1])
        self.assertEqual([name.lower() for name in self.list(sort="name")], sorted(name.lower() for name in self.names))

    def test_equal_names_are_paged_without_loss(self):
        client = self.gateway().client()
        client.register_fleet(n_devices=30, names=["same"] * 30)
        found, token = set(), None
        while True:
            answer = client.get(DEVICES, query={"sort": "name", "limit": 7}, headers={"Continuation-Token": token} if token else {})
            found |= {device["id"] for device in answer.json["devices"]}
            token = answer.headers.get("Continuation-Token")
            if not token:
                break
        self.assertEqual(len(found), 30)

    def test_platform_tag_and_tag_filter_and_combine(self):
        self.assertEqual(self.list(platform_tag="hubnet.platform=LoRaWAN"), self.names[::5])
        self.assertEqual(self.list(tag="site=south"), self.names[1::3])
        self.assertEqual(
            self.list(platform_tag="hubnet.platform=LoRaWAN", tag="site=north", sort="created_at", order="desc", limit=1),
            [self.names[15], self.names[0]])
        self.assertEqual(self.list(tag="site=west"), [])
        self.assertEqual(self.list(tag="n=24"), [self.names[24]])
        self.assertEqual(self.list(tag="site=' OR 1=1 --"), [])

    def test_a_name_pattern_is_a_substring_without_case_and_without_wildcards(self):
        valves = [name for name in self.names if "valve" in name.lower()]
        self.assertEqual(self.list(name_pattern="vAlVe"), valves)
        self.assertEqual(self.list(name_pattern="alve 0"), [name for name in valves if " 0" in name])
        for pattern in ("%", "_", "*", "?", "pump%", "^pump", "[a-z]", "\\", "'", "\u0000"):
            self.assertEqual(self.list(name_pattern=pattern), [], pattern)

    def test_a_name_pattern_ignores_case_of_letters_beyond_ascii(self):
        client = self.gateway().client()
        client.register("KÜHLRAUM Ä", dev_eui=new_eui(), device_key=KEY)
        self.assertEqual(client.get(DEVICES, query={"name_pattern": "kühlraum ä"}).json["total_count"], 1)

    def test_created_after_and_before_bound_on_both_sides(self):
        first, second = (moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ") for moment in self.moments)
        self.assertEqual(self.list(created_before=first), self.names[:8])
        self.assertEqual(self.list(created_after=first), self.names[8:])
        self.assertEqual(self.list(created_after=first, created_before=second), self.names[8:16])
        self.assertEqual(self.list(created_after=second, created_before=first), [])
        naive = self.moments[0].replace(tzinfo=None).isoformat()
        offset = self.moments[0].astimezone(datetime.timezone(datetime.timedelta(hours=5, minutes=30))).isoformat()
        for text in (naive, offset, str(self.moments[0].timestamp())):
            self.assertEqual(self.list(created_after=text), self.names[8:], text)
        self.assertEqual(self.list(created_after="2001-01-01"), self.names)

    def test_the_official_filters_and_orders(self):
        self.assertEqual(self.list(filter_tags="site:south"), self.names[1::3])
        both = [name for number, name in enumerate(self.names) if number % 3 != 2]
        self.assertEqual(self.list(filter_tags=["site:south", "site:north"]), both)
        self.assertEqual(self.list(filter_tags=["site:south", "n:4"]), [self.names[4]])
        first, second = (int(moment.timestamp()) for moment in self.moments)
        inside = self.list(filter_created_ts=f"between:{first + 0}:{second + 0}")
        self.assertLessEqual(set(inside), set(self.names[:16]))
        self.assertEqual(self.list(filter_created_ts="between:0:1"), [])
        self.assertEqual(self.list(filter_most_recent_packet_ts="between:0:4000000000"), [])
        self.assertEqual(self.list(sort_field="created_ts", sort_ascending="false"), self.names[::-1])
        self.assertEqual(self.list(sort_field="name", sort_ascending="true"), self.list(sort="name"))

    def test_limits_beyond_the_greatest_are_clamped_and_reported(self):
        for limit in ("1001", "100000", "9" * 30):
            self.assertEqual(self.client.get(DEVICES, query={"limit": limit}).json["page_size"], 1000)

    def test_query_values_that_are_none_are_400_with_the_parameters_name(self):
        for name, values in {
            "limit": ["0", "-1", "x", "", "1.5", "1e3", " 5"], "sort": ["size", "", "name;"], "order": ["up", ""],
            "created_after": ["yesterday", "", "2024-13-01", "2024-02-30T00:00:00Z", "2024-01-01T25:00:00Z", "9" * 30],
            "created_before": ["now"], "platform_tag": ["LoRaWAN", "", "=x"], "tag": ["warehouse", "=", ""],
            "sort_field": ["x"], "sort_ascending": ["maybe"], "filter_created_ts": ["1:2", "between:a:b", "between:2:1"],
            "filter_tags": ["x", ":v"], "name_pattern": ["x" * 251],
        }.items():
            for value in values:
                with self.subTest(name=name, value=value[:20]):
                    answer = self.client.get(DEVICES, query={name: value})
                    self.assertEqual(answer.status, 400, answer)
                    self.assertIn(name, answer.error)

    def test_an_unknown_parameter_is_ignored(self):
        self.assertEqual(self.list(colour="red"), self.names)


class ContinuationTokens(DeviceTestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server.client().register_fleet(n_devices=12)

    def page(self, token=None, path=DEVICES, **query):
        return self.client.get(path, query=query, headers={"Continuation-Token": token} if token is not None else {})

    def test_a_token_carries_the_whole_query_and_overrules_parameters(self):
        token = self.page(limit=5, sort="created_at", order="desc").headers["Continuation-Token"]
        plain = self.page(token).json
        other = self.page(token, limit=1, sort="name", order="asc", name_pattern="nothing", created_after="nonsense").json
        self.assertEqual(plain, other)
        self.assertEqual(len(plain["devices"]), 5)

    def test_an_empty_token_is_none(self):
        self.assertEqual(len(self.page("").json["devices"]), 12)

    def test_the_same_token_gives_the_same_page(self):
        token = self.page(limit=5).headers["Continuation-Token"]
        self.assertEqual(self.page(token).json, self.page(token).json)

    def test_tokens_that_were_changed_are_400(self):
        token = self.page(limit=5).headers["Continuation-Token"]
        changed = [token[:-1], token + "A", token[1:], token.swapcase(), "eyJsYXN0X3RpbWVzdGFtcCI6MTY0MDAwMDAwMH0=", "x", "a" * 5_000, "....", "%00"]
        for position in range(0, len(token), max(1, len(token) // 40)):
            changed.append(token[:position] + ("A" if token[position] != "A" else "B") + token[position + 1:])
        for text in changed:
            if text == token:
                continue
            answer = self.page(text)
            self.assertEqual((answer.status, answer.error), (400, "Invalid continuation token"), text)

    def test_a_token_of_another_list_is_400(self):
        token = self.page(limit=5).headers["Continuation-Token"]
        self.assertEqual(self.page(token, path="/api/org/{org}/packets").status, 400)

    def test_a_token_of_another_gateway_is_400(self):
        other = self.gateway().client()
        other.register_fleet(n_devices=3)
        token = other.get(DEVICES, query={"limit": 1}).headers["Continuation-Token"]
        self.assertEqual(self.page(token).status, 400)

    def test_a_token_outlives_a_restart(self):
        gateway = self.gateway()
        client = gateway.client()
        client.register_fleet(n_devices=3)
        token = client.get(DEVICES, query={"limit": 1}).headers["Continuation-Token"]
        gateway.restart()
        self.assertEqual(len(client.get(DEVICES, headers={"Continuation-Token": token}).json["devices"]), 1)


class Changing(DeviceTestCase):
    def test_tags_merge_and_null_removes_one(self):
        device = self.register("Old", tags={"location": "a", "keep": "1", "drop": "x"})
        time.sleep(1.1)
        answer = self.change(device["id"], {"name": "New", "tags": {"location": "b", "drop": None, "never": None, "fresh": "2"}})
        self.assertEqual(answer.status, 200)
        changed = answer.json["device"]
        self.assertEqual(changed["name"], "New")
        self.assertEqual(changed["tags"], {"location": "b", "keep": "1", "fresh": "2", "hubnet.platform": "BLE"})
        self.assertEqual((changed["dev_eui"], changed["created_at"]), (device["dev_eui"], device["created_at"]))
        self.assertGreater(changed["updated_at"], device["updated_at"])
        self.assertEqual(self.read(device["id"])["tags"], changed["tags"])

    def test_a_change_of_nothing_changes_nothing(self):
        device = self.register("Same", tags={"a": "b"})
        for body in ({}, {"name": None, "tags": None}, {"tags": {}}, {"unknown": 1}):
            changed = self.change(device["id"], body).json["device"]
            self.assertEqual((changed["name"], changed["tags"]), ("Same", {"a": "b", "hubnet.platform": "BLE"}))

    def test_the_platform_survives_and_other_reserved_names_are_refused(self):
        device = self.register(tags={"a": "b"})
        for tags in ({"hubnet.platform": None}, {"hubnet.zone": "1"}, {"hubnet.platform": "Carrier Pigeon"}):
            self.assertEqual(self.change(device["id"], {"tags": tags}).status, 400)
        self.assertEqual(self.change(device["id"], {"tags": {"a": None}}).json["device"]["tags"], {"hubnet.platform": "BLE"})

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
        for body in ({"name": ""}, {"name": 5}, {"name": ["a"]}, {"name": "x" * 10_000}, {"name": "a\u0000"}, {"tags": 5}, {"tags": []},
                     {"tags": {"a": {"b": 1}}}, {"set_name": {}}, {"set_tags": "x"}, {"set_tags": {"k" * 33: "v"}}, {"device_key": "!"}, {"device_key": ""},
                     {"name": "good", "tags": {"a": []}}, {"name": "good", "status": 1}, {"encryption": "x"}, {"lorawan": {}}, {"set_install_location": {"latitude": 1}}, [], "x", 5, None):
            with self.subTest(body=str(body)[:60]):
                answer = self.change(device["id"], json.dumps(body))
                self.assertEqual(answer.status, 400, answer)
        self.assertEqual(self.client.device(device["id"]), before)


class ManyAtOnce(DeviceTestCase):
    def test_each_change_succeeds_or_fails_by_itself_in_the_order_of_the_request(self):
        first, second = self.register("one"), self.register("two", tags={"a": "b"})
        answer = self.client.patch(DEVICES, {"updates": [
            {"device_id": first["id"], "name": "uno", "tags": {"x": "y"}},
            {"device_id": "device-uuid-2", "name": "none"},
            {"device_id": second["id"], "name": ""},
            {"device_id": second["id"], "name": 7},
            {"device_id": second["id"], "tags": {"a": None}},
        ]})
        self.assertEqual(answer.status, 200)
        body = answer.json
        self.assertEqual((body["total_requested"], body["successful"], body["failed"]), (5, 2, 3))
        results = body["results"]
        self.assertEqual([result["device_id"] for result in results], [first["id"], "device-uuid-2", second["id"], second["id"], second["id"]])
        self.assertEqual([result["status"] for result in results], ["success", "error", "error", "error", "success"])
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
        self.assertEqual(self.client.get(DEVICES, query={"tag": "batch=yes", "limit": 1}).json["total_count"], 1000)
        updates = [{**update, "tags": {"batch": "no"}} for update in updates + updates[:1]]
        self.assertEqual(self.client.patch(DEVICES, {"updates": updates}).status, 400)
        self.assertEqual(self.client.get(DEVICES, query={"tag": "batch=no", "limit": 1}).json["total_count"], 0)

    def test_the_same_device_twice_is_changed_twice_in_order(self):
        device = self.register("start")
        answer = self.client.patch(DEVICES, {"updates": [{"device_id": device["id"], "name": name} for name in ("first", "second")]})
        self.assertEqual(answer.json["successful"], 2)
        self.assertEqual(self.read(device["id"])["name"], "second")

    def test_bodies_that_are_no_batch_of_changes_are_400(self):
        for body in ({}, {"updates": None}, {"updates": {}}, {"updates": [5]}, {"updates": [{}]}, {"updates": [{"device_id": 5}]}, {"updates": "x"}, [], 5):
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
        for body in ({}, {"device_ids": []}, {"device_ids": [5]}, {"device_ids": "x"}, {"device_ids": [f"x{i}" for i in range(1001)]}):
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
