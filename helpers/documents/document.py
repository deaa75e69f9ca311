"""What a document is once it is read: pages of text, with the places of lines, tables and pictures in it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from helpers.problem import Problem

PAGE_BREAK = "\n\n"  # between the texts of two pages in `Document.text`


class DocumentError(Problem):
    """A file that cannot be read: the cause in one sentence, and what to do next."""


@dataclass(frozen=True)
class Box:
    """Where characters start to end (exclusive) of the page's text stand: points (1/72 inch) from the top left corner.

    kind is "text", or "table" for a table's row.
    """

    start: int
    end: int
    left: float
    top: float
    right: float
    bottom: float
    kind: str = "text"


def row_line(cells: Sequence[str]) -> str:
    """A row as a line of text: `| Revenue | 12.4 |`. Line ends and bars inside a cell are written out of the way."""
    return "| " + " | ".join(" ".join(cell.replace("|", "/").split()) for cell in cells) + " |"


@dataclass(frozen=True)
class Table:
    """A table's cells, row by row; its rows stand in the page's text from start to end, one line each.

    headed: whether the first row is a heading. kind is "table", or "chart" for the numbers behind a native chart.
    """

    rows: tuple[tuple[str, ...], ...]
    start: int = 0
    end: int = 0
    headed: bool = True
    kind: str = "table"
    title: str = ""

    @property
    def lines(self) -> list[str]:
        """Its rows as they stand in the page's text, headings first if it has any."""
        return [row_line(row) for row in self.rows]

    @property
    def header(self) -> tuple[str, ...]:
        return self.rows[0] if self.headed and self.rows else ()

    @property
    def body(self) -> tuple[tuple[str, ...], ...]:
        return self.rows[1:] if self.headed else self.rows


@dataclass(frozen=True)
class Picture:
    """A picture on a page. alt is its alternative text as the file gives it, which nobody has checked."""

    name: str
    alt: str = ""
    media_type: str = "image/png"
    box: tuple[float, float, float, float] | None = None  # left, top, right, bottom in points
    load: Callable[[], bytes] = field(default=bytes, repr=False, compare=False)

    @cached_property
    def data(self) -> bytes:
        """The encoded picture; loaded when it is first asked for, as a document may hold hundreds."""
        return self.load()


@dataclass(frozen=True)
class Page:
    """A page, a slide, or the whole of a file without pages.

    text holds each table where it stands, a line a row: `| Revenue | 12.4 | 11.9 |`. notes are a slide's speaker notes,
    which no audience sees. problem says why a page could not be read, or not all of it; the other pages still are.
    """

    number: int
    text: str = ""
    tables: tuple[Table, ...] = ()
    pictures: tuple[Picture, ...] = ()
    notes: str = ""
    boxes: tuple[Box, ...] = ()
    width: float = 0.0  # points; 0 where the format knows no page size
    height: float = 0.0
    problem: str = ""


@dataclass(frozen=True)
class Document:
    """A file that was read. kind is "pdf", "pptx", "docx", "html", "csv" or "text"."""

    path: Path
    kind: str
    pages: tuple[Page, ...]
    encoding: str = ""  # of a file of text

    @cached_property
    def text(self) -> str:
        """All pages' text, a blank line between two pages."""
        return PAGE_BREAK.join(page.text for page in self.pages)

    @cached_property
    def page_starts(self) -> tuple[int, ...]:
        """Where each page begins in `text`."""
        starts, at = [], 0
        for page in self.pages:
            starts.append(at)
            at += len(page.text) + len(PAGE_BREAK)
        return tuple(starts)

    def page_at(self, offset: int) -> Page:
        """The page that holds a character of `text`."""
        return self.pages[max(0, bisect_right(self.page_starts, offset) - 1)]

    @property
    def problems(self) -> list[str]:
        """What could not be read, a sentence a page."""
        return [f"{self.path.name}, page {page.number}: {page.problem}" for page in self.pages if page.problem]
