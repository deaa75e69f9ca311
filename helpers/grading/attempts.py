"""attempt(): call the learner's function as a check does, and say what it gave back against what was expected.

Every failure text has the same form: the input tried, what came back, what was expected and why.
"""

from __future__ import annotations

import copy
import dataclasses
import inspect
import math
import sys
from collections.abc import Callable, Mapping
from typing import Any

from helpers.grading.blame import parameters_row, verdict_inside
from helpers.grading.endpoint_failures import endpoint_failure
from helpers.grading.failures import NotYet, learner_line, stopped
from helpers.grading.notation import first_difference, same, shown, shown_pair, written_call
from helpers.grading.outcomes import Counterexample
from helpers.grading.parts import Run, current_run
from helpers.grading.time_limit import in_thread

_COPIED_MODULES = {"numpy", "pandas", "collections", "array", "datetime", "decimal", "pydantic"}
_PASSED_MODULES = ("langchain", "openai", "httpx")  # models and clients, some of them pydantic models


def attempt(fn: Callable[..., Any], /, *args: Any, raises: type[BaseException] | None = None, **kwargs: Any) -> Attempt:
    """Call `fn` on copies of the arguments. A coroutine is run to its end.

    Data (lists, dicts, arrays, dataclasses, pydantic models) is copied deeply, so that one call cannot spoil the next;
    clients, functions and other objects are passed as they are.

    raises: the exception the task asks for; it is then in `.error`, and coming back without it is "not yet".
    Any other exception of the learner's code becomes NotYet with their line; an endpoint's failure goes through.
    """
    run = current_run()
    namespace = run.namespace if run else None
    name = _name_of(fn, run)
    tried = written_call(name, args, kwargs)
    _refuse_wrong_arguments(fn, name, args, kwargs, tried)
    given = copied(list(args)), copied(dict(kwargs))
    if run:
        run.calling = tried
    result, error = None, None
    try:
        result = fn(*given[0], **given[1])
        if inspect.isawaitable(result):
            result = _awaited(result)
    except NotYet as verdict:  # by a scripted client
        raise NotYet(verdict.message, verdict.counterexample or Counterexample((("tried", tried),))) from None
    except (Exception, SystemExit) as caught:
        if raises and isinstance(caught, raises):
            error = caught
        elif endpoint_failure(caught):
            raise
        elif verdict := verdict_inside(caught):
            raise NotYet(verdict.message, Counterexample((("tried", tried),))) from caught
        else:
            line = learner_line(caught, namespace, run.check_file if run else "")
            raise stopped(f"`{name}`", caught, line, tried) from caught
    if run:
        run.calling = ""
    if raises and error is None:
        rows = (("tried", tried), ("came back", shown(result)), ("expected", f"{raises.__name__} is raised"))
        raise NotYet(f"`{name}` should stop with {raises.__name__} here.", Counterexample(rows))
    return Attempt(name, tried, args, kwargs, given, result, error)


@dataclasses.dataclass(frozen=True)
class Attempt:
    """One call and what came of it. Every judging method gives the attempt back, so that they can be chained.

    result: what came back (None when `error` is set). error: the exception asked for with raises=.
    """

    name: str
    tried: str
    args: tuple
    kwargs: Mapping[str, Any]
    given: tuple[list, dict]
    result: Any
    error: BaseException | None = None

    def equals(self, expected: Any, why: str = "") -> Attempt:
        """The result is exactly `expected`. `why` is one sentence: the rule behind it."""
        if same(self.result, expected) and not _number_for_truth(self.result, expected):
            return self
        got, wanted = shown_pair(self.result, expected)
        rows = [("tried", self.tried), ("came back", got), ("expected", wanted)]
        part = first_difference(self.result, expected)
        if part and max(len(got), len(wanted)) > 40:
            rows.append(("differs", part))
        raise NotYet(self._headline("gives another result than expected"), Counterexample(tuple(rows), self._why(why)))

    def close(self, expected: Any, *, rel: float = 1e-9, abs: float = 0.0, why: str = "") -> Attempt:
        """Numbers, or lists, dicts and arrays of numbers, equal within a relative or an absolute tolerance."""
        if _near(self.result, expected, rel, abs):
            return self
        got, wanted = shown_pair(self.result, expected)
        tolerance = f", give or take {rel * 100:.3g}%" if rel >= 1e-5 else ""
        rows = [("tried", self.tried), ("came back", got), ("expected", wanted + tolerance)]
        if _is_number(self.result) and _is_number(expected) and expected:
            rows.append(("off by", _off_by(self.result / expected)))
        raise NotYet(self._headline("gives another number than expected"), Counterexample(tuple(rows), self._why(why)))

    def satisfies(self, ok: bool | Callable[[Any], Any], *, expected: str = "", why: str = "") -> Attempt:
        """A property of the result holds. `ok` is a truth value, or a function of the result: then a result of the
        wrong shape, on which that function raises, counts as not holding. `expected` says the property in words."""
        shape = ""
        if callable(ok):
            try:
                ok = bool(ok(self.result))
            except (TypeError, ValueError, LookupError, AttributeError) as error:
                ok, shape = False, f"it has another shape than expected ({type(error).__name__}: {error})"
        if ok:
            return self
        rows = [("tried", self.tried), ("came back", shown(self.result))]
        rows += [("but", shape)] if shape else []
        rows += [("expected", expected)] if expected else []
        raise NotYet(
            self._headline("does not yet do what is asked"), Counterexample(tuple(rows), self._why(why))
        ) from None

    def is_a(self, kind: type | tuple[type, ...], why: str = "") -> Attempt:
        """The result is of this type."""
        if isinstance(self.result, kind):
            return self
        names = " or ".join(k.__name__ for k in (kind if isinstance(kind, tuple) else (kind,)))
        got = f"{shown(self.result)}, a {type(self.result).__name__}"
        rows = (("tried", self.tried), ("came back", got), ("expected", f"a {names}"))
        raise NotYet(self._headline("gives another kind of result than expected"), Counterexample(rows, self._why(why)))

    def unchanged(self, why: str = "") -> Attempt:
        """The call has left its arguments as they were."""
        before = [*self.args, *self.kwargs.values()]
        after = [*self.given[0], *self.given[1].values()]
        for old, new in zip(before, after, strict=True):
            if old is not new and not same(old, new):
                was, now = shown_pair(old, new)
                rows = (("tried", self.tried), ("before", was), ("after", now))
                why = why or "Work on a copy: the caller still needs the original."
                raise NotYet(f"`{self.name}` changes the argument it was given.", Counterexample(rows, why))
        return self

    def _headline(self, what: str) -> str:
        return f"`{self.name}` {what}."

    def _why(self, why: str) -> str:
        if self.result is None and self.error is None:
            return f"{why} `None` came back: does every way through the function end in `return`?".strip()
        if inspect.isgenerator(self.result):
            return (
                f"{why} A generator came back, because of `yield` or of round brackets: `list(…)` makes a list.".strip()
            )
        return why


def _name_of(fn: Any, run: Run | None) -> str:
    """The name by which the task asks for it: that of a decorated function itself is its wrapper's."""
    asked = next((name for name, value in run.learners.items() if value is fn), None) if run else None
    return asked or getattr(fn, "__name__", None) or type(fn).__name__


def _refuse_wrong_arguments(fn: Any, name: str, args: tuple, kwargs: dict, tried: str) -> None:
    if not callable(fn):
        rows = (("came back", f"{name} is {shown(fn)}"), ("expected", f"a function, `def {name}(…)`"))
        raise NotYet("A function is expected here.", Counterexample(rows))
    try:
        signature = inspect.signature(fn)
    except (TypeError, ValueError):
        return  # built in C without a signature: the call itself will tell
    try:
        signature.bind(*args, **kwargs)
    except TypeError:
        message = f"`{name}` does not take the arguments that the task gives it."
        raise NotYet(message, parameters_row(name, fn, tried)) from None


def _awaited(result: Any) -> Any:
    import asyncio

    async def finish() -> Any:
        return await result

    return in_thread(lambda: asyncio.run(finish()))


def copied(value: Any) -> Any:
    """A deep copy of data; clients, locks, functions and unknown objects inside stay the same objects."""
    kind = type(value)
    if kind in (list, tuple, set, frozenset):
        return kind(copied(item) for item in value)
    if kind is dict:
        return {key: copied(item) for key, item in value.items()}
    if kind.__module__.startswith(_PASSED_MODULES):
        return value
    pydantic = sys.modules.get("pydantic")
    is_model = pydantic is not None and isinstance(value, pydantic.BaseModel)
    is_data = dataclasses.is_dataclass(value) and not isinstance(value, type)
    if is_model or is_data or kind is bytearray or kind.__module__.partition(".")[0] in _COPIED_MODULES:
        try:
            return copy.deepcopy(value)
        except Exception:
            return value
    return value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _off_by(ratio: float) -> str:
    if 0.1 < ratio < 10:
        return f"{ratio - 1:+.1%}"
    if 0 < ratio <= 0.1:
        return f"a part in {1 / ratio:,.0f} of the expected"
    return f"{ratio:,.0f} times the expected" if abs(ratio) >= 1000 else f"{ratio:,.3g} times the expected"


def _number_for_truth(got: Any, expected: Any) -> bool:
    """1 == True in Python, but `1` is no answer to a yes-or-no question."""
    return (isinstance(got, bool) and _is_number(expected)) or (_is_number(got) and isinstance(expected, bool))


def _near(got: Any, expected: Any, rel: float, abs: float) -> bool:
    if _is_number(got) and _is_number(expected):
        return math.isclose(got, expected, rel_tol=rel, abs_tol=abs)
    if isinstance(got, Mapping) and isinstance(expected, Mapping):
        return got.keys() == expected.keys() and all(_near(got[key], expected[key], rel, abs) for key in expected)
    if isinstance(got, str) or isinstance(expected, str):
        return got == expected
    try:
        left, right = list(got), list(expected)
    except TypeError:
        try:
            return math.isclose(float(got), float(expected), rel_tol=rel, abs_tol=abs)
        except (TypeError, ValueError):
            return got is expected
    return len(left) == len(right) and all(_near(a, b, rel, abs) for a, b in zip(left, right, strict=True))
