"""The metrics endpoints: real sums over what was sent, in both shapes, and their limits."""

import datetime

from gateway import UNLIMITED, GatewayTestCase, eventually
from lorawan import Forwarder, Session, rxpk

PATH = "/api/org/{org}/"


class MetricsTest(GatewayTestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.share(env=UNLIMITED)
        client = cls.server.client()
        cls.sessions = [Session(), Session()]
        for number, session in enumerate(cls.sessions):
            client.register(f"Meter {number}", dev_eui=f"70B3D5000000000{number}", lorawan=session.provisioning)
        client.register("Silent", dev_eui="70B3D50000000009", lorawan=Session().provisioning)
        with Forwarder(cls.server.lora) as forwarder:
            for number in range(10):
                forwarder.push(rxpk(cls.sessions[number % 2].uplink(b"12345")))
        eventually(lambda: len(client.packets()) == 10)

    def setUp(self):
        self.client = self.server.client()

    def get(self, name, **query):
        answer = self.client.get(PATH + name, query=query)
        self.assertEqual(answer.status, 200, answer)
        return answer.json

    def test_packets(self):
        found = self.get("packet_metrics", days_back=7, interval="hour")
        self.assertEqual(len(found["metrics"]), 7 * 24)
        self.assertEqual(found["summary"], {"total_packets": 10, "total_devices": 2, "total_bytes": 50})
        busy = [bucket for bucket in found["metrics"] if bucket["packet_count"]]
        self.assertEqual(sum(bucket["packet_count"] for bucket in busy), 10)
        for bucket in busy:
            self.assertEqual(bucket["platforms"], {"LoRaWAN": bucket["packet_count"]})
            self.assertEqual(bucket["total_bytes"], 5 * bucket["packet_count"])
            self.assertEqual(
                bucket["avg_packets_per_device"], round(bucket["packet_count"] / bucket["unique_devices"], 1)
            )
        hour = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:00:00Z")
        self.assertLessEqual(found["metrics"][-1]["timestamp"], hour)
        self.assertEqual(found["buckets"], found["metrics"])

    def test_buckets_have_no_gaps(self):
        starts = [bucket["timestamp"] for bucket in self.get("packet_metrics", days_back=40, interval="day")["metrics"]]
        days = [datetime.datetime.fromisoformat(start.replace("Z", "+00:00")) for start in starts]
        self.assertEqual(len(days), 40)
        self.assertEqual({later - day for day, later in zip(days, days[1:])}, {datetime.timedelta(days=1)})

    def test_devices(self):
        found = self.get("device_metrics", days_back=30, interval="day")
        today = found["metrics"][-1]
        self.assertEqual(today["total_devices"], 3)
        self.assertEqual(found["summary"], {"current_total": 3, "current_active": 2, "activity_rate": 66.7})
        self.assertEqual(sum(bucket["new_registrations"] for bucket in found["metrics"]), 3)

    def test_devices_as_the_official_client_reads_them(self):
        found = self.get("device_metrics", daysBack=2, timeInterval="day")
        self.assertEqual(
            {name: found[name] for name in found if name.startswith("total_")},
            {"total_registered_devices": 3, "total_active_devices": 2, "total_never_active_devices": 1},
        )
        self.assertEqual(found["buckets"][-1]["registered_devices"], 3)
        self.assertEqual(found["buckets"][-1]["never_active_devices"], 1)

    def test_requests(self):
        before = self.get("api_metrics", days_back=1)["summary"]["total_requests"]
        self.client.get(PATH + "devices")
        self.client.get(PATH + "devices/nobody")
        found = eventually(lambda: self.counted(before + 3))
        last = found["metrics"][-1] if found["metrics"][-1]["total_requests"] else found["metrics"][-2]
        self.assertGreaterEqual(last["endpoints"]["/devices"], 2)
        self.assertGreaterEqual(last["failed_requests"], 1)
        self.assertEqual(last["successful_requests"] + last["failed_requests"], last["total_requests"])
        self.assertLess(found["summary"]["success_rate"], 100)
        self.assertLess(found["success_rate"], 1)
        self.assertGreater(found["summary"]["avg_response_time_ms"], 0)

    def counted(self, requests):
        found = self.get("api_metrics", days_back=1)
        return found if found["summary"]["total_requests"] >= requests else None

    def test_refused(self):
        for query in (
            {"days_back": 0},
            {"days_back": 366},
            {"days_back": "week"},
            {"interval": "minute"},
            {"days_back": 16, "interval": "hour"},
            {"days_back": "1e2"},
        ):
            with self.subTest(query):
                answer = self.client.get(PATH + "packet_metrics", query=query)
                self.assertEqual(answer.status, 400, answer)
                self.assertIn("expected" if "interval" not in query or len(query) == 1 else "buckets", answer.error)

    def test_they_are_the_same_after_a_kill(self):
        server = self.gateway(env=UNLIMITED)
        client = server.client()
        session = Session()
        client.register("Meter", dev_eui="70B3D50000000077", lorawan=session.provisioning)
        with Forwarder(server.lora) as forwarder:
            for _ in range(5):
                forwarder.push(rxpk(session.uplink(b"abc")))
        eventually(lambda: len(client.packets()) == 5)
        before = client.get(PATH + "packet_metrics").json["summary"]
        self.assertEqual(before["total_packets"], 5)
        server.kill()
        server.start()
        after = server.client().get(PATH + "packet_metrics").json["summary"]
        self.assertEqual(after, before)
