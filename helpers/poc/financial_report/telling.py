"""What a run has to say in sentences, at the top of its report: what was read, what stands, what to decide."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from helpers.poc.financial_report import claims, peers

if TYPE_CHECKING:
    from helpers.poc.financial_report.filings import Filing
    from helpers.poc.financial_report.normalisation import Normalised
    from helpers.poc.financial_report.values import Value
    from helpers.poc.financial_report.view import View


def headlines(
    documents: Sequence[Filing], values: Sequence[Value], table: Normalised, view: View, *, usd: float, on_mock: bool
) -> list[str]:
    """What was read, the view's first sentence, what was restated, and what it took; usd: of the whole run."""
    proven = sum(not value.problem for value in values)
    said = [
        f"**Read**: {len(documents)} filings of {len({one.company for one in documents})} companies; {proven} of "
        f"{len(values)} figures are proven by a line on their page, and only these are used."
    ]
    if view.text:
        said.append(f"**{table.companies[0]}**: {claims.sentences(view.text)[0]}")
    if changed := len(peers.restated(table)):
        said.append(f"**Restated**: {changed} figures are others in a later filing; the newest filing counts.")
    dollars = "imagined US dollars" if on_mock else "US dollars"
    return [*said, f"**It took** {usd:.2g} {dollars}, {usd / max(len(documents), 1):.2g} a filing."]


def to_decide(*, held: int, below: Sequence[str], cut: int, scored: bool, rates: bool, on_mock: bool) -> list[str]:
    """The questions that people have to answer now. held: figures that are not proven; cut: sentences of the view."""
    asked = []
    if held:
        asked.append(f"who reads the {held} figures that are held back, each with its page and quote?")
    if below:
        asked.append(f"may {', '.join(below)} be used, although below the accuracy that was asked for?")
    if cut:
        asked.append(f"does the view lack what its {cut} cut sentences meant to say?")
    if not scored:
        asked.append("who reads some filings for gold.csv? Without it nothing says how often a figure is right.")
    if not rates:
        asked.append("which exchange rates hold? Without rates.csv only ratios, growth and heads are compared.")
    if on_mock:
        asked.append("may these filings go to a live endpoint? The mock cannot show its quality.")
    return [f"**To decide**: {' '.join(f'({n}) {one}' for n, one in enumerate(asked, 1))}"] if asked else []
