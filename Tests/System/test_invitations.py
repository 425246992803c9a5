"""Invitations: sending, listing, revoking, and what becomes of who accepts."""

import unittest
import urllib.parse

from gateway import UNLIMITED, GatewayTestCase
from people import PASSWORD, log_in, session, stop_and_add

ORG = "/api/org/{org}"
INVITATIONS = ORG + "/invitations"
ACCEPT = "/api/invitations/accept"


def token_of(answer):
    """The secret in the link of an invitation that was just made."""
    url = urllib.parse.urlsplit(answer.json["invitation"]["accept_url"])
    return urllib.parse.parse_qs(url.query)["token"][0]


class InvitationTestCase(GatewayTestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.share(env=UNLIMITED)

    def setUp(self):
        self.admin = self.server.client()

    def invite(self, email, **members):
        answer = self.admin.post(INVITATIONS, {"email": email, "role": "member", **members})
        self.assertEqual(answer.status, 201, answer)
        return answer

    def pending(self):
        return [one["email"] for one in self.admin.get(INVITATIONS).json["invitations"]]


class Sending(InvitationTestCase):
    def test_an_invitation_is_as_documented(self):
        answer = self.invite("shape@example.com", message="Join our IoT platform team!")
        made = answer.json["invitation"]
        self.assertEqual((made["email"], made["role"]), ("shape@example.com", "member"))
        self.assertEqual(made["status"], "pending")
        self.assertRegex(made["expires_at"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        page = self.server.runtime["http"] + "/invitations/accept?token="
        self.assertTrue(made["accept_url"].startswith(page), made)
        self.assertGreaterEqual(len(token_of(answer)), 43)
        listed = next(
            one for one in self.admin.get(INVITATIONS).json["invitations"] if one["email"] == made["email"]
        )
        for name in ("invitation_id", "email", "role", "status", "invited_by", "created_at", "expires_at"):
            self.assertEqual(listed[name], made[name])
        self.assertEqual(listed["message"], "Join our IoT platform team!")
        self.assertEqual(listed["mail_status"], "queued, no SMTP server is configured")
        self.assertNotIn("accept_url", listed)

    def test_the_official_shape(self):
        answer = self.admin.post(
            "/v1/org/{org}/invitations", {"invitee_email": "official@example.com", "role": "member"}
        )
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.json["invitee_email"], "official@example.com")
        self.assertEqual(answer.json["expires_at"] - answer.json["created_at"], 7 * 86_400)
        page = self.admin.get("/v1/org/{org}/invitations", query={"page_number": 0, "page_size": 1}).json
        self.assertEqual(len(page["invites"]), 1)
        self.assertEqual(page["total_invites"], len(self.pending()))
        for body, status in (
            ({"invitee_email": "official@example.com"}, 200),
            ({"invitee_email": "official@example.com"}, 404),
            ({}, 400),
        ):
            answer = self.admin.request("DELETE", "/v1/org/{org}/invitations", body)
            self.assertEqual(answer.status, status)
        self.assertNotIn("official@example.com", self.pending())

    def test_one_address_has_one(self):
        self.invite("once@example.com")
        again = self.admin.post(INVITATIONS, {"email": "ONCE@example.com", "role": "admin"})
        self.assertEqual(again.status, 409)

    def test_revoking(self):
        made = self.invite("revoked@example.com")
        identifier = made.json["invitation"]["invitation_id"]
        answer = self.admin.delete(f"{INVITATIONS}/{identifier}")
        self.assertEqual(answer.status, 200)
        self.assertEqual(
            answer.json, {"message": "Invitation successfully revoked", "invitation_id": identifier}
        )
        self.assertEqual(self.admin.delete(f"{INVITATIONS}/{identifier}").status, 404)
        self.assertEqual(self.admin.delete(f"{INVITATIONS}/invite-uuid-1").status, 404)
        self.assertNotIn("revoked@example.com", self.pending())
        body = {"token": token_of(made), "name": "R", "password": PASSWORD}
        self.assertEqual(self.admin.post(ACCEPT, body, token=None).status, 404)

    def test_what_is_not_right_is_400(self):
        for body in (
            {},
            {"email": "a@example.com"},
            {"role": "member"},
            {"email": "[email protected]", "role": "member"},
            {"email": "a@example.com", "role": "owner"},
            {"email": "a@example.com", "role": "member", "message": "x" * 1_001},
            {"email": "a@example.com", "role": "member", "message": "a\u0000b"},
            {"email": "a" * 250 + "@example.com", "role": "member"},
            {"email": 7, "role": "member"},
            [],
        ):
            with self.subTest(body=str(body)[:60]):
                self.assertEqual(self.admin.post(INVITATIONS, body).status, 400)

    def test_it_takes_the_right_scope(self):
        reader = self.server.client(self.admin.create_key("invitations:read")["token"])
        self.assertEqual(reader.get(INVITATIONS).status, 200)
        body = {"email": "no@example.com", "role": "member"}
        self.assertEqual(reader.post(INVITATIONS, body).status, 403)
        clerk = self.server.client(self.admin.create_key("invitations:write")["token"])
        self.assertEqual(clerk.post(INVITATIONS, {**body, "role": "admin"}).status, 403)
        self.assertEqual(clerk.post(INVITATIONS, body).status, 201)


class Accepting(InvitationTestCase):
    def test_the_page_needs_nothing_from_elsewhere(self):
        answer = self.admin.get("/invitations/accept", query={"token": "x"}, token=None)
        self.assertEqual(answer.status, 200)
        self.assertTrue(answer.headers["Content-Type"].startswith("text/html"))
        self.assertIn("default-src 'none'", answer.headers["Content-Security-Policy"])
        page = answer.body.decode()
        for wanted in ("viewport", "prefers-color-scheme: dark", ACCEPT):
            self.assertIn(wanted, page)
        for foreign in ("src=", "href=", "http:", "https:", "@import", "url("):
            self.assertNotIn(foreign, page)

    def test_bad_ones(self):
        made = self.invite("careful@example.com")
        good = {"token": token_of(made), "name": "Care", "password": PASSWORD}
        for change, status in (
            ({"password": "short"}, 400),
            ({"password": "x" * 257}, 400),
            ({"name": ""}, 400),
            ({"name": "a\nb"}, 400),
            ({"token": "nonsense"}, 404),
            ({"token": "a" * 5_000}, 404),
            ({"token": ""}, 404),
            ({"token": None}, 400),
        ):
            with self.subTest(change=str(change)[:40]):
                self.assertEqual(self.admin.post(ACCEPT, {**good, **change}, token=None).status, status)
        self.assertIn("careful@example.com", self.pending())


class Stories(GatewayTestCase):
    def test_from_the_first_person_to_the_member(self):
        gateway = self.gateway(env=UNLIMITED)
        stop_and_add(gateway, ("ada@example.com", "admin"))
        ada = session(gateway, "ada@example.com")
        me = ada.get(ORG + "/users").json["users"][0]
        made = ada.post(INVITATIONS, {"email": "New@example.com", "role": "member", "message": "Hi"})
        self.assertEqual(made.status, 201)
        self.assertEqual(made.json["invitation"]["invited_by"], me["user_id"])
        self.assertEqual(made.json["inviter_email"], "ada@example.com")

        # The link works after a restart, once.
        gateway.restart()
        body = {"token": token_of(made), "name": "New Person", "password": "a good password"}
        answer = ada.post(ACCEPT, body, token=None)
        self.assertEqual(answer.status, 201)
        self.assertEqual(answer.json["organization_id"], gateway.organization)
        self.assertEqual(answer.json["user"]["email"], "New@example.com")
        self.assertEqual(answer.json["user"]["role"], "member")
        self.assertEqual(ada.post(ACCEPT, body, token=None).status, 404)
        self.assertEqual(ada.get(INVITATIONS).json["invitations"], [])

        self.assertEqual(log_in(ada, "new@example.com", "another password").status, 401)
        new = session(gateway, "new@example.com", "a good password")
        self.assertEqual(new.get(ORG + "/devices").status, 200)
        self.assertEqual(new.get(ORG + "/users").status, 403)
        self.assertEqual(new.post(INVITATIONS, {"email": "x@example.com", "role": "member"}).status, 403)

        # Somebody who has an account already says its password.
        identifier = answer.json["user"]["user_id"]
        self.assertEqual(ada.delete(f"{ORG}/users/{identifier}").status, 200)
        again = ada.post(INVITATIONS, {"email": "new@example.com", "role": "admin"})
        body = {"token": token_of(again), "password": "not the password"}
        self.assertEqual(ada.post(ACCEPT, body, token=None).status, 401)
        answer = ada.post(ACCEPT, {**body, "password": "a good password"}, token=None)
        self.assertEqual(answer.status, 201)
        self.assertEqual(answer.json["user"]["user_id"], identifier)
        self.assertEqual(answer.json["user"]["role"], "admin")

        actions = [entry["action"] for entry in ada.get(ORG + "/audit_log").json["entries"]]
        for action in ("login", "invitation.create", "invitation.accept", "user.remove", "login.failed"):
            self.assertIn(action, actions)
        # No secret of anybody is in the log of the gateway or in its files.
        for secret in (token_of(made), token_of(again), "a good password", new.token, ada.token):
            self.assertNotIn(secret, gateway.log())
            for path in gateway.data.glob("*.db*"):
                self.assertNotIn(secret.encode(), path.read_bytes(), path.name)


if __name__ == "__main__":
    unittest.main()
