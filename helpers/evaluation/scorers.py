"""What is asked of an output. A scorer is one small function of a case and the output, under @scorer.

    @scorer
    def short(case, output):
        return len(output.split()) <= 40

It gives True or False, a number from 0 to 1, or a Score that also says why. Those that ask a model: model_scorers.
"""

from __future__ import annotations

import functools
import inspect
import math
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from helpers.evaluation.datasets import Case


@dataclass(frozen=True)
class Score:
    """A scorer's verdict on one output: value from 0 (wrong) to 1 (right); None when it could not be judged."""

    value: float | None
    why: str = ""

    @classmethod
    def of(cls, given: Any) -> Score:
        """What a scorer gave back, as a Score. Raises TypeError for what is none."""
        if isinstance(given, Score):
            given._within_bounds()
            return given
        if given is None or isinstance(given, bool | int | float):
            score = cls(None if given is None else float(given))
            score._within_bounds()
            return score
        raise TypeError(f"a scorer gives True, False, a number from 0 to 1 or a Score, not {type(given).__name__}")

    def _within_bounds(self) -> None:
        if self.value is not None and not 0 <= self.value <= 1:
            raise TypeError(f"a score is a number from 0 to 1, not {self.value:g}")


@dataclass(frozen=True)
class Scorer:
    """A named scorer; call it with a case and an output. It may be async."""

    name: str
    function: Callable[[Case, Any], Any]

    async def __call__(self, case: Case, output: Any) -> Score:
        given = self.function(case, output)
        return Score.of(await given if inspect.isawaitable(given) else given)


def scorer(function: Callable[..., Any] | None = None, *, name: str | None = None) -> Any:
    """Make a function of (case, output) a scorer, named as the function is. Also `@scorer(name="…")`."""
    if function is None:
        return functools.partial(scorer, name=name)
    return Scorer(name or function.__name__, function)


def plain(text: Any) -> str:
    """A text as exact() compares it: one kind of letters, case and space, without punctuation at its ends."""
    text = unicodedata.normalize("NFKC", str(text)).casefold()
    return re.sub(r"\s+", " ", text).strip(" .,;:!?\"'“”‘’`*")


def exact(name: str = "exact") -> Scorer:
    """The output is what is expected, but for case, space and punctuation at its ends."""

    def equal(case: Case, output: Any) -> Score:
        same = plain(output) == plain(case.expected)
        return Score(float(same), "" if same else f"expected {case.expected!r}")

    return scorer(equal, name=name)


def contains(name: str = "contains") -> Scorer:
    """The output holds what is expected, or each of it where that is a list: value is the share that it holds."""

    def held(case: Case, output: Any) -> Score:
        wanted = case.expected if isinstance(case.expected, list | tuple | set) else [case.expected]
        missing = [fact for fact in wanted if plain(fact) not in plain(output)]
        return Score(1 - len(missing) / len(wanted), f"missing: {', '.join(map(str, missing))}" if missing else "")

    return scorer(held, name=name)


def numeric(tolerance: float = 0.0, *, relative: bool = False, name: str = "numeric") -> Scorer:
    """The output's number is the expected one, within a tolerance: in its own unit, or as a share of it.

    Takes numbers, and texts that hold exactly one number in English notation ("1,250.5"). Several numbers are wrong:
    which one was meant cannot be known.
    """

    def close(case: Case, output: Any) -> Score:
        wanted, given = number_in(case.expected), number_in(output)
        if wanted is None:
            return Score(None, f"what is expected holds no single number: {case.expected!r}")
        if given is None:
            return Score(0.0, f"no single number in the output; expected {wanted:g}")
        allowed = tolerance * abs(wanted) if relative else tolerance
        near = math.isclose(given, wanted, rel_tol=1e-12, abs_tol=allowed)
        return Score(float(near), "" if near else f"{given:g} is not {wanted:g} ± {allowed:g}")

    return scorer(close, name=name)


def number_in(value: Any) -> float | None:
    """The one number that a value is or holds; None where there is none, or more than one."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return float(value) if math.isfinite(value) else None
    found = re.findall(r"(?<![\w.])[-−]?\d+(?:,\d{3})*(?:\.\d+)?(?![\w]|\.\d)", str(value))
    return float(found[0].replace(",", "").replace("−", "-")) if len(found) == 1 else None


def same_set(name: str = "same_set") -> Scorer:
    """The output's items are the expected ones, in any order: value is F1 of the two sets.

    Takes lists, and texts whose items are separated by commas, semicolons or lines.
    """

    def overlap(case: Case, output: Any) -> Score:
        wanted, given = _items(case.expected), _items(output)
        if not wanted and not given:
            return Score(1.0)
        hits = len(wanted & given)
        told = [f"missing: {', '.join(sorted(wanted - given))}"] if wanted - given else []
        told += [f"not expected: {', '.join(sorted(given - wanted))}"] if given - wanted else []
        return Score(2 * hits / (len(wanted) + len(given)), "; ".join(told))

    return scorer(overlap, name=name)


def _items(value: Any) -> set[str]:
    if value is None:
        return set()
    parts = re.split(r"[,;\n]", value) if isinstance(value, str) else value
    return {plain(re.sub(r"^\s*[-*•]\s*", "", str(part))) for part in parts} - {""}
