"""A client of the tunnel: CONNECT, then TLS with the gateway's own authority, then HTTP."""

import http.client
import socket
import ssl

from gateway import Gateway

HOST = "api.hubble.com"
ENVIRONMENT = {"HOLDFAST_HTTP_CLIENT_TUNNEL": "on"}


class TunnelGateway(Gateway):
    def __init__(self, demo=False, **options):
        super().__init__(**{"env": ENVIRONMENT, **options})
        self.demo = demo

    def arguments(self):
        return super().arguments() + (["--demo"] if self.demo else [])

    @property
    def port(self):
        return int(self.runtime["http"].rpartition(":")[2])

    def trust(self):
        """Verification as strict as it can be, with this gateway's authority alone."""
        context = ssl.create_default_context(cafile=str(self.data / "ca.pem"))
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        return context

    def connect(self, address="127.0.0.1"):
        return socket.create_connection((address, self.port), timeout=20)

    def ask_for_tunnel(self, target, address="127.0.0.1"):
        """The connection, the status and the head of the answer."""
        connection = self.connect(address)
        connection.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
        head = read_head(connection)
        return connection, int(head.split()[1]), head

    def through(self, method, path, host=HOST, address="127.0.0.1", headers=None):
        """One request through a tunnel: status, headers, body."""
        connection, status, head = self.ask_for_tunnel(f"{host}:443", address)
        with connection:
            assert status == 200, head
            with self.trust().wrap_socket(connection, server_hostname=host) as inside:
                return ask(inside, method, path, host, headers)


def ask(connection, method, path, host=HOST, headers=None):
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
    answer = http.client.HTTPResponse(connection, method=method)
    answer.begin()
    return answer.status, answer.headers, answer.read()


def read_head(connection):
    head = b""
    while b"\r\n\r\n" not in head:
        more = connection.recv(1)
        if not more:
            raise AssertionError(f"the connection ended after {head!r}")
        head += more
    return head.decode()
