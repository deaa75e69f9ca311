"""Pictures for lessons: matplotlib, legible on light and dark pages, safe for colour-blind readers, each with alt text.

The alt text is made from the numbers that are drawn, so the two cannot drift. Tables and token strips: helpers.show.
"""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito's palette (https://jfly.uni-koeln.de/color/), in an order whose neighbours differ in lightness.
COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#000000", "#f0e442")
LINE_STYLES = ("-", "--", ":", "-.")
MARKERS = ("o", "s", "^", "D")
HATCHES = ("", "//", "..", "xx")
STYLE = {
    "figure.facecolor": "white",
    "axes.facecolor": "white",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "font.size": 11,
    "text.color": "#1a1a1a",
    "axes.labelcolor": "#1a1a1a",
}
DPI = 110


@dataclass(frozen=True)
class Picture:
    """A drawn figure, with the text that says what it shows."""

    png: bytes
    alt: str
    width: int

    def _repr_mimebundle_(self, include=None, exclude=None) -> tuple[dict[str, Any], dict[str, Any]]:
        data = base64.b64encode(self.png).decode("ascii")
        # JupyterLab gives no alt to image/png and takes this markdown; others (GitHub, nbconvert) take the picture.
        image = f'<img alt="{html.escape(self.alt)}" width="{self.width}" src="data:image/png;base64,{data}">'
        bundle = {"text/markdown": image, "image/png": data, "text/plain": self.alt}
        return bundle, {"image/png": {"alt": self.alt, "width": self.width}}

    def __repr__(self) -> str:
        return self.alt


def bars(
    values: Mapping[str, float] | Mapping[str, Mapping[str, float]],
    *,
    title: str,
    unit: str,
    digits: int = 0,
    source: str = "",
) -> None:
    """Horizontal bars in the order given, each with its value at its end: label -> value in `unit`.

    Several series beside each other: name -> (label -> value), all with the same labels.
    source: which endpoint the numbers come from, for the foot of the picture; `endpoint.label`.
    """
    series = values if isinstance(next(iter(values.values())), Mapping) else {"": values}
    labels = list(next(iter(series.values())))
    figure, axes = _figure(height=0.9 + 0.42 * len(labels) * (1 + 0.5 * (len(series) - 1)))
    thickness, said = 0.8 / len(series), []
    for i, (name, numbers) in enumerate(series.items()):
        places = [row + i * thickness for row in range(len(labels))]
        look = {"color": COLOURS[i], "hatch": HATCHES[i % 4], "edgecolor": "white"}
        drawn = axes.barh(places, [numbers[label] for label in labels], height=thickness, label=name, **look)
        axes.bar_label(drawn, fmt=f"{{:,.{digits}f}}", padding=3)
        told = ", ".join(f"{label} {numbers[label]:,.{digits}f}" for label in labels)
        said.append(f"{name}: {told}" if name else told)
    axes.set_yticks([row + (len(series) - 1) * thickness / 2 for row in range(len(labels))], labels)
    axes.invert_yaxis()
    axes.margins(x=0.12)
    axes.set(xlabel=unit)
    if len(series) > 1:
        axes.legend(frameon=False)
    _show(figure, title, source, f"Bar chart: {title}, in {unit}. {'; '.join(said)}.")


def lines(
    series: Mapping[str, Sequence[float]],
    *,
    title: str,
    x: str,
    y: str,
    x_values: Sequence[float] | None = None,
    limit: tuple[str, float] | None = None,
    source: str = "",
) -> None:
    """One line a series over x_values (1, 2, 3 … by default); `limit` draws a named line; source: as for bars."""
    figure, axes = _figure(height=3.4)
    said = []
    for i, (name, values) in enumerate(series.items()):
        across = list(x_values) if x_values is not None else list(range(1, len(values) + 1))
        look = {"color": COLOURS[i % 8], "linestyle": LINE_STYLES[i % 4], "marker": MARKERS[i % 4]}
        axes.plot(across, values, label=name, markersize=4, **look)
        said.append(f"{name} goes from {values[0]:,.4g} at {across[0]:,.4g} to {values[-1]:,.4g} at {across[-1]:,.4g}")
    if limit:
        axes.axhline(limit[1], color=COLOURS[5], linewidth=1, linestyle=(0, (1, 1)))
        axes.annotate(limit[0], (0.01, limit[1]), xycoords=("axes fraction", "data"), va="bottom", color=COLOURS[5])
        said.append(f"a horizontal line marks {limit[0]} at {limit[1]:,.4g}")
    axes.set(xlabel=x, ylabel=y)
    axes.set_ylim(bottom=0)
    axes.xaxis.get_major_locator().set_params(integer=x_values is None)
    if len(series) > 1:
        axes.legend(frameon=False)
    _show(figure, title, source, f"Line chart: {title}; {y} over {x}. {'; '.join(said)}.")


def steps(boxes: Mapping[str, str], *, title: str) -> None:
    """Boxes from left to right with arrows between: name -> a few words under it."""
    figure, axes = _figure(height=1.7)
    axes.axis("off")
    axes.set(xlim=(0, len(boxes)), ylim=(0, 1))
    for i, (name, below) in enumerate(boxes.items()):
        look = {"boxstyle": "round,pad=0.5", "facecolor": "#cfe8fc", "edgecolor": "#1a1a1a"}
        axes.text(i + 0.5, 0.68, name, ha="center", va="center", bbox=look, fontweight="bold")
        axes.text(i + 0.5, 0.22, below, ha="center", va="center", fontsize=9)
        if i:
            axes.annotate("", (i + 0.2, 0.68), (i - 0.2, 0.68), arrowprops={"arrowstyle": "->", "color": "#1a1a1a"})
    said = "; then ".join(f"{name} ({' '.join(below.split())})" for name, below in boxes.items())
    _show(figure, title, "", f"Diagram: {title}. {said}.")


def _figure(height: float) -> tuple[Figure, Axes]:
    # Figure without pyplot: no window system, no global state, and a third of pyplot's import time.
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(7.6, height), layout="constrained")
        return figure, figure.subplots()


def _show(figure: Figure, title: str, source: str, alt: str) -> None:
    import matplotlib

    from helpers.show import show

    figure.axes[0].set_title(title, loc="left")
    if source:
        figure.supxlabel(f"made with the {source}", x=0.99, ha="right", fontsize=8)
        alt = f"{alt} Made with the {source}."
    with matplotlib.rc_context(STYLE):
        file = io.BytesIO()
        # No date and no version inside the file: the same numbers make the same bytes.
        figure.savefig(file, format="png", dpi=DPI, metadata={"Software": None})
    show(Picture(file.getvalue(), alt, int(figure.get_figwidth() * 96)))
