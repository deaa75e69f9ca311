"""Installs an extra at the lock's pins: what some need and most do not, such as reading pictures or a Dask cluster."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from packaging.requirements import Requirement

from helpers.commands.child_environment import child_environment
from helpers.paths import ROOT
from helpers.problem import Problem

# What each is for; their ranges are in pyproject.toml, their pins in requirements.txt: `# vision: rapidocr==3.10.0`.
EXTRAS = {
    "browser": "drives an installed browser in the browser test",
    "vision": "reads the text in pictures that are sent to the mock endpoint (200 MB)",
    "azure": "signs in to Azure without a key, by Entra ID",
    "local": "runs a real model on this machine, by llama.cpp (no compiler needed)",
    "maf": "runs the cell of lesson 14 on Microsoft Agent Framework",
    "cluster": "spreads `workbook grade` over a Dask cluster",
}


def pins_of(extra: str, requirements: Path = ROOT / "requirements.txt") -> list[str]:
    """The pins that an extra has beyond the lock, which carries them as comments."""
    return re.findall(rf"^# {re.escape(extra)}: (.+)$", requirements.read_text(encoding="utf-8"), re.MULTILINE)


def is_installed(extra: str) -> bool:
    """Whether every pin of the extra that this system needs is installed."""
    return all(_is_met(Requirement(pin)) for pin in pins_of(extra))


def _is_met(pin: Requirement) -> bool:
    if pin.marker is not None and not pin.marker.evaluate():
        return True
    try:
        return pin.specifier.contains(version(pin.name), prereleases=True)
    except PackageNotFoundError:
        return False


def install(extra: str) -> str | None:
    """Install an extra here; None when it is there, else why it is not. Raises Problem for a name that is no extra."""
    if extra not in EXTRAS:
        raise Problem(f"There is no extra {extra!r}", f"there are: {', '.join(EXTRAS)}")
    if is_installed(extra):
        return None
    print(f"Installing the extra {extra}, which {EXTRAS[extra]} ...", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory() as folder:
        pins = Path(folder) / "extra.txt"
        pins.write_text("\n".join(pins_of(extra)) + "\n", encoding="utf-8")
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
    if done.returncode == 0:
        return None
    lines = [line for line in done.stdout.splitlines() if line.strip()]
    return lines[-1] if lines else "the installer said nothing"
