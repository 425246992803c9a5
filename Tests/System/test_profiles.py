"""Device profiles: what devices of one make have in common."""

import unittest

from devices import DEVICES, KEY, DeviceTestCase, new_eui

PROFILES = "/api/org/{org}/device-profiles"


class ProfileTestCase(DeviceTestCase):
    made = 0

    def create(self, name=None, **members):
        ProfileTestCase.made += 1
        answer = self.client.post(PROFILES, {"name": name or f"Profile {ProfileTestCase.made}", **members})
        self.assertEqual(answer.status, 201, answer)
        return answer.json["profile"]

    def one(self, profile):
        return f"{PROFILES}/{profile['id']}"


class Making(ProfileTestCase):
    def test_what_is_not_said_has_its_default(self):
        profile = self.create("Plain")
        self.assertEqual(
            {name: profile[name] for name in ("region", "mac_version", "device_class", "rx1_delay")},
            {"region": "eu868", "mac_version": "1.0.3", "device_class": "A", "rx1_delay": 1},
        )
        self.assertEqual(profile["adr"]["enabled"], True)
        self.assertIsNone(profile["expected_uplink_interval"])
        self.assertIsNone(profile["rx2_frequency"])

    def test_what_is_said_is_kept_also_over_a_restart(self):
        members = {
            "region": "as923-3",
            "mac_version": "1.1.0",
            "regional_parameters_revision": "RP002-1.0.4",
            "device_class": "C",
            "rx1_delay": 5,
            "rx1_dr_offset": 2,
            "rx2_dr": 3,
            "rx2_frequency": 916_600_000,
            "abp": {
                "allow_counter_reset": True,
                "counters_16_bit": True,
                "preset_frequencies": [923_200_000, 923_400_000],
            },
            "adr": {"enabled": False, "min_dr": 1, "max_dr": 5, "max_tx_power_index": 4, "margin": 5},
            "supports_join": False,
            "confirmed_tries": 5,
            "status_interval": 3600,
            "expected_uplink_interval": 600,
            "missed_intervals": 2,
        }
        profile = self.create(**members)
        self.assertEqual({name: profile[name] for name in members}, members)
        gateway = self.gateway(env={"HOLDFAST_HTTP_RATE_LIMITS": "off"})
        client = gateway.client()
        made = client.post(PROFILES, {"name": "Kept", **members}).json["profile"]
        gateway.restart()
        self.assertEqual(client.get(f"{PROFILES}/{made['id']}").json["profile"], made)

    def test_bad_members_are_named_and_nothing_is_made(self):
        before = len(self.client.get(PROFILES).json["profiles"])
        for members, word in (
            ({"name": ""}, "name"),
            ({"name": "x" * 101}, "name"),
            ({"name": "a\u0007b"}, "name"),
            ({"region": "mars868"}, "region"),
            ({"region": 868}, "region"),
            ({"mac_version": "2.0"}, "mac_version"),
            ({"device_class": "B"}, "device_class"),
            ({"rx1_delay": 0}, "rx1_delay"),
            ({"rx1_delay": 16}, "rx1_delay"),
            ({"rx1_dr_offset": 8}, "rx1_dr_offset"),
            ({"rx2_dr": -1}, "rx2_dr"),
            ({"rx2_frequency": 1}, "rx2_frequency"),
            ({"rx2_frequency": 2**40}, "rx2_frequency"),
            ({"abp": {"preset_frequencies": [868_100_000] * 97}}, "preset_frequencies"),
            ({"adr": {"min_dr": 5, "max_dr": 2}}, "min_dr"),
            ({"adr": {"margin": 31}}, "margin"),
            ({"confirmed_tries": 0}, "confirmed_tries"),
            ({"expected_uplink_interval": 9}, "expected_uplink_interval"),
            ({"expected_uplink_interval": 2**62}, "expected_uplink_interval"),
            ({"missed_intervals": 0}, "missed_intervals"),
            ({"codec_id": "nothing"}, "codec_id"),
        ):
            answer = self.client.post(PROFILES, {"name": "Bad", **members})
            self.assertEqual(answer.status, 400, answer)
            self.assertIn(word, answer.error)
        self.assertEqual(self.client.post(PROFILES, {"region": "eu868"}).status, 400)
        self.assertEqual(len(self.client.get(PROFILES).json["profiles"]), before)

    def test_a_name_is_used_once(self):
        first = self.create("Twice")
        self.assertEqual(self.client.post(PROFILES, {"name": "Twice"}).status, 409)
        other = self.create()
        self.assertEqual(self.client.patch(self.one(other), {"name": "Twice"}).status, 409)
        self.assertEqual(self.client.patch(self.one(first), {"name": "Twice"}).status, 200)


class Changing(ProfileTestCase):
    def test_members_that_are_not_sent_stay_and_null_takes_away(self):
        profile = self.create(expected_uplink_interval=600, rx2_dr=3, adr={"max_dr": 5, "margin": 7})
        changed = self.client.patch(self.one(profile), {"rx2_dr": None, "adr": {"margin": 8}}).json["profile"]
        self.assertIsNone(changed["rx2_dr"])
        self.assertEqual(changed["adr"]["max_dr"], 5)
        self.assertEqual(changed["adr"]["margin"], 8)
        self.assertEqual(changed["expected_uplink_interval"], 600)

    def test_one_that_is_not_there_is_404(self):
        for path in (f"{PROFILES}/nothing", f"{PROFILES}/{'x' * 500}"):
            self.assertEqual(self.client.get(path).status, 404)
            self.assertEqual(self.client.patch(path, {"name": "x"}).status, 404)
            self.assertEqual(self.client.delete(path).status, 404)

    def test_what_it_takes_to_read_and_to_write(self):
        profile = self.create()
        reader = self.server.client(self.client.create_key("devices:read")["token"])
        stranger = self.server.client(self.client.create_key("packets:read")["token"])
        self.assertEqual(reader.get(self.one(profile)).status, 200)
        self.assertEqual(reader.patch(self.one(profile), {"name": "x"}).status, 403)
        self.assertEqual(reader.post(PROFILES, {"name": "x"}).status, 403)
        self.assertEqual(reader.delete(self.one(profile)).status, 403)
        self.assertEqual(stranger.get(PROFILES).status, 403)


class Assigning(ProfileTestCase):
    def test_a_device_is_given_a_profile_and_loses_it(self):
        profile = self.create()
        device = self.register(profile_id=profile["id"], expected_uplink_interval=300)
        self.assertEqual(self.client.device(device["id"])["profile_id"], profile["id"])
        self.assertEqual(self.client.device(device["id"])["expected_uplink_interval"], 300)
        self.assertEqual(self.client.get(self.one(profile)).json["device_count"], 1)
        refused = self.client.delete(self.one(profile))
        self.assertEqual(refused.status, 409, refused)
        self.assertEqual(self.change(device["id"], {"name": "Renamed"}).json["profile_id"], profile["id"])
        self.assertIsNone(self.change(device["id"], {"profile_id": None}).json["profile_id"])
        self.assertEqual(self.client.delete(self.one(profile)).status, 200)
        self.assertEqual(self.client.get(self.one(profile)).status, 404)

    def test_a_deleted_device_has_none(self):
        profile = self.create()
        device = self.register(profile_id=profile["id"])
        self.assertEqual(self.client.delete(f"{DEVICES}/{device['id']}").status, 200)
        self.assertEqual(self.client.delete(self.one(profile)).status, 200)

    def test_a_profile_that_is_not_there_is_refused(self):
        body = {"name": "Tag", "dev_eui": new_eui(), "device_key": KEY, "profile_id": "nothing"}
        self.assertEqual(self.client.post("/api/v2/org/{org}/devices", body).status, 400)
        device = self.register()
        self.assertEqual(self.change(device["id"], {"profile_id": "nothing"}).status, 400)
        self.assertEqual(self.change(device["id"], {"expected_uplink_interval": 1}).status, 400)
        profile = self.create()
        answer = self.client.patch(
            DEVICES,
            {
                "updates": [
                    {"device_id": device["id"], "profile_id": "nothing"},
                    {"device_id": device["id"], "profile_id": profile["id"]},
                ]
            },
        ).json
        self.assertEqual([result["status"] for result in answer["results"]], ["error", "success"])
        self.assertEqual(self.client.device(device["id"])["profile_id"], profile["id"])

    def test_a_fleet_is_given_one(self):
        profile = self.create()
        made = self.client.register_fleet(n_devices=3, encryption="AES-256-CTR", profile_id=profile["id"])
        self.assertEqual(len(made), 3)
        self.assertEqual(self.client.get(self.one(profile)).json["device_count"], 3)


if __name__ == "__main__":
    unittest.main()
