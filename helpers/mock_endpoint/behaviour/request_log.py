"""The log of requests: who asked what and how it was answered, for a trainer who wants to see where a class stands.

Kept are route, status, model, tokens and milliseconds; of a key its fingerprint. Learners who share a key are told
apart by their address and by the `user` that a request may name. What was asked and answered goes only into a file, and
only when that is switched on; over HTTP it is never served.
"""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from .exchange import Exchange, Proceed, ends_stream, fingerprint, is_stream, last_user_text
from .settings import Behaviour

_KEPT = 2_000
STUCK_AFTER = 3  # failures in a row
_MARKS = {
    "x-workbook-scripted": "scripted",
    "x-workbook-replayed": "replayed",
    "x-workbook-live": "live",
    "x-workbook-fault": "fault",
}
_LONGEST = 20_000  # characters of a question or an answer in the file


class RequestLog:
    """The last requests of one endpoint. Thread-safe."""

    def __init__(self) -> None:
        self._entries: deque[dict[str, Any]] = deque(maxlen=_KEPT)
        self._lock = threading.Lock()

    def add(self, entry: dict[str, Any], file: str | None, content: dict[str, Any] | None = None) -> None:
        """Remember an entry, and append it to a file of JSON lines, or print it when that is "-"."""
        with self._lock:
            self._entries.append(entry)
            if file == "-":
                print(_line(entry), flush=True)
            elif file is not None:
                path = Path(file)
                path.parent.mkdir(parents=True, exist_ok=True)
                with path.open("a", encoding="utf-8") as stream:
                    stream.write(json.dumps({**entry, **(content or {})}, ensure_ascii=False) + "\n")

    def entries(self) -> list[dict[str, Any]]:
        with self._lock:
            return list(self._entries)

    def learners(self) -> list[dict[str, Any]]:
        """One row for each key, address and user: what they did, what came last, and who seems stuck."""
        rows: dict[tuple[Any, ...], dict[str, Any]] = {}
        for entry in self.entries():
            who = (entry["key"], entry["client"], entry["user"])
            row = rows.setdefault(
                who,
                dict(zip(("key", "client", "user"), who, strict=True))
                | {"requests": 0, "failed": 0, "failed_in_a_row": 0, "input_tokens": 0, "output_tokens": 0},
            )
            failed = entry["status"] >= 400
            row["requests"] += 1
            row["failed"] += failed
            row["failed_in_a_row"] = row["failed_in_a_row"] + 1 if failed else 0
            row["input_tokens"] += entry["input_tokens"]
            row["output_tokens"] += entry["output_tokens"]
            row |= {"last": entry["at"], "last_status": entry["status"], "last_error": entry["error"]}
            row["stuck"] = row["failed_in_a_row"] >= STUCK_AFTER
        return sorted(
            rows.values(), key=lambda row: (not row["stuck"], row["key"] or "", row["client"], row["user"] or "")
        )


class Logged:
    """Writes each exchange of one key into the log: a stream when it has ended or its reader has gone."""

    def __init__(self, log: RequestLog, behaviour: Behaviour) -> None:
        self._log = log
        self._file = behaviour.log_file
        self._content = behaviour.log_content and self._file not in (None, "-")

    async def __call__(self, exchange: Exchange, proceed: Proceed) -> Response:
        started = time.perf_counter()
        response = await proceed()
        body = await exchange.json() or {}
        if is_stream(response):
            response.body_iterator = self._watched(response.body_iterator, response, exchange, body, started)  # type: ignore[attr-defined]
        else:
            self._write(exchange, body, response, bytes(response.body), started)
        return response

    async def _watched(
        self,
        events: AsyncIterator[bytes],
        response: Response,
        exchange: Exchange,
        body: dict[str, Any],
        started: float,
    ) -> AsyncIterator[bytes]:
        kept: list[bytes] = []
        ended = False
        try:
            async for event in events:
                if b'"usage":' in event:
                    exchange.read_usage(event.rpartition(b"data: ")[2])
                if self._content:
                    kept.append(event)
                ended = ended or ends_stream(event)
                yield event
            ended = True
        finally:
            self._write(exchange, body, response, b"".join(kept), started, cut=not ended)

    def _write(
        self,
        exchange: Exchange,
        body: dict[str, Any],
        response: Response,
        reply: bytes,
        started: float,
        *,
        cut: bool = False,
    ) -> None:
        if not is_stream(response):
            exchange.read_usage(reply)
        entry = entry_of(exchange.request, response, exchange.tenant.key)
        entry |= {
            "model": _short(body.get("model")),
            "user": _short(body.get("safety_identifier") or body.get("user")),
            "stream": is_stream(response),
            "reader_left": cut,
            "input_tokens": exchange.prompt_tokens,
            "cached_tokens": exchange.cached_tokens,
            "output_tokens": exchange.output_tokens,
            "ms": round((time.perf_counter() - started) * 1000, 1),
            "simulated_ms": round(exchange.waited * 1000, 1),
        }
        content = None
        if self._content:
            content = {"asked": last_user_text(body)[:_LONGEST], "reply": reply.decode("utf-8", "replace")[:_LONGEST]}
        self._log.add(entry, self._file, content)


def entry_of(request: Request, response: Response, key: str) -> dict[str, Any]:
    """What is known of every request, also of one whose key was wrong or whose address does not exist."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "key": fingerprint(key) if key else None,
        "client": request.client.host if request.client else "",
        "method": request.method,
        "path": request.url.path[:200],
        "status": response.status_code,
        "error": _error(response),
        "marks": [mark for name, mark in _MARKS.items() if response.headers.get(name, "false") != "false"],
        "model": None,
        "user": None,
        "stream": False,
        "reader_left": False,
        "input_tokens": 0,
        "cached_tokens": 0,
        "output_tokens": 0,
        "ms": 0.0,
        "simulated_ms": 0.0,
    }


def _error(response: Response) -> str | None:
    """An error's code and the field it names. Not its message, which may quote what was asked."""
    if response.status_code < 400 or is_stream(response):
        return None
    try:
        error = json.loads(bytes(response.body))["error"]
        parts = [error.get("code") or error.get("type"), error.get("param")]
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return " ".join(str(part) for part in parts if part) or None


def _short(value: Any) -> str | None:
    return value[:100] if isinstance(value, str) else None


def _line(entry: dict[str, Any]) -> str:
    who = " ".join(filter(None, (entry["key"] or "no key", entry["client"], entry["user"])))
    counts = f"{entry['input_tokens']}+{entry['output_tokens']} tokens"
    notes = " ".join(filter(None, (entry["error"], *entry["marks"])))
    return f"{entry['at'][11:19]}  {who:<28} {entry['status']} {entry['path']}  {counts}  {entry['ms']:.0f} ms  {notes}"
