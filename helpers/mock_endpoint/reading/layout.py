"""Recognised words with their places on a page -> lines of text in reading order.

What belongs together by geometry comes as one sentence: a row of a table with its headings (`Year 2024: Revenue
52.6.`), a bar with the name under it (`Revenue, 2024: 52.6`), a form's field with its value, the lines of a paragraph.
Text only: of lines, areas and colours nothing is known here, so a value that no label states cannot be read off.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median


@dataclass(frozen=True)
class Word:
    """A stretch of text and its box in pixels; y grows downwards."""

    text: str
    left: float
    top: float
    right: float
    bottom: float

    @property
    def middle(self) -> float:
        return (self.left + self.right) / 2

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def line(self) -> float:
        return (self.top + self.bottom) / 2


Row = list[Word]

_NUMBER = re.compile(r"[~≈+\-−(]?\s?(?:[€$£]|R\$|EUR|USD)?\s?\d[\d.,'\s]*\s?(?:%|[kKmM]|bn|mn|[€$£])?\)?")
_YEAR = re.compile(r"(?:FY\s?)?(?:19|20)\d\d")


def _is_value(text: str) -> bool:
    return _NUMBER.fullmatch(text.strip()) is not None and not _YEAR.fullmatch(text.strip())


def lines_of(words: Sequence[Word]) -> list[str]:
    """The page as lines, top to bottom."""
    rows = _rows(words)
    placed: list[tuple[float, str]] = []
    rows, charts = _charts(rows)
    placed += charts
    i = 0
    while i < len(rows):
        end = _table_end(rows, i)
        if end - i >= 2:
            placed += _told_table(rows[i:end])
        else:
            end = i + 1
            placed.append((rows[i][0].top, _told_row(rows[i])))
        i = end
    placed = _paragraphs(placed, rows)
    return [text for _, text in sorted(placed, key=lambda one: one[0])]


def _rows(words: Sequence[Word]) -> list[Row]:
    """Words that stand on one line, left to right; lines top to bottom."""
    rows: list[Row] = []
    for word in sorted(words, key=lambda w: w.line):
        same = rows and abs(word.line - median(w.line for w in rows[-1])) < 0.5 * min(word.height, rows[-1][0].height)
        if same:
            rows[-1].append(word)
        else:
            rows.append([word])
    return [sorted(row, key=lambda w: w.left) for row in rows]


# --- tables and forms ----------------------------------------------------------------------------------------------


def _table_end(rows: Sequence[Row], start: int) -> int:
    """Where the rows that share the columns of the first two end; `start` + 1 when there is no table."""
    if start + 1 >= len(rows):
        return start + 1
    body = rows[start + 1]
    corner = len(body) > 2 and _aligned(rows[start], body[1:])  # headings without one over the first column
    if len(body) < 2 or not (corner or _aligned(rows[start], body)):
        return start + 1
    end = start + 2
    while end < len(rows) and _aligned(rows[end], body):
        end += 1
    return end


def _aligned(row: Row, columns: Row) -> bool:
    """Whether each cell stands over or under its column: they overlap sideways, and no other column does."""
    if len(row) != len(columns) or not row:
        return False
    return all(a.left < b.right and b.left < a.right for a, b in zip(row, columns, strict=True))


def _told_table(rows: Sequence[Row]) -> list[tuple[float, str]]:
    head, body = rows[0], rows[1:]
    columns = len(body[0])
    if len(head) == columns - 1:
        return [(row[0].top, _cells(row[0].text, head, row[1:])) for row in body]
    named = not any(_is_value(w.text) for w in head) and any(
        any(_is_value(row[c].text) for row in body) for c in range(columns)
    )
    years = any(_YEAR.fullmatch(w.text.strip()) for w in head[1:]) and not _YEAR.fullmatch(head[0].text.strip())
    if columns > 2 and (named or years):
        return [(row[0].top, _cells(f"{head[0].text} {row[0].text}", head[1:], row[1:])) for row in body]
    if columns == 2 and named and _heads_two(head, body):
        return [(row[0].top, _cells(f"{head[0].text} {row[0].text}", head[1:], row[1:])) for row in body]
    return [(row[0].top, _told_row(row)) for row in rows]


def _heads_two(head: Row, body: Sequence[Row]) -> bool:
    """Two columns are a table with headings only where every value under the second one is a number."""
    return len(body) > 1 and not head[0].text.endswith(":") and all(_is_value(row[1].text) for row in body)


def _cells(name: str, head: Row, row: Row) -> str:
    """A sentence a cell, so that one value can be found and cited without its neighbours."""
    return " ".join(f"{name}: {h.text} {w.text}." for h, w in zip(head, row, strict=True))


def _told_row(row: Row) -> str:
    if len(row) == 1:
        return row[0].text
    if len(row) == 2:
        return f"{row[0].text.rstrip(':')}: {row[1].text}"
    return "  ".join(w.text for w in row)


# --- charts --------------------------------------------------------------------------------------------------------


def _charts(rows: list[Row]) -> tuple[list[Row], list[tuple[float, str]]]:
    """Bars with their values: numbers above the names of a lower row. Returns what is left, and the sentences."""
    for at in range(len(rows) - 1, 0, -1):
        axis = rows[at]
        if len(axis) < 2 or any(_is_value(w.text) for w in axis):
            continue
        reach = min(b.middle - a.middle for a, b in pairwise(axis)) / 2
        above = [w for row in rows[:at] for w in row if _is_value(w.text)]
        over = [[w for w in above if abs(w.middle - name.middle) < 0.6 * reach] for name in axis]
        if sum(bool(values) for values in over) < max(2, 0.6 * len(axis)):
            continue
        used = {id(w) for values in over for w in values} | {id(w) for w in axis}
        left = [kept for row in rows if (kept := [w for w in row if id(w) not in used])]
        title = next((row[0].text for row in left if len(row) == 1 and not _is_value(row[0].text)), "")
        lead = f"{title}, " if title and rows.index(axis) > 0 else ""
        top = min(name.top for name in axis)
        told = [
            f"{lead}{name.text}: {', '.join(w.text for w in sorted(values, key=lambda w: w.top))}."
            for name, values in zip(axis, over, strict=True)
            if values
        ]
        return left, [(top + i / 1000, text) for i, text in enumerate(told)]
    return rows, []


# --- paragraphs ----------------------------------------------------------------------------------------------------


def _paragraphs(placed: Sequence[tuple[float, str]], rows: Sequence[Row]) -> list[tuple[float, str]]:
    """Lines of running text joined, so that a sentence does not end where its line does."""
    single = {(row[0].top, row[0].text): row[0] for row in rows if len(row) == 1}
    joined: list[tuple[float, str]] = []
    last: Word | None = None
    for top, text in sorted(placed, key=lambda one: one[0]):
        word = single.get((top, text))
        if word is not None and last is not None and _goes_on(last, word):
            joined[-1] = (joined[-1][0], f"{joined[-1][1]} {text}")
        else:
            joined.append((top, text))
        last = word
    return joined


def _goes_on(above: Word, below: Word) -> bool:
    """Whether a line continues the one above: same left edge and size, close below, and the upper one is not short."""
    size = min(above.height, below.height)
    return (
        abs(above.left - below.left) < size
        and abs(above.height - below.height) < 0.35 * size
        and below.top - above.bottom < 0.9 * size
        and above.right - above.left > 0.6 * (below.right - below.left)
        and not above.text.rstrip().endswith((".", "!", "?", ":", ";"))
        and not re.match(r"\s*(?:[-*•–]|\d{1,3}[.)])\s", below.text)
    )
