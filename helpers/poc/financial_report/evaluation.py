"""Were the values right? Every indicator of every document against the gold, as Results that two runs are compared by.

A case is a document and an indicator of the document's own year, or of an earlier year where the gold has a line for it
(a restated figure). Gold and value have to agree in the year and, where it is money, in the currency; a value in
thousands that is a thousand times the right one is wrong, and counted as a fault of its unit.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helpers import figures
from helpers.evaluation import Results, Row, Score
from helpers.figures import Outcome
from helpers.intervals import Interval, bootstrap, share
from helpers.poc.financial_report.disagreements import step
from helpers.poc.financial_report.filings import Filing
from helpers.poc.financial_report.indicators import Evaluator, Indicator
from helpers.poc.financial_report.printed import period_of
from helpers.poc.financial_report.team_files import read_table
from helpers.poc.financial_report.values import Value
from helpers.problem import Problem

_COLUMNS = ("document", "period", "indicator", "absolute")
Key = tuple[str, str, str]  # document, period, indicator


@dataclass(frozen=True)
class Gold:
    """A right value: absolute in single units. trap: what makes it hard, for the table of failures; may be empty."""

    absolute: float
    currency: str | None  # None where the gold file has no such column
    trap: str = ""


def read_gold(file: Path | str, indicators: Sequence[Indicator]) -> dict[Key, Gold]:
    """The gold of a file: document, period, indicator, absolute, and if they are there currency and trap.

    Raises Problem that names the line.
    """
    file, known = Path(file), {one.name for one in indicators}
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            table = read_table(opened)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise Problem(f"{file} cannot be read: {error}", "save it as CSV in UTF-8") from None
    columns = table.columns
    if missing := [column for column in _COLUMNS if column not in columns]:
        raise Problem(f"{file.name} has no column {missing[0]!r}", f"it needs {', '.join(_COLUMNS)}")
    found: dict[Key, Gold] = {}
    for number, row in table.rows:
        where = f"{file.name}, line {number}"
        period = period_of(row["period"] or "")
        if period is None:
            raise Problem(f"{where}: {row['period']!r} is no financial year", "write FY2025")
        try:
            value = float(row["absolute"])
        except (TypeError, ValueError):
            raise Problem(f"{where}: {row['absolute']!r} is no number", "write single units, as 1234500000") from None
        if row["indicator"] not in known:
            continue  # a team may look for fewer
        key = (row["document"], period, row["indicator"])
        if key in found:
            raise Problem(f"{where} has a value for {', '.join(key)} a second time", "keep the most exact one")
        found[key] = Gold(value, row.get("currency") if "currency" in columns else None, row.get("trap") or "")
    return found


EVALUATORS: dict[Evaluator, Callable[[Value, float, Indicator, float], bool]] = {
    "tolerance": lambda value, gold, indicator, step: _near(value, gold, indicator),
    "rounded": lambda value, gold, indicator, step: (
        _near(value, gold, indicator) or abs(value.absolute - gold) <= 0.5 * step * 1.001
    ),
}


def _near(value: Value, gold: float, indicator: Indicator) -> bool:
    bound = max(indicator.tolerance.relative * abs(gold), indicator.tolerance.absolute, 1e-9)
    return abs(value.absolute - gold) <= bound * (1 + 1e-9)


@dataclass(frozen=True)
class Case:
    """What came of one indicator of one document. fault: of a wrong value, what is wrong with it."""

    key: Key
    outcome: Outcome
    value: Value | None
    gold: Gold | None
    fault: str = ""


def cases(
    values: Sequence[Value], gold: Mapping[Key, Gold], filings: Sequence[Filing], indicators: Sequence[Indicator]
) -> list[Case]:
    """Every case in the order of filings and indicators. A value with a problem counts as not given."""
    decimals = {filing.name: filing.decimal for filing in filings}
    given = {(v.document, v.period, v.indicator): v for v in values if not v.problem}
    held = {(v.document, v.period, v.indicator): v for v in values if v.problem}
    found = []
    for filing in filings:
        for one in indicators:
            earlier = sorted(k for k in gold if k[0] == filing.name and k[2] == one.name and k[1] != filing.period)
            asked = [k for k in earlier if k in given or filing.period > k[1]]
            for key in [(filing.name, filing.period, one.name), *asked]:
                found.append(_case(key, given.get(key), held.get(key), gold.get(key), one, decimals))
    return found


def _case(
    key: Key, value: Value | None, held: Value | None, gold: Gold | None, indicator: Indicator, decimals: Any
) -> Case:
    if value is None:
        return Case(key, "missing" if gold else "rightly none", held, gold, "held back" if held and gold else "")
    if gold is None:
        return Case(key, "invented", value, None, "not in the gold")
    fault = ""
    if not EVALUATORS[indicator.evaluator](value, gold.absolute, indicator, step(value, decimals)):
        fault = _fault(value, gold)
    elif indicator.of_money and gold.currency is not None and value.currency != gold.currency:
        fault = "currency"
    return Case(key, "wrong" if fault else "right", value, gold, fault)


def _fault(value: Value, gold: Gold) -> str:
    if abs(value.absolute + gold.absolute) <= 0.002 * abs(gold.absolute):
        return "sign"
    for factor in (1e3, 1e6, 1e9, 1e-3, 1e-6, 1e-9):
        if gold.absolute and abs(value.absolute * factor / gold.absolute - 1) <= 0.002:
            return "unit"
    return "rounded" if gold.absolute and abs(value.absolute / gold.absolute - 1) <= 0.06 else "value"


@dataclass(frozen=True)
class IndicatorScore:
    """An indicator's accuracy over the documents, with Wilson's interval, beside its threshold."""

    indicator: str
    accuracy: Interval
    cases: int
    at_least: float

    @property
    def met(self) -> bool:
        return self.accuracy.value >= self.at_least


def by_indicator(found: Sequence[Case], indicators: Sequence[Indicator]) -> list[IndicatorScore]:
    """Each indicator with cases: right, or rightly not given, of all."""
    scores = []
    for one in indicators:
        own = [case for case in found if case.key[2] == one.name]
        if own:
            good = sum(case.outcome in ("right", "rightly none") for case in own)
            scores.append(IndicatorScore(one.name, share(good, len(own)), len(own), one.at_least))
    return scores


def f1(found: Sequence[Case]) -> Interval:
    """F1 of the values over documents and indicators, with its bootstrap interval over cases."""

    def of(drawn: Sequence[Any]) -> float:
        return figures.f1(*precision_recall(drawn))

    return bootstrap(list(found), of)


def precision_recall(found: Sequence[Case]) -> tuple[float, float]:
    """Right values of those given, and of those in the gold."""
    return figures.precision_recall(dict(enumerate(case.outcome for case in found)))


def failures_by_trap(found: Sequence[Case]) -> list[dict[str, Any]]:
    """A row a trap: cases, right ones, and what went wrong with the others; cases without a trap are the last row."""
    traps: dict[str, list[Case]] = {}
    for case in found:
        if case.gold is not None:
            for trap in case.gold.trap.split("; ") if case.gold.trap else ["(none)"]:
                traps.setdefault(trap, []).append(case)
    rows = []
    for trap, own in sorted(traps.items(), key=lambda item: (item[0] == "(none)", item[0])):
        wrong = Counter(case.fault or case.outcome for case in own if case.outcome != "right")
        rows.append(
            {
                "trap": trap,
                "cases": len(own),
                "right": len(own) - sum(wrong.values()),
                "went wrong": ", ".join(f"{count} {what}" for what, count in wrong.most_common()),
            }
        )
    return rows


def results(found: Sequence[Case], name: str, run: Any = None) -> Results:
    """The cases as results with the score "right"; tags indicator, document, outcome, trap."""
    rows = []
    for case in found:
        document, period, indicator = case.key
        value, right = case.value, case.outcome in ("right", "rightly none")
        scores = {"right": Score(float(right), case.fault or case.outcome)}
        output = None
        if value is not None:
            output = {"value": value.value, "unit": value.unit, "currency": value.currency, "page": value.page}
            output |= {"quote": value.quote, "source": value.source, "problem": value.problem}
        rows.append(
            Row(
                id=f"{document} · {period} · {indicator}",
                input={"document": document, "period": period, "indicator": indicator},
                expected=case.gold.absolute if case.gold else None,
                output=output,
                scores=scores,
                tags={
                    "indicator": indicator,
                    "document": document,
                    "outcome": case.outcome,
                    "trap": case.gold.trap if case.gold and case.gold.trap else "(none)",
                },
            )
        )
    about = {}
    if run is not None:
        about = {"endpoint": run.endpoint.label, "simulated": run.endpoint.simulated}
        about |= {"models": dict(run.endpoint.settings.models), "variant": run.parameters.variant}
    return Results(name, tuple(rows), about)
