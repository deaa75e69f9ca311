"""POST /moderations."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ...service import Service
from ..moderations import moderate
from ..transport import as_json, read_json
from .prefixes import V1


def moderation_routes(service: Service) -> list[Route]:
    """Scores of harm for texts. Azure has no such route: its content filter sits in the replies."""

    async def create(request: Request) -> Response:
        return as_json(await run_in_threadpool(moderate, await read_json(request), service.randomness))

    return [Route(f"{prefix}/moderations", service.handled(create), methods=["POST"]) for prefix in V1]
