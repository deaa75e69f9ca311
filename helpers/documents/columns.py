"""Words with their places on a page -> lines, columns of running text, and tables that only alignment draws.

What it does not do: text that runs upwards, tables whose cells hold paragraphs without ruling lines, more than three
columns of text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median

from helpers.documents.composing import Place, is_heading_row, is_number

Drawn = tuple[float, list[list[str]], list[Place]]  # a table: its top, cells row by row, place of each row


@dataclass(frozen=True)
class Word:
    """A word and its box in points; y grows downwards."""

    text: str
    left: float
    top: float
    right: float
    bottom: float

    @property
    def middle(self) -> float:
        return (self.left + self.right) / 2

    @property
    def line(self) -> float:
        return (self.top + self.bottom) / 2

    @property
    def height(self) -> float:
        return self.bottom - self.top


@dataclass(frozen=True)
class Line:
    """Words that stand on one line, from left to right."""

    words: tuple[Word, ...]
    left: float = field(init=False)
    top: float = field(init=False)
    right: float = field(init=False)
    bottom: float = field(init=False)

    def __post_init__(self) -> None:
        for name, value in (
            ("left", min(w.left for w in self.words)),
            ("top", min(w.top for w in self.words)),
            ("right", max(w.right for w in self.words)),
            ("bottom", max(w.bottom for w in self.words)),
        ):
            object.__setattr__(self, name, value)

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)

    @property
    def height(self) -> float:
        return median(word.height for word in self.words)

    def cells(self) -> list[Word]:
        """Stretches of words that a wide gap parts, as one word each."""
        gap = max(8.0, 0.9 * self.height)
        found: list[list[Word]] = []
        for word in self.words:
            if found and word.left - found[-1][-1].right < gap:
                found[-1].append(word)
            else:
                found.append([word])
        return [
            Word(" ".join(w.text for w in part), part[0].left, part[0].top, part[-1].right, part[0].bottom)
            for part in found
        ]


def lines_of(words: Sequence[Word]) -> list[Line]:
    """Lines from top to bottom. Words are on one line when their middles are less than half a height apart."""
    rows: list[list[Word]] = []
    for word in sorted(words, key=lambda w: (w.line, w.left)):
        last = rows[-1][-1] if rows else None
        if last is not None and word.line - last.line < 0.4 * min(word.height, last.height):
            rows[-1].append(word)
        else:
            rows.append([word])
    return [Line(tuple(sorted(row, key=lambda w: w.left))) for row in rows]


# --- columns of running text ---------------------------------------------------------------------------------------

_LEAST_LINES, _LEAST_BOTH = 3, 2  # of running text on each side, and of those that stand beside each other
_LEAST_WORDS = 3  # on each side that are no amounts: fewer are a table's cells
_APART = 2.5  # heights of a line: a wider gap ends the columns


def in_columns(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Parts of a page in reading order: where a gutter runs through several lines, its left side before its right."""
    at = 0
    plain: list[Line] = []
    while at < len(lines):
        end, gutter = _gutter(lines, at)
        if gutter is None:
            plain.append(lines[at])
            at += 1
            continue
        if plain:
            yield plain
            plain = []
        run = lines[at:end]
        sides = [[w for line in run for w in line.words if (w.middle < gutter) == is_left] for is_left in (True, False)]
        for side in sides:
            yield from in_columns(lines_of(side))
        at = end
    if plain:
        yield plain


def _gutter(lines: Sequence[Line], start: int) -> tuple[int, float | None]:
    """Where a run of lines that share a gutter ends, and the gutter's middle; None if the line begins no such run."""
    for left, right in _gaps(lines[start]):
        end, both, running = start, 0, [0, 0]
        while end < len(lines):
            if end > start and lines[end].top - lines[end - 1].bottom > _APART * lines[end].height:
                break  # a footer, or another part of the page
            narrowed = _narrowed(lines[end], left, right)
            if narrowed is None:
                break
            left, right = narrowed
            sides = [w for w in lines[end].words if w.right <= left], [w for w in lines[end].words if w.left >= right]
            told = [sum(not is_number(w.text) for w in side) >= _LEAST_WORDS for side in sides]
            both += all(told)
            running = [count + is_text for count, is_text in zip(running, told, strict=True)]
            end += 1
        if both >= _LEAST_BOTH and min(running) >= _LEAST_LINES:
            return end, (left + right) / 2
    return start, None


def _gaps(line: Line) -> list[tuple[float, float]]:
    wide = max(10.0, 0.9 * line.height)
    return [(a.right, b.left) for a, b in zip(line.words, line.words[1:], strict=False) if b.left - a.right >= wide]


def _narrowed(line: Line, left: float, right: float) -> tuple[float, float] | None:
    """The part of a gap that a line leaves free; None when too little is left."""
    for word in line.words:
        if word.right <= left or word.left >= right:
            continue
        if word.middle < (left + right) / 2:
            left = word.right
        else:
            right = word.left
    return (left, right) if right - left >= 8.0 else None


# --- tables without ruling lines -----------------------------------------------------------------------------------

_SAME_EDGE = 6.0  # points
_LEAST_ROWS = 2  # with amounts; one is enough below headings of three columns
_LEAST_COLUMNS = 3


def column_tables(lines: Sequence[Line]) -> tuple[list[Drawn], list[Line]]:
    """Tables that alignment alone draws (top, rows of cells, places of rows), and the lines that are in none.

    A table is a run of lines with a label and amounts whose right edges, left edges or middles stand below each other.
    """
    cut = [line.cells() for line in lines]
    tables, used = [], set()
    at = 0
    while at < len(lines):
        end = _run(lines, cut, at)
        numeric = [i for i in range(at, end) if _amounts(cut[i])]
        if not numeric:
            at = end
            continue
        columns = _columns([cut[i] for i in numeric])
        first = numeric[0]
        heading = next((i for i in range(first - 1, at - 1, -1) if _heads(cut[i], columns)), None)
        if heading is not None and all(len(cut[i]) == 1 or _heads(cut[i], columns) for i in range(heading, first)):
            first = heading  # with section names between it and the first amounts
            while first > at and _heads(cut[first - 1], columns):
                first -= 1
        if len(numeric) < _LEAST_ROWS and not (heading is not None and len(columns) >= _LEAST_COLUMNS):
            at = end
            continue
        rows = [_row(cut[i], columns) for i in range(first, end)]
        if len(columns) > 1 and sum(bool(cell) for row in rows for cell in row[1:]) >= len(rows) / 2:
            places = [(line.left, line.top, line.right, line.bottom) for line in lines[first:end]]
            joined = _headings_joined(rows)
            tables.append((places[0][1], joined, _joined_places(places, len(joined))))
            used |= set(range(first, end))
        at = end
    return tables, [line for i, line in enumerate(lines) if i not in used]


def _amounts(cells: Sequence[Word]) -> bool:
    return len(cells) > 1 and sum(is_number(cell.text) for cell in cells[1:]) >= (len(cells) - 1) / 2


def _run(lines: Sequence[Line], cut: Sequence[Sequence[Word]], at: int) -> int:
    """Where a run of lines in cells ends: single labels may stand between them and at its end, and no wide gap."""
    end, last = at, at
    while end < len(lines):
        if end > at and lines[end].top - lines[end - 1].bottom > 1.8 * lines[end].height:
            break
        if len(cut[end]) > 1:
            last = end + 1
        elif end - last >= 2 or len(lines[end].words) > 6:
            break
        end += 1
    if last > at:
        end = min(end, last + 1)  # one label at most: the section whose rows stand on the next page
        return end if end == last or _is_label(cut, last, lines) else last
    return at + 1


def _is_label(cut: Sequence[Sequence[Word]], at: int, lines: Sequence[Line]) -> bool:
    """Whether a line after the last row is a section's name in the table's own spacing, and no sentence."""
    above = lines[at].top - lines[at - 1].bottom, lines[at - 1].top - lines[at - 2].bottom if at > 1 else 0.0
    return above[0] < above[1] + 2.0 and not lines[at].text.rstrip().endswith((".", ":", ";"))


def _columns(rows: Sequence[Sequence[Word]]) -> list[tuple[float, float]]:
    """Left and right edge of each column, the labels' first; from the rows that hold most cells."""
    fullest = max(len(row) for row in rows)
    full = [row for row in rows if len(row) == fullest]
    return [(min(row[i].left for row in full), max(row[i].right for row in full)) for i in range(fullest)]


def _place(cell: Word, columns: Sequence[tuple[float, float]]) -> int | None:
    """The column that a cell stands in: the one it overlaps most, or whose right edge is next to its own."""
    best = max(range(len(columns)), key=lambda i: min(cell.right, columns[i][1]) - max(cell.left, columns[i][0]))
    left, right = columns[best]
    return best if min(cell.right, right) - max(cell.left, left) > -_SAME_EDGE else None


def _heads(cells: Sequence[Word], columns: Sequence[tuple[float, float]]) -> bool:
    """Whether a line above the amounts names their columns."""
    places = [_place(cell, columns) for cell in cells]
    distinct = None not in places and len(set(places)) == len(places)
    return distinct and len(cells) > 1 and not any(is_number(cell.text) for cell in cells)


def _row(cells: Sequence[Word], columns: Sequence[tuple[float, float]]) -> list[str]:
    row = [""] * len(columns)
    for cell in cells:
        place = _place(cell, columns)
        if len(cells) == 1:
            place = 0
        if place is not None:
            row[place] = f"{row[place]} {cell.text}".strip()
    return row


def _headings_joined(rows: list[list[str]]) -> list[list[str]]:
    """Two lines of headings as one row: `Year to` over `June 2031`."""
    heads = 0
    while heads < len(rows) and is_heading_row(rows[heads], rows[heads + 1 :]):
        heads += 1
    if heads < 2 or heads == len(rows):
        return rows
    joined = [" ".join(row[i] for row in rows[:heads] if row[i]) for i in range(len(rows[0]))]
    return [joined, *rows[heads:]]


def _joined_places(places: Sequence[Place], rows: int) -> list[Place]:
    spare = len(places) - rows + 1
    first = places[:spare]
    head = (min(p[0] for p in first), first[0][1], max(p[2] for p in first), first[-1][3])
    return [head, *places[spare:]]
