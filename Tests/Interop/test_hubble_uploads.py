"""The official client, pyhubblenetwork 0.15.0, unmodified: handing packets in, and having them opened."""

import base64
import pathlib
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "System"))

try:
    from hubblenetwork import ble, cloud, errors, org
except ImportError as missing:
    raise unittest.SkipTest(f"pyhubblenetwork is not installed: {missing}") from None

from gateway import UNLIMITED, GatewayTestCase, eventually
from hubble import seal_counter_mode, seal_eax


class Uploads(GatewayTestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.share(env=UNLIMITED)
        cls.environment = cloud.Environment("EDGE", cls.server.runtime["http"])
        cls.credentials = cloud.Credentials(cls.server.organization, cls.server.first_key["token"])
        cls.call = {"credentials": cls.credentials, "env": cls.environment}

    def register(self, **options):
        device = cloud.register_device(**self.call, **options)["devices"][0]
        return device["device_id"], base64.b64decode(device["key"])

    def test_a_packet_that_it_ingests_comes_back(self):
        device_id, key = self.register()
        packet = ble._make_packet(seal_counter_mode(key, b"ingested", 12), -71)
        cloud.ingest_packet(**self.call, packet=packet)

        def read():
            return cloud.retrieve_packets(**self.call, device_id=device_id)[0]["packets"]

        (found,) = [org._decrypted_from_cloud(item) for item in eventually(read, message="the packet")]
        self.assertEqual((found.payload, found.sequence, found.rssi), (b"ingested", 12, -71))
        self.assertLess(abs(found.timestamp - time.time()), 30)

    def test_what_it_has_decoded_is_the_payload_or_nothing_in_the_order_of_the_input(self):
        device_id, key = self.register()
        _, short = self.register(encryption="AES-128-EAX", counter_source="DEVICE_UPTIME", period_exponent=11)
        frames = [seal_counter_mode(key, b"n%d" % n, n) for n in range(31)]
        packets = [ble._make_packet(frame, -60) for frame in frames]
        packets.insert(3, ble._make_packet(seal_counter_mode(bytes(32), b"stranger", 1), -60))
        packets.append(ble._make_packet(seal_eax(short, b"eax", 11, 64), -60))
        found = org.decode_packets(**self.call, packets=packets)
        payloads = [item.payload if item else None for item in found]
        expected = [b"n%d" % n for n in range(31)]
        self.assertEqual(payloads, [*expected[:3], None, *expected[3:], b"eax"])
        self.assertEqual(found[0].device_id, device_id)

    def test_a_key_without_the_scope_is_the_clients_permission_denied(self):
        made = self.server.client().create_key("devices:read")
        limited = cloud.Credentials(self.server.organization, made["token"])
        packet = ble._make_packet(seal_counter_mode(bytes(32), b"x", 1), -60)
        with self.assertRaises(errors.PermissionDeniedError):
            org.decode_packets(credentials=limited, env=self.environment, packets=[packet])


if __name__ == "__main__":
    unittest.main()
