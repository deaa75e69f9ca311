"""Faults on demand: the API's own errors, a slow reply, a connection that ends too early, JSON that ends too early.

Faults count the POSTs of a key; a client's retry is one more. What is injected says so in the header x-workbook-fault.
"""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import AsyncIterator, Sequence

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ..api import errors
from ..api.transport import as_error
from .exchange import Exchange, Proceed, is_stream
from .settings import Fault

MARK = "x-workbook-fault"
_SLOW_SECONDS, _RETRY_SECONDS = 30.0, 1.0


class Faults:
    """The faults of one key, drawn with one generator: with a seed, the same requests fail in every run."""

    def __init__(self, faults: Sequence[Fault], scale: float, rng: random.Random) -> None:
        self._faults = faults
        self._scale = scale
        self._rng = rng
        self._requests = 0

    async def __call__(self, exchange: Exchange, proceed: Proceed) -> Response:
        fault = self._due() if exchange.request.method == "POST" else None
        if fault is None:
            return await proceed()
        response = await self._with(fault, exchange, proceed)
        response.headers[MARK] = fault.kind
        return response

    def _due(self) -> Fault | None:
        """The first fault that is due. Every probability is drawn each time, so that one fault never shifts another."""
        self._requests += 1
        draws = [self._rng.random() for _ in self._faults]
        due = (fault for fault, draw in zip(self._faults, draws, strict=True) if _is_due(fault, self._requests, draw))
        return next(due, None)

    async def _with(self, fault: Fault, exchange: Exchange, proceed: Proceed) -> Response:
        match fault.kind:
            case "500":
                return as_error(errors.server_error(), exchange.request)
            case "503":
                response = as_error(errors.overloaded(), exchange.request)
                seconds = (_RETRY_SECONDS if fault.seconds is None else fault.seconds) / self._scale
                response.headers["retry-after"] = str(math.ceil(seconds))
                response.headers["retry-after-ms"] = str(math.ceil(seconds * 1000))
                return response
            case "slow":
                seconds = _SLOW_SECONDS if fault.seconds is None else fault.seconds
                exchange.waited += seconds
                await asyncio.sleep(seconds / self._scale)
                return await proceed()
            case "malformed":
                return _malformed(await proceed(), fault.after_events)
            case _:
                return Broken(await proceed(), fault.after_events if fault.kind == "cut" else 0)


def _is_due(fault: Fault, request: int, draw: float) -> bool:
    if request in fault.at or (fault.every and request % fault.every == 0):
        return True
    if fault.probability is not None:
        return draw < fault.probability
    return not fault.at and not fault.every


def _malformed(response: Response, after_events: int) -> Response:
    """The reply with its JSON cut short, and otherwise a sound HTTP message."""
    if is_stream(response):
        response.body_iterator = _cut_event(response.body_iterator, after_events)  # type: ignore[attr-defined]
        return response
    body = bytes(response.body)
    damaged = Response(body[: len(body) * 2 // 3], response.status_code, media_type=response.media_type)
    damaged.headers["content-type"] = response.headers.get("content-type", "application/json")
    damaged.background = response.background
    return damaged


async def _cut_event(events: AsyncIterator[bytes], after: int) -> AsyncIterator[bytes]:
    async for event in events:
        if after == 0:
            yield event.rstrip()[: len(event) * 2 // 3] + b"\n\n"
            return
        after -= 1
        yield event


class Broken(Response):
    """A reply whose connection is closed before its end: after some events of a stream, else after a part of the body.

    An ASGI server closes the connection when an application returns without having ended its response.
    """

    def __init__(self, whole: Response, events: int) -> None:
        self._whole = whole
        self._events = events
        self.status_code = whole.status_code
        self.background = whole.background
        self.raw_headers = whole.raw_headers
        if is_stream(whole):
            # Under the name at which whoever stands further out looks for the events, to pace or to log them.
            self.body_iterator = _first(whole.body_iterator, events)  # type: ignore[attr-defined]
        else:
            self.body = whole.body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        if is_stream(self):
            async for event in self.body_iterator:
                await send({"type": "http.response.body", "body": event, "more_body": True})
        elif self._events:
            half = bytes(self.body)[: len(self.body) // 2]
            await send({"type": "http.response.body", "body": half, "more_body": True})
        if self.background is not None:
            await self.background()


async def _first(events: AsyncIterator[bytes], count: int) -> AsyncIterator[bytes]:
    if count <= 0:
        return
    async for event in events:
        yield event
        count -= 1
        if count == 0:
            return
