"""Schemathesis against a gateway of ours, from our own document of the API.

Needs schemathesis and the binary in HOLDFAST_PATH; says which is missing and skips.
"""

import base64
import importlib.util
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "System"))

if importlib.util.find_spec("schemathesis") is None:
    raise unittest.SkipTest("schemathesis is not installed")

from gateway import UNLIMITED, GatewayTestCase, environment, eventually
from lorawan import Forwarder, Session, rxpk
from uploads import Uploader

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "allow_header_conformance",
)
# Not asked for: that what the document does not allow is refused (a number above a limit counts as the
# limit, null is taken for what is not there), nor that what it allows is taken (some members exclude
# others, which OpenAPI 3.0 cannot say). No operation is left out. What takes away runs last, so that
# the rest has something to work with, and takes another key than the run's own: the one in {key_id}.
LIMIT_SECONDS = 480


class Document(GatewayTestCase):
    def setUp(self):
        self.server = self.gateway(env=UNLIMITED)
        self.client = self.server.client()

    def configuration(self, directory):
        """Identifiers that exist, so that more than 404 is seen."""
        self.client.register(dev_eui="70B3D54996C4C5A7", device_key=base64.b64encode(bytes(32)).decode())
        self.made = self.make_of_each()
        key = self.client.create_key("devices:read")
        body = {"email": "invited@example.com", "role": "member"}
        invited = self.client.post("/api/org/{org}/invitations", body)
        uploader = self.uploader()
        self.gateway_id = uploader.gateway_id
        values = {
            "path.org_id": self.server.organization,
            **self.made,
            "path.key_id": key["key_id"],
            "path.invitation_id": invited.json["invitation"]["invitation_id"],
            "path.gateway_id": uploader.gateway_id,
        }
        lines = ["[parameters]"] + [
            f"{json.dumps(name)} = {json.dumps(value)}" for name, value in values.items()
        ]
        # The name of this parameter is another thing's too.
        lines += ["[[operations]]", 'include-path-regex = "/enrollments/"', "[operations.parameters]"]
        lines += [f'"path.gateway_id" = {json.dumps(self.enrolled_id())}']
        lines += ["[headers]", f"Authorization = {json.dumps('Bearer ' + self.client.token)}"]
        # Gateways have tokens of their own.
        lines += ["[[operations]]", 'include-tag = "Hubble Gateway API"', "[operations.headers]"]
        lines += [f"Authorization = {json.dumps('Bearer ' + uploader.token)}"]
        lines += [f"X-Sdk-Key = {json.dumps(uploader.sdk_key)}"]
        path = pathlib.Path(directory) / "schemathesis.toml"
        path.write_text("\n".join(lines) + "\n")
        return path

    def uploader(self):
        key = self.client.post("/api/org/{org}/sdk_keys", {"name": "Field"}).json["sdk_key"]
        uploader = Uploader(self.server.runtime["http"], key)
        self.server.clients.append(uploader)
        uploader.register()
        return uploader

    def make_of_each(self):
        """A device that was heard, with all that can belong to it, a webhook, and a central to send to."""
        central = self.gateway(env={**UNLIMITED, "HOLDFAST_ROLE": "central"})
        upstream = self.enroll(self.client, central)
        central.stop()  # before it gives the device an identifier of its own
        codec = {"name": "Plain", "kind": "javascript"}
        codec["source"] = "function decodeUplink(input) { return {data: {first: input.bytes[0]}}; }"
        codec["source"] += " function encodeDownlink(input) { return {bytes: [1], fPort: 1}; }"
        codec = self.make("codecs", codec)["codec"]
        profile = self.make("device-profiles", {"name": "Plain"})["profile"]
        known, strange = Session(), Session()
        device = self.client.register(
            "Meter",
            dev_eui="70B3D50000000001",
            lorawan=known.provisioning,
            profile_id=profile["id"],
            codec_id=codec["id"],
            expected_uplink_interval=60,
        )
        with Forwarder(self.server.lora) as forwarder:
            forwarder.push(rxpk(known.uplink(b"known")))
            forwarder.push(rxpk(strange.uplink(b"strange")))
            eventually(lambda: len(self.client.packets(include="undecrypted")) == 2)
        downlink = self.make(f"devices/{device['id']}/downlinks", {"payload": "AQ==", "f_port": 1})
        webhook = self.make("webhooks", {"url": "http://127.0.0.1:9/", "name": "Nobody"})["webhook"]
        return {
            "path.device_id": device["id"],
            "path.profile_id": profile["id"],
            "path.codec_id": codec["id"],
            "path.downlink_id": downlink["downlink_id"],
            "path.webhook_id": webhook["webhook_id"],
            "path.upstream_id": upstream["upstream_id"],
        }

    def make(self, path, body, client=None):
        answer = (client or self.client).post("/api/org/{org}/" + path, body)
        self.assertEqual(answer.status, 201, answer)
        return answer.json

    def enroll(self, client, central):
        """Makes a central the upstream of a gateway."""
        code = self.make("gateways/enrollments", {"name": "Dock"}, central.client())["code"]
        return self.make("upstreams", {"url": central.runtime["http"], "code": code}, client)

    def enrolled_id(self):
        """Of a gateway that sends to the one that is tried."""
        self.enroll(self.gateway(env=UNLIMITED).client(), self.server)
        (enrolled,) = self.client.get("/api/org/{org}/gateways/enrollments").json["gateways"]
        return enrolled["gateway_id"]

    def test_every_answer_is_one_that_the_document_has(self):
        with tempfile.TemporaryDirectory(prefix="holdfast-schemathesis-") as directory:
            configuration = self.configuration(directory)
            for methods in (("--exclude-method", "DELETE"), ("--include-method", "DELETE")):
                with self.subTest(methods=methods):
                    done = self.schemathesis(directory, configuration, methods)
                    self.assertEqual(done.returncode, 0, done.stdout[-20_000:])
                    # Every operation that was chosen was tried, and often enough to mean something.
                    chosen, tried = re.search(r"Selected: (\d+)/\d+\s+Tested: (\d+)", done.stdout).groups()
                    self.assertEqual(chosen, tried, done.stdout[-2_000:])
                    passed = int(re.search(r"(\d+) generated, \d+ passed", done.stdout).group(1))
                    self.assertGreater(passed, 10 * int(chosen), done.stdout[-2_000:])
                    if "--exclude-method" in methods:
                        self.assert_changed()
        # The gateways' own routes let it in.
        gateways = self.client.get("/api/org/{org}/gateways").json["gateways"]
        mine = next(each for each in gateways if each["gateway_id"] == self.gateway_id)
        self.assertGreater(mine["batches"], 0)
        self.assertIsNotNone(mine["location"])

    def assert_changed(self):
        """What was made was found, as all of it was changed. The clock may have been set back meanwhile: that
        is a request too."""
        for path, name in (
            (f"devices/{self.made['path.device_id']}", "device"),
            (f"device-profiles/{self.made['path.profile_id']}", "profile"),
            (f"codecs/{self.made['path.codec_id']}", "codec"),
        ):
            found = self.client.get("/api/org/{org}/" + path).json[name]
            self.assertNotEqual(found["updated_at"], found["created_at"], path)
        (webhook,) = (
            each
            for each in self.client.get("/api/org/{org}/webhooks").json["webhooks"]
            if each["webhook_id"] == self.made["path.webhook_id"]
        )
        self.assertNotEqual(webhook["updated_at"], webhook["created_at"])

    def schemathesis(self, directory, configuration, methods):
        return subprocess.run(
            [
                *(sys.executable, "-m", "schemathesis.cli", "--config-file", configuration),
                *("run", self.server.runtime["http"] + "/openapi.json", "--checks", ",".join(CHECKS)),
                *methods,
                *("--phases", "examples,coverage,fuzzing", "--max-examples", "12", "--seed", "1"),
                *("--generation-deterministic", "--no-color", "--continue-on-failure", "--no-shrink"),
                *("--request-timeout", "20", "--suppress-health-check", "all", "--warnings", "off"),
            ],
            cwd=directory,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LIMIT_SECONDS,
        )
