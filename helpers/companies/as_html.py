"""A document as the page of a web site: menu, cookie notice, related links, and tables inside a table for layout."""

from __future__ import annotations

from html import escape

from .pages import Bullets, Chart, Columns, Document, Heading, Paragraph, Row, Table

MENU = ("Home", "Our company", "Brands", "Careers", "Sustainability", "Investors", "Press", "Contact")
ASIDE = (
    "Share price and charts",
    "Financial calendar",
    "Corporate governance",
    "General meeting",
    "E-mail alerts",
    "Annual report archive",
)

CSS = """body{font:16px/1.55 Georgia,serif;color:#222;margin:0}header,footer,nav,aside,.cookie{font-family:Arial,sans-serif;font-size:14px}
header{background:%(colour)s;color:#fff;padding:18px 40px;font-size:20px}nav{background:#f1f1ee;padding:10px 40px}nav a{margin-right:18px;color:#333}
.cookie{background:#333;color:#fff;padding:10px 40px}.layout{width:100%%;max-width:1180px;margin:0 auto}.layout>tbody>tr>td{vertical-align:top;padding:24px}
h1,h2,h3{font-family:Arial,sans-serif;color:%(colour)s}aside{border-left:3px solid %(second)s;padding-left:16px}
table.figures{border-collapse:collapse;width:100%%;margin:12px 0}table.figures caption{text-align:left;font-weight:bold;padding:6px 0}
table.figures th,table.figures td{border-bottom:1px solid #ddd;padding:5px 8px;text-align:right}table.figures th:first-child,table.figures td:first-child{text-align:left}
tr.strong td,tr.strong th{font-weight:bold}.note{font-size:13px;color:#555}footer{background:#222;color:#ccc;padding:18px 40px}"""  # noqa: E501


def html(document: Document) -> str:
    """One file without anything to fetch; a "page" of the model becomes a section."""
    menu = " ".join(f'<a href="#">{item}</a>' for item in MENU)
    aside = "".join(f'<li><a href="#">{item}</a></li>' for item in ASIDE)
    sections = "\n".join(section(number, document) for number in range(1, len(document.pages) + 1))
    links = "".join(
        f'<li><a href="#s{number}">{escape(page.title)}</a></li>'
        for number, page in enumerate(document.pages, 1)
        if page.title
    )
    title = escape(f"{document.title} | Investors | {document.company}")
    style = CSS % {"colour": document.colour, "second": document.second_colour}
    return f"""<!DOCTYPE html>
<html lang="{document.language}">
<head><meta charset="utf-8"><title>{title}</title><style>{style}</style></head>
<body>
<div class="cookie">We use cookies to understand how this site is used. <button>Accept all</button> <button>Only necessary</button></div>
<header>{escape(document.company)}</header>
<nav>{menu}</nav>
<p class="note" style="padding:0 40px"><a href="#">Home</a> &rsaquo; <a href="#">Investors</a> &rsaquo; <a href="#">Reports</a> &rsaquo; {escape(document.title)}</p>
<table class="layout" role="presentation"><tr><td>
<main>
<ul class="note">{links}</ul>
{sections}
</main>
</td><td width="230"><aside><h3>Investors</h3><ul>{aside}</ul><h3>Contact</h3><p>Investor relations<br>ir@{escape(document.name.split("_")[0])}.example</p></aside></td></tr></table>
<footer>&copy; {escape(document.company)}. All rights reserved. Legal notice | Privacy | Accessibility | Follow us</footer>
</body></html>
"""  # noqa: E501


def section(number: int, document: Document) -> str:
    page = document.pages[number - 1]
    level = "h1" if number == 1 else "h2"
    title = f"<{level}>{escape(page.title)}</{level}>" if page.title else ""
    notes = "".join(f'<p class="note"><sup>1</sup> {escape(text)}</p>' for text in page.footnotes)
    body = "\n".join(of(block) for block in page.blocks)
    return f'<section id="s{number}">{title}\n{body}\n{notes}</section>'


def of(block) -> str:
    match block:
        case Heading(text=text, level=level):
            return f"<h{max(3, level)}>{escape(text)}</h{max(3, level)}>"
        case Paragraph(text=text):
            return f"<p>{escape(text)}</p>"
        case Bullets(items=items):
            return "<ul>" + "".join(f"<li>{escape(item)}</li>" for item in items) + "</ul>"
        case Columns(paragraphs=paragraphs):
            return '<div style="columns:2">' + "".join(f"<p>{escape(text)}</p>" for text in paragraphs) + "</div>"
        case Table(caption=caption, header=header, rows=rows):
            head = (
                "<thead><tr>" + "".join(f"<th>{escape(cell)}</th>" for cell in header) + "</tr></thead>"
                if header
                else ""
            )
            named = f"<caption>{escape(caption)}</caption>" if caption else ""
            columns = max(len(row.cells) for row in rows)
            return (
                f'<table class="figures">{named}{head}<tbody>'
                + "".join(line(row, columns) for row in rows)
                + "</tbody></table>"
            )
        case Chart():
            return bars(block)
    raise TypeError(f"no rule for {block!r}")


def line(row: Row, columns: int) -> str:
    cells = "".join(f"<td>{escape(cell)}</td>" for cell in (row.label, *row.cells, *[""] * (columns - len(row.cells))))
    return f'<tr class="strong">{cells}</tr>' if row.strong or not row.cells else f"<tr>{cells}</tr>"


def bars(chart: Chart) -> str:
    """A small chart as SVG, described in words."""
    (values,) = chart.series.values()
    most, parts = max(values), []
    for at, (category, value) in enumerate(zip(chart.categories, values, strict=True)):
        tall, x = 130 * value / most, 20 + 90 * at
        label = f'text-anchor="middle" font-size="12" x="{x + 28}"'
        parts.append(f'<rect x="{x}" y="{150 - tall:.1f}" width="56" height="{tall:.1f}" fill="#1F5F3F"/>')
        parts.append(f'<text {label} y="{144 - tall:.1f}">{value:,.{chart.decimals}f}</text>')
        parts.append(f'<text {label} y="168">{escape(category)}</text>')
    described = escape(chart.described(), quote=True)
    drawn = f'<svg role="img" aria-label="{described}" width="480" height="176">{"".join(parts)}</svg>'
    return f"<figure>{drawn}<figcaption>{escape(chart.title)} ({escape(chart.unit)})</figcaption></figure>"
