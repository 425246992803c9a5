"""Descriptors run out, and memory does: rows 9 and 10 of the fault matrix."""

import contextlib
import http.client
import os
import pathlib
import resource
import signal
import socket
import time
import unittest
import urllib.parse

from durability import DurabilityTestCase
from gateway import eventually
from lorawan import rxpk



@contextlib.contextmanager
def memory_group():
    """A control group of its own below ours; a function that limits a process to so many bytes, or None
    in place of it."""
    for line in pathlib.Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, own = line.split(":", 2)
        if controllers in ("memory", ""):
            root = "/sys/fs/cgroup/memory" if controllers else "/sys/fs/cgroup"
            name = "memory.limit_in_bytes" if controllers else "memory.max"
            group = pathlib.Path(root + own) / f"holdfast-{os.getpid()}"
            try:
                group.mkdir()
            except OSError:
                continue
            try:
                if (group / name).exists():

                    def limit(pid, size, group=group, name=name):
                        (group / name).write_text(str(size))
                        (group / "cgroup.procs").write_text(str(pid))

                    yield limit
                    return
            finally:
                eventually(lambda: not (group / "cgroup.procs").read_text(), 20)  # noqa: B023
                group.rmdir()
    raise unittest.SkipTest("there is no control group for memory that a test may make")


class Memory(DurabilityTestCase):
    def test_10_a_process_that_the_kernel_ends_for_its_memory_has_lost_nothing_it_showed(self):
        group = self.enterContext(memory_group())
        self.begin()
        kept = self.push(400)
        # Less than it has: the next pages that it needs are too many.
        group(self.server.process.pid, 8 << 20)

        def press():
            with contextlib.suppress(OSError, http.client.HTTPException):
                self.client.packets(limit=1000)
            with contextlib.suppress(OSError):
                self.push_only(8)
            return self.server.process.poll() is not None

        eventually(press, 60, step=0.1, message="the kernel ends it")
        self.assertEqual(self.server.process.returncode, -signal.SIGKILL)
        self.assertLess(self.start(), 5)
        self.assertLessEqual(set(kept), set(self.shown().values()))
        self.assertEqual(self.check().returncode, 0)
        self.push(8)

    def push_only(self, count):
        self.forwarder.push(*(rxpk(self.session.uplink(os.urandom(40))) for _ in range(count)))


class Descriptors(DurabilityTestCase):
    def test_9_without_descriptors_it_sheds_connections_and_goes_on(self):
        self.begin()
        self.push(3)
        pid = self.server.process.pid
        in_use = len(os.listdir(f"/proc/{pid}/fd"))
        limit = in_use + 20
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (limit, limit))
        address = urllib.parse.urlsplit(self.server.runtime["http"])
        crowd = []
        try:
            for _ in range(100):
                crowd.append(socket.create_connection((address.hostname, address.port), timeout=2))
            time.sleep(1)
            self.assertIsNone(self.server.process.poll(), "it lives")
            self.push_only(4)
        finally:
            for one in crowd:
                one.close()

        def healthy():
            connection = http.client.HTTPConnection(address.hostname, address.port, timeout=2)
            try:
                connection.request("GET", "/health/ready")
                return connection.getresponse().status == 200
            except OSError:
                return False
            finally:
                connection.close()

        eventually(healthy, 15, step=0.2, message="it answers again")
        eventually(lambda: len(self.shown()) == 7, 15)

    def push_only(self, count):
        self.forwarder.push(*(rxpk(self.session.uplink(b"crowded %d" % n)) for n in range(count)))


if __name__ == "__main__":
    unittest.main()
