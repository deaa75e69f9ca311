"""Which filings there are, and the folder that they are written to: files, plain page texts, and the gold."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from .accounts import PERIODS, Books, Company, books_of, companies
from .as_docx import docx
from .as_html import html
from .as_pdf import pdf
from .as_pptx import pptx
from .decks import deck, five_years, release
from .pages import Chart, Document
from .pictures import png
from .reports import annual_report
from .words import named

GOLD_COLUMNS = (
    "document",
    "company",
    "period",
    "indicator",
    "value",
    "unit",
    "currency",
    "absolute",
    "page",
    "quote",
    "trap",
)

# style -> year -> kind of file; what is in the company's own language says so.
KINDS = {
    "food": {2023: ("report", "pdf", "own"), 2024: ("report", "html", "en"), 2025: ("deck", "pptx", "en")},
    "engineering": {2023: ("report", "docx", "en"), 2024: ("report", "pdf", "en"), 2025: ("deck", "pptx", "en")},
    "freight": {2023: ("report", "docx", "en"), 2024: ("deck", "pptx", "en"), 2025: ("report", "pdf", "en")},
}


@dataclass(frozen=True)
class Filing:
    """A document and the name of its file."""

    document: Document
    suffix: str

    @property
    def file(self) -> str:
        return f"{self.document.name}.{self.suffix}"


def filings(seed: int = 7, count: int = 3, language: str | None = None, pages: int = 0) -> list[Filing]:
    """Every filing of the companies. `language` writes all of them in one; `pages` lengthens the reports."""
    made: list[Filing] = []
    for company in companies(count):
        books = books_of(company, seed)
        made += [main_filing(books, year, language, pages) for year in PERIODS]
        made += further(books, company, language)
    return made


def main_filing(books: Books, year: int, language: str | None, pages: int) -> Filing:
    kind, suffix, spoken = KINDS[books.company.style][year]
    said = language or (books.company.language if spoken == "own" else spoken)
    name = f"{books.company.key}_{year}_{kind}"
    if kind == "deck":
        return Filing(deck(books, year, said, name, stale_alt=books.company.style == "food"), suffix)
    document = annual_report(books, year, said, name, pages)
    return Filing(on_one_page(document) if suffix == "html" else document, suffix)


def further(books: Books, company: Company, language: str | None) -> list[Filing]:
    """A results release in the company's own language, and tables for a spreadsheet."""
    last = max(PERIODS)
    if company.style == "food":
        said = language or company.language
        table = five_years(books, said, f"{company.key}_five_years")
        return [Filing(release(books, last, said, f"{company.key}_{last}_release"), "pdf"), Filing(table, "csv")]
    if company.style == "freight":
        return [Filing(five_years(books, language or "en", f"{company.key}_five_years"), "csv")]
    return []


def on_one_page(document: Document) -> Document:
    """A web page is one page, however long, and no page cuts its tables."""
    traps = [fact.trap.removeprefix("table cut by a page; ") for fact in document.facts]
    document.facts = [replace(fact, page=1, trap=trap) for fact, trap in zip(document.facts, traps, strict=True)]
    return document


def page_texts(filing: Filing) -> list[dict[str, object]]:
    """{page, text, notes, pictures} of each page; a web page is one."""
    texts = filing.document.texts()
    if filing.suffix != "html":
        return texts
    whole = "\n\n".join(str(each["text"]) for each in texts)
    return [{"page": 1, "text": whole, "notes": "", "pictures": []}]


WRITERS: dict[str, Callable[[Document], bytes]] = {
    "pdf": lambda document: pdf(document, named("page", document.language, "food")),
    "docx": lambda document: docx(document, named("page", document.language, "food")),
    "pptx": pptx,
    "html": lambda document: html(document).encode("utf-8"),
    "csv": lambda document: spreadsheet(document).encode("utf-8"),
}


def spreadsheet(document: Document) -> str:
    """Commas where numbers have points; semicolons where they have commas."""
    (table,) = document.pages[0].blocks
    out = io.StringIO()
    writer = csv.writer(out, delimiter="," if document.language == "en" else ";", lineterminator="\n")
    writer.writerow(table.header)
    writer.writerows([row.label, *row.cells] for row in table.rows)
    return out.getvalue()


def write(out: Path, seed: int = 7, count: int = 3, language: str | None = None, pages: int = 0) -> list[Path]:
    """Write filings, slides/*.png, pages, slides and filings as JSON, gold.csv; the paths, in the order of writing."""
    out.mkdir(parents=True, exist_ok=True)
    made, written = filings(seed, count, language, pages), []
    for filing in made:
        written.append(out / filing.file)
        written[-1].write_bytes(WRITERS[filing.suffix](filing.document))
    slides = [
        (filing, number, block)
        for filing in made
        for number, page in enumerate(filing.document.pages, 1)
        for block in page.blocks
        if isinstance(block, Chart) and block.picture
    ]
    for filing, _, chart in slides:
        (out / "slides").mkdir(exist_ok=True)
        written.append(out / "slides" / chart.picture)
        written[-1].write_bytes(png(chart, filing.document))
    told = {
        "pages.json": {filing.file: page_texts(filing) for filing in made},
        "slides.json": [slide_gold(*slide) for slide in slides],
    }
    told["filings.json"] = {filing.file: summary(filing) for filing in made}
    for name, content in told.items():
        written.append(out / name)
        written[-1].write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")
    written.append(out / "gold.csv")
    written[-1].write_text(gold_csv(made), encoding="utf-8", newline="\n")
    return written


def summary(filing: Filing) -> dict[str, object]:
    """What is known of a filing before it is read."""
    document = filing.document
    known = {"company": document.company, "title": document.title, "period": document.period}
    return known | {"language": document.language, "pages": len(page_texts(filing))}


def slide_gold(filing: Filing, number: int, chart: Chart) -> dict[str, object]:
    ((name, values),) = chart.series.items()
    series = dict(zip(chart.categories, values, strict=True))
    return {
        "file": f"slides/{chart.picture}",
        "deck": filing.file,
        "slide": number,
        "title": chart.title,
        "unit": chart.unit,
        "name": name,
        "values": series,
        "alt": chart.alt,
        "alt_is_right": chart.alt_is_right,
        "notes": filing.document.pages[number - 1].speaker_notes,
    }


def gold_csv(made: list[Filing]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(GOLD_COLUMNS)
    for filing in made:
        for fact in filing.document.facts:
            row = vars(fact) | {
                "document": filing.file,
                "company": filing.document.company,
                "absolute": f"{fact.absolute:.12g}",
            }
            writer.writerow([row[column] for column in GOLD_COLUMNS])
    return out.getvalue()
