"""A document cut into pieces that stand by themselves: a table with its head, a paragraph with its heading; and search.

A call with a few pieces reads the lines that count in a hundredth of the tokens. Search is by the words of the
indicators' names (BM25) and by the labels of rows; it calls no model.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from helpers.documents.document import Document
from helpers.figures import squeezed
from helpers.poc.financial_report import naming, orders, printed, statements
from helpers.poc.financial_report.indicators import Indicator
from helpers.retrieval import Collection

_ROWS = 40  # of a table in one piece
_PARAGRAPH = 1_500  # characters


@dataclass(frozen=True)
class Piece:
    """Text of one page. head: what stands over it and is not part of it on this page, as a cut table's heading."""

    page: int
    text: str
    head: str = ""
    rows: tuple[str, ...] = ()  # labels

    @property
    def shown(self) -> str:
        return f"{self.head}\n{self.text}" if self.head else self.text


def pieces_of(document: Document) -> list[Piece]:
    """Its pieces in reading order."""
    tables: dict[int, list[statements.Part]] = {}
    for part in statements.parts(document):
        tables.setdefault(part.page, []).append(part)
    found: list[Piece] = []
    for page in document.pages:
        at = 0
        for part in tables.get(page.number, []):
            found += _paragraphs(page.number, page.text[at : part.table.start])
            found += _of_table(part)
            at = part.table.end
        found += _paragraphs(page.number, page.text[at:])
    return found


def _of_table(part: statements.Part) -> list[Piece]:
    lines, heading = part.table.lines, part.heading_rows
    head = f"(continued from page {part.head.page}) {part.head.text}" if part.continued else _titles(part)
    body = list(zip(part.table.rows, lines, strict=True))[heading:]
    turned = sum(printed.period_of(row[0]) is not None for row, _ in body) > len(body) / 2
    named = part.head.header[1:] if turned and not any(map(printed.period_of, part.head.header[1:])) else ()
    top = lines[:heading]
    return [
        Piece(
            part.page,
            "\n".join([*top, *(line for _, line in body[i : i + _ROWS])]),
            head,
            (*named, *(row[0] for row, _ in body[i : i + _ROWS])),
        )
        for i in range(0, max(1, len(body)), _ROWS)
    ]


def _titles(part: statements.Part) -> str:
    title = next(iter(part.head.titles), "")
    wanted = [t for t in part.head.titles[:2] if t]
    return "\n".join(reversed(wanted)) if len(title) < 30 else title


def _paragraphs(page: int, text: str) -> list[Piece]:
    found, heading = [], ""
    for paragraph in re.split(r"\n\s*\n", text):
        paragraph = paragraph.strip()
        if not paragraph:
            continue
        if len(paragraph) <= 80 and not paragraph.endswith((".", ":")) and "\n" not in paragraph:
            heading = paragraph
            found.append(Piece(page, paragraph))
            continue
        for start in range(0, len(paragraph), _PARAGRAPH):
            found.append(Piece(page, paragraph[start : start + _PARAGRAPH], heading if heading else ""))
        heading = ""
    return found


@dataclass(frozen=True)
class Index:
    """The pieces of a document, to be searched. No vectors: a filing's own words are looked for."""

    pieces: tuple[Piece, ...]

    @classmethod
    def of(cls, document: Document) -> Index:
        return cls(tuple(pieces_of(document)))

    @cached_property
    def _collection(self) -> Collection:
        return Collection([piece.shown for piece in self.pieces], None)  # type: ignore[arg-type]

    def search(self, indicator: Indicator, most: int = 4) -> list[int]:
        """Places of the pieces that are likeliest to state an indicator, best first."""
        if not self.pieces:
            return []
        labels = [
            (max((naming.fits(indicator, label) for label in piece.rows), default=(0.0, 0, 0)), place)
            for place, piece in enumerate(self.pieces)
        ]
        rows = [
            place for fit, place in sorted(labels, key=lambda r: (-r[0][0], -r[0][1], -r[0][2], r[1])) if fit[0] >= 0.5
        ]
        words = [
            place
            for place in self._collection.by_words(" ".join(naming.telling(name) for name in indicator.names))
            if re.search(r"\d", self.pieces[place].text)
        ]
        return list(dict.fromkeys([*rows[:most], *words[:most]]))

    def text(self, places: Sequence[int], without: Sequence[str] = (), most: int = 12_000) -> str:
        """Pieces under the numbers of their pages, in reading order; `without` these lines. At most so many characters.

        The places come best first: where not all fit, the last ones are left out.
        """
        kept, size = [], 0
        for place in dict.fromkeys(places):
            size += len(self.pieces[place].shown)
            if kept and size > most:
                break
            kept.append(place)
        left_out = [squeezed(line) for line in without if len(squeezed(line)) > 3]
        lines, page = [], None
        for place in sorted(kept):
            piece = self.pieces[place]
            if piece.page != page:
                page = piece.page
                lines.append(f"\n[page {page}]")
            shown = orders.without_orders(piece.shown)
            lines.append("\n".join(_without(shown, left_out)) + "\n")
        return "\n".join(lines).strip()


def _without(text: str, left_out: Sequence[str]) -> list[str]:
    rows = [line for line in text.split("\n") if squeezed(line) not in left_out]
    whole = squeezed("\n".join(rows))
    if "|" in text or not any(each in whole for each in left_out):
        return rows
    sentences = re.split(r"(?<=[.!?])\s+", "\n".join(rows))
    return [" ".join(s for s in sentences if not any(e in squeezed(s) or squeezed(s) in e for e in left_out))]
