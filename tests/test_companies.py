"""The companies' filings: their books add up, the files say what the gold says, and they can be made again."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from helpers.commands.sample import run
from helpers.companies import filings, page_texts, write
from helpers.companies.accounts import YEARS, books_of, companies
from helpers.companies.collection import WRITERS
from helpers.paths import SAMPLE_DATA
from helpers.problem import Problem

FOLDER = SAMPLE_DATA / "companies"


@pytest.fixture(scope="module")
def gold() -> list[dict[str, str]]:
    return list(csv.DictReader((FOLDER / "gold.csv").open(encoding="utf-8")))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("companies")
    write(out)
    return out


def squeezed(text: str) -> str:
    return re.sub(r"[\s|]+", "", text)


# --- the books -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [7, 1, 2, 3])
def test_the_books_add_up(seed):
    for company in companies(9):
        books = books_of(company, seed)
        for year in (*books.years.values(), *books.restated.values()):
            assert sum(year.quarters) == sum(year.segments) == year.revenue
            assert year.gross_profit > year.ebitda and year.adjusted_ebitda >= year.ebitda
        for before, year in pairwise(YEARS):
            old, now = books.years[before], books.years[year]
            assert now.cash == old.cash + now.change_in_cash
            assert now.equity == old.equity + now.net_income - now.dividends_paid


def test_a_restatement_moves_sales_and_leaves_the_profit():
    books = books_of(companies()[0], 7)
    first, again = books.years[2023], books.restated[2023]
    assert again.revenue < first.revenue and again.ebitda < first.ebitda
    assert again.net_income == first.net_income
    assert books.shown_in(2023, 2023) is first and books.shown_in(2024, 2023) is again


# --- the files -----------------------------------------------------------------------------------------------------


def test_the_files_are_what_the_generator_writes(made):
    """Pictures may differ by a pixel and archives by their compressor: their contents are compared elsewhere."""
    for path in sorted(made.rglob("*.*")):
        if path.suffix in {".pdf", ".html", ".csv", ".json"}:
            assert path.read_bytes() == (FOLDER / path.relative_to(made)).read_bytes(), path.name


@pytest.mark.parametrize("name", ["tarnberg_2023_report.docx", "serra_clara_2025_deck.pptx"])
def test_office_files_hold_the_same_every_time(made, name):
    def members(data: bytes) -> dict[str, bytes]:
        archive = zipfile.ZipFile(io.BytesIO(data))
        assert {entry.date_time for entry in archive.infolist()} == {(2026, 1, 5, 9, 0, 0)}
        inner = {n: archive.read(n) for n in archive.namelist() if not n.endswith(".png")}
        return {n: repr(members(content)).encode() if n.endswith(".xlsx") else content for n, content in inner.items()}

    assert members((made / name).read_bytes()) == members((FOLDER / name).read_bytes())


def test_pictures_look_the_same_and_are_described_inside(made):
    import numpy as np
    from PIL import Image

    for told in json.loads((FOLDER / "slides.json").read_text(encoding="utf-8")):
        with Image.open(FOLDER / told["file"]) as kept, Image.open(made / told["file"]) as new:
            assert kept.text["Description"] == new.text["Description"] == told["alt"]
            pixels = [np.asarray(image.convert("L"), dtype=int) for image in (kept, new)]
            assert np.mean(np.abs(pixels[0] - pixels[1]) > 32) < 0.01


def test_the_folder_is_small():
    assert sum(path.stat().st_size for path in FOLDER.rglob("*.*")) < 3_000_000


def test_every_quote_stands_on_its_page(gold):
    pages = json.loads((FOLDER / "pages.json").read_text(encoding="utf-8"))
    for row in gold:
        page = next(page for page in pages[row["document"]] if page["page"] == int(row["page"]))
        seen = page["text"] + " ".join(picture["alt"] for picture in page["pictures"])
        assert squeezed(row["quote"]) in squeezed(seen), row


def test_a_pdf_reader_finds_the_quotes_on_the_same_pages(gold):
    import pdfplumber

    for name in sorted({row["document"] for row in gold if row["document"].endswith(".pdf")}):
        with pdfplumber.open(FOLDER / name) as pdf:
            texts = [squeezed(page.extract_text()) for page in pdf.pages]
        for row in gold:
            # The release sets its text in two columns, whose lines a plain reader mixes.
            if row["document"] == name and not (name.endswith("release.pdf") and row["page"] == "1"):
                assert squeezed(row["quote"]) in texts[int(row["page"]) - 1], row


def test_a_deck_has_its_charts_pictures_and_notes():
    from pptx import Presentation

    slides = Presentation(FOLDER / "serra_clara_2025_deck.pptx").slides
    told = {one["slide"]: one for one in json.loads((FOLDER / "slides.json").read_text(encoding="utf-8"))
            if one["deck"] == "serra_clara_2025_deck.pptx"}  # fmt: skip
    assert any(shape.has_chart for shape in slides[2].shapes)
    for number, one in told.items():
        slide = slides[number - 1]
        (picture,) = [shape for shape in slide.shapes if shape.shape_type == 13]
        assert picture._element.nvPicPr.cNvPr.get("descr") == one["alt"]
        assert slide.notes_slide.notes_text_frame.text == one["notes"]


def test_one_alternative_text_is_last_years_and_the_notes_say_otherwise():
    slides = json.loads((FOLDER / "slides.json").read_text(encoding="utf-8"))
    (stale,) = [one for one in slides if not one["alt_is_right"]]
    for one in slides:
        told = [f"{category} {value:.1f}" in one["alt"] for category, value in one["values"].items()]
        assert all(told) if one["alt_is_right"] else not any(told)
    assert all(f"{category} {value:,.1f}" in stale["notes"] for category, value in stale["values"].items())


def test_every_trap_of_the_readme_is_in_the_gold(gold):
    readme = (SAMPLE_DATA / "README.md").read_text(encoding="utf-8")
    traps = readme.partition("## Traps in the companies' filings")[2].partition("\n## ")[0]
    listed = {name for line in traps.splitlines() if line.startswith("- *") for name in re.findall(r"\*(.+?)\*", line)}
    marked = {trap for row in gold for trap in row["trap"].split("; ") if trap}
    assert marked - {"negative without brackets"} == listed


def test_the_second_part_of_a_cut_table_has_no_header(gold):
    pages = json.loads((FOLDER / "pages.json").read_text(encoding="utf-8"))
    cut = [row for row in gold if row["trap"].startswith("table cut")]
    assert len(cut) >= 4
    for row in cut:
        page = pages[row["document"]][int(row["page"]) - 1]["text"]
        assert squeezed(page.split("\n")[0]) == squeezed(row["quote"])


def test_indicators_are_those_of_the_gold(gold):
    listed = yaml.safe_load((FOLDER / "indicators.yaml").read_text(encoding="utf-8"))
    assert {one["name"] for one in listed} == {row["indicator"] for row in gold}
    assert all(one["definition"] and one["unit"] and one["tolerance"] for one in listed)


# --- larger, or in another language --------------------------------------------------------------------------------


def test_reports_grow_and_their_facts_stay_where_they_are():
    (report,) = [each for each in filings(pages=60) if each.file == "tarnberg_2024_report.pdf"]
    (short,) = [each for each in filings() if each.file == "tarnberg_2024_report.pdf"]
    assert len(report.document.pages) == 60
    assert report.document.facts == short.document.facts
    WRITERS["pdf"](report.document)  # a page that is too full would raise


@pytest.mark.parametrize("language", ["en", "pt", "es"])
def test_every_filing_can_be_written_in_each_language(language):
    for filing in filings(seed=3, language=language):
        assert filing.document.language == language
        said = squeezed(json.dumps(page_texts(filing), ensure_ascii=False))
        assert "{" not in "".join(str(page["text"]) for page in page_texts(filing))
        for fact in filing.document.facts:
            assert squeezed(fact.quote) in said, (filing.file, fact)
        if filing.suffix == "pdf":
            WRITERS["pdf"](filing.document)


def test_more_companies_have_names_and_figures_of_their_own():
    names = [company.name for company in companies(200)]
    assert len(set(names)) == 200
    assert len({filing.file for filing in filings(count=30)}) == len(filings(count=30))


def test_the_command_says_what_it_wrote_and_refuses_what_it_does_not_know(tmp_path):
    lines = list(run("companies", tmp_path, seed=7, companies=1, language="es", pages=0))
    assert re.fullmatch(rf"\d+ files, [\d.]+ MB, in {re.escape(str(tmp_path))}", lines[0])
    with pytest.raises(Problem, match="tickets"):
        list(run("tickets", tmp_path, seed=7, companies=1, language=None, pages=0))
    with pytest.raises(Problem, match="'xx'"):
        list(run("companies", tmp_path, seed=7, companies=1, language="xx", pages=0))
