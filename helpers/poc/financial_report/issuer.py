"""Who publishes a document, for which year, in which language and units: what its own words prove, without a model."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

from helpers.poc.financial_report import printed, statements

_TITLE = 400  # characters of a document in which its issuer mostly stands
_LEGAL = re.compile(
    r"(?<![^\W_])(?:s\.?\s?a\.?(?:\s?u\.?)?|s\.?e\.?|ltda?\.?|limited|inc\.?|corp(?:oration)?\.?|plc|p\.l\.c\.|llc|ag|gmbh"
    r"|n\.?v\.?|b\.?v\.?|s\.?p\.?a\.?|a/?s|ab|oyj?|kgaa|co\.?|company|holdings?|group|grupo)(?![^\W_])\.?",
    re.IGNORECASE,
)
_FUNCTION_WORDS = {
    "en": "the of and to in is are was were it that this for with on as by be at from or not which",
    "pt": "o os um uma do da dos das em no na nos nas e é são foi não com para mais ao à pelo pela seu sua",
    "es": "el los las una del en y es son fue no con para más al lo su sus le hay sin la",
}


def company_on(first: str, name: str, claimed: str, known: Sequence[str]) -> tuple[str, str]:
    """(company, what proves it): the run's company that the title or the first pages name most, else a proven claim.

    A company that is written otherwise ("Serra Clara" for "Serra Clara Alimentos S.A.") is the same where every word of
    the shorter name, legal forms apart, is in the longer. ("", "") where nothing proves one.
    """
    text = f" {_key(first)} "
    there = Counter({one: text.count(f" {_key(one)} ") for one in known}).most_common(2)
    count = text.count(f" {key} ") if (key := _key(claimed)) and _is_name(claimed, first) else 0
    alone = bool(there) and there[0][1] > (there[1][1] if len(there) > 1 else 0)
    if alone and (there[0][1] >= count or f" {_key(there[0][0])} " in f" {_key(first[:_TITLE])} "):
        return there[0][0], f"{there[0][0]!r} on its first pages"
    if count:
        same = next((one for one in known if same_company(claimed, one)), claimed.strip())
        return same, f"{claimed!r} on its first pages"
    named = [one for one in known if _key(one).split()[0] in _key(name).split() and len(_key(one).split()[0]) > 3]
    return (named[0], f"the file's name, {name!r}") if len(named) == 1 else ("", "")


def _is_name(claimed: str, first: str) -> bool:
    """Whether a claim is printed as companies' names are: several words with capitals, or one with its legal form."""
    capitals = [word for word in claimed.split() if word[:1].isupper() and word in first]
    return len(capitals) > 1 or bool(capitals and _LEGAL.search(claimed))


def _key(text: str) -> str:
    plain = "".join(c for c in unicodedata.normalize("NFKD", _LEGAL.sub(" ", text)) if not unicodedata.combining(c))
    return " ".join(re.findall(r"[^\W_]+", plain.casefold()))


def same_company(one: str, other: str) -> bool:
    """Whether two names are of one company: the shorter begins the longer, legal forms apart."""
    mine, theirs = _key(one).split(), _key(other).split()
    shorter, longer = sorted((mine, theirs), key=len)
    return bool(shorter) and longer[: len(shorter)] == shorter


def period_in(first: str, lines: Sequence[statements.Line], claimed: str) -> tuple[str, str]:
    """(period, what proves it): the newest year that its tables have a column for, or that of its first page.

    Tables go before the claim, as a title page may name any year; without tables the claim has to be on the pages.
    """
    own = printed.period_of(claimed)
    newest = Counter(
        max(p for _, p in line.cells if p) for line in lines if sum(p is not None for _, p in line.cells) > 1
    )
    if newest:
        return newest.most_common(1)[0][0], "the newest column of its tables"
    years = printed.periods_in(first)
    if own and own in years:
        return own, f"{claimed!r} on its first pages"
    return (years[0], "the only year on its first pages") if len(years) == 1 else ("", "")


def language_of(text: str) -> str:
    """en, pt or es by their function words; "" where a text has too few of them, as a table has."""
    words = Counter(re.findall(r"[^\W\d_]+", text.lower()))
    votes = {code: sum(words[word] for word in listed.split()) for code, listed in _FUNCTION_WORDS.items()}
    best, second = sorted(votes, key=lambda code: -votes[code])[:2]
    return best if votes[best] >= 5 and votes[best] > 1.3 * votes[second] else ""


def units(first: str, lines: Sequence[statements.Line]) -> tuple[str, str]:
    """(scale, currency) of the statements: what the first pages say of amounts, else what most tables say."""
    scales = Counter(line.head.scale for line in lines if line.head.scale)
    currencies = Counter(line.head.currency for line in lines if line.head.currency not in ("", "$"))
    declared = next((s for s in re.split(r"(?<=\.)\s", first) if printed.scales_in(s) and printed.currencies_in(s)), "")
    named = [one for one in printed.currencies_in(declared) if one != "$"]
    currency = named[0] if named else (currencies.most_common(1)[0][0] if currencies else "")
    alone = [one for one in printed.currencies_in(first) if one != "$"]
    currency = currency or (alone[0] if len(alone) == 1 else "")
    return (printed.scales_in(declared) or [scales.most_common(1)[0][0] if scales else ""])[0], currency
