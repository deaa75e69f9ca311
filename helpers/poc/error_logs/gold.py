"""Lines that people have labelled: read, joined with templates, split into examples and lines to judge on.

A gold file is CSV with a header: file,line,category. `line` is the number of the event's first line in the file; an
empty category says that none fits. Lines of a template that the prompt shows are never judged on.
"""

from __future__ import annotations

import csv
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from helpers.logs import Template

HEADER = ("file", "line", "category")


@dataclass(frozen=True)
class GoldLine:
    """A labelled line and the template that it belongs to; category "" says that none fits."""

    file: str
    line: int
    category: str
    template: int


def read_gold(
    path: Path | str, on_problem: Callable[[str, str, str], None] = lambda what, why, next_step: None
) -> dict[tuple[str, int], str]:
    """(file, line) -> category. Rows that cannot be used go to on_problem(what, why, next_step). Raises OSError."""
    path = Path(path)
    text = path.read_bytes().decode("utf-8-sig", errors="replace")
    rows = csv.DictReader(text.splitlines())
    if missing := [name for name in HEADER if name not in (rows.fieldnames or ())]:
        on_problem(path.name, f"its header has no {', '.join(missing)}", "the first line must be file,line,category")
        return {}
    found: dict[tuple[str, int], str] = {}
    for row in rows:
        where = f"{path.name}, row {rows.line_num}"
        try:
            key = ((row["file"] or "").strip(), int((row["line"] or "").strip()))
        except ValueError:
            on_problem(where, f"{row['line']!r} is no line number", "give the event's first line")
            continue
        category = " ".join((row["category"] or "").split())
        if found.setdefault(key, category) != category:
            on_problem(where, f"{key[0]}, line {key[1]}, is there with two categories", "keep one; the first counts")
    return found


def joined(
    gold: Mapping[tuple[str, int], str],
    assigned: Iterable[Sequence],
    on_problem: Callable[[str, str, str], None] = lambda what, why, next_step: None,
) -> list[GoldLine]:
    """The labelled lines with their templates. assigned: (file, line, when, severity, code, template) of each event.

    A labelled line that is no event's first line, or is below the least severity, goes to on_problem: one line for all.
    """
    found, left = [], dict(gold)
    for one in assigned:
        category = left.pop((one[0], one[1]), None)
        if category is not None:
            found.append(GoldLine(one[0], one[1], category, one[5]))
            if not left:
                break
    if left:
        where = ", ".join(f"{file}:{line}" for file, line in list(left)[:5])
        on_problem(
            f"{len(left)} labelled lines",
            f"they are not the first line of an event that is sorted: {where}{' …' * (len(left) > 5)}",
            "check file and line, and least_severity",
        )
    return found


def examples_of(
    lines: Sequence[GoldLine], templates: Mapping[int, Template], names: Sequence[str], each: int, seed: int = 0
) -> tuple[tuple[Template, str], ...]:
    """At most `each` labelled templates of each category, drawn by the seed; from no more than half of a category's.

    Categories that are not the team's are never shown: a new one has to be found.
    """
    votes: dict[int, Counter[str]] = defaultdict(Counter)
    for line in lines:
        votes[line.template][line.category] += 1
    draw, found = random.Random(seed), []
    for name in names:
        ids = sorted(i for i, vote in votes.items() if vote.most_common(1)[0][0] == name and i in templates)
        found += [(templates[i], name) for i in draw.sample(ids, min(each, len(ids) // 2))]
    draw.shuffle(found)
    return tuple(found)
