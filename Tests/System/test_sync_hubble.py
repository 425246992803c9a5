"""A gateway that feeds a service which speaks the Hubble gateway API: here, a second instance."""

import base64
import json
import os
import sqlite3

from gateway import UNLIMITED, GatewayTestCase, eventually, run
from hubble import seal_counter_mode, seal_eax, seal_plain
from sync import UPSTREAMS, Wire
from uploads import Uploader, sighting

SDK_KEYS = "/api/org/{org}/sdk_keys"
GATEWAYS = "/api/org/{org}/gateways"
FIX = {"latitude": 10.0, "longitude": 20.0, "horizontalAccuracyMeters": 5.0}


class HubbleUpstreamTest(GatewayTestCase):
    def setUp(self):
        self.cloud, self.edge = self.gateway(env=UNLIMITED), self.gateway(env=UNLIMITED)
        self.there, self.here = self.cloud.client(), self.edge.client()
        self.wire = self.enterContext(Wire(self.cloud.runtime["http"]))
        device = self.here.register_fleet()[0]
        self.key = base64.b64decode(device["key"])
        eax = self.here.register_fleet(encryption="AES-128-EAX", eid_rotation={"period_exponent": 10})[0]
        self.eax_key = base64.b64decode(eax["key"])
        self.network_id = self.here.register_fleet(encryption="NONE")[0]["network_id"]
        self.radio = Uploader(self.edge.runtime["http"], self.sdk_key(self.here))
        self.edge.clients.append(self.radio)
        self.radio.register()

    def sdk_key(self, client):
        made = client.post(SDK_KEYS, {"name": "Dock"})
        self.assertEqual(made.status, 201, made)
        return made.json["sdk_key"]

    def add(self, *options, key=None):
        key = key or self.sdk_key(self.there)
        return run(
            "upstream", "add-hubble", self.wire.url, "--sdk-key", key, "--data", self.edge.data, *options
        )

    def hear(self, *frames, count=1):
        answer = self.radio.upload(
            *(sighting(frame, location=FIX, sightingCount=count) for frame in frames)
        )
        self.assertEqual(answer.json["accepted"], len(frames), answer)

    def shown(self, client):
        """What it shows: opened packets, and the bytes of the others."""
        found = client.get("/api/org/{org}/packets", query={"include": "undecrypted", "limit": 1000})
        self.assertEqual(found.status, 200, found)
        return found.json["packets"]

    def raw(self, client):
        return sorted(
            base64.b64decode(each["payload"]) for each in self.shown(client) if each["status"] == "undecrypted"
        )

    def until_there(self, frames, seconds=20):
        eventually(
            lambda: self.raw(self.there) == sorted(frames), seconds, step=0.1,
            message="the other side has what was heard, to the byte",
        )  # fmt: skip

    def upstream(self):
        return self.here.get(UPSTREAMS).json["upstreams"][0]

    def test_what_was_heard_arrives_to_the_byte_opened_or_not(self):
        stranger = seal_counter_mode(os.urandom(32), b"stranger", 5)
        opened = [
            seal_counter_mode(self.key, b"", 0),
            seal_counter_mode(self.key, b"thirteen byte", 1023),
            seal_eax(self.eax_key, b"nine byte", 10, 5),
            seal_plain(self.network_id, b"in clear"),
        ]
        self.hear(stranger, *opened, count=3)
        eventually(lambda: len(self.here.packets()) == 4, message="it was opened")
        eventually(lambda: self.raw(self.here) == [stranger], message="and one was not")
        done = self.add("--name", "dock-3")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.until_there([stranger, *opened])
        for each in self.shown(self.there):
            self.assertEqual(each["rssi"], -50)
        shown = self.upstream()
        self.assertEqual(shown["kind"], "hubble-gateway")
        eventually(lambda: self.upstream()["rows_waiting"] == 0)
        eventually(lambda: self.upstream()["packets_sent"] == 5)
        self.assertEqual(self.upstream()["state"], "connected")
        self.assertIn(shown["upstream_id"], run("upstream", "list", "--data", self.edge.data).stdout)
        # It goes on where it was, with the tokens that it has.
        self.edge.stop()
        self.edge.start()
        more = seal_counter_mode(self.key, b"later", 77)
        self.hear(more)
        self.until_there([stranger, *opened, more])
        self.assertEqual(self.upstream()["packets_sent"], 1)
        self.assertEqual(self.upstream()["gateway_id"], shown["gateway_id"])

    def test_what_waited_behind_a_cut_wire_arrives_once(self):
        key = self.sdk_key(self.there)
        self.assertEqual(self.add(key=key).returncode, 0)
        eventually(lambda: self.upstream()["state"] == "connected", 20)
        self.wire.drop_answers()
        frames = [seal_counter_mode(self.key, b"%d" % number, number) for number in range(600)]
        for begin in range(0, 600, 200):
            self.hear(*frames[begin : begin + 200])
        eventually(lambda: self.wire.dropped > 0, 30, message="an answer was lost")
        eventually(lambda: self.upstream()["state"] == "failing", 10)
        self.wire.mend()
        eventually(lambda: self.upstream()["packets_sent"] > 0, 30, step=0.1)
        # What is less than a batch waits for company, but not across a restart.
        self.edge.stop()
        self.edge.start()
        self.until_there(frames, 30)
        counts = {each["receptions"][0]["count"] for each in self.shown(self.there)}
        self.assertEqual(counts, {1}, "a batch whose answer was lost is counted once")

    def test_tokens_are_sealed_and_a_service_that_lost_them_is_told_again(self):
        self.assertEqual(self.add("--name", "dock-3").returncode, 0)
        eventually(lambda: self.upstream()["state"] == "connected", 20)
        before = self.upstream()["gateway_id"]
        key = self.sdk_key(self.there)
        again = Uploader(self.cloud.runtime["http"], key, device_id="dock-3")
        self.cloud.clients.append(again)
        # Another with its name takes its tokens away: it registers once more.
        again.register(expected=200)
        again.register(expected=200)
        after = seal_counter_mode(self.key, b"after", 3)
        self.hear(after)
        self.edge.stop()
        self.edge.start()
        self.until_there([after], 30)
        self.assertEqual(self.upstream()["gateway_id"], before)
        self.edge.stop()
        with sqlite3.connect(self.edge.data / "holdfast.db") as database:
            stored = database.execute(
                "SELECT hex(sealed_credential), hex(sealed_refresh_token) FROM upstream"
            ).fetchone()
        for secret, prefix in zip(stored, (b"hsk_", b"hgr_"), strict=True):
            self.assertTrue(secret)
            self.assertNotIn(prefix.hex().upper(), secret)

    def test_bad_ones_are_refused(self):
        done = self.add(key="hsk_wrong")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("refused", done.stderr)
        for body in (
            {"url": self.wire.url},
            {"url": self.wire.url, "sdk_key": "a", "code": "b"},
            {"url": self.wire.url, "sdk_key": "a\nb: c"},
            {"url": self.wire.url, "sdk_key": "a" * 257},
            {"url": self.wire.url, "sdk_key": "a", "device_id": "x" * 129},
            {"url": self.wire.url, "sdk_key": "a", "pin": "00" * 32},
        ):
            answer = self.here.post(UPSTREAMS, body)
            self.assertEqual(answer.status, 400, json.dumps(body))
        self.assertEqual(self.here.get(UPSTREAMS).json["upstreams"], [])
