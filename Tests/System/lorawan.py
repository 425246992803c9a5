"""LoRaWAN 1.0 uplinks and a Semtech packet forwarder, written from their specifications."""

import base64
import json
import os
import socket
import struct
import time

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC

UNCONFIRMED_UP, CONFIRMED_UP = 0x40, 0x80


def cmac(key, message):
    mac = CMAC(algorithms.AES(key))
    mac.update(message)
    return mac.finalize()


def aes(key, block):
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    return encryptor.update(block) + encryptor.finalize()


class Session:
    """A device that was personalised: DevAddr and session keys, and its uplink counter."""

    def __init__(self, dev_addr=None, counter=1):
        self.dev_addr = int.from_bytes(os.urandom(4), "big") if dev_addr is None else dev_addr
        self.nwk_s_key = os.urandom(16)
        self.app_s_key = os.urandom(16)
        self.counter = counter

    @property
    def provisioning(self):
        """The `lorawan` object of a registration."""
        return {
            "dev_addr": f"{self.dev_addr:08X}",
            "nwk_s_key": self.nwk_s_key.hex(),
            "app_s_key": self.app_s_key.hex(),
        }

    def uplink(self, payload, port=1, counter=None, kind=UNCONFIRMED_UP, options=b""):
        """Seals the next frame (LoRaWAN 1.0.3, section 4)."""
        if counter is None:
            counter = self.counter
            self.counter += 1
        header = bytes([kind]) + struct.pack("<IBH", self.dev_addr, len(options), counter & 0xFFFF) + options
        key = self.nwk_s_key if port == 0 else self.app_s_key
        message = header + bytes([port]) + self.cipher(key, payload, counter)
        block = struct.pack("<B4xBIIxB", 0x49, 0, self.dev_addr, counter, len(message))
        return message + cmac(self.nwk_s_key, block + message)[:4]

    def cipher(self, key, payload, counter):
        stream = b"".join(
            aes(key, struct.pack("<B4xBIIxB", 1, 0, self.dev_addr, counter, i + 1))
            for i in range((len(payload) + 15) // 16)
        )
        return bytes(a ^ b for a, b in zip(payload, stream))


class Session11(Session):
    """The same in LoRaWAN 1.1: three network keys, the MIC in two halves, FOpts sealed (section 4.4)."""

    def __init__(self, dev_addr=None, counter=1):
        super().__init__(dev_addr, counter)
        self.s_nwk_s_int_key = os.urandom(16)
        self.nwk_s_enc_key = os.urandom(16)

    @property
    def provisioning(self):
        return {
            "version": "1.1",
            "dev_addr": f"{self.dev_addr:08X}",
            "f_nwk_s_int_key": self.nwk_s_key.hex(),
            "s_nwk_s_int_key": self.s_nwk_s_int_key.hex(),
            "nwk_s_enc_key": self.nwk_s_enc_key.hex(),
            "app_s_key": self.app_s_key.hex(),
        }

    def uplink(self, payload, port=1, counter=None, kind=UNCONFIRMED_UP, options=b"", data_rate=5, channel=2):
        if counter is None:
            counter = self.counter
            self.counter += 1
        block = struct.pack("<B4xBIIBB", 1, 0, self.dev_addr, counter, 0, 0)
        options = bytes(a ^ b for a, b in zip(options, aes(self.nwk_s_enc_key, block)))
        header = bytes([kind]) + struct.pack("<IBH", self.dev_addr, len(options), counter & 0xFFFF) + options
        key = self.nwk_s_enc_key if port == 0 else self.app_s_key
        message = header + bytes([port]) + self.cipher(key, payload, counter)
        first = struct.pack("<B4xBIIxB", 0x49, 0, self.dev_addr, counter, len(message))
        second = struct.pack(
            "<BHBBBIIxB", 0x49, 0, data_rate, channel, 0, self.dev_addr, counter, len(message)
        )
        return (
            message
            + cmac(self.s_nwk_s_int_key, second + message)[:2]
            + cmac(self.nwk_s_key, first + message)[:2]
        )


def join_request(dev_eui, join_eui, nonce, app_key):
    message = (
        b"\x00" + bytes.fromhex(join_eui)[::-1] + bytes.fromhex(dev_eui)[::-1] + struct.pack("<H", nonce)
    )
    return message + cmac(app_key, message)[:4]


def rxpk(frame, **members):
    """A received packet as an SX1302 forwarder reports it."""
    return {
        "tmst": int(time.monotonic() * 1e6) % 2**32,
        "chan": 2,
        "rfch": 1,
        "freq": 868.5,
        "stat": 1,
        "modu": "LORA",
        "datr": "SF7BW125",
        "codr": "4/5",
        "lsnr": 7.5,
        "rssi": -67,
        "size": len(frame),
        "data": base64.b64encode(frame).decode(),
        **members,
    }


class Forwarder:
    """One gateway: sends PUSH_DATA and PULL_DATA and waits for the acknowledgement."""

    def __init__(self, address, eui="AA555A0000000001", version=2):
        self.eui = bytes.fromhex(eui)
        self.version = version
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect(address)
        self.socket.settimeout(2)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def move(self, address):
        self.socket.connect(address)

    def push(self, *packets, **more):
        return self.push_text(json.dumps({**({"rxpk": list(packets)} if packets else {}), **more}))

    def push_text(self, text, version=None):
        """Returns the seconds until the acknowledgement; an acknowledgement that is wrong is an error."""
        version = self.version if version is None else version
        token = os.urandom(2)
        datagram = (
            bytes([version])
            + token
            + b"\x00"
            + self.eui
            + (text if isinstance(text, bytes) else text.encode())
        )
        return self._exchange(datagram, bytes([version]) + token + b"\x01")

    def pull(self):
        token = os.urandom(2)
        return self._exchange(
            bytes([self.version]) + token + b"\x02" + self.eui, bytes([self.version]) + token + b"\x04"
        )

    def _exchange(self, datagram, expected):
        began = time.monotonic()
        self.socket.send(datagram)
        answer = self.socket.recv(100)
        if answer != expected:
            raise AssertionError(f"{answer.hex()} came back, and not {expected.hex()}")
        return time.monotonic() - began

    def post(self, *packets):
        """Sends without waiting."""
        self.socket.send(
            bytes([self.version])
            + os.urandom(2)
            + b"\x00"
            + self.eui
            + json.dumps({"rxpk": list(packets)}).encode()
        )

    def send(self, datagram):
        self.socket.send(datagram)

    def silence(self, seconds=0.3):
        """True when nothing comes back."""
        self.socket.settimeout(seconds)
        try:
            self.socket.recv(100)
            return False
        except TimeoutError:
            return True
        finally:
            self.socket.settimeout(2)
