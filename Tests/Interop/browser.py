"""A headless Chromium, driven over its DevTools protocol. Ends with its `with`, and with it all it wrote."""

import base64
import json
import pathlib
import shutil
import subprocess
import tempfile
import time
import urllib.request

import websocket

SECONDS = 30


class Browser:
    """`with Browser(executable) as browser:`; what pages say of errors, and what they ask for, is kept."""

    def __init__(self, executable):
        self.executable = executable
        self.errors = []
        self.requests = []
        self._number = 0

    def __enter__(self):
        self._home = tempfile.mkdtemp(prefix="holdfast-browser-")
        self._process = subprocess.Popen(
            [
                *(self.executable, "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run"),
                *("--disable-dev-shm-usage", "--disable-background-networking", "--hide-scrollbars"),
                *("--remote-debugging-port=0", "--remote-allow-origins=*"),
                *(f"--user-data-dir={self._home}/profile", "about:blank"),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={"HOME": self._home, "PATH": "/usr/bin:/bin"},
        )
        try:
            self._connect()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if hasattr(self, "_socket"):
            self._socket.close()
        self._process.terminate()
        try:
            self._process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        # Its own children may still write for a moment.
        shutil.rmtree(self._home, ignore_errors=True)

    def _connect(self):
        announced = pathlib.Path(self._home, "profile", "DevToolsActivePort")
        deadline = time.monotonic() + SECONDS
        while not (announced.exists() and announced.read_text().count("\n")):
            assert self._process.poll() is None, f"the browser ended with {self._process.returncode}"
            assert time.monotonic() < deadline, f"the browser is not there after {SECONDS} s"
            time.sleep(0.05)
        port = announced.read_text().split()[0]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list", timeout=SECONDS) as answer:
            pages = [target for target in json.load(answer) if target["type"] == "page"]
        self._socket = websocket.create_connection(pages[0]["webSocketDebuggerUrl"], timeout=SECONDS)
        for domain in ("Log", "Runtime", "Page", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method, **parameters):
        self._number += 1
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._socket.recv())
            self._note(message)
            if message.get("id") == self._number:
                assert "error" not in message, f"{method}: {message}"
                return message["result"]

    def _note(self, message):
        content = message.get("params", {})
        match message.get("method"):
            case "Log.entryAdded" if content["entry"]["level"] in ("warning", "error"):
                self.errors.append(content["entry"]["text"])
            case "Runtime.exceptionThrown":
                self.errors.append(json.dumps(content["exceptionDetails"]))
            case "Runtime.consoleAPICalled" if content["type"] in ("warning", "error", "assert"):
                self.errors.append(json.dumps(content["args"]))
            case "Network.requestWillBeSent":
                self.requests.append(content["request"]["url"])

    def open(self, url, width=1440, height=1000, scheme="light"):
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.call("Emulation.setEmulatedMedia", features=features)
        self.call("Page.navigate", url="about:blank")
        self.call("Page.navigate", url=url)

    def value(self, script):
        """What a script in the page comes to."""
        answer = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, f"{script}: {answer}"
        return answer["result"].get("value")

    def wait_for(self, script, seconds=10):
        deadline = time.monotonic() + seconds
        while True:
            value = self.value(script)
            if value:
                return value
            assert time.monotonic() < deadline, f"not within {seconds} s: {script}"
            time.sleep(0.05)

    def type(self, selector, text):
        """As a person does: the focus, then the keys."""
        self.value(f"document.querySelector({json.dumps(selector)}).focus()")
        self.call("Input.insertText", text=text)

    def press(self, key, code, modifiers=0):
        for kind in ("rawKeyDown", "keyUp"):
            self.call(
                "Input.dispatchKeyEvent",
                type=kind,
                key=key,
                code=key,
                windowsVirtualKeyCode=code,
                modifiers=modifiers,
            )

    def picture(self, path):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))
