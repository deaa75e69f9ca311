"""Figures taken from filings: the record, the schema, numbers as filings print them, proof, and the score.

What lesson 07 builds, ready to use: its checks compare with it, and the analyst's workbook stands on it.
It calls no model.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

if TYPE_CHECKING:
    from openai.types.shared_params import ResponseFormatJSONSchema

Unit = Literal["single", "thousand", "million", "billion", "percent", "people", "per share"]
Currency = Literal["AUD", "BRL", "CAD", "CHF", "CLP", "COP", "EUR", "GBP", "INR", "JPY", "MXN", "USD"]
SCALES = {
    "k": 1e3, "thousand": 1e3, "mil": 1e3, "miles": 1e3,
    "m": 1e6, "million": 1e6, "mi": 1e6, "milhões": 1e6, "millones": 1e6,
    "bn": 1e9, "billion": 1e9, "bi": 1e9, "bilhões": 1e9, "mil millones": 1e9,
    "lakh": 1e5, "crore": 1e7,
}  # fmt: skip
_NUMBER = re.compile(r"[(−-]?\d(?:[\d.,'’]*\d)?")


def _shape_alone(schema: dict[str, Any]) -> None:
    """Leave out what strict mode refuses: `minLength` on OpenAI, `pattern` and `minimum` too by Azure's guide."""
    for field in schema["properties"].values():
        for rule in ("minLength", "pattern", "minimum"):
            field.pop(rule, None)


class Figure(BaseModel):
    """One figure, with what proves it."""

    # The endpoint is sent the shape; the rules are Pydantic's, when the reply is there.
    model_config = ConfigDict(extra="forbid", json_schema_extra=_shape_alone)

    value: float = Field(allow_inf_nan=False, description="as printed, in the unit below; a loss is negative")
    unit: Unit
    currency: Currency | None = Field(description="null where it is no money")
    period: str = Field(pattern=r"^\d{4}(/\d{2})?$", description="2024 or 2023/24, no letters")
    page: int = Field(ge=1)
    quote: str = Field(min_length=1, description="the line that states it, word for word")


def filing_schema(indicators: Sequence[Mapping[str, Any]], record: type[BaseModel] = Figure) -> type[BaseModel]:
    """A model with a record, or null, for each indicator: {name, definition, synonyms}, as in indicators.yaml."""
    fields: dict[str, Any] = {
        one["name"]: (record | None, Field(description=described(one["definition"], one.get("synonyms") or ())))
        for one in indicators
    }
    return create_model("Filing", **fields)


def described(definition: str, synonyms: Sequence[str]) -> str:
    """What a schema says of a field: the definition, and the names that filings use for it."""
    return f"{definition} Also called: {', '.join(synonyms)}." if synonyms else definition


def as_response_format(schema: type[BaseModel]) -> ResponseFormatJSONSchema:
    """The strict `response_format` of a model, as `chat.completions.parse` sends it; for calls with `create`."""
    from openai.lib._parsing._completions import type_to_response_format_param

    return type_to_response_format_param(schema)  # type: ignore[return-value]


def as_text(pages: Sequence[Mapping[str, Any]]) -> str:
    """Pages as a prompt holds them: each text under its number."""
    return "\n\n".join(f"[page {page['page']}]\n{page['text']}" for page in pages)


# --- numbers -------------------------------------------------------------------------------------------------------


def to_number(text: str, decimal: str = ".") -> float | None:
    """`R$ 1,2 bi` with decimal="," -> 1.2e9; `(3.4)%` -> -3.4; None where there is no digit.

    decimal: the mark before decimals in the language of the page. All other marks between digits are dropped.
    """
    digits = re.search(r"\d[\d.,'’\s]*", text)
    if digits is None:
        return None
    kept = "".join(c for c in digits.group() if c.isdigit() or c == decimal).rstrip(decimal)
    after = text[digits.end() :].lower().lstrip(" )")
    scale = max((word for word in SCALES if re.match(rf"{word}\b", after)), key=len, default="")
    sign = -1 if re.search(r"[(−-]", text[: digits.start()]) else 1
    return sign * float(kept.replace(decimal, ".")) * SCALES.get(scale, 1)


def numbers_in(quote: str, decimal: str = ".") -> list[float]:
    """Every number of a quote, as printed: "Loss | (6.0) | 14.7" -> [-6.0, 14.7]."""
    found = (to_number(match.group(), decimal) for match in _NUMBER.finditer(quote))
    return [number for number in found if number is not None]


def absolute(value: float, unit: str) -> float:
    """The value in single units: 84.6 million -> 84,600,000."""
    return value * SCALES.get(unit, 1)


def decimal_mark(language: str) -> str:
    """What stands before decimals in a language of filings: a point in English, a comma in Portuguese and Spanish."""
    return "." if language == "en" else ","


# --- proof ---------------------------------------------------------------------------------------------------------


def squeezed(text: str) -> str:
    """Text without white space and table bars, which every reader of documents sets in its own way."""
    return re.sub(r"[\s|]+", "", text)


def problem(figure: Figure, pages: Mapping[int, str], decimal: str = ".") -> str | None:
    """Why a figure is not proven: "quote not on page" or "value not in quote"; None when it is.

    pages: number -> text. White space and table bars do not count in the comparison of quote and page.
    """
    quote = squeezed(figure.quote)
    if not quote or quote not in squeezed(pages.get(figure.page, "")):
        return "quote not on page"
    if not any(abs(number - figure.value) < 1e-9 for number in numbers_in(figure.quote, decimal)):
        return "value not in quote"
    return None


# --- score ---------------------------------------------------------------------------------------------------------


def gold_of(rows: Sequence[Mapping[str, str]], document: str, period: str) -> dict[str, float]:
    """Indicator -> value in single units, of the lines of gold.csv about a document's own period."""
    return {
        row["indicator"]: float(row["absolute"])
        for row in rows
        if row["document"] == document and row["period"] == period
    }


Outcome = Literal["right", "wrong", "missing", "invented", "rightly none"]


def outcome(found: float | None, gold: float | None, relative: float = 0.002, least: float = 1e-9) -> Outcome:
    """What came of one field of one document. `relative` and `least` (absolute) are tolerances: the larger counts."""
    if gold is None:
        return "rightly none" if found is None else "invented"
    if found is None:
        return "missing"
    return "right" if abs(found - gold) <= max(relative * abs(gold), least) else "wrong"


def precision_recall(outcomes: Mapping[Hashable, Outcome]) -> tuple[float, float]:
    """Right ones of those that were given, and of those that there are; 0 where there are none.

    A wrong value costs both: it is given and not right, and the right one is not found.
    """
    count = {name: list(outcomes.values()).count(name) for name in ("right", "wrong", "missing", "invented")}
    given, there = (
        count["right"] + count["wrong"] + count["invented"],
        count["right"] + count["wrong"] + count["missing"],
    )
    return count["right"] / given if given else 0.0, count["right"] / there if there else 0.0


def f1(precision: float, recall: float) -> float:
    """Harmonic mean; 0 where both are."""
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0
