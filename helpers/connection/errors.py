"""A failed connection in the reader's words: where, what happened and what to do next, by its cause (causes).

Where trying again cannot help, the error is a NoConnection at once. Else the openai package tries again, and says
"Connection error." or "Request timed out." at last; both hand on the request, so the explanation travels with it and
stands in the exception's text, after the package's own words. Exceptions of clients that are not ours stay as they are.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import httpx2
import openai

from helpers.connection.causes import NAME, NO_PROXY_THERE, REFUSED, TOO_SLOW, Cause, HasCause, cause_of
from helpers.connection.network import proxy_for, without_password

_NOTE = "workbook_explanation"
_BARE = ("Connection error.", "Request timed out.")


class NoConnection(HasCause, openai.APIConnectionError):
    """The call did not reach the API, for a cause that trying again does not cure; `cause` says which."""

    def __init__(self, cause: Cause, request: httpx2.Request):
        self.cause = cause
        super().__init__(message=_sentences(request, cause), request=request)


def explained(request: httpx2.Request, error: BaseException, events: int | None = None) -> BaseException:
    """What to raise: NoConnection where trying again cannot help, else the error, its request explained.

    events: of the stream, that arrived before.
    """
    if not isinstance(error, httpx2.HTTPError):
        return error
    cause = _cause(request, error)
    if events is None and cause.settled and not isinstance(error, httpx2.ReadError):
        return NoConnection(cause, request)
    _install()
    request.extensions[_NOTE] = _sentences(request, cause if events is None else _of_stream(cause, events))
    return error


def _cause(request: httpx2.Request, error: BaseException) -> Cause:
    cause = cause_of(error)
    proxy = proxy_for(str(request.url)) if cause in (REFUSED, NAME) else None
    if proxy:
        return replace(NO_PROXY_THERE, what=f"{NO_PROXY_THERE.what} ({without_password(proxy)})")
    if cause is TOO_SLOW and (seconds := _limit(request, error)):
        return replace(cause, what=f"{cause.what} ({seconds:g} s)")
    return cause


def _of_stream(cause: Cause, events: int) -> Cause:
    came = f"after {events} event{'s' if events != 1 else ''}" if events else "before its first event"
    step = f"ask again, since no client repeats a stream by itself; if it stays, {cause.next_step.split('; ')[-1]}"
    return replace(cause, what=f"the stream broke off {came}: {cause.what}", next_step=step)


def _sentences(request: httpx2.Request, cause: Cause) -> str:
    host = request.url.host + (f":{request.url.port}" if request.url.port else "")
    retries = request.headers.get("x-stainless-retry-count", "0")
    tries = f", after {int(retries) + 1} tries" if retries.isdigit() and int(retries) else ""
    return (
        f"{host}: {cause.what}{tries}. Next step: {cause.next_step}. "
        "`workbook doctor` looks at the whole way; connect('mock') works meanwhile."
    )


def _limit(request: httpx2.Request, error: BaseException) -> float | None:
    phase = "connect" if isinstance(error, httpx2.ConnectTimeout) else "read"
    seconds = (request.extensions.get("timeout") or {}).get(phase)
    return seconds if isinstance(seconds, int | float) else None


@cache
def _install() -> None:
    """Let str() of a failed connection say what we know about it."""

    def text(self: openai.APIConnectionError) -> str:
        said = Exception.__str__(self)
        request = getattr(self, "request", None)
        note = request.extensions.get(_NOTE) if isinstance(request, httpx2.Request) else None
        return f"{said} {note}" if note and said in _BARE else said

    openai.APIConnectionError.__str__ = text  # type: ignore[method-assign]
