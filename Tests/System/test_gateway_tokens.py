"""The gateway API's registration, tokens and signs of life."""

import contextlib
import sqlite3
import unittest

from gateway import run
from uploads import GATEWAYS, PACKETS, Uploader, UploadTestCase, sighting


class Tokens(UploadTestCase):
    def test_registration_is_stable_and_tells_how_to_upload(self):
        uploader = self.uploader(device_id="machine-1")
        first = uploader.gateway_id
        answer = uploader.register(expected=200)
        self.assertEqual(answer["gatewayId"], first)
        self.assertGreater(answer["expiresInSeconds"], 60)
        self.assertEqual(answer["config"]["uploadBatchSize"], 500)
        self.assertTrue(
            answer["deviceToken"].startswith("hgd_") and answer["refreshToken"].startswith("hgr_")
        )
        self.server.restart()
        self.assertEqual(uploader.register(expected=200)["gatewayId"], first)

    def test_wrong_sdk_keys_are_refused(self):
        for key in ("", "hsk_wrong", self.client.token, "x" * 5_000):
            stranger = Uploader(self.server.runtime["http"], key)
            self.server.clients.append(stranger)
            answer = stranger.request("PUT", GATEWAYS, stranger.description(), headers={"X-Sdk-Key": key})
            self.assertEqual((answer.status, answer.json["code"]), (401, "invalid_sdk_key"))

    def test_unknown_foreign_and_missing_tokens_are_token_expired(self):
        uploader, other = self.uploader(), self.uploader()
        frame = sighting(self.seal(b"x", 1))
        for token in (
            None,
            "hgd_wrong",
            other.token,
            self.client.token,
            uploader.refresh_token,
            self.sdk_key,
        ):
            answer = uploader.upload(frame, token=token)
            self.assertEqual((answer.status, answer.json["code"]), (401, "token_expired"), token)
        self.assertEqual(self.client.packets(), [])

    def test_device_tokens_and_sdk_keys_are_good_for_nothing_else(self):
        uploader = self.uploader()
        for token in (uploader.token, uploader.refresh_token, self.sdk_key):
            self.assertEqual(self.client.get(PACKETS, token=token).status, 401)

    def test_refreshing_rotates_and_the_used_token_has_a_grace(self):
        uploader = self.uploader()
        first = uploader.refresh_token
        answer = uploader.refresh()
        self.assertEqual(answer.status, 200)
        self.assertNotEqual(answer.json["refreshToken"], first)
        # The answer was lost, twice: the client sends what it has.
        uploader.refresh(first)
        uploader.take(uploader.refresh(first).json)
        self.assertEqual(uploader.upload(sighting(self.seal(b"x", 1))).status, 202)
        self.assertEqual(uploader.refresh(answer.json["refreshToken"]).json["code"], "invalid_refresh_token")
        self.server.kill()
        self.server.start()
        self.assertEqual(uploader.refresh().status, 200)
        for wrong in ("", "hgr_x", uploader.token):
            refused = uploader.refresh(wrong or "none")
            self.assertEqual((refused.status, refused.json["code"]), (401, "invalid_refresh_token"))

    def test_a_revoked_sdk_key_takes_the_tokens_with_it(self):
        uploader = self.uploader()
        answer = self.client.delete(f"/api/org/{{org}}/sdk_keys/{self.sdk_key_id}")
        self.assertEqual(answer.status, 200)
        self.assertEqual(uploader.upload(sighting(self.seal(b"x", 1))).json["code"], "token_expired")
        self.assertEqual(uploader.refresh().status, 401)
        answer = uploader.request(
            "PUT", GATEWAYS, uploader.description(), headers={"X-Sdk-Key": self.sdk_key}
        )
        self.assertEqual(answer.status, 401)
        self.server.restart()
        self.assertEqual(uploader.upload(sighting(self.seal(b"x", 1))).status, 401)
        self.assertEqual(self.client.get("/api/org/{org}/sdk_keys").json["sdk_keys"], [])
        self.assertEqual(self.client.delete("/api/org/{org}/sdk_keys/unknown").status, 404)

    def test_a_heartbeat_keeps_a_gateway_online_and_tells_its_state(self):
        uploader = self.uploader()
        answer = uploader.request("PUT", uploader.path(), uploader.description(bleAdapterState="on"))
        self.assertEqual((answer.status, answer.json["gatewayId"]), (200, uploader.gateway_id))
        self.server.restart()
        (listed,) = self.client.get("/api/org/{org}/gateways").json["gateways"]
        self.assertIs(listed["online"], True)
        self.assertEqual((listed["ble_adapter_state"], listed["device_id"]), ("on", uploader.device_id))
        with contextlib.closing(sqlite3.connect(self.server.data / "holdfast.db")) as database:
            stored = "".join(map(str, database.execute("SELECT * FROM uploadingGateway").fetchone()))
        for secret in (uploader.token, uploader.refresh_token, self.sdk_key):
            self.assertNotIn(secret, stored)

    def test_sdk_keys_are_made_listed_and_revoked_at_the_machine(self):
        self.server.stop()
        made = run("key", "create", "--sdk", "By hand", "--data", self.server.data)
        token = made.stdout.split()[-1]
        listed = run("key", "list", "--data", self.server.data).stdout
        (line,) = [line for line in listed.splitlines() if "By hand" in line]
        self.server.start()
        uploader = Uploader(self.server.runtime["http"], token)
        self.server.clients.append(uploader)
        uploader.register()
        self.server.stop()
        self.assertEqual(run("key", "revoke", line.split()[0], "--data", self.server.data).returncode, 0)
        self.server.start()
        self.assertEqual(uploader.upload(sighting(self.seal(b"x", 1))).status, 401)


if __name__ == "__main__":
    unittest.main()
