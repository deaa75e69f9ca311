"""What any client of connect() sends within a `with` block: seen, and not paid for again where it was kept.

    with watch(kept=ReplyStore(path), scope="case 12") as exchanges:
        endpoint.client.chat.completions.create(...)
    exchanges[0].request["messages"], exchanges[0].reply

The block holds for its own thread or asyncio task, and for those that it starts with a copy of its context, as
asyncio.to_thread does. The HTTP clients of the ledger ask here before they send, and tell here what came back.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import sqlite3
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2

from helpers.ledger.usage import is_stream, object_in

if TYPE_CHECKING:
    from helpers.ledger import Call

KEPT_HEADER = "x-workbook-kept"
_SECONDS = "x-workbook-seconds"  # how long a kept reply took when it was asked for
# Of a reply's headers only these are kept: what clients need to read it, and who made it.
_HEADERS = ("content-type", "x-request-id", "x-workbook-simulated", "x-workbook-simulated-ms")


@dataclass(frozen=True)
class Exchange:
    """One request and its reply. kept: it came from a store and was not paid for again; seconds: what it took then."""

    path: str
    request: dict[str, Any]
    status: int
    reply: dict[str, Any]
    seconds: float
    input_tokens: int
    output_tokens: int
    usd: float | None
    kept: bool


class ReplyStore:
    """Replies kept in one SQLite file, which several threads and processes may use at once.

    It holds prompts and replies, so it belongs into the learner's own folder; never headers that carry a key.
    """

    def __init__(self, path: Path):
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, timeout=30, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("CREATE TABLE IF NOT EXISTS replies (key TEXT PRIMARY KEY, headers TEXT, body BLOB)")

    def get(self, key: str) -> tuple[dict[str, str], bytes] | None:
        """Headers and body of a kept reply."""
        with self._lock:
            row = self._db.execute("SELECT headers, body FROM replies WHERE key = ?", (key,)).fetchone()
        return (json.loads(row[0]), row[1]) if row else None

    def put(self, key: str, headers: dict[str, str], body: bytes) -> None:
        """Keep a reply; one statement, so that a crash leaves all of it or nothing."""
        with self._lock:
            self._db.execute("INSERT OR REPLACE INTO replies VALUES (?, ?, ?)", (key, json.dumps(headers), body))

    def close(self) -> None:
        """Close the file; the store cannot be used any more."""
        self._db.close()

    def __len__(self) -> int:
        with self._lock:
            return self._db.execute("SELECT count(*) FROM replies").fetchone()[0]


@dataclass
class _Watcher:
    kept: ReplyStore | None
    scope: str
    exchanges: list[Exchange] = field(default_factory=list)
    taken: defaultdict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take_key(self, request: httpx2.Request) -> str:
        """A request's name in the store: the same request asked a second time within a scope has another.

        So twenty samples of one prompt are twenty replies, and a run that is repeated meets them in the same order.
        """
        body = f"{self.scope}\n{request.url.host}{request.url.path}\n".encode() + request.content
        digest = hashlib.sha256(body).hexdigest()
        with self.lock:
            numbers = self.taken[digest]
            number = next(i for i in itertools.count(1) if i not in numbers)
            numbers.add(number)
        return f"{digest}-{number}"

    def give_back(self, key: str) -> None:
        """A request that failed has no reply under its name: its retry takes the same."""
        digest, _, number = key.partition("-")
        with self.lock:
            self.taken[digest].discard(int(number))


_watchers: ContextVar[tuple[_Watcher, ...]] = ContextVar("watchers", default=())


@contextlib.contextmanager
def watch(kept: ReplyStore | None = None, scope: str = "") -> Iterator[list[Exchange]]:
    """Give the exchanges of the block, in the order in which they ended.

    kept: a store that answers what was asked before in the same scope, and keeps what is new. Errors, and streams that
    broke off or were not read to their end, are seen and not kept, so that they are asked again.
    """
    watcher = _Watcher(kept, scope)
    token = _watchers.set((*_watchers.get(), watcher))
    try:
        yield watcher.exchanges
    finally:
        _watchers.reset(token)


_everywhere: list[_Watcher] = []


def keep_everything(kept: ReplyStore, scope: str = "") -> list[Exchange]:
    """From now on, in this whole process: as watch(), without an end. For a notebook, whose cells share no block.

    A PoC's run and `workbook test --endpoint` go on with it where they were stopped, and pay nothing twice.
    """
    watcher = _Watcher(kept, scope)
    _everywhere[:] = [watcher]
    return watcher.exchanges


@dataclass
class Pending:
    """A request on its way: who watches it, and under which names it would be kept."""

    request: httpx2.Request
    watchers: tuple[_Watcher, ...]
    keys: tuple[str, ...]

    def answered(self) -> httpx2.Response | None:
        """The kept reply to it; None where it has to be sent."""
        for watcher, key in zip(self.watchers, self.keys, strict=True):
            found = watcher.kept.get(key) if watcher.kept is not None else None
            if found:
                headers, body = found
                response = httpx2.Response(
                    200, headers={**headers, KEPT_HEADER: "yes"}, content=body, request=self.request
                )
                self.ended(response, body, None)
                return response
        return None

    def ended(self, response: httpx2.Response, body: bytes, call: Call | None) -> None:
        """Tell the watchers, and keep the reply where that is asked for. call: its line in the ledger, if any."""
        kept = KEPT_HEADER in response.headers
        exchange = Exchange(
            path=self.request.url.path,
            request=object_in(self.request.content),
            status=response.status_code,
            reply=object_in(body),
            seconds=call.seconds if call else float(response.headers.get(_SECONDS, 0.0)),
            input_tokens=call.input_tokens if call else 0,
            output_tokens=call.output_tokens if call else 0,
            usd=call.usd if call else 0.0,
            kept=kept,
        )
        whole = response.status_code == 200 and (call.ended == "whole" if call else kept)
        if not whole:
            self.failed()
        for watcher, key in zip(self.watchers, self.keys, strict=True):
            with watcher.lock:
                watcher.exchanges.append(exchange)
            if watcher.kept is not None and whole and not kept and (exchange.reply or is_stream(body)):
                headers = {name: response.headers[name] for name in _HEADERS if name in response.headers}
                headers[_SECONDS] = f"{exchange.seconds:.3f}"
                watcher.kept.put(key, headers, body)

    def failed(self) -> None:
        """No reply came, or none that can be kept."""
        for watcher, key in zip(self.watchers, self.keys, strict=True):
            watcher.give_back(key)


def pending(request: httpx2.Request) -> Pending | None:
    """A request as those who watch now see it; None when nobody does, which costs nothing."""
    watchers = (*_watchers.get(), *_everywhere)
    if not watchers or request.method != "POST":
        return None
    return Pending(request, watchers, tuple(watcher.take_key(request) for watcher in watchers))
