"""The vectors of Tests/Vectors/hubble-*.json, opened by the vendor's own client.

Needs pyhubblenetwork 0.15.0; says so and skips where it is missing:

    python3 -m unittest Tests/Interop/test_hubble_crypto.py
"""

import json
import pathlib
import unittest

try:
    from hubblenetwork import ble, crypto
except ImportError:
    ble = crypto = None

VECTORS = pathlib.Path(__file__).resolve().parent.parent / "Vectors"


def load(name):
    return json.loads((VECTORS / name).read_text())


@unittest.skipIf(crypto is None, "pyhubblenetwork is not installed")
class HubbleVectors(unittest.TestCase):
    def parse(self, vector):
        # The client has no public parser: its scanner calls this one.
        return ble._make_packet(bytes.fromhex(vector["expected"]["serviceData"]), -60)

    def test_counter_mode(self):
        for vector in load("hubble-counter-mode.json"):
            with self.subTest(vector["comment"]):
                wanted = vector["input"]
                key = bytes.fromhex(wanted["key"])
                packet = self.parse(vector)
                opened = crypto.decrypt_at(key, packet, wanted["counter"])
                self.assertIsNotNone(opened)
                self.assertEqual(opened.payload.hex(), wanted["payload"])
                self.assertEqual(opened.sequence, wanted["sequence"])
                self.assertEqual(crypto.ctr_eid(key, wanted["counter"]).hex(), vector["expected"]["eid"])

    def test_eax(self):
        for vector in load("hubble-eax.json"):
            with self.subTest(vector["comment"]):
                wanted = vector["input"]
                opened = crypto.decrypt_eax(
                    bytes.fromhex(wanted["key"]), self.parse(vector), wanted["periodExponent"]
                )
                self.assertIsNotNone(opened)
                self.assertEqual(opened.payload.hex(), wanted["payload"])
                self.assertEqual(opened.counter, wanted["poolIndex"])
                self.assertEqual(opened.sequence, wanted["salt"])

    def test_unencrypted(self):
        for vector in load("hubble-unencrypted.json"):
            with self.subTest(vector["comment"]):
                packet = self.parse(vector)
                self.assertEqual(packet.network_id, vector["input"]["networkID"])
                self.assertEqual(packet.payload.hex(), vector["input"]["payload"])


if __name__ == "__main__":
    unittest.main()
