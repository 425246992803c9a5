"""The official client's console script, unmodified, led here by the two variables of `hubble-env`.

Needs pyhubblenetwork 0.15.0 and the binary in HOLDFAST_PATH; says which is missing and skips.
"""

import csv
import io
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "System"))

from gateway import UNLIMITED, GatewayTestCase, environment, run
from tunnel import ENVIRONMENT, TunnelGateway

SCRIPT = shutil.which("hubblenetwork", path=os.path.dirname(sys.executable)) or shutil.which("hubblenetwork")
if SCRIPT is None:
    raise unittest.SkipTest("pyhubblenetwork is not installed: there is no hubblenetwork")

# Whatever else would lead the client elsewhere, or give it a credential.
STRANGE = re.compile("(HTTPS?|ALL|NO)_PROXY|SSL_CERT_(FILE|DIR)|HUBBLE_.*", re.IGNORECASE)


class Console(GatewayTestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = TunnelGateway(demo=True, env={**ENVIRONMENT, **UNLIMITED})
        cls.shared_gateways = [cls.server]
        cls.enterClassContext(cls.server)
        printed = run("hubble-env", "--data", cls.server.data)
        cls.variables = dict(line.split("=", 1) for line in printed.stdout.splitlines())

    def console(self, *arguments, token=None, **variables):
        kept = {name: value for name, value in environment().items() if not STRANGE.fullmatch(name)}
        return subprocess.run(
            [SCRIPT, *arguments],
            env={
                **kept,
                **self.variables,
                "HUBBLE_ORG_ID": self.server.organization,
                "HUBBLE_API_TOKEN": token or self.server.first_key["token"],
                "NO_COLOR": "1",
                "COLUMNS": "200",
                **variables,
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
        )

    def output(self, *arguments):
        done = self.console(*arguments)
        self.assertEqual(done.returncode, 0, f"{done.stdout}\n{done.stderr}")
        return done.stdout

    def test_credentials_are_validated(self):
        self.assertIn("Valid credentials", self.output("validate-credentials"))

    def test_wrong_credentials_are_said_to_be_wrong(self):
        done = self.console("validate-credentials", token="wrong")
        self.assertNotIn("Valid credentials", done.stdout)
        self.assertIn("No valid Hubble credentials", done.stdout + done.stderr)

    def test_the_organization_is_shown(self):
        shown = self.output("org", "info")
        self.assertIn("Acme IoT Solutions", shown)
        self.assertIn(self.server.organization, shown)

    def test_devices_are_listed(self):
        self.assertIn("device-uuid-1", self.output("org", "list-devices"))
        listed = self.output("org", "list-devices", "--format", "json")
        self.assertIn("device-uuid-1", listed)

    def test_packets_are_had_in_each_format(self):
        get = ("org", "get-packets", "device-uuid-1", "--limit", "5", "--format")
        self.assertIn("SGVsbG8gV29ybGQ=", self.output(*get, "tabular", "--payload-format", "base64"))
        rows = list(csv.reader(io.StringIO(self.output(*get, "csv")), skipinitialspace=True))
        self.assertEqual(len([row for row in rows if "SGVsbG8gV29ybGQ=" in row]), 5, rows)
        packets = json.loads(self.output(*get, "json"))
        self.assertEqual(len(packets), 5)
        self.assertEqual({packet["payload"] for packet in packets}, {"SGVsbG8gV29ybGQ="})

    def test_all_pages_of_packets_are_had(self):
        packets = json.loads(self.output("org", "get-packets", "device-uuid-1", "--format", "json"))
        self.assertTrue(900 <= len(packets) <= 923, len(packets))

    def test_a_device_is_registered_renamed_and_deleted(self):
        made = self.output("org", "register-device", "--encryption", "AES-128-EAX")
        device = re.search(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", made).group()
        renamed = self.output("org", "set-device-name", device, "field-unit-7")
        self.assertIn("field-unit-7", renamed)
        self.assertEqual(self.server.client().device(device)["device"]["name"], "field-unit-7")
        self.assertIn("deleted", self.output("org", "delete-device", device, "--yes"))
        self.assertEqual(self.server.client().get(f"/api/org/{{org}}/devices/{device}").status, 404)

    def test_devices_are_counted(self):
        counted = self.output("metrics", "devices")
        self.assertRegex(counted, r"Registered:\s+1")
        self.assertRegex(counted, r"Active:\s+1")

    def test_a_client_that_does_not_trust_the_gateway_gets_nothing(self):
        done = self.console("validate-credentials", SSL_CERT_FILE="/etc/ssl/certs/ca-certificates.crt")
        self.assertNotIn("Valid credentials", done.stdout)


if __name__ == "__main__":
    unittest.main()
