"""A run, or two of them, as one HTML page: figures with intervals, and every failing case with its prompt.

Nothing is loaded from elsewhere, there is no script, and every text of a case is escaped.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from helpers.evaluation.comparison import Comparison, compare
from helpers.evaluation.results import Results
from helpers.files import write_atomically
from helpers.intervals import Interval

TEMPLATE = Path(__file__).parent / "report.html"


def write_report(
    results: Results, path: Path | str, *, before: Results | None = None, slice_by: str | None = None
) -> Path:
    """Write the page of a run; before: an earlier run that it is compared with. Gives the page's path."""
    path = Path(path)
    write_atomically(path, as_html(results, before=before, slice_by=slice_by))
    return path


def as_html(results: Results, *, before: Results | None = None, slice_by: str | None = None) -> str:
    """The page's text."""
    from jinja2 import Environment

    comparisons: list[Comparison] = []
    if before:
        shared = [name for name in results.scorers if name in before.scorers]
        comparisons = [compare(results, before, name, slice_by=slice_by) for name in shared]
    page = Environment(autoescape=True, trim_blocks=True).from_string(TEMPLATE.read_text(encoding="utf-8"))
    tags = sorted({tag for row in results.rows for tag in row.tags})
    return page.render(
        results=results,
        comparisons=comparisons,
        scores={name: results.score(name) for name in results.scorers},
        slices={(tag, name): results.slices(tag, name) for tag in tags for name in results.scorers},
        bar=bar,
        text=text,
        messages=messages,
    )


def bar(interval: Interval) -> dict[str, float]:
    """Where a score's interval lies on a line of 100 units: start, width and the mean's place."""
    low, high = 100 * interval.low, 100 * interval.high
    return {"start": round(low, 2), "width": round(max(high - low, 0.5), 2), "mean": round(100 * interval.value, 2)}


def text(value: Any) -> str:
    """A value as a reader wants it: texts as they are, the rest as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1, default=str)


def messages(prompt: Any) -> list[tuple[str, str]]:
    """A prompt as (role, text) pairs, whichever API it went to."""
    if isinstance(prompt, list) and all(isinstance(item, dict) and "role" in item for item in prompt):
        return [(str(item["role"]), text(item.get("content") or item.get("tool_calls") or "")) for item in prompt]
    return [("input", text(prompt))]
