"""The calls of one notebook on a live endpoint, written down as they are made: so that nothing is paid twice.

connect() turns it on when WORKBOOK_LIVE_JOURNAL names a file. It sits at httpx2, through which all clients send, and
sees only calls to the endpoint that is tested (WORKBOOK_LIVE_URL). A call that an earlier, killed run of the notebook
has made is answered from the file: the same request, the same time it comes up. The file holds replies, no request and
no key; whoever started the run deletes it when the notebook is done.
"""

from __future__ import annotations

import asyncio
import base64
import functools
import hashlib
import json
import os
import threading
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx2

AGAIN = (408, 429, 500, 502, 503, 504)
LONGEST_WAIT = 60.0  # seconds before another try


def turn_on(environment: dict[str, str] | os._Environ = os.environ) -> None:
    """Watch the clients of this process from now on, if the environment asks for it."""
    if path := environment.get("WORKBOOK_LIVE_JOURNAL"):
        budget = environment.get("WORKBOOK_LIVE_BUDGET")
        _watch(
            path,
            environment.get("WORKBOOK_LIVE_URL", ""),
            float(budget) if budget else None,
            int(environment.get("WORKBOOK_LIVE_RETRIES", "0")),
        )


@functools.cache
def _watch(path: str, url: str, budget: float | None, retries: int) -> None:
    journal = Journal(Path(path), url, budget, retries)
    send, send_async = httpx2.Client.send, httpx2.AsyncClient.send

    @functools.wraps(send)
    def watched(self: Any, request: httpx2.Request, **options: Any) -> httpx2.Response:
        return journal.send(functools.partial(send, self), request, **options)

    @functools.wraps(send_async)
    async def watched_async(self: Any, request: httpx2.Request, **options: Any) -> httpx2.Response:
        return await journal.send_async(functools.partial(send_async, self), request, **options)

    httpx2.Client.send, httpx2.AsyncClient.send = watched, watched_async


class Journal:
    """url: scheme, host and port of the endpoint; "" watches all. budget: US dollars left, None for no end."""

    def __init__(self, path: Path, url: str, budget: float | None, retries: int) -> None:
        self._path, self._url, self._budget, self._retries = path, url, budget, retries
        self._lock = threading.Lock()
        self._kept: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self._spent = 0.0
        for line in read(path):
            self._spent += line["usd"] or 0.0
            if line.get("body") is not None:
                self._kept[line["key"]].append(line)

    def send(self, send: Any, request: httpx2.Request, **options: Any) -> httpx2.Response:
        if not self._concerns(request):
            return send(request, **options)
        if kept := self._earlier(request):
            return kept
        for attempt in range(self._retries + 1):
            started = time.perf_counter()
            try:
                response = send(request, **options)
            except httpx2.TransportError:
                if attempt == self._retries:
                    raise
                time.sleep(_wait(None, attempt))
                continue
            if response.status_code not in AGAIN or attempt == self._retries:
                break
            response.close()
            time.sleep(_wait(response, attempt))
        if options.get("stream") and not response.is_closed:
            response.stream = _Kept(response.stream, self, request, response, started)
        else:
            self.write(request, response, response.content, time.perf_counter() - started, decoded=True)
        return response

    async def send_async(self, send: Any, request: httpx2.Request, **options: Any) -> httpx2.Response:
        if not self._concerns(request):
            return await send(request, **options)
        if kept := self._earlier(request):
            return kept
        for attempt in range(self._retries + 1):
            started = time.perf_counter()
            try:
                response = await send(request, **options)
            except httpx2.TransportError:
                if attempt == self._retries:
                    raise
                await asyncio.sleep(_wait(None, attempt))
                continue
            if response.status_code not in AGAIN or attempt == self._retries:
                break
            await response.aclose()
            await asyncio.sleep(_wait(response, attempt))
        if options.get("stream") and not response.is_closed:
            response.stream = _KeptAsync(response.stream, self, request, response, started)
        else:
            self.write(request, response, response.content, time.perf_counter() - started, decoded=True)
        return response

    def _concerns(self, request: httpx2.Request) -> bool:
        return request.method == "POST" and str(request.url).startswith(self._url)

    def _earlier(self, request: httpx2.Request) -> httpx2.Response | None:
        """The reply of a killed run, taken once; else None, and BudgetExceeded when the money is spent."""
        with self._lock:
            waiting = self._kept.get(_key(request))
            kept = waiting.pop(0) if waiting else None
            spent = self._spent
        if kept is not None:
            body = base64.b64decode(kept["body"])
            return httpx2.Response(kept["status"], headers=kept["headers"], content=body, request=request)
        if self._budget is not None and spent >= self._budget:
            from helpers.ledger import BudgetExceeded

            raise BudgetExceeded(f"The call was not sent: the run's budget is spent (${spent:.4f}).")
        return None

    def write(
        self, request: httpx2.Request, response: httpx2.Response, body: bytes, seconds: float, *, decoded: bool
    ) -> None:
        """Append a call that was answered. A refused one costs nothing, and is asked again another time."""
        answered = response.status_code < 400
        model, sent, received = _usage(body if answered else b"")
        usd = _usd(model, sent, received) if answered else 0.0
        headers = {k: v for k, v in response.headers.items() if k in ("content-type", "x-workbook-simulated")}
        if not decoded and "content-encoding" in response.headers:
            headers["content-encoding"] = response.headers["content-encoding"]
        line = {
            "key": _key(request),
            "status": response.status_code,
            "model": model,
            "input_tokens": sent,
            "output_tokens": received,
            "usd": usd,
            "seconds": round(seconds, 3),
            "headers": headers,
            "body": base64.b64encode(body).decode("ascii") if answered else None,
        }
        with self._lock:
            self._spent += usd or 0.0
            descriptor = os.open(self._path, os.O_APPEND | os.O_CREAT | os.O_WRONLY, 0o600)
            with os.fdopen(descriptor, "a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")


class _Kept(httpx2.SyncByteStream):
    """A streamed reply on its way to the reader; it is written down when it was read to its end."""

    def __init__(self, stream: Any, journal: Journal, request: Any, response: Any, started: float) -> None:
        self._stream, self._journal, self._request, self._response = stream, journal, request, response
        self._started, self._seen = started, bytearray()

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._stream:
            self._seen += piece
            yield piece
        self._write()

    def close(self) -> None:
        self._stream.close()

    def _write(self) -> None:
        seconds = time.perf_counter() - self._started
        self._journal.write(self._request, self._response, bytes(self._seen), seconds, decoded=False)


class _KeptAsync(_Kept, httpx2.AsyncByteStream):
    """The same for asyncio."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._stream:
            self._seen += piece
            yield piece
        self._write()

    async def aclose(self) -> None:
        await self._stream.aclose()


def read(path: Path) -> list[dict[str, Any]]:
    """The calls that a file holds; a last line that was cut by a kill is left out."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    found = []
    for line in lines:
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    return found


def _key(request: httpx2.Request) -> str:
    return hashlib.sha256(request.url.raw_path + b"\n" + request.read()).hexdigest()


def _wait(response: httpx2.Response | None, attempt: int) -> float:
    """Seconds before the next try: what the endpoint asks for, else twice as long each time."""
    headers = response.headers if response is not None else {}
    try:
        asked = (
            float(headers["retry-after-ms"]) / 1000 if "retry-after-ms" in headers else float(headers["retry-after"])
        )
    except (KeyError, ValueError):
        asked = 2.0**attempt
    return min(max(asked, 0.1), LONGEST_WAIT)


def _usage(body: bytes) -> tuple[str, int, int]:
    """Model, input and output tokens that a reply states; of a stream its last event that does."""
    texts = [line[5:] for line in body.splitlines() if line.startswith(b"data:")] or [body]
    model, sent, received = "", 0, 0
    for text in texts:
        try:
            event = json.loads(text)
        except ValueError:
            continue
        event = event.get("response", event) if isinstance(event, dict) else {}
        model = event.get("model") or model
        if usage := event.get("usage"):
            sent = usage.get("prompt_tokens", usage.get("input_tokens", 0)) or 0
            received = usage.get("completion_tokens", usage.get("output_tokens", 0)) or 0
    return model, sent, received


def _usd(model: str, sent: int, received: int) -> float | None:
    from helpers.prices import UnknownPrice, price_of

    try:
        return price_of(model).cost(sent, received)
    except UnknownPrice:
        return None
