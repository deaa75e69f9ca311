"""A document's lines of figures: each with its label, what its columns are, and the head that says the unit.

A model is good at finding the line, and at times takes the column beside it. A column is found by its heading, which
code reads; a table that a page cut has its heading on the page before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from helpers.documents.document import Document, Page, Table
from helpers.figures import squeezed
from helpers.poc.financial_report import printed

_BEFORE = 400  # characters before a table in which its title stands
_HEADING_ROWS = 4  # in which the years are looked for
_BETWEEN = 260  # at most between the parts of a table that a page cut: a footer and a header
GROUP = re.compile(r"\b(?:group|consolidated|consolidad[oa]s?|grupo)\b", re.IGNORECASE)
_RESTATED = re.compile(r"\b(?:restated|reexpresad[oa]s?|re-?apresentad[oa]s?|reformulad[oa]s?)\b", re.IGNORECASE)
PARENT = re.compile(r"\b(?:parent|company|controladora|individual|matriz|sociedad)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Head:
    """What stands over the rows: the heading's page, titles (the nearest first), the heading row, scale, currency."""

    page: int
    titles: tuple[str, ...]
    header: tuple[str, ...]
    scale: str
    currency: str
    rows: int = 0  # of the table, which are headings

    @property
    def text(self) -> str:
        """As it is put before rows that stand elsewhere."""
        title = next((t for t in self.titles if printed.scales_in(t) or printed.currencies_in(t)), "")
        title = title or next(iter(self.titles), "")
        return "\n".join(part for part in (title, f"| {' | '.join(self.header)} |" if any(self.header) else "") if part)


@dataclass(frozen=True)
class Line:
    """A row of figures: cells are (printed, period or None). quote: the row as its page holds it."""

    page: int
    label: str
    cells: tuple[tuple[str, str | None], ...]
    quote: str
    head: Head
    section: str = ""

    def of(self, period: str) -> list[str]:
        """The cells of a period: mostly one. Of the group beside its parent, the group's; the restated one."""
        places = [place for place, (_, own) in enumerate(self.cells, 1) if own == period]
        heads = [self.head.header[place] if place < len(self.head.header) else "" for place in places]
        group = [place for place, head in zip(places, heads, strict=True) if GROUP.search(head)]
        if len(places) > 1 and len(group) < len(places):
            places = group or [p for p, head in zip(places, heads, strict=True) if not PARENT.search(head)] or places
        restated = [p for p in places if p < len(self.head.header) and _RESTATED.search(self.head.header[p])]
        places = restated or places
        return [self.cells[place - 1][0] for place in places]

    @property
    def around(self) -> str:
        """The label with what else names it."""
        return "\n".join((self.label, self.section, *self.head.titles))


@dataclass(frozen=True)
class Part:
    """A table with its head, inherited where a page cut it."""

    page: int
    table: Table
    head: Head
    continued: bool

    @property
    def heading_rows(self) -> int:
        """How many of its own rows are headings."""
        return 0 if self.continued else self.head.rows

    @property
    def body(self) -> Sequence[tuple[str, ...]]:
        return self.table.rows[self.heading_rows :]


def parts(document: Document) -> Iterator[Part]:
    """Every table, with the head that its figures need."""
    last: Head | None = None
    last_end = 0
    offset = 0
    for page in document.pages:
        for table in page.tables:
            start = offset + table.start
            near = start - last_end <= _BETWEEN
            width = len(table.rows[0]) if table.rows else 0
            own = any(_has_periods([row]) for row in table.rows[:_HEADING_ROWS])
            if last and not own and not table.headed and near and width == len(last.header):
                yield Part(page.number, table, last, True)
            else:
                last = _head(page, table)
                yield Part(page.number, table, last, False)
            last_end = offset + table.end
        offset += len(page.text) + 2


def _heading_rows(table: Table) -> int:
    """How many of a table's first rows are headings: up to the one that has the years, or one where none has."""
    for at, row in enumerate(table.rows[:_HEADING_ROWS]):
        if _has_periods([row]):
            return at + 1
        if sum(bool(re.search(r"\d", cell)) for cell in row[1:]) > 0:
            break
    return 1 if table.headed else 0


def _joined(rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Heading rows as one: "Consolidated" over "2025" is "Consolidated 2025"."""
    if not rows:
        return ()
    columns = range(max(len(row) for row in rows))
    rows = [*(_reaching(row, rows[at + 1 :]) for at, row in enumerate(rows[:-1])), rows[-1]]
    each = [list(dict.fromkeys(row[i] for row in rows if i < len(row) and row[i].strip())) for i in columns]
    return tuple(" ".join(parts) for parts in each)


def _reaching(row: Sequence[str], below: Sequence[Sequence[str]]) -> list[str]:
    """A heading row in which a heading reaches over the columns to its right that have one below and none here."""
    told: list[str] = []
    for at, cell in enumerate(row):
        under = any(at < len(each) and each[at].strip() for each in below)
        told.append(told[-1] if at > 1 and not cell.strip() and under else cell)
    return told


def _has_periods(rows: Sequence[Sequence[str]]) -> bool:
    return bool(rows) and any(printed.period_of(cell) for cell in rows[0][1:])


def _head(page: Page, table: Table) -> Head:
    above = page.text[max(0, table.start - _BEFORE) : table.start]
    titles = [line.strip("# ").strip() for line in above.split("\n") if line.strip() and not line.startswith("|")]
    titles = [title for title in reversed(titles[-3:]) if len(title) <= 160]
    if table.title and table.title not in titles:
        titles.insert(0, table.title)
    rows = _heading_rows(table)
    header = _joined(table.rows[:rows])
    named = [" ".join(header), *titles[:2]]
    return Head(
        page.number,
        tuple(titles),
        header or ("",) * (len(table.rows[0]) if table.rows else 0),
        printed.first_of(named, printed.scales_in),
        printed.first_of(named, printed.currencies_in),
        rows,
    )


def lines(document: Document) -> list[Line]:
    """Every row of figures whose columns are periods, and every cell of a table whose rows are periods."""
    found: list[Line] = []
    for part in parts(document):
        body = part.body
        periods = [printed.period_of(cell) for cell in part.head.header[1:]]
        if any(periods):
            found += _by_columns(part, body, _over_numbers(periods, part.head.header[1:], body))
        else:
            found += _by_rows(part, body)
    return found


def _over_numbers(
    periods: Sequence[str | None], header: Sequence[str], body: Sequence[Sequence[str]]
) -> list[str | None]:
    """Periods above the columns that hold the numbers: "$" and its number are two columns under one heading."""
    moved = list(periods)
    holds = [any(at < len(row) and re.search(r"\d", row[at]) for row in body) for at in range(1, len(moved) + 1)]
    for at, period in enumerate(periods[:-1]):
        if period and not holds[at] and holds[at + 1] and not header[at + 1].strip():
            moved[at], moved[at + 1] = None, period
    return moved


def _by_columns(part: Part, body: Sequence[Sequence[str]], periods: Sequence[str | None]) -> Iterator[Line]:
    section = ""
    for row in body:
        if not any(re.search(r"\d", cell) for cell in row[1:]):
            section = row[0] if not any(row[1:]) else section
            continue
        cells = tuple(zip(row[1:], periods, strict=False))
        label = row[0]
        if section and (section.endswith("-") or label[:1].islower()):  # a label that the line's end cut
            label = section[:-1] + label if section.endswith("-") else f"{section} {label}"
            section = ""
        yield Line(part.page, label, cells, _quote(row), part.head, section)


def _by_rows(part: Part, body: Sequence[Sequence[str]]) -> Iterator[Line]:
    for row in body:
        period = printed.period_of(row[0]) if row else None
        if period is None:
            continue
        for heading, cell in zip(part.head.header[1:], row[1:], strict=False):
            label = heading or next(iter(part.head.titles), "")
            yield Line(part.page, label, ((cell, period),), _quote(row), part.head)


def _quote(row: Sequence[str]) -> str:
    from helpers.documents.document import row_line

    return row_line(row)


def lines_with(quote: str, page: int, known: Sequence[Line]) -> list[Line]:
    """The rows of a page that a quote is of: the whole row, or a part of it that has its label."""
    wanted = squeezed(quote)
    on_page = [line for line in known if line.page == page]
    whole = [line for line in on_page if squeezed(line.quote) == wanted]
    if whole or len(wanted) < 4:
        return whole
    return [line for line in on_page if wanted in squeezed(line.quote) and squeezed(line.label)[:12] in wanted] or [
        line for line in on_page if squeezed(line.quote) in wanted and len(squeezed(line.quote)) > 0.6 * len(wanted)
    ]
