"""A document as DOCX, by python-docx: headings by style, real tables, a running head and page numbers as a field."""

from __future__ import annotations

import io
from datetime import datetime

from .archives import settled
from .pages import Bullets, Chart, Columns, Document, Heading, Paragraph, Table
from .pictures import png


def docx(document: Document, page_word: str) -> bytes:
    from docx import Document as Word
    from docx.enum.text import WD_BREAK
    from docx.shared import Cm, Pt, RGBColor

    word = Word()
    core = word.core_properties
    core.title, core.author, core.comments = f"{document.company}: {document.title}", document.company, ""
    core.created = core.modified = datetime(2026, 1, 5, 9)
    word.styles["Normal"].font.name, word.styles["Normal"].font.size = "Calibri", Pt(10)
    for name in ("Heading 1", "Heading 2", "Heading 3", "Title"):
        word.styles[name].font.color.rgb = RGBColor.from_string(document.colour[1:])
        word.styles[name].font.name = "Calibri"
    word.styles["Normal"].paragraph_format.space_after = Pt(6)
    paper = word.sections[0]
    paper.page_width, paper.page_height = Cm(21), Cm(29.7)
    paper.left_margin = paper.right_margin = paper.top_margin = paper.bottom_margin = Cm(2.4)
    head_and_foot(paper, document, page_word)
    for number, page in enumerate(document.pages, 1):
        if number > 1:
            word.paragraphs[-1].add_run().add_break(WD_BREAK.PAGE) if ends_with_text(word) else word.add_page_break()
        if page.title:
            word.add_heading(page.title, 0 if number == 1 else 1)
        for block in page.blocks:
            add(word, block, document)
        for text in page.footnotes:
            word.add_paragraph().add_run(f"¹ {text}").font.size = Pt(8.5)
    out = io.BytesIO()
    word.save(out)
    return settled(out.getvalue())


def ends_with_text(word) -> bool:
    return word.element.body[-2].tag.endswith("}p")


def head_and_foot(section, document: Document, page_word: str) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Pt

    section.header.paragraphs[0].add_run(document.running_head).font.size = Pt(8.5)
    paragraph = section.footer.paragraphs[0]
    paragraph.add_run(f"{document.company}\t\t{page_word} ").font.size = Pt(8.5)
    run = paragraph.add_run()
    run.font.size = Pt(8.5)
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        part = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            part.set(qn("w:fldCharType"), kind)
        part.text = text or None
        run._r.append(part)


def add(word, block, document: Document) -> None:
    from docx.shared import Cm, Pt

    match block:
        case Heading(text=text, level=level):
            word.add_heading(text, min(level, 3))
        case Paragraph(text=text):
            word.add_paragraph(text)
        case Columns(paragraphs=paragraphs):
            for text in paragraphs:
                word.add_paragraph(text)
        case Bullets(items=items):
            for item in items:
                word.add_paragraph(item, style="List Bullet")
        case Table():
            add_table(word, block, document)
        case Chart():
            chart = block if block.alt else Chart(**{**vars(block), "alt": block.described()})
            picture = word.add_picture(io.BytesIO(png(chart, document)), width=Cm(12.5))
            picture._inline.docPr.set("descr", chart.alt)
            word.paragraphs[-1].paragraph_format.space_before = Pt(8)


def add_table(word, table: Table, document: Document) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Cm, Pt, RGBColor

    if table.caption:
        caption = word.add_paragraph()
        caption.paragraph_format.space_before, caption.paragraph_format.space_after = Pt(8), Pt(3)
        caption.paragraph_format.keep_with_next = True
        caption.add_run(table.caption).bold = True
    columns = max(len(row.cells) for row in table.rows)
    grid = word.add_table(rows=0, cols=columns + 1)
    grid.style, grid.autofit = "Table Grid", False
    lines = [(table.header, True, True)] if table.header else []
    lines += [
        ((row.label, *row.cells, *[""] * (columns - len(row.cells))), row.strong or not row.cells, False)
        for row in table.rows
    ]
    wide = (16.2 - 2.6 * columns, *[2.6] * columns)
    for column, cm in zip(grid.columns, wide, strict=True):
        column.width = Cm(cm)
    for texts, bold, coloured in lines:
        for at, (cell, text) in enumerate(zip(grid.add_row().cells, texts, strict=True)):
            cell.width = Cm(wide[at])
            run = cell.paragraphs[0].add_run(text)
            run.bold, run.font.size = bold, Pt(9)
            cell.paragraphs[0].paragraph_format.space_after = Pt(0)
            if coloured:
                run.font.color.rgb = RGBColor.from_string(document.colour[1:])
            if at:
                cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT
    thin(grid)


def thin(grid) -> None:
    """Rules under the lines only, as in printed accounts."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    borders = OxmlElement("w:tblBorders")
    for side in ("top", "left", "bottom", "right", "insideH", "insideV"):
        border = OxmlElement(f"w:{side}")
        border.set(qn("w:val"), "single" if side in ("top", "bottom", "insideH") else "nil")
        border.set(qn("w:sz"), "4")
        border.set(qn("w:color"), "BBBBBB")
        borders.append(border)
    grid._tbl.tblPr.append(borders)
