"""The organization, its people and their sessions."""

import re
import unittest

from devices import KEY
from gateway import UNLIMITED, GatewayTestCase, run
from people import PASSWORD, add_user, log_in, session, stop_and_add

ORG = "/api/org/{org}"
USERS = ORG + "/users"
ADDRESS = ("street", "city", "state", "postal_code", "country")


class Organization(GatewayTestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.share(env=UNLIMITED)

    def setUp(self):
        self.admin = self.server.client()

    def test_every_documented_member_is_there(self):
        organization = self.admin.get(ORG).json["organization"]
        self.assertEqual(organization["id"], self.server.organization)
        for name in ("name", "timezone", "created_at", "plan", "address", "contact"):
            self.assertIn(name, organization)
        for name in ADDRESS:
            self.assertIn(name, organization["address"])
        self.assertEqual(set(organization["contact"]), {"email", "phone"})
        self.assertRegex(organization["created_at"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")

    def test_a_change_is_partial_and_stays(self):
        first = {"street": "123 Main St", "city": "San Francisco", "country": "USA"}
        answer = self.admin.patch(ORG, {"name": "Acme IoT Solutions Inc.", "address": first})
        self.assertEqual(answer.status, 200)
        self.admin.patch(ORG, {"timezone": "America/New_York", "address": {"city": "Oakland"}})
        self.admin.patch(ORG, {"contact": {"email": "ops@example.com", "phone": "+1-555-0100"}})
        self.server.restart()
        organization = self.admin.get(ORG).json["organization"]
        self.assertEqual(organization["name"], "Acme IoT Solutions Inc.")
        self.assertEqual(organization["timezone"], "America/New_York")
        self.assertEqual(organization["address"]["street"], "123 Main St")
        self.assertEqual(organization["address"]["city"], "Oakland")
        self.assertEqual(organization["contact"], {"email": "ops@example.com", "phone": "+1-555-0100"})
        self.admin.patch(ORG, {"address": {"street": None, "city": ""}})
        address = self.admin.get(ORG).json["organization"]["address"]
        self.assertEqual((address["street"], address["city"], address["country"]), (None, None, "USA"))

    def test_the_official_shape_is_served_beside_it(self):
        answer = self.admin.patch(
            "/v1/org/{org}",
            {
                "set_name": "Official",
                "set_timezone": "Europe/Berlin",
                "set_address": {"street_address": "Weg 1", "street_address_line_two": "Hof", "country": 276},
                "set_contact_info": {"phoneNumber": "+4930123456", "email": "o@example.com"},
            },
        )
        self.assertEqual(answer.status, 200)
        flat = answer.json
        self.assertEqual(flat["name"], "Official")
        self.assertEqual(flat["org_id"], self.server.organization)
        self.assertEqual(flat["timezone"], "Europe/Berlin")
        self.assertEqual(flat["address"]["street_address"], "Weg 1")
        self.assertEqual(flat["address"]["street_address_line_two"], "Hof")
        self.assertEqual(flat["address"]["country"], 276)
        self.assertEqual(flat["contact_info"], {"phoneNumber": "+4930123456", "email": "o@example.com"})
        self.assertEqual(self.admin.get(ORG).json["address"]["country"], "DEU")
        self.assertEqual(self.admin.get(ORG, query={"shape": "openapi"}).json["address"]["country"], 276)

    def test_what_is_not_right_is_400_and_changes_nothing(self):
        before = self.admin.get(ORG).json
        for body in (
            {"timezone": "Mars/Olympus"},
            {"timezone": "GMT+3"},
            {"timezone": ""},
            {"name": ""},
            {"name": "x" * 251},
            {"name": "a\u0000b"},
            {"name": 7},
            {"name": "Good", "contact": {"email": "[email protected]"}},
            {"address": {"city": "x" * 101}},
            {"address": {"street": "a\nb"}},
            {"address": "here"},
            {"set_address": {"country": 1}},
            {"set_address": {"country": 1.5}},
            [],
            "nonsense",
        ):
            with self.subTest(body=str(body)[:60]):
                self.assertEqual(self.admin.patch(ORG, body).status, 400)
        self.assertEqual(self.admin.get(ORG).json, before)

    def test_it_takes_the_right_scope(self):
        reader = self.server.client(self.admin.create_key("organization:read")["token"])
        self.assertEqual(reader.get(ORG).status, 200)
        self.assertEqual(reader.patch(ORG, {"name": "Mine"}).status, 403)
        other = self.server.client(self.admin.create_key("devices:read")["token"])
        self.assertEqual(other.get(ORG).status, 403)


class Users(GatewayTestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.share(env=UNLIMITED)
        stop_and_add(cls.server, ("ada@example.com", "admin"), ("Bob@Example.com", "member"))

    def setUp(self):
        self.admin = self.server.client()

    def user(self, email):
        users = self.admin.get(USERS).json["users"]
        return next(user for user in users if user["email"].lower() == email)

    def test_the_list_is_as_documented(self):
        answer = self.admin.get(USERS, query={"per_page": 50}).json
        self.assertEqual((answer["page"], answer["per_page"]), (1, 50))
        self.assertEqual(answer["total_count"], len(answer["users"]))
        bob = self.user("bob@example.com")
        for name in ("user_id", "email", "name", "role", "status", "last_login_at", "created_at"):
            self.assertIn(name, bob)
        self.assertEqual((bob["email"], bob["role"], bob["status"]), ("Bob@Example.com", "member", "active"))
        self.assertRegex(bob["created_at"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")

    def test_pages_count_from_one_and_official_pages_from_zero(self):
        first = self.admin.get(USERS, query={"page": 1, "per_page": 1}).json
        second = self.admin.get(USERS, query={"page": 2, "per_page": 1}).json
        self.assertNotEqual(first["users"], second["users"])
        self.assertEqual(self.admin.get(USERS, query={"page": 3, "per_page": 1}).json["users"], [])
        official = self.admin.get("/v1/org/{org}/users", query={"page_number": 1, "page_size": 1}).json
        self.assertEqual(official["users"][0]["user_id"], second["users"][0]["user_id"])
        self.assertIsInstance(official["users"][0]["created_at"], int)
        self.assertEqual(self.admin.get(USERS, query={"per_page": 1000}).json["per_page"], 100)
        self.assertEqual(self.admin.get(USERS, query={"page_number": 0}).json["per_page"], 10)
        for query in ({"page": 0}, {"page": "x"}, {"per_page": 0}, {"page_number": -1}, {"page_size": 0}):
            self.assertEqual(self.admin.get(USERS, query=query).status, 400, query)

    def test_only_accounts_are_added_and_only_once(self):
        for body, status in (
            ({"email": "nobody@example.com", "role": "member"}, 404),
            ({"email": "BOB@example.com", "role": "member"}, 409),
            ({"email": "[email protected]", "role": "member"}, 400),
            ({"email": "bob@example.com", "role": "owner"}, 400),
            ({"email": "bob@example.com"}, 400),
            ({"role": "member"}, 400),
        ):
            self.assertEqual(self.admin.post(USERS, body).status, status, body)

    def test_names_and_roles_change_in_either_shape(self):
        path = f"{USERS}/{self.user('bob@example.com')['user_id']}"
        answer = self.admin.patch(path, {"name": "Robert Roe"})
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.json["user"]["role"], "member")
        self.assertIn("updated_at", answer.json["user"])
        answer = self.admin.patch(path, {"set_first_name": "Mary Ann", "set_role": "admin"}).json
        self.assertEqual((answer["first_name"], answer["last_name"]), ("Mary Ann", "Roe"))
        self.assertEqual(answer["user"]["name"], "Mary Ann Roe")
        self.assertEqual(answer["role"], "admin")
        self.assertEqual(self.admin.patch(path, {"role": "member"}).json["user"]["role"], "member")
        nameless = {"set_first_name": "", "set_last_name": " "}
        for body in (
            *({"role": "king"}, {"name": ""}, {"name": "a\u0007"}, {"set_last_name": "x" * 251}),
            nameless,
        ):
            self.assertEqual(self.admin.patch(path, body).status, 400, body)

    def test_ids_that_are_nobodys_are_404(self):
        for identifier in ("user-uuid-2", "x", "%00", "a" * 300):
            for status in (
                self.admin.patch(f"{USERS}/{identifier}", {"role": "admin"}).status,
                self.admin.delete(f"{USERS}/{identifier}").status,
            ):
                self.assertEqual(status, 400 if identifier == "%00" else 404)

    def test_the_last_administrator_stays(self):
        path = f"{USERS}/{self.user('ada@example.com')['user_id']}"
        self.assertEqual(self.admin.patch(path, {"role": "member"}).status, 409)
        self.assertEqual(self.admin.delete(path).status, 409)


class Stories(GatewayTestCase):
    def test_role_change_bites_at_once_and_removal_ends_the_session(self):
        gateway = self.gateway(env=UNLIMITED)
        stop_and_add(gateway, ("ada@example.com", "admin"), ("bob@example.com", "admin"))
        ada, bob = session(gateway, "ada@example.com"), session(gateway, "bob@example.com")
        users = {user["email"]: user for user in ada.get(USERS).json["users"]}
        self.assertIsNotNone(users["ada@example.com"]["last_login_at"])
        path = f"{USERS}/{users['bob@example.com']['user_id']}"

        # An administrator's session makes keys, which are the organization's.
        made = bob.create_key("devices:read", name="Made by Bob")
        listed = [key["key_id"] for key in ada.get(ORG + "/key").json["keys"]]
        self.assertIn(made["key_id"], listed)
        self.assertEqual(len(listed), 2)

        self.assertEqual(ada.patch(path, {"role": "member"}).status, 200)
        self.assertEqual(bob.post(ORG + "/key", {"name": "K", "scopes": ["devices:read"]}).status, 403)
        for refused in (USERS, ORG + "/invitations", ORG + "/key", ORG + "/audit_log"):
            self.assertEqual(bob.get(refused).status, 403, refused)
        self.assertEqual(bob.patch(ORG, {"name": "Bob's"}).status, 403)
        self.assertEqual(bob.get(ORG).status, 200)
        bob.register("Bob's tag", dev_eui="0011223344556677", device_key=KEY)
        self.assertEqual(bob.get(ORG + "/packets").status, 200)

        answer = ada.delete(path)
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.json["message"], "User successfully removed")
        self.assertEqual(answer.json["user_id"], users["bob@example.com"]["user_id"])
        self.assertIn(made["key_id"], [key["key_id"] for key in answer.json["organization_keys"]])
        self.assertEqual(bob.get(ORG + "/devices").status, 401)
        self.assertEqual(log_in(bob, "bob@example.com").status, 403)
        self.assertEqual(gateway.client(made["token"]).get(ORG + "/devices").status, 200)
        gateway.restart()
        self.assertEqual(bob.get(ORG + "/devices").status, 401)
        self.assertEqual(ada.get(ORG + "/devices").status, 200)

        # Somebody who has an account is added by its address.
        answer = ada.post(USERS, {"email": "bob@example.com", "role": "member"})
        self.assertEqual(answer.status, 201)
        self.assertEqual(answer.json["user"]["status"], "active")
        self.assertRegex(answer.json["user"]["added_at"], r"Z$")
        self.assertEqual(session(gateway, "bob@example.com").get(ORG + "/devices").status, 200)

    def test_logging_in_and_out(self):
        gateway = self.gateway(env=UNLIMITED)
        stop_and_add(gateway, ("ada@example.com", "admin"))
        client = gateway.client()
        answer = log_in(client, "ADA@example.com", organization_id=gateway.organization)
        self.assertEqual(answer.status, 200)
        body = answer.json
        self.assertEqual((body["token_type"], body["expires_in"], body["role"]), ("Bearer", 43_200, "admin"))
        self.assertEqual(body["organization_id"], gateway.organization)
        self.assertEqual(len(body["access_token"].split(".")), 3)
        client.token = body["access_token"]
        self.assertIs(client.get(ORG + "/check").json["valid"], True)
        self.assertEqual(log_in(client, "ada@example.com", organization_id="other").status, 403)
        self.assertEqual(client.post("/api/v1/auth/logout", {}).status, 200)
        self.assertEqual(client.get(ORG + "/check").status, 401)
        self.assertEqual(client.post("/api/v1/auth/logout", {}).status, 401)
        self.assertEqual(gateway.client().post("/api/v1/auth/logout", {}).status, 400)

    def test_too_many_failures_are_429_with_retry_after(self):
        gateway = self.gateway(env=UNLIMITED)
        stop_and_add(gateway, ("ada@example.com", "admin"))
        client = gateway.client()
        for body in ({}, {"email": "ada@example.com"}, {"email": "x", "password": PASSWORD}, [], "x"):
            self.assertEqual(client.post("/api/v1/auth/login", body, token=None).status, 400, body)
        errors = set()
        for number in range(10):
            email = "ada@example.com" if number % 2 else f"nobody{number}@example.com"
            answer = log_in(client, email, "wrong password")
            self.assertEqual(answer.status, 401)
            errors.add(answer.error)
        self.assertEqual(len(errors), 1)
        answer = log_in(client, "ada@example.com")
        self.assertEqual(answer.status, 429)
        self.assertTrue(1 <= int(answer.headers["Retry-After"]) <= 60)
        self.assertEqual(answer.json["retry_after"], int(answer.headers["Retry-After"]))
        failed = gateway.client().get(ORG + "/audit_log").json["entries"]
        self.assertEqual(sum(entry["action"] == "login.failed" for entry in failed), 5)


class CommandLine(GatewayTestCase):
    def test_people_are_added_and_listed_while_the_gateway_is_stopped(self):
        gateway = self.gateway(env=UNLIMITED)
        refused = add_user(gateway, "ada@example.com")
        self.assertEqual(refused.returncode, 78)
        self.assertIn("in use", refused.stderr)
        gateway.stop()
        self.assertEqual(add_user(gateway, "ada@example.com").returncode, 0)
        for email, role, password, words in (
            ("ada@example.com", "admin", PASSWORD, "already"),
            ("no address", "admin", PASSWORD, "email"),
            ("bob@example.com", "king", PASSWORD, "role"),
            ("bob@example.com", "member", "short", "password"),
        ):
            done = add_user(gateway, email, role, password=password)
            self.assertEqual(done.returncode, 78, done)
            self.assertIn(words, done.stderr)
            self.assertEqual(len(done.stderr.splitlines()), 1)
        made = run("user", "add", "--data", gateway.data, "--email", "eve@example.com", "--name", "Eve")
        password = re.search(r"^password +(\S+)$", made.stdout, re.MULTILINE)[1]
        listed = run("user", "list", "--data", gateway.data).stdout.splitlines()
        self.assertEqual([line.split()[2:4] for line in listed][0], ["admin", "ada@example.com"])
        self.assertEqual(len(listed), 2)
        gateway.start()
        eve = session(gateway, "eve@example.com", password)
        self.assertEqual(eve.get(USERS).status, 200)

        # Somebody forgot it: another one, and what was open is closed.
        gateway.stop()
        command = ("user", "password", "--data", gateway.data, "--email")
        made = run(*command, "EVE@example.com")
        another = re.search(r"^password +(\S+)$", made.stdout, re.MULTILINE)[1]
        self.assertEqual(run(*command, "nobody@example.com").returncode, 78)
        gateway.start()
        self.assertEqual(eve.get(USERS).status, 401)
        self.assertEqual(log_in(eve, "eve@example.com", password).status, 401)
        eve = session(gateway, "eve@example.com", another)
        self.assertEqual(eve.get(ORG + "/audit_log").json["entries"][2]["action"], "user.password")


if __name__ == "__main__":
    unittest.main()
