"""Whether two statements contradict each other: one negates what the other says, or uses the opposite word.

The signs are those of shallow textual entailment: negation words, and pairs of antonyms from a list of our own.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from .language import words

_FILE = Path(__file__).parent.parent / "data" / "antonyms.txt"
_NEGATION = re.compile(
    r"\b(?:not|no|never|none|without|nor|cannot|neither|nobody|nothing|isn't|aren't|wasn't|weren't|don't|doesn't|didn't"
    r"|won't|can't|haven't|hasn't|hadn't|shouldn't|mustn't|couldn't|wouldn't|unable|não|nunca|nem|sem|jamás|sin|ni)\b"
    r"|n['’]t\b",
    re.IGNORECASE,
)
_FORBIDS = re.compile(
    r"\b(?:forbidden|prohibited|banned|refus\w+|proibid\w+|prohibid\w+|not permitted|impossible)\b", re.IGNORECASE
)
_NO_NUMBER = re.compile(r"\b(?:no|nº)\.?\s*\d", re.IGNORECASE)


@cache
def _opposites() -> dict[str, frozenset[str]]:
    """A word -> the words that oppose it."""
    found: dict[str, set[str]] = {}
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            sides = [[word.strip() for word in side.split(",")] for side in line.split("|")]
            for own, other in (sides, sides[::-1]):
                for word in own:
                    found.setdefault(word, set()).update(other)
    return {word: frozenset(others) for word, others in found.items()}


def negations(text: str) -> int:
    """How many negation words a text has."""
    return sum(1 for _ in _NEGATION.finditer(_NO_NUMBER.sub(" ", text)))


def opposed_words(one: str, other: str) -> tuple[str, str] | None:
    """A word of the first text and its opposite in the second, where neither text has both; None when there is none."""
    mine, theirs = words(one), words(other)
    have, have_other = set(mine), set(theirs)
    for word in mine:
        opposites = _opposites().get(word, frozenset())
        clash = next((w for w in theirs if w in opposites), None)
        if clash and word not in have_other and not (opposites & have):
            return word, clash
    return None


def contradicts(one: str, other: str) -> bool:
    """Whether two statements about the same thing cannot both hold: an odd number of negations and opposites."""
    negated = (negations(one) % 2) != (negations(other) % 2)
    return negated != (opposed_words(one, other) is not None)


def affirms(question: str, statement: str) -> bool:
    """Whether a statement that answers a yes-or-no question answers it with yes."""
    return (
        not contradicts(question, statement)
        if not _FORBIDS.search(statement) or _FORBIDS.search(question)
        else negations(statement) % 2 == 1
    )
