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
from helpers.grading.failures import AuthorError, CheckCrashed, NotYet
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
    observed: dict[str, Any] = field(default_factory=dict)
    eager: bool = False  # the first failure ends the run

    @property
    def check_file(self) -> str:
        return self.check.__code__.co_filename if self.check else ""

    @property
    def learners(self) -> dict[str, Any]:
        """What the check's parameters stand for."""
        names = inspect.signature(self.check).parameters if self.check else ()
        return {name: self.namespace[name] for name in names if name in self.namespace and name != "variant"}


_current: ContextVar[Run | None] = ContextVar("grading_run", default=None)


def current_run() -> Run | None:
    """The run this code is part of; None when an author calls a check's pieces by hand."""
    return _current.get()


def remark(markdown: str) -> None:
    """Say something beside the verdict when the exercise passes, such as a figure that the check measured."""
    run = current_run()
    if run:
        run.remarks.append(markdown)


def observe(**facts: Any) -> None:
    """Say what the check has looked at: where a plain assertion then fails, these are its counterexample.

    For work whose value is no data by itself, such as an endpoint: observe(budget=ledger.budget_usd, calls=3).
    """
    run = current_run()
    if run:
        run.observed.update({name.replace("_", " "): value for name, value in facts.items()})


class part:
    """`with part("nothing is lost", points=1):` is one property and its points.

    A failure inside ends this part; the next ones are still tried.
    """

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
        verdict = explained(error, run)
        state = "failed" if isinstance(verdict, NotYet) else "untried"
        run.parts.append(PartOutcome(self.name, 0, self.points, state))
        if isinstance(verdict, NotYet):
            run.first = run.first or verdict
            if run.eager:
                raise verdict from error
        elif not (run.first and isinstance(verdict, CheckCrashed)):
            # A fault of the check; or a dead service, for which every further call would wait. But after a failed part,
            # a crash only means that this part needs what that one would have made.
            raise verdict from error
        return True


def declared_parts(check: Callable[..., Any]) -> list[tuple[str, int]] | None:
    """Names and points of the parts as written in a check; None when they are computed or not always reached."""
    try:
        function = ast.parse(textwrap.dedent(inspect.getsource(check))).body[0]
    except (OSError, TypeError, SyntaxError):
        return None
    blocks = [node.items[0].context_expr for node in getattr(function, "body", []) if isinstance(node, ast.With)]
    plain = [call for call in blocks if _is_part(call)]
    if len(plain) != sum(_is_part(node) for node in ast.walk(function)):
        return None
    try:
        return [_name_and_points(call) for call in plain]
    except (ValueError, StopIteration):
        return None


def _is_part(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and getattr(node.func, "id", "") == "part"


def _name_and_points(call: ast.Call) -> tuple[str, int]:
    points = next(keyword.value for keyword in call.keywords if keyword.arg == "points")
    return str(ast.literal_eval(call.args[0])), int(ast.literal_eval(points))
