"""Runs the worked notebooks on a live endpoint in turn. A cell that fails ends its notebook, not the run."""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from helpers.connection.network import on_this_machine
from helpers.connection.opening import KEEP
from helpers.ledger.kept import ledger_folder, move
from helpers.ledger.monthly import MonthlyBudget
from helpers.ledger.totals import Reader
from helpers.live_run import report
from helpers.live_run.estimate import expected
from helpers.live_run.results import NotebookResult, Run, digest, lines
from helpers.paths import SOLUTIONS, home
from helpers.problem import Problem

if TYPE_CHECKING:
    from helpers.endpoint import Endpoint

# Settings that name a file or folder, from where `.env` is.
PATHS = ("WORKBOOK_CA_FILE", "WORKBOOK_PRICES", "WORKBOOK_RECORD", "WORKBOOK_REPLAY")
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
    folder = (folder or home() / "live_runs" / profile).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    described = {"profile": profile, "url": endpoint.base_url, "models": dict(endpoint.settings.models)}
    kept = Run(folder, described, fresh=fresh)
    if fresh:
        for name, _ in chosen:
            move(folder / f"{name}.ledger", ledger_folder())
            _forget(folder, name)
    if kept.goes_on:
        console.print(f"An earlier run was stopped: {len(kept.results)} of its notebooks are done.")
    left = [(name, path) for name, path in chosen if not kept.done(name, digest(path))]
    ahead = expected([name for name, _ in left], endpoint)
    if left:
        stops = f" It stops before ${budget:.2f}." if budget is not None else ""
        many = "1 notebook" if len(left) == 1 else f"{len(left)} notebooks"
        console.print(f"{many} on {endpoint.label}: {ahead}.{stops}", markup=False)
    if left and not yes and not on_this_machine(endpoint.base_url) and not _agreed():
        raise Problem("Nothing was sent", "`--yes` agrees, `--budget 1.00` sets an end")
    for name, result in _results(console, left, endpoint, kept, folder, budget, retries, ahead.seconds):
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
    ledger = folder / f"{name}.ledger"
    with tempfile.TemporaryDirectory() as place:
        outcomes = Path(place) / "outcomes.jsonl"
        environment = {
            **_dotenv(),
            "WORKBOOK_PROFILE": endpoint.profile,
            "WORKBOOK_NOTEBOOK": name,
            KEEP: str(folder / f"{name}.replies.sqlite"),
            "WORKBOOK_LEDGER": "yes",
            "WORKBOOK_LEDGER_FOLDER": str(ledger),
            "WORKBOOK_RETRIES": str(retries),
            "WORKBOOK_OUTCOMES": str(outcomes),
        }
        if endpoint.profile == "local":
            environment["WORKBOOK_BASE_URL"] = endpoint.base_url
        if (most := _most(endpoint, budget)) is not None:
            environment["WORKBOOK_BUDGET_TOTAL_USD"] = str(most)
        started = time.perf_counter()
        cell, message = execute_one(path, folder / f"{name}.ipynb", environment, kernel, CELL_SECONDS)
        taken = time.perf_counter() - started
        exercises = {line["exercise"]: line for line in lines(outcomes)}
    # Those of an earlier, killed part of this notebook are in the same folder; kept replies are no calls.
    calls = [call for call in Reader(ledger) if call.profile == endpoint.profile]
    unpriced = any(call.usd is None for call in calls if call.answered)
    result = NotebookResult(
        name=name,
        sha256=digest(path),
        seconds=round(taken, 1),
        calls=len(calls),
        tokens=sum(call.input_tokens + call.output_tokens for call in calls),
        usd=None if unpriced else sum(call.usd or 0.0 for call in calls if call.source == "live"),
        exercises=list(exercises.values()),
        declared=_declared(path),
        failed_cell=cell,
        message=message,
    )
    move(ledger, ledger_folder())  # the money is spent: `workbook ledger` and the month's budget shall know
    _forget(folder, name)
    return result


def _most(endpoint: Endpoint, budget: float | None) -> float | None:
    """US dollars that a notebook may spend: what is left of the run's budget, and of the person's for this month."""
    limits = [] if budget is None else [budget]
    if (total := endpoint.settings.budget_total_usd) is not None and not endpoint.ledger.free:
        limits.append(max(0.0, total - sum(MonthlyBudget(total, ledger_folder()).state())))
    return min(limits, default=None)


def _forget(folder: Path, name: str) -> None:
    """The kept replies of a notebook that is done."""
    for file in folder.glob(f"{name}.replies.sqlite*"):
        file.unlink()


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

    found = {name: value for name, value in dotenv_values(home() / ".env").items() if value and name not in os.environ}
    paths = {name: value for name in PATHS if (value := found.get(name) or os.environ.get(name))}
    return {**found, **{name: str(home() / Path(value).expanduser()) for name, value in paths.items()}}


def _declared(path: Path) -> int:
    """How many exercises a notebook has."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return sum("exercise" in cell.get("metadata", {}).get("workbook", {}) for cell in cells)
