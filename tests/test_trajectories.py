"""The way an agent took is scored by its calls, in any order where order does not matter."""

from __future__ import annotations

import runpy
import sqlite3
from contextlib import closing

import pytest

from helpers import plots, sample_data
from helpers.evaluation.trajectories import trajectory_score


def test_calls_of_one_step_may_come_in_any_order_and_steps_may_not():
    steps = ["find", ["stock", "price"], "answer"]
    assert trajectory_score(["find", "price", "stock", "answer"], steps).passed
    assert trajectory_score(["find", "stock", "price", "answer"], steps).passed
    late = trajectory_score(["stock", "price", "find", "answer"], steps)
    assert not late.passed and late.recall == 0.75 and late.missing == ("find()",)


def test_only_the_arguments_that_are_expected_are_compared():
    made = [("find", {"customer": "ana duarte", "limit": 3})]
    assert trajectory_score(made, [("find", {"customer": "Ana Duarte"})]).passed
    assert not trajectory_score(made, [("find", {"customer": "Rui Duarte"})]).passed
    assert trajectory_score([{"name": "find", "arguments": {"limit": 3}}], ["find"]).passed


def test_a_call_counts_once_and_the_most_particular_expectation_has_it():
    made = [("stock", {"product": "lamp"}), ("stock", {"product": "desk"})]
    assert trajectory_score(made, [["stock", ("stock", {"product": "lamp"})]]).passed
    twice = trajectory_score(["stock"], [["stock", "stock"]])
    assert twice.recall == 0.5 and twice.missing == ("stock()",)


def test_calls_too_many_lower_precision_and_fail_unless_they_are_allowed():
    score = trajectory_score(["find", "find", "stock"], ["find", "stock"])
    assert score.recall == 1.0 and score.precision == pytest.approx(2 / 3) and not score.passed
    assert trajectory_score(["find", "find", "stock"], ["find", "stock"], extra_calls=1).passed


def test_a_forbidden_call_fails_whatever_else_was_right():
    score = trajectory_score(["find", "refund"], ["find"], forbidden=["refund"], extra_calls=5)
    assert score.recall == 1.0 and not score.passed and score.forbidden == ("refund()",)


def test_nothing_expected_and_nothing_made_passes():
    assert trajectory_score([], []).passed
    assert not trajectory_score(["find"], []).passed and not trajectory_score([], ["find"]).passed


def test_the_best_of_several_matchings_is_taken():
    assert trajectory_score(["a", "b", "a", "c"], ["b", ["a", "c"]], extra_calls=1).passed
    with pytest.raises(ValueError, match="extra_calls"):
        trajectory_score([], [], extra_calls=-1)


# --- the shop that agents work with --------------------------------------------------------------------------------


def test_the_shop_is_made_anew_with_the_same_rows(tmp_path):
    made = tmp_path / "shop.sqlite"
    runpy.run_path(str(sample_data("agents/make_shop.py")))["make"](made)
    for table in ("customers", "products", "orders", "cards"):
        assert rows(made, table) == rows(sample_data("agents/shop.sqlite"), table)


def rows(path, table):
    with closing(sqlite3.connect(path)) as shop:
        return shop.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()


# --- pictures ------------------------------------------------------------------------------------------------------


def test_a_sequence_diagram_tells_its_calls_in_order(capsys):
    call = {"id": "1", "type": "function", "function": {"name": "find", "arguments": '{"who": "Ana"}'}}
    plots.sequence(
        [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Where is Ana?"},
            {"role": "assistant", "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "1", "content": "error: nobody"},
            {"role": "assistant", "content": "I do not know"},
        ],
        title="One call",
    )
    told = capsys.readouterr().out
    assert "user to model: Where is Ana?; model to find: who='Ana'; find to model: error: nobody" in told
    assert "Be brief" not in told


def test_a_matrix_of_choices_names_its_slips(capsys):
    plots.tool_choices({"find": ["find", "none"], "stock": ["stock"]}, title="Choices")
    assert "2 of 3 requests on the diagonal. Wrong: 1 for find went to none." in capsys.readouterr().out


def test_nothing_called_is_precise_and_nothing_expected_is_complete():
    nothing = trajectory_score([], ["find"])
    assert (nothing.precision, nothing.recall, nothing.passed) == (1.0, 0.0, False)
    assert trajectory_score(["find"], [[]]).recall == 1.0
