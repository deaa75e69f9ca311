"""POST /chat/completions."""

from __future__ import annotations

from collections.abc import Iterator

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from .. import replies
from ..completion import is_ready
from ..requests import ChatRequest, read_chat_request
from ..service import Service
from ..transport import as_events, as_json, is_short, read_json, to_json
from .prefixes import EVERYWHERE


def chat_routes(service: Service) -> list[Route]:
    """Replies whole, or as a stream of chunks."""

    async def chat(request: Request) -> Response:
        value = await read_json(request)
        deployment = request.path_params.get("deployment")
        if not is_short(await request.body()):
            return await run_in_threadpool(lambda: answered(read_chat_request(value, service.config, deployment)))
        asked = read_chat_request(value, service.config, deployment)
        return answered(asked) if is_ready(asked) else await run_in_threadpool(answered, asked)

    def answered(asked: ChatRequest) -> Response:
        completion = service.answer(asked)
        at = replies.created(service.seeded)
        if not asked.stream:
            return as_json(replies.chat_completion(asked, completion, at))

        def events() -> Iterator[bytes]:
            for chunk in replies.chat_chunks(asked, completion, at):
                yield b"data: " + to_json(chunk) + b"\n\n"
            yield b"data: [DONE]\n\n"

        return as_events(events())

    return [Route(f"{prefix}/chat/completions", service.handled(chat), methods=["POST"]) for prefix in EVERYWHERE]
