"""Backups of an instance that runs, and what comes of putting them back."""

import os
import pathlib
import tempfile
import unittest

from gateway import UNLIMITED, eventually, run
from sync import SyncTestCase


class Backups(SyncTestCase):
    def backup(self, gateway):
        """The file, and its recovery code."""
        folder = self.enterContext(tempfile.TemporaryDirectory(prefix="holdfast-test-"))
        path = pathlib.Path(folder) / "backup"
        done = run("backup", path, "--data", gateway.data)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(os.listdir(folder), ["backup"])
        return path, done.stdout.split("recovery code")[1].strip()

    def test_a_backup_made_while_it_runs_is_restored_on_another_machine(self):
        self.begin(is_wired=False)
        self.send(20)
        before = self.shown(self.here)
        path, code = self.backup(self.edge)
        self.send(5)
        other = self.enterContext(tempfile.TemporaryDirectory(prefix="holdfast-test-"))
        refused = run("restore", path, "--data", other)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("recovery code", refused.stderr)
        wrong = run("restore", path, "--code", "00000-00000-00000-00000", "--data", other)
        self.assertEqual(wrong.returncode, 1)
        done = run("restore", path, "--code", code.lower(), "--data", other)
        self.assertEqual(done.returncode, 0, done.stderr)
        key = (self.edge.data / "first-key.json").read_bytes()
        (pathlib.Path(other) / "first-key.json").write_bytes(key)
        twin = self.gateway(directory=other, env=UNLIMITED)
        self.assertEqual(self.shown(twin.client()), before)
        self.assertIn("a new epoch was begun", twin.log())
        # Its keys open what its devices send.
        self.forwarder.move(twin.lora)
        self.here = twin.client()
        self.send(3)

    def test_a_backup_shows_no_secret_and_no_key_of_the_first_start(self):
        self.begin(is_wired=False)
        path, code = self.backup(self.edge)
        content = path.read_bytes()
        self.assertNotIn((self.edge.data / "master.key").read_bytes(), content)
        self.assertNotIn(self.session.app_s_key, content)
        self.assertNotIn(self.edge.first_key["token"].encode(), content)
        self.assertNotIn(code.encode(), content)
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)

    def test_a_restored_gateway_has_its_central_lose_and_double_nothing(self):
        self.begin()
        self.enroll()
        self.send(10)
        self.until_equal()
        path, _ = self.backup(self.edge)
        self.send(7)
        ledger = self.until_equal()
        running = run("restore", path, "--data", self.edge.data)
        self.assertNotEqual(running.returncode, 0)
        self.edge.stop()
        done = run("restore", path, "--data", self.edge.data)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.edge.start()
        self.forwarder.move(self.edge.lora)
        self.assertEqual(len(self.shown(self.here)), 10)
        self.send(4)
        wanted = ledger | self.shown(self.here)
        eventually(lambda: self.shown(self.there) == wanted, 30, message="all of both histories")
        self.assertEqual(self.enrolled()[0]["conflicts"], 0)

    def test_a_damaged_backup_replaces_nothing(self):
        self.begin(is_wired=False)
        self.send(4)
        path, _ = self.backup(self.edge)
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
        self.edge.stop()
        for length in (len(content), len(content) - 10, 40, 0):
            path.write_bytes(content[:length])
            done = run("restore", path, "--data", self.edge.data)
            self.assertEqual(done.returncode, 1, done.stdout)
        self.edge.start()
        self.assertEqual(len(self.shown(self.edge.client())), 4)
        self.assertNotIn("new epoch", self.edge.log())


if __name__ == "__main__":
    unittest.main()
