"""An author's source: `solutions/**/NAME.py`, py:percent with front matter. Read here, never written.

A source opens with YAML between two `# ---` lines, which `FrontMatter` describes. An exercise's cell says so in its
header, and marks what a learner does not get to see, with nbgrader's words:

    # %% exercise="count_tokens"
    def count_tokens(messages):
        "Tokens of a whole request."
        ### BEGIN SOLUTION
        return ...the worked solution...
        ### STARTER
        # return 0
        ### END SOLUTION

The learner's cell has the lines after STARTER, uncommented, in place of the region; without STARTER it has `...`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from helpers.paths import SOLUTIONS

if TYPE_CHECKING:
    from nbformat import NotebookNode

LEVELS = {
    0: "Start",
    100: "L100 Foundations",
    200: "L200 Building",
    300: "L300 Operating",
    400: "L400 Agents",
    500: "Proof of concept",
}


class SourceError(ValueError):
    """A source that cannot be published; the message names the file and what to write instead."""


class FrontMatter(BaseModel):
    """What a lesson says of itself; the header, the index and the README are made from it."""

    model_config = ConfigDict(extra="forbid")

    title: str
    level: int = Field(description="0, or the trainers' session level 100 to 400; 500 for a PoC workbook")
    minutes: int = Field(gt=0, description="for a learner, exercises included")
    worry: str = Field(description="one line for the index: the customer's worry that the lesson answers")
    objectives: list[str] = Field(min_length=1, description="each completes 'You will be able to'")
    requires: list[str] = Field(default=[], description="names of lessons that come first")
    data: list[str] = Field(default=[], description="files of sample_data/ that it reads")
    poc: str = Field(
        default="", description="name of the PoC workbook whose notebook this is; makes its parameters cell"
    )
    status: Literal["ready", "draft"] = Field(
        default="ready", description="draft: runs, but is not yet what it should be"
    )


@dataclass(frozen=True)
class Cell:
    """A cell as its author wrote it. `exercise` is None but for an exercise's cell."""

    kind: str  # "markdown" or "code"
    text: str
    tags: tuple[str, ...] = ()
    exercise: str | None = None

    @property
    def solution(self) -> str:
        """The text without the markers and without the starter's lines."""
        return _rewrite(self.text, keep_solution=True)

    @property
    def starter(self) -> str:
        """The text that a learner gets."""
        return _rewrite(self.text, keep_solution=False)


@dataclass(frozen=True)
class Source:
    """One lesson or PoC workbook, ready to publish."""

    path: Path
    front: FrontMatter
    cells: tuple[Cell, ...]

    @property
    def name(self) -> str:
        """Name of the notebook without its ending, such as 01_tokens."""
        return self.path.stem

    @property
    def place(self) -> Path:
        """The notebook's path below notebooks/ and solutions/."""
        return self.path.relative_to(SOLUTIONS).with_suffix(".ipynb")


def read_source(path: Path) -> Source:
    """Read one source. Raises SourceError for front matter or markers that are not right."""
    import jupytext

    head, body = _split_front_matter(path.read_text(encoding="utf-8"), path)
    try:
        front = FrontMatter.model_validate(yaml.safe_load(head))
    except (ValidationError, yaml.YAMLError) as error:
        raise SourceError(f"{path}: the front matter is not right: {error}") from error
    if front.level not in LEVELS:
        raise SourceError(f"{path}: level {front.level} is none of {sorted(LEVELS)}")
    cells = tuple(_cell(cell, path) for cell in jupytext.reads(body, fmt="py:percent").cells)
    names = [cell.exercise for cell in cells if cell.exercise]
    if twice := {name for name in names if names.count(name) > 1}:
        raise SourceError(f"{path}: the exercise {twice.pop()!r} has two cells; give each its own name")
    return Source(path, front, cells)


def read_all(tree: Path | None = None) -> list[Source]:
    """Every source of a tree, solutions/ by default, by level and by the number that begins its name."""
    sources = [read_source(path) for path in (tree or SOLUTIONS).rglob("*.py")]
    names = {source.name for source in sources}
    for source in sources:
        if unknown := set(source.front.requires) - names:
            raise SourceError(f"{source.path}: requires {unknown.pop()!r}, but there are {', '.join(sorted(names))}")
    return sorted(sources, key=lambda source: (source.front.level, source.name))


def _split_front_matter(text: str, path: Path) -> tuple[str, str]:
    match = re.match(r"# ---\n((?:#.*\n)+?)# ---\n", text)
    if not match:
        raise SourceError(f"{path}: the first line must be '# ---', then front matter as comments, then '# ---'")
    head = "\n".join(line.removeprefix("#").removeprefix(" ") for line in match[1].splitlines())
    return head, text[match.end() :].lstrip("\n")


def _cell(cell: NotebookNode, path: Path) -> Cell:
    exercise = cell.metadata.get("exercise")
    if ("### BEGIN SOLUTION" in cell.source) != (exercise is not None):
        first = cell.source.splitlines()[0] if cell.source else "(empty)"
        raise SourceError(
            f'{path}: the cell that begins {first!r} needs both `exercise="NAME"` and a BEGIN SOLUTION, or neither'
        )
    return Cell(cell.cell_type, cell.source, tuple(cell.metadata.get("tags", ())), exercise)


def _rewrite(text: str, *, keep_solution: bool) -> str:
    return "\n".join(_lines(text, keep_solution))


def _lines(text: str, keep_solution: bool) -> Iterator[str]:
    part, indent, starter_seen = "outside", "", False
    for line in text.splitlines():
        marker = line.strip()
        if marker == "### BEGIN SOLUTION":
            part, indent, starter_seen = "solution", line[: len(line) - len(line.lstrip())], False
        elif marker == "### STARTER":
            part, starter_seen = "starter", True
        elif marker == "### END SOLUTION":
            if not keep_solution and not starter_seen:
                yield f"{indent}..."
            part = "outside"
        elif part == "outside" or (part == "solution" and keep_solution):
            yield line
        elif part == "starter" and not keep_solution:
            yield re.sub(r"# ?", "", line, count=1)
