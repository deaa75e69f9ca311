"""The gradebook as CSV and XLSX: one line for each learner and exercise, and in XLSX a sheet of points as well."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from helpers.gradebook.book import Book, Column, Row, as_text
from helpers.grading.outcomes import Status

HEADER = (
    *("learner", "lesson", "exercise", "points", "of", "status", "message", "hints", "attempts", "minutes"),
    *("self-reported", "notes"),
)


def lines(book: Book) -> Iterator[tuple[Any, ...]]:
    """One line for each learner and exercise, in the order of HEADER; notes stand on the learner's first line."""
    for row in book.rows:
        notes = "; ".join(row.notes)
        for column in book.columns:
            yield (*_line(row, column), notes)
            notes = ""
        if not book.columns:
            yield (row.learner, *[""] * (len(HEADER) - 2), notes)


def _line(row: Row, column: Column) -> tuple[Any, ...]:
    entry = row.entries.get((column.lesson, column.exercise))
    place = (row.learner, column.lesson, column.exercise)
    if entry is None:
        return (*place, 0, column.of, Status.NOT_ATTEMPTED.value, "", "", "", "", "")
    told = (entry.hints, entry.attempts, entry.minutes)
    return (
        *place,
        entry.points,
        entry.of,
        entry.status,
        entry.message,
        *("" if number is None else number for number in told),
        "yes" if entry.self_reported else "",
    )


def as_csv(book: Book) -> str:
    """Text that spreadsheets open as it stands; what would be a formula there is kept a text."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(HEADER)
    writer.writerows([as_text(value) if isinstance(value, str) else value for value in line] for line in lines(book))
    return text.getvalue()


def as_xlsx(book: Book) -> bytes:
    """A workbook with a sheet `points` (learners by exercises, coloured by share) and a sheet `all` like the CSV."""
    import xlsxwriter

    content = io.BytesIO()
    # Texts are written as texts: no formulas, no links, whatever they begin with.
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(content, options) as workbook:
        bold = workbook.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        _points_sheet(workbook.add_worksheet("points"), book, bold)
        sheet = workbook.add_worksheet("all")
        sheet.write_row(0, 0, HEADER, bold)
        for number, line in enumerate(lines(book), 1):
            for place, value in enumerate(line):
                sheet.write(number, place, value[:32_000] if isinstance(value, str) else value)
        sheet.freeze_panes(1, 1)
        sheet.autofilter(0, 0, max(1, len(book.rows) * max(1, len(book.columns))), len(HEADER) - 1)
    return content.getvalue()


def _points_sheet(sheet: Any, book: Book, bold: Any) -> None:
    heads = [f"{column.lesson}\n{column.exercise}\n(of {column.of})" for column in book.columns]
    sheet.write_row(0, 0, ["learner", *heads, f"all (of {book.of})", "minutes"], bold)
    for number, row in enumerate(book.rows, 1):
        sheet.write_string(number, 0, row.learner)
        for place, column in enumerate(book.columns, 1):
            entry = row.entries.get((column.lesson, column.exercise))
            sheet.write_number(number, place, entry.points if entry else 0)
        sheet.write_number(number, len(book.columns) + 1, row.points)
        if row.minutes is not None:
            sheet.write_number(number, len(book.columns) + 2, row.minutes)
    for place, column in enumerate(book.columns, 1):
        scale = {"type": "2_color_scale", "min_type": "num", "min_value": 0, "max_type": "num", "max_value": column.of}
        sheet.conditional_format(
            1, place, max(1, len(book.rows)), place, {**scale, "min_color": "#FFFFFF", "max_color": "#5AA9D6"}
        )
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, len(book.columns) + 2, 14)
    sheet.freeze_panes(1, 1)
