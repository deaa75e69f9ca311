"""What filings print: periods, scales, currencies, the mark before decimals, how far a number is rounded.

It reads English, Portuguese and Spanish. A heading that is no whole financial year (a quarter, a budget, a change) has
no period, so that its column is never taken for one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from helpers import figures
from helpers.documents.marks import MARKS

NUMBER = re.compile(r"[(−-]?\d(?:[\d.,'’]*\d)?")
_NO_YEAR = re.compile(
    r"\b(?:Q[1-4]|[1-4]Q|[1-4][TS]|[TS][1-4]|H[12]|[12]H|[1-9]M|1[01]M|LTM|YTD|quarters?|trimestres?|half|semestres?"
    r"|(?:three|six|nine) months|budget\w*|forecast\w*|guidance|outlook|plan|target|orçamento|presupuesto|projeção"
    r"|change|growth|variação|variación|var\.?|pro[ -]?forma)\b|[%Δ]|\b(?:19|20)\d{2}\s?[EeBb]\b|\b\d[QT]\d{2}\b",
    re.IGNORECASE,
)
_TWO_YEARS = re.compile(r"(?<!\d)((?:19|20)\d{2})\s?[/–-]\s?((?:19|20)?\d{2})(?!\d)(?!\s?[/–.-]\s?\d)")
_YEAR = re.compile(r"(?<![\d.,])((?:19|20)\d{2})(?![\d,])(?!\.\d)")
_SHORT_YEAR = re.compile(r"\bFY\s?'?(\d{2})\b(?!\s?/)", re.IGNORECASE)
_DATE = re.compile(r"\b\d{1,2}[./]\d{1,2}[./](?=(?:19|20)\d{2}\b)")  # 31.12.2024
# A year of 52 or 53 weeks may end in the first days of the next one: 3 January 2026 ends FY2025.
_EARLY = re.compile(
    r"\b(?:0?[1-9]|10)(?:st|nd|rd|th)?\s+(?:de\s+)?(?:Jan(?:uary)?|enero|janeiro)\.?,?\s+(?:de\s+)?(20\d{2})\b"
    r"|\bJan(?:uary)?\s+(?:0?[1-9]|10),?\s+(20\d{2})\b",
    re.IGNORECASE,
)
_SPAN = re.compile(r"(?:19|20)\d{2}\s+(?:to|until|a|até|al|hasta)\s+(?=.*(?:19|20)\d{2})")  # 1 October 2023 to …
_MARKS = re.compile(rf"\s*[{re.escape(MARKS)}]+")  # of footnotes
_SPACED = re.compile(r"\d{1,3}(?:\s\d{3})+(?:[.,]\d+)?")  # thousands set apart by spaces
_FY_PAIR = re.compile(r"\bFY\s?'?(\d{2})\s?/\s?(\d{2})\b", re.IGNORECASE)

_SCALES = (
    ("crore", r"crores?|crs?\.?(?=\W|$)"),
    ("lakh", r"la(?:kh|c)s?"),
    ("billion", r"billions?|bn|bilh(?:ões|ão)|mil millones|bi"),
    ("million", r"millions?|mio|mn|milh(?:ões|ão)|millones|mill[oó]n|mi|(?<=[€$£])\s?m"),
    ("thousand", r"thousands?|milhares|miles|mil|000s?|(?<=[€$£])\s?k"),
)
_SCALE = re.compile("|".join(rf"(?P<{name}>(?<![^\W\d_])(?:{words})(?!\w))" for name, words in _SCALES), re.IGNORECASE)
_CURRENCIES = (
    ("BRL", r"R\$|\bBRL\b|\breais\b"),
    ("CAD", r"\bC(?:A|DN)?\$|\bCAD\b|\bCanadian dollars?\b"),
    ("AUD", r"\bAU?\$|\bAUD\b|\bAustralian dollars?\b"),
    ("MXN", r"\bM(?:X|EX)?\$|\bMXN\b|\b(?:Mexican pesos?|pesos mexicanos)\b"),
    ("USD", r"\bUS\$|\bUSD\b|\b(?:US|U\.S\.) dollars?\b|\bd[óo]lares(?: (?:norte-?americanos|estadounidenses))?\b"),
    ("EUR", r"€|\bEUR\b|\beuros?\b"),
    ("GBP", r"£|\bGBP\b|\bpounds? sterling\b"),
    ("CHF", r"\bCHF\b|\bSwiss francs?\b"),
    ("JPY", r"¥|\bJPY\b|\byen\b"),
    ("INR", r"₹|\bINR\b|\brupees?\b"),
    ("CLP", r"\bCLP\b|\bpesos chilenos\b"),
    ("COP", r"\bCOP\b|\bpesos colombianos\b"),
    ("$", r"(?<![A-Za-z])\$"),
)
_CURRENCY = re.compile("|".join(f"(?P<c{n}>{words})" for n, (_, words) in enumerate(_CURRENCIES)))
OF_DOLLARS = frozenset(("USD", "CAD", "AUD", "MXN", "CLP", "COP"))  # whose sign may be a bare "$"
PER_SHARE = re.compile(
    r"\b(?:(?:per|a|each)(?: \w+){0,2} shares?|por (?:ação|ações|acción|acciones)|per-share|[ED]PS)\b", re.IGNORECASE
)
HUNDREDTHS = re.compile(r"\((?:p|c)\)|\b(?:pence|cents?|centavos?|c[ée]ntimos?|cêntimos?)\b", re.IGNORECASE)
PERCENT = re.compile(r"%|\bper ?cent\b|\bpor ?c(?:ento|iento)\b", re.IGNORECASE)
POINTS = re.compile(
    r"\s*(?:%\s*)?(?:percentage points?|(?:p\.?p\.?|bps?|basis points?)(?!\w)|pontos? (?:percentuais|base)"
    r"|puntos? (?:porcentuales|básicos))",
    re.IGNORECASE,
)


def period_of(text: str) -> str | None:
    """The financial year that a heading names, by the year it ends in: "2023/24" -> "FY2024"; None where it is none."""
    if _NO_YEAR.search(text):
        return None
    text = _EARLY.sub(lambda match: f"FY{int(match[1] or match[2]) - 1}", text)
    return years[0] if len(years := _periods(_SPAN.sub(" ", text))) == 1 else None


def periods_in(text: str) -> list[str]:
    """Every year that a text names, in order: "in 2024 (2023: 4)" -> ["FY2024", "FY2023"]."""
    return _periods(text)


def _periods(text: str) -> list[str]:
    found: list[tuple[int, str]] = []

    def paired(match: re.Match[str]) -> str:
        first, second = int(match[1]), match[2]
        follows = int(second) == (first + 1 if len(second) == 4 else (first + 1) % 100)
        found.extend((match.start(), f"FY{year}") for year in ([first + 1] if follows else [first, _whole(second)]))
        return " " * len(match[0])

    def short_pair(match: re.Match[str]) -> str:
        found.append((match.start(), f"FY20{match[2]}"))
        return " " * len(match[0])

    left = _FY_PAIR.sub(short_pair, _TWO_YEARS.sub(paired, _DATE.sub(lambda match: " " * len(match[0]), text)))
    found += [(m.start(), f"FY20{m[1]}") for m in _SHORT_YEAR.finditer(left)]
    found += [(m.start(), f"FY{m[1]}") for m in _YEAR.finditer(re.sub(r"(?i)\bFY(?=\d{4})", "", left))]
    return list(dict.fromkeys(year for _, year in sorted(found)))


def _whole(year: str) -> int:
    return int(year) if len(year) == 4 else 2000 + int(year)


def scales_in(text: str) -> list[str]:
    """The scales that a text names, in order: "R$ mil" -> ["thousand"]."""
    return list(dict.fromkeys(match.lastgroup for match in _SCALE.finditer(text) if match.lastgroup))


def currencies_in(text: str) -> list[str]:
    """The currencies that a text names, in order; "$" for a sign that several countries use."""
    return list(dict.fromkeys(_CURRENCIES[int(match.lastgroup[1:])][0] for match in _CURRENCY.finditer(text)))


def decimal_in(text: str, language: str = "en") -> str:
    """The mark before decimals, by the numbers of a text themselves; by its language where they do not tell."""
    votes = {
        ",": len(re.findall(r"(?<![\d.,])\d{1,3}(?:\.\d{3})*,\d{1,2}(?![\d,])", text))
        + len(re.findall(r"(?<![\d.,])\d{1,3}(?:\.\d{3}){2,}(?![\d.])", text)),
        ".": len(re.findall(r"(?<![\d.,])\d{1,3}(?:,\d{3})*\.\d{1,2}(?![\d.])", text))
        + len(re.findall(r"(?<![\d.,])\d{1,3}(?:,\d{3}){2,}(?![\d,])", text)),
    }
    if votes[","] != votes["."]:
        return max(votes, key=lambda mark: votes[mark])
    return figures.decimal_mark(language)


def numbers(text: str) -> list[str]:
    """The numbers of a text as they are printed, with a bracket or minus before them."""
    return [match.group() for match in NUMBER.finditer(text)]


def rounding(number: str, decimal: str) -> float:
    """What one step in a printed number's last place is worth: "2.127,2" -> 0.1, "119" -> 1."""
    digits = re.search(r"\d[\d.,'’\s]*", number)
    after = digits.group().rstrip("., '’").rpartition(decimal)[2] if digits and decimal in digits.group() else ""
    return 10.0 ** -sum(c.isdigit() for c in after)


def cell_number(cell: str, decimal: str) -> float | None:
    """The number of a table's cell; None for a dash, a word, a date, or a cell that holds more than one number."""
    cell = _MARKS.sub("", cell.replace("\u2212", "-")).strip()
    if not re.fullmatch(r"[^\w\d]*(?:[A-Z]{0,3}\W*)?\d[\d.,'’\s\u00a0\u202f]*[\s%)*†‡]*(?:[a-z]|\(\d\))?\s*", cell):
        return None
    digits = re.search(r"\d[\d.,'’\s]*", cell)
    if digits and re.search(r"\s", digits[0].strip()) and not _SPACED.fullmatch(digits[0].strip()):
        return None  # two numbers, or a number and a footnote: "812 2"
    return figures.to_number(cell, decimal)


def same_digits(one: float, number: str) -> bool:
    """Whether a value is a printed number read with another mark before decimals: 278.413 and "278.413"."""

    def digits(text: str) -> str:
        return re.sub(r"\D", "", text).strip("0")

    return bool(digits(number)) and digits(f"{one:.10g}") == digits(number)


def first_of(texts: Iterable[str], read: object) -> str:
    """The first thing that `read` finds in the texts, "" for nothing; a text that names several tells none."""
    for text in texts:
        if len(found := read(text)) == 1:  # type: ignore[operator]
            return found[0]
    return ""
