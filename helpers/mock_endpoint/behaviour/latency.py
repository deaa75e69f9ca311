"""How long replies take: a time to the first token that grows with the prompt, then so many tokens a second.

A stream's events are paced; another reply comes when its last token would. Only the event loop's sleep is used, so that
a thousand waiting replies hold no thread. Errors come at once.
"""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections.abc import AsyncIterator

from starlette.responses import Response

from .exchange import Exchange, Proceed, is_stream
from .settings import Latency

SIMULATED = "x-workbook-simulated-ms"


class Pace:
    """The latency of one key. With a seed the n-th request of a key always draws the same factors."""

    def __init__(self, latency: Latency, scale: float, rng: random.Random) -> None:
        self._latency = latency
        self._scale = scale
        self._rng = rng

    async def __call__(self, exchange: Exchange, proceed: Proceed) -> Response:
        first, speed = self._factor(), self._factor()
        started = time.perf_counter()
        response = await proceed()
        if response.status_code >= 400 or exchange.request.method != "POST":
            return response
        exchange.read_usage(getattr(response, "body", b""))
        until_first = self._latency.until_first(exchange.prompt_tokens, exchange.cached_tokens) * first
        a_token = speed / self._latency.tokens_per_second
        whole = until_first + exchange.output_tokens * a_token
        exchange.waited += whole
        processing = until_first if is_stream(response) else whole
        response.headers["openai-processing-ms"] = str(round(processing * 1000))
        # What it took to compute the reply is part of the time, not added to it.
        if is_stream(response):
            await self._until(started + until_first / self._scale)
            response.body_iterator = self._paced(response.body_iterator, a_token / self._scale)  # type: ignore[attr-defined]
        else:
            await self._until(started + whole / self._scale)
        return response

    def _factor(self) -> float:
        # Log-normal with mean 1: latencies have a long tail and are never negative.
        return math.exp(self._rng.gauss(-(self._latency.jitter**2) / 2, self._latency.jitter))

    async def _paced(self, events: AsyncIterator[bytes], gap: float) -> AsyncIterator[bytes]:
        # Against one clock, not from event to event, so that a late one does not delay all that follow.
        due = time.perf_counter()
        async for event in events:
            yield event
            due += gap
            await self._until(due)

    async def _until(self, due: float) -> None:
        left = due - time.perf_counter()
        if left > 0:
            await asyncio.sleep(left)
