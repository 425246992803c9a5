"""Store and forward between a gateway and its central, with the processes killed and the wire cut."""

import concurrent.futures
import contextlib
import os
import shutil
import sqlite3
import tempfile
import time
import unittest

from gateway import UNLIMITED, Gateway, eventually, run
from lorawan import rxpk
from sync import ENROLLMENTS, UPSTREAMS, SyncTestCase


class Enrollment(SyncTestCase):
    def test_a_code_is_good_once(self):
        self.begin(is_wired=False)
        code = self.code()
        url = self.central.runtime["http"]
        first = run("enroll", url, "--code", code.lower().replace("-", " "), "--data", self.edge.data)
        self.assertEqual(first.returncode, 0, first.stderr)
        with Gateway(env=UNLIMITED) as other:
            second = run("enroll", url, "--code", code, "--data", other.data)
            self.assertNotEqual(second.returncode, 0)
            self.assertIn("not valid", second.stderr)
            self.assertEqual(other.client().get(UPSTREAMS).json["upstreams"], [])

    def test_a_lost_answer_leaves_the_code_to_the_gateway_that_asked(self):
        self.begin()
        code = self.code()
        self.wire.drop_answers()
        for _ in range(2):
            lost = run("enroll", self.wire.url, "--code", code, "--data", self.edge.data)
            self.assertNotEqual(lost.returncode, 0)
            self.assertIn("cannot be reached", lost.stderr)
        self.assertGreaterEqual(self.wire.dropped, 2)
        self.assertIsNotNone(self.enrolled()[0]["enrolled_at"])
        self.wire.mend()
        with Gateway(env=UNLIMITED) as other:
            stolen = run("enroll", self.wire.url, "--code", code, "--data", other.data)
            self.assertIn("not valid", stolen.stderr)
        # As after a crash: nothing but the disk remembers that it asked.
        self.edge.kill()
        self.edge.start()
        self.forwarder.move(self.edge.lora)
        again = run("enroll", self.wire.url, "--code", code, "--data", self.edge.data)
        self.assertEqual(again.returncode, 0, again.stderr)
        payloads = self.send(3)
        self.assertEqual(sorted(self.until_equal().values()), sorted(payloads))
        self.assertEqual(len(self.enrolled()), 1)

    def test_two_at_once_with_one_code_leave_one_upstream_that_works(self):
        self.begin()
        body = {"url": self.wire.url, "code": self.code()}
        self.wire.hold()
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            first = pool.submit(self.edge.client().post, UPSTREAMS, body)
            eventually(lambda: self.wire.held, message="the first is on its way")
            second = self.here.post(UPSTREAMS, body)
            self.assertEqual(second.status, 409, second)
            self.assertIn("being added", second.json["message"])
            self.wire.mend()
            self.assertEqual(first.result(20).status, 201, first.result())
        again = self.here.post(UPSTREAMS, body)
        self.assertEqual(again.status, 409, again)
        # The same central by another way.
        around = self.here.post(UPSTREAMS, {**body, "url": self.central.runtime["http"]})
        self.assertEqual(around.status, 409, around)
        self.assertIn("this code", around.json["message"])
        self.assertEqual(len(self.here.get(UPSTREAMS).json["upstreams"]), 1)
        payloads = self.send(3)
        self.assertEqual(sorted(self.until_equal().values()), sorted(payloads))
        self.assertEqual(self.upstream()["state"], "connected")

    def test_the_configuration_enrolls_once_the_central_can_be_reached(self):
        self.begin()
        self.wire.cut()
        settings = {"HOLDFAST_UPSTREAM_URL": self.wire.url, "HOLDFAST_UPSTREAM_CODE": self.code()}
        edge = self.gateway(env={**UNLIMITED, **settings})
        eventually(lambda: "does not enroll" in edge.log(), 10, message="a failed attempt")
        self.wire.mend()
        eventually(lambda: self.enrolled()[0]["online"], 30, message="enrolled")

    def test_a_gateway_that_is_stopped_enrolls_and_sends_once_it_runs(self):
        self.begin(is_wired=False)
        payloads = self.send(20)
        self.edge.stop()
        self.enroll()
        self.edge.start()
        self.assertEqual(sorted(self.until_equal().values()), sorted(payloads))

    def test_the_configuration_enrolls(self):
        with Gateway(env={**UNLIMITED, "HOLDFAST_ROLE": "central"}) as central:
            self.there = central.client()
            settings = {
                "HOLDFAST_UPSTREAM_URL": central.runtime["http"],
                "HOLDFAST_UPSTREAM_CODE": self.code(),
            }
            edge = self.gateway(env={**UNLIMITED, **settings})
            eventually(lambda: self.enrolled()[0]["online"], 10, message="enrolled")
            edge.restart()
            eventually(lambda: self.upstream(edge.client())["state"] == "connected", 10)
            shown = run("config", "--data", edge.data, env={**os.environ, **settings})
            self.assertNotIn(settings["HOLDFAST_UPSTREAM_CODE"], shown.stdout)

    def test_a_revoked_gateway_sends_nothing_more_and_says_so(self):
        self.begin(is_wired=False)
        self.enroll()
        self.send(3)
        before = self.until_equal()
        identifier = self.enrolled()[0]["gateway_id"]
        self.assertEqual(self.there.delete(f"{ENROLLMENTS}/{identifier}").status, 200)
        self.assertEqual(self.there.delete(f"{ENROLLMENTS}/{identifier}").status, 404)
        self.send(1)
        eventually(lambda: self.upstream()["state"] == "refused", 10, message="refused")
        self.assertEqual(self.shown(self.there), before)
        self.assertGreaterEqual(self.upstream()["rows_waiting"], 1)

    def test_credentials_are_on_no_disk_in_clear(self):
        self.begin(is_wired=False)
        code = self.code()
        done = run("enroll", self.central.runtime["http"], "--code", code, "--data", self.edge.data)
        self.assertEqual(done.returncode, 0, done.stderr)
        eventually(lambda: self.upstream()["state"] == "connected", 10)
        for gateway in (self.edge, self.central):
            for name in ("holdfast.db", "holdfast.db-wal"):
                content = (gateway.data / name).read_bytes()
                self.assertNotIn(b"heg_", content)
                self.assertNotIn(code.encode(), content)

    def test_requests_that_no_gateway_makes_are_refused(self):
        self.begin(is_wired=False)
        for path, method in (("/api/v1/edge/batches", "POST"), ("/api/v1/edge/status", "PUT")):
            connection = self.there.connection
            for headers in ({}, {"Authorization": "Bearer heg_nobody"}):
                connection.request(method, path, b"{}", headers)
                answer = connection.getresponse()
                answer.read()
                self.assertEqual(answer.status, 401)
        http = self.here.post(UPSTREAMS, {"url": "http://203.0.113.5:80", "code": "x"})
        self.assertEqual(http.status, 400, http)
        down = self.here.post(UPSTREAMS, {"url": "http://127.0.0.1:9", "code": "x"})
        self.assertEqual(down.status, 409, down)


class Faults(SyncTestCase):
    def copy(self, gateway):
        """What the gateway has on its disk now; it is stopped for it, and started again."""
        gateway.stop()
        copy = tempfile.mkdtemp(prefix="holdfast-test-")
        self.addCleanup(shutil.rmtree, copy, ignore_errors=True)
        shutil.copytree(gateway.data, copy, dirs_exist_ok=True)
        gateway.start()
        return copy

    def put_back(self, copy, gateway):
        gateway.stop()
        shutil.rmtree(gateway.data)
        shutil.copytree(copy, gateway.data)
        gateway.start()

    def test_the_backlog_of_an_outage_arrives_and_what_is_new_does_not_wait_for_it(self):
        self.begin()
        self.enroll()
        self.send(10)
        self.until_equal()
        self.wire.cut()
        self.send(400)
        eventually(lambda: self.upstream()["state"] == "failing", 10, message="failing")
        waiting = self.upstream()
        self.assertEqual(waiting["rows_waiting"], 400)
        self.assertIsNotNone(waiting["oldest_waiting_seconds"])
        self.wire.mend()
        self.until_equal(40)
        eventually(lambda: self.upstream()["rows_waiting"] == 0, 10)
        self.assertEqual(self.enrolled()[0]["conflicts"], 0)

    def test_lost_answers_make_no_duplicates(self):
        self.begin()
        self.enroll()
        self.send(5)
        self.until_equal()
        self.wire.drop_answers()
        payloads = self.send(30)
        eventually(lambda: self.wire.dropped >= 2, 20, message="two lost answers")
        self.assertEqual(self.upstream()["state"], "failing")
        self.wire.mend()
        found = self.until_equal(40)
        self.assertLessEqual(set(payloads), set(found.values()))
        self.assertEqual(self.enrolled()[0]["packets_received"], 35)
        self.assertEqual(self.enrolled()[0]["conflicts"], 0)

    def test_kills_on_both_sides_lose_nothing(self):
        self.begin()
        self.enroll()
        for turn in range(6):
            self.send(40)
            if turn % 2:
                self.central.kill()
                self.central.start()
                self.wire.move(self.central.runtime["http"])
            else:
                self.edge.kill()
                self.edge.start()
                self.forwarder.move(self.edge.lora)
        self.assertEqual(len(self.until_equal(40)), 240)
        self.assertEqual(self.enrolled()[0]["conflicts"], 0)

    def test_a_clean_stop_writes_down_what_has_arrived(self):
        self.begin()
        self.enroll()
        self.send(5)
        self.until_equal()
        self.send(3)
        self.until_equal()
        eventually(lambda: self.upstream()["rows_waiting"] == 0, message="the last answer")
        self.assertEqual(self.edge.stop(), 0)
        self.assertNotIn("progress not noted", self.edge.log())
        with contextlib.closing(sqlite3.connect(self.edge.data / "holdfast.db")) as database:
            (arrived,) = database.execute("SELECT arrived FROM upstream").fetchone()
        self.assertIn("8", arrived)

    def test_a_paused_upstream_waits_until_it_is_resumed(self):
        self.begin()
        self.enroll()
        self.send(2)
        before = self.until_equal()
        identifier = self.upstream()["upstream_id"]
        paused = run("upstream", "pause", identifier, "--data", self.edge.data)
        self.assertEqual(paused.returncode, 0, paused.stderr)
        eventually(lambda: self.upstream()["state"] == "paused", 5)
        self.send(3)
        time.sleep(2)
        self.assertEqual(self.shown(self.there), before)
        self.edge.restart()
        self.forwarder.move(self.edge.lora)
        self.assertEqual(self.upstream()["state"], "paused")
        resumed = run("upstream", "resume", identifier, "--data", self.edge.data)
        self.assertEqual(resumed.returncode, 0, resumed.stderr)
        self.until_equal()

    def test_two_machines_with_one_identity_are_shown_and_lose_nothing(self):
        self.begin()
        self.enroll()
        self.send(10)
        self.until_equal()
        copy = self.copy(self.edge)
        self.forwarder.move(self.edge.lora)
        ours = self.send(12)
        self.until_equal()
        clone = self.gateway(directory=copy, env=UNLIMITED)
        self.forwarder.move(clone.lora)
        theirs = [os.urandom(13) for _ in range(12)]
        for payload in theirs:
            self.forwarder.push(rxpk(self.session.uplink(payload)))
        eventually(
            lambda: set(ours + theirs) <= set(self.shown(self.there).values()), 30, message="both histories"
        )
        seen = clone.client()
        self.assertGreaterEqual(self.upstream(seen)["contradictions"], 1)
        eventually(lambda: max(each["contradictions"] or 0 for each in self.enrolled()) >= 1, 20)

    def test_a_gateway_restored_from_a_copy_sends_everything_under_a_new_history(self):
        self.begin()
        self.enroll()
        self.send(8)
        self.until_equal()
        copy = self.copy(self.edge)
        self.forwarder.move(self.edge.lora)
        later = self.send(9)
        self.until_equal()
        self.put_back(copy, self.edge)
        self.forwarder.move(self.edge.lora)
        again = self.send(4)
        wanted = set(later + again) | set(self.shown(self.here).values())
        eventually(
            lambda: set(self.shown(self.there).values()) == wanted, 30, message="old and new packets"
        )

    def test_a_central_restored_from_a_copy_is_sent_again_what_it_lost(self):
        self.begin()
        self.enroll()
        self.send(8)
        self.until_equal()
        copy = self.copy(self.central)
        self.wire.move(self.central.runtime["http"])
        self.send(20)
        self.until_equal()
        self.put_back(copy, self.central)
        self.wire.move(self.central.runtime["http"])
        self.assertEqual(len(self.shown(self.there)), 8)
        self.assertEqual(len(self.until_equal(40)), 28)


if __name__ == "__main__":
    unittest.main()
