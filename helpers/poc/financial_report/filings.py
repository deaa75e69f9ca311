"""The filings of a folder: which files can be read, and of each document who, when, in which language and currency.

A model says so from the first pages; words on those pages have to prove it, or code's own reading of them. A team's
filings.csv (document, company, period, language, currency, scale; empty cells are looked for) overrules both. A file
that cannot be used is listed with the reason, and the run goes on.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from helpers import figures
from helpers.documents import Document
from helpers.poc.financial_report import issuer, orders, printed, statements
from helpers.poc.financial_report.folder import documents_in
from helpers.poc.financial_report.team_files import read_table
from helpers.problem import Problem

if TYPE_CHECKING:
    from helpers.poc.financial_report.parameters import FinancialReportParameters

OVERRIDES = "filings.csv"
_FIRST_PAGES, FIRST_CHARACTERS = 3, 3_000
REPLY_TOKENS = 600


class About(BaseModel):
    """What a document says of itself."""

    model_config = ConfigDict(extra="forbid")

    company: str = Field(description="name of the company that publishes the filing")
    period: str = Field(description="financial year that it reports, as 2024 or 2023/24")
    language: Literal["en", "pt", "es"] = Field(description="language that it is written in")
    currency: figures.Currency | None = Field(description="currency of its statements")
    scale: Literal["single", "thousand", "million", "billion"] = Field(description="scale of its statements")


@dataclass(frozen=True)
class Filing:
    """A document, and what is known of it. refused: what the model said and the pages do not bear out."""

    name: str
    document: Document
    company: str
    period: str  # "FY2025"
    language: str = "en"
    currency: str = ""
    scale: str = ""
    said_by: Mapping[str, str] = field(default_factory=dict)  # company, period, ... -> what proves it
    refused: tuple[str, ...] = ()  # what the model said of it and nothing proves

    @cached_property
    def pages(self) -> dict[int, str]:
        """Page number -> text."""
        return {page.number: page.text for page in self.document.pages}

    @cached_property
    def lines(self) -> list[statements.Line]:
        """Its rows of figures."""
        return statements.lines(self.document)

    @cached_property
    def decimal(self) -> str:
        """The mark before decimals."""
        return printed.decimal_in(self.document.text[:200_000], self.language)

    @cached_property
    def printed_period(self) -> str:
        """The financial year as its tables print it, such as "2023/24"."""
        headings = (h for line in self.lines for h in line.head.header if printed.period_of(h) == self.period)
        found = re.search(r"\d{4}(?:\s?[/–-]\s?\d{2,4})?", next(headings, self.period))
        return found.group() if found else self.period.removeprefix("FY")


def read_filings(run: Any, parameters: FinancialReportParameters, prompt: str = "") -> list[Filing]:
    """The filings of the parameters' folder, of their companies and periods; the others are listed as skipped.

    run: a Run, or anything with its input_file, skip, map, endpoint and parameters. Raises Problem.
    """
    from helpers.poc.financial_report.asking import model_of, prompt_of, structured

    folder = Path(parameters.docs_path)
    documents = documents_in(
        run, folder, (parameters.gold_path, parameters.indicators, parameters.rates_path, folder / OVERRIDES)
    )
    told = _overrides(run, folder, {name for name, _ in documents})
    known = [parameters.company, *parameters.peers]
    system = prompt or prompt_of(run, "about.md")

    def claim(one: tuple[str, Document]) -> About | None:
        name, document = one
        if all(told.get(name, {}).get(column) for column in ("company", "period", "language", "currency", "scale")):
            return None
        text = f"File: {name}\n\n<filing>\n{_first(document)}\n</filing>"
        try:
            return About.model_validate_json(structured(run, model_of(run), system, text, About, REPLY_TOKENS))
        except ValidationError:
            return None  # its own words still say whose it is

    claims = run.map(claim, documents, "whose filing", name=lambda one: one[0])
    found = []
    for (name, document), said in zip(documents, claims, strict=True):
        filing = _proven(run, name, document, said, told.get(name, {}), known)
        if filing is None:
            continue
        if filing.company not in known:
            run.skip(name, f"is of {filing.company}, which is neither the company nor a peer", "add it to `peers`")
        elif filing.period not in parameters.periods:
            run.skip(name, f"reports {filing.period}, which is not among the periods", "add it to `periods`")
        else:
            found.append(filing)
    if not any(filing.company == parameters.company for filing in found):
        reasons = [f"{each.what}: {each.why}" for each in getattr(run, "skipped", ())][:5]
        raise Problem(
            f"no filing of {parameters.company} for {', '.join(parameters.periods)} is in {folder}. "
            + "; ".join(reasons),
            f"check `company`, `peers` and `periods`, or say in {OVERRIDES} whose a document is",
        )
    return _with_company_currency(found)


def periods_of(run: Any, filings: Sequence[Filing]) -> list[str]:
    """The run's periods up to the newest filing of its company, of which the view will speak; later ones are told."""
    company = run.parameters.company
    newest = max(filing.period for filing in filings if filing.company == company)
    for period in sorted(run.parameters.periods):
        if period > newest:
            run.skip(period, f"{company} has filed nothing of it; the view is about {newest}", "add it when it is out")
    return sorted(period for period in run.parameters.periods if period <= newest)


def table(filings: Sequence[Filing]) -> list[dict[str, str]]:
    """A row a filing: what it is, and what proves that; what the model said instead."""
    return [
        {
            "document": filing.name,
            "company": filing.company,
            "period": filing.period,
            "language": filing.language,
            "currency": filing.currency,
            "scale": filing.scale,
            "company by": filing.said_by.get("company", ""),
            "period by": filing.said_by.get("period", ""),
            "refused": "; ".join(filing.refused),
        }
        for filing in filings
    ]


def _first(document: Document) -> str:
    """The first pages that hold text, with their numbers."""
    pages = [page for page in document.pages if page.text.strip()][:_FIRST_PAGES]
    each = FIRST_CHARACTERS // max(1, len(pages))
    return figures.as_text([{"page": p.number, "text": orders.without_orders(p.text[:each])} for p in pages])


def _overrides(run: Any, folder: Path, names: set[str]) -> dict[str, dict[str, str]]:
    file = folder / OVERRIDES
    if not folder.is_dir() or not file.exists():
        return {}
    columns = ("document", "company", "period", "language", "currency", "scale")
    try:
        with run.input_file(file).open(encoding="utf-8-sig", newline="") as opened:
            table = read_table(opened)
            if unknown := set(table.columns) - set(columns):
                raise Problem(
                    f"{file.name} has the column {sorted(unknown)[0]!r}", f"its columns are {', '.join(columns)}"
                )
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise Problem(f"{file} cannot be read: {error}", "save it as CSV in UTF-8") from None
    for number, row in table.rows:
        if row.get("period"):
            period = printed.period_of(row["period"])
            if period is None:
                raise Problem(f"{file.name}, line {number}: {row['period']!r} is no financial year", "write FY2025")
            row["period"] = period
        if row.get("document") not in names:
            run.skip(
                f"{file.name}, line {number}", f"names {row.get('document')!r}, which is not read", "check its name"
            )
    return {row["document"]: row for _, row in table.rows if row.get("document")}


def _proven(
    run: Any, name: str, document: Document, said: About | None, told: Mapping[str, str], known: Sequence[str]
) -> Filing | None:
    """A filing whose company and year are the team's word or proven; None, and listed, where they are not."""
    first = "\n".join(page.text for page in [p for p in document.pages if p.text.strip()][:_FIRST_PAGES])
    by, refused = {}, []
    company = told.get("company", "")
    if company:
        company, by["company"] = next((k for k in known if issuer.same_company(company, k)), company), OVERRIDES
    else:
        company, by["company"] = issuer.company_on(first, name, said.company if said else "", known)
        if company and said and not issuer.same_company(company, said.company):
            refused.append(f"company {said.company}")
    if not company:
        claimed = f" (the model says {said.company!r})" if said and said.company else ""
        run.skip(name, f"no company of the run is named on its first pages{claimed}", f"say whose it is in {OVERRIDES}")
        return None
    lines = statements.lines(document)
    period = told.get("period", "")
    if period:
        by["period"] = OVERRIDES
    else:
        period, by["period"] = issuer.period_in(first, lines, said.period if said else "")
        if period and said and printed.period_of(said.period) != period:
            refused.append(f"period {said.period}")
    if not period:
        run.skip(name, "its financial year was not proven by its headings or first pages", f"say it in {OVERRIDES}")
        return None
    language = told.get("language") or issuer.language_of(document.text[:20_000]) or (said.language if said else "en")
    scale, currency = issuer.units(first, lines)
    currency = told.get("currency") or currency
    if not currency and said and said.currency and said.currency in printed.currencies_in(document.text[:200_000]):
        currency = said.currency
    filing = Filing(
        name, document, company, period, language, currency, told.get("scale") or scale or "", by, tuple(refused)
    )
    filing.__dict__["lines"] = lines
    return filing


def _with_company_currency(filings: list[Filing]) -> list[Filing]:
    """A document that only says "$", or nothing, has its company's currency where that has one only."""
    own: dict[str, set[str]] = {}
    for filing in filings:
        own.setdefault(filing.company, set()).update({filing.currency} - {""})
    return [
        replace(filing, currency=next(iter(own[filing.company])))
        if not filing.currency and len(own[filing.company]) == 1
        else filing
        for filing in filings
    ]
