"""Numbers as bars and lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from helpers.plots.figure import COLOURS, HATCHES, LINE_STYLES, MARKERS, new_figure, show_figure


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
    several = len(series) - 1
    figure, axes = new_figure(height=0.9 + 0.42 * len(labels) * (1 + 0.5 * several) + 0.2 * bool(several))
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
        # Under the axes: inside them it would lie on bars, above them on a long title.
        figure.legend(frameon=False, loc="outside lower left", ncols=len(series))
    show_figure(figure, title, source, f"Bar chart: {title}, in {unit}. {'; '.join(said)}.")


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
    figure, axes = new_figure(height=3.4)
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
    show_figure(figure, title, source, f"Line chart: {title}; {y} over {x}. {'; '.join(said)}.")
