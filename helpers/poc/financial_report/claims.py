"""What a sentence about companies claims: its numbers, in digits or in words, and what they are said of.

It knows the forms of numbers, units and currencies in English, Portuguese and Spanish. Whether a claim is true it does
not know: that is `grounding`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from helpers.figures import SCALES, decimal_mark
from helpers.poc.financial_report.wording import Language

ClaimUnit = Literal["money", "percent", "points", "times", "people", "per share", "bare", "other"]

_SCALE_WORDS = {
    **SCALES,
    "millions": 1e6, "billions": 1e9, "thousands": 1e3, "mn": 1e6, "mln": 1e6, "milhão": 1e6, "millón": 1e6,
    "bilhão": 1e9, "mil milhões": 1e9, "tn": 1e12, "trillion": 1e12, "trilhões": 1e12, "billones": 1e12,
}  # fmt: skip
_SCALE = "|".join(sorted(map(re.escape, _SCALE_WORDS), key=len, reverse=True))
_CURRENCIES: tuple[tuple[str, frozenset[str]], ...] = tuple(
    (pattern, frozenset(codes.split()))
    for pattern, codes in (
        (r"R\$|reais|real\b", "BRL"),
        (r"US\$|U\$S|US dollars?|dólares americanos|dólares estad[ou]\w+", "USD"),
        (r"C\$|CA\$|CAD\$|Canadian dollars?|dólares canad\w+", "CAD"),
        (r"A\$", "AUD"),
        (r"€|euros?\b", "EUR"),
        (r"£|pounds?\b|libras?\b", "GBP"),
        (r"¥|yen\b|ienes?\b", "JPY"),
        (r"\$|dollars?\b|dólares?\b", "USD CAD AUD MXN CLP COP"),
        (r"pesos?\b", "MXN CLP COP"),
    )
)
_CODE = r"\b(?:AUD|BRL|CAD|CHF|CLP|COP|EUR|GBP|INR|JPY|MXN|USD|CNY|SEK|NOK|DKK|PLN|ARS|PEN|ZAR|KRW)\b"
_MONEY = rf"(?:{_CODE}|{'|'.join(pattern for pattern, _ in _CURRENCIES)})"
_DIGITS = r"\d{1,3}(?:[ '’]\d{3})+(?:[.,]\d+)?(?!\d)|\d(?:[\d.,'’]*\d)?"
_NUMBER = re.compile(
    rf"(?P<money>{_MONEY})?\s*(?P<sign>[(−–+-]\s?)?(?P<money2>{_MONEY})?\s*(?P<digits>{_DIGITS})\)?"
    rf"(?P<fraction>\s*[/⁄]\s*\d+)?"
    rf"(?:\s*(?P<scale>{_SCALE})\b)?"
    rf"(?:\s*(?:de\s+|of\s+)?(?P<money3>{_MONEY}))?",
    re.IGNORECASE,
)
_UNITS: tuple[tuple[ClaimUnit, re.Pattern[str]], ...] = (
    ("points", re.compile(r"\s*-?(?:percentage[- ]points?|pp\b|p\.\s?p\.|pontos? percentua\w+"
    r"|puntos? porcentual\w*)", re.I)),
    ("points", re.compile(r"\s*(?:%|per cent|percent)\s*-?\s*(?:points?|pontos?|puntos?)", re.I)),
    ("other", re.compile(r"\s*(?:bps\b|basis points?|pontos?-?\s?base|puntos? básicos?|fold\b|-fold\b|‰)", re.I)),
    ("percent", re.compile(r"\s*(?:%|per ?cent\b|pct\b|por cento|por ciento)", re.I)),
    ("times", re.compile(r"\s*(?:x\b|×|times\b|vez(?:es)?\b|veces\b)", re.I)),
    ("per share", re.compile(r"\s*(?:a|per|for each|por|cada)\s+(?:share|ação|acción)\b", re.I)),
    (
        "people",
        re.compile(
            r"\s*(?:people|persons?|employees|staff|heads|workers|pessoas|colaborador\w*|funcionári\w+|empregad\w+"
            r"|personas|empleados|trabajador\w+)\b",
            re.I,
        ),
    ),
)  # fmt: skip

# Numbers in words; articles ("a", "one", "um", "una") are left out, they count nothing. Value -> who says it.
_CARDINALS: Mapping[str, int] = {
    word: value
    for words, value in (
        ("two dois duas dos", 2), ("three três tres", 3), ("four quatro cuatro", 4), ("five cinco", 5),
        ("six seis", 6), ("seven sete siete", 7), ("eight oito ocho", 8), ("nine nove nueve", 9),
        ("ten dez diez", 10), ("eleven onze once", 11), ("twelve doze doce", 12), ("fifteen quinze quince", 15),
        ("twenty vinte veinte", 20), ("thirty trinta treinta", 30), ("forty quarenta cuarenta", 40),
        ("fifty cinquenta cincuenta", 50), ("sixty sessenta sesenta", 60), ("seventy setenta", 70),
        ("eighty oitenta ochenta", 80), ("ninety noventa", 90), ("hundred cem cento cien ciento", 100),
        ("thousand", 1000), ("million milhão millón", 10**6), ("billion bilhão", 10**9), ("dozen dúzia docena", 12),
    )
    for word in words.split()
}  # fmt: skip
_FRACTIONS = (
    r"half|halves|halved|halving|(?:a|one|two|three|four)[- ](?:thirds?|quarters?|fifths?|tenths?)"
    r"|doubl\w+|tripl\w+|trebl\w+|quadrupl\w+|quintupl\w+|twice|thrice|\w+fold"
    r"|metade|meio|(?:um|dois|três) (?:terços?|quartos?|quintos?|décimos?)|dobr\w+|duplic\w+|triplic\w+|o dobro"
    r"|mitad|medio|(?:un|dos|tres) (?:tercios?|cuartos?|quintos?|décimos?)|el doble|tercera parte|cuarta parte"
)
# What is "dos" in Portuguese ("of the"), and "once" in English, is no number there.
_NOT_IN: Mapping[Language, frozenset[str]] = {
    "en": frozenset({"dos", "once", "tres", "seis", "doce"}),
    "pt": frozenset({"dos", "once"}),
    "es": frozenset({"six"}),
}
_WORDS = re.compile(rf"\b(?:{_FRACTIONS}|{'|'.join(sorted(_CARDINALS, key=len, reverse=True))})\b", re.IGNORECASE)
_OF_THEM = re.compile(  # "the highest of the three"
    r"\b(?:of|among|between|all)(?: the| all)? $|\b(?:d[ao]s|entre [ao]s|de l[ao]s|entre l[ao]s|tod[ao]s [ao]s) $",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    r"\W+(?:(?!(?:an?|the|per|um|no|ao|o|el|al|un|por)\b)\w+\W+){0,1}?(?P<what>compan\w+|peers?|firms|groups|empresas|companhias|pares|concorrentes|compañías|grupos"
    r"|years?|anos|años|exercícios|ejercicios|periods?|períodos?)\b",
    re.IGNORECASE,
)
_YEARS = re.compile(r"year|ano|año|exerc|ejerc|per", re.IGNORECASE)


@dataclass(frozen=True)
class Claim:
    """A number that a sentence states. amount: in single units; None for one in words or of a form that says none.

    counted: "companies" or "years" where it counts those of the table. currencies: those that its mark may mean.
    """

    start: int
    end: int
    words: str
    amount: float | None
    unit: ClaimUnit
    currencies: frozenset[str] = frozenset()
    counted: str = ""


@dataclass(frozen=True)
class Mention:
    """Where a sentence names a company, a period or an indicator."""

    start: int
    end: int
    what: str


@dataclass(frozen=True)
class Sentence:
    """A sentence as it is read: names are masked in `text`, so that no number or word within them counts."""

    original: str
    plain: str  # as `text`, with its names, character by character
    text: str
    companies: tuple[Mention, ...]
    periods: tuple[Mention, ...]
    indicators: tuple[Mention, ...]
    numbers: tuple[Claim, ...] = field(default=())


_ABBREVIATED = re.compile(
    r"(?:\b(?:S\.A|S\.L|N\.V|B\.V|S\.p\.A|Ltd|Inc|Corp|Co|Ltda|vs|approx|ca|No|p\.p|e\.g|i\.e|U\.S|Sr|Sra)|\b[A-Z])\.$"
)


def sentences(prose: str) -> list[str]:
    """The sentences of a text; a legal form such as "Ltd." ends none."""
    found: list[str] = []
    for line in filter(None, map(str.strip, prose.splitlines())):
        parts = re.split(r"(?<=[.!?])[\"”’)]*\s+(?=[\"“‘(¿¡]?[A-ZÀ-Þ\d])", line)
        made = [parts[0]]
        for part in parts[1:]:
            if _ABBREVIATED.search(made[-1]):
                made[-1] = f"{made[-1]} {part}"
            else:
                made.append(part)
        found += made
    return found


def read(
    sentence: str,
    language: Language,
    *,
    companies: Mapping[str, Sequence[str]],
    indicators: Mapping[str, Sequence[str]],
    literals: Sequence[str] = (),
) -> Sentence:
    """Mentions and numbers of a sentence. companies, indicators: what is meant -> the names it may have."""
    text = unicodedata.normalize("NFKC", sentence).replace("\u202f", " ").replace("\u2011", "-")
    for literal in literals:
        text = text.replace(literal, " " * len(literal))
    plain = text
    text, named = _masked(text, companies)
    text, periods = _periods(text)
    text, said = _masked(text, indicators)
    return Sentence(sentence, plain, text, named, periods, said, tuple(_numbers(text, language)))


def _masked(text: str, names: Mapping[str, Sequence[str]]) -> tuple[str, tuple[Mention, ...]]:
    pairs = sorted(((name, what) for what, all_of in names.items() for name in all_of), key=lambda p: -len(p[0]))
    found: list[Mention] = []
    for name, what in pairs:
        pattern = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE)
        while match := pattern.search(text):
            found.append(Mention(match.start(), match.end(), what))
            text = text[: match.start()] + "\x00" * len(match.group()) + text[match.end() :]
    return text.replace("\x00", " "), tuple(sorted(found, key=lambda mention: mention.start))


_PERIOD = re.compile(
    rf"(?<![\d.,/$€£])\b(?:FY\s?)?(?P<year>(?:19|20)\d\d)(?P<second>[/–-]\d\d(?:\d\d)?)?\b"
    rf"(?!\s*(?:{_SCALE}|%|x\b|×|people|employees|pessoas|personas)(?!\w))(?![\d/]|[.,]\d)",
    re.IGNORECASE,
)


def _periods(text: str) -> tuple[str, tuple[Mention, ...]]:
    from helpers.poc.financial_report.normalisation import fiscal_year

    found: list[Mention] = []
    for match in _PERIOD.finditer(text):
        if re.search(rf"{_MONEY}\s*$", text[: match.start()], re.IGNORECASE):
            continue  # an amount of money that looks like a year
        found.append(
            Mention(match.start(), match.end(), fiscal_year(match.group("year") + (match.group("second") or "")))
        )
    for mention in found:
        text = text[: mention.start] + " " * (mention.end - mention.start) + text[mention.end :]
    return text, tuple(found)


def _numbers(text: str, language: Language) -> list[Claim]:
    found: list[Claim] = []
    taken = text
    for match in _NUMBER.finditer(text):
        claim = _of_digits(text, match, language)
        found.append(claim)
        taken = taken[: claim.start] + " " * (claim.end - claim.start) + taken[claim.end :]
    for match in _WORDS.finditer(taken):
        word = match.group().lower()
        if word in _NOT_IN[language]:
            continue
        found.append(
            Claim(
                match.start(),
                match.end(),
                match.group(),
                _CARDINALS.get(word),
                "other",
                counted=_counts(taken[match.end() :])
                or ("companies" if _OF_THEM.search(taken[: match.start()]) else ""),
            )
        )
    return sorted(found, key=lambda claim: claim.start)


def _of_digits(text: str, match: re.Match[str], language: Language) -> Claim:
    decimal = decimal_mark(language)
    digits = match.group("digits")
    amount = _amount(digits, decimal)
    currency = next((match.group(name) for name in ("money", "money2", "money3") if match.group(name)), "")
    unit: ClaimUnit = "bare"
    end = match.end()
    for name, pattern in _UNITS:
        if after := pattern.match(text, end):
            unit, end = name, after.end()
            break
    if unit == "bare" and (currency or match.group("scale")):
        unit = "money"
    if match.group("fraction") or (unit not in ("money", "per share", "bare") and currency):
        unit, amount = "other", None
    if amount is not None:
        amount *= _SCALE_WORDS.get((match.group("scale") or "").lower(), 1.0)
        if (match.group("sign") or "").strip() in ("(", "−", "-", "–") and not _dash(text, match):
            amount = -amount
    counted = _counts(text[end:]) if unit == "bare" else ""
    start = match.start() + len(match.group()) - len(match.group().lstrip())
    return Claim(start, end, text[start:end].strip(), amount, unit, currencies_of(currency), counted)


def _dash(text: str, match: re.Match[str]) -> bool:
    """Whether what stands before the digits is a bracket of the sentence, or a dash between words."""
    sign = (match.group("sign") or "").strip()
    if sign == "(":
        closed = text.find(")", match.end("digits"))
        return closed != match.end("digits")
    return match.start("sign") > 0 and text[match.start("sign") - 1].isalnum()


def _amount(digits: str, decimal: str) -> float | None:
    """The number, None where its marks fit no way of writing numbers in this language."""
    other = "." if decimal == "," else ","
    whole, mark, decimals = digits.partition(decimal)
    if mark and not decimals.isdigit():
        return None
    groups = re.split(rf"[{re.escape(other)}'’ ]", whole)
    if len(groups) > 1 and (not 1 <= len(groups[0]) <= 3 or any(len(group) != 3 for group in groups[1:])):
        return None
    if not all(group.isdigit() for group in groups):
        return None
    return float("".join(groups) + (f".{decimals}" if mark else ""))


def currencies_of(mark: str) -> frozenset[str]:
    """The codes that a currency's mark may mean: "R$" -> {"BRL"}, "$" -> several; empty for none."""
    if not mark:
        return frozenset()
    if re.fullmatch(_CODE, mark, re.IGNORECASE):
        return frozenset({mark.upper()})
    return next((codes for pattern, codes in _CURRENCIES if re.fullmatch(pattern, mark, re.IGNORECASE)), frozenset())


def _counts(after: str) -> str:
    found = _COUNTED.match(after)
    if not found:
        return ""
    return "years" if _YEARS.match(found.group("what")) else "companies"
