"""Who talks to whom: a graph of agents, with what goes along each edge."""

from __future__ import annotations

import math
from collections.abc import Mapping

from helpers.plots.figure import COLOURS, new_figure, show_figure

_APART = 0.13  # how far two edges between the same agents are bent, in parts of their length


def agent_graph(
    edges: Mapping[tuple[str, str], float], *, title: str, unit: str = "tokens", centre: str = "", source: str = ""
) -> None:
    """Agents as boxes on a circle and an arrow for each pair that spoke, as wide as what it carried.

    edges: (from, to) -> how much. centre: who stands in the middle, such as the supervisor. source: endpoint.label.
    """
    names = list(dict.fromkeys(name for pair in edges for name in pair))
    places = _places(names, centre)
    figure, axes = new_figure(height=4.4)
    axes.axis("off")
    axes.set(xlim=(-1.75, 1.75), ylim=(-1.2, 1.2))
    most = max(edges.values())
    for (giver, taker), amount in edges.items():
        (x, y), (u, v) = places[giver], places[taker]
        width = 0.8 + 4.2 * amount / most
        bend = _APART if (taker, giver) in edges else 0.0
        arrow = {"arrowstyle": "-|>", "color": COLOURS[0], "linewidth": width, "alpha": 0.55, "mutation_scale": 16,
                 "connectionstyle": f"arc3,rad={bend}", "shrinkA": 34, "shrinkB": 34}  # fmt: skip
        axes.annotate("", (u, v), (x, y), arrowprops=arrow)
        # Where the arrow's middle is: beside the straight line, on the side to which it is bent.
        middle = ((x + u) / 2 + bend * (v - y) * 0.72, (y + v) / 2 - bend * (u - x) * 0.72)
        plate = {"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": "none", "alpha": 0.9}
        axes.text(*middle, f"{amount:,.0f}", ha="center", va="center", fontsize=9, bbox=plate)
    for name, (x, y) in places.items():
        look = {"boxstyle": "round,pad=0.5", "facecolor": "#cfe8fc", "edgecolor": "#1a1a1a"}
        axes.text(x, y, name, ha="center", va="center", bbox=look, fontweight="bold")
    said = "; ".join(f"{giver} to {taker} {amount:,.0f}" for (giver, taker), amount in edges.items())
    show_figure(figure, f"{title} ({unit})", source, f"Graph: {title}. {unit.capitalize()} on each edge: {said}.")


def _places(names: list[str], centre: str) -> dict[str, tuple[float, float]]:
    """The centre in the middle, if it is named; the others evenly around it, the first at the left."""
    around = [name for name in names if name != centre]
    places = {
        name: (
            -1.4 * math.cos(2 * math.pi * i / len(around)),
            0.95 * math.sin(2 * math.pi * i / len(around)),
        )
        for i, name in enumerate(around)
    }
    return places | ({centre: (0.0, 0.0)} if centre in names else {})
