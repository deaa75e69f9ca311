"""`workbook grade FOLDER -o gradebook/`: many learners' notebooks and progress files into one gradebook."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from helpers.files import write_atomically
from helpers.gradebook.book import NAMES, Book, Names, book_of
from helpers.gradebook.collect import Submission, collect
from helpers.gradebook.fence import Limits
from helpers.gradebook.page import as_html
from helpers.gradebook.pool import grade_all
from helpers.gradebook.results import Result, Results
from helpers.gradebook.tables import as_csv, as_xlsx
from helpers.problem import Problem


def run(
    folder: Path,
    out: Path,
    *,
    lesson: str | None = None,
    names: bool = False,
    workers: int | None = None,
    scheduler: str | None = None,
    seconds: float | None = None,
) -> int:
    """Grade what is in `folder` and write the gradebook into `out`. 0, or 130 when it was interrupted. Raises Problem.

    Submissions graded before, by the same checks, are not graded again.
    """
    submissions = _found(folder, lesson)
    kept = Results(out)
    done = {submission.digest: result for submission in submissions if (result := kept.get(submission))}
    left = [submission for submission in submissions if submission.digest not in done]
    results = [replace(done[s.digest], learner=s.learner, notes=s.notes) for s in submissions if s.digest in done]
    console = Console(stderr=True)
    if results:
        console.print(f"{len(results)} of {len(submissions)} were graded before.")
    limits = Limits() if seconds is None else Limits(run_seconds=seconds)
    interrupted = False
    try:
        graded = (
            _spread(left, kept, scheduler, limits)
            if scheduler
            else grade_all(left, kept.keep, workers=workers, limits=limits)
        )
        results += _watched(graded, len(left), console)
    except KeyboardInterrupt:
        interrupted = True
        results = [result for submission in submissions if (result := kept.get(submission))]
        console.print("Interrupted. What was graded is kept: the same command goes on from here.")
    book = write(results, out, names=names)
    _tell(book, out, names, console)
    return 130 if interrupted else 0


def _found(folder: Path, lesson: str | None) -> list[Submission]:
    try:
        submissions = collect(folder, lesson)
    except FileNotFoundError as error:
        raise Problem(str(error).capitalize(), "name the folder with the learners' files") from None
    if not submissions:
        what = f" of lesson {lesson}" if lesson else ""
        raise Problem(f"{folder} holds no notebook and no progress file{what}", "name another folder or lesson")
    return submissions


def _spread(left: Sequence[Submission], kept: Results, scheduler: str, limits: Limits):
    from helpers.gradebook.cluster import grade_on_cluster

    return grade_on_cluster(left, kept.keep, scheduler, limits=limits)


def _watched(graded, total: int, console: Console) -> list[Result]:
    """The results as they come, with a bar that says whose is done."""
    columns = (
        TextColumn("grading"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    results = []
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=total)
        for _, result in graded:
            results.append(result)
            bar.update(task, advance=1, description=f"{result.lesson} in {result.seconds:.1f} s")
    return results


def write(results: Sequence[Result], out: Path, *, names: bool) -> Book:
    """The gradebook's files: CSV, XLSX, HTML, and the list of pseudonyms where they are used."""
    hidden = None
    if not names:
        hidden = Names(out)
        hidden.add(sorted({result.learner for result in results}))
    book = book_of(results, hidden)
    fences = sorted({fence for result in results for fence in result.fences})
    write_atomically(out / "gradebook.csv", as_csv(book))
    write_atomically(out / "gradebook.xlsx", as_xlsx(book))
    write_atomically(out / "gradebook.html", as_html(book, fences=fences))
    return book


def _tell(book: Book, out: Path, names: bool, console: Console) -> None:
    console.print(f"{len(book.rows)} learners, {len(book.columns)} exercises: {out / 'gradebook.html'}")
    if stuck := book.stuck():
        column, learners = stuck[0]
        console.print(f"Most are stuck at {column.lesson} {column.exercise}: {len(learners)} of {len(book.rows)}.")
    if not names:
        console.print(f"Names are replaced; {out / NAMES} says who is who: keep it to yourself.")
