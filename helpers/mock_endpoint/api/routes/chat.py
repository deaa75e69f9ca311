"""POST /chat/completions."""

from __future__ import annotations

from collections.abc import Iterator

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ...remembered import Remembered
from ...service import Service
from .. import replies
from ..requests import ChatRequest, read_chat_request
from ..transport import as_events, as_json, is_short, read_json, to_json
from .prefixes import EVERYWHERE


def chat_routes(service: Service) -> list[Route]:
    """Replies whole, or as a stream of chunks."""

    # What is sent over and over is read once.
    read: Remembered[tuple[bytes, str | None], ChatRequest] = Remembered(entries=500, size=4_000_000)

    async def chat(request: Request) -> Response:
        deployment = request.path_params.get("deployment")
        body = await request.body()
        if not is_short(body):
            value = await read_json(request)
            return await run_in_threadpool(lambda: answered(read_chat_request(value, service.config, deployment)))
        asked = read.get((body, deployment))
        if asked is None:
            asked = read_chat_request(await read_json(request), service.config, deployment)
            read.put((body, deployment), asked, 4 * len(body))
        return answered(asked) if service.is_ready(asked) else await run_in_threadpool(answered, asked)

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
