"""What goes into an answer from sources, and what comes out: the tokens of a prompt, and answers against refusals."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from helpers.plots.figure import COLOURS, HATCHES, new_figure, show_figure


def token_waterfall(
    parts: Mapping[str, int],
    *,
    title: str,
    limit: tuple[str, int] | None = None,
    source: str = "",
) -> None:
    """Horizontal bars, each beginning where the last one ended: part of a prompt -> its tokens, in the order given.

    The last row is the sum. limit: a named number of tokens, such as ("budget", 400), drawn as a line.
    source: as for bars.
    """
    total, reached, starts = sum(parts.values()), 0, []
    for tokens in parts.values():
        starts.append(reached)
        reached += tokens
    figure, axes = new_figure(height=0.9 + 0.36 * (len(parts) + 1))
    labels, widths = [*parts, "together"], [*parts.values(), total]
    colours = [COLOURS[4]] * len(parts) + [COLOURS[0]]
    drawn = axes.barh(range(len(labels)), widths, left=[*starts, 0], color=colours, edgecolor="white")
    axes.bar_label(drawn, labels=[f"{width:,}" for width in widths], padding=3, zorder=3)
    axes.set_yticks(range(len(labels)), labels)
    axes.invert_yaxis()
    axes.margins(x=0.12)
    axes.set(xlabel="tokens")
    said = ", ".join(f"{name} {tokens:,}" for name, tokens in parts.items())
    alt = f"Waterfall chart: {title}, in tokens. {said}; together {total:,}."
    if limit:
        axes.axvline(limit[1], color=COLOURS[5], linewidth=1, linestyle=(0, (1, 1)), zorder=0)
        axes.annotate(limit[0], (limit[1], 1.0), xycoords=("data", "axes fraction"), ha="right", color=COLOURS[5])
        alt += f" A line marks {limit[0]} at {limit[1]:,}."
    show_figure(figure, title, source, alt)


def answer_matrix(
    counts: Mapping[str, Mapping[str, int]],
    *,
    title: str,
    wanted: Collection[tuple[str, str]],
    source: str = "",
) -> None:
    """A confusion matrix of answers: kind of question -> (what came back -> how many); all rows have the same columns.

    wanted: the cells (row, column) where a count is good; they are blue, the others orange and hatched. The darker a
    cell, the larger its share of the row. source: as for bars.
    """
    rows, columns = list(counts), list(next(iter(counts.values())))
    figure, axes = new_figure(height=1.1 + 0.75 * len(rows))
    said = []
    for y, row in enumerate(rows):
        asked = sum(counts[row].values())
        for x, column in enumerate(columns):
            count, good = counts[row][column], (row, column) in wanted
            share = count / asked if asked else 0.0
            look = {"facecolor": COLOURS[0 if good else 1], "alpha": 0.08 + 0.62 * share, "edgecolor": "none"}
            axes.bar(x, 0.92, bottom=y - 0.46, width=0.96, **look)
            if not good and count:
                axes.bar(x, 0.92, bottom=y - 0.46, width=0.96, fill=False, hatch=HATCHES[1], edgecolor=COLOURS[1])
            paper = {"facecolor": "white", "edgecolor": "none", "pad": 2}
            axes.text(x, y, f"{count} ({share:.0%})", ha="center", va="center", fontweight="bold", bbox=paper)
        told = ", ".join(f"{column} {counts[row][column]}" for column in columns)
        said.append(f"{row} ({asked}): {told}")
    axes.set_xticks(range(len(columns)), columns)
    axes.set_yticks(range(len(rows)), [f"{row}\n({sum(counts[row].values())})" for row in rows])
    axes.set(xlim=(-0.5, len(columns) - 0.5), ylim=(len(rows) - 0.5, -0.5))
    axes.tick_params(length=0)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    show_figure(figure, title, source, f"Confusion matrix: {title}. {'; '.join(said)}.")
