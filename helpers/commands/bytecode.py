"""Compiles the installed packages to .pyc behind the learner's back, once for each set-up.

Neither uv nor our pip does it while installing: it would take 24 of 80 seconds before anything can be opened. Without
it the first lesson's imports would wait for it instead.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from helpers.bootstrap import STAMP

MARK = ".workbook-compiled"

_PROGRAM = """
import compileall, os, pathlib, sys
folder, mark = sys.argv[1:]
if hasattr(os, "nice"):
    os.nice(19)
parent = os.getppid()
for package, _, _ in os.walk(folder):
    if os.getppid() != parent:  # whoever started this was killed, and could not end it
        sys.exit()
    compileall.compile_dir(package, maxlevels=0, quiet=2)
pathlib.Path(mark).touch()
"""


def is_due(prefix: Path) -> bool:
    """Whether the environment was set up after its last compilation."""
    mark, stamp = prefix / MARK, prefix / STAMP
    return not mark.exists() or (stamp.exists() and stamp.stat().st_mtime > mark.stat().st_mtime)


@contextlib.contextmanager
def compiled_in_background(prefix: Path = Path(sys.prefix)) -> Iterator[None]:
    """Compile at the lowest priority while the block runs; what is not done at its end is done another time."""
    if not is_due(prefix) or not os.access(prefix, os.W_OK):
        yield
        return
    child = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, sysconfig.get_path("purelib"), str(prefix / MARK)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=os.name == "posix",
        creationflags=getattr(subprocess, "IDLE_PRIORITY_CLASS", 0)
        | getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
    )
    try:
        yield
    finally:
        child.kill()
        child.wait()
