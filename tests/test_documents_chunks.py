"""Chunks are slices of their document, keep headings over a page break, and lose nothing but running lines."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.data import load_sample, sample_data
from helpers.documents import as_records, from_records, read_document, split_document
from helpers.documents.chunking import cut, running_lines
from helpers.documents.composing import Composer
from helpers.documents.document import Document, Page

HEAD = ["", "2031", "2030"]
ROWS = [["Boats", "14", "(9)"], ["Piers", "22", "21"], ["Depth of the harbour", "3.5", "3.4"]]


def page(number: int, *blocks: str | list[list[str]], notes: str = "") -> Page:
    composer = Composer()
    for block in blocks:
        if isinstance(block, str):
            composer.add(block, apart=True)
        else:
            composer.add_table(block)
    return Page(number, composer.text, tuple(composer.tables), notes=notes)


def document(*pages: Page) -> Document:
    return Document(Path("harbour.pdf"), "pdf", pages)


def test_every_chunk_is_a_slice_of_its_source():
    read = document(
        page(
            1, "Boats are counted in May. They are counted again in June.", [HEAD, *ROWS], notes="Say nothing of 2029."
        ),
        page(2, "What follows is text."),
    )
    chunks = split_document(read, 40)
    assert {chunk.kind for chunk in chunks} == {"text", "table", "notes"}
    for chunk in chunks:
        source = read.pages[chunk.page - 1].notes if chunk.kind == "notes" else read.text
        assert source[chunk.start : chunk.end] == chunk.text
        assert read.page_at(chunk.start).number == chunk.page or chunk.kind == "notes"


def test_every_row_comes_once_with_its_headings_and_the_caption_above():
    chunks = split_document(document(page(1, "All that follows is counted.", "Harbour, in tens", [HEAD, *ROWS])), 70)
    tables = [chunk for chunk in chunks if chunk.kind == "table"]
    assert [line for chunk in tables for line in chunk.text.split("\n")] == [
        "| Boats | 14 | (9) |", "| Piers | 22 | 21 |", "| Depth of the harbour | 3.5 | 3.4 |",
    ]  # fmt: skip
    assert {(chunk.caption, chunk.heading) for chunk in tables} == {("Harbour, in tens", "|  | 2031 | 2030 |")}
    assert tables[0].full.startswith("Harbour, in tens\n|  | 2031 | 2030 |\n| Boats")
    assert tables[0].embedded.startswith("|  | 2031 | 2030 |\n| Boats")
    assert [chunk.text for chunk in chunks if chunk.kind == "text"] == ["All that follows is counted."]
    assert all(len(chunk.full) <= 70 for chunk in tables if "\n" in chunk.text)


def test_a_table_goes_on_over_a_page_break_past_footer_and_header():
    pages = [
        page(i, "Harbour report", f"Text of {word} pages.", f"Page {i}") for i, word in ((1, "the first"), (4, "last"))
    ]
    first = page(2, "Harbour report", "Counts", [HEAD, *ROWS[:1]], "Page 2")
    second = page(3, "Harbour report", ROWS[1:], "After it comes a sentence.", "Page 3")
    chunks = split_document(document(pages[0], first, second, pages[1]), 300)
    rest = [chunk for chunk in chunks if chunk.page == 3]
    assert (rest[0].heading, rest[0].caption) == ("|  | 2031 | 2030 |", "Counts")
    assert rest[1].text == "After it comes a sentence."


@pytest.mark.parametrize("between", ["A sentence between them.", [["Name", "Age"], ["Ada", "36"]]])
def test_a_table_without_headings_goes_on_only_right_after_one_of_its_width(between):
    chunks = split_document(document(page(1, [HEAD, *ROWS[:1]], between), page(2, ROWS[1:])), 300)
    assert next(chunk for chunk in chunks if chunk.page == 2).heading == ""


def test_running_lines_are_those_at_the_edge_of_most_pages_numbers_apart():
    pages = [
        page(i, "Harbour report 2031", f"Chapter {word}", f"Boats of {word}.", f"{i} of 4")
        for i, word in enumerate("abcd", 1)
    ]
    assert running_lines(document(*pages)) == {"Harbour report 0", "0 of 0"}
    assert running_lines(document(*pages[:2])) == frozenset()
    assert all("report" not in chunk.text for chunk in split_document(document(*pages), 100))


@settings(max_examples=100, deadline=None)
@given(st.text("ab. ,\n", max_size=120), st.integers(2, 40), st.data())
def test_prose_is_cut_inside_the_limit_and_only_white_space_is_lost(text, size, data):
    overlap = data.draw(st.integers(0, size - 1))
    spans = list(cut(text, size, overlap))
    assert all(0 < end - start <= size for start, end in spans)
    covered = {at for start, end in spans for at in range(start, end)}
    assert all(text[at].isspace() for at in range(len(text)) if at not in covered)
    assert [start for start, _ in spans] == sorted(start for start, _ in spans)


def test_an_overlap_that_is_no_smaller_than_the_size_is_refused():
    with pytest.raises(ValueError, match="smaller than the size"):
        split_document(document(page(1, "Boats.")), 10, 10)


def test_chunks_come_back_from_json_as_they_were():
    chunks = split_document(document(page(1, "Counts", [HEAD, *ROWS])), 80)
    assert from_records(json.loads(json.dumps(as_records(chunks)))) == chunks


# --- the filings ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def report() -> Document:
    return read_document(sample_data("companies/northmoor_2025_report.pdf"))


def test_the_cut_table_of_the_report_keeps_its_years(report):
    (row,) = [chunk for chunk in split_document(report, 400) if "| Dividends paid |" in chunk.text]
    assert row.page == 7
    assert "2025 | 2024" in row.heading
    assert "thousand" in row.caption


def test_every_answer_of_the_questions_stands_on_its_page(report):
    for case in load_sample("ingestion/questions.json"):
        text = report.pages[case["page"] - 1].text
        assert case["answer"] in text, case
        assert case["beside"] in text, case


def test_charts_that_a_pdf_draws_are_read_as_tables(report):
    charts = [table for page in report.pages for table in page.tables if table.kind == "chart"]
    assert [chart.rows[0][1] for chart in charts] == ["Total operating revenues", "EBITDA", "Net earnings"]
    assert all(len(chart.body) == 5 for chart in charts)


def test_the_provided_chunks_are_those_that_the_splitter_makes():
    provided = from_records(load_sample("ingestion/chunks.json"))
    names = sorted({chunk.document for chunk in provided})
    assert len(names) == 10
    made = [chunk for name in names for chunk in split_document(read_document(sample_data(f"companies/{name}")), 500)]
    assert provided == made


# --- pictures ------------------------------------------------------------------------------------------------------


def test_a_page_with_its_chunks_says_which_lines_each_covers_and_where_a_line_is_cut(monkeypatch, report):
    from helpers import plots, show
    from helpers.documents import render_page

    given = []
    monkeypatch.setattr(show, "show", given.append)
    own = report.pages[6]
    half = next(box for box in own.boxes if box.kind == "table").start + 5
    image = render_page(report.path, 7, dpi=50)
    plots.page_chunks(image, own, [(-200, 0), (0, half), (half, len(own.text) + 80)], title="Two chunks")
    (picture,) = given
    assert "chunk 1 covers 2 lines: “Northmoor" in picture.alt
    assert "chunk 2 covers" in picture.alt and "begins inside a line" in picture.alt
    assert "chunk 3" not in picture.alt
    assert picture.png.startswith(b"\x89PNG")
