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

from helpers.grading.endpoint_failures import endpoint_failure
from helpers.grading.failures import AuthorError, EndpointDown, NotYet, learner_line, stopped
from helpers.grading.notation import shown
from helpers.grading.outcomes import Counterexample, PartOutcome


@dataclass
class Run:
    """State of one run. `calling` is the call of the learner's function that is under way, as text."""

    namespace: Mapping[str, Any]
    check: Callable[..., Any] | None = None
    parts: list[PartOutcome] = field(default_factory=list)
    first: NotYet | None = None
    down: EndpointDown | None = None
    calling: str = ""
    inside_part: bool = False
    remarks: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    @property
    def check_file(self) -> str:
        return self.check.__code__.co_filename if self.check else ""

    @property
    def failed(self) -> bool:
        return self.first is not None


_current: ContextVar[Run | None] = ContextVar("grading_run", default=None)


def current_run() -> Run | None:
    """The run this code is part of; None when an author calls a check's pieces by hand."""
    return _current.get()


def remark(text: str) -> None:
    """Say something beside the verdict when the exercise passes, such as a figure that the check measured."""
    run = current_run()
    if run:
        run.remarks.append(text)


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
            if run.inside_part:
                raise AuthorError(f"part {self.name!r} stands inside another part; parts do not nest")
            run.inside_part = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        run = current_run()
        if run is None:
            return False
        run.inside_part = False
        if error is None:
            run.parts.append(PartOutcome(self.name, self.points, self.points, "passed"))
            return True
        if not isinstance(error, Exception | SystemExit):
            run.parts.append(PartOutcome(self.name, 0, self.points, "failed"))
            return False  # out of time, or stopped by the learner: no more parts
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


def remark(markdown: str) -> None:
    """Say something beside the verdict, such as a measure of the learner's answer. Never decides anything."""
    run = current_run()
    if run:
        run.remarks.append(markdown)


def explained(error: BaseException, run: Run) -> NotYet | EndpointDown | AuthorError:
    """Whose fault an exception out of a check is, in the words that will be shown."""
    if isinstance(error, NotYet | EndpointDown | AuthorError):
        return error
    verdict = verdict_inside(error)
    if verdict:
        return verdict
    down = endpoint_failure(error)
    if down:
        return down
    line = learner_line(error.__traceback__, run.namespace, run.check_file)
    if line:
        return stopped(f"`{line.function}`" if line.function else "Your code", error, line, run.calling)
    if isinstance(error, AssertionError):
        return _broken_assertion(error, run)
    wrong_call = _wrong_call(error, run)
    if wrong_call:
        return wrong_call
    return AuthorError(f"{type(error).__name__}: {error}")


def verdict_inside(error: BaseException) -> NotYet | None:
    """A verdict that a client has wrapped in an exception of its own, as openai wraps all that a transport raises."""
    cause, seen = error.__cause__ or error.__context__, 0
    while cause is not None and seen < 8:
        if isinstance(cause, NotYet):
            return NotYet(cause.message, cause.counterexample)
        cause, seen = cause.__cause__ or cause.__context__, seen + 1
    return None


def _raised_by_check(error: BaseException, run: Run) -> bool:
    frame = _innermost(error)
    return run.check is not None and frame is not None and frame.f_code is run.check.__code__


def _innermost(error: BaseException):
    traceback = error.__traceback__
    while traceback and traceback.tb_next:
        traceback = traceback.tb_next
    return traceback.tb_frame if traceback else None


def _wrong_call(error: BaseException, run: Run) -> NotYet | None:
    """A check that calls the learner's function directly, with arguments that it does not take."""
    name = str(error).partition("()")[0].rpartition(".")[2]
    function = run.namespace.get(name)
    if isinstance(error, TypeError) and callable(function) and "argument" in str(error):
        return NotYet(f"`{name}` does not take the arguments that the task gives it.", parameters_row(name, function))
    return None


def parameters_row(name: str, function: Callable[..., Any], tried: str = "") -> Counterexample:
    try:
        signature = str(inspect.signature(function))
    except (TypeError, ValueError):
        signature = "(…)"
    rows = [("tried", tried)] if tried else []
    return Counterexample((*rows, ("yours is", f"{name}{signature}")), "Keep the parameters as the starter gave them.")


def _broken_assertion(error: AssertionError, run: Run) -> NotYet:
    """`assert left == right, "message"` in a check, with the values of both sides worked out again for the learner."""
    message = str(error).strip()
    frame, traceback = None, error.__traceback__
    while traceback:
        if traceback.tb_frame.f_code.co_filename == run.check_file:
            frame, line = traceback.tb_frame, traceback.tb_lineno
        traceback = traceback.tb_next
    if frame is None:
        return NotYet(message or "A property does not hold.")
    test = _assertion_at(frame.f_code, line)
    if test is None:
        return NotYet(message or "A property does not hold.")
    return NotYet(message or f"This does not hold: `{ast.unparse(test)}`.", _sides(test, frame))


def _assertion_at(code: Any, line: int) -> ast.expr | None:
    try:
        lines, first = inspect.getsourcelines(code)
        tree = ast.parse(textwrap.dedent("".join(lines)))
    except (OSError, TypeError, SyntaxError):
        return None
    for node in ast.walk(tree):
        if isinstance(node, ast.Assert) and node.lineno <= line - first + 1 <= (node.end_lineno or node.lineno):
            return node.test
    return None


_OPERATORS = {
    ast.Eq: "",
    ast.NotEq: "something other than ",
    ast.Lt: "less than ",
    ast.LtE: "at most ",
    ast.Gt: "more than ",
    ast.GtE: "at least ",
    ast.In: "one of ",
    ast.NotIn: "none of ",
    ast.Is: "",
    ast.IsNot: "something other than ",
}


def _sides(test: ast.expr, frame: Any) -> Counterexample | None:
    def value(node: ast.expr) -> Any:
        return eval(compile(ast.Expression(node), "<assertion>", "eval"), frame.f_globals, dict(frame.f_locals))

    try:
        if isinstance(test, ast.Compare) and len(test.ops) == 1:
            left, right = value(test.left), value(test.comparators[0])
            expected = _OPERATORS[type(test.ops[0])] + shown(right)
            rows = (("tried", ast.unparse(test.left)), ("came back", shown(left)), ("expected", expected))
            return Counterexample(rows)
        return Counterexample((("tried", ast.unparse(test)), ("came back", shown(value(test)))))
    except Exception:
        return None  # the sides cannot be worked out again: the message has to do


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
