"""Between HTTP and the routes: JSON bodies in, JSON and server-sent events out, errors in each API's shape, headers."""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
import time
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from . import errors

# On a reply that a live endpoint made; it is not simulated, and keeps the headers that it came with.
LIVE = "x-workbook-live"
_EVENTS_IN_A_TURN = 16


def is_azure(request: Request) -> bool:
    """Whether one of Azure's routes was asked."""
    return request.scope["path"].startswith("/openai/")


def key_of(request: Request) -> str:
    """The API key that a request carries, empty when it has none; Azure's header counts on Azure's routes."""
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    key = bearer.strip() if scheme.lower() == "bearer" else ""
    return request.headers.get("api-key", key) if is_azure(request) else key


def owner_of(request: Request) -> str:
    """Whose things a request may see: one name for each key, which does not tell the key."""
    return hashlib.sha256(key_of(request).encode()).hexdigest()


# Made once: json.loads with an argument of ours would make one for each request.
_DECODER = json.JSONDecoder(parse_constant=lambda name: _no_constant(name))


def is_short(content: bytes) -> bool:
    """Whether a body is read in less time than it takes to hand it to another thread. Pictures take longer."""
    return len(content) <= 8_000 and b"image" not in content


async def read_json(request: Request) -> Any:
    """The JSON value of a request's body. Raises ApiError when there is none."""
    try:
        return parse_json(await request.body())
    except ValueError:
        raise errors.unparseable() from None


def parse_json(content: bytes) -> Any:
    """The value of JSON as a client may send it. Raises ValueError."""
    try:
        value = _DECODER.decode(content.decode(json.detect_encoding(content), "surrogatepass"))
        return _with_whole_characters(value) if b"\\ud" in content.lower() else value
    except RecursionError:
        raise ValueError("the JSON is nested too deeply") from None


def _with_whole_characters(value: Any) -> Any:
    """JSON can hold half a character (`\\ud83d`), which no reply could carry; it becomes the replacement character."""
    text = json.dumps(value, ensure_ascii=False)
    return json.loads(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def to_json(reply: BaseModel) -> bytes:
    """A reply's JSON, under the API's names. Fields that were not set stay out, as the API leaves them out."""
    # A base64 vector stands in a field typed as a list of numbers; without warnings=False pydantic would remark on it.
    return reply.model_dump_json(exclude_unset=True, by_alias=True, warnings=False).encode("utf-8", "replace")


def as_json(reply: BaseModel | bytes, status: int = 200) -> Response:
    """A reply, or JSON that is ready."""
    content = reply if isinstance(reply, bytes) else to_json(reply)
    return Response(content, status, media_type="application/json")


def as_events(events: Iterable[bytes]) -> Response:
    """Server-sent events, each given whole with its line ends, sent one by one.

    What makes them never waits, so now and then others get their turn: other clients, and the news that this one left.
    """

    async def one_by_one() -> Any:
        for position, event in enumerate(events):
            yield event
            if position % _EVENTS_IN_A_TURN == 0:
                await asyncio.sleep(0)

    return StreamingResponse(one_by_one(), media_type="text/event-stream; charset=utf-8")


def as_error(error: errors.ApiError, request: Request) -> Response:
    """An error in the shape of the API that was asked."""
    if error.code == "model_not_found" and is_azure(request):
        error = errors.unknown_deployment()
    return as_json(json.dumps(error.body()).encode(), error.status)


def with_headers(response: Response, request: Request, started: float) -> Response:
    """The response with the headers that every reply of the API has; started is time.perf_counter() on arrival.

    A live reply has its own, and a simulated latency has said already how long the reply took.
    """
    if LIVE in response.headers:
        return response
    # Of no secret, so not from `secrets`, which would let another thread run in between.
    identity = f"req_{random.getrandbits(128):032x}"
    headers = {"x-workbook-simulated": "true", "x-request-id": identity, "openai-version": "2020-10-01"}
    if "openai-processing-ms" not in response.headers:
        headers["openai-processing-ms"] = str(round((time.perf_counter() - started) * 1000))
    if is_azure(request):
        headers["apim-request-id"] = identity
    # None of these is there yet; setting them one by one would look for each among all.
    response.raw_headers.extend((name.encode(), value.encode()) for name, value in headers.items())
    return response
