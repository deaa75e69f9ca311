"""Regular expressions of requests: a schema's `pattern`, sought in texts, and the shortest text that it accepts.

Look-arounds and back references are not supported: the API's strict mode refuses them too. A pattern such as `(a+)+$`
can take longer than anybody lives, so each search has a time limit, which Python's own `re` does not know.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from re import _constants as ops  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

_CATEGORIES = {
    ops.CATEGORY_DIGIT: "0",
    ops.CATEGORY_SPACE: " ",
    ops.CATEGORY_WORD: "a",
    ops.CATEGORY_NOT_DIGIT: "a",
    ops.CATEGORY_NOT_SPACE: "a",
    ops.CATEGORY_NOT_WORD: "-",
}
_TRIED = "a0A-_. /:@#+\n" + "".join(chr(code) for code in range(33, 127))
_MOST_REPEATS = 10_000


_SECONDS = 0.1
# What Python may one day read otherwise is the business of whoever wrote the pattern, and nothing to print here.
warnings.filterwarnings("ignore", "Possible (?:nested set|set )", FutureWarning)


def matches(pattern: str, text: str) -> bool:
    """Whether a text has the pattern anywhere, as JSON Schema means it; no, if finding out takes too long."""
    import regex

    try:
        return regex.search(pattern, text, timeout=_SECONDS) is not None
    except TimeoutError:
        return False


def found_in(pattern: str, text: str) -> Iterator[Any]:
    """The matches in a text, until the time is up."""
    import regex

    try:
        yield from regex.finditer(pattern, text, timeout=_SECONDS)
    except TimeoutError:
        return


def shortest(pattern: str) -> str | None:
    """A text that the pattern accepts; None for a pattern this cannot read or satisfy."""
    import regex

    try:
        text = _sequence(parser.parse(pattern))
        return text if matches(pattern, text) else None
    except (re.error, regex.error, _Unsupported, RecursionError, OverflowError):
        return None


class _Unsupported(Exception):
    """An operation of regular expressions that is not written out here."""


def _sequence(parsed: Any) -> str:
    return "".join(_one(operation, argument) for operation, argument in parsed)


def _one(operation: Any, argument: Any) -> str:
    if operation is ops.LITERAL:
        return chr(argument)
    if operation is ops.ANY:
        return "a"
    if operation is ops.AT:
        return ""
    if operation is ops.NOT_LITERAL:
        return "a" if argument != ord("a") else "b"
    if operation is ops.IN:
        return _from_class(argument)
    if operation is ops.BRANCH:
        return min((_sequence(branch) for branch in argument[1]), key=len)
    if operation is ops.SUBPATTERN:
        return _sequence(argument[-1])
    if operation in (ops.MAX_REPEAT, ops.MIN_REPEAT, ops.POSSESSIVE_REPEAT) and argument[0] <= _MOST_REPEATS:
        return _sequence(argument[2]) * argument[0]
    if operation is ops.ATOMIC_GROUP:
        return _sequence(argument)
    raise _Unsupported(operation)


def _from_class(items: Sequence[tuple[Any, Any]]) -> str:
    if items[0][0] is not ops.NEGATE:
        operation, argument = items[0]
        if operation is ops.LITERAL:
            return chr(argument)
        return chr(argument[0]) if operation is ops.RANGE else _CATEGORIES[argument]
    for character in _TRIED:
        if not any(_holds(operation, argument, character) for operation, argument in items[1:]):
            return character
    raise _Unsupported("a class that excludes everything tried")


def _holds(operation: Any, argument: Any, character: str) -> bool:
    if operation is ops.LITERAL:
        return chr(argument) == character
    if operation is ops.RANGE:
        return argument[0] <= ord(character) <= argument[1]
    escape = {"DIGIT": r"\d", "SPACE": r"\s", "WORD": r"\w"}[str(argument).removeprefix("CATEGORY_").split("_")[-1]]
    inside = re.fullmatch(escape, character) is not None
    return inside != ("NOT" in str(argument))
