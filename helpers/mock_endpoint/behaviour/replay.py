"""Replay of a recording, and recording: passing requests on to a real endpoint and keeping what it answers.

What is passed on goes with the trainer's own key, so that learners need none; it is live, may cost money, and its reply
says so in the header x-workbook-live. Requests that hold files are passed on and not kept.
"""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from ..api import errors
from ..api.transport import LIVE, as_error, as_events, as_json
from ..remembered import Remembered
from .exchange import Exchange, Proceed, ends_stream
from .recording import Recorded, Recording

if TYPE_CHECKING:
    import httpx2

MARK = "x-workbook-replayed"
TOOK = "x-workbook-recorded-ms"  # what the live endpoint took; the replay does not wait
KEY = "WORKBOOK_UPSTREAM_KEY"
_SECONDS = 600.0
_PASSED_ON = ("content-type", "accept", "openai-beta")
_PASSED_BACK = ("content-type", "retry-after", "retry-after-ms", "x-request-id", "apim-request-id")
# Not what the endpoint answers to the request, but how it was on that day.
_NOT_KEPT = frozenset({401, 403, 408, 429})


class Replay:
    """A recorded reply wins over a computed one; the header says which of the two came."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording

        self._digests: Remembered[tuple[str, bytes], str] = Remembered(entries=1_000, size=4_000_000)

    async def __call__(self, exchange: Exchange, proceed: Proceed) -> Response:
        wanted = await self._digest(exchange)
        if wanted is None:
            return await proceed()
        recorded = self._recording.next(wanted)
        response = await proceed() if recorded is None else _as_response(recorded)
        response.headers[MARK] = "false" if recorded is None else "true"
        if recorded is not None and recorded.seconds is not None:
            response.headers[TOOK] = str(round(recorded.seconds * 1000))
        return response

    async def _digest(self, exchange: Exchange) -> str | None:
        """Of the request; None when it holds no JSON. What is sent again byte by byte is not read again."""
        if exchange.request.method != "POST":
            return None
        sent = exchange.request.url.path, await exchange.request.body()
        known = self._digests.get(sent)
        if known is None and (body := await exchange.json()) is not None:
            known = self._recording.find(exchange.route, body)
            self._digests.put(sent, known, 2 * len(sent[1]))
        return known


def _as_response(recorded: Recorded) -> Response:
    if recorded.body is not None:
        return as_json(recorded.body.encode(), recorded.status)
    return as_events(event.encode() + b"\n\n" for event in recorded.events)


class Forward:
    """Passes everything on to `upstream` and appends the replies to JSON bodies to a recording.

    Raises ValueError when the environment holds no key for it.
    """

    def __init__(self, upstream: str, recording: Recording, *, scrub: bool) -> None:
        key = os.environ.get(KEY, "").strip()
        if not key:
            raise ValueError(f"Recording asks {urlsplit(upstream).hostname} with your own key: set {KEY} to it.")
        self._upstream = upstream.rstrip("/")
        self._headers = {"authorization": f"Bearer {key}"}
        if (urlsplit(upstream).hostname or "").endswith(".azure.com"):
            self._headers = {"api-key": key}
        self._recording = recording
        self._scrub = scrub

    async def __call__(self, exchange: Exchange, proceed: Proceed) -> Response:
        import httpx2

        # A client for each request: the event loop is the server's, and a recording is made once.
        client = httpx2.AsyncClient(timeout=_SECONDS)
        try:
            answer = await client.send(await self._request(client, exchange), stream=True)
            if answer.headers.get("content-type", "").startswith("text/event-stream"):
                events = self._events(client, answer, exchange)
                response: Response = StreamingResponse(events, answer.status_code)
            else:
                content = await answer.aread()
                response = Response(content, answer.status_code)
                await client.aclose()
                await self._keep(exchange, _whole(answer.status_code, content))
        except httpx2.HTTPError as error:
            await client.aclose()
            return as_error(errors.upstream_failed(type(error).__name__), exchange.request)
        for name, value in answer.headers.items():
            if name in _PASSED_BACK or name.startswith(("x-ratelimit-", "openai-processing")):
                response.headers[name] = value
        response.headers[LIVE] = "true"
        return response

    async def _request(self, client: httpx2.AsyncClient, exchange: Exchange) -> httpx2.Request:
        request = exchange.request
        value = await exchange.json()
        content = await request.body() if value is None else json.dumps(value).encode()
        sent = request.headers
        headers = {name: sent[name] for name in _PASSED_ON if name in sent}
        # An api-version belongs to Azure's routes by deployment, and those are not asked.
        query = {name: one for name, one in request.query_params.items() if name != "api-version"}
        return client.build_request(
            request.method,
            f"{self._upstream}/{exchange.route}",
            params=query or None,
            content=content,
            headers={**headers, **self._headers},
        )

    async def _events(
        self, client: httpx2.AsyncClient, answer: httpx2.Response, exchange: Exchange
    ) -> AsyncIterator[bytes]:
        """The events one by one as they come; kept when the last is there, so never a stream that broke off."""
        events: list[str] = []
        waiting = b""
        try:
            async for piece in answer.aiter_bytes():
                waiting += piece.replace(b"\r\n", b"\n")
                *whole, waiting = waiting.split(b"\n\n")
                for event in whole:
                    events.append(event.decode("utf-8", "replace"))
                    if ends_stream(event):
                        recorded = Recorded(answer.status_code, events=tuple(events))
                        await self._keep(exchange, recorded)
                    yield event + b"\n\n"
        finally:
            await answer.aclose()
            await client.aclose()

    async def _keep(self, exchange: Exchange, recorded: Recorded | None) -> None:
        body = await exchange.json()
        if body is not None and recorded is not None and recorded.status < 500 and recorded.status not in _NOT_KEPT:
            await run_in_threadpool(self._recording.append, exchange.route, body, recorded, scrub=self._scrub)


def _whole(status: int, content: bytes) -> Recorded | None:
    """A reply that is JSON; None for a file."""
    try:
        json.loads(content)
        return Recorded(status, content.decode("utf-8"))
    except ValueError:
        return None
