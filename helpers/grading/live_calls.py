"""What a check asks of an endpoint: said before it asks, counted at the HTTP client, stopped at the declared number.

Counts a request when it is answered without an error, whoever sends it: a plain openai client, LangChain, or the
learner's own code; so a retry after a 429 is no second call. A ScriptedClient is no endpoint and is not counted.
"""

from __future__ import annotations

import contextlib
import functools
import sys
import threading
from collections.abc import Iterator
from typing import Any

from helpers.grading.endpoint_failures import SCRIPTED_HOST
from helpers.grading.outcomes import counted


class TooManyCalls(BaseException):
    """A call beyond the declared number was about to be sent. Not an Exception, so that no client tries it again."""

    def __init__(self, allowed: int) -> None:
        super().__init__(f"more than {counted(allowed, 'call')} to the endpoint")
        self.allowed = allowed


class CallCount:
    """Calls of one check. made: answered or under way. allowed: the most that may be sent."""

    def __init__(self, allowed: int) -> None:
        self.allowed, self.made = allowed, 0
        self._lock = threading.Lock()

    def about_to_send(self) -> None:
        with self._lock:
            if self.made >= self.allowed:
                raise TooManyCalls(self.allowed)
            self.made += 1

    def was_refused(self) -> None:
        with self._lock:
            self.made -= 1


# thread -> the count of the check that runs there. Other threads (a coroutine's, a pool's) belong to the only check
# that runs; where several run at once, as in a gradebook of many threads, their calls cannot be told apart.
_running: dict[int, CallCount] = {}


@contextlib.contextmanager
def calls_limited(allowed: int) -> Iterator[CallCount]:
    """Count the calls made inside, and raise TooManyCalls in place of one that would exceed `allowed`."""
    count, thread = CallCount(allowed), threading.get_ident()
    before = _running.get(thread)
    if allowed or "httpx2" in sys.modules:
        _watch_clients()
    _running[thread] = count
    try:
        yield count
    finally:
        _running.pop(thread)
        if before is not None:
            _running[thread] = before


def _count_of_this_thread() -> CallCount | None:
    own = _running.get(threading.get_ident())
    return own or (next(iter(_running.values()), None) if len(_running) == 1 else None)


@functools.cache
def _watch_clients() -> None:
    """Look at every request of httpx2, through which all the clients send. Outside a check it only passes them on."""
    import httpx2

    send, send_async = httpx2.Client.send, httpx2.AsyncClient.send

    @functools.wraps(send)
    def watched(self: Any, request: Any, **options: Any) -> Any:
        with _counted(request) as answered:
            return answered(send(self, request, **options))

    @functools.wraps(send_async)
    async def watched_async(self: Any, request: Any, **options: Any) -> Any:
        with _counted(request) as answered:
            return answered(await send_async(self, request, **options))

    httpx2.Client.send, httpx2.AsyncClient.send = watched, watched_async


@contextlib.contextmanager
def _counted(request: Any) -> Iterator[Any]:
    count = _count_of_this_thread()
    if count is None or request.method != "POST" or request.url.host == SCRIPTED_HOST:
        yield lambda response: response
        return
    count.about_to_send()
    good = False

    def answered(response: Any) -> Any:
        nonlocal good
        good = response.status_code < 400
        return response

    try:
        yield answered
    finally:
        if not good:
            count.was_refused()


def announcement(calls: int, tokens: int, endpoint: Any) -> str:
    """One sentence before a check asks a live endpoint; "" for a check or an endpoint that costs nothing.

    calls: the most it makes. tokens: the most one of them takes, sent and received.
    endpoint: its `simulated`, `profile` and, for the money, `usd_for(tokens)`: US dollars at most, None if unknown.
    """
    if not calls or getattr(endpoint, "simulated", True) is not False:
        return ""
    usd_for = getattr(endpoint, "usd_for", None)
    usd = usd_for(calls * tokens) if usd_for else None
    if usd is None:
        money = "whose price is not known here"
    else:
        money = "less than $0.01" if usd < 0.01 else f"at most ${usd:.2f}"
    return (
        f"This check makes up to {counted(calls, 'call')} to your {endpoint.profile} endpoint: "
        f"about {calls * tokens:,} tokens, {money}."
    )
