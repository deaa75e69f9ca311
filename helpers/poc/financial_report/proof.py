"""Code proves what a model found: the quote is on its page, names the indicator, and holds the value of the right year.

The model finds the line; code reads its number in the column of the year, its unit and currency in the table's head
(see `cells`, and `prose` for sentences), and follows it to the most exact place in the document (`elsewhere`). What
cannot be proven keeps a `problem` that says why.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from helpers import figures
from helpers.figures import Figure, squeezed
from helpers.poc.financial_report import naming, orders
from helpers.poc.financial_report.cells import Read, Unproven, read_cell
from helpers.poc.financial_report.elsewhere import most_exact, not_alone
from helpers.poc.financial_report.filings import Filing
from helpers.poc.financial_report.indicators import Indicator
from helpers.poc.financial_report.prose import read_prose
from helpers.poc.financial_report.signs import signed
from helpers.poc.financial_report.statements import lines_with
from helpers.poc.financial_report.values import Value


def prove(
    found: Figure, indicator: Indicator, filing: Filing, others: Sequence[Indicator], periods: Iterable[str] = ()
) -> list[Value]:
    """The value of the filing's year, then those of `periods` that stand in the same row; or one with its problem."""
    try:
        read = _read(found, indicator, filing, filing.period, others)
        not_alone(read, indicator, filing, filing.period, others)
        exact = most_exact(read, indicator, filing, filing.period, others)
        not_alone(exact, indicator, filing, filing.period, others)
        exact = signed(exact, indicator, filing, filing.period)
        _in_a_currency(exact, indicator)
    except Unproven as why:
        return [_unproven(found, indicator, filing, str(why))]
    values = [_value(exact, indicator, filing, filing.period)]
    for period in periods if exact.line else ():
        if period != filing.period and exact.line.of(period):
            try:
                earlier = read_cell(exact.line, indicator, filing, period)
                not_alone(earlier, indicator, filing, period, others)
                earlier = signed(earlier, indicator, filing, period)
                values.append(_value(earlier, indicator, filing, period))
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
    return read_prose(found, page, indicator, filing, period, others)


def _in_a_currency(read: Read, indicator: Indicator) -> None:
    if indicator.of_money and not read.currency:
        raise Unproven("no words near it or on the first pages say which currency it is in; say it in filings.csv")


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
