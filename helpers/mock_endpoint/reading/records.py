"""Records as sources: JSON documents and tables in a prompt, read as passages with their ids and titles."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from .passages import Passage

_ID = re.compile(
    r"(?:\w+[_ -])?(?:id|ref|reference|n[or]?|num(?:ber|ero)?|número|code|c[oó]digo|key|index|clave)", re.IGNORECASE
)
_SOURCE = re.compile(r"source|file|fuente|fonte|name|nombre|nome|url|section|page", re.IGNORECASE)
_TITLE = re.compile(r"title|heading|headline|subject|topic|t[ií]tulo|titulo|tema|assunto|asunto", re.IGNORECASE)
_UNTOLD = re.compile(r"score|rank|distance|similarity|embedding|tokens?|lang(?:uage)?|type|updated\w*", re.IGNORECASE)


@dataclass(frozen=True)
class Embedded:
    """A JSON value in a text, from character start to end."""

    value: Any
    start: int
    end: int


_MAY_BEGIN = re.compile(r"(?:^|(?<=[:\s>]))[ \t]*(?P<json>[\[{](?=\s*[\"{\[]))", re.MULTILINE)
_MOST_TRIES = 40


def embedded_json(text: str) -> list[Embedded]:
    """The JSON objects and arrays that stand in a text, outermost only; one on each line (JSON Lines) too."""
    found: list[Embedded] = []
    decoder = json.JSONDecoder()
    at = tries = 0
    while tries < _MOST_TRIES and (mark := _MAY_BEGIN.search(text, at)) is not None:
        start = mark.start("json")
        try:
            value, end = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            at, tries = start + 1, tries + 1
            continue
        if value:
            found.append(Embedded(value, start, end))
        at = end
    return found


def passages_of(value: Any) -> list[Passage]:
    """The passages that a JSON value holds: a list of records, texts by id, or an object around either."""
    if isinstance(value, str):
        return [Passage(value)] if value.strip() else []
    if isinstance(value, list):
        return [p for one in value for p in passages_of(one)]
    if not isinstance(value, dict):
        return []
    inner = [v for v in value.values() if isinstance(v, list) and any(isinstance(one, dict) for one in v)]
    if inner:
        return [p for v in inner for p in passages_of(v)]
    if len(value) > 1 and all(isinstance(v, dict) for v in value.values()):
        return [_record(v, str(key)) for key, v in value.items()]
    if len(value) == 1 and isinstance(only := next(iter(value.values())), dict):
        return passages_of(only)
    texts = [v for v in value.values() if isinstance(v, str)]
    named = any(_ID.fullmatch(k) or _TITLE.fullmatch(k) for k in value)
    if len(texts) == len(value) > 1 and not named and all(len(v.split()) > 3 for v in texts):
        return [Passage(v, str(key)) for key, v in value.items()]
    return [_record(value)]


def _record(record: dict[str, Any], name: str | None = None) -> Passage:
    identity = next((k for k in record if _ID.fullmatch(k) and _short(record[k])), None)
    title = next((k for k in record if _TITLE.fullmatch(k) and _short(record[k])), None)
    if identity is None and name is None:
        identity = next((k for k in record if _SOURCE.fullmatch(k) and k != title and _short(record[k])), None)
    told = [
        (k, said)
        for k, v in record.items()
        if k not in (identity, title) and not _UNTOLD.fullmatch(k) and (said := _said(v))
    ]
    long = [said for _, said in told if len(said.split()) > 4]
    about = f"{record[title]}: " if title else ""
    lines = [said if len(said.split()) > 4 else f"{about}{spoken(k)}: {said}." for k, said in told]
    alone = len(told) == 1 or (len(long) == 1 and not title)
    text = "\n".join([said for _, said in told] if alone and len(told) == 1 else lines)
    own = str(record[identity]) if identity else name
    return Passage(text, own, str(record[title]) if title else "")


def _short(value: Any) -> bool:
    return isinstance(value, (str, int)) and 0 < len(str(value)) <= 80


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (str, int, float)):
        return str(value).strip()
    if isinstance(value, list):
        return ", ".join(said for one in value if (said := _said(one)))
    if isinstance(value, dict):
        return ", ".join(f"{spoken(k)} {said}" for k, one in value.items() if (said := _said(one)))
    return ""


def spoken(name: str) -> str:
    """A key or a column's name as words: `price_per_hour` -> `price per hour`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", re.sub(r"[_-]+", " ", name)).strip()


# --- tables --------------------------------------------------------------------------------------------------------

_DELIMITERS = "|\t;,"
_RULE = re.compile(r"[\s|:+=-]+")


@dataclass(frozen=True)
class Table:
    """A table that stands in lines `first` to `last` (exclusive) of a text, as one passage a row."""

    first: int
    last: int
    rows: tuple[Passage, ...]


def tables(lines: Sequence[str]) -> Iterator[Table]:
    """The tables in the lines of a text, written with |, tabs, semicolons or commas below a line of headings."""
    at = 0
    while at < len(lines):
        found = next((t for d in _DELIMITERS if (t := _table_at(lines, at, d)) is not None), None)
        if found is not None:
            yield found
        at = found.last if found is not None else at + 1


def _table_at(lines: Sequence[str], first: int, delimiter: str) -> Table | None:
    head = _cells(lines[first], delimiter)
    if len(head) < 2 or (delimiter == "," and len(head) < 3) or not all(_is_heading(cell) for cell in head):
        return None
    rows, at = [], first + 1
    while at < len(lines):
        if delimiter in lines[at] and _RULE.fullmatch(lines[at]):
            at += 1
            continue
        cells = _cells(lines[at], delimiter)
        if len(cells) != len(head):
            break
        rows.append(cells)
        at += 1
    if len(rows) < (1 if delimiter == "|" else 2):
        return None
    return Table(first, at, tuple(_row(head, cells) for cells in rows))


def _cells(line: str, delimiter: str) -> list[str]:
    if delimiter not in line:
        return []
    bare = line.strip().strip("|") if delimiter == "|" else line.strip(" ")
    if delimiter == "," and '"' in bare:
        quoted = re.findall(r"\"([^\"]*)\"(?:,|$)|([^,\"]*)(?:,|$)", bare)
        return [(a or b).strip() for a, b in quoted][: bare.count(",") + 1]
    return [cell.strip().strip("*") for cell in bare.split(delimiter)]


def _is_heading(cell: str) -> bool:
    return len(cell.split()) <= 5 and len(cell) <= 40 and not cell.endswith((".", "?", "!", ":"))


def _row(head: Sequence[str], cells: Sequence[str]) -> Passage:
    """One line a cell with the row's name, so that one value can be found without its neighbours."""
    named = f"{spoken(head[0])} {cells[0]}: "
    told = [f"{named}{spoken(h)}: {c}." for h, c in zip(head[1:], cells[1:], strict=True) if c]
    return Passage("\n".join(told), cells[0], f"{spoken(head[0])} {cells[0]}".strip())
