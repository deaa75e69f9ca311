"""A document as PDF, by reportlab: one page of the model is one page of paper, or it is an error.

Only the standard fonts are used and nothing is compressed, so the bytes are the same on every system.
"""

from __future__ import annotations

import io
from html import escape

from .pages import Bullets, Chart, Columns, Document, Heading, Page, Paragraph, Table
from .words import number

MARGIN, HEAD, FOOT = 57, 62, 52  # points


def pdf(document: Document, page_word: str) -> bytes:
    from reportlab.lib.pagesizes import A4
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1, pageCompression=0)
    canvas.setTitle(f"{document.company}: {document.title}")
    canvas.setAuthor(document.company)
    for at, page in enumerate(document.pages, 1):
        cover = at == 1 and len(document.pages) > 4
        furniture(canvas, document, page, at, cover=cover, page_word=page_word)
        fill(canvas, document, page, at, cover=cover)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def furniture(canvas, document: Document, page: Page, at: int, *, cover: bool, page_word: str) -> None:
    """What every page has: running head, colours, footer with the page's number."""
    wide, high = canvas._pagesize
    canvas.setFillColor(document.colour)
    if cover:
        canvas.rect(0, high - 330, wide, 330, stroke=0, fill=1)
        canvas.setFillColor(document.second_colour)
        canvas.rect(0, high - 336, wide, 6, stroke=0, fill=1)
        canvas.setFillColor("white")
        canvas.setFont("Helvetica-Bold", 30)
        canvas.drawString(MARGIN, high - 205, page.title)
        canvas.setFont("Helvetica", 17)
        canvas.drawString(MARGIN, high - 235, document.company)
    else:
        canvas.rect(0, high - 8, wide, 8, stroke=0, fill=1)
        canvas.setFont("Helvetica", 8)
        canvas.setFillColor("#666666")
        canvas.drawString(MARGIN, high - 34, document.running_head)
        canvas.setStrokeColor("#BBBBBB")
        canvas.setLineWidth(0.5)
        canvas.line(MARGIN, high - 40, wide - MARGIN, high - 40)
    canvas.setFillColor("#666666")
    canvas.setFont("Helvetica", 8)
    canvas.drawString(MARGIN, 28, document.company)
    canvas.drawRightString(wide - MARGIN, 28, f"{page_word} {at}")


def fill(canvas, document: Document, page: Page, at: int, *, cover: bool) -> None:
    """Lay the blocks into the page's frame, footnotes above the footer; ValueError if they do not fit."""
    from reportlab.platypus import Frame
    from reportlab.platypus import Paragraph as Text

    look = styles(document)
    wide, high = canvas._pagesize
    bottom = FOOT
    for text in reversed(page.footnotes):
        note = Text(f"<super>1</super> {escape(text)}", look["note"])
        _, tall = note.wrap(wide - 2 * MARGIN, high)
        note.drawOn(canvas, MARGIN, bottom)
        bottom += tall + 4
    if page.footnotes:
        canvas.setStrokeColor("#999999")
        canvas.line(MARGIN, bottom + 2, MARGIN + 120, bottom + 2)
        bottom += 8
    story = [] if cover or not page.title else [Text(escape(page.title), look["title"])]
    blocks = [block for block in page.blocks if not (cover and isinstance(block, Heading) and block.level == 1)]
    for block in blocks:
        story += flowables(block, document, look, wide - 2 * MARGIN)
    top = high - (380 if cover else HEAD)
    frame = Frame(MARGIN, bottom, wide - 2 * MARGIN, top - bottom, 0, 0, 0, 0)
    frame.addFromList(story, canvas)
    if story:
        raise ValueError(f"page {at} of {document.name} is too full: {story[0]!r} does not fit")


def styles(document: Document) -> dict:
    from reportlab.lib.styles import ParagraphStyle

    body = ParagraphStyle("body", fontName="Helvetica", fontSize=10, leading=14.4, spaceAfter=6, textColor="#222222")
    return {
        "body": body,
        "column": ParagraphStyle("column", body, fontSize=11, leading=17, spaceAfter=11),
        "title": ParagraphStyle(
            "title", body, fontName="Helvetica-Bold", fontSize=18, leading=23, spaceAfter=10, textColor=document.colour
        ),
        "h2": ParagraphStyle(
            "h2", body, fontName="Helvetica-Bold", fontSize=13, leading=17, spaceBefore=8, textColor=document.colour
        ),
        "h3": ParagraphStyle(
            "h3", body, fontName="Helvetica-Bold", fontSize=10.5, leading=14, spaceBefore=4, spaceAfter=3
        ),
        "caption": ParagraphStyle(
            "caption", body, fontName="Helvetica-Bold", fontSize=9.2, leading=12, spaceBefore=6, spaceAfter=3
        ),
        "note": ParagraphStyle("note", body, fontSize=7.6, leading=9.6, spaceAfter=0, textColor="#444444"),
        "bullet": ParagraphStyle("bullet", body, leftIndent=12, bulletIndent=2, spaceAfter=3),
    }


def flowables(block, document: Document, look: dict, wide: float) -> list:
    from reportlab.platypus import Paragraph as Text

    match block:
        case Heading(text=text, level=level):
            return [Text(escape(text), look["h3" if level > 2 else "h2"])]
        case Paragraph(text=text, small=small):
            return [Text(escape(text), look["note" if small else "body"])]
        case Bullets(items=items):
            return [Text(escape(item), look["bullet"], bulletText="•") for item in items]
        case Columns(paragraphs=paragraphs):
            return [two_columns([Text(escape(text), look["column"]) for text in paragraphs], wide)]
        case Table():
            return table_of(block, document, look, wide)
        case Chart():
            return [Text(escape(f"{block.title} ({block.unit})"), look["caption"]), drawing_of(block, document, wide)]
    raise TypeError(f"no rule for {block!r}")


def two_columns(texts: list, wide: float):
    """Paragraphs side by side, the left column at least as tall as the right one."""
    from reportlab.platypus import Table as Grid

    gap = 20
    column = (wide - gap) / 2
    heights = [text.wrap(column, 10_000)[1] + text.style.spaceAfter for text in texts]
    cut = next(k for k in range(1, len(texts) + 1) if 2 * sum(heights[:k]) >= sum(heights))
    padding = [(f"{side}PADDING", (0, 0), (-1, -1), 0) for side in ("LEFT", "RIGHT", "TOP", "BOTTOM")]
    cells = [[texts[:cut], "", texts[cut:]]]
    return Grid(cells, colWidths=[column, gap, column], style=[*padding, ("VALIGN", (0, 0), (-1, -1), "TOP")])


def table_of(table: Table, document: Document, look: dict, wide: float) -> list:
    from reportlab.platypus import Paragraph as Text
    from reportlab.platypus import Spacer
    from reportlab.platypus import Table as Grid

    columns = max(len(row.cells) for row in table.rows)
    narrow = 82 if columns < 4 else 62
    data = [list(table.header)] if table.header else []
    rules = [
        ("FONT", (0, 0), (-1, -1), "Helvetica", 9.4),
        ("ALIGN", (1, 0), (-1, -1), "RIGHT"),
        ("TOPPADDING", (0, 0), (-1, -1), 3.4),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3.6),
        ("LEFTPADDING", (0, 0), (0, -1), 0),
        ("LINEBELOW", (0, 0), (-1, -1), 0.25, "#DDDDDD"),
    ]
    if table.header:
        rules += [
            ("FONT", (0, 0), (-1, 0), "Helvetica-Bold", 9),
            ("TEXTCOLOR", (0, 0), (-1, 0), document.colour),
            ("LINEBELOW", (0, 0), (-1, 0), 1, document.colour),
        ]
    for row in table.rows:
        at = len(data)
        data.append([row.label, *row.cells, *[""] * (columns - len(row.cells))])
        if row.strong or not row.cells:
            rules.append(("FONT", (0, at), (-1, at), "Helvetica-Bold", 9))
        if row.strong:
            rules.append(("LINEABOVE", (1, at), (-1, at), 0.6, "#444444"))
    grid = Grid(data, colWidths=[wide - columns * narrow, *[narrow] * columns], style=rules, hAlign="LEFT")
    caption = [Text(escape(table.caption), look["caption"])] if table.caption else []
    return [*caption, grid, Spacer(1, 10)]


def drawing_of(chart: Chart, document: Document, wide: float):
    from reportlab.graphics.charts.barcharts import VerticalBarChart
    from reportlab.graphics.shapes import Drawing
    from reportlab.lib.colors import HexColor

    drawing, bars = Drawing(wide, 190), VerticalBarChart()
    bars.x, bars.y, bars.width, bars.height = 42, 24, wide - 60, 145
    bars.data = [list(values) for values in chart.series.values()]
    bars.categoryAxis.categoryNames = list(chart.categories)
    bars.categoryAxis.labels.fontName = bars.valueAxis.labels.fontName = bars.barLabels.fontName = "Helvetica"
    bars.categoryAxis.labels.fontSize = bars.valueAxis.labels.fontSize = bars.barLabels.fontSize = 8
    bars.valueAxis.valueMin = 0
    bars.valueAxis.valueMax = 1.15 * max(max(values) for values in chart.series.values())
    bars.valueAxis.strokeColor = None
    bars.valueAxis.visibleGrid = bars.valueAxis.gridStrokeWidth = 0
    bars.valueAxis.visible = 0
    bars.barLabelFormat, bars.barLabels.nudge = lambda value: number(value, chart.decimals, document.language), 7
    bars.groupSpacing = 14
    for at, colour in zip(range(len(chart.series)), (document.colour, document.second_colour), strict=False):
        bars.bars[at].fillColor, bars.bars[at].strokeColor = HexColor(colour), None
    drawing.add(bars)
    return drawing
