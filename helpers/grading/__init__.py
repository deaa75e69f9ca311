"""The engine of exercises: declare, check, show, remember. It knows no lesson.

What a file of checks imports: exercise, Wrong, part, observe, remark, attempt, for_all, strategies,
k_of_n, share_at_least, Threshold, ScriptedClient; quiz, Question, Option.
What a notebook uses: open_lesson. What tests and the gradebook use: grade, Outcome, Status, Progress; told_code,
variant_code, variant_values and SilentLesson for a learner's variant.
Every name is loaded when it is first used, so the import costs nothing.
"""

from __future__ import annotations

import importlib
from typing import Any

_EXPORTS = {
    "Attempt": "attempts",
    "attempt": "attempts",
    "Exercise": "exercises",
    "Wrong": "exercises",
    "exercise": "exercises",
    "grade": "exercises",
    "AuthorError": "failures",
    "NotYet": "failures",
    "Lesson": "lessons",
    "open_lesson": "lessons",
    "Counterexample": "outcomes",
    "Outcome": "outcomes",
    "PartOutcome": "outcomes",
    "Status": "outcomes",
    "observe": "parts",
    "part": "parts",
    "remark": "parts",
    "Progress": "progress",
    "progress_report": "standing",
    "show_progress": "standing",
    "for_all": "properties",
    "strategies": "properties",
    "Option": "quizzes",
    "Question": "quizzes",
    "Quiz": "quizzes",
    "quiz": "quizzes",
    "Threshold": "samples",
    "k_of_n": "samples",
    "share_at_least": "samples",
    "ScriptedClient": "scripted",
    "SilentLesson": "silent",
    "variant_values": "silent",
    "told_code": "variants",
    "variant_code": "variants",
}

__all__ = sorted(_EXPORTS)


def __getattr__(name: str) -> Any:
    if name not in _EXPORTS:
        raise AttributeError(f"module 'helpers.grading' has no attribute {name!r}; it has {', '.join(__all__)}")
    return getattr(importlib.import_module(f"helpers.grading.{_EXPORTS[name]}"), name)


def __dir__() -> list[str]:
    return __all__
