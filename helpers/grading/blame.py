"""Whose fault an exception out of a check is: the learner's work, the endpoint, or the check itself."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from helpers.grading.assertions import broken_assertion, tried_in
from helpers.grading.endpoint_failures import endpoint_failure
from helpers.grading.failures import AuthorError, CheckCrashed, EndpointDown, NotYet, leaf, learner_line, stopped
from helpers.grading.outcomes import Counterexample

if TYPE_CHECKING:
    from helpers.grading.parts import Run


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
    line = learner_line(error, run.namespace, run.check_file)
    if line:
        tried = run.calling or tried_in(error, run.check_file, run.learners)
        return stopped(f"`{line.function}`" if line.function else "Your code", error, line, tried)
    found = _wrong_call(error, run) or broken_assertion(error, run.check_file, run.learners, run.observed)
    return found or CheckCrashed(f"{type(error).__name__}: {error}")


def verdict_inside(error: BaseException) -> NotYet | None:
    """A verdict that a client has wrapped in an exception of its own, as openai wraps all that a transport raises."""
    inner = leaf(error)
    cause, seen = (inner if inner is not error else error.__cause__ or error.__context__), 0
    while cause is not None and seen < 8:
        if isinstance(cause, NotYet):
            return NotYet(cause.message, cause.counterexample)
        cause, seen = cause.__cause__ or cause.__context__, seen + 1
    return None


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
