"""Companies side by side: a table of indicators by company, ranks where figures can be compared, and where each stands.

A rank is given only among figures of one unit, one currency and one period. What is not compared is shown as reported,
and says why. Every cell leads to a document, a page and a quote.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from helpers.poc.financial_report.normalisation import Cell, Normalised
from helpers.poc.financial_report.values import Value
from helpers.poc.financial_report.wording import label_of, short_names, written, written_cell

MISSING = "–"
# What a picture shows of the peers, in this order, as far as it can be compared.
_PICTURED = (
    "revenue", "revenue_growth", "gross_margin", "ebitda_margin", "cash_conversion", "capex_to_revenue",
    "net_debt_to_ebitda", "employees", "net_income",
)  # fmt: skip


@dataclass(frozen=True)
class Rank:
    """1 is the highest value, not the best: of net debt a company may be proud to be last."""

    place: int
    of: int


def ranks(table: Normalised, period: str, indicator: str) -> dict[str, Rank]:
    """Company -> its rank; equal figures, as they are written, share one. Empty where fewer than two compare."""
    known = {
        company: written_cell(cell, common=table.currency).amount
        for company in table.companies
        if (cell := table.cell(company, period, indicator)) is not None and cell.common is not None
    }
    if len(known) < 2:
        return {}
    return {
        company: Rank(1 + sum(other > value for other in known.values()), len(known))
        for company, value in known.items()
    }


def rows(table: Normalised) -> list[dict[str, Any]]:
    """peers.csv: a row for each figure, with what is compared, its rank, and everything that it is made from."""
    found = []
    for indicator in table.indicators:
        for period in table.periods:
            places = ranks(table, period, indicator)
            for company in table.companies:
                cell = table.cell(company, period, indicator)
                if cell is not None:
                    found.append(_row(cell, table, places.get(company)))
    return found


def _row(cell: Cell, table: Normalised, rank: Rank | None) -> dict[str, Any]:
    money = cell.kind == "money" and cell.common is not None
    return {
        "indicator": cell.indicator,
        "period": cell.period,
        "company": cell.company,
        "shown": written_cell(cell).text,
        "amount": cell.amount,
        "unit": cell.kind,
        "currency": cell.currency,
        "compared": "" if cell.common is None else cell.common,
        "compared_currency": table.currency if money else "",
        "rank": rank.place if rank else "",
        "of": rank.of if rank else "",
        "not_compared_because": cell.why_not,
        "formula": cell.formula,
        "rate_average": cell.rate.average if money and cell.rate else "",
        "rate_closing": cell.rate.closing if money and cell.rate else "",
        "rate_source": cell.rate.source if money and cell.rate else "",
        "notes": "; ".join(cell.notes),
        "sources": " | ".join(source(value) for value in cell.sources),
        "first_reported": " | ".join(source(value) for value in cell.older),
    }


def source(value: Value) -> str:
    """Where a value stands: report.pdf p. 5 “Turnover | 771.1 | 742.4”."""
    return f"{value.document} p. {value.page} “{value.quote.strip('| ')}”"


def show_table(table: Normalised, period: str) -> None:
    """Show one period: indicators down, companies across; (1) is the highest, * is reckoned, ° is not compared."""
    from helpers import show

    short = short_names(table.companies)
    lines, why_not = [], {}
    for indicator in table.indicators:
        places = ranks(table, period, indicator)
        cells = {company: table.cell(company, period, indicator) for company in table.companies}
        known = [cell for cell in cells.values() if cell is not None]
        if not known:
            continue
        line = {"": label_of(indicator) + (" *" if known[0].derived else "")}
        line |= {short[company]: _shown(cell, table, places.get(company)) for company, cell in cells.items()}
        lines.append(line)
        for cell in known:
            if cell.why_not:
                why_not.setdefault((cell.why_not, cell.company), []).append(label_of(indicator))
    show.table(lines, caption=f"{period}. (1) is the highest; * is reckoned from other figures; ° is not compared")
    if said := [*table.notes, *_reasons(why_not, short)]:
        show.text("\n".join(f"- {note}" for note in said))


def _reasons(why_not: Mapping[tuple[str, str], list[str]], short: Mapping[str, str]) -> list[str]:
    """Why figures are not compared, in as few sentences as it takes."""
    who: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for (why, company), labels in why_not.items():
        who.setdefault((why, tuple(labels)), []).append(short[company])
    return [
        f"° {', '.join(labels)}{'' if len(names) == len(short) else ' of ' + ', '.join(names)}: {why}."
        for (why, labels), names in who.items()
    ]


def _shown(cell: Cell | None, table: Normalised, rank: Rank | None) -> str:
    if cell is None:
        return MISSING
    text = written_cell(cell, common=table.currency).text + (f" ({rank.place})" if rank else "")
    if cell.kind == "money" and cell.common is not None and cell.currency != table.currency:
        text += f" · {written_cell(cell).text}"
    return text + ("°" if cell.why_not else "")


def show_trace(table: Normalised, company: str, period: str, indicator: str) -> None:
    """Show how one cell came about: formula, figures, rate, and for each figure document, page and quote."""
    from helpers import show

    cell = table.cell(company, period, indicator)
    if cell is None:
        show.text(f"*No filing states {label_of(indicator)} of {company} for {period}.*")
        return
    told = f"**{label_of(indicator)}, {company}, {period}: {written_cell(cell).text}**"
    told += f" = {cell.formula}" if cell.formula else ""
    if cell.rate is not None and cell.rate.currency != cell.rate.to:
        told += f"; in {cell.rate.to}: {written_cell(cell, common=cell.rate.to).text}"
        told += f" (average {cell.rate.average:g}, closing {cell.rate.closing:g}, {cell.rate.source})"
    show.text(told + (f". Not compared: {cell.why_not}." if cell.why_not else "."))
    show.table(
        [_traced(value, "") for value in cell.sources] + [_traced(value, "first reported") for value in cell.older]
    )


def _traced(value: Value, role: str) -> dict[str, Any]:
    shown = f"{value.value:,.10g} {value.unit} {value.currency}".rstrip()
    return {
        "figure": f"{label_of(value.indicator)} {value.period}",
        "as printed": shown + (f" ({role})" if role else ""),
        "document": value.document,
        "page": value.page,
        "quote": value.quote.strip("| "),
    }


def proofs(table: Normalised, company: str, period: str) -> list[dict[str, Any]]:
    """A row for each figure that a filing states: as it is written, and its document, page and quote."""
    return [
        {
            "figure": label_of(cell.indicator),
            "shown": written_cell(cell).text,
            "document": cell.sources[0].document,
            "page": cell.sources[0].page,
            "quote": cell.sources[0].quote.strip("| ")[:120],
            "read from": cell.sources[0].source,
        }
        for indicator in table.indicators
        if (cell := table.cell(company, period, indicator)) is not None and not cell.derived
    ]


def pictures(table: Normalised, *, made_with: str = "") -> None:
    """Small charts of what is compared, over the periods."""
    from helpers import plots

    short = short_names(table.companies)
    panels = {}
    for indicator in [name for name in _PICTURED if name in table.indicators]:
        series = {
            short[company]: {period: _drawn(table.cell(company, period, indicator)) for period in table.periods}
            for company in table.companies
        }
        if sum(any(v is not None for v in values.values()) for values in series.values()) >= 2:
            panels[f"{label_of(indicator)}, {_unit(table, indicator)}"] = series
    plots.small_multiples(panels, title="Beside the peers", places=table.periods, source=made_with)


def _drawn(cell: Cell | None) -> float | None:
    if cell is None or cell.common is None:
        return None
    return cell.common / 1e6 if cell.kind == "money" else cell.common


def _unit(table: Normalised, indicator: str) -> str:
    cell = next(cell for cell in table.cells.values() if cell.indicator == indicator)
    return {"money": f"{table.currency} million", "percent": "%", "people": "heads"}.get(cell.kind, cell.kind)


def restated(table: Normalised) -> list[dict[str, Any]]:
    """What a later filing changed: the new figure, the old one, and where both stand."""
    return [
        {
            "figure": f"{label_of(cell.indicator)} {cell.period}",
            "company": cell.company,
            "first reported": written(old.absolute, cell.kind, old.currency, "en").text,
            "now": written_cell(cell).text,
            "by": source(cell.sources[0]),
            "replaces": source(old),
        }
        for cell in _ordered(table)
        for old in cell.older
    ]


@dataclass(frozen=True)
class TwoGrowths:
    """What a year's growth looks like from the figure as first reported, and what it is from the restated one."""

    cell: Cell  # of the later year
    base: Cell  # of the restated year, with what it replaces
    first: float  # per cent
    now: float

    @property
    def restated_to(self) -> str:
        """The figure of the earlier year as it stands now."""
        return written_cell(self.base).text

    @property
    def sentence(self) -> str:
        """What a spreadsheet of each year's own report says: every number is printed in a filing."""
        moved = "rose" if self.first > 0 else "fell"
        old = self.base.older[0]
        was = written(old.absolute, self.base.kind, old.currency, "en").text
        return (
            f"{label_of(self.cell.indicator)} of {self.cell.company} {moved} by {abs(self.first):.1f}% in "
            f"{self.cell.period}, from {was} to {written_cell(self.cell).text}."
        )


def two_growths(table: Normalised) -> list[TwoGrowths]:
    """Growth over a restated year, where both figures of it are above zero; the largest difference first."""
    found = []
    for base in _ordered(table):
        after = table.cell(base.company, f"FY{int(base.period[2:]) + 1}", base.indicator)
        if not base.older or after is None or min(base.amount, base.older[0].absolute) <= 0:
            continue
        first, now = (100 * (after.amount / before - 1) for before in (base.older[0].absolute, base.amount))
        found.append(TwoGrowths(after, base, first, now))
    return sorted(found, key=lambda each: (each.cell.company != table.companies[0], -abs(each.now - each.first)))


def _ordered(table: Normalised) -> Iterable[Cell]:
    for company in table.companies:
        for period in table.periods:
            for indicator in table.indicators:
                if cell := table.cell(company, period, indicator):
                    yield cell


def comparable_share(table: Normalised) -> float | None:
    """Of the figures that may be compared at all, the share that is: in one unit, currency and period. None for none.

    Not counted: what must not be compared, whoever brings it (own definitions, amounts for one share, a restated figure
    beside one that is not). A figure without a rate, or on which filings contradict each other, counts as not compared.
    """
    meant = _meant(table)
    return sum(cell.common is not None for cell in meant) / len(meant) if meant else None


def not_compared(table: Normalised) -> str:
    """Why the rest is not, each reason with how often it holds, the most frequent first; "" where all are."""
    reasons = Counter(cell.why_not for cell in _meant(table) if cell.common is None and cell.why_not)
    told = [f"{why} ({count})" for why, count in sorted(reasons.items(), key=lambda pair: (-pair[1], pair[0]))]
    return "; ".join(told[:_REASONS]) + (f"; {len(told) - _REASONS} more reasons" if len(told) > _REASONS else "")


_REASONS = 4
_NEVER = ("each company defines", "companies have different numbers", "sets a restated")


def _meant(table: Normalised) -> list[Cell]:
    """What may be compared at all."""
    return [cell for cell in table.cells.values() if not cell.why_not.startswith(_NEVER)]
