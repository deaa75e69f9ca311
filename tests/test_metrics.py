"""Accuracy, F1 and confusion counts, on cases small enough to be worked out by hand."""

import pytest

from helpers import metrics

LABELS = ["a", "b", "c"]
GOLD = ["a", "a", "a", "b", "b", "c"]
PREDICTED = ["a", "a", "b", "b", None, "b"]


def test_accuracy_is_the_share_of_equal_pairs():
    assert metrics.accuracy(GOLD, PREDICTED) == 3 / 6


def test_f1_weighs_misses_and_false_alarms_alike():
    # a: 2 right, 1 missed. b: 1 right, 1 missed, 2 false alarms. c: never found.
    assert metrics.f1_by_label(GOLD, PREDICTED, LABELS) == {"a": 4 / 5, "b": 2 / 5, "c": 0.0}


def test_macro_f1_counts_a_rare_label_like_a_frequent_one():
    assert metrics.macro_f1(GOLD, PREDICTED, LABELS) == pytest.approx((4 / 5 + 2 / 5 + 0) / 3)


def test_what_is_no_label_is_counted_apart():
    table = metrics.confusion(GOLD, PREDICTED, LABELS)
    assert table["b"] == {"a": 0, "b": 1, "c": 0, metrics.OTHER: 1}
    assert sum(sum(row.values()) for row in table.values()) == len(GOLD)


@pytest.mark.parametrize("measure", [metrics.accuracy, lambda g, p: metrics.macro_f1(g, p, LABELS)])
def test_lists_that_do_not_fit_are_refused(measure):
    for gold, predicted in (([], []), (["a"], ["a", "b"])):
        with pytest.raises(ValueError, match="one of each"):
            measure(gold, predicted)
