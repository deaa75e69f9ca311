"""What a run found out, notebook by notebook, kept after each so that a killed run goes on where it stopped."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from helpers.files import write_atomically


@dataclass
class NotebookResult:
    """One notebook. `exercises` has an outcome each, as Outcome.as_dict() gives it; usd None: no price is known."""

    name: str
    sha256: str
    seconds: float
    calls: int
    tokens: int
    usd: float | None
    exercises: list[dict[str, Any]] = field(default_factory=list)
    declared: int = 0
    failed_cell: int | None = None
    message: str = ""

    @property
    def passed(self) -> int:
        return sum(exercise["status"] == "passed" for exercise in self.exercises)

    @property
    def sound(self) -> bool:
        """Every cell ran, and every exercise passed."""
        return not self.message and self.passed == self.declared


class Run:
    """The results in a folder. Those of another endpoint, or of a run that was finished, are not taken up."""

    def __init__(self, folder: Path, endpoint: dict[str, Any], *, fresh: bool = False) -> None:
        self._file, self._endpoint = folder / "results.json", endpoint
        self.results: dict[str, NotebookResult] = {}
        kept = {} if fresh else _read(self._file)
        self.goes_on = bool(kept) and not kept.get("finished") and kept.get("endpoint") == endpoint
        if self.goes_on:
            self.results = {name: NotebookResult(**result) for name, result in kept["notebooks"].items()}

    def done(self, name: str, sha256: str) -> bool:
        """Whether this very notebook has been run."""
        return name in self.results and self.results[name].sha256 == sha256

    def add(self, result: NotebookResult) -> None:
        self.results[result.name] = result
        self._write(finished=False)

    def finish(self) -> None:
        self._write(finished=True)

    def _write(self, *, finished: bool) -> None:
        content = {
            "endpoint": self._endpoint,
            "finished": finished,
            "notebooks": {name: dataclasses.asdict(result) for name, result in self.results.items()},
        }
        write_atomically(self._file, json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def _read(file: Path) -> dict[str, Any]:
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) and isinstance(kept.get("notebooks"), dict) else {}


def digest(path: Path) -> str:
    """Of a notebook's cells: its outputs are no part of what is run."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return hashlib.sha256(json.dumps([cell["source"] for cell in cells]).encode()).hexdigest()


def lines(path: Path) -> list[dict[str, Any]]:
    """The outcomes that a notebook wrote; a last line that was cut by a kill is left out."""
    try:
        written = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    found = []
    for line in written:
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    return found
