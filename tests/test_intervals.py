"""Intervals say how sure a measured value is."""

import random

import pytest

from helpers import intervals


def test_a_share_is_shown_with_its_interval():
    assert intervals.share(41, 50).percent() == "82% (69 to 90)"


def test_more_cases_make_a_narrower_interval():
    few, many = intervals.share(8, 10), intervals.share(800, 1000)
    assert many.high - many.low < (few.high - few.low) / 5


def test_the_bootstrap_agrees_with_wilson_on_a_share():
    cases = [1] * 82 + [0] * 18
    found = intervals.bootstrap(cases, lambda drawn: sum(drawn) / len(drawn))
    expected = intervals.share(82, 100)
    assert found.value == 0.82
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=0.03)


def test_the_paired_bootstrap_sees_a_difference_that_two_intervals_hide():
    rng = random.Random(1)
    hardness = [rng.random() for _ in range(60)]
    cases = [(h < 0.5, h < 0.6) for h in hardness]  # the second is right wherever the first is, and more
    gain = intervals.bootstrap(cases, lambda drawn: sum(b - a for a, b in drawn) / len(drawn))
    first, second = (intervals.share(sum(case[i] for case in cases), len(cases)) for i in (0, 1))
    assert gain.low > 0 and first.high > second.low


def test_the_same_seed_gives_the_same_interval_and_no_cases_give_none():
    def mean(drawn):
        return sum(drawn) / len(drawn)

    assert intervals.bootstrap([1, 2, 5], mean, seed=3) == intervals.bootstrap([1, 2, 5], mean, seed=3)
    with pytest.raises(ValueError, match="no cases"):
        intervals.bootstrap([], mean)
