"""A page on which a person labels fifty lines in ten minutes: offline, by keyboard, downloads gold.csv.

The lines are drawn so that the rare ones are seen as well: one line of as many templates as fit, spread over systems
and severities, by the seed. What is shown is redacted, and nothing of a log can become markup or script.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from helpers.files import write_atomically
from helpers.poc.error_logs.parameters import Category

if TYPE_CHECKING:
    from helpers.logs import Template

PAGE = Path(__file__).with_suffix(".html")
MOST_CATEGORIES = 9  # one key each


@dataclass(frozen=True)
class Shown:
    """A line on the page: where it stands, and what is seen of it."""

    file: str
    line: int
    severity: str
    text: str


def drawn(templates: Sequence[Template], assigned: Iterable[Sequence], number: int, seed: int = 0) -> list[Shown]:
    """At most `number` lines, a line a template, taken in turn from each system and severity until all have given.

    assigned: (file, line, when, severity, code, template) of each event; the line of a template is drawn as they pass,
    each with the same chance (reservoir sampling, Vitter 1985), so memory does not grow with the log.
    """
    draw = random.Random(seed)
    groups: dict[tuple[str, str], list[Template]] = {}
    for one in templates:
        groups.setdefault((one.severity, one.system), []).append(one)
    for group in groups.values():
        draw.shuffle(group)
    chosen: list[Template] = []
    turns = [groups[key] for key in sorted(groups)]
    while len(chosen) < number and any(turns):
        chosen += [group.pop() for group in turns if group]
    wanted = {one.id: one for one in chosen[:number]}
    seen: dict[int, int] = dict.fromkeys(wanted, 0)
    held: dict[int, Sequence] = {}
    for event in assigned:
        if event[5] in wanted:
            seen[event[5]] += 1
            if draw.random() < 1 / seen[event[5]]:
                held[event[5]] = event
    lines = [Shown(e[0], e[1], e[3], (wanted[i].examples or [wanted[i].text])[0]) for i, e in held.items()]
    draw.shuffle(lines)  # neighbours of one system would be labelled by habit
    return lines


def page(lines: Sequence[Shown], categories: Sequence[Category]) -> str:
    """The page's text. Raises ValueError for more categories than there are keys."""
    if len(categories) > MOST_CATEGORIES:
        raise ValueError(f"{len(categories)} categories are more than the {MOST_CATEGORIES} keys of the page")
    told = {
        "categories": [{"name": one.name, "definition": one.definition} for one in categories],
        "lines": [{"file": one.file, "line": one.line, "severity": one.severity, "text": one.text} for one in lines],
    }
    # Labels of other lines, or for other categories, must not be taken for these.
    told["key"] = hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]
    # In a script element only "<" could end it; as an escape it is the same character to JSON.
    data = json.dumps(told, ensure_ascii=True).replace("<", "\\u003c")
    return PAGE.read_text(encoding="utf-8").replace("{{ count }}", str(len(lines))).replace("{{ data }}", data)


def write_page(path: Path, lines: Sequence[Shown], categories: Sequence[Category]) -> Path:
    """Write the page; gives its path. Raises ValueError, OSError."""
    write_atomically(path, page(lines, categories))
    return path
