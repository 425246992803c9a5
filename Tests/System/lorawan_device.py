"""A LoRaWAN 1.0 device that joins, sends and listens, and the air between it and its gateway.

Written from the specifications (LoRaWAN 1.0.3; Semtech PROTOCOL.md): what the gateway under test sends is
verified with code that is not its own.
"""

import base64
import json
import os
import struct
import time

from lorawan import CONFIRMED_UP, UNCONFIRMED_UP, Forwarder, Session, aes, cmac, join_request, rxpk

UNCONFIRMED_DOWN, CONFIRMED_DOWN = 0x60, 0xA0
# Semtech's forwarder refuses what is less ahead than this (its queue's margin).
MINIMUM_LEAD = 42_500


class Downlink:
    """A data frame from the network, verified and opened."""

    def __init__(self, session, frame, counter_high=0):
        self.confirmed = frame[0] == CONFIRMED_DOWN
        if frame[0] not in (UNCONFIRMED_DOWN, CONFIRMED_DOWN):
            raise AssertionError(f"no data downlink: {frame.hex()}")
        address, control, counter = struct.unpack("<IBH", frame[1:8])
        if address != session.dev_addr:
            raise AssertionError(f"for {address:08X}, not {session.dev_addr:08X}")
        self.counter = counter | counter_high << 16
        block = struct.pack("<B4xBIIxB", 0x49, 1, address, self.counter, len(frame) - 4)
        if cmac(session.nwk_s_key, block + frame[:-4])[:4] != frame[-4:]:
            raise AssertionError(f"wrong MIC: {frame.hex()}")
        self.ack = bool(control & 0x20)
        self.pending = bool(control & 0x10)
        end = 8 + (control & 0x0F)
        self.commands = frame[8:end]
        body = frame[end:-4]
        self.port = body[0] if body else None
        self.payload = b""
        if body:
            key = session.nwk_s_key if self.port == 0 else session.app_s_key
            stream = b"".join(
                aes(key, struct.pack("<B4xBIIxB", 1, 1, address, self.counter, i + 1))
                for i in range((len(body) + 14) // 16)
            )
            self.payload = bytes(a ^ b for a, b in zip(body[1:], stream))
        if self.port == 0:
            self.commands, self.payload = self.payload, b""


class Device(Session):
    """One that joins: DevEUI and AppKey, then the session that the network gave it."""

    def __init__(self, dev_eui, app_key=None, nonce=1):
        super().__init__()
        self.dev_eui = dev_eui
        self.app_key = app_key or os.urandom(16)
        self.nonce = nonce
        self.last_down = -1

    def join_request(self, nonce=None):
        if nonce is None:
            nonce = self.nonce
            self.nonce += 1
        self.sent_nonce = nonce
        return join_request(self.dev_eui, "0000000000000001", nonce, self.app_key)

    def accept(self, frame):
        """Opens a join-accept (1.0.3, section 6.2.5) and derives the session."""
        if frame[0] != 0x20 or len(frame) not in (17, 33):
            raise AssertionError(f"no join-accept: {frame.hex()}")
        plain = b"".join(aes(self.app_key, frame[i : i + 16]) for i in range(1, len(frame), 16))
        if cmac(self.app_key, frame[:1] + plain[:-4])[:4] != plain[-4:]:
            raise AssertionError("wrong MIC of the join-accept")
        nonce, net_id = plain[:3], plain[3:6]
        self.join_nonce = int.from_bytes(nonce, "little")
        self.dev_addr, self.settings, self.rx_delay = struct.unpack("<IBB", plain[6:12])
        self.channels = (
            [int.from_bytes(plain[i : i + 3], "little") * 100 for i in range(12, 27, 3)] if len(frame) == 33 else []
        )
        seed = nonce + net_id + struct.pack("<H", self.sent_nonce)
        self.nwk_s_key = aes(self.app_key, (b"\x01" + seed).ljust(16, b"\0"))
        self.app_s_key = aes(self.app_key, (b"\x02" + seed).ljust(16, b"\0"))
        self.counter = 0
        self.last_down = -1

    def frame(self, payload=b"", port=1, confirmed=False, ack=False, commands=b"", adr=False, counter=None):
        """The next uplink, with what the header says beside it."""
        if counter is None:
            counter = self.counter
            self.counter += 1
        kind = CONFIRMED_UP if confirmed else UNCONFIRMED_UP
        control = len(commands) | (0x20 if ack else 0) | (0x80 if adr else 0)
        header = bytes([kind]) + struct.pack("<IBH", self.dev_addr, control, counter & 0xFFFF) + commands
        body = b"" if port is None else bytes([port]) + self.cipher(
            self.nwk_s_key if port == 0 else self.app_s_key, payload, counter
        )
        message = header + body
        block = struct.pack("<B4xBIIxB", 0x49, 0, self.dev_addr, counter, len(message))
        return message + cmac(self.nwk_s_key, block + message)[:4]

    def hear(self, frame):
        """A data downlink; its counter must be one that was never used."""
        downlink = Downlink(self, frame)
        if downlink.counter <= self.last_down:
            raise AssertionError(f"FCntDown {downlink.counter} after {self.last_down}")
        self.last_down = downlink.counter
        return downlink


class Air(Forwarder):
    """A gateway as Semtech's forwarder behaves: a counter of microseconds, TX_ACK, what is late refused."""

    def __init__(self, address, eui="AA555A0000000001", **options):
        super().__init__(address, eui, **options)
        self.origin = time.monotonic()
        self.offset = int.from_bytes(os.urandom(4), "big")
        self.refusals = {}  # window number -> TX_ACK error

    def clock(self):
        return (int((time.monotonic() - self.origin) * 1e6) + self.offset) % 2**32

    def send_up(self, frame, **members):
        """An uplink that ends now. Returns its tmst."""
        tmst = self.clock()
        self.post(rxpk(frame, tmst=tmst, **members))
        self.sent_at = time.monotonic()
        return tmst

    def receive_down(self, seconds=2.0, answer=None):
        """The next PULL_RESP, answered as Semtech's forwarder does (or with `answer`, False for silence).

        Returns the txpk, with `lead` (microseconds ahead) and `delay` (seconds since the last uplink).
        """
        deadline = time.monotonic() + seconds
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            self.socket.settimeout(left)
            try:
                datagram = self.socket.recv(65_536)
            except TimeoutError:
                return None
            finally:
                self.socket.settimeout(2)
            if datagram[3] == 3:
                break
        packet = json.loads(datagram[4:])["txpk"]
        packet["frame"] = base64.b64decode(packet["data"], validate=True)
        for member in ("rfch", "freq", "modu", "datr", "codr", "size", "data"):
            if member not in packet:
                raise AssertionError(f"an incomplete txpk is dropped in silence: {packet}")
        if packet["size"] != len(packet["frame"]):
            raise AssertionError(f"size {packet['size']} of {len(packet['frame'])}")
        packet["delay"] = time.monotonic() - getattr(self, "sent_at", time.monotonic())
        error = None
        if not packet.get("imme"):
            lead = (packet["tmst"] - self.clock()) % 2**32
            packet["lead"] = lead if lead < 2**31 else lead - 2**32
            if packet["lead"] < MINIMUM_LEAD:
                error = "TOO_LATE" if packet["lead"] >= 0 else "TOO_EARLY"
        if answer is False:
            return packet
        error = answer or error
        body = json.dumps({"txpk_ack": {"error": error}}).encode() if error else b""
        self.send(bytes([self.version]) + datagram[1:3] + b"\x05" + self.eui + body)
        packet["error"] = error
        return packet
