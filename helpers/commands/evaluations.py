"""`workbook eval …`: evaluation runs compared, shown as a page, and planned. The work is in helpers.evaluation."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, NoReturn

import typer

from helpers.problem import Problem

app = typer.Typer(no_args_is_help=True, add_completion=False)

Run = Annotated[Path, typer.Argument(help="A run: its folder, or its results.json.")]
By = Annotated[str | None, typer.Option("--by", help="A tag of the cases, to see each of its values apart.")]


@app.command(help="Say whether run A is better than run B, worse, or not shown to be either. Exits 1 for worse.")
def compare(
    a: Run,
    b: Annotated[Path, typer.Argument(help="The earlier run.")],
    scorer: Annotated[str | None, typer.Option(help="Which score; all that both runs have, without it.")] = None,
    by: By = None,
    report: Annotated[Path | None, typer.Option(help="Write an HTML page as well.")] = None,
) -> None:
    from helpers.evaluation import compare as compared
    from helpers.evaluation import write_report

    new, old = _read(a), _read(b)
    names = [scorer] if scorer else [name for name in new.scorers if name in old.scorers]
    if not names:
        raise Problem(
            f"The runs have no score in common: {', '.join(new.scorers)} in A, {', '.join(old.scorers)} in B",
            "score both with the same scorer",
        )
    try:
        found = [compared(new, old, name, slice_by=by) for name in names]
    except (ValueError, KeyError) as error:
        _refuse(error)
    typer.echo("\n\n".join(str(comparison).replace("**", "") for comparison in found))
    if report:
        typer.echo(f"\n{write_report(new, report, before=old, slice_by=by)}")
    raise typer.Exit(1 if any(comparison.verdict == "worse" for comparison in found) else 0)


@app.command(help="Show a run's scores, and write its page with every failing case.")
def report(
    run: Run,
    out: Annotated[Path | None, typer.Option("-o", "--out", help="The page. [default: report.html in the run]")] = None,
    by: By = None,
) -> None:
    from helpers.evaluation import write_report

    results = _read(run)
    typer.echo(str(results).replace("**", ""))
    folder = run if run.is_dir() else run.parent
    typer.echo(f"\n{write_report(results, out or folder / 'report.html', slice_by=by)}")


@app.command(help="Say how many cases show a change of a share, such as --before 0.85 --after 0.90.")
def size(
    before: Annotated[float, typer.Option(min=0, max=1, help="The share now.")],
    after: Annotated[float, typer.Option(min=0, max=1, help="The share that you want to be able to show.")],
    agreement: Annotated[
        float | None, typer.Option(min=0, max=1, help="Share of cases on which both versions are right or wrong alike.")
    ] = None,
    power: Annotated[float, typer.Option(min=0.5, max=0.99, help="How often such a change shall be seen.")] = 0.8,
) -> None:
    from helpers.evaluation import cases_needed

    try:
        paired = cases_needed(before, after, agreement=agreement, power=power)
        apart = cases_needed(before, after, paired=False, power=power)
    except ValueError as error:
        _refuse(error)
    typer.echo(f"{paired:,} cases that both versions answer; {apart:,} for each version where the cases differ.")
    if agreement is None:
        typer.echo("The first figure guesses how often the versions agree; measure it and give --agreement.")


def _read(path: Path):
    from helpers.evaluation import Results

    try:
        return Results.load(path)
    except (OSError, ValueError) as error:
        _refuse(error)


def _refuse(error: Exception) -> NoReturn:
    said = error.args[0] if isinstance(error, KeyError) else error
    raise Problem(str(said), "see `workbook eval --help`") from error
