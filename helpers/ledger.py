"""What a session's calls used: calls, tokens, seconds, money; and a budget that stops the call which would exceed it.

It sits in the HTTP clients that helpers.endpoint hands out, so it sees every call of the openai package and of
LangChain, plain, streamed or async. It keeps numbers only: no prompt, no reply, no key.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx2
from openai import DEFAULT_CONNECTION_LIMITS, DEFAULT_TIMEOUT, OpenAIError

from helpers.exchanges import Pending, pending
from helpers.prices import UnknownPrice, price_of
from helpers.tokens import TOKENS_PER_MESSAGE, TOKENS_PER_REPLY, text_tokens, texts_in

# A reply's length is not known before it is made: where a request sets no limit, a budget reckons with this many.
ASSUMED_REPLY_TOKENS = 500
# What openai.DefaultHttpx2Client sets; that one is a function and cannot be extended.
HTTP_DEFAULTS = {"timeout": DEFAULT_TIMEOUT, "limits": DEFAULT_CONNECTION_LIMITS, "follow_redirects": True}


class BudgetExceeded(OpenAIError):
    """The next call might cost more than is left; it was not sent."""

    code = "budget_exceeded"


@dataclass(frozen=True)
class Call:
    """One request that reached an endpoint. `usd` is None where no price is known."""

    when: datetime
    model: str
    status: int
    input_tokens: int
    output_tokens: int
    cached_tokens: int
    seconds: float
    usd: float | None
    simulated: bool


@dataclass
class Ledger:
    """The calls of one endpoint since it was connected."""

    budget_usd: float | None = None
    calls: list[Call] = field(default_factory=list)
    stopped: BudgetExceeded | None = None  # the last call that was not sent

    @property
    def usd(self) -> float:
        """US dollars of all calls whose price is known."""
        return sum(call.usd or 0.0 for call in self.calls)

    @property
    def tokens(self) -> int:
        """Input and output tokens of all calls."""
        return sum(call.input_tokens + call.output_tokens for call in self.calls)

    @property
    def simulated(self) -> bool:
        """True when every call was answered by the mock endpoint, so that no money was spent."""
        return all(call.simulated for call in self.calls)

    def check(self, request: httpx2.Request) -> None:
        """Raise BudgetExceeded when the request could cost more than is left of the budget."""
        if self.budget_usd is None or request.method != "POST":
            return
        why = self._too_expensive(_json(request.content))
        if why:
            self.stopped = BudgetExceeded(f"The call was not sent: {why}.")
            raise self.stopped

    def _too_expensive(self, body: dict[str, Any]) -> str:
        """Why the call must not be sent, or ""."""
        try:
            estimate = estimated_usd(body)
        except UnknownPrice as unknown:
            return f"a budget needs a price, and {unknown}"
        if self.usd + estimate <= self.budget_usd:
            return ""
        return (
            f"it could cost ${estimate:.6f}, ${self.usd:.6f} are spent, and the budget is ${self.budget_usd:.6f}. "
            "Raise the budget, or ask for less"
        )

    def record(self, request: httpx2.Request, response: httpx2.Response, body: bytes, seconds: float) -> Call | None:
        """Add a call, with the usage that the reply states, and give it back; None for what is no call."""
        if request.method != "POST":
            return None
        reply = _last_with_usage(body)
        usage = reply.get("usage") or {}
        sent = usage.get("prompt_tokens", usage.get("input_tokens", 0))
        received = usage.get("completion_tokens", usage.get("output_tokens", 0))
        details = usage.get("prompt_tokens_details") or usage.get("input_tokens_details") or {}
        cached = details.get("cached_tokens") or 0
        model = reply.get("model") or _json(request.content).get("model") or "?"
        call = Call(
            when=datetime.now(UTC),
            model=model,
            status=response.status_code,
            input_tokens=sent,
            output_tokens=received,
            cached_tokens=cached,
            seconds=seconds,
            usd=_usd(model, sent, received, cached),
            simulated="x-workbook-simulated" in response.headers,
        )
        self.calls.append(call)
        return call

    def _repr_markdown_(self) -> str:
        if not self.calls:
            return "The ledger is empty: no call was made yet."
        rows = ["| model | calls | input tokens | output tokens | US dollars |", "|---|---:|---:|---:|---:|"]
        answered = [call for call in self.calls if call.status < 400]
        for model in sorted({call.model for call in answered}):
            calls = [call for call in answered if call.model == model]
            sent, received = (sum(getattr(c, name) for c in calls) for name in ("input_tokens", "output_tokens"))
            money = sum(call.usd or 0 for call in calls)
            dollars = "price unknown" if any(call.usd is None for call in calls) else f"{money:.6f}"
            rows.append(f"| {model} | {len(calls)} | {sent:,} | {received:,} | {dollars} |")
        refused = sorted(call.status for call in self.calls if call.status >= 400)
        if refused:
            rows += [
                "",
                f"Refused: {len(refused)} (status {', '.join(map(str, dict.fromkeys(refused)))}); they cost nothing.",
            ]
        if self.simulated:
            rows += ["", "Simulated: the mock endpoint costs nothing; money is what a model of that size would cost."]
        return "\n".join(rows)

    def __repr__(self) -> str:
        return self._repr_markdown_()


class LedgerClient(httpx2.Client):
    """An HTTP client with the openai package's own defaults, proxies and certificates; and with a ledger in it."""

    def __init__(self, ledger: Ledger, **options: Any):
        super().__init__(**{**HTTP_DEFAULTS, **options})
        self._ledger = ledger

    def send(self, request: httpx2.Request, *, stream: bool = False, **options: Any) -> httpx2.Response:
        watched = pending(request)
        if watched and (kept := watched.answered()) is not None:
            return kept
        try:
            self._ledger.check(request)
            started = time.perf_counter()
            response = super().send(request, stream=stream, **options)
        except BaseException:
            if watched:
                watched.failed()
            raise
        if stream and not response.is_closed:
            response.stream = _Observed(response.stream, self._ledger, request, response, started, watched)
        else:
            call = self._ledger.record(request, response, response.content, time.perf_counter() - started)
            if watched:
                watched.ended(response, response.content, call)
        return response


class AsyncLedgerClient(httpx2.AsyncClient):
    """The same for asyncio."""

    def __init__(self, ledger: Ledger, **options: Any):
        super().__init__(**{**HTTP_DEFAULTS, **options})
        self._ledger = ledger

    async def send(self, request: httpx2.Request, *, stream: bool = False, **options: Any) -> httpx2.Response:
        watched = pending(request)
        if watched and (kept := watched.answered()) is not None:
            return kept
        try:
            self._ledger.check(request)
            started = time.perf_counter()
            response = await super().send(request, stream=stream, **options)
        except BaseException:
            if watched:
                watched.failed()
            raise
        if stream and not response.is_closed:
            response.stream = _ObservedAsync(response.stream, self._ledger, request, response, started, watched)
        else:
            call = self._ledger.record(request, response, response.content, time.perf_counter() - started)
            if watched:
                watched.ended(response, response.content, call)
        return response


def estimated_usd(body: dict[str, Any]) -> float:
    """Upper estimate of a request's price in US dollars, from the request alone. Raises UnknownPrice.

    Input: all its text, counted as helpers.tokens does. Output: the limit that the request sets, or
    ASSUMED_REPLY_TOKENS.
    """
    texts = list(texts_in([body.get(name) for name in ("messages", "input", "prompt", "instructions", "tools")]))
    sent = TOKENS_PER_REPLY + sum(TOKENS_PER_MESSAGE + text_tokens(text) for text in texts)
    price = price_of(body.get("model", "?"))
    limits = (body.get(name) for name in ("max_completion_tokens", "max_tokens", "max_output_tokens"))
    received = next((limit for limit in limits if limit), ASSUMED_REPLY_TOKENS)
    return price.cost(sent, math.ceil(received) * (body.get("n") or 1))


class _Observed(httpx2.SyncByteStream):
    """A reply's bytes on their way to the reader; the call is recorded when the reader is done with them."""

    def __init__(
        self,
        stream,
        ledger: Ledger,
        request: httpx2.Request,
        response: httpx2.Response,
        started: float,
        watched: Pending | None,
    ):
        self._stream, self._ledger, self._watched = stream, ledger, watched
        self._request, self._response, self._started = request, response, started
        self._seen: bytearray | None = bytearray()

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._stream:
            if self._seen is not None:
                self._seen += chunk
            yield chunk

    def close(self) -> None:
        self._stream.close()
        self._record()

    def _record(self) -> None:
        if self._seen is None:
            return
        seen, self._seen = bytes(self._seen), None
        call = self._ledger.record(self._request, self._response, seen, time.perf_counter() - self._started)
        if self._watched:
            self._watched.ended(self._response, seen, call)


class _ObservedAsync(_Observed, httpx2.AsyncByteStream):
    """The same for asyncio."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._stream:
            if self._seen is not None:
                self._seen += chunk
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()
        self._record()


def _usd(model: str, sent: int, received: int, cached: int) -> float | None:
    try:
        return price_of(model).cost(sent, received, cached)
    except UnknownPrice:
        return None


def _last_with_usage(body: bytes) -> dict[str, Any]:
    """The reply, or of a stream the last event that states its usage; {} for what is not JSON."""
    if not body.lstrip().startswith((b"data:", b"event:", b":")):
        return _json(body)
    events = [_json(line[5:]) for line in body.splitlines() if line.startswith(b"data:") and b'"usage"' in line]
    events = [event.get("response", event) for event in events]
    return next((event for event in reversed(events) if event.get("usage")), {})


def _json(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
