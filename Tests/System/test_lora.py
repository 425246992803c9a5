"""LoRa: datagrams in, packets on the API."""

import base64
import datetime
import json
import pathlib
import random
import time
import unittest

from arrivals import ArrivalTestCase
from gateway import eventually
from lorawan import CONFIRMED_UP, Forwarder, Session, Session11, join_request, rxpk

VECTORS = pathlib.Path(__file__).resolve().parent.parent / "Vectors"
DEVICES = "/api/org/{org}/devices"


def new_eui():
    return f"70B3D5{random.getrandbits(40):010X}"


class LoRaTestCase(ArrivalTestCase):
    def setUp(self):
        self.server = self.gateway()
        self.client = self.server.client()
        self.forwarder = self.forward("AA555A0000000001")

    def forward(self, eui, **options):
        return self.enterContext(Forwarder(self.server.lora, eui, **options))

    def register(self, session, **members):
        return self.client.register("Meter", dev_eui=new_eui(), lorawan=session.provisioning, **members)

    def send_stranger(self, server):
        frame = Session().uplink(b"nobody's")
        with Forwarder(server.lora, "FFEE000000000001") as forwarder:
            forwarder.push(rxpk(frame))
        return frame


class Datagrams(LoRaTestCase):
    def test_every_datagram_of_the_field_is_acknowledged_in_its_version(self):
        for version in (1, 2):
            forwarder = self.forward("AA555A0000000002", version=version)
            for sample in json.loads((VECTORS / "rxpk-samples.json").read_text()):
                with self.subTest(sample=sample["name"], version=version):
                    if sample["kind"] == "json" and not sample["raw"].startswith('{"txpk_ack"'):
                        self.assertLess(forwarder.push_text(sample["raw"]), 0.1)
            self.assertLess(forwarder.pull(), 0.1)

    def test_every_rxpk_of_the_field_is_taken_or_counted_with_the_reason(self):
        for sample in json.loads((VECTORS / "rxpk-samples.json").read_text()):
            if sample["kind"] == "json":
                self.forwarder.push_text(sample["raw"])
            else:
                self.forwarder.send(bytes.fromhex(sample["raw"]))
        count = lambda name: self.server.metrics()[f"edge_{name}"]
        # 15 in the texts and 7 in the captured datagrams; four with a bad CRC, one of another major version.
        eventually(lambda: count("rxpk_received_total") == 22, message="all rxpk are counted")
        bad = count('rxpk_rejected_total{reason="crc_bad"}') + count(
            'rxpk_rejected_total{reason="unsupported_major"}'
        )
        self.assertGreaterEqual(bad, 4)
        rejected = sum(
            value
            for name, value in self.server.metrics().items()
            if name.startswith("edge_rxpk_rejected_total")
        )
        self.assertEqual(rejected + count("sighting_accepted_total"), 22)
        self.assertEqual(count('rxpk_rejected_total{reason="malformed_rxpk"}'), 0)
        self.assertEqual(count('datagram_rejected_total{reason="malformed_body"}'), 0)
        self.assertEqual(count('datagram_received_total{type="tx_ack"}'), 1)

    def test_broken_json_is_acknowledged_and_what_is_good_in_a_datagram_is_taken(self):
        session = Session()
        device = self.register(session)
        for text in (
            "",
            "{",
            "x",
            "{}",
            "[]",
            '{"rxpk":5}',
            '{"rxpk":[5,null,"x",{}]}',
            '{"rxpk":[{"data":"!"}]}',
            b"\xff\xfe",
            '{"stat":',
            "[" * 20_000,
            json.dumps({"rxpk": [rxpk(b"x" * 20, rssi="loud")]}),
            json.dumps({"rxpk": [rxpk(b"x", size=200)]}),
        ):
            self.assertLess(self.forwarder.push_text(text), 0.1)
        good = rxpk(session.uplink(b"between"))
        broken = [{}, {"data": 5}, {**good, "data": "%%%"}, {**good, "freq": "high"}, None, 7]
        self.forwarder.push(*broken[:3], good, *broken[3:])
        self.assertEqual(self.payloads(1, device_id=device["id"]), [b"between"])

    def test_garbage_gets_no_answer_and_does_no_harm(self):
        numbers = random.Random(2)
        for datagram in [
            b"",
            b"\x02",
            b"\x02\x00\x00\x00",
            b"\x03\x00\x00\x00" + bytes(20),
            b"\x02\x00\x00\x09" + bytes(8),
            b"\x02\x00\x00\x02" + bytes(7),
            b"\x02\x00\x00\x03{}",
        ] + [numbers.randbytes(numbers.randrange(0, 60)) for _ in range(300)]:
            self.forwarder.send(datagram)
        self.settle()
        while not self.forwarder.silence(0.2):
            pass
        session = Session()
        device = self.register(session)
        self.forwarder.push(rxpk(session.uplink(b"still here")))
        self.assertEqual(self.payloads(1, device_id=device["id"]), [b"still here"])

    def test_a_push_without_padding_and_with_url_letters_of_base64_is_taken(self):
        session = Session()
        device = self.register(session)
        frame = session.uplink(b"\xfb\xff\xfe")
        self.forwarder.push(rxpk(frame, data=base64.b64encode(frame).decode().rstrip("=")))
        self.assertEqual(self.payloads(1, device_id=device["id"]), [b"\xfb\xff\xfe"])

    def test_a_frame_with_a_bad_crc_is_not_taken_beside_a_good_one(self):
        session = Session()
        device = self.register(session)
        self.forwarder.push(rxpk(session.uplink(b"bad"), stat=-1), rxpk(session.uplink(b"good")))
        self.assertEqual(self.payloads(1, device_id=device["id"]), [b"good"])

    def test_acknowledgements_come_within_10_ms_in_the_middle(self):
        seconds = sorted(self.forwarder.push(rxpk(Session().uplink(b"stranger"))) for _ in range(200))
        self.assertLess(seconds[100], 0.010)

    def test_only_the_allowed_gateways_are_heard_when_some_are_named(self):
        server = self.gateway(
            env={"HOLDFAST_LORA_ALLOWED_GATEWAYS": "AA555A0000000001, bb:55:5a:00:00:00:00:02"}
        )
        client = server.client()
        session = Session()
        device = client.register("Meter", dev_eui=new_eui(), lorawan=session.provisioning)
        for eui in ("CC555A0000000003", "BB555A0000000002"):
            with Forwarder(server.lora, eui) as forwarder:
                forwarder.post(rxpk(session.uplink(eui.encode())))
        (packet,) = eventually(lambda: client.packets(device_id=device["id"]))
        self.assertEqual(base64.b64decode(packet["payload"]), b"BB555A0000000002")


class Uplinks(LoRaTestCase):
    def test_an_uplink_becomes_a_packet_in_both_shapes(self):
        session = Session(counter=7)
        device = self.register(session, tags={"site": "north"})
        began = time.time()
        self.forwarder.push(rxpk(session.uplink(b"Hello World", port=42)))
        answer_packets = self.packets(1)
        packet = answer_packets[0]
        self.assertEqual(packet["payload"], "SGVsbG8gV29ybGQ=")
        self.assertEqual(
            (packet["device_id"], packet["sequence_number"], packet["f_port"]), (device["id"], 7, 42)
        )
        self.assertEqual((packet["rssi"], packet["snr"]), (-67, 7.5))
        self.assertEqual((packet["status"], packet["platform"]), ("decrypted", "LoRaWAN"))
        self.assertEqual(packet["gateway_id"].lower(), "lora-aa555a0000000001")
        self.assertRegex(packet["received_at"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        received = datetime.datetime.fromisoformat(packet["received_at"].replace("Z", "+00:00")).timestamp()
        self.assertLess(abs(received - began), 3)
        nested = packet["device"]
        self.assertEqual(
            (nested["id"], nested["name"], nested["payload"], nested["sequence_number"]),
            (device["id"], "Meter", packet["payload"], 7),
        )
        self.assertEqual(nested["tags"], {"site": "north", "hubnet.platform": "LoRaWAN"})
        self.assertIsInstance(nested["timestamp"], (int, float))
        self.assertEqual(nested["rssi"], -67)
        self.assertEqual((packet["location"]["latitude"], packet["location"]["longitude"]), (0, 0))
        self.assertEqual(packet["metadata"], {"latitude": None, "longitude": None, "accuracy": None})
        shown = self.client.device(device["id"])
        self.assertEqual(
            (shown["device"]["packet_count"], shown["device"]["last_seen_at"]), (1, packet["received_at"])
        )
        self.assertEqual(list(shown["most_recent_packet"]), ["terrestrial"])

    def test_two_gateways_in_any_order_on_any_frequency_make_one_packet(self):
        session = Session()
        device = self.register(session)
        second = self.forward("BB555A0000000002")
        for number, (first_rssi, second_rssi) in enumerate(((-60, -110), (-110, -60), (-80, -80))):
            frame = session.uplink(b"shared %d" % number)
            pushes = [
                lambda: self.forwarder.push(rxpk(frame, rssi=first_rssi, freq=868.1)),
                lambda: second.push(rxpk(frame, rssi=second_rssi, freq=868.3, lsnr=-3.5)),
            ]
            for push in pushes if number % 2 else reversed(pushes):
                push()
        found = self.packets(3, device_id=device["id"])
        for packet, best in zip(found, (-60, -60, -80)):
            self.assertEqual(packet["rssi"], best)
            self.assertEqual(
                {reception["gateway_id"].lower() for reception in packet["receptions"]},
                {"lora-aa555a0000000001", "lora-bb555a0000000002"},
            )
            self.assertEqual(max(reception["rssi"] for reception in packet["receptions"]), best)
        self.assertEqual(self.client.device(device["id"])["device"]["packet_count"], 3)

    def test_ghosts_on_other_channels_of_one_push_are_the_same_packet_at_its_strongest(self):
        session = Session()
        device = self.register(session)
        frame = session.uplink(b"ghost")
        self.forwarder.push(
            rxpk(frame, freq=868.1, rssi=-100),
            rxpk(frame, freq=868.5, rssi=-50),
            rxpk(frame, freq=867.7, rssi=-105),
        )
        (packet,) = self.packets(1, device_id=device["id"])
        self.assertEqual(packet["rssi"], -50)

    def test_a_retransmission_is_no_second_packet_also_minutes_and_a_restart_later(self):
        session = Session()
        device = self.register(session)
        frame = session.uplink(b"once", kind=CONFIRMED_UP)
        self.forwarder.push(rxpk(frame))
        before = self.packets(1, device_id=device["id"])[0]["packet_id"]
        self.forwarder.push(rxpk(frame))
        for stop in (self.server.stop, self.server.kill):
            stop()
            self.server.start()
            self.forwarder.move(self.server.lora)
            self.forwarder.push(rxpk(frame))
            self.assertEqual(self.packets(1, device_id=device["id"])[0]["packet_id"], before)
        self.forwarder.push(rxpk(session.uplink(b"twice")))
        self.assertEqual(self.payloads(2, device_id=device["id"]), [b"once", b"twice"])

    def test_the_counter_rolls_over_its_16_bits(self):
        session = Session(counter=65_530)
        device = self.register(session)
        for number in range(12):
            self.forwarder.push(rxpk(session.uplink(b"n%d" % number)))
        found = self.packets(12, device_id=device["id"])
        self.assertEqual([packet["sequence_number"] for packet in found], list(range(65_530, 65_542)))
        self.assertEqual(
            [base64.b64decode(packet["payload"]) for packet in found],
            [b"n%d" % number for number in range(12)],
        )
        self.server.restart()
        self.forwarder.move(self.server.lora)
        self.forwarder.push(rxpk(session.uplink(b"after")))
        self.assertEqual(self.packets(13, device_id=device["id"])[-1]["sequence_number"], 65_542)

    def test_a_counter_that_starts_again_is_refused_unless_allowed(self):
        careful, lenient = Session(counter=500), Session(counter=500)
        first = self.register(careful)
        second = self.client.register(
            "Reset", dev_eui=new_eui(), lorawan={**lenient.provisioning, "allow_counter_reset": True}
        )
        for session in (careful, lenient):
            self.forwarder.push(rxpk(session.uplink(b"before")))
            self.settle()
            session.counter = 1
            self.forwarder.push(rxpk(session.uplink(b"after reset")))
        self.assertEqual(self.payloads(2, device_id=second["id"]), [b"before", b"after reset"])
        self.assertEqual(self.payloads(1, device_id=first["id"]), [b"before"])

    def test_one_wrong_bit_anywhere_makes_it_a_strangers_frame(self):
        session = Session()
        device = self.register(session)
        frame = session.uplink(b"exact")
        for position in range(len(frame)):
            wrong = bytearray(frame)
            wrong[position] ^= 1 << position % 8
            self.forwarder.push(rxpk(bytes(wrong)))
        self.forwarder.push(rxpk(frame))
        self.assertEqual(self.payloads(1, device_id=device["id"]), [b"exact"])
        self.assertEqual(len(self.client.packets()), 1)

    def test_uplinks_of_lorawan_1_1_are_opened_on_the_channel_and_data_rate_of_their_mic(self):
        session = Session11()
        device = self.register(session)
        for number, (frequency, channel, rate, data_rate) in enumerate(
            (
                (868.1, 0, "SF12BW125", 0),
                (868.3, 1, "SF7BW125", 5),
                (868.5, 2, "SF9BW125", 3),
                (868.099975, 0, "SF7BW125", 5),
            )
        ):
            frame = session.uplink(
                b"1.1 %d" % number, data_rate=data_rate, channel=channel, options=b"\x02\x0d"
            )
            self.forwarder.push(rxpk(frame, freq=frequency, datr=rate))
        wrong = bytearray(session.uplink(b"wrong"))
        wrong[-4] ^= 1
        self.forwarder.push(rxpk(bytes(wrong)))
        self.assertEqual(self.payloads(4, device_id=device["id"]), [b"1.1 0", b"1.1 1", b"1.1 2", b"1.1 3"])

    def test_join_requests_are_acknowledged_and_are_no_packets(self):
        eui = new_eui()
        self.client.register("Joins", dev_eui=eui, lorawan={"app_key": "33" * 16})
        self.forwarder.push(rxpk(join_request(eui, "70B3D57ED0000000", 7, b"\x33" * 16)))
        session = Session()
        device = self.register(session)
        self.forwarder.push(rxpk(session.uplink(b"data")))
        self.packets(1, device_id=device["id"])
        self.assertEqual(len(self.client.packets()), 1)

    def test_truncated_frames_do_no_harm(self):
        session = Session()
        device = self.register(session)
        frame = session.uplink(b"whole", options=b"\x02")
        for length in range(len(frame)):
            self.forwarder.push(rxpk(frame[:length]))
        self.forwarder.push(rxpk(frame))
        self.assertEqual(self.payloads(1, device_id=device["id"]), [b"whole"])

    def test_payloads_of_every_length_come_out_as_they_went_in(self):
        session = Session()
        device = self.register(session)
        payloads = [bytes(range(length)) for length in (0, 1, 15, 16, 17, 32, 51, 115, 222)]
        for payload in payloads:
            self.forwarder.push(rxpk(session.uplink(payload)))
        self.assertEqual(self.payloads(len(payloads), device_id=device["id"]), payloads)

    def test_mac_commands_alone_are_no_packet(self):
        session = Session()
        device = self.register(session)
        self.forwarder.push(rxpk(session.uplink(b"\x02", port=0)))
        self.forwarder.push(rxpk(session.uplink(b"data")))
        self.assertEqual(self.payloads(1, device_id=device["id"]), [b"data"])

    def test_two_devices_with_one_dev_addr_are_told_apart_by_the_mic(self):
        first, second = Session(0x26010203), Session(0x26010203)
        devices = [self.register(first), self.register(second)]
        self.forwarder.push(rxpk(second.uplink(b"second")), rxpk(first.uplink(b"first")))
        self.packets(2)
        self.assertEqual(self.payloads(1, device_id=devices[0]["id"]), [b"first"])
        self.assertEqual(self.payloads(1, device_id=devices[1]["id"]), [b"second"])

    def test_the_vectors_of_other_stacks_are_opened(self):
        vectors = [
            vector
            for vector in json.loads((VECTORS / "lorawan.json").read_text())
            if vector.get("lorawan") == "1.0"
            and "phypayload_hex" in vector
            and "Up" in vector["expect"].get("mtype", "")
            and vector["expect"].get("mic_ok")
            and vector["expect"].get("fport")
            and {"nwkskey", "appskey"} <= set(vector["keys"])
            and vector["expect"]["payload_hex"]
        ]
        self.assertGreaterEqual(len(vectors), 3)
        for vector in vectors:
            with self.subTest(vector=vector["name"]):
                device = self.client.register(
                    "v",
                    dev_eui=new_eui(),
                    lorawan={
                        "dev_addr": vector["expect"]["devaddr"],
                        "nwk_s_key": vector["keys"]["nwkskey"],
                        "app_s_key": vector["keys"]["appskey"],
                    },
                )
                self.forwarder.push(rxpk(bytes.fromhex(vector["phypayload_hex"])))
                (packet,) = eventually(lambda: self.client.packets(device_id=device["id"]))
                self.assertEqual(base64.b64decode(packet["payload"]).hex(), vector["expect"]["payload_hex"])
                self.client.delete(f"{DEVICES}/{device['id']}")

    def test_the_place_of_a_gateway_is_in_its_packets(self):
        session = Session()
        device = self.register(session)
        self.forwarder.push(
            stat={
                "time": "2026-01-01 00:00:00 GMT",
                "lati": 47.37,
                "long": 8.54,
                "alti": 408,
                "rxnb": 1,
                "rxok": 1,
                "rxfw": 1,
                "ackr": 100.0,
                "dwnb": 0,
                "txnb": 0,
            }
        )
        self.forwarder.push(rxpk(session.uplink(b"placed")))
        (packet,) = self.packets(1, device_id=device["id"])
        self.assertEqual((packet["metadata"]["latitude"], packet["metadata"]["longitude"]), (47.37, 8.54))
        self.assertEqual((packet["location"]["latitude"], packet["location"]["longitude"]), (47.37, 8.54))

    def test_packets_of_a_deleted_device_still_render(self):
        session = Session()
        device = self.register(session, tags={"a": "b"})
        self.forwarder.push(rxpk(session.uplink(b"left behind")))
        before = self.packets(1)
        self.client.delete(f"{DEVICES}/{device['id']}")
        self.assertEqual(self.packets(1), before)
        self.assertEqual(before[0]["device"]["name"], "Meter")


class RegisteredLater(LoRaTestCase):
    def test_frames_heard_first_are_opened_once_with_their_time_when_the_device_is_registered(self):
        session = Session()
        heard = []
        for number in range(3):
            heard.append(time.time())
            self.forwarder.push(rxpk(session.uplink(b"early %d" % number)))
        self.settle()
        self.assertEqual(self.client.packets(), [])
        time.sleep(1)  # so that they were not heard when the device is registered
        device = self.register(session)
        found = self.packets(3, device_id=device["id"])
        self.assertEqual(
            [base64.b64decode(packet["payload"]) for packet in found], [b"early 0", b"early 1", b"early 2"]
        )
        for packet, moment in zip(found, heard):
            self.assertLess(abs(packet["device"]["timestamp"] - moment), 0.5)
        self.forwarder.push(rxpk(session.uplink(b"live")))
        self.assertEqual(self.payloads(4, device_id=device["id"])[-1], b"live")
        self.assertEqual(self.client.device(device["id"])["device"]["packet_count"], 4)

    def test_frames_heard_before_a_restart_are_opened_too(self):
        session = Session()
        self.forwarder.push(rxpk(session.uplink(b"before the night")))
        self.settle()
        self.server.restart()
        device = self.register(session)
        self.assertEqual(self.payloads(1, device_id=device["id"]), [b"before the night"])

    def test_a_device_with_a_new_session_opens_what_was_heard_of_it(self):
        old, new = Session(), Session()
        device = self.register(old)
        self.forwarder.push(rxpk(old.uplink(b"old")))
        self.packets(1, device_id=device["id"])
        self.forwarder.push(rxpk(new.uplink(b"new")))
        self.settle()
        self.assertEqual(len(self.client.packets()), 1)
        self.assertEqual(
            self.client.patch(f"{DEVICES}/{device['id']}", {"lorawan": new.provisioning}).status, 200
        )
        self.assertEqual(self.payloads(2, device_id=device["id"]), [b"old", b"new"])

    def test_the_frames_of_strangers_are_bounded_and_the_newest_are_kept(self):
        server = self.gateway(env={"HOLDFAST_RETENTION_RAW_FRAMES": "100"})
        client = server.client()
        early, late = Session(), Session()
        with Forwarder(server.lora) as forwarder:
            forwarder.push(rxpk(early.uplink(b"early")))
            self.settle(server, client)
            for _ in range(60):
                forwarder.push(*(rxpk(Session().uplink(b"stranger")) for _ in range(8)))
            self.settle(server, client)
            forwarder.push(rxpk(late.uplink(b"late")))
            self.settle(server, client)
        for session in (early, late):
            client.register("Meter", dev_eui=new_eui(), lorawan=session.provisioning)
        eventually(lambda: b"late" in [base64.b64decode(each["payload"]) for each in client.packets()])
        self.assertEqual(client.get("/health/ready").status, 200)

    def test_frames_of_other_strangers_stay_closed(self):
        session, other = Session(), Session()
        self.forwarder.push(rxpk(session.uplink(b"mine")), rxpk(other.uplink(b"not mine")))
        self.settle()
        device = self.register(session)
        self.packets(1, device_id=device["id"])
        self.assertEqual(len(self.client.packets()), 1)


if __name__ == "__main__":
    unittest.main()
