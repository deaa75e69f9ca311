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
        found = []
        for start, end in self._segments():
            if match := _KEYED.match(self.text, start, end):
                found.append(Pair(match["key"].strip(), _unquoted(match, "value"), match.start("key")))
        begun = {pair.value.start for pair in found if len(pair.value.text.split()) <= _SHORT_LINE}
        for match in _INLINE.finditer(self.text):
            if match.start("value") not in begun:
                at = match.start("quoted") if match["quoted"] else match.start("key")
                found.append(Pair(match["quoted"] or match["key"], _unquoted(match, "value"), at))
        return tuple(found)

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


def _unquoted(match: re.Match[str], group: str) -> Span:
    text, start = match[group], match.start(group)
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "\"'":
        return Span(text[1:-1], start + 1, start + len(text) - 1)
    return Span(text, start, start + len(text))
