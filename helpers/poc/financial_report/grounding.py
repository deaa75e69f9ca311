"""Does the table say what the prose says? Every number, every direction and every rank of a text is looked up.

A number has to be a figure of the table, written as the table writes it, in its unit and currency, of the company, the
indicator and the period that the sentence names. What the check cannot find in the table it reports; it never assumes.

What it does not see: praise ("solid"), and a claim without number, direction, rank, cause or forecast.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from helpers.poc.financial_report import claims, directions
from helpers.poc.financial_report.claims import Claim, Mention, Sentence
from helpers.poc.financial_report.normalisation import Cell, Normalised
from helpers.poc.financial_report.wording import NAMES, Language, short_names, written, written_cell

_NEAR = 1e-9  # relative; figures are compared as they are written, so only floating point is forgiven
# A number may be said of an indicator, or of what it is a part of: "revenue rose by 4.7%"; of a ratio's upper part only
# where the lower one is named too: "net debt was 0.93x EBITDA". Indicator -> what else is meant -> what must be named.
_FAMILY: dict[str, dict[str, str]] = {
    "revenue": {"revenue_growth": ""},
    "ebitda": {"ebitda_growth": "", "ebitda_margin": "revenue"},
    "ebitda_margin": {"ebitda_margin_change": ""},
    "net_debt": {"net_debt_to_ebitda": "ebitda"},
    "capital_expenditure": {"capex_to_revenue": "revenue"},
    "operating_cash_flow": {"cash_conversion": "ebitda"},
}
_CHANGES = {"revenue_growth", "ebitda_growth", "ebitda_margin_change"}


@dataclass(frozen=True)
class Finding:
    """Something in a sentence that the table does not say. problem: for a reader, and for the model."""

    sentence: str
    words: str
    problem: str
    number: bool = True  # a number, or a word for one; else a direction, a rank, a cause


@dataclass(frozen=True)
class Entry:
    """One way in which a figure of the table may be written. amounts: as it is shown, and exactly."""

    cell: Cell
    kind: str
    currency: str
    amounts: tuple[float, ...]
    text: str
    older: bool = False


def check(prose: str, table: Normalised, language: Language) -> list[Finding]:
    """What the prose says and the table does not, in the order of the text."""
    reader = _Reader(table, language)
    found: list[Finding] = []
    for sentence in claims.sentences(prose):
        found += reader.findings(sentence)
    return found


class _Reader:
    """Reads sentence after sentence, and remembers what the last one was about."""

    def __init__(self, table: Normalised, language: Language):
        self.table, self.language = table, language
        short = short_names(table.companies)
        self.companies = {company: _aliases(company, short[company], short) for company in table.companies}
        self.companies[table.companies[0]] += _THE_COMPANY[language]
        self.indicators = {
            name: tuple(
                dict.fromkeys(
                    (*NAMES.get(name, {}).get(language, (name.replace("_", " "),)), *table.names.get(name, ()))
                )
            )
            for name in table.indicators
        }
        self.entries = [entry for cell in table.cells.values() for entry in _entries(cell, table, language)]
        self.literals = _literals(table)
        self.company, self.indicator, self.period = table.companies[0], "", table.periods[-1]

    def findings(self, original: str) -> list[Finding]:
        """Of one sentence."""
        sentence = claims.read(
            original, self.language, companies=self.companies, indicators=self.indicators, literals=self.literals
        )
        found = [
            Finding(original, period.what[2:], "the table has no such year")
            for period in sentence.periods
            if period.what not in self.table.periods and not self._known_before(period.what)
        ]
        for claim in sentence.numbers:
            if problem := self._number(sentence, claim):
                found.append(Finding(original, claim.words, problem))
        for words, problem in directions.problems(sentence, self):
            found.append(Finding(original, words, problem, number=False))
        self._remember(sentence)
        return found

    # --- what a place in a sentence is about

    def company_at(self, sentence: Sentence, start: int, end: int) -> str:
        """The company that follows after "at", "of", "for", else the last one named, else that of the text before."""
        return _said_after(sentence, sentence.companies, end) or _nearest(sentence.companies, start) or self.company

    def indicator_at(self, sentence: Sentence, start: int) -> str:
        """The last indicator named before, else the first after, else that of the text before."""
        return _nearest(sentence.indicators, start) or self.indicator

    def periods_at(self, sentence: Sentence, start: int, end: int) -> set[str]:
        """The period that follows directly, else the last one named, else that of the text before."""
        if after := _said_after(sentence, sentence.periods, end):
            return {after}
        period = _nearest(sentence.periods, start) or self.period
        before = any(mention.end <= start for mention in sentence.periods)
        if (
            not before
            and sentence.periods
            and directions.AGAINST.search(sentence.text[end : sentence.periods[0].start])
        ):
            period = self.period  # "0.38, against 0.30 in FY2024": the year is the other number's
        if directions.FROM.search(sentence.text[:start]):
            return {period, self.table.before(period)}
        return {period}

    def cell(self, company: str, period: str, indicator: str) -> Cell | None:
        """A figure of the table."""
        return self.table.cell(company, period, indicator)

    def amounts_of(self, cell: Cell) -> list[float]:
        """A figure as it may be written, in single units: in its own currency and in the common one."""
        return [amount for entry in self.entries if entry.cell is cell and not entry.older for amount in entry.amounts]

    def _remember(self, sentence: Sentence) -> None:
        self.company = sentence.companies[-1].what if sentence.companies else self.company
        self.indicator = sentence.indicators[-1].what if sentence.indicators else self.indicator
        named = [mention.what for mention in sentence.periods if mention.what in self.table.periods]
        self.period = max(named) if named else self.period

    def _known_before(self, period: str) -> bool:
        return any(cell.period == period for cell in self.table.cells.values())

    # --- numbers

    def _number(self, sentence: Sentence, claim: Claim) -> str:
        """Why a number is not the table's; "" where it is."""
        if claim.counted:
            counted = {"companies": {len(self.table.companies), len(self.table.companies) - 1}}
            known = counted.get(claim.counted, {len(self.table.periods), len(self.table.periods) - 1})
            return "" if claim.amount in known else f"the table does not have so many {claim.counted}"
        if claim.amount is None:
            return "the table has no such figure; write the table's own, in its form"
        company = _paired(sentence, claim, sentence.companies) or self.company_at(sentence, claim.start, claim.end)
        indicator = _paired(sentence, claim, sentence.indicators) or self.indicator_at(sentence, claim.start)
        periods = self.periods_at(sentence, claim.start, claim.end)
        family = _family(indicator, sentence)
        change = directions.is_change(sentence.text, claim)
        same = [entry for entry in self.entries if self._is(entry, claim, sentence)]
        if change:
            same = [entry for entry in same if entry.cell.indicator in _CHANGES]
        right = [
            entry
            for entry in same
            if entry.cell.company == company
            and entry.cell.period in periods
            and (not family or entry.cell.indicator in family)
        ]
        if right:
            return ""
        if same:
            entry = same[0]
            what = f"{entry.cell.indicator} of {entry.cell.company}, {entry.cell.period}"
            return (
                f"the table has it as {what}; here it is said of {indicator or 'nothing'} of {company}, {_or(periods)}"
            )
        wanted = [
            entry.text
            for entry in self.entries
            if not entry.older
            and entry.cell.company == company
            and entry.cell.period in periods
            and entry.cell.indicator in (family or (entry.cell.indicator,))
            and (not change or entry.cell.indicator in _CHANGES)
        ]
        has = f"; the table has {_or(wanted)}" if indicator and wanted else ""
        return f"the table has no such figure for {indicator or 'this'} of {company}, {_or(periods)}{has}"

    def _is(self, entry: Entry, claim: Claim, sentence: Sentence) -> bool:
        if claim.amount is None or not _units_agree(entry, claim):
            return False
        if entry.older and not directions.RESTATED.search(sentence.plain):
            return False
        said = abs(claim.amount) if entry.kind == "people" else claim.amount  # "(3,604)" is no number below nought
        loss = directions.is_negative(sentence, claim)
        for amount in entry.amounts:
            if loss and said > 0:
                if amount < 0 and _equal(-said, amount):
                    return True
            elif _equal(said, amount):
                return True
        return False


def _paired(sentence: Sentence, claim: Claim, mentions: Sequence[Mention]) -> str:
    """What a number is said of where "respectively" pairs numbers with names, in their order; else ""."""
    names = list(dict.fromkeys(mention.what for mention in mentions))
    if len(names) < 2 or len(sentence.numbers) % len(names) or not directions.RESPECTIVELY.search(sentence.text):
        return ""
    return names[sentence.numbers.index(claim) % len(names)]


def _family(indicator: str, sentence: Sentence) -> tuple[str, ...]:
    """What a number that is said of an indicator may be."""
    named = {mention.what for mention in sentence.indicators}
    kin = _FAMILY.get(indicator, {}).items()
    return (indicator, *(name for name, other in kin if not other or other in named)) if indicator else ()


_THE_COMPANY: dict[Language, tuple[str, ...]] = {
    "en": ("the company", "the group"),
    "pt": ("a companhia", "a empresa", "o grupo"),
    "es": ("la compañía", "la empresa", "el grupo"),
}


def entries_of(table: Normalised, language: Language) -> list[Entry]:
    """Every way in which the table's figures may be written."""
    return [entry for cell in table.cells.values() for entry in _entries(cell, table, language)]


def _entries(cell: Cell, table: Normalised, language: Language) -> list[Entry]:
    shown = written_cell(cell, language)
    found = [Entry(cell, cell.kind, cell.currency, (shown.amount, cell.amount), shown.text)]
    if cell.kind == "money" and cell.common is not None and table.currency != cell.currency:
        other = written_cell(cell, language, common=table.currency)
        found.append(Entry(cell, cell.kind, table.currency, (other.amount,), other.text))
    for old in cell.older:
        told = written(old.absolute, cell.kind, old.currency, language)
        found.append(Entry(cell, cell.kind, old.currency, (told.amount, old.absolute), told.text, older=True))
    return found


def _units_agree(entry: Entry, claim: Claim) -> bool:
    if claim.unit == "bare":
        return entry.kind in ("people", "number")
    per_share = claim.unit == "money" and entry.kind == "per share"  # "BRL 0.38 a share, up from BRL 0.30"
    if claim.unit != entry.kind and not per_share:
        return False
    return not claim.currencies or entry.currency in claim.currencies


def _equal(a: float, b: float) -> bool:
    return abs(a - b) <= _NEAR * max(abs(a), abs(b), 1e-6)


def _nearest(mentions: Sequence[Mention], place: int) -> str:
    before = [mention for mention in mentions if mention.end <= place]
    return before[-1].what if before else next((mention.what for mention in mentions), "")


def _said_after(sentence: Sentence, mentions: Sequence[Mention], end: int) -> str:
    """What is named right after a place, with a preposition between: "15.3% at Tarnberg in FY2024"."""
    for mention in mentions:
        if mention.start >= end:
            between = sentence.text[end : mention.start]
            return mention.what if directions.JOINS.fullmatch(between) else ""
    return ""


def _aliases(company: str, short: str, every: dict[str, str]) -> tuple[str, ...]:
    names = [company, short]
    first = short.split()[0]
    if len(first) > 3 and sum(name.split()[0] == first for name in every.values()) == 1:
        names.append(first)
    return tuple(dict.fromkeys(names))


def _literals(table: Normalised) -> list[str]:
    """Days of the year's end, as the notes beside the table name them."""
    import re

    return [found.group() for note in table.notes for found in re.finditer(r"\b\d{1,2}(?: de)? [^\W\d]{3,12}\b", note)]


def _or(names: Sequence[str] | set[str]) -> str:
    return " or ".join(sorted(names) if isinstance(names, set) else list(names)[:4])
