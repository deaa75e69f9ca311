"""PPTX: text frames, tables, the numbers behind native charts, pictures with their alternative text, speaker notes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from helpers.documents.composing import Composer, Place
from helpers.documents.document import Document, Page, Picture
from helpers.documents.marks import raised

_POINT = 12_700  # EMU, the format's unit
_SAME_ROW = 18.0  # points: frames whose tops differ less stand beside each other


def read(path: Path, kind: str) -> Document:
    from pptx import Presentation

    deck = Presentation(str(path))
    size = (deck.slide_width or 0) / _POINT, (deck.slide_height or 0) / _POINT
    return Document(path, kind, tuple(_page(i, slide, size) for i, slide in enumerate(deck.slides, 1)))


def _page(number: int, slide: Any, size: tuple[float, float]) -> Page:
    composer, pictures, problems = Composer(), [], []
    try:
        _raise_marks(slide)
        title = slide.shapes.title
        for shape in in_reading_order(slide.shapes, title.shape_id if title is not None else None):
            try:
                pictures += _add(shape, composer)
            except Exception as problem:  # one broken shape must not lose the slide
                problems.append(f"{shape.name} could not be read ({type(problem).__name__}: {problem})")
        notes = slide.notes_slide.notes_text_frame if slide.has_notes_slide else None
        said = notes.text.strip() if notes is not None else ""
    except Exception as problem:
        return Page(number, composer.text, problem=f"the slide could not be read ({type(problem).__name__}: {problem})")
    return Page(
        number,
        composer.text,
        tuple(composer.tables),
        tuple(pictures),
        said.replace("\v", "\n"),
        tuple(composer.boxes),
        *size,
        "; ".join(problems),
    )


def _raise_marks(slide: Any) -> None:
    """Runs that are set high, in the copy that is in memory."""
    for run in slide._element.xpath(".//a:r[a:rPr/@baseline > 0]"):
        run.t.text = raised(run.t.text or "")


def in_reading_order(shapes: Iterable[Any], title: int | None = None) -> Iterator[Any]:
    """The title, then the shapes row by row from left to right, those of a group together.

    The file's own order is the order of drawing: what was added last comes last, wherever it stands.
    """
    placed = sorted(shapes, key=lambda s: ((s.top or 0), (s.left or 0)))
    rows: list[list[Any]] = []
    for shape in placed:
        if rows and ((shape.top or 0) - (rows[-1][0].top or 0)) / _POINT < _SAME_ROW:
            rows[-1].append(shape)
        else:
            rows.append([shape])
    ordered = [shape for row in rows for shape in sorted(row, key=lambda s: s.left or 0)]
    for shape in sorted(ordered, key=lambda s: s.shape_id != title):
        if hasattr(shape, "shapes"):
            yield from in_reading_order(shape.shapes)
        else:
            yield shape


def _add(shape: Any, composer: Composer) -> list[Picture]:
    place = _place(shape)
    if shape.has_chart:
        _add_chart(shape.chart, composer, place, _alt(shape) or shape.name)
    elif shape.has_table:
        rows = [[cell.text for cell in row.cells] for row in shape.table.rows]
        composer.add_table(rows, _row_places(shape.table, place))
    elif shape.has_text_frame:
        paragraphs = [text for p in shape.text_frame.paragraphs if (text := p.text.replace("\v", "\n").strip())]
        tall = (place[3] - place[1]) / max(1, len(paragraphs)) if place else 0.0
        for i, text in enumerate(paragraphs):
            own = (place[0], place[1] + i * tall, place[2], place[1] + (i + 1) * tall) if place else None
            composer.add(text, own, apart=i == 0)
    elif hasattr(shape, "image"):
        image = shape.image
        return [Picture(shape.name, _alt(shape), image.content_type, place, lambda: image.blob)]
    return []


def _add_chart(chart: Any, composer: Composer, place: Place | None, name: str) -> None:
    """A native chart keeps its numbers: a row a category, a column a series."""
    title = chart.chart_title.text_frame.text if chart.has_title and chart.chart_title.has_text_frame else name
    plots = list(chart.plots)
    categories = [str(category) for category in plots[0].categories] if plots else []
    series = [one for plot in plots for one in plot.series]
    rows = [["", *(one.name or "series" for one in series)]]
    columns = [list(one.values) for one in series]
    for i, category in enumerate(categories or [str(i + 1) for i in range(max(map(len, columns), default=0))]):
        rows.append([category, *(_number(values[i]) if i < len(values) else "" for values in columns)])
    composer.add(f"Chart: {title}", place, apart=True)
    composer.add_table(rows, kind="chart", title=title, headed=True)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.10g}"


def _alt(shape: Any) -> str:
    """The alternative text that the author gave, which python-pptx has no property for."""
    found = shape._element.xpath(".//p:cNvPr/@descr")
    return str(found[0]).strip() if found else ""


def _place(shape: Any) -> Place | None:
    if shape.left is None or shape.top is None or shape.width is None or shape.height is None:
        return None
    left, top = shape.left / _POINT, shape.top / _POINT
    return left, top, left + shape.width / _POINT, top + shape.height / _POINT


def _row_places(table: Any, place: Place | None) -> list[Place]:
    if place is None:
        return []
    found, top = [], place[1]
    for row in table.rows:
        bottom = top + row.height / _POINT
        found.append((place[0], top, place[2], bottom))
        top = bottom
    return found
