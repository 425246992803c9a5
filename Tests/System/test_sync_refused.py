"""What a central refuses, for a while or for good, holds up nothing else."""

import contextlib
import http.client
import http.server
import re
import sqlite3
import threading
import time
import unittest

from gateway import eventually, run
from lorawan import Session, rxpk
from sync import UPSTREAMS, SyncTestCase

AUDIT = "/api/org/{org}/audit_log"


class Proxy:
    """Passes requests on to a central, and answers some of them itself: `refuse` maps the end of a path to
    a status."""

    def __init__(self, url):
        self.refuse, self.seen = {}, []
        proxy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def pass_on(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                path = self.path.partition("?")[0]
                proxy.seen.append((time.monotonic(), path.rsplit("/", 1)[-1]))
                status = next((s for end, s in proxy.refuse.items() if path.endswith(end)), None)
                if status:
                    return self.answer(status, b'{"message":"no"}')
                connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=30)
                with contextlib.closing(connection):
                    connection.request(self.command, self.path, body, dict(self.headers))
                    response = connection.getresponse()
                    self.answer(response.status, response.read())

            def answer(self, status, body):
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PUT = pass_on

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(5)

    def count(self, name, since):
        return sum(1 for at, seen in self.seen if seen == name and at >= since)


class Refused(SyncTestCase):
    def begin_behind_a_proxy(self):
        self.begin(is_wired=False)
        self.proxy = self.enterContext(Proxy(self.central.runtime["http"]))
        self.wire = self.proxy
        self.enroll()
        self.send(3)
        self.until_equal()

    def edit(self, sql, *arguments):
        """Puts something into the gateway's database that it would not write itself."""
        self.edge.stop()
        with contextlib.closing(sqlite3.connect(self.edge.data / "holdfast.db")) as database, database:
            self.assertEqual(database.execute(sql, arguments).rowcount, 1)
        self.edge.start()
        self.here = self.edge.client()
        self.forwarder.move(self.edge.lora)

    def test_one_packet_that_is_refused_holds_up_no_other(self):
        self.begin()
        self.enroll()
        self.send(3)
        self.until_equal()
        self.wire.cut()
        self.send(300)
        self.edit("UPDATE packet SET data_rate = '' WHERE sequence = ?", 100)
        self.wire.mend()
        eventually(lambda: self.upstream()["rows_refused"] == 1, 60, step=0.2, message="one is set aside")
        eventually(lambda: self.upstream()["rows_waiting"] == 0, 30, step=0.2)
        there = self.shown(self.there)
        missing = {name for name in self.shown(self.here) if name not in there}
        self.assertEqual(len(missing), 1)
        upstream = self.upstream()
        self.assertEqual((upstream["state"], upstream["last_error"]), ("connected", None))
        self.assertEqual(upstream["confirmed_sequence"], 303)
        self.assertEqual(upstream["contradictions"], 0)
        entries = self.here.get(AUDIT).json["entries"]
        details = [entry["detail"] for entry in entries if entry["action"] == "upstream.refuse"]
        self.assertEqual(len(details), 1)
        self.assertRegex(details[0], "^sequence 100: HTTP status 400: The batch is not valid")
        self.assertEqual(self.edge.metrics()["edge_upstream_row_refused_total"], 1)
        # Nor does it come to mind again.
        self.edge.kill()
        self.edge.start()
        self.here = self.edge.client()
        eventually(lambda: self.upstream()["state"] == "connected", 20)
        time.sleep(3)
        self.assertEqual(self.upstream()["contradictions"], 0)
        self.assertEqual(self.upstream()["rows_refused"], 0)

    def test_a_central_that_takes_nothing_is_not_asked_in_a_hurry_and_loses_nothing(self):
        self.begin_behind_a_proxy()
        self.proxy.refuse["/batches"] = 400
        self.send(200)
        eventually(lambda: self.upstream()["state"] == "failing", 30)
        began = time.monotonic()
        states = set()
        while time.monotonic() < began + 12:
            upstream = self.upstream()
            states.add((upstream["state"], upstream["last_error"]))
            time.sleep(0.1)
        self.assertEqual(states, {("failing", "HTTP status 400: no")})
        self.assertLess(self.proxy.count("batches", began), 8)
        self.assertGreater(self.proxy.count("status", began), 1)
        self.assertLess(len(self.edge.log_lines("the upstream fails")), 3)
        self.assertEqual(self.upstream()["rows_refused"], 0)
        self.proxy.refuse.clear()
        self.until_equal(60)
        self.assertEqual(self.upstream()["rows_refused"], 0)
        eventually(lambda: self.upstream()["last_error"] is None, 10)
        self.assertTrue(self.edge.log_lines("the upstream goes on", "rows"))

    def test_reports_and_frames_that_are_refused_hold_up_no_packet(self):
        self.begin_behind_a_proxy()
        path = f"{UPSTREAMS}/{self.upstream()['upstream_id']}"
        stranger = Session()
        self.forwarder.push(*(rxpk(stranger.uplink(b"frame")) for _ in range(5)))
        self.proxy.refuse.update({"/status": 400, "/frames": 422, "/audit": 500})
        self.assertEqual(self.here.patch(path, {"raw_frames": True}).status, 200)
        eventually(lambda: self.proxy.count("frames", 0) > 2, 30)
        eventually(lambda: self.upstream()["state"] == "failing", 30)
        self.send(20)
        self.until_equal()
        self.assertEqual(self.upstream()["state"], "failing")
        self.proxy.refuse.clear()
        eventually(lambda: self.upstream()["state"] == "connected", 60, step=0.2)
        # What was refused for a while is not left out.
        eventually(lambda: self.frames_in(self.central) == 5, 60, step=0.2, message="all frames are there")

    def test_one_frame_that_cannot_be_sent_is_left_out(self):
        self.begin()
        self.enroll()
        stranger = Session()
        self.forwarder.push(*(rxpk(stranger.uplink(b"frame")) for _ in range(5)))
        eventually(lambda: self.frames_in(self.edge) == 5, 20)
        self.edit("UPDATE rawFrame SET snr = 9e999 WHERE key = (SELECT min(key) + 2 FROM rawFrame)")
        path = f"{UPSTREAMS}/{self.upstream()['upstream_id']}"
        self.assertEqual(self.here.patch(path, {"raw_frames": True}).status, 200)
        self.send(3)
        self.until_equal()
        eventually(lambda: self.frames_in(self.central) == 4, 90, step=0.5, message="the others are there")
        self.assertTrue(self.edge.log_lines("refuses a record", "kind=frame"))

    def frames_in(self, gateway):
        with contextlib.closing(
            sqlite3.connect(f"file:{gateway.data}/holdfast.db?mode=ro", uri=True)
        ) as database:
            return database.execute("SELECT count(*) FROM rawFrame").fetchone()[0]

    def test_check_says_how_long_the_backlog_takes(self):
        self.begin(HOLDFAST_UPSTREAM_BANDWIDTH_KBIT="8")
        self.enroll()
        self.send(3)
        self.until_equal()
        self.wire.cut()
        self.send(400)
        self.edge.stop()
        said = run("check", "--data", self.edge.data).stdout
        found = re.search(r"400 packets wait.*, about (\d+) s to go", said)
        self.assertTrue(found)
        # A thousand bytes a second, and fifty to a hundred and fifty for a packet.
        self.assertTrue(20 <= int(found[1]) <= 60, found[0])

    def test_under_a_limit_what_is_new_overtakes_the_backlog(self):
        self.begin(HOLDFAST_UPSTREAM_BANDWIDTH_KBIT="8")
        self.enroll()
        self.send(3)
        self.until_equal()
        self.wire.cut()
        self.send(600)
        self.wire.mend()
        eventually(lambda: self.upstream()["state"] == "connected", 60, step=0.1)
        live = self.send(1)[0]
        eventually(lambda: live in self.shown(self.there).values(), 12, step=0.2)
        upstream = self.upstream()
        self.assertGreater(upstream["rows_waiting"], 300)
        self.assertTrue(15 <= upstream["drain_seconds"] <= 90, upstream)


if __name__ == "__main__":
    unittest.main()
