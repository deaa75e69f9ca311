"""Scores a reply by the properties that its case expects. Each check is one small function; all of a case's must hold.

Strict about substance, lenient about dress: case, quotes, code fences and a closing full stop do not count unless the
case is about them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .cases import Case


@dataclass(frozen=True)
class Reply:
    """What came back: text, and the calls as (name, arguments)."""

    text: str
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


def score(case: Case, reply: Reply) -> tuple[int, int]:
    """(right, of how many): one for a case, except that extraction counts each field of the expected object."""
    if case.skill == "extract":
        return fields_right(case.expect["json"], parse_json(reply.text))
    return int(all(CHECKS[name](wanted, reply, case) for name, wanted in case.expect.items() if name in CHECKS)), 1


# --- text ----------------------------------------------------------------------------------------------------------


def plain(text: str) -> str:
    """plain(' "Not  Found." ') -> 'not found': without dress."""
    return re.sub(r"\s+", " ", text.replace("’", "'")).strip(" \n\t\"'`*.!«»“”").casefold()


def holds(text: str, item: str) -> bool:
    """Whether a word of the text begins with the item; a number or a very short item must stand by itself."""
    alone = len(item) <= 2 or item.replace(",", "").replace(".", "").isdigit()
    ends = r"(?!\w|[.,]\d)" if alone else ""
    return bool(re.search(rf"(?<!\w)(?<!\d[.,]){re.escape(plain(item))}{ends}", plain(text)))


def contains(wanted: list[str | list[str]], reply: Reply, case: Case) -> bool:
    """Every item is in the reply; an item may be a list of alternatives."""
    return all(any(holds(reply.text, one) for one in ([item] if isinstance(item, str) else item)) for item in wanted)


def lacks(unwanted: list[str], reply: Reply, case: Case) -> bool:
    return not any(plain(item) in plain(reply.text) for item in unwanted)


def declines(phrases: list[str], reply: Reply, case: Case) -> bool:
    return any(plain(phrase) in plain(reply.text) for phrase in phrases)


def equals(alternatives: list[str], reply: Reply, case: Case) -> bool:
    if case.expect.get("exact_case"):
        return reply.text.strip(" \n\"'`*.") in alternatives
    return plain(reply.text) in [plain(one) for one in alternatives]


def starts(alternatives: list[str], reply: Reply, case: Case) -> bool:
    return any(plain(reply.text).startswith(plain(one)) for one in alternatives)


def ends(alternatives: list[str], reply: Reply, case: Case) -> bool:
    return any(plain(reply.text).endswith(plain(one)) for one in alternatives)


def label(wanted: str, reply: Reply, case: Case) -> bool:
    """The reply is the label, or names it and no other of the case's labels."""
    if plain(reply.text) == plain(wanted):
        return True
    rest, named = reply.text, set()
    for one in sorted(case.labels, key=len, reverse=True):
        flags = 0 if len(one) == 1 else re.IGNORECASE
        rest, count = re.subn(rf"(?<![\w-]){re.escape(one)}(?![\w-])", " ", rest, flags=flags)
        named |= {one} if count else set()
    return named == {wanted}


def cites(ids: list[str], reply: Reply, case: Case) -> bool:
    """The ids in square brackets are these and no others."""
    cited = {one.strip() for group in re.findall(r"\[([^\][]+)\]", reply.text) for one in group.split(",")}
    return cited == set(ids)


def number(limits: dict[str, float], reply: Reply, case: Case) -> bool:
    """The first number of the reply lies within the limits."""
    found = re.search(r"\d+(?:\.\d+)?", reply.text)
    return bool(found) and _within(float(found.group()), limits)


# --- form ----------------------------------------------------------------------------------------------------------


def words(limits: dict[str, float], reply: Reply, case: Case) -> bool:
    return _within(len(re.findall(r"\w[\w'’.,:/-]*", reply.text)), limits)


def sentences(limits: dict[str, float], reply: Reply, case: Case) -> bool:
    pieces = re.split(r"(?<=[.!?…])[\"'”»)]*\s+", reply.text.strip())
    return _within(sum(bool(re.search(r"\w", piece)) for piece in pieces), limits)


def lines(limits: dict[str, float], reply: Reply, case: Case) -> bool:
    return _within(len([line for line in reply.text.splitlines() if line.strip()]), limits)


def bullets(wanted: int | dict[str, float], reply: Reply, case: Case) -> bool:
    """So many bullet lines; with an exact number, nothing but bullets (a line ending in a colon may introduce them)."""
    rows = [line.strip() for line in reply.text.splitlines() if line.strip()]
    marked = [row for row in rows if re.match(r"([-*•–]|\d+[.)])\s+\S", row)]
    if isinstance(wanted, dict):
        return _within(len(marked), wanted)
    return len(marked) == wanted and all(row in marked or row.endswith(":") for row in rows)


def upper(_: bool, reply: Reply, case: Case) -> bool:
    return reply.text == reply.text.upper() and reply.text != reply.text.lower()


def json_keys(keys: list[str], reply: Reply, case: Case) -> bool:
    value = parse_json(reply.text)
    return isinstance(value, dict) and set(value) == set(keys)


def numbers_from(name: str, reply: Reply, case: Case) -> bool:
    """Nothing invented: every number in the reply stands in the named text of the case."""
    return _numbers(reply.text) <= _numbers(case.texts[name])


def _numbers(text: str) -> set[str]:
    # A number that only numbers a list's item is not said of anything.
    text = re.sub(r"(?m)^\s*\d+[.)]\s", "", text)
    return {found.replace(",", "").rstrip(".:") for found in re.findall(r"\d[\d,.:]*", text)}


# Frequent words that hardly occur in the other languages of the suite.
FREQUENT = {
    "en": "the and of is to was with for are it that has have they will by from",
    "es": "el los las del y en una es con se más fue por para al su un",
    "pt": "o os as da do dos e em uma é com não foi ao um na no pela",
}


def language(code: str, reply: Reply, case: Case) -> bool:
    """The reply has more frequent words of this language than of any other."""
    said = re.findall(r"\w+", reply.text.casefold())
    counts = {each: sum(word in frequent.split() for word in said) for each, frequent in FREQUENT.items()}
    return counts[code] > 0 and all(counts[code] > count for other, count in counts.items() if other != code)


def _within(value: float, limits: dict[str, float]) -> bool:
    return limits.get("min", 0) <= value <= limits.get("max", float("inf"))


# --- objects and calls ---------------------------------------------------------------------------------------------


def whole_object(wanted: dict[str, Any], reply: Reply, case: Case) -> bool:
    right, total = fields_right(wanted, parse_json(reply.text))
    return right == total


def parse_json(text: str) -> Any:
    """The JSON value of a reply, also inside a code fence; None when there is none."""
    fenced = re.search(r"```(?:json)?\s*(.*?)```", text, re.DOTALL)
    try:
        return json.loads(fenced.group(1) if fenced else text)
    except (ValueError, RecursionError):
        return None


def fields_right(wanted: Any, got: Any) -> tuple[int, int]:
    """(right, all) over the leaves of the wanted value; an item too many in a list counts as one that is wrong."""
    if isinstance(wanted, dict) and "any" not in wanted:
        pairs = [
            fields_right(value, got.get(key, _MISSING) if isinstance(got, dict) else _MISSING)
            for key, value in wanted.items()
        ]
    elif isinstance(wanted, list) and wanted:
        items = got if isinstance(got, list) else []
        if isinstance(wanted[0], dict):
            pairs = [fields_right(value, items[i] if i < len(items) else _MISSING) for i, value in enumerate(wanted)]
        else:
            pairs = [(int(any(same(value, item) for item in items)), 1) for value in wanted]
        pairs += [(0, 1)] * max(0, len(items) - len(wanted))
    else:
        return int(same(wanted, got)), 1
    return sum(right for right, _ in pairs), sum(total for _, total in pairs)


_MISSING = object()


def same(wanted: Any, got: Any) -> bool:
    """Equal in type and value; texts without regard to case and dress; {"any": [...]} accepts each of the list."""
    if isinstance(wanted, dict) and "any" in wanted:
        return any(same(one, got) for one in wanted["any"])
    if isinstance(wanted, str):
        return isinstance(got, str) and plain(wanted) == plain(got)
    if wanted is None or isinstance(wanted, bool | list):
        return type(got) is type(wanted) and got == wanted
    return isinstance(got, int | float) and not isinstance(got, bool) and abs(got - wanted) < 1e-9


def calls(wanted: list[dict[str, Any]], reply: Reply, case: Case) -> bool:
    """Exactly these calls, in any order; an argument that is null counts as left out."""
    left = list(reply.calls)
    for call in wanted:
        match = next((one for one in left if _same_call(call, *one)), None)
        if match is None:
            return False
        left.remove(match)
    return not left


def _same_call(call: dict[str, Any], name: str, arguments: dict[str, Any]) -> bool:
    free = call.get("optional", ())
    given = {key: value for key, value in arguments.items() if value is not None and key not in free}
    wanted = call["arguments"]
    return name == call["name"] and set(given) == set(wanted) and all(same(wanted[key], given[key]) for key in wanted)


CHECKS: dict[str, Callable[[Any, Reply, Case], bool]] = {
    "contains": contains,
    "lacks": lacks,
    "declines": declines,
    "equals": equals,
    "starts": starts,
    "ends": ends,
    "label": label,
    "cites": cites,
    "number": number,
    "words": words,
    "sentences": sentences,
    "lines": lines,
    "bullets": bullets,
    "upper": upper,
    "json_keys": json_keys,
    "numbers_from": numbers_from,
    "language": language,
    "json": whole_object,
    "calls": calls,
}
