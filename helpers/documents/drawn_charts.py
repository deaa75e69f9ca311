"""Bar and line charts that a PDF draws with lines and labels: read off by where their labels stand.

A chart with a value written at each bar and a name under it is a table: `| 2024 | 421.9 |`. What it does not do: charts
without written values, or with several series; their labels stay text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from helpers.documents.columns import Drawn, Line, Word
from helpers.documents.composing import is_number

_LEAST_BARS = 3
_TITLE = 100  # characters


def bar_charts(lines: Sequence[Line]) -> tuple[list[tuple[Drawn, str]], list[Line]]:
    """Charts, each as a table with its title, and the lines that are in none; the title stays a line of text."""
    cut = [line.cells() for line in lines]
    found, used = [], set()
    for at, axis in enumerate(cut):
        if len(axis) < _LEAST_BARS or any(is_number(cell.text) for cell in axis):
            continue
        first, last = at, at + 1
        while first > 0 and first - 1 not in used and _only_amounts(cut[first - 1]):
            first -= 1
        while last < len(lines) and _only_amounts(cut[last]):
            last += 1
        amounts = [cell for i in (*range(first, at), *range(at + 1, last)) for cell in cut[i]]
        values = _under(amounts, axis)
        if not values:
            continue
        title = lines[first - 1].text if first and len(lines[first - 1].text) <= _TITLE else ""
        rows = [["", _name(title)], *([name.text, value.text] for name, value in zip(axis, values, strict=True))]
        place = (
            min(w.left for w in (*axis, *amounts)), lines[first].top,
            max(w.right for w in (*axis, *amounts)), lines[last - 1].bottom,
        )  # fmt: skip
        found.append(((lines[first].top, rows, [place] * len(rows)), title))
        used |= set(range(first, last))
    return found, [line for i, line in enumerate(lines) if i not in used]


def _name(title: str) -> str:
    """What a chart shows, without its years and its unit: `Turnover, 2021–2025 (EUR million)` -> `Turnover`."""
    return re.split(r"[,(:]", title)[0].strip() or "value"


def _only_amounts(cells: Sequence[Word]) -> bool:
    return all(is_number(cell.text) for cell in cells)


def _under(amounts: Sequence[Word], axis: Sequence[Word]) -> list[Word]:
    """For each name on the axis the one amount over or under it; empty where that is not so for every one."""
    reach = min(b.middle - a.middle for a, b in pairwise(axis)) / 2
    near = [[value for value in amounts if abs(value.middle - name.middle) < 0.7 * reach] for name in axis]
    fits = len(amounts) == len(axis) and all(len(values) == 1 for values in near)
    return [values[0] for values in near] if fits else []
