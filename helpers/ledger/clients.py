"""HTTP clients with the openai package's own defaults, proxies and certificates; and with a ledger in them.

What goes wrong between here and the endpoint is explained (helpers.connection_errors), and a key that an error's text
holds is hidden before anybody reads it (helpers.masking).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx2
from openai import DEFAULT_CONNECTION_LIMITS, DEFAULT_TIMEOUT

from helpers import connection_errors
from helpers.exchanges import pending as watched_by
from helpers.ledger.pending import Pending
from helpers.ledger.session import Ledger
from helpers.ledger.usage import has_ended, is_stream
from helpers.masking import without_keys

# What openai.DefaultHttpx2Client sets; that one is a function and cannot be extended.
HTTP_DEFAULTS = {"timeout": DEFAULT_TIMEOUT, "limits": DEFAULT_CONNECTION_LIMITS, "follow_redirects": True}


class LedgerClient(httpx2.Client):
    """An httpx2.Client whose POSTs are in a ledger."""

    def __init__(self, ledger: Ledger, **options: Any):
        super().__init__(**{**_defaults(ledger), **options})
        self._ledger = ledger

    def send(self, request: httpx2.Request, *, stream: bool = False, **options: Any) -> httpx2.Response:
        watched = watched_by(request)
        if watched and (kept := watched.answered()) is not None:
            return kept
        pending = self._ledger.admit(request, watched)
        try:
            response = super().send(request, stream=stream, **options)
            if stream and response.status_code >= 400:
                response.read()
        except BaseException as error:
            connection_errors.explain(request, error)
            if pending is not None:
                pending.broke_off(error)
            raise
        if response.status_code >= 400:
            response = _refusal(request, response)
        if pending is None:
            return response
        pending.answered(response)
        if stream and not response.is_closed:
            response.stream = _Observed(response.stream, pending, request)
        else:
            pending.whole(response.content)
        self._ledger.said(request, response)
        return response


class AsyncLedgerClient(httpx2.AsyncClient):
    """The same for asyncio."""

    def __init__(self, ledger: Ledger, **options: Any):
        super().__init__(**{**_defaults(ledger), **options})
        self._ledger = ledger

    async def send(self, request: httpx2.Request, *, stream: bool = False, **options: Any) -> httpx2.Response:
        watched = watched_by(request)
        if watched and (kept := watched.answered()) is not None:
            return kept
        pending = self._ledger.admit(request, watched)
        try:
            response = await super().send(request, stream=stream, **options)
            if stream and response.status_code >= 400:
                await response.aread()
        except BaseException as error:
            connection_errors.explain(request, error)
            if pending is not None:
                pending.broke_off(error)
            raise
        if response.status_code >= 400:
            response = _refusal(request, response)
        if pending is None:
            return response
        pending.answered(response)
        if stream and not response.is_closed:
            response.stream = _ObservedAsync(response.stream, pending, request)
        else:
            pending.whole(response.content)
        self._ledger.said(request, response)
        return response


def _defaults(ledger: Ledger) -> dict[str, Any]:
    if ledger.patience is None:
        return HTTP_DEFAULTS
    return {**HTTP_DEFAULTS, "timeout": httpx2.Timeout(ledger.patience, connect=DEFAULT_TIMEOUT.connect)}


def _refusal(request: httpx2.Request, response: httpx2.Response) -> httpx2.Response:
    """An error's reply, read to its end, with every key in its text and headers hidden."""
    content = without_keys(response.content)
    headers = [(name, without_keys(value)) for name, value in response.headers.multi_items()]
    if content == response.content and headers == response.headers.multi_items():
        return response
    kept = [(name, value) for name, value in headers if name not in ("content-length", "content-encoding")]
    extensions = {name: value for name, value in response.extensions.items() if name != "network_stream"}
    return httpx2.Response(response.status_code, headers=kept, content=content, request=request, extensions=extensions)


class _Observed(httpx2.SyncByteStream):
    """A reply's bytes on their way to the reader; the call is recorded when the reader is done with them."""

    def __init__(self, stream: Any, pending: Pending, request: httpx2.Request):
        self._stream, self._pending, self._request = stream, pending, request
        self._seen = bytearray()

    def __iter__(self) -> Iterator[bytes]:
        try:
            for chunk in self._stream:
                self._pending.first_byte()
                self._seen += chunk
                yield chunk
            body = self._finished()
        except GeneratorExit:
            raise
        except BaseException as error:
            self._broke_off(error)
            raise
        self._pending.whole(body)

    def close(self) -> None:
        try:
            self._stream.close()
        finally:
            self._pending.left(bytes(self._seen))

    def _finished(self) -> bytes:
        """What was streamed. A connection that closes in order before the reply is complete is no less cut."""
        body = self._pending.decoded(bytes(self._seen))
        if is_stream(body) and not has_ended(body):
            raise httpx2.RemoteProtocolError("the stream ended before the reply did", request=self._request)
        return body

    def _broke_off(self, error: BaseException) -> None:
        connection_errors.explain(self._request, error, events=self._seen.count(b"\n\n"))
        self._pending.broke_off(error, bytes(self._seen))

    def __del__(self) -> None:
        # A stream that nobody read to its end and nobody closed.
        self._pending.left(bytes(self._seen))


class _ObservedAsync(_Observed, httpx2.AsyncByteStream):
    """The same for asyncio."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._stream:
                self._pending.first_byte()
                self._seen += chunk
                yield chunk
            body = self._finished()
        except GeneratorExit:
            raise
        except BaseException as error:
            self._broke_off(error)
            raise
        self._pending.whole(body)

    async def aclose(self) -> None:
        try:
            await self._stream.aclose()
        finally:
            self._pending.left(bytes(self._seen))
