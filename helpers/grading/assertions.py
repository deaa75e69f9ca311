"""Plain `assert` in a check, retold for the learner: what was tried, what came back, what was expected.

Works the two sides of the assertion out again from the check's source; where that is not possible its message must do.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Collection, Mapping
from types import FrameType, TracebackType
from typing import Any

from helpers.grading.failures import NotYet
from helpers.grading.notation import shown
from helpers.grading.outcomes import Counterexample

# What using a value of the wrong shape raises: `split("abcdef", 4, 2)[1]` where one piece came back.
_SHAPE_ERRORS = (TypeError, ValueError, LookupError, AttributeError)
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


def broken_assertion(
    error: BaseException, check_file: str, learners: Mapping[str, Any], observed: Mapping[str, Any]
) -> NotYet | None:
    """NotYet when an assertion of the check fails, or cannot be worked out for what the learner gave; else None.

    check_file: file of the check. learners: what its parameters stand for, by name. observed: what it has observed.
    """
    place = _innermost(error.__traceback__, check_file)
    found = _assertion_at(*place) if place else None
    if isinstance(error, AssertionError):
        message = str(error).strip()
        if place is None or found is None:
            return NotYet(message or "A property does not hold.")
        message = message or f"This does not hold: `{ast.unparse(found.test)}`."
        return NotYet(message, _retold(found.test, place[0], learners, observed))
    raised_there = place is not None and place[2] and isinstance(error, _SHAPE_ERRORS)
    if not raised_there or found is None or not _calls(found.test, learners):
        return None
    frame = place[0]
    call = _calls(found.test, learners)[0]
    rows = (
        ("tried", ast.unparse(call)),
        ("came back", shown(_value(call, frame))),
        ("but", f"it has another shape than expected ({type(error).__name__}: {error})"),
    )
    try:
        message = str(_value(found.msg, frame)) if found.msg else f"This does not hold: `{ast.unparse(found.test)}`."
    except Exception:
        message = f"This does not hold: `{ast.unparse(found.test)}`."
    return NotYet(message, Counterexample(rows))


def tried_in(error: BaseException, check_file: str, learners: Mapping[str, Any]) -> str:
    """The call of the learner's function in the assertion of the check that an exception came out of, or ""."""
    place = _innermost(error.__traceback__, check_file)
    found = _assertion_at(*place) if place else None
    calls = _calls(found.test, learners) if found else []
    return ast.unparse(calls[0]) if calls else ""


def _innermost(traceback: TracebackType | None, file: str) -> tuple[FrameType, int, bool] | None:
    """The innermost frame of a file, its line, and whether the exception was raised in that very frame."""
    found = None
    while traceback:
        if traceback.tb_frame.f_code.co_filename == file:
            found = traceback.tb_frame, traceback.tb_lineno, traceback.tb_next is None
        traceback = traceback.tb_next
    return found


def _assertion_at(frame: FrameType, line: int, _raised_there: bool) -> ast.Assert | None:
    try:
        lines, first = inspect.getsourcelines(frame.f_code)
        tree = ast.parse(textwrap.dedent("".join(lines)))
    except (OSError, TypeError, SyntaxError):
        return None
    for node in ast.walk(tree):
        if isinstance(node, ast.Assert) and node.lineno <= line - first + 1 <= (node.end_lineno or node.lineno):
            return node
    return None


def _retold(
    test: ast.expr, frame: FrameType, learners: Mapping[str, Any], observed: Mapping[str, Any]
) -> Counterexample | None:
    try:
        if not _calls(test, learners):
            return _values(learners, observed)
        if isinstance(test, ast.Compare) and len(test.ops) == 1:
            left, right = _value(test.left, frame), _value(test.comparators[0], frame)
            expected = _OPERATORS[type(test.ops[0])] + shown(right)
            rows = (("tried", ast.unparse(test.left)), ("came back", shown(left)), ("expected", expected))
            return Counterexample(rows)
        return Counterexample((("tried", ast.unparse(test)), ("came back", shown(_value(test, frame)))))
    except Exception:
        return None  # the sides cannot be worked out again


def _calls(test: ast.expr, names: Collection[str]) -> list[ast.Call]:
    """Calls of the learner's functions in an assertion."""
    return [n for n in ast.walk(test) if isinstance(n, ast.Call) and getattr(n.func, "id", "") in names]


def _values(learners: Mapping[str, Any], observed: Mapping[str, Any]) -> Counterexample | None:
    """Where the task is a value and not a function, what was seen of it is the counterexample, or the value itself."""
    if observed:
        return Counterexample(tuple((name, shown(value)) for name, value in observed.items()))
    data = (bool, int, float, str, list, tuple, dict, set)
    rows = tuple((f"your {name}", shown(value)) for name, value in learners.items() if isinstance(value, data))
    return Counterexample(rows) if rows else None


def _value(node: ast.expr, frame: FrameType) -> Any:
    return eval(compile(ast.Expression(node), "<assertion>", "eval"), frame.f_globals, dict(frame.f_locals))


def uses(test: str, names: Collection[str]) -> bool:
    """Whether a text of code mentions one of these names."""
    try:
        return any(isinstance(n, ast.Name) and n.id in names for n in ast.walk(ast.parse(test)))
    except SyntaxError:
        return False
