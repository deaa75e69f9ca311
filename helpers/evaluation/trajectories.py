"""Score the way an agent took: which tools it called, with which arguments, and in what order where order matters.

A trajectory is a list of calls. What was expected is a list of steps; the calls of one step may come in any order, and
one step comes after the other: `["find", {"stock", "price"}]`. Final answers are for `scorers`; a right answer may have
been reached by a wrong way, and this is what tells.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Call:
    """A tool call. In an expectation only the arguments that are given are compared."""

    name: str
    arguments: tuple[tuple[str, Any], ...] = ()

    def __str__(self) -> str:
        return f"{self.name}({', '.join(f'{key}={value!r}' for key, value in self.arguments)})"


@dataclass(frozen=True)
class TrajectoryScore:
    """recall: share of the expected calls that were made in a right place; 1 where none was expected. precision: share
    of the calls made that were expected; 1 where none was made. forbidden: calls made that must never be made. passed:
    recall 1, nothing forbidden, and no call too many unless `extra_calls` allows it.
    """

    recall: float
    precision: float
    missing: tuple[str, ...]
    extra: tuple[str, ...]
    forbidden: tuple[str, ...]
    passed: bool


Expected = str | tuple[str, Mapping[str, Any]] | Call
Made = Expected | Mapping[str, Any]


def trajectory_score(
    made: Sequence[Made],
    expected: Sequence[Expected | Collection[Expected]],
    *,
    forbidden: Collection[str] = (),
    extra_calls: int = 0,
) -> TrajectoryScore:
    """Compare the calls made with the steps expected.

    made: calls as names, (name, arguments) or {"name": ..., "arguments": {...}}. expected: steps in their order; a step
    is a call, or a list or set of calls whose order does not matter. forbidden: names that fail the trajectory.
    extra_calls: how many calls beside the expected ones are allowed. Strings are compared without regard to case.

    >>> trajectory_score(["find", "price", "stock"], ["find", ["stock", "price"]]).passed
    True
    >>> trajectory_score(["price", "find"], ["find", "price"]).recall
    0.5
    """
    if extra_calls < 0:
        raise ValueError(f"extra_calls is a number of calls, 0 or more, and not {extra_calls}.")
    calls = [_call(one) for one in made]
    steps = [[_call(one) for one in step] if _is_step(step) else [_call(step)] for step in expected]
    places = _places(calls, steps)
    wanted = [(call, number) for number, step in enumerate(steps) for call in step]
    missing = [str(call) for i, (call, _) in enumerate(wanted) if i not in places]
    used = set(places.values())
    extra = [str(call) for i, call in enumerate(calls) if i not in used]
    never = [str(call) for call in calls if call.name in forbidden]
    recall = len(places) / len(wanted) if wanted else 1.0
    precision = len(used) / len(calls) if calls else 1.0
    passed = not missing and not never and len(extra) <= extra_calls
    return TrajectoryScore(recall, precision, tuple(missing), tuple(extra), tuple(never), passed)


def _places(calls: Sequence[Call], steps: Sequence[Sequence[Call]]) -> dict[int, int]:
    """Expected call -> call made: as many as can be had with every step's calls after those of the step before.

    A search over (step, position): few calls are made, so all of it is looked at.
    """
    starts = [sum(len(step) for step in steps[:number]) for number in range(len(steps))]
    best: dict[tuple[int, int], dict[int, int]] = {}

    def search(step: int, position: int) -> dict[int, int]:
        if step == len(steps):
            return {}
        if (step, position) not in best:
            found: dict[int, int] = {}
            for end in range(position, len(calls) + 1):
                here = _matched(calls, position, end, steps[step], starts[step])
                whole = {**here, **search(step + 1, end)}
                found = whole if len(whole) > len(found) else found
            best[step, position] = found
        return best[step, position]

    return search(0, 0)


def _matched(calls: Sequence[Call], start: int, end: int, step: Sequence[Call], first: int) -> dict[int, int]:
    """The calls of one step among calls[start:end], in any order. The most particular expectation chooses first."""
    found: dict[int, int] = {}
    for i in sorted(range(len(step)), key=lambda i: -len(step[i].arguments)):
        for at in range(start, end):
            if at not in found.values() and _is_the(calls[at], step[i]):
                found[first + i] = at
                break
    return found


def _is_the(made: Call, expected: Call) -> bool:
    given = dict(made.arguments)
    return made.name == expected.name and all(
        key in given and _same(given[key], value) for key, value in expected.arguments
    )


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, str) and isinstance(other, str):
        return one.strip().casefold() == other.strip().casefold()
    return bool(one == other)


def _is_step(step: Any) -> bool:
    """Whether it is several calls; a pair of a name and its arguments is one."""
    if isinstance(step, tuple) and len(step) == 2 and isinstance(step[0], str) and isinstance(step[1], Mapping):
        return False
    return isinstance(step, list | set | frozenset | tuple)


def _call(one: Made) -> Call:
    if isinstance(one, Call):
        return one
    if isinstance(one, str):
        return Call(one)
    name, arguments = (one["name"], one.get("arguments") or {}) if isinstance(one, Mapping) else one
    return Call(name, tuple(arguments.items()))
