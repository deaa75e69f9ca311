"""Values of several companies brought into one unit, one currency and one kind of year; and ratios reckoned from them.

    values -> newest (a restated figure replaces the older one, which stays beside it) -> ratios -> in one currency

Ratios are reckoned in the currency that a company reports in, so that no exchange rate moves them. Money is compared
only where the team's own rates say how: flows at the period's average, balances at its closing rate.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from helpers.figures import SCALES
from helpers.poc.financial_report.indicators import Indicator
from helpers.poc.financial_report.rates import Rate, Rates
from helpers.poc.financial_report.values import Value

Kind = Literal["money", "percent", "points", "times", "people", "per share", "number"]
_KINDS: dict[str, Kind] = {
    "currency": "money",
    "percent": "percent",
    "people": "people",
    "currency per share": "per share",
    "number": "number",
}


@dataclass(frozen=True)
class Cell:
    """One figure of one company and period, ready to stand beside another's.

    amount: single units of `currency`, or per cent, points, times, heads. common: what is compared, in the currency of
    the comparison where it is money; None where it is not compared, and `why_not` says why.
    sources: the values it is, or is reckoned from. older: figures of earlier filings that it replaces.
    filed, replaced: the year of the filing it is from, and of the newest one that it replaces.
    """

    company: str
    period: str
    indicator: str
    amount: float
    kind: Kind
    currency: str
    sources: tuple[Value, ...]
    older: tuple[Value, ...] = ()
    formula: str = ""
    common: float | None = None
    why_not: str = ""
    rate: Rate | None = None
    notes: tuple[str, ...] = ()
    filed: str = ""
    replaced: str = ""

    @property
    def derived(self) -> bool:
        """Reckoned by code from other figures."""
        return bool(self.formula)


Key = tuple[str, str, str]  # company, period, indicator


@dataclass(frozen=True)
class Normalised:
    """All figures by company, period and indicator, and what has to be said beside them."""

    cells: dict[Key, Cell]
    companies: tuple[str, ...]  # the one that the view is about first
    periods: tuple[str, ...]  # oldest first
    indicators: tuple[str, ...]  # as in indicators.yaml, then the derived ones
    currency: str
    held_back: tuple[Value, ...] = ()  # not proven: shown to a person, used nowhere
    notes: tuple[str, ...] = ()
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # indicator -> other names of it

    def cell(self, company: str, period: str, indicator: str) -> Cell | None:
        """The figure, or None where no filing states it."""
        return self.cells.get((company, period, indicator))

    def before(self, period: str) -> str:
        """The period before, whether it is in the table or not: "FY2025" -> "FY2024"."""
        return f"FY{int(period[2:]) - 1}"


def normalise(
    values: Sequence[Value],
    indicators: Sequence[Indicator],
    *,
    companies: Sequence[str],
    periods: Sequence[str],
    currency: str = "",
    rates: Rates | None = None,
    year_ends: Mapping[str, str] | None = None,
    filed: Mapping[str, str] | None = None,
) -> Normalised:
    """Bring values into one table.

    currency: of the comparison; "" compares no money. year_ends: company -> such as "30 September", said beside it.
    filed: document -> the period it reports; without it, the latest period that it states.
    """
    known = {each.name: each for each in indicators}
    wanted = [replace(v, period=fiscal_year(v.period)) for v in values if v.company in companies]
    wanted = [v for v in wanted if v.period in periods and v.indicator in known]
    held_back = tuple(v for v in wanted if v.problem)
    cells = newest([v for v in wanted if not v.problem], known, filed)
    cells = {key: _noted(cell, known[key[2]]) for key, cell in cells.items()}
    for company in companies:
        for period in periods:
            for ratio in RATIOS:
                if made := ratio.of(cells, company, period):
                    cells[company, period, ratio.name] = made
    balances = {name for name, each in known.items() if each.nature == "balance"}
    cells = {key: compared(cell, currency, rates, cell.indicator in balances) for key, cell in cells.items()}
    return Normalised(
        cells,
        tuple(companies),
        tuple(sorted(periods)),
        (*known, *(ratio.name for ratio in RATIOS)),
        currency,
        held_back,
        (*_of_years(companies, year_ends or {}), *_of_rates(currency, rates)),
        {name: each.synonyms for name, each in known.items()},
    )


# --- which of several values ---------------------------------------------------------------------------------------


def newest(
    values: Sequence[Value], indicators: Mapping[str, Indicator], filed: Mapping[str, str] | None = None
) -> dict[Key, Cell]:
    """One cell for each company, period and indicator: the newest filing's value, the most exact one within its year.

    Values of earlier filings that differ by more than rounding stay in `older`: the figure was restated. Where filings
    of one year contradict each other the cell is not compared, and says so.
    """
    year: dict[str, str] = {}
    for value in values:
        year[value.document] = max(year.get(value.document, ""), value.period)
    year |= {document: fiscal_year(period) for document, period in (filed or {}).items()}
    grouped: dict[Key, list[Value]] = {}
    for value in values:
        grouped.setdefault((value.company, value.period, value.indicator), []).append(value)
    cells = {}
    for key, found in grouped.items():
        order = sorted(found, key=lambda v: (year[v.document], *_standing(v)), reverse=True)
        first = order[0]
        differ = [v for v in order[1:] if not _same(v, first)]
        older = tuple(v for v in differ if year[v.document] < year[first.document])
        rivals = [v for v in differ if year[v.document] == year[first.document]]
        kind = _KINDS[indicators[key[2]].unit]
        cell = Cell(*key, first.absolute, kind, first.currency, (first,), older, filed=year[first.document])
        if older:
            said = ", ".join(f"{old.value:,.10g} {old.unit} in {old.document}" for old in older)
            said = f"restated; first reported as {said}"
            cell = replace(cell, notes=(said,), replaced=max(year[old.document] for old in older))
        if rivals:
            said = "; ".join(f"{v.document} says {v.value:,.10g} {v.unit} {v.currency}".rstrip() for v in rivals)
            cell = replace(cell, why_not="filings of one year contradict each other", notes=(*cell.notes, said))
        cells[key] = cell
    return cells


def _standing(value: Value) -> tuple[bool, float, bool, str]:
    """Of one year's filings: text before charts, the most exact one (ratios need it), a report before a bare table."""
    return value.source == "text", -_step(value), not value.document.endswith((".csv", ".tsv")), value.document


def fiscal_year(period: str) -> str:
    """A period by the year in which it ends: "2023/24" and "FY2024" -> "FY2024". Others come back as they are."""
    found = re.fullmatch(r"(?:FY\s?)?(\d{4})(?:[/–-](\d{2}|\d{4}))?", period.strip())
    if not found:
        return period
    first, second = found.groups()
    if second and len(second) == 2:
        second = str(int(first) + (int(second) - int(first)) % 100)  # "1999/00" ends in 2000
    return f"FY{second or first}"


def _step(value: Value) -> float:
    """Half of what the last printed digit is worth, in single units: how far rounding may have moved it."""
    decimals = len(f"{value.value:.10g}".partition(".")[2])
    return 0.5 * 10**-decimals * SCALES.get(value.unit, 1)


def _same(a: Value, b: Value) -> bool:
    """Equal as far as the rounding of both can tell."""
    return a.currency == b.currency and (abs(a.absolute - b.absolute) <= (_step(a) + _step(b)) * 1.0001)


def _noted(cell: Cell, indicator: Indicator) -> Cell:
    if cell.why_not:
        return cell
    if indicator.own_definition:
        return replace(cell, why_not="each company defines it its own way")
    if cell.kind == "per share":
        return replace(cell, why_not="companies have different numbers of shares")
    return cell


# --- ratios --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ratio:
    """A figure that code reckons. parts: (indicator, 0 for the same period or 1 for the one before)."""

    name: str
    kind: Kind
    formula: str
    parts: tuple[tuple[str, int], ...]
    reckon: Callable[..., float | None]

    def of(self, cells: Mapping[Key, Cell], company: str, period: str) -> Cell | None:
        """The ratio, or None where a part is missing or it would mean nothing (a negative base)."""
        found = []
        for indicator, back in self.parts:
            cell = cells.get((company, f"FY{int(period[2:]) - back}", indicator))
            if cell is None:
                return None
            found.append(cell)
        if len({cell.currency for cell in found}) > 1:
            return None
        amount = self.reckon(*(cell.amount for cell in found))
        if amount is None:
            return None
        sources = tuple(value for cell in found for value in cell.sources)
        made = Cell(company, period, self.name, amount, self.kind, "", sources, formula=self.formula)
        if mixed := [cell.indicator for cell in found if _of_another_basis(cell, found)]:
            made = replace(made, why_not=f"sets a restated figure beside one that is not: {', '.join(mixed)}")
        if quarrel := next((cell for cell in found if cell.why_not.startswith("filings")), None):
            made = replace(made, why_not=quarrel.why_not)
        return made


def _of_another_basis(cell: Cell, others: Sequence[Cell]) -> bool:
    """Whether it is as first reported, where another figure of the same period was restated by a later filing."""
    return not cell.older and any(
        other.older and other.period == cell.period and cell.filed <= other.replaced for other in others
    )


def _share(part: float, whole: float) -> float | None:
    return 100 * part / whole if whole > 0 else None


def _growth(now: float, before: float) -> float | None:
    return 100 * (now / before - 1) if before > 0 else None


def _points(part: float, whole: float, part_before: float, whole_before: float) -> float | None:
    if whole <= 0 or whole_before <= 0:
        return None
    return 100 * (part / whole - part_before / whole_before)


RATIOS = (
    Ratio(
        "revenue_growth",
        "percent",
        "revenue / revenue of the year before − 1",
        (("revenue", 0), ("revenue", 1)),
        _growth,
    ),
    Ratio(
        "ebitda_growth", "percent", "EBITDA / EBITDA of the year before − 1", (("ebitda", 0), ("ebitda", 1)), _growth
    ),
    Ratio("ebitda_margin", "percent", "EBITDA / revenue", (("ebitda", 0), ("revenue", 0)), _share),
    Ratio(
        "ebitda_margin_change",
        "points",
        "EBITDA margin − EBITDA margin of the year before",
        (("ebitda", 0), ("revenue", 0), ("ebitda", 1), ("revenue", 1)),
        _points,
    ),
    Ratio(
        "net_debt_to_ebitda",
        "times",
        "net debt / EBITDA",
        (("net_debt", 0), ("ebitda", 0)),
        lambda debt, ebitda: debt / ebitda if ebitda > 0 else None,
    ),
    Ratio(
        "capex_to_revenue",
        "percent",
        "capital expenditure / revenue",
        (("capital_expenditure", 0), ("revenue", 0)),
        _share,
    ),
    Ratio(
        "cash_conversion",
        "percent",
        "operating cash flow / EBITDA",
        (("operating_cash_flow", 0), ("ebitda", 0)),
        _share,
    ),
)


# --- one currency --------------------------------------------------------------------------------------------------


def compared(cell: Cell, currency: str, rates: Rates | None, balance: bool) -> Cell:
    """The cell with what is compared: money in `currency`, all else as it is."""
    if cell.why_not:
        return cell
    if cell.kind != "money":
        return replace(cell, common=cell.amount)
    if not currency:
        return replace(cell, why_not="no currency of the comparison is set")
    rate = rates.find(cell.company, cell.period, cell.currency, currency) if rates else Rate.same(cell, currency)
    if rate is None:
        return replace(cell, why_not=f"no rate from {cell.currency or 'its currency'} to {currency} for {cell.period}")
    return replace(cell, common=cell.amount * (rate.closing if balance else rate.average), rate=rate)


def _of_rates(currency: str, rates: Rates | None) -> list[str]:
    if not currency:
        return ["No currency is set for the comparison: only ratios, growth, per cent and heads are compared."]
    if not rates:
        return [
            f"There are no exchange rates: money is compared only where companies report in {currency}; "
            "ratios, growth, per cent and heads are compared for all."
        ]
    return [f"Money is in {currency}: flows at the period's average rate, balances at its closing rate."]


# --- years ---------------------------------------------------------------------------------------------------------

_DAY = r"(\d{1,2}(?:\s+de)?\s+[^\W\d]{3,12}|[A-Z][a-z]{2,8}\s+\d{1,2})"
_YEAR_END = (
    re.compile(rf"(?:financial|fiscal) year[^.]{{0,60}}?\b(?:to|ends?(?: on)?|ended(?: on)?)\s+{_DAY}", re.IGNORECASE),
    re.compile(rf"exerc[ií]cio[^.]{{0,60}}?\b(?:a|até|encerra\w*(?: em)?|termina\w*(?: em)?)\s+{_DAY}", re.IGNORECASE),
    re.compile(rf"ejercicio[^.]{{0,60}}?\b(?:al|hasta el|termina\w*(?: el)?|cierra(?: el)?)\s+{_DAY}", re.IGNORECASE),
)
_CALENDAR = re.compile(r"calendar year|ano civil|año natural|año calendario", re.IGNORECASE)
CALENDAR = "31 December"


def year_end_in(text: str) -> str:
    """When the financial year ends by a filing's own words: "30 September"; "" where it does not say."""
    for pattern in _YEAR_END:
        if found := pattern.search(text):
            return re.sub(r"\s+", " ", found.group(1))
    return CALENDAR if _CALENDAR.search(text) else ""


def year_ends(texts: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Company -> when its year ends, by the first of its filings' texts that says so; give the newest filing first."""
    return {company: next(filter(None, map(year_end_in, each)), "") for company, each in texts.items()}


def _of_years(companies: Sequence[str], ends: Mapping[str, str]) -> list[str]:
    own = ends.get(companies[0], "") if companies else ""
    notes = [
        f"The year of {company} ends on {ends[company]}, that of {companies[0]} on {own}: FY is the year it ends in."
        for company in companies[1:]
        if ends.get(company) and own and ends[company] != own
    ]
    if unknown := [company for company in companies if not ends.get(company)]:
        notes.append(f"No filing says when the year ends of {', '.join(unknown)}.")
    return notes
