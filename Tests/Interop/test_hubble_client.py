"""The official client, pyhubblenetwork 0.15.0, unmodified, against a gateway of ours.

Needs the client and the binary in HOLDFAST_PATH; says which is missing and skips.
"""

import base64
import os
import pathlib
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "System"))

try:
    from hubblenetwork import ble, cloud, crypto, errors, org
    from hubblenetwork.device import Device
except ImportError as missing:
    raise unittest.SkipTest(f"pyhubblenetwork is not installed: {missing}") from None

from controller import Controller
from gateway import UNLIMITED, GatewayTestCase, eventually
from hubble import seal_counter_mode, seal_eax, seal_plain, today


class ClientTestCase(GatewayTestCase):
    @classmethod
    def setUpClass(cls):
        cls.controller = cls.enterClassContext(Controller())
        cls.server = cls.share(ble=cls.controller.address, env=UNLIMITED)
        cls.controller.wait_for_scan()
        cls.environment = cloud.Environment("EDGE", cls.server.runtime["http"])
        cls.credentials = cloud.Credentials(cls.server.organization, cls.server.first_key["token"])
        cls.call = {"credentials": cls.credentials, "env": cls.environment}

    def register(self, **options):
        """Registers as the client does, and reads what it reads."""
        device = cloud.register_device(**self.call, **options)["devices"][0]
        time.sleep(0.05)
        return device["device_id"], base64.b64decode(device["key"])

    def packets(self, device_id, count):
        """Packets of a device, page after page, turned into what the client returns."""

        def read():
            found, token = [], None
            while True:
                page, token = cloud.retrieve_packets(
                    **self.call, device_id=device_id, continuation_token=token
                )
                found += [org._decrypted_from_cloud(packet) for packet in page["packets"]]
                if not token:
                    return found if len(found) >= count else None

        return eventually(read, message=f"{count} packets are to be seen")


class Account(ClientTestCase):
    def test_the_client_finds_its_environment_by_its_credentials(self):
        cloud._ENVIRONMENTS.insert(0, self.environment)
        self.addCleanup(cloud._ENVIRONMENTS.remove, self.environment)
        self.assertEqual(cloud.get_env_from_credentials(self.credentials), self.environment)

    def test_a_wrong_token_is_the_clients_error_of_credentials(self):
        wrong = cloud.Credentials(self.server.organization, "wrong")
        with self.assertRaises(errors.BackendError) as caught:
            cloud.list_devices(credentials=wrong, env=self.environment)
        self.assertIn("Invalid or expired token", str(caught.exception))


class Devices(ClientTestCase):
    def test_devices_of_every_cipher_are_registered_with_keys_of_its_length(self):
        for encryption, length in (("AES-256-CTR", 32), ("AES-128-CTR", 16), ("AES-128-EAX", 16)):
            device_id, key = self.register(encryption=encryption, tags={"cipher": encryption})
            self.assertEqual(len(key), length)
            device = cloud.get_device(**self.call, device_id=device_id)
            self.assertEqual(
                (device["id"], device["encryption"], device["tags"]["cipher"]),
                (device_id, encryption, encryption),
            )

    def test_the_rotation_is_kept(self):
        for options, expected in (
            ({"counter_source": "UNIX_TIME"}, {"counter_source": "UNIX_TIME"}),
            ({"counter_source": "DEVICE_UPTIME"}, {"counter_source": "DEVICE_UPTIME"}),
            (
                {"counter_source": "DEVICE_UPTIME", "period_in_seconds": 1024, "encryption": "AES-128-EAX"},
                {"counter_source": "DEVICE_UPTIME", "period_exponent": 10},
            ),
            (
                {"counter_source": "DEVICE_UPTIME", "period_exponent": 15, "encryption": "AES-128-EAX"},
                {"counter_source": "DEVICE_UPTIME", "period_exponent": 15},
            ),
        ):
            device_id, _ = self.register(**options)
            rotation = cloud.get_device(**self.call, device_id=device_id)["eid_rotation"]
            self.assertLessEqual(expected.items(), rotation.items())

    def test_a_device_is_renamed_and_its_tags_replaced_or_left(self):
        device_id, _ = self.register(tags={"old": "1"})
        answer = cloud.update_device(**self.call, name="Left", device_id=device_id)
        self.assertEqual((answer["id"], answer["name"]), (device_id, "Left"))
        self.assertEqual(cloud.get_device(**self.call, device_id=device_id)["tags"]["old"], "1")
        cloud.update_device(**self.call, name="Replaced", device_id=device_id, tags={"new": "2"})
        tags = cloud.get_device(**self.call, device_id=device_id)["tags"]
        self.assertEqual((tags.get("old"), tags["new"]), (None, "2"))

    def test_a_deleted_device_is_the_clients_not_found(self):
        device_id, _ = self.register()
        cloud.delete_device(**self.call, device_id=device_id)
        for action in (cloud.get_device, cloud.delete_device):
            with self.assertRaises(errors.NotFoundError):
                action(**self.call, device_id=device_id)

    def test_the_clients_own_model_reads_list_items_and_single_devices(self):
        device_id, _ = self.register(tags={"a": "b"})
        device = Device.from_json(cloud.get_device(**self.call, device_id=device_id))
        self.assertEqual((device.id, device.tags["a"]), (device_id, "b"))
        self.assertLess(abs(device.created_ts - time.time()), 60)

    def test_all_devices_are_listed_page_after_page(self):
        count = 230
        for _ in range(count // 115):
            cloud.cloud_request(
                method="POST",
                path=f"/v2/org/{self.server.organization}/devices",
                json={"n_devices": 115},
                **self.call,
            )
        found, token, pages = [], None, 0
        while True:
            page, token = cloud.list_devices(**self.call, continuation_token=token)
            found += [Device.from_json(item) for item in page["devices"]]
            pages += 1
            if not token:
                break
        self.assertGreaterEqual(pages, 3)
        self.assertGreaterEqual(len({device.id for device in found}), count)
        self.assertEqual(len({device.id for device in found}), len(found))


class Packets(ClientTestCase):
    """One packet on the air, opened by the gateway and by the client: both say the same."""

    def compare(self, device_id, opened):
        (found,) = self.packets(device_id, 1)
        self.assertEqual(
            (found.payload, found.counter, found.sequence, found.rssi),
            (opened.payload, opened.counter, opened.sequence, opened.rssi),
        )
        self.assertLess(abs(found.timestamp - time.time()), 30)
        self.assertEqual((found.location.lat, found.location.lon), (0, 0))

    def test_counter_mode_in_unix_time(self):
        for encryption in ("AES-256-CTR", "AES-128-CTR"):
            device_id, key = self.register(encryption=encryption)
            sealed = seal_counter_mode(key, b"from the air", 321)
            self.controller.advertise(sealed, rssi=-71)
            self.compare(device_id, crypto.decrypt(key, ble._make_packet(sealed, -71)))

    def test_counter_mode_in_device_uptime(self):
        device_id, key = self.register(counter_source="DEVICE_UPTIME")
        sealed = seal_counter_mode(key, b"up", 7, counter=99)
        self.controller.advertise(sealed, rssi=-50)
        self.compare(
            device_id, crypto.decrypt(key, ble._make_packet(sealed, -50), counter_mode="DEVICE_UPTIME")
        )

    def test_eax(self):
        device_id, key = self.register(
            encryption="AES-128-EAX", counter_source="DEVICE_UPTIME", period_exponent=11
        )
        sealed = seal_eax(key, b"eax", 11, 64)
        self.controller.advertise(sealed, rssi=-80)
        self.compare(device_id, crypto.decrypt_eax(key, ble._make_packet(sealed, -80), 11))

    def test_hundreds_of_packets_built_with_the_clients_own_primitives_come_back_equal(self):
        """The client has no sealing; it is built from the functions that its opening uses."""
        device_id, key = self.register()
        sent = {}
        for sequence in range(300):
            payload = os.urandom(sequence % 14)
            encryption = crypto._get_encryption_key(key, today(), sequence, keylen=len(key))
            nonce = crypto._get_nonce(key, today(), sequence, keylen=len(key))
            sealed = crypto._aes_decrypt(encryption, nonce, payload)  # a stream cipher: both directions
            service_data = (
                sequence.to_bytes(2, "big")
                + crypto.ctr_eid(key, today())
                + crypto._get_auth_tag(encryption, sealed)
                + sealed
            )
            self.assertEqual(service_data, seal_counter_mode(key, payload, sequence))
            sent[sequence] = payload
            self.controller.advertise(service_data)
        found = self.packets(device_id, 300)
        self.assertEqual({packet.sequence: packet.payload for packet in found}, sent)
        self.assertEqual(len(found), 300)

    def test_an_unencrypted_packet_comes_back_as_the_client_parses_it(self):
        answer, _ = cloud.cloud_request(
            method="POST",
            path=f"/v2/org/{self.server.organization}/devices",
            json={"n_devices": 1, "encryption": "NONE"},
            **self.call,
        )
        device = answer["devices"][0]
        time.sleep(0.05)
        sealed = seal_plain(device["network_id"], b"in the open")
        self.controller.advertise(sealed)
        parsed = ble._make_packet(sealed, -60)
        (found,) = self.packets(device["device_id"], 1)
        self.assertEqual((found.payload, parsed.network_id), (parsed.payload, device["network_id"]))

    def test_more_than_a_page_of_packets_is_paged(self):
        device_id, key = self.register()
        for sequence in range(1024):
            self.controller.advertise(seal_counter_mode(key, sequence.to_bytes(2, "big"), sequence))
        found = self.packets(device_id, 1024)
        self.assertEqual(sorted(packet.sequence for packet in found), list(range(1024)))

    def test_packets_of_a_deleted_device_still_come(self):
        device_id, key = self.register()
        self.controller.advertise(seal_counter_mode(key, b"last words", 1))
        self.packets(device_id, 1)
        cloud.delete_device(**self.call, device_id=device_id)
        (found,) = self.packets(device_id, 1)
        self.assertEqual(found.payload, b"last words")


if __name__ == "__main__":
    unittest.main()
