# ruff: noqa: SIM905 - lists of words read better as text
"""Values as text -> the number, date or time that a schema's type asks for: `three`, `1.250,50 €`, `12 March 2025`."""

from __future__ import annotations

import re
from datetime import date, timedelta

_UNITS = {
    word: i
    for i, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen".split()
    )
} | {"a": 1, "an": 1, "dozen": 12, "half": 0.5, "no": 0, "nobody": 0, "none": 0, "once": 1, "twice": 2, "free": 0} | {
    "dois": 2, "duas": 2, "dos": 2, "três": 3, "tres": 3, "quatro": 4, "cuatro": 4, "cinco": 5, "seis": 6, "sete": 7,
    "siete": 7, "oito": 8, "ocho": 8, "nove": 9, "nueve": 9, "dez": 10, "diez": 10, "doze": 12, "doce": 12,
    "quinze": 15, "quince": 15, "vinte": 20, "veinte": 20, "trinta": 30, "treinta": 30,
}  # fmt: skip
_TENS = dict(zip("twenty thirty forty fifty sixty seventy eighty ninety".split(), range(20, 100, 10), strict=True))
_SCALES = {
    "hundred": 100, "thousand": 1e3, "k": 1e3, "million": 1e6, "mn": 1e6, "m": 1e6, "billion": 1e9, "bn": 1e9,
    "b": 1e9, "trillion": 1e12,
}  # fmt: skip
_ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth".split()
_DIGITS = re.compile(r"[-−]?\d+(?:[.,\u00a0\u202f'’]\d+)*")
# The first letters of a month in English, Portuguese and Spanish.
_MONTHS = "jan|ene feb|fev mar apr|abr may|mai jun jul aug|ago sep|set oct|out nov dec|dez|dic".split()


def number(text: str) -> float | None:
    """`$1,250.50` -> 1250.5, `twenty-five` -> 25, `3 million` -> 3000000; None when there is no number."""
    match = _DIGITS.search(text)
    if text.lower() == "no one":
        return 0.0
    if match is None:
        ordinal = text.strip().lower()
        return float(_ORDINALS.index(ordinal) + 1) if ordinal in _ORDINALS else _in_words(text)
    value = float(_plain(match.group()))
    if re.match(r"(?:st|nd|rd|th)\b", text[match.end() :]):
        return value
    after = re.match(r"\s?([a-z]+)\b", text[match.end() :], re.IGNORECASE)
    scale = _SCALES.get(after[1].lower(), 1) if after else 1
    return value * scale


def _plain(digits: str) -> str:
    """Digits as Python writes them: the last separator is the decimal one, unless three digits follow it."""
    digits = re.sub(r"[\u00a0\u202f'’]", "", digits.replace("−", "-"))
    last = max(digits.rfind("."), digits.rfind(","))
    if last < 0:
        return digits
    mark, whole, part = digits[last], digits[:last], digits[last + 1 :]
    other = "," if mark == "." else "."
    thousands = len(part) == 3 and (mark == "," or whole.count(mark) > 0) and whole.strip("-") != "0"
    if thousands and other not in whole:
        return whole.replace(mark, "") + part
    return whole.replace(",", "").replace(".", "") + "." + part


def _in_words(text: str) -> float | None:
    total, current, seen = 0.0, 0.0, False
    for word in re.findall(r"[^\W\d_]+", text.lower()):
        if word in _UNITS or word in _TENS:
            value = _UNITS.get(word, _TENS.get(word, 0))
            current = current * value if word == "dozen" and current else current + value
        elif word in _SCALES and len(word) > 2:
            current = max(current, 1) * _SCALES[word]
            if _SCALES[word] >= 1e3:
                total, current = total + current, 0.0
        elif seen:
            break
        else:
            continue
        seen = True
    return total + current if seen else None


_WEEKDAYS = "mon tue wed thu fri sat sun".split()
_AWAY = {
    "the day after tomorrow": 2, "tomorrow": 1, "amanhã": 1, "mañana": 1, "today": 0, "tonight": 0, "hoje": 0, "hoy": 0,
    "yesterday": -1, "ontem": -1, "ayer": -1,
}  # fmt: skip


def day_from(text: str, today: date) -> str | None:
    """`tomorrow`, `in three days`, `next Friday` counted from a day -> `2025-03-12`; None when it names no such day."""
    lower = text.lower()
    for words, away in _AWAY.items():
        if words in lower:
            return (today + timedelta(days=away)).isoformat()
    if match := re.search(r"\bin (\w+) (day|week)", lower):
        count = number(match[1])
        return (
            None
            if count is None
            else (today + timedelta(days=int(count) * (7 if match[2] == "week" else 1))).isoformat()
        )
    weekday = next((i for i, day in enumerate(_WEEKDAYS) if re.search(rf"\b{day}\w*day\b", lower)), None)
    if weekday is None:
        return None
    return (today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)).isoformat()


def iso_date(text: str, usual_year: int | None = None, today: date | None = None) -> str | None:
    """`12 March 2025`, `March 12`, `12/03/2025` (day first unless it cannot be) -> `2025-03-12`; None when unclear."""
    if match := re.search(r"(\d{4})-(\d{1,2})-(\d{1,2})", text):
        return _valid_date(int(match[1]), int(match[2]), int(match[3]))
    if match := re.search(r"(\d{1,2})[/.](\d{1,2})[/.](\d{2,4})", text):
        first, second, year = (int(match[i]) for i in (1, 2, 3))
        year += 2000 if year < 100 else 0
        return _valid_date(year, second, first) or _valid_date(year, first, second)
    month = next((i + 1 for i, m in enumerate(_MONTHS) if re.search(rf"\b(?:{m})", text, re.IGNORECASE)), None)
    day = re.search(r"\b(\d{1,2})(?:st|nd|rd|th)?\b(?!\d)", text)
    year = re.search(r"\b(\d{4})\b", text)
    if month is None and today is not None and (named := day_from(text, today)):
        return named
    own_year = int(year[1]) if year else today.year if today else usual_year
    if month is None or day is None or own_year is None:
        return None
    return _valid_date(own_year, month, int(day[1]))


def _valid_date(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def iso_time(text: str) -> str | None:
    """`7:30 pm` -> `19:30:00`; None when it is no time of day."""
    match = re.search(r"\b(\d{1,2})(?:[:h](\d{2}))?(?::(\d{2}))?\s?([ap])?\.?m?", text, re.IGNORECASE)
    if match is None:
        return {"noon": "12:00:00", "midday": "12:00:00", "midnight": "00:00:00"}.get(text.strip().lower())
    hour = int(match[1])
    if match[4] and hour <= 12:
        hour = hour % 12 + (12 if match[4].lower() == "p" else 0)
    minute, second = int(match[2] or 0), int(match[3] or 0)
    return f"{hour:02}:{minute:02}:{second:02}" if hour < 24 and minute < 60 and second < 60 else None
