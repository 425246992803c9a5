#!/usr/bin/env python3
"""A fleet before one central: every gateway hears ten packets a second, keeps its connection, and sends as
often as the central asks for. The binary is what HOLDFAST_PATH names; the budget (no batch of a hundred
slower than a second, at 1,000 gateways) is for a release build.

    HOLDFAST_PATH=... Tests/Benchmarks/sync_fleet.py [GATEWAYS [SECONDS]]
"""

import asyncio
import base64
import gzip
import hashlib
import json
import os
import pathlib
import random
import struct
import sys
import time
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "System"))

from gateway import UNLIMITED, Gateway
from lorawan import Session
from sync import ENROLLMENTS

RATE = 10
# LoRaWAN, with number and port, a synchronised clock, heard once.
ROW = 1 | 8 | 16 | 64 | 128
# Strength, a round ratio, frequency, data rate.
RECEPTION = 1 | 2 | 8 | 16


def number(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out) + bytes([value])


def signed(value):
    return number(value << 1 if value >= 0 else (-value << 1) - 1)


def batch(epoch, first, times, dev_eui, name):
    """The bytes of version 1, as BatchFormat.swift has them."""
    out = bytearray(b"HFB1" + epoch + number(first) + number(len(times) - 1))
    out += number(1) + bytes.fromhex(dev_eui)
    out += number(1) + number(len(name)) + name
    out += number(1) + number(868_100_000)
    out += number(1) + number(8) + b"SF7BW125"
    out += number(0) + number(len(times))
    known, before = 0, 0
    for place, moment in enumerate(times):
        out += number(0) + os.urandom(16) + number(0) + bytes([ROW])
        out += signed(moment - known) + signed(first + place - before) + bytes([2]) + number(13) + os.urandom(13)
        out += number(0) + bytes([RECEPTION]) + struct.pack("b", -60) + signed(925) + number(0) + number(0)
        known, before = moment, first + place
    out += number(0)
    return gzip.compress(bytes(out + hashlib.sha256(out).digest()), 1)


class Member:
    def __init__(self, url, credential, place):
        self.target = urllib.parse.urlsplit(url)
        self.credential = credential
        self.dev_eui = f"70B3D5{place:010X}"
        self.name = b"lora-%016x" % place
        self.epoch, self.sequence = os.urandom(16), 1
        self.delay = random.uniform(0, 10)

    async def run(self, ends, taken):
        reader, writer = await asyncio.open_connection(self.target.hostname, self.target.port)
        heard = time.time()
        while time.monotonic() < ends:
            await asyncio.sleep(self.delay)
            due = int((time.time() - heard) * RATE)
            times = [int((heard + place / RATE) * 1e6) for place in range(min(due, 500))]
            heard += len(times) / RATE
            if not times:
                continue
            body = batch(self.epoch, self.sequence, times, self.dev_eui, self.name)
            began = time.monotonic()
            writer.write(
                b"POST /api/v1/edge/batches HTTP/1.1\r\nHost: central\r\nAuthorization: Bearer %b\r\n"
                b"Content-Type: application/vnd.holdfast.batch\r\nContent-Encoding: gzip\r\n"
                b"Content-Length: %d\r\n\r\n" % (self.credential, len(body)) + body
            )
            status = await reader.readline()
            length = 0
            while (header := await reader.readline()) != b"\r\n":
                if header.lower().startswith(b"content-length:"):
                    length = int(header.split(b":")[1])
            answer = await reader.readexactly(length)
            taken.append((time.monotonic() - began, len(times)))
            assert b" 200 " in status, (status, answer)
            said = json.loads(answer)
            self.sequence += len(times)
            self.delay = said["delayMilliseconds"] / 1000
        writer.close()


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    seconds = int(sys.argv[2]) if len(sys.argv) > 2 else 90
    with Gateway(env={**UNLIMITED, "HOLDFAST_ROLE": "central"}) as central:
        client, url = central.client(), central.runtime["http"]
        members = []
        for place in range(count):
            code = client.post(ENROLLMENTS, {"name": f"Hall {place}"}).json["code"]
            key = base64.b64encode(os.urandom(32)).decode()
            said = client.post("/api/v1/edge/enroll", {"code": code, "public_key": key})
            assert said.status == 201, said
            member = Member(url, said.json["credential"].encode(), place + 1)
            client.register(f"Meter {place}", dev_eui=member.dev_eui, lorawan=Session(place).provisioning)
            members.append(member)
        taken = []

        async def run():
            ends = time.monotonic() + seconds
            await asyncio.gather(*(member.run(ends, taken) for member in members))

        asyncio.run(run())
        times = sorted(each for each, _ in taken)
        packets = sum(size for _, size in taken)
        print(f"{count} gateways: {packets / seconds:,.0f} packets/s in {len(taken)} batches")
        for share in (0.5, 0.99, 1):
            print(f"p{share * 100:.0f}: {times[min(len(times) - 1, int(len(times) * share))] * 1000:.0f} ms")
        stored = central.metrics()["edge_packet_sequence"]
        print(f"stored: {stored:.0f} of {packets}")


if __name__ == "__main__":
    main()
