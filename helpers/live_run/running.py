"""Runs the worked notebooks on a live endpoint in turn. A cell that fails ends its notebook, not the run."""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from helpers.live_run import estimate, journal, report
from helpers.live_run.results import NotebookResult, Run, digest
from helpers.paths import SOLUTIONS, home
from helpers.problem import Problem

if TYPE_CHECKING:
    from helpers.endpoint import Endpoint

CELL_SECONDS = 1800  # a small machine needs minutes for a cell with many calls


def run(
    profile: str,
    names: Sequence[str] = (),
    *,
    budget: float | None = None,
    retries: int = 4,
    yes: bool = False,
    fresh: bool = False,
    folder: Path | None = None,
) -> int:
    """Run; prints a table and writes it into `folder`. 0 when every cell ran and every exercise passed, else 1.

    budget: US dollars of the whole run, earlier parts of it included. Raises Problem, SettingsError, NothingRuns.
    """
    from rich.console import Console

    from helpers.endpoint import connect

    console = Console(highlight=False, soft_wrap=True)
    chosen = list(_chosen(names))
    endpoint = connect(profile, quiet=True)
    folder = folder or home() / "live_runs" / profile
    folder.mkdir(parents=True, exist_ok=True)
    described = {"profile": profile, "url": endpoint.base_url, "models": dict(endpoint.settings.models)}
    kept = Run(folder, described, fresh=fresh)
    if fresh:
        for file in folder.glob("*.calls.jsonl"):
            file.unlink()
    if kept.goes_on:
        console.print(f"An earlier run was stopped: {len(kept.results)} of its notebooks are done.")
    left = [(name, path) for name, path in chosen if not kept.done(name, digest(path))]
    seconds = _announced(console, left, endpoint, folder, budget)
    if left and not yes and profile != "local" and not _agreed():
        raise Problem("Nothing was sent", "`--yes` agrees, `--budget 1.00` sets an end")
    for name, result in _results(console, left, endpoint, kept, folder, budget, retries, seconds):
        kept.add(result)
        sign = "[green]✓[/]" if result.sound else "[red]✗[/]"
        console.print(f"{sign} {name}: {result.passed} of {result.declared} exercises, {result.seconds:.0f} s", end="")
        console.print(f"  {result.message}" if result.message else "", markup=False)
    kept.finish()
    results = [kept.results[name] for name, _ in chosen]
    text = report.markdown(results, described)
    (folder / "report.md").write_text(text, encoding="utf-8")
    console.print(text, markup=False)
    console.print(f"Written: {folder / 'report.md'}, results.json, and the notebooks as they ran.", markup=False)
    return 0 if all(result.sound for result in results) else 1


def _chosen(names: Sequence[str]) -> Iterator[tuple[str, Path]]:
    """Name and path of the worked notebooks, in the order of the course. Raises Problem for a name without one."""
    every = {path.stem: path for path in sorted(SOLUTIONS.rglob("*.ipynb"), key=lambda path: path.stem)}
    every = {name: path for name, path in every.items() if ".ipynb_checkpoints" not in path.parts}
    wanted = [Path(name).stem for name in names] or list(every)
    if unknown := [name for name in wanted if name not in every]:
        raise Problem(f"There is no notebook {', '.join(unknown)}", f"choose from {', '.join(every)}")
    yield from ((name, every[name]) for name in wanted)


def _announced(console, left, endpoint: Endpoint, folder: Path, budget: float | None) -> dict[str, float]:
    """Print what the run will take. Name -> seconds, for the progress bar."""
    if not left:
        return {}
    with console.status("Counting the calls on the mock ..."):
        needs = estimate.needs(left, folder)
    all_of_it = sum(needs.values(), estimate.Need())
    total = estimate.seconds(all_of_it, endpoint)
    share = {name: need.sent + 5 * need.received + 50 * need.calls + 1 for name, need in needs.items()}
    usd = estimate.usd(all_of_it, endpoint)
    cost = "a price that is not known here" if usd is None else f"about ${usd:.2f}"
    how = "measured" if endpoint.profile == "local" else "assumed"
    console.print(
        f"{len(left)} notebooks on {endpoint.label}: at most {all_of_it.calls} calls and about "
        f"{all_of_it.sent + all_of_it.received:,} tokens, {cost}, some {total / 60:.0f} minutes "
        f"(speed {how}; replies may be longer than the mock's)."
        + (f" It stops at ${budget:.2f}." if budget is not None else "")
    )
    return {name: total * part / sum(share.values()) for name, part in share.items()}


def _agreed() -> bool:
    import sys

    return sys.stdin.isatty() and input("This may cost money. Begin? [y/N] ").strip().lower() in ("y", "yes")


def _results(
    console, left, endpoint: Endpoint, kept: Run, folder: Path, budget: float | None, retries: int, seconds
) -> Iterator[tuple[str, NotebookResult]]:
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    from helpers.publishing.warm_kernel import warm_kernels

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar, warm_kernels(lazy=True) as kernel:
        task = bar.add_task("", total=sum(seconds.values()))
        for name, path in left:
            bar.update(task, description=name)
            spent = sum(result.usd or 0.0 for result in kept.results.values())
            remaining = None if budget is None else max(0.0, budget - spent)
            yield name, _one(name, path, endpoint, folder, remaining, retries, kernel)
            bar.advance(task, seconds[name])


def _one(
    name: str, path: Path, endpoint: Endpoint, folder: Path, budget: float | None, retries: int, kernel: str
) -> NotebookResult:
    calls = folder / f"{name}.calls.jsonl"
    with tempfile.TemporaryDirectory() as place:
        outcomes = Path(place) / "outcomes.jsonl"
        environment = {
            **_dotenv(),
            "WORKBOOK_PROFILE": endpoint.profile,
            "WORKBOOK_LIVE_JOURNAL": str(calls),
            "WORKBOOK_LIVE_URL": _root(endpoint),
            "WORKBOOK_LIVE_RETRIES": str(retries),
            "WORKBOOK_OUTCOMES": str(outcomes),
        }
        if endpoint.profile == "local":
            environment["WORKBOOK_BASE_URL"] = endpoint.base_url
        if budget is not None:
            environment["WORKBOOK_LIVE_BUDGET"] = str(budget)
            if endpoint.profile != "local":
                environment["WORKBOOK_BUDGET_USD"] = str(budget)
        started = time.perf_counter()
        cell, message = execute_one(path, folder / f"{name}.ipynb", environment, kernel, CELL_SECONDS)
        taken = time.perf_counter() - started
        exercises = {line["exercise"]: line for line in journal.read(outcomes)}
    lines = journal.read(calls)
    free = endpoint.profile in ("local", "mock")
    prices = [line["usd"] for line in lines if line["status"] < 400]
    result = NotebookResult(
        name=name,
        sha256=digest(path),
        seconds=round(taken, 1),
        calls=len(lines),
        tokens=sum(line["input_tokens"] + line["output_tokens"] for line in lines),
        usd=0.0 if free else None if None in prices else sum(prices),
        exercises=list(exercises.values()),
        declared=_declared(path),
        failed_cell=cell,
        message=message,
    )
    calls.unlink(missing_ok=True)
    return result


def execute_one(
    path: Path, out: Path | None, environment: Mapping[str, str], kernel: str, cell_seconds: int
) -> tuple[int | None, str]:
    """Run a notebook in a home of its own. The failing cell's position and what it said; (None, "") when all ran."""
    from helpers.publishing.build import BUILD_ENVIRONMENT
    from helpers.publishing.execution import NotebookFailed, execute

    with tempfile.TemporaryDirectory() as place:
        own = {**BUILD_ENVIRONMENT, **environment, "WORKBOOK_HOME": place, "WORKBOOK_PROGRESS": f"{place}/p.json"}
        try:
            execute(path, out, timeout=cell_seconds, kernel_name=kernel, cwd=place, env=own)
        except NotebookFailed as failed:
            return failed.cell, str(failed)
    return None, ""


def _dotenv() -> dict[str, str]:
    """The settings of `.env`, for kernels whose home is another folder. They stay in memory."""
    from dotenv import dotenv_values

    found = dotenv_values(home() / ".env")
    return {name: value for name, value in found.items() if value and name not in os.environ}


def _root(endpoint: Endpoint) -> str:
    parts = urlsplit(endpoint.base_url)
    return f"{parts.scheme}://{parts.netloc}/"


def _declared(path: Path) -> int:
    """How many exercises a notebook has."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return sum("exercise" in cell.get("metadata", {}).get("workbook", {}) for cell in cells)
