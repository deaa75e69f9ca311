"""What can go wrong while checking, as exceptions, and whose fault a given exception is.

NotYet: the learner's work breaks a property. AuthorError: the exercise is declared or written wrongly.
EndpointDown: the model service could not answer. Everything else is sorted into these by `explained`.
"""

from __future__ import annotations

import linecache
from collections.abc import Mapping
from dataclasses import dataclass
from types import CodeType, FrameType
from typing import Any

from helpers.grading.outcomes import Counterexample


class NotYet(AssertionError):
    """The first broken property: one sentence, and one counterexample where there is one."""

    def __init__(self, message: str, counterexample: Counterexample | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.counterexample = counterexample


class AuthorError(Exception):
    """The exercise itself is wrong: its points, its parts, its hints. Costs the learner nothing."""


class CheckCrashed(AuthorError):
    """The check itself raised something. After a failed part that is a consequence, else a fault of ours."""


class EndpointDown(Exception):
    """The endpoint could not answer: cause and next step in two sentences."""


@dataclass(frozen=True)
class LearnerLine:
    """A line of the learner's own code: number within its cell (from 1), its text, and the function it stands in."""

    number: int
    source: str
    function: str


def is_learners(frame: FrameType, namespace: Mapping[str, Any] | None) -> bool:
    """A frame is the learner's when its globals are the notebook's; library and helper code has globals of its own."""
    return frame.f_globals is namespace or frame.f_globals.get("__name__") == "__main__"


def learner_line(error: BaseException, namespace: Mapping[str, Any] | None, check_file: str = "") -> LearnerLine | None:
    """The innermost line of the learner's code in an exception's traceback, or None when none was involved.

    check_file: file of the check, whose own lines are never the learner's, even when it runs as the main program.
    An exception that comes from another process brings the line with it, as its `learner_line`.
    """
    error = leaf(error)
    told = getattr(error, "learner_line", None)
    if isinstance(told, LearnerLine):
        return told
    found, traceback = None, error.__traceback__
    while traceback:
        frame = traceback.tb_frame
        if is_learners(frame, namespace) and frame.f_code.co_filename != check_file:
            found = traceback
        traceback = traceback.tb_next
    if found is None:
        return None
    code = found.tb_frame.f_code
    source = linecache.getline(code.co_filename, found.tb_lineno).strip()
    return LearnerLine(found.tb_lineno, source, _function_of(code))


def _function_of(code: CodeType) -> str:
    """The function that a reader would name: that around a lambda or a comprehension, the class for its __init__."""
    names = [name for name in code.co_qualname.split(".") if not name.startswith("<")]
    if len(names) > 1 and names[-1] == "__init__":
        names.pop()
    return names[-1] if names else ""


def leaf(error: BaseException) -> BaseException:
    """The first exception inside a group, as a TaskGroup raises; any other exception itself."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def line_row(line: LearnerLine) -> tuple[str, str]:
    """The learner's line as a row of a counterexample."""
    return f"your line {line.number}", line.source or "(its text is not known: run the cell again)"


def stopped(what: str, error: BaseException, line: LearnerLine | None, tried: str = "") -> NotYet:
    """NotYet for an exception raised by the learner's code: what was tried, the exception, their line."""
    error = leaf(error)
    kind, text = type(error).__name__, str(error).strip().splitlines()
    rows = [("tried", tried)] if tried else []
    rows.append(("stopped by", f"{kind}: {text[0][:200]}" if text else kind))
    if line:
        rows.append(line_row(line))
    return NotYet(f"{what} stopped with an error before it gave a result.", Counterexample(tuple(rows), _advice(error)))


def _advice(error: BaseException) -> str:
    if isinstance(error, NameError) and error.name:
        return f"Python knows no `{error.name}` at that point: check the spelling, or run the cell that defines it."
    if isinstance(error, RecursionError):
        return "The function calls itself without end: which case should return without calling it again?"
    if isinstance(error, NotImplementedError):
        return "The function is not written to its end yet."
    if isinstance(error, SystemExit):
        return "Leave out `exit()` and `quit()`: they would end the notebook's kernel."
    if "NoneType" in str(error):
        return "Something there is `None`: often a function that ends without `return`."
    return ""
