"""What stands in a PDF."""

import shutil
import subprocess


def text_of(pdf):
    """What a reader can search in a PDF, or None without poppler."""
    if shutil.which("pdftotext") is None:
        return None
    done = subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=pdf, stdout=subprocess.PIPE, check=True, timeout=30
    )
    return done.stdout.decode()
