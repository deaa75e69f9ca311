"""Slide decks and results releases: the same books told shorter, in millions, with charts.

One chart of each deck is a picture. What it shows may be said nowhere else, and its alternative text may be stale.
"""

from __future__ import annotations

from .accounts import Books
from .pages import Bullets, Chart, Columns, Document, Heading, Page, Paragraph, Row, Table
from .reports import Writer
from .words import date, named, number, prose, segments

REPORTED = ("revenue", "ebitda", "net_income", "operating_cash_flow", "capital_expenditure", "net_debt")


def deck(books: Books, year: int, language: str, name: str, *, stale_alt: bool = False) -> Document:
    """Eight slides. `stale_alt` leaves last year's values in the alternative text of the segments' picture."""
    w = Writer(books, year, language, name, f"{named('results', language, books.company.style)} {year}")
    month, day = w.company.year_end
    w.page(
        w.doc.title,
        Heading(w.company.name, 1),
        Paragraph(date(day, month, year, language)),
        Paragraph(w.unit(thousands=False)),
        speaker_notes=w.said("basis_millions"),
    )
    key_figures(w)
    quarters(w)
    segments_as_a_picture(w, stale_alt)
    utilisation_as_a_picture(w)
    if w.adjusted:
        growth, _, ebitda, _ = w.sentences()
        page = w.page(w.word("reconciliation"), w.reconciliation(thousands=False), Paragraph(ebitda))
        w.fact_rows(
            list(w.reconciliation(thousands=False).rows),
            {"adjusted_ebitda": "adjusted or reported EBITDA"},
            thousands=False,
        )
        page.speaker_notes = growth
    people, dividend = w.said("employees"), w.dividend()
    w.page(w.word("outlook"), Bullets((*prose(language)["outlook"], dividend, w.said("next"))))
    if w.now.dividend_cents:
        w.fact(
            "dividend_per_share", dividend, "$ of a company that is not American" if w.company.currency == "USD" else ""
        )
    basis = [w.said("basis_millions"), *w.basis()[1:], people, *([w.said("restated")] if w.restated(year - 1) else [])]
    w.page(w.word("definitions"), *map(Paragraph, basis))
    return w.doc


def key_figures(w: Writer) -> None:
    rows = w.key_rows()
    w.page(w.word("key_figures"), w.key_table(), speaker_notes=" ".join(w.sentences()[:2]))
    traps = {
        "revenue": "thousands or millions" if w.company.thousands else "one indicator, several names; fiscal year",
        "ebitda": "adjusted or reported EBITDA" if w.adjusted else "",
        "net_debt": "negative in brackets" if w.now.net_debt < 0 else "",
    }
    w.fact_rows(rows, {key: traps.get(key, "") for key in REPORTED}, thousands=False)
    for key in ("gross_margin", "employees"):
        w.fact(key, next(row.text for row in rows if row.label == w.word(key)))


def quarters(w: Writer) -> None:
    """A native chart: its values are in the file."""
    values = {
        w.label(year): tuple(round(q / 1_000, 1) for q in w.books.shown_in(w.year, year).quarters)
        for year in (w.year - 1, w.year)
    }
    title = w.said("quarters")
    chart = Chart(f"{title}, {w.unit(thousands=False)}", ("Q1", "Q2", "Q3", "Q4"), values, w.unit(thousands=False))
    w.page(title, chart, speaker_notes=w.sentences()[0])


def segments_as_a_picture(w: Writer, stale_alt: bool) -> None:
    """The notes say the right values; a stale alternative text does not."""
    names, unit = segments(w.company, w.language), w.unit(thousands=False)
    now, old = (tuple(round(part / 1_000, 1) for part in year.segments) for year in (w.now, w.before))
    title, series = w.said("by_segment"), w.word("revenue")
    chart = Chart(
        title, tuple(names), {series: now}, unit, picture=f"{w.doc.name}_segments.png", alt_is_right=not stale_alt
    )
    chart = Chart(**{**vars(chart), "alt": chart.described({series: old} if stale_alt else None)})
    said = ", ".join(f"{name} {number(value, 1, w.language)}" for name, value in zip(names, now, strict=True))
    note = str(prose(w.language)["picture_note"]).format(values=said, revenue=w.money(w.now.revenue))
    w.page(title, chart, speaker_notes=note)


def utilisation_as_a_picture(w: Writer) -> None:
    """A figure that no text of the deck says."""
    years = [year for year in sorted(w.books.years) if year <= w.year][-4:]
    title = w.said("utilisation_title")
    values = tuple(w.books.years[year].utilisation for year in years)
    name = f"{w.doc.name}_utilisation.png"
    chart = Chart(title, tuple(map(w.label, years)), {w.word("utilisation"): values}, w.word("capacity"), picture=name)
    alt = chart.described()
    w.page(title, Chart(**{**vars(chart), "alt": alt}), speaker_notes=w.said("utilisation_note"))
    w.fact("utilisation", alt, "only in a picture")


def release(books: Books, year: int, language: str, name: str) -> Document:
    """Two pages for the press: headlines in billions, a table in millions, and how to read them."""
    w = Writer(books, year, language, name, f"{named('release', language, books.company.style)} {year}")
    headline = w.said("headline_up" if w.now.revenue > w.before.revenue else "headline_down")
    said = [str(text).format(**w.figures()) for text in prose(language)["headlines"]]
    bullets = tuple(text[0].upper() + text[1:] for text in said)
    w.page(headline, Bullets(bullets), Columns(tuple(w.sentences())), w.chart_of("revenue"))
    w.fact("gross_margin", w.sentences()[1], "percent or percentage points")
    rows, people, dividend = w.key_rows(), w.said("employees"), w.dividend()
    w.page(
        w.word("key_figures"),
        w.key_table(),
        Paragraph(people),
        Paragraph(dividend),
        *map(Paragraph, [w.said("basis_millions"), *w.basis()[1:]]),
    )
    traps = {
        "revenue": "prose rounds it",
        "ebitda": "adjusted or reported EBITDA",
        "adjusted_ebitda": "adjusted or reported EBITDA",
    }
    keys = [key for key in (*REPORTED, "adjusted_ebitda") if key != "adjusted_ebitda" or w.adjusted]
    w.fact_rows(rows, {key: traps.get(key, "") for key in keys}, thousands=False)
    w.fact("employees", people)
    if w.now.dividend_cents:
        w.fact("dividend_per_share", dividend)
    return w.doc


def five_years(books: Books, language: str, name: str) -> Document:
    """A table for a spreadsheet: five years as they are shown today, one figure a line."""
    last = max(books.years)
    w = Writer(books, last, language, name, f"{named('key_figures', language, books.company.style)} {last}")
    years = tuple(sorted(books.years))

    def plain(key: str, decimals: int = 0) -> Row:
        values = (getattr(books.shown_in(last, year), key) for year in years)
        return Row(
            w.word(key),
            tuple(
                f"{value:.{decimals}f}" if language == "en" else f"{value:.{decimals}f}".replace(".", ",")
                for value in values
            ),
        )

    keys = {
        "revenue": 0,
        "gross_margin": 1,
        "ebitda": 0,
        "adjusted_ebitda": 0,
        "net_income": 0,
        "operating_cash_flow": 0,
        "capital_expenditure": 0,
        "net_debt": 0,
        "employees": 0,
        "dividend_per_share": 2,
    }
    rows = tuple(plain(key, decimals) for key, decimals in keys.items())
    w.doc.pages.append(Page("", [Table("", (w.unit(True), *map(w.label, years)), rows)]))
    for (key, _), row in zip(keys.items(), rows, strict=True):
        w.fact(key, row.text, "negative without brackets" if str(row.cells[-1]).startswith("-") else "", thousands=True)
        if key in ("revenue", "ebitda") and 2023 in books.restated:
            w.fact(key, row.text, "restated figure", year=2023, thousands=True)
    return w.doc
