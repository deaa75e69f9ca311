"""Small multiples: one small chart a figure, side by side, each with its own scale and the same series in it."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence

from helpers.plots.figure import COLOURS, LINE_STYLES, MARKERS, STYLE, show_figure

_ACROSS = 3
_TITLE = 28  # characters of a panel's title on one line


def small_multiples(
    panels: Mapping[str, Mapping[str, Mapping[str, float | None]]],
    *,
    title: str,
    places: Sequence[str],
    source: str = "",
) -> None:
    """Lines with markers: panel -> series -> place -> value; None, or no entry, where there is none.

    places: what stands across, in order, such as years. All panels have the same series, in the same colours and marks.
    A panel's name says its unit. source: as for bars.
    """
    import matplotlib
    from matplotlib.figure import Figure

    if not panels:
        from helpers.show import text

        text("*There is nothing to draw.*")
        return
    names = list(dict.fromkeys(name for panel in panels.values() for name in panel))
    columns = min(_ACROSS, len(panels))
    rows = math.ceil(len(panels) / columns)
    with matplotlib.rc_context({**STYLE, "font.size": 9}):
        figure = Figure(figsize=(7.6, 0.9 + 1.95 * rows), layout="constrained")
        axes = figure.subplots(rows, columns, squeeze=False)
    for i, (panel, series) in enumerate(panels.items()):
        _draw(axes[i // columns][i % columns], panel, series, names, places)
    for i in range(len(panels), rows * columns):
        axes[i // columns][i % columns].set_axis_off()
    handles = [
        matplotlib.lines.Line2D([], [], color=COLOURS[i % 8], linestyle=LINE_STYLES[i % 4], marker=MARKERS[i % 4])
        for i in range(len(names))
    ]
    figure.legend(handles, names, loc="outside lower left", ncols=len(names), frameon=False, fontsize=9)
    figure.suptitle(title, x=0.01, ha="left", fontsize=12)
    show_figure(figure, title, source, f"Small charts: {title}. {_told(panels)}", titled=True)


def _draw(axes, panel: str, series: Mapping[str, Mapping[str, float | None]], names: list[str], places) -> None:
    for i, name in enumerate(names):
        known = [
            (x, series[name][place]) for x, place in enumerate(places) if series.get(name, {}).get(place) is not None
        ]
        if not known:
            continue
        across, values = zip(*known, strict=True)
        look = {"color": COLOURS[i % 8], "linestyle": LINE_STYLES[i % 4], "marker": MARKERS[i % 4]}
        axes.plot(across, values, markersize=5, markeredgecolor="white", **look)
    axes.set_title(textwrap.fill(panel, _TITLE), loc="left", fontsize=9)
    axes.set_xticks(range(len(places)), places, fontsize=8)
    axes.set_xlim(-0.3, len(places) - 0.7)
    low, high = axes.get_ylim()
    if low < 0 < high:
        axes.axhline(0, color="#777777", linewidth=0.8)
    axes.margins(y=0.15)
    axes.tick_params(axis="y", labelsize=8)
    axes.grid(axis="y", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)


def _told(panels: Mapping[str, Mapping[str, Mapping[str, float | None]]]) -> str:
    parts = []
    for panel, series in panels.items():
        said = "; ".join(
            f"{name} " + ", ".join(f"{value:,.4g} in {place}" for place, value in values.items() if value is not None)
            for name, values in series.items()
            if any(value is not None for value in values.values())
        )
        parts.append(f"{panel}: {said or 'nothing'}.")
    return " ".join(parts)
