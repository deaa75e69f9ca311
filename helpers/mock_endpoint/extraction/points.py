"""A chart's points as they are told, a sentence each, and the fields of a record that a point fills.

`Boats by pier, North: 14. Boats by pier, South: 9.` are two points of one chart: what they are about, a label, a value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..text import normalise
from ..text.language import content_words, sentences

_POINT = re.compile(
    r"(?P<about>[^:]{2,160}),\s+(?P<label>[^,:]{1,40}):\s+(?P<value>[(~+\-−–]?\s?(?:[€$£]|R\$)?\s?\d[^:]{0,20}?)\.?"
)
_LABELS = re.compile(r"label|name|categor|period|year|quarter|month|date|x\b|key|point|bar", re.IGNORECASE)
_ABOUT = re.compile(r"series|line|indicator|metric|measure|legend|group", re.IGNORECASE)


@dataclass(frozen=True)
class Point:
    about: str
    label: str
    value: str

    @property
    def number(self) -> float | None:
        size = normalise.number(self.value)
        minus = self.value.strip().startswith(("-", "−", "–", "("))
        return -abs(size) if size is not None and minus else size


def points_in(text: str) -> list[Point]:
    """The points of the charts that a text tells, of two or more each."""
    found = []
    for sentence in (one for line in text.split("\n") for one in sentences(line)):
        if match := _POINT.fullmatch(sentence.strip()):
            found.append(Point(match["about"].strip(), match["label"].strip(), match["value"].strip()))
    told = [point.about for point in found]
    return [point for point in found if told.count(point.about) > 1 and point.number is not None]


def asked_for(points: Sequence[Point], request: str) -> list[Point]:
    """Of several series the one that the request names best; all of them where it names none."""
    wanted = set(content_words(request))
    shared = {about: len(wanted & set(content_words(about.rpartition(",")[2] or about))) for about in _abouts(points)}
    best = max(shared.values(), default=0)
    if not best or len(shared) < 2:
        return list(points)
    return [point for point in points if shared[point.about] == best]


def _abouts(points: Sequence[Point]) -> list[str]:
    return list(dict.fromkeys(point.about for point in points))


def as_record(point: Point, fields: Mapping[str, Mapping[str, Any]]) -> dict[str, Any] | None:
    """A point in the fields (name -> schema) of a record: label, value, and perhaps the series; None if they differ."""
    kinds = {name: node.get("type") for name, node in fields.items()}
    numeric = [name for name, kind in kinds.items() if kind in ("number", "integer")]
    value = next((name for name in reversed(numeric) if kinds[name] == "number"), numeric[-1] if numeric else None)
    rest = [name for name in fields if name != value]
    label = next((name for name in rest if _LABELS.search(name)), rest[0] if len(rest) == 1 else None)
    about = next((name for name in rest if name != label and kinds[name] == "string" and _ABOUT.search(name)), None)
    if value is None or label is None or set(fields) - {value, label, about}:
        return None
    own: dict[str, Any] = {label: point.label, value: point.number}
    if about is not None:
        own[about] = point.about.rpartition(", ")[2]
    for name in (label, value):
        if kinds[name] == "integer":
            size = normalise.number(str(own[name])) if isinstance(own[name], str) else own[name]
            if size is None or size != int(size):
                return None
            own[name] = int(size)
        elif kinds[name] == "number" and float(own[name]) == int(own[name]):
            own[name] = int(own[name])
    return {name: own[name] for name in fields}
