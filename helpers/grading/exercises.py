"""An exercise: its declaration, and the pure function from a learner's namespace to an outcome.

Shows nothing, keeps nothing, knows no lesson. `grade` is what the notebook, the tests and the gradebook call.
"""

from __future__ import annotations

import copy
import inspect
import textwrap
import time
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from helpers.grading.blame import explained
from helpers.grading.failures import AuthorError, CheckCrashed, EndpointDown, NotYet, learner_line, line_row
from helpers.grading.live_calls import TooManyCalls, calls_limited
from helpers.grading.notation import shortened
from helpers.grading.outcomes import Counterexample, Outcome, PartOutcome, Status, counted
from helpers.grading.parts import Run, _current, declared_parts
from helpers.grading.starters import syntax_slip, untouched
from helpers.grading.time_limit import TimeUp, limited
from helpers.grading.undisturbed import kept_as_it_was, quiet
from helpers.grading.variants import NEUTRAL, chosen

TIME_LIMIT = 10.0  # seconds for one check in a notebook
MOST_LIVE_CALLS = 40
LIVE_TOKENS = 500  # a short question and a short answer
VARIANT = "variant"  # the parameter by which a check gets the learner's names and numbers


@dataclass(frozen=True)
class Wrong:
    """A wrong answer that the check must catch. says: words that its feedback must contain."""

    code: str
    says: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "code", textwrap.dedent(self.code).strip("\n"))


def exercise(
    *,
    points: int,
    hints: Sequence[str] = (),
    wrong: Mapping[str, str | Wrong] | None = None,
    title: str = "",
    seconds: float = TIME_LIMIT,
    live_calls: int = 0,
    live_tokens: int = LIVE_TOKENS,
    variant: Mapping[str, Sequence[Any]] | None = None,
) -> Callable[[Callable[..., None]], Exercise]:
    """Declare an exercise: the decorated function is its check and gives it its name.

    The check's parameters name what the learner must have defined; a parameter with a default is taken if it is there.
    points: of the whole; the check's parts must sum to it (a check without parts is one part).
    hints: in steps, each a little nearer to the answer.
    wrong: name -> code, or Wrong(code, says=…): wrong answers that generated tests try.
    title: what the exercise asks, in a few words; the first line of the docstring by default.
    seconds: after that the check is stopped.
    live_calls: the most calls to an endpoint, the mock included, that the check and the learner's code make in it; one
    more is not sent. At most 12. live_tokens: the most that one of them takes, sent and received; for the announcement.
    variant: names and numbers that differ from learner to learner, each with its choices, the neutral one first. A
    parameter `variant` of the check has those of this learner as attributes; so has `lesson.NAME.variant`.
    """

    def declare(check: Callable[..., None]) -> Exercise:
        if isinstance(hints, str):
            raise AuthorError(f"exercise {check.__name__!r}: hints must be a list of texts, not one text")
        declared = {name: w if isinstance(w, Wrong) else Wrong(w) for name, w in (wrong or {}).items()}
        heading = title or (inspect.getdoc(check) or "").partition("\n")[0].rstrip(".")
        return Exercise(
            check,
            check.__name__,
            points,
            tuple(hints),
            declared,
            heading,
            seconds,
            live_calls,
            live_tokens,
            dict(variant or {}),
        )

    return declare


def grade(
    exercise: Exercise,
    namespace: MutableMapping[str, Any],
    starter: str | None = None,
    *,
    seconds: float | None = None,
    eager: bool = False,
) -> Outcome:
    """The outcome of one exercise for the names in `namespace`, which is left as it was. Never raises but on Ctrl-C.

    starter: source of the exercise's cell as published; without it only missing names and `...` count as not attempted.
    seconds: stop after that; the exercise's own limit by default. eager: stop at the first failure, for those who only
    ask whether there is one.
    """
    start = time.perf_counter()
    outcome = exercise.verdict(namespace, starter, exercise.seconds if seconds is None else seconds, eager=eager)
    if outcome.status in (Status.NOT_ATTEMPTED, Status.NOT_YET):
        outcome = _with_syntax_slip(outcome, exercise.needs, namespace)
    return replace(outcome, seconds=time.perf_counter() - start)


def _with_syntax_slip(outcome: Outcome, names: Sequence[str], namespace: Mapping[str, Any]) -> Outcome:
    """Where the learner's newest cell is no Python, say that: the check has seen an older version, or none."""
    error = syntax_slip(names, namespace)
    if error is None:
        return outcome
    rows = ((f"your line {error.lineno or '?'}", (error.text or "").strip()), ("Python says", error.msg))
    return replace(
        outcome,
        status=Status.NOT_YET,
        message="Python cannot read your cell yet, so it did not run.",
        counterexample=Counterexample(rows, "Often a bracket, a quote or a colon is missing there, or one line above."),
        printed="",
        next_step="Change your cell, run it, then run this check again.",
    )


class Exercise:
    """One thing to write, with its check. Made by @exercise; a Quiz is one whose check is made from its questions."""

    def __init__(
        self,
        check: Callable[..., None],
        name: str,
        points: int,
        hints: tuple[str, ...],
        wrong: Mapping[str, Wrong],
        title: str,
        seconds: float = TIME_LIMIT,
        live_calls: int = 0,
        live_tokens: int = LIVE_TOKENS,
        choices: Mapping[str, Sequence[Any]] | None = None,
    ) -> None:
        self.check, self.name, self.points, self.hints = check, name, points, hints
        self.wrong, self.title, self.seconds, self.live_calls = dict(wrong), title, seconds, live_calls
        self.live_tokens, self.choices = live_tokens, dict(choices or {})
        self.module = getattr(check, "__module__", "")
        self._refuse_bad_declaration()
        self.variant = chosen(self.choices, NEUTRAL, name)

    def for_variant(self, code: str) -> Exercise:
        """This exercise with the names and numbers of one learner; as declared, the neutral ones stand."""
        own = copy.copy(self)
        own.variant = chosen(self.choices, code, self.name)
        return own

    @property
    def varies(self) -> bool:
        """Whether learners get variants."""
        return bool(self.choices)

    def solution(self, source: str) -> str:
        """The worked solution for this variant, from its cell in the solutions notebook."""
        return source

    def __repr__(self) -> str:
        return f"<{type(self).__name__.lower()} {self.name}, {self.points} points>"

    @property
    def needs(self) -> list[str]:
        """Names that the learner must have defined."""
        parameters = inspect.signature(self.check).parameters.values()
        return [p.name for p in parameters if p.default is p.empty and p.name != VARIANT]

    def verdict(
        self, namespace: MutableMapping[str, Any], starter: str | None, seconds: float, *, eager: bool = False
    ) -> Outcome:
        """The outcome; see grade()."""
        reason = self.not_begun(namespace, starter)
        if reason:
            step = "Write your answer in the exercise's cell, run it, then run this check again."
            return self._outcome(Status.NOT_ATTEMPTED, 0, message=reason, next_step=step)
        run = Run(namespace, self.check, eager=eager)
        token = _current.set(run)
        try:
            with kept_as_it_was(namespace), quiet() as printed:
                failure = self._run(run, seconds)
        finally:
            _current.reset(token)
        return self._judged(run, failure, printed())

    def not_begun(self, namespace: Mapping[str, Any], starter: str | None) -> str:
        """Why this counts as not attempted, in one sentence, or ""."""
        return untouched(self.needs, namespace, starter)

    def _run(self, run: Run, seconds: float) -> NotYet | EndpointDown | AuthorError | None:
        parameters = inspect.signature(self.check).parameters
        arguments = {name: run.namespace[name] for name in parameters if name in run.namespace}
        if VARIANT in parameters:
            arguments[VARIANT] = self.variant

        def checked() -> NotYet | EndpointDown | AuthorError | None:
            try:
                self.check(**arguments)
            except (Exception, SystemExit) as error:
                return explained(error, run)  # may call the learner's code again, so it is limited too
            return None

        try:
            with calls_limited(self.live_calls):
                return limited(checked, seconds)
        except TimeUp as stop:
            return _out_of_time(stop, run, seconds)
        except TooManyCalls as stop:
            return _too_many_calls(stop, run)

    def _judged(self, run: Run, failure: Exception | None, printed: str) -> Outcome:
        parts = self._all_parts(run, complete=failure is None)
        earned = sum(p.points for p in parts)
        broken = run.first or (failure if isinstance(failure, NotYet) else None)
        if isinstance(failure, AuthorError) and not (run.first and isinstance(failure, CheckCrashed)):
            return self.uncheckable(str(failure))
        if broken is None and isinstance(failure, EndpointDown):
            step = "Your points so far stay as they are."
            return self._outcome(
                Status.COULD_NOT_GRADE, earned, parts, message=str(failure), next_step=step, fault="endpoint"
            )
        if broken is None:
            total = sum(p.of for p in parts)
            if total != self.points:
                return self.uncheckable(f"its parts sum to {total} points, declared are {self.points}")
            return self._outcome(Status.PASSED, self.points, parts, remarks=tuple(run.remarks))
        if earned >= self.points:
            return self.uncheckable("an assertion outside its parts failed; it needs a part with points")
        message = broken.message
        if isinstance(failure, EndpointDown):
            message += f" (After that the endpoint failed. {failure})"
        return self._outcome(
            Status.NOT_YET,
            earned,
            parts,
            message=message,
            counterexample=broken.counterexample,
            printed=shortened(printed.strip(), 600),
            next_step="Change your cell, run it, then run this check again.",
        )

    def _all_parts(self, run: Run, *, complete: bool) -> tuple[PartOutcome, ...]:
        """The parts that ran, and behind them those that were declared but never reached."""
        ran = tuple(run.parts)
        if run.open_part:
            ran += (PartOutcome(run.open_part.name, 0, run.open_part.points, "failed"),)
        if not ran and complete:
            return (PartOutcome(self.title or self.name, self.points, self.points, "passed"),)
        declared = declared_parts(self.check) or []
        return ran + tuple(PartOutcome(name, 0, points, "untried") for name, points in declared[len(ran) :])

    def uncheckable(self, reason: str) -> Outcome:
        """The outcome when the exercise itself is at fault."""
        return self._outcome(
            Status.COULD_NOT_GRADE,
            0,
            message=f"The check itself failed ({shortened(reason, 300)}). This is not about your answer.",
            next_step="Please tell your trainer, and go on with the next exercise.",
            fault="check",
        )

    def _outcome(self, status: Status, points: int, parts: tuple[PartOutcome, ...] = (), **shown: Any) -> Outcome:
        return Outcome(self.name, status, points, self.points, parts, **shown)

    def _refuse_bad_declaration(self) -> None:
        where = f"exercise {self.name!r}"
        if not isinstance(self.points, int) or self.points < 1:
            raise AuthorError(f"{where}: points must be a whole number of at least 1, not {self.points!r}")
        if not all(isinstance(hint, str) and hint.strip() for hint in self.hints):
            raise AuthorError(f"{where}: hints must be non-empty texts")
        if not 0 <= self.live_calls <= MOST_LIVE_CALLS:
            raise AuthorError(f"{where}: live_calls must lie between 0 and {MOST_LIVE_CALLS}, not {self.live_calls}")
        if (VARIANT in inspect.signature(self.check).parameters) and not self.choices:
            raise AuthorError(f"{where}: its check takes `variant`, but the declaration has no variant=")
        if short := [key for key, options in self.choices.items() if isinstance(options, str) or len(options) < 2]:
            raise AuthorError(f"{where}: variant {short[0]!r} needs a list of two choices or more")
        if not self.needs:
            raise AuthorError(f"{where}: its check has no parameter, so it cannot look at the learner's work")
        declared = declared_parts(self.check)
        if declared and sum(points for _, points in declared) != self.points:
            total = sum(points for _, points in declared)
            raise AuthorError(f"{where}: its parts sum to {total} points, declared are {self.points}")


def _out_of_time(stop: TimeUp, run: Run, seconds: float) -> NotYet:
    line, cause = None, stop
    while cause is not None and line is None:  # an interrupted sleep left its line in the exception before this one
        line = learner_line(cause, run.namespace, run.check_file)
        cause = cause.__cause__ or cause.__context__
    rows = [("tried", run.calling)] if run.calling else []
    rows += [line_row(line)] if line else []
    who = f"`{line.function}`" if line and line.function else "Your code"
    message = f"{who} did not come back within {seconds:g} seconds and was stopped."
    return NotYet(message, Counterexample(tuple(rows), "Is there a loop whose condition never becomes false?"))


def _too_many_calls(stop: TooManyCalls, run: Run) -> NotYet | AuthorError:
    line = learner_line(stop, run.namespace, run.check_file)
    if line is None:
        return AuthorError(f"it makes more calls to the endpoint than the {stop.allowed} that it declares")
    rows = [("tried", run.calling)] if run.calling else []
    who = f"`{line.function}`" if line.function else "Your code"
    needed = (
        f"{counted(stop.allowed, 'call')} {'is' if stop.allowed == 1 else 'are'} enough" if stop.allowed else "none"
    )
    message = f"{who} sends more requests to the endpoint than this exercise needs ({needed}); the next was not sent."
    return NotYet(message, Counterexample((*rows, line_row(line)), "Is there a request inside a loop?"))
