"""Billing on the spawned binary: usage, a month that becomes an invoice, its PDF, paying it at the machine.

A month is made to pass by moving what was used, and up to where was billed, one month back in the database
of a gateway that is stopped.
"""

import contextlib
import datetime
import re
import sqlite3

from documents import text_of
from gateway import UNLIMITED, GatewayTestCase, eventually, run
from lorawan import Forwarder, Session, rxpk
from people import session, stop_and_add

BILLING = "/api/org/{org}/billing/"
OFFICIAL = "/v1/org/{org}/billing/"
TARIFF = {
    **UNLIMITED,
    "HOLDFAST_BILLING_TIER": "Growth",
    "HOLDFAST_BILLING_BASE": "49.50",
    "HOLDFAST_BILLING_INCLUDED_DEVICES": "1",
    "HOLDFAST_BILLING_PER_DEVICE": "0.59",
    "HOLDFAST_BILLING_ISSUER": "Holdfast Networks; Hafenstraße 7; 20457 Hamburg",
}


def today():
    return datetime.datetime.now(datetime.timezone.utc).date()


def month_before(day):
    return day.replace(day=1) - datetime.timedelta(days=1)


def pass_a_month(gateway):
    """What was used in this month was used in the one before, which is not billed yet."""
    back = today().day  # to its last day
    gateway.stop()
    with contextlib.closing(sqlite3.connect(gateway.data / "holdfast.db")) as database, database:
        database.execute("UPDATE packetHour SET hour = hour - ?", (back * 24,))
        database.execute("UPDATE activePeriod SET start = start - ? * CASE unit WHEN 0 THEN 24 ELSE 1 END", (back,))
        database.execute("UPDATE billedThrough SET month = month - 1")
    gateway.start()


class BillingTest(GatewayTestCase):
    def start(self, packets=5, **env):
        """A gateway with three devices of which two are heard, and one of these is of the sandbox."""
        gateway = self.gateway(env={**TARIFF, **env})
        client = gateway.client()
        sessions = [Session(), Session(), Session()]
        for number, each in enumerate(sessions):
            client.register(f"Meter {number}", dev_eui=f"70B3D5000000000{number}", lorawan=each.provisioning)
        with Forwarder(gateway.lora) as forwarder:
            for number in range(packets):
                forwarder.push(rxpk(sessions[number % 2].uplink(b"12345")))
        eventually(lambda: len(client.packets()) == packets)
        return gateway, client

    def get(self, client, path, **query):
        answer = client.get(path, query=query)
        self.assertEqual(answer.status, 200, answer)
        return answer.json

    def pdf(self, client, invoice):
        answer = client.get(f"{BILLING}invoices/{invoice['invoice_id']}/pdf")
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(answer.headers["Content-Type"], "application/pdf")
        self.assertTrue(answer.body.startswith(b"%PDF-1."), answer)
        self.assertIn(b"%%EOF", answer.body[-16:])
        return answer

    def test_a_month_from_draft_to_paid(self):
        gateway, client = self.start()
        draft = self.get(client, BILLING + "invoices")["invoices"][0]
        self.assertEqual(draft["status"], "draft")
        self.assertIsNone(draft["invoice_number"])
        # Two active devices: one is included.
        self.assertEqual(draft["amount_due"], 50.09)
        self.assertEqual(self.get(client, OFFICIAL + "invoices")["invoices"][0]["status"], "DRAFT")

        pass_a_month(gateway)
        last = month_before(today())
        issued = self.get(client, BILLING + "invoices")["invoices"][1]
        self.assertEqual(issued["status"], "open")
        number = issued["invoice_number"]
        self.assertEqual(number, f"INV-{last.year}-001")
        self.assertEqual(issued["period_start"], f"{last:%Y-%m}-01T00:00:00Z")
        self.assertEqual(issued["period_end"], f"{last:%Y-%m-%d}T23:59:59Z")
        self.assertEqual((issued["amount_due"], issued["currency"], issued["paid_at"]), (50.09, "EUR", None))
        self.assertEqual((issued["total_balance"], issued["remaining_balance"]), (50.09, 50.09))
        due = datetime.datetime.fromisoformat(issued["due_date"].replace("Z", "+00:00"))
        self.assertEqual(issued["due_timestamp"], due.timestamp())
        self.assertEqual(due.date(), today() + datetime.timedelta(days=14))
        self.assertEqual((issued["active_devices"], issued["total_packets"]), (2, 5))
        draft = self.get(client, BILLING + "invoices")["invoices"][0]
        self.assertEqual((draft["status"], draft["amount_due"]), ("draft", 49.5))
        self.assertEqual(len(self.get(client, BILLING + "invoices", limit=1)["invoices"]), 1)

        # Another tariff does not reach back, and a second start issues nothing twice.
        gateway.env = {**gateway.env, "HOLDFAST_BILLING_BASE": "999", "HOLDFAST_BILLING_CURRENCY": "USD"}
        gateway.restart()
        again = self.get(client, BILLING + "invoices")["invoices"]
        self.assertEqual(len(again), 2)
        self.assertEqual(again[1], issued)
        self.assertEqual((again[0]["amount_due"], again[0]["currency"]), (999, "USD"))

        self.pay(gateway, client, number)

    def test_what_is_lost_to_damage_is_not_billed_twice(self):
        gateway, client = self.start()
        pass_a_month(gateway)
        issued = self.get(client, BILLING + "invoices")["invoices"][1]
        gateway.stop()
        with contextlib.closing(sqlite3.connect(gateway.data / "holdfast.db")) as database, database:
            database.execute("DELETE FROM billedThrough")
            database.execute("UPDATE organization SET created_at = created_at - 70 * 86400000000")
            with self.assertRaisesRegex(sqlite3.Error, "keeps its numbers"):
                database.execute("UPDATE invoice SET base = 0")
        gateway.start()
        # Months are gone through again beside the API.
        eventually(lambda: self.get(client, BILLING + "invoices")["invoices"][1] == issued, 10)
        invoices = self.get(client, BILLING + "invoices")["invoices"]
        starts = [invoice["period_start"] for invoice in invoices]
        self.assertEqual(starts, sorted(set(starts), reverse=True))
        numbers = [invoice["invoice_number"] for invoice in invoices[1:]]
        self.assertEqual(len(set(numbers)), len(numbers))

    def pay(self, gateway, client, number):
        refused = run("invoice", "pay", number, "--data", gateway.data)
        self.assertNotEqual(refused.returncode, 0, "beside a gateway that runs")
        gateway.stop()
        listed = run("invoice", "list", "--data", gateway.data).stdout
        self.assertRegex(listed, rf"{number} .* 50\.09 EUR  open")
        paid = run("invoice", "pay", number, "--data", gateway.data)
        self.assertEqual(paid.returncode, 0, paid.stderr)
        twice = run("invoice", "pay", number, "--data", gateway.data)
        self.assertNotEqual(twice.returncode, 0)
        self.assertIn("is paid", twice.stderr)
        unknown = run("invoice", "void", "INV-2000-001", "--data", gateway.data)
        self.assertIn("no invoice", unknown.stderr)
        gateway.start()
        paid = self.get(client, BILLING + "invoices")["invoices"][1]
        self.assertEqual((paid["status"], paid["amount_due"], paid["remaining_balance"]), ("paid", 50.09, 0))
        self.assertTrue(paid["paid_at"].startswith(str(today().year)), paid)
        self.assertEqual(self.get(client, OFFICIAL + "invoices")["invoices"][1]["status"], "COMPLETED")
        actions = [entry["action"] for entry in self.get(client, "/api/org/{org}/audit_log")["entries"]]
        self.assertEqual([action for action in actions if action.startswith("invoice")], ["invoice.pay", "invoice.issue"])

    def test_the_pdf(self):
        gateway, client = self.start()
        answer = client.patch(
            "/api/org/{org}",
            {
                "name": "Łódź & Söhne (東京) " + "Donaudampfschifffahrtsgesellschaft" * 5,
                "address": {"street": "Am Speicher 12", "city": "Bremen", "postal_code": "28195", "country": "DE"},
            },
        )
        self.assertEqual(answer.status, 200, answer)
        pass_a_month(gateway)
        draft, issued = self.get(client, BILLING + "invoices")["invoices"]
        self.assertIn("draft", self.pdf(client, draft).headers["Content-Disposition"])
        found = self.pdf(client, issued)
        self.assertEqual(
            found.headers["Content-Disposition"], f'attachment; filename="{issued["invoice_number"]}.pdf"'
        )
        for path in ("nobody", issued["invoice_id"][:-1], "..%2f..", "%F0%9F%98%80"):
            self.assertEqual(client.get(f"{BILLING}invoices/{path}/pdf").status, 404, path)
        text = text_of(found.body)
        if text is None:
            self.skipTest("poppler-utils is missing: the text of the PDF was not read")
        for words in (
            issued["invoice_number"],
            "Holdfast Networks",
            "Hafenstraße 7",
            "Lódz & Söhne (dong jing)",
            "28195 Bremen",
            "Plan Growth",
            "EUR 50.09",
            "page 1 of 1",
            f"{month_before(today()):%B %Y}",
        ):
            self.assertIn(words, text)
        self.assertRegex(text, r"beyond the plan +1 +0\.59 +0\.59")
        self.assertRegex(text, r"Packets +5")
        self.assertRegex(text, r"Most on one day +2, on ")
        self.assertRegex(text_of(self.pdf(client, draft).body), r"(?s)Draft invoice.*EUR 49\.50")

    def test_usage(self):
        _, client = self.start(packets=5)
        found = self.get(client, BILLING + "usage")
        last = found["usage"][-1]
        self.assertEqual(len(found["usage"]), today().day)
        self.assertEqual(last["date"], str(today()))
        self.assertEqual((last["active_devices"], last["total_packets"], last["billable_devices"]), (2, 5, 2))
        summary = found["summary"]
        self.assertEqual(summary["period_start"], str(today().replace(day=1)))
        self.assertEqual(summary["avg_daily_active_devices"], round(2 / today().day + 1e-9, 1))
        self.assertEqual((summary["max_active_devices"], summary["total_packets"]), (2, 5))
        device = next(each for each in self.get(client, "/api/org/{org}/devices")["devices"] if each["name"] == "Meter 1")
        tagged = client.patch(f"/api/org/{{org}}/devices/{device['id']}", {"tags": {"_env": "sandbox"}})
        if tagged.status == 200:
            self.assertEqual(self.get(client, BILLING + "usage")["usage"][-1]["billable_devices"], 1)
        year = self.get(client, BILLING + "usage", start_date="2024-01-01", end_date="2024-12-31")
        self.assertEqual(len(year["usage"]), 366)
        self.assertEqual({day["total_packets"] for day in year["usage"]}, {0})
        self.assertEqual(len(year["monthly"]), 12)

    def test_usage_in_the_official_shape(self):
        _, client = self.start(packets=4)
        entries = self.get(client, OFFICIAL + "usage")["usage"]
        by_type = {}
        for entry in entries:
            by_type.setdefault(entry["usage_type"], []).append((entry["usage_timestamp"], entry["usage_value"]))
        self.assertEqual(by_type["Monthly Active Devices"], [(f"{today():%Y-%m}-01T00:00:00Z", 2)])
        self.assertEqual(by_type["Daily Active Devices"][-1], (f"{today()}T00:00:00Z", 2))
        self.assertEqual(len(by_type["Daily Active Devices"]), today().day)

    def test_what_invoices_follow_from(self):
        _, client = self.start(packets=4)
        first = client.get(BILLING + "active-devices", query={"limit": 1})
        self.assertEqual([device["name"] for device in first.json["devices"]], ["Meter 0"])
        self.assertAlmostEqual(
            first.json["devices"][0]["last_active"], datetime.datetime.now().timestamp(), delta=60
        )
        token = first.headers["Continuation-Token"]
        second = client.get(BILLING + "active-devices", headers={"Continuation-Token": token})
        self.assertEqual([device["name"] for device in second.json["devices"]], ["Meter 1"])
        self.assertIsNone(second.headers.get("Continuation-Token"))
        self.assertEqual(self.get(client, OFFICIAL + "active-devices", network_type="satellite")["devices"], [])
        plan = self.get(client, OFFICIAL + "subscription")
        self.assertEqual(
            {name: plan[name] for name in ("plan", "status", "prepaid_devices", "price_monthly_cents")},
            {"plan": "Growth", "status": "active", "prepaid_devices": 1, "price_monthly_cents": 4950},
        )
        start = datetime.datetime.combine(today().replace(day=1), datetime.time(), datetime.timezone.utc)
        self.assertEqual(plan["current_period_start"], int(start.timestamp()) * 1_000_000)
        self.assertEqual(self.get(client, OFFICIAL + "payment-method")["payment_methods"], [])

    def test_without_a_tariff(self):
        gateway = self.gateway(env=UNLIMITED)
        client = gateway.client()
        self.assertEqual(self.get(client, BILLING + "invoices"), {"invoices": []})
        self.assertEqual(self.get(client, BILLING + "subscription")["status"], "none")
        pass_a_month(gateway)
        self.assertEqual(self.get(client, BILLING + "invoices"), {"invoices": []})

    def test_refused(self):
        _, client = self.start(packets=0)
        for query in (
            {"start_date": "2026-02-02", "end_date": "2026-02-01"},
            {"start_date": "2024-01-01", "end_date": "2025-01-01"},
            {"start_date": "2026-02-30"},
            {"start_date": "2026-2-3"},
            {"end_date": "1769904000"},
            {"end_date": "yesterday"},
            {"start_date": "2026-01-01T00:00:00Z"},
        ):
            self.assertEqual(client.get(BILLING + "usage", query=query).status, 400, query)
        for limit in ("0", "-1", "many"):
            self.assertEqual(client.get(BILLING + "invoices", query={"limit": limit}).status, 400, limit)
        self.assertEqual(client.get(BILLING + "invoices", query={"limit": 500}).status, 200)
        other = client.create_key("devices:read")["token"]
        billing = client.create_key("billing:read")["token"]
        for path in ("usage", "invoices", "active-devices", "subscription", "payment-method", "invoices/one/pdf"):
            self.assertEqual(client.get(BILLING + path, token=other).status, 403, path)
            self.assertEqual(client.get(BILLING + path, token=None).status, 401, path)
            self.assertIn(client.get(BILLING + path, token=billing).status, (200, 404), path)
            self.assertIn(client.get(f"/api/org/somebody/billing/{path}").status, (403, 404), path)

    def test_members_do_not_see_bills(self):
        gateway, _ = self.start(packets=0)
        stop_and_add(gateway, ("member@example.com", "member"), ("boss@example.com", "admin"))
        self.assertEqual(session(gateway, "member@example.com").get(BILLING + "invoices").status, 403)
        self.assertEqual(session(gateway, "boss@example.com").get(BILLING + "invoices").status, 200)

    def test_tariffs_that_cannot_be(self):
        for name, value in (
            ("BASE", "1,50"),
            ("BASE", "-1"),
            ("PER_DEVICE", "0.001"),
            ("CURRENCY", "Euro"),
            ("DUE_DAYS", "366"),
            ("INCLUDED_DEVICES", "some"),
        ):
            with self.subTest(name=name, value=value):
                done = run("config", env={"HOLDFAST_BILLING_" + name: value, "PATH": "/usr/bin"})
                self.assertEqual(done.returncode, 78, done)
                self.assertRegex(done.stderr, re.escape("billing." + name.lower()))
