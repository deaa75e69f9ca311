"""Boxes and arrows."""

from __future__ import annotations

from collections.abc import Mapping

from helpers.plots.figure import new_figure, show_figure


def steps(boxes: Mapping[str, str], *, title: str) -> None:
    """Boxes from left to right with arrows between: name -> a few words under it."""
    figure, axes = new_figure(height=1.7)
    axes.axis("off")
    axes.set(xlim=(0, len(boxes)), ylim=(0, 1))
    for i, (name, below) in enumerate(boxes.items()):
        look = {"boxstyle": "round,pad=0.5", "facecolor": "#cfe8fc", "edgecolor": "#1a1a1a"}
        axes.text(i + 0.5, 0.68, name, ha="center", va="center", bbox=look, fontweight="bold")
        axes.text(i + 0.5, 0.22, below, ha="center", va="center", fontsize=9)
        if i:
            axes.annotate("", (i + 0.2, 0.68), (i - 0.2, 0.68), arrowprops={"arrowstyle": "->", "color": "#1a1a1a"})
    said = "; then ".join(f"{name} ({' '.join(below.split())})" for name, below in boxes.items())
    show_figure(figure, title, "", f"Diagram: {title}. {said}.")
