"""What belongs to a value because it stands beside it: its line as a quote, its page, its currency, unit and period.

A schema often asks for a figure as an object: `{"sales": {"value": ..., "unit": ..., "page": ..., "quote": ...}}`. The
value is found by the object's name; everything else about it is looked for around the place where it was found.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from .fields import CURRENCY, Field, Found
from .source import Source, Span

VALUE_NAMES = frozenset(("value", "amount", "figure", "number", "quantity"))
_QUOTE = re.compile(r"\b(?:quote|quotation|evidence|excerpt|verbatim|citation|source (?:text|line)|snippet)\b")
_PAGE = re.compile(r"\b(?:page|slide|sheet)\b")
_PERIOD = re.compile(r"\b(?:period|year|fiscal year|quarter)\b")
_PAGE_MARK = re.compile(r"(?im)^\W{0,6}(?:page|slide|sheet|p\.)\s*(?:no\.?\s*)?(\d{1,5})\W{0,6}$")
_YEAR = re.compile(r"(?<![\d.,/])(?:19|20)\d{2}(?:/\d{2,4})?(?![\d.,/]*\d)")
_MONEY = re.compile(rf"\b[A-Z]{{1,3}}\$|{CURRENCY.pattern}")  # `C$` is another currency than `$`
_SURE = 0.6
_SAID_AS = {
    "percent": r"%|per ?cent",
    "thousand": "mil|miles|k|'000",
    "million": "milh(?:ões|ão)|millones|mn|mi",
    "billion": "bilh(?:ões|ão)|bn|bi",
    "per share": "(?:a|each) share|por ação|por acción",
    "usd": r"(?<!R)(?<!C)\$",
    "eur": "€",
    "gbp": "£",
    "brl": r"R\$",
    "cad": r"C\$",
    "jpy": "¥",
}


def found_beside(field: Field, value: Found, source: Source) -> Found | None:
    """What the text around a value says for a field of the same object; None for a field of another kind."""
    name, text = field.name, source.text
    if field.node.get("type") == "string" and _QUOTE.search(name):
        start = text.rfind("\n", 0, value.start) + 1
        end = text.find("\n", value.end)
        line = Span(text[start : end if end >= 0 else len(text)].strip(), start, value.end)
        sentence = source.sentence_at(value.start)
        return _found(sentence if line.start <= sentence.start and len(sentence.text) < len(line.text) else line)
    if _PAGE.search(name):
        mark = _last(_PAGE_MARK, text, value.start)
        number = Span(mark[1], mark.start(1), mark.end(1)) if mark else None
        whole = field.node.get("type") in ("integer", "number")
        return Found(int(number.text) if whole else number.text, _SURE, number.start, number.end) if number else None
    if field.node.get("type") == "string" and _PERIOD.search(name):
        heading = source.heading_of(value.start)
        before = _last(_YEAR, text, value.start)
        # Of a line with several years the first: the newest stands first, as a rule.
        year = _YEAR.search(heading) or (before and _YEAR.search(text, text.rfind("\n", 0, before.start()) + 1))
        return Found(year.group(), _SURE) if year else None
    if field.kinds[:1] == ("currency",):
        nearest = _last(_MONEY, text, value.start)
        return Found(nearest.group(), _SURE, nearest.start(), nearest.end()) if nearest else None
    return None


def label_beside(labels: Sequence[object], value: Found, source: Source) -> object | None:
    """The label that is written in the value's own line, or else last before it: `EUR million` over a table.

    A percent sign says something of the number before it alone.
    """
    start = source.text.rfind("\n", 0, value.start) + 1
    end = source.text.find("\n", value.end)
    line = source.text[start : end if end >= 0 else len(source.text)]
    after = source.text[value.end : value.end + 12].split("|")[0].split("\n")[0]
    for part in (after, line, source.text[: value.start]):
        part = part if part is after else part.replace("%", " ")
        told = [
            (found[-1].end(), label) for label in labels if isinstance(label, str) and (found := _said(label, part))
        ]
        if told:
            return max(told, key=lambda row: row[0])[1]
    return None


def _said(label: str, text: str) -> list[re.Match[str]]:
    own = rf"(?<!\w){re.escape(label)}s?(?!\w)"
    also = _SAID_AS.get(label.lower().removesuffix("s"))
    return list(re.finditer(rf"{own}|(?<![A-Za-z])(?:{also})(?![A-Za-z])" if also else own, text, re.IGNORECASE))


def _last(pattern: re.Pattern[str], text: str, end: int) -> re.Match[str] | None:
    found = None
    for found in pattern.finditer(text, 0, end):  # noqa: B007 - the last one is wanted
        pass
    return found


def _found(span: Span) -> Found:
    return Found(span.text, _SURE, span.start, span.end)
