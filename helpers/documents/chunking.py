"""A document cut into chunks that keep their places: prose at its joints, tables by rows with their headings.

A chunk's `text` is a slice of its source, always: `document.text[chunk.start:chunk.end] == chunk.text`. What a reader
needs beside it, a table's caption and column headings, goes along and is not part of the slice. Lines that
run through a document, its headers and footers, are left out. What it does not do: split by meaning, or by tokens.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from helpers.documents.document import Document, Page, Table

_EDGE = 2  # lines at the top and at the foot of a page among which a running line is looked for
_JOINTS = ("\n\n", "\n", ". ", "; ", ", ", " ")  # where prose may be cut, the best first
_CAPTION, _CAPTION_LINES = 80, 2  # characters of a line, and lines: what is longer above a table is a paragraph


@dataclass(frozen=True)
class Chunk:
    """A piece of a document. start and end count characters of the document's text, or of the page's notes.

    kind is "text", "table", "chart" or "notes". Of a table's rows: caption, the short lines above the table, such as
    its name and unit; heading, the row of its column headings.
    """

    id: str
    document: str
    page: int
    kind: str
    start: int
    end: int
    text: str
    heading: str = ""
    caption: str = ""

    @property
    def full(self) -> str:
        """What a model reads: caption, headings and text."""
        return "\n".join(part for part in (self.caption, self.heading, self.text) if part)

    @property
    def embedded(self) -> str:
        """What is embedded: without the caption, which draws every question about its topic to each of its chunks."""
        return f"{self.heading}\n{self.text}" if self.heading else self.text


def split_document(document: Document, size: int = 800, overlap: int = 0) -> list[Chunk]:
    """Chunks of at most `size` characters, headings included; only a single row that is longer makes a longer one.

    overlap: characters that a chunk of prose repeats from the one before; rows of tables are never repeated.
    """
    if not 0 <= overlap < size:
        raise ValueError(f"The overlap ({overlap}) has to be smaller than the size ({size}), and not negative.")
    running = running_lines(document)
    found: list[Chunk] = []

    def add(page: Page, kind: str, start: int, end: int, text: str, *above: str) -> None:
        name = f"{document.path.name}#{len(found) + 1}"
        found.append(Chunk(name, document.path.name, page.number, kind, start, end, text, *above))

    open_table: tuple[str, str, int] | None = None  # heading, caption, columns of one that may go on on the next page
    for page, begins in zip(document.pages, document.page_starts, strict=True):
        at = 0
        for table in [*page.tables, None]:
            stop = table.start if table is not None else len(page.text)
            told = list(_prose(page.text, at, stop, running))
            heading = caption = ""
            if table is not None:
                columns = len(table.rows[0])
                if open_table is not None and open_table[2] == columns and not told and not table.headed:
                    heading, caption, _ = open_table
                else:
                    told, caption = _without_caption(page.text, told)
                    heading = _head(page.text, table)
                open_table = heading, caption, columns
            elif told:
                open_table = None
            for start, end in told:
                for a, b in cut(page.text[start:end], size, overlap):
                    add(page, "text", begins + start + a, begins + start + b, page.text[start + a : start + b])
            if table is not None:
                for a, b in _row_spans(page.text, table, size - len(heading) - len(caption) - 2):
                    add(page, table.kind, begins + a, begins + b, page.text[a:b], heading, caption)
                at = table.end
        for a, b in cut(page.notes, size, overlap):
            add(page, "notes", a, b, page.notes[a:b])
    return found


def as_records(chunks: Sequence[Chunk]) -> list[dict[str, Any]]:
    """Chunks as objects for a JSON file."""
    return [asdict(chunk) for chunk in chunks]


def from_records(records: Sequence[dict[str, Any]]) -> list[Chunk]:
    """Chunks back from a JSON file; unknown fields are an error."""
    return [Chunk(**record) for record in records]


# --- tables --------------------------------------------------------------------------------------------------------


def _without_caption(text: str, told: Sequence[tuple[int, int]]) -> tuple[list[tuple[int, int]], str]:
    """The prose above a table without the short lines that end it, and those lines: `Balance sheet`, `EUR million`."""
    if not told:
        return [], ""
    *before, (start, end) = told
    lines: list[str] = []
    while start < end and len(lines) < _CAPTION_LINES:
        rest = text[start:end].rstrip()
        above, _, line = rest.rpartition("\n")
        if not line or len(line) > _CAPTION or line.endswith((".", "!", "?", ":", ";")) or line.startswith("•"):
            break
        lines.insert(0, line)
        end = start + len(above)
    return ([*before, (start, end)] if text[start:end].strip() else before), "\n".join(lines)


def _head(text: str, table: Table) -> str:
    return text[table.start : table.end].split("\n")[0] if table.headed else ""


def _row_spans(text: str, table: Table, room: int) -> Iterator[tuple[int, int]]:
    """Where runs of whole rows stand that fit into the room; the row of headings is in none of them."""
    start = end = None
    at = table.start
    for i, line in enumerate(text[table.start : table.end].split("\n")):
        begin, stop = at, at + len(line)
        at = stop + 1
        if i == 0 and table.headed:
            continue
        if start is not None and end is not None and stop - start > room:
            yield start, end
            start = None
        start, end = begin if start is None else start, stop
    if start is not None and end is not None:
        yield start, end


# --- prose ---------------------------------------------------------------------------------------------------------


def cut(text: str, size: int, overlap: int = 0) -> Iterator[tuple[int, int]]:
    """Spans of a text, each as long as fits, ending at the best joint in its second half; white space ends none."""
    at = 0
    while at < len(text):
        end = min(len(text), at + size)
        if end < len(text):
            end = _joint(text, at + max(size // 2, overlap + 1), end)
        own = text[at:end]
        start, stop = at + len(own) - len(own.lstrip()), at + len(own.rstrip())
        if stop > start:
            yield start, stop
        at = max(end - overlap, at + 1) if end < len(text) else end


def _joint(text: str, least: int, end: int) -> int:
    for joint in _JOINTS:
        found = text.rfind(joint, least, end)
        if found >= 0:
            return found + len(joint)
    return end


def _prose(text: str, start: int, stop: int, running: frozenset[str]) -> Iterator[tuple[int, int]]:
    """Spans between running lines that hold anything."""
    begin = at = start
    for line in text[start:stop].split("\n"):
        if shape_of(line) in running:
            if text[begin:at].strip():
                yield begin, at
            begin = at + len(line) + 1
        at += len(line) + 1
    if text[begin:stop].strip():
        yield begin, stop


def shape_of(line: str) -> str:
    """A line with its numbers made alike, so that `Page 3` and `Page 4` are one."""
    return re.sub(r"\d+", "0", " ".join(line.split()))


def running_lines(document: Document) -> frozenset[str]:
    """The shapes of lines that stand at the top or foot of most pages; none in a document of less than three."""
    seen: Counter[str] = Counter()
    for page in document.pages:
        lines = [line for line in page.text.split("\n") if line.strip()]
        edge = lines[:_EDGE] + lines[max(_EDGE, len(lines) - _EDGE) :]
        seen.update({shape_of(line) for line in edge if not line.startswith("|")})
    least = max(3, len(document.pages) // 2 + 1)
    return frozenset(shape for shape, times in seen.items() if times >= least)
