"""The gradebook as one HTML page: no script, nothing loaded from elsewhere, every text of a submission escaped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path

from helpers.gradebook.book import Book, Column, Row
from helpers.grading.outcomes import Status

TEMPLATE = Path(__file__).parent / "page.html"
_SIGN = {
    Status.PASSED.value: "✓",
    Status.NOT_YET.value: "✗",
    Status.NOT_ATTEMPTED.value: "○",
    Status.COULD_NOT_GRADE.value: "?",
}


@dataclass(frozen=True)
class Cell:
    """How one learner's entry at one exercise looks: its classes, its text, and what is told when one points at it."""

    look: str
    text: str
    told: str


def as_html(book: Book, *, fences: Sequence[str] = (), made: datetime | None = None) -> str:
    """The page. fences: what the submissions were run behind. made: its date; now by default."""
    from jinja2 import Environment

    page = Environment(autoescape=True, trim_blocks=True).from_string(TEMPLATE.read_text(encoding="utf-8"))
    return page.render(
        book=book,
        made=(made or datetime.now().astimezone()).strftime("%d %B %Y, %H:%M"),
        fences=f"submissions ran behind: {', '.join(fences)}" if fences else "nothing was run",
        lessons=[(lesson, len(list(columns))) for lesson, columns in groupby(book.columns, lambda c: c.lesson)],
        hinted=any(row.hints is not None for row in book.rows),
        timed=any(row.minutes is not None for row in book.rows),
        noted=[row for row in book.rows if row.notes],
        cell_of=cell_of,
    )


def cell_of(row: Row, column: Column) -> Cell:
    """The cell of a learner and an exercise."""
    entry = row.entries.get((column.lesson, column.exercise))
    if entry is None or entry.status == Status.NOT_ATTEMPTED.value:
        return Cell("open", "○", "not attempted")
    # In thirds, so that a cell's colour does not promise more than its number.
    third = -(-3 * entry.points // entry.of) if entry.of else 0
    third = third if entry.status == Status.PASSED.value else min(third, 2)
    look = f"p{third} stuck" if entry.status == Status.NOT_YET.value else f"p{third}"
    told = [entry.status, entry.message]
    told += [f"{entry.hints:.0f} hints"] if entry.hints else []
    told += [f"{entry.minutes:.0f} minutes"] if entry.minutes else []
    star = "*" if entry.self_reported else ""
    return Cell(look, f"{_SIGN.get(entry.status, '?')} {entry.points}{star}", " · ".join(part for part in told if part))
