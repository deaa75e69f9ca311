"""Measures of a ranking, against examples that were worked out by hand or stand in the literature."""

import math
import random

import pytest

from helpers import ranking

FOUND = ["d7", "d2", "d9", "d4", "d1"]


def test_hit_is_whether_any_relevant_id_is_among_the_first_k():
    assert [ranking.hit(FOUND, {"d9", "zz"}, k) for k in (0, 2, 3, 99)] == [0, 0, 1, 1]


def test_recall_is_the_share_of_relevant_ids_among_the_first_k():
    assert ranking.recall(FOUND, {"d2", "d4", "zz", "d7"}, k=2) == 2 / 4
    assert ranking.recall(FOUND, {"d2", "d4", "zz", "d7"}, k=5) == 3 / 4


def test_reciprocal_rank_looks_at_the_first_relevant_id_only():
    assert ranking.reciprocal_rank(FOUND, {"d4", "d9"}) == 1 / 3
    assert ranking.reciprocal_rank(FOUND, {"d4"}, k=3) == 0
    assert ranking.reciprocal_rank(FOUND, {"zz"}) == 0


def test_the_mean_reciprocal_rank_of_ranks_three_two_and_one_is_eleven_eighteenths():
    rankings = [["catten", "cati", "cats"], ["torii", "tori", "toruses"], ["viruses", "virii", "viri"]]
    relevant = [{"cats"}, {"tori"}, {"viruses"}]  # the plurals that usually stand as an example of MRR
    assert ranking.mean(ranking.reciprocal_rank, rankings, relevant) == pytest.approx(11 / 18)


def test_ndcg_with_grades_three_two_three_nought_one_two_is_the_textbooks():
    grades = {"a": 3, "b": 2, "c": 3, "d": 0, "e": 1, "f": 2}
    found = 3 + 2 / math.log2(3) + 3 / 2 + 0 + 1 / math.log2(6) + 2 / math.log2(7)
    best = 3 + 3 / math.log2(3) + 2 / 2 + 2 / math.log2(5) + 1 / math.log2(6)
    assert found == pytest.approx(6.861, abs=5e-4)
    assert ranking.ndcg(list("abcdef"), grades, k=6) == pytest.approx(found / best)
    assert ranking.ndcg(list("abcdef"), grades, k=6) == pytest.approx(0.961, abs=5e-4)


def test_ndcg_with_exponential_gain_weighs_a_high_grade_more():
    grades = {"a": 1, "b": 2}
    worse = (1 + 3 / math.log2(3)) / (3 + 1 / math.log2(3))
    assert ranking.ndcg(["a", "b"], grades, k=2, gain=lambda g: 2**g - 1) == pytest.approx(worse)
    assert worse < ranking.ndcg(["a", "b"], grades, k=2) < 1


def test_binary_ndcg_of_one_relevant_id_depends_on_its_rank_alone():
    assert ranking.ndcg(FOUND, {"d9"}, k=5) == pytest.approx(1 / math.log2(4))
    assert ranking.ndcg(FOUND, {"d9"}, k=2) == 0


def test_the_best_possible_ranking_cut_at_k_has_an_ndcg_of_one():
    assert ranking.ndcg(["a", "b"], {"a", "b", "c"}, k=2) == 1


def test_ndcg_agrees_with_scikit_learns_where_that_is_installed():
    metrics = pytest.importorskip("sklearn.metrics")
    chance = random.Random(0)
    for _ in range(20):
        grades = [chance.randint(0, 3) for _ in range(8)] + [1]
        order = list(range(9))
        chance.shuffle(order)
        scores = [0] * 9
        for place, id in enumerate(order):
            scores[id] = 9 - place
        expected = metrics.ndcg_score([grades], [scores], k=5)
        assert ranking.ndcg(order, dict(enumerate(grades)), k=5) == pytest.approx(expected)


@pytest.mark.parametrize("measure", [ranking.hit, ranking.recall, ranking.reciprocal_rank, ranking.ndcg])
@pytest.mark.parametrize("relevant", [set(), {"a": 0}, "d7"])
def test_where_nothing_is_relevant_no_measure_pretends_a_figure(measure, relevant):
    with pytest.raises(ValueError):
        measure(FOUND, relevant, k=3)


def test_an_id_that_stands_twice_is_refused_because_it_would_count_twice():
    with pytest.raises(ValueError, match="twice"):
        ranking.recall(["a", "a"], {"a", "b"}, k=2)
