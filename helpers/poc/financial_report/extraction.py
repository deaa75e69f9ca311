"""Values out of filings, in two ways with one prompt and one schema.

"many long calls": a call for each indicator with the whole document, one after the other.
"few short calls": the pieces that name the indicators of a statement in one call, several calls at a time.

Either way code proves every value (see `proof`); what is not proven is asked again once, with what is wrong, and what
is not proven then either is kept with its problem, shown, and never used.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from helpers import figures
from helpers.poc.financial_report import orders
from helpers.poc.financial_report.asking import model_of, prompt_of, structured
from helpers.poc.financial_report.disagreements import without_ambiguous_dollars
from helpers.poc.financial_report.filings import Filing
from helpers.poc.financial_report.parameters import FEW_SHORT, MANY_LONG
from helpers.poc.financial_report.pieces import Index
from helpers.poc.financial_report.proof import prove
from helpers.poc.financial_report.signs import as_in_other_filings
from helpers.poc.financial_report.values import Value
from helpers.problem import Problem

if TYPE_CHECKING:
    from helpers.poc.financial_report.indicators import Indicator

PROMPT = "extraction.md"
IN_A_CALL = 6  # indicators at most
TOKENS = (300, 160)  # of a reply: its frame, and each indicator
LONGEST = 300_000  # characters of a document in one call, some 80,000 tokens
_PIECES, SHORT = 3, 9_000  # an indicator's pieces, and characters of a call


@dataclass(frozen=True)
class Asked:
    """One call: some indicators of a filing, and the text to read them from. refused: name -> (line, why)."""

    filing: Filing
    indicators: tuple[Indicator, ...]
    text: str
    refused: tuple[tuple[str, str, str], ...] = ()

    def __str__(self) -> str:
        return f"{self.filing.name}: {', '.join(one.name for one in self.indicators)}"


def extract(
    run: Any, filings: Sequence[Filing], indicators: Sequence[Indicator], variant: str = FEW_SHORT
) -> list[Value]:
    """Values of the filings' own years, and of the run's other periods where they stand in the same rows.

    run: a Run, or what has its parameters, endpoint, map and skip. Raises Problem for an unknown variant.
    """
    if variant not in (FEW_SHORT, MANY_LONG):
        raise Problem(f"there is no variant {variant!r}", f"there are {FEW_SHORT!r} and {MANY_LONG!r}")
    indexes = {filing.name: Index.of(filing.document) for filing in filings} if variant == FEW_SHORT else {}
    if variant == FEW_SHORT:
        calls = [call for filing in filings for call in _short_calls(filing, indicators, indexes[filing.name])]
    else:
        calls = [call for filing in filings for call in _long_calls(run, filing, indicators)]
    found = _values(run, calls, indicators, "extracting", variant)
    again = _again(found, filings, indicators, indexes, variant)
    second = _values(run, again, indicators, "asking again", variant) if again else []
    chosen = as_in_other_filings(_chosen(found, second, filings, indicators), filings, indicators)
    return without_ambiguous_dollars(chosen, filings)


# --- which calls ---------------------------------------------------------------------------------------------------


def groups(indicators: Sequence[Indicator]) -> list[tuple[Indicator, ...]]:
    """Indicators of one statement together, at most IN_A_CALL; those without a statement in their order."""
    by_statement: dict[str, list[Indicator]] = {}
    for one in indicators:
        by_statement.setdefault(one.statement, []).append(one)
    return [tuple(own[i : i + IN_A_CALL]) for own in by_statement.values() for i in range(0, len(own), IN_A_CALL)]


def _short_calls(filing: Filing, indicators: Sequence[Indicator], index: Index) -> list[Asked]:
    calls = []
    for group in groups(indicators):
        rankings = [index.search(one, _PIECES) for one in group]
        depth = max((len(ranking) for ranking in rankings), default=0)
        places = [ranking[i] for i in range(depth) for ranking in rankings if i < len(ranking)]
        if places:
            calls.append(Asked(filing, group, index.text(places, most=SHORT)))
    return calls


def _long_calls(run: Any, filing: Filing, indicators: Sequence[Indicator]) -> list[Asked]:
    return [Asked(filing, (one,), _whole(run, filing, one is indicators[0])) for one in indicators]


def _whole(run: Any, filing: Filing, tell: bool) -> str:
    """The whole document, or as many of its pages as one call can take."""
    pages, size = [], 0
    for number, text in filing.pages.items():
        size += len(text)
        if pages and size > LONGEST:
            if tell:
                run.skip(
                    filing.name, f"too long for one call: only its first {number - 1} pages are read",
                    "take the variant few short calls, which searches all pages",
                )  # fmt: skip
            break
        pages.append({"page": number, "text": orders.without_orders(text)})
    return figures.as_text(pages)


def _again(
    found: Sequence[tuple[Asked, str, list[Value]]],
    filings: Sequence[Filing],
    indicators: Sequence[Indicator],
    indexes: Mapping[str, Index],
    variant: str,
) -> list[Asked]:
    """For each filing what was not proven, once more: with what is wrong, and without the lines that were refused."""
    by_name = {one.name: one for one in indicators}
    calls = []
    for filing in filings:
        refused = [
            (name, values[0].quote, values[0].problem)
            for call, name, values in found
            if call.filing is filing and values and values[0].problem
        ]
        if not refused:
            continue
        if variant == MANY_LONG:
            text = next(call.text for call, _, _ in found if call.filing is filing)
            calls += [Asked(filing, (by_name[one[0]],), text, (one,)) for one in refused]
            continue
        for start in range(0, len(refused), IN_A_CALL):
            part = refused[start : start + IN_A_CALL]
            group = tuple(by_name[name] for name, _, _ in part)
            index = indexes[filing.name]
            rankings = [index.search(one, 2 * _PIECES) for one in group]
            places = [r[i] for i in range(max(map(len, rankings), default=0)) for r in rankings if i < len(r)]
            lines = [line for _, line, why in part if "number" not in why]
            calls.append(Asked(filing, group, index.text(places, lines, most=SHORT), tuple(part)))
    return [call for call in calls if call.text]


# --- one call ------------------------------------------------------------------------------------------------------


def _values(
    run: Any, calls: Sequence[Asked], indicators: Sequence[Indicator], label: str, variant: str
) -> list[tuple[Asked, str, list[Value]]]:
    """(call, indicator, its values) for every indicator of every call that the reply states."""
    model, system = model_of(run), prompt_of(run, PROMPT)

    def ask(call: Asked) -> dict[str, list[Value]]:
        reply = structured(run, model, system, _message(call), _schema(call.indicators), _most_tokens(call))
        return _read_reply(reply, call, indicators, run.parameters.periods)

    workers = {"workers": 1} if variant == MANY_LONG else {}
    replies = run.map(ask, calls, f"{label}, {variant}", name=str, **workers)
    return [
        (call, name, values)
        for call, reply in zip(calls, replies, strict=True)
        for name, values in (reply or {}).items()
    ]


def _schema(indicators: Sequence[Indicator]) -> Any:
    return figures.filing_schema([one.described() for one in indicators])


def _most_tokens(call: Asked) -> int:
    return TOKENS[0] + TOKENS[1] * len(call.indicators)


def _message(call: Asked) -> str:
    filing = call.filing
    lines = [f"Company: {filing.company}. Financial year: {filing.printed_period}.", ""]
    lines += ["<filing>", call.text, "</filing>"]
    if call.refused:
        lines += ["", "These were refused before:"]
        lines += [f"- {name}: {why}. The line was: {line[:300]}" for name, line, why in call.refused]
    return "\n".join(lines)


def _read_reply(
    reply: str, call: Asked, indicators: Sequence[Indicator], periods: Sequence[str]
) -> dict[str, list[Value]]:
    """What the reply states, proven or with a problem; a record that does not fit its schema costs only itself."""
    content = json.loads(reply)
    if not isinstance(content, dict):
        raise ValueError("the reply is no object")
    found: dict[str, list[Value]] = {}
    for indicator in call.indicators:
        given = content.get(indicator.name)
        if given is None:
            continue
        try:
            figure = _figure(given, call.filing)
        except ValidationError as error:
            found[indicator.name] = [_misshapen(given, call.filing, indicator, error)]
            continue
        found[indicator.name] = prove(figure, indicator, call.filing, indicators, periods)
    return found


def _figure(given: Any, filing: Filing) -> figures.Figure:
    """The record. Of year, unit and currency code reads its own, so that a wrong form of theirs costs nothing.

    Raises ValidationError where value, page or quote do not fit.
    """
    try:
        return figures.Figure.model_validate(given)
    except ValidationError as error:
        wrong = {str(detail["loc"][0]) for detail in error.errors() if detail["loc"]}
        if not isinstance(given, dict) or not wrong <= {"period", "unit", "currency"}:
            raise
        mended = {"period": filing.period.removeprefix("FY"), "unit": "single", "currency": None}
        return figures.Figure.model_validate(given | {name: mended[name] for name in wrong})


def _misshapen(given: Any, filing: Filing, indicator: Indicator, error: ValidationError) -> Value:
    detail = error.errors(include_url=False)[0]
    why = f"the reply does not fit: {'.'.join(map(str, detail['loc']))}: {detail['msg']}"
    record = given if isinstance(given, dict) else {}
    number = record.get("value")
    return Value(
        filing.name, filing.company, filing.period, indicator.name,
        float(number) if isinstance(number, int | float) and abs(number) < 1e300 else 0.0,
        str(record.get("unit") or ""), str(record.get("currency") or ""), 0.0, 0,
        str(record.get("quote") or "")[:500], "text", why,
    )  # fmt: skip


def _chosen(
    first: Sequence[tuple[Asked, str, list[Value]]],
    second: Sequence[tuple[Asked, str, list[Value]]],
    filings: Sequence[Filing],
    indicators: Sequence[Indicator],
) -> list[Value]:
    """For each filing and indicator the proven answer, else the first one with its problem; in their order."""
    answers: dict[tuple[str, str], list[Value]] = {}
    for call, name, values in (*first, *second):
        key = (call.filing.name, name)
        if values and (key not in answers or (answers[key][0].problem and not values[0].problem)):
            answers[key] = values
    return [value for filing in filings for one in indicators for value in answers.get((filing.name, one.name), [])]
