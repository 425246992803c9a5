"""Network namespaces of a test's own: a gateway in one, everything else in another, and a bad wire between."""

import contextlib
import ctypes
import fcntl
import os
import pathlib
import shutil
import socket
import struct
import subprocess
import sys
import unittest

CLONE_NEWNET = 0x40000000
SIOCETHTOOL, ETHTOOL_STXCSUM = 0x8946, 0x17
HERE = pathlib.Path(__file__).parent


def isolate():
    """Puts this process into a network namespace with nothing but a loopback. A skip where that cannot
    be."""
    if os.geteuid() != 0:
        raise unittest.SkipTest("not root, so there are no network namespaces")
    if not shutil.which("ip"):
        raise unittest.SkipTest("there is no ip command")
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET) != 0:
        raise unittest.SkipTest(f"no network namespace: {os.strerror(ctypes.get_errno())}")
    ip("link", "set", "lo", "up")


def ip(*arguments):
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        raise unittest.SkipTest(f"ip {' '.join(arguments)}: {done.stderr.strip()}")


def without_offload(name):
    """Checksums stand in the frames, as on a real wire: whoever reads them there must find them right."""
    value = ctypes.create_string_buffer(struct.pack("II", ETHTOOL_STXCSUM, 0))
    request = struct.pack("16sP", name.encode(), ctypes.addressof(value))
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, SIOCETHTOOL, request)


class FarSide:
    """A namespace behind a wire. `near` and `far` are the wire's two ends; over `aside` a test speaks with
    what runs there, whatever becomes of the wire."""

    near, far = "10.203.1.1", "10.203.1.2"
    aside = "10.203.2.2"

    def __init__(self, seed):
        name = f"holdfast-{os.getpid()}"
        self.edge, self.middle = f"{name}-edge", f"{name}-wire"
        self.prefix = ("ip", "netns", "exec", self.edge)
        self.seed = seed

    def __enter__(self):
        with contextlib.ExitStack() as undo:
            for name in (self.edge, self.middle):
                ip("netns", "add", name)
                undo.callback(subprocess.run, ["ip", "netns", "delete", name], capture_output=True)
            ip("link", "add", "central0", "type", "veth", "peer", "name", "wire0", "netns", self.middle)
            undo.callback(subprocess.run, ["ip", "link", "delete", "central0"], capture_output=True)
            ip("-n", self.edge, "link", "add", "edge0", "type", "veth", "peer", "name", "wire1",
               "netns", self.middle)  # fmt: skip
            ip("link", "add", "aside0", "type", "veth", "peer", "name", "edge1", "netns", self.edge)
            undo.callback(subprocess.run, ["ip", "link", "delete", "aside0"], capture_output=True)
            ip("address", "add", f"{self.near}/30", "dev", "central0")
            ip("address", "add", "10.203.2.1/30", "dev", "aside0")
            ip("-n", self.edge, "address", "add", f"{self.far}/30", "dev", "edge0")
            ip("-n", self.edge, "address", "add", f"{self.aside}/30", "dev", "edge1")
            for where, names in (
                ((), ("central0", "aside0")),
                (("-n", self.edge), ("lo", "edge0", "edge1")),
                (("-n", self.middle), ("wire0", "wire1")),
            ):
                for each in names:
                    ip(*where, "link", "set", each, "up")
            without_offload("central0")
            subprocess.run(
                [*self.prefix, sys.executable, "-c",
                 "import namespaces; namespaces.without_offload('edge0')"], cwd=HERE, check=True
            )  # fmt: skip
            self.wire = subprocess.Popen(
                ["ip", "netns", "exec", self.middle, sys.executable, str(HERE / "lossy_wire.py"),
                 "wire0", "wire1", str(self.seed)], stdin=subprocess.PIPE
            )  # fmt: skip
            undo.callback(self.wire.wait, 10)
            undo.callback(self.wire.stdin.close)
            self.undo = undo.pop_all()
        return self

    def __exit__(self, *_):
        self.undo.close()

    def set(self, delay=0.0, loss=0.0, up=True):
        """`delay` in seconds, one way."""
        self.wire.stdin.write(f"{delay} {loss} {int(up)}\n".encode())
        self.wire.stdin.flush()

    def cut(self):
        """Nothing comes through and nobody is told: no end of a connection, no refusal."""
        self.set(up=False)
