"""What the rest of a document says of a figure: whether its tables bear it out, and where it stands most exactly."""

from __future__ import annotations

from collections.abc import Sequence

from helpers import figures
from helpers.poc.financial_report import naming
from helpers.poc.financial_report.cells import Read, Unproven, read_cell
from helpers.poc.financial_report.filings import Filing
from helpers.poc.financial_report.indicators import Indicator


def not_contradicted(read: Read, indicator: Indicator, filing: Filing, period: str) -> None:
    """Raises Unproven where rows that name the indicator whole have this year, and none agrees with running text."""
    rows = [line for line in filing.lines if line.of(period) and naming.named(indicator, line.label)[0] >= 0.99]
    stated = []
    for line in rows:
        try:
            stated.append(read_cell(line, indicator, filing, period))
        except Unproven:
            continue
    if stated and not any(agree(read, other) for other in stated):
        other = stated[0]
        raise Unproven(f"a table on page {other.page} says otherwise: {other.quote}")


def not_alone(read: Read, indicator: Indicator, filing: Filing, period: str, others: Sequence[Indicator]) -> None:
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
    if any(agree(read, one) for one in stated):
        return
    for at, one in enumerate(stated):
        if any(agree(one, other) and one.quote != other.quote for other in stated[at + 1 :]):
            raise Unproven(f"two other tables, such as that on page {one.page}, say otherwise: {one.quote}")


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
        if other.currency != read.currency or not agree(read, other):
            continue
        finer = _step(other) < 0.999 * _step(best)
        if finer or (best.line is None and _step(other) <= 1.001 * _step(best)):
            best = other
    return best


def _step(read: Read) -> float:
    return figures.absolute(read.step, read.unit)


def agree(read: Read, other: Read) -> bool:
    """Whether two numbers are one, rounded; signs apart, as text leaves them to its words."""
    slack = 0.5 * max(_step(read), _step(other)) * 1.001
    one, two = read.absolute, other.absolute
    if read.line is None or other.line is None:
        one, two = abs(one), abs(two)
    return abs(one - two) <= slack
