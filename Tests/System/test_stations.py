"""The stations that hear for a gateway."""

import unittest

from gateway import GatewayTestCase, eventually
from lorawan import Forwarder, Session, rxpk

STATIONS = "/api/org/{org}/gateways/stations"


class Stations(GatewayTestCase):
    def test_a_forwarder_is_shown_with_what_it_heard_where(self):
        server = self.gateway()
        client = server.client()
        self.assertEqual(client.get(STATIONS).json, {"stations": []})
        session = Session()
        forwarder = self.enterContext(Forwarder(server.lora, "AA555A0000000007"))
        forwarder.pull()
        forwarder.pull()
        forwarder.push(rxpk(session.uplink(b"a")), rxpk(session.uplink(b"b"), freq=867.1, datr="SF12BW125"))
        forwarder.push(
            rxpk(session.uplink(b"c"), tmms=1_400_000_000_000),
            stat={"lati": 47.37, "long": 8.54, "alti": 412, "rxnb": 3, "rxok": 2, "ackr": 100.0, "temp": 40},
        )
        station = eventually(
            lambda: next(
                (s for s in client.get(STATIONS).json["stations"] if s["statistics"]["received"]), None
            )
        )
        self.assertEqual(station["kind"], "packet_forwarder")
        self.assertEqual(station["location"], {"latitude": 47.37, "longitude": 8.54, "altitude": 412})
        self.assertEqual(station["time_source"], "gps")
        self.assertEqual(station["remote_address"], "127.0.0.1")
        self.assertLess(station["keepalive_seconds"], 5)
        self.assertEqual(station["statistics"]["received_crc_ok"], 2)
        self.assertEqual(sum(channel["packets"] for channel in station["channels"]), 3)
        self.assertIn(
            {"frequency": 867_100_000, "data_rate": "SF12BW125", "packets": 1}, station["channels"]
        )
        self.assertLess(station["seconds_since_seen"], 10)

    def test_it_takes_the_scope_of_devices(self):
        server = self.gateway()
        stranger = server.client(server.client().create_key("packets:read")["token"])
        self.assertEqual(stranger.get(STATIONS).status, 403)


if __name__ == "__main__":
    unittest.main()
