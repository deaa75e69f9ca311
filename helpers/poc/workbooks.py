"""Which PoC workbooks there are. Each declares itself once, as WORKBOOK, in a package of its own beside this module."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from helpers.paths import NOTEBOOKS
from helpers.poc.charter import Criterion
from helpers.poc.parameters import Parameters
from helpers.problem import Problem

# Name -> package that holds WORKBOOK.
PACKAGES: dict[str, str] = {
    "error_logs": "helpers.poc.error_logs",
    "financial_report": "helpers.poc.financial_report",
}


@dataclass(frozen=True)
class Workbook:
    """One PoC workbook.

    name: as in `workbook poc run NAME`. parameters: its typed model. criteria: what its report judges.
    prompts: file name -> text; `new` writes them into a team's folder, where they are versions to change.
    files: file name -> text of other files that a team changes, such as its categories; `new` writes them too.
    begins: parameters that `new` sets in the team's params.yaml, such as the names of those files.
    gold: header line and an example of the gold file. steps: the architecture, from the parameters: box -> words.
    estimate: calls and tokens that a run will need, reckoned from the parameters without a call; None where unknown.
    """

    name: str
    title: str
    parameters: type[Parameters]
    criteria: tuple[Criterion, ...]
    notebook: Path
    prompts: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    begins: Mapping[str, object] = field(default_factory=dict)
    gold: str = ""
    steps: Callable[[Parameters], Mapping[str, str]] | None = None
    estimate: Callable[[Parameters], Estimate | None] | None = None
    charter: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Estimate:
    """What a run will need at most: calls, and tokens in and out."""

    calls: int
    input_tokens: int
    output_tokens: int
    basis: str = ""


def workbook(name: str) -> Workbook:
    """The workbook of that name. Raises Problem with the nearest one."""
    if name not in PACKAGES:
        near = difflib.get_close_matches(name, PACKAGES, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(PACKAGES)}"
        raise Problem(f"There is no PoC workbook {name!r}", hint)
    return importlib.import_module(PACKAGES[name]).WORKBOOK


def workbooks() -> list[Workbook]:
    """All of them, by name."""
    return [workbook(name) for name in sorted(PACKAGES)]


def notebook_of(name: str) -> Path:
    """Where a workbook's notebook is published."""
    return NOTEBOOKS / "poc" / f"{name}.ipynb"
