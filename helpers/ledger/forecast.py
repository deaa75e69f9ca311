"""What a lesson will cost on an endpoint: the calls and tokens of its last build, at that endpoint's prices.

`workbook build` measures them as a live run would make them, on the mock (helpers/publishing/lesson_use.json). A model
of a provider counts tokens otherwise and writes longer or shorter replies: it is the size of the bill, not the bill.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from helpers import paths
from helpers.prices import PricesError, UnknownPrice, price_of

if TYPE_CHECKING:
    from helpers.ledger.session import Ledger


@dataclass(frozen=True)
class Use:
    """Calls and tokens of one role in one run of a lesson."""

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0


@dataclass(frozen=True)
class Estimate:
    """US dollars of one run. `usd` is None where a price is not known; `unknown` names those models."""

    name: str
    calls: int
    tokens: int
    usd: float | None
    unknown: tuple[str, ...] = field(default=())

    def __str__(self) -> str:
        size = f"about {self.calls:,} calls and {self.tokens:,} tokens"
        if self.usd is None:
            return f"{size}; no price is known for {', '.join(self.unknown)}"
        return f"{size}, " + ("nothing to pay" if self.usd == 0 else f"about ${max(self.usd, 0.0001):.4f}")


def use_file() -> Path:
    """Where `workbook build` writes what each lesson's run used."""
    return paths.ROOT / "helpers" / "publishing" / "lesson_use.json"


def measured(name: str, file: Path | None = None) -> dict[str, Use] | None:
    """Role -> use of a lesson, as its last build measured it; None where that is not known."""
    try:
        use = json.loads((file or use_file()).read_text(encoding="utf-8"))[name]["use"]
        fields = ("requests", "input_tokens", "output_tokens")
        return {role: Use(*(int(row[field]) for field in fields)) for role, row in use.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def estimate(name: str, models: Mapping[str, str], *, free: bool = False, file: Path | None = None) -> Estimate | None:
    """What one run of the lesson costs with these models (role -> name); None where its use was never measured.

    free: nothing is paid, as on a server of one's own.
    """
    use = measured(name, file)
    if use is None:
        return None
    usd, unknown = 0.0, []
    for role, each in use.items():
        model = models.get(role) or models.get("chat-large", "?")
        try:
            usd += 0.0 if free else price_of(model).cost(each.input_tokens, each.output_tokens)
        except (UnknownPrice, PricesError):
            unknown.append(model)
    calls = sum(each.calls for each in use.values())
    tokens = sum(each.input_tokens + each.output_tokens for each in use.values())
    return Estimate(name, calls, tokens, None if unknown else usd, tuple(dict.fromkeys(unknown)))


def sentence(ledger: Ledger, models: Mapping[str, str]) -> str:
    """For a live endpoint's banner: what this notebook will cost, what stops it, and how to set that."""
    expected = estimate(ledger.notebook, models, free=ledger.free) if ledger.notebook else None
    said = f"This lesson: {expected} (by its last build). " if expected else ""
    budgets = []
    if ledger.budget_usd is not None:
        budgets.append(f"this session stops before ${ledger.budget_usd:.2f}")
    if ledger.month is not None:
        budgets.append(f"all your notebooks stop before ${ledger.month.usd:.2f} a month")
    if budgets:
        return f"{said}Budget: {', '.join(budgets)}."
    if ledger.free:
        return f"{said}Nothing is paid here."
    return f"{said}No budget is set: `connect(budget_usd=1)`, or WORKBOOK_BUDGET_USD=1 in `.env`, stops before $1."
