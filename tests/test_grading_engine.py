"""What a check says of a learner's work: verdicts, points, counterexamples, whose fault it is, what it leaves alone."""

from __future__ import annotations

import asyncio

import pytest
from sample_lesson import notebook

from helpers.grading import (
    AuthorError,
    Exercise,
    Status,
    attempt,
    exercise,
    for_all,
    grade,
    part,
    remark,
    strategies,
)


@exercise(points=3, hints=["Add them."])
def add(add):
    "Add two numbers."
    with part("small numbers", points=1):
        attempt(add, 1, 2).equals(3, why="One and two are three.")
    with part("a list is left alone", points=2):
        attempt(add, [1], [2]).equals([1, 2]).unchanged()


def test_a_right_answer_passes_with_all_points():
    outcome = grade(add, notebook("def add(a, b): return a + b"))
    assert outcome.status is Status.PASSED
    assert (outcome.points, outcome.of) == (3, 3)


def test_a_failed_part_does_not_stop_the_later_ones_from_earning_points():
    outcome = grade(add, notebook("def add(a, b): return [1, 2]"))
    assert outcome.status is Status.NOT_YET
    assert [p.state for p in outcome.parts] == ["failed", "passed"]
    assert outcome.points == 2


def test_the_message_is_the_first_broken_property_and_shows_tried_got_expected_and_why():
    outcome = grade(add, notebook("def add(a, b): return 0"))
    assert outcome.counterexample.rows == (("tried", "add(1, 2)"), ("came back", "0"), ("expected", "3"))
    assert outcome.counterexample.why == "One and two are three."


def test_an_exception_is_shown_at_the_learners_line():
    outcome = grade(add, notebook("def add(a, b):\n    total = a\n    return total.plus(b)"))
    assert ("your line 3", "return total.plus(b)") in outcome.counterexample.rows
    assert any("AttributeError" in code for _, code in outcome.counterexample.rows)


def test_a_changed_argument_is_seen_and_does_not_spoil_the_next_call():
    outcome = grade(add, notebook("def add(a, b):\n    a += b\n    return a"))
    assert outcome.points == 1
    assert ("after", "[1, 2]") in outcome.counterexample.rows


def test_other_parameters_than_the_tasks_are_named():
    outcome = grade(add, notebook("def add(a): return a"))
    assert ("yours is", "add(a)") in outcome.counterexample.rows


def test_a_missing_return_is_told_in_words():
    assert "`return`" in grade(add, notebook("def add(a, b): a + b")).counterexample.why


def test_a_yes_or_no_answer_is_not_a_number():
    @exercise(points=1, hints=["?"])
    def even(even):
        attempt(even, 2).equals(True)

    assert grade(even, notebook("def even(n): return n % 2 == 0")).status is Status.PASSED
    assert grade(even, notebook("def even(n): return 1")).status is Status.NOT_YET


def test_printed_text_is_swallowed_and_shown_with_a_failure(capsys):
    outcome = grade(add, notebook("def add(a, b):\n    print('total is', a)\n    return 0"))
    assert "total is 1" in outcome.printed
    assert "total is 1" in outcome.markdown
    assert capsys.readouterr().out == ""


# ---- not attempted


@pytest.mark.parametrize(
    ("cells", "starter"),
    [
        ([], "def add(a, b): ..."),
        (["add = ..."], "add = ..."),
        (["def add(a, b):\n    'Sum.'\n    ..."], "def add(a, b):\n    'Sum.'\n    ...  # your code"),
        (["def add(a, b):\n    return a - b"], "def add(a, b):\n    return a - b"),
    ],
    ids=["never run", "an ellipsis", "the starter", "a starter to repair"],
)
def test_untouched_work_is_not_attempted(cells, starter):
    assert grade(add, notebook(*cells), starter).status is Status.NOT_ATTEMPTED


def test_work_that_differs_from_the_starter_is_attempted():
    assert grade(add, notebook("def add(a, b): return 3"), "def add(a, b): ...").status is Status.NOT_YET


def test_a_given_function_beside_the_task_may_stay_as_it_is():
    @exercise(points=1, hints=["?"])
    def both(given, own):
        attempt(own, 1).equals(given(1))

    starter = "def given(n): return n + 1\ndef own(n): ..."
    answer = "def given(n): return n + 1\ndef own(n): return n + 1"
    assert grade(both, notebook(answer), starter).status is Status.PASSED
    assert grade(both, notebook(starter), starter).status is Status.NOT_ATTEMPTED


def test_in_a_script_too_a_value_left_as_it_was_given_is_not_attempted():
    @exercise(points=1, hints=["?"])
    def limit(limit):
        assert limit == 3, "The limit is three."

    assert grade(limit, {"limit": 2}, "limit = 2").status is Status.NOT_ATTEMPTED
    assert grade(limit, {"limit": 4}, "limit = 2").status is Status.NOT_YET


def test_a_variable_computed_by_an_untouched_cell_is_not_attempted():
    @exercise(points=1, hints=["?"])
    def limit(limit):
        assert limit == 3, "The limit is three."

    starter = "limit = max(1, 2)"
    assert grade(limit, notebook(starter), starter).status is Status.NOT_ATTEMPTED
    assert grade(limit, notebook(starter, "limit = max(1, 3)"), starter).status is Status.PASSED


# ---- whose fault


def test_a_crash_of_the_check_itself_costs_nothing_and_says_so():
    @exercise(points=1, hints=["?"])
    def broken(add):
        [][0]

    outcome = grade(broken, notebook("def add(a, b): return 1"))
    assert (outcome.status, outcome.fault) == (Status.COULD_NOT_GRADE, "check")
    assert "trainer" in outcome.markdown


def test_a_crash_that_follows_from_a_failed_part_is_not_the_checks_fault():
    @exercise(points=2, hints=["?"])
    def steps(add):
        with part("the first", points=1):
            total = attempt(add, 1, 2).equals(3).result
        with part("the second", points=1):
            assert total == 3

    outcome = grade(steps, notebook("def add(a, b): return 0"))
    assert outcome.status is Status.NOT_YET
    assert [p.state for p in outcome.parts] == ["failed", "untried"]


def test_a_plain_assertion_shows_what_was_tried():
    @exercise(points=1, hints=["?"])
    def plain(add):
        assert add(1, 2) == 3, "One and two are three."

    outcome = grade(plain, notebook("def add(a, b): return 4"))
    assert outcome.message.startswith("One and two are three.")  # pytest adds its own retelling
    assert outcome.counterexample.rows == (("tried", "add(1, 2)"), ("came back", "4"), ("expected", "3"))


def test_a_plain_assertion_on_a_result_of_another_shape_is_the_learners_to_mend():
    @exercise(points=1, hints=["?"])
    def plain(add):
        assert add(1, 2)[0] == 3, "A list with the sum."

    outcome = grade(plain, notebook("def add(a, b): return []"))
    assert (outcome.status, outcome.message) == (Status.NOT_YET, "A list with the sum.")
    assert ("came back", "[]") in outcome.counterexample.rows


def test_an_expected_exception_is_asked_for_and_its_absence_is_shown():
    @exercise(points=1, hints=["?"])
    def refuses(add):
        assert "no text" in str(attempt(add, "a", 1, raises=ValueError).error)

    assert grade(refuses, notebook("def add(a, b): raise ValueError('no text')")).status is Status.PASSED
    outcome = grade(refuses, notebook("def add(a, b): return 1"))
    assert ("expected", "ValueError is raised") in outcome.counterexample.rows


def test_leaving_the_kernel_is_an_error_of_the_learners_code():
    outcome = grade(add, notebook("def add(a, b): exit()"))
    assert outcome.status is Status.NOT_YET
    assert "SystemExit" in outcome.markdown


def test_a_coroutine_is_run_to_its_end_also_inside_a_running_event_loop():
    namespace = notebook("import asyncio\nasync def add(a, b):\n    await asyncio.sleep(0)\n    return a + b")

    async def in_a_notebook():
        return grade(add, namespace)

    assert asyncio.run(in_a_notebook()).status is Status.PASSED


# ---- declarations


def test_parts_that_do_not_sum_to_the_points_are_refused_at_declaration():
    with pytest.raises(AuthorError, match="sum to 1 points, declared are 3"):

        @exercise(points=3, hints=["?"])
        def wrong(add):
            with part("only", points=1):
                pass


def test_parts_in_a_loop_are_summed_when_the_check_has_run():
    @exercise(points=3, hints=["?"])
    def looped(add):
        for number in (1, 2):
            with part(f"number {number}", points=1):
                pass

    outcome = grade(looped, notebook("def add(a, b): return 1"))
    assert outcome.fault == "check"
    assert "sum to 2 points" in outcome.message


@pytest.mark.parametrize("options", [{"points": 0}, {"points": 1, "hints": "text"}, {"points": 1, "live_calls": 41}])
def test_a_declaration_that_cannot_be_meant_is_refused(options):
    with pytest.raises(AuthorError):
        exercise(**options)(lambda add: None)


def test_a_remark_stands_beside_a_pass():
    @exercise(points=1, hints=["?"])
    def remarked(add):
        remark("Measured: 42.")

    assert "Measured: 42." in grade(remarked, notebook("def add(a, b): return 1")).markdown


# ---- properties


def property_of(**options) -> Exercise:
    @exercise(points=1, hints=["?"])
    def doubled(doubled):
        "Double a number."

        @for_all(n=strategies.integers(0, 1000), **options)
        def is_even(n):
            attempt(doubled, n).satisfies(lambda result: result == 2 * n, expected=f"{2 * n}")

    return doubled


def test_a_property_reports_the_smallest_counterexample():
    outcome = grade(property_of(), notebook("def doubled(n): return 2 * n if n < 7 else 0"))
    assert outcome.counterexample.rows == (("tried", "doubled(7)"), ("came back", "0"), ("expected", "14"))


def test_a_property_tries_the_same_values_every_time():
    def tried() -> list[int]:
        values: list[int] = []
        namespace = {"__name__": "__main__", "doubled": lambda n: values.append(n) or 2 * n}
        assert grade(property_of(), namespace).status is Status.PASSED
        return values

    first = tried()
    assert len(set(first)) > 20
    assert tried() == first


def test_a_property_ends_in_time_on_slow_code():
    slow = notebook("import time\ndef doubled(n):\n    time.sleep(0.03)\n    return 2 * n if n < 400 else 0")
    outcome = grade(property_of(seconds=0.3), slow)
    assert outcome.seconds < 2
    assert outcome.fault == ""


def test_a_property_takes_an_answer_that_changes_by_itself():
    moody = notebook("calls = []\ndef doubled(n):\n    calls.append(n)\n    return 2 * n + len(calls) % 2")
    assert grade(property_of(), moody).status is Status.NOT_YET


def test_a_plain_assertion_in_a_property_names_its_values():
    @exercise(points=1, hints=["?"])
    def doubled(doubled):
        @for_all(n=strategies.integers(0, 9))
        def is_even(n):
            assert doubled(n) == 2 * n, "Twice the number."

    outcome = grade(doubled, notebook("def doubled(n): return 2 * n if n != 5 else 0"))
    assert outcome.counterexample.rows[0] == ("n", "5")


# ---- what a check leaves alone


@pytest.mark.parametrize(
    "body",
    [
        "global seen\n    seen = 99",
        "global fresh\n    fresh = 1",
        "global gone\n    del gone",
        "store.append(a)",
        "table['b'] = a",
        "nested['deep'][0].append(a)",
    ],
)
def test_the_notebooks_variables_are_as_before(body):
    setup = "seen, gone, store, table, nested = 1, 2, [1], {'a': 1}, {'deep': [[1]]}"
    namespace = notebook(setup, f"def add(a, b):\n    {body}\n    return a + b")
    before, store = dict(namespace), namespace["store"]
    grade(add, namespace)
    assert namespace == before
    assert namespace["store"] is store
    assert namespace["store"] == [1]
    assert namespace["table"] == {"a": 1}
    assert namespace["nested"] == {"deep": [[1]]}


def test_a_clients_calls_are_counted_although_arguments_are_copied():
    class Client:
        calls = 0

    @exercise(points=1, hints=["?"])
    def counts(counts):
        client = Client()
        attempt(counts, client)
        assert client.calls == 1

    assert grade(counts, notebook("def counts(client): client.calls += 1")).status is Status.PASSED
