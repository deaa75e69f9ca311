"""Several calls at a time, in order, and stopped as one."""

import threading
import time

import pytest

from helpers import in_parallel


def test_results_are_in_the_order_of_the_items():
    def slower_first(i):
        time.sleep(0.02 if i == 0 else 0)
        return i * i

    assert in_parallel(slower_first, range(6)) == [0, 1, 4, 9, 16, 25]


def test_as_many_run_at_a_time_as_there_are_workers():
    met = threading.Barrier(3, timeout=5)  # is passed only when three are there at once
    assert len(in_parallel(lambda _: met.wait(), range(6), workers=3)) == 6


def test_a_check_that_takes_long_shows_no_bar_among_what_the_learner_printed(capsys):
    for bar in (True, False):
        in_parallel(lambda _: time.sleep(0.6), range(2), workers=1, bar=bar)
        assert ("2/2" in capsys.readouterr().out) is bar


def test_the_first_exception_ends_it_and_what_has_not_begun_is_not_begun():
    begun = []

    def fails(i):
        begun.append(i)
        if i == 1:
            raise OSError("endpoint down")
        time.sleep(0.01)

    with pytest.raises(OSError, match="endpoint down"):
        in_parallel(fails, range(200), workers=2)
    assert len(begun) < 50
