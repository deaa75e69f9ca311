"""`workbook poc …`: PoC workbooks listed, begun, run, swept and compared. The work is done in helpers.poc."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import Annotated

import typer

from helpers.paths import my_work
from helpers.problem import Problem

app = typer.Typer(no_args_is_help=True, add_completion=False)

Name = Annotated[str, typer.Argument(help="Which workbook, as error_logs; `workbook poc list` shows them.")]
GO, NO_GO, FAILED = 0, 1, 3


@app.command("list", help="Show the PoC workbooks and their parameters.")
def list_all(
    name: Annotated[str | None, typer.Argument(help="One workbook, with its parameters.")] = None,
) -> None:
    from helpers.poc import workbook
    from helpers.poc.workbooks import workbooks

    if name:
        typer.echo(f"{workbook(name).title}\n\n{workbook(name).parameters.as_table()}")
        return
    found = workbooks()
    for each in found:
        typer.echo(f"{each.name:<20} {each.title}")
    if not found:
        typer.echo("This version has the frame of PoC workbooks and none of them yet.")


@app.command(help="Write a folder for your own data: params.yaml, charter.yaml, the gold file's format, prompts.")
def new(
    name: Name, folder: Annotated[Path, typer.Argument(help="Folder to write; nothing in it is overwritten.")]
) -> None:
    from helpers.poc import workbook
    from helpers.poc.execution import write_new

    for path in write_new(workbook(name), folder):
        typer.echo(f"wrote {path}")
    typer.echo(f"Next: edit them, then `workbook poc run {name} -f {folder / 'params.yaml'}`.")


@app.command(help="Run a workbook. Exits 0 for go or open, 1 for no-go, 3 when it did not come to its end.")
def run(
    name: Annotated[str | None, typer.Argument(help="Which workbook; not needed with --resume.")] = None,
    settings: Annotated[list[str] | None, typer.Option("-p", help="A parameter, as name=value.")] = None,
    file: Annotated[Path | None, typer.Option("-f", help="params.yaml.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for runs. [default: runs/ beside params.yaml]")] = None,
    sweep: Annotated[
        list[str] | None, typer.Option(help="A run for each value: name=a,b or a pattern of prompt files, quoted.")
    ] = None,
    resume: Annotated[Path | None, typer.Option(help="A run's folder, to go on with it.")] = None,
    scheduler: Annotated[
        str | None, typer.Option(help="Spread a sweep over a Dask cluster, as tcp://host:8786.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Runs of a sweep at a time, here.")] = 2,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before spending money.")] = False,
) -> None:
    from helpers.poc import execution, sweeps, workbook

    if resume:
        raise typer.Exit(_run_one(resume))
    if not name:
        raise Problem("Which workbook?", "`workbook poc list` shows them")
    chosen = workbook(name)
    parameters = chosen.parameters.read(file, settings or [])
    parent = out or (file.resolve().parent / "runs" if file else my_work() / "poc" / name)
    charter = file.parent / "charter.yaml" if file else None
    said = execution.estimate(chosen, parameters)
    made = sweeps.variants(chosen, parameters, sweep) if sweep else []
    typer.echo(f"{chosen.title}. {said}" + (f" Times {len(made)} runs." if made else ""))
    if "US dollars" in said and not yes and not typer.confirm("Go on?"):
        raise typer.Exit(NO_GO)
    if not made:
        raise typer.Exit(_run_one(execution.prepare(chosen, parameters, parent, charter)))
    parent = execution.new_folder(parent, f"{name}_sweep")
    ended = sweeps.run_all(
        chosen,
        made,
        parent,
        charter=charter,
        scheduler=scheduler,
        workers=workers,
        on_end=lambda variant, end: typer.echo(f"{variant.label}: {end.finished.verdict if end.finished else end.why}"),
    )
    typer.echo(f"\n{sweeps.write(ended, parent)}")
    raise typer.Exit(FAILED if any(end.finished is None for _, end in ended) else GO)


@app.command(help="Judge a run by its charter again, and write its report anew; nothing is run.")
def report(folder: Annotated[Path, typer.Argument(help="A run's folder.")]) -> None:
    from helpers.poc.report import read, write

    path = write(folder)
    typer.echo(_summary(read(folder)))
    typer.echo(f"\n{path}")


@app.command(help="Show what changed between run A and the earlier run B.")
def compare(a: Annotated[Path, typer.Argument()], b: Annotated[Path, typer.Argument()]) -> None:
    from helpers.poc.comparison import compare as compared

    typer.echo(compared(a, b).replace("**", ""))


def _run_one(folder: Path) -> int:
    from helpers.poc.execution import execute

    done = threading.Event()
    watcher = threading.Thread(target=_show_progress, args=(folder, done), daemon=True)
    watcher.start()
    try:
        ended = execute(folder)
    except KeyboardInterrupt:
        typer.echo(f"\nStopped. What was answered is kept: `workbook poc run --resume {folder}` goes on.", err=True)
        return 130
    finally:
        done.set()
        watcher.join(timeout=2)
    if ended.finished is None:
        typer.echo(f"The run did not come to its end: {ended.why}", err=True)
        typer.echo(f"What was answered is kept: `workbook poc run --resume {folder}` goes on.", err=True)
        return FAILED
    typer.echo(_summary(ended.finished))
    typer.echo(f"\n{folder / 'report.html'}")
    return NO_GO if ended.finished.verdict == "no-go" else GO


def _summary(finished) -> str:
    from helpers.poc.report import SIGNS, said

    lines = [said(finished.criteria), ""]
    lines += [
        f"  {SIGNS[j.standing]} {j.criterion.text}: {j.value} ({j.criterion.bound}){', ' + j.how if j.how else ''}"
        + (f"\n      {why}" if (why := j.why(simulated=finished.record["simulated"])) else "")
        for j in finished.criteria
    ]
    if skipped := finished.record["skipped"]:
        lines += ["", f"  {len(skipped)} could not be used, such as {skipped[0]['what']}: {skipped[0]['why']}"]
    return "\n".join(lines)


def _show_progress(folder: Path, done: threading.Event) -> None:
    """The run tells its stage in a file; it is shown as a bar with time left and money spent."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[usd]:.4f} US dollars"),
    )
    began = time.time()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("starting", total=None, usd=0.0)
        stage = ""
        while not done.wait(0.3):
            try:
                told = json.loads((folder / "progress.json").read_text(encoding="utf-8"))
            except (OSError, ValueError):
                continue
            if told["at"] < began:
                continue  # of the run that this one resumes
            if told["stage"] != stage:
                stage = told["stage"]
                bar.reset(task, description=stage, total=told["of"], usd=told["usd"])
            bar.update(task, completed=told["done"], total=told["of"], usd=told["usd"])
