"""Finds an installed Chromium, Chrome or Edge. It brings none itself."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
MAC = ("Google Chrome", "Chromium", "Microsoft Edge")
WINDOWS = (r"Google\Chrome\Application\chrome.exe", r"Microsoft\Edge\Application\msedge.exe")


def find_browser() -> Path | None:
    """The installed browser that a test can drive, or None."""
    for program in PROGRAMS:
        if found := shutil.which(program):
            return Path(found)
    if sys.platform == "darwin":
        usual = [Path(f"/Applications/{name}.app/Contents/MacOS/{name}") for name in MAC]
    else:
        roots = [os.environ.get(name) for name in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA")]
        usual = [Path(root) / program for root in roots if root for program in WINDOWS]
    return next((path for path in usual if path.is_file()), None)
