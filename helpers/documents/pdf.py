"""PDF: text in reading order, tables with and without ruling lines, pictures, and a page rendered as a picture.

A PDF places characters; lines, columns and tables are inferred from where they stand.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from helpers.documents.columns import Drawn, Line, Word, column_tables, in_columns, lines_of
from helpers.documents.composing import Composer, Place
from helpers.documents.document import Document, DocumentError, Page, Picture
from helpers.documents.drawn_charts import bar_charts
from helpers.documents.marks import raise_characters

_LEAST_PICTURE = 40.0  # points: smaller ones are logos and bullets
_BULLET = re.compile(r"\(cid:\d+\)")  # a character that the file gives no letter for, which mostly is a bullet
_PARAGRAPH = 0.65  # of a line's height: a wider gap begins a paragraph


def read(path: Path, kind: str) -> Document:
    import pdfplumber
    from pdfplumber.utils.exceptions import PdfminerException

    try:
        file = pdfplumber.open(path)
    except PdfminerException as problem:
        cause = problem.args[0] if problem.args else problem
        if "Password" in type(cause).__name__ or "Encryption" in type(cause).__name__:
            raise DocumentError(
                f"{path.name} is encrypted", "Ask its owner for a copy without a password, or print it to a new PDF"
            ) from None
        raise DocumentError(
            f"{path.name} is damaged: {str(cause)[:200] or type(cause).__name__}",
            "Open it in a PDF viewer and print it to a new PDF; if that fails, ask for the file again",
        ) from None
    with file:
        pages = tuple(_page(page, path) for page in file.pages)
    if not pages:
        raise DocumentError(f"{path.name} has no page that can be read", "Ask for the file again")
    return Document(path, kind, pages)


def render_page(path: str | Path, number: int = 1, dpi: int = 100, clip: Place | None = None) -> bytes:
    """A page (the first is 1) as PNG; clip: left, top, right, bottom in points from the top left corner."""
    import pypdfium2

    pdf = pypdfium2.PdfDocument(Path(path))
    try:
        if not 1 <= number <= len(pdf):
            raise DocumentError(f"{Path(path).name} has {len(pdf)} pages, no page {number}", "Name one of them")
        page = pdf[number - 1]
        width, height = page.get_size()
        left, top, right, bottom = clip or (0, 0, width, height)
        crop = max(0, left), max(0, height - bottom), max(0, width - right), max(0, top)  # left, bottom, right, top
        image = page.render(scale=dpi / 72, crop=crop).to_pil()
        held = io.BytesIO()
        image.convert("RGB").save(held, "PNG")
        return held.getvalue()
    finally:
        pdf.close()


def _page(page: Any, path: Path) -> Page:
    number = page.page_number
    try:
        return _read_page(page, path)
    except Exception as problem:  # a bad page must not lose the others; parsers raise whatever it leads them into
        return Page(number, problem=f"could not be read ({type(problem).__name__}: {str(problem)[:150]})")
    finally:
        page.close()  # else every page's characters stay in memory


def _read_page(page: Any, path: Path) -> Page:
    raise_characters(page.chars)
    words = [
        Word(_BULLET.sub("•", w["text"]), w["x0"], w["top"], w["x1"], w["bottom"])
        for w in page.extract_words(x_tolerance_ratio=0.15, y_tolerance=2)
    ]
    found = list(_ruled_tables(page, words))
    inside = {id(word) for _, _, held in found for word in held}
    left = [word for word in words if id(word) not in inside]
    composer = Composer()
    ruled = [((places[0][1], rows, places), "table", "") for rows, places, _ in found if places]
    for part in in_columns(lines_of(left)):
        charts, rest = bar_charts(part)
        aligned, rest = column_tables(rest)
        own = [(drawn, "chart", title) for drawn, title in charts] + [(drawn, "table", "") for drawn in aligned]
        _compose(composer, rest, [*own, *_within(ruled, part)])
    _compose(composer, [], ruled)
    pictures = tuple(_pictures(page, path))
    problem = ""
    if not composer.text.strip() and page.images:
        problem = "holds a picture and no text, as a scan does: render it and let a model read the picture"
    return Page(
        page.page_number,
        composer.text,
        tuple(composer.tables),
        pictures,
        boxes=tuple(composer.boxes),
        width=float(page.width),
        height=float(page.height),
        problem=problem,
    )


Found = tuple[Drawn, str, str]  # a table, its kind, its title


def _within(tables: list[Found], part: Sequence[Line]) -> list[Found]:
    """Takes the ruled tables that stand beside or above a part's last line out of the list."""
    last = part[-1].bottom if part else 0.0
    taken = [table for table in tables if table[0][0] < last]
    tables[:] = [table for table in tables if table[0][0] >= last]
    return taken


def _compose(composer: Composer, lines: Sequence[Line], tables: Sequence[Found]) -> None:
    """Lines and tables of one part of a page from top to bottom."""
    above: Line | None = None
    items: list[tuple[float, Line | Found]] = [(line.top, line) for line in lines]
    items += [(found[0][0], found) for found in tables]
    for top, item in sorted(items, key=lambda one: one[0]):
        if isinstance(item, Line):
            apart = above is None or item.top - above.bottom > _PARAGRAPH * min(item.height, above.height)
            composer.add(item.text, (item.left, top, item.right, item.bottom), apart=apart)
            above = item
        else:
            (_, rows, places), kind, title = item
            composer.add_table(rows, places, kind=kind, title=title, headed=True if kind == "chart" else None)
            above = None


def _ruled_tables(page: Any, words: Sequence[Word]) -> Iterator[tuple[list[list[str]], list[Place], list[Word]]]:
    """Tables that ruling lines draw: cells, places of rows, and the words that stand in them."""
    if len(page.rects) + len(page.lines) + len(page.curves) < 3:
        return
    for table in page.find_tables():
        rows = [[cell for cell in row.cells] for row in table.rows]
        if len(rows) < 2 or max(map(len, rows)) < 2:
            continue
        cells: list[list[list[Word]]] = [[[] for _ in row] for row in rows]
        held = []
        left, top, right, bottom = table.bbox
        for word in words:
            across, down = word.middle, word.line
            if not (left <= across <= right and top <= down <= bottom):
                continue
            for i, row in enumerate(rows):
                for j, cell in enumerate(row):
                    if cell and cell[0] <= across <= cell[2] and cell[1] <= down <= cell[3]:
                        cells[i][j].append(word)
                        held.append(word)
        told = [[" ".join(line.text for line in lines_of(cell)) for cell in row] for row in cells]
        if sum(any(text for text in row) for row in told) < 2 or not _columns(told):
            continue
        places = [tuple(map(float, row.bbox)) for row in table.rows]
        kept = [(row, place) for row, place in zip(told, places, strict=True) if any(row)]
        yield [row for row, _ in kept], [place for _, place in kept], held


def _columns(rows: Sequence[Sequence[str]]) -> bool:
    """Whether two columns hold text: a frame around a paragraph has lines too, and is no table."""
    return sum(any(column) for column in zip(*rows, strict=False)) > 1


def _pictures(page: Any, path: Path) -> Iterator[Picture]:
    number = page.page_number
    for i, image in enumerate(page.images, 1):
        box = tuple(float(image[side]) for side in ("x0", "top", "x1", "bottom"))
        if box[2] - box[0] < _LEAST_PICTURE or box[3] - box[1] < _LEAST_PICTURE:
            continue
        yield Picture(
            f"picture {i} of page {number}", box=box, load=lambda box=box: render_page(path, number, dpi=150, clip=box)
        )
