"""What may still be spent: an estimate of a request before it is sent, and the room it takes while it is under way.

A call is admitted when *spent + reserved + its estimate <= budget*. Calls that run at the same time see each other's
reservations. A call that ended without stating its usage (left, cut, lost) stays reserved: what is not known counts as
its estimate.

How far a budget can be exceeded, whatever runs at once: if no call costs more than (1 + u) times its estimate, no more
than (1 + u) times the budget is ever spent. Such a u comes from three things: replies longer than assumed where the
request sets no limit (see `assumed_reply`), pictures and files, which are not counted, and tokens that the endpoint
counts otherwise than o200k_base does. With a limit on the reply and text alone it is a few per cent.
"""

from __future__ import annotations

import itertools
import math
import threading
from collections.abc import Mapping
from typing import Any

from openai import OpenAIError

from helpers.ledger.usage import input_tokens
from helpers.prices import price_of

# A reply's length is not known before it is made: where a request sets no limit, a budget reckons with this many, or
# with as many as the longest reply that the model has given in this session.
ASSUMED_REPLY_TOKENS = 500
_LIMITS = ("max_completion_tokens", "max_tokens", "max_output_tokens")


class BudgetExceeded(OpenAIError):
    """The next call might cost more than is left; it was not sent. No client tries it again."""

    code = "budget_exceeded"


# What is shown, and what graders know: not the file it happens to stand in.
BudgetExceeded.__module__ = "helpers.ledger"


def estimated_usd(body: Mapping[str, Any], assumed_reply: int = ASSUMED_REPLY_TOKENS) -> float:
    """Estimate of a request's price in US dollars, from the request alone. Raises UnknownPrice.

    Input: all its text, counted as helpers.tokens does. Output: the limit that the request sets, or `assumed_reply`
    tokens, as often as `n`.
    """
    price = price_of(body.get("model", "?"))
    limit = next((body[name] for name in _LIMITS if isinstance(body.get(name), int | float) and body[name]), None)
    received = assumed_reply if limit is None else limit
    replies = body.get("n") if isinstance(body.get("n"), int) else 1
    return price.cost(input_tokens(dict(body)), math.ceil(received) * (replies or 1))


class Budget:
    """US dollars of one session: what is spent, and what is reserved by calls under way. Thread-safe."""

    def __init__(self, usd: float) -> None:
        self.usd = usd
        self.spent = 0.0
        self._reserved: dict[int, float] = {}
        self._numbers = itertools.count()
        self._lock = threading.Lock()

    @property
    def reserved(self) -> float:
        """Estimates of calls that are under way, or whose cost never became known."""
        with self._lock:
            return sum(self._reserved.values())

    def reserve(self, estimate: float) -> int:
        """Take room for a call. Raises BudgetExceeded, with the sums, when there is not enough."""
        with self._lock:
            reserved = sum(self._reserved.values())
            if self.spent + reserved + estimate > self.usd:
                raise BudgetExceeded(_sentence(estimate, self.spent, reserved, self.usd))
            number = next(self._numbers)
            self._reserved[number] = estimate
            return number

    def settle(self, number: int, usd: float | None) -> None:
        """A call has ended and cost so much; None where that is not known, and its estimate stays reserved."""
        if usd is None:
            return
        with self._lock:
            if self._reserved.pop(number, None) is not None:
                self.spent += usd


def _sentence(estimate: float, spent: float, reserved: float, budget: float) -> str:
    held = f", ${reserved:.6f} are held for calls under way or of unknown cost" if reserved else ""
    return (
        f"The call was not sent: it could cost ${estimate:.6f}, ${spent:.6f} are spent{held}, and the budget is "
        f"${budget:.6f}. Raise the budget, or ask for less."
    )
