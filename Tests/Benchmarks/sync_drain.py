#!/usr/bin/env python3
"""How fast a backlog goes to a central on the same machine, how fast when it is there already, and what
an idle, connected gateway costs. The binary is what HOLDFAST_PATH names; the budgets are for a release build.

    HOLDFAST_PATH=... Tests/Benchmarks/sync_drain.py [PACKETS]
"""

import os
import pathlib
import socket
import sys
import time
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "System"))

from gateway import UNLIMITED, Gateway, eventually, run
from lorawan import Forwarder, Session, rxpk
from sync import ENROLLMENTS, UPSTREAMS, Wire


class Recorder(Wire):
    """A wire that keeps what the gateway says."""

    def __init__(self, url):
        self.said = bytearray()
        super().__init__(url)

    def _pass(self, source, sink, is_answer):
        if is_answer:
            return super()._pass(source, sink, is_answer)
        while data := source.recv(262_144):
            self.said += data
            sink.sendall(data)

    def batches(self):
        """The requests that carry packets."""
        rest = bytes(self.said)
        while rest:
            head, _, rest = rest.partition(b"\r\n\r\n")
            length = next(
                int(line.split(b":")[1])
                for line in head.split(b"\r\n")
                if line.lower().startswith(b"content-length:")
            )
            if head.startswith(b"POST /api/v1/edge/batches"):
                yield head + b"\r\n\r\n" + rest[:length]
            rest = rest[length:]


def repeat(url, requests):
    """Says it all once more, byte for byte, with one request on its way behind the one that is answered.
    Seconds."""
    target = urllib.parse.urlsplit(url)
    with socket.create_connection((target.hostname, target.port)) as line:
        answers = line.makefile("rb")

        def answer():
            status = answers.readline()
            assert b" 200 " in status, status
            length = 0
            while (header := answers.readline()) != b"\r\n":
                if header.lower().startswith(b"content-length:"):
                    length = int(header.split(b":")[1])
            answers.read(length)

        began = time.monotonic()
        line.sendall(requests[0])
        for request in requests[1:]:
            line.sendall(request)
            answer()
        answer()
        return time.monotonic() - began


def cpu(gateway):
    fields = pathlib.Path(f"/proc/{gateway.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def drain(edge, url, client, there, count):
    code = there.post(ENROLLMENTS, {"name": "Bench"}).json["code"]
    assert run("enroll", url, "--code", code, "--data", edge.data).returncode == 0
    began = time.monotonic()
    eventually(
        lambda: client.get(UPSTREAMS).json["upstreams"][-1]["confirmed_sequence"] >= count, 3600, step=0.05
    )
    seconds = time.monotonic() - began
    upstream = client.get(UPSTREAMS).json["upstreams"][-1]
    return seconds, upstream


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with (
        Gateway(env={**UNLIMITED, "HOLDFAST_ROLE": "central"}) as central,
        Gateway(env=UNLIMITED) as edge,
        Forwarder(edge.lora) as forwarder,
        Recorder(central.runtime["http"]) as wire,
    ):
        there, client = central.client(), edge.client()
        session = Session()
        client.register("Meter", dev_eui="70B3D50000000001", lorawan=session.provisioning)
        for _ in range(0, count, 8):
            forwarder.push(*(rxpk(session.uplink(os.urandom(13))) for _ in range(8)))
        eventually(lambda: edge.metrics().get("edge_packet_sequence", 0) >= count, 60)
        time.sleep(2)
        seconds, upstream = drain(edge, wire.url, client, there, count)
        print(f"drain: {count / seconds:,.0f} packets/s ({count} in {seconds:.1f} s)")
        print(f"wire: {upstream['bytes_sent'] / upstream['packets_sent']:.1f} bytes a packet")
        seconds = repeat(wire.url, list(wire.batches()))
        print(f"the same batches again: {count / seconds:,.0f} packets/s")
        client.delete(f"{UPSTREAMS}/{upstream['upstream_id']}")
        seconds, _ = drain(edge, wire.url, client, there, count)
        print(f"the same packets from another gateway: {count / seconds:,.0f} packets/s")
        time.sleep(3)
        before = cpu(edge)
        time.sleep(20)
        print(f"idle gateway: {(cpu(edge) - before) / 20 * 100:.2f} % of a core")


if __name__ == "__main__":
    main()
