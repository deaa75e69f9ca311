"""A failed connection in the reader's words: what happened, where, and what to do next.

The openai package says "Connection error." or "Request timed out." and keeps the cause behind it; LangChain copies
that. Both hand on the request, so the explanation travels with it and stands in the exception's text, after the
package's own words. The cause stays where it was. Exceptions of clients that are not ours are left as they are.
"""

from __future__ import annotations

import errno
import os
import ssl
import urllib.request
from functools import cache

import httpx2
import openai

_NOTE = "workbook_explanation"
_BARE = ("Connection error.", "Request timed out.")
_NEXT = "Next: run `workbook doctor` in a terminal, or work on the mock for now: connect('mock')."


def explain(request: httpx2.Request, error: BaseException, events: int | None = None) -> None:
    """Attach the explanation of a failed connection to its request. events: of the stream, that arrived before."""
    if isinstance(error, httpx2.HTTPError):
        _install()
        request.extensions[_NOTE] = explanation(request, error, events)


def explanation(request: httpx2.Request, error: httpx2.HTTPError, events: int | None = None) -> str:
    """What happened, where, and what to do next, in two or three sentences."""
    host = request.url.host + (f":{request.url.port}" if request.url.port else "")
    retries = request.headers.get("x-stainless-retry-count", "0")
    tries = f", at the {int(retries) + 1}th try" if retries.isdigit() and int(retries) > 1 else ""
    if events is not None:
        return _broken_stream(host, error, events, request)
    return f"{_what(host, error, request)}{tries}. {_NEXT}"


def _broken_stream(host: str, error: httpx2.HTTPError, events: int, request: httpx2.Request) -> str:
    if isinstance(error, httpx2.TimeoutException):
        what = f"{host} fell silent in the middle of a stream{_limit(request)}"
    else:
        what = f"The connection to {host} broke off in the middle of a stream"
    came = f"after {events} event{'s' if events != 1 else ''}" if events else "before its first event"
    return f"{what}, {came}. No client repeats a stream by itself: ask again, and if it breaks again, {_NEXT[6:]}"


def _what(host: str, error: httpx2.HTTPError, request: httpx2.Request) -> str:
    cause = _root(error)
    proxy = _proxy(request)
    if isinstance(error, httpx2.ProxyError):
        return f"The proxy ({proxy or 'of this machine'}) did not let the request through to {host}: {_words(error)}"
    if isinstance(error, httpx2.PoolTimeout):
        return f"Too many calls to {host} at a time: one waited too long for its turn"
    if isinstance(error, httpx2.ConnectTimeout):
        return f"{host} cannot be reached: no answer to the connection{_limit(request)}"
    if isinstance(error, httpx2.TimeoutException):
        return f"{host} took the request and sent no answer{_limit(request)}"
    if isinstance(cause, ssl.SSLCertVerificationError):
        return (
            f"The certificate of {host} is not one that this machine trusts ({cause.verify_message}); behind a "
            "company's proxy, SSL_CERT_FILE has to name its certificates"
        )
    if isinstance(cause, OSError) and getattr(cause, "errno", None) == errno.ECONNREFUSED:
        by = f"the proxy {proxy}, which should lead to {host}" if proxy else host
        return f"Nothing listens at {by} (connection refused)"
    if isinstance(cause, OSError) and type(cause).__name__ == "gaierror":
        return f"No machine named {proxy or host} is known: is the address right, and is the network there"
    if isinstance(error, httpx2.ConnectError):
        return f"No connection to {host} came about ({_words(cause)})"
    return f"{host} closed the connection without an answer ({_words(cause)})"


def _root(error: BaseException) -> BaseException:
    """The first cause; anyio hides it in a group of attempts."""
    for _ in range(12):
        if isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
            continue
        following = error.__cause__ or error.__context__
        if following is None:
            break
        error = following
    return error


def _words(error: BaseException) -> str:
    from helpers.masking import without_keys

    text = without_keys(getattr(error, "strerror", None) or str(error) or type(error).__name__).strip()
    return text.splitlines()[0][:160]


def _limit(request: httpx2.Request) -> str:
    seconds = (request.extensions.get("timeout") or {}).get("read")
    return f" within {seconds:g} s" if isinstance(seconds, int | float) else ""


def _proxy(request: httpx2.Request) -> str:
    """Host of the proxy that such a request goes through; never its user and password."""
    host = request.url.host
    address = urllib.request.getproxies().get(request.url.scheme) or os.environ.get("ALL_PROXY", "")
    if not address or urllib.request.proxy_bypass(host):
        return ""
    return httpx2.URL(address if "://" in address else f"http://{address}").host


@cache
def _install() -> None:
    """Let str() of a failed connection say what we know about it."""

    def text(self: openai.APIConnectionError) -> str:
        said = Exception.__str__(self)
        request = getattr(self, "request", None)
        note = request.extensions.get(_NOTE) if isinstance(request, httpx2.Request) else None
        return f"{said} {note}" if note and said in _BARE else said

    openai.APIConnectionError.__str__ = text  # type: ignore[method-assign]
