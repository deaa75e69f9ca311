# ruff: noqa: SIM905 - lists of words read better as text
"""Typed values in text: dates, times, amounts, durations, numbers, names.

Written by rule, for English with the commonest forms of other European languages.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

_MONTH = (
    r"(?:jan(?:uary|eiro)?|feb(?:ruary)?|fevereiro|mar(?:ch|ço|zo)?|apr(?:il)?|abril|may|mai[oe]?|mayo|june?|junh?io"
    r"|july?|julh?io|aug(?:ust)?|agosto|sep(?:t(?:ember)?)?|set(?:embro)?|oct(?:ober)?|out(?:ubro)?|octubre"
    r"|nov(?:ember|embro|iembre)?|dec(?:ember)?|dez(?:embro)?|diciembre)"
)
_DAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?"
# Bounded: a text that is one run of digits and commas is read in turn.
_NUMBER = r"\d+(?:[.,\u00a0\u202f]\d+|['’]\d{3}(?!\d)){0,12}"
_NUMBER_WORD = (
    r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen"
    r"|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|(?:a )?hundred|(?:a )?thousand|a dozen"
    r"|dois|duas|três|tres|quatro|cuatro|cinco|seis|sete|siete|oito|ocho|nove|nueve|dez|diez|doze|doce|quinze|quince"
    r"|vinte|veinte|trinta|treinta)"
    r"(?:[- ](?:one|two|three|four|five|six|seven|eight|nine|hundred|thousand|million|billion))*"
)
_SCALE = r"(?:\s?(?:thousand|million|billion|trillion|mil(?:hões|hão)?|millones|bi(?:lhões)?|bn|mn|[kmb])\b)?"
_CURRENCY = r"(?:R\$|US\$|[$€£¥₹]|\b(?:USD|EUR|GBP|BRL|JPY|CHF|INR)\b)"
_CURRENCY_WORD = (
    r"(?:dollars?|euros?|pounds?|reais|real|yen|rupees?|francs?|cents?|pence|pesos?|crowns?"
    r"|cêntimos?|centavos?|céntimos?|USD|EUR|GBP|BRL|CHF)"
)
_UNIT_OF_TIME = (
    r"(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?|nights?|decades?|dias?|horas?|meses|anos?|años?|semanas?)"
)
_UNIT = (
    r"(?:km/h|mph|kms?|kilomet(?:er|re)s?|met(?:er|re)s?|cm|mm|miles?|feet|foot|inch(?:es)?|kg|kilos?|kilograms?|grams?"
    r"|tons?|tonnes?|lit(?:er|re)s?|ml|°\s?[CF]|degrees?|watts?|kwh?|kw|mb|gb|tb|square met(?:er|re)s?|hectares?"
    r"|acres?)"
)

_MEASURES = {  # a quantity by what it measures
    "length": r"(?:kms?|kilomet(?:er|re)s?|met(?:er|re)s?|metros?|cm|mm|m|miles?|feet|foot|ft|inch(?:es)?|yards?)",
    "mass": r"(?:kg|kilos?|kilograms?|grams?|g|mg|tons?|tonnes?|pounds|lbs?|ounces?)",
    "temperature": r"(?:°\s?[CF]?|degrees?|graus|grados)",
    "speed": r"(?:km/h|mph|knots|kilomet(?:er|re)s? (?:an|per) hour|m/s)",
}

_CAP = r"(?-i:[A-Z\u00c0-\u00de])[\w'’-]*"
_COLOUR = (
    r"\b(?:(?:dark|light|pale|bright|navy|sky|olive)[ -])?(?:red|blue|green|yellow|black|white|grey|gray|brown|orange"
    r"|purple|pink|violet|turquoise|beige|silver|gold|cream|teal|navy|maroon|crimson|amber)\b"
)

_PATTERNS: dict[str, re.Pattern[str]] = {
    kind: re.compile(pattern, re.IGNORECASE)
    for kind, pattern in {
        "date": rf"\b\d{{4}}-\d{{2}}-\d{{2}}\b|\b\d{{1,2}}[/.]\d{{1,2}}[/.]\d{{2,4}}\b"
        rf"|\b\d{{1,2}}(?:st|nd|rd|th|º)?(?:\s+(?:of|de))?\s+{_MONTH}\b(?:,?\s+(?:de\s+)?\d{{4}})?"
        rf"|\b{_MONTH}\.?\s+\d{{1,2}}(?:st|nd|rd|th)?\b(?:,?\s+\d{{4}})?|\b{_MONTH}\s+\d{{4}}\b"
        rf"|\b(?:1[5-9]|20)\d{{2}}\b|\b{_DAY}\b|\b(?:january|february|april|june|july|august|september|october|november"
        rf"|december)\b|\bevery (?:day|week|month|year)\b"
        rf"|\b(?:the )?(?:first|second|third|fourth|last|next|\d{{1,2}}(?:st|nd|rd|th)) (?:working "
        rf"|business )?(?:day|week|month|year)\b|\bthe day after tomorrow\b|\b(?:tomorrow|yesterday|today"
        rf"|tonight|amanhã|hoje|ontem|mañana|hoy|ayer)\b|\bin (?:\d+|a|two|three|four|five|six) (?:days?"
        rf"|weeks?)\b|\b(?:next|this|on|coming) {_DAY}\b|\b(?:spring|summer|autumn|winter)\b",
        "time": r"\b\d{1,2}(?::|h)\d{2}(?::\d{2})?(?:\s?[ap]\.?m\b\.?)?|\b\d{1,2}\s?[ap]\.?m\b\.?"
        r"|\b\d{1,2} o'clock\b|\b(?:noon|midnight|midday)\b",
        "money": rf"{_CURRENCY}\s?{_NUMBER}{_SCALE}|\b{_NUMBER}{_SCALE}\s?(?:{_CURRENCY}|{_CURRENCY_WORD}\b)"
        rf"|\b{_NUMBER_WORD}\s{_CURRENCY_WORD}\b|\bfree of charge\b|\bfor free\b|\bis free\b|\bare free\b"
        rf"|\bno charge\b",
        "percent": rf"\b{_NUMBER}\s?%|\b(?:{_NUMBER}|{_NUMBER_WORD})\s(?:percent|per cent|percentage points)\b"
        r"|\bhalf (?:of|the|price|off)\b",
        "duration": rf"\b(?:{_NUMBER}|{_NUMBER_WORD}|an?|half an)(?:\s|-)"
        rf"(?:business |working |calendar |full |consecutive )?{_UNIT_OF_TIME}\b",
        "quantity": rf"\b(?:{_NUMBER}|{_NUMBER_WORD})\s?-?{_UNIT}(?!\w)",
        **{kind: rf"\b(?:{_NUMBER}|{_NUMBER_WORD})\s?-?{unit}(?!\w)" for kind, unit in _MEASURES.items()},
        "year": r"\b(?:1[0-9]|20)\d{2}\b(?!\s?[$€£%\w])",
        "date time": r"\b\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2})?(?:[.,]\d+)?(?:Z|[+-]\d{2}:?\d{2})?",
        "range": rf"(?:{_CURRENCY}\s?)?\b{_NUMBER}{_SCALE}\s?(?:to|until|and|[-–—]|a"
        rf"|bis)\s?(?:{_CURRENCY}\s?)?{_NUMBER}{_SCALE}(?!\w)",
        "ordinal": r"\b\d{1,3}(?:st|nd|rd|th)\b(?!\s+(?:of\b|(?-i:[A-Z])))|\b(?:first|third|fourth|fifth"
        r"|sixth|seventh|eighth|ninth|tenth)\b(?!\s+of)",
        "expression": r"[\d.(]+(?:\s*[-+*/^%]\s*[(]*[\d.]+[)]*)+",
        "nobody": r"\b(?:nobody|no one|none)\b",
        "month day": r"\b(?:on the|on day|day|dia|día)\s\d{1,2}(?:st|nd|rd|th)?\b|\b\d{1,2}(?:st|nd|rd"
        r"|th)\b(?!\s+(?:floor|of\s+\w+\s+\d))",
        "address": rf"\b\d{{1,5}}[a-z]?,?\s{_CAP}(?:[ -]{_CAP}){{0,4}}|\b{_CAP}(?:[ -](?:de |da |do |del |la "
        rf")?{_CAP}){{0,4}},?\s\d{{1,5}}[a-z]?\b",
        "month": rf"\b{_MONTH}\b",
        "weekday": rf"\b{_DAY}\b|\b(?:segunda|terça|quarta|quinta|sexta|sábado|domingo|lunes|martes|miércoles"
        rf"|jueves|viernes)\b"
        r"|\b(?:daily|every day|weekdays?|weekends?)\b",
        "span": r"\b(?:from|between|de|das|desde)\s[^.;,\n]{1,30}?\d[^.;,\n]{0,20}?\s(?:to|until|till|and|a"
        r"|até|às|hasta)\s[^.;,\n]{0,20}?\d+"
        r"|\b\d{1,2}(?::\d{2})?\s?(?:to|until|[-–])\s?\d{1,2}(?::\d{2})?\b",
        "colour": _COLOUR,
        "reason": r"\b(?:because|due to|owing to|since|so that|in order to|thanks to|as a result|on account of|reason|"
        r"caused? by|after|for|porque|devido a|por causa|debido a|por)\b",
        "frequency": rf"\b(?:every|each|once|twice|daily|weekly|monthly|yearly|hourly|annually|nightly|always|never|"
        rf"per {_UNIT_OF_TIME}|times an? {_UNIT_OF_TIME}|a cada|todos os|cada)\b",
        "number": rf"(?<![\w.,]){_NUMBER}(?!\w){_SCALE}|\b{_NUMBER_WORD}\b",
        "email": r"\b[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+\b",
        "url": r"\bhttps?://[^\s)>\]]+|\bwww\.[^\s)>\]]+",
        "phone": r"(?<!\w)\+?\d{1,4}(?:[ -]\(?\d{2,5}\)?){2,5}\b|\b\d{3}-\d{4}\b",
        "long code": r"\b[A-Z]{1,6}[-_/#]?\d[\w/-]*\b|\b\d+[-/][A-Z][\w/-]*\b",
        "code": r"\b0x[0-9a-f]+\b|\b[A-Z]{1,6}[-_]?\d{2,}[\w-]*\b|\b\d+[A-Z]\w*-\w+\b",
    }.items()
}
# Names are told by their capitals, so these two are case-sensitive. A capital that only begins the sentence is no name.
_CAPITALISED = r"[A-Z\u00c0-\u00de][\w'’&.-]*[\w]"
_PARTICLE = r"(?:de|da|do|dos|das|van|von|der|den|del|di|la|le|of|the|bin|al)"
_NAME = re.compile(rf"{_CAPITALISED}(?:\s(?:{_PARTICLE}\s)*{_CAPITALISED})*")
_PLACE = re.compile(
    rf"\b(?:in|at|to|from|near|on|of|behind|beside|inside|outside|into|under|opposite|next to|between)\s"
    rf"(?:the\s)?(?:[\w'-]+\s){{0,3}}?(?:{_CAPITALISED}|floor|room|building|lobby|office|desk|street|station|basement"
    rf"|hall|park|square|garage|kitchen|drawer|shelf|cabinet|entrance|counter|pier|platform|gate|terminal|harbou?r"
    rf"|port|flap|door|portal|page|website|menu|tab)\b"
)
_NOT_NAMES = frozenset(
    "between with by since after before during under the a an in on at it this that these those we you he she "
    "they i if when what where who why how our your their its "
    "there then but and or for from to all no yes not new please hi hello dear monday tuesday wednesday thursday "
    "friday saturday sunday january february march april may june july august september october "
    "november december".split()
)


@dataclass(frozen=True)
class Value:
    """A typed value as it stands in a text, from character `start` to `end`."""

    kind: str
    text: str
    start: int
    end: int


def numbers_alone(text: str, also: tuple[str, ...] = ()) -> tuple[Value, ...]:
    """The numbers that are no part of a date, a time, a code or a phone number, nor of the kinds named in `also`."""
    others = ("date", "time", "phone", "email", "url", "long code", *also)
    spans = sorted(
        (v.start, v.end) for kind in others for v in values(text, kind) if v.kind != "date" or not v.text.isdigit()
    )
    starts = [start for start, _ in spans]
    ends = list(accumulate((end for _, end in spans), max))
    kept = []
    for value in values(text, "number"):
        before = bisect_right(starts, value.start)
        if not before or ends[before - 1] <= value.start:
            kept.append(value)
    return tuple(kept)


def values(text: str, kind: str) -> tuple[Value, ...]:
    """The values of one kind in a text, in order.

    Kinds: date, year, month, weekday, time, money, percent, duration, frequency, quantity, length, mass, temperature,
    speed, span (of time), number, email, url, phone, code, colour, name, place, reason (the words that begin one).
    """
    return _remembered(text, kind) if len(text) <= _LONGEST_REMEMBERED else _values(text, kind)


_LONGEST_REMEMBERED = 4_000  # characters: thousands of texts at the context limit would be gigabytes


@lru_cache(maxsize=4096)
def _remembered(text: str, kind: str) -> tuple[Value, ...]:
    return _values(text, kind)


def _values(text: str, kind: str) -> tuple[Value, ...]:
    if kind == "name":
        return _names(text)
    pattern = _PLACE if kind == "place" else _PATTERNS[kind]
    return tuple(Value(kind, m.group().strip(), m.start(), m.end()) for m in pattern.finditer(text))


def _names(text: str) -> tuple[Value, ...]:
    found = []
    for match in _NAME.finditer(text):
        parts = match.group().split(" ")
        start = match.start()
        while parts and parts[0].lower() in _NOT_NAMES:
            start += len(parts[0]) + 1
            parts = parts[1:]
        begins = start == 0 or text[max(0, start - 40) : start].rstrip()[-1:] in ".!?:\n"
        alone = len(parts) == 1 and parts[0].isalpha() and not parts[0].isupper()
        # A single capitalised word that begins a sentence is a name only where a verb of being or doing follows it.
        if parts and not (
            begins and alone and not re.match(r"\s+(?:is|was|will|has|and)\b", text[match.end() : match.end() + 12])
        ):
            found.append(Value("name", " ".join(parts), start, match.end()))
    return tuple(found)
