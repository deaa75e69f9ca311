"""What a progress file says, as outcomes: the learner's own word, shown as such, never mixed with what was run."""

from __future__ import annotations

import importlib
from typing import Any

from helpers.grading.lessons import CHECKS, exercises_of
from helpers.grading.outcomes import Status


def outcomes_told(lesson: str, records: dict[str, Any]) -> tuple[dict[str, Any], ...]:
    """An outcome as plain data for each exercise of the lesson; points are cut to what the exercise has."""
    exercises = exercises_of(importlib.import_module(f"{CHECKS}.{lesson}"))
    return tuple(_told(name, exercise.points, records.get(name, {})) for name, exercise in exercises.items())


def _told(name: str, of: int, record: dict[str, Any]) -> dict[str, Any]:
    best = record.get("best")
    points = max(0, min(best, of)) if isinstance(best, int) and not isinstance(best, bool) else 0
    known = {status.value for status in Status}
    status = record.get("status")
    status = status if isinstance(status, str) and status in known else Status.NOT_ATTEMPTED.value
    if status == Status.PASSED.value and points < of:
        status = Status.NOT_YET.value  # that is not what the engine writes
    return {
        "exercise": name,
        "status": status,
        "points": points,
        "of": of,
        "parts": [],
        "message": str(record.get("message") or "")[:300],
        "counterexample": [],
        "fault": "",
        "seconds": 0.0,
        "hints": _number(record.get("hints")),
        "attempts": _number(record.get("attempts")),
        "minutes": _number(record.get("minutes")),
    }


def _number(value: Any) -> float:
    plain = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e6
    return value if plain else 0
