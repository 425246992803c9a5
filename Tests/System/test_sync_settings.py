"""What goes down to gateways beside devices: profiles and codecs, the organization, keys, people, webhooks."""

import pathlib
import re
import tempfile
import unittest

from devices import KEY
from gateway import UNLIMITED, eventually, run
from lorawan import rxpk
from people import add_user, log_in
from receiver import Receiver
from sync import DEV_EUI, UPSTREAMS, SyncTestCase

CODECS = "/api/org/{org}/codecs"
PROFILES = "/api/org/{org}/device-profiles"
HOOKS = "/api/org/{org}/webhooks"
KEYS = "/api/org/{org}/key"
FIRST = "function decodeUplink(input) { return {data: {first: input.bytes[0]}}; }"
SECOND = "function decodeUplink(input) { return {data: {second: input.bytes[1]}}; }"


class SettingsTestCase(SyncTestCase):
    def until(self, condition, what, seconds=25):
        return eventually(condition, seconds, step=0.1, message=what)

    def make(self, client, path, status=201, **body):
        answer = client.post(path, body)
        self.assertEqual(answer.status, status, answer)
        return answer.json

    def codec(self, client, name, source=FIRST):
        return self.make(client, CODECS, name=name, kind="javascript", source=source)["codec"]

    def profile(self, client, name, **members):
        return self.make(client, PROFILES, name=name, **members)["profile"]

    def device(self, client, eui=DEV_EUI):
        answer = client.get(f"/api/org/{{org}}/devices/{eui}")
        return {**answer.json, **answer.json["device"]} if answer.status == 200 else None

    def give(self, client, eui=DEV_EUI, **members):
        identifier = self.device(client, eui)["id"]
        answer = client.patch(f"/api/org/{{org}}/devices/{identifier}", members)
        self.assertEqual(answer.status, 200, answer)

    def names(self, client, path=CODECS, key="codecs"):
        return {each["id"]: each["name"] for each in client.get(path).json[key]}

    def decoded(self, client):
        return [packet.get("decoded") for packet in client.packets(limit=100)]


class Codecs(SettingsTestCase):
    def test_a_device_with_a_profile_of_the_central_is_decoded_on_every_gateway(self):
        self.begin()
        second = self.gateway(env=UNLIMITED)
        other = second.client()
        self.enroll()
        self.enroll(second)
        codec = self.codec(self.there, "Meters")
        profile = self.profile(self.there, "Meter", codec_id=codec["id"], rx1_delay=5)
        self.give(self.there, profile_id=profile["id"])
        for client in (self.here, other):
            self.until(lambda: (self.device(client) or {}).get("profile_id") == profile["id"], "assigned")
            shown = client.get(f"{PROFILES}/{profile['id']}").json["profile"]
            self.assertEqual((shown["name"], shown["rx1_delay"]), ("Meter", 5))
            self.assertEqual(shown["codec_id"], codec["id"])
        self.forwarder.push(rxpk(self.session.uplink(b"\x07\x08")))
        self.until(lambda: self.decoded(self.here) == [{"first": 7}], "decoded here")
        # A change of the codec holds for what comes then, and is made at the central alone.
        path = f"{CODECS}/{codec['id']}"
        self.assertEqual(self.here.patch(path, {"source": SECOND}).status, 409)
        self.assertEqual(self.here.delete(path).status, 409)
        self.assertEqual(self.there.patch(path, {"source": SECOND}).status, 200)
        self.until(lambda: self.here.get(path).json["codec"]["source"] == SECOND, "changed here")
        self.forwarder.push(rxpk(self.session.uplink(b"\x07\x08")))
        self.until(lambda: {"second": 8} in self.decoded(self.here), "decoded with it")
        self.until(lambda: {"second": 8} in self.decoded(self.there), "and at the central")
        # What is gone there is gone here.
        self.give(self.there, profile_id=None)
        self.until(lambda: self.device(self.here)["profile_id"] is None, "taken away")
        self.assertEqual(self.there.delete(f"{PROFILES}/{profile['id']}").status, 200)
        self.assertEqual(self.there.delete(path).status, 200)
        self.until(lambda: not self.names(self.here) and not self.names(other), "no codec is left")

    def test_a_codec_made_offline_goes_up_with_its_device_and_gives_way_by_name(self):
        self.begin(registers_at_central=False)
        there = self.codec(self.there, "Meters", SECOND)
        here = self.codec(self.here, "Meters")
        profile = self.profile(self.here, "Meter", codec_id=here["id"], expected_uplink_interval=600)
        self.give(self.here, profile_id=profile["id"])
        self.enroll()
        self.until(lambda: self.device(self.there), "the device went up")
        self.assertEqual(self.device(self.there)["profile_id"], profile["id"])
        self.until(lambda: len(self.names(self.here)) == 2, "both codecs are here")
        expected = {there["id"]: "Meters", here["id"]: "Meters (2)"}
        self.until(lambda: self.names(self.here) == expected, "by the central's names")
        self.assertEqual(self.names(self.there), expected)
        self.assertEqual(self.device(self.here)["profile_id"], profile["id"])
        self.forwarder.push(rxpk(self.session.uplink(b"\x07\x08")))
        self.until(lambda: self.decoded(self.there) == [{"first": 7}], "decoded at the central")

    def test_the_whole_takes_away_what_a_restored_central_does_not_have(self):
        self.begin()
        self.enroll()
        kept = self.codec(self.there, "Kept")
        self.until(lambda: self.names(self.here) == {kept["id"]: "Kept"}, "the first is here")
        folder = self.enterContext(tempfile.TemporaryDirectory(prefix="holdfast-test-"))
        backup = pathlib.Path(folder) / "backup"
        self.assertEqual(run("backup", backup, "--data", self.central.data).returncode, 0)
        lost = self.codec(self.there, "Lost")
        self.until(lambda: lost["id"] in self.names(self.here), "the second is here")
        self.central.stop()
        done = run("restore", backup, "--data", self.central.data)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.central.start()
        self.wire.move(self.central.runtime["http"])
        self.until(lambda: self.names(self.here) == {kept["id"]: "Kept"}, "what it lost is gone", 40)

    def test_what_a_restored_central_lost_and_devices_have_goes_up_with_them(self):
        self.begin()
        self.enroll()
        folder = self.enterContext(tempfile.TemporaryDirectory(prefix="holdfast-test-"))
        backup = pathlib.Path(folder) / "backup"
        self.assertEqual(run("backup", backup, "--data", self.central.data).returncode, 0)
        codec = self.codec(self.there, "First byte")
        profile = self.profile(self.there, "Meters", codec_id=codec["id"])
        self.give(self.there, profile_id=profile["id"])
        self.until(lambda: self.device(self.here)["profile_id"] == profile["id"], "the profile is here")
        self.central.stop()
        self.assertEqual(run("restore", backup, "--data", self.central.data).returncode, 0)
        self.central.start()
        self.wire.move(self.central.runtime["http"])
        self.until(lambda: self.device(self.there)["profile_id"] == profile["id"], "it is there again", 40)
        self.until(lambda: self.names(self.there) == {codec["id"]: "First byte"}, "its codec too")
        self.forwarder.push(rxpk(self.session.uplink(b"\x07\x08")))
        self.until(lambda: self.decoded(self.there) == [{"first": 7}], "decoded at the central")
        self.assertEqual(self.device(self.here)["profile_id"], profile["id"])


class People(SettingsTestCase):
    def test_a_key_of_the_central_works_at_the_gateway_until_it_is_deleted_there(self):
        self.begin()
        self.enroll()
        made = self.there.create_key("devices:read", name="Reader")
        key, token = made["key_id"], made["token"]
        devices = "/api/org/{org}/devices"

        def status(method="GET", path=devices, body=None):
            return self.here.request(method, path, body, token=token).status

        self.until(lambda: status() == 200, "the key works here")
        body = {"name": "No", "dev_eui": "70B3D50000000009", "device_key": KEY}
        self.assertEqual(status("POST", "/api/v2/org/{org}/devices", body), 403)
        # The organization goes by the central's name, too.
        central = devices.replace("{org}", self.there.organization)
        self.assertEqual(self.here.get(central, token=token).status, 200)
        self.assertEqual(self.here.get(devices.replace("{org}", "another"), token=token).status, 403)
        self.assertIn("Reader", [each["name"] for each in self.here.get(KEYS).json["keys"]])
        self.assertEqual(self.here.patch(f"{KEYS}/{key}", {"name": "Mine"}).status, 409)
        self.edge.restart()
        self.forwarder.move(self.edge.lora)
        self.assertEqual(status(), 200)
        self.assertEqual(self.there.delete(f"{KEYS}/{key}").status, 200)
        self.until(lambda: status() == 401, "the key is refused here")
        content = b"".join(
            (self.edge.data / name).read_bytes() for name in ("holdfast.db", "holdfast.db-wal")
        )
        self.assertNotIn(token.encode(), content)

    def test_people_of_the_central_log_in_at_the_gateway_until_they_are_removed(self):
        self.begin()
        self.central.stop()
        for email, role in (("ada@example.com", "admin"), ("bob@example.com", "member")):
            self.assertEqual(add_user(self.central, email, role).returncode, 0)
        self.central.start()
        self.wire.move(self.central.runtime["http"])
        self.enroll()
        self.until(lambda: log_in(self.here, "bob@example.com").status == 200, "bob logs in here")
        token = log_in(self.here, "bob@example.com").json["access_token"]
        users = "/api/org/{org}/users"
        self.assertEqual(self.here.request("GET", users, token=token).status, 403)
        self.assertEqual(log_in(self.here, "bob@example.com", "wrong password").status, 401)
        # Another password ends the sessions that began with the one before.
        ada = log_in(self.here, "ada@example.com").json["access_token"]
        self.assertEqual(self.here.request("GET", users, token=ada).status, 200)
        self.central.stop()
        made = run("user", "password", "--data", self.central.data, "--email", "ada@example.com")
        another = re.search(r"^password +(\S+)$", made.stdout, re.MULTILINE)[1]
        self.central.start()
        self.wire.move(self.central.runtime["http"])
        self.until(lambda: self.here.request("GET", users, token=ada).status == 401, "ada's session ends")
        self.assertEqual(log_in(self.here, "ada@example.com").status, 401)
        found = {each["email"]: each for each in self.there.get(users).json["users"]}
        bob = found["bob@example.com"]["user_id"]
        self.assertEqual(self.there.patch(f"{users}/{bob}", {"role": "admin"}).status, 200)
        self.until(lambda: self.here.request("GET", users, token=token).status == 200, "an administrator")
        self.assertEqual(self.here.delete(f"{users}/{bob}").status, 409)
        self.assertEqual(self.there.delete(f"{users}/{bob}").status, 200)
        self.until(lambda: self.here.request("GET", users, token=token).status == 401, "the session ends")
        self.assertIn(log_in(self.here, "bob@example.com").status, (401, 403))
        self.assertEqual(log_in(self.here, "ada@example.com", another).status, 200)

    def test_without_its_central_a_gateway_keeps_neither_its_keys_nor_its_people(self):
        self.begin()
        self.enroll()
        token = self.there.create_key("devices:read")["token"]
        devices = "/api/org/{org}/devices"
        self.until(lambda: self.here.request("GET", devices, token=token).status == 200, "the key works")
        codec = self.codec(self.there, "Meters")
        self.until(lambda: codec["id"] in self.names(self.here), "the codec is here")
        self.assertEqual(self.here.delete(f"{UPSTREAMS}/{self.upstream()['upstream_id']}").status, 200)
        self.assertEqual(self.here.request("GET", devices, token=token).status, 401)
        # Devices may have it: it is the gateway's own from now on.
        self.assertEqual(self.here.patch(f"{CODECS}/{codec['id']}", {"name": "Mine"}).status, 200)

    def test_the_organization_is_called_here_as_it_is_there(self):
        self.begin()
        self.enroll()
        answer = self.there.patch("/api/org/{org}", {"name": "Dock Works", "timezone": "Europe/Berlin"})
        self.assertEqual(answer.status, 200, answer)

        def shown():
            found = self.here.get("/api/org/{org}").json
            return found.get("organization", found)

        self.until(lambda: shown()["name"] == "Dock Works", "the name is here")
        self.assertEqual(shown()["timezone"], "Europe/Berlin")
        self.assertEqual(self.here.patch("/api/org/{org}", {"name": "Mine"}).status, 409)


class Webhooks(SettingsTestCase):
    def test_a_webhook_for_gateways_is_delivered_by_them_and_not_by_the_central(self):
        self.begin()
        self.enroll()
        with Receiver() as receiver:
            made = self.make(
                self.there, HOOKS, url=receiver.url, name="On site", run_at="gateways", secret="of-the-site"
            )["webhook"]
            path = f"{HOOKS}/{made['webhook_id']}"
            self.assertEqual(made["run_at"], "gateways")
            self.until(lambda: self.here.get(path).status == 200, "the webhook is here")
            payloads = self.send(3)
            self.until_equal()
            self.until(lambda: sorted(receiver.payloads) == sorted(payloads), "delivered by the gateway")
            self.assertEqual({each.headers["HTTP-X-HUBBLE-TOKEN"] for each in receiver.confirmed}, {"of-the-site"})
            self.assertEqual(self.there.get(path).json["total_deliveries"], 0)
            self.assertGreater(self.here.get(path).json["total_deliveries"], 0)
            # From now on the central delivers, what comes from now on.
            self.assertEqual(self.there.patch(path, {"run_at": "here"}).status, 200)
            self.until(lambda: self.here.get(path).status == 404, "gone from the gateway")
            known = len(receiver.payloads)
            later = self.send(2)
            self.until(lambda: sorted(receiver.payloads[known:]) == sorted(later), "delivered by the central")
            self.assertEqual(self.there.get(path).json["dropped_packets"], 0)
            self.assertEqual(self.there.patch(path, {"run_at": "nowhere"}).status, 400)


if __name__ == "__main__":
    unittest.main()
