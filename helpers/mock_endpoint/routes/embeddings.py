"""POST /embeddings."""

from __future__ import annotations

from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from .. import replies, vectors
from ..requests import read_embedding_request
from ..service import Service
from ..transport import as_json, read_json
from .prefixes import EVERYWHERE


def embedding_routes(service: Service) -> list[Route]:
    """One vector a text."""

    async def embed(request: Request) -> Response:
        value = await read_json(request)
        return await run_in_threadpool(embedded, value, request.path_params.get("deployment"))

    def embedded(value: Any, deployment: str | None) -> Response:
        asked = read_embedding_request(value, service.config, deployment)
        found = vectors.shortened(vectors.embedder().embed(asked.texts), asked.dimensions)
        return as_json(replies.embeddings(asked, found))

    return [Route(f"{prefix}/embeddings", service.handled(embed), methods=["POST"]) for prefix in EVERYWHERE]
