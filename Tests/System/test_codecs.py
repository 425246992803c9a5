"""Codecs: payloads that become values, hostile ones among them."""

import base64
import os
import pathlib
import time
import unittest

from devices import DeviceTestCase
from gateway import eventually

CODECS = "/api/org/{org}/codecs"
PLAIN = "function decodeUplink(input) { return {data: {n: input.bytes.length, port: input.fPort}}; }"


def children(pid):
    """The processes that a process has started."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == pid and fields[0] != "Z":
                found.append(int(entry.name))
    return found


class CodecTestCase(DeviceTestCase):
    made = 0

    def create(self, kind="javascript", name=None, **members):
        CodecTestCase.made += 1
        body = {"name": name or f"Codec {CodecTestCase.made}", "kind": kind, **members}
        answer = self.client.post(CODECS, body)
        self.assertEqual(answer.status, 201, answer)
        return answer.json["codec"]

    def one(self, codec):
        return f"{CODECS}/{codec['id']}"

    def decode(self, codec, payload=b"\x01\x02", port=1):
        body = {"payload": base64.b64encode(payload).decode(), "f_port": port}
        answer = self.client.post(self.one(codec) + "/decode", body)
        self.assertEqual(answer.status, 200, answer)
        return answer.json

    def encode(self, codec, data, **members):
        answer = self.client.post(self.one(codec) + "/encode", {"data": data, **members})
        self.assertEqual(answer.status, 200, answer)
        return answer.json


class Kinds(CodecTestCase):
    def test_cayenne_lpp_both_ways(self):
        codec = self.create("cayenne_lpp")
        self.assertEqual(
            self.decode(codec, bytes.fromhex("03670110056700FF")),
            {
                "decoded": {"temperature_3": 27.2, "temperature_5": 25.5},
                "decoded_warnings": [],
                "decoded_errors": [],
            },
        )
        made = self.encode(codec, {"temperature_3": 27.2})
        self.assertEqual(base64.b64decode(made["payload"]).hex(), "03670110")
        self.assertIsNone(self.encode(codec, {"warmth": 1})["payload"])

    def test_a_layout_both_ways(self):
        fields = [
            {"name": "t", "type": "int", "offset": 0, "bits": 16, "scale": 0.1, "unit": "°C", "f_port": 1},
            {"name": "open", "type": "bool", "offset": 2, "bit": 0},
        ]
        codec = self.create("layout", fields=fields)
        self.assertEqual(codec["fields"], fields)
        self.assertEqual(
            self.decode(codec, b"\xff\x9c\x80")["decoded"],
            {"t": -10, "open": True, "units": {"t": "°C"}},
        )
        self.assertEqual(self.decode(codec, b"\xff")["decoded"], None)
        made = self.encode(codec, {"t": -10, "open": True}, f_port=1)
        self.assertEqual(base64.b64decode(made["payload"]), b"\xff\x9c\x80")

    def test_javascript_both_ways(self):
        codec = self.create(
            source="""
            function decodeUplink(input) {
              return {data: {t: input.bytes[0] / 2, at: typeof input.recvTime.getTime()}, warnings: ['w']};
            }
            function encodeDownlink(input) {
              return {bytes: [input.data.t * 2], fPort: 7, warnings: [], errors: []};
            }
            """
        )
        answer = self.decode(codec, b"\x2b")
        self.assertEqual(answer["decoded"], {"t": 21.5, "at": "number"})
        self.assertEqual(answer["decoded_warnings"], ["w"])
        made = self.encode(codec, {"t": 21.5})
        self.assertEqual((made["payload"], made["f_port"]), ("Kw==", 7))

    def test_what_cannot_be_is_refused_with_the_reason(self):
        for body, word in (
            ({"kind": "javascript"}, "decodeUplink"),
            ({"kind": "javascript", "source": "function ("}, "SyntaxError"),
            ({"kind": "javascript", "source": "let decodeUplink = (i) => ({data: {}});"}, "ECMAScript 5.1"),
            ({"kind": "javascript", "source": "throw new Error('at load')"}, "at load"),
            ({"kind": "javascript", "source": "a" * 65_537}, "65536"),
            ({"kind": "javascript", "source": "var a;\0"}, "NUL"),
            ({"kind": "layout"}, "layout"),
            ({"kind": "layout", "fields": []}, "fields"),
            ({"kind": "layout", "fields": [{"name": "a"}]}, "offset"),
            ({"kind": "layout", "source": "{}", "fields": []}, "one of them"),
            ({"kind": "cayenne_lpp", "source": "x"}, "source"),
            ({"kind": "python"}, "kind"),
            ({}, "kind"),
        ):
            answer = self.client.post(CODECS, {"name": "Bad", **body})
            self.assertEqual(answer.status, 400, answer)
            self.assertIn(word, answer.error)
        self.assertEqual(self.client.post(CODECS, {"kind": "cayenne_lpp"}).status, 400)

    def test_bad_tries_are_400(self):
        codec = self.create("cayenne_lpp")
        for body in (
            {},
            {"payload": "!"},
            {"payload": base64.b64encode(bytes(256)).decode()},
            {"payload": "", "f_port": 256},
            {"payload": 5},
        ):
            self.assertEqual(self.client.post(self.one(codec) + "/decode", body).status, 400, body)
        for body in ({}, {"data": []}, {"data": {}, "f_port": -1}, {"data": {"a": "x" * 9_000}}):
            self.assertEqual(self.client.post(self.one(codec) + "/encode", body).status, 400, body)
        self.assertEqual(self.client.post(f"{CODECS}/nothing/decode", {"payload": ""}).status, 404)


class Keeping(CodecTestCase):
    def test_a_codec_in_use_stays(self):
        codec = self.create("cayenne_lpp")
        device = self.register(codec_id=codec["id"])
        self.assertEqual(self.client.device(device["id"])["codec_id"], codec["id"])
        self.assertEqual(self.client.delete(self.one(codec)).status, 409)
        self.change(device["id"], {"codec_id": None})
        profile = self.client.post(
            "/api/org/{org}/device-profiles", {"name": codec["id"], "codec_id": codec["id"]}
        )
        self.assertEqual(profile.status, 201, profile)
        self.assertEqual(self.client.delete(self.one(codec)).status, 409)
        path = f"/api/org/{{org}}/device-profiles/{profile.json['profile']['id']}"
        self.assertEqual(self.client.delete(path).status, 200)
        self.assertEqual(self.client.delete(self.one(codec)).status, 200)
        self.assertEqual(self.client.get(self.one(codec)).status, 404)

    def test_a_change_of_the_source_is_another_revision(self):
        codec = self.create(source=PLAIN)
        renamed = self.client.patch(self.one(codec), {"name": codec["name"] + "b"}).json["codec"]
        self.assertEqual(renamed["revision"], 1)
        changed = self.client.patch(
            self.one(codec), {"source": "function Decoder(b) { return {m: b.length}; }"}
        )
        self.assertEqual(changed.json["codec"]["revision"], 2)
        self.assertEqual(self.decode(codec)["decoded"], {"m": 2})
        self.assertEqual(self.client.patch(self.one(codec), {"source": "x("}).status, 400)
        self.assertEqual(self.decode(codec)["decoded"], {"m": 2})

    def test_what_it_takes_to_read_and_to_write(self):
        codec = self.create("cayenne_lpp")
        reader = self.server.client(self.client.create_key("devices:read")["token"])
        self.assertEqual(reader.get(self.one(codec)).status, 200)
        self.assertEqual(reader.get(CODECS).status, 200)
        self.assertEqual(reader.patch(self.one(codec), {"name": "x"}).status, 403)
        self.assertEqual(reader.delete(self.one(codec)).status, 403)
        stranger = self.server.client(self.client.create_key("packets:read")["token"])
        self.assertEqual(stranger.get(CODECS).status, 403)


class Hostile(CodecTestCase):
    def hostile(self, body):
        return self.create(source="function decodeUplink(input) { " + body + " }")

    def test_a_codec_that_fails_costs_its_own_result(self):
        good = self.create(source=PLAIN)
        for body, word in (
            ("throw new Error('flat battery');", "flat battery"),
            ("return 1 + decodeUplink(input);", "RangeError"),
            ("var s = 'x'; while (true) s += s;", "alloc failed"),
            ("return {data: 'text'};", "no object"),
            ("return {data: {a: new Array(9000).join('y')}};", "8192"),
            ("return null;", "no object"),
            ("return {errors: ['bad', 5]};", "bad"),
            ("var o = {}; o.o = o; return {data: o};", "cyclic"),
        ):
            answer = self.decode(self.hostile(body))
            self.assertIsNone(answer["decoded"], body)
            self.assertIn(word, answer["decoded_errors"][0])
            self.assertEqual(self.decode(good)["decoded"], {"n": 2, "port": 1})

    def test_a_codec_that_loops_is_ended_and_parked_and_others_go_on(self):
        gateway = self.gateway(env={"HOLDFAST_HTTP_RATE_LIMITS": "off"})
        self.client = gateway.client()
        good = self.create(source=PLAIN)
        for loop in ("while (true) {}", "return decodeUplink(input);", "/(x+x+)+y/.test(new Array(40).join('x'));"):
            codec = self.hostile(loop)
            for _ in range(3):
                began = time.monotonic()
                self.assertIn("50", self.decode(codec)["decoded_errors"][0], loop)
                self.assertLess(time.monotonic() - began, 5)
                self.assertEqual(self.decode(good)["decoded"], {"n": 2, "port": 1})
            self.assertIn("parked", self.decode(codec)["decoded_errors"][0])
            self.assertEqual(self.client.get(self.one(codec)).json["codec"]["status"], "parked")
            mended = self.client.patch(self.one(codec), {"source": PLAIN + f"// {codec['id']}"})
            self.assertEqual(mended.json["codec"]["status"], "active")
            self.assertEqual(self.decode(codec)["decoded"], {"n": 2, "port": 1})
        self.assertEqual(self.client.get(self.one(good)).json["codec"]["status"], "active")

    def test_a_script_that_loops_when_it_is_loaded_is_refused(self):
        answer = self.client.post(CODECS, {"name": "Loop", "kind": "javascript", "source": "while (true);"})
        self.assertEqual(answer.status, 400, answer)
        self.assertEqual(self.decode(self.create(source=PLAIN))["decoded"], {"n": 2, "port": 1})

    def test_the_worker_has_nothing_of_the_gateway_s_and_ends_with_it(self):
        gateway = self.gateway(env={"HOLDFAST_HTTP_RATE_LIMITS": "off"})
        self.client = gateway.client()
        self.assertEqual(children(gateway.process.pid), [], "there is no worker before it is needed")
        self.decode(self.create(source=PLAIN))
        (worker,) = children(gateway.process.pid)
        proc = pathlib.Path(f"/proc/{worker}")
        self.assertEqual((proc / "environ").read_bytes(), b"")
        open_files = {os.readlink(link) for link in (proc / "fd").iterdir()}
        # The runtime's own timers and events are anonymous inodes.
        kinds = {name.partition(":")[0] for name in open_files} - {"anon_inode"}
        self.assertEqual(kinds, {"socket", "/dev/null"})
        status = dict(
            line.split(":\t", 1) for line in (proc / "status").read_text().splitlines() if ":\t" in line
        )
        self.assertEqual((status["Seccomp"], status["NoNewPrivs"]), ("2", "1"))
        limits = (proc / "limits").read_text()
        self.assertRegex(limits, r"Max open files +0 ")
        self.assertRegex(limits, r"Max processes +0 ")
        gateway.kill()
        eventually(lambda: not proc.exists(), 5, message="the worker did not end")

    def test_a_worker_that_is_killed_is_replaced(self):
        gateway = self.gateway(env={"HOLDFAST_HTTP_RATE_LIMITS": "off"})
        self.client = gateway.client()
        codec = self.create(source=PLAIN)
        self.decode(codec)
        (worker,) = children(gateway.process.pid)
        os.kill(worker, 9)
        eventually(lambda: self.decode(codec)["decoded"] == {"n": 2, "port": 1}, 5)
        self.assertNotEqual(children(gateway.process.pid), [worker])
        self.assertEqual(gateway.stop(), 0)


if __name__ == "__main__":
    unittest.main()
