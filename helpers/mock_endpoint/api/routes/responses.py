"""The Responses API: POST /responses, what it keeps, and the count of its input tokens."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ...service import Service
from ..errors import route_not_simulated
from ..paging import page
from ..responses import errors
from ..responses.answer import known, respond
from ..responses.body import count_input
from ..responses.events import events
from ..responses.store import StoredResponse
from ..transport import as_events, as_json, owner_of, read_json, to_json
from .prefixes import WITHOUT_DEPLOYMENT


def response_routes(service: Service) -> list[Route]:
    """Replies whole or as events; stored replies by id, for the key that made them."""

    async def create(request: Request) -> Response:
        return await run_in_threadpool(answered, await read_json(request), owner_of(request))

    def answered(value: Any, owner: str) -> Response:
        asked, reply, choice = respond(service, value, owner)
        if not asked.asked.stream:
            return as_json(reply)

        def lines() -> Iterator[bytes]:
            for event in events(reply, choice):
                yield b"event: " + event.type.encode() + b"\ndata: " + to_json(event) + b"\n\n"  # type: ignore[attr-defined]

        return as_events(lines())

    def stored(request: Request) -> StoredResponse:
        identity = request.path_params["response"]
        found = service.responses.find(owner_of(request), identity)
        if found is None:
            raise errors.unknown_response(identity)
        return found

    async def retrieve(request: Request) -> Response:
        found = stored(request)
        if request.query_params.get("stream") == "true":
            raise errors.cannot_stream_again()
        return as_json(found.response)

    async def delete(request: Request) -> Response:
        identity = stored(request).response.id
        service.responses.remove(owner_of(request), identity)
        return as_json(json.dumps({"id": identity, "object": "response", "deleted": True}).encode())

    async def cancel(request: Request) -> Response:
        raise errors.not_in_background(stored(request).response.id)

    async def input_items(request: Request) -> Response:
        return as_json(page(request, stored(request).given))

    async def compact(request: Request) -> Response:
        raise route_not_simulated("the compaction of a conversation")

    async def count(request: Request) -> Response:
        counted = await run_in_threadpool(
            count_input, await read_json(request), service.config, known(service, owner_of(request))
        )
        return as_json(json.dumps({"object": "response.input_tokens", "input_tokens": counted}).encode())

    return [
        Route(prefix + path, service.handled(handler), methods=[method])
        for prefix in WITHOUT_DEPLOYMENT
        for method, path, handler in (
            ("POST", "/responses", create),
            ("POST", "/responses/input_tokens", count),
            ("POST", "/responses/compact", compact),
            ("GET", "/responses/{response}", retrieve),
            ("DELETE", "/responses/{response}", delete),
            ("POST", "/responses/{response}/cancel", cancel),
            ("GET", "/responses/{response}/input_items", input_items),
        )
    ]
