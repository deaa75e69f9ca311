"""How an outcome reads: the same in markdown and as plain text, short, and safe for whatever a value looks like."""

from __future__ import annotations

import pytest

from helpers.grading import Counterexample, Outcome, PartOutcome, Status
from helpers.grading.notation import first_difference, same, shown, shown_pair, written, written_call
from helpers.grading.outcomes import fenced, plain

NOT_YET = Outcome(
    "split",
    Status.NOT_YET,
    1,
    3,
    (PartOutcome("nothing is lost", 1, 1, "passed"), PartOutcome("pieces overlap", 0, 2, "failed")),
    message="`split` gives another result than expected.",
    counterexample=Counterexample(
        (("tried", "split('abc', 2, 1)"), ("came back", "['ab', 'c']"), ("expected", "['ab', 'bc']")),
        "A window moves by size minus overlap.",
    ),
    next_step="Change your cell.",
)

READS_AS = """\
**✗ split: not yet, 1 of 3 points so far**

`split` gives another result than expected.

```text
tried      split('abc', 2, 1)
came back  ['ab', 'c']
expected   ['ab', 'bc']
```

A window moves by size minus overlap.

- ✓ nothing is lost (1 of 1 point)
- ✗ pieces overlap (0 of 2 points)

Change your cell."""


def test_not_yet_reads_verdict_property_counterexample_parts_next_step():
    assert NOT_YET.markdown == READS_AS


def test_the_terminal_gets_the_same_words():
    text = NOT_YET.text
    assert "**" not in text
    assert "```" not in text
    assert text.splitlines()[0] == "✗ split: not yet, 1 of 3 points so far"
    for line in ("    tried      split('abc', 2, 1)", "- ✗ pieces overlap (0 of 2 points)"):
        assert line in text.splitlines()


@pytest.mark.parametrize("status", Status)
def test_each_verdict_begins_with_a_sign_of_its_own(status):
    signs = {Outcome("x", each, 0, 1).verdict[0] for each in Status}
    assert len(signs) == len(Status)
    assert "x" in Outcome("x", status, 0, 1).verdict


def test_could_not_grade_says_that_it_costs_nothing():
    assert "costs no points" in Outcome("x", Status.COULD_NOT_GRADE, 0, 1).markdown


@pytest.mark.parametrize("value", ["```", "a | b", "<b>bold</b>", "**kwargs", "# %%", "$x$", "\\", "\n\n# heading"])
def test_no_value_can_break_out_of_its_block(value):
    outcome = Outcome("x", Status.NOT_YET, 0, 1, counterexample=Counterexample((("came back", written(value)),)))
    block = outcome.markdown.partition("\n\n")[2]
    fence = block.splitlines()[0].removesuffix("text")
    assert block.splitlines()[-1] == fence
    assert len(block.splitlines()) == 3
    assert written(value) in outcome.text


def test_a_fence_is_longer_than_any_inside():
    assert fenced("````", "text").startswith("`````text")


def test_stars_inside_code_stay():
    assert plain("**bold** and `f(**kwargs)`") == "bold and `f(**kwargs)`"


def test_plain_data_goes_through_json():
    import json

    assert json.loads(json.dumps(NOT_YET.as_dict()))["counterexample"][0] == ["tried", "split('abc', 2, 1)"]


# ---- values


def test_long_values_are_cut_around_their_first_difference():
    got, expected = shown_pair("a" * 500 + "X" + "b" * 500, "a" * 500 + "Y" + "b" * 500)
    assert "X" in got
    assert "Y" in expected
    assert max(len(got), len(expected)) < 130


def test_short_values_are_shown_whole():
    assert shown_pair([1], [2]) == ("[1]", "[2]")
    assert shown("x" * 10) == repr("x" * 10)


def test_a_shortened_value_says_how_long_it_was():
    assert "(5,002 characters)" in shown("x" * 5000)


def test_functions_are_shown_by_name_and_objects_without_addresses():
    class Thing:
        pass

    assert written(len) == "<built-in function len>"
    assert written(test_short_values_are_shown_whole) == "test_short_values_are_shown_whole"
    assert written([Thing()]) == "[<Thing>]"


def test_a_repr_that_fails_is_survived():
    class Moody:
        def __repr__(self):
            raise RuntimeError

    assert "RuntimeError" in written(Moody())


def test_a_call_shortens_the_long_argument_and_keeps_the_short():
    text = written_call("f", ("x" * 500, 7), {"k": True})
    assert text.endswith("7, k=True)")
    assert len(text) < 200


@pytest.mark.parametrize(
    ("got", "expected", "phrase"),
    [
        ([1, 2, 3], [1, 5, 3], "item 1"),
        ([1], [1, 2], "1 item, expected 2"),
        ((1,), [1], "a tuple, where a list"),
        ({"a": 1}, {"a": 1, "b": 2}, "the key 'b' is missing"),
        ({"a": 1}, {}, "one too many"),
        ("abcd", "abXd", "character 2"),
    ],
)
def test_the_first_difference_is_named(got, expected, phrase):
    assert phrase in first_difference(got, expected)


def test_arrays_and_odd_values_are_compared_without_raising():
    import numpy as np

    class Odd:
        def __eq__(self, other):
            raise TypeError

    assert same(np.array([1, 2]), np.array([1, 2]))
    assert not same(np.array([1, 2]), np.array([1, 2, 3]))
    assert not same(Odd(), 1)
