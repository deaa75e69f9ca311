"""What was measured, with how sure it is: values with their intervals, and what each costs."""

from __future__ import annotations

from collections.abc import Mapping

from helpers.intervals import Interval
from helpers.plots.figure import COLOURS, MARKERS, new_figure, show_figure


def intervals(
    values: Mapping[str, Interval],
    *,
    title: str,
    unit: str = "",
    limit: tuple[str, float] | None = None,
    percent: bool = True,
    source: str = "",
) -> None:
    """A point with its interval for each name, in the order given from the top.

    values: name -> Interval; shares between 0 and 1 where `percent`, any one unit otherwise. limit: a named vertical
    line, in the same unit. source: which endpoint the numbers come from; `endpoint.label`.
    """
    scale = 100 if percent else 1
    figure, axes = new_figure(height=1.1 + 0.42 * len(values))
    for row, value in enumerate(values.values()):
        low, middle, high = (scale * part for part in (value.low, value.value, value.high))
        axes.plot([low, high], [row, row], color=COLOURS[0], linewidth=2.5, solid_capstyle="round")
        axes.plot(middle, row, marker="o", color=COLOURS[0], markersize=8, markeredgecolor="white")
        axes.annotate(f"{middle:.0f}" if percent else f"{middle:.3g}", (middle, row), (0, 7), **_BESIDE, ha="center")
    said = [f"{name} {_told(value, percent)}" for name, value in values.items()]
    if limit:
        axes.axvline(scale * limit[1], color=COLOURS[5], linewidth=1, linestyle=(0, (2, 2)))
        axes.annotate(limit[0], (scale * limit[1], -0.55), (3, 0), **_BESIDE, color=COLOURS[5], va="center", fontsize=9)
        said.append(f"a vertical line marks {limit[0]} at {scale * limit[1]:.3g}")
    axes.set_yticks(range(len(values)), list(values))
    axes.set_ylim(len(values) - 0.4, -0.8)
    axes.grid(axis="x", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.set(xlabel=f"{unit or 'percent'}; the line is the 95% interval")
    if percent:
        axes.set_xlim(-1.5, 101.5)
    show_figure(figure, title, source, f"Interval plot: {title}. {'; '.join(said)}.")


def tradeoff(
    points: Mapping[str, tuple[float, Interval]],
    *,
    title: str,
    cost: str,
    gain: str,
    source: str = "",
) -> None:
    """Cost across, a share with its interval upwards; those that none beats at both are joined by a line.

    points: name -> (cost, Interval of the share). cost, gain: what the axes are, with their units.
    """
    figure, axes = new_figure(height=4.2)
    best = frontier({name: (spent, share.value) for name, (spent, share) in points.items()})
    for name, (spent, share) in points.items():
        look = (
            {"color": COLOURS[0], "marker": MARKERS[0]} if name in best else {"color": "#767676", "marker": MARKERS[1]}
        )
        axes.vlines(spent, 100 * share.low, 100 * share.high, color=look["color"], linewidth=1, alpha=0.5)
        axes.plot(spent, 100 * share.value, markersize=8, markeredgecolor="white", linestyle="", **look)
        axes.annotate(name, (spent, 100 * share.value), (6, 5), **_BESIDE, fontsize=9)
    steps = sorted((points[name][0], 100 * points[name][1].value) for name in best)
    axes.plot(*zip(*steps, strict=True), color=COLOURS[0], linewidth=1.2, linestyle="--", zorder=0)
    axes.set(xlabel=cost, ylabel=f"{gain}, percent", ylim=(0, 100))
    spent = [cost for cost, _ in points.values()]
    axes.set_xlim(
        left=0 if min(spent) > 0 else -0.03 * max(spent)
    )  # what costs nothing stands beside the axis, not on it
    axes.margins(x=0.15)
    said = [f"{name} {share.percent()} at {spent:,.4g}" for name, (spent, share) in points.items()]
    alt = f"Scatter chart: {title}; {gain} over {cost}. {'; '.join(said)}. None is both cheaper and better than"
    show_figure(figure, title, source, f"{alt} {', '.join(best)}.")


def frontier(places: Mapping[str, tuple[float, float]]) -> list[str]:
    """Names that no other beats with no more cost and no less gain: name -> (cost, gain). Cheapest first."""
    found: list[str] = []
    for name, (_, gain) in sorted(places.items(), key=lambda item: (item[1][0], -item[1][1])):
        if not found or gain > places[found[-1]][1]:
            found.append(name)
    return found


_BESIDE = {"textcoords": "offset points"}


def _told(value: Interval, percent: bool) -> str:
    return value.percent() if percent else str(value)
