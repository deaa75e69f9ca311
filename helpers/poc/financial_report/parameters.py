"""What a team says of its own filings before anything is read."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from helpers.poc.parameters import InputPath, Parameters

MANY_LONG, FEW_SHORT = "many long calls", "few short calls"
_SAMPLE = "sample_data/companies"


class FinancialReportParameters(Parameters):
    """Of the financial-report analyst."""

    docs_path: InputPath = Field(_SAMPLE, description="folder with the filings: PDF, PPTX, DOCX, HTML, CSV")
    company: str = Field("Serra Clara Alimentos S.A.", description="company that the analyst's view is about")
    peers: list[str] = Field(
        ["Tarnberg Hydro SE", "Northmoor Freight Ltd."], description="companies that it is compared with"
    )
    periods: list[str] = Field(
        ["FY2023", "FY2024", "FY2025"], description="financial years that are read, by the year they end in: FY2025"
    )
    indicators: InputPath = Field(
        f"{_SAMPLE}/indicators.yaml", description="file of what is looked for: name, definition, unit, tolerance, ..."
    )
    gold_path: InputPath = Field(
        f"{_SAMPLE}/gold.csv", description="file of right values that people read; empty: nothing is scored"
    )
    language: Literal["en", "pt", "es"] = Field("en", description="language of the analyst's view")
    currency: str = Field("USD", pattern="^[A-Z]{3}$", description="currency that peers are compared in")
    rates_path: InputPath = Field(
        f"{_SAMPLE}/rates.csv", description="file of exchange rates; empty: no money of two currencies is compared"
    )
    variant: Literal["few short calls", "many long calls"] = Field(
        FEW_SHORT, description="few short calls (a statement's indicators from its pages), or the slow baseline"
    )
    both_variants: bool = Field(
        True, description="also read with the other variant, to compare seconds, tokens and score; it costs its calls"
    )
    latency_slo_s: float = Field(
        60.0, gt=0, description="seconds that a document may take from its pages to its values"
    )

    @field_validator("periods", mode="before")
    @classmethod
    def _as_years(cls, given: object) -> object:
        """2025, FY25 and 2024/25 are FY2025."""
        from helpers.poc.financial_report.printed import period_of

        if not isinstance(given, list):
            return given
        years = [(one, period_of(str(one))) for one in given]
        if wrong := [one for one, year in years if year is None]:
            raise ValueError(f"{wrong[0]!r} is no financial year such as FY2025")
        if not years:
            raise ValueError("no year is named; write [FY2025], or several")
        return [year for _, year in years]
