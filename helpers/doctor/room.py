"""Whether the quota bears a room: what a lesson was measured to use, times the learners, against the limits."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from helpers.doctor.findings import Finding
from helpers.problem import Problem

if TYPE_CHECKING:
    from helpers.endpoint import Endpoint


def check_lesson(lesson: str) -> dict[str, Any]:
    """What was measured of a lesson. Raises Problem when there is no such lesson."""
    from helpers.publishing import lesson_use

    known = lesson_use.read()
    if lesson not in known:
        raise Problem(f"There is no lesson {lesson!r}", f"--lesson takes one of: {', '.join(known)}")
    return known[lesson]


def room(
    endpoint: Endpoint, limits: Mapping[str, Mapping[str, int]], learners: int, lesson: str
) -> tuple[Finding, dict[str, Any]]:
    """The finding, and how it was reckoned. limits: model -> requests and tokens a minute, as its replies stated them.

    Each deployment has limits of its own, so each is reckoned by itself; the slowest decides. A learner works through
    the lesson once; whoever runs cells again needs more.
    """
    measured = check_lesson(lesson)
    minutes = measured["minutes"]
    rows = [_row(model, use, limits.get(model, {}), learners, minutes) for model, use in _by_model(endpoint, measured)]
    reckoned = {"learners": learners, "lesson": lesson, "lesson_minutes": minutes, "models": rows}
    served = [row["minutes_to_serve"] for row in rows if row["minutes_to_serve"] is not None]
    reckoned["minutes_to_serve"] = max(served, default=None)
    return _finding(reckoned), reckoned


def _by_model(endpoint: Endpoint, measured: Mapping[str, Any]) -> list[tuple[str, dict[str, int]]]:
    """Use by the names that this endpoint has for the roles; one deployment may have several."""
    models: dict[str, dict[str, int]] = {}
    for role, use in measured["use"].items():
        sums = models.setdefault(endpoint.settings.models[role], {"requests": 0, "tokens": 0})
        sums["requests"] += use["requests"]
        sums["tokens"] += use["input_tokens"] + use["output_tokens"]
    return list(models.items())


def _row(model: str, use: Mapping[str, int], limits: Mapping[str, int], learners: int, minutes: int) -> dict[str, Any]:
    needed = {kind: learners * count for kind, count in use.items()}
    took = [needed[kind] / limit for kind, limit in limits.items() if limit > 0]
    return {
        "model": model,
        "one_learner": dict(use),
        "room": needed,
        "needed_a_minute": {kind: math.ceil(count / minutes) for kind, count in needed.items()},
        "limit_a_minute": dict(limits),
        "minutes_to_serve": round(max(took), 2) if took else None,
    }


def _finding(reckoned: Mapping[str, Any]) -> Finding:
    name = f"a room of {reckoned['learners']} in {reckoned['lesson']}"
    rows, minutes = reckoned["models"], reckoned["lesson_minutes"]
    if not rows:
        return Finding(name, "ok", "the lesson asks nothing of this endpoint")
    needs = "; ".join(
        f"`{row['model']}` {learner['requests']:,} requests and {learner['tokens']:,} tokens a learner, so "
        f"{every['requests']:,} and {every['tokens']:,} a minute over {minutes} minutes"
        for row in rows
        for learner, every in [(row["one_learner"], row["needed_a_minute"])]
    )
    if reckoned["minutes_to_serve"] is None:
        step = "look up requests and tokens a minute where the model is deployed, and compare"
        return Finding(name, "warning", f"{needs}; no limit is known to compare with", step)
    slowest = max((row for row in rows if row["minutes_to_serve"] is not None), key=lambda r: r["minutes_to_serve"])
    served = f"{needs}; served in {slowest['minutes_to_serve']:.1f} minutes when all begin at once"
    if slowest["minutes_to_serve"] <= minutes:
        unknown = [row["model"] for row in rows if row["minutes_to_serve"] is None]
        if unknown:
            return Finding(name, "warning", served, f"no limit is known of {', '.join(unknown)}: look it up")
        return Finding(name, "ok", served)
    more = math.ceil(slowest["minutes_to_serve"] / minutes * 10) / 10
    step = f"ask for {more:g} times the quota of `{slowest['model']}`, or let fewer work at a time"
    return Finding(name, "failure", served, step)
