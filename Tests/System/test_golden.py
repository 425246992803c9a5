"""Every example of the API reference, as it is printed, against a gateway with the demo data."""

import json
import unittest

from gateway import UNLIMITED, Gateway, GatewayTestCase, run
from documents import text_of
from golden import FOLDER, Pairs, all_goldens, departures, differences, parse

# What the reference prints where a credential, an organization or an earlier answer's token belongs.
PRINTED_KEY = "eyJhbGc..."
PRINTED_ORGANIZATION = "YOUR_ORG_ID"
PRINTED_CONTINUATION = "eyJsYXN0X3RpbWVzdGFtcCI6MTY0MDAwMDAwMH0="
ORGANIZATION = "7db20441-a04c-49ba-8089-1197b3a66a4b"


class DemoGateway(Gateway):
    def arguments(self):
        return [*super().arguments(), "--demo"]


class DemoTestCase(GatewayTestCase):
    environment = UNLIMITED

    @classmethod
    def setUpClass(cls):
        cls.server = DemoGateway(env=cls.environment)
        cls.shared_gateways = [cls.server]
        cls.enterClassContext(cls.server)


class Examples(DemoTestCase):
    """The golden files, in their order, which is the reference's."""

    def test_every_example_answers_as_its_golden_file_says(self):
        goldens = all_goldens()
        self.assertGreaterEqual(len(goldens), 36)
        self.client = self.server.client()
        self.continuation = PRINTED_CONTINUATION
        for golden in goldens:
            with self.subTest(golden.name):
                self.play(golden)

    def play(self, golden):
        target = golden.target.replace(PRINTED_ORGANIZATION, ORGANIZATION)
        headers = {
            name: value.replace(PRINTED_KEY, self.client.token).replace(
                PRINTED_CONTINUATION, self.continuation
            )
            for name, value in golden.headers.items()
        }
        answer = self.client.request(
            golden.method, target, golden.body or None, headers=headers, token=None
        )
        self.continuation = answer.headers.get("Continuation-Token", self.continuation)
        self.assertEqual(answer.status, golden.status, answer)
        is_document = answer.headers["Content-Type"] == "application/pdf"
        body = answer.body if is_document else parse(answer.body)
        lines = differences(golden.answer, body)
        for name, value in golden.answer_headers.items():
            lines += differences(value, answer.headers.get(name), name)
        if golden.documented is not None:
            lines += departures(golden.documented, body)
        self.assertFalse(lines, "\n" + "\n".join(lines))


class Comparison(unittest.TestCase):
    """What compares is itself compared."""

    def test_a_difference_is_said_with_its_place(self):
        expected = parse('{"a": "<time>", "b": ["<each>", {"c": 1}], "d": {"<each>": "<integer>"}}')
        good = '{"a": "2024-01-15T10:30:00Z", "b": [{"c": 1}, {"c": 1}], "d": {"x": 3}}'
        self.assertEqual(differences(expected, parse(good)), [])
        for changed, place in (
            (good.replace("2024-01-15T10:30:00Z", "soon"), "$.a"),
            (good.replace('{"c": 1}]', '{"c": 2}]'), "$.b[1].c"),
            (good.replace('{"c": 1}]', '{"c": true}]'), "$.b[1].c"),
            (good.replace('"x": 3', '"x": "3"'), "$.d.x"),
            (good.replace('[{"c": 1}, {"c": 1}]', "[]"), "$.b"),
            ('{"b": [{"c": 1}], "a": "2024-01-15T10:30:00Z", "d": {}}', "$"),
        ):
            lines = differences(expected, parse(changed))
            self.assertEqual([line.split(":")[0] for line in lines], [place], changed)

    def test_a_document_is_a_whole_pdf(self):
        for body, count in ((b"%PDF-1.3\n1 0 obj\n%%EOF\n", 0), (b"%PDF-1.3\n1 0 obj\n", 1), (b"{}", 1), ("%PDF", 1)):
            self.assertEqual(len(differences("<pdf>", body)), count, body)

    def test_a_departure_from_the_reference_is_a_member_its_order_or_its_kind(self):
        documented = parse('{"a": "x", "b": [{"c": 1.5}], "tags": {"k": "v"}}')
        self.assertEqual(
            departures(documented, parse('{"a": null, "n": 0, "b": [{"c": 2, "d": 0}], "tags": {}}')), []
        )
        for changed in (
            '{"a": "x", "b": [{"c": 2}]}',
            '{"b": [{"c": 2}], "a": "x", "tags": {}}',
            '{"a": 1, "b": [{"c": 2}], "tags": {}}',
            '{"a": "x", "b": [{"d": 2}], "tags": {}}',
            '{"a": "x", "b": [], "tags": {}}',
            '{"a": "x", "b": [{"c": 2}], "tags": {"k": 1}}',
        ):
            self.assertEqual(len(departures(documented, parse(changed))), 1, changed)

    def test_each_golden_file_has_the_answer_that_the_reference_shows(self):
        without = [golden.name for golden in all_goldens() if golden.documented is None]
        # Of these the reference shows the request only.
        self.assertEqual(
            [name[3:] for name in without],
            [
                *("list-devices-by-tag-as-printed", "list-devices-by-tag", "packets-continuation", "test-batch"),
                "download-invoice-pdf",
            ],
        )
        for golden in all_goldens():
            if golden.answer != "<pdf>":
                self.assertIsInstance(golden.answer, Pairs)


def snippet(name, **names):
    """Runs one of the reference's Python snippets as it is printed; returns its names."""
    text = (FOLDER / f"{name}.py").read_text()
    url = names.pop("url", None)
    if url:
        assert text.count("https://api.hubble.com") == 1
        text = text.replace("https://api.hubble.com", url)
    exec(compile(text, name, "exec"), names)
    return names


class Snippets(DemoTestCase):
    """The Python of the reference."""

    environment = {}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        try:
            import requests
        except ImportError:
            raise unittest.SkipTest("requests is not installed") from None
        cls.requests = requests

    def setUp(self):
        self.client = self.server.client()
        self.url = self.server.runtime["http"]

    def test_a_key_from_the_snippet_is_taken(self):
        key = snippet("device_key")["device_key"]
        self.client.register("From the snippet", dev_eui="70B3D54996C4C5B0", device_key=key)
        device = next(d for d in self.client.get("/api/org/{org}/devices?name_pattern=snippet").json["devices"])
        self.assertEqual(self.client.device(device["id"])["device"]["device_key"], key)

    def test_the_payload_snippet_and_our_packets_agree(self):
        self.assertEqual(snippet("payload")["decoded_payload"], b"Hello World")
        packet = self.client.get(
            "/api/org/{org}/packets?start_time=2024-01-15T00:00:00Z&end_time=2024-01-16T00:00:00Z&limit=1"
        ).json["packets"][0]
        self.assertEqual((packet["payload"], packet["sequence_number"]), ("SGVsbG8gV29ybGQ=", 1234))

    def test_base64_helpers_make_keys_and_read_payloads(self):
        helpers = snippet("base64_helpers")
        key = helpers["encode_device_key"](bytes(range(32)))
        self.client.register("Helped", dev_eui="70B3D54996C4C5B1", device_key=key)
        packet = self.client.get("/api/org/{org}/packets?limit=1").json["packets"][0]
        self.assertEqual(helpers["decode_packet_payload"](packet["payload"]), b"Hello World")

    def test_fetch_all_pages_comes_to_its_end(self):
        session, sent = self.requests.Session(), []
        session.hooks["response"].append(lambda answer, *_, **__: sent.append(answer))
        snippet_names = snippet("fetch_all_pages", requests=session)
        headers = {"Authorization": f"Bearer {self.client.token}"}
        window = "start_time=2024-01-15T00:00:00Z&end_time=2024-01-16T00:00:00Z&limit=250"
        found = snippet_names["fetch_all_pages"](
            f"{self.url}/api/org/{ORGANIZATION}/packets?{window}", headers
        )
        # The reference's lists have no `items`, so the loop collects nothing.
        self.assertEqual(found, [])
        self.assertEqual([answer.status_code for answer in sent], [200, 200, 200])
        self.assertEqual([answer.json()["count"] for answer in sent], [250, 250, 100])

    def test_each_error_is_what_the_template_expects(self):
        class AuthenticationError(Exception): ...

        class RateLimitError(Exception): ...

        class ServerError(Exception): ...

        template = snippet(
            "error_handling",
            url=self.url,
            requests=self.requests,
            API_TOKEN=self.client.token,
            AuthenticationError=AuthenticationError,
            RateLimitError=RateLimitError,
            ServerError=ServerError,
        )
        ask = template["make_hubble_request"]
        path = f"/api/org/{ORGANIZATION}"
        self.assertEqual(ask("GET", path)["organization"]["id"], ORGANIZATION)
        with self.assertRaises(self.requests.HTTPError) as caught:
            ask("GET", f"{path}/devices/device-uuid-2")
        self.assertEqual(caught.exception.response.status_code, 404)
        limited = self.client.create_key("devices:read", name="For reading")["token"]
        template["API_TOKEN"] = "wrong"
        with self.assertRaises(AuthenticationError):
            ask("GET", path)
        template["API_TOKEN"] = limited
        with self.assertRaises(PermissionError):
            ask("GET", f"{path}/users")
        with self.assertRaises(RateLimitError) as caught:
            for _ in range(100):
                ask("GET", f"{path}/devices")
        self.assertRegex(str(caught.exception), r"Retry after \d+s")


class DemoData(GatewayTestCase):
    """`serve --demo` itself."""

    def demo(self, directory=None):
        gateway = DemoGateway(directory=directory, env=UNLIMITED)
        self._gateways.append(gateway)
        return self.enterContext(gateway)

    def test_demo_data_is_written_once(self):
        server = self.demo()
        client = server.client()
        answer = client.patch("/api/org/{org}/devices/device-uuid-1", {"name": "Mine"})
        self.assertEqual(answer.status, 200)
        self.assertEqual(client.delete("/api/org/{org}/webhooks/webhook-uuid-1").status, 200)
        server.restart()
        self.assertEqual(client.device("device-uuid-1")["device"]["name"], "Mine")
        self.assertEqual(client.get("/api/org/{org}/webhooks").json["webhooks"], [])
        self.assertEqual(client.device("device-uuid-1")["device"]["packet_count"], 1523)

    def test_packets_of_2024_stay(self):
        client = self.demo().client()
        first = client.packets(start_time="2024-01-15T00:00:00Z", end_time="2024-01-16T00:00:00Z", limit=500)
        self.assertEqual(len(first), 600)
        recent = client.packets(limit=1000)
        self.assertTrue(900 <= len(recent) <= 923, len(recent))

    def test_the_invoice_is_there_once_and_as_a_document(self):
        server = self.demo()
        client = server.client()
        invoices = client.get("/api/org/{org}/billing/invoices").json["invoices"]
        # The draft of the running month, and nothing of the years between.
        self.assertEqual([invoice["invoice_number"] for invoice in invoices], [None, "INV-2024-001"])
        # Also a tariff does not bill those years.
        server.env = {**server.env, "HOLDFAST_BILLING_BASE": "49.50"}
        server.restart()
        again = client.get("/api/org/{org}/billing/invoices").json["invoices"]
        self.assertEqual((len(again), again[0]["amount_due"], again[1]), (2, 49.5, invoices[1]))
        document = client.get("/api/org/{org}/billing/invoices/inv-uuid-1/pdf").body
        text = text_of(document)
        if text is None:
            self.skipTest("poppler-utils is missing: the text of the PDF was not read")
        for words in (
            "INV-2024-001",
            "Acme IoT Solutions",
            "123 Main St",
            "1 \u2013 31 January 2024",
            "15 February 2024",
            "Paid on 10 February 2024",
            "USD 1250.00",
            "1, on 15 January 2024",
        ):
            self.assertIn(words, text)
        self.assertRegex(text, r"Packets +600")

    def test_a_database_with_other_data_is_refused_in_one_line(self):
        server = self.gateway()
        self.assertEqual(server.stop(), 0)
        refused = run(
            *("serve", "--demo", "--data", server.data, "--http", "127.0.0.1:0"),
            *("--lora", "off", "--ble", "off"),
        )
        self.assertEqual(refused.returncode, 78)
        complaints = [line for line in refused.stderr.splitlines() if "--demo" in line]
        self.assertEqual(len(complaints), 1, refused.stderr)
        self.assertIn("empty database", complaints[0])
        server.start()
        self.assertNotEqual(server.organization, ORGANIZATION)

    def test_only_a_demonstration_takes_the_placeholder_for_an_address(self):
        body = {"email": "[email protected]", "role": "member"}
        for server, statuses in ((self.demo(), (201, 201, 400)), (self.gateway(), (400, 400, 400))):
            client = server.client()
            answers = [
                client.post("/api/org/{org}/users", body).status,
                client.post("/api/org/{org}/invitations", body).status,
                client.post("/api/org/{org}/invitations", {**body, "email": "no address"}).status,
            ]
            self.assertEqual(tuple(answers), statuses)

    def test_each_object_is_there_from_the_start(self):
        """So an example runs also without those that the reference prints before it."""
        server = self.demo()
        client = server.client()
        for method, path, body in (
            ("DELETE", "invitations/invite-uuid-1", None),
            ("POST", "invitations", {"email": "[email protected]", "role": "member"}),
            ("DELETE", "users/user-uuid-2", None),
            ("PATCH", "users/user-uuid-1", {"role": "admin"}),
            ("POST", "users", {"email": "[email protected]", "role": "member"}),
            ("PATCH", "webhooks/webhook-uuid-1", {"max_batch_size": 500}),
            ("PATCH", "devices/device-uuid-1", {"tags": {"maintenance": None}}),
            ("DELETE", "key/550e8400-e29b-41d4-a716-446655440000", None),
        ):
            answer = client.request(method, f"/api/org/{ORGANIZATION}/{path}", body)
            self.assertIn(answer.status, (200, 201), answer)


if __name__ == "__main__":
    unittest.main()
