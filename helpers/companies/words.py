"""What a figure is called, in three languages and by three kinds of business, and how numbers are written.

The words stand in texts/*.yaml. The kinds differ on purpose: "net revenue", "turnover" and "total operating revenues"
are one indicator. A further language is a further file.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from .accounts import Company, Style

LANGUAGES = ("en", "pt", "es")


@cache
def texts(language: str) -> dict[str, Any]:
    """Everything that filings say in a language: names, words, months, segments, currencies, prose."""
    import yaml

    return yaml.safe_load((Path(__file__).parent / "texts" / f"{language}.yaml").read_text(encoding="utf-8"))


def prose(language: str) -> dict[str, Any]:
    """Sentences by what they are for; some are lists."""
    return texts(language)["prose"]


def named(key: str, language: str, style: Style) -> str:
    """What this kind of business calls a figure; Portuguese and Spanish have one word for all kinds."""
    said = texts(language)
    names = said["names"].get(style) or said["names"]["food"]
    return names.get(key) or said["words"][key]


def segments(company: Company, language: str) -> list[str]:
    return [texts(language)["segments"].get(name, name) for name in company.segments]


def date(day: int, month: int, year: int, language: str) -> str:
    """date(31, 12, 2024, "pt") -> "31 de dezembro de 2024"."""
    name = texts(language)["months"][month - 1]
    return f"{day} {name} {year}" if language == "en" else f"{day} de {name} de {year}"


def number(value: float, decimals: int, language: str) -> str:
    """number(1234.5, 1, "en") -> "1,234.5", in Portuguese and Spanish "1.234,5"; no brackets, no sign lost."""
    text = f"{value:,.{decimals}f}"
    return text if language == "en" else text.translate(str.maketrans(",.", ".,"))


def bracketed(value: float, decimals: int, language: str) -> str:
    """As in statements: negatives in brackets, nothing as a dash."""
    text = number(abs(value), decimals, language)
    if not round(value, decimals):
        return "–"
    return f"({text})" if value < 0 else text


def money(company: Company, thousands: float, language: str, *, decimals: int = 1) -> str:
    """An amount in prose, in millions: "R$ 412.3 million", "EUR 412.3 million", "$412.3 million"."""
    sign = "-" if thousands < 0 else ""
    figure = number(abs(thousands) / 1_000, decimals, language)
    return f"{sign}{prefix(company)}{figure} {named('million', language, company.style)}"


def prefix(company: Company) -> str:
    return {"BRL": "R$ ", "EUR": "EUR "}.get(company.currency, company.symbol)
