"""An uploading gateway, as the tests play it."""

import base64
import gzip
import json
import time
import uuid

from client import Client
from gateway import UNLIMITED, GatewayTestCase, eventually
from hubble import seal_counter_mode

PACKETS = "/api/org/{org}/packets"
GATEWAYS = "/api/v1/gateways"
REFRESH = "/api/v1/auth/refresh"


class Uploader(Client):
    """Speaks the gateway API, and holds its errors to what gateways read from them."""

    def __init__(self, url, sdk_key, device_id=None):
        super().__init__(url, None, "")
        self.sdk_key = sdk_key
        self.device_id = device_id or uuid.uuid4().hex
        self.gateway_id = self.refresh_token = None

    @staticmethod
    def _check(response, method):
        assert response.status < 500 or response.status == 507, response
        body = response.json
        assert isinstance(body, dict), response
        if response.status >= 400:
            for name in ("code", "error", "message"):
                assert isinstance(body.get(name), str), response

    def description(self, **members):
        return {
            "deviceId": self.device_id,
            "type": "custom",
            "model": "x86_64",
            "firmwareVersion": "0.2.0",
            **members,
        }

    def register(self, expected=201):
        answer = self.request("PUT", GATEWAYS, self.description(), headers={"X-Sdk-Key": self.sdk_key})
        assert answer.status == expected, answer
        self.take(answer.json)
        return answer.json

    def take(self, admission):
        self.gateway_id = admission["gatewayId"]
        self.token = admission["deviceToken"]
        self.refresh_token = admission["refreshToken"]

    def refresh(self, token=None):
        return self.request("POST", REFRESH, {"refreshToken": token or self.refresh_token}, token=None)

    def path(self, rest=""):
        return f"{GATEWAYS}/{self.gateway_id}{rest}"

    def upload(self, *packets, batch=None, compress=False, **options):
        body = {"batchId": batch or str(uuid.uuid4()), "sentAtMillis": now_ms(), "packets": list(packets)}
        if not compress:
            return self.post(self.path("/packets"), body, **options)
        data = gzip.compress(json.dumps(body).encode())
        return self.post(self.path("/packets"), data, headers={"Content-Encoding": "gzip"}, **options)


def now_ms():
    return int(time.time() * 1000)


def sighting(service_data, **members):
    return {
        "deviceAddress": "AA:BB:CC:00:00:00",
        "rssi": -50,
        "timestampMillis": now_ms(),
        "serviceUuid": "FCA6",
        "sightingCount": 1,
        "serviceData": base64.b64encode(service_data).decode(),
        **members,
    }


class UploadTestCase(GatewayTestCase):
    """A gateway of its own for each test, with one device and one SDK key."""

    def setUp(self):
        self.begin()

    def begin(self, **options):
        self.server = self.gateway(env=UNLIMITED, **options)
        self.client = self.server.client()
        self.device, self.key = self.new_device()
        made = self.client.post("/api/org/{org}/sdk_keys", {"name": "Field"})
        assert made.status == 201, made
        self.sdk_key = made.json["sdk_key"]
        self.sdk_key_id = made.json["key_id"]

    def new_device(self):
        device = self.client.register_fleet()[0]
        return device["device_id"], base64.b64decode(device["key"])

    def uploader(self, **options):
        made = Uploader(self.server.runtime["http"], self.sdk_key, **options)
        self.server.clients.append(made)
        made.register()
        return made

    def seal(self, payload, sequence, **options):
        return seal_counter_mode(self.key, payload, sequence, **options)

    def packets(self, count, **query):
        """Waits until there are so many packets, and sees that there are no more."""

        def read():
            page = self.client.packets(limit=1000, **query)
            return page if len(page) >= count else None

        found = eventually(read, message=f"{count} packets")
        self.assertEqual(len(found), count)
        return found


def payload_of(packet):
    return base64.b64decode(packet["payload"])
