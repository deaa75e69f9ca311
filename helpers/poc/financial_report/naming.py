"""Whether a line's words name an indicator, and which indicator they name best.

Words are compared by their first letters, without accents, so that "employed" and "employees" are one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from helpers.poc.financial_report.indicators import Indicator

WHOLE = 0.99
NAMED = 0.6  # share of a name's words that have to be there
_STOP = frozenset(
    {"a", "an", "and", "as", "at", "by", "for", "from", "in", "of", "on", "or", "the", "to", "per", "year", "period"}
    | {"de", "da", "do", "das", "dos", "e", "em", "no", "na", "por", "para", "um", "uma", "exercicio"}
    | {"del", "la", "las", "el", "los", "y", "en", "un", "una", "ejercicio"}
    | {"net", "liquido", "liquida", "neto", "neta"}
)
_LOSS = {"loss": "income", "losses": "income", "prejuizo": "lucro", "perdida": "resultado"}  # with another sign
_STEM = 6  # letters


@lru_cache(maxsize=20_000)
def stems(text: str) -> frozenset[str]:
    """The words of a text that tell something, cut to their first letters; all of them where none does."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).casefold()
    words = re.findall(r"[^\W\d_]+", plain)
    told = [_LOSS.get(word, word) for word in words if word not in _STOP] or words
    return frozenset(word[:_STEM].rstrip("s") for word in told)


def telling(name: str) -> str:
    """A name without the words that every sentence has, to search with: "net income for the year" -> "income"."""
    words = re.findall(r"[^\W\d_]+", name)
    return " ".join([word for word in words if word.lower() not in _STOP] or words)


def named(indicator: Indicator, text: str) -> tuple[float, int]:
    """(share of the words of the indicator's best-fitting name that a text has, how many that are)."""
    there = stems(text)
    best = (0.0, 0)
    for name in indicator.names:
        wanted = _qualified(name)
        shared = len(wanted & _qualified(text)) if wanted & there else 0
        best = max(best, (shared / len(wanted) if wanted else 0.0, shared))
    return best


@lru_cache(maxsize=20_000)
def _qualified(text: str) -> frozenset[str]:
    """Stems with "net" and its like, which tell a name from its gross twin although they are in many."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).casefold()
    return stems(text) | {"net" for _ in re.findall(r"\b(?:net|liquid[oa]|net[oa])\b", plain)[:1]}


def fits(indicator: Indicator, label: str) -> tuple[float, int, int]:
    """How well a row's label fits: the name's share, its words, and minus the words of the label that it lacks."""
    share, count = named(indicator, label)
    return share, count, -max(0, len(_qualified(label)) - count)


def better_named(indicator: Indicator, label: str, others: Sequence[Indicator]) -> Indicator | None:
    """Another indicator that a row's label names better; None where the indicator's own name fits best or as well."""
    own = named(indicator, label)
    best = max(others, key=lambda other: named(other, label), default=None)
    return best if best is not None and best != indicator and named(best, label) > own else None


def whole_name_of_another(indicator: Indicator, text: str, others: Sequence[Indicator]) -> Indicator | None:
    """Another indicator whose name a sentence has whole, where the indicator's own is there in part only."""
    if named(indicator, text)[0] >= WHOLE:
        return None
    return next((one for one in others if one != indicator and named(one, text)[0] >= WHOLE), None)
