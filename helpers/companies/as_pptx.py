"""A document as PPTX, by python-pptx: titles in their placeholders, real tables and charts, pictures with alt text."""

from __future__ import annotations

import io
from datetime import datetime

from .archives import settled
from .pages import Bullets, Chart, Columns, Document, Heading, Page, Paragraph, Table
from .pictures import png

WIDE, HIGH = 13.333, 7.5  # inches


def pptx(document: Document) -> bytes:
    from pptx import Presentation
    from pptx.util import Inches

    deck = Presentation()
    deck.slide_width, deck.slide_height = Inches(WIDE), Inches(HIGH)
    core = deck.core_properties
    core.title, core.author, core.last_modified_by = f"{document.company}: {document.title}", document.company, ""
    core.created = core.modified = datetime(2026, 1, 5, 9)
    for number, page in enumerate(document.pages, 1):
        slide = deck.slides.add_slide(deck.slide_layouts[5])  # title only
        cover = number == 1
        dress(slide, document, page, number, cover=cover)
        top = 4.2 if cover else 1.5
        for block in page.blocks:
            top = place(slide, block, document, top, cover=cover)
        if page.speaker_notes:
            slide.notes_slide.notes_text_frame.text = page.speaker_notes
    out = io.BytesIO()
    deck.save(out)
    return settled(out.getvalue())


def dress(slide, document: Document, page: Page, number: int, *, cover: bool) -> None:
    """Colours, title, running foot and the slide's number."""
    from pptx.enum.shapes import MSO_SHAPE
    from pptx.enum.text import PP_ALIGN
    from pptx.util import Inches, Pt

    band = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, 0, 0, Inches(WIDE), Inches(3.6 if cover else 0.14))
    line = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, 0, Inches(3.6 if cover else 0.14), Inches(WIDE), Inches(0.05))
    for shape, colour in ((band, document.colour), (line, document.second_colour)):
        shape.fill.solid()
        shape.fill.fore_color.rgb = rgb(colour)
        shape.line.fill.background()
        shape._element.addprevious(shape._element)
        slide.shapes._spTree.remove(shape._element)
        slide.shapes._spTree.insert(2, shape._element)  # behind the title
    title = slide.shapes.title
    title.left, title.top, title.width, title.height = (
        Inches(0.6),
        Inches(1.6 if cover else 0.4),
        Inches(12.1),
        Inches(0.95),
    )
    title.text = page.title
    style(title.text_frame.paragraphs[0], 40 if cover else 28, "#FFFFFF" if cover else document.colour, bold=True)
    foot = text_box(slide, 0.6, 7.02, 10.5, 0.35)
    foot.paragraphs[0].text = document.running_head
    style(foot.paragraphs[0], 11, "#666666")
    count = text_box(slide, 11.7, 7.02, 1.0, 0.35)
    count.paragraphs[0].text = str(number)
    count.paragraphs[0].alignment = PP_ALIGN.RIGHT
    style(count.paragraphs[0], 11, "#666666")
    title.text_frame.paragraphs[0].alignment = PP_ALIGN.LEFT
    title.text_frame.paragraphs[0].font.size = Pt(40 if cover else 28)


def rgb(colour: str):
    from pptx.dml.color import RGBColor

    return RGBColor.from_string(colour[1:])


def style(paragraph, size: float, colour: str, *, bold: bool = False) -> None:
    from pptx.util import Pt

    paragraph.font.size, paragraph.font.bold, paragraph.font.color.rgb = Pt(size), bold, rgb(colour)


def text_box(slide, left: float, top: float, wide: float, high: float):
    from pptx.util import Inches

    frame = slide.shapes.add_textbox(Inches(left), Inches(top), Inches(wide), Inches(high)).text_frame
    frame.word_wrap = True
    return frame


def place(slide, block, document: Document, top: float, *, cover: bool) -> float:
    """Put a block on the slide from `top` inches down; give back where the next one may begin."""
    from pptx.util import Inches, Pt

    match block:
        case Heading(text=text):
            frame = text_box(slide, 0.6, top, 12, 0.6)
            frame.paragraphs[0].text = text
            style(frame.paragraphs[0], 26 if cover else 20, document.colour, bold=True)
            return top + 0.65
        case Paragraph() | Bullets() | Columns():
            texts = (
                (block.text,)
                if isinstance(block, Paragraph)
                else block.items
                if isinstance(block, Bullets)
                else block.paragraphs
            )
            size = 15 if isinstance(block, Paragraph) else 20
            lines = sum(1 + len(text) // 125 for text in texts)
            frame = text_box(slide, 0.6, top, 12.1, 0.4 * lines)
            for at, text in enumerate(texts):
                paragraph = frame.paragraphs[0] if not at else frame.add_paragraph()
                paragraph.text = f"•  {text}" if isinstance(block, Bullets) else text
                paragraph.space_after = Pt(10)
                style(paragraph, 18 if cover else size, "#222222")
            return top + 0.33 * lines * size / 15 + 0.17 * len(texts)
        case Table():
            return place_table(slide, block, document, top)
        case Chart(picture=name) if name:
            shape = slide.shapes.add_picture(
                io.BytesIO(png(block, document)), Inches(2.05), Inches(top - 0.15), width=Inches(9.3)
            )
            shape._element.nvPicPr.cNvPr.set("descr", block.alt)
            shape.name = name
            return top + 5.3
        case Chart():
            place_chart(slide, block, document, top)
            return top + 5.3
    raise TypeError(f"no rule for {block!r}")


def place_table(slide, table: Table, document: Document, top: float) -> float:
    from pptx.enum.text import PP_ALIGN
    from pptx.util import Emu, Inches

    caption = text_box(slide, 0.6, top - 0.1, 12, 0.4)
    caption.paragraphs[0].text = table.caption
    style(caption.paragraphs[0], 14, "#444444")
    columns = max(len(row.cells) for row in table.rows)
    lines = [(*table.header,), *[(row.label, *row.cells) for row in table.rows]]
    high = min(0.5, 4.9 / len(lines))
    shape = slide.shapes.add_table(
        len(lines), columns + 1, Inches(0.6), Inches(top + 0.35), Inches(12.1), Inches(high * len(lines))
    )
    grid = shape.table
    for at in range(columns + 1):
        grid.columns[at].width = Inches(12.1 - 2.3 * columns if at == 0 else 2.3)
    for y, texts in enumerate(lines):
        strong = y == 0 or table.rows[y - 1].strong
        grid.rows[y].height = Inches(high)
        for x, text in enumerate(texts):
            cell = grid.cell(y, x)
            cell.text = text
            cell.margin_top = cell.margin_bottom = Emu(20000)
            paragraph = cell.text_frame.paragraphs[0]
            paragraph.alignment = PP_ALIGN.RIGHT if x else PP_ALIGN.LEFT
            style(paragraph, 15, "#FFFFFF" if y == 0 else "#222222", bold=strong)
            cell.fill.solid()
            cell.fill.fore_color.rgb = rgb(document.colour if y == 0 else "#F3F4F2" if y % 2 else "#FFFFFF")
    return top + 0.5 + high * len(lines)


def place_chart(slide, chart: Chart, document: Document, top: float) -> None:
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE, XL_LABEL_POSITION, XL_LEGEND_POSITION
    from pptx.util import Inches, Pt

    data = CategoryChartData(number_format="#,##0.0")
    data.categories = chart.categories
    for name, values in chart.series.items():
        data.add_series(name, values)
    shape = slide.shapes.add_chart(
        XL_CHART_TYPE.COLUMN_CLUSTERED, Inches(0.8), Inches(top), Inches(11.7), Inches(5.3), data
    )
    shape._element.nvGraphicFramePr.cNvPr.set("descr", chart.described())
    drawn = shape.chart
    drawn.font.size = Pt(14)
    drawn.has_title = True
    drawn.chart_title.text_frame.text = chart.title
    style(drawn.chart_title.text_frame.paragraphs[0], 16, "#444444")
    drawn.has_legend = len(chart.series) > 1
    if drawn.has_legend:
        drawn.legend.position, drawn.legend.include_in_layout = XL_LEGEND_POSITION.BOTTOM, False
    drawn.value_axis.visible = drawn.value_axis.has_major_gridlines = False
    drawn.value_axis.minimum_scale = 0
    plot = drawn.plots[0]
    plot.gap_width, plot.overlap, plot.has_data_labels = 60, -5, True
    plot.data_labels.number_format, plot.data_labels.number_format_is_linked = "#,##0.0", False
    plot.data_labels.position, plot.data_labels.font.size = XL_LABEL_POSITION.OUTSIDE_END, Pt(13)
    colours = ("#B9BDB8", document.colour) if len(chart.series) > 1 else (document.colour,)
    for series, colour in zip(plot.series, colours, strict=False):
        series.format.fill.solid()
        series.format.fill.fore_color.rgb = rgb(colour)
