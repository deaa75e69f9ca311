"""Exercises tried as a learner meets them: the lesson's cells have run, then some code stands in the exercise's cell.

What generated tests use, and later the mutation of solutions. Runs code in this process: for an author's own lessons,
not for the submissions of others.
"""

from __future__ import annotations

import ast
import asyncio
import contextlib
import functools
import inspect
import io
import itertools
import json
import linecache
import os
import socket
import sys
import types
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from helpers.grading.exercises import Exercise, grade
from helpers.grading.lessons import exercises_of
from helpers.grading.outcomes import Outcome
from helpers.grading.variants import NEUTRAL

if TYPE_CHECKING:
    from helpers.publishing.source import Source

_numbers = itertools.count(1)


class LessonTrial:
    """A lesson whose solutions notebook has been run once; every trial works on a copy of the variables it left.

    starters, solutions: exercise name -> source of its cell. cells: sources of all code cells, in order.
    """

    def __init__(
        self,
        name: str,
        checks: ModuleType,
        cells: list[str],
        starters: Mapping[str, str],
        solutions: Mapping[str, str],
        variant: str = NEUTRAL,
    ) -> None:
        self.name, self.variant = name, variant
        self.exercises = {key: made.for_variant(variant) for key, made in exercises_of(checks).items()}
        self.starters = starters
        self.solutions = {key: made.solution(solutions.get(key, "")) for key, made in self.exercises.items()}
        self._base: dict[str, Any] = {"__name__": "__main__", "__builtins__": __builtins__}
        before = dict(os.environ)
        with environment({"WORKBOOK_VARIANT": variant}):
            for cell in cells:
                run_cell(cell, self._base, name)
        # connect() tells plain clients by the environment where the endpoint is.
        self._environment = {key: value for key, value in os.environ.items() if before.get(key) != value}

    @classmethod
    def of_source(cls, source: Source, checks: ModuleType, variant: str = NEUTRAL) -> LessonTrial:
        """The lesson as its author's source has it, for one variant."""
        code = [cell for cell in source.cells if cell.kind == "code"]
        starters = {cell.exercise: cell.starter for cell in code if cell.exercise}
        solutions = {cell.exercise: cell.solution for cell in code if cell.exercise}
        return cls(source.name, checks, [cell.solution for cell in code], starters, solutions, variant)

    def outcome(
        self,
        exercise: Exercise,
        code: str,
        *,
        dead: bool = False,
        seconds: float | None = None,
        eager: bool = False,
        variant: str | None = None,
    ) -> Outcome:
        """The verdict when `code` stands in the exercise's cell. dead: no endpoint can be reached.

        seconds: the limit of the check; the exercise's own by default, but not more than 5. eager: as in grade().
        variant: judged as another learner's than the one whose lesson was run.
        """
        seconds = seconds or min(exercise.seconds, 5.0)
        namespace = self.namespace(without=self._own_names(exercise), dead=dead)
        with environment(self._environment | ({"OPENAI_BASE_URL": dead_url()} if dead else {})):
            run_cell(code, namespace, f"{self.name}-{exercise.name}")
            own = exercise.for_variant(variant or self.variant)
            return grade(own, namespace, self.starters.get(exercise.name), seconds=seconds, eager=eager)

    def handed_on(self, exercise: Exercise, to: str) -> Outcome:
        """The verdict on this learner's values for a learner of another variant.

        Of a function only the values are handed on: a table of what it gave back in this learner's own check.
        """
        namespace = self.namespace(without=self._own_names(exercise))
        with environment(self._environment):
            run_cell(self.solutions[exercise.name], namespace, f"{self.name}-{exercise.name}")
            functions = {n: namespace[n] for n in exercise.needs if isinstance(namespace[n], types.FunctionType)}
            tables = {name: _Table(function) for name, function in functions.items()}
            grade(exercise.for_variant(self.variant), namespace | {n: t.noted for n, t in tables.items()})
            return grade(exercise.for_variant(to), namespace | {n: t.told for n, t in tables.items()})

    def namespace(self, *, without: set[str] = frozenset(), dead: bool = False) -> dict[str, Any]:
        """A copy of the lesson's variables; its functions see the copy as their globals."""
        copy = {name: value for name, value in self._base.items() if name not in without}
        for name, value in copy.items():
            if isinstance(value, types.FunctionType) and value.__globals__ is self._base:
                copy[name] = _with_globals(value, copy)
            elif dead:
                copy[name] = _dead(value)
        return copy

    def _own_names(self, exercise: Exercise) -> set[str]:
        """What the exercise's cell defines: a trial must not find the solution's version of it."""
        tree = ast.parse(self.solutions.get(exercise.name, ""))
        return {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)} | {
            n.name for n in tree.body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        }


class _Table:
    """A function's results by its arguments: `noted` fills the table, `told` only looks things up."""

    def __init__(self, function: types.FunctionType) -> None:
        self._results: dict[str, Any] = {}

        @functools.wraps(function)
        def noted(*args: Any, **kwargs: Any) -> Any:
            result = self._results[repr((args, kwargs))] = function(*args, **kwargs)
            return result

        @functools.wraps(function)
        def told(*args: Any, **kwargs: Any) -> Any:
            return self._results.get(repr((args, kwargs)))

        self.noted, self.told = noted, told


def code_cells(notebook: Path) -> list[str]:
    """Sources of a notebook's code cells, in order."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


def run_cell(code: str, namespace: dict[str, Any], label: str) -> None:
    """Run a cell as a notebook would: its lines are known to tracebacks and inspect, `await` may stand at the top."""
    filename = f"<{label} cell {next(_numbers)}>"
    linecache.cache[filename] = (len(code), None, code.splitlines(keepends=True), filename)
    compiled = compile(code, filename, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    namespace["In"] = [*namespace.get("In", [""]), code]
    with contextlib.redirect_stdout(io.StringIO()):
        result = eval(compiled, namespace)
        if inspect.iscoroutine(result):
            asyncio.run(result)


def _with_globals(function: types.FunctionType, namespace: dict[str, Any]) -> types.FunctionType:
    copy = types.FunctionType(
        function.__code__, namespace, function.__name__, function.__defaults__, function.__closure__
    )
    copy.__kwdefaults__, copy.__doc__, copy.__module__ = function.__kwdefaults__, function.__doc__, function.__module__
    copy.__annotations__, copy.__qualname__ = function.__annotations__, function.__qualname__
    copy.__dict__.update(function.__dict__)
    return copy


class DeadEndpoint:
    """An endpoint whose clients get no connection; everything else is the real one's."""

    def __init__(self, real: Any) -> None:
        self._real = real
        self.base_url = dead_url()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    @property
    def client(self) -> Any:
        return _dead(self._real.client)

    @property
    def async_client(self) -> Any:
        return _dead(self._real.async_client)

    def chat_model(self, *args: Any, **options: Any) -> Any:
        return _dead(self._real.chat_model(*args, **options))

    def embeddings(self, **options: Any) -> Any:
        return _dead(self._real.embeddings(**options))


def dead_url() -> str:
    """Address of a loopback port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}/v1"


def _dead(value: Any) -> Any:
    """The same kind of client without a connection; anything else as it is."""
    openai = sys.modules.get("openai")
    if openai and isinstance(value, openai.OpenAI | openai.AsyncOpenAI):
        return value.with_options(base_url=dead_url(), max_retries=0)
    if type(value).__module__.startswith("langchain_openai"):
        return _dead_model(value)
    if all(hasattr(type(value), name) for name in ("client", "chat_model", "embeddings")):
        return DeadEndpoint(value)
    return value


def _dead_model(value: Any) -> Any:
    make: Callable[..., Any] = type(value)
    return make(
        model=getattr(value, "model_name", None) or value.model, base_url=dead_url(), api_key="dead", max_retries=0
    )


@contextlib.contextmanager
def environment(values: Mapping[str, str]) -> Iterator[None]:
    """Environment variables that last for the block."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
