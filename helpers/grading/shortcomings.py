"""What an exercise still lacks before learners may meet it, each as one sentence for its author.

`declared` reads the declaration; `tried` runs the lesson's own answers through the checks. The build fails on either.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from helpers.grading.exercises import Exercise
from helpers.grading.outcomes import Status, counted
from helpers.grading.quizzes import Quiz
from helpers.grading.trials import LessonTrial

WRONG_ANSWERS = 3


def declared(exercises: Iterable[Exercise]) -> Iterator[str]:
    """What is missing in the declarations."""
    for exercise in exercises:
        where = f"exercise {exercise.name!r}"
        if not exercise.title:
            yield f"{where} does not say what it asks: write it in the first line of the check's docstring"
        if len(exercise.wrong) < WRONG_ANSWERS:
            has = counted(len(exercise.wrong), "wrong answer")
            yield f"{where} has {has}: give at least {WRONG_ANSWERS} in wrong= that its check must catch"
        if not exercise.hints and not isinstance(exercise, Quiz):
            yield f"{where} has no hint: give steps in hints=, each a little nearer to the answer"


def tried(trial: LessonTrial) -> Iterator[str]:
    """What comes out when starter, solution and wrong answers are checked."""
    for exercise in trial.exercises.values():
        where = f"exercise {exercise.name!r}"
        if exercise.name not in trial.solutions or not trial.solutions[exercise.name]:
            yield f'{where} has no cell in the lesson: write one with exercise="{exercise.name}"'
            continue
        starter = trial.outcome(exercise, trial.starters[exercise.name])
        if starter.status is not Status.NOT_ATTEMPTED:
            yield f"{where}: its starter is {starter.status.value} and should be not attempted"
        solution = trial.outcome(exercise, trial.solutions[exercise.name])
        if solution.status is not Status.PASSED:
            yield f"{where}: its solution is {solution.status.value}: {solution.message}"
        for name, wrong in exercise.wrong.items():
            answer = f"{where}, wrong answer {name!r}"
            try:
                outcome = trial.outcome(exercise, wrong.code)
            except Exception as error:  # in the cell itself, where a learner would see Python's own message
                yield f"{answer} cannot even be run: {type(error).__name__}: {error}"
                continue
            if outcome.status is not Status.NOT_YET:
                yield f"{answer} is {outcome.status.value} and should be not yet. {outcome.message}".rstrip()
            elif wrong.says not in outcome.markdown:
                yield f"{answer}: its feedback does not say {wrong.says!r} but: {outcome.message}"
            elif not (isinstance(exercise, Quiz) or (outcome.counterexample and outcome.counterexample.rows)):
                yield (
                    f"{answer}: its feedback has no counterexample. Use attempt(…) for what is called, "
                    "observe(…) for what is looked at"
                )
