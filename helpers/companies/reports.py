"""Annual reports: pages of prose, statements and notes about one year of a company's books."""

from __future__ import annotations

from itertools import cycle

from .accounts import Books, Year
from .pages import Bullets, Chart, Columns, Document, Fact, Heading, Page, Paragraph, Row, Table
from .words import bracketed, date, money, named, number, prefix, prose, segments, texts

NOT_AN_AMOUNT = {
    "gross_margin": "percent",
    "utilisation": "percent",
    "employees": "people",
    "dividend_per_share": "per share",
}
AS_POSITIVE = {"capital_expenditure"}  # cash paid, which a statement shows in brackets


class Writer:
    """Fills a document with pages about `year` in `language`, and notes each fact as it is stated."""

    def __init__(self, books: Books, year: int, language: str, name: str, title: str) -> None:
        self.books, self.company, self.year, self.language = books, books.company, year, language
        self.now, self.before = books.shown_in(year, year), books.shown_in(year, year - 1)
        self.doc = Document(
            name,
            self.company.name,
            title,
            f"FY{year}",
            language,
            self.company.colour,
            self.company.second_colour,
            running_head=f"{self.company.name}  |  {title}",
        )
        self.adjusted = not (self.company.style == "engineering" and year == 2023)

    # --- words ---------------------------------------------------------------------------------------------------

    def word(self, key: str) -> str:
        return named(key, self.language, self.company.style)

    def inside(self, key: str) -> str:
        """A name as it stands in a sentence: in Portuguese with an article before it."""
        return self.word(key).lower() if self.language == "pt" else self.word(key)

    def label(self, year: int) -> str:
        """What the company calls a year: "2024", or "2023/24" where it ends within a calendar year."""
        return str(year) if self.company.year_end == (12, 31) else f"{year - 1}/{year % 100:02d}"

    def short(self, amount: int) -> str:
        """As headlines have it: "R$ 1,2 bi", "EUR 84.6 m", "$1.2bn", "$(3.4)m"."""
        language, big = self.language, abs(amount) >= 1e6
        figure = bracketed(amount / (1e6 if big else 1e3), 1, language)
        ends = {"en": ("m", "bn"), "pt": (" mi", " bi"), "es": (" M", " mM")}[language]
        return f"{prefix(self.company)}{figure}{ends[big]}"

    def restated(self, year: int) -> bool:
        return self.books.shown_in(self.year, year) is not self.books.years[year]

    def heads(self, *years: int) -> tuple[str, ...]:
        return tuple(self.label(y) + (f" ({self.word('restated')})" if self.restated(y) else "") for y in years)

    def unit(self, thousands: bool | None = None) -> str:
        """Of a table: "R$ thousand"."""
        thousands = self.company.thousands if thousands is None else thousands
        sign = {"USD": "$"}.get(self.company.currency, prefix(self.company).strip())
        return f"{sign} {self.word('thousand' if thousands else 'million')}"

    def money(self, amount: int, decimals: int = 1) -> str:
        return money(self.company, amount, self.language, decimals=decimals)

    def cell(self, amount: float, thousands: bool | None = None) -> str:
        thousands = self.company.thousands if thousands is None else thousands
        return bracketed(amount if thousands else amount / 1_000, 0 if thousands else 1, self.language)

    def per_share(self, year: Year) -> str:
        sign = "C$" if self.company.currency == "USD" else prefix(self.company)
        return f"{sign}{number(year.dividend_per_share, 2, self.language)}"

    def said(self, key: str) -> str:
        return str(prose(self.language)[key]).format(**self.figures())

    def figures(self) -> dict[str, str]:
        """Everything that a sentence may name."""
        now, before, company, language = self.now, self.before, self.company, self.language
        growth, points = 100 * (now.revenue / before.revenue - 1), now.gross_margin - before.gross_margin
        month, day = company.year_end
        names = segments(company, language)
        old = self.books.years.get(self.year - 1, before)
        billions = f"{prefix(company)}{number(now.revenue / 1e6, 1, language)} {self.word('billion')}"
        return {
            "name": company.name,
            "seat": company.seat,
            "label": self.label(self.year),
            "revenue_name": self.inside("revenue"),
            "margin_name": self.inside("gross_margin"),
            "ebitda_name": self.word("ebitda"),
            "revenue": self.money(now.revenue),
            "growth": number(abs(growth), 1, language),
            "revenue_about": billions if now.revenue >= 1e6 else self.money(round(now.revenue, -4), 0),
            "capex_about": self.money(now.capital_expenditure, 0),
            "capex": self.money(now.capital_expenditure),
            "employees": number(now.employees, 0, language),
            "old_employees": number(before.employees, 0, language),
            "first_segment": names[0],
            "segments_list": ", ".join(names),
            "points": number(abs(points), 1, language),
            "margin": number(now.gross_margin, 1, language),
            "ebitda": self.money(now.ebitda),
            "one_offs": self.money(now.one_offs),
            "adjusted": self.money(now.adjusted_ebitda),
            "ocf": self.money(now.operating_cash_flow),
            "net_debt": self.money(now.net_debt),
            "old_net_debt": self.money(before.net_debt),
            "net_cash": self.money(-now.net_debt),
            "currency_name": texts(language)["currencies"][company.currency],
            "symbol": prefix(company).strip(),
            "start": date(1, month % 12 + 1, self.year - (month < 12), language),
            "end": date(day, month, self.year, language),
            "year": str(self.year),
            "old_year": str(self.year - 1),
            "sold": self.money(old.revenue - before.revenue),
            "old_revenue": self.money(old.revenue),
            "new_revenue": self.money(before.revenue),
            "revenue_short": self.short(now.revenue),
            "adjusted_short": self.short(now.adjusted_ebitda if self.adjusted else now.ebitda),
            "net_short": self.short(now.net_income),
            "ocf_short": self.short(now.operating_cash_flow),
            "capex_short": self.short(now.capital_expenditure),
            "growth_signed": ("+" if growth > 0 else "-") + number(abs(growth), 1, language),
            "adjusted_name": self.word("adjusted_ebitda" if self.adjusted else "ebitda"),
            "net_name": self.word("net_income"),
            "utilisation_name": self.word("utilisation"),
            "values": "{values}",
            "dividend": self.per_share(now),
            "old_dividend": self.per_share(before),
            "segment": "{segment}",
        }

    # --- pages and facts -----------------------------------------------------------------------------------------

    def page(self, title: str, *blocks, footnotes: tuple[str, ...] = (), speaker_notes: str = "") -> Page:
        self.doc.pages.append(Page(title, list(blocks), footnotes, speaker_notes))
        return self.doc.pages[-1]

    def fact(
        self, indicator: str, quote: str, trap: str = "", *, year: int | None = None, thousands: bool | None = None
    ) -> None:
        """State a figure of the books on the page that was added last; of several places the first wins."""
        year = year or self.year
        period, of = f"FY{year}", self.books.shown_in(self.year, year)
        if any((f.period, f.indicator) == (period, indicator) for f in self.doc.facts):
            return
        value = getattr(of, indicator)
        unit, currency = NOT_AN_AMOUNT.get(indicator, ""), ""
        if not unit:
            thousands = self.company.thousands if thousands is None else thousands
            unit, currency = ("thousand" if thousands else "million"), self.company.currency
            value = value if thousands else round(value / 1_000, 1)
        elif indicator == "dividend_per_share":
            currency = "CAD" if self.company.currency == "USD" else self.company.currency
        self.doc.facts.append(Fact(period, indicator, value, unit, currency, len(self.doc.pages), quote, trap))

    def row(
        self,
        key: str,
        *,
        sign: int = 1,
        strong: bool = False,
        thousands: bool | None = None,
        years: tuple[int, ...] = (),
    ) -> Row:
        shown = [self.books.shown_in(self.year, year) for year in years or (self.year, self.year - 1)]
        return Row(self.word(key), tuple(self.cell(sign * getattr(year, key), thousands) for year in shown), strong)

    def fact_rows(self, rows: list[Row], keys: dict[str, str], thousands: bool | None = None) -> None:
        """State the facts that these rows hold: keys are indicator -> trap."""
        for key, trap in keys.items():
            row = next(row for row in rows if row.label == self.word(key))
            self.fact(key, row.text, trap, thousands=thousands)

    # --- what reports and decks share ----------------------------------------------------------------------------

    def key_rows(self) -> list[Row]:
        """The summary that comes first: money in millions, whatever the statements are in."""
        keys = [
            "revenue",
            "ebitda",
            *(["adjusted_ebitda"] if self.adjusted else []),
            "net_income",
            "operating_cash_flow",
            "capital_expenditure",
            "net_debt",
        ]
        rows = [self.row(key, thousands=False) for key in keys]
        pairs = (self.now, self.before)
        percent = tuple(f"{number(year.gross_margin, 1, self.language)}%" for year in pairs)
        rows.insert(1, Row(self.word("gross_margin"), percent))
        rows.append(Row(self.word("employees"), tuple(number(y.employees, 0, self.language) for y in pairs)))
        return rows

    def key_table(self) -> Table:
        header = ("", *self.heads(self.year, self.year - 1))
        return Table(f"{self.word('key_figures')}, {self.unit(thousands=False)}", header, tuple(self.key_rows()))

    def basis(self) -> list[str]:
        """How to read the figures: currency, unit, year."""
        said = [self.said("basis_thousands" if self.company.thousands else "basis_millions")]
        said += [self.said("dollar")] if self.company.currency == "USD" else []
        return [*said, self.said("year_december" if self.company.year_end == (12, 31) else "year_other")]

    def sentences(self) -> list[str]:
        """The review: growth, margin, EBITDA, cash."""
        points = round(self.now.gross_margin - self.before.gross_margin, 1)
        margin = "margin_same" if not points else "margin_up" if points > 0 else "margin_down"
        return [
            self.said("growth_up" if self.now.revenue > self.before.revenue else "growth_down"),
            self.said(margin),
            self.said("ebitda" if self.adjusted else "ebitda_only"),
            self.said("cash" if self.now.net_debt > 0 else "cash_net"),
        ]

    def reconciliation(self, thousands: bool | None = None) -> Table:
        rows = [self.row(key, thousands=thousands) for key in ("ebitda", "one_offs", "adjusted_ebitda")]
        caption = f"{self.word('reconciliation')}, {self.unit(thousands)}"
        return Table(caption, ("", *self.heads(self.year, self.year - 1)), tuple(rows))

    def chart_of(self, key: str) -> Chart:
        """A figure of the years up to this one, in millions."""
        years = [year for year in sorted(self.books.years) if year <= self.year]
        values = tuple(round(getattr(self.books.shown_in(self.year, year), key) / 1_000, 1) for year in years)
        title = f"{self.word(key)}, {self.label(years[0])}–{self.label(self.year)}"
        return Chart(title, tuple(map(self.label, years)), {self.word(key): values}, self.unit(thousands=False))

    def policies(self, *places: int) -> list[Heading | Paragraph]:
        """Accounting policies, each with its title."""
        said = prose(self.language)
        pairs = [(said["filler_titles"][place], said["fillers"][place]) for place in places]
        return [block for title, text in pairs for block in (Heading(title, 3), Paragraph(text))]

    def dividend(self) -> str:
        """What the board proposes."""
        if not self.now.dividend_cents:
            return self.said("no_dividend")
        return self.said("dividend" if self.before.dividend_cents else "first_dividend")


def annual_report(books: Books, year: int, language: str, name: str, pages: int = 0) -> Document:
    """A report of eight pages, or of `pages` with more notes."""
    writer = Writer(books, year, language, name, f"{named('annual_report', language, books.company.style)} {year}")
    opening(writer)
    review(writer)
    income_statement(writer)
    cash_flow(writer)
    balance_sheet_and_notes(writer)
    for number_of_page in range(len(writer.doc.pages) + 1, pages + 1):
        more_notes(writer, number_of_page)
    return writer.doc


def opening(w: Writer) -> None:
    """Title page with how to read the figures, key figures, letter in two columns."""
    w.page(w.doc.title, Heading(w.company.name, 1), *[Paragraph(text) for text in [w.said("nature"), *w.basis()]])
    page = w.page(w.word("key_figures"), w.key_table(), w.chart_of("revenue"), w.chart_of("ebitda"))
    if w.restated(w.year - 1):
        page.footnotes = (w.said("restated"),)
    w.page(w.word("letter"), Columns(tuple(text.format(**w.figures()) for text in prose(w.language)["letter"])))


def review(w: Writer) -> None:
    growth, margin, ebitda, cash = w.sentences()
    rows = [
        Row(name, (w.cell(now), w.cell(old), f"{number(100 * now / w.now.revenue, 1, w.language)}%"))
        for name, now, old in zip(segments(w.company, w.language), w.now.segments, w.before.segments, strict=True)
    ]
    rows.append(
        Row(w.word("total"), (w.cell(w.now.revenue), w.cell(w.before.revenue), f"{number(100, 1, w.language)}%"), True)
    )
    header = (w.word("segment"), *w.heads(w.year, w.year - 1), w.word("share"))
    table = Table(f"{w.said('by_segment')}, {w.unit()}", header, tuple(rows))
    blocks = [Paragraph(growth), Paragraph(margin), table, Paragraph(ebitda)]
    if w.adjusted:
        blocks.append(w.reconciliation())
    w.page(
        w.word("review"), *blocks, Paragraph(cash), Heading(w.word("outlook")), Bullets(prose(w.language)["outlook"])
    )
    w.fact("gross_margin", margin, "percent or percentage points")
    if w.adjusted:
        w.fact_rows(list(w.reconciliation().rows), {"adjusted_ebitda": "adjusted or reported EBITDA"})


def income_statement(w: Writer) -> None:
    rows = [
        w.row("revenue", strong=True),
        w.row("cost_of_sales", sign=-1),
        w.row("gross_profit", strong=True),
        w.row("selling", sign=-1),
        w.row("administration", sign=-1),
        w.row("one_offs", sign=-1),
        w.row("ebitda", strong=True),
        w.row("depreciation", sign=-1),
        w.row("operating_profit", strong=True),
        w.row("interest", sign=-1),
        w.row("profit_before_tax", strong=True),
        w.row("tax", sign=-1),
    ]
    if w.before.discontinued:
        rows.append(w.row("discontinued"))
    rows.append(w.row("net_income", strong=True))
    notes = (w.said("restated"),) if w.restated(w.year - 1) else ()
    w.page(
        w.word("income_statement"),
        Table(w.unit(), ("", *w.heads(w.year, w.year - 1)), tuple(rows)),
        w.chart_of("net_income") if w.now.net_income > 0 and w.before.net_income > 0 else w.chart_of("adjusted_ebitda"),
        footnotes=notes,
    )
    names = "one indicator, several names" if w.word("revenue") not in ("Net revenue", "Receita líquida") else ""
    rounded = "prose rounds it" if w.company.thousands else ""
    w.fact_rows(
        rows,
        {
            "revenue": "; ".join(
                filter(None, [names, rounded, "fiscal year" if w.company.year_end != (12, 31) else ""])
            ),
            "ebitda": "adjusted or reported EBITDA" if w.adjusted else "",
            "net_income": "negative in brackets" if w.now.net_income < 0 else "",
        },
    )
    if w.restated(w.year - 1):
        for key in ("revenue", "ebitda"):
            w.fact(key, next(row.text for row in rows if row.label == w.word(key)), "restated figure", year=w.year - 1)


def cash_flow(w: Writer) -> None:
    """One statement on two pages: the second part has no header."""
    first = [
        Row(w.word("operating")),
        w.row("net_income"),
        w.row("depreciation"),
        w.row("more_working_capital", sign=-1),
        w.row("operating_cash_flow", strong=True),
        Row(w.word("investing")),
    ]
    second = [
        w.row("capital_expenditure", sign=-1),
        w.row("acquisitions", sign=-1),
        w.row("investing_cash_flow", strong=True),
        Row(w.word("financing")),
        w.row("borrowed"),
        w.row("dividends_paid", sign=-1),
        w.row("financing_cash_flow", strong=True),
        w.row("change_in_cash", strong=True),
        Row(w.word("cash_at_start"), tuple(w.cell(year.cash - year.change_in_cash) for year in (w.now, w.before))),
        w.row("cash", strong=True),
    ]
    table = Table(f"{w.word('cash_flow_statement')}, {w.unit()}", ("", *w.heads(w.year, w.year - 1)), tuple(first))
    w.page(w.word("notes"), *w.policies(0, 1, 2, 3, 4, 5, 6, 7), table)
    w.fact_rows(first, {"operating_cash_flow": ""})
    table = Table("", (), tuple(second))
    w.page("", table, segment_quarters(w), *w.policies(8, 9))
    w.fact_rows(second, {"capital_expenditure": "table cut by a page; negative in brackets"})


def segment_quarters(w: Writer) -> Table:
    """Revenue of the year by quarter: other figures near the ones that are asked for."""
    rows = (Row(w.word("revenue"), tuple(map(w.cell, w.now.quarters)), True),)
    return Table(f"{w.said('quarters')}, {w.unit()}", ("", *(f"Q{k} {w.label(w.year)}" for k in (1, 2, 3, 4))), rows)


def balance_sheet_and_notes(w: Writer) -> None:
    years = (w.now, w.before)

    def row(key: str, amounts: list[float], strong: bool = False) -> Row:
        return Row(w.word(key), tuple(map(w.cell, amounts)), strong)

    grain = 1 if w.company.thousands else 100
    payables = [round(year.working_capital * 0.8 / grain) * grain for year in years]
    stock = [round(year.working_capital * 0.7 / grain) * grain for year in years]
    owed = [year.working_capital + p - s for year, p, s in zip(years, payables, stock, strict=True)]
    total = [year.cash + year.fixed_assets + s + o for year, s, o in zip(years, stock, owed, strict=True)]
    rows = (
        row("fixed_assets", [year.fixed_assets for year in years]),
        row("stock", stock),
        row("receivables", owed),
        row("cash", [year.cash for year in years]),
        row("total_assets", total, True),
        row("equity", [year.equity for year in years]),
        row("debt", [year.debt for year in years]),
        row("payables", payables),
        row("total_liabilities", total, True),
    )
    header = ("", *(w.label(year) for year in (w.year, w.year - 1)))
    debt_rows = (
        w.row("debt"),
        Row(w.word("cash"), tuple(w.cell(-year.cash) for year in years)),
        w.row("net_debt", strong=True),
    )
    debt = Table(f"{w.word('net_debt')}, {w.unit()}", header, debt_rows)
    people, dividend = w.said("employees"), w.dividend()
    more = [
        Heading(w.word("employees"), 3),
        Paragraph(people),
        Heading(w.word("dividend_per_share"), 3),
        Paragraph(dividend),
    ]
    w.page(w.word("balance_sheet"), Table(w.unit(), header, rows), Heading(w.word("notes")), debt, *more)
    w.fact("net_debt", debt_rows[-1].text, "negative in brackets" if w.now.net_debt < 0 else "")
    w.fact("employees", people)
    if w.now.dividend_cents:
        w.fact(
            "dividend_per_share", dividend, "$ of a company that is not American" if w.company.currency == "USD" else ""
        )


def more_notes(w: Writer, page: int) -> None:
    """One page of notes: two policies and a table of sites; they repeat after some pages, with other sites."""
    texts = list(zip(prose(w.language)["filler_titles"], prose(w.language)["fillers"], strict=True))
    picks = [texts[(2 * page + k) % len(texts)] for k in range(2)]
    names = segments(w.company, w.language)
    at = page % 3
    quarters = [round(quarter * w.now.segments[at] / w.now.revenue) for quarter in w.now.quarters]
    rows, left = [], list(quarters)
    for place, share in zip(range(6), cycle((0.3, 0.22, 0.17, 0.13, 0.1)), strict=False):
        part = [round(quarter * share * (1 + 0.01 * (page % 7))) for quarter in quarters] if place < 5 else left
        left = [a - b for a, b in zip(left, part, strict=True)]
        rows.append(Row(f"{prose(w.language)['site']} {page}-{place + 1}", tuple(map(w.cell, part))))
    caption = f"{str(prose(w.language)['site_table']).format(segment=names[at])}, {w.unit()}"
    blocks = [block for title, text in picks for block in (Heading(title, 3), Paragraph(text))]
    w.page(w.word("notes"), *blocks, Table(caption, ("", "Q1", "Q2", "Q3", "Q4"), tuple(rows)))
