"""What the tests of devices share."""

import base64
import os

from gateway import UNLIMITED, GatewayTestCase

REGISTER = "/api/v2/org/{org}/devices"
DEVICES = "/api/org/{org}/devices"
KEY = base64.b64encode(bytes(range(32))).decode()


def new_eui():
    return os.urandom(8).hex().upper()


class DeviceTestCase(GatewayTestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.share(env=UNLIMITED)

    def setUp(self):
        self.client = self.server.client()

    def register(self, name="Tag", **members):
        return self.client.register(name, **{"dev_eui": new_eui(), "device_key": KEY, **members})

    def read(self, identifier):
        return self.client.device(identifier)["device"]

    def change(self, identifier, body):
        return self.client.patch(f"{DEVICES}/{identifier}", body)
