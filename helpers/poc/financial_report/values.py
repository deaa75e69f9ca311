"""A value that was read from a filing, with what proves it: what every part of this workbook passes on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Value:
    """One indicator of one period, as one document states it.

    value is as printed, in `unit`; absolute in single units of the currency, with the indicator's sign.
    problem: "" for a value that is proven, which means that its quote is on its page and holds it; else why it is not.
    """

    document: str
    company: str
    period: str  # "FY2025"
    indicator: str
    value: float
    unit: str
    currency: str  # "" where it is no money
    absolute: float
    page: int
    quote: str
    source: Literal["text", "chart"]
    problem: str = ""
