"""A gateway of its own for a test: the real binary, a temporary directory, free ports, its log kept.

The binary is what HOLDFAST_PATH names. Only processes started here are ended, by their pid.
"""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

from client import Client

START_SECONDS = 20
STOP_SECONDS = 20


def binary():
    path = os.environ.get("HOLDFAST_PATH", "")
    if not os.access(path, os.X_OK):
        raise unittest.SkipTest("HOLDFAST_PATH does not name an executable")
    return os.path.abspath(path)


def environment(**extra):
    """The environment of a child: ours without settings of the gateway."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HOLDFAST_")}
    return {**kept, **extra}


def run(*arguments, env=None, timeout=60, prefix=()):
    """Runs the binary to its end; `prefix` is a command that runs commands."""
    return subprocess.run(
        [*prefix, binary(), *map(str, arguments)],
        env=env or environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        timeout=timeout,
        cwd="/",
    )


def eventually(condition, seconds=10, step=0.02, message="it did not happen"):
    """Waits until `condition` returns something true, and returns it."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"{message} within {seconds} s")
        time.sleep(step)


# For tests that use limited keys often; the limits have tests of their own.
UNLIMITED = {"HOLDFAST_HTTP_RATE_LIMITS": "off"}


class Gateway:
    """`with Gateway(ble="off") as gateway:`; it can be stopped, killed and started again inside."""

    def __init__(
        self, directory=None, ble="off", lora="127.0.0.1:0", http="127.0.0.1:0", config=None, env=None,
        prefix=()
    ):  # fmt: skip
        self._owned = None
        if directory is None:
            self._owned = directory = tempfile.mkdtemp(prefix="holdfast-test-")
        self.data = pathlib.Path(directory)
        self.ble = ble
        self.lora_option = lora
        self.http_option = http
        self.config = config
        self.env = env or {}
        self.prefix = prefix
        self.process = None
        self._log = tempfile.NamedTemporaryFile(prefix="holdfast-log-", suffix=".txt", delete=False)
        self.clients = []

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        with contextlib.ExitStack() as undo:  # last in, first out
            if self._owned:
                undo.callback(shutil.rmtree, self._owned, ignore_errors=True)
            undo.callback(self._drop_log)
            undo.callback(self.kill)
            for client in self.clients:
                undo.callback(client.close)

    def _drop_log(self):
        self.last_log = self.log()
        self._log.close()
        os.unlink(self._log.name)

    def arguments(self):
        options = ["serve", "--data", str(self.data), "--http", self.http_option]
        options += ["--lora", self.lora_option] if self.lora_option else []
        options += ["--ble", self.ble] if self.ble else []
        return options + (["--config", str(self.config)] if self.config else [])

    def start(self):
        """Starts it and waits until it listens. Returns the seconds that took."""
        began = time.monotonic()
        runtime = self.data / "runtime.json"
        runtime.unlink(missing_ok=True)  # a killed process leaves its own
        self.process = subprocess.Popen(
            [*self.prefix, binary(), *self.arguments()],
            env=environment(**self.env),
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            cwd="/",
        )
        while not runtime.exists():
            if self.process.poll() is not None:
                raise AssertionError(f"the gateway ended with {self.process.returncode}:\n{self.log()}")
            if time.monotonic() - began > START_SECONDS:
                raise AssertionError(f"the gateway does not listen after {START_SECONDS} s:\n{self.log()}")
            time.sleep(0.01)
        self.runtime = json.loads(runtime.read_text())
        eventually(lambda: (self.data / "first-key.json").exists(), 5, message="first-key.json")
        self.first_key = json.loads((self.data / "first-key.json").read_text())
        for client in self.clients:
            client.move(self.runtime["http"])
        return time.monotonic() - began

    def stop(self):
        """SIGTERM. Returns the exit status."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still running {STOP_SECONDS} s after SIGTERM") from None

    def kill(self):
        """SIGKILL, if it runs."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def restart(self):
        self.stop()
        return self.start()

    def log(self):
        return pathlib.Path(self._log.name).read_text(errors="replace") if self._log else ""

    def log_lines(self, *words):
        """The lines of the log that have all the words, whatever their case."""
        return [line for line in self.log().splitlines() if all(word in line.lower() for word in words)]

    @property
    def organization(self):
        return self.first_key["organization_id"]

    @property
    def lora(self):
        host, _, port = self.runtime["lora"].rpartition(":")
        return host, int(port)

    def client(self, token=None):
        """A client with the administrator's key, or with another token."""
        made = Client(
            self.runtime["http"], self.first_key["token"] if token is None else token, self.organization
        )
        self.clients.append(made)
        return made

    def metrics(self):
        """The series of /metrics, labels included in the name."""
        with contextlib.closing(Client(self.runtime["http"], None, self.organization)) as client:
            text = client.get("/metrics").body.decode()
        pairs = (line.rsplit(" ", 1) for line in text.splitlines() if line and not line.startswith("#"))
        return {name: float(value) for name, value in pairs}


class GatewayTestCase(unittest.TestCase):
    """Shows the logs of the gateways of a test that failed."""

    def run(self, result=None):
        self._gateways = []
        before = len(result.failures) + len(result.errors) if result is not None else 0
        super().run(result)
        if result is not None and len(result.failures) + len(result.errors) > before:
            for gateway in self._gateways + getattr(type(self), "shared_gateways", []):
                text = getattr(gateway, "last_log", None) or gateway.log()
                print(
                    f"--- log of a gateway of {self.id()}",
                    *text.splitlines()[-60:],
                    "---",
                    sep="\n",
                    flush=True,
                )

    def gateway(self, **options):
        """A running gateway that ends with this test."""
        gateway = Gateway(**options)
        self._gateways.append(gateway)
        return self.enterContext(gateway)

    @classmethod
    def share(cls, **options):
        """A running gateway that ends with this class of tests."""
        gateway = Gateway(**options)
        cls.shared_gateways = [*cls.__dict__.get("shared_gateways", []), gateway]
        return cls.enterClassContext(gateway)
