"""The commands that drive a running gateway, and the role without radios."""

import contextlib
import pathlib
import signal
import socket
import subprocess
import tempfile

from gateway import UNLIMITED, GatewayTestCase, binary, environment, eventually, run

CAPTURES = pathlib.Path(__file__).parent.parent / "Vectors"


@contextlib.contextmanager
def running(*arguments):
    """A command that runs until it is stopped; its output in a file."""
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(
            [binary(), *map(str, arguments)],
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
        )
        try:
            yield process
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            status = process.wait(20)
            output.seek(0)
            assert status == 0, f"status {status}: {output.read()}"
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class Simulate(GatewayTestCase):
    def test_devices_are_registered_and_heard_over_both_radios(self):
        controller = f"127.0.0.1:{free_port()}"
        server = self.gateway(ble=f"h4:{controller}", env=UNLIMITED)
        client = server.client()
        arguments = ["--data", server.data, "--tags", 3, "--sensors", 2, "--period", 1, "--h4", controller]
        with running("simulate", *arguments):
            eventually(
                lambda: {packet["platform"] for packet in client.packets(limit=1000)} == {"BLE", "LoRaWAN"}, 40
            )
        devices = client.get("/api/org/{org}/devices").json["devices"]
        self.assertEqual(len(devices), 5)
        with running("simulate", *arguments):
            before = len(client.packets(limit=1000))
            eventually(lambda: len(client.packets(limit=1000)) > before, 40)
        self.assertEqual(client.get("/api/org/{org}/devices").json["total_count"], 5)

    def test_without_a_gateway_it_says_so(self):
        with tempfile.TemporaryDirectory() as directory:
            done = run("simulate", "--data", directory)
        self.assertEqual(done.returncode, 78, done)
        self.assertIn("no gateway runs", done.stderr)


class Replay(GatewayTestCase):
    def test_a_capture_of_datagrams_is_heard(self):
        server = self.gateway(env=UNLIMITED)
        capture = CAPTURES / "gwmp-capture-1.jsonl"
        done = run("replay", capture, "--data", server.data, "--speed", 0)
        self.assertEqual(done.returncode, 0, done)
        self.assertIn("datagrams", done.stdout + done.stderr)
        eventually(lambda: server.client().packets(include="undecrypted"))

    def test_a_capture_of_a_controller_is_heard(self):
        controller = f"127.0.0.1:{free_port()}"
        server = self.gateway(ble=f"h4:{controller}", env=UNLIMITED)
        capture = CAPTURES / "captures" / "legacy-reports.btsnoop"
        with running("replay", capture, "--h4", controller, "--speed", 0):
            eventually(
                lambda: any(
                    value > 0 for name, value in server.metrics().items() if "advertising_report" in name
                ),
                30,
            )

    def test_what_cannot_be_played_is_one_line_and_78(self):
        with tempfile.TemporaryDirectory() as directory:
            garbage = pathlib.Path(directory) / "garbage"
            garbage.write_bytes(b"btsnoop\0garbage")
            empty, far = pathlib.Path(directory) / "empty", pathlib.Path(directory) / "far"
            empty.touch()
            far.write_text('{"t":-1e300,"dir":"up","hex":"00"}\n{"t":1e300,"dir":"up","hex":"00"}\n')
            for arguments in (
                [empty],
                [far],
                [empty, "--speed", "nan"],
                [garbage, "--h4", "127.0.0.1:1"],
                [CAPTURES / "captures" / "legacy-reports.btsnoop"],
                [pathlib.Path(directory) / "missing"],
            ):
                done = run("replay", *arguments, "--data", directory)
                self.assertEqual((done.returncode, done.stderr.count("\n")), (78, 1), done)


class Central(GatewayTestCase):
    def test_a_central_serves_and_has_no_radios(self):
        server = self.gateway(env={**UNLIMITED, "HOLDFAST_ROLE": "central"}, ble=None, lora=None)
        self.assertNotIn("lora", server.runtime)
        self.assertEqual(server.client().get("/api/org/{org}/check").status, 200)
        self.assertEqual(server.client().get("/health/ready").status, 200)
