"""DOCX: headings, paragraphs, lists and tables in the order of the document, then footnotes.

Pages exist only once a program lays the document out: a new page begins here where the author put a break, or where the
program that saved the file noted one. Running headers and footers are kept apart by the format, and left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from helpers.documents.composing import Composer
from helpers.documents.document import Document, Page, Picture
from helpers.documents.marks import raised

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_HEADING = re.compile(r"(?:heading|título|titre|überschrift)\s*(\d)", re.IGNORECASE)


def read(path: Path, kind: str) -> Document:
    import docx
    from docx.table import Table
    from docx.text.paragraph import Paragraph

    document = docx.Document(str(path))
    pages, composer, pictures, problems = [], Composer(), [], []

    def turn() -> None:
        nonlocal composer, pictures, problems
        pages.append(_page(len(pages) + 1, composer, pictures, problems))
        composer, pictures, problems = Composer(), [], []

    for block in document.iter_inner_content():
        try:
            if isinstance(block, Table):
                composer.add_table([list(_cells(row)) for row in block.rows])
                continue
            assert isinstance(block, Paragraph)
            before, after = _breaks(block._p)
            if before and (composer.text or pictures):
                turn()
            _add_paragraph(block, composer)
            pictures += _pictures(block, document.part)
            if after:
                turn()
        except Exception as problem:  # one broken block must not lose the document
            problems.append(f"a paragraph or table could not be read ({type(problem).__name__}: {problem})")
    for note in _footnotes(document.part):
        composer.add(note, apart=True)
    if composer.text or pictures or problems or not pages:
        turn()
    return Document(path, kind, tuple(pages))


def _page(number: int, composer: Composer, pictures: list[Picture], problems: list[str]) -> Page:
    return Page(
        number, composer.text, tuple(composer.tables), tuple(pictures), problem="; ".join(dict.fromkeys(problems))
    )


def _add_paragraph(paragraph: Any, composer: Composer) -> None:
    text = _text(paragraph._p).strip()
    if not text:
        return
    style = paragraph.style.name if paragraph.style is not None else ""
    if style.lower() == "title":
        composer.add(f"# {text}", apart=True)
    elif level := _HEADING.match(style):
        composer.add(f"{'#' * int(level[1])} {text}", apart=True)
    elif style.lower().startswith("list"):
        composer.add(f"- {text}")
    else:
        composer.add(text, apart=True)


def _text(element: Any) -> str:
    """Text as it would be printed: with tracked insertions and links, which python-docx leaves out; no deletions."""
    parts: list[str] = []
    for node in element.iter(f"{_W}t", f"{_W}tab", f"{_W}br", f"{_W}cr", f"{_W}noBreakHyphen", f"{_W}footnoteReference",
                             f"{_W}p"):  # fmt: skip
        name = node.tag.removeprefix(_W)
        if name == "t":
            parts.append(raised(node.text or "") if _is_raised(node) else node.text or "")
        elif name == "tab":
            parts.append("\t")
        elif name == "noBreakHyphen":
            parts.append("-")
        elif name == "footnoteReference":
            parts.append(f" [{node.get(f'{_W}id')}]")
        elif parts if name == "p" else node.get(f"{_W}type") not in ("page", "column"):
            parts.append("\n")
    return "".join(parts)


def _is_raised(node: Any) -> bool:
    """Whether a run's text is set as superscript."""
    run = node.getparent()
    how = run.find(f"{_W}rPr/{_W}vertAlign") if run is not None else None
    return how is not None and how.get(f"{_W}val") == "superscript"


def _cells(row: Any) -> Iterator[str]:
    """A row's texts, one a column: of a cell that spans several, its text and then empty ones."""
    last = None
    for cell in row.cells:
        yield _text(cell._tc) if cell._tc is not last else ""
        last = cell._tc


def _breaks(paragraph: Any) -> tuple[bool, bool]:
    """Whether a page begins before a paragraph, and after it."""
    before = bool(paragraph.xpath("./w:pPr/w:pageBreakBefore")) or bool(
        paragraph.xpath("./w:r[1]/w:lastRenderedPageBreak")
    )
    hard = paragraph.xpath(".//w:br[@w:type='page']")
    told = paragraph.xpath(".//w:t[normalize-space()]")
    if hard and told and hard[0].xpath("preceding::w:t[normalize-space()]")[-1:] != told[-1:]:
        # A break stands alone in its paragraph, or before its words, or after them.
        return True, False
    return before, bool(hard)


def _pictures(paragraph: Any, part: Any) -> list[Picture]:
    found = []
    for i, drawing in enumerate(paragraph._p.xpath(".//w:drawing"), 1):
        related = drawing.xpath(".//a:blip/@r:embed")
        named = drawing.xpath(".//wp:docPr")
        if related and related[0] in part.related_parts:
            image = part.related_parts[related[0]]
            alt = named[0].get("descr") or "" if named else ""
            name = named[0].get("name") or f"picture {i}" if named else f"picture {i}"
            found.append(Picture(name, alt, image.content_type, None, lambda image=image: image.blob))
    return found


def _footnotes(part: Any) -> Iterator[str]:
    """Footnotes, which analysts need and python-docx does not read: `[1] Restated.`"""
    from lxml import etree

    for relation in part.rels.values():
        if relation.is_external or not relation.reltype.endswith("/footnotes"):
            continue
        parser = etree.XMLParser(resolve_entities=False, no_network=True)
        for note in etree.fromstring(relation.target_part.blob, parser).iter(f"{_W}footnote"):
            text = _text(note).strip()
            if text and note.get(f"{_W}type") is None:
                yield f"[{note.get(f'{_W}id')}] {text}"
