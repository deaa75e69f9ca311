"""The table in sentences, one figure or comparison each: what the model writes the analyst's view from.

Figures stand in braces, as {serra.revenue.FY2025}, and code fills them in: the model chooses, orders and joins, and
writes no digit. A name in braces that is not in the table stays as it is, and the check of the prose finds it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from helpers.poc.financial_report.directions import FELL_BY
from helpers.poc.financial_report.normalisation import Cell, Normalised
from helpers.poc.financial_report.wording import NAMES, Language, name_of, short_names, written, written_cell

_GROWTH = {"revenue": "revenue_growth", "ebitda": "ebitda_growth"}
# The paragraphs of a view: what each is about. A team's own indicators and restated figures join the first.
PARAGRAPHS: Mapping[str, tuple[str, ...]] = {
    "growth and profit": (
        "revenue", "ebitda", "ebitda_margin", "adjusted_ebitda", "gross_margin", "net_income", "employees",
        "utilisation",
    ),
    "cash and debt": (
        "operating_cash_flow", "cash_conversion", "capital_expenditure", "net_debt", "net_debt_to_ebitda",
        "dividend_per_share",
    ),
}  # fmt: skip
PEERS = "beside the peers"
_BESIDE_PEERS = (
    "revenue", "revenue_growth", "ebitda_margin", "gross_margin", "cash_conversion", "capex_to_revenue",
    "net_debt_to_ebitda",
)  # fmt: skip
_SENTENCES: Mapping[str, Mapping[Language, str]] = {
    "grew": {
        "en": "{Name} of {c} {moved} by {change} to {now} in {p}, from {before} in {p0}.",
        "pt": "{Name} de {c} {moved} {change}, para {now} em {p}, ante {before} em {p0}.",
        "es": "{Name} de {c} {moved} un {change}, hasta {now} en {p}, frente a {before} en {p0}.",
    },
    "moved": {
        "en": "{Name} of {c} {moved} to {now} in {p}, from {before} in {p0}.",
        "pt": "{Name} de {c} {moved} para {now} em {p}, ante {before} em {p0}.",
        "es": "{Name} de {c} {moved} hasta {now} en {p}, frente a {before} en {p0}.",
    },
    "stood": {
        "en": "{Name} of {c} was {now} in {p}.",
        "pt": "{Name} de {c} foi de {now} em {p}.",
        "es": "{Name} de {c} fue de {now} en {p}.",
    },
    "restated": {
        "en": "In {p}, {name} of {c} is restated to {now}; originally it was {before}.",
        "pt": "Em {p}, {name} de {c} é de {now} após reapresentação; originalmente foi de {before}.",
        "es": "En {p}, {name} de {c} es de {now} tras la reexpresión; originalmente fue de {before}.",
    },
    "ranked": {
        "en": "{c} had the highest {bare} in {p}, {now}, against {rest}.",
        "pt": "{c} teve o valor mais alto de {bare} em {p}, {now}, ante {rest}.",
        "es": "{c} tuvo el valor más alto de {bare} en {p}, {now}, frente a {rest}.",
    },
}
_MOVED: Mapping[Language, tuple[str, str]] = {"en": ("rose", "fell"), "pt": ("subiu", "caiu"), "es": ("subió", "bajó")}
_AT: Mapping[Language, str] = {"en": "at", "pt": "em", "es": "en"}
_AND: Mapping[Language, str] = {"en": "and", "pt": "e", "es": "y"}
_BRACES = re.compile(r"\{([^{}\n]{0,120})\}")


@dataclass(frozen=True)
class Facts:
    """Sentences with figures in braces, and what each stands for."""

    paragraphs: dict[str, tuple[str, ...]]  # what a paragraph is about -> its sentences
    figures: dict[str, str]  # name in braces -> the figure as it is written
    language: Language

    @property
    def sentences(self) -> list[str]:
        """All of them, in their order."""
        return [sentence for paragraph in self.paragraphs.values() for sentence in paragraph]

    def filled(self, prose: str) -> str:
        """The prose with its figures. "fell by" takes the minus from a change; unknown names stay in their braces."""

        def figure(match: re.Match[str]) -> str:
            text = self.figures.get(match.group(1).strip())
            if text is None:
                return match.group()
            if text.startswith("-") and FELL_BY.search(prose[: match.start()]):
                return text[1:]
            return text

        return _BRACES.sub(figure, prose)

    def unknown(self, prose: str) -> list[str]:
        """Names in braces that the table does not have."""
        return [name for name in _BRACES.findall(prose) if name.strip() not in self.figures]


def facts_of(table: Normalised, language: Language) -> Facts:
    """What the newest period says of the first company, against the year before and against its peers."""
    writer = _Writer(table, language)
    company, period = table.companies[0], table.periods[-1]
    paragraphs = {about: [writer.own(company, period, name) for name in names] for about, names in PARAGRAPHS.items()}
    first = next(iter(paragraphs.values()))
    first += [writer.own(company, period, name) for name in writer.others()]
    first += [writer.restated(company, each, name) for each in table.periods for name in table.indicators]
    paragraphs[PEERS] = [writer.ranked(period, name) for name in _BESIDE_PEERS]
    kept = {about: tuple(filter(None, said)) for about, said in paragraphs.items()}
    return Facts({about: said for about, said in kept.items() if said}, writer.figures(), language)


class _Writer:
    def __init__(self, table: Normalised, language: Language):
        self.table, self.language = table, language
        self.short = short_names(table.companies)
        self.slugs = _slugs(self.short)

    def figures(self) -> dict[str, str]:
        """Every name that may stand in braces, with the figure."""
        found = {}
        for cell in self.table.cells.values():
            name = self._name(cell)
            found[name] = written_cell(cell, self.language).text
            if cell.kind == "money" and cell.common is not None and cell.currency != self.table.currency:
                found[f"{name}.{self.table.currency}"] = written_cell(
                    cell, self.language, common=self.table.currency
                ).text
            if cell.older:
                old = cell.older[0]
                found[f"{name}.original"] = written(old.absolute, cell.kind, old.currency, self.language).text
        return found

    def others(self) -> list[str]:
        """A team's own indicators."""
        return [name for name in self.table.indicators if name not in NAMES]

    def own(self, company: str, period: str, indicator: str) -> str:
        """A figure and what it was a year before."""
        now, before = (self.table.cell(company, each, indicator) for each in (period, self.table.before(period)))
        if now is None:
            return ""
        shown = [written_cell(cell, self.language).amount for cell in (now, before) if cell is not None]
        if before is None or shown[0] == shown[1]:
            return self._sentence("stood", now)
        change = self.table.cell(company, period, _GROWTH.get(indicator, ""))
        extra = {
            "moved": _MOVED[self.language][shown[0] < shown[1]],
            "p0": before.period,
            "before": self._braced(before),
        }
        if change is not None and change.amount:
            return self._sentence("grew", now, **extra, change=self._braced(change))
        return self._sentence("moved", now, **extra)

    def ranked(self, period: str, indicator: str) -> str:
        """Who has most, and what the others have, where it is compared."""
        cells = [self.table.cell(company, period, indicator) for company in self.table.companies]
        order = sorted((c for c in cells if c is not None and c.common is not None), key=lambda c: -(c.common or 0))
        shown = [written_cell(cell, self.language, common=self.table.currency).amount for cell in order]
        if len(order) < 2 or shown[0] == shown[1]:
            return ""
        rest = [
            f"{self._braced(cell, common=True)} {_AT[self.language]} {self.short[cell.company]}" for cell in order[1:]
        ]
        joined = f" {_AND[self.language]} ".join([", ".join(rest[:-1]), rest[-1]] if rest[1:] else rest)
        return self._sentence("ranked", order[0], rest=joined, now=self._braced(order[0], common=True))

    def restated(self, company: str, period: str, indicator: str) -> str:
        """What a later filing changed."""
        cell = self.table.cell(company, period, indicator)
        if cell is None or not cell.older:
            return ""
        return self._sentence("restated", cell, before=f"{{{self._name(cell)}.original}}")

    def _sentence(self, kind: str, cell: Cell, **parts: str) -> str:
        names = NAMES.get(cell.indicator, {}).get(self.language, (name_of(cell.indicator, self.language),))
        return _SENTENCES[kind][self.language].format(
            **{
                "p": cell.period,
                "c": self.short[cell.company],
                "name": names[0],
                "Name": names[0][0].upper() + names[0][1:],
                "bare": names[0] if self.language == "en" else names[min(1, len(names) - 1)],
                "now": self._braced(cell),
                **parts,
            }
        )

    def _name(self, cell: Cell) -> str:
        return f"{self.slugs[cell.company]}.{cell.indicator}.{cell.period}"

    def _braced(self, cell: Cell, *, common: bool = False) -> str:
        other = common and cell.kind == "money" and cell.currency != self.table.currency
        return f"{{{self._name(cell)}{'.' + self.table.currency if other else ''}}}"


def _slugs(short: Mapping[str, str]) -> dict[str, str]:
    """Company -> one word of letters that names it in braces."""
    found: dict[str, str] = {}
    for company, name in short.items():
        plain = unicodedata.normalize("NFKD", name.split()[0]).encode("ascii", "ignore").decode().lower()
        plain = re.sub(r"[^a-z0-9]", "", plain) or "company"
        found[company] = plain if plain not in found.values() else f"{plain}{len(found) + 1}"
    return found
