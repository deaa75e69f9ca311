"""Lists and runs the programs in benchmarks/. What they measure stands in each one's docstring."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from helpers.commands.child_environment import child_environment
from helpers.paths import ROOT
from helpers.problem import Problem


def available(folder: Path = ROOT / "benchmarks") -> dict[str, Path]:
    """Name -> program, in the order of their names; a leading underscore keeps a file out."""
    return {path.stem: path for path in sorted(folder.glob("[!_]*.py"))}


def run(name: str | None, arguments: Sequence[str] = ()) -> int:
    """Run the benchmark `name` with `arguments` and return its exit status; without a name print the list."""
    programs = available()
    if name is None:
        width = max(map(len, programs), default=0)
        for each, path in programs.items():
            print(f"{each:<{width}}  {_first_line(path)}")
        return 0
    if name not in programs:
        raise Problem(f"There is no benchmark `{name}`", f"choose one of {', '.join(programs) or 'none so far'}")
    return subprocess.call([sys.executable, str(programs[name]), *arguments], cwd=ROOT, env=child_environment())


def _first_line(path: Path) -> str:
    document = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return document.partition("\n")[0]
