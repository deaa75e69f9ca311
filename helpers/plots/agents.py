"""What an agent did: its calls as a sequence diagram, and which tool it chose for which request."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from helpers.plots.figure import new_figure, show_figure

_ROW, _SHORT, _MOST_ROWS = 0.36, 62, 24
_INK, _CALL, _BACK, _BAD = "#1a1a1a", "#0072b2", "#595959", "#b3261e"


def sequence(messages: Sequence[Mapping[str, Any]], *, title: str, source: str = "") -> None:
    """A sequence diagram of a conversation with tools, in the messages of chat completions: time runs downwards.

    Calls are blue and lead to their tool, results dashed and back; one that begins with "error" is red. Of more than
    24 messages the last are left out, and the picture says so.
    """
    steps = _steps(messages)
    left_out = max(0, len(steps) - _MOST_ROWS)
    steps = steps[:_MOST_ROWS]
    actors = list(dict.fromkeys(["user", "model", *(one for step in steps for one in step[:2])]))
    figure, axes = new_figure(height=0.9 + _ROW * (len(steps) + bool(left_out)))
    axes.axis("off")
    bottom = len(steps) + 0.6 + bool(left_out)
    axes.set(xlim=(-0.5, len(actors) - 0.5), ylim=(bottom, -0.9))
    for place, actor in enumerate(actors):
        look = {"boxstyle": "round,pad=0.35", "facecolor": "#cfe8fc", "edgecolor": _INK}
        axes.text(place, -0.35, actor, ha="center", va="center", bbox=look, fontsize=9, fontweight="bold")
        axes.plot([place, place], [0, bottom - 0.3], color="#9e9e9e", linewidth=1, zorder=0)
    for row, (start, end, text, kind) in enumerate(steps):
        colour = {"call": _CALL, "result": _BACK, "error": _BAD}.get(kind, _INK)
        a, b, y = actors.index(start), actors.index(end), row + 0.75
        arrow = {"arrowstyle": "->", "color": colour, "linestyle": "--" if kind in ("result", "error") else "-"}
        axes.annotate("", (b, y), (a, y), arrowprops=arrow)
        room = _SHORT if len(actors) < 5 else _SHORT - 14
        shown = _short(text, room)
        # Text begins at the left one of the two, so that a long one runs to the right over empty lines of life.
        back = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}
        place = min(a, b) + 0.04
        axes.text(place, y - 0.1, shown, ha="left", va="bottom", fontsize=7.5, color=colour, bbox=back)
    if left_out:
        axes.text(0, bottom - 0.4, f"… and {left_out} more", fontsize=9)
    told = "; ".join(f"{start} to {end}: {_short(text, 120)}" for start, end, text, _ in steps)
    more = f"; and {left_out} more" if left_out else ""
    show_figure(figure, title, source, f"Sequence diagram: {title}. {told}{more}".rstrip(".") + ".")


def tool_choices(chosen: Mapping[str, Sequence[str]], *, title: str, source: str = "") -> None:
    """A matrix of requests by the tool that was right (rows) and the tool that was called (columns).

    chosen: right tool -> the tools called for its requests, "none" where no tool was.
    """
    rows = list(chosen)
    columns = list(dict.fromkeys([*rows, *(name for names in chosen.values() for name in names)]))
    figure, axes = new_figure(height=1.4 + 0.34 * len(rows))
    counts = [[list(chosen[row]).count(column) for column in columns] for row in rows]
    axes.imshow(counts, cmap="Blues", aspect="auto", vmin=0, vmax=max(1, max(map(max, counts))) * 1.4)
    axes.set_xticks(range(len(columns)), columns, rotation=30, ha="right", fontsize=8.5)
    axes.set_yticks(range(len(rows)), rows, fontsize=8.5)
    axes.set(xlabel="tool that was called", ylabel="tool that was right")
    for y, row in enumerate(counts):
        for x, count in enumerate(row):
            if count:
                right = rows[y] == columns[x]
                axes.text(x, y, f"{count}" if right else f"{count} ✗", ha="center", va="center", color=_INK)
    right = sum(list(names).count(row) for row, names in chosen.items())
    total = sum(len(names) for names in chosen.values())
    wrong = [
        f"{names.count(other)} for {row} went to {other}"
        for row, names in ((row, list(names)) for row, names in chosen.items())
        for other in dict.fromkeys(names)
        if other != row
    ]
    slips = f" Wrong: {'; '.join(wrong)}." if wrong else ""
    show_figure(figure, title, source, f"Matrix: {title}. {right} of {total} requests on the diagonal.{slips}")


def _steps(messages: Sequence[Mapping[str, Any]]) -> list[tuple[str, str, str, str]]:
    """(from, to, text, kind) of every arrow; the system message is none."""
    steps: list[tuple[str, str, str, str]] = []
    called: dict[str, str] = {}
    for message in messages:
        role, text = message["role"], str(message.get("content") or "")
        if role == "user":
            steps.append(("user", "model", text, "said"))
        elif role == "tool":
            kind = "error" if text.lstrip('{"').lower().startswith("error") else "result"
            steps.append((called.get(str(message.get("tool_call_id")), "tool"), "model", text, kind))
        elif role == "assistant":
            for call in message.get("tool_calls") or ():
                name, arguments = call["function"]["name"], call["function"]["arguments"]
                called[call["id"]] = name
                steps.append(("model", name, _as_call(arguments), "call"))
            if text:
                steps.append(("model", "user", text, "said"))
    return steps


def _as_call(arguments: str) -> str:
    try:
        given = json.loads(arguments)
    except ValueError:
        return arguments
    return ", ".join(f"{k}={v!r}" for k, v in given.items()) if isinstance(given, dict) else arguments


def _short(text: str, most: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"
