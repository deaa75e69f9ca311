"""The filings of a folder: which files can be read, and of each document who, when, in which language and currency.

A model says so from the first pages; words on those pages have to prove it, or code's own reading of them. A team's
filings.csv (document, company, period, language, currency, scale; empty cells are looked for) overrules both. A file
that cannot be used is listed with the reason, and the run goes on.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from helpers import figures
from helpers.documents import Document, DocumentError, read_document
from helpers.poc.financial_report import orders, printed, statements
from helpers.problem import Problem

if TYPE_CHECKING:
    from helpers.poc.financial_report.parameters import FinancialReportParameters

OVERRIDES = "filings.csv"
KINDS = frozenset((".pdf", ".pptx", ".docx", ".html", ".htm", ".xhtml", ".csv", ".tsv"))
_OFFICE = frozenset((".doc", ".ppt", ".xls", ".xlsx", ".odt", ".odp", ".ods"))  # the reader says how to save them anew
_FIRST_PAGES, _FIRST_CHARACTERS = 3, 3_000
_TITLE = 400  # characters of a document in which its issuer mostly stands
_LEAST_TEXT = 40  # characters of a document; below, it is a scan or empty
_REPLY_TOKENS = 600
_LEGAL = re.compile(
    r"(?<![^\W_])(?:s\.?\s?a\.?(?:\s?u\.?)?|s\.?e\.?|ltda?\.?|limited|inc\.?|corp(?:oration)?\.?|plc|p\.l\.c\.|llc|ag|gmbh"
    r"|n\.?v\.?|b\.?v\.?|s\.?p\.?a\.?|a/?s|ab|oyj?|kgaa|co\.?|company|holdings?|group|grupo)(?![^\W_])\.?",
    re.IGNORECASE,
)
_FUNCTION_WORDS = {
    "en": "the of and to in is are was were it that this for with on as by be at from or not which",
    "pt": "o os um uma do da dos das em no na nos nas e é são foi não com para mais ao à pelo pela seu sua",
    "es": "el los las una del en y es son fue no con para más al lo su sus le hay sin la",
}


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


def documents_in(run: Any, folder: Path | str, leave_out: Iterable[Path | str] = ()) -> list[tuple[str, Document]]:
    """Every document of a folder and its folders, as (name below the folder, document); the rest is listed as skipped.

    leave_out: files of the run itself, such as the gold. Raises Problem for a folder that holds none at all.
    """
    folder = Path(folder)
    own = {Path(path).resolve() for path in leave_out if path} | {(folder / OVERRIDES).resolve()}
    paths = [folder] if folder.is_file() else sorted(path for path in folder.rglob("*") if path.is_file())
    found, others = [], Counter[str]()
    for path in paths:
        name = path.name if folder.is_file() else path.relative_to(folder).as_posix()
        if path.resolve() in own or any(part.startswith((".", "~$")) for part in Path(name).parts):
            continue
        if path.suffix.lower() not in KINDS | _OFFICE and not _looks_like_a_document(path):
            others[path.suffix.lower() or "no ending"] += 1
            continue
        if (document := _read(run, name, path)) is not None:
            found.append((name, document))
    if others:
        told = ", ".join(f"{count} {kind}" for kind, count in sorted(others.items()))
        run.skip(
            f"{sum(others.values())} files of other kinds", f"{told}: no filings", "PDF, PPTX, DOCX, HTML, CSV are read"
        )
    if not found:
        raise Problem(f"{folder} holds no filing that can be read", "see the skipped files; check `docs_path`")
    return found


def _looks_like_a_document(path: Path) -> bool:
    """A PDF or web page under another name, as downloads often are."""
    try:
        with path.open("rb") as file:
            head = file.read(1024)
    except OSError:
        return False
    return b"%PDF-" in head or head.lstrip()[:14].lower().startswith((b"<!doctype html", b"<html"))


def _read(run: Any, name: str, path: Path) -> Document | None:
    try:
        run.input_file(path)
        document = read_document(path)
    except DocumentError as error:
        run.skip(name, error.what, error.next_step)
        return None
    except OSError as error:
        run.skip(name, f"cannot be opened: {error.strerror or error}", "check the file and its permissions")
        return None
    pictured = any(page.pictures for page in document.pages)
    if len(document.text.strip()) < _LEAST_TEXT:
        why = "its pages hold pictures and no text: it is a scan" if pictured else "its pages hold no text: it is empty"
        run.skip(name, why, "have its text recognised (OCR), and save it as PDF")
        return None
    for problem in document.problems[:3]:
        run.skip(name, problem, "the other pages are read")
    if len(document.problems) > 3:
        run.skip(name, f"{len(document.problems) - 3} more pages have problems", "the other pages are read")
    for page in document.pages:
        for order in orders.orders_in(page.text):
            run.skip(
                f"{name}, page {page.number}",
                f"holds an order to the reader's machine, which is not sent on: {order[:160]!r}",
                "ask where the document comes from",
            )
    return document


# --- who, when, which currency -------------------------------------------------------------------------------------


def read_filings(run: Any, parameters: FinancialReportParameters, prompt: str = "") -> list[Filing]:
    """The filings of the parameters' folder, of their companies and periods; the others are listed as skipped.

    run: a Run, or anything with its input_file, skip, map, endpoint and parameters. Raises Problem.
    """
    from helpers.poc.financial_report.asking import model_of, prompt_of, structured

    folder = Path(parameters.docs_path)
    documents = documents_in(run, folder, (parameters.gold_path, parameters.indicators, parameters.rates_path))
    told = _overrides(run, folder, {name for name, _ in documents})
    known = [parameters.company, *parameters.peers]
    system = prompt or prompt_of(run, "about.md")

    def claim(one: tuple[str, Document]) -> About | None:
        name, document = one
        if all(told.get(name, {}).get(column) for column in ("company", "period", "language", "currency", "scale")):
            return None
        text = f"File: {name}\n\n<filing>\n{_first(document)}\n</filing>"
        reply = structured(run, model_of(run), system, text, About, _REPLY_TOKENS)
        return About.model_validate_json(reply)

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
    found = _with_company_currency(found)
    return found


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
    each = _FIRST_CHARACTERS // max(1, len(pages))
    return figures.as_text([{"page": p.number, "text": orders.without_orders(p.text[:each])} for p in pages])


def _overrides(run: Any, folder: Path, names: set[str]) -> dict[str, dict[str, str]]:
    file = folder / OVERRIDES
    if not folder.is_dir() or not file.exists():
        return {}
    columns = ("document", "company", "period", "language", "currency", "scale")
    try:
        with run.input_file(file).open(encoding="utf-8-sig", newline="") as opened:
            reader = csv.DictReader(opened)
            if unknown := set(reader.fieldnames or ()) - set(columns):
                raise Problem(
                    f"{file.name} has the column {sorted(unknown)[0]!r}", f"its columns are {', '.join(columns)}"
                )
            rows = [{key: (value or "").strip() for key, value in row.items() if key} for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise Problem(f"{file} cannot be read: {error}", "save it as CSV in UTF-8") from None
    for number, row in enumerate(rows, 2):
        if row.get("period"):
            period = printed.period_of(row["period"])
            if period is None:
                raise Problem(f"{file.name}, line {number}: {row['period']!r} is no financial year", "write FY2025")
            row["period"] = period
        if row.get("document") not in names:
            run.skip(
                f"{file.name}, line {number}", f"names {row.get('document')!r}, which is not read", "check its name"
            )
    return {row["document"]: row for row in rows if row.get("document")}


def _proven(
    run: Any, name: str, document: Document, said: About | None, told: Mapping[str, str], known: Sequence[str]
) -> Filing | None:
    """A filing whose company and year are the team's word or proven; None, and listed, where they are not."""
    first = "\n".join(page.text for page in [p for p in document.pages if p.text.strip()][:_FIRST_PAGES])
    by, refused = {}, []
    company = told.get("company", "")
    if company:
        by["company"] = OVERRIDES
    else:
        company, by["company"] = company_on(first, name, said.company if said else "", known)
        if company and said and not _same_company(company, said.company):
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
        period, by["period"] = period_in(first, lines, said.period if said else "")
        if period and said and printed.period_of(said.period) != period:
            refused.append(f"period {said.period}")
    if not period:
        run.skip(name, "its financial year was not proven by its headings or first pages", f"say it in {OVERRIDES}")
        return None
    language = told.get("language") or language_of(document.text[:20_000]) or (said.language if said else "en")
    scale, currency = _units(first, lines)
    currency = told.get("currency") or currency
    if not currency and said and said.currency and said.currency in printed.currencies_in(document.text[:200_000]):
        currency = said.currency
    filing = Filing(
        name, document, company, period, language, currency, told.get("scale") or scale or "", by, tuple(refused)
    )
    filing.__dict__["lines"] = lines
    return filing


def company_on(first: str, name: str, claimed: str, known: Sequence[str]) -> tuple[str, str]:
    """(company, what proves it): the run's company that the title or the first pages name most, else a proven claim.

    A company that is written otherwise ("Serra Clara" for "Serra Clara Alimentos S.A.") is the same where every word of
    the shorter name, legal forms apart, is in the longer. ("", "") where nothing proves one.
    """
    text = f" {_key(first)} "
    there = Counter({one: text.count(f" {_key(one)} ") for one in known}).most_common(2)
    count = text.count(f" {key} ") if (key := _key(claimed)) and _is_name(claimed, first) else 0
    alone = bool(there) and there[0][1] > (there[1][1] if len(there) > 1 else 0)
    if alone and (there[0][1] >= count or f" {_key(there[0][0])} " in f" {_key(first[:_TITLE])} "):
        return there[0][0], f"{there[0][0]!r} on its first pages"
    if count:
        same = next((one for one in known if _same_company(claimed, one)), claimed.strip())
        return same, f"{claimed!r} on its first pages"
    named = [one for one in known if _key(one).split()[0] in _key(name).split() and len(_key(one).split()[0]) > 3]
    return (named[0], f"the file's name, {name!r}") if len(named) == 1 else ("", "")


def _is_name(claimed: str, first: str) -> bool:
    """Whether a claim is printed as companies' names are: several words with capitals, or one with its legal form."""
    capitals = [word for word in claimed.split() if word[:1].isupper() and word in first]
    return len(capitals) > 1 or bool(capitals and _LEGAL.search(claimed))


def _key(text: str) -> str:
    import unicodedata

    plain = "".join(c for c in unicodedata.normalize("NFKD", _LEGAL.sub(" ", text)) if not unicodedata.combining(c))
    return " ".join(re.findall(r"[^\W_]+", plain.casefold()))


def _same_company(one: str, other: str) -> bool:
    mine, theirs = _key(one).split(), _key(other).split()
    shorter, longer = sorted((mine, theirs), key=len)
    return bool(shorter) and longer[: len(shorter)] == shorter


def period_in(first: str, lines: Sequence[statements.Line], claimed: str) -> tuple[str, str]:
    """(period, what proves it): the newest year that its tables have a column for, or that of its first page.

    Tables go before the claim, as a title page may name any year; without tables the claim has to be on the pages.
    """
    own = printed.period_of(claimed)
    newest = Counter(
        max(p for _, p in line.cells if p) for line in lines if sum(p is not None for _, p in line.cells) > 1
    )
    if newest:
        return newest.most_common(1)[0][0], "the newest column of its tables"
    years = printed.periods_in(first)
    if own and own in years:
        return own, f"{claimed!r} on its first pages"
    return (years[0], "the only year on its first pages") if len(years) == 1 else ("", "")


def language_of(text: str) -> str:
    """en, pt or es by their function words; "" where a text has too few of them, as a table has."""
    words = Counter(re.findall(r"[^\W\d_]+", text.lower()))
    votes = {code: sum(words[word] for word in listed.split()) for code, listed in _FUNCTION_WORDS.items()}
    best, second = sorted(votes, key=lambda code: -votes[code])[:2]
    return best if votes[best] >= 5 and votes[best] > 1.3 * votes[second] else ""


def _units(first: str, lines: Sequence[statements.Line]) -> tuple[str, str]:
    """(scale, currency) of the statements: what its first pages say of amounts, else what most tables say."""
    scales = Counter(line.head.scale for line in lines if line.head.scale)
    currencies = Counter(line.head.currency for line in lines if line.head.currency not in ("", "$"))
    declared = next((s for s in re.split(r"(?<=\.)\s", first) if printed.scales_in(s) and printed.currencies_in(s)), "")
    named = [one for one in printed.currencies_in(declared) if one != "$"]
    currency = named[0] if named else (currencies.most_common(1)[0][0] if currencies else "")
    return (printed.scales_in(declared) or [scales.most_common(1)[0][0] if scales else ""])[0], currency


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
