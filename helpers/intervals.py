"""How sure is a measured share or mean: intervals that say it.

Shares: Wilson's interval. Means and anything else that is computed from cases: the bootstrap. Few cases, wide interval.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist


@dataclass(frozen=True)
class Interval:
    """A measured value with the two ends of its interval, all in the same unit."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.2f} ({self.low:.2f} to {self.high:.2f})"

    def percent(self) -> str:
        """A share as people read it: "82% (74 to 89)"."""
        return f"{self.value:.0%} ({100 * self.low:.0f} to {100 * self.high:.0f})"


def share(successes: int, trials: int, confidence: float = 0.95) -> Interval:
    """The share behind `successes` of `trials`, with Wilson's interval. Raises ValueError where there is no share."""
    low, high = wilson_interval(successes, trials, confidence)
    return Interval(successes / trials, low, high)


def wilson_interval(successes: int, trials: int, confidence: float = 0.95) -> tuple[float, float]:
    """Two-sided interval for the share behind `successes` of `trials`: (low, high), each between 0 and 1.

    Wilson 1927; unlike p ± z·s it holds for few trials and for shares near 0 and 1.
    """
    if trials < 1 or not 0 <= successes <= trials:
        raise ValueError(f"{successes} of {trials} is no share")
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    share, spread = successes / trials, z * z / trials
    middle = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * math.sqrt(share * (1 - share) / trials + spread / (4 * trials))
    return max(0.0, middle - half), min(1.0, middle + half)


def bootstrap(
    cases: Sequence[object],
    statistic: Callable[[Sequence[object]], float],
    *,
    confidence: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> Interval:
    """Percentile bootstrap of a statistic over cases: what it would be on other cases of the same kind.

    statistic: takes a list of cases, gives a number, such as `lambda cases: mean(case["correct"] for case in cases)`.
        For the difference of two systems on the same cases let each case hold both results: that is the paired test.
    Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13. Raises ValueError without cases;
    the ends are nan for one case, which shows nothing of others.
    """
    if not cases:
        raise ValueError("no cases, no interval")
    value = float(statistic(cases))
    if len(cases) == 1:
        return Interval(value, math.nan, math.nan)
    import numpy as np
    from scipy.stats import bootstrap as resample

    found = resample(
        (np.arange(len(cases)),),
        lambda places: statistic([cases[i] for i in places]),
        vectorized=False,
        n_resamples=resamples,
        confidence_level=confidence,
        method="percentile",
        rng=seed,
    )
    low, high = found.confidence_interval
    return Interval(value, float(low), float(high))
