"""Where a learner stands over all lessons: a table for the terminal, markdown for the notebook. Changes nothing."""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from helpers import paths
from helpers.grading.lessons import CHECKS, exercises_of, lesson_names
from helpers.grading.outcomes import counted, plain
from helpers.grading.progress import Progress

if TYPE_CHECKING:
    from rich.table import Table

BAR = 10  # characters


@dataclass(frozen=True)
class LessonStanding:
    """points, of: best kept and possible. spent: minutes of work so far. planned: minutes by the lesson's header, or 0.

    open: names of the exercises without full points, in order.
    """

    name: str
    title: str
    level: str
    points: int
    of: int
    spent: float
    planned: int
    open: tuple[str, ...]

    @property
    def bar(self) -> str:
        """A bar of characters, full when all points are won; a point is never rounded away."""
        filled = self.points * BAR // self.of if self.of else 0
        return "█" * filled + "░" * (BAR - filled)

    @property
    def state(self) -> str:
        return "✓ done" if not self.open else "… begun" if self.points or self.spent else "○ open"


@dataclass(frozen=True)
class ProgressReport:
    lessons: Sequence[LessonStanding]

    @property
    def points(self) -> int:
        return sum(lesson.points for lesson in self.lessons)

    @property
    def of(self) -> int:
        return sum(lesson.of for lesson in self.lessons)

    @property
    def next_step(self) -> str:
        """The first exercise without full points of a lesson already begun, else of the first lesson left."""
        left = [lesson for lesson in self.lessons if lesson.open]
        if not self.lessons:
            return "There are no lessons yet."
        if not left:
            return "Everything is done."
        lesson = next((lesson for lesson in left if lesson.state == "… begun"), left[0])
        return f"Next: `{lesson.open[0]}` in {lesson.title}."

    @property
    def markdown(self) -> str:
        rows = ["| level | lesson | points | | state | minutes |", "|---|---|---|---|---|---|"]
        rows += [f"| {' | '.join(cells)} |" for cells in self._rows()]
        head = f"**Your progress: {self.points} of {counted(self.of, 'point')}**"
        return "\n\n".join([head, "\n".join(rows), self.next_step])

    @property
    def table(self) -> Table:
        """For the terminal: `rich.print(progress_report().table)`."""
        from rich.table import Table

        title, caption = f"Your progress: {self.points} of {counted(self.of, 'point')}", plain(self.next_step)
        table = Table(title=title, caption=caption, caption_justify="left", title_justify="left")
        for name in ("level", "lesson", "points", "", "state", "minutes"):
            table.add_column(name)
        for cells in self._rows():
            table.add_row(*cells)
        return table

    def _rows(self) -> list[list[str]]:
        return [
            [
                lesson.level,
                lesson.title,
                f"{lesson.points} of {lesson.of}",
                lesson.bar,
                lesson.state,
                f"{lesson.spent:.0f} of {lesson.planned}" if lesson.planned else f"{lesson.spent:.0f}",
            ]
            for lesson in self.lessons
        ]

    def __rich__(self) -> Table:
        return self.table

    def _repr_markdown_(self) -> str:
        return self.markdown


def progress_report(progress: Progress | None = None) -> ProgressReport:
    """The standing in every lesson that has checks. progress: the learner's own file by default."""
    kept = (progress or Progress.default()).lessons()
    return ProgressReport([_standing(name, kept.get(name, {})) for name in lesson_names()])


def show_progress() -> None:
    """Show the report, in a notebook or a terminal."""
    from helpers.show import Shown, show

    report = progress_report()
    show(Shown(report.markdown, plain(report.markdown)))


def _standing(name: str, records: dict[str, Any]) -> LessonStanding:
    exercises = exercises_of(importlib.import_module(f"{CHECKS}.{name}"))
    best = {key: min(records.get(key, {}).get("best", 0), exercise.points) for key, exercise in exercises.items()}
    title, level, planned = _header(name)
    return LessonStanding(
        name,
        title,
        level,
        points=sum(best.values()),
        of=sum(exercise.points for exercise in exercises.values()),
        spent=sum(record.get("minutes", 0.0) for record in records.values()),
        planned=planned,
        open=tuple(key for key, exercise in exercises.items() if best[key] < exercise.points),
    )


def _header(name: str) -> tuple[str, str, int]:
    """Title, level and minutes from the first cell of the published notebook; the name where there is none."""
    from helpers.publishing.published import find

    try:
        text = _first_cell(find(name, paths.NOTEBOOKS))
    except (OSError, ValueError, LookupError):
        text = ""
    title = re.search(r"^# (.+)$", text, re.MULTILINE)
    level = re.search(r"^\*\*(.+?)\*\* · (\d+) minutes", text, re.MULTILINE)
    return title[1] if title else name, level[1] if level else "", int(level[2]) if level else 0


def _first_cell(path: Path) -> str:
    return "".join(json.loads(path.read_text(encoding="utf-8"))["cells"][0]["source"])
