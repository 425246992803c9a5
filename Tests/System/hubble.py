"""Hubble service data, sealed from its specification: versions 0 (CTR), 1 (plain) and 2 (EAX)."""

import os
import struct
import time

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC

DAY = 86_400


def today():
    return int(time.time()) // DAY


def cmac(key, message):
    mac = CMAC(algorithms.AES(key))
    mac.update(message)
    return mac.finalize()


def aes(key, block):
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    return encryptor.update(block) + encryptor.finalize()


def ctr(key, nonce, data):
    encryptor = Cipher(algorithms.AES(key), modes.CTR(nonce)).encryptor()
    return encryptor.update(data) + encryptor.finalize()


def kbkdf(key, label, context, length):
    """NIST SP 800-108 in counter mode with AES-CMAC."""
    blocks, number = b"", 1
    while len(blocks) < length:
        blocks += cmac(
            key,
            struct.pack(">I", number)
            + label.encode()
            + b"\x00"
            + str(context).encode()
            + struct.pack(">I", length * 8),
        )
        number += 1
    return blocks[:length]


def counter_mode_eid(key, counter):
    return kbkdf(kbkdf(key, "DeviceKey", counter, len(key)), "DeviceID", 0, 4)


def seal_counter_mode(key, payload, sequence, counter=None):
    """Version 0. `counter` is the day, or 0...127 of an uptime device."""
    counter = today() if counter is None else counter
    encryption = kbkdf(kbkdf(key, "EncryptionKey", counter, len(key)), "Key", sequence, len(key))
    nonce = kbkdf(kbkdf(key, "NonceKey", counter, len(key)), "Nonce", sequence, 12)
    sealed = ctr(encryption, nonce + bytes(4), payload)
    return (
        struct.pack(">H", sequence & 0x3FF)
        + counter_mode_eid(key, counter)
        + cmac(encryption, sealed)[:4]
        + sealed
    )


def seal_plain(network_id, payload):
    """Version 1."""
    return (1 << 34 | network_id).to_bytes(5, "big") + payload


def eax_eid(key, counter, exponent):
    first = aes(key, bytes(11) + b"\xff\x00\x00" + struct.pack(">H", counter >> 16))
    lowered = counter >> exponent << exponent
    return aes(first, bytes(11) + bytes([exponent]) + struct.pack(">I", lowered))[:8]


def seal_eax(key, payload, exponent, pool_index, salt=None):
    """Version 2: AES-128-EAX with a tag of 4 bytes and no associated data."""
    counter = pool_index << exponent
    salt = os.urandom(2) if salt is None else salt
    omac = lambda kind, data: cmac(key, bytes(15) + bytes([kind]) + data)
    nonce = omac(0, struct.pack(">I", counter) + salt)
    sealed = ctr(key, nonce, payload)
    tag = bytes(a ^ b ^ c for a, b, c in zip(nonce, omac(1, b""), omac(2, sealed)))[:4]
    return b"\x08" + salt + eax_eid(key, counter, exponent)[::-1] + sealed + tag
