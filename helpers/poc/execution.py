"""Runs a workbook's notebook in a run's folder: resumable, and never inside an input."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from helpers.files import write_atomically
from helpers.poc.parameters import Parameters
from helpers.poc.report import Finished, read
from helpers.poc.runs import FOLDER_VARIABLE, new_folder
from helpers.poc.workbooks import Estimate, Workbook, workbook
from helpers.problem import Problem

NOTEBOOK = "notebook.ipynb"
_WHOLE = ("\nNext step: ", "BudgetExceeded")  # a Problem, or a budget: what a person has to put right
_A_DAY_S = 24 * 3600  # a cell may classify a million lines; Ctrl-C is there for impatience


@dataclass(frozen=True)
class Ended:
    """How a run ended. finished: read from its folder; None where the notebook did not come to its end, see `why`."""

    folder: Path
    status: Literal["finished", "failed"]
    finished: Finished | None = None
    why: str = ""


def prepare(chosen: Workbook, parameters: Parameters, parent: Path, charter: Path | None = None) -> Path:
    """Make a run's folder with everything that a resumed run needs. Raises Problem, OSError."""
    for name in parameters.path_names():
        path = getattr(parameters, name)
        if path and not Path(path).exists():
            raise Problem(
                f"{name} = {path} is not there", "check the path; relative ones begin at params.yaml's folder"
            )
        if path and parent.resolve().is_relative_to(Path(path).resolve()):
            raise Problem(f"runs would be written into an input, {path}", "choose another folder with --out")
    folder = new_folder(parent, chosen.name)
    write_atomically(folder / "workbook.txt", chosen.name + "\n")
    write_atomically(folder / "params.yaml", parameters.as_yaml(parameters.model_dump()))
    if charter and charter.exists():
        shutil.copyfile(charter, folder / "charter.yaml")
    return folder


def execute(folder: Path, *, environment: Mapping[str, str] | None = None) -> Ended:
    """Run, or run on, the workbook of a prepared folder; replies that it has already are not paid for again.

    A notebook that fails leaves its folder as it is, to be resumed. Raises Problem for a folder that is no run's, or
    whose run is going on elsewhere; KeyboardInterrupt ends the kernel first.
    """
    from filelock import FileLock, Timeout

    from helpers.publishing.execution import NotebookFailed
    from helpers.publishing.execution import execute as run_notebook

    chosen, parameters = reopen(folder)
    try:
        with FileLock(folder / ".running.lock", timeout=0):
            run_notebook(
                chosen.notebook,
                folder / NOTEBOOK,
                parameters=parameters.model_dump(),
                timeout=_A_DAY_S,
                cwd=folder,
                env={FOLDER_VARIABLE: str(folder.resolve()), "TQDM_DISABLE": "1", **(environment or {})},
            )
    except Timeout:
        raise Problem(f"the run in {folder} is going on already", "wait for its end, or stop it first") from None
    except NotebookFailed as failed:
        # What a person has to put right is said whole, with its next step; of anything else, where it happened.
        whole = any(sign in f"{failed} {failed.told}" for sign in _WHOLE)
        return Ended(folder, "failed", why=failed.told if whole and failed.told else str(failed))
    return Ended(folder, "finished", read(folder))


def reopen(folder: Path) -> tuple[Workbook, Parameters]:
    """Workbook and parameters of a run's folder. Raises Problem."""
    try:
        name = (folder / "workbook.txt").read_text(encoding="utf-8").strip()
    except OSError:
        raise Problem(f"{folder} is no run's folder", "start one with `workbook poc run NAME`") from None
    chosen = workbook(name)
    return chosen, chosen.parameters.read(folder / "params.yaml")


def estimate(chosen: Workbook, parameters: Parameters) -> str:
    """What the run will need, as one sentence; for a mock endpoint, what it would cost elsewhere is not guessed."""
    from helpers.prices import UnknownPrice, price_of
    from helpers.settings import Settings

    needed: Estimate | None = chosen.estimate(parameters) if chosen.estimate else None
    if needed is None:
        return "What it will cost is not known before it runs."
    said = f"At most {needed.calls:,} calls, {needed.input_tokens:,} tokens in and {needed.output_tokens:,} out"
    said += f" ({needed.basis})" if needed.basis else ""
    settings = Settings.load(parameters.profile or None)
    if settings.profile == "mock":
        return f"{said}; free, on the mock endpoint."
    if settings.profile == "local":
        return f"{said}; free, on this machine."
    model = settings.models[parameters.model]
    try:
        cost = price_of(model).cost(needed.input_tokens, needed.output_tokens)
    except UnknownPrice:
        return f"{said}; the price of {model} is not known here."
    return f"{said}: about {cost:.2f} US dollars with {model}; it stops before {parameters.max_cost:.2f}."


def write_new(chosen: Workbook, folder: Path) -> list[Path]:
    """Write a team's folder: params.yaml, charter.yaml, the gold file's format, and prompts as files. Gives the paths.

    Nothing that is there already is overwritten. Raises Problem when everything is.
    """
    begins = dict(chosen.begins)
    if chosen.prompts:  # else the prompts that are written here would be changed without effect
        begins.setdefault("prompt", f"prompts/{next(iter(chosen.prompts))}")
    files = {
        "params.yaml": chosen.parameters.as_yaml(begins),
        "charter.yaml": _charter(chosen),
        **chosen.files,
        **{f"prompts/{name}": text for name, text in chosen.prompts.items()},
    }
    if chosen.gold:
        files["gold.csv"] = chosen.gold
    written = []
    for name, text in files.items():
        path = folder / name
        if not path.exists():
            write_atomically(path, text)
            written.append(path)
    if not written:
        raise Problem(f"{folder} has these files already", "choose another folder, or delete what shall be made anew")
    return written


def _charter(chosen: Workbook) -> str:
    from helpers.poc.charter import Charter

    return Charter.template(chosen.criteria, chosen.charter)
