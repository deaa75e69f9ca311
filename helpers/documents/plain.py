"""CSV, plain text and Markdown, in whatever encoding they come."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

from helpers.documents.composing import Composer, is_heading_row
from helpers.documents.document import Document, DocumentError, Page, Table

_SNIFFED = 20_000  # characters in which a CSV file's delimiter is looked for
_DETECTED = 200_000  # bytes in which an encoding is looked for
# Written in windows-1252 where not in UTF-8. The detector tells the language well and takes cp1250 or a Macintosh's
# encoding for it, which differ in a few letters: of 12 short texts it read 9 rightly alone, and 11 with this.
_WESTERN = frozenset(
    ("Catalan", "Danish", "Dutch", "English", "Finnish", "French", "German", "Italian", "Norwegian", "Portuguese",
     "Spanish", "Swedish")
)  # fmt: skip
_RULE = re.compile(r"\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?")


def read(path: Path, kind: str) -> Document:
    text, encoding = decoded(path.read_bytes(), path.name)
    if kind == "csv":
        return Document(path, kind, (_sheet(text),), encoding)
    pages = [Page(i, page, markdown_tables(page)) for i, page in enumerate(text.rstrip("\f").split("\f"), 1)]
    return Document(path, kind, tuple(pages), encoding)


def decoded(data: bytes, name: str) -> tuple[str, str]:
    """Text and its encoding: a byte order mark, else UTF-8 if it is valid, else the likeliest by charset-normalizer.

    Line ends become single line feeds. Raises DocumentError where no encoding fits.
    """
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return _line_ends(data.decode(encoding, errors="replace")), encoding
    try:
        return _line_ends(data.decode("utf-8")), "utf-8"
    except UnicodeDecodeError as problem:
        broken = problem.start
    from charset_normalizer import from_bytes

    # Around the first byte that is not ASCII-like: the beginning alone may hold no evidence at all.
    begin = max(0, broken - _DETECTED // 2)
    best = from_bytes(data[begin : begin + _DETECTED]).best()
    if best is None:
        raise DocumentError(f"{name} is text in no encoding that can be told", "Save it as UTF-8")
    encoding = best.encoding
    if best.language in _WESTERN:
        try:
            return _line_ends(data.decode("cp1252")), "cp1252"
        except UnicodeDecodeError:
            pass
    return _line_ends(data.decode(encoding, errors="replace")), encoding


def _line_ends(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _sheet(text: str) -> Page:
    try:
        dialect: type[csv.Dialect] | csv.Dialect = csv.Sniffer().sniff(text[:_SNIFFED], delimiters=",;\t|")
    except csv.Error:
        dialect = csv.excel
    csv.field_size_limit(10_000_000)
    rows = [row for row in csv.reader(io.StringIO(text), dialect) if any(cell.strip() for cell in row)]
    composer = Composer()
    composer.add_table(rows, headed=is_heading_row(rows[0], rows[1:20]) if rows else None)
    return Page(1, composer.text, tuple(composer.tables))


def markdown_tables(text: str) -> tuple[Table, ...]:
    """The tables that a Markdown text draws with bars, with their places in it."""
    return tuple(_tables(text))


def _tables(text: str) -> Iterator[Table]:
    at, lines = 0, []
    for line in [*text.split("\n"), ""]:
        if line.strip().startswith("|"):
            lines.append((at, line))
        else:
            if len(lines) > 1 and _RULE.fullmatch(lines[1][1].strip()):
                cells = [tuple(c.strip() for c in row.strip().strip("|").split("|")) for _, row in lines]
                rows = tuple(row for i, row in enumerate(cells) if i != 1)
                yield Table(rows, lines[0][0], lines[-1][0] + len(lines[-1][1]))
            lines = []
        at += len(line) + 1
