"""The table of a run, as markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from helpers.live_run.results import NotebookResult

_SYMBOL = {"passed": "✓", "not yet": "✗", "could not grade": "?", "not attempted": "○"}


def markdown(results: Iterable[NotebookResult], endpoint: Mapping[str, Any]) -> str:
    """A row a notebook, then a line for each exercise that did not pass."""
    results = list(results)
    models = ", ".join(f"{role} `{name}`" for role, name in endpoint["models"].items())
    rows = [
        f"# Notebooks on the {endpoint['profile']} endpoint",
        "",
        f"{models}. Stored outputs were not compared.",
        "",
        "| notebook | seconds | calls | tokens | US dollars | exercises passed | first failing cell |",
        "|---|---:|---:|---:|---:|---:|---|",
    ]
    for result in results:
        failing = result.message.replace("|", "\\|").replace("\n", " ")
        rows.append(
            f"| {result.name} | {result.seconds:.0f} | {result.calls} | {result.tokens:,} | {money(result.usd)} "
            f"| {result.passed} of {result.declared} | {failing} |"
        )
    others = [(r.name, exercise) for r in results for exercise in r.exercises if exercise["status"] != "passed"]
    if others:
        rows += ["", "Exercises whose solution did not pass here:", ""]
    for name, exercise in others:
        message = " ".join(exercise["message"].split())
        points = f"{exercise['points']} of {exercise['of']} points"
        symbol = _SYMBOL.get(exercise["status"], "")
        rows.append(f"- {symbol} {name}, {exercise['exercise']}: {exercise['status']}, {points}. {message}")
    return "\n".join(rows) + "\n"


def money(usd: float | None) -> str:
    """US dollars for a table."""
    return "price unknown" if usd is None else f"{usd:.4f}"
