"""Documents: a page with its chunks drawn over it."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from helpers.plots.figure import COLOURS, new_figure, show_figure

if TYPE_CHECKING:
    from helpers.documents import Page

_NEAR = 40  # characters of a chunk's beginning in the text that says what is shown


def page_chunks(
    image: bytes, page: Page, spans: Sequence[tuple[int, int]], *, title: str, top: float = 0.0, bottom: float = 1.0
) -> None:
    """A rendered page with a coloured, numbered box for each line of each chunk.

    image: the page as PNG (`documents.render_page`). spans: where each chunk starts and ends in the page's text; what
    lies outside the page is left out. A line that is cut is coloured up to the cut. top, bottom: the part of the page
    that is shown, as shares of its height.
    """
    from PIL import Image

    own = [(max(0, a), min(len(page.text), b)) for a, b in spans if a < len(page.text) and b > 0]
    with Image.open(io.BytesIO(image)) as picture:
        shown = picture.crop((0, int(top * picture.height), picture.width, int(bottom * picture.height)))
    figure, axes = new_figure(height=7.6 * shown.height / shown.width)
    axes.imshow(shown, extent=(0, page.width, bottom * page.height, top * page.height), interpolation="antialiased")
    axes.set(xlim=(0, page.width), ylim=(bottom * page.height, top * page.height))
    axes.axis("off")
    said = []
    for number, (start, end) in enumerate(own, 1):
        lines = [box for box in page.boxes if box.start < end and box.end > start]
        for i, box in enumerate(lines):
            _mark(axes, box, start, end, number, named=i == 0)
        cut = sum(box.start < start < box.end for box in lines)
        begins = " ".join(page.text[start:end].split())[:_NEAR]
        said.append(
            f"chunk {number} covers {len(lines)} lines{' and begins inside a line' if cut else ''}: “{begins}…”"
        )
    show_figure(figure, title, "", f"Page {page.number} with its chunks: {title}. {'; '.join(said)}.")


def _mark(axes, box, start: int, end: int, number: int, *, named: bool) -> None:
    """A box over a line, as far as the chunk reaches; a number at the left of its first line."""
    from matplotlib.patches import Rectangle

    width, length = box.right - box.left, max(1, box.end - box.start)
    left = box.left + width * max(0, start - box.start) / length
    right = box.left + width * min(length, end - box.start) / length
    colour = COLOURS[(number - 1) % 6]
    look = {"facecolor": colour, "edgecolor": colour, "alpha": 0.3, "linewidth": 0}
    axes.add_patch(Rectangle((left - 2, box.top - 1), right - left + 4, box.bottom - box.top + 2, **look))
    if named:
        place = (max(12, box.left - 16), (box.top + box.bottom) / 2)
        edge = {"boxstyle": "circle,pad=0.2", "facecolor": "white", "edgecolor": colour, "linewidth": 2}
        axes.text(*place, str(number), ha="center", va="center", fontsize=9, fontweight="bold", bbox=edge)
