"""Properties of what a model answers, judged on several samples and not on one.

A real model answers a little differently each time, so one sample proves nothing. `k_of_n` asks for so many of so many;
`share_at_least` asks that a share be shown, by the lower end of its interval. What may be asked of the mock and of a
live endpoint is set apart. Each sample is a call: an exercise declares them in live_calls.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from helpers.grading.attempts import Attempt
from helpers.grading.endpoint_failures import endpoint_failure
from helpers.grading.failures import AuthorError, EndpointDown, NotYet
from helpers.grading.notation import shown
from helpers.grading.outcomes import Counterexample
from helpers.intervals import wilson_interval

Draw = Callable[[], Any]


@dataclass(frozen=True)
class Threshold:
    """One bound for the mock, where replies are computed, and one for a live endpoint: Threshold(mock=0, live=3)."""

    mock: float
    live: float

    def on(self, endpoint: Any) -> Any:
        """The bound for this endpoint; what does not say that it is live counts as the mock."""
        return self.mock if getattr(endpoint, "simulated", True) else self.live


def k_of_n(draw: Draw, holds: Callable[[Any], bool], *, k: int, n: int, expected: str, why: str = "") -> int:
    """At least k of n samples have a property; gives how many were seen to have it.

        k_of_n(lambda: attempt(classify, letter), lambda label: label in LABELS,
               k=Threshold(mock=3, live=2).on(endpoint), n=3, expected="one of the labels")

    draw: makes one sample, an Attempt or a plain value. It stops as soon as k are reached, or cannot be reached any
    more, so it makes n calls at most. Raises NotYet with a sample that has not the property; EndpointDown, saying how
    far it came, when the endpoint fails before the verdict is clear.
    """
    if not 1 <= k <= n:
        raise AuthorError(f"k_of_n: {k} of {n} samples cannot be asked for")
    drawn = _Drawn(draw, holds, n)
    while drawn.good < k and drawn.bad <= n - k:
        drawn.one_more()
    if drawn.good < k:
        tried = f"{drawn.good} of {drawn.made} tries; {k} of {n} are needed"
        raise drawn.not_yet(expected, tried, why)
    return drawn.good


def share_at_least(
    draw: Draw,
    holds: Callable[[Any], bool],
    *,
    share: float,
    n: int,
    expected: str,
    why: str = "",
    confidence: float = 0.95,
) -> tuple[float, float]:
    """The share of samples with a property is shown to be at least `share`; gives its interval (low, high).

    Shown means: the lower end of the Wilson interval of n samples reaches it. So few samples show little: twelve of
    twelve show 0.75, eight of eight 0.67. Raises as k_of_n does; AuthorError for a share that n samples cannot show.
    """
    if wilson_interval(n, n, confidence)[0] < share:
        most = wilson_interval(n, n, confidence)[0]
        raise AuthorError(f"share_at_least: {n} samples can show a share of {most:.2f} at most, not {share:.2f}")
    needed = next(k for k in range(n + 1) if wilson_interval(k, n, confidence)[0] >= share)
    drawn = _Drawn(draw, holds, n)
    while drawn.made < n and drawn.bad <= n - needed:
        drawn.one_more()
    if drawn.good < needed:
        tried = f"{drawn.good} of {drawn.made} tries; a share of {share:.0%} is shown by {needed} of {n}"
        raise drawn.not_yet(expected, tried, why)
    return wilson_interval(drawn.good, n, confidence)


class _Drawn:
    """The samples so far: how many have the property, and the first that has not."""

    def __init__(self, draw: Draw, holds: Callable[[Any], bool], n: int) -> None:
        self._draw, self._holds, self._n = draw, holds, n
        self.good = self.bad = 0
        self._failed: Any = None

    @property
    def made(self) -> int:
        return self.good + self.bad

    def one_more(self) -> None:
        try:
            sample = self._draw()
        except Exception as error:
            down = error if isinstance(error, EndpointDown) else endpoint_failure(error)
            if down is None:
                raise
            raise EndpointDown(f"{down} It failed after {self.made} of {self._n} samples, too few to judge.") from error
        try:
            holds = bool(self._holds(sample.result if isinstance(sample, Attempt) else sample))
        except (TypeError, ValueError, LookupError, AttributeError):
            holds = False  # a value of another shape has not the property
        if holds:
            self.good += 1
            return
        self.bad += 1
        self._failed = sample if self.bad == 1 else self._failed

    def not_yet(self, expected: str, held: str, why: str) -> NotYet:
        sample = self._failed
        rows = [("tried", sample.tried)] if isinstance(sample, Attempt) else []
        rows.append(("once came back", shown(sample.result if isinstance(sample, Attempt) else sample)))
        rows += [("expected", expected), ("it held in", held)]
        what = f"`{sample.name}` does" if isinstance(sample, Attempt) else "This does"
        return NotYet(f"{what} not do what is asked often enough.", Counterexample(tuple(rows), why))
