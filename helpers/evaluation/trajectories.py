"""Trajectories: which tools an agent called, or whom it handed over to, against what was expected.

A score that minds the order punishes an agent for a route that is as good; here only what was called counts, and how
often. Where the order matters, test that by itself.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Call = str | Mapping[str, Any] | tuple[str, Mapping[str, Any]]


@dataclass(frozen=True)
class TrajectoryScore:
    """precision: the share of the calls that were expected. recall: the share of the expected that were made.

    missing, needless: the calls behind what is lacking, as text.
    """

    precision: float
    recall: float
    missing: tuple[str, ...] = ()
    needless: tuple[str, ...] = ()

    @property
    def f1(self) -> float:
        """Harmonic mean of both; 0 where both are 0."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def trajectory_score(called: Iterable[Call], expected: Iterable[Call], *, arguments: bool = True) -> TrajectoryScore:
    """Precision and recall of calls in any order; a call made twice counts twice.

    called, expected: names; or {"name": ..., "arguments": ...} or (name, arguments), whose arguments have to be equal
    too, unless arguments=False. No call at all has precision 1, nothing expected has recall 1.
    """
    made = Counter(_named(call, arguments) for call in called)
    wanted = Counter(_named(call, arguments) for call in expected)
    shared = sum((made & wanted).values())
    return TrajectoryScore(
        precision=shared / made.total() if made else 1.0,
        recall=shared / wanted.total() if wanted else 1.0,
        missing=tuple((wanted - made).elements()),
        needless=tuple((made - wanted).elements()),
    )


def _named(call: Call, arguments: bool) -> str:
    """One text for equal calls: `weather {"city": "Lima"}`."""
    if isinstance(call, str):
        return call
    if isinstance(call, Mapping):
        name, given = str(call["name"]), call.get("arguments") or {}
    else:
        name, given = call
    return f"{name} {json.dumps(given, sort_keys=True, ensure_ascii=False)}" if arguments and given else name
