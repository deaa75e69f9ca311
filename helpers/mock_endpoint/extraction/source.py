"""The text that values are taken from, cut into sentences and clauses, with the `key: value` pairs that stand in it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from ..config import Model
from ..meaning.attention import attended
from ..text import normalise
from ..text.language import content_words, sentences
from ..text.values import values

_CUT = re.compile(
    r"[,;:](?=\s)|[.!?]+(?=\s|$)|\n+|\s[-–—]\s|[()\[\]|]|\b(?:and|but|while|whereas|which|who|then|plus|as well as)\b",
    re.IGNORECASE,
)
_KEYED = re.compile(
    r"[ \t>*•|-]*(?:\d{1,2}[.)][ \t]+)?(?:\*\*|\")?(?P<key>[A-Za-zÀ-ÿ][\wÀ-ÿ '’./#()-]{0,40}?)(?:\*\*|\")?[ "
    r"\t]*(?::|=|\||->)(?:\*\*)?"
    r"(?!//)[ \t]*"
    r"(?P<value>[^\n]*?\S)[ \t,.]*$",
)
_INLINE = re.compile(
    r"(?<![\w])(?:\"(?P<quoted>\w[\w -]{0,40})\"|(?P<key>[A-Za-z_]\w{0,40}))\s?[:=]\s?"
    r"(?P<value>\"[^\"\n]*\"|'[^'\n]*'|[^\s,;)\]}]*[^\s,;)\]}.](?: [A-ZÀ-Þ0-9][^\s,;)\]}]*[^\s,;)\]}.])*)"
)
_SEGMENT = re.compile(
    r"\n|(?<=[\w)])\.\s+(?=[A-ZÀ-Þ])|\s+[-–—|]\s+|\s*//\s*|;\s+|\t+|(?<=[\w.)]),\s+(?=[A-Za-z_À-ÿ]\w{0,20}:\s)"
)
_CELL = re.compile(r"[^|\n]*[^|\s][^|\n]*")
_FIGURE = re.compile(r"[(\[]?[-−–+]?\W{0,3}[A-Z]{0,3}\$?\s?\d[\d.,'\u00a0\u202f]*\s?%?[)\]]?|[-–—]|n/?a", re.IGNORECASE)
_SHORT_KEY = 3  # words
_SHORT_LINE = 6  # words of a line's value that is taken whole


_TODAY = re.compile(
    r"\b(?:today(?:'s date)? is|current date(?: is)?|date(?: of)? today(?: is)?|it is now|hoje é|hoy es)\b[^\n.]{0,60}",
    re.IGNORECASE,
)


def today_in(text: str) -> date | None:
    """The day that a text says it is: `Today is Monday, 3 March 2031`."""
    for match in _TODAY.finditer(text):
        if named := normalise.iso_date(match.group()):
            return date.fromisoformat(named)
    return None


def without_today(text: str) -> str:
    """The text without saying what day it is: that is no value of what the text is about."""
    return _TODAY.sub("", text)


@dataclass(frozen=True)
class Span:
    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Pair:
    """A value that the text itself names."""

    key: str
    value: Span
    key_start: int = -1


class Source:
    """A text as a model of a given size sees it. Positions count characters of `text`.

    today: the day that the prompt says it is, from which `tomorrow` is counted.
    """

    def __init__(self, text: str, model: Model, today: date | None = None) -> None:
        self.today = today
        lines = sentences(text)
        kept = attended(lines, model)
        self.text = text if len(kept) == len(lines) else "\n".join(lines[i] for i in kept)
        self.model = model

    @cached_property
    def sentences(self) -> tuple[Span, ...]:
        found, at = [], 0
        for sentence in sentences(self.text):
            start = self.text.find(sentence, at)
            start = at if start < 0 else start
            found.append(Span(sentence, start, start + len(sentence)))
            at = start + len(sentence)
        return tuple(found)

    @cached_property
    def clauses(self) -> tuple[Span, ...]:
        found, start = [], 0
        for cut in [*_CUT.finditer(self.text), None]:
            end = cut.start() if cut else len(self.text)
            text = self.text[start:end]
            if text.strip():
                begin = start + len(text) - len(text.lstrip())
                found.append(Span(text.strip(), begin, begin + len(text.strip())))
            start = cut.end() if cut else end
        return tuple(found)

    @cached_property
    def pairs(self) -> tuple[Pair, ...]:
        found, tables = self._rows(), self._table_lines()
        for start, end in self._segments():
            if any(first <= start < last for first, last in tables):
                continue
            if match := _KEYED.match(self.text, start, end):
                found.append(Pair(match["key"].strip(), _unquoted(match, "value"), match.start("key")))
        begun = {pair.value.start for pair in found if len(pair.value.text.split()) <= _SHORT_LINE}
        for match in _INLINE.finditer(self.text):
            if match.start("value") not in begun:
                at = match.start("quoted") if match["quoted"] else match.start("key")
                found.append(Pair(match["quoted"] or match["key"], _unquoted(match, "value"), at))
        return tuple(found)

    def _table_lines(self) -> list[tuple[int, int]]:
        """Where the lines of tables begin and end: a label, and as many figures as in a line beside it, parted by |."""
        return [(line[0].start, line[-1].end) for line in self._table]

    def _rows(self) -> list[Pair]:
        """A table's rows: the label names the figure of the first column; of others, with the heading of theirs."""
        found: list[Pair] = []
        for label, *figures in self._table:
            headings = self._headings.get(label.start, ())
            for at, figure in enumerate(figures):
                of = headings[at] if at < len(headings) else ""
                key = label.text if at == 0 else f"{label.text} {of or at + 1}"
                found.append(Pair(key, figure, label.start))
        return found

    @cached_property
    def _table(self) -> tuple[tuple[Span, ...], ...]:
        """Lines of tables, each as its cells."""
        lines, at = [], 0
        for line in self.text.split("\n"):
            cells = [_stripped(match, at) for match in _CELL.finditer(line)] if "|" in line else []
            lines.append(cells)
            at += len(line) + 1
        return tuple(
            tuple(cells)
            for place, cells in enumerate(lines)
            if _is_row(cells) and any(_is_row(near, len(cells)) for near in _beside(lines, place))
        )

    @cached_property
    def _headings(self) -> dict[int, tuple[str, ...]]:
        """Where a row begins -> the headings of its columns, where the line above the table's first row has as many."""
        found: dict[int, tuple[str, ...]] = {}
        rows = {row[0].start: len(row) - 1 for row in self._table}
        headings: tuple[str, ...] = ()
        at = 0
        for line in self.text.split("\n"):
            cells = [_stripped(match, at) for match in _CELL.finditer(line)] if "|" in line else []
            if cells and cells[0].start in rows:
                found[cells[0].start] = headings if len(headings) == rows[cells[0].start] else ()
            elif cells and not set(line) <= set("|-: "):
                headed = line.lstrip().startswith("|") and len(line.strip().strip("|").split("|")) == len(cells)
                headings = tuple(cell.text for cell in (cells if headed else cells[1:]))
            elif not cells:
                headings = ()
            at += len(line) + 1
        return found

    def heading_of(self, position: int) -> str:
        """The heading of the column of a table in which a position lies; empty outside of tables."""
        for label, *figures in self._table:
            for at, figure in enumerate(figures):
                if figure.start <= position < figure.end:
                    headings = self._headings.get(label.start, ())
                    return headings[at] if at < len(headings) else ""
        return ""

    @cached_property
    def typed(self) -> tuple[tuple[int, int], ...]:
        """Where dates, times and amounts of money begin and end, in order."""
        found = (v for kind in ("date", "time", "money") for v in values(self.text, kind) if not v.text.isdigit())
        return tuple(sorted((v.start, v.end) for v in found))

    @cached_property
    def keys(self) -> frozenset[int]:
        """Where keys of pairs begin: what names a value is no value."""
        return frozenset(pair.key_start for pair in self.pairs if len(pair.key.split()) <= _SHORT_KEY)

    def _segments(self) -> Iterator[tuple[int, int]]:
        """Lines, cut where a mark or a sentence's end parts one note from the next: `Room 9. Diet: soft // Age: 70`."""
        start = 0
        for cut in [*_SEGMENT.finditer(self.text), None]:
            end = cut.start() if cut else len(self.text)
            if self.text[start:end].strip():
                yield start, end
            start = cut.end() if cut else end

    @cached_property
    def stems(self) -> tuple[frozenset[str], ...]:
        """The content words of each sentence."""
        return tuple(frozenset(content_words(sentence.text)) for sentence in self.sentences)

    def near_words(self, spans: Sequence[tuple[Span, float]], words: set[str], most: int) -> list[tuple[Span, float]]:
        """Of many spans those whose sentence shares a word with `words`, then the first ones."""
        starts = [sentence.start for sentence in self.sentences]
        shared = (
            [bool(words & self.stems[max(0, bisect_right(starts, s.start) - 1)]) for s, _ in spans] if starts else []
        )
        order = sorted(range(len(shared)), key=lambda i: not shared[i])[:most]
        return [spans[i] for i in order]

    def clause_at(self, position: int) -> Span:
        return _around(self.clauses, position) or Span(self.text, 0, len(self.text))

    def sentence_at(self, position: int) -> Span:
        return _around(self.sentences, position) or Span(self.text, 0, len(self.text))


def _around(spans: Sequence[Span], position: int) -> Span | None:
    at = bisect_right(spans, position, key=lambda span: span.start) - 1
    return spans[at] if at >= 0 and position < spans[at].end else None


def _stripped(match: re.Match[str], at: int) -> Span:
    text = match.group()
    start = at + match.start() + len(text) - len(text.lstrip())
    return Span(text.strip(), start, start + len(text.strip()))


def _is_row(cells: Sequence[Span], of: int = 0) -> bool:
    """Whether cells are a label and figures, `of` in all if that is said."""
    labelled = len(cells) > 1 and any(c.isalpha() for c in cells[0].text) and not _FIGURE.fullmatch(cells[0].text)
    return labelled and (not of or len(cells) == of) and all(_FIGURE.fullmatch(cell.text) for cell in cells[1:])


def _beside(lines: Sequence[Sequence[Span]], place: int) -> list[Sequence[Span]]:
    """The nearest lines with cells above and below, over lines with one cell, which are headings inside a table."""
    above = next((line for line in reversed(lines[:place]) if len(line) != 1), [])
    below = next((line for line in lines[place + 1 :] if len(line) != 1), [])
    return [above, below]


def _unquoted(match: re.Match[str], group: str) -> Span:
    text, start = match[group], match.start(group)
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "\"'":
        return Span(text[1:-1], start + 1, start + len(text) - 1)
    return Span(text, start, start + len(text))
