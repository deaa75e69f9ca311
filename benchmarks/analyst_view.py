"""How an analyst's view is better written: figures as names in braces that code fills in, or in free prose.

    workbook bench analyst_view [--languages en,pt,es] [--write]

Both are written from the same facts (the sample's gold) by the endpoint of your settings, and take the same check.
Counted: numbers of the first reply that are not the table's, other faults of it (directions, ranks, sentences without a
figure), sentences that stand in the end, and sentences that had to be cut. It is prose of one table: an indication.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

from helpers.data import load_sample
from helpers.paths import ROOT, SAMPLE_DATA
from helpers.poc.financial_report import WORKBOOK, view
from helpers.poc.financial_report.facts import facts_of
from helpers.poc.financial_report.grounding import check
from helpers.poc.financial_report.indicators import read_indicators
from helpers.poc.financial_report.normalisation import Normalised, normalise
from helpers.poc.financial_report.rates import Rates
from helpers.poc.financial_report.values import Value
from helpers.poc.financial_report.wording import Language

FOLDER = SAMPLE_DATA / "companies"
COMPANIES = ("Serra Clara Alimentos S.A.", "Tarnberg Hydro SE", "Northmoor Freight Ltd.")
FREE = """\
Summarise the facts about {about} for an investment committee in {sentences} sentences in {language}.

- Copy figures exactly: same digits, same unit, same currency. Nothing rounded, nothing added up.
  No number words of your own.
- Keep to each fact: its company, its year, rose or fell. No causes, no forecasts,
  no advice, no praise. Never “respectively”.
- One paragraph of prose, without headings or bullets.
"""
MARK = "<!-- analyst_view -->"
PROMPTS: dict[view.Style, str] = {"placeholders": WORKBOOK.prompts[view.PROMPT], "free": FREE}
PAGE = ROOT / "docs" / "poc_financial_report.md"


def table() -> Normalised:
    """The sample's companies side by side, from the gold."""
    values = [
        Value(
            row["document"], row["company"], row["period"], row["indicator"], float(row["value"]), row["unit"],
            row["currency"], float(row["absolute"]), int(row["page"]), row["quote"], "text",
        )
        for row in load_sample("companies/gold.csv")
    ]  # fmt: skip
    return normalise(
        values,
        read_indicators(FOLDER / "indicators.yaml"),
        companies=COMPANIES,
        periods=("FY2023", "FY2024", "FY2025"),
        currency="USD",
        rates=Rates.read(FOLDER / "rates.csv"),
    )


def measured(ask: Callable[[view.Messages], str], style: view.Style, language: Language, data: Normalised) -> list[str]:
    """A row of the report."""
    made = view.write(ask, data, language, PROMPTS[style], style=style)
    facts = facts_of(data, language)
    numbers = others = 0
    for draft, rounds in zip(made.drafts, _first_of(made.rounds), strict=True):
        if rounds:
            found = check(facts.filled(draft), data, language)
            numbers += sum(finding.number for finding in found)
            others += sum(not finding.number for finding in found)
    return [style, language, str(numbers), str(others), str(made.sentences), str(len(made.cut)), str(made.ungrounded)]


def _first_of(rounds: tuple[tuple[int, ...], ...]) -> list[bool]:
    """For each draft in order, whether it is the first of its paragraph."""
    return [number == 0 for paragraph in rounds for number in range(len(paragraph))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--languages", default="en,pt,es")
    parser.add_argument("--write", action="store_true", help=f"add the table to {PAGE.name}")
    arguments = parser.parse_args()
    from helpers.endpoint import connect

    endpoint, data = connect(), table()

    def ask(messages: view.Messages) -> str:
        reply = endpoint.client.chat.completions.create(
            model=endpoint.chat_large, messages=messages, max_completion_tokens=700, temperature=0
        )
        return reply.choices[0].message.content or ""

    lines = [
        f"On the {endpoint.label}, `{endpoint.chat_large}`:",
        "",
        "| style | language | numbers not in the table at first | other faults of it | sentences that stand | cut | "
        "numbers not in the table, at the end |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    for style in PROMPTS:
        for language in arguments.languages.split(","):
            row = measured(ask, style, language, data)
            lines.append(f"| {' | '.join(row)} |")
            print(lines[-1], flush=True)
    print("\n".join(lines))
    if arguments.write:
        text = PAGE.read_text(encoding="utf-8")
        before, _, after = text.rpartition(MARK)
        PAGE.write_text(before + "\n".join(lines) + "\n\n" + MARK + after, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
