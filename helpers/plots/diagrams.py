"""Boxes and arrows."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping

from helpers.plots.figure import new_figure, show_figure

_CHARACTERS = 100  # of the picture's width, in the words under the boxes
_IN_A_ROW = 3  # where the words do not fit beside each other
_LINE = 30


def steps(boxes: Mapping[str, str], *, title: str) -> None:
    """Boxes from left to right with arrows between: name -> a few words under it.

    Where the words have no room beside each other, the boxes stand in rows of three and the words are wrapped.
    """
    said = "; then ".join(f"{name} ({' '.join(below.split())})" for name, below in boxes.items())
    alt = f"Diagram: {title}. {said}."
    longest = max((len(line) for below in boxes.values() for line in below.split("\n")), default=0)
    if longest * len(boxes) > _CHARACTERS + 20:
        _rows(boxes, title, alt)
        return
    figure, axes = new_figure(height=1.7)
    axes.axis("off")
    axes.set(xlim=(0, len(boxes)), ylim=(0, 1))
    for i, (name, below) in enumerate(boxes.items()):
        look = {"boxstyle": "round,pad=0.5", "facecolor": "#cfe8fc", "edgecolor": "#1a1a1a"}
        axes.text(i + 0.5, 0.68, name, ha="center", va="center", bbox=look, fontweight="bold")
        axes.text(i + 0.5, 0.22, below, ha="center", va="center", fontsize=9)
        if i:
            axes.annotate("", (i + 0.2, 0.68), (i - 0.2, 0.68), arrowprops={"arrowstyle": "->", "color": "#1a1a1a"})
    show_figure(figure, title, "", alt)


def _rows(boxes: Mapping[str, str], title: str, alt: str) -> None:
    """The same in rows, each read from left to right; an arrow leads from the end of one to the next."""
    rows = math.ceil(len(boxes) / _IN_A_ROW)
    figure, axes = new_figure(height=0.5 + 1.25 * rows)
    axes.axis("off")
    axes.set(xlim=(0, _IN_A_ROW), ylim=(-rows, 0))
    arrow = {"arrowstyle": "->", "color": "#1a1a1a"}
    for i, (name, below) in enumerate(boxes.items()):
        x, y = i % _IN_A_ROW + 0.5, -(i // _IN_A_ROW) - 0.25
        look = {"boxstyle": "round,pad=0.5", "facecolor": "#cfe8fc", "edgecolor": "#1a1a1a"}
        axes.text(x, y, name, ha="center", va="center", bbox=look, fontweight="bold")
        words = textwrap.fill(" ".join(below.split()), _LINE)
        axes.text(x, y - 0.22, words, ha="center", va="top", fontsize=9, linespacing=1.25)
        if i % _IN_A_ROW:
            axes.annotate("", (x - 0.3, y), (x - 0.7, y), arrowprops=arrow)
        elif i:
            axes.annotate("", (x - 0.3, y), (x - 0.5, y), arrowprops=arrow)
    show_figure(figure, title, "", alt)
