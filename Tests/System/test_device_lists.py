"""Listing devices: filters, orders, pages and their tokens."""

import datetime
import time
import unittest

from devices import DEVICES, KEY, DeviceTestCase, new_eui


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
        for member in (
            "id",
            "name",
            "dev_eui",
            "status",
            "tags",
            "created_at",
            "updated_at",
            "device_id",
            "created_ts",
            "active",
        ):
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
        self.assertEqual(
            [name.lower() for name in self.list(sort="name")], sorted(name.lower() for name in self.names)
        )

    def test_equal_names_are_paged_without_loss(self):
        client = self.gateway().client()
        client.register_fleet(n_devices=30, names=["same"] * 30)
        found, token = set(), None
        while True:
            answer = client.get(
                DEVICES,
                query={"sort": "name", "limit": 7},
                headers={"Continuation-Token": token} if token else {},
            )
            found |= {device["id"] for device in answer.json["devices"]}
            token = answer.headers.get("Continuation-Token")
            if not token:
                break
        self.assertEqual(len(found), 30)

    def test_platform_tag_and_tag_filter_and_combine(self):
        self.assertEqual(self.list(platform_tag="hubnet.platform=LoRaWAN"), self.names[::5])
        self.assertEqual(self.list(tag="site=south"), self.names[1::3])
        self.assertEqual(
            self.list(
                platform_tag="hubnet.platform=LoRaWAN",
                tag="site=north",
                sort="created_at",
                order="desc",
                limit=1,
            ),
            [self.names[15], self.names[0]],
        )
        self.assertEqual(self.list(tag="site=west"), [])
        self.assertEqual(self.list(tag="n=24"), [self.names[24]])
        self.assertEqual(self.list(tag="site=' OR 1=1 --"), [])

    def test_a_name_pattern_is_a_substring_without_case_and_without_wildcards(self):
        valves = [name for name in self.names if "valve" in name.lower()]
        self.assertEqual(self.list(name_pattern="vAlVe"), valves)
        self.assertEqual(self.list(name_pattern="alve 0"), [name for name in valves if " 0" in name])
        for pattern in ("%", "_", "*", "?", "pump%", "^pump", "[a-z]", "\\", "'"):
            self.assertEqual(self.list(name_pattern=pattern), [], pattern)
        self.assertEqual(self.client.get(DEVICES, query={"name_pattern": "\u0000"}).status, 400)

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
        offset = (
            self.moments[0].astimezone(datetime.timezone(datetime.timedelta(hours=5, minutes=30))).isoformat()
        )
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
            "limit": ["0", "-1", "x", "", "1.5", "1e3", " 5"],
            "sort": ["size", "", "name;"],
            "order": ["up", ""],
            "created_after": [
                "yesterday",
                "",
                "2024-13-01",
                "2024-02-30T00:00:00Z",
                "2024-01-01T25:00:00Z",
                "9" * 30,
            ],
            "created_before": ["now"],
            "platform_tag": ["LoRaWAN", "", "=x"],
            "tag": ["warehouse", "=", ""],
            "sort_field": ["x"],
            "sort_ascending": ["maybe"],
            "filter_created_ts": ["1:2", "between:a:b", "between:2:1"],
            "filter_tags": ["x", ":v"],
            "name_pattern": ["x" * 251],
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
        return self.client.get(
            path, query=query, headers={"Continuation-Token": token} if token is not None else {}
        )

    def test_a_token_carries_the_whole_query_and_overrules_parameters(self):
        token = self.page(limit=5, sort="created_at", order="desc").headers["Continuation-Token"]
        plain = self.page(token).json
        other = self.page(
            token, limit=1, sort="name", order="asc", name_pattern="nothing", created_after="nonsense"
        ).json
        self.assertEqual(plain, other)
        self.assertEqual(len(plain["devices"]), 5)

    def test_an_empty_token_is_none(self):
        self.assertEqual(len(self.page("").json["devices"]), 12)

    def test_the_same_token_gives_the_same_page(self):
        token = self.page(limit=5).headers["Continuation-Token"]
        self.assertEqual(self.page(token).json, self.page(token).json)

    def test_tokens_that_were_changed_are_400(self):
        token = self.page(limit=5).headers["Continuation-Token"]
        changed = [
            token[:-1],
            token + "A",
            token[1:],
            token.swapcase(),
            "eyJsYXN0X3RpbWVzdGFtcCI6MTY0MDAwMDAwMH0=",
            "x",
            "a" * 5_000,
            "....",
            "%00",
        ]
        for position in range(0, len(token), max(1, len(token) // 40)):
            changed.append(
                token[:position] + ("A" if token[position] != "A" else "B") + token[position + 1 :]
            )
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


if __name__ == "__main__":
    unittest.main()
