"""Code proves what a model found: the quote is on its page, names the indicator, and holds the value of the right year.

The model finds the line; code reads its number in the column of the year, its unit and currency in the table's head,
and follows it to the most exact place in the document. What cannot be proven keeps a `problem` that says why.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from helpers import figures
from helpers.figures import Figure, squeezed
from helpers.poc.financial_report import naming, orders, printed
from helpers.poc.financial_report.filings import Filing
from helpers.poc.financial_report.indicators import Indicator
from helpers.poc.financial_report.statements import Line, lines_with
from helpers.poc.financial_report.values import Value


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


def prove(
    found: Figure, indicator: Indicator, filing: Filing, others: Sequence[Indicator], periods: Iterable[str] = ()
) -> list[Value]:
    """The value of the filing's year, then those of `periods` that stand in the same row; or one with its problem."""
    try:
        read = _read(found, indicator, filing, filing.period, others)
        _not_alone(read, indicator, filing, filing.period, others)
    except Unproven as why:
        return [_unproven(found, indicator, filing, str(why))]
    exact = most_exact(read, indicator, filing, filing.period, others)
    values = [_value(exact, indicator, filing, filing.period)]
    for period in periods if exact.line else ():
        if period != filing.period and exact.line.of(period):
            try:
                values.append(_value(read_cell(exact.line, indicator, filing, period), indicator, filing, period))
            except Unproven:
                continue  # the year before is not asked for
    return values


def _unproven(found: Figure, indicator: Indicator, filing: Filing, why: str) -> Value:
    value = abs(found.value) if indicator.sign == "positive" else found.value
    return Value(
        filing.name, filing.company, filing.period, indicator.name, value, found.unit, found.currency or "",
        figures.absolute(value, found.unit), found.page, found.quote, "text", why,
    )  # fmt: skip


def _value(read: Read, indicator: Indicator, filing: Filing, period: str) -> Value:
    value = abs(read.value) if indicator.sign == "positive" else read.value
    return Value(
        filing.name, filing.company, period, indicator.name, value, read.unit, read.currency,
        round(figures.absolute(value, read.unit), 6), read.page, read.quote, "text",
    )  # fmt: skip


# --- the line that was found ---------------------------------------------------------------------------------------


def _read(found: Figure, indicator: Indicator, filing: Filing, period: str, others: Sequence[Indicator]) -> Read:
    page = _page_of(found, filing)
    if orders.orders_in(found.quote):
        raise Unproven("the quote is an order to the reader's machine and no statement of the filing")
    rows = lines_with(found.quote, page, filing.lines)
    if rows:
        of_year = [row for row in rows if row.of(period)]
        if not of_year:
            raise Unproven(f"the line has no column of {filing.printed_period}")
        return read_cell(
            max(of_year, key=lambda r: naming.fits(indicator, r.around)), indicator, filing, period, others
        )
    if "|" in found.quote and re.search(r"\|.*\d.*\|", found.quote):
        raise Unproven(f"the table's columns have no heading that is {filing.printed_period}")
    return _read_prose(found, page, indicator, filing, period, others)


def _page_of(found: Figure, filing: Filing) -> int:
    """The page that holds the quote: the model's own, or the only other one that does."""
    quote = squeezed(found.quote)
    if len(quote) < 2:
        raise Unproven("the quote is empty")
    if quote in squeezed(filing.pages.get(found.page, "")):
        return found.page
    there = [number for number, text in filing.pages.items() if quote in squeezed(text)]
    if len(there) != 1:
        raise Unproven(
            "the quote is not on its page" if not there else "the quote is on several pages, not on this one"
        )
    return there[0]


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
        if POINTS_LABEL.search(of_line):
            raise Unproven("the line is in percentage points")
        return "percent", ""
    if printed.PERCENT.search(cell):
        raise Unproven("the line is a percentage")
    if indicator.unit == "people":
        return "people", ""
    if indicator.unit == "number":
        return (printed.scales_in(of_line) or ["single"])[0], ""
    currency = _currency((of_line, cell, *line.head.titles[:2], " ".join(line.head.header)), line.head.currency, filing)
    if indicator.unit == "currency per share":
        if not printed.PER_SHARE.search(of_line) and not printed.PER_SHARE.search(" ".join(line.head.titles[:1])):
            raise Unproven("the line is not of one share")
        return "per share", currency
    if printed.PER_SHARE.search(of_line):
        raise Unproven("the line is of one share")
    own = printed.scales_in(re.sub(r"[^()]*(?=\(|$)", " ", line.label)) if "(" in line.label else []
    scale = (own or [line.head.scale or filing.scale])[0]
    if not scale:
        raise Unproven("neither its table nor its first pages say whether it is in thousands or millions")
    return scale, currency


POINTS_LABEL = re.compile(r"percentage points?|\bp\.?p\.?\b|pontos percentuais|puntos porcentuales", re.IGNORECASE)


def _is_ratio(indicator: Indicator, line: Line) -> bool:
    """Whether a row without a percent sign can be one: the label names it whole, and its numbers are small."""
    share, _ = naming.named(indicator, line.label)
    numbers = [figures.to_number(cell, ",") for cell, _ in line.cells if re.search(r"[.,]\d{1,2}\D*$", cell)]
    return share >= 0.99 and len(numbers) >= 1


def _currency(texts: Iterable[str], of_head: str, filing: Filing) -> str:
    named = [one for text in texts for one in printed.currencies_in(text)]
    found = next((one for one in named if one != "$"), "") or (of_head if of_head != "$" else "")
    if not found and ("$" in named or of_head == "$"):
        return filing.currency if filing.currency in printed.OF_DOLLARS else ""
    return found or filing.currency


# --- running text --------------------------------------------------------------------------------------------------


def _read_prose(
    found: Figure, page: int, indicator: Indicator, filing: Filing, period: str, others: Sequence[Indicator]
) -> Read:
    quote, decimal = " ".join(found.quote.split()), filing.decimal
    places = [m for m in printed.NUMBER.finditer(quote)]
    fitting = [m for m in places if abs(abs(figures.to_number(m.group(), decimal) or 0) - abs(found.value)) < 1e-9]
    fitting = fitting or [m for m in places if printed.same_digits(found.value, m.group())]
    if not fitting:
        raise Unproven("the value is not in the quote")
    around = f"{quote}\n{_heading(found.quote, filing.pages[page])}"
    if naming.named(indicator, around)[0] < naming.NAMED:
        raise Unproven("the quote does not name it; if it is right, add its words to the synonyms")
    if (other := naming.whole_name_of_another(indicator, quote, others)) is not None:
        raise Unproven(f"the quote names {other.name}")
    problems = []
    for place in fitting:
        try:
            _of_the_year(place, places, quote, period, filing)
            read = _read_place(place, quote, page, indicator, filing)
        except Unproven as why:
            problems.append(why)
            continue
        _not_contradicted(read, indicator, filing, period)
        return read
    raise problems[0]


def _of_the_year(
    place: re.Match[str], places: Sequence[re.Match[str]], quote: str, period: str, filing: Filing
) -> None:
    """Raises Unproven where only other years are named, and one of them stands nearest to this number."""
    if period in printed.periods_in(quote):
        return
    years = [one for one in places if printed.period_of(one.group().strip("(−-.,")) is not None]
    numbers = [one for one in places if one not in years]
    for year in years:
        nearest = min(numbers, key=lambda one: max(one.start() - year.end(), year.start() - one.end()), default=None)
        if nearest is place:
            raise Unproven(f"the quote speaks of {year.group()}, not of {filing.printed_period}")


def _read_place(place: re.Match[str], quote: str, page: int, indicator: Indicator, filing: Filing) -> Read:
    before, after = quote[max(0, place.start() - 24) : place.start()], quote[place.end() : place.end() + 30]
    value = figures.to_number(place.group(), filing.decimal) or 0.0
    if place.group().startswith(("-", "−")) and re.search(r"\w$", before):
        value = abs(value)  # a hyphen inside a word
    step = printed.rounding(place.group(), filing.decimal)
    percent = bool(printed.PERCENT.match(after.lstrip(" )")))
    if indicator.unit == "percent":
        if printed.POINTS.match(after):
            raise Unproven("the number is in percentage points")
        if not percent:
            raise Unproven("the number is no percentage")
        return Read(value, step, "percent", "", page, quote)
    if percent or printed.POINTS.match(after):
        raise Unproven("the number is a percentage")
    money = printed.currencies_in(before[-14:]) or printed.currencies_in(after[:14])
    scale = _scale_after(after)
    if indicator.unit in ("people", "number"):
        if money:
            raise Unproven("the number is an amount of money")
        unit = "people" if indicator.unit == "people" else scale or "single"
        return Read(value, step, unit, "", page, quote)
    currency = _currency((" ".join(money),), "", filing)
    if indicator.unit == "currency per share":
        if not printed.PER_SHARE.search(quote):
            raise Unproven("the quote is not of one share")
        if scale:
            raise Unproven("the number is a sum, not of one share")
        if not money:
            raise Unproven("the quote names no currency for the number")
        return Read(value, step, "per share", currency, page, quote)
    if not money and not scale:
        raise Unproven("the quote names neither a currency nor a scale for the number")
    if not scale and abs(value) >= 10_000:
        scale = "single"
    if not scale:
        raise Unproven("the quote does not say whether it is in thousands or millions")
    return Read(value, step, scale, currency, page, quote)


def _scale_after(after: str) -> str:
    word = re.match(r"\s*(?:de\s+)?((?:mil )?[^\W\d_]+)", after)
    return (printed.scales_in(word[1]) or [""])[0] if word else ""


def _heading(quote: str, page: str) -> str:
    """The short line over the paragraph that a quote is in, such as "Dividend per share"."""
    start = page.find(quote[:30])
    if start < 0:
        start = page.find(quote.split("\n")[0][:20])
    above = [line for line in page[: max(0, start)].split("\n") if line.strip()][-3:]
    short = [line for line in above if len(line) <= 70 and "|" not in line and not line.rstrip().endswith(".")]
    return short[-1] if short else ""


def _not_contradicted(read: Read, indicator: Indicator, filing: Filing, period: str) -> None:
    """Raises Unproven where rows that name the indicator whole have this year, and none agrees with running text."""
    rows = [line for line in filing.lines if line.of(period) and naming.named(indicator, line.label)[0] >= 0.99]
    stated = []
    for line in rows:
        try:
            stated.append(read_cell(line, indicator, filing, period))
        except Unproven:
            continue
    if stated and not any(_agree(read, other) for other in stated):
        other = stated[0]
        raise Unproven(f"a table on page {other.page} says otherwise: {other.quote}")


def _not_alone(read: Read, indicator: Indicator, filing: Filing, period: str, others: Sequence[Indicator]) -> None:
    """Raises Unproven for a row that no other bears out, where two others which name it whole bear out each other.

    So a single table, put in or of another scope, does not go before the statements.
    """
    if read.line is None:
        return
    stated = []
    for line in filing.lines:
        if line == read.line or not line.of(period) or naming.named(indicator, line.label)[0] < naming.WHOLE:
            continue
        try:
            stated.append(read_cell(line, indicator, filing, period, others))
        except Unproven:
            continue
    stated = [one for one in stated if one.currency == read.currency]
    if any(_agree(read, one) for one in stated):
        return
    for at, one in enumerate(stated):
        if any(_agree(one, other) and one.quote != other.quote for other in stated[at + 1 :]):
            raise Unproven(f"two other tables, such as that on page {one.page}, say otherwise: {one.quote}")


# --- the most exact place ------------------------------------------------------------------------------------------


def most_exact(read: Read, indicator: Indicator, filing: Filing, period: str, others: Sequence[Indicator]) -> Read:
    """The same figure where the document states it with the most places: rounded key figures lead to the statement.

    Only a row that names the indicator, and agrees within the rounding of what was found, is the same figure. A table
    goes before running text, which may say a loss or net cash without its sign.
    """
    best = read
    for line in filing.lines:
        if not line.of(period) or naming.named(indicator, line.label)[0] < naming.NAMED:
            continue
        try:
            other = read_cell(line, indicator, filing, period, others)
        except Unproven:
            continue
        if other.currency != read.currency or not _agree(read, other):
            continue
        finer = _step(other) < 0.999 * _step(best)
        if finer or (best.line is None and _step(other) <= 1.001 * _step(best)):
            best = other
    return best


def _step(read: Read) -> float:
    return figures.absolute(read.step, read.unit)


def _agree(read: Read, other: Read) -> bool:
    """Whether two numbers are one, rounded; signs apart, as text leaves them to its words."""
    slack = 0.5 * max(_step(read), _step(other)) * 1.001
    one, two = read.absolute, other.absolute
    if read.line is None or other.line is None:
        one, two = abs(one), abs(two)
    return abs(one - two) <= slack
