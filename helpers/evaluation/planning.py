"""How many cases a question needs: to see a change of so many points, or what so many cases can show at all."""

from __future__ import annotations

import math
from statistics import NormalDist


def cases_needed(
    before: float,
    after: float,
    *,
    paired: bool = True,
    agreement: float | None = None,
    alpha: float = 0.05,
    power: float = 0.8,
) -> int:
    """Cases for a share's change from `before` to `after` to be seen, two-sided, with that power.

    paired: both versions answer the same cases, and only cases on which they differ count (Connor, Biometrics 43, 1987,
        formula for McNemar's test). agreement: share of cases on which the two are right or wrong together; None takes
        the most that the two shares allow halfway to independence, a plain guess: measure yours.
    Unpaired: two proportions, unpooled and pooled variance (Fleiss, Statistical Methods for Rates and Proportions).
    Raises ValueError for shares outside 0 to 1, for no change, and for an agreement that the shares rule out.
    """
    _check(before, after)
    z_alpha, z_power = NormalDist().inv_cdf(1 - alpha / 2), NormalDist().inv_cdf(power)
    change = abs(after - before)
    if paired:
        differ = _discordance(before, after, agreement)
        root = z_alpha * math.sqrt(differ) + z_power * math.sqrt(differ - change**2)
        return math.ceil(root**2 / change**2)
    mean = (before + after) / 2
    root = z_alpha * math.sqrt(2 * mean * (1 - mean))
    root += z_power * math.sqrt(before * (1 - before) + after * (1 - after))
    return math.ceil(root**2 / change**2)


def detectable_change(
    cases: int, share: float, *, paired: bool = True, alpha: float = 0.05, power: float = 0.8
) -> float:
    """Smallest rise above `share` that so many cases show with that power; nan where none does."""
    if cases < 1 or not 0 <= share < 1:
        raise ValueError("cases must be at least 1, and the share from 0 up to, but not, 1")
    low, high = 0.0, 1.0 - share
    if cases_needed(share, 1.0, paired=paired, alpha=alpha, power=power) > cases:
        return math.nan
    for _ in range(50):
        middle = (low + high) / 2
        enough = cases_needed(share, share + middle, paired=paired, alpha=alpha, power=power) <= cases
        low, high = (low, middle) if enough else (middle, high)
    return high


def _discordance(before: float, after: float, agreement: float | None) -> float:
    """Share of cases on which exactly one version is right."""
    least, independent = abs(after - before), before * (1 - after) + after * (1 - before)
    if agreement is None:
        return (least + independent) / 2
    most = min(before + after, 2 - before - after)
    differ = 1 - agreement
    if not least - 1e-12 <= differ <= most + 1e-12:
        raise ValueError(
            f"with shares {before:g} and {after:g} the versions agree on {1 - most:.3g} to {1 - least:.3g} of the "
            f"cases, not on {agreement:g}"
        )
    return max(differ, least)


def _check(before: float, after: float) -> None:
    if not (0 <= before <= 1 and 0 <= after <= 1):
        raise ValueError("shares are numbers from 0 to 1")
    if before == after:
        raise ValueError("no number of cases shows a change that is not there")
