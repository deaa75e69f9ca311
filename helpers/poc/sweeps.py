"""The same workbook with several values of its parameters, side by side: which buys more for its money?

`--sweep model=chat-large,chat-small --sweep prompts/*.md` makes a run for each combination, a few at a time here or
spread over a Dask cluster, and one page that draws score against cost.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from helpers.files import write_atomically
from helpers.intervals import Interval
from helpers.poc.execution import Ended, execute, prepare
from helpers.poc.parameters import ParameterError, Parameters
from helpers.poc.workbooks import Workbook
from helpers.problem import Problem

MOST_RUNS = 200


@dataclass(frozen=True)
class Variant:
    """One combination: what differs, and its parameters."""

    settings: dict[str, Any]
    parameters: Parameters

    @property
    def label(self) -> str:
        """Such as "model=chat-small, prompt=short.md"."""
        shown = {k: Path(v).name if isinstance(v, str) and Path(v).suffix else v for k, v in self.settings.items()}
        return ", ".join(f"{name}={value}" for name, value in shown.items())


def variants(chosen: Workbook, base: Parameters, sweeps: Sequence[str]) -> list[Variant]:
    """Every combination of the swept values. A sweep is name=a,b,c or a pattern of files, which are prompts.

    Raises ParameterError, and Problem for a pattern without files and for more than MOST_RUNS combinations.
    """
    axes: dict[str, list[Any]] = {}
    for sweep in sweeps:
        name, equals, values = sweep.partition("=")
        if not equals:
            name, values = "prompt", sweep
        if any(sign in values for sign in "*?["):
            folder = Path(values).parent
            # A workbook's other prompts lie beside the main one, and are no versions of it.
            others = set(list(chosen.prompts)[1:]) if name == "prompt" else set()
            found = sorted(str(each.resolve()) for each in folder.glob(Path(values).name) if each.name not in others)
            if not found:
                raise Problem(f"--sweep {sweep}: no file matches", "check the pattern, and quote it")
            axes.setdefault(name, []).extend(found)
        else:
            axes.setdefault(name, []).extend(yaml.safe_load(value) for value in values.split(","))
    combinations = list(itertools.product(*axes.values()))
    if len(combinations) > MOST_RUNS:
        raise Problem(f"{len(combinations)} combinations are more than {MOST_RUNS}", "sweep less at a time")
    made = []
    for combination in combinations:
        settings = dict(zip(axes, combination, strict=True))
        try:
            parameters = type(base).checked({**base.model_dump(), **settings})
        except ParameterError as error:
            raise ParameterError([f"--sweep: {problem}" for problem in error.problems]) from None
        made.append(Variant(settings, parameters))
    return made


def run_all(
    chosen: Workbook,
    made: Sequence[Variant],
    parent: Path,
    *,
    charter: Path | None = None,
    scheduler: str | None = None,
    workers: int = 2,
    on_end: Callable[[Variant, Ended], None] = lambda variant, ended: None,
) -> list[tuple[Variant, Ended]]:
    """Run them all; the order is that of the variants. A run that fails does not end the others.

    scheduler: address of a Dask scheduler whose workers see the same folders; None runs `workers` at a time here.
    """
    folders = [prepare(chosen, variant.parameters, parent, charter) for variant in made]
    ended = []
    if scheduler:
        from distributed import Client

        with Client(scheduler, timeout="10s") as client:
            futures = client.map(execute, folders, pure=False, retries=1)
            for variant, future in zip(made, futures, strict=True):
                ended.append((variant, future.result()))
                on_end(*ended[-1])
        return ended
    with ThreadPoolExecutor(max_workers=workers) as pool:
        futures = [pool.submit(execute, folder) for folder in folders]
        try:
            for variant, future in zip(made, futures, strict=True):
                ended.append((variant, future.result()))
                on_end(*ended[-1])
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return ended


def table(ended: Sequence[tuple[Variant, Ended]]) -> list[dict[str, Any]]:
    """A row a run: what differed, the verdict, every measured criterion, cost, calls, seconds, folder."""
    rows = []
    for variant, end in ended:
        row: dict[str, Any] = {**variant.settings}
        if end.finished is None:
            row |= {"verdict": "failed", "why": end.why, "folder": end.folder.name}
        else:
            record = end.finished.record
            row["verdict"] = end.finished.verdict
            for judged in end.finished.criteria:
                value = judged.measured
                row[judged.criterion.name] = getattr(value, "value", value)
            row |= {name: record[name] for name in ("usd", "calls", "tokens", "seconds")}
            row["folder"] = end.folder.name
        rows.append(row)
    return rows


def write(ended: Sequence[tuple[Variant, Ended]], parent: Path) -> Path:
    """Write sweep.json and sweep.html, a table and the picture of score against cost; gives the page's path."""
    from jinja2 import Environment
    from markupsafe import Markup

    from helpers import plots, show
    from helpers.poc.report import html_of

    rows = table(ended)
    write_atomically(parent / "sweep.json", json.dumps(rows, ensure_ascii=False, indent=1, default=str) + "\n")
    drawn: list[Any] = []
    before = show.listeners[:]
    show.listeners[:] = [drawn.append]
    try:
        score = _score_of(ended)
        if score:
            points = {
                variant.label: (end.finished.record["usd"], _interval(end, score))
                for (variant, end), row in zip(ended, rows, strict=True)
                if end.finished is not None and row.get(score) is not None
            }
            source = ended[0][1].finished.record["endpoint"] if ended[0][1].finished else ""
            plots.tradeoff(points, title=f"{score} against cost", cost="US dollars", gain=score, source=source)
        columns = list(dict.fromkeys(column for row in rows for column in row))
        show.table([{column: row.get(column, "") for column in columns} for row in rows])
    finally:
        show.listeners[:] = before
    page = Environment(autoescape=True).from_string(_PAGE)
    path = parent / "sweep.html"
    write_atomically(path, page.render(body=Markup("\n".join(map(html_of, drawn))), runs=len(rows)))
    return path


def _interval(end: Ended, score: str) -> Interval:
    value = next(judged.measured for judged in end.finished.criteria if judged.criterion.name == score)
    return value if isinstance(value, Interval) else Interval(value, value, value)


def _score_of(ended: Sequence[tuple[Variant, Ended]]) -> str | None:
    """The first criterion that asks for at least something and was measured."""
    for _, end in ended:
        for judged in end.finished.criteria if end.finished else ():
            if judged.criterion.at_least is not None and judged.measured is not None:
                return judged.criterion.name
    return None


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Sweep of {{ runs }} runs</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<style>body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; }
table { border-collapse: collapse; } th, td { border: 1px solid #b6bec7; padding: .25rem .6rem; text-align: left; }
img { max-width: 100%; }</style></head>
<body><main><h1>Sweep of {{ runs }} runs</h1>
{{ body }}
</main></body></html>
"""
