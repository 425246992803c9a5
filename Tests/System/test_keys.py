"""API keys: creating, listing, changing, revoking, and what each may do."""

import base64
import datetime
import json
import time
import unittest
import uuid

from gateway import UNLIMITED, GatewayTestCase

KEY = "/api/org/{org}/key"
ALL_SCOPES = [
    "api_keys:read",
    "api_keys:write",
    "devices:read",
    "devices:write",
    "packets:read",
    "webhooks:read",
    "webhooks:write",
    "users:read",
    "users:write",
    "invitations:read",
    "invitations:write",
    "organization:read",
    "organization:write",
    "metrics:read",
    "billing:read",
]


class KeyTestCase(GatewayTestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.share(env=UNLIMITED)

    def setUp(self):
        self.admin = self.server.client()

    def with_scopes(self, *scopes):
        made = self.admin.create_key(*scopes)
        return self.server.client(made["token"]), made


class Check(KeyTestCase):
    def test_check_tells_scopes_organization_and_expiry(self):
        client, _ = self.with_scopes("devices:read", "packets:read")
        answer = client.get("/api/org/{org}/check").json
        self.assertIs(answer["valid"], True)
        self.assertEqual(answer["scopes"], ["devices:read", "packets:read"])
        self.assertEqual(answer["organization_id"], self.server.organization)
        self.assertIsNone(answer["expires_at"])

    def test_tokens_are_hs256_json_web_tokens(self):
        header = self.admin.token.split(".")[0]
        self.assertEqual(json.loads(base64.urlsafe_b64decode(header + "==")), {"alg": "HS256", "typ": "JWT"})

    def test_credentials_that_are_none_are_401(self):
        good = self.admin.token
        head, body, signature = good.split(".")
        none = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').decode().rstrip("=")
        flipped = ("A" if signature[0] != "A" else "B") + signature[1:]
        for authorization in (
            None,
            "",
            "Bearer",
            "Bearer ",
            "Bearer x",
            "Basic " + good,
            good,
            f"Bearer {head}.{body}.",
            f"Bearer {head}.{body}",
            f"Bearer {head}.{body}.{flipped}",
            f"Bearer {none}.{body}.",
            f"Bearer {good}x",
            f"Bearer {good} {good}",
            f"Bearer {good[:-1]}",
            f"Bearer dh_live_{'a' * 32}",
            "Bearer " + "a" * 20_000,
            "Bearer ..",
        ):
            with self.subTest(authorization=str(authorization)[:60]):
                headers = {} if authorization is None else {"Authorization": authorization}
                answer = self.admin.get("/api/org/{org}/check", headers=headers, token=None)
                self.assertEqual(answer.status, 401)
                self.assertEqual(answer.headers["WWW-Authenticate"], "Bearer")

    def test_the_scheme_is_case_insensitive_and_an_api_key_header_does_too(self):
        for headers in (
            {"Authorization": "bearer " + self.admin.token},
            {"X-API-Key": self.admin.token},
            {"X-API-Key": "nonsense", "Authorization": "Bearer " + self.admin.token},
        ):
            self.assertEqual(self.admin.get("/api/org/{org}/check", headers=headers, token=None).status, 200)

    def test_another_organization_in_the_path_is_403(self):
        for path in ("check", "key", "devices", "packets", "key_scopes"):
            for organization in (str(uuid.uuid4()), "x", "..", "a" * 500):
                answer = self.admin.get(f"/api/org/{organization}/{path}")
                self.assertIn(answer.status, (403, 404) if organization == ".." else (403,), answer)

    def test_a_key_of_another_gateway_is_401(self):
        stranger = self.gateway().client()
        self.assertEqual(self.admin.get("/api/org/{org}/check", token=stranger.token).status, 401)

    def test_the_official_alias_serves_the_same(self):
        for path in ("check", "key", "key_scopes", "devices", "packets"):
            self.assertEqual(self.admin.get(f"/v1/org/{{org}}/{path}").status, 200)


class Creation(KeyTestCase):
    def test_a_key_is_created_as_documented(self):
        answer = self.admin.post(
            KEY, {"name": "Production Server", "scopes": ["devices:read", "packets:read"]}
        )
        self.assertEqual(answer.status, 201)
        made = answer.json
        uuid.UUID(made["key_id"])
        self.assertEqual(made["name"], "Production Server")
        self.assertEqual(made["scopes"], ["devices:read", "packets:read"])
        self.assertRegex(made["created_at"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertEqual(self.admin.get("/api/org/{org}/check", token=made["token"]).status, 200)

    def test_the_official_shape_is_answered_in_its_own(self):
        answer = self.admin.post(KEY, {"name": "CI", "scopes": ["read-devices"], "expires_at_seconds": 0})
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.json["key_name"], "CI")
        self.assertEqual(answer.json["expires_at_seconds"], 0)
        client = self.server.client(answer.json["key"])
        self.assertEqual(client.get("/api/org/{org}/devices").status, 200)
        self.assertEqual(client.get("/api/org/{org}/packets").status, 403)
        self.assertIsInstance(
            self.admin.post("/v1/org/{org}/key", {"name": "n", "scopes": ["read-devices"]}).json[
                "created_at"
            ],
            int,
        )

    def test_the_official_shape_without_scopes_gives_all_of_the_callers(self):
        client, _ = self.with_scopes("api_keys:write", "devices:read")
        answer = client.post(KEY, {})
        self.assertEqual(answer.status, 200)
        self.assertEqual(sorted(answer.json["scopes"]), ["api_keys:write", "devices:read"])

    def test_bodies_that_are_not_a_key_are_400_with_a_reason(self):
        for body in (
            {"name": "n"},
            {"scopes": ["devices:read"]},
            {"name": "n", "scopes": ["devices:fly"]},
            {"name": "n", "scopes": []},
            {"name": "n", "scopes": ["devices:read", ""]},
            {"name": "", "scopes": ["devices:read"]},
            {"name": "   ", "scopes": ["devices:read"]},
            {"name": "a\nb", "scopes": ["devices:read"]},
            {"name": "x" * 10_000, "scopes": ["devices:read"]},
            {"name": 5, "scopes": ["devices:read"]},
            {"name": "n", "scopes": "devices:read"},
            {"name": "n", "scopes": [1]},
            {"name": "n", "scopes": {"a": 1}},
            {"name": "n", "scopes": ["devices:read"], "expires_at": "yesterday"},
            {"name": "n", "scopes": ["devices:read"], "expires_at": "2001-01-01T00:00:00Z"},
            {"name": "n", "scopes": ["devices:read"], "expires_at_seconds": -1},
            {"name": "n", "scopes": ["devices:read"], "expires_at_seconds": 10**18},
            {"name": "n", "scopes": ["devices:read"], "expires_at_seconds": "soon"},
            {"name": "n", "scopes": ["devices:read"], "metadata": [1]},
            {"name": "n", "scopes": ["devices:read"] * 1_000},
            [],
            "text",
            7,
            None,
            True,
        ):
            with self.subTest(body=str(body)[:80]):
                answer = self.admin.post(KEY, json.dumps(body))
                self.assertEqual(answer.status, 400, answer)
                self.assertTrue(answer.error)

    def test_an_unknown_member_of_a_body_is_ignored(self):
        answer = self.admin.post(
            KEY, {"name": "n", "scopes": ["devices:read"], "colour": {"deep": [1, None]}}
        )
        self.assertEqual(answer.status, 201)

    def test_nobody_grants_more_than_they_have(self):
        client, _ = self.with_scopes("api_keys:read", "api_keys:write", "devices:read")
        for scope in ("devices:write", "packets:read", "write-devices"):
            answer = client.post(KEY, {"name": "n", "scopes": ["devices:read", scope]})
            self.assertEqual(answer.status, 403, answer)
        self.assertEqual(client.post(KEY, {"name": "n", "scopes": ["devices:read"]}).status, 201)

    def test_without_the_scope_keys_are_neither_read_nor_written(self):
        reader, _ = self.with_scopes("api_keys:read")
        self.assertEqual(reader.get(KEY).status, 200)
        self.assertEqual(reader.post(KEY, {"name": "n", "scopes": ["api_keys:read"]}).status, 403)
        writer, made = self.with_scopes("api_keys:write")
        self.assertEqual(writer.get(KEY).status, 403)
        self.assertEqual(writer.patch(f"{KEY}/{made['key_id']}", {"name": "mine"}).status, 200)
        self.assertEqual(reader.patch(f"{KEY}/{made['key_id']}", {"name": "no"}).status, 403)
        self.assertEqual(reader.delete(f"{KEY}/{made['key_id']}").status, 403)

    def test_a_key_with_an_expiry_ends_then(self):
        moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=2)
        made = self.admin.post(
            KEY, {"name": "brief", "scopes": ["devices:read"], "expires_at": moment.isoformat()}
        ).json
        client = self.server.client(made["token"])
        self.assertEqual(client.get("/api/org/{org}/check").status, 200)
        self.assertEqual(client.get("/api/org/{org}/check").json["expires_at"][:19], moment.isoformat()[:19])
        time.sleep(max(0, moment.timestamp() - time.time()) + 0.1)
        self.assertEqual(client.get("/api/org/{org}/check").status, 401)


class Scopes(KeyTestCase):
    def test_the_catalogue_has_all_documented_scopes_and_texts(self):
        scopes = self.admin.get("/api/org/{org}/key_scopes").json["scopes"]
        texts = {item["scope"]: item["description"] for item in scopes}
        self.assertLessEqual(set(ALL_SCOPES), set(texts))
        self.assertEqual(texts["devices:read"], "View device information and list devices")
        self.assertEqual(texts["devices:write"], "Register, update, and delete devices")
        self.assertEqual(texts["packets:read"], "Query and stream packet data")
        for item in scopes:
            self.assertTrue(item["scope_id"] and item["display_name"])

    def test_every_scope_of_the_catalogue_can_be_granted_in_both_spellings(self):
        for item in self.admin.get("/api/org/{org}/key_scopes").json["scopes"]:
            for name in (item["scope"], item["scope_id"]):
                answer = self.admin.post(KEY, {"name": "n", "scopes": [name]})
                self.assertIn(answer.status, (200, 201), answer)
                self.assertEqual(answer.json["scopes"], [name])

    def test_each_route_needs_its_own_scope(self):
        needs = {
            ("GET", "/api/org/{org}/devices"): "devices:read",
            ("GET", "/api/org/{org}/devices/none"): "devices:read",
            ("POST", "/api/v2/org/{org}/devices"): "devices:write",
            ("PATCH", "/api/org/{org}/devices/none"): "devices:write",
            ("PATCH", "/api/org/{org}/devices"): "devices:write",
            ("DELETE", "/api/org/{org}/devices/none"): "devices:write",
            ("DELETE", "/api/org/{org}/devices"): "devices:write",
            ("GET", "/api/org/{org}/packets"): "packets:read",
            ("GET", "/api/org/{org}/key"): "api_keys:read",
            ("POST", "/api/org/{org}/key"): "api_keys:write",
        }
        for scope in sorted(set(needs.values())):
            client, _ = self.with_scopes(scope)
            for (method, path), needed in needs.items():
                with self.subTest(scope=scope, method=method, path=path):
                    body = "{}" if method in ("POST", "PATCH") else None
                    status = client.request(method, path, body).status
                    self.assertEqual(status == 403, needed != scope, status)
            # Every key may ask what it is.
            self.assertEqual(client.get("/api/org/{org}/check").status, 200)


class Life(KeyTestCase):
    def test_the_list_has_no_tokens_and_says_when_a_key_was_used(self):
        client, made = self.with_scopes("devices:read")
        find = lambda: next(
            key for key in self.admin.get(KEY).json["keys"] if key["key_id"] == made["key_id"]
        )
        self.assertIsNone(find()["last_used_at"])
        client.get("/api/org/{org}/devices")
        self.assertRegex(find()["last_used_at"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        body = self.admin.get(KEY).body.decode()
        self.assertNotIn(made["token"], body)
        self.assertNotIn("eyJ", body)

    def test_a_renamed_key_keeps_its_scopes(self):
        _, made = self.with_scopes("devices:read")
        answer = self.admin.patch(f"{KEY}/{made['key_id']}", {"name": "Renamed Production Key"})
        self.assertEqual(answer.status, 200)
        self.assertEqual(
            (answer.json["name"], answer.json["scopes"]), ("Renamed Production Key", ["devices:read"])
        )
        self.assertEqual(answer.json["key_id"], made["key_id"])
        self.assertIn("updated_at", answer.json)
        self.assertNotIn("token", answer.json)

    def test_scopes_do_not_change_by_their_own_name(self):
        _, made = self.with_scopes("devices:read")
        answer = self.admin.patch(f"{KEY}/{made['key_id']}", {"scopes": ["devices:write"]})
        self.assertEqual(answer.status, 400)

    def test_the_official_shape_changes_name_scopes_and_expiry_at_once(self):
        client, made = self.with_scopes("devices:read")
        self.assertEqual(client.get("/api/org/{org}/packets").status, 403)
        answer = self.admin.patch(
            f"{KEY}/{made['key_id']}",
            {"set_name": "n2", "set_scopes": ["packets:read"], "set_expires_at_seconds": 4_000_000_000},
        )
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.json["expires_at_seconds"], 4_000_000_000)
        self.assertEqual(client.get("/api/org/{org}/packets").status, 200)
        self.assertEqual(client.get("/api/org/{org}/devices").status, 403)

    def test_a_deleted_key_is_401_at_once_and_gone_from_the_list(self):
        client, made = self.with_scopes("devices:read")
        self.assertEqual(client.get("/api/org/{org}/devices").status, 200)
        answer = self.admin.delete(f"{KEY}/{made['key_id']}")
        self.assertEqual(
            (answer.status, answer.json),
            (200, {"message": "API key successfully deleted", "key_id": made["key_id"]}),
        )
        self.assertEqual(client.get("/api/org/{org}/devices").status, 401)
        self.assertNotIn(made["key_id"], [key["key_id"] for key in self.admin.get(KEY).json["keys"]])
        self.assertEqual(self.admin.delete(f"{KEY}/{made['key_id']}").status, 404)
        self.assertEqual(self.admin.patch(f"{KEY}/{made['key_id']}", {"name": "n"}).status, 404)

    def test_a_key_may_delete_itself(self):
        client, made = self.with_scopes("api_keys:write")
        self.assertEqual(client.delete(f"{KEY}/{made['key_id']}").status, 200)
        self.assertEqual(client.get("/api/org/{org}/check").status, 401)

    def test_keys_that_do_not_exist_are_404(self):
        for identifier in (str(uuid.uuid4()), "550e8400", "a" * 1_000, "..%2F..", "%F0%9F%94%91"):
            with self.subTest(identifier=identifier[:20]):
                self.assertEqual(self.admin.delete(f"{KEY}/{identifier}").status, 404)
                self.assertEqual(self.admin.patch(f"{KEY}/{identifier}", {"name": "n"}).status, 404)

    def test_the_last_administrators_key_stays(self):
        gateway = self.gateway()
        admin = gateway.client()
        mine = admin.get(KEY).json["keys"][0]["key_id"]
        self.assertEqual(admin.delete(f"{KEY}/{mine}").status, 409)
        self.assertEqual(admin.patch(f"{KEY}/{mine}", {"set_scopes": ["api_keys:write"]}).status, 409)
        other = admin.post(KEY, {}).json
        self.assertEqual(admin.delete(f"{KEY}/{mine}").status, 200)
        self.assertEqual(admin.get("/api/org/{org}/check").status, 401)
        heir = gateway.client(other["key"])
        self.assertEqual(heir.delete(f"{KEY}/{other['key_id']}").status, 409)

    def test_an_expired_administrators_key_does_not_count_as_one(self):
        gateway = self.gateway()
        admin = gateway.client()
        mine = admin.get(KEY).json["keys"][0]["key_id"]
        brief = int(time.time()) + 2
        other = admin.post(KEY, {"expires_at_seconds": brief})
        self.assertEqual(other.status, 200)
        time.sleep(max(0, brief - time.time()) + 0.1)
        self.assertEqual(admin.delete(f"{KEY}/{mine}").status, 409, "nobody is left who can administer")

    def test_the_last_administrators_key_is_not_given_an_end(self):
        gateway = self.gateway()
        admin = gateway.client()
        mine = admin.get(KEY).json["keys"][0]["key_id"]
        soon = int(time.time()) + 2
        self.assertEqual(
            admin.patch(f"{KEY}/{mine}", {"set_expires_at_seconds": soon}).status,
            409,
            "the last administrator locked itself out",
        )

    def test_keys_live_and_stay_revoked_over_a_restart(self):
        gateway = self.gateway()
        admin = gateway.client()
        kept, gone = admin.create_key("devices:read"), admin.create_key("devices:read")
        admin.delete(f"{KEY}/{gone['key_id']}")
        gateway.restart()
        self.assertEqual(admin.get("/api/org/{org}/devices", token=kept["token"]).status, 200)
        self.assertEqual(admin.get("/api/org/{org}/devices", token=gone["token"]).status, 401)
        gateway.kill()
        gateway.start()
        self.assertEqual(admin.get("/api/org/{org}/devices", token=kept["token"]).status, 200)
        self.assertEqual(admin.get("/api/org/{org}/devices", token=gone["token"]).status, 401)

    def test_last_used_at_is_kept_over_a_clean_restart(self):
        gateway = self.gateway()
        admin = gateway.client()
        made = admin.create_key("devices:read")
        admin.get("/api/org/{org}/devices", token=made["token"])
        find = lambda: next(key for key in admin.get(KEY).json["keys"] if key["key_id"] == made["key_id"])[
            "last_used_at"
        ]
        before = find()
        gateway.restart()
        self.assertEqual(find(), before)


if __name__ == "__main__":
    unittest.main()
