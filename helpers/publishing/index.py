"""What the front matter is turned into: a notebook's header, its next step, the index of all lessons."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import PurePath, PurePosixPath

from helpers.publishing.source import LEVELS, Source

README_INDEX = re.compile(r"(<!-- lessons: made by `workbook build` -->\n).*?(<!-- end of lessons -->)", re.DOTALL)


def header(source: Source, every: Sequence[Source]) -> str:
    """The first cell: title, level and minutes, what one will be able to do, what comes first."""
    front = source.front
    lines = [
        f"# {front.title}",
        "",
        f"**{LEVELS[front.level]}** · {front.minutes} minutes",
        "",
        "You will be able to:",
        "",
    ]
    lines += [f"- {objective}" for objective in front.objectives]
    known = {other.name: other for other in every}
    if front.requires:
        first = ", ".join(_link(known[name], source) for name in front.requires)
        lines += ["", f"Comes after: {first}."]
    return "\n".join(lines)


def next_step(source: Source, every: Sequence[Source]) -> str:
    """The last cell, a link to the lesson that follows; empty for the last lesson."""
    after = every[every.index(source) + 1 :]
    return (
        f"**Next:** {_link(after[0], source)} ({after[0].front.minutes} minutes). {after[0].front.worry}"
        if after
        else ""
    )


def index_table(every: Sequence[Source], links_from: Source | None = None, folder: str = "") -> str:
    """A markdown table of all lessons; links are relative to a notebook, or below `folder` in the README."""
    rows = ["| level | lesson | minutes | status | the worry it answers |", "|---|---|---:|---|---|"]
    total = 0
    for source in every:
        front = source.front
        link = _link(source, links_from, folder)
        rows.append(f"| {LEVELS[front.level]} | {link} | {front.minutes} | {front.status} | {front.worry} |")
        total += front.minutes
    rows.append(f"| | **all** | **{total}** | | |")
    return "\n".join(rows)


def readme_with_index(readme: str, every: Sequence[Source]) -> str:
    """The README's text with its index made anew between the two marks."""
    table = index_table(every, folder="notebooks")
    return README_INDEX.sub(lambda match: f"{match[1]}{table}\n{match[2]}", readme)


def _link(target: Source, links_from: Source | None = None, folder: str = "") -> str:
    start = links_from.place.parent if links_from else PurePath()
    path = PurePosixPath(folder) / PurePath(os.path.relpath(target.place, start)).as_posix()
    return f"[{target.front.title}]({path})"
