"""The tunnel for clients that have the cloud's host names built in: what it opens, and what it does not."""

import http.client
import socket
import ssl
import stat
import time
import unittest

from gateway import GatewayTestCase, run
from tunnel import ENVIRONMENT, HOST, TunnelGateway, ask, read_head


def own_address():
    """An address of this machine that is not loopback; nothing is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        address = probe.getsockname()[0]
    return None if address.startswith("127.") else address


class TunnelTestCase(GatewayTestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = TunnelGateway()
        cls.shared_gateways = [cls.server]
        cls.enterClassContext(cls.server)

    @property
    def bearer(self):
        return {"Authorization": f"Bearer {self.server.first_key['token']}"}


class Opening(TunnelTestCase):
    def test_each_known_name_leads_to_this_gateway(self):
        for host in ("api.hubble.com", "api-testing.hubblenetwork.io", "gw-api.hubble.com"):
            status, headers, _ = self.server.through(
                "GET", f"/api/org/{self.server.organization}/check", host, headers=self.bearer
            )
            self.assertEqual((status, headers["Server"]), (200, "holdfast"), host)

    def test_a_name_in_capitals_is_the_same_name(self):
        connection, status, _ = self.server.ask_for_tunnel("API.Hubble.COM:443")
        connection.close()
        self.assertEqual(status, 200)

    def test_requests_without_a_credential_are_401_inside_as_outside(self):
        status, _, _ = self.server.through("GET", f"/api/org/{self.server.organization}/check")
        self.assertEqual(status, 401)

    def test_a_connection_serves_several_requests(self):
        connection, _, _ = self.server.ask_for_tunnel(f"{HOST}:443")
        with connection, self.server.trust().wrap_socket(connection, server_hostname=HOST) as inside:
            for _ in range(3):
                inside.sendall(f"GET /health HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
                answer = http.client.HTTPResponse(inside, method="GET")
                answer.begin()
                self.assertLess(answer.status, 500)
                answer.read()

    def test_a_client_that_begins_with_tls_at_once_is_understood(self):
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = self.server.trust().wrap_bio(incoming, outgoing, server_hostname=HOST)
        with self.assertRaises(ssl.SSLWantReadError):
            tls.do_handshake()
        with self.server.connect() as connection:
            connection.sendall(f"CONNECT {HOST}:443 HTTP/1.1\r\n\r\n".encode() + outgoing.read())
            self.assertIn(" 200 ", read_head(connection))
            while True:
                try:
                    tls.do_handshake()
                    break
                except ssl.SSLWantReadError:
                    connection.sendall(outgoing.read())
                    received = connection.recv(65_536)
                    self.assertTrue(received, "the connection ended in the handshake")
                    incoming.write(received)
            self.assertEqual(tls.selected_alpn_protocol(), None)
            self.assertEqual(tls.version(), "TLSv1.3")

    def test_requests_that_come_in_pieces_are_understood(self):
        with self.server.connect() as connection:
            for byte in f"CONNECT {HOST}:443 HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode():
                connection.sendall(bytes([byte]))
            self.assertIn(" 200 ", read_head(connection))
        with self.server.connect() as connection:
            for byte in b"CONNECTION-TEST / HTTP/1.1\r\nHost: x\r\n\r\n":
                connection.sendall(bytes([byte]))
            self.assertRegex(read_head(connection), r"^HTTP/1\.1 4\d\d ")

    def test_plain_http_is_as_it_was(self):
        with self.server.connect() as connection:
            status, _, _ = ask(
                connection, "GET", f"/api/org/{self.server.organization}/check", headers=self.bearer
            )
        self.assertEqual(status, 200)


class Refusing(TunnelTestCase):
    def assert_refused(self, target, expected):
        connection, status, head = self.server.ask_for_tunnel(target)
        with connection:
            self.assertEqual(status, expected, head)
            rest = b""
            while chunk := connection.recv(4_096):
                rest += chunk
        self.assertIn(f'"code":{expected}'.encode(), rest)

    def test_other_names_and_ports_are_403_and_the_connection_ends(self):
        for target in (
            "example.com:443",
            "dashboard.hubble.com:443",
            "api.hubble.com.example.com:443",
            "api.hubble.com.:443",
            "api.hubble.com:80",
            "api.hubble.com:22",
            "127.0.0.1:443",
            f"127.0.0.1:{self.server.port}",
            "[::1]:443",
        ):
            with self.subTest(target):
                self.assert_refused(target, 403)

    def test_what_is_not_well_formed_is_400(self):
        for target in ("api.hubble.com", "api.hubble.com:", ":443", "api.hubble.com:99999"):
            with self.subTest(target):
                self.assert_refused(target, 400)

    def test_a_head_without_an_end_is_400(self):
        with self.server.connect() as connection:
            connection.sendall(f"CONNECT {HOST}:443 HTTP/1.1\r\nX: {'x' * 9_000}".encode())
            self.assertIn(" 400 ", read_head(connection))

    def test_what_is_no_tls_inside_ends_that_connection_only(self):
        connection, _, _ = self.server.ask_for_tunnel(f"{HOST}:443")
        with connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            received = b""
            try:
                while chunk := connection.recv(4_096):
                    received += chunk
            except ConnectionResetError:
                pass
            self.assertNotIn(b"HTTP/", received)
        self.assertEqual(self.server.client().get("/api/org/{org}/check").status, 200)

    def test_a_client_that_does_not_trust_the_authority_is_not_served(self):
        connection, _, _ = self.server.ask_for_tunnel(f"{HOST}:443")
        with connection, self.assertRaises(ssl.SSLCertVerificationError):
            ssl.create_default_context().wrap_socket(connection, server_hostname=HOST)

    def test_tunnels_and_refusals_are_counted(self):
        before = self.server.metrics()
        self.server.ask_for_tunnel(f"{HOST}:443")[0].close()
        self.server.ask_for_tunnel("example.com:443")[0].close()
        after = self.server.metrics()
        for name in ("edge_tunnel_opened_total", "edge_tunnel_refused_total"):
            self.assertEqual(after[name] - before.get(name, 0), 1, name)


class Callers(GatewayTestCase):
    def test_a_tunnel_makes_no_remote_caller_local(self):
        address = own_address()
        if address is None:
            self.skipTest("this machine has no address but loopback")
        server = self.enterContext(TunnelGateway(http="0.0.0.0:0"))
        status, _, _ = server.through("GET", "/metrics")
        self.assertEqual(status, 200)
        status, _, _ = server.through("GET", "/metrics", address=address)
        self.assertEqual(status, 401)
        # Whatever the request says of itself.
        status, _, _ = server.through(
            "GET", "/metrics", address=address, headers={"X-Forwarded-For": "127.0.0.1", "Via": "1.1 x"}
        )
        self.assertEqual(status, 401)
        # An administrator's key is limited from there, and is not from here.
        bearer = {"Authorization": f"Bearer {server.first_key['token']}"}
        path = f"/api/org/{server.organization}/check"
        near = {server.through("GET", path, headers=bearer)[0] for _ in range(20)}
        self.assertEqual(near, {200})
        far = [server.through("GET", path, address=address, headers=bearer)[0] for _ in range(20)]
        self.assertIn(429, far)


class Setting(GatewayTestCase):
    def test_tunnels_are_off_by_default(self):
        server = self.enterContext(TunnelGateway(env={}))
        connection, status, head = server.ask_for_tunnel(f"{HOST}:443")
        connection.close()
        self.assertGreaterEqual(status, 400, head)
        self.assertFalse((server.data / "ca.pem").exists())
        refused = run("hubble-env", "--data", server.data)
        self.assertEqual((refused.returncode, refused.stdout), (78, ""))
        self.assertIn("client_tunnel off", refused.stderr)

    def test_the_variables_are_those_of_the_gateway_that_runs(self):
        server = self.enterContext(TunnelGateway())
        printed = run("hubble-env", "--data", server.data)
        self.assertEqual(printed.returncode, 0, printed.stderr)
        lines = dict(line.split("=", 1) for line in printed.stdout.splitlines())
        self.assertEqual(
            lines, {"HTTPS_PROXY": server.runtime["http"], "SSL_CERT_FILE": str(server.data / "ca.pem")}
        )
        server.stop()
        self.assertEqual(run("hubble-env", "--data", server.data).returncode, 78)

    def test_the_authority_is_kept_and_its_key_is_private(self):
        server = self.enterContext(TunnelGateway())
        files = {"ca.pem": 0o644, "ca-key.pem": 0o600}
        before = {name: (server.data / name).read_bytes() for name in files}
        for name, mode in files.items():
            self.assertEqual(stat.S_IMODE((server.data / name).stat().st_mode), mode)
        server.restart()
        self.assertEqual({name: (server.data / name).read_bytes() for name in files}, before)
        self.assertNotIn("PRIVATE KEY", server.log())

    def test_open_tunnels_do_not_hold_up_a_stop(self):
        server = self.enterContext(TunnelGateway())
        half = self.enterContext(server.connect())
        half.sendall(b"CONNECT api.hub")
        silent = self.enterContext(server.ask_for_tunnel(f"{HOST}:443")[0])
        idle, _, _ = server.ask_for_tunnel(f"{HOST}:443")
        inside = self.enterContext(server.trust().wrap_socket(idle, server_hostname=HOST))
        began = time.monotonic()
        self.assertEqual(server.stop(), 0)
        self.assertLess(time.monotonic() - began, 4)
        for connection in (half, silent):
            self.assertEqual(connection.recv(1), b"")
        self.assertEqual(inside.recv(1), b"")

    def test_an_authority_in_pieces_is_refused_in_one_line(self):
        server = self.enterContext(TunnelGateway())
        server.stop()
        (server.data / "ca-key.pem").unlink()
        refused = run(
            *("serve", "--data", server.data, "--http", "127.0.0.1:0", "--lora", "off", "--ble", "off"),
            env={**ENVIRONMENT},
        )
        self.assertEqual(refused.returncode, 78, refused.stderr)
        self.assertEqual(len([line for line in refused.stderr.splitlines() if "ca-key.pem" in line]), 1)


if __name__ == "__main__":
    unittest.main()
