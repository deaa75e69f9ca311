"""How many small slips in a solution its check catches: every mutant of every exercise's solution, tried on the mock.

Survivors are listed: each is a slip that the check lets through, or a change that makes no difference to what is asked.
"""

from __future__ import annotations

import importlib
import sys

from helpers.grading.lessons import CHECKS, lesson_names
from helpers.grading.mutants import Mutant, is_caught, mutants
from helpers.grading.quizzes import Quiz
from helpers.grading.trials import LessonTrial, code_cells
from helpers.paths import NOTEBOOKS, SOLUTIONS
from helpers.publishing.published import exercise_cells, find


def main() -> None:
    made = caught = 0
    for name in sys.argv[1:] or lesson_names():
        for exercise, tried, survivors in of_lesson(name):
            made, caught = made + tried, caught + tried - len(survivors)
            print(f"{name}  {exercise:<24} {tried - len(survivors):3} of {tried:3} caught", flush=True)
            for mutant in survivors:
                print(f"    line {mutant.line}: {mutant.change}")
    print(f"all  {caught} of {made} caught, {caught / made:.0%}" if made else "no mutants")


def of_lesson(name: str) -> list[tuple[str, int, list[Mutant]]]:
    """Exercise, number of mutants, and those that pass or could not be graded."""
    starter, solution = find(name, NOTEBOOKS), find(name, SOLUTIONS)
    checks = importlib.import_module(f"{CHECKS}.{name}")
    trial = LessonTrial(name, checks, code_cells(solution), exercise_cells(starter), exercise_cells(solution))
    found = []
    for exercise in trial.exercises.values():
        made = [] if isinstance(exercise, Quiz) else mutants(trial.solutions[exercise.name])
        if made:
            found.append((exercise.name, len(made), [m for m in made if not is_caught(m, trial, exercise)]))
    return found


if __name__ == "__main__":
    main()
