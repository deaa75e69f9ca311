"""Net debt in brackets: is it debt that a statement subtracts, or more cash than debt? The document's own rows say.

A row that prints both signs means them. Net cash is never more than cash: brackets around more than the cash are debt;
around less, the borrowings decide. A filing that says nothing follows the company's other filings, or is held back.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from helpers import figures
from helpers.poc.financial_report import naming, printed
from helpers.poc.financial_report.cells import Read, Unproven, read_cell
from helpers.poc.financial_report.filings import Filing
from helpers.poc.financial_report.indicators import Indicator
from helpers.poc.financial_report.statements import lines_with
from helpers.poc.financial_report.values import Value

UNCERTAIN = "in brackets it may be net debt or net cash, and nothing in the document tells which"
_DEBT = r"debt|dívida|divida|deuda|indebtedness|borrowings|endividamento|endeudamiento"
_CASH = r"cash|caixa|caja|efectivo|liquidity|liquidez|tesorer[ií]a|disponibilidades"
_OF_DEBT = re.compile(
    rf"\b(?:{_DEBT}|loans?|bonds?|leases?|financial liabilities|empréstimos|financiamentos|préstamos|obligaciones"
    r"|arrendamientos?|pasivos? financieros?|passivos? financeiros?)\b",
    re.IGNORECASE,
)
_OF_CASH = re.compile(rf"\b(?:{_CASH})\b", re.IGNORECASE)
_FLOW = re.compile(r"\b(?:from|flows?|generated|used|paid|flujos?|fluxos?|das? atividades|de las actividades)\b", re.I)
_OTHER_SIDE = re.compile(rf"\b(?P<first>{_DEBT}|{_CASH})\b[^()]*\([^()]*\b(?P<second>{_DEBT}|{_CASH})\b", re.IGNORECASE)
_NET = re.compile(r"\b(?:net|neto|neta|líquid[oa]|liquid[oa])\b", re.IGNORECASE)


def is_net_debt(indicator: Indicator) -> bool:
    """Whether an indicator is debt less cash, whose sign statements print either way."""
    names = " ".join(indicator.names)
    return indicator.of_money and indicator.sign == "as printed" and all(
        re.search(rf"\b(?:{words})\b", names, re.IGNORECASE) for words in (_DEBT, r"net|neta|líquida|liquida")
    )  # fmt: skip


def signed(read: Read, indicator: Indicator, filing: Filing, period: str) -> Read:
    """The number with debt positive and net cash negative. Raises Unproven where nothing tells which it is."""
    if not is_net_debt(indicator) or read.value == 0:
        return read
    label = read.line.label if read.line else ""
    if both := _OTHER_SIDE.search(label):  # the word in brackets is what brackets mean
        first_is_cash = bool(_OF_CASH.fullmatch(both["first"]))
        if first_is_cash != bool(_OF_CASH.fullmatch(both["second"])):
            return replace(read, value=-read.value if first_is_cash else read.value)
    elif _OF_CASH.search(label) and _OF_DEBT.search(label):  # "Net cash / net debt"
        return _reckoned(read, filing, period)
    return _reckoned(read, filing, period) if read.value < 0 else read


def as_in_other_filings(
    values: Sequence[Value], filings: Sequence[Filing], indicators: Sequence[Indicator]
) -> list[Value]:
    """With the sign of each uncertain value that its own row tells: another year in it is proven in another filing."""
    by_name, of = {one.name: one for one in indicators}, {filing.name: filing for filing in filings}
    return [
        _as_elsewhere(value, values, of[value.document], by_name[value.indicator])
        if UNCERTAIN in value.problem
        else value
        for value in values
    ]


def _as_elsewhere(value: Value, values: Sequence[Value], filing: Filing, indicator: Indicator) -> Value:
    for line in lines_with(value.quote, value.page, filing.lines):
        for period in dict.fromkeys(own for _, own in line.cells if own and own != value.period):
            known = [
                v.absolute for v in values
                if (v.company, v.period, v.indicator) == (value.company, period, value.indicator) and not v.problem
            ]  # fmt: skip
            try:
                beside, own = (read_cell(line, indicator, filing, one) for one in (period, value.period))
            except Unproven:
                continue
            signs = {
                (one > 0) == (beside.value > 0) for one in known
                if abs(abs(one) - abs(beside.absolute)) <= 0.501 * figures.absolute(beside.step, beside.unit)
            }  # fmt: skip
            if len(signs) == 1 and own.currency:
                number = own.value if signs.pop() else -own.value
                return replace(
                    value, value=number, unit=own.unit, currency=own.currency, page=own.page, quote=own.quote,
                    problem="", absolute=round(figures.absolute(number, own.unit), 6),
                )  # fmt: skip
    return value


def _reckoned(read: Read, filing: Filing, period: str) -> Read:
    if read.line and read.value < 0:
        numbers = [printed.cell_number(cell, filing.decimal) for cell, own in read.line.cells if own]
        if any(number is not None and number > 0 for number in numbers):
            return read  # the row prints both signs, and so means them
    size, slack = abs(read.absolute), 1.001 * figures.absolute(read.step, read.unit)
    cash, debts = _beside(filing, period, read)
    if cash and max(cash) < size - slack:
        return replace(read, value=abs(read.value))
    for held in cash:
        for owed in [*debts, sum(debts)]:
            if abs(abs(owed - held) - size) <= 4 * slack and owed != held:
                return replace(read, value=abs(read.value) if owed > held else -abs(read.value))
    if cash and debts and max(debts) > max(cash):
        return replace(read, value=abs(read.value))
    for words, sign in ((_OF_CASH, -1), (_OF_DEBT, 1)):
        if any(abs(said - size) <= 4 * slack for said in _said(filing, period, words, net=True)):
            return replace(read, value=sign * abs(read.value))
    raise Unproven(UNCERTAIN)


def _beside(filing: Filing, period: str, read: Read) -> tuple[list[float], list[float]]:
    """Balances of cash, and of borrowings, that the document's rows and sentences state of a year; in single units."""
    cash: list[float] = []
    debts: list[float] = []
    for line in filing.lines:
        if not line.label or _NET.search(line.label) or _FLOW.search(line.label):
            continue
        kind = cash if _OF_CASH.search(line.label) else debts if _OF_DEBT.search(line.label) else None
        scale = line.head.scale or filing.scale
        for cell in line.of(period) if kind is not None and scale else ():
            if (number := printed.cell_number(cell, filing.decimal)) is not None:
                kind.append(abs(figures.absolute(number, scale)))  # type: ignore[union-attr]
    if not cash or not debts:
        for kind, words in ((cash, _OF_CASH), (debts, _OF_DEBT)):
            kind += [] if kind else _said(filing, period, words)
    return list(dict.fromkeys(cash)), list(dict.fromkeys(debts))


_AMOUNT = re.compile(r"[^.;\d]{0,40}?(\d[\d.,'’]*\d|\d)\s*((?:de\s+)?[^\W\d_]+(?: millones)?)")


def _said(filing: Filing, period: str, words: re.Pattern[str], net: bool = False) -> list[float]:
    """Amounts with a scale right after such words, in sentences that name no other year; net: "net cash" alone."""
    found = []
    for sentence in naming.sentences(filing.document.text[:400_000]):
        if "|" in sentence or bool(_NET.search(sentence)) != net or (_FLOW.search(sentence) and not net):
            continue
        if (years := printed.periods_in(sentence)) and period not in years:
            continue
        for word in words.finditer(sentence):
            if net and not _NET.search(sentence[max(0, word.start() - 22) : word.end() + 12]):
                continue
            amount = _AMOUNT.match(sentence, word.end())
            if amount and (scale := printed.scales_in(amount[2])):
                number = figures.to_number(amount[1], filing.decimal) or 0.0
                found.append(figures.absolute(number, scale[0]))
    return found
