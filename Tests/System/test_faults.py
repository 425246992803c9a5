"""Descriptors run out: row 9 of the fault matrix."""

import http.client
import os
import resource
import socket
import time
import unittest
import urllib.parse

from durability import DurabilityTestCase
from gateway import eventually
from lorawan import rxpk



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
