"""Results as stored in docs/mock_competence.json: a column a model, outcomes by case, and where they came from."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

Count = tuple[int, int]  # right, of how many


@dataclass
class Column:
    """Everything that one model was asked."""

    model: str
    simulated: bool
    date: str
    commit: str
    command: str
    note: str = ""
    scores: dict[str, dict[str, list[int]]] = field(default_factory=dict)  # skill -> case id -> [right, of how many]
    mechanism: dict[str, dict[str, list[int]]] = field(default_factory=dict)  # what -> variant -> [right, of how many]

    def add(self, skill: str, case_id: str, outcome: Count) -> None:
        self.scores.setdefault(skill, {})[case_id] = list(outcome)

    def add_mechanism(self, what: str, variant: str, outcome: Count) -> None:
        row = self.mechanism.setdefault(what, {}).setdefault(variant, [0, 0])
        row[0] += outcome[0]
        row[1] += outcome[1]

    def count(self, skill: str, half: str) -> Count:
        """(right, of how many) of one skill's cases in one half."""
        outcomes = [out for case_id, out in self.scores.get(skill, {}).items() if case_id.startswith(f"{half}/")]
        return sum(right for right, _ in outcomes), sum(total for _, total in outcomes)

    def cases(self, skill: str, half: str) -> int:
        return sum(case_id.startswith(f"{half}/") for case_id in self.scores.get(skill, {}))


def load(path: Path) -> list[Column]:
    """The stored columns; none where there is no file yet."""
    return [Column(**column) for column in json.loads(path.read_text(encoding="utf-8"))] if path.exists() else []


def store(path: Path, columns: Iterable[Column]) -> None:
    """Write the columns, the mock's first, one case a line so that a diff shows which outcomes changed."""
    ordered = sorted(columns, key=lambda column: not column.simulated)
    text = json.dumps([asdict(column) for column in ordered], ensure_ascii=False, indent=1)
    text = text.replace("[\n     ", "[").replace(",\n     ", ", ").replace("\n    ]", "]")
    path.write_text(text + "\n", encoding="utf-8")


def wilson(successes: int, trials: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson's score interval for a proportion; z = 1.96 for 95%.

    https://en.wikipedia.org/wiki/Binomial_proportion_confidence_interval#Wilson_score_interval
    """
    share = successes / trials
    centre = share + z * z / (2 * trials)
    spread = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)
