"""Rankings: how the rank of what is looked for moves from one search to the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from helpers.plots.figure import COLOURS, LINE_STYLES, MARKERS, new_figure, show_figure


def rank_slopes(
    ranks: Mapping[str, Sequence[int | None]], labels: Sequence[str], *, title: str, worst: int = 100, source: str = ""
) -> None:
    """A line a question, from its rank in one search to its rank in the next; 1 is on top.

    ranks: search -> rank of each question's article, in the order of `labels`; None, or beyond `worst`, is drawn there.
    """
    searches = list(ranks)
    figure, axes = new_figure(height=1.6 + 0.42 * len(labels))
    axes.set_yscale("log")
    axes.set_ylim(worst * 1.6, 0.8)
    said, ends = [], []
    for i, label in enumerate(labels):
        own = [ranks[search][i] for search in searches]
        heights = [worst if rank is None else min(rank, worst) for rank in own]
        look = {"color": COLOURS[i % 7], "linestyle": LINE_STYLES[i % 4], "marker": MARKERS[i % 4]}
        axes.plot(range(len(searches)), heights, linewidth=2, markersize=7, **look)
        ends.append((heights[-1], i, f"{label}  {_told(own[-1], worst)}"))
        said.append(
            f"{label}: " + ", ".join(f"{s} {_told(rank, worst)}" for s, rank in zip(searches, own, strict=True))
        )
    for place, (height, i, text) in zip(_spread([h for h, *_ in sorted(ends)], worst), sorted(ends), strict=True):
        axes.annotate(
            text,
            (len(searches) - 1, height),
            xytext=(len(searches) - 0.9, place),
            textcoords="data",
            va="center",
            fontsize=9,
            color="#1a1a1a",
            arrowprops={"arrowstyle": "-", "color": COLOURS[i % 7], "linewidth": 0.8, "relpos": (0, 0.5)},
            annotation_clip=False,
        )
    axes.set_xticks(range(len(searches)), searches)
    axes.set_xlim(-0.15, len(searches) - 1 + 1.25)
    axes.set_yticks([r for r in (1, 2, 5, 10, 20, 50, 100, 200) if r <= worst])
    axes.get_yaxis().set_major_formatter(lambda value, _: f"{value:g}")
    axes.minorticks_off()
    axes.set(ylabel="rank of the right article")
    axes.spines["bottom"].set_bounds(-0.15, len(searches) - 1)
    show_figure(figure, title, source, f"Slope chart: {title}. Ranks by search. {'; '.join(said)}.")


def _told(rank: int | None, worst: int) -> str:
    return "not found" if rank is None else f"beyond {worst}" if rank > worst else str(rank)


def _spread(heights: Sequence[float], worst: int) -> list[float]:
    """Heights on a logarithmic axis, moved apart so that names beside them do not cover each other."""
    import math

    logs = [math.log(height) for height in heights]
    gap = math.log(worst * 1.7) / max(len(logs) + 1, 10)
    for i in range(1, len(logs)):
        logs[i] = max(logs[i], logs[i - 1] + gap)
    over = max(0.0, logs[-1] - math.log(worst * 1.2)) if logs else 0.0
    for i in reversed(range(len(logs))):
        logs[i] = min(logs[i], (logs[i + 1] - gap) if i + 1 < len(logs) else logs[i] - over)
    return [math.exp(value) for value in logs]
