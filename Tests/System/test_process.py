"""How the process starts, refuses and ends."""

import json
import os
import pathlib
import socket
import stat
import tempfile
import unittest

from gateway import Gateway, GatewayTestCase, environment, eventually, run


class Start(GatewayTestCase):
    def test_the_first_start_makes_an_organization_and_a_key_that_works(self):
        gateway = self.gateway()
        self.assertEqual(set(gateway.first_key), {"organization_id", "token", "url"})
        self.assertEqual(gateway.first_key["url"], gateway.runtime["http"])
        answer = gateway.client().get("/api/org/{org}/check")
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.json["organization_id"], gateway.organization)

    def test_the_first_key_is_readable_by_its_owner_only_and_printed_once(self):
        gateway = self.gateway()
        path = gateway.data / "first-key.json"
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
        before = path.read_bytes()
        self.assertEqual(gateway.log().count(gateway.first_key["token"]), 1)
        gateway.restart()
        self.assertEqual(gateway.log().count(gateway.first_key["token"]), 1)
        self.assertEqual(path.read_bytes(), before)
        self.assertEqual(gateway.client().get("/api/org/{org}/check").status, 200)

    def test_nothing_in_the_data_directory_is_readable_by_others(self):
        gateway = self.gateway()
        gateway.client().register(dev_eui="0011223344556677", device_key="A" * 43 + "=")
        self.assertEqual(stat.S_IMODE(gateway.data.stat().st_mode), 0o700)
        secret = [path for path in gateway.data.iterdir() if path.name != "runtime.json"]
        open_files = [path.name for path in secret if stat.S_IMODE(path.stat().st_mode) & 0o077]
        self.assertEqual(open_files, [])

    def test_the_listening_line_and_runtime_json_tell_the_addresses_in_force(self):
        gateway = self.gateway()
        lines = eventually(lambda: gateway.log_lines("] listening"))
        self.assertEqual(len(lines), 1)
        self.assertIn(gateway.runtime["http"], lines[0])
        self.assertIn(gateway.runtime["lora"], lines[0])
        self.assertEqual(gateway.runtime["pid"], gateway.process.pid)
        self.assertEqual(gateway.client().get("/health").json["status"], "healthy")

    def test_health_routes_answer_without_a_credential(self):
        client = self.gateway().client(token="")
        for path, word in (("/health", "healthy"), ("/health/live", "alive"), ("/health/ready", "ready")):
            answer = client.get(path, token=None)
            self.assertEqual((answer.status, answer.json["status"]), (200, word))
        self.assertEqual(client.get("/openapi.json", token=None).json["openapi"][:2], "3.")

    def test_sigterm_ends_it_with_status_0_and_takes_runtime_json_away(self):
        gateway = self.gateway()
        self.assertEqual(gateway.stop(), 0)
        self.assertFalse((gateway.data / "runtime.json").exists())

    def test_sigterm_ends_it_within_seconds_while_clients_keep_idle_connections(self):
        gateway = self.gateway()
        clients = [gateway.client() for _ in range(20)]
        for client in clients:
            client.get("/health")
        self.assertEqual(gateway.stop(), 0)

    def test_lora_and_bluetooth_can_be_off(self):
        gateway = self.gateway(lora="off")
        self.assertIsNone(gateway.runtime.get("lora"))
        self.assertEqual(gateway.client().get("/health/ready").status, 200)

    def test_ipv6_addresses_are_listened_on_and_written_as_a_url_has_them(self):
        if not socket.has_ipv6:
            self.skipTest("no IPv6")
        with socket.socket(socket.AF_INET6) as probe:
            try:
                probe.bind(("::1", 0))
            except OSError as error:
                self.skipTest(f"no IPv6 loopback: {error}")
        directory = self.enterContext(tempfile.TemporaryDirectory())
        path = pathlib.Path(directory, "settings.yaml")
        path.write_text("log:\n  level: notice\n")
        gateway = Gateway(directory=f"{directory}/data", config=path, lora="[::1]:0", http="[::1]:0")
        self._gateways.append(gateway)
        self.enterContext(gateway)
        self.assertRegex(gateway.runtime["http"], r"^http://\[::1\]:\d+$")
        self.assertRegex(gateway.runtime["lora"], r"^\[::1\]:\d+$")
        self.assertEqual(gateway.client().get("/api/org/{org}/check").status, 200)

    def test_a_directory_that_does_not_exist_is_made(self):
        parent = self.enterContext(tempfile.TemporaryDirectory())
        gateway = self.gateway(directory=f"{parent}/deeper/data")
        self.assertTrue((gateway.data / "holdfast.db").exists())


class Refusal(GatewayTestCase):
    """Each refusal is one clear line and status 78."""

    def setUp(self):
        self.directory = self.enterContext(tempfile.TemporaryDirectory())

    def serve(self, *options, env=None, data=None):
        basics = {
            "--data": data or f"{self.directory}/data",
            "--http": "127.0.0.1:0",
            "--lora": "127.0.0.1:0",
            "--ble": "off",
        }
        given = dict(zip(options[::2], options[1::2]))
        arguments = [word for pair in {**basics, **given}.items() for word in pair]
        return run("serve", *arguments, env=environment(**(env or {})), timeout=8)

    def assertRefused(self, result, *words):
        output = (result.stdout + result.stderr).strip()
        self.assertEqual(result.returncode, 78, output)
        # What it logged of its start before that is not the complaint.
        complaint = [line for line in output.splitlines() if " info holdfast: " not in line]
        self.assertEqual(len(complaint), 1, output)
        for word in words:
            self.assertIn(word.lower(), complaint[0].lower())
        self.assertFalse(os.path.exists(f"{self.directory}/data/runtime.json"))

    def test_a_second_process_on_one_data_directory(self):
        gateway = self.gateway()
        result = self.serve(data=str(gateway.data))
        self.assertRefused(result, "in use", str(gateway.data))
        self.assertEqual(gateway.client().get("/api/org/{org}/check").status, 200)
        self.assertEqual(json.loads((gateway.data / "runtime.json").read_text()), gateway.runtime)

    def test_key_create_while_the_gateway_runs(self):
        gateway = self.gateway()
        self.assertRefused(run("key", "create", "--data", gateway.data), "in use")

    def test_a_tcp_port_that_is_taken(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            self.assertRefused(self.serve("--http", f"127.0.0.1:{port}"), str(port), "in use")

    def test_a_udp_port_that_is_taken(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
            taken.bind(("127.0.0.1", 0))
            port = taken.getsockname()[1]
            self.assertRefused(self.serve("--lora", f"127.0.0.1:{port}"), str(port), "in use")

    def test_addresses_that_are_none(self):
        for option in ("--http", "--lora"):
            for address in (
                "8080",
                "127.0.0.1",
                "127.0.0.1:",
                "127.0.0.1:99999",
                "127.0.0.1:-1",
                "127.0.0.1:x",
                ":",
                "::1:80",
            ):
                with self.subTest(option=option, address=address):
                    self.assertRefused(self.serve(option, address), option.strip("-"))

    def test_addresses_that_this_machine_does_not_have(self):
        for option in ("--http", "--lora"):
            for address in ("192.0.2.1:0", "no-such-host.invalid:0"):
                with self.subTest(option=option, address=address):
                    self.assertRefused(self.serve(option, address), address.split(":")[0])

    def test_bluetooth_sources_that_are_none(self):
        for source in (
            "bogus",
            "hci",
            "hci99999",
            "h4:",
            "h4:nowhere",
            "hci0,,hci1",
            "h4:127.0.0.1:99999",
            "",
        ):
            with self.subTest(source=source):
                self.assertRefused(self.serve("--ble", source), "ble")

    def test_a_role_that_is_none(self):
        self.assertRefused(self.serve("--role", "chief"), "role", "chief")

    def test_an_unknown_key_in_the_environment(self):
        self.assertRefused(self.serve(env={"HOLDFAST_HTPP": "127.0.0.1:0"}), "HOLDFAST_HTPP")

    def test_bad_values_in_the_environment(self):
        for name, value in (
            ("HOLDFAST_RETENTION_PACKET_DAYS", "soon"),
            ("HOLDFAST_RETENTION_PACKET_DAYS", "0"),
            ("HOLDFAST_LOG_LEVEL", "loud"),
            ("HOLDFAST_HUBBLE_WINDOW_DAYS", "31"),
            ("HOLDFAST_HTTP_RATE_LIMITS", "maybe"),
            ("HOLDFAST_QUEUE_SIGHTINGS", "99999999999999999999"),
            ("HOLDFAST_LORA_ALLOWED_GATEWAYS", "xyz"),
        ):
            with self.subTest(name=name, value=value):
                self.assertRefused(self.serve(env={name: value}), value)

    def test_names_that_nobody_can_read_and_lists_without_an_entry(self):
        for name, value, word in (
            ("HOLDFAST_ORGANIZATION", "a" * 251, "organization has more than 250"),
            ("HOLDFAST_ORGANIZATION", "a\x01", "organization has control characters"),
            ("HOLDFAST_HOST_NAME", "a\nb", "host_name has control characters"),
            ("HOLDFAST_LORA_ALLOWED_GATEWAYS", ",", "no EUI"),
        ):
            with self.subTest(name=name, value=value):
                self.assertRefused(self.serve(env={name: value}), word)

    def test_files_of_settings_that_cannot_be_used(self):
        for text, word in (
            ("htpp: 127.0.0.1:0\n", "htpp"),
            ("http:\n  prot: 1\n", "http.prot"),
            ("retention:\n  packet_days: many\n", "many"),
            ("a: [1, 2\n", "yaml"),
            ("- 1\n- 2\n", ""),
            ("\t\x00", "yaml"),
            ("http: *nothing\n", ""),
            ("no settings\n", "has no keys"),
            ("foo: {}\n", "foo"),
            ("http:\n  foo: {}\n", "http.foo"),
        ):
            with self.subTest(text=text):
                path = pathlib.Path(self.directory, "settings.yaml")
                path.write_text(text)
                self.assertRefused(self.serve("--config", str(path)), word)

    def test_a_file_of_settings_that_is_not_there(self):
        self.assertRefused(self.serve("--config", f"{self.directory}/none.yaml"), "none.yaml")

    def test_a_data_directory_that_is_a_file(self):
        path = pathlib.Path(self.directory, "plain")
        path.write_text("")
        self.assertRefused(self.serve(data=str(path)), "plain")

    def test_an_empty_data_directory_option(self):
        self.assertRefused(run("serve", "--data", ""), "--data is empty")

    def test_commands_make_nothing_where_no_gateway_was(self):
        nowhere = f"{self.directory}/mistyped"
        for command in (
            ["key", "list"],
            ["device", "list"],
            ["user", "list"],
            ["key", "create", "--name", "x"],
            ["enroll", "http://127.0.0.1:9", "--code", "x"],
            ["backup", f"{self.directory}/out"],
        ):
            with self.subTest(command=command):
                self.assertRefused(run(*command, "--data", nowhere), "there is no database")
        self.assertFalse(os.path.exists(nowhere))

    def test_an_unknown_option_is_a_usage_error(self):
        result = self.serve("--colour", "red")
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("--colour", result.stderr)


class Settings(GatewayTestCase):
    def test_the_command_line_goes_before_the_environment_and_that_before_the_file(self):
        with tempfile.TemporaryDirectory() as directory:
            path = pathlib.Path(directory, "settings.yaml")
            path.write_text(
                "log:\n  level: error\nretention:\n  packet_days: 7\n  raw_days: 3\nhttp: 127.0.0.1:1\n"
            )
            result = run(
                "config",
                "--data",
                directory,
                "--config",
                path,
                env=environment(HOLDFAST_RETENTION_PACKET_DAYS="9", HOLDFAST_DATA="/nowhere"),
            )
            self.assertEqual(result.returncode, 0, result.stderr)
            lines = result.stdout.splitlines()
            self.assertIn(f'data: "{directory}"', lines)
            self.assertIn('retention.packet_days: "9"', lines)
            self.assertIn('retention.raw_days: "3"', lines)
            self.assertIn('log.level: "error"', lines)

    def test_what_config_prints_is_a_file_that_serve_takes(self):
        directory = self.enterContext(tempfile.TemporaryDirectory())
        printed = run("config", "--data", f"{directory}/data").stdout
        path = pathlib.Path(directory, "settings.yaml")
        path.write_text(printed)
        self.gateway(directory=f"{directory}/data", config=path)

    def test_config_prints_the_meaning_of_every_setting(self):
        lines = run("config").stdout.splitlines()
        keys = [line for line in lines if not line.startswith("#")]
        self.assertGreater(len(keys), 10)
        self.assertEqual(len([line for line in lines if line.startswith("#")]), len(keys))


class Commands(GatewayTestCase):
    def test_key_create_is_the_way_back_in(self):
        gateway = self.gateway()
        gateway.stop()
        made = run("key", "create", "--data", gateway.data, "--name", "On the ladder")
        self.assertEqual(made.returncode, 0, made.stderr)
        token = next(line.split()[1] for line in made.stdout.splitlines() if line.startswith("key"))
        listed = run("key", "list", "--data", gateway.data)
        self.assertIn("On the ladder", listed.stdout)
        self.assertNotIn(token, listed.stdout)
        gateway.start()
        answer = gateway.client(token).get("/api/org/{org}/check")
        self.assertEqual(answer.status, 200)
        self.assertIn("api_keys:write", answer.json["scopes"])

    def test_device_list_shows_devices_without_their_keys(self):
        gateway = self.gateway()
        key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
        device = gateway.client().register("Cold room", dev_eui="70B3D54996C4C5A7", device_key=key)
        gateway.stop()
        listed = run("device", "list", "--data", gateway.data)
        self.assertEqual(listed.returncode, 0, listed.stderr)
        self.assertIn(device["id"], listed.stdout)
        self.assertIn("Cold room", listed.stdout)
        self.assertNotIn(key, listed.stdout)

    def test_check_finds_nothing_wrong_beside_a_gateway_that_runs_and_after_it(self):
        gateway = self.gateway()
        for _ in range(2):
            result = run("check", "--data", gateway.data)
            self.assertEqual(result.returncode, 0, result.stdout)
            self.assertNotIn("BAD", result.stdout)
            if gateway.process.poll() is None:
                gateway.stop()

    def test_check_of_a_directory_without_a_database_says_so(self):
        with tempfile.TemporaryDirectory() as directory:
            result = run("check", "--data", directory)
            self.assertEqual(result.returncode, 1, result.stdout)
            self.assertIn("BAD", result.stdout)
            self.assertEqual(os.listdir(directory), [])
            missing = run("check", "--data", f"{directory}/none")
            self.assertEqual(missing.returncode, 1)
            self.assertIn("is not there", missing.stdout)
            self.assertNotIn("disk", missing.stdout)

    def test_device_keys_and_tokens_are_nowhere_in_the_data_directory(self):
        gateway = self.gateway()
        key = bytes(range(100, 132))
        gateway.client().register(
            dev_eui="70B3D54996C4C5A7", device_key="ZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXp7fH1+f4CBgoM="
        )
        token = gateway.client().create_key("devices:read")["token"]
        gateway.stop()
        for path in gateway.data.iterdir():
            content = path.read_bytes()
            self.assertNotIn(key, content, path.name)
            self.assertNotIn(token.encode(), content, path.name)


if __name__ == "__main__":
    unittest.main()
