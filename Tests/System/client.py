"""A small HTTP client that keeps one connection, and holds every answer to what all answers promise."""

import http.client
import json as jsonlib
import urllib.parse

RATE_HEADERS = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")


class Response:
    def __init__(self, request, status, headers, body):
        self.request = request
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def json(self):
        return jsonlib.loads(self.body)

    @property
    def error(self):
        return self.json["error"]

    def __repr__(self):
        return f"{self.request} -> {self.status} {self.body[:400]!r}"


class Client:
    """`{org}` in a path stands for the organization."""

    def __init__(self, url, token, organization):
        self.token = token
        self.organization = organization
        self.connection = None
        self.move(url)

    def move(self, url):
        """To a gateway that was started again."""
        self.close()
        self.url = url
        self.connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=30)

    def close(self):
        if self.connection:
            self.connection.close()

    def request(self, method, path, body=None, query=None, headers=None, token=...):
        """`body`: bytes and text are sent as they are, anything else as JSON."""
        target = path.replace("{org}", self.organization)
        if query:
            target += "?" + urllib.parse.urlencode(query, doseq=True)
        fields = dict(headers or {})
        token = self.token if token is ... else token
        if token is not None and "Authorization" not in fields:
            fields["Authorization"] = f"Bearer {token}"
        if body is not None:
            fields.setdefault("Content-Type", "application/json")
            if isinstance(body, str):
                body = body.encode("utf-8", "surrogatepass")
            elif not isinstance(body, bytes):
                body = jsonlib.dumps(body).encode()
        answer = self._send(method, target, body, fields)
        response = Response(f"{method} {target}", answer.status, answer.headers, answer.read())
        self._check(response, method)
        return response

    def _send(self, method, target, body, fields):
        was_used = self.connection.sock is not None
        try:
            self.connection.request(method, target, body, fields)
            return self.connection.getresponse()
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            # A kept connection may have been closed meanwhile; once, and only then, begin another.
            self.connection.close()
            if not was_used:
                raise
            self.connection.request(method, target, body, fields)
            return self.connection.getresponse()

    @staticmethod
    def _check(response, method):
        assert response.status not in (500, 501, 502), f"a server error: {response}"
        for name in RATE_HEADERS:
            value = response.headers.get(name)
            assert value is not None and value.isdigit(), f"{name} is {value!r} in {response}"
        assert response.headers.get("X-Request-Id"), f"no X-Request-Id in {response}"
        if method == "HEAD" or response.status == 204:
            assert response.body == b"", f"a body where none may be: {response}"
            return
        kind = response.headers.get("Content-Type", "")
        if response.status >= 400:
            assert kind.startswith("application/json"), f"an error that is {kind!r}: {response}"
            error = response.json
            for name, value in (
                ("code", int),
                ("error", str),
                ("message", str),
                ("name", str),
                ("description", str),
            ):
                if response.status != 503 or "checks" not in error:
                    assert isinstance(error.get(name), value), f"{name} is missing: {response}"
        elif kind.startswith("application/json"):
            response.json  # parses

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def post(self, path, body, **options):
        return self.request("POST", path, body, **options)

    def put(self, path, body, **options):
        return self.request("PUT", path, body, **options)

    def patch(self, path, body, **options):
        return self.request("PATCH", path, body, **options)

    def delete(self, path, **options):
        return self.request("DELETE", path, **options)

    # What many tests do.

    def register(self, name="Tag", **members):
        """Registers one device in the reference's shape and returns it."""
        response = self.post("/api/v2/org/{org}/devices", {"name": name, **members})
        assert response.status == 201, response
        return response.json["device"]

    def register_fleet(self, **members):
        """Registers in the official shape and returns the devices with their keys."""
        response = self.post("/api/v2/org/{org}/devices", {"n_devices": 1, **members})
        assert response.status == 200, response
        return response.json["devices"]

    def create_key(self, *scopes, name="A key"):
        """Creates an API key and returns its token."""
        response = self.post("/api/org/{org}/key", {"name": name, "scopes": list(scopes)})
        assert response.status == 201, response
        return response.json

    def device(self, identifier):
        response = self.get(f"/api/org/{{org}}/devices/{identifier}")
        assert response.status == 200, response
        return response.json

    def packets(self, **query):
        """All packets, page after page, as this query finds them."""
        found, token = [], None
        while True:
            headers = {"Continuation-Token": token} if token else {}
            response = self.get("/api/org/{org}/packets", query=None if token else query, headers=headers)
            assert response.status == 200, response
            page = response.json
            assert page["count"] == len(page["packets"]), response
            found += page["packets"]
            token = response.headers.get("Continuation-Token")
            assert page["has_more"] == bool(token), response
            if not token:
                return found
