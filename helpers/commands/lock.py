"""Compiles requirements.txt, the one lock for all systems and Python versions, from pyproject.toml's ranges.

`workbook lock` needs uv; installing from the lock does not. tests/test_dependencies.py says when it is stale.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import tempfile
import tomllib
from pathlib import Path

from helpers.commands.extras import EXTRAS
from helpers.files import write_atomically
from helpers.paths import ROOT
from helpers.problem import Problem

PYPROJECT = ROOT / "pyproject.toml"
REQUIREMENTS = ROOT / "requirements.txt"


def write(upgrade: bool = False) -> None:
    """Write requirements.txt; pins that still fit stay, unless `upgrade`. Raises Problem."""
    before = REQUIREMENTS.read_text(encoding="utf-8") if REQUIREMENTS.exists() else ""
    main = _compile(before, upgrade)
    # Extras are not for everybody: their pins are carried as comments, and `workbook extra NAME` installs them.
    extras = {extra: _pins_beyond(main, extra, before, upgrade) for extra in EXTRAS}
    head = [
        "# One lock for Python 3.11 to 3.14 on Linux, macOS and Windows. Made by `workbook lock`; do not edit.",
        f"# made from: {digest()}",
    ]
    lines = [*head, *_pins(main), *(f"# {e}: {pin}" for e, pins in extras.items() for pin in pins), "-e ."]
    write_atomically(REQUIREMENTS, "\n".join(lines) + "\n")
    beyond = ", ".join(f"{len(pins)} for {extra}" for extra, pins in extras.items())
    print(f"requirements.txt: {len(_pins(main))} pins, and {beyond}.")


def _pins_beyond(main: str, extra: str, before: str, upgrade: bool) -> list[str]:
    """The pins that an extra adds to those of everybody."""
    with_extra = _compile(before.replace(f"# {extra}: ", ""), upgrade, extra=extra)
    return sorted(set(_pins(with_extra)) - set(_pins(main)))


def digest(pyproject: Path = PYPROJECT) -> str:
    """SHA-256 of what the lock depends on in pyproject.toml: its dependency tables, in their order."""
    content = tomllib.loads(pyproject.read_text(encoding="utf-8"))
    project = content["project"]
    tables = {
        "requires-python": project["requires-python"],
        "dependencies": project["dependencies"],
        "optional-dependencies": project.get("optional-dependencies", {}),
    }
    return hashlib.sha256(json.dumps(tables).encode()).hexdigest()


def _compile(before: str, upgrade: bool, extra: str | None = None) -> str:
    """uv's resolution for every system and every Python from the oldest on; `before` holds the pins it prefers."""
    if not shutil.which("uv"):
        raise Problem(
            "Compiling the lock needs uv, which is not on PATH", "`python3 -m pip install uv`, then try again"
        )
    oldest = re.search(
        r">=\s*(\d+\.\d+)", tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]["requires-python"]
    )
    assert oldest, "requires-python names its oldest version"
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "requirements.txt"
        target.write_text(before, encoding="utf-8")
        command = ["uv", "pip", "compile", str(PYPROJECT), "--universal", "--python-version", oldest.group(1)]
        # Which registry was asked is this machine's business and stays out of the file.
        command += ["--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links", "--quiet"]
        command += ["--upgrade"] if upgrade else []
        command += ["--extra", extra] if extra else []
        done = subprocess.run([*command, "-o", str(target)], cwd=ROOT, capture_output=True, text=True, encoding="utf-8")
        if done.returncode != 0:
            raise Problem(
                f"uv could not resolve pyproject.toml:\n{done.stderr.strip()}", "change a range, then try again"
            )
        return target.read_text(encoding="utf-8")


def _pins(compiled: str) -> list[str]:
    return [line for line in compiled.splitlines() if line and not line.startswith(("#", " ", "-"))]
