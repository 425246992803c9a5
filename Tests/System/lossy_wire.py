"""A wire between two interfaces that delays and loses frames, in user space: it needs no kernel module.

    lossy_wire.py INTERFACE INTERFACE SEED

Reads lines like `0.3 0.02 1` from the standard input: the seconds that a frame takes, the share that is
lost, and 1 for a wire that carries anything at all. Begins with `0 0 1`, ends with the input.
"""

import heapq
import os
import random
import select
import socket
import sys
import time

# Frames that are on their way at once; more are lost, as in a router's queue.
QUEUE = 20_000
ALL_PROTOCOLS = 3


def main(near, far, seed):
    ends = []
    for name in (near, far):
        end = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ALL_PROTOCOLS))
        end.bind((name, 0))
        end.setblocking(False)
        ends.append(end)
    chance = random.Random(int(seed))
    delay, loss, is_up = 0.0, 0.0, True
    travelling, number = [], 0
    while True:
        wait = max(0, travelling[0][0] - time.monotonic()) if travelling else None
        ready, _, _ = select.select([0, *ends], [], [], wait)
        if 0 in ready:
            text = os.read(0, 4_096).decode()
            if not text:
                return
            words = text.splitlines()[-1].split()
            delay, loss, is_up = float(words[0]), float(words[1]), words[2] == "1"
        for place, end in enumerate(ends):
            if end not in ready:
                continue
            frame, sender = end.recvfrom(65_536)
            # What this process sent itself is seen again.
            if sender[2] == socket.PACKET_OUTGOING or not is_up:
                continue
            if chance.random() < loss or len(travelling) > QUEUE:
                continue
            number += 1
            heapq.heappush(travelling, (time.monotonic() + delay, number, 1 - place, frame))
        while travelling and travelling[0][0] <= time.monotonic():
            _, _, place, frame = heapq.heappop(travelling)
            if is_up:
                ends[place].send(frame)


if __name__ == "__main__":
    main(*sys.argv[1:])
