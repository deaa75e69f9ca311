"""The gradebook as plain data: who has how many points where, who is stuck, and which mistakes are common."""

from __future__ import annotations

import csv
import hashlib
import hmac
import importlib
import io
import re
import secrets
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from helpers.files import write_atomically
from helpers.gradebook.results import Result
from helpers.grading.lessons import CHECKS, exercises_of
from helpers.grading.outcomes import Status

NAMES = "names.csv"


@dataclass(frozen=True)
class Column:
    """One exercise of one lesson."""

    lesson: str
    exercise: str
    title: str
    of: int


@dataclass(frozen=True)
class Entry:
    """One learner at one exercise. hints, attempts, minutes: from a progress file, None without one."""

    points: int
    of: int
    status: str
    message: str = ""
    counterexample: tuple[tuple[str, str], ...] = ()
    hints: float | None = None
    attempts: float | None = None
    minutes: float | None = None
    self_reported: bool = False


@dataclass(frozen=True)
class Row:
    """One learner. notes: of their files, such as what was set aside, stopped or could not be read."""

    learner: str
    entries: dict[tuple[str, str], Entry] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def points(self) -> int:
        return sum(entry.points for entry in self.entries.values())

    @property
    def hints(self) -> float | None:
        known = [entry.hints for entry in self.entries.values() if entry.hints is not None]
        return sum(known) if known else None

    @property
    def minutes(self) -> float | None:
        known = [entry.minutes for entry in self.entries.values() if entry.minutes is not None]
        return sum(known) if known else None


@dataclass(frozen=True)
class Mistake:
    """A message that several learners got at one exercise, and one of their counterexamples."""

    column: Column
    message: str
    learners: tuple[str, ...]
    counterexample: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Book:
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]

    @property
    def of(self) -> int:
        """Points that can be won."""
        return sum(column.of for column in self.columns)

    def share(self, column: Column) -> float:
        """Of the learners, those who passed an exercise."""
        passed = sum(self.status(row, column) == Status.PASSED.value for row in self.rows)
        return passed / len(self.rows) if self.rows else 0.0

    def status(self, row: Row, column: Column) -> str:
        entry = row.entries.get((column.lesson, column.exercise))
        return entry.status if entry else Status.NOT_ATTEMPTED.value

    def stuck(self) -> list[tuple[Column, list[str]]]:
        """Exercises that learners have tried and not passed, with those learners; the hardest first."""
        found = []
        for column in self.columns:
            at = [row.learner for row in self.rows if self.status(row, column) == Status.NOT_YET.value]
            if at:
                found.append((column, at))
        return sorted(found, key=lambda item: -len(item[1]))

    def mistakes(self) -> list[Mistake]:
        """The most common message of each exercise that somebody has not passed, with a counterexample."""
        found = []
        for column, _ in self.stuck():
            said: dict[str, list[tuple[str, Entry]]] = defaultdict(list)
            for row in self.rows:
                entry = row.entries.get((column.lesson, column.exercise))
                if entry and entry.status == Status.NOT_YET.value and entry.message:
                    said[entry.message].append((row.learner, entry))
            if said:
                message, cases = max(said.items(), key=lambda item: len(item[1]))
                shown = Counter(entry.counterexample for _, entry in cases if entry.counterexample).most_common(1)
                learners = tuple(learner for learner, _ in cases)
                found.append(Mistake(column, message, learners, shown[0][0] if shown else ()))
        return found


def book_of(results: Iterable[Result], names: Names | None = None) -> Book:
    """The book of some results. names: gives each learner a pseudonym; without it their names are shown."""
    results = [replace(result, learner=clean(result.learner)) for result in results]
    lessons = sorted({result.lesson for result in results if result.lesson})
    columns = tuple(column for lesson in lessons for column in _columns(lesson))
    rows = {}
    # Progress files first, so that what was run here has the last word.
    for result in sorted(results, key=lambda r: not r.self_reported):
        row = rows.setdefault(result.learner, Row(result.learner))
        entries = dict(row.entries)
        for outcome in result.outcomes:
            key = (result.lesson, outcome["exercise"])
            entries[key] = _entry(outcome, result.self_reported, entries.get(key))
        rows[result.learner] = replace(row, entries=entries, notes=(*row.notes, *_notes(result)))
    shown = rows.values() if names is None else [_hidden(row, rows, names) for row in rows.values()]
    return Book(columns, tuple(sorted(shown, key=lambda row: row.learner.casefold())))


def clean(text: Any) -> str:
    """A text that can be written anywhere: no half characters, no control characters, none that turn the direction."""
    return _UNSHOWN.sub("", str(text)[:_MOST_TEXT].encode("utf-8", "replace").decode("utf-8"))


_MOST_TEXT = 2_000
_UNSHOWN = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f\\u202a-\\u202e\\u2066-\\u2069\\ufffe\\uffff]")


# At the beginning, and after what some spreadsheets take for the end of a cell; wide forms of the signs count too.
_FORMULA = re.compile(r"(^|[;\n\r\t])(\s*)([=+\-@\uff1d\uff0b\uff0d\uff20])")


def as_text(value: str) -> str:
    """A text that no spreadsheet runs: a submission decides what a message says, and a formula begins with a sign."""
    return _FORMULA.sub(r"\1\2'\3", value)


def _columns(lesson: str) -> list[Column]:
    exercises = exercises_of(importlib.import_module(f"{CHECKS}.{lesson}"))
    return [Column(lesson, name, exercise.title, exercise.points) for name, exercise in exercises.items()]


def _entry(outcome: dict[str, Any], self_reported: bool, before: Entry | None) -> Entry:
    return Entry(
        points=outcome["points"],
        of=outcome["of"],
        status=outcome["status"],
        message=clean(outcome["message"]),
        counterexample=tuple((clean(label), clean(code)) for label, code in outcome["counterexample"]),
        hints=outcome.get("hints", before.hints if before else None),
        attempts=outcome.get("attempts", before.attempts if before else None),
        minutes=outcome.get("minutes", before.minutes if before else None),
        self_reported=self_reported,
    )


def _notes(result: Result) -> tuple[str, ...]:
    problem = (f"could not be graded: {result.problem}",) if result.problem else ()
    stopped = tuple(f"cell {number} stopped: {why}" for number, why in result.stopped.items())
    where = f"{result.lesson or result.origin}: "
    return tuple(clean(where + note) for note in (*problem, *result.notes, *stopped))


def _hidden(row: Row, everybody: Iterable[str], names: Names) -> Row:
    """The row without names: its own, those of others in its notes, and paths, which hold names too."""
    notes = []
    for note in row.notes:
        if "set aside: " in note:
            note = note.partition("set aside: ")[0] + "an older file was set aside"
        for name in sorted(everybody, key=len, reverse=True):
            note = note.replace(name, names.of(name))
        notes.append(note)
    return replace(row, learner=names.of(row.learner), notes=tuple(notes))


class Names:
    """Pseudonyms that stay the same from run to run, kept in a file that is the trainer's alone."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAMES
        self._held = dict(self._read())
        self._key = secrets.token_bytes(16)

    def of(self, learner: str) -> str:
        """The pseudonym of a learner."""
        return self._held.get(clean(learner)) or clean(learner)

    def add(self, learners: Sequence[str]) -> None:
        """Give those who have none a pseudonym, in an order that does not follow their names; and keep them."""
        new = {clean(learner) for learner in learners} - self._held.keys()
        order = sorted(new, key=lambda name: hmac.digest(self._key, name.encode("utf-8", "replace"), hashlib.sha256))
        for number, learner in enumerate(order, len(self._held) + 1):
            self._held[learner] = f"learner {number:02}"
        if new:
            text = io.StringIO(newline="")
            rows = [(pseudonym, as_text(name)) for name, pseudonym in self._held.items()]
            csv.writer(text).writerows([("pseudonym", "name"), *rows])
            write_atomically(self._path, text.getvalue())

    def _read(self) -> Iterable[tuple[str, str]]:
        if self._path.exists():
            with self._path.open(encoding="utf-8", newline="") as file:
                for pseudonym, name in list(csv.reader(file))[1:]:
                    yield (name[1:] if as_text(name[1:]) == name else name), pseudonym
