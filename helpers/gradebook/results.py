"""What grading has found so far, kept line by line, so that a run that was interrupted goes on where it stopped."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from helpers.gradebook.collect import Submission
from helpers.paths import ROOT

FILE = "results.jsonl"


@dataclass(frozen=True)
class Result:
    """The grading of one submission.

    outcomes: as Outcome.as_dict() has them. stopped: number of a code cell (from 1) -> why it stopped.
    problem: why nothing could be graded, or "".
    """

    learner: str
    lesson: str
    origin: str
    outcomes: tuple[dict[str, Any], ...] = ()
    stopped: dict[str, str] = field(default_factory=dict)
    fences: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    problem: str = ""
    seconds: float = 0.0
    self_reported: bool = False

    @property
    def points(self) -> int:
        return sum(outcome["points"] for outcome in self.outcomes)


class Results:
    """The results in a folder, by the digest of what was graded and of what graded it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / FILE
        self._held = dict(_read(self._path))

    def get(self, submission: Submission) -> Result | None:
        """What was found before for the same code and the same checks."""
        found = self._held.get(key_of(submission))
        if found is None:
            return None
        # The same code handed in under another name, or with other notes, is the same result.
        own = {"learner": submission.learner, "origin": submission.origin, "notes": tuple(submission.notes)}
        try:
            return Result(**{**found, **own})
        except TypeError:  # written by an older version
            return None

    def keep(self, submission: Submission, result: Result) -> None:
        """Add a result; it is on the disk when this returns."""
        key, data = key_of(submission), asdict(result)
        self._held[key] = data
        line = json.dumps({"key": key, "result": data}, ensure_ascii=False) + "\n"
        with self._path.open("a", encoding="utf-8", newline="\n", errors="replace") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())


def _read(path: Path) -> Iterable[tuple[str, dict[str, Any]]]:
    if not path.exists():
        return
    content = path.read_text(encoding="utf-8", errors="replace")
    for line in content.splitlines():
        try:
            data = json.loads(line)
            yield data["key"], data["result"]
        except (ValueError, LookupError, TypeError):
            continue  # a line that was cut off when the machine stopped
    if content and not content.endswith("\n"):
        with path.open("a", encoding="utf-8", newline="\n") as file:
            file.write("\n")


def key_of(submission: Submission) -> str:
    """Digest of a submission and of what grades it: when the checks or the engine change, it is graded anew."""
    return hashlib.sha256(f"{submission.digest}{_graders(submission.lesson)}".encode()).hexdigest()


@cache
def _graders(lesson: str) -> str:
    rooms = ("grading", "gradebook")
    files = [path for room in rooms for path in sorted((ROOT / "helpers" / room).rglob("*.py"))]
    files += [ROOT / "helpers" / "checks" / f"{lesson}.py"]
    files += sorted((ROOT / "notebooks").rglob(f"{lesson}.ipynb"))
    digest = hashlib.sha256()
    for path in files:
        if path.exists():
            digest.update(path.read_bytes())
    return digest.hexdigest()
