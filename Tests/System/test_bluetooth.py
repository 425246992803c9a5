"""Bluetooth over H4: advertising reports in, packets on the API."""

import base64
import os
import socket
import tempfile
import time
import unittest
import unittest.mock

import controller as hci
from arrivals import ArrivalTestCase
from controller import Controller, advertisement, extended_report, meta_event
from gateway import eventually
from hubble import counter_mode_eid, seal_counter_mode, seal_eax, seal_plain, today

DEVICES = "/api/org/{org}/devices"


def new_eui():
    return os.urandom(8).hex()


class BluetoothTestCase(ArrivalTestCase):
    extended = True

    def setUp(self):
        self.controller = self.enterContext(Controller(extended=self.extended))
        self.server = self.gateway(ble=self.controller.address)
        self.client = self.server.client()
        self.controller.wait_for_scan()

    def register(self, key, **members):
        return self.client.register(
            "Tag", dev_eui=new_eui(), device_key=base64.b64encode(key).decode(), **members
        )

    def send_stranger(self, server):
        data = b"\xfc" + os.urandom(12)  # of a version that there is not
        self.controller.advertise(data)
        return data


class Scanning(BluetoothTestCase):
    def test_an_extended_controller_is_scanned_with_extended_commands_passively_without_gaps(self):
        parameters = self.controller.last(hci.EXTENDED_PARAMETERS)
        kind, interval, window = parameters[3], *(
            int.from_bytes(parameters[i : i + 2], "little") for i in (4, 6)
        )
        self.assertEqual(kind, 0, "the scan is to be passive")
        self.assertEqual(interval, window, "the scan is to have no gaps")
        enable = self.controller.last(hci.EXTENDED_ENABLE)
        self.assertEqual((enable[0], enable[1], enable[2:6]), (1, 0, bytes(4)))
        self.assertNotIn(hci.SCAN_ENABLE, [opcode for opcode, _ in self.controller.commands])

    def test_the_scan_goes_on_by_itself_when_the_controller_goes_and_comes_back(self):
        key = os.urandom(32)
        device = self.register(key)
        self.controller.advertise(seal_counter_mode(key, b"before", 1))
        self.packets(1, device_id=device["id"])
        for number in range(2, 5):
            self.controller.hang_up()
            self.controller.wait_for_scan()
            self.controller.advertise(seal_counter_mode(key, b"after", number))
            self.packets(number, device_id=device["id"])

    def test_a_hardware_error_is_recovered_by_a_reset(self):
        key = os.urandom(32)
        device = self.register(key)
        before = len(self.controller.commands)
        self.controller.scanning.clear()
        self.controller.send(b"\x04\x10\x01\x42")
        self.controller.wait_for_scan()
        self.assertIn(hci.RESET, [opcode for opcode, _ in self.controller.commands[before:]])
        self.controller.advertise(seal_counter_mode(key, b"again", 1))
        self.assertEqual(self.payloads(1, device_id=device["id"]), [b"again"])

    def test_malformed_events_are_counted_and_cost_nothing_else(self):
        key = os.urandom(32)
        device = self.register(key)
        good = extended_report(advertisement(seal_counter_mode(key, b"good", 1)))
        events = [
            meta_event(0x0D, [good])[:2] + bytes([length]) + meta_event(0x0D, [good])[3 : 3 + length]
            for length in range(0, len(good) + 2, 3)
        ]
        events += [
            b"\x04\x3e\x02\x0d\xff",
            b"\x04\x3e\x01\x0d",
            b"\x04\x3e\x00",
            b"\x04\xff\x03abc",
            b"\x04\x3e\x05\x99abcd",
            meta_event(0x02, [b"\xff" * 12]),
            meta_event(0x0D, [good[:23] + b"\xe6" + good[24:]]),
            meta_event(0x0D, [extended_report(b"\x1f\x16")]),
            meta_event(0x0D, [extended_report(b"\x00" * 31)]),
        ]
        for event in events:
            self.controller.send(event)
        self.controller.advertise(seal_counter_mode(key, b"last", 2))
        eventually(
            lambda: b"last"
            in [base64.b64decode(packet["payload"]) for packet in self.client.packets(device_id=device["id"])]
        )
        counted = sum(
            value
            for name, value in self.server.metrics().items()
            if name.startswith("edge_hci_event_malformed_total")
        )
        self.assertGreater(counted, 10)
        self.assertEqual(self.controller.connections, 1)

    def test_fragments_of_extended_advertising_are_put_together_also_when_they_interleave(self):
        key = os.urandom(32)
        device = self.register(key)
        more, complete = 0x0020, 0x0000
        whole = [
            b"\xc8\xff" + bytes(199) + advertisement(seal_counter_mode(key, payload, number), flags=False)
            for number, payload in enumerate((b"first", b"second"))
        ]
        addresses = [os.urandom(6), os.urandom(6)]
        for part, kind in ((slice(0, 100), more), (slice(100, 210), more), (slice(210, None), complete)):
            for data, address in zip(whole, addresses):
                self.controller.send(
                    meta_event(0x0D, [extended_report(data[part], address=address, kind=kind, sid=3)])
                )
        self.assertEqual(sorted(self.payloads(2, device_id=device["id"])), [b"first", b"second"])

    def test_other_advertisements_pass_without_a_trace(self):
        foreign = b"\x02\x01\x06\x1a\xff\x4c\x00" + os.urandom(23)
        for _ in range(50):
            self.controller.send(meta_event(0x0D, [extended_report(foreign) for _ in range(3)]))
        key = os.urandom(32)
        self.register(key)
        self.controller.advertise(seal_counter_mode(key, b"ours", 1))
        eventually(self.client.packets)
        self.assertEqual(self.server.metrics()['edge_sighting_processed_total{outcome="stranger"}'], 0)

    def test_a_controller_that_comes_late_is_found(self):
        late = Controller()
        self.addCleanup(late.__exit__)
        late.listener.close()
        address = late.address
        server = self.gateway(ble=address)
        self.assertEqual(server.client().get("/health").status, 200)
        late.listener = socket.create_server(("127.0.0.1", int(address.rsplit(":", 1)[1])))
        late.thread.start()
        late.wait_for_scan(20)

    def test_two_radios_that_hear_one_message_make_one_packet_with_two_receptions(self):
        radios = [self.enterContext(Controller()), self.enterContext(Controller(extended=False))]
        server = self.gateway(ble=",".join(radio.address for radio in radios))
        client = server.client()
        key = os.urandom(32)
        client.register("Tag", dev_eui=new_eui(), device_key=base64.b64encode(key).decode())
        for radio, rssi in zip(radios, (-80, -40)):
            radio.wait_for_scan()
            radio.advertise(seal_counter_mode(key, b"both", 1), rssi=rssi)
        (packet,) = eventually(
            lambda: [packet for packet in client.packets() if len(packet["receptions"]) == 2]
        )
        self.assertEqual(packet["rssi"], -40)
        self.assertEqual([reception["rssi"] for reception in packet["receptions"]], [-40, -80])
        self.assertEqual(len({reception["gateway_id"] for reception in packet["receptions"]}), 2)

    def test_h4_over_a_unix_socket_works_too(self):
        directory = self.enterContext(tempfile.TemporaryDirectory())
        local = Controller()
        local.listener.close()
        local.listener = socket.socket(socket.AF_UNIX)
        local.listener.bind(f"{directory}/hci")
        local.listener.listen()
        with unittest.mock.patch.object(socket.socket, "setsockopt"):
            self.enterContext(local)
            server = self.gateway(ble=f"h4:{directory}/hci")
            local.wait_for_scan()
            key = os.urandom(32)
            client = server.client()
            client.register("Tag", dev_eui=new_eui(), device_key=base64.b64encode(key).decode())
            local.advertise(seal_counter_mode(key, b"local", 1))
            (packet,) = eventually(client.packets)
        self.assertEqual(base64.b64decode(packet["payload"]), b"local")


class LegacyController(BluetoothTestCase):
    extended = False

    def test_it_is_scanned_with_legacy_commands_passively_without_gaps(self):
        parameters = self.controller.last(hci.SCAN_PARAMETERS)
        self.assertEqual(parameters[0], 0)
        self.assertEqual(parameters[1:3], parameters[3:5])
        self.assertEqual(self.controller.last(hci.SCAN_ENABLE), b"\x01\x00")

    def test_two_reports_in_one_event_are_two_packets(self):
        key = os.urandom(16)
        device = self.register(key)
        self.controller.advertise(
            seal_counter_mode(key, b"one", 1),
            seal_counter_mode(key, b"two", 2),
            seal_counter_mode(key, b"three", 3),
        )
        self.assertEqual(sorted(self.payloads(3, device_id=device["id"])), [b"one", b"three", b"two"])

    def test_the_rssi_is_taken_from_behind_the_data_and_127_is_unknown(self):
        key = os.urandom(32)
        device = self.register(key)
        for number, rssi in enumerate((-91, -127, 20, 127)):
            self.controller.advertise(seal_counter_mode(key, b"x", number), rssi=rssi)
        found = self.packets(4, device_id=device["id"])
        self.assertEqual([packet["rssi"] for packet in found], [-91, -127, 20, None])
        self.assertTrue(all(packet["snr"] is None for packet in found))


class Opening(BluetoothTestCase):
    def test_version_0_is_opened_with_keys_of_both_lengths(self):
        for key in (os.urandom(32), os.urandom(16)):
            device = self.register(key)
            payloads = [os.urandom(length) for length in range(14)]
            for number, payload in enumerate(payloads):
                self.controller.advertise(seal_counter_mode(key, payload, 1000 + number))
            found = self.packets(14, device_id=device["id"])
            self.assertEqual([base64.b64decode(packet["payload"]) for packet in found], payloads)
            self.assertEqual([packet["sequence_number"] for packet in found], list(range(1000, 1014)))
            self.assertEqual({packet["status"] for packet in found}, {"decrypted"})
            self.assertEqual({packet["device"]["counter"] for packet in found}, {today()})
            self.assertTrue(all(packet["gateway_id"].startswith("edge-") for packet in found))
            shown = self.client.device(device["id"])
            self.assertEqual(shown["encryption"], "AES-256-CTR" if len(key) == 32 else "AES-128-CTR")
            self.assertEqual(shown["eid_rotation"].get("counter_source"), "UNIX_TIME")

    def test_days_inside_the_window_are_opened_and_days_outside_are_not(self):
        key = os.urandom(32)
        device = self.register(key)
        for offset in (-3, -2, -1, 0, 1, 2, 3):
            self.controller.advertise(seal_counter_mode(key, b"%d" % offset, 5, today() + offset))
        self.assertEqual(sorted(self.payloads(5, device_id=device["id"])), [b"-1", b"-2", b"0", b"1", b"2"])

    def test_uptime_counters_are_found_and_remembered(self):
        key = os.urandom(32)
        device = self.register(key)
        for counter in (0, 77, 127):
            self.controller.advertise(seal_counter_mode(key, b"up %d" % counter, counter, counter))
        found = self.packets(3, device_id=device["id"])
        self.assertEqual(sorted(packet["device"]["counter"] for packet in found), [0, 77, 127])
        remembered = (
            lambda: self.client.device(device["id"])["eid_rotation"].get("counter_source") == "DEVICE_UPTIME"
        )
        eventually(remembered, message="the counter source is remembered")
        self.assertEqual(self.client.device(device["id"])["encryption"], "AES-256-CTR")
        self.server.restart()
        self.controller.wait_for_scan()
        self.assertTrue(remembered())
        self.controller.advertise(seal_counter_mode(key, b"after", 1, 3))
        self.packets(4, device_id=device["id"])

    def test_version_1_of_a_fleet_without_encryption_is_taken_by_its_network_id(self):
        (device,) = self.client.register_fleet(encryption="NONE")
        for payload in (b"", b"plain", bytes(18)):
            self.controller.advertise(seal_plain(device["network_id"], payload))
        self.controller.advertise(seal_plain((device["network_id"] + 1) % 2**34, b"foreign"))
        found = self.packets(3, device_id=device["device_id"])
        self.assertEqual(
            [base64.b64decode(packet["payload"]) for packet in found], [b"", b"plain", bytes(18)]
        )
        self.assertEqual({packet["status"] for packet in found}, {"unencrypted"})
        self.assertEqual({packet["sequence_number"] for packet in found}, {None})
        self.assertEqual(len(self.client.packets()), 3)

    def test_version_2_with_a_known_exponent_is_opened(self):
        (device,) = self.client.register_fleet(encryption="AES-128-EAX", eid_rotation={"period_exponent": 12})
        key = base64.b64decode(device["key"])
        payloads = [os.urandom(length) for length in range(10)]
        for number, payload in enumerate(payloads):
            self.controller.advertise(seal_eax(key, payload, 12, number * 14))
        self.assertEqual(self.payloads(10, device_id=device["device_id"]), payloads)

    def test_version_2_with_an_unknown_exponent_is_opened_and_the_exponent_remembered(self):
        for exponent in (0, 9, 15):
            key = os.urandom(16)
            device = self.register(key)
            self.controller.advertise(seal_eax(key, b"salted", exponent, 100))
            self.assertEqual(self.payloads(1, device_id=device["id"]), [b"salted"])
            eventually(
                lambda: self.client.device(device["id"])["eid_rotation"].get("period_exponent") == exponent,
                message="the exponent is remembered",
            )
            self.assertEqual(self.client.device(device["id"])["encryption"], "AES-128-EAX")
            self.controller.advertise(seal_eax(key, b"more", exponent, 101))
            self.assertEqual(self.payloads(2, device_id=device["id"]), [b"salted", b"more"])

    def test_one_wrong_bit_anywhere_is_not_opened(self):
        key, other = os.urandom(32), os.urandom(16)
        for each in (key, other):
            self.register(each)
        for sealed in (seal_counter_mode(key, b"exact", 9), seal_eax(other, b"exact", 3, 9)):
            for position in range(len(sealed)):
                wrong = bytearray(sealed)
                wrong[position] ^= 0x80 >> position % 8
                self.controller.advertise(bytes(wrong))
            for length in range(len(sealed)):
                self.controller.advertise(sealed[:length])
            self.controller.advertise(sealed)
        found = self.packets(2)
        self.assertEqual([base64.b64decode(packet["payload"]) for packet in found], [b"exact", b"exact"])

    def test_devices_whose_identifiers_collide_are_told_apart_by_the_tag(self):
        # Two devices that were given one key have the same identifiers: one of them gets the packet,
        # and a third with its own key still gets its own.
        shared, own = os.urandom(32), os.urandom(32)
        twins = [self.register(shared), self.register(shared)]
        third = self.register(own)
        self.controller.advertise(seal_counter_mode(shared, b"twin", 1), seal_counter_mode(own, b"own", 1))
        found = self.packets(2)
        self.assertEqual(sum(packet["device_id"] in [twin["id"] for twin in twins] for packet in found), 1)
        self.assertEqual(self.payloads(1, device_id=third["id"]), [b"own"])
        # The identifier of one device on the air with the tag of another opens nothing.
        forged = bytearray(seal_counter_mode(own, b"forged", 2))
        forged[2:6] = counter_mode_eid(shared, today())
        self.controller.advertise(bytes(forged))
        self.settle()
        self.assertEqual(len(self.client.packets()), 2)

    def test_a_key_that_is_changed_opens_the_new_frames_and_what_was_heard_before(self):
        old, new = os.urandom(32), os.urandom(32)
        device = self.register(old)
        self.controller.advertise(seal_counter_mode(old, b"old", 1))
        self.packets(1)
        self.controller.advertise(seal_counter_mode(new, b"new", 2))
        self.settle()
        self.assertEqual(len(self.client.packets()), 1)
        answer = self.client.patch(
            f"{DEVICES}/{device['id']}", {"device_key": base64.b64encode(new).decode()}
        )
        self.assertEqual(answer.status, 200)
        self.assertEqual(self.payloads(2, device_id=device["id"]), [b"old", b"new"])

    def test_a_tag_that_was_heard_first_is_opened_once_with_its_time_when_it_is_registered(self):
        keys = {"ctr": os.urandom(32), "uptime": os.urandom(16), "eax": os.urandom(16)}
        heard = time.time()
        sealed = [
            seal_counter_mode(keys["ctr"], b"ctr", 1),
            seal_counter_mode(keys["uptime"], b"uptime", 2, 55),
            seal_eax(keys["eax"], b"eax", 10, 5),
        ]
        for _ in range(3):
            self.controller.advertise(*sealed)
        self.settle()
        self.assertEqual(self.client.packets(), [])
        self.server.restart()
        self.controller.wait_for_scan()
        for name, key in keys.items():
            device = self.register(key)
            (packet,) = self.packets(1, device_id=device["id"])
            self.assertEqual(base64.b64decode(packet["payload"]), name.encode())
            self.assertLess(abs(packet["device"]["timestamp"] - heard), 1)
        self.controller.advertise(*sealed)
        self.settle()
        self.assertEqual(len(self.client.packets()), 3)


class Repeats(BluetoothTestCase):
    def test_one_message_advertised_600_times_is_one_packet_with_its_receptions_counted(self):
        key = os.urandom(32)
        device = self.register(key)
        sealed = seal_counter_mode(key, b"hour", 1)
        self.controller.advertise(sealed, rssi=-90)
        self.packets(1)
        first_seen = self.client.device(device["id"])["device"]["last_seen_at"]
        time.sleep(1.2)  # what is shown of its last message are whole seconds
        for number in range(599):
            self.controller.advertise(sealed, rssi=-50 if number == 300 else -80)
        (packet,) = self.packets(1)
        moved = self.client.device(device["id"])["device"]
        self.assertGreater(moved["last_seen_at"], first_seen)
        self.assertEqual(moved["packet_count"], 1)
        self.assertLessEqual(self.server.metrics()["edge_commit_written_total"], 10)
        self.server.restart()
        (again,) = self.client.packets()
        self.assertEqual(again["packet_id"], packet["packet_id"])
        (reception,) = again["receptions"]
        self.assertEqual(reception["count"], 600)
        self.assertEqual((reception["rssi"], again["rssi"]), (-50, -50))
        self.assertEqual(reception["received_at"], packet["received_at"])
        self.assertGreater(reception["last_received_at"], reception["received_at"])
        self.assertEqual(self.client.device(device["id"])["device"]["last_seen_at"], moved["last_seen_at"])

    def test_a_repeat_after_a_restart_is_no_second_packet(self):
        key, other, third = os.urandom(32), os.urandom(16), os.urandom(16)
        for each in (key, other, third):
            self.register(each)
        (fleet,) = self.client.register_fleet(encryption="NONE")
        if time.time() % 300 > 285:
            time.sleep(16)  # unencrypted messages are one packet within a step of five minutes
        sealed = [
            seal_counter_mode(key, b"a", 1),
            seal_counter_mode(other, b"b", 2, 9),
            seal_eax(third, b"c", 4, 9),
            seal_plain(fleet["network_id"], b"d"),
        ]
        self.controller.advertise(*sealed)
        before = sorted(packet["packet_id"] for packet in self.packets(4))
        for stop in (self.server.stop, self.server.kill):
            stop()
            self.controller.scanning.clear()
            self.server.start()
            self.controller.wait_for_scan()
            self.controller.advertise(*sealed)
            self.settle()
            self.assertEqual(sorted(packet["packet_id"] for packet in self.client.packets()), before)


if __name__ == "__main__":
    unittest.main()
