"""Facts in a text as typed values that can be compared: `two days` is 48 hours, `1,200` is 1200, `7 pm` is 19:00."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..text import normalise
from ..text.values import Value, values

_KINDS = ("email", "url", "money", "percent", "date", "time", "duration", "quantity", "code", "phone", "number")
_HOURS = {
    "second": 1 / 3600,
    "minute": 1 / 60,
    "hour": 1,
    "day": 24,
    "night": 24,
    "week": 168,
    "month": 730,
    "year": 8760,
}
_UNIT = re.compile(r"[^\W\d_]+$")
_VAGUE = frozenset(("one", "a", "an", "today", "tomorrow", "yesterday", "half"))
_ORDINARY = frozenset(
    [
        "answer",
        "response",
        "reply",
        "yes",
        "no",
        "according",
        "text",
        "context",
        "passage",
        "document",
        "source",
        "note",
    ]
)


@dataclass(frozen=True)
class Fact:
    """A typed value, what it is worth in one notation, and as it stands in the text."""

    kind: str
    worth: object
    text: str


def facts(text: str, *, names: bool = True) -> list[Fact]:
    """The typed values of a text, none inside another; with the names of people and places."""
    taken: list[Value] = []
    covered = bytearray(len(text))
    for kind in (*_KINDS, *(("name",) if names else ())):
        for value in values(text, kind):
            end = value.start + len(value.text)
            if value.text.strip() and not any(covered[value.start : end]):
                covered[value.start : end] = b"\x01" * len(value.text)
                taken.append(value)
    taken.sort(key=lambda value: value.start)
    return [fact for value in taken if (fact := _fact(value)) is not None]


def _fact(value: Value) -> Fact | None:
    text, kind = value.text.strip().strip(".,;:"), value.kind
    lower = text.lower()
    if lower in _VAGUE or (kind == "name" and lower in _ORDINARY):
        return None
    if kind == "date":
        return Fact("date", normalise.iso_date(text) or _day(lower), text)
    if kind == "time":
        return Fact("time", normalise.iso_time(text) or lower, text)
    if kind in ("email", "url", "code", "phone"):
        return Fact(kind, re.sub(r"[\s-]", "", lower), text)
    if kind == "name":
        return Fact("name", re.sub(r"['’]s$", "", lower.split()[-1]), re.sub(r"['’]s$", "", text))
    number = normalise.number(text)
    if number is None:
        return None
    if kind == "duration":
        unit = next((u for u in _HOURS if re.search(rf"\b{u}s?\b", lower)), None)
        return Fact("duration", round(number * _HOURS[unit], 4), text) if unit else Fact("number", number, text)
    return Fact(kind, number, text)


def _day(text: str) -> str:
    """`Mondays` is `monday`, `3 March` is `3 mar`: dates without a year, in one notation."""
    day = re.search(r"\b\d{1,2}(?=\b|st|nd|rd|th)", text)
    month = re.search(r"\b(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-zç]*", text)
    if day and month:
        return f"{int(day[0])} {month[1]}"
    return text.removesuffix("s").removeprefix("the ")


_NUMERIC = frozenset(("money", "percent", "quantity", "number", "duration"))


def same(one: Fact, other: Fact) -> bool:
    """Whether two facts state the same value; a bare number equals the same number with a unit."""
    if one.kind == other.kind:
        if one.kind == "name" and one.worth == other.worth:
            return _same_first_name(one.text, other.text)
        if one.kind == "date" and isinstance(one.worth, str) and isinstance(other.worth, str):
            return one.worth == other.worth or _within(one.worth, other.worth) or _within(other.worth, one.worth)
        return one.worth == other.worth
    if {one.kind, other.kind} <= _NUMERIC:
        bare = "number" in (one.kind, other.kind)
        return bare and _amount(one) == _amount(other)
    return (
        one.kind in ("date", "number", "code") and other.kind in ("date", "number", "code") and one.text == other.text
    )


def _same_first_name(one: str, other: str) -> bool:
    """`M. Brandt` and `Brandt` may be Maria Brandt, Ilja Brandt is not."""
    first, second = (re.sub(r"^(?:Mrs?|Ms|Dr|Prof|The|Sra?)\.? ", "", name).split() for name in (one, other))
    if len(first) != 2 or len(second) != 2:
        return True
    a, b = first[0].rstrip(".").lower(), second[0].rstrip(".").lower()
    return a.startswith(b) or b.startswith(a)


def _within(year: str, date: str) -> bool:
    return bool(re.fullmatch(r"\d{4}", year)) and date.startswith(year)


def _amount(fact: Fact) -> float | None:
    return normalise.number(fact.text)


def comparable(one: Fact, other: Fact) -> bool:
    """Whether two facts are of one kind, so that one may stand where the other should."""
    return (
        one.kind == other.kind
        or {one.kind, other.kind} <= _NUMERIC - {"duration", "percent"}
        or ({one.kind, other.kind} <= {"number", "duration"} or {one.kind, other.kind} <= {"number", "percent"})
    )


def lacking(wanted: list[Fact], have: list[Fact]) -> list[Fact]:
    """The facts of a text that another one does not state."""
    return [fact for fact in wanted if not any(same(fact, other) for other in have)]
