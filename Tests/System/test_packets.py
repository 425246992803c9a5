"""GET packets: every parameter, both shapes, pages and their tokens."""

import base64
import calendar
import datetime
import time
import unittest

from gateway import UNLIMITED, GatewayTestCase, eventually
from lorawan import Forwarder, Session, rxpk

PACKETS = "/api/org/{org}/packets"


def iso(moment, zone="Z"):
    return (
        datetime.datetime.fromtimestamp(moment, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f") + zone
    )


class PacketTestCase(GatewayTestCase):
    """Two devices, thirty packets in three groups of ten with moments between."""

    @classmethod
    def setUpClass(cls):
        cls.server = cls.share(env=UNLIMITED)
        client = cls.server.client()
        cls.sessions = [Session(), Session()]
        cls.devices = [
            client.register(
                f"Meter {number}",
                dev_eui=f"70B3D5000000000{number}",
                lorawan=session.provisioning,
                tags={"site": site, "floor": "3"},
            )
            for number, (session, site) in enumerate(zip(cls.sessions, ("north", "south")))
        ]
        cls.forwarder = cls.enterClassContext(Forwarder(cls.server.lora))
        cls.moments = []
        for group in range(3):
            for number in range(10):
                cls.forwarder.push(rxpk(cls.sessions[number % 2].uplink(b"%d" % (group * 10 + number))))
                time.sleep(0.01)
            eventually(lambda: len(client.packets()) == (group + 1) * 10)
            time.sleep(0.05)
            cls.moments.append(time.time())
            time.sleep(0.05)

    def setUp(self):
        self.client = self.server.client()

    def numbers(self, **query):
        return [int(base64.b64decode(packet["payload"])) for packet in self.client.packets(**query)]

    def page(self, token=None, **query):
        answer = self.client.get(PACKETS, query=query, headers={"Continuation-Token": token} if token else {})
        self.assertEqual(answer.status, 200, answer)
        return answer


class Windows(PacketTestCase):
    def test_without_parameters_all_of_seven_days_come_in_the_order_of_their_coming(self):
        self.assertEqual(self.numbers(), list(range(30)))
        page = self.page().json
        self.assertEqual((page["count"], page["has_more"]), (30, False))

    def test_start_and_end_bound_the_reception(self):
        first, second, _ = self.moments
        self.assertEqual(self.numbers(start_time=iso(first)), list(range(10, 30)))
        self.assertEqual(self.numbers(end_time=iso(first)), list(range(10)))
        self.assertEqual(self.numbers(start_time=iso(first), end_time=iso(second)), list(range(10, 20)))
        self.assertEqual(self.numbers(start=first, end=second), list(range(10, 20)))
        self.assertEqual(self.numbers(start=int(first) - 100), list(range(30)))
        self.assertEqual(self.numbers(start_time="2001-01-01", end_time="2002-01-01"), [])

    def test_the_start_is_inclusive_and_the_end_exclusive(self):
        stamps = [packet["device"]["timestamp"] for packet in self.client.packets()]
        text = lambda stamp: iso(stamp)
        self.assertEqual(self.numbers(start_time=text(stamps[4]), end_time=text(stamps[7])), [4, 5, 6])
        self.assertEqual(self.numbers(start_time=text(stamps[4]), end_time=text(stamps[4])), [])

    def test_times_are_taken_in_every_form(self):
        moment = self.moments[0]
        naive = iso(moment, "")
        there = datetime.datetime.fromtimestamp(
            moment, datetime.timezone(datetime.timedelta(hours=-3, minutes=-30))
        ).isoformat()
        for text in (
            iso(moment),
            naive,
            iso(moment, "+00:00"),
            there,
            iso(moment).replace("T", " "),
            iso(moment).lower(),
            f"{moment:.6f}",
        ):
            self.assertEqual(self.numbers(start_time=text), list(range(10, 30)), text)

    def test_values_that_are_none_are_400_with_the_parameters_name(self):
        for name, values in {
            "start_time": [
                "yesterday",
                "",
                "2024-01-15T10:30",
                "2024-01-15T10:30:00+",
                "NaN",
                "inf",
                "1e400",
                "-",
            ],
            "end_time": ["2024-02-31", "x"],
            "start": ["soon", ""],
            "end": ["x"],
            "limit": ["0", "-5", "many", "", "1.0"],
            "platform_tag": ["x", ""],
            "filter_tags": ["x"],
            "follow": ["maybe"],
            "include": ["all", "undecrypted,x"],
        }.items():
            for value in values:
                with self.subTest(name=name, value=value):
                    answer = self.client.get(PACKETS, query={name: value})
                    self.assertEqual(answer.status, 400, answer)
                    self.assertIn(name, answer.error)
        self.assertEqual(
            self.client.get(PACKETS, query={"start_time": "2024-01-02", "end_time": "2024-01-01"}).status, 400
        )

    def test_a_window_that_lies_in_the_future_or_the_far_past_is_empty(self):
        self.assertEqual(self.numbers(start_time="9999-12-31T23:59:59Z", end_time="9999-12-31T23:59:59Z"), [])
        self.assertEqual(self.numbers(start="0", end="1"), [])


class Filters(PacketTestCase):
    def test_one_device(self):
        self.assertEqual(self.numbers(device_id=self.devices[0]["id"]), list(range(0, 30, 2)))
        self.assertEqual(
            self.numbers(device_id=self.devices[1]["id"], start=self.moments[1]), list(range(21, 30, 2))
        )
        self.assertEqual(self.numbers(device_id="device-uuid-1"), [])

    def test_platform_and_other_tags(self):
        self.assertEqual(self.numbers(platform_tag="hubnet.platform=LoRaWAN"), list(range(30)))
        self.assertEqual(self.numbers(platform_tag="hubnet.platform=BLE"), [])
        self.assertEqual(self.numbers(filter_tags="site:north"), list(range(0, 30, 2)))
        self.assertEqual(self.numbers(filter_tags=["site:north", "site:south"]), list(range(30)))
        self.assertEqual(self.numbers(filter_tags=["site:north", "floor:4"]), [])

    def test_a_platform_that_does_not_exist_matches_nothing(self):
        self.assertEqual(self.numbers(platform_tag="hubnet.platform=Sigfox"), [])


class Pages(PacketTestCase):
    def test_pages_of_every_size_have_each_packet_once_in_order(self):
        for limit in (1, 7, 10, 29, 30, 31):
            self.assertEqual(self.numbers(limit=limit), list(range(30)))
        self.assertEqual(self.numbers(limit=4, device_id=self.devices[1]["id"]), list(range(1, 30, 2)))

    def test_the_limit_is_100_or_1000_and_clamped(self):
        page = self.page(limit=10).json
        self.assertEqual((page["count"], page["has_more"], len(page["packets"])), (10, True, 10))
        self.assertEqual(self.page(limit=5000).json["count"], 30)
        self.assertEqual(self.page(limit=10**20).json["count"], 30)

    def test_the_token_carries_the_whole_query_and_parameters_beside_it_are_ignored(self):
        token = self.page(limit=4, device_id=self.devices[0]["id"], end=self.moments[1]).headers[
            "Continuation-Token"
        ]
        plain = self.page(token).json
        self.assertEqual(
            [int(base64.b64decode(packet["payload"])) for packet in plain["packets"]], [8, 10, 12, 14]
        )
        self.assertEqual(
            self.page(token, start_time="2001-01-01", limit=1, device_id="x", end_time="broken").json, plain
        )

    def test_the_end_is_frozen_at_the_first_page(self):
        server = self.gateway()
        client = server.client()
        session = Session()
        device = client.register("Meter", dev_eui="0011223344556677", lorawan=session.provisioning)
        with Forwarder(server.lora) as forwarder:
            for number in range(6):
                forwarder.push(rxpk(session.uplink(b"%d" % number)))
            eventually(lambda: len(client.packets()) == 6)
            first = client.get(PACKETS, query={"limit": 5})
            for number in range(6, 12):
                forwarder.push(rxpk(session.uplink(b"%d" % number)))
            eventually(lambda: len(client.packets(device_id=device["id"])) == 12)
            second = client.get(PACKETS, headers={"Continuation-Token": first.headers["Continuation-Token"]})
        self.assertEqual((second.json["count"], second.json["has_more"]), (1, False))
        self.assertNotIn("Continuation-Token", second.headers)

    def test_following_gives_a_token_also_at_the_end(self):
        server = self.gateway()
        client = server.client()
        session = Session()
        client.register("Meter", dev_eui="0011223344556677", lorawan=session.provisioning)
        answer = client.get(PACKETS, query={"follow": "true"})
        token = answer.headers["Continuation-Token"]
        self.assertEqual(answer.json["count"], 0)
        with Forwarder(server.lora) as forwarder:
            seen = []
            for number in range(3):
                forwarder.push(rxpk(session.uplink(b"%d" % number)))
                eventually(lambda: len(client.packets()) == number + 1)
                answer = client.get(PACKETS, headers={"Continuation-Token": token})
                token = answer.headers["Continuation-Token"]
                seen += [base64.b64decode(packet["payload"]) for packet in answer.json["packets"]]
        self.assertEqual(seen, [b"0", b"1", b"2"])

    def test_the_last_page_has_no_token_and_says_when_to_ask_again(self):
        answer = self.page()
        self.assertNotIn("Continuation-Token", answer.headers)
        self.assertGreaterEqual(int(answer.headers["Retry-After"]), 1)

    def test_tokens_that_were_changed_or_belong_elsewhere_are_400(self):
        token = self.page(limit=4).headers["Continuation-Token"]
        self.client.register_fleet(n_devices=1)
        foreign = self.client.get("/api/org/{org}/devices", query={"limit": 1}).headers["Continuation-Token"]
        changed = [token[:-1], token + "=", token[::-1], foreign, "bmV4dA=="] + [
            token[:position] + ("B" if token[position] == "A" else "A") + token[position + 1 :]
            for position in range(0, len(token), max(1, len(token) // 30))
        ]
        for text in changed:
            answer = self.client.get(PACKETS, headers={"Continuation-Token": text})
            self.assertEqual((answer.status, answer.error), (400, "Invalid continuation token"), text)

    def test_a_token_outlives_a_restart(self):
        token = self.page(limit=20).headers["Continuation-Token"]
        before = self.page(token).json
        self.server.restart()
        self.forwarder.move(self.server.lora)
        self.assertEqual(self.client.get(PACKETS, headers={"Continuation-Token": token}).json, before)


class Shapes(PacketTestCase):
    def test_flat_and_nested_members_tell_the_same(self):
        for packet in self.client.packets():
            for member in (
                "packet_id",
                "device_id",
                "payload",
                "sequence_number",
                "received_at",
                "gateway_id",
                "rssi",
                "snr",
                "metadata",
            ):
                self.assertIn(member, packet)
            nested = packet["device"]
            self.assertEqual(
                (nested["id"], nested["payload"], nested["sequence_number"], nested["rssi"]),
                (packet["device_id"], packet["payload"], packet["sequence_number"], packet["rssi"]),
            )
            flat = calendar.timegm(time.strptime(packet["received_at"], "%Y-%m-%dT%H:%M:%SZ"))
            self.assertEqual(int(nested["timestamp"]), flat)
            self.assertEqual(packet["gateway"]["gateway_id"], packet["gateway_id"])
            self.assertIsInstance(packet["rssi"], int)
            self.assertIsInstance(packet["location"]["latitude"], (int, float))

    def test_packet_identifiers_are_unique_and_stay(self):
        before = [packet["packet_id"] for packet in self.client.packets()]
        self.assertEqual(len(set(before)), 30)
        self.server.restart()
        self.forwarder.move(self.server.lora)
        self.assertEqual([packet["packet_id"] for packet in self.client.packets()], before)

    def test_a_device_that_was_renamed_shows_its_name_and_a_deleted_one_its_last(self):
        client = self.client
        packet = lambda: client.packets(device_id=self.devices[1]["id"])[0]["device"]
        client.patch(
            f"/api/org/{{org}}/devices/{self.devices[1]['id']}", {"name": "Renamed", "tags": {"floor": None}}
        )
        self.assertEqual(
            (packet()["name"], packet()["tags"]), ("Renamed", {"site": "south", "hubnet.platform": "LoRaWAN"})
        )
        client.patch(
            f"/api/org/{{org}}/devices/{self.devices[1]['id']}", {"name": "Meter 1", "tags": {"floor": "3"}}
        )

    def test_the_answer_is_json_with_a_request_id(self):
        answer = self.page()
        self.assertEqual(answer.headers["Content-Type"], "application/json; charset=utf-8")


if __name__ == "__main__":
    unittest.main()
