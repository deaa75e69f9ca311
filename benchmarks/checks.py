"""Seconds until a check's verdict, for every exercise on the mock: on its solution, and on its slowest wrong answer.

A learner waits for it: 2 s at most. A wrong answer that does not end is stopped at the exercise's limit, not counted.
"""

from __future__ import annotations

import importlib
import sys

from helpers.grading.lessons import CHECKS, lesson_names
from helpers.grading.trials import LessonTrial
from helpers.publishing.source import read_all

MOST = 2.0


def main() -> None:
    chosen = sys.argv[1:] or lesson_names()
    slowest = 0.0
    print(f"{'exercise':<32} {'first':>7} {'again':>7} {'wrong':>7}  seconds")
    for source in (source for source in read_all() if source.name in chosen):
        trial = LessonTrial.of_source(source, importlib.import_module(f"{CHECKS}.{source.name}"))
        for name, exercise in trial.exercises.items():
            first, again = (trial.outcome(exercise, trial.solutions[name]).seconds for _ in range(2))
            tried = [trial.outcome(exercise, wrong.code).seconds for wrong in exercise.wrong.values()]
            wrong = max((seconds for seconds in tried if seconds < min(exercise.seconds, 5.0)), default=0.0)
            slowest = max(slowest, first, wrong)
            print(f"{source.name + ' ' + name:<32} {first:7.3f} {again:7.3f} {wrong:7.3f}", flush=True)
    print(f"slowest {slowest:.2f} s: {'within' if slowest <= MOST else 'OVER'} {MOST:g} s")


if __name__ == "__main__":
    main()
