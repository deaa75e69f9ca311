"""What a call costs, by the dated list in prices.toml. Knows nothing of discounts, contracts or provisioned units."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path


class UnknownPrice(LookupError):
    """The list has no price for that model."""


@dataclass(frozen=True)
class Price:
    """US dollars per million tokens. `like` names the model whose price a simulated one borrows."""

    model: str
    input: float
    cached: float
    output: float
    like: str | None = None

    def cost(self, input_tokens: int, output_tokens: int = 0, cached_tokens: int = 0) -> float:
        """US dollars of a call; `cached_tokens` are those of `input_tokens` that were read from the prompt cache."""
        fresh = input_tokens - cached_tokens
        return (fresh * self.input + cached_tokens * self.cached + output_tokens * self.output) / 1_000_000


def price_of(model: str) -> Price:
    """Price of a model; a dated name such as gpt-5.4-2026-03-05 has the price of its family.

    Raises UnknownPrice, which says where a price can be added.
    """
    models, like = _list()["models"], _list()["priced_like"].get(model)
    family = like or next((name for name in sorted(models, key=len, reverse=True) if _is_version(model, name)), None)
    if family is None:
        raise UnknownPrice(f"no price is known for {model!r}; add it to helpers/prices.toml with its source")
    return Price(model, like=like, **models[family])


def rows(models: list[str]) -> list[dict[str, str | float]]:
    """A row for each model, to show as a table: US dollars per million tokens. Raises UnknownPrice."""
    prices = [price_of(model) for model in models]
    return [{"model": p.model, "input": p.input, "cached": p.cached, "output": p.output} for p in prices]


def as_of() -> str:
    """Date of the list, as YYYY-MM-DD."""
    return _list()["as_of"]


def source() -> str:
    """Where the list comes from."""
    return _list()["source"]


def _is_version(model: str, family: str) -> bool:
    return model == family or (model.startswith(f"{family}-20") and model[len(family) + 1 :][:4].isdigit())


@cache
def _list() -> dict:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
