"""Finds an installed Chromium, Chrome or Edge, and fetches the library that drives one. It brings no browser itself."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from importlib.util import find_spec
from pathlib import Path

from helpers.commands.child_environment import child_environment
from helpers.paths import ROOT

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


def driver_pins(requirements: Path = ROOT / "requirements.txt") -> list[str]:
    """The pins of the extra `browser`, which the lock carries as comments: `# browser: playwright==1.61.0`."""
    return re.findall(r"^# browser: (.+)$", requirements.read_text(encoding="utf-8"), re.MULTILINE)


def install_driver() -> str | None:
    """Install the extra `browser` at the lock's pins into this environment; None if it is there, else why it is not."""
    if find_spec("playwright") is not None:
        return None
    print("Installing playwright for the browser test ...", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory() as folder:
        pins = Path(folder) / "browser.txt"
        pins.write_text("\n".join(driver_pins()) + "\n", encoding="utf-8")
        # --no-deps: the pins are complete, and nothing else of the environment may move.
        if shutil.which("uv"):
            command = ["uv", "pip", "install", "--python", sys.executable]
        else:
            command = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
        if wheels := os.environ.get("WORKBOOK_WHEELS"):
            command += ["--no-index", "--find-links", wheels]
        done = subprocess.run(
            [*command, "--no-deps", "-r", str(pins)],
            env=child_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
    if done.returncode == 0 and (Path(sysconfig.get_path("purelib")) / "playwright").is_dir():
        return None
    lines = [line for line in done.stdout.splitlines() if line.strip()]
    return lines[-1] if lines else "the installer said nothing"
