"""A backlog that is carried from a gateway to its central by hand."""

import pathlib
import tempfile
import unittest

from gateway import UNLIMITED, eventually, run
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
