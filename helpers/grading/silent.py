"""A lesson that checks nothing: for notebooks that are run by somebody who checks them in another way.

Its exercises have their variants, which cells read; every other name can be called and does nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from helpers.grading.exercises import Exercise

# {exercise: {name: value}}, plain data that another process can be given
Values = Mapping[str, Mapping[str, Any]]


def variant_values(exercises: Mapping[str, Exercise], code: str) -> dict[str, dict[str, Any]]:
    """Names and numbers of every exercise that has them, for the learner with this code."""
    return {name: vars(made.for_variant(code).variant) for name, made in exercises.items() if made.choices}


class SilentLesson:
    """lesson.NAME.variant is what `values` say; lesson.NAME.check() and the like do nothing and give None."""

    def __init__(self, values: Values | None = None) -> None:
        self.__dict__["_values"] = dict(values or {})

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        found = SilentLesson()
        found.__dict__["variant"] = SimpleNamespace(**self._values.get(name, {}))
        return found

    def __call__(self, *args: Any, **kwargs: Any) -> None:
        return None
