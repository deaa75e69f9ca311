"""What every picture has in common: one style, its source at its foot, and the text that says what it shows."""

from __future__ import annotations

import base64
import html
import io
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


def new_figure(height: float) -> tuple[Figure, Axes]:
    # Figure without pyplot: no window system, no global state, and a third of pyplot's import time.
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(7.6, height), layout="constrained")
        return figure, figure.subplots()


def show_figure(figure: Figure, title: str, source: str, alt: str, *, titled: bool = False) -> None:
    """Show a drawn figure. titled: it has its title already."""
    import matplotlib

    from helpers.show import show

    if not titled:
        figure.axes[0].set_title(title, loc="left")
    if source:
        figure.supxlabel(f"made with the {source}", x=0.99, ha="right", fontsize=8)
        alt = f"{alt} Made with the {source}."
    with matplotlib.rc_context(STYLE):
        file = io.BytesIO()
        # No date and no version inside the file: the same numbers make the same bytes.
        figure.savefig(file, format="png", dpi=DPI, metadata={"Software": None})
    show(Picture(file.getvalue(), alt, int(figure.get_figwidth() * 96)))
