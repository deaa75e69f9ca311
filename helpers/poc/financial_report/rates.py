"""Exchange rates that a team brings: a CSV with period, currency, to, average, closing, source. None is ever guessed.

    period,currency,to,average,closing,source
    FY2025,EUR,USD,1.08,1.10,central bank, mean of the days of the year

An optional column `company` holds a rate for one company alone: its year may end in another month.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from helpers.poc.financial_report.team_files import Table, read_table
from helpers.problem import Problem

COLUMNS = ("period", "currency", "to", "average", "closing", "source")


class _Reported(Protocol):
    @property
    def company(self) -> str: ...
    @property
    def period(self) -> str: ...
    @property
    def currency(self) -> str: ...


@dataclass(frozen=True)
class Rate:
    """How many units of `to` one unit of `currency` was worth: on average over the period, and at its end."""

    period: str
    currency: str
    to: str
    average: float
    closing: float
    source: str
    company: str = ""

    @classmethod
    def same(cls, reported: _Reported, currency: str) -> Rate | None:
        """1, where a figure is in that currency already."""
        if reported.currency != currency:
            return None
        return cls(reported.period, currency, currency, 1.0, 1.0, "reported in it")

    @property
    def inverse(self) -> Rate:
        """The other way round. Near enough for an average over a year, and exact for a closing rate."""
        told = f"inverse of: {self.source}"
        return Rate(self.period, self.to, self.currency, 1 / self.average, 1 / self.closing, told, self.company)


@dataclass(frozen=True)
class Rates:
    """The rates of one file."""

    rates: tuple[Rate, ...]

    @classmethod
    def read(cls, file: Path | str) -> Rates:
        """Read a file of rates. Raises Problem that names the line."""
        try:
            with Path(file).open(encoding="utf-8-sig", newline="") as lines:
                return cls(tuple(_rates(read_table(lines), Path(file).name)))
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise Problem(f"the rates in {file} cannot be read: {error}", "check the parameter `rates_path`") from None

    def find(self, company: str, period: str, currency: str, to: str) -> Rate | None:
        """The rate for a company's figure of a period: its own, else the one for all; the inverse where only it is."""
        if currency == to:
            return Rate(period, to, to, 1.0, 1.0, "reported in it")
        for name in (company, ""):
            for rate in self.rates:
                if rate.period == period and rate.company == name:
                    if (rate.currency, rate.to) == (currency, to):
                        return rate
                    if (rate.currency, rate.to) == (to, currency):
                        return rate.inverse
        return None


def _rates(table: Table, name: str) -> Iterable[Rate]:
    if missing := [column for column in COLUMNS if column not in table.columns]:
        raise Problem(f"{name} has no column {missing[0]!r}", f"its header has to be {','.join(COLUMNS)}")
    seen: set[tuple[str, ...]] = set()
    for number, line in table.rows:
        given = {column: line.get(column, "") for column in (*COLUMNS, "company")}
        try:
            average, closing = float(given["average"]), float(given["closing"])
        except ValueError:
            raise Problem(f"{name}, line {number}: a rate is no number", "write it with a point, as 0.1821") from None
        if not all(math.isfinite(rate) and rate > 0 for rate in (average, closing)):
            raise Problem(f"{name}, line {number}: a rate has to be above 0", "one unit of `currency` in `to`")
        if not given["source"]:
            raise Problem(f"{name}, line {number}: it has no source", "say where the rate is from")
        key = tuple(given[column] for column in ("period", "currency", "to", "company"))
        if key in seen:
            raise Problem(f"{name}, line {number}: {' '.join(key).strip()} stands twice", "keep one of the two lines")
        seen.add(key)
        yield Rate(given["period"], given["currency"], given["to"], average, closing, given["source"], given["company"])
