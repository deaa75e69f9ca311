"""Runs a notebook from top to bottom with papermill; gives back the same notebook with outputs, and nothing that chance
or the clock put there. What it is run for (building, testing, a report) and on which endpoint is the caller's.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nbformat import NotebookNode

PARAMETERS_CELL = "injected-parameters"
_STARTS = 3


class NotebookFailed(RuntimeError):
    """A notebook that did not run to its end; the message says which, where and why in one line.

    `cell` is the failing cell's position, from 0, None when the kernel did not get as far as a cell; `traceback` is
    the exception's, empty when the kernel died or the time was up. `told` is the exception's whole message.
    """

    def __init__(self, message: str, cell: int | None = None, traceback: str = "", told: str = ""):
        super().__init__(message)
        self.cell = cell
        self.traceback = traceback
        self.told = told


def execute(
    notebook: Path | str | NotebookNode,
    out_path: Path | str | None = None,
    *,
    parameters: Mapping[str, Any] | None = None,
    timeout: int = 60,
    kernel_name: str = "python3",
    cwd: Path | str | None = None,
    env: Mapping[str, str] | None = None,
) -> NotebookNode:
    """Run all cells in a kernel of its own; return the executed notebook. The input is not changed.

    Two runs of the same deterministic code give equal notebooks: no times, no kernel's name, output streams in one
    piece. Metadata and cells are the input's; a parameters' cell is added when `parameters` are given.

    notebook: a file or a notebook; a file's folder is the kernel's, unless `cwd` says otherwise.
    out_path: where to write the result, its folder is made; after a failure it holds what there was, with the error.
    timeout: seconds for each cell.
    env: added to this process's environment for the kernel.

    Raises NotebookFailed when a cell raises, takes too long or ends its kernel; FileNotFoundError.
    """
    import nbformat

    name, original = _read(notebook)
    if cwd is None and not isinstance(notebook, nbformat.NotebookNode):
        cwd = Path(notebook).resolve().parent
    executed = _run(name, original, out_path, parameters, timeout, kernel_name, cwd, env)
    result = _without_traces(executed, original)
    if out_path is not None:
        nbformat.write(result, Path(out_path), version=nbformat.NO_CONVERT)
    return result


def _read(notebook: Path | str | NotebookNode) -> tuple[str, NotebookNode]:
    import nbformat

    if isinstance(notebook, nbformat.NotebookNode):
        return _title(notebook), notebook
    path = Path(notebook)
    return path.name, nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)


class _KernelNotStarted(NotebookFailed):
    """Nothing of the notebook has run."""


def _run(*arguments) -> NotebookNode:
    # Jupyter finds free ports and the kernel binds them later: now and then another process is quicker.
    for _ in range(_STARTS - 1):
        try:
            return _run_once(*arguments)
        except _KernelNotStarted:
            continue
    return _run_once(*arguments)


def _run_once(name, notebook, out_path, parameters, timeout, kernel_name, cwd, env) -> NotebookNode:
    import papermill
    from jupyter_client.kernelspec import NoSuchKernel
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    place = _Place(name)
    if out_path is not None:
        Path(out_path).parent.mkdir(parents=True, exist_ok=True)
    try:
        return papermill.execute_notebook(
            copy.deepcopy(notebook),
            out_path if out_path is None else str(Path(out_path).resolve()),
            parameters=dict(parameters or {}),
            kernel_name=kernel_name,
            cwd=cwd,
            progress_bar=False,
            execution_timeout=timeout,
            kernel_manager_class=_kernel_manager({**os.environ, **(env or {})}),
            extra_arguments=["--log-level=ERROR"],  # ipykernel warns about loopback traffic on every start
            shutdown_kernel="immediate",
            record_timing=False,
            coalesce_streams=True,
            on_cell_start=place.started,
        )
    except papermill.PapermillExecutionError as error:
        traceback = "\n".join(error.traceback)
        said = f"{place}: {error.ename}: {_first_line(error.evalue)}"
        raise NotebookFailed(said, place.cell, traceback, str(error.evalue)) from None
    except CellTimeoutError:
        raise NotebookFailed(f"{place}: took longer than {timeout} s", place.cell) from None
    except DeadKernelError:
        raise NotebookFailed(f"{place}: the kernel died", place.cell) from None
    except NoSuchKernel:
        raise NotebookFailed(f"{place}: there is no kernel named {kernel_name!r}") from None
    except RuntimeError as error:
        if place.cell is not None:
            raise
        raise _KernelNotStarted(f"{place}: no kernel started: {_first_line(str(error))}") from error


class _Place:
    """Where an execution has got to; str() names the notebook and the cell by its first line."""

    def __init__(self, name: str):
        self._name = name
        self._source = ""
        self.cell: int | None = None

    def started(self, *, cell: NotebookNode, cell_index: int) -> None:
        self.cell, self._source = cell_index, cell.source

    def __str__(self) -> str:
        if self.cell is None:
            return self._name
        return f"{self._name}, cell {self.cell} `{_first_line(self._source)}`"


def _kernel_manager(environment: Mapping[str, str]) -> type:
    from jupyter_client.manager import AsyncKernelManager

    class KernelManagerWithEnvironment(AsyncKernelManager):
        """papermill has no parameter for a kernel's environment, and this process's own is shared by its threads."""

        async def _async_pre_start_kernel(self, **keywords):
            return await super()._async_pre_start_kernel(**{**keywords, "env": dict(environment)})

        pre_start_kernel = _async_pre_start_kernel

    return KernelManagerWithEnvironment


def _without_traces(executed: NotebookNode, original: NotebookNode) -> NotebookNode:
    """The original with the outputs of the executed one. papermill writes times and its version into both metadata."""
    result = copy.deepcopy(original)
    added = len(executed.cells) - len(original.cells)
    if added:
        where = next(i for i, cell in enumerate(executed.cells) if PARAMETERS_CELL in cell.metadata.get("tags", ()))
        parameters = copy.deepcopy(executed.cells[where])
        parameters.id, parameters.metadata = PARAMETERS_CELL, {"tags": [PARAMETERS_CELL]}
        result.cells.insert(where, parameters)
    for cell, run in zip(result.cells, executed.cells, strict=True):
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = run.outputs, run.execution_count
    return result


def _title(notebook: NotebookNode) -> str:
    heading = next((cell.source for cell in notebook.cells if cell.cell_type == "markdown"), "")
    return _first_line(heading).lstrip("# ") or "notebook"


def _first_line(text: str) -> str:
    lines = str(text).strip().splitlines()
    line = lines[0] if lines else ""
    return line if len(line) <= 80 else f"{line[:79]}…"
