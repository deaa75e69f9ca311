"""What a time is made of: a bar an hour or a day, each a stack of kinds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from helpers.plots.figure import COLOURS, HATCHES, new_figure, show_figure

_MOST_TICKS = 12
_OTHERS = "#9aa0a6"


def stacked(
    times: Sequence[str],
    series: Mapping[str, Sequence[float]],
    *,
    title: str,
    unit: str,
    others: str = "",
    source: str = "",
) -> None:
    """A bar for each time, of one part a series: name -> values, one for each time, in the order in which they lie.

    others: the name of a series that is drawn in grey, for what is nothing of its own. source: as for bars.
    """
    figure, axes = new_figure(height=3.8)
    below = [0.0] * len(times)
    said = []
    for i, (name, values) in enumerate(series.items()):
        colour = _OTHERS if name == others else COLOURS[i % len(COLOURS)]
        look = {"color": colour, "hatch": HATCHES[i % 4], "edgecolor": "white", "linewidth": 0.3}
        axes.bar(range(len(times)), values, bottom=below, width=0.9, label=name, **look)
        below = [under + value for under, value in zip(below, values, strict=True)]
        most = max(range(len(times)), key=lambda place: values[place])
        said.append(f"{name} {sum(values):,.0f} in all, most at {times[most]} with {values[most]:,.0f}")
    step = max(1, -(-len(times) // _MOST_TICKS))
    axes.set_xticks(range(0, len(times), step), [times[i] for i in range(0, len(times), step)], rotation=30, ha="right")
    axes.set(ylabel=unit)
    axes.margins(x=0.01)
    figure.legend(frameon=False, loc="outside lower left", ncols=min(len(series), 4), fontsize=9)
    span = f"from {times[0]} to {times[-1]}" if times else "without a time"
    show_figure(figure, title, source, f"Stacked bar chart: {title}, in {unit}, {span}. {'; '.join(said)}.")
