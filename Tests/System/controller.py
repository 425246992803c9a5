"""A Bluetooth controller without a radio: H4 over TCP, with legacy or extended scanning."""

import os
import socket
import struct
import threading

RESET, EVENT_MASK, LE_EVENT_MASK, LE_FEATURES = 0x0C03, 0x0C01, 0x2001, 0x2003
SCAN_PARAMETERS, SCAN_ENABLE = 0x200B, 0x200C
EXTENDED_PARAMETERS, EXTENDED_ENABLE = 0x2041, 0x2042
NOT_ALLOWED, UNKNOWN_COMMAND = 0x0C, 0x01


def advertisement(service_data, flags=True):
    """The AD structures of a Hubble device."""
    content = bytes([len(service_data) + 3, 0x16, 0xA6, 0xFC]) + service_data
    return (b"\x02\x01\x06" if flags else b"") + b"\x03\x03\xa6\xfc" + content


def legacy_report(data, rssi=-60, address=None):
    """One report of LE Advertising Report: ADV_NONCONN_IND from a random address."""
    return b"\x03\x01" + (address or os.urandom(6)) + bytes([len(data)]) + data + struct.pack("b", rssi)


def extended_report(data, rssi=-60, address=None, kind=0x0010, sid=0xFF):
    """One report of LE Extended Advertising Report; a legacy PDU unless `kind` says otherwise."""
    return (
        struct.pack("<HB", kind, 1)
        + (address or os.urandom(6))
        + bytes([1, 0, sid, 127])
        + struct.pack("<bH", rssi, 0)
        + bytes(7)
        + bytes([len(data)])
        + data
    )


def meta_event(subevent, reports):
    parameters = bytes([subevent, len(reports)]) + b"".join(reports)
    return b"\x04\x3e" + bytes([len(parameters)]) + parameters


class Controller:
    """Listens for one host at a time. `with Controller() as controller:`"""

    def __init__(self, extended=True):
        self.extended = extended
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "h4:127.0.0.1:%d" % self.listener.getsockname()[1]
        self.commands = []
        self.connections = 0
        self.scanning = threading.Event()
        self.connection = None
        self.closing = False
        self.thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.closing = True
        self.listener.close()
        self.hang_up()
        self.thread.join(5)

    def hang_up(self):
        """Closes the connection, as when a cable is pulled."""
        self.scanning.clear()
        connection, self.connection = self.connection, None
        if connection:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            connection.close()

    def _serve(self):
        while not self.closing:
            try:
                self.listener.settimeout(0.2)
                connection, _ = self.listener.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            connection.settimeout(None)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connection = connection
            self.connections += 1
            try:
                self._talk(connection)
            except OSError:
                pass
            self.scanning.clear()

    def _talk(self, connection):
        stream = connection.makefile("rb")
        while header := stream.read(4):
            kind, opcode, length = struct.unpack("<BHB", header)
            if kind != 1:
                raise AssertionError(f"the host sent H4 type {kind}")
            parameters = stream.read(length)
            self.commands.append((opcode, parameters))
            status, more = self._answer(opcode, parameters)
            body = struct.pack("<BHB", 1, opcode, status) + more
            connection.sendall(b"\x04\x0e" + bytes([len(body)]) + body)
            if status == 0 and opcode in (SCAN_ENABLE, EXTENDED_ENABLE):
                (self.scanning.set if parameters[0] else self.scanning.clear)()

    def _answer(self, opcode, parameters):
        if opcode == LE_FEATURES:
            return 0, struct.pack("<Q", 1 << 12 if self.extended else 0)
        if opcode in (RESET, EVENT_MASK, LE_EVENT_MASK):
            return 0, b""
        if opcode in (SCAN_PARAMETERS, SCAN_ENABLE):
            return (NOT_ALLOWED if self.extended else 0), b""
        if opcode in (EXTENDED_PARAMETERS, EXTENDED_ENABLE):
            return (0 if self.extended else UNKNOWN_COMMAND), b""
        return UNKNOWN_COMMAND, b""

    def wait_for_scan(self, seconds=15):
        if not self.scanning.wait(seconds):
            raise AssertionError(
                f"no scan within {seconds} s; commands: {[hex(opcode) for opcode, _ in self.commands]}"
            )

    def send(self, data):
        self.connection.sendall(data)

    def advertise(self, *service_data, rssi=-60, address=None):
        """All in one event, as reports of the kind that the host asked for."""
        report = extended_report if self.extended else legacy_report
        self.send(
            meta_event(
                0x0D if self.extended else 0x02,
                [report(advertisement(data), rssi, address) for data in service_data],
            )
        )

    def last(self, opcode):
        return next(parameters for code, parameters in reversed(self.commands) if code == opcode)
