"""A backlog that is carried from a gateway to its central by hand."""

import pathlib
import tempfile
import unittest

from gateway import UNLIMITED, eventually, run
from lorawan import Forwarder, Session, rxpk
from sync import SyncTestCase


class Carried(SyncTestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="holdfast-test-")))

    def export(self, name="stick"):
        path = self.folder / name
        done = run("export", "--since-mark", path, "--data", self.edge.data)
        self.assertEqual(done.returncode, 0, done.stderr)
        return path

    def take(self, path, central=None):
        return run("import", path, "--data", (central or self.central).data)

    def cut_off(self):
        """An enrolled gateway with a backlog that the wire does not take."""
        self.begin()
        self.enroll()
        self.send(5)
        self.until_equal()
        eventually(lambda: self.upstream()["rows_waiting"] == 0, 10)
        self.wire.cut()
        return self.send(700)

    def test_what_is_carried_arrives_once_however_often_it_is_taken(self):
        payloads = self.cut_off()
        path = self.export()
        first = self.take(path)
        self.assertEqual(first.returncode, 0, first.stderr)
        self.assertIn("700 packets", first.stdout)
        self.assertEqual(self.shown(self.here), self.shown(self.there))
        again = self.take(path)
        self.assertIn(" 0 packets", again.stdout)
        content = path.read_bytes()
        for payload in payloads[:50]:
            self.assertNotIn(payload, content)
        self.wire.mend()
        eventually(lambda: self.upstream()["rows_waiting"] == 0, 30)
        self.assertEqual(self.upstream()["contradictions"], 0)
        self.assertEqual(self.enrolled()[0]["packets_received"], 705)

    def test_both_sides_may_be_stopped(self):
        self.cut_off()
        before = self.shown(self.here)
        self.edge.stop()
        self.central.stop()
        path = self.export()
        done = self.take(path)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.central.start()
        self.assertEqual(self.shown(self.there), before)

    def test_what_was_heard_after_the_export_arrives_too_also_of_a_device_that_is_not_known_there(self):
        self.begin(registers_at_central=False)
        self.enroll()
        eventually(lambda: self.there.get("/api/org/{org}/devices").json["devices"], 15)
        self.wire.cut()
        session = Session()
        self.here.register("Second", dev_eui="70B3D500000000D2", lorawan=session.provisioning)
        frames = [rxpk(session.uplink(b"two%02d" % number)) for number in range(20)]
        for frame in frames:
            self.forwarder.push(frame)
        eventually(lambda: len(self.shown(self.here)) == 20, 15)
        path = self.export()
        self.assertEqual(self.take(path).returncode, 0)
        with Forwarder(self.edge.lora, eui="AA555A0000000002") as other:
            for frame in frames:
                other.push(frame)
            eventually(lambda: self.receptions(self.here) == [2] * 20, 15, message="heard by both")
        self.assertEqual(self.shown(self.there), {})
        self.wire.mend()
        eventually(lambda: self.receptions(self.there) == [2] * 20, 60, message="both receptions there")

    def receptions(self, client):
        return [len(packet["receptions"]) for packet in client.packets()]

    def test_nobody_else_takes_it_and_no_altered_file_is_taken(self):
        self.cut_off()
        path = self.export()
        other = self.gateway(env={**UNLIMITED, "HOLDFAST_ROLE": "central"})
        self.assertNotEqual(self.take(path, other).returncode, 0)
        lines = path.read_text().splitlines()
        altered = lines[1][:200] + ("A" if lines[1][200] != "A" else "B") + lines[1][201:]
        path.write_text("\n".join([lines[0], altered]) + "\n")
        done = self.take(path)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("does not open", done.stderr)
        self.assertEqual(len(self.shown(self.there)), 5)


if __name__ == "__main__":
    unittest.main()
