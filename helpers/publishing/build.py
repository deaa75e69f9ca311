"""`workbook build`: writes notebooks/ and solutions/*.ipynb from the sources, and finds where they have drifted.

A learner's notebook has the starters and no outputs. A solution's notebook is executed on the mock endpoint and keeps
its outputs; the same source and the same helpers give the same bytes. Learners work on
copies (helpers.commands.workspace), so nothing that is written here was ever edited by one.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from helpers.files import write_atomically
from helpers.paths import NOTEBOOKS, ROOT, SOLUTIONS
from helpers.poc.workbooks import workbook
from helpers.publishing import lesson_use
from helpers.publishing.index import header, index_table, next_step, readme_with_index
from helpers.publishing.source import Source, SourceError, read_all

if TYPE_CHECKING:
    from nbformat import NotebookNode

PARAMETERS_TAG = "parameters"  # papermill puts a run's parameters under the cell that has it
INDEX_MARK = "<!-- index of the lessons -->"
# What a build must not depend on: settings and chance. Progress begins anew for each notebook.
BUILD_ENVIRONMENT = {
    "WORKBOOK_PROFILE": "mock",
    "WORKBOOK_MOCK_SEED": "2026",
    "PYTHONHASHSEED": "0",
    "WORKBOOK_VARIANT": "neutral",
    "TQDM_DISABLE": "1",
}


def run(names: Sequence[str] = (), *, check: bool = False) -> int:
    """Build, or check; prints a line a notebook. 0 when all is well, 1 when something drifted or failed."""
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=True)
    try:
        every = read_all()
    except SourceError as error:
        console.print(f"[red]✗[/] {error}")
        return 1
    chosen = [source for source in every if not names or source.name in names]
    if unknown := set(names) - {source.name for source in chosen}:
        console.print(
            f"[red]✗[/] no such lesson: {', '.join(sorted(unknown))}. There are: {', '.join(s.name for s in every)}"
        )
        return 1
    return _check(chosen, every, console) if check else _build(chosen, every, console)


def learner_notebook(source: Source, every: Sequence[Source]) -> NotebookNode:
    """The notebook that learners open: starters, no outputs."""
    return _notebook(source, every, starters=True)


def solution_notebook(source: Source, every: Sequence[Source]) -> NotebookNode:
    """The worked notebook, not executed yet."""
    return _notebook(source, every, starters=False)


def drift(source: Source, every: Sequence[Source]) -> list[str]:
    """What no longer agrees with the source, as sentences; executes nothing, so outputs are only looked for."""
    import nbformat

    found = []
    learner, solution = NOTEBOOKS / source.place, SOLUTIONS / source.place
    if not learner.exists() or learner.read_text(encoding="utf-8") != _text(learner_notebook(source, every)):
        found.append(f"{learner.relative_to(ROOT).as_posix()} is not what its source makes")
    if not solution.exists():
        return [*found, f"{solution.relative_to(ROOT).as_posix()} is missing"]
    stored = nbformat.read(solution, as_version=4)
    executed = all(cell.execution_count for cell in stored.cells if cell.cell_type == "code" and cell.source)
    if _text(_without_outputs(stored)) != _text(solution_notebook(source, every)) or not executed:
        found.append(f"{solution.relative_to(ROOT).as_posix()} is not what its source makes, or was not executed")
    return found


def _build(chosen: Sequence[Source], every: Sequence[Source], console) -> int:
    from rich.markup import escape
    from rich.progress import Progress

    from helpers.publishing.execution import NotebookFailed, execute
    from helpers.publishing.warm_kernel import warm_kernels

    failed, measured = 0, {}
    for sentence in _shortcomings(chosen, declared=True):
        failed += 1
        console.print("[red]✗[/]", escape(sentence))
    # All of them before the first is executed: lesson 00 shows every lesson's exercises.
    for source in chosen:
        write_atomically(NOTEBOOKS / source.place, _text(learner_notebook(source, every)))
    with warm_kernels() as kernel, Progress(console=console, transient=True) as progress:
        task = progress.add_task("building", total=len(chosen))
        for source in chosen:
            progress.update(task, description=source.name)
            try:
                with tempfile.TemporaryDirectory() as home:
                    executed = execute(
                        solution_notebook(source, every),
                        kernel_name=kernel,
                        cwd=Path(home),
                        env={
                            **BUILD_ENVIRONMENT,
                            "WORKBOOK_HOME": home,
                            "WORKBOOK_PROGRESS": f"{home}/progress.json",
                            "WORKBOOK_POC_RUN": f"{home}/poc_run",
                        },
                    )
            except NotebookFailed as error:
                failed += 1
                console.print(f"[red]✗[/] {source.name}: {error}")
            else:
                write_atomically(SOLUTIONS / source.place, _text(executed))
                try:
                    worked = solution_notebook(source, every)
                    measured[source.name] = lesson_use.measure(source, worked, kernel, BUILD_ENVIRONMENT)
                except NotebookFailed as error:
                    failed += 1
                    console.print(f"[red]✗[/] {source.name}, run as on a live endpoint: {error}")
                lacking = list(_shortcomings([source], declared=False))
                failed += len(lacking)
                for sentence in lacking:
                    console.print("[red]✗[/]", escape(sentence))
                if not lacking:
                    console.print(f"[green]✓[/] {source.place.as_posix()}")
            progress.advance(task)
    lesson_use.write(measured, [source.name for source in every], ROOT)
    write_atomically(ROOT / "README.md", readme_with_index((ROOT / "README.md").read_text(encoding="utf-8"), every))
    return 1 if failed else 0


def _check(chosen: Sequence[Source], every: Sequence[Source], console) -> int:
    found = [sentence for source in chosen for sentence in drift(source, every)]
    found += _shortcomings(chosen, declared=True)
    found += _strays(every)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    if readme != readme_with_index(readme, every):
        found.append("the index in README.md is not what the sources make")
    for sentence in found:
        console.print(f"[red]✗[/] {sentence}")
    console.print("Run `workbook build`." if found else f"[green]✓[/] {len(chosen)} notebooks agree with their sources")
    return 1 if found else 0


def _shortcomings(sources: Sequence[Source], *, declared: bool) -> Iterator[str]:
    """What the exercises of these lessons lack by their declarations, or when their answers are tried on the mock."""
    from helpers.grading import shortcomings
    from helpers.grading.lessons import CHECKS, exercises_of, lesson_names
    from helpers.grading.trials import LessonTrial, environment

    known = lesson_names()
    for source in sources:
        if source.name not in known:
            continue  # without exercises
        checks = importlib.import_module(f"{CHECKS}.{source.name}")
        if declared:
            found = shortcomings.declared(exercises_of(checks).values())
        else:
            with tempfile.TemporaryDirectory() as home:
                own = {**BUILD_ENVIRONMENT, "WORKBOOK_HOME": home, "WORKBOOK_PROGRESS": "off"}
                with environment(own), contextlib.chdir(home):
                    found = list(shortcomings.tried(LessonTrial.of_source(source, checks)))
        yield from (f"{source.name}, {sentence}" for sentence in found)


def _strays(every: Sequence[Source]) -> Iterable[str]:
    places = {source.place for source in every}
    for tree in (NOTEBOOKS, SOLUTIONS):
        for path in sorted(tree.rglob("*.ipynb")):
            if path.relative_to(tree) not in places and ".ipynb_checkpoints" not in path.parts:
                yield f"{path.relative_to(ROOT).as_posix()} has no source: delete it"


def _notebook(source: Source, every: Sequence[Source], *, starters: bool) -> NotebookNode:
    from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

    texts: Counter[str] = Counter()

    def identifier(text: str) -> str:
        texts[text] += 1
        return hashlib.sha256(f"{source.name}\0{texts[text]}\0{text}".encode()).hexdigest()[:12]

    def markdown(text: str) -> NotebookNode:
        return new_markdown_cell(text, id=identifier(text))

    cells = [markdown(header(source, every))]
    for cell in source.cells:
        if cell.kind == "markdown":
            cells.append(markdown(cell.text.replace(INDEX_MARK, index_table(every, links_from=source))))
            continue
        metadata: dict = {"tags": list(cell.tags)} if cell.tags else {}
        if cell.exercise:
            metadata["workbook"] = {"exercise": cell.exercise}
            name = f"exercise-{cell.exercise}"
        else:
            name = identifier(cell.text)
        text = cell.starter if starters else cell.solution
        if source.front.poc and PARAMETERS_TAG in cell.tags:
            text = workbook(source.front.poc).parameters.as_cell()
        cells.append(new_code_cell(text, id=name, metadata=metadata))
    if following := next_step(source, every):
        cells.append(markdown(following))
    return new_notebook(cells=cells, metadata=_metadata())


def _metadata() -> dict:
    # No version of Python: a build on another one would differ in nothing else.
    return {
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        "language_info": {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"},
    }


def _without_outputs(notebook: NotebookNode) -> NotebookNode:
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    notebook.metadata.update(_metadata())
    return notebook


def _text(notebook: NotebookNode) -> str:
    import nbformat

    return nbformat.writes(notebook, version=nbformat.NO_CONVERT).rstrip("\n") + "\n"
