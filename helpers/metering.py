"""What a piece of work cost: its calls, tokens, seconds and money, so that two designs can be compared.

    with metered(endpoint) as used:
        answer(letter)
    used.calls, used.tokens, used.seconds, used.usd

Seconds are those of the endpoint's replies along the longest chain: of calls under way at the same time only the
slowest counts. On the mock endpoint they are the simulated ones, so a slow computer does not change them.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from types import CodeType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from helpers.endpoint import Endpoint
    from helpers.ledger.call import Call


@dataclass
class Used:
    """The calls that the endpoint's ledger wrote down within the block, and what they come to."""

    made: list[Call] = field(default_factory=list)

    @property
    def calls(self) -> int:
        return len(self.made)

    @property
    def tokens(self) -> int:
        """Input and output."""
        return sum(call.input_tokens + call.output_tokens for call in self.made)

    @property
    def usd(self) -> float:
        """By the price list; on the mock what a model of that size would cost. nan where a price is not known."""
        return sum(math.nan if call.usd is None else call.usd for call in self.made)

    @property
    def seconds(self) -> float:
        return longest_chain(self.made)

    def row(self) -> dict[str, float]:
        """For a table."""
        return {"calls": self.calls, "tokens": self.tokens, "seconds": round(self.seconds, 1), "usd": self.usd}


@contextlib.contextmanager
def metered(endpoint: Endpoint) -> Iterator[Used]:
    """Give what is used within the block, by whichever client of the endpoint and from whichever thread."""
    used, before = Used(), len(endpoint.ledger.calls)
    try:
        yield used
    finally:
        used.made += list(endpoint.ledger.calls)[before:]


def longest_chain(calls: Sequence[Call]) -> float:
    """Seconds from the first request to the last reply: a call begins when the latest that ended before it has ended.

    What ended before it is read from the real clock, how long each took is the simulated time where there is one.
    """
    ends: list[tuple[float, float]] = []  # (real end, end on the simulated clock)
    for call in sorted(calls, key=lambda call: call.started):
        begins = max((own for real, own in ends if real <= call.started), default=0.0)
        took = call.seconds if call.simulated_seconds is None else call.simulated_seconds
        ends.append((call.started + call.seconds, begins + took))
    return max((own for _, own in ends), default=0.0)


def lines_of(*functions: Callable[..., object]) -> int:
    """Lines of code that these functions run, inner ones included; comments and docstrings are none."""
    return sum(len({line for code in _codes(f.__code__) for _, _, line in code.co_lines() if line}) for f in functions)


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)
