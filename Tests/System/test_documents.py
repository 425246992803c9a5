"""The document of the API and the two pages that show it."""

import json
import re
import unittest

from gateway import GatewayTestCase
from golden import all_goldens

METHODS = ("get", "post", "put", "patch", "delete")
PAGES = ("/docs", "/redoc")


def operations(document):
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield method, path, item[method]


class DocumentTestCase(GatewayTestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.share()

    def setUp(self):
        self.client = self.server.client(token="")

    def document(self, path="/openapi.json", **options):
        response = self.client.get(path, token=None, **options)
        self.assertEqual(response.status, 200, response)
        return response.json


class Document(DocumentTestCase):
    def test_it_is_valid_openapi(self):
        try:
            from openapi_spec_validator import validate
        except ImportError as missing:
            self.skipTest(f"openapi-spec-validator is not installed: {missing}")
        for path in ("/openapi.json", "/openapi/hubble.json"):
            validate(self.document(path))

    def test_every_example_has_the_shape_that_it_is_an_example_of(self):
        try:
            from openapi_schema_validator import OAS30Validator
        except ImportError as missing:
            self.skipTest(f"openapi-schema-validator is not installed: {missing}")
        document, seen = self.document(), 0
        for method, path, operation in operations(document):
            bodies = [operation.get("requestBody", {})]
            bodies += [answer for answer in operation["responses"].values() if "$ref" not in answer]
            for media in (media for body in bodies for media in body.get("content", {}).values()):
                if "example" in media:
                    seen += 1
                    # In one document, so that the schema's references lead somewhere.
                    schema = {**media["schema"], "components": document["components"]}
                    problems = [
                        error.message for error in OAS30Validator(schema).iter_errors(media["example"])
                    ]
                    self.assertEqual(problems, [], f"{method} {path}")
        self.assertGreater(seen, 40)

    def test_whatever_is_sent_or_answered_well_has_an_example(self):
        missing = []
        for method, path, operation in operations(self.document()):
            # Where there are two, 201 is the reference's and 200 the official shape's.
            good = max(status for status in operation["responses"] if status < "207")
            for body in (operation.get("requestBody"), operation["responses"][good]):
                media = (body or {}).get("content", {}).get("application/json", {})
                if media and "example" not in media and operation["tags"][0] != "System":
                    missing.append((method, path))
        self.assertEqual(missing, [])

    def test_operations_have_names_of_their_own_and_say_what_they_are_about(self):
        names = [operation["operationId"] for *_, operation in operations(self.document())]
        self.assertEqual(len(names), len(set(names)))
        self.assertIn("checkAPIKey", names)
        for method, path, operation in operations(self.document()):
            self.assertEqual(len(operation["tags"]), 2, f"{method} {path}: {operation['tags']}")
            self.assertTrue(operation["summary"], path)

    def test_each_operation_of_the_reference_says_what_it_is_good_for(self):
        described = [
            (method, re.sub(r"{\w+}", "[^/]+", path), operation.get("description", ""))
            for method, path, operation in operations(self.document("/openapi/hubble.json"))
        ]
        for golden in all_goldens():
            path = golden.target.partition("?")[0]
            texts = [
                text
                for method, pattern, text in described
                if method == golden.method.lower() and re.fullmatch(pattern, path)
            ]
            self.assertTrue(any("When to use it: " in text for text in texts), golden.name)

    def test_credentials_are_asked_for_where_the_gateway_asks_for_them(self):
        document = self.document()
        schemes = {"HubbleBearer", "ApiKeyHeader"}
        self.assertEqual(set(document["components"]["securitySchemes"]), schemes | {"GatewayToken"})
        for method, path, operation in operations(document):
            if method != "get" or "{org_id}" not in path:
                continue
            self.assertEqual(set().union(*operation["security"]), schemes, path)
            answer = self.client.get(
                re.sub(r"{(?!org)\w+}", "x", path).replace("{org_id}", "{org}"), token=None
            )
            self.assertEqual(answer.status, 401, path)

    def test_the_view_is_of_the_dialect_that_is_asked_for_or_in_the_name_of_the_host(self):
        view = self.document("/openapi/hubble.json")
        self.assertEqual(self.document(query={"dialect": "hubble"}), view)
        self.assertEqual(self.document(headers={"Host": "api.hubble.example"}), view)
        self.assertEqual([each["document"] for each in view["x-dialects"]], ["/openapi/hubble.json"])
        for path, status in (("/openapi.json?dialect=nobody", 400), ("/openapi/nobody.json", 404)):
            self.assertEqual(self.client.get(path, token=None).status, status)

    def test_no_host_is_named_in_it(self):
        self.assertEqual(self.document()["servers"][0]["url"], "/")
        self.assertNotIn("http://", json.dumps(self.document()))


class Pages(DocumentTestCase):
    def test_a_page_runs_nothing_but_its_own_script_and_speaks_to_nobody_else(self):
        for path in PAGES:
            nonces = set()
            for _ in range(2):
                page = self.client.get(path, token=None)
                self.assertEqual(page.status, 200, path)
                policy = page.headers["Content-Security-Policy"]
                nonce = re.search(r"script-src 'nonce-(\w{16,})'", policy).group(1)
                self.assertIn("default-src 'none'", policy)
                self.assertIn("connect-src 'self'", policy)
                text = page.body.decode()
                self.assertEqual(text.count(f'nonce="{nonce}"'), 2)
                nonces.add(nonce)
            self.assertEqual(len(nonces), 2, "a nonce is for once")

    def test_a_page_names_no_other_host(self):
        for path in PAGES:
            text = self.client.get(path, token=None).body.decode()
            hosts = set(re.findall(r"(?:https?:)?//([\w.-]+\.\w+)", text))
            self.assertEqual(hosts, {"www.w3.org"}, "the namespace of SVG alone")
            self.assertNotRegex(text, r"<(?:script|link|img)[^>]+(?:src|href)=\"(?!data:|/)")

    def test_a_page_fits_a_phone_and_dark_rooms(self):
        for path in PAGES:
            text = self.client.get(path, token=None).body.decode()
            self.assertIn('name="viewport" content="width=device-width, initial-scale=1"', text)
            self.assertIn("prefers-color-scheme: dark", text)


if __name__ == "__main__":
    unittest.main()
