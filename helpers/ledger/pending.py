"""A call under way: from the moment it is admitted until it is known how it ended, which happens exactly once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

import httpx2

from helpers.ledger.call import Call, Ended, Source
from helpers.ledger.usage import Usage, counted, has_ended, is_stream, last_with_usage, object_in, operation_of
from helpers.ledger.usage import usage_of as stated_in
from helpers.prices import PricesError, UnknownPrice, price_of

if TYPE_CHECKING:
    from helpers.ledger.session import Ledger

_UNSENT = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
    httpx2.UnsupportedProtocol,
    httpx2.LocalProtocolError,
)


@dataclass(frozen=True)
class Finished:
    """What a call was, for those who keep more of it than the ledger does: a recording, or the content if asked for."""

    call: Call
    operation: str
    asked: dict
    body: bytes
    content_type: str


class Watched(Protocol):
    """Somebody who wants to see the exchange, and may keep its reply."""

    def ended(self, response: httpx2.Response, body: bytes, call: Call) -> None:
        """A reply came, whole or not."""

    def failed(self) -> None:
        """None came."""


class Pending:
    """One request on its way. settle: told what it cost, None where that is unknown."""

    def __init__(
        self,
        ledger: Ledger,
        request: httpx2.Request,
        settle: Callable[[float | None], None] | None,
        watched: Watched | None = None,
    ) -> None:
        self._ledger, self._request, self._settle, self._watched = ledger, request, settle, watched
        self._response: httpx2.Response | None = None
        self._when, self._began = datetime.now(UTC), time.perf_counter()
        self._first_byte: float | None = None
        self._lock, self._open = threading.Lock(), True

    def answered(self, response: httpx2.Response) -> None:
        """The head of the reply is there."""
        self._response = response

    def first_byte(self) -> None:
        """The first byte of a stream is there."""
        if self._first_byte is None:
            self._first_byte = time.perf_counter() - self._began

    def whole(self, body: bytes) -> None:
        """The reply is there to its end."""
        self._end(body, "whole")

    def left(self, seen: bytes) -> None:
        """The reader closed a stream, or forgot it; behind its last event nothing is missing."""
        body = self.decoded(seen)
        self._end(body, "whole" if has_ended(body) else "left")

    def broke_off(self, error: BaseException, seen: bytes | None = None) -> None:
        """The connection failed: in the stream where `seen` is given, else before any reply."""
        if seen is not None:
            # A reader that is interrupted or cancelled has left; anything else was the connection.
            body = self.decoded(seen)
            self._end(body, "cut" if isinstance(error, Exception) else "left")
        elif isinstance(error, _UNSENT):
            self._end(b"", "unsent")
        else:
            self._end(b"", "lost" if isinstance(error, Exception) else "left")

    def decoded(self, seen: bytes) -> bytes:
        """A stream's bytes as they were before they were compressed, as far as that is possible."""
        encoding = self._response.headers.get("content-encoding") if self._response is not None else None
        if not encoding or encoding == "identity":
            return seen
        try:
            return httpx2.Response(200, headers={"content-encoding": encoding}, content=seen).content
        except httpx2.HTTPError:
            return b""

    def _end(self, body: bytes, ended: Ended) -> None:
        with self._lock:
            if not self._open:
                return
            self._open = False
        seconds = time.perf_counter() - self._began
        asked = object_in(self._request.content)
        call = self._call(asked, body, ended, seconds)
        if self._settle is not None:
            self._settle(self._cost(call))
        headers = self._response.headers if self._response is not None else {}
        content_type = headers.get("content-type", "")
        operation, deployment = operation_of(self._request.url.path)
        if deployment:
            asked = {**asked, "model": deployment}
        if self._watched and self._response is not None:
            self._watched.ended(self._response, body, call)
        elif self._watched:
            self._watched.failed()
        self._ledger.add(self, Finished(call, operation, asked, body, content_type))

    def _cost(self, call: Call) -> float | None:
        """What a budget takes it to have cost; None where nobody knows, and its estimate counts."""
        if call.ended == "unsent" or call.status >= 400:
            return 0.0
        if call.counted or not call.answered:
            return None
        return call.usd

    def _call(self, asked: dict, body: bytes, ended: Ended, seconds: float) -> Call:
        response = self._response
        status = response.status_code if response is not None else 0
        headers = response.headers if response is not None else httpx2.Headers()
        reply = last_with_usage(body)
        operation, deployment = operation_of(self._request.url.path)
        asked_model = str(deployment or asked.get("model") or "?")
        model = str(reply.get("model") or asked_model)
        usage = stated_in(reply)
        if usage is None:
            usage = self._counted(asked, body, status, ended)
        usd, priced = self._priced(model, asked_model, usage)
        if status >= 400 or ended == "unsent":
            usd = 0.0 if usd is not None else None
            ended = "refused" if status >= 400 else ended
        simulated_ms = headers.get("x-workbook-simulated-ms") or headers.get("x-workbook-recorded-ms")
        return Call(
            when=self._when,
            model=model,
            status=status,
            input_tokens=usage.input,
            output_tokens=usage.output,
            cached_tokens=usage.cached,
            reasoning_tokens=usage.reasoning,
            seconds=seconds,
            usd=usd,
            source=_source(headers, self._ledger.source),
            role=self._ledger.role_of(asked_model, operation),
            operation=operation,
            profile=self._ledger.profile,
            notebook=self._ledger.notebook,
            priced=priced,
            started=self._began - self._ledger.began,
            first_byte=self._first_byte,
            simulated_seconds=_seconds(simulated_ms),
            attempt=_attempt(self._request),
            streamed=is_stream(body) or bool(asked.get("stream")),
            counted=not usage.stated,
            ended=ended,
        )

    def _counted(self, asked: dict, body: bytes, status: int, ended: Ended) -> Usage:
        """Nothing for what was refused or never sent, or has no words (a list of files, say)."""
        if not 0 <= status < 400 or ended == "unsent" or not asked.get("model"):
            return Usage()
        return counted(asked, body)

    def _priced(self, model: str, asked_model: str, usage: Usage) -> tuple[float | None, str]:
        if self._ledger.free:
            return 0.0, "free"
        # On Azure a request names a deployment and a reply its model; a person's own list may know either.
        for name in (model, asked_model):
            try:
                price = price_of(name)
            except (UnknownPrice, PricesError):
                continue
            return price.cost(usage.input, usage.output, usage.cached), price.as_of
        return None, ""


def _source(headers: httpx2.Headers, otherwise: Source) -> Source:
    if headers.get("x-workbook-replayed") == "true":
        return "recorded"
    return "simulated" if "x-workbook-simulated" in headers else otherwise


def _seconds(milliseconds: str | None) -> float | None:
    try:
        return float(milliseconds) / 1000 if milliseconds else None
    except ValueError:
        return None


def _attempt(request: httpx2.Request) -> int:
    retries = request.headers.get("x-stainless-retry-count", "0")
    return 1 + int(retries) if retries.isdigit() else 1
