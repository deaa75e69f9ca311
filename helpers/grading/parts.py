"""One run of a check: its parts, its first failure, and `part`, by which a check names and weighs them."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from helpers.grading.blame import explained
from helpers.grading.failures import AuthorError, EndpointDown, NotYet
from helpers.grading.outcomes import PartOutcome


@dataclass
class Run:
    """State of one run. `calling` is the call of the learner's function that is under way, as text."""

    namespace: Mapping[str, Any]
    check: Callable[..., Any] | None = None
    parts: list[PartOutcome] = field(default_factory=list)
    first: NotYet | None = None
    calling: str = ""
    open_part: part | None = None
    remarks: list[str] = field(default_factory=list)

    @property
    def check_file(self) -> str:
        return self.check.__code__.co_filename if self.check else ""

    @property
    def learners(self) -> dict[str, Any]:
        """What the check's parameters stand for."""
        names = inspect.signature(self.check).parameters if self.check else ()
        return {name: self.namespace[name] for name in names if name in self.namespace}

    @property
    def failed(self) -> bool:
        return self.first is not None


_current: ContextVar[Run | None] = ContextVar("grading_run", default=None)


def current_run() -> Run | None:
    """The run this code is part of; None when an author calls a check's pieces by hand."""
    return _current.get()


def remark(markdown: str) -> None:
    """Say something beside the verdict when the exercise passes, such as a figure that the check measured."""
    run = current_run()
    if run:
        run.remarks.append(markdown)


class part:
    """`with part("nothing is lost", points=1):` is one property and its points. A failure
    inside ends this part; the next ones are still tried."""

    def __init__(self, name: str, *, points: int) -> None:
        if not isinstance(points, int) or points < 1:
            raise AuthorError(f"part {name!r}: points must be a whole number of at least 1, not {points!r}")
        self.name, self.points = name, points

    def __enter__(self) -> part:
        run = current_run()
        if run:
            if run.open_part:
                raise AuthorError(f"part {self.name!r} stands inside another part; parts do not nest")
            run.open_part = self
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        run = current_run()
        if run is None:
            return False
        if error is not None and not isinstance(error, Exception | SystemExit):
            return False  # out of time, or stopped by the learner: this part stays open, and no more are tried
        run.open_part = None
        if error is None:
            run.parts.append(PartOutcome(self.name, self.points, self.points, "passed"))
            return True
        return self._failed(run, error)

    def _failed(self, run: Run, error: BaseException) -> bool:
        if run.failed and isinstance(error, UnboundLocalError) and _raised_by_check(error, run):
            # It needs what an earlier, failed part would have made.
            run.parts.append(PartOutcome(self.name, 0, self.points, "untried"))
            return True
        verdict = explained(error, run)
        state = "untried" if isinstance(verdict, EndpointDown) else "failed"
        run.parts.append(PartOutcome(self.name, 0, self.points, state))
        if isinstance(verdict, EndpointDown):
            # Every further call would wait for the same dead service: stop here.
            raise verdict from error
        if isinstance(verdict, AuthorError):
            raise verdict from error
        run.first = run.first or verdict
        return True


def _raised_by_check(error: BaseException, run: Run) -> bool:
    frame = _innermost(error)
    return run.check is not None and frame is not None and frame.f_code is run.check.__code__


def _innermost(error: BaseException):
    traceback = error.__traceback__
    while traceback and traceback.tb_next:
        traceback = traceback.tb_next
    return traceback.tb_frame if traceback else None


def declared_parts(check: Callable[..., Any]) -> list[tuple[str, int]] | None:
    """Names and points of the parts as written in a check's source; None when they are computed or in a loop."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(check)))
    except (OSError, TypeError, SyntaxError):
        return None
    found: list[tuple[str, int]] = []
    loops = [n for n in ast.walk(tree) if isinstance(n, ast.For | ast.While | ast.comprehension)]
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and getattr(node.func, "id", "") == "part"):
            continue
        points = next((key.value for key in node.keywords if key.arg == "points"), None)
        literal = node.args and isinstance(node.args[0], ast.Constant) and isinstance(points, ast.Constant)
        if not literal or any(node in ast.walk(loop) for loop in loops):
            return None
        found.append((node.args[0].value, points.value))
    return found
