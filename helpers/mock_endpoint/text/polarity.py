"""Whether a text praises or blames: words of opinion counted, with negation, after Hu and Liu (2004)."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from .language import words

_FILE = Path(__file__).parent.parent / "data" / "polarity.txt"
_NEGATORS = frozenset(
    ("not", "no", "never", "nobody", "nothing", "hardly", "without", "isn't", "wasn't", "don't", "didn't", "doesn't")
) | {"won't", "can't", "não", "nem", "sem", "sin", "ni"}
_REACH = 3  # words that a negation before a word of opinion reaches over
_BUT = re.compile(r"\b(?:but|however|sadly|unfortunately|although|mas|porém|pero)\b", re.IGNORECASE)
_COULD_NOT_BE = re.compile(
    r"\b(?:could(?:n't| not)|can(?:not|'t))\s+(?:have\s+been|be|get)\s+(?:any\s+|more\s+)?(\w+er|better|\w+)",
    re.IGNORECASE,
)
_NO_MORE = re.compile(r"\bnever again\b", re.IGNORECASE)
_WHOLE = 3  # stems no longer than this must be the whole word


def polarity(text: str) -> float:
    """From -1 (blame) to 1 (praise); 0 when no word of opinion stands in the text.

    What follows a `but` counts double.
    """
    total, weight = 0.0, 0.0
    at = 1.0
    for part in _BUT.split(_COULD_NOT_BE.sub(r"very \1", _NO_MORE.sub(" terrible ", text))):
        found = words(part)
        for i, word in enumerate(found):
            value = _value(word)
            if value and not (word in _NEGATORS and any(_value(w) for w in found[i + 1 : i + 1 + _REACH])):
                negated = any(w in _NEGATORS for w in found[max(0, i - _REACH) : i])
                total += at * (-value if negated else value)
                weight += at
        at = 2.0
    return total / (weight + 0.5) if weight else 0.0


@cache
def _stems() -> dict[str, float]:
    found = {}
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        sign, _, rest = line.partition(" ")
        if sign in "+-" and sign:
            found |= dict.fromkeys(rest.split(), 1.0 if sign == "+" else -1.0)
    return found


def _value(word: str) -> float:
    stems = _stems()
    if word in stems:
        return stems[word]
    return next((stems[word[:n]] for n in range(len(word) - 1, _WHOLE, -1) if word[:n] in stems), 0.0)
