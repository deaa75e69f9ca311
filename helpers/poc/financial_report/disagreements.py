"""Where documents of one company state one figure in two ways: a restatement, or a mistake. Both are shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from helpers import figures
from helpers.poc.financial_report import printed
from helpers.poc.financial_report.filings import Filing
from helpers.poc.financial_report.values import Value


@dataclass(frozen=True)
class Disagreement:
    """Values of one company, year and indicator that are more apart than their rounding; the newest document's last.

    restated: the later document says something else of a year that an earlier one reported as its own.
    """

    company: str
    period: str
    indicator: str
    values: tuple[Value, ...]
    restated: bool

    @property
    def sentence(self) -> str:
        """For the report."""
        told = "; ".join(f"{v.value:,.10g} {v.unit} in {v.document}, page {v.page}" for v in self.values)
        what = "restated" if self.restated else "stated in two ways"
        return f"{self.company}, {self.indicator} of {self.period} is {what}: {told}"


def disagreements(values: Sequence[Value], filings: Sequence[Filing]) -> list[Disagreement]:
    """Proven values that disagree, in the order of the companies, years and indicators."""
    reported = {filing.name: filing.period for filing in filings}
    decimals = {filing.name: filing.decimal for filing in filings}
    same: dict[tuple[str, str, str], list[Value]] = {}
    for value in values:
        if not value.problem:
            same.setdefault((value.company, value.period, value.indicator), []).append(value)
    found = []
    for key, stated in same.items():
        stated.sort(key=lambda value: (reported.get(value.document, ""), value.document))
        different = [stated[0]]
        for value in stated[1:]:
            if all(not agree(value, other, decimals) for other in different):
                different.append(value)
        if len(different) > 1:
            years = {reported.get(value.document, "") for value in different}
            found.append(Disagreement(*key, tuple(different), len(years) > 1))
    return found


def agree(one: Value, other: Value, decimals: Mapping[str, str]) -> bool:
    """Whether two values are one figure, as far as each is rounded; amounts of two currencies never are."""
    if one.currency != other.currency:
        return False
    slack = 0.5 * max(step(one, decimals), step(other, decimals)) * 1.001
    return abs(one.absolute - other.absolute) <= slack


def step(value: Value, decimals: Mapping[str, str]) -> float:
    """What the last printed place of a value is worth, in single units: 0.1 million -> 100,000."""
    decimal = decimals.get(value.document, ".")
    for number in printed.numbers(value.quote):
        read = figures.to_number(number, decimal)
        if read is not None and abs(abs(read) - abs(value.value)) < 1e-9:
            return figures.absolute(printed.rounding(number, decimal), value.unit)
    places = len(f"{value.value:.10g}".partition(".")[2])
    return figures.absolute(10.0**-places, value.unit)


def without_ambiguous_dollars(values: Sequence[Value], filings: Sequence[Filing]) -> list[Value]:
    """With a problem on each amount for one share that only says "$" where the company's other documents say which.

    A company may report in one dollar and pay its dividend in another.
    """
    said: dict[tuple[str, str], set[str]] = {}
    explicit = {}
    pages = {filing.name: filing for filing in filings}
    for value in values:
        named = {c for c in printed.currencies_in(value.quote) if c != "$"}
        explicit[value] = bool(named)
        if named and not value.problem and value.unit == "per share":
            said.setdefault((value.company, value.indicator), set()).update(named)
    found = []
    for value in values:
        others = said.get((value.company, value.indicator), set()) - {value.currency}
        bare = value.unit == "per share" and not value.problem and not explicit[value]
        if bare and others & printed.OF_DOLLARS and value.document in pages:
            why = f'its "$" may be another: the company\'s other documents state it in {", ".join(sorted(others))}'
            value = replace(value, problem=why)
        found.append(value)
    return found
