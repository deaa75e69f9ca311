"""The HTTP clients that openai and LangChain are given, with the openai package's own defaults.

A call is answered by a kept reply (exchanges), or is admitted by the ledger, which then sees how it ended. An error is
explained (errors), and a key that its text holds is hidden before anybody reads it (masking).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx2
from openai import DEFAULT_CONNECTION_LIMITS, DEFAULT_TIMEOUT

from helpers.connection import exchanges
from helpers.connection.causes import WEB_PAGE
from helpers.connection.errors import NoConnection, explained
from helpers.connection.masking import without_keys
from helpers.ledger.pending import Pending
from helpers.ledger.session import Ledger
from helpers.ledger.usage import has_ended, is_stream

# What openai.DefaultHttpx2Client sets; that one is a function and cannot be extended.
HTTP_DEFAULTS = {"timeout": DEFAULT_TIMEOUT, "limits": DEFAULT_CONNECTION_LIMITS, "follow_redirects": True}


class Client(httpx2.Client):
    """An httpx2.Client whose POSTs are in a ledger."""

    def __init__(self, ledger: Ledger, **options: Any):
        super().__init__(**{**_defaults(ledger), **options})
        self._ledger = ledger

    def send(self, request: httpx2.Request, *, stream: bool = False, **options: Any) -> httpx2.Response:
        passage = _Passage(self._ledger, request, stream)
        if passage.kept is not None:
            return passage.kept
        try:
            response = super().send(request, stream=stream, **options)
            if stream and _is_no_stream(response):
                response.read()
        except BaseException as error:
            if (told := passage.failed(error)) is error:
                raise
            raise told from error
        return passage.answered(response, _Observed)


class AsyncClient(httpx2.AsyncClient):
    """The same for asyncio."""

    def __init__(self, ledger: Ledger, **options: Any):
        super().__init__(**{**_defaults(ledger), **options})
        self._ledger = ledger

    async def send(self, request: httpx2.Request, *, stream: bool = False, **options: Any) -> httpx2.Response:
        passage = _Passage(self._ledger, request, stream)
        if passage.kept is not None:
            return passage.kept
        try:
            response = await super().send(request, stream=stream, **options)
            if stream and _is_no_stream(response):
                await response.aread()
        except BaseException as error:
            if (told := passage.failed(error)) is error:
                raise
            raise told from error
        return passage.answered(response, _ObservedAsync)


class _Passage:
    """One request through either client. Raises BudgetExceeded when it is made and must not be sent."""

    def __init__(self, ledger: Ledger, request: httpx2.Request, stream: bool) -> None:
        self._ledger, self._request, self._stream = ledger, request, stream
        self._pending: Pending | None = None
        watched = exchanges.pending(request)
        self.kept = watched.answered() if watched else None
        if self.kept is None:
            self._pending = ledger.admit(request, watched)

    def failed(self, error: BaseException) -> BaseException:
        """What is to be raised instead, or the error itself."""
        if self._pending is not None:
            self._pending.broke_off(error)
        return explained(self._request, error)

    def answered(self, response: httpx2.Response, observed: type[_Observed]) -> httpx2.Response:
        """The reply as its reader gets it. Raises NoConnection for a web page."""
        if response.status_code >= 400:
            response = _without_key(self._request, response)
        if self._pending is not None:
            self._pending.answered(response)
            if self._stream and not response.is_closed:
                response.stream = observed(response.stream, self._pending, self._request)
            else:
                self._pending.whole(response.content)
            self._ledger.said(self._request, response)
        if _is_web_page(response):
            raise NoConnection(WEB_PAGE, response.request)
        return response


def _defaults(ledger: Ledger) -> dict[str, Any]:
    if ledger.patience is None:
        return HTTP_DEFAULTS
    return {**HTTP_DEFAULTS, "timeout": httpx2.Timeout(ledger.patience, connect=DEFAULT_TIMEOUT.connect)}


def _is_no_stream(response: httpx2.Response) -> bool:
    """An error or a web page: to be read as a whole, whatever was asked for."""
    return response.status_code >= 400 or _is_web_page(response)


def _is_web_page(response: httpx2.Response) -> bool:
    # A 5xx with a page is a gateway in trouble: the client tries again.
    return response.status_code < 500 and response.headers.get("content-type", "").startswith("text/html")


def _without_key(request: httpx2.Request, response: httpx2.Response) -> httpx2.Response:
    """A refusal, read to its end, with every key in its text and headers hidden, that of its own request too."""
    sent = (request.headers.get("api-key", ""), request.headers.get("authorization", "").removeprefix("Bearer "))
    content = without_keys(response.content, *sent)
    headers = [(name, without_keys(value, *sent)) for name, value in response.headers.multi_items()]
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
        explained(self._request, error, events=self._seen.count(b"\n\n"))
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
