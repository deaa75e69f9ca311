"""The HTTP clients that openai and LangChain are given: with the ledger, the proxy and the certificates in them, and
with errors that say what to do where the network's own would say "Connection error".
"""

from __future__ import annotations

import re
from typing import Any

import httpx2
from openai import APIConnectionError

from helpers.causes import WEB_PAGE, Cause, HasCause, cause_of
from helpers.ledger import AsyncLedgerClient, LedgerClient

# "Incorrect API key provided: sk-pr***4711."
KEY_IN_A_MESSAGE = re.compile(r"(?<=provided: )[^\s\"]*[^\s\".]")
OF_THE_BODY = ("content-length", "content-encoding", "transfer-encoding", "content-type")


class NoConnection(HasCause, APIConnectionError):
    """The call did not reach the API, for a cause that trying again does not cure; `cause` says which."""

    def __init__(self, cause: Cause, request: httpx2.Request):
        self.cause = cause
        host = request.url.host
        super().__init__(message=f"{host}: {cause.what}. Next step: {cause.next_step}.", request=request)


class Client(LedgerClient):
    """A ledger's client that explains what keeps it from the API."""

    def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        try:
            response = super().send(request, **options)
        except httpx2.TransportError as error:
            raise _explained(error, request) from error
        if _is_web_page(response):
            response.close()
            raise NoConnection(WEB_PAGE, response.request)
        if response.status_code == 401:
            response.read()
            return _without_key(response)
        return response


class AsyncClient(AsyncLedgerClient):
    """The same for asyncio."""

    async def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        try:
            response = await super().send(request, **options)
        except httpx2.TransportError as error:
            raise _explained(error, request) from error
        if _is_web_page(response):
            await response.aclose()
            raise NoConnection(WEB_PAGE, response.request)
        if response.status_code == 401:
            await response.aread()
            return _without_key(response)
        return response


def _explained(error: httpx2.TransportError, request: httpx2.Request) -> Exception:
    """The error itself where the openai client should try again."""
    cause = cause_of(error)
    return NoConnection(cause, request) if cause.settled and not isinstance(error, httpx2.ReadError) else error


def _without_key(response: httpx2.Response) -> httpx2.Response:
    """The same refusal without the key, or parts of it, that OpenAI quotes in its message."""
    request = response.request
    sent = [request.headers.get("api-key", ""), request.headers.get("authorization", "").removeprefix("Bearer ")]
    text = KEY_IN_A_MESSAGE.sub("(not shown)", response.text)
    for key in filter(None, sent):
        text = text.replace(key, "(not shown)")
    headers = [(name, value) for name, value in response.headers.multi_items() if name not in OF_THE_BODY]
    return httpx2.Response(401, headers=headers, text=text, request=request, extensions=response.extensions)


def _is_web_page(response: httpx2.Response) -> bool:
    # A 5xx with a page is a gateway in trouble: the client tries again.
    return response.status_code < 500 and response.headers.get("content-type", "").startswith("text/html")
