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


# Words that make another figure of a name: "deferred revenue", "revenue per employee", "net debt to EBITDA".
_ANOTHER = re.compile(
    r"\b(?:margin|ratio|growth|cost|deferred|before|per|average|comprehensive|discontinued|minorit\w+|non-controlling"
    r"|free|pro ?forma|budget\w*|changes?|increase|decrease|organic|unbilled|intangible|of which|thereof|times"
    r"|margem|crescimento|cust[oe]s?|diferid[oa]s?|antes|médi[oa]s?|abrangente|descontinuad[oa]s?|livre|variação"
    r"|minoritários|aumento|orgânic[oa]|intangíve(?:l|is)|dos quais"
    r"|margen|crecimiento|coste?s?|medi[oa]s?|integral|discontinuad[oa]s?|interrumpid[oa]s?|libre|variación"
    r"|minoritari[oa]s|orgánic[oa]|intangibles?|de l[oa]s cuales|del cual)\b|(?<=\w) ?/ ?(?=[^\W\d])",
    re.IGNORECASE,
)
_ACTIVITIES = re.compile(
    r"\b(?:(?P<o>operati\w*|operaci\w*|operacion\w*|explotación)|(?P<i>investi\w*|inversi\w*|investimento\w*)"
    r"|(?P<f>financing|financia\w*))\b",
    re.IGNORECASE,
)


def another(indicator: Indicator, text: str) -> str:
    """The word of a label that makes another figure of the indicator's name, which no name of it has; else ""."""
    names = " | ".join(indicator.names).casefold()
    words = [found.group() for found in _ANOTHER.finditer(text)]
    own_words = {found.group().casefold() for found in _ANOTHER.finditer(names.replace(" | ", "; "))}
    told = next((word for word in words if word.casefold() not in own_words), "")
    if told.strip() == "/" and re.search(r"\b(?:net|cash|loss|debt|perdida|pérdida|prejuízo)\b", text, re.IGNORECASE):
        told = "" if not re.search(r"/ ?(?:EBITDA|equity|revenue|sales)", text, re.IGNORECASE) else told
    if not told and re.search(r"\bto (?:EBITDA|equity|revenue|sales)\b", text, re.IGNORECASE):
        told = "to"
    if not told:
        own = {found.lastgroup for found in _ACTIVITIES.finditer(names)}
        there = [found for found in _ACTIVITIES.finditer(text)]
        if own and there and not own & {found.lastgroup for found in there}:
            told = there[0].group()
    return told.strip()


def another_in_prose(indicator: Indicator, sentence: str) -> str:
    """The same of a sentence, by the words right beside the name's own: "free cash flow", "revenue growth"."""
    wanted = frozenset().union(*(stems(name) for name in indicator.names))
    words = sentence.split()
    at = [i for i, word in enumerate(words) if stems(word) & wanted]
    runs: list[list[int]] = []
    for i in at:
        if runs and i - runs[-1][-1] <= 2:
            runs[-1].append(i)
        else:
            runs.append([i])
    told = [another(indicator, " ".join(words[max(0, run[0] - 1) : run[-1] + 2])) for run in runs]
    return told[0] if told and all(told) else ""


def sentences(text: str) -> list[str]:
    """Sentences of running text, a table's row each its own."""
    paragraphs = re.split(r"\n\s*\n|\n(?=\|)", text)
    parts = [part for one in paragraphs for part in re.split(r"(?<=[.!?])\s+(?=[^\W\d_a-z])", one)]
    return [" ".join(part.split()) for part in parts if part.strip()]


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
