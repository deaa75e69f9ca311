"""How many small slips in a solution its check catches: every mutant of every exercise's solution, tried on the mock.

Survivors are listed: each is a slip that the check lets through, or a change that makes no difference to what is asked.
"""

from __future__ import annotations

import importlib
import sys

from helpers.grading.lessons import CHECKS, lesson_names
from helpers.grading.mutants import Mutant, survivors
from helpers.grading.quizzes import Quiz
from helpers.grading.trials import LessonTrial
from helpers.publishing.source import Source, read_all


def main() -> None:
    made = caught = 0
    chosen = sys.argv[1:] or lesson_names()
    for source in (source for source in read_all() if source.name in chosen):
        for exercise, tried, left in of_lesson(source):
            made, caught = made + tried, caught + tried - len(left)
            print(f"{source.name}  {exercise:<24} {tried - len(left):3} of {tried:3} caught", flush=True)
            for mutant in left:
                print(f"    {source.name}.{exercise} line {mutant.line}: {mutant.change}")
    print(f"all  {caught} of {made} caught, {caught / made:.0%}" if made else "no mutants")


def of_lesson(source: Source) -> list[tuple[str, int, list[Mutant]]]:
    """Exercise, number of mutants, and those that its check lets through."""
    trial = LessonTrial.of_source(source, importlib.import_module(f"{CHECKS}.{source.name}"))
    exercises = [exercise for exercise in trial.exercises.values() if not isinstance(exercise, Quiz)]
    return [(exercise.name, *survivors(trial, exercise)) for exercise in exercises]


if __name__ == "__main__":
    main()
