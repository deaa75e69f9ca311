"""POST /embeddings."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ...meaning import vectors
from ...service import Service
from .. import replies
from ..requests import EmbeddingRequest, read_embedding_request
from ..transport import as_json, is_short, read_json
from .prefixes import EVERYWHERE


def embedding_routes(service: Service) -> list[Route]:
    """One vector a text."""

    async def embed(request: Request) -> Response:
        value = await read_json(request)
        deployment = request.path_params.get("deployment")
        if not is_short(await request.body()):
            return await run_in_threadpool(lambda: embedded(read_embedding_request(value, service.config, deployment)))
        asked = read_embedding_request(value, service.config, deployment)
        ready = vectors.embedder().remembers(asked.texts)
        return embedded(asked) if ready else await run_in_threadpool(embedded, asked)

    def embedded(asked: EmbeddingRequest) -> Response:
        found = vectors.shortened(vectors.embedder().embed(asked.texts), asked.dimensions)
        return as_json(replies.embeddings(asked, found))

    return [Route(f"{prefix}/embeddings", service.handled(embed), methods=["POST"]) for prefix in EVERYWHERE]
