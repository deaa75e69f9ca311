"""What a run will take, before it starts: the calls and tokens that each lesson's last build measured."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from helpers.ledger.forecast import Estimate, estimate, measured

if TYPE_CHECKING:
    from helpers.endpoint import Endpoint

# Of a cloud's endpoint nothing is known before the first paid call: reckoned with, and said to be assumed.
ASSUMED_LATENCY, ASSUMED_PROMPT_RATE, ASSUMED_REPLY_RATE = 1.0, 5_000.0, 60.0
# Seconds of a lesson that no build has measured, for the progress bar.
UNKNOWN_S = 60.0


@dataclass(frozen=True)
class Expected:
    """A run of several lessons. `usd` is None where a price is not known; `unmeasured`: lessons of unknown use.

    seconds: lesson -> how long it takes, calls one after the other. timed: the endpoint's speed was measured for it.
    """

    calls: int
    tokens: int
    usd: float | None
    seconds: dict[str, float]
    timed: bool
    unmeasured: tuple[str, ...] = field(default=())

    def __str__(self) -> str:
        cost = "nothing to pay" if self.usd == 0 else f"about ${max(self.usd or 0, 0.0001):.4f}"
        cost = "a price that is not known here" if self.usd is None else cost
        minutes = math.ceil(sum(self.seconds.values()) / 60)
        said = (
            f"about {self.calls:,} calls and {self.tokens:,} tokens, {cost}, about {minutes} min "
            f"(speed {'measured' if self.timed else 'assumed'}; a model's replies may be longer than those "
            "of the last build)"
        )
        return said + (f"; not measured: {', '.join(self.unmeasured)}" if self.unmeasured else "")


def expected(names: Iterable[str], endpoint: Endpoint) -> Expected:
    """What these lessons take on this endpoint. One that is free is asked how fast it is."""
    names = list(names)
    timed = endpoint.ledger.free and bool(names)
    latency, reads, writes = ASSUMED_LATENCY, ASSUMED_PROMPT_RATE, ASSUMED_REPLY_RATE
    if timed:
        latency, reads, writes = 0.05, *_rates(endpoint)
    found: list[Estimate] = []
    seconds, unmeasured = {}, []
    for name in names:
        each = estimate(name, endpoint.settings.models, free=endpoint.ledger.free)
        if each is None:
            unmeasured.append(name)
            seconds[name] = UNKNOWN_S
            continue
        found.append(each)
        use = (measured(name) or {}).values()
        seconds[name] = 1 + sum(u.calls * latency + u.input_tokens / reads + u.output_tokens / writes for u in use)
    unpriced = [each for each in found if each.usd is None]
    usd = None if unpriced else sum(each.usd or 0.0 for each in found)
    calls, tokens = (sum(getattr(each, part) for each in found) for part in ("calls", "tokens"))
    return Expected(calls, tokens, usd, seconds, timed, tuple(unmeasured))


def _rates(endpoint: Endpoint) -> tuple[float, float]:
    """Tokens a second that this endpoint reads and writes, from a short and a long prompt."""

    def timed(words: int, tokens: int) -> tuple[float, int, int]:
        content = " ".join(f"word{number}" for number in range(words)) + " Go on."
        started = time.perf_counter()
        reply = endpoint.client.chat.completions.create(
            model=endpoint.chat_large, messages=[{"role": "user", "content": content}], max_completion_tokens=tokens
        )
        return time.perf_counter() - started, reply.usage.prompt_tokens, reply.usage.completion_tokens

    long, sent, _ = timed(100, 1)
    short, _, written = timed(2, 30)
    return sent / max(long, 0.01), written / max(short, 0.01)
