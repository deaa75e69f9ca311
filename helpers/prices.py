"""What a call costs, by the dated list in prices.toml. Knows nothing of discounts, contracts or provisioned units.

A person's own list goes first: WORKBOOK_PRICES names a TOML file with the prices of a gateway or a contract, and with
what an Azure deployment's name stands for:

    as_of = "2026-11-01"
    source = "our contract, appendix 2"
    [models]
    "house-large" = { input = 1.80, cached = 0.90, output = 7.20 }
    [deployments]
    "team-large" = "gpt-5.4"
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

SETTING = "WORKBOOK_PRICES"


class UnknownPrice(LookupError):
    """The list has no price for that model."""


class PricesError(ValueError):
    """A person's own list of prices cannot be read; says which entry is wrong and how it should look."""


@dataclass(frozen=True)
class Price:
    """US dollars per million tokens. `like` names the model whose price a simulated one borrows; `as_of` its day."""

    model: str
    input: float
    cached: float
    output: float
    like: str | None = None
    as_of: str = ""

    def cost(self, input_tokens: int, output_tokens: int = 0, cached_tokens: int = 0) -> float:
        """US dollars of a call; `cached_tokens` are those of `input_tokens` that were read from the prompt cache."""
        fresh = input_tokens - cached_tokens
        return (fresh * self.input + cached_tokens * self.cached + output_tokens * self.output) / 1_000_000


def price_of(model: str) -> Price:
    """Price of a model or deployment; a dated name such as gpt-5.4-2026-03-05 has the price of its family.

    Raises UnknownPrice, which says where a price can be added; PricesError for an own list that cannot be read.
    """
    own = own_list()
    name = own["deployments"].get(model, model)
    for prices in (own, _list()):
        like = prices.get("priced_like", {}).get(name)
        families = sorted(prices["models"], key=len, reverse=True)
        family = like or next((family for family in families if _is_version(name, family)), None)
        if family is not None:
            return Price(model, like=like, as_of=prices["as_of"], **prices["models"][family])
    raise UnknownPrice(
        f"no price is known for {model!r}; add it to helpers/prices.toml with its source, or name a list of your own "
        f"in {SETTING}: a model's price, or for a deployment the model that it stands for"
    )


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


def sources() -> str:
    """Where prices come from now, an own list included, each with its date. Raises PricesError."""
    own = own_list()
    first = f"{own['source']} ({own['as_of']}); else " if own["models"] or own["deployments"] else ""
    return f"{first}{source()} ({as_of()})"


def own_list() -> dict[str, Any]:
    """The person's own prices, empty without one. Raises PricesError."""
    path = os.environ.get(SETTING, "").strip()
    if not path:
        return _EMPTY
    file = Path(path).expanduser()
    try:
        return _own(file, file.stat().st_mtime_ns)
    except OSError as error:
        raise PricesError(
            f"{SETTING} names {file}, which cannot be read ({error.strerror}): correct or unset it"
        ) from None


_EMPTY: dict[str, Any] = {"models": {}, "deployments": {}, "as_of": "", "source": ""}
_EXAMPLE = "{ input = 2.5, cached = 0.25, output = 15 }, US dollars per million tokens"


@cache
def _own(file: Path, _mtime: int) -> dict[str, Any]:
    try:
        found = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PricesError(f"{file} is not TOML: {error}") from None
    models, deployments = found.get("models", {}), found.get("deployments", {})
    for field in ("as_of", "source"):
        if not found.get(field):
            raise PricesError(f"{file} lacks {field}: write when the prices held and where they come from")
    for name, price in models.items():
        if not isinstance(price, dict) or not {"input", "output"} <= price.keys() <= {"input", "cached", "output"}:
            raise PricesError(f"{file}: {name!r} should be {_EXAMPLE}")
        for value in price.values():
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
                raise PricesError(f"{file}: {name!r} has {value!r} for a price; write a number such as 2.5")
    for name, model in deployments.items():
        if not isinstance(model, str):
            raise PricesError(f"{file}: the deployment {name!r} should name its model, such as 'gpt-5.4'")
    full = {name: {"cached": price["input"], **price} for name, price in models.items()}
    return {"models": full, "deployments": deployments, "as_of": str(found["as_of"]), "source": str(found["source"])}


def _is_version(model: str, family: str) -> bool:
    return model == family or (model.startswith(f"{family}-20") and model[len(family) + 1 :][:4].isdigit())


@cache
def _list() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
