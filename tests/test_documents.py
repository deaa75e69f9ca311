"""Documents of six kinds are read into pages; broken ones are answered with a cause and a next step."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from helpers.documents import DocumentError, read_document
from helpers.documents.pdf import render_page

ROWS = [["Harbour", "Boats", "Berths"], ["North", "1,204", "(3.4)"], ["South", "987", "12.5"]]


def png(colour: str = "red", size: tuple[int, int] = (80, 60)) -> io.BytesIO:
    held = io.BytesIO()
    Image.new("RGB", size, colour).save(held, "PNG")
    held.seek(0)
    return held


# --- PDF -----------------------------------------------------------------------------------------------------------


def pdf(path: Path, *flows: list, encrypt: str | None = None) -> Path:
    """A PDF with one page for each list of paragraphs (text) and tables (rows, with ruling lines or without)."""
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate, Spacer, Table

    style, story = getSampleStyleSheet()["BodyText"], []
    for flow in flows:
        for item in flow:
            if isinstance(item, str):
                story += [Paragraph(item, style), Spacer(1, 8)]
            else:
                rows, look = item
                story += [Table(rows, style=look, colWidths=110), Spacer(1, 14)]
        story.append(PageBreak())
    SimpleDocTemplate(str(path), pagesize=A4, encrypt=encrypt).build(story)
    return path


GRID = [("GRID", (0, 0), (-1, -1), 0.5, "black"), ("ALIGN", (1, 0), (-1, -1), "RIGHT")]
BARE = [("ALIGN", (1, 0), (-1, -1), "RIGHT")]
UNDERLINED = [*BARE, ("LINEBELOW", (0, 0), (-1, 0), 1, "black")]


@pytest.mark.parametrize("look", [GRID, BARE, UNDERLINED], ids=["ruled", "bare", "underlined"])
def test_a_pdfs_table_is_read_with_its_cells_and_stands_in_the_text_in_its_place(tmp_path, look):
    read = read_document(pdf(tmp_path / "a.pdf", ["Boats by harbour.", (ROWS, look), "That was the table."]))
    (page,) = read.pages
    (table,) = page.tables
    assert [list(row) for row in table.rows] == ROWS
    assert table.headed
    assert page.text[table.start : table.end].split("\n")[1] == "| North | 1,204 | (3.4) |"
    assert page.text.startswith("Boats by harbour.\n\n| Harbour")
    assert page.text.endswith("\n\nThat was the table.")


def test_every_box_of_a_pdf_is_on_the_page_and_says_which_characters_stand_in_it(tmp_path):
    (page,) = read_document(pdf(tmp_path / "a.pdf", ["First.", (ROWS, GRID), "Last."])).pages
    assert [page.text[b.start : b.end] for b in page.boxes][0::4] == ["First.", "Last."]
    assert [b.kind for b in page.boxes] == ["text", "table", "table", "table", "text"]
    assert all(0 <= b.left < b.right <= page.width and 0 <= b.top < b.bottom <= page.height for b in page.boxes)
    assert [b.top for b in page.boxes] == sorted(b.top for b in page.boxes)


def test_a_table_that_goes_on_without_its_header_is_not_given_one(tmp_path):
    read = read_document(pdf(tmp_path / "a.pdf", [(ROWS[:2], GRID)], [([*ROWS[2:], ["East", "7", "1"]], GRID)]))
    assert [page.tables[0].headed for page in read.pages] == [True, False]
    assert read.text[read.page_starts[1] :].startswith("| South")


def test_two_columns_of_text_are_read_one_after_the_other(tmp_path):
    from reportlab.pdfgen.canvas import Canvas

    canvas = Canvas(str(tmp_path / "a.pdf"), pagesize=(600, 400))
    canvas.drawString(50, 360, "A heading over both columns of the page")
    for i in range(6):
        canvas.drawString(50, 320 - 14 * i, f"left line {i} has a few words")
        canvas.drawString(330, 320 - 14 * i, f"right line {i} has a few words")
    canvas.save()
    lines = read_document(tmp_path / "a.pdf").text.split("\n")
    told = [line.split(" has")[0] for line in lines if "line" in line]
    assert told == [f"{side} line {i}" for side in ("left", "right") for i in range(6)]


def test_a_pdfs_picture_is_found_and_cut_out_of_the_rendered_page(tmp_path):
    from reportlab.lib.utils import ImageReader
    from reportlab.pdfgen.canvas import Canvas

    canvas = Canvas(str(tmp_path / "a.pdf"), pagesize=(300, 200))
    canvas.drawImage(ImageReader(png("red")), 100, 50, 80, 60)
    canvas.save()
    (page,) = read_document(tmp_path / "a.pdf").pages
    (picture,) = page.pictures
    assert picture.box == pytest.approx((100, 90, 180, 150))
    assert Image.open(io.BytesIO(picture.data)).getpixel((40, 40)) == (255, 0, 0)
    assert "no text" in page.problem


def test_a_page_is_rendered_at_the_resolution_asked_for(tmp_path):
    path = pdf(tmp_path / "a.pdf", ["One."])
    assert Image.open(io.BytesIO(render_page(path, 1, dpi=72))).size == (596, 842)
    with pytest.raises(DocumentError, match="no page 9"):
        render_page(path, 9)


def test_a_bad_page_does_not_lose_the_others(tmp_path, monkeypatch):
    from pdfplumber.page import Page

    path = pdf(tmp_path / "a.pdf", ["One."], ["Two."], ["Three."])
    whole = Page.extract_words

    def breaks_on_two(self, **options):
        if self.page_number == 2:
            raise KeyError("Font")
        return whole(self, **options)

    monkeypatch.setattr(Page, "extract_words", breaks_on_two)
    read = read_document(path)
    assert [page.text for page in read.pages] == ["One.", "", "Three."]
    assert read.problems == ["a.pdf, page 2: could not be read (KeyError: 'Font')"]


# --- slides, word processors, web pages ----------------------------------------------------------------------------


@pytest.fixture
def deck(tmp_path: Path) -> Path:
    from pptx import Presentation
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE
    from pptx.util import Pt

    made = Presentation()
    slide = made.slides.add_slide(made.slide_layouts[5])
    # Drawn last to first, so that the order of drawing is not the order of reading.
    slide.shapes.add_textbox(Pt(400), Pt(150), Pt(200), Pt(30)).text_frame.text = "on the right"
    slide.shapes.add_textbox(Pt(50), Pt(152), Pt(200), Pt(30)).text_frame.text = "on the left"
    slide.shapes.title.text = "Boats"
    table = slide.shapes.add_table(3, 3, Pt(50), Pt(200), Pt(400), Pt(90)).table
    for i, row in enumerate(ROWS):
        for j, cell in enumerate(row):
            table.cell(i, j).text = cell
    data = CategoryChartData()
    data.categories = ["2030", "2031"]
    data.add_series("Boats", (10.5, 12))
    slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, Pt(50), Pt(320), Pt(200), Pt(150), data)
    picture = slide.shapes.add_picture(png(), Pt(300), Pt(320))
    picture._element.xpath(".//p:cNvPr")[0].set("descr", "a red square")
    slide.notes_slide.notes_text_frame.text = "Say that 2031 is an estimate."
    made.save(str(tmp_path / "deck.pptx"))
    return tmp_path / "deck.pptx"


def test_a_slide_is_read_from_its_title_down_with_its_table_its_chart_and_its_notes(deck):
    (slide,) = read_document(deck).pages
    assert slide.text.split("\n\n")[:3] == ["Boats", "on the left", "on the right"]
    assert [list(row) for row in slide.tables[0].rows] == ROWS
    assert slide.tables[1].kind == "chart"
    assert slide.tables[1].rows == (("", "Boats"), ("2030", "10.5"), ("2031", "12"))
    assert "estimate" in slide.notes
    assert "estimate" not in slide.text
    (picture,) = slide.pictures
    assert (picture.alt, picture.media_type) == ("a red square", "image/png")
    assert Image.open(io.BytesIO(picture.data)).size == (80, 60)
    assert all(slide.text[t.start : t.end].startswith("| ") for t in slide.tables)


def test_a_word_documents_paragraphs_and_tables_keep_their_order_and_breaks_begin_pages(tmp_path):
    import docx

    made = docx.Document()
    made.add_heading("Harbours", 1)
    made.add_paragraph("Before the table.")
    table = made.add_table(3, 3)
    for i, row in enumerate(ROWS):
        for j, cell in enumerate(row):
            table.cell(i, j).text = cell
    made.add_paragraph("A point", style="List Bullet")
    made.add_page_break()
    made.add_paragraph("After the break.")
    made.add_picture(png())
    made.sections[0].header.paragraphs[0].text = "Running header"
    made.save(str(tmp_path / "a.docx"))
    first, second = read_document(tmp_path / "a.docx").pages
    assert first.text == (
        "# Harbours\n\nBefore the table.\n\n| Harbour | Boats | Berths |\n| North | 1,204 | (3.4) |\n"
        "| South | 987 | 12.5 |\n- A point"
    )
    assert first.tables[0].header == ("Harbour", "Boats", "Berths")
    assert second.text == "After the break."
    assert second.pictures[0].data.startswith(b"\x89PNG")


def test_tracked_insertions_are_read_and_deletions_are_not(tmp_path):
    import docx
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    made = docx.Document()
    paragraph = made.add_paragraph("Revenue was ")
    ns = nsdecls("w")
    paragraph._p.append(parse_xml(f'<w:ins {ns} w:id="1" w:author="a"><w:r><w:t>12</w:t></w:r></w:ins>'))
    paragraph._p.append(parse_xml(f'<w:del {ns} w:id="2" w:author="a"><w:r><w:delText>11</w:delText></w:r></w:del>'))
    made.save(str(tmp_path / "a.docx"))
    assert read_document(tmp_path / "a.docx").text == "Revenue was 12"


def test_a_web_pages_main_content_is_kept_and_what_surrounds_it_is_not(tmp_path):
    cells = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in ROWS[1:])
    heads = "".join(f"<th>{cell}</th>" for cell in ROWS[0])
    (tmp_path / "a.html").write_text(
        f"""<!doctype html><html><head><title>Harbours</title><script>track()</script></head><body>
        <nav><a href="/">Home</a></nav><header>Site name</header>
        <main><h1>Boats</h1><p>See the <a href="x.pdf">full report</a>, <b>page 3</b>.</p>
        <table><caption>By harbour</caption><tr>{heads}</tr>{cells}</table>
        <ul><li>one</li><li>two</li></ul><p hidden>secret</p><!-- a comment -->
        <img alt="a red square" src="data:image/png;base64,iVBORw0KGgo="><img src="../../etc/passwd" alt="no"></main>
        <footer>Imprint</footer></body></html>""",
        encoding="utf-8",
    )
    (page,) = read_document(tmp_path / "a.html").pages
    assert page.text == (
        "# Boats\n\nSee the full report, page 3.\n\nBy harbour\n\n| Harbour | Boats | Berths |\n"
        "| North | 1,204 | (3.4) |\n| South | 987 | 12.5 |\n- one\n- two"
    )
    assert page.tables[0].title == "By harbour"
    assert [picture.data[:4] for picture in page.pictures] == [b"\x89PNG", b""]


def test_a_page_without_a_main_part_loses_its_navigation_and_footer(tmp_path):
    (tmp_path / "a.html").write_text(
        "<html><head><title>T</title></head><body><nav>Home</nav><div>One <em>two</em></div><footer>Imprint</footer>",
        encoding="utf-8",
    )
    assert read_document(tmp_path / "a.html").text == "# T\n\nOne two"


# --- text ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_csv_file_is_a_table_whatever_its_delimiter(tmp_path, delimiter):
    lines = [delimiter.join(f'"{cell}"' for cell in row) for row in ROWS]
    (tmp_path / "a.csv").write_text("\n".join(lines), encoding="utf-8")
    (page,) = read_document(tmp_path / "a.csv").pages
    assert [list(row) for row in page.tables[0].rows] == ROWS
    assert page.tables[0].headed


SAID = "Ação: até às 9 horas, coração de São João. Não há inscrição, só atenção."


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_text_is_read_in_the_encoding_in_which_it_was_written(tmp_path, encoding):
    (tmp_path / "a.txt").write_bytes((SAID + "\r\n\r\n" + SAID).encode(encoding))
    assert read_document(tmp_path / "a.txt").text == f"{SAID}\n\n{SAID}"


def test_a_web_pages_declared_encoding_is_believed_if_it_fits(tmp_path):
    page = f'<html><head><meta charset="iso-8859-1"></head><body><p>{SAID}</p></body></html>'
    (tmp_path / "a.html").write_bytes(page.encode("latin-1"))
    assert read_document(tmp_path / "a.html").text == SAID


def test_a_markdown_table_is_found_where_it_stands(tmp_path):
    text = "# Boats\n\n| Harbour | Boats |\n|---|---:|\n| North | 12 |\n\nEnd."
    (tmp_path / "a.md").write_text(text, encoding="utf-8")
    (page,) = read_document(tmp_path / "a.md").pages
    assert page.text == text
    assert page.tables[0].rows == (("Harbour", "Boats"), ("North", "12"))
    assert page.text[page.tables[0].start : page.tables[0].end].endswith("| North | 12 |")


# --- what cannot be read -------------------------------------------------------------------------------------------


def bomb(path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"<a/>")
        with archive.open("word/media/image1.png", "w", force_zip64=True) as entry:
            for _ in range(60):
                entry.write(bytes(1_000_000))
    return path


def cut_off(tmp_path: Path) -> Path:
    whole = pdf(tmp_path / "whole.pdf", ["One."]).read_bytes()
    (tmp_path / "cut.pdf").write_bytes(whole[:300])
    return tmp_path / "cut.pdf"


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def other_archive(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "a")
    return path


BROKEN = {
    "missing": (lambda d: d / "no.pdf", "cannot be opened"),
    "folder": (lambda d: d, "is a folder|may not be read"),
    "empty": (lambda d: written(d / "a.pdf", b""), "is empty"),
    "named wrongly": (lambda d: written(d / "a.pdf", b"hello there"), "named .pdf but is no such file"),
    "cut off": (cut_off, "damaged|no page"),
    "encrypted": (lambda d: pdf(d / "a.pdf", ["One."], encrypt="secret"), "encrypted"),
    "no archive": (lambda d: written(d / "a.docx", b"PK\x03\x04 and then nothing"), "cut off or damaged"),
    "another archive": (lambda d: other_archive(d / "a.docx"), "no DOCX and no PPTX"),
    "a bomb": (lambda d: bomb(d / "a.docx"), "would unpack to 60 MB"),
    "old office": (lambda d: written(d / "a.ppt", b"\xd0\xcf\x11\xe0" + bytes(600)), "before 2007"),
    "a program": (lambda d: written(d / "a.bin", b"\x7fELF" + bytes(600)), "neither text nor a document"),
    "a page of scripts": (lambda d: written(d / "a.html", b"<html><script>x()</script></html>"), "built by a script"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_file_that_cannot_be_read_is_answered_with_its_cause_and_a_next_step(tmp_path, case):
    make, says = BROKEN[case]
    path = make(tmp_path)
    with pytest.raises(DocumentError, match=says) as refused:
        read_document(path)
    assert refused.value.next_step


def test_a_file_larger_than_asked_for_is_not_opened(tmp_path):
    with pytest.raises(DocumentError, match="at most 0 MB"):
        read_document(pdf(tmp_path / "a.pdf", ["One."]), most_megabytes=0.0001)


def test_an_office_file_with_broken_content_is_a_document_error(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.pptx", "w") as archive:
        archive.writestr("ppt/presentation.xml", "<broken")
        archive.writestr("[Content_Types].xml", "<broken")
    with pytest.raises(DocumentError, match="could not be read as PPTX"):
        read_document(tmp_path / "a.pptx")
