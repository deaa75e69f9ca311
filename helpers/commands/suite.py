"""`workbook test`: starts pytest as the project means it to be run. What is tested and how it is told is in tests/."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from helpers.commands.browser import find_browser
from helpers.commands.child_environment import child_environment
from helpers.commands.extras import install
from helpers.paths import ROOT
from helpers.problem import Problem

if TYPE_CHECKING:
    from pathlib import Path

# The markers that --fast leaves out.
SLOW = ("slow", "browser")

# More processes than this wait for the disk and for memory (a worker with the whole stack is 400 MB).
MOST_WORKERS = 4


def run(fast: bool = False, keyword: str | None = None, parallel: bool = True, extra: Sequence[str] = ()) -> int:
    """Run the suite and return pytest's exit status. `extra` goes to pytest as it stands. Raises Problem."""
    if not (ROOT / "tests").is_dir():
        raise Problem(f"{ROOT} has no folder tests", "run the command in a full clone")
    environment = child_environment()
    if not fast:
        environment |= _browser_variables()
    command = [sys.executable, "-m", "pytest", *arguments(fast, keyword, parallel, extra, os.cpu_count() or 1)]
    return subprocess.call(command, cwd=ROOT, env=environment)


def arguments(fast: bool, keyword: str | None, parallel: bool, extra: Sequence[str], cores: int) -> list[str]:
    """pytest's arguments. Those of a person come last, and win."""
    chosen = []
    workers = min(cores, MOST_WORKERS)
    if parallel and workers > 1 and not any(argument.startswith(("-n", "--numprocesses")) for argument in extra):
        # A notebook's cells (nbval) and a module's costly fixtures stay in one process.
        chosen += ["-n", str(workers), "--dist", "loadscope"]
    if fast:
        chosen += ["-m", " and ".join(f"not {mark}" for mark in SLOW)]
    if keyword:
        chosen += ["-k", keyword]
    return [*chosen, *extra]


def _browser_variables() -> dict[str, str]:
    """Tell the browser test which browser to drive, or why it is to be skipped. Raises Problem in CI."""
    browser: Path | None = find_browser()
    if browser is None:
        return _no_browser("no Chromium, Chrome or Edge is installed")
    if reason := install("browser"):
        return _no_browser(f"playwright could not be installed: {reason}")
    return {"WORKBOOK_BROWSER": str(browser)}


def _no_browser(reason: str) -> dict[str, str]:
    if os.environ.get("CI") == "true":
        raise Problem(f"The browser test cannot run ({reason})", "install what is missing; CI may not leave it out")
    print(f"The browser test will be skipped: {reason}.", file=sys.stderr, flush=True)
    return {"WORKBOOK_NO_BROWSER": reason}
