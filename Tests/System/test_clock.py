"""A gateway whose clock starts in 1970: nothing expires, everything gets its time once there is one."""

import base64
import datetime
import time

from gateway import GatewayTestCase, eventually
from lorawan import Forwarder, Session, rxpk
from sync import SyncTestCase
from test_lora import new_eui

CLOCK = "/api/org/{org}/clock"
GPS_EPOCH = 315_964_800 - 18


def iso(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds(text):
    return datetime.datetime.fromisoformat(text).timestamp()


class Clock(GatewayTestCase):
    def setUp(self):
        offset = 100 - int(time.time())
        self.server = self.gateway(env={"HOLDFAST_TRIAL_CLOCK_OFFSET": str(offset)})
        self.client = self.server.client()
        self.forwarder = self.enterContext(Forwarder(self.server.lora))
        self.session = Session()
        self.client.register("Meter", dev_eui=new_eui(), lorawan=self.session.provisioning)

    def push(self, payload, **members):
        self.forwarder.push(rxpk(self.session.uplink(payload), **members))

    def packets(self, **query):
        """All of them, also those that are still in 1970."""
        return self.client.packets(start_time="1970-01-01T00:00:00Z", end_time="2099-01-01T00:00:00Z", **query)

    def test_it_says_that_it_has_no_time(self):
        clock = self.client.get(CLOCK).json
        self.assertEqual((clock["quality"], clock["source"]), ("none", None))
        self.assertLess(seconds(clock["time"]), 3_600)

    def payloads(self):
        return [base64.b64decode(packet["payload"]) for packet in self.packets()]

    def test_an_installers_phone_tells_the_time_and_what_was_heard_gets_it(self):
        heard = time.time()
        self.push(b"early")
        packet = eventually(lambda: self.packets(), 5)[0]
        self.assertEqual(packet["clock"], "unsynced")
        time.sleep(1.5)
        answer = self.client.put(CLOCK, {"time": iso(time.time())})
        self.assertEqual((answer.status, answer.json["quality"], answer.json["source"]), (200, "told", "installer"))
        packet = eventually(lambda: (p := self.packets()) and "clock" not in p[0] and p[0], 5)
        self.assertAlmostEqual(seconds(packet["received_at"]), heard, delta=2)
        self.push(b"late")
        eventually(lambda: len(self.packets()) == 2, 5)
        self.assertEqual([p.get("clock") for p in self.packets()], [None, None])

    def test_a_satellite_tells_the_time_where_nobody_else_has(self):
        self.push(b"early")
        eventually(lambda: self.packets(), 5)
        self.push(b"gps", tmms=int((time.time() - GPS_EPOCH) * 1000))
        eventually(lambda: [p.get("clock") for p in self.packets()] == [None, None], 5)
        clock = self.client.get(CLOCK).json
        self.assertEqual((clock["quality"], clock["source"]), ("told", "gnss"))
        self.assertAlmostEqual(seconds(clock["time"]), time.time(), delta=2)
        # A forged one does not move it any more than by its own.
        self.client.put(CLOCK, {"time": iso(time.time())})
        self.push(b"forged", tmms=int((time.time() + 10**7 - GPS_EPOCH) * 1000))
        eventually(lambda: len(self.packets()) == 3)
        self.assertAlmostEqual(seconds(self.client.get(CLOCK).json["time"]), time.time(), delta=2)

    def test_a_time_that_cannot_be_true_is_refused(self):
        for text in ("1970-01-02T00:00:00Z", "2019-01-01T00:00:00Z", "2150-01-01T00:00:00Z", "soon"):
            with self.subTest(text=text):
                self.assertEqual(self.client.put(CLOCK, {"time": text}).status, 400)
        self.assertEqual(self.client.get(CLOCK).json["quality"], "none")

    def test_keys_limits_and_repeats_do_not_mind_the_clock(self):
        frame = self.session.uplink(b"once")
        self.forwarder.push(rxpk(frame))
        eventually(lambda: self.packets(), 5)
        self.client.put(CLOCK, {"time": iso(time.time() + 365 * 86_400)})
        self.forwarder.push(rxpk(frame))
        self.client.put(CLOCK, {"time": iso(time.time() - 30)})
        self.forwarder.push(rxpk(frame))
        self.push(b"last")
        eventually(lambda: b"last" in self.payloads())
        self.assertEqual(sorted(self.payloads()), [b"last", b"once"])


class FromTheCentral(SyncTestCase):
    def test_the_central_tells_the_time_and_what_was_heard_before_arrives_with_it(self):
        offset = 100 - int(time.time())
        self.begin(HOLDFAST_TRIAL_CLOCK_OFFSET=str(offset))
        heard = time.time()
        self.send(3)
        self.assertEqual(self.here.get(CLOCK).json["quality"], "none")
        self.enroll()
        eventually(lambda: self.here.get(CLOCK).json["source"] == "central", 15)
        self.assertAlmostEqual(seconds(self.here.get(CLOCK).json["time"]), time.time(), delta=2)
        self.until_equal()
        for client in (self.here, self.there):
            for packet in client.packets():
                self.assertAlmostEqual(seconds(packet["received_at"]), heard, delta=3)
                self.assertNotIn("clock", packet)
