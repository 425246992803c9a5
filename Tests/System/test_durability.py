"""What the gateway has shown once, it does not lose: kills, cut and damaged files, full and read-only disks."""

import base64
import contextlib
import http.client
import os
import pathlib
import random
import re
import shutil
import sqlite3
import subprocess
import tempfile
import threading
import time
import unittest

from gateway import UNLIMITED, GatewayTestCase, binary, environment, eventually, run
from lorawan import Forwarder, Session, rxpk

DEVICES = "/api/org/{org}/devices"
PACKETS = "/api/org/{org}/packets"
KILLS = 50


@contextlib.contextmanager
def mounted(kind, source="none", options=""):
    """A mount of its own, or a skip that says why there is none."""
    if os.geteuid() != 0:
        raise unittest.SkipTest("not root, so nothing can be mounted")
    if not shutil.which("mount"):
        raise unittest.SkipTest("there is no mount command")
    point = tempfile.mkdtemp(prefix="holdfast-mount-")
    done = subprocess.run(["mount", *kind, *(["-o", options] if options else []), source, point], capture_output=True, text=True)
    if done.returncode != 0:
        os.rmdir(point)
        raise unittest.SkipTest(f"mount is not possible here: {done.stderr.strip()}")
    try:
        yield pathlib.Path(point)
    finally:
        # A process that is still ending may hold it for a moment.
        eventually(lambda: subprocess.run(["umount", point], capture_output=True).returncode == 0, 20, message=f"umount {point}")
        os.rmdir(point)


class DurabilityTestCase(GatewayTestCase):
    def begin(self, **options):
        """A gateway with a device that sends."""
        self.server = self.gateway(env=UNLIMITED, **options)
        self.client = self.server.client()
        self.session = Session()
        self.device = self.client.register("Meter", dev_eui="70B3D50000000001", lorawan=self.session.provisioning)
        self.forwarder = self.enterContext(Forwarder(self.server.lora))

    def push(self, count, length=40):
        """Pushes so many packets, waits until all are to be seen, and returns their payloads."""
        known = len(self.client.packets(limit=1000))
        payloads = [os.urandom(length) for _ in range(count)]
        for begin in range(0, count, 8):
            self.forwarder.push(*(rxpk(self.session.uplink(payload)) for payload in payloads[begin:begin + 8]))
        eventually(lambda: len(self.client.packets(limit=1000)) >= known + count, 15, message=f"{count} more packets")
        return payloads

    def start(self):
        seconds = self.server.start()
        self.forwarder.move(self.server.lora)
        return seconds

    def shown(self):
        """Payloads by packet identifier."""
        packets = self.client.packets(limit=1000)
        found = {packet["packet_id"]: base64.b64decode(packet["payload"]) for packet in packets}
        self.assertEqual(len(found), len(packets), "one packet is shown twice")
        return found

    def check(self):
        return run("check", "--data", self.server.data)

    def property(self, name):
        """A row of the `property` table of a gateway that is stopped."""
        with contextlib.closing(sqlite3.connect(f"file:{self.server.data}/holdfast.db?mode=ro", uri=True)) as database:
            return database.execute("SELECT value FROM property WHERE name = ?", (name,)).fetchone()[0]

    def sequences(self):
        with contextlib.closing(sqlite3.connect(f"file:{self.server.data}/holdfast.db?mode=ro", uri=True)) as database:
            return [row[0] for row in database.execute("SELECT sequence FROM packet ORDER BY sequence")]


class Kills(DurabilityTestCase):
    def test_what_was_shown_before_a_kill_is_there_after_it_once_under_load(self):
        self.begin()
        numbers = random.Random(os.urandom(8))
        ledger, devices, slowest = {}, {}, 0
        for kill in range(KILLS):
            stop = threading.Event()
            sender = threading.Thread(target=self.stream, args=(stop,))
            sender.start()
            try:
                self.watch_and_kill(time.monotonic() + numbers.uniform(0.02, 0.5), kill, ledger, devices)
            finally:
                stop.set()
                sender.join()
            slowest = max(slowest, self.start())
            self.verify(ledger, {} if kill % 10 else devices, since=None if kill % 10 == 9 or kill == KILLS - 1 else self.watched_from)
        self.assertGreater(len(ledger), KILLS)
        self.assertGreater(len(devices), KILLS)
        self.verify(ledger, devices, since=None)
        self.assertLess(slowest, 5)
        self.assertEqual(self.check().returncode, 0)
        self.server.stop()
        sequences = self.sequences()
        self.assertEqual(len(sequences), len(set(sequences)))

    def stream(self, stop):
        while not stop.is_set():
            with contextlib.suppress(OSError):
                self.forwarder.post(*(rxpk(self.session.uplink(os.urandom(12))) for _ in range(4)))
            time.sleep(0.01)

    def watch_and_kill(self, deadline, kill, ledger, devices):
        """Records what the API shows and confirms until the moment of the kill."""
        self.watched_from = time.time() - 0.5
        killer = threading.Timer(max(0, deadline - time.monotonic()), self.server.process.kill)
        killer.start()
        number = 0
        try:
            while True:
                answer = self.client.get(PACKETS, query={"start": f"{self.watched_from:.6f}"})
                for packet in answer.json["packets"]:
                    ledger[packet["packet_id"]] = packet["payload"]
                number += 1
                eui = f"{kill * 10_000 + number:016x}"
                answer = self.client.post("/api/v2/org/{org}/devices", {"name": "n", "dev_eui": eui, "device_key": "AAAA"})
                if answer.status == 201:
                    devices[eui] = answer.json["device"]["id"]
        except (OSError, http.client.HTTPException):
            pass  # killed in the middle of an answer
        finally:
            killer.join()
            self.server.process.wait()

    def verify(self, ledger, devices, since):
        query = {"start": f"{since:.6f}"} if since else {"limit": 1000}
        packets = self.client.packets(**query)
        found = {packet["packet_id"]: packet["payload"] for packet in packets}
        self.assertEqual(len(found), len(packets), "a packet is shown twice")
        counters = [packet["sequence_number"] for packet in packets]
        self.assertEqual(len(set(counters)), len(counters), "one frame became two packets")
        if since is None:
            missing = {key: value for key, value in ledger.items() if found.get(key) != value}
            self.assertEqual(missing, {}, f"of {len(ledger)} packets that were shown")
        for eui, identifier in devices.items():
            self.assertEqual(self.client.device(eui)["id"], identifier)

    def test_a_stop_stores_everything_that_was_acknowledged(self):
        self.begin()
        payloads = [os.urandom(20) for _ in range(400)]
        for begin in range(0, 400, 8):
            self.forwarder.push(*(rxpk(self.session.uplink(payload)) for payload in payloads[begin:begin + 8]))
        self.assertEqual(self.server.stop(), 0)
        self.start()
        self.assertEqual(list(self.shown().values()), payloads)

    def test_sigterm_under_load_ends_with_status_0_and_loses_nothing_shown(self):
        self.begin()
        for _ in range(3):
            stop = threading.Event()
            sender = threading.Thread(target=self.stream, args=(stop,))
            sender.start()
            try:
                time.sleep(0.5)
                before = self.shown()
                self.assertEqual(self.server.stop(), 0)
            finally:
                stop.set()
                sender.join()
            self.start()
            after = self.shown()
            self.assertLessEqual(before.items(), after.items())

    def test_it_starts_in_less_than_five_seconds_with_thousands_of_packets(self):
        self.begin()
        payloads = []
        for _ in range(5):
            payloads += self.push(1000)
            time.sleep(0.1)
        self.server.kill()
        self.assertLess(self.start(), 5)
        self.assertEqual(list(self.shown().values()), payloads)


class DamagedFiles(DurabilityTestCase):
    def lines(self, *words):
        """What the starts said of the database."""
        said = self.server.log_lines(" holdfast: ", "database", *words)
        return [line for line in said if "state=" in line or " the database " in line]

    def test_a_wal_that_was_cut_is_noticed_and_begins_a_new_epoch(self):
        self.begin()
        self.push(20)
        self.server.restart()
        self.forwarder.move(self.server.lora)
        epoch = None
        for _ in range(12):
            self.push(10)
        self.server.kill()
        shutil.copytree(self.server.data, f"{self.server.data}-copy")
        self.addCleanup(shutil.rmtree, f"{self.server.data}-copy")
        epoch, highest = self.property("epoch"), max(self.sequences())
        wal = self.server.data / "holdfast.db-wal"
        # What was read just now may have moved the WAL into the database: begin from the copy.
        for name in ("holdfast.db", "holdfast.db-wal", "holdfast.db-shm"):
            (self.server.data / name).unlink(missing_ok=True)
            if name != "holdfast.db-shm":
                shutil.copy(f"{self.server.data}-copy/{name}", self.server.data / name)
        size = wal.stat().st_size
        self.assertGreater(size, 50_000)
        os.truncate(wal, size // 2)
        result = self.check()
        self.assertEqual(result.returncode, 1, result.stdout)
        self.assertIn("BAD", result.stdout)
        before = len(self.lines())
        self.start()
        said = self.lines()[before:]
        self.assertEqual(len(said), 1)
        self.assertRegex(said[0], r"behind its high-water mark: \d+ acknowledged packets are gone")
        lost = int(re.search(r"(\d+) acknowledged", said[0])[1])
        kept = self.shown()
        self.assertEqual(len(kept) + lost, 140)
        self.push(5)
        self.server.stop()
        self.assertNotEqual(self.property("epoch"), epoch)
        added = [sequence for sequence in self.sequences() if sequence > highest]
        self.assertEqual(len(added), 5, "a sequence number that was given out is used again")
        self.assertEqual(self.check().returncode, 0)
        self.start()
        self.assertEqual(len(self.shown()), len(kept) + 5)

    def test_an_older_copy_of_the_database_begins_a_new_epoch_and_uses_no_sequence_again(self):
        self.begin()
        self.push(10)
        self.server.stop()
        epoch = self.property("epoch")
        shutil.copy(self.server.data / "holdfast.db", self.server.data / "older")
        self.start()
        self.push(10)
        self.server.stop()
        highest = max(self.sequences())
        shutil.move(self.server.data / "older", self.server.data / "holdfast.db")
        self.start()
        self.assertEqual(len(self.shown()), 10)
        self.assertTrue(self.lines("10 acknowledged packets are gone"))
        self.push(3)
        self.server.stop()
        self.assertNotEqual(self.property("epoch"), epoch)
        self.assertEqual(len([sequence for sequence in self.sequences() if sequence > highest]), 3)

    def test_a_flipped_bit_in_a_payload_is_never_served_and_check_says_so(self):
        self.begin()
        payloads = self.push(30)
        self.server.stop()
        path = self.server.data / "holdfast.db"
        content = bytearray(path.read_bytes())
        place = content.find(payloads[17])
        self.assertGreater(place, 0, "the payload is not in the file as it is")
        content[place + 11] ^= 0x10
        path.write_bytes(content)
        result = self.check()
        self.assertEqual(result.returncode, 1, result.stdout)
        self.assertRegex(result.stdout, r"BAD .*\b1 not as")
        self.start()
        expected = [payload for payload in payloads if payload != payloads[17]]
        self.assertEqual(list(self.shown().values()), expected)
        for limit in (1, 7, 18):
            found = [base64.b64decode(packet["payload"]) for packet in self.client.packets(limit=limit)]
            self.assertEqual(found, expected)
        eventually(lambda: self.server.metrics()["edge_packet_quarantined_total"] >= 1, message="the quarantined packet is counted")
        more = self.push(3)
        self.assertEqual(list(self.shown().values()), expected + more)

    def test_flipped_bits_anywhere_in_the_database_never_show_a_wrong_payload(self):
        self.begin()
        payloads = set(self.push(200))
        self.server.stop()
        path = self.server.data / "holdfast.db"
        whole = path.read_bytes()
        numbers = random.Random(7)
        started = 0
        for _ in range(8):
            content = bytearray(whole)
            for _ in range(4):
                place = numbers.randrange(4096, len(content))
                content[place] ^= 1 << numbers.randrange(8)
            for other in self.server.data.glob("holdfast.db*"):
                other.unlink()
            path.write_bytes(content)
            try:
                self.start()
            except AssertionError:
                self.assertIsNotNone(self.server.process.poll(), "it neither ended nor served")
                continue
            started += 1
            answer = self.client.get(PACKETS, query={"limit": 1000})
            if answer.status == 200:
                for packet in answer.json["packets"]:
                    self.assertIn(base64.b64decode(packet["payload"]), payloads)
            self.server.kill()
        self.assertGreater(started, 5)

    def test_a_database_of_garbage_is_set_aside_and_a_new_one_begun(self):
        for content in (os.urandom(200_000), b"", b"SQLite format 3\x00" + os.urandom(50_000)):
            with self.subTest(begins=content[:8]):
                self.begin()
                old = self.push(5)
                self.server.stop()
                epoch = self.property("epoch")
                (self.server.data / "holdfast.db").write_bytes(content)
                before = len(self.lines())
                self.start()
                said = self.lines()[before:]
                self.assertEqual(len(said), 1)
                if content:
                    self.assertIn("damaged", said[0])
                    aside = [path for path in self.server.data.glob("holdfast.db.damaged-*") if not path.name.endswith(("-wal", "-shm"))]
                    self.assertEqual([path.read_bytes() for path in aside], [content])
                else:
                    self.assertNotIn("=a new database", said[0])
                client = self.server.client()  # with the key of the new beginning
                self.assertEqual(client.get("/api/org/{org}/check").status, 200)
                self.assertEqual(client.packets(), [])
                session = Session()
                client.register("New", dev_eui="70B3D50000000002", lorawan=session.provisioning)
                self.forwarder.push(rxpk(session.uplink(b"new")))
                eventually(lambda: len(client.packets()) == 1)
                self.server.stop()
                self.assertNotEqual(self.property("epoch"), epoch)
                self.assertGreater(min(self.sequences()), len(old), "a sequence number that was given out is used again")

    def test_a_page_of_zeros_in_the_database_costs_only_what_was_on_it_from_the_next_start_on(self):
        self.begin()
        payloads = self.push(600)
        self.server.stop()
        path = self.server.data / "holdfast.db"
        content = bytearray(path.read_bytes())
        place = content.find(payloads[300]) // 4096 * 4096
        content[place:place + 4096] = bytes(4096)
        path.write_bytes(content)
        self.assertEqual(self.check().returncode, 1)
        self.start()
        answer = self.client.get(PACKETS, query={"limit": 1000})
        if answer.status != 200:
            # The damage was met in use: it is said, and what can be saved is saved at the next start.
            self.assertEqual((answer.status, answer.error), (503, "the database is damaged"))
            with self.subTest("/health/ready says so too"):
                self.assertEqual(self.client.get("/health/ready").status, 503)
            self.assertEqual(self.server.stop(), 0)
            before = len(self.lines())
            self.start()
            self.assertRegex(self.lines()[before:][0], r"was damaged .* \d+ rows were saved")
        found = self.shown().values()
        self.assertLessEqual(set(found), set(payloads))
        self.assertGreater(len(found), 500)
        self.assertEqual(self.client.device(self.device["id"])["name"], "Meter")
        more = self.push(3)
        self.assertLessEqual(set(more), set(self.shown().values()))
        self.assertEqual(self.check().returncode, 0, self.check().stdout)

    def test_a_lost_master_key_is_said_in_one_line(self):
        self.begin()
        self.client.register("Keyed", dev_eui="70B3D50000000009", device_key=base64.b64encode(os.urandom(32)).decode())
        self.server.stop()
        (self.server.data / "master.key").unlink()
        result = self.run_for_a_moment()
        self.assertTrue(result.strip(), "nothing is said about the lost key")
        self.assertNotIn("Fatal", result)
        self.assertIn("key", result.lower())

    def run_for_a_moment(self):
        """The output of a start, ended after two seconds if it did not end itself."""
        process = subprocess.Popen(
            [binary(), *self.server.arguments()], env=environment(), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            return process.communicate(timeout=2)[0]
        except subprocess.TimeoutExpired:
            process.kill()
            return process.communicate()[0]


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
                answer = self.client.post("/api/v2/org/{org}/devices", {"name": "n", "dev_eui": f"{number:016x}", "device_key": "AAAA"})
                self.assertIn(answer.status, (201, 507), answer)
                statuses.append(answer.status)
                self.assertGreaterEqual(len(self.client.packets()), 10)  # reads go on
                self.assertEqual(self.client.get("/health").status, 200)
                time.sleep(0.1)
            eventually(lambda: self.client.get("/health/ready").status == 503, message="/health/ready says so")
            for _ in range(20):
                payloads.append(os.urandom(40))
                self.forwarder.push(rxpk(self.session.uplink(payloads[-1])))
        finally:
            stop.set()
            filler.join()
        os.unlink(point / "filler")
        eventually(
            lambda: self.client.post("/api/v2/org/{org}/devices", {"name": "n", "dev_eui": "00000000ffffffff", "device_key": "AAAA"}).status in (201, 409),
            10, step=0.2, message="the API takes writes again")
        eventually(lambda: len(self.client.packets(limit=1000)) >= len(payloads), 15, step=0.2, message="packets heard meanwhile are stored")
        self.assertEqual(list(self.shown().values()), payloads)
        eventually(lambda: self.client.get("/health/ready").status == 200, message="/health/ready is well again")
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


class ReadOnly(DurabilityTestCase):
    def test_a_read_only_data_directory_is_refused_in_one_line(self):
        self.begin()
        self.server.stop()
        with mounted(["--bind"], str(self.server.data)) as point:
            subprocess.run(["mount", "-o", "remount,bind,ro", str(point)], check=True)
            result = run("serve", "--data", point, "--http", "127.0.0.1:0", "--lora", "127.0.0.1:0", "--ble", "off", timeout=10)
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
