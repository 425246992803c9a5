#!/usr/bin/env python3
"""How fast a backlog goes to a central on the same machine, how fast when it is there already, and what
an idle, connected gateway costs. The binary is what HOLDFAST_PATH names; the budgets are for a release build.

    HOLDFAST_PATH=... Tests/Benchmarks/sync_drain.py [PACKETS]
"""

import os
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "System"))

from gateway import UNLIMITED, Gateway, eventually, run
from lorawan import Forwarder, Session, rxpk

ENROLLMENTS = "/api/org/{org}/gateways/enrollments"
UPSTREAMS = "/api/org/{org}/upstreams"


def cpu(gateway):
    fields = pathlib.Path(f"/proc/{gateway.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def drain(edge, central, client, there, count):
    code = there.post(ENROLLMENTS, {"name": "Bench"}).json["code"]
    assert run("enroll", central.runtime["http"], "--code", code, "--data", edge.data).returncode == 0
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
    ):
        there, client = central.client(), edge.client()
        session = Session()
        client.register("Meter", dev_eui="70B3D50000000001", lorawan=session.provisioning)
        for _ in range(0, count, 8):
            forwarder.push(*(rxpk(session.uplink(os.urandom(13))) for _ in range(8)))
        eventually(lambda: edge.metrics().get("edge_packet_last_sequence", count) >= count, 60)
        time.sleep(2)
        seconds, upstream = drain(edge, central, client, there, count)
        print(f"drain: {count / seconds:,.0f} packets/s ({count} in {seconds:.1f} s)")
        print(f"wire: {upstream['bytes_sent'] / upstream['packets_sent']:.1f} bytes a packet")
        client.delete(f"{UPSTREAMS}/{upstream['upstream_id']}")
        seconds, _ = drain(edge, central, client, there, count)
        print(f"the same again: {count / seconds:,.0f} packets/s")
        time.sleep(3)
        before = cpu(edge)
        time.sleep(20)
        print(f"idle gateway: {(cpu(edge) - before) / 20 * 100:.2f} % of a core")


if __name__ == "__main__":
    main()
