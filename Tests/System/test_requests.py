"""What all requests share: limits, errors, methods, bodies, headers."""

import concurrent.futures
import re
import socket
import time
import unittest
import urllib.parse

from gateway import UNLIMITED, GatewayTestCase

DEVICES = "/api/org/{org}/devices"
REGISTER = "/api/v2/org/{org}/devices"


class RequestTestCase(GatewayTestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.share(env=UNLIMITED)

    def setUp(self):
        self.client = self.server.client()

    def raw(self, data, seconds=5, server=None):
        """Sends bytes and returns what comes back until the server closes or is silent."""
        address = urllib.parse.urlsplit((server or self.server).runtime["http"])
        with socket.create_connection((address.hostname, address.port), timeout=seconds) as connection:
            received = b""
            try:
                connection.sendall(data)
                while chunk := connection.recv(65_536):
                    received += chunk
            except (TimeoutError, ConnectionError):
                pass
            return received


class Methods(RequestTestCase):
    def test_unknown_paths_are_404_with_and_without_a_credential(self):
        for path in (
            "/",
            "/nothing",
            "/api",
            "/api/org",
            "/api/org",
            "/api/org/{org}/unknown",
            "/api/org/{org}/devices/a/b",
            "/v3/org/{org}/devices",
            "/api/v1/devices",
            "//",
            "/%00",
            "/" + "a" * 4_000,
            "/api/org/{org}/../key",
            "/API/ORG/{org}/devices",
        ):
            for token in (..., None):
                answer = self.client.get(path, token=token)
                self.assertEqual(answer.status, 404, answer)

    def test_other_methods_are_405_with_allow(self):
        for path, allowed in (
            (DEVICES, {"GET", "HEAD", "PATCH", "DELETE", "OPTIONS"}),
            (f"{DEVICES}/x", {"GET", "HEAD", "PATCH", "DELETE", "OPTIONS"}),
            (REGISTER, {"POST", "OPTIONS"}),
            ("/api/org/{org}/key", {"GET", "HEAD", "POST", "OPTIONS"}),
            ("/api/org/{org}/key/x", {"PATCH", "DELETE", "OPTIONS"}),
            ("/api/org/{org}/check", {"GET", "HEAD", "OPTIONS"}),
            ("/api/org/{org}", {"GET", "HEAD", "PATCH", "OPTIONS"}),
            ("/api/org/{org}/users", {"GET", "HEAD", "POST", "OPTIONS"}),
            ("/api/org/{org}/invitations", {"GET", "HEAD", "POST", "DELETE", "OPTIONS"}),
            ("/api/org/{org}/audit_log", {"GET", "HEAD", "OPTIONS"}),
            ("/api/v1/auth/login", {"POST", "OPTIONS"}),
            ("/health", {"GET", "HEAD", "OPTIONS"}),
        ):
            for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "QUERY"):
                if method in allowed:
                    continue
                with self.subTest(path=path, method=method):
                    answer = self.client.request(method, path)
                    self.assertEqual(answer.status, 405)
                    self.assertLessEqual(
                        {word.strip() for word in answer.headers["Allow"].split(",")}, allowed
                    )
                    self.assertGreaterEqual(
                        {word.strip() for word in answer.headers["Allow"].split(",")}, allowed - {"OPTIONS"}
                    )

    def test_methods_that_nobody_knows_are_refused(self):
        for method in ("TRACE", "BREW", "PROPFIND", "CONNECT"):
            answer = self.raw(
                f"{method} /api/org/{self.server.organization}/devices HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode(),
                seconds=2,
            )
            status = answer.split(b" ")[1] if answer else b"closed"
            self.assertIn(status, (b"400", b"404", b"405", b"501", b"closed"), answer[:200])

    def test_head_answers_as_get_without_the_body(self):
        for path in (
            DEVICES,
            "/api/org/{org}/check",
            "/api/org/{org}/key",
            "/api/org/{org}/packets",
            "/health",
            "/health/ready",
            "/openapi.json",
        ):
            head, get = self.client.request("HEAD", path), self.client.get(path)
            self.assertEqual(head.status, get.status, path)
            self.assertEqual(head.headers["Content-Type"], get.headers["Content-Type"])
            if "Content-Length" in get.headers and path not in ("/health", "/health/ready"):
                self.assertEqual(head.headers["Content-Length"], get.headers["Content-Length"], path)
        self.assertEqual(self.client.request("HEAD", DEVICES, token=None).status, 401)
        self.assertEqual(self.client.request("HEAD", f"{DEVICES}/none").status, 404)

    def test_a_trailing_slash_makes_no_difference(self):
        for path in (DEVICES, "/api/org/{org}/check", "/health"):
            self.assertEqual(self.client.get(path + "/").status, 200)

    def test_a_request_id_is_made_or_echoed(self):
        made = self.client.get("/api/org/{org}/check").headers["X-Request-Id"]
        self.assertRegex(made, r"^req_[0-9A-HJKMNP-TV-Z]{26}$")
        self.assertNotEqual(made, self.client.get("/api/org/{org}/check").headers["X-Request-Id"])
        mine = "7db20441-a04c-49ba-8089-1197b3a66a4b"
        self.assertEqual(
            self.client.get("/api/org/{org}/check", headers={"X-Request-ID": mine}).headers["X-Request-Id"],
            mine,
        )
        self.assertNotEqual(
            self.client.get("/api/org/{org}/check", headers={"X-Request-ID": "x" * 129}).headers[
                "X-Request-Id"
            ],
            "x" * 129,
        )

    def test_the_openapi_document_describes_every_route_of_this_slice(self):
        document = self.client.get("/openapi.json", token=None).json
        for path, methods in (
            ("/api/org/{org_id}/check", "get"),
            ("/api/org/{org_id}/key", "get post"),
            ("/api/org/{org_id}/key/{key_id}", "patch delete"),
            ("/api/org/{org_id}/key_scopes", "get"),
            ("/api/v2/org/{org_id}/devices", "post"),
            ("/api/org/{org_id}/devices", "get patch"),
            ("/api/org/{org_id}/devices/{device_id}", "get patch delete"),
            ("/api/org/{org_id}/packets", "get"),
            ("/health", "get"),
            ("/metrics", "get"),
        ):
            for method in methods.split():
                operation = document["paths"][path][method]
                self.assertTrue(operation["summary"])
                self.assertTrue(operation["responses"])

    def test_metrics_are_for_this_machine_in_prometheus_form(self):
        answer = self.client.get("/metrics", token=None)
        self.assertEqual(answer.status, 200)
        self.assertTrue(answer.headers["Content-Type"].startswith("text/plain"))
        for line in answer.body.decode().splitlines():
            if line and not line.startswith("#"):
                self.assertRegex(line, r"^[a-zA-Z_:][a-zA-Z0-9_:]*(\{[^}]*\})? [-+0-9.eEInfNa]+$")


class Bodies(RequestTestCase):
    TARGETS = (
        ("POST", "/api/org/{org}/key"),
        ("PATCH", "/api/org/{org}/key/x"),
        ("POST", REGISTER),
        ("PATCH", DEVICES),
        ("PATCH", f"{DEVICES}/x"),
    )

    def test_what_is_no_json_is_400(self):
        for method, path in self.TARGETS:
            for body in (
                b"",
                b"{",
                b"{]",
                b'{"a":',
                b"nul",
                b"{'a':1}",
                b"\xff\xfe\x00",
                b"\x00",
                b'{"name":"\xff"}',
                b'{"name":"a"} x',
                b"{}{}",
                b'{"name": NaN}',
                b'{"name": 1e99999}',
                b'{"name":"\\ud800"}',
                b'{"name":"\\x"}',
                b'{"name":"\\u12"}',
                b'{"name":"a",}',
                b'{"tags":["a",]}',
                b'{"name":"a","n\\u0061me":"b"}',
                b'{"x":[{"a":1,"a":1}]}',
                b'{"x":1.}',
                b'{"x":"\xff"}',
                '{"name":"a"}'.encode("utf-16"),
                b"\xef\xbb\xbf",
            ):
                with self.subTest(method=method, path=path, body=body):
                    answer = self.client.request(method, path, body)
                    self.assertIn(
                        answer.status,
                        (400, 404) if b"name" in body and body.endswith(b"}") else (400,),
                        answer,
                    )

    def test_a_member_that_stands_twice_is_named_and_nothing_is_done(self):
        body = b'{"name":"first","scopes":["devices:read"],"name":"second"}'
        answer = self.client.post("/api/org/{org}/key", body)
        self.assertEqual((answer.status, "name" in answer.error), (400, True), answer)
        names = [key["name"] for key in self.client.get("/api/org/{org}/key").json["keys"]]
        self.assertFalse({"first", "second"} & set(names), names)

    def test_lone_surrogates_are_400(self):
        for text in ("\\ud800", "\\udc00", "\\udc00\\ud800", "a\\ud83d"):
            answer = self.client.post(
                REGISTER, f'{{"name":"{text}","dev_eui":"0011223344556677","device_key":"AAAA"}}'
            )
            self.assertEqual(answer.status, 400, answer)

    def test_deep_nesting_is_400_and_the_gateway_lives(self):
        for depth in (1_000, 100_000):
            for opening, closing in (
                ("[", "]"),
                ('{"a":', "}"),
                ('{"metadata":[', "]}"),
                ('{"tags":{"a":', "}}"),
            ):
                for body in (
                    opening * depth,
                    opening * depth + "1" + closing * depth,
                    '{"name":"n","scopes":["devices:read"],"metadata":'
                    + opening * depth
                    + "1"
                    + closing * depth
                    + "}",
                ):
                    for method, path in (("POST", "/api/org/{org}/key"), ("POST", REGISTER)):
                        self.assertEqual(self.client.request(method, path, body).status, 400)
        self.assertEqual(self.client.get("/api/org/{org}/check").status, 200)

    def test_a_body_of_10_mib_is_read_and_one_more_byte_is_413(self):
        limit = 10 * 1024 * 1024
        for size, status in ((limit, 400), (limit + 1, 413), (3 * limit, 413)):
            try:
                answer = self.client.post(REGISTER, b"{" + b" " * (size - 1))
                self.assertEqual(answer.status, status, answer)
            except (BrokenPipeError, ConnectionResetError):
                self.assertGreater(size, limit)  # closed while we were still sending
                self.client.close()

    def test_a_chunked_body_over_the_limit_is_413(self):
        def chunks():
            for _ in range(11):
                yield b" " * 1024 * 1024

        try:
            self.assertEqual(
                self.client.connection.request(
                    "POST",
                    REGISTER.replace("{org}", self.server.organization),
                    chunks(),
                    {"Authorization": "Bearer " + self.client.token, "Content-Type": "application/json"},
                    encode_chunked=True,
                ),
                None,
            )
            self.assertEqual(self.client.connection.getresponse().status, 413)
        except (BrokenPipeError, ConnectionResetError):
            pass
        self.client.close()
        self.assertEqual(self.client.get("/api/org/{org}/check").status, 200)

    def test_a_large_array_and_a_large_object_are_400_soon(self):
        for body in (
            '{"n_devices":1,"names":[' + ",".join(['"a"'] * 500_000) + "]}",
            '{"name":"n","tags":{' + ",".join(f'"k{i}":"v"' for i in range(300_000)) + '},"dev_eui":"00"}',
        ):
            began = time.monotonic()
            self.assertEqual(self.client.post(REGISTER, body).status, 400)
            self.assertLess(time.monotonic() - began, 20)  # a debug build

    def test_the_content_type_does_not_matter(self):
        for kind in (
            "text/plain",
            "application/x-www-form-urlencoded",
            "application/json; charset=utf-8",
            "nonsense",
        ):
            answer = self.client.post(
                "/api/org/{org}/key",
                {"name": "n", "scopes": ["devices:read"]},
                headers={"Content-Type": kind},
            )
            self.assertEqual(answer.status, 201)

    def test_a_get_with_a_body_is_a_get(self):
        self.assertEqual(self.client.request("GET", DEVICES, b'{"a":1}').status, 200)


class Hostility(RequestTestCase):
    def test_what_is_no_http_does_not_hurt(self):
        for data in (
            b"\x00" * 100,
            b"GET\r\n\r\n",
            b"GET / HTTP/9.9\r\n\r\n",
            b"\x16\x03\x01\x02\x00\x01\x00",
            b"GET /\x00 HTTP/1.1\r\n\r\n",
            b"A" * 100_000,
            b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 10_000 + b"\r\n",
            b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
            b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        ):
            self.raw(data, seconds=1)
            self.assertEqual(self.client.get("/health").status, 200)

    def test_slow_clients_do_not_keep_others_waiting(self):
        address = urllib.parse.urlsplit(self.server.runtime["http"])
        slow = []
        try:
            for _ in range(300):
                connection = socket.create_connection((address.hostname, address.port), timeout=5)
                connection.sendall(b"POST /api/org/x/key HTTP/1.1\r\nHost: x\r\nContent-Le")
                slow.append(connection)
            began = time.monotonic()
            self.assertEqual(self.client.get("/health").status, 200)
            self.assertLess(time.monotonic() - began, 1)
        finally:
            for connection in slow:
                connection.close()

    def test_many_clients_at_once_are_all_answered(self):
        def work(_):
            client = self.server.client()
            return [client.get("/api/org/{org}/check").status for _ in range(25)]

        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            statuses = [status for each in pool.map(work, range(20)) for status in each]
        self.assertEqual(statuses, [200] * 500)

    def test_a_query_that_is_garbage_is_a_client_error_or_ignored(self):
        for query in (
            "limit=%zz",
            "name_pattern=%ff%fe",
            "%00=%00",
            "limit",
            "=",
            "&&&",
            "limit=1&limit=x",
            "name_pattern=" + "%C3%A9" * 2_000,
            "a" * 6_000,
            "tag=%",
            "created_after=%F0%9F%92%A9",
            "?",
            "limit=%D9%A1",
        ):
            for path in (DEVICES, "/api/org/{org}/packets"):
                self.assertIn(self.client.get(f"{path}?{query}").status, (200, 400, 414, 431), query[:40])

    def test_one_dev_eui_registered_by_many_at_once_is_registered_once(self):
        def work(number):
            client = self.server.client()
            body = {"name": f"n{number}", "dev_eui": "70B3D599AABBCCDD", "device_key": "AAAA"}
            return client.post(REGISTER, body).status

        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            statuses = sorted(pool.map(work, range(16)))
        self.assertEqual(statuses, [201] + [409] * 15)

    def test_tags_merged_by_many_at_once_are_all_there(self):
        device = self.client.register("Busy", dev_eui="70B3D599AABBCCDE", device_key="AAAA")

        def work(number):
            return (
                self.server.client().patch(f"{DEVICES}/{device['id']}", {"tags": {f"t{number}": "x"}}).status
            )

        with concurrent.futures.ThreadPoolExecutor(10) as pool:
            self.assertEqual(set(pool.map(work, range(10))), {200})
        self.assertEqual(len(self.client.device(device["id"])["device"]["tags"]), 11)

    def test_requests_that_come_in_one_piece_are_answered_in_order(self):
        path = f"/api/org/{self.server.organization}"
        request = (
            lambda name: f"GET {path}/{name} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self.client.token}\r\n"
        )
        data = (
            request("check")
            + "\r\n"
            + request("nothing")
            + "\r\n"
            + request("key")
            + "Connection: close\r\n\r\n"
        )
        answer = self.raw(data.encode())
        self.assertEqual(re.findall(rb"HTTP/1.1 (\d+) ", answer), [b"200", b"404", b"200"])

    def test_a_client_that_waits_for_100_continue_is_answered(self):
        body = b'{"name":"n","scopes":["devices:read"]}'
        data = (
            f"POST /api/org/{self.server.organization}/key HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self.client.token}\r\n"
            f"Content-Length: {len(body)}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
        ).encode()
        answer = self.raw(data + body, seconds=3)
        self.assertIn(b"HTTP/1.1 201", answer)

    def test_clients_that_go_in_the_middle_do_no_harm(self):
        self.client.register_fleet(n_devices=500)
        request = f"GET /api/org/{self.server.organization}/devices?limit=1000 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self.client.token}\r\n\r\n"
        address = urllib.parse.urlsplit(self.server.runtime["http"])
        for _ in range(40):
            with socket.create_connection((address.hostname, address.port)) as connection:
                connection.sendall(request.encode())
                connection.setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00"
                )
        self.assertEqual(self.client.get("/health").status, 200)


class Limits(GatewayTestCase):
    def setUp(self):
        self.server = self.gateway()
        self.admin = self.server.client()

    def test_an_administrator_on_this_machine_is_never_limited(self):
        self.assertEqual({self.admin.get(DEVICES).status for _ in range(60)}, {200})

    def test_a_limited_key_has_a_burst_of_ten_then_three_a_second(self):
        limited = self.server.client(self.admin.create_key("devices:read")["token"])
        answers = [limited.get(DEVICES) for _ in range(14)]
        statuses = [answer.status for answer in answers]
        self.assertEqual(statuses[:10], [200] * 10)
        self.assertIn(429, statuses[10:])
        self.assertEqual({answer.headers["X-RateLimit-Limit"] for answer in answers}, {"3"})
        remaining = [int(answer.headers["X-RateLimit-Remaining"]) for answer in answers]
        self.assertTrue(all(0 <= number <= 3 for number in remaining))
        self.assertEqual(remaining[9], 0)
        for answer in answers:
            self.assertLessEqual(abs(int(answer.headers["X-RateLimit-Reset"]) - time.time()), 6)
        refused = next(answer for answer in answers if answer.status == 429)
        self.assertEqual(refused.error, "Rate limit exceeded")
        self.assertEqual(refused.json["retry_after"], int(refused.headers["Retry-After"]))
        self.assertGreaterEqual(refused.json["retry_after"], 1)
        time.sleep(refused.json["retry_after"])
        self.assertEqual(limited.get(DEVICES).status, 200)

    def test_each_route_has_its_own_burst_and_the_organization_one_of_fifteen(self):
        limited = self.server.client(
            self.admin.create_key("devices:read", "packets:read", "api_keys:read")["token"]
        )
        time.sleep(1.1)
        answers = [limited.get(path).status for path in (DEVICES, "/api/org/{org}/packets") for _ in range(7)]
        self.assertEqual(answers, [200] * 14)
        answers = [limited.get("/api/org/{org}/key").status for _ in range(8)]
        self.assertIn(429, answers)

    def test_requests_without_a_credential_are_told_where_they_stand_too(self):
        for path in (DEVICES, "/nothing", "/health"):
            self.admin.get(path, token=None)  # the client looks for the headers

    def test_a_continued_page_is_paced_and_not_refused(self):
        self.admin.register_fleet(n_devices=30)
        limited = self.server.client(self.admin.create_key("devices:read")["token"])
        token, pages = None, 0
        while pages == 0 or token:
            answer = limited.get(
                DEVICES, query={"limit": 2}, headers={"Continuation-Token": token} if token else {}
            )
            self.assertEqual(answer.status, 200, f"page {pages + 1}: {answer}")
            token = answer.headers.get("Continuation-Token")
            pages += 1
        self.assertEqual(pages, 15)

    def test_limits_can_be_switched_off(self):
        server = self.gateway(env=UNLIMITED)
        limited = server.client(server.client().create_key("devices:read")["token"])
        self.assertEqual({limited.get(DEVICES).status for _ in range(40)}, {200})


if __name__ == "__main__":
    unittest.main()
