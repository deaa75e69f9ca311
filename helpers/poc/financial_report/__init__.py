"""The financial-report analyst: filings in, indicators out, each with the quote on the page that proves it.

    parameters -> filings (who, when, which currency: proven) -> extraction (two variants) + charts -> values
    values -> evaluation against gold; normalisation -> peers, the analyst's view

A model finds values; code proves, scales and compares them. What is not proven is shown and never used.
"""

from __future__ import annotations

from importlib.resources import files

from helpers.poc.charter import Criterion
from helpers.poc.financial_report.parameters import FinancialReportParameters
from helpers.poc.financial_report.team_files import BEGINS, FILES, GOLD
from helpers.poc.workbooks import Estimate, Workbook, notebook_of

CRITERIA = (
    Criterion("proven", "Values whose quote is on its page and holds them", at_least=0.9, unit="%"),
    Criterion("f1", "F1 of the values (document by indicator)", at_least=0.9, needs="a gold file"),
    Criterion("below_threshold", "Indicators below their own accuracy", at_most=0, needs="a gold file"),
    Criterion("ungrounded", "Numbers in the prose that are in no table", at_most=0),
    Criterion("comparable", "Peers' values in one unit, currency and period", at_least=1.0, unit="%"),
    Criterion("view", "Sentences of the analyst's view that stand", at_least=5),
    Criterion("seconds", "Median time of a filing, of the time allowed (latency_slo_s)", at_most=1.0, unit="%"),
    Criterion(
        "unchanged",
        "Score of few short calls less that of many long ones",
        at_least=-0.05,
        unit="%",
        needs="a gold file, and both_variants",
    ),
    Criterion("usd", "Cost of the run", at_most=5.0, unit="US dollars"),
)


def _prompts() -> dict[str, str]:
    folder = files("helpers.poc.financial_report") / "prompts"
    first = ["extraction.md"]  # the parameter `prompt` replaces this one
    names = sorted(file.name for file in folder.iterdir() if file.name.endswith(".md") and file.name not in first)
    return {name: (folder / name).read_text(encoding="utf-8") for name in [*first, *names]}


def _steps(parameters: FinancialReportParameters) -> dict[str, str]:
    return {
        "filings": "PDF, PPTX, DOCX, HTML, CSV: who, which year, which currency",
        "extraction": f"{parameters.variant}, {parameters.model}; charts where pictures are read",
        "proof": "quote on its page, value in the quote, right column; asked again once",
        "evaluation": "against gold, a tolerance and a threshold for each indicator",
        "comparison": f"{len(parameters.peers)} peers, in {parameters.currency}; newest filing counts",
        "view": f"figures filled in by code; every number looked up ({parameters.language})",
    }


def _estimate(parameters: FinancialReportParameters) -> Estimate | None:
    from helpers.poc.financial_report.estimating import estimate

    return estimate(parameters)


WORKBOOK = Workbook(
    name="financial_report",
    title="Financial-report analyst",
    parameters=FinancialReportParameters,
    criteria=CRITERIA,
    notebook=notebook_of("financial_report"),
    prompts=_prompts(),
    files=FILES,
    begins=BEGINS,
    gold=GOLD,
    steps=_steps,
    estimate=_estimate,
)
