"""A number as code reads it from a row: the cell of the year's column, with its unit and currency."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from helpers import figures
from helpers.poc.financial_report import naming, printed
from helpers.poc.financial_report.filings import Filing
from helpers.poc.financial_report.indicators import Indicator
from helpers.poc.financial_report.statements import Line

_POINTS = re.compile(r"percentage points?|\bp\.?p\.?\b|pontos percentuais|puntos porcentuales", re.IGNORECASE)


class Unproven(Exception):
    """Why a figure is not proven, in words that go to the model and to the report."""


@dataclass(frozen=True)
class Read:
    """A printed number, as code read it. step: what its last place is worth, in its unit."""

    value: float
    step: float
    unit: str
    currency: str
    page: int
    quote: str
    line: Line | None = None

    @property
    def absolute(self) -> float:
        return figures.absolute(self.value, self.unit)


def read_cell(line: Line, indicator: Indicator, filing: Filing, period: str, others: Sequence[Indicator] = ()) -> Read:
    """The number of a row in the column of a year, with its unit. Raises Unproven where that does not fit."""
    cells = line.of(period)
    numbers = {cell: printed.cell_number(cell, filing.decimal) for cell in cells}
    read = {cell: number for cell, number in numbers.items() if number is not None}
    if not read:
        raise Unproven(f"the cell of {filing.printed_period} holds no number")
    if len({round(number, 9) for number in read.values()}) > 1:
        raise Unproven(f"two columns of {filing.printed_period} differ: {' and '.join(read)}")
    cell, value = next(iter(read.items()))
    _is_named(indicator, line, others)
    unit, currency = _unit_of_cell(cell, line, indicator, filing)
    return Read(value, printed.rounding(cell, filing.decimal), unit, currency, line.page, line.quote, line)


def _is_named(indicator: Indicator, line: Line, others: Sequence[Indicator]) -> None:
    if naming.named(indicator, line.label)[0] >= naming.NAMED or not line.label.strip():
        if (better := naming.better_named(indicator, line.label, others)) is not None:
            raise Unproven(f"the line names {better.name}")
        if word := naming.another(indicator, line.label):
            raise Unproven(f"{word!r} makes another figure of it; if it is right, add {line.label!r} to its synonyms")
        return
    other = next((one for one in others if one != indicator and naming.named(one, line.label)[0] >= naming.NAMED), None)
    if other is not None:
        raise Unproven(f"the line names {other.name}")
    if naming.named(indicator, "\n".join(line.head.titles[:1]))[0] < naming.NAMED:
        raise Unproven(f"the line does not name it; if it is right, add {line.label!r} to its synonyms")
    if len(line.head.header) > 2 or len(line.cells) > 1:  # a part of what the table's title names
        raise Unproven(f"the line is a part of it ({line.label!r}), not the whole")


def _unit_of_cell(cell: str, line: Line, indicator: Indicator, filing: Filing) -> tuple[str, str]:
    of_line = f"{line.label} {line.section}"
    if indicator.unit == "percent":
        title = " ".join(line.head.titles[:1])
        if not (printed.PERCENT.search(cell + of_line + title) or _is_ratio(indicator, line)):
            raise Unproven("the line is no percentage")
        if _POINTS.search(of_line):
            raise Unproven("the line is in percentage points")
        return "percent", ""
    if printed.PERCENT.search(cell):
        raise Unproven("the line is a percentage")
    if indicator.unit == "people":
        return "people", ""
    if indicator.unit == "number":
        return (printed.scales_in(of_line) or ["single"])[0], ""
    currency = currency_of(
        (of_line, cell, *line.head.titles[:2], " ".join(line.head.header)), line.head.currency, filing
    )
    if indicator.unit == "currency per share":
        if not printed.PER_SHARE.search(of_line) and not printed.PER_SHARE.search(" ".join(line.head.titles[:1])):
            raise Unproven("the line is not of one share")
        if printed.HUNDREDTHS.search(f"{of_line} {cell} {' '.join(line.head.titles[:1])} {' '.join(line.head.header)}"):
            raise Unproven("the line is in pence or cents")
        return "per share", currency
    if printed.PER_SHARE.search(of_line):
        raise Unproven("the line is of one share")
    own = printed.scales_in(re.sub(r"[^()]*(?=\(|$)", " ", line.label)) if "(" in line.label else []
    scale = (own or [line.head.scale or filing.scale])[0]
    if not scale:
        raise Unproven("neither its table nor its first pages say whether it is in thousands or millions")
    return scale, currency


def _is_ratio(indicator: Indicator, line: Line) -> bool:
    """Whether a row without a percent sign can be one: the label names it whole, and its numbers are small."""
    share, _ = naming.named(indicator, line.label)
    numbers = [figures.to_number(cell, ",") for cell, _ in line.cells if re.search(r"[.,]\d{1,2}\D*$", cell)]
    return share >= 0.99 and len(numbers) >= 1


def currency_of(texts: Iterable[str], of_head: str, filing: Filing) -> str:
    """The currency that the texts name, a bare "$" taken for the filing's own dollar; else the filing's."""
    named = [one for text in texts for one in printed.currencies_in(text)]
    found = next((one for one in named if one != "$"), "") or (of_head if of_head != "$" else "")
    if not found and ("$" in named or of_head == "$"):
        return filing.currency if filing.currency in printed.OF_DOLLARS else ""
    return found or filing.currency
