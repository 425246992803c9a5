"""Disks of a test's own."""

import contextlib
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from gateway import eventually


@contextlib.contextmanager
def mounted(kind, source="none", options=""):
    """A mount of its own, or a skip that says why there is none."""
    if os.geteuid() != 0:
        raise unittest.SkipTest("not root, so nothing can be mounted")
    if not shutil.which("mount"):
        raise unittest.SkipTest("there is no mount command")
    point = tempfile.mkdtemp(prefix="holdfast-mount-")
    done = subprocess.run(
        ["mount", *kind, *(["-o", options] if options else []), source, point], capture_output=True, text=True
    )
    if done.returncode != 0:
        os.rmdir(point)
        raise unittest.SkipTest(f"mount is not possible here: {done.stderr.strip()}")
    try:
        yield pathlib.Path(point)
    finally:
        # A process that is still ending may hold it for a moment.
        eventually(
            lambda: subprocess.run(["umount", point], capture_output=True).returncode == 0,
            20,
            message=f"umount {point}",
        )
        os.rmdir(point)
