"""Where a learner stands over all lessons: aligned lines for a terminal, markdown for a notebook. Changes nothing."""

from __future__ import annotations

import importlib
import json
import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helpers import paths
from helpers.grading.lessons import CHECKS, exercises_of, lesson_names
from helpers.grading.outcomes import counted, plain
from helpers.grading.progress import Progress

BAR = 10  # characters


@dataclass(frozen=True)
class OpenExercise:
    """An exercise without full points. points: still to win."""

    name: str
    title: str
    points: int

    def __str__(self) -> str:
        return f"`{self.name}` ({counted(self.points, 'point')})"


@dataclass(frozen=True)
class LessonStanding:
    """points, of: best kept and possible. spent: minutes of work so far. planned: minutes by the lesson's header, or 0.

    open: the exercises without full points, in order. place: the notebook below its tree, "" where there is none.
    """

    name: str
    title: str
    level: str
    points: int
    of: int
    spent: float
    planned: int
    open: tuple[OpenExercise, ...]
    place: str = ""

    @property
    def bar(self) -> str:
        """A bar of characters, full when all points are won; a point is never rounded away."""
        filled = self.points * BAR // self.of if self.of else 0
        return "█" * filled + "░" * (BAR - filled)

    @property
    def state(self) -> str:
        return "✓ done" if not self.open else "… begun" if self.points or self.spent else "○ open"

    @property
    def minutes(self) -> str:
        return f"{self.spent:.0f} of {self.planned}" if self.planned else f"{self.spent:.0f}"

    @property
    def minutes_left(self) -> float:
        """Planned minutes for the share of points that is still to win."""
        return self.planned * (1 - self.points / self.of) if self.of else 0.0

    @property
    def left(self) -> str:
        """What is left of a lesson that was begun; "" for the others."""
        return ", ".join(map(str, self.open)) if self.state == "… begun" else ""


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
    def headline(self) -> str:
        """Points, and about how long the rest takes."""
        text = f"Your progress: {self.points} of {counted(self.of, 'point')}"
        left = round(sum(lesson.minutes_left for lesson in self.lessons))
        hours, minutes = divmod(left, 60)
        about = f"{hours} h {minutes:02} min" if hours else f"{minutes} min"
        return f"{text}, about {about} left" if left else text

    @property
    def next_step(self) -> str:
        """The first exercise without full points of a lesson already begun, else of the first lesson left."""
        return self._next_step(links=False)

    @property
    def markdown(self) -> str:
        """A table by lesson."""
        return self.as_markdown()

    def as_markdown(self, *, links: bool = False) -> str:
        """links: titles lead to the notebooks; for one that stands at the top of their tree."""
        rows = ["| level | lesson | points | | state | minutes |", "|---|---|---|---|---|---|"]
        level = ""
        for one in self.lessons:
            cells = (one.level if one.level != level else "", _titled(one, links), f"{one.points} of {one.of}")
            rows.append(f"| {' | '.join((*cells, one.bar, one.state, one.minutes))} |")
            level = one.level
        left = [f"Left in {_titled(one, links)}: {one.left}." for one in self.lessons if one.left]
        return "\n\n".join([f"**{self.headline}**", "\n".join(rows), *left, self._next_step(links=links)])

    @property
    def text(self) -> str:
        """The same in aligned lines of at most 80 characters, as far as titles allow."""
        lines, level = [self.headline], None
        room = min(30, max((len(one.title) for one in self.lessons), default=0))
        for one in self.lessons:
            lines += ["", one.level] if one.level != level else []
            level = one.level
            head = one.title if len(one.title) <= room else one.title[: room - 1] + "…"
            points = f"{one.points} of {one.of}"
            lines.append(f"  {head:<{room}}  {points:>8}  {one.bar}  {one.state:<7}  {one.minutes:>10} min".rstrip())
            if one.left:
                lines += textwrap.wrap(
                    f"left: {plain(one.left)}", 76, initial_indent=" " * 4, subsequent_indent=" " * 10
                )
        return "\n".join([*lines, "", *textwrap.wrap(plain(self.next_step), 79)])

    def _next_step(self, *, links: bool) -> str:
        left = [lesson for lesson in self.lessons if lesson.open]
        if not self.lessons:
            return "There are no lessons yet."
        if not left:
            return "Everything is done."
        lesson = next((lesson for lesson in left if lesson.state == "… begun"), left[0])
        first = lesson.open[0]
        task = f": {first.title}" if first.title else ""
        return f"Next: {first} in {_titled(lesson, links)}{task}."

    def _repr_markdown_(self) -> str:
        return self.markdown

    def __repr__(self) -> str:
        return self.text


def _titled(lesson: LessonStanding, links: bool) -> str:
    return f"[{lesson.title}]({lesson.place})" if links and lesson.place else lesson.title


def progress_report(progress: Progress | None = None) -> ProgressReport:
    """The standing in every lesson that has checks. progress: the learner's own file by default."""
    kept = (progress or Progress.default()).lessons()
    return ProgressReport([_standing(name, kept.get(name, {})) for name in lesson_names()])


def show_progress() -> None:
    """Show the report, in a notebook or a terminal."""
    from helpers.show import Shown, show

    report = progress_report()
    show(Shown(report.as_markdown(links=True), report.text))


def _standing(name: str, records: dict[str, Any]) -> LessonStanding:
    exercises = exercises_of(importlib.import_module(f"{CHECKS}.{name}"))
    best = {key: min(records.get(key, {}).get("best", 0), exercise.points) for key, exercise in exercises.items()}
    title, level, planned, place = _header(name)
    return LessonStanding(
        name,
        title,
        level,
        points=sum(best.values()),
        of=sum(exercise.points for exercise in exercises.values()),
        spent=sum(record.get("minutes", 0.0) for record in records.values()),
        planned=planned,
        open=tuple(
            OpenExercise(key, exercise.title, exercise.points - best[key])
            for key, exercise in exercises.items()
            if best[key] < exercise.points
        ),
        place=place,
    )


def _header(name: str) -> tuple[str, str, int, str]:
    """Title, level, minutes and place, from the first cell of the published notebook; the name where there is none."""
    from helpers.publishing.published import find

    try:
        path = find(name, paths.NOTEBOOKS)
        text, place = _first_cell(path), path.relative_to(paths.NOTEBOOKS).as_posix()
    except (OSError, ValueError, LookupError):
        text = place = ""
    title = re.search(r"^# (.+)$", text, re.MULTILINE)
    level = re.search(r"^\*\*(.+?)\*\* · (\d+) minutes", text, re.MULTILINE)
    return title[1] if title else name, level[1] if level else "", int(level[2]) if level else 0, place


def _first_cell(path: Path) -> str:
    return "".join(json.loads(path.read_text(encoding="utf-8"))["cells"][0]["source"])
