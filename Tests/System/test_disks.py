"""Full and read-only disks."""

import contextlib
import os
import subprocess
import threading
import time
import unittest

from durability import DurabilityTestCase
from gateway import eventually, run
from lorawan import rxpk
from mounts import mounted


class FullDisk(DurabilityTestCase):
    def test_it_recovers_by_itself_and_answers_507_while_it_lasts(self):
        point = self.enterContext(mounted(["-t", "tmpfs"], "tmpfs", "size=64m"))
        self.begin(directory=str(point / "data"))
        payloads = self.push(10)
        stop = threading.Event()
        filler = threading.Thread(target=self.fill, args=(point / "filler", stop))
        filler.start()
        try:
            statuses, number = [], 0
            deadline = time.monotonic() + 30
            while statuses[-8:].count(507) < 5:
                self.assertLess(time.monotonic(), deadline, f"no 507: {statuses}")
                number += 1
                payloads.append(os.urandom(40))
                self.assertLess(self.forwarder.push(rxpk(self.session.uplink(payloads[-1]))), 1)
                answer = self.client.post(
                    "/api/v2/org/{org}/devices",
                    {"name": "n", "dev_eui": f"{number:016x}", "device_key": "AAAA"},
                )
                self.assertIn(answer.status, (201, 507), answer)
                statuses.append(answer.status)
                self.assertGreaterEqual(len(self.client.packets()), 10)  # reads go on
                self.assertEqual(self.client.get("/health").status, 200)
                time.sleep(0.1)

            def is_unready():
                # It says so while packets cannot be stored: what is pending may still fit into the WAL.
                payloads.append(os.urandom(40))
                self.forwarder.push(rxpk(self.session.uplink(payloads[-1])))
                return self.client.get("/health/ready").status == 503

            eventually(is_unready, step=0.1, message="/health/ready says so")
            for _ in range(20):
                payloads.append(os.urandom(40))
                self.forwarder.push(rxpk(self.session.uplink(payloads[-1])))
        finally:
            stop.set()
            filler.join()
        os.unlink(point / "filler")
        eventually(
            lambda: self.client.post(
                "/api/v2/org/{org}/devices",
                {"name": "n", "dev_eui": "00000000ffffffff", "device_key": "AAAA"},
            ).status
            in (201, 409),
            10,
            step=0.2,
            message="the API takes writes again",
        )
        eventually(
            lambda: len(self.client.packets(limit=1000)) >= len(payloads),
            15,
            step=0.2,
            message="packets heard meanwhile are stored",
        )
        self.assertEqual(list(self.shown().values()), payloads)
        eventually(
            lambda: self.client.get("/health/ready").status == 200, message="/health/ready is well again"
        )
        self.assertEqual(self.server.stop(), 0)
        self.start()
        self.assertEqual(list(self.shown().values()), payloads)
        self.assertEqual(self.server.stop(), 0)

    @staticmethod
    def fill(path, stop):
        """Takes every free byte as soon as there is one."""
        with open(path, "ab", buffering=0) as file:
            while not stop.is_set():
                for size in (1 << 20, 1 << 12):
                    with contextlib.suppress(OSError):
                        file.write(bytes(size))
                        break
                else:
                    time.sleep(0.02)

    def test_a_kill_while_the_disk_is_full_loses_nothing_shown(self):
        point = self.enterContext(mounted(["-t", "tmpfs"], "tmpfs", "size=64m"))
        self.begin(directory=str(point / "data"))
        payloads = self.push(50)
        stop = threading.Event()
        filler = threading.Thread(target=self.fill, args=(point / "filler", stop))
        filler.start()
        try:
            time.sleep(1.5)
            shown = self.shown()
            self.server.kill()
        finally:
            stop.set()
            filler.join()
        os.unlink(point / "filler")
        self.start()
        self.assertLessEqual(shown.items(), self.shown().items())
        self.assertEqual(list(shown.values()), payloads)


    def test_a_stop_on_a_full_disk_leaves_what_was_heard_in_the_journal_and_a_start_is_possible(self):
        point = self.enterContext(mounted(["-t", "tmpfs"], "tmpfs", "size=64m"))
        self.begin(directory=str(point / "data"))
        payloads = self.push(10)
        # The journal is made when it is first needed.
        time.sleep(3.5)
        payloads += [os.urandom(40) for _ in range(2)]
        for payload in payloads[-2:]:
            self.forwarder.push(rxpk(self.session.uplink(payload)))
        time.sleep(1)
        self.shown()
        stop = threading.Event()
        filler = threading.Thread(target=self.fill, args=(point / "filler", stop))
        filler.start()
        try:
            statuses = []

            def is_unready():
                # For good: the ballast has been given up, and taken.
                payloads.append(os.urandom(40))
                self.forwarder.push(rxpk(self.session.uplink(payloads[-1])))
                self.client.packets(limit=1)  # wants it committed
                statuses.append(self.client.get("/health/ready").status)
                return len(statuses) > 8 and set(statuses[-8:]) == {503}

            eventually(is_unready, 40, step=0.2, message="/health/ready says so")
            for _ in range(40):
                payloads.append(os.urandom(40))
                self.forwarder.push(rxpk(self.session.uplink(payloads[-1])))
            self.assertEqual(self.server.stop(), 0)
            self.assertIn("is in the journal for the next start", self.server.log())
        finally:
            stop.set()
            filler.join()
        os.unlink(point / "filler")
        self.start()
        eventually(lambda: list(self.shown().values()) == payloads, 15, message="all of it is taken up")

    def test_it_starts_on_a_disk_that_is_full_and_gives_the_ballast_up(self):
        point = self.enterContext(mounted(["-t", "tmpfs"], "tmpfs", "size=64m"))
        self.begin(directory=str(point / "data"))
        payloads = self.push(10)
        self.assertEqual(self.server.stop(), 0)
        with contextlib.suppress(OSError), open(point / "filler", "ab", buffering=0) as file:
            while True:
                file.write(bytes(1 << 12))
        self.start()
        self.assertEqual(list(self.shown().values()), payloads)
        payloads += self.push(5)
        self.assertEqual(list(self.shown().values()), payloads)
        self.assertIn("the ballast is given up", self.server.log())


class ReadOnly(DurabilityTestCase):
    def test_a_read_only_data_directory_is_refused_in_one_line(self):
        self.begin()
        self.server.stop()
        with mounted(["--bind"], str(self.server.data)) as point:
            subprocess.run(["mount", "-o", "remount,bind,ro", str(point)], check=True)
            result = run(
                "serve",
                "--data",
                point,
                "--http",
                "127.0.0.1:0",
                "--lora",
                "127.0.0.1:0",
                "--ble",
                "off",
                timeout=10,
            )
            output = (result.stdout + result.stderr).strip()
            self.assertNotEqual(result.returncode, 0, output)
            self.assertEqual(len(output.splitlines()), 1, output)
            self.assertIn(str(point), output)
            self.assertIn("read-only", output.lower())
        self.start()
        self.assertEqual(self.client.get("/api/org/{org}/check").status, 200)

    def test_check_works_on_a_read_only_data_directory(self):
        self.begin()
        self.push(5)
        self.server.stop()
        with mounted(["--bind"], str(self.server.data)) as point:
            subprocess.run(["mount", "-o", "remount,bind,ro", str(point)], check=True)
            result = run("check", "--data", point)
            self.assertIn("packets: 5", result.stdout)


if __name__ == "__main__":
    unittest.main()
