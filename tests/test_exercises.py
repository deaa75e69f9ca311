"""Tests of the tests: every exercise is tried with its starter, its solution, its wrong answers and no endpoint.

A new lesson is picked up by its file in helpers/checks/; the toy lesson of tests/sample_lesson shows that these work.
"""

from __future__ import annotations

import importlib
import itertools
from collections.abc import Callable
from functools import lru_cache
from types import ModuleType

import pytest
import sample_lesson
from sample_lesson import checks as sample_checks

from helpers.grading import Exercise, Outcome, Quiz, Status
from helpers.grading.lessons import CHECKS, exercises_of, lesson_names
from helpers.grading.mutants import mutants, survivors
from helpers.grading.shortcomings import declared
from helpers.grading.trials import LessonTrial
from helpers.grading.variants import NEUTRAL, variant_code
from helpers.paths import ROOT
from helpers.publishing.source import read_all

LEARNERS = [variant_code(name) for name in ("Ana", "Bo", "Chidi")]
LESSONS: dict[str, ModuleType] = {
    sample_lesson.NAME: sample_checks,
    **{name: importlib.import_module(f"{CHECKS}.{name}") for name in lesson_names()},
}
EXERCISES = [(lesson, exercise) for lesson, checks in LESSONS.items() for exercise in exercises_of(checks).values()]
WRONG_ANSWERS = [(lesson, exercise, name) for lesson, exercise in EXERCISES for name in exercise.wrong]

every_exercise = pytest.mark.parametrize(
    ("lesson", "exercise"), EXERCISES, ids=[f"{lesson}-{exercise.name}" for lesson, exercise in EXERCISES]
)
VARYING = [(lesson, exercise) for lesson, exercise in EXERCISES if exercise.varies]
every_varying_exercise = pytest.mark.parametrize(
    ("lesson", "exercise"), VARYING, ids=[f"{lesson}-{exercise.name}" for lesson, exercise in VARYING]
)
every_wrong_answer = pytest.mark.parametrize(
    ("lesson", "exercise", "name"),
    WRONG_ANSWERS,
    ids=[f"{lesson}-{exercise.name}-{name}" for lesson, exercise, name in WRONG_ANSWERS],
)


@pytest.fixture(scope="session")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., LessonTrial]:
    """A lesson whose solutions have been run, once a session and variant."""
    sources = {source.name: source for source in read_all()}

    @lru_cache
    def run(lesson: str, variant: str = NEUTRAL) -> LessonTrial:
        if lesson == sample_lesson.NAME:
            return sample_lesson.sample_trial(tmp_path_factory.mktemp("sample_lesson"), variant)
        return LessonTrial.of_source(sources[lesson], LESSONS[lesson], variant)

    return run


def counts_as_judged(outcome: Outcome) -> bool:
    """A check that fails by itself would hide whatever it should have found."""
    return outcome.fault != "check"


def test_every_file_of_checks_is_a_lesson_with_exercises():
    files = {path.stem for path in (ROOT / "helpers" / "checks").glob("*.py")} - {"__init__"}
    assert files == set(LESSONS) - {sample_lesson.NAME}
    assert all(exercises_of(checks) for checks in LESSONS.values())


@pytest.mark.parametrize("lesson", LESSONS)
def test_the_notebooks_have_a_cell_for_each_exercise_and_no_other(lesson, trial):
    tried = trial(lesson)
    assert set(tried.starters) == set(tried.exercises)
    assert set(tried.solutions) == set(tried.exercises)


def test_every_exercise_says_what_it_asks_helps_and_has_wrong_answers():
    for checks in LESSONS.values():
        assert list(declared(exercises_of(checks).values())) == []


@every_exercise
def test_an_untouched_starter_is_not_attempted(lesson, exercise, trial):
    tried = trial(lesson)
    outcome = tried.outcome(exercise, tried.starters[exercise.name])
    assert outcome.status is Status.NOT_ATTEMPTED, outcome.text
    assert outcome.points == 0


@every_exercise
def test_the_solution_gets_full_points_for_no_more_tokens_than_announced(lesson, exercise, trial):
    tried = trial(lesson)
    ledger = getattr(tried.namespace().get("endpoint"), "ledger", None)
    before = ledger.tokens if ledger else 0
    # How long a verdict takes is measured by `workbook bench checks`.
    outcome = tried.outcome(exercise, tried.solutions[exercise.name], seconds=30)
    assert outcome.status is Status.PASSED, outcome.text
    assert outcome.points == exercise.points
    if ledger:
        assert ledger.tokens - before <= exercise.live_calls * exercise.live_tokens


@every_wrong_answer
def test_a_wrong_answer_is_not_yet_and_is_told_why(lesson, exercise: Exercise, name, trial):
    wrong = exercise.wrong[name]
    outcome = trial(lesson).outcome(exercise, wrong.code)
    assert counts_as_judged(outcome), outcome.text
    assert outcome.status is Status.NOT_YET, outcome.text
    assert 0 <= outcome.points < exercise.points
    assert outcome.message
    assert wrong.says in outcome.markdown, outcome.text
    # A quiz's counterexample is the reason of the option chosen, which it says.
    assert isinstance(exercise, Quiz) or (outcome.counterexample and outcome.counterexample.rows), outcome.text


@every_varying_exercise
@pytest.mark.parametrize("learner", LEARNERS)
def test_the_solution_fits_every_variant(lesson, exercise, learner, trial):
    tried = trial(lesson, learner)
    for made in (exercise, tried.exercises[exercise.name]):
        outcome = tried.outcome(made, tried.solutions[exercise.name], seconds=30)
        assert outcome.status is Status.PASSED, outcome.text


@every_varying_exercise
def test_the_values_of_one_learner_do_not_pass_for_another(lesson, exercise, trial):
    given = {code: trial(lesson, code).exercises[exercise.name] for code in (NEUTRAL, *LEARNERS)}
    # With few choices, two of four learners may share one.
    pairs = [pair for pair in itertools.permutations(given, 2) if differ(*(given[code] for code in pair))]
    assert pairs
    for mine, yours in pairs:
        outcome = trial(lesson, mine).handed_on(exercise, to=yours)
        assert outcome.status is Status.NOT_YET, f"{mine} -> {yours}: {outcome.text}"
        assert trial(lesson, mine).handed_on(exercise, to=mine).status is Status.PASSED


def differ(one: Exercise, other: Exercise) -> bool:
    if isinstance(one, Quiz) and isinstance(other, Quiz):
        return one.answers != other.answers
    return one.variant != other.variant


@every_varying_exercise
def test_a_wrong_answer_is_wrong_in_every_variant(lesson, exercise, trial):
    tried = trial(lesson, LEARNERS[0])
    for name, wrong in tried.exercises[exercise.name].wrong.items():
        outcome = tried.outcome(exercise, wrong.code, eager=True)
        assert outcome.status is Status.NOT_YET, f"{name}: {outcome.text}"


@every_exercise
def test_without_an_endpoint_nobody_loses_points(lesson, exercise, trial):
    tried = trial(lesson)
    outcome = tried.outcome(exercise, tried.solutions[exercise.name], dead=True, seconds=30)
    assert counts_as_judged(outcome), outcome.text
    assert outcome.status in (Status.COULD_NOT_GRADE, Status.PASSED), outcome.text


@every_exercise
def test_a_check_leaves_the_variables_as_they_were(lesson, exercise, trial):
    from helpers.grading import grade
    from helpers.grading.trials import run_cell

    tried = trial(lesson)
    namespace = tried.namespace()
    run_cell(tried.solutions[exercise.name], namespace, "kept")
    before = dict(namespace)
    grade(exercise, namespace, tried.starters[exercise.name])
    assert {name: id(value) for name, value in namespace.items()} == {name: id(value) for name, value in before.items()}


CAUGHT = 0.9  # of the mutants of all solutions together; `workbook bench mutants` lists those that are not


@pytest.mark.slow
def test_the_checks_catch_slips_in_the_solutions(trial):
    made, left = 0, []
    for lesson, exercise in EXERCISES:
        if not isinstance(exercise, Quiz):
            tried, survived = survivors(trial(lesson), exercise)
            made += tried
            left += [f"{lesson}.{exercise.name} line {m.line}: {m.change}" for m in survived]
    assert made > 50
    assert len(left) <= (1 - CAUGHT) * made, left


def test_every_kind_of_slip_is_made():
    assert {m.change for m in mutants("def f(a, b):\n    if a < b:\n        return g(a, b) + 1\n    return a[1:]")} == {
        "`Lt` becomes `LtE`",
        "the condition is negated",
        "line 3 is dropped: return g(a, b) + 1",
        "line 2 is dropped: if a < b:",
        "line 4 is dropped: return a[1:]",
        "the first two arguments are swapped",
        "`Add` becomes `Sub`",
        "1 becomes 2",
        "1 becomes 0",
        "the lower bound is dropped",
    }


@pytest.mark.parametrize(
    ("source", "change"),
    [
        ("def f(n):\n    return list(range(n))", "range goes one further"),
        ("def f(n):\n    return list(range(n))", "range ends one earlier"),
        ("def f(n):\n    return g(a=n, b=1)", "a= and b= are swapped"),
        ("def f(n, step=1):\n    return n", "default of step: 1 becomes 2"),
        ("def f(n):\n    return n == 'user'", "'user' becomes ''"),
    ],
)
def test_calls_defaults_and_texts_slip_too(source, change):
    assert change in {mutant.change for mutant in mutants(source)}
