"""The page's picture: held-out shares with their intervals, a row a skill, a marker and a colour a model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from .cases import SKILLS
from .results import Column, wilson

# Okabe and Ito's colours, told apart by the colour-blind; the markers tell them apart without any colour.
LOOKS = (("#0072B2", "o"), ("#E69F00", "s"), ("#009E73", "^"), ("#CC79A7", "D"), ("#56B4E9", "v"))


def draw(columns: Sequence[Column], path: Path) -> None:
    """Write a PNG of the held-out shares."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 5.2), layout="constrained")
    axes = figure.subplots()
    for n, (column, (colour, marker)) in enumerate(zip(columns, LOOKS, strict=False)):
        shown = [(row, *column.count(skill, "heldout")) for row, skill in enumerate(SKILLS)]
        shown = [(row + 0.16 * (n - (len(columns) - 1) / 2), right, total) for row, right, total in shown if total]
        shares = [100 * right / total for _, right, total in shown]
        bounds = [wilson(right, total) for _, right, total in shown]
        below = [share - 100 * low for share, (low, _) in zip(shares, bounds, strict=True)]
        above = [100 * high - share for share, (_, high) in zip(shares, bounds, strict=True)]
        style = {"fmt": marker, "color": colour, "capsize": 2, "markersize": 6, "elinewidth": 1}
        name = f"{column.model} (simulated)" if column.simulated else column.model
        axes.errorbar(shares, [row for row, _, _ in shown], xerr=(below, above), label=name, **style)
    axes.set_yticks(range(len(SKILLS)), SKILLS)
    axes.invert_yaxis()
    axes.set_xlim(0, 101)
    axes.set_xlabel("percent right on held-out cases, 95% intervals")
    axes.grid(axis="x", alpha=0.3)
    figure.legend(loc="outside upper center", ncols=2, fontsize="small")
    figure.savefig(path, dpi=110)
