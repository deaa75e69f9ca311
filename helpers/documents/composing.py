"""A page's text put together piece by piece, with the place of each piece kept."""

from __future__ import annotations

import re
from collections.abc import Sequence

from helpers.documents.document import Box, Table, row_line

Place = tuple[float, float, float, float]  # left, top, right, bottom

_NUMBER = re.compile(
    r"[(+\-−–]?\s?(?:[€$£]|R\$|[A-Z]{3})?\s?\d[\d.,'\s]*\s?(?:%|x|k|m|bn|mn|pp|[€$£])?\s?\)?", re.IGNORECASE
)
_YEAR = re.compile(r"(?:FY\s?|[QH][1-4]\s?)?(?:19|20)\d\d(?:/\d\d)?")


def is_number(cell: str) -> bool:
    """Whether a cell holds an amount: `1,204.5`, `(3.4)%`, `EUR 12m`, `-`; a year is a heading, not an amount."""
    cell = cell.strip()
    return bool(cell in ("-", "–", "—") or (_NUMBER.fullmatch(cell) and not _YEAR.fullmatch(cell)))


def is_heading_row(row: Sequence[str], body: Sequence[Sequence[str]]) -> bool:
    """Whether a table's first row names its columns: no amount in it, while the rows below hold some, or hold words."""
    told = [cell for cell in row if cell.strip()]
    if not told or any(is_number(cell) for cell in told):
        return False
    # A row with a label alone is a section's name; one that fills its columns with words or years is a heading.
    return len(told) > 1 or len(row) == 1 or not any(is_number(cell) for below in body for cell in below)


class Composer:
    """Collects a page's paragraphs, lines and tables, and knows where each came to stand."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self.boxes: list[Box] = []
        self.tables: list[Table] = []

    @property
    def text(self) -> str:
        return "".join(self._parts)

    def add(self, line: str, place: Place | None = None, *, apart: bool = False, kind: str = "text") -> tuple[int, int]:
        """Append a line, after a blank line if it stands apart from the one before; returns where it stands."""
        if self._length:
            self._append("\n\n" if apart else "\n")
        start = self._length
        self._append(line)
        if place is not None and line:
            self.boxes.append(Box(start, self._length, *place, kind))
        return start, self._length

    def add_table(
        self,
        rows: Sequence[Sequence[str]],
        places: Sequence[Place] = (),
        *,
        kind: str = "table",
        title: str = "",
        headed: bool | None = None,
    ) -> None:
        """Append a table, a line a row, with the place of each row if it is known; headed=None judges by the cells."""
        width = max((len(row) for row in rows), default=0)
        cells = [tuple(" ".join(cell.split()) for cell in row) + ("",) * (width - len(row)) for row in rows]
        if not cells:
            return
        start = end = self._length
        for i, row in enumerate(cells):
            place = places[i] if i < len(places) else None
            begin, end = self.add(row_line(row), place, apart=i == 0, kind="table")
            start = begin if i == 0 else start
        headed = is_heading_row(cells[0], cells[1:]) if headed is None else headed
        self.tables.append(Table(tuple(cells), start, end, headed, kind, title))

    def _append(self, text: str) -> None:
        self._parts.append(text)
        self._length += len(text)
