"""What the rest of a document says of a figure: whether its tables bear it out, and where it stands most exactly."""

from __future__ import annotations

import re
from collections.abc import Sequence

from helpers import figures
from helpers.poc.financial_report import naming
from helpers.poc.financial_report.cells import Read, Unproven, read_cell
from helpers.poc.financial_report.filings import Filing
from helpers.poc.financial_report.indicators import Indicator
from helpers.poc.financial_report.statements import GROUP, PARENT


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
    """Raises Unproven for a row that as many other rows contradict, or more, as bear it out.

    So a table that was put in, or is of another scope, does not go before the statements, whatever the model took.
    A rival names the indicator as plainly, is of the group as the row is, and is too large to be a part of it.
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
    plain = _extra_words(read, indicator)
    rivals = [
        one for one in stated
        if not _as_large(read, one) and _extra_words(one, indicator) <= plain and not _of_a_part(one)
        and abs(one.absolute) >= PART * abs(read.absolute)
    ]  # fmt: skip
    if not rivals:
        return
    of_each = [len({(other.page, other.quote) for other in rivals if _as_large(one, other)}) for one in rivals]
    most, own = max(of_each), len({(one.page, one.quote) for one in [read, *stated] if _as_large(read, one)})
    if own > most:
        return
    one = rivals[of_each.index(most)]
    many = "another table, on" if most == 1 else f"{_COUNTED.get(most, most)} other tables, such as that on"
    raise Unproven(f"{many} page {one.page}, say{'s' if most == 1 else ''} otherwise: {one.quote}")


PART = 0.5  # of a figure: what is smaller may be a segment's or a quarter's share of it
_COUNTED = {2: "two", 3: "three", 4: "four"}
_SCOPE = re.compile(r"\b(?:segment\w*|division\w*|region\w*|quarter\w*|trimestr\w*|business unit)\b", re.IGNORECASE)


def _as_large(read: Read, other: Read) -> bool:
    """Whether two numbers are one but for the sign: one statement prints cash paid in brackets, another does not."""
    slack = 0.5 * max(_step(read), _step(other)) * 1.001
    return abs(abs(read.absolute) - abs(other.absolute)) <= slack


def _extra_words(read: Read, indicator: Indicator) -> int:
    return -naming.fits(indicator, read.line.label)[2] if read.line else 0


def _of_a_part(read: Read) -> bool:
    """Whether a table's title says that it is the parent's own, or a segment's."""
    told = " ".join((read.line.section, *read.line.head.titles[:2])) if read.line else ""
    return bool(_SCOPE.search(told) or (PARENT.search(told) and not GROUP.search(told)))


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
