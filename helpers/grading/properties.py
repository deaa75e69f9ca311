"""for_all(): a property tried on many inputs, and the smallest one that breaks it. A thin wrapper over hypothesis.

The same inputs every time, no database, nothing printed or written beside the notebook, bounded in time.
"""

from __future__ import annotations

import importlib
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from helpers.grading.assertions import uses
from helpers.grading.blame import explained
from helpers.grading.failures import AuthorError, EndpointDown, NotYet
from helpers.grading.notation import shown
from helpers.grading.outcomes import Counterexample
from helpers.grading.parts import Run, current_run

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

Property = Callable[..., None]


class _Strategies:
    """hypothesis.strategies, loaded when a check first uses it: half a second that no import should pay."""

    def __getattr__(self, name: str) -> Any:
        _prepare()
        return getattr(importlib.import_module("hypothesis.strategies"), name)


strategies = _Strategies()


class _TimeSpent(BaseException):
    """Ends the search from inside a property."""


def for_all(
    *, max_examples: int = 60, seconds: float = 1.0, **values: SearchStrategy[Any]
) -> Callable[[Property], None]:
    """Try a property at once on many values; `strategies` makes them. Inside a check or one of its parts:

        @for_all(text=strategies.text("ab ", max_size=20), size=strategies.integers(1, 9))
        def nothing_is_lost(text, size):
            attempt(split, text, size).satisfies(lambda pieces: "".join(pieces) == text, expected="all of the text")

    Raises NotYet with the smallest counterexample found. seconds: the search ends after that, including making the
    counterexample smaller; a property that held until then counts as holding.
    """

    def decide(check_one: Property) -> None:
        _prepare()  # the first one imports hypothesis: that is not part of the search
        search = _Search(check_one, time.monotonic() + seconds)
        search.run(values, max_examples)
        if search.smallest:
            raise search.smallest

    return decide


class _Search:
    def __init__(self, check_one: Property, until: float) -> None:
        self._check_one, self._until = check_one, until
        self._run = current_run() or Run({}, check_one)
        self.smallest: NotYet | None = None
        self._size = 0

    def run(self, values: dict[str, Any], max_examples: int) -> None:
        from hypothesis import HealthCheck, Phase, Verbosity, given, settings
        from hypothesis.errors import HypothesisException

        quiet = settings(
            max_examples=max_examples,
            derandomize=True,
            database=None,
            deadline=None,
            print_blob=False,
            report_multiple_bugs=False,
            verbosity=Verbosity.quiet,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate] if self._run.eager else [Phase.generate, Phase.shrink],
        )

        def try_one(**example: Any) -> None:
            self._try(example)

        try:
            quiet(given(**values)(try_one))()
        except (NotYet, _TimeSpent):
            pass  # the smallest is kept
        except (EndpointDown, AuthorError):
            raise
        except HypothesisException as error:
            # A function that answers differently each time: what was found still is a counterexample.
            if self.smallest is None:
                raise AuthorError(f"hypothesis cannot make the values: {error}") from error

    def _try(self, example: dict[str, Any]) -> None:
        if time.monotonic() > self._until:
            raise _TimeSpent
        try:
            self._check_one(**example)
        except Exception as error:
            verdict = explained(error, self._run)
            if isinstance(verdict, NotYet):
                self._keep(verdict, example)
            raise verdict from None

    def _keep(self, verdict: NotYet, example: dict[str, Any]) -> None:
        """The last failure while shrinking is not always the smallest, so the shortest written one is kept."""
        size = sum(len(repr(value)) for value in example.values())
        if self.smallest is None or size <= self._size:
            self.smallest, self._size = _with_values(verdict, example), size


def _with_values(verdict: NotYet, example: dict[str, Any]) -> NotYet:
    """A plain assertion shows the check's own words as tried; the values of this example tell what they stand for."""
    rows = verdict.counterexample.rows if verdict.counterexample else ()
    tried = dict(rows).get("tried", "")
    if tried and not uses(tried, example):
        return verdict  # attempt() has written the values into the call
    given = tuple((name, shown(value)) for name, value in example.items())
    why = verdict.counterexample.why if verdict.counterexample else ""
    return NotYet(verdict.message, Counterexample((*given, *rows), why))


def _prepare() -> None:
    """Keep hypothesis's cache of characters out of the learner's folder."""
    from hypothesis.configuration import set_hypothesis_home_dir

    set_hypothesis_home_dir(Path(tempfile.gettempdir()) / "workbook-hypothesis")
