"""What a tool's error says to do better: another spelling, another form of a date, or simply to try again, once.

Only what the error itself offers is taken, and no call is made that was made before, so that correcting ends.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Sequence
from typing import Any

from ..reading.prompt import Result
from ..text.normalise import iso_date
from .facts import failed

_QUOTED = re.compile(r"[\"“'‘`]([^\"”'’`\n]{1,80})[\"”'’`]")
_OFFERED = re.compile(
    r"\b(?:did you mean|do you mean|meant|instead|try|use|one of|allowed|available|valid|known|options|choose from"
    r"|expected|nearest|closest|similar)\b[^:?]*?[:\s]\s*(.+)$",
    re.IGNORECASE | re.DOTALL,
)
_ISO = re.compile(r"yyyy-mm-dd|\biso(?:[ -]?8601)?\b", re.IGNORECASE)
_AGAIN = re.compile(
    r"\b(?:try again|retry|temporar\w+|timed? ?out|time-?out|busy|unavailable|too many requests|rate limit\w*)\b",
    re.IGNORECASE,
)
_ALIKE = 0.6  # from which a spelling that the error names is taken for the one that was meant
_MOST_CORRECTIONS = 2  # of one tool since the user spoke


def corrected(results: Sequence[Result]) -> dict[str, Any] | None:
    """The arguments with which to repeat the last call; None when its error names nothing better."""
    last = results[-1]
    error = failed(last)
    earlier = [_arguments(r) for r in results if r.name == last.name]
    given = earlier[-1]
    if not error or given is None or sum(bool(failed(r)) for r in results if r.name == last.name) > _MOST_CORRECTIONS:
        return None
    for name, value in given.items():
        better = _better(value, error) if isinstance(value, str) else None
        if better is not None and (changed := {**given, name: better}) not in earlier:
            return changed
    return given if _AGAIN.search(error) and earlier.count(given) == 1 else None


def _arguments(result: Result) -> dict[str, Any] | None:
    try:
        value = json.loads(result.arguments)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _better(value: str, error: str) -> str | None:
    """What an error offers in place of a value: the spelling most like it, or the date in the form it asks for."""
    if _ISO.search(error) and (day := iso_date(value)) and day != value:
        return day
    offered = _offered(error)
    others = [one for one in offered if one != value]
    if value in offered or not others:
        return None
    best = max(others, key=lambda one: _likeness(one, value))
    return best if _likeness(best, value) >= _ALIKE else None


def _offered(error: str) -> list[str]:
    """The values that an error names as right: `did you mean 'Oslo'?`, `one of: red, green`."""
    match = _OFFERED.search(error)
    if match is None:
        return []
    rest = re.sub(r"^(?:are|is|were|include)\b\s*", "", match[1])
    if quoted := [m[1] for m in _QUOTED.finditer(rest)]:
        return quoted
    return [part.strip(" .?!()[]") for part in re.split(r",|\bor\b|\band\b|;", rest) if part.strip(" .?!()[]")]


def _likeness(one: str, other: str) -> float:
    a, b = one.casefold(), other.casefold()
    held = 0.9 if min(len(a), len(b)) > 2 and (a in b or b in a) else 0.0
    return max(held, difflib.SequenceMatcher(None, a, b).ratio())
