"""The process of one submission: runs its cells behind the fence, then answers for what they defined.

Everything here is at the mercy of the code that it runs. Nothing that it says is believed: it is only ever the answer
of the learner's code.
"""

from __future__ import annotations

import ast
import asyncio
import inspect
import linecache
import os
import sys
import types
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from helpers.gradebook.channel import Channel
from helpers.gradebook.clients import built_client
from helpers.gradebook.failures import raised_again, told_of_failure
from helpers.gradebook.fence import Limits, close_all_but, end_with_parent, prepare_process, raise_fence
from helpers.gradebook.stand_ins import answered, called, stand_in, told


@dataclass(frozen=True)
class Job:
    """What a submission's process gets. cells: sources of the notebook's code cells; skip: numbers not to run."""

    lesson: str
    cells: tuple[str, ...]
    skip: frozenset[int]
    scratch: Path
    project: Path
    mock_url: str
    limits: Limits
    variants: dict[str, dict[str, Any]] = field(default_factory=dict)  # exercise -> name -> value


def cell_file(number: int) -> str:
    """The name by which tracebacks know a cell."""
    return f"<cell {number}>"


def run(connection: Connection, job: Job) -> None:
    """Entry of the process."""
    # A module of its own: dataclasses and pydantic look classes up in the module that they name.
    sys.modules["__main__"] = types.ModuleType("__main__")
    namespace: dict[str, Any] = vars(sys.modules["__main__"])
    namespace["__builtins__"] = __builtins__
    channel = Channel(
        connection,
        wrap=_wrapped,
        describe=told,
        failed=lambda error: told_of_failure(error, namespace),
        raised=raised_again,
    )
    channel.handle = lambda question: _answer(channel, namespace, question)
    close_all_but(connection.fileno())
    end_with_parent()
    prepare_process(job.scratch, job.mock_url)
    _silence_the_lesson(job.variants)
    port = int(job.mock_url.rsplit(":", 1)[1].split("/")[0])
    fences = raise_fence(job.scratch, job.project, port, job.limits)
    for number, source in enumerate(job.cells):
        if number not in job.skip:
            channel.ask({"began": number})
            try:
                run_cell(number, source, namespace)
            except (Exception, SystemExit) as error:
                channel.ask({"stopped": number, "by": told_of_failure(error, namespace)})
    channel.ask({"ready": fences})
    channel.serve()
    os._exit(0)


def run_cell(number: int, source: str, namespace: dict[str, Any]) -> None:
    """Run one cell as a notebook does: `await` may stand at the top; magics and shell commands do nothing."""
    filename = cell_file(number)
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    try:
        code = _compiled(source, filename)
    except SyntaxError:
        code = _compiled(without_magics(source), filename)
    result = eval(code, namespace)
    if inspect.iscoroutine(result):
        asyncio.run(result)


def _compiled(source: str, filename: str) -> types.CodeType:
    return compile(source, filename, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)


def without_magics(source: str) -> str:
    """The cell with magics and shell lines as comments, so that line numbers stay; a cell magic takes all of it."""
    lines = source.splitlines()
    if lines and lines[0].lstrip().startswith("%%"):
        return "\n".join(f"# {line}" for line in lines)
    marks = ("%", "!", "?")
    return "\n".join(f"# {line}" if line.startswith(marks) or line.rstrip().endswith("?") else line for line in lines)


def _silence_the_lesson(variants: dict[str, dict[str, Any]]) -> None:
    """A submission's own checks are not run, ours are; its cells read their variant's names and numbers."""
    import helpers
    from helpers.grading import lessons
    from helpers.grading.silent import SilentLesson

    def silent(name: str) -> Any:
        return SilentLesson(variants)

    helpers.open_lesson = lessons.open_lesson = silent  # type: ignore[attr-defined]
    helpers.show_progress = lambda *args, **kwargs: None  # type: ignore[attr-defined]
    # Pictures and tables are for readers, and half of a notebook's time.
    for module in (helpers.show, helpers.plots):
        for name, function in [*vars(module).items()]:
            if inspect.isfunction(function) and function.__module__.startswith(module.__name__) and name[0] != "_":
                setattr(module, name, lambda *args, **kwargs: None)


def _wrapped(channel: Channel, reference: dict[str, Any]) -> Any:
    if reference.get("client") == "endpoint":
        from helpers.endpoint import connect

        return connect("mock", quiet=True)
    return built_client(channel, reference) if "client" in reference else stand_in(channel, reference)


def _answer(channel: Channel, namespace: dict[str, Any], question: Any) -> Any:
    if question["do"] == "names":
        return [name for name in question["names"] if name in namespace]
    if question["do"] == "value":
        return namespace[question["name"]]
    if question["do"] == "call":
        result, after = called(channel.own(question["on"]), question["args"], question["kwargs"])
        if inspect.isawaitable(result):
            result = asyncio.run(_finished(result))
        return result, after
    return answered(channel, question, trusting=True)


async def _finished(result: Any) -> Any:
    return await result
