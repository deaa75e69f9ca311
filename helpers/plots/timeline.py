"""Calls over time: when each began and ended, and which ran at once."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from helpers.plots.figure import COLOURS, HATCHES, new_figure, show_figure

if TYPE_CHECKING:
    from helpers.ledger import Call, Ledger

_MOST_LANES = 40
_LABEL_ROOM = 0.13  # of the picture's width, for the tokens beside a bar


def timeline(
    calls: Ledger | Sequence[Call], *, title: str = "Calls over time", by: str = "role", source: str = ""
) -> None:
    """A bar for each call from its request to its last byte, calls that ran at the same time under each other.

    calls: a ledger, or calls of one ledger. by: role or model, for the colours. The pale part of a bar is the wait for
    a stream's first byte; a crossed end marks a call that was refused, cut, lost or left.
    source: which endpoint answered, for the foot of the picture; a ledger's own by default.
    """
    source = source or getattr(calls, "label", "")
    chosen: list[Call] = sorted(list(getattr(calls, "calls", calls)), key=lambda call: call.started)
    if not chosen:
        from helpers.show import text

        text("*No call was made yet.*")
        return
    lanes, most = _lanes(chosen)
    zero = chosen[0].started
    groups = list(dict.fromkeys(getattr(call, by) or call.model for call in chosen))
    rows = min(most, _MOST_LANES)
    whole = max(call.started - zero + call.seconds for call in chosen)
    figure, axes = new_figure(height=1.4 + 0.28 * rows)
    for call, lane in zip(chosen, lanes, strict=True):
        _draw(axes, call, lane % rows, call.started - zero, groups.index(getattr(call, by) or call.model))
    labelled = _label(axes, chosen, lanes, zero, whole)
    beside = " (beside a bar: input → output tokens)" if labelled else ""
    axes.set(xlabel=f"seconds since the first call{beside}", ylim=(rows - 0.4, -0.6), xlim=(0, (whole or 1e-3) * 1.18))
    axes.set_ylabel("at the same time")
    axes.yaxis.get_major_locator().set_params(integer=True, nbins=min(rows, 8))
    axes.set_yticks(range(0, rows, max(1, rows // 8)), [str(1 + row) for row in range(0, rows, max(1, rows // 8))])
    if len(groups) > 1:
        from matplotlib.patches import Patch

        marks = [Patch(facecolor=COLOURS[i % 8], hatch=HATCHES[i % 4], edgecolor="white") for i in range(len(groups))]
        figure.legend(marks, groups, loc="outside upper right", ncols=min(4, len(groups)), frameon=False, fontsize=9)
    show_figure(figure, title, source, _told(chosen, groups, by, most, whole, title))


def _lanes(calls: Sequence[Call]) -> tuple[list[int], int]:
    """For each call, by when it began, the first lane that is free then; and how many lanes there are."""
    free: list[int] = []
    busy: list[tuple[float, int]] = []
    lanes, count = [], 0
    for call in calls:
        while busy and busy[0][0] <= call.started:
            heapq.heappush(free, heapq.heappop(busy)[1])
        if not free:
            free, count = [count], count + 1
        lane = heapq.heappop(free)
        heapq.heappush(busy, (call.started + call.seconds, lane))
        lanes.append(lane)
    return lanes, count


def _draw(axes, call: Call, lane: int, begin: float, group: int) -> None:
    look = {"height": 0.72, "color": COLOURS[group % 8], "hatch": HATCHES[group % 4], "edgecolor": "white"}
    if call.first_byte is None:
        axes.barh(lane, call.seconds, left=begin, **look)
    else:
        axes.barh(lane, call.first_byte, left=begin, **{**look, "alpha": 0.45})
        axes.barh(lane, max(call.seconds - call.first_byte, 0), left=begin + call.first_byte, **look)
    if call.ended != "whole":
        axes.plot(begin + call.seconds, lane, marker="x", color="#1a1a1a", markersize=7, markeredgewidth=2)


def _label(axes, calls: Sequence[Call], lanes: Sequence[int], zero: float, whole: float) -> bool:
    """Write its tokens beside each bar that has room there; whether any has."""
    following: dict[int, float] = {}
    labelled = False
    for call, lane in reversed(list(zip(calls, lanes, strict=True))):
        end = call.started - zero + call.seconds
        room = following.get(lane, float("inf")) - end
        following[lane] = call.started - zero
        if room > _LABEL_ROOM * whole and lane < _MOST_LANES:
            label = f"  {call.input_tokens:,} → {call.output_tokens:,}"
            axes.annotate(label, (end, lane), va="center", fontsize=8, color="#1a1a1a")
            labelled = True
    return labelled


def _told(calls: Sequence[Call], groups: Sequence[str], by: str, most: int, whole: float, title: str) -> str:
    one_by_one = sum(call.seconds for call in calls)
    counts = ", ".join(f"{name} {sum((getattr(c, by) or c.model) == name for c in calls)}" for name in groups)
    longest = max(calls, key=lambda call: call.seconds)
    said = (
        f"Timeline: {title}. {len(calls)} call{'s' if len(calls) != 1 else ''} ({counts}) in {whole:.3g} s, at most "
        f"{most} at the same time; one after another they would have taken {one_by_one:.3g} s. The longest took "
        f"{longest.seconds:.3g} s ({longest.model})."
    )
    broken = sum(call.ended != "whole" for call in calls)
    retried = sum(call.attempt > 1 for call in calls)
    said += f" {broken} did not end well." if broken else ""
    return said + (f" {retried} were retries." if retried else "")


def lane_sets(
    sets: Mapping[str, Sequence[Call]], *, title: str, unit: str = "seconds", by: str = "role", source: str = ""
) -> None:
    """Several ways to do one thing, under each other on one scale of time: a set of lanes for each, as a Gantt chart.

    sets: name -> its calls; each begins at its own first call. unit: of the time, such as "simulated seconds".
    """
    given = {name: sorted(calls, key=lambda call: call.started) for name, calls in sets.items() if calls}
    if not given:
        from helpers.show import text

        text("*No call was made yet.*")
        return
    groups = list(dict.fromkeys(getattr(call, by) or call.model for calls in given.values() for call in calls))
    placed = {name: _lanes(calls) for name, calls in given.items()}
    rows = {name: min(most, _MOST_LANES) for name, (_, most) in placed.items()}
    figure, axes = new_figure(height=1.5 + 0.3 * sum(rows.values()) + 0.35 * len(rows))
    top, middles, said = 0.0, {}, []
    longest = max(max(c.started + c.seconds for c in calls) - calls[0].started for calls in given.values())
    for name, calls in given.items():
        zero = calls[0].started
        whole = max(call.started + call.seconds for call in calls) - zero
        for call, lane in zip(calls, placed[name][0], strict=True):
            _draw(
                axes, call, top + lane % rows[name], call.started - zero, groups.index(getattr(call, by) or call.model)
            )
        middles[name] = top + (rows[name] - 1) / 2
        axes.vlines(whole, top - 0.5, top + rows[name] - 0.5, color="#1a1a1a", linewidth=1, linestyle=":")
        tokens = sum(call.input_tokens + call.output_tokens for call in calls)
        told = f"{whole:.3g} {'s' if unit == 'seconds' else unit}, {tokens:,} tokens"
        place = (whole, middles[name]) if whole < 0.6 * longest else (whole, top - 0.55)
        align = {"va": "center"} if whole < 0.6 * longest else {"va": "bottom", "ha": "right"}
        axes.annotate(f" {told} ", place, fontsize=9, color="#1a1a1a", **align)
        said.append(f"{name}: {len(calls)} calls, at most {placed[name][1]} at the same time, {told}")
        top += rows[name] + 0.9
    axes.set(xlabel=unit, ylim=(top - 1.2, -1.2), xlim=(0, longest * 1.02))
    axes.set_yticks(list(middles.values()), list(middles))
    axes.tick_params(axis="y", length=0)
    if len(groups) > 1:
        from matplotlib.patches import Patch

        marks = [Patch(facecolor=COLOURS[i % 8], hatch=HATCHES[i % 4], edgecolor="white") for i in range(len(groups))]
        figure.legend(marks, groups, loc="outside lower left", ncols=min(4, len(groups)), frameon=False, fontsize=9)
    show_figure(figure, title, source, f"Gantt chart: {title}. {'; '.join(said)}.")
