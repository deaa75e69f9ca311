"""Requests and tokens a minute: token buckets, the x-ratelimit headers, and the 429s of OpenAI and of Azure.

A bucket holds a minute's worth and refills evenly, so a key that was quiet may spend the minute at once and then waits
its turn. A request that is refused takes nothing; one that fails later has been counted, as at the API. Tokens are
estimated on arrival from the request alone and not corrected afterwards, as Azure documents it.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from ..api import errors
from ..api.transport import as_error
from .exchange import Exchange, Proceed
from .settings import Behaviour

_CHARACTERS_PER_TOKEN = 4
_LIMITS = ("max_completion_tokens", "max_tokens", "max_output_tokens")


@dataclass
class Bucket:
    """What is left of a limit a minute; `level` was right at `at` (seconds)."""

    limit: int
    level: float
    at: float

    def refill(self, now: float) -> None:
        self.level = min(self.limit, self.level + (now - self.at) * self.limit / 60)
        self.at = now

    def seconds_until(self, level: float) -> float:
        return max(0.0, (level - self.level) * 60 / self.limit)


class Quota:
    """The limits of one key. Safe from several threads; each request costs the same, whatever was asked before."""

    def __init__(self, behaviour: Behaviour, clock: Callable[[], float]) -> None:
        limits = {"requests": behaviour.requests_per_minute, "tokens": behaviour.tokens_per_minute}
        now = clock()
        self._buckets = {kind: Bucket(n, n, now) for kind, n in limits.items() if n is not None}
        self._clock = clock
        self._scale = behaviour.time_scale
        self._lock = threading.Lock()

    async def __call__(self, exchange: Exchange, proceed: Proceed) -> Response:
        refusal = None
        if exchange.request.method == "POST":
            refusal = self._take({"requests": 1, "tokens": await self._tokens(exchange)})
        response = await proceed() if refusal is None else refusal.response(exchange, self._scale)
        response.headers.update(self.headers())
        return response

    async def _tokens(self, exchange: Exchange) -> int:
        if "tokens" not in self._buckets:
            return 0
        return estimated_tokens(await exchange.json() or {})

    def _take(self, costs: dict[str, int]) -> Refusal | None:
        """Take the costs from all buckets, or from none and say which is too empty."""
        with self._lock:
            now = self._clock()
            for kind, bucket in self._buckets.items():
                bucket.refill(now)
                if bucket.level < costs[kind]:
                    return Refusal(
                        kind, bucket.limit, int(bucket.level), costs[kind], bucket.seconds_until(costs[kind])
                    )
            for kind, bucket in self._buckets.items():
                bucket.level -= costs[kind]
        return None

    def headers(self) -> dict[str, str]:
        """What is left; `reset` is the time until the limit is whole again. Real seconds: clients wait by them."""
        found = {}
        with self._lock:
            now = self._clock()
            for kind, bucket in self._buckets.items():
                bucket.refill(now)
                found[f"x-ratelimit-limit-{kind}"] = str(bucket.limit)
                found[f"x-ratelimit-remaining-{kind}"] = str(int(bucket.level))
                found[f"x-ratelimit-reset-{kind}"] = duration(bucket.seconds_until(bucket.limit) / self._scale)
        return found


@dataclass(frozen=True)
class Refusal:
    """Why a request was not let in. `seconds` are simulated."""

    kind: str
    limit: int
    left: int
    asked: int
    seconds: float

    def response(self, exchange: Exchange, scale: float) -> Response:
        if self.asked > self.limit:  # waiting would not help, so no time is named
            return as_error(errors.request_too_large(self.limit, self.asked), exchange.request)
        # A client waits in real time. One millisecond more than needed, so that rounding never lets it come too early.
        milliseconds = math.ceil(self.seconds / scale * 1000) + 1
        seconds = math.ceil(milliseconds / 1000)
        if exchange.azure:
            error = errors.azure_rate_limited(exchange.request.query_params.get("api-version"), self.kind, seconds)
        else:
            wait = duration(milliseconds / 1000)
            error = errors.rate_limited(self.kind, self.limit, self.limit - self.left, self.asked, wait)
        response = as_error(error, exchange.request)
        response.headers["retry-after-ms"] = str(milliseconds)
        response.headers["retry-after"] = str(seconds)
        return response


class Budget:
    """Tokens in all: when they are spent, 429 insufficient_quota, which no waiting cures."""

    def __init__(self, tokens: int) -> None:
        self._left = tokens

    async def __call__(self, exchange: Exchange, proceed: Proceed) -> Response:
        if exchange.request.method == "POST" and self._left <= 0:
            return as_error(errors.insufficient_quota(), exchange.request)
        response = await proceed()
        exchange.read_usage(getattr(response, "body", b""))
        # Only ever changed on the event loop, so it needs no lock.
        self._left -= exchange.prompt_tokens + exchange.output_tokens
        return response


def estimated_tokens(body: dict[str, Any]) -> int:
    """What a request may cost, known before it is answered: its characters / 4, and the reply's limit n times.

    Where no limit is set only the prompt counts.
    """
    texts = (body.get(name) for name in ("messages", "input", "prompt", "instructions", "tools"))
    limit = next((body[name] for name in _LIMITS if _is_count(body.get(name))), 0)
    n = body["n"] if _is_count(body.get("n")) else 1
    return math.ceil(sum(map(_characters, texts)) / _CHARACTERS_PER_TOKEN) + limit * n


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _characters(value: Any) -> int:
    """Characters of all texts in a JSON value; an input may also be token ids."""
    found, waiting = 0, [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            # A picture in the request is not text.
            found += 0 if one.startswith("data:") else len(one)
        elif isinstance(one, dict):
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
        elif isinstance(one, int) and not isinstance(one, bool):
            found += _CHARACTERS_PER_TOKEN
    return found


def duration(seconds: float) -> str:
    """As the API writes times: 6ms, 1.5s, 1m30s, 1h0m0s.

    >>> duration(90), duration(0.006), duration(0)
    ('1m30s', '6ms', '0s')
    """
    milliseconds = math.ceil(seconds * 1000)
    if milliseconds < 1000:
        return f"{milliseconds}ms" if milliseconds else "0s"
    minutes, rest = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    text = f"{rest / 1000:.3f}".rstrip("0").rstrip(".") + "s"
    if hours:
        return f"{hours}h{minutes}m{text}"
    return f"{minutes}m{text}" if minutes else text
