"""Webhooks: registering them, and what reaches a receiver, from a gateway that hears real frames."""

import time
import unittest
import uuid

from durability import DurabilityTestCase
from gateway import UNLIMITED, GatewayTestCase, eventually
from receiver import Receiver, self_signed

HOOKS = "/api/org/{org}/webhooks"


class Registration(GatewayTestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.share(env=UNLIMITED)

    def setUp(self):
        self.client = self.server.client()

    def create(self, **members):
        answer = self.client.post(HOOKS, {"url": "https://your-domain.com/hook", "name": "W", **members})
        self.assertEqual(answer.status, 201, answer)
        return answer.json

    def test_a_webhook_is_created_listed_changed_and_deleted_as_documented(self):
        made = self.client.post(
            HOOKS,
            {
                "url": "https://your-domain.com/webhook/hubble",
                "name": "Production Webhook",
                "max_batch_size": 100,
                "secret": "your-secret-token-for-validation",
            },
        )
        self.assertEqual(made.status, 201)
        webhook = made.json["webhook"]
        uuid.UUID(webhook["webhook_id"])
        self.assertEqual(webhook["secret"], "your-secret-token-for-validation")
        self.assertEqual((webhook["status"], webhook["max_batch_size"]), ("active", 100))
        self.assertEqual(made.json["org_id"], self.server.organization)
        one = f"{HOOKS}/{webhook['webhook_id']}"
        listed = self.client.get(HOOKS)
        self.assertNotIn(b"your-secret-token", listed.body)
        (item,) = [w for w in listed.json["webhooks"] if w["webhook_id"] == webhook["webhook_id"]]
        self.assertIsNone(item["last_delivery_at"])
        self.assertEqual((item["total_deliveries"], item["failed_deliveries"]), (0, 0))
        changed = self.client.patch(one, {"max_batch_size": 500, "name": "Updated Production Webhook"})
        self.assertEqual(changed.status, 200)
        self.assertEqual(changed.json["webhook"]["max_batch_size"], 500)
        self.assertEqual(changed.json["webhook"]["name"], "Updated Production Webhook")
        self.assertIn("updated_at", changed.json["webhook"])
        official = self.client.patch(f"/v1/org/{{org}}/webhooks/{webhook['webhook_id']}", {"set_name": "N"})
        self.assertEqual((official.json["name"], official.json["max_batch_size"]), ("N", 500))
        self.assertNotIn(b"secret", self.client.get(one).body)
        deleted = self.client.delete(one)
        self.assertEqual(deleted.status, 200)
        self.assertEqual(
            deleted.json, {"message": "Webhook successfully deleted", "webhook_id": webhook["webhook_id"]}
        )
        for answer in (
            self.client.get(one),
            self.client.patch(one, {"name": "x"}),
            self.client.delete(one),
            self.client.post(one + "/test", {}),
        ):
            self.assertEqual(answer.status, 404)

    def test_a_secret_is_made_when_none_is_given(self):
        first, second = (self.create()["secret"] for _ in range(2))
        self.assertRegex(first, "^[0-9a-f]{64}$")
        self.assertNotEqual(first, second)

    def test_the_database_has_no_secret_in_clear(self):
        self.create(secret="find-me-if-you-can")
        for path in self.server.data.glob("holdfast.db*"):
            self.assertNotIn(b"find-me-if-you-can", path.read_bytes())

    def test_what_the_rules_do_not_allow_is_400(self):
        for members in (
            {"url": "http://example.com/"},
            {"url": "http://169.254.169.254/"},
            {"url": "https://2130706433/"},
            {"url": "https://0x7f.1/"},
            {"url": "https://u:p@example.com/"},
            {"url": "https://example.com/" + "a" * 2_000},
            {"url": ""},
            {"url": 5},
            {"url": None},
            {"name": ""},
            {"name": "x" * 251},
            {"name": "a\u0000b"},
            {"max_batch_size": 9},
            {"max_batch_size": 1001},
            {"max_batch_size": "100"},
            {"secret": ""},
            {"secret": "a b"},
            {"secret": "x" * 257},
            {"secret": "a\r\nX: y"},
            {"secret": "\u00e4"},
            {"shape": "other"},
        ):
            body = {"url": "https://example.com/", "name": "W", **members}
            with self.subTest(**members):
                self.assertEqual(self.client.post(HOOKS, body).status, 400)
        webhook = self.create()["webhook_id"]
        for change in (
            {"max_batch_size": 5},
            {"url": "http://8.8.8.8/"},
            {"secret": ""},
            {"status": "failing"},
        ):
            self.assertEqual(self.client.patch(f"{HOOKS}/{webhook}", change).status, 400)

    def test_an_unknown_or_malformed_identifier_is_404(self):
        for identifier in (str(uuid.uuid4()), "x", "a" * 3000, "%F0%9F%98%80"):
            self.assertEqual(self.client.get(f"{HOOKS}/{identifier}").status, 404)

    def test_scopes_decide(self):
        reader = self.server.client(self.client.create_key("webhooks:read")["token"])
        other = self.server.client(self.client.create_key("devices:write")["token"])
        webhook = self.create()["webhook_id"]
        self.assertEqual(reader.get(HOOKS).status, 200)
        self.assertEqual(reader.post(HOOKS, {"url": "https://a.example/", "name": "x"}).status, 403)
        self.assertEqual(reader.patch(f"{HOOKS}/{webhook}", {"name": "x"}).status, 403)
        self.assertEqual(reader.delete(f"{HOOKS}/{webhook}").status, 403)
        self.assertEqual(reader.post(f"{HOOKS}/{webhook}/test", {}).status, 403)
        self.assertEqual(other.get(HOOKS).status, 403)

    def test_a_trial_is_really_sent(self):
        with Receiver(200, 500, (302, {"Location": "http://127.0.0.1:1/"})) as receiver:
            webhook = self.create(url=receiver.url, secret="s3cret")["webhook_id"]
            test = lambda: self.client.post(f"{HOOKS}/{webhook}/test", {}).json
            self.assertEqual(test(), {"success": True, "status_code": 200, "error": None})
            self.assertEqual(receiver.attempts[0].json["packets"], [])
            self.assertEqual(receiver.attempts[0].headers["HTTP-X-HUBBLE-TOKEN"], "s3cret")
            self.assertEqual(test(), {"success": False, "status_code": 500, "error": "HTTP status 500"})
            self.assertEqual(test()["status_code"], 302)
            self.assertEqual(len(receiver.attempts), 3)
        failed = test()
        self.assertEqual((failed["success"], failed["status_code"]), (False, None))
        self.assertTrue(failed["error"])

    def test_a_name_is_kept_in_the_host_header_of_a_connection_to_its_address(self):
        with Receiver() as receiver:
            webhook = self.create(url=f"http://LocalHost:{receiver.port}/hook")["webhook_id"]
            self.assertTrue(self.client.post(f"{HOOKS}/{webhook}/test", {}).json["success"])
            self.assertEqual(receiver.attempts[0].headers["Host"], f"localhost:{receiver.port}")

    def test_a_name_that_does_not_resolve_is_a_failed_trial(self):
        webhook = self.create(url="http://does-not-exist.local/")["webhook_id"]
        test = self.client.post(f"{HOOKS}/{webhook}/test", {}).json
        self.assertEqual((test["success"], test["status_code"]), (False, None))
        self.assertIn("does not resolve", test["error"])

    def test_a_certificate_that_nobody_vouches_for_gets_no_packets(self):
        with Receiver(certificate=self_signed("localhost")) as receiver:
            for host in ("localhost", "127.0.0.1"):
                webhook = self.create(url=f"https://{host}:{receiver.port}/hook")["webhook_id"]
                test = self.client.post(f"{HOOKS}/{webhook}/test", {}).json
                self.assertEqual((test["success"], test["status_code"]), (False, None))
            self.assertEqual(receiver.attempts, [])

    def test_https_can_be_required(self):
        server = self.gateway(env={**UNLIMITED, "HOLDFAST_WEBHOOKS_HTTPS_ONLY": "on"})
        client = server.client()
        self.assertEqual(client.post(HOOKS, {"url": "http://127.0.0.1:1/", "name": "x"}).status, 400)
        self.assertEqual(client.post(HOOKS, {"url": "https://127.0.0.1:1/", "name": "x"}).status, 201)

    def test_an_organization_has_at_most_a_hundred(self):
        client = self.gateway(env=UNLIMITED).client()
        for number in range(100):
            answer = client.post(HOOKS, {"url": "https://a.example/", "name": str(number)})
            self.assertEqual(answer.status, 201)
        answer = client.post(HOOKS, {"url": "https://a.example/", "name": "one more"})
        self.assertEqual(answer.status, 409)


class DeliveryTestCase(DurabilityTestCase):
    def receiver(self, *answers, **options):
        return self.enterContext(Receiver(*answers, **options))

    def register(self, url, **members):
        answer = self.client.post(HOOKS, {"url": url, "name": "W", "secret": "token", **members})
        self.assertEqual(answer.status, 201, answer)
        return answer.json["webhook_id"]

    def webhook(self, identifier):
        return self.client.get(f"{HOOKS}/{identifier}").json

    def arrive(self, receiver, payloads, seconds=20):
        """All of them, in order, each once."""
        try:
            eventually(lambda: len(receiver.payloads) >= len(payloads), seconds)
        except AssertionError:
            pass  # the comparison tells more
        self.assertEqual(receiver.payloads, payloads)


class Deliveries(DeliveryTestCase):
    def setUp(self):
        self.begin()

    def test_packets_arrive_as_documented_once_and_in_order(self):
        self.push(3)
        receiver = self.receiver()
        webhook = self.register(receiver.url)
        payloads = self.push(40)
        self.arrive(receiver, payloads)
        for delivery in receiver.attempts:
            self.assertEqual(delivery.path, "/hook")
            self.assertEqual(delivery.headers["Content-Type"], "application/json")
            self.assertEqual(delivery.headers["HTTP-X-HUBBLE-TOKEN"], "token")
            self.assertEqual(delivery.headers["Host"], f"127.0.0.1:{receiver.port}")
            self.assertEqual(list(delivery.json), ["packets"])
        shown = {packet["packet_id"]: packet for packet in self.client.packets(limit=1000)}
        for delivery in receiver.attempts:
            for packet in delivery.packets:
                self.assertEqual(packet, shown[packet["packet_id"]])
        state = eventually(lambda: self.webhook(webhook)["last_delivery_at"] and self.webhook(webhook))
        self.assertEqual(state["total_deliveries"], len(receiver.confirmed))
        self.assertEqual((state["failed_deliveries"], state["status"]), (0, "active"))
        delivered = self.server.metrics()['edge_delivery_attempted_total{result="delivered"}']
        self.assertEqual(delivered, len(receiver.confirmed))

    def test_the_metrics_tell_what_came_of_deliveries(self):
        receiver = self.receiver(500)
        webhook = self.register(receiver.url, name="Counted")
        idle = self.register(receiver.url + "/never", name="Idle")
        self.client.patch(f"{HOOKS}/{idle}", {"status": "paused"})
        self.arrive(receiver, self.push(3))
        eventually(lambda: self.webhook(webhook)["total_deliveries"] == len(receiver.confirmed))

        def metrics(**query):
            answer = self.client.get("/api/org/{org}/webhook_metrics", query=query)
            self.assertEqual(answer.status, 200, answer)
            return answer.json

        found = metrics(days_back=1)
        mine = [bucket for bucket in found["metrics"] if bucket["webhook_id"] == webhook]
        self.assertEqual({bucket["webhook_name"] for bucket in mine}, {"Counted"})
        deliveries = len(receiver.confirmed)
        self.assertEqual(sum(bucket["deliveries_attempted"] for bucket in mine), deliveries)
        self.assertEqual(sum(bucket["deliveries_successful"] for bucket in mine), deliveries)
        self.assertEqual(sum(bucket["retries"] for bucket in mine), 1)
        self.assertEqual(sum(bucket["deliveries_failed"] for bucket in mine), 0)
        self.assertEqual(found["summary"]["total_deliveries"], deliveries)
        self.assertEqual(found["summary"]["success_rate"], 100)
        self.assertEqual(metrics(days_back=1, webhook_id=idle)["summary"]["total_deliveries"], 0)
        self.assertEqual(metrics(days_back=1, webhook_id=webhook)["metrics"], mine)
        self.client.delete(f"{HOOKS}/{webhook}")
        self.assertEqual(metrics(days_back=1)["summary"]["total_deliveries"], deliveries)
        answer = self.client.get("/api/org/{org}/webhook_metrics", query={"webhook_id": "nobody"})
        self.assertEqual(answer.status, 404)

    def test_batches_are_full_or_two_seconds_old(self):
        receiver = self.receiver()
        self.register(receiver.url, max_batch_size=10)
        began = time.monotonic()
        payloads = self.push(48)
        self.arrive(receiver, payloads)
        sizes = [len(delivery.packets) for delivery in receiver.confirmed]
        self.assertLessEqual(max(sizes), 10)
        self.assertGreaterEqual(sizes.count(10), 3)
        self.assertGreater(receiver.confirmed[-1].at - began, 1.5)
        self.assertLess(receiver.confirmed[0].at - began, 1.8)

    def test_each_form_of_a_packet_can_be_had(self):
        receivers = {shape: self.receiver() for shape in ("seed", "openapi", "both")}
        for shape, receiver in receivers.items():
            self.register(receiver.url, shape=shape)
        self.push(1)
        for shape, receiver in receivers.items():
            eventually(lambda: receiver.confirmed)
            (packet,) = receiver.confirmed[0].json["packets"]
            self.assertEqual("payload" in packet, shape != "openapi")
            self.assertEqual("location" in packet, shape != "seed")

    def test_a_failure_is_tried_again_with_growing_pauses_and_the_secret(self):
        receiver = self.receiver(500, 503, 301, "reset")
        webhook = self.register(receiver.url)
        payloads = self.push(2)
        eventually(lambda: self.webhook(webhook)["status"] == "failing", 10)
        self.assertEqual(self.webhook(webhook)["last_error"][:11], "HTTP status")
        self.arrive(receiver, payloads, 40)
        self.assertEqual(len(receiver.attempts), 5)
        times = [attempt.at for attempt in receiver.attempts]
        pauses = [b - a for a, b in zip(times, times[1:])]
        for pause, expected in zip(pauses, (1, 2, 4, 8)):
            self.assertGreater(pause, expected * 0.79)
            self.assertLess(pause, expected * 1.2 + 1.5)
        for attempt in receiver.attempts:
            self.assertEqual(attempt.headers["HTTP-X-HUBBLE-TOKEN"], "token")
            self.assertEqual(attempt.body, receiver.attempts[0].body)
        state = eventually(
            lambda: self.webhook(webhook)["status"] == "active" and self.webhook(webhook), 5
        )
        self.assertEqual((state["total_deliveries"], state["failed_deliveries"]), (1, 0))

    def test_a_redirect_is_not_followed(self):
        trap = self.receiver()
        receiver = self.receiver((307, {"Location": trap.url}), (301, {"Location": trap.url}))
        self.register(receiver.url)
        self.arrive(receiver, self.push(1))
        self.assertEqual(len(receiver.attempts), 3)
        self.assertEqual(trap.attempts, [])

    def test_the_receiver_may_ask_for_time(self):
        receiver = self.receiver((429, {"Retry-After": "4"}))
        self.register(receiver.url)
        self.arrive(receiver, self.push(1))
        self.assertGreater(receiver.attempts[1].at - receiver.attempts[0].at, 3.9)

    def test_a_receiver_that_is_gone_is_left_alone_until_it_moves(self):
        receiver = self.receiver(410)
        webhook = self.register(receiver.url)
        payloads = self.push(2)
        eventually(lambda: self.webhook(webhook)["status"] == "paused")
        self.assertEqual(self.webhook(webhook)["paused_reason"], "gone")
        payloads += self.push(3)
        time.sleep(3)
        self.assertEqual(len(receiver.attempts), 1)
        self.server.restart()
        self.forwarder.move(self.server.lora)
        time.sleep(1)
        self.assertEqual(len(receiver.attempts), 1)
        changed = self.client.patch(f"{HOOKS}/{webhook}", {"url": receiver.url + "/new"}).json
        self.assertEqual(changed["status"], "active")
        self.arrive(receiver, payloads)
        self.assertEqual(receiver.attempts[-1].path, "/hook/new")

    def test_dead_and_slow_receivers_delay_nobody(self):
        dead, slow, good = self.receiver(last="hang"), self.receiver(last=1.0), self.receiver()
        for _ in range(40):
            self.register(dead.url)
        for receiver in (slow, good):
            self.register(receiver.url)
        self.register("http://127.0.0.1:1/")
        self.register("http://does-not-exist.local/")
        for _ in range(3):
            before = len(good.payloads)
            began = time.monotonic()
            self.push(5)
            eventually(lambda: len(good.payloads) == before + 5, 6)
            self.assertLess(time.monotonic() - began, 6)
        self.assertEqual(len(dead.attempts), 40)

    def test_who_does_not_answer_within_thirty_seconds_is_tried_again(self):
        receiver = self.receiver("hang")
        webhook = self.register(receiver.url)
        self.arrive(receiver, self.push(1), 45)
        first, second = receiver.attempts
        self.assertGreater(second.at - first.at, 30)
        self.assertLess(second.at - first.at, 35)
        eventually(lambda: self.webhook(webhook)["total_deliveries"] == 1)

    def test_a_new_address_and_secret_take_effect_with_the_next_attempt(self):
        old, new = self.receiver(last=500), self.receiver()
        webhook = self.register(old.url)
        payloads = self.push(1)
        eventually(lambda: len(old.attempts) >= 3, 10)
        self.client.patch(f"{HOOKS}/{webhook}", {"set_url": new.url, "set_secret": "other"})
        began = time.monotonic()
        self.arrive(new, payloads)
        self.assertLess(time.monotonic() - began, 4)
        self.assertEqual(new.attempts[0].headers["HTTP-X-HUBBLE-TOKEN"], "other")

    def test_pausing_and_deleting_stop_what_waits(self):
        receiver = self.receiver(last=500)
        webhook = self.register(receiver.url)
        payloads = self.push(2)
        eventually(lambda: receiver.attempts)
        self.client.patch(f"{HOOKS}/{webhook}", {"status": "paused"})
        time.sleep(0.3)
        attempts = len(receiver.attempts)
        time.sleep(3)
        self.assertEqual(len(receiver.attempts), attempts)
        receiver.last = 200
        resumed = self.client.patch(f"{HOOKS}/{webhook}", {"status": "active"})
        self.assertEqual(resumed.json["status"], "active")
        self.arrive(receiver, payloads)
        receiver.last = 500
        self.push(2)
        eventually(lambda: len(receiver.attempts) > attempts + 1)
        self.assertEqual(self.client.delete(f"{HOOKS}/{webhook}").status, 200)
        receiver.last = 200
        time.sleep(0.3)
        attempts = len(receiver.attempts)
        self.push(2)
        time.sleep(4)
        self.assertEqual(len(receiver.attempts), attempts)


class Durability(DeliveryTestCase):
    def test_a_stopped_gateway_goes_on_from_where_it_was(self):
        self.begin()
        receiver = self.receiver()
        webhook = self.register(receiver.url)
        payloads = self.push(10)
        self.arrive(receiver, payloads)
        eventually(lambda: self.webhook(webhook)["total_deliveries"] == len(receiver.confirmed))
        receiver.last = 500
        payloads += self.push(10)
        self.assertEqual(self.server.stop(), 0)
        receiver.last = 200
        self.start()
        payloads += self.push(5)
        self.arrive(receiver, payloads)

    def test_a_stop_with_an_attempt_that_hangs_ends_soon_and_sends_it_again(self):
        self.begin()
        receiver = self.receiver("hang")
        self.register(receiver.url)
        payloads = self.push(3)
        eventually(lambda: receiver.attempts)
        began = time.monotonic()
        self.assertEqual(self.server.stop(), 0)
        self.assertLess(time.monotonic() - began, 10)
        self.start()
        self.arrive(receiver, payloads)
        self.assertEqual(len(receiver.attempts), 2)

    def test_kills_lose_nothing_and_repeat_at_most_the_batch_in_flight(self):
        self.begin()
        receiver = self.receiver(last=0.05)
        self.register(receiver.url, max_batch_size=10)
        payloads, kills = [], 6
        for _ in range(kills):
            payloads += self.push(60)
            time.sleep(0.15)
            self.server.kill()
            self.start()
        eventually(lambda: set(receiver.payloads) >= set(payloads), 30)
        seen, repeats, batches = set(), 0, 0
        for delivery in receiver.attempts:
            known = [payload in seen for payload in delivery.payloads]
            if any(known):
                batches += 1
                repeats += sum(known)
                # Only what was sent last comes again.
                repeated = {payload for payload in delivery.payloads if payload in seen}
                self.assertLessEqual(repeated, set(previous.payloads))
            seen.update(delivery.payloads)
            previous = delivery
        self.assertLessEqual(batches, kills)
        self.assertLessEqual(repeats, kills * 10)
        first = list(dict.fromkeys(payload for d in receiver.attempts for payload in d.payloads))
        self.assertEqual(first, payloads)


if __name__ == "__main__":
    unittest.main()
