"""GET /models and /models/{model}."""

from __future__ import annotations

import json

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from .. import errors, replies
from ..config import MODELS
from ..service import Service
from ..transport import as_json
from .prefixes import V1


def model_routes(service: Service) -> list[Route]:
    """What is served, as a list and one by one."""

    async def every(request: Request) -> Response:
        served = [replies.model(model).model_dump() for model in MODELS.values()]
        return as_json(json.dumps({"object": "list", "data": served}).encode())

    async def one(request: Request) -> Response:
        name = request.path_params["model"]
        served = service.config.model(name)
        if served is None:
            raise errors.unknown_model(name)
        return as_json(replies.model(served))

    return [
        route
        for prefix in V1
        for route in (
            Route(f"{prefix}/models", service.handled(every)),
            Route(f"{prefix}/models/{{model:path}}", service.handled(one)),
        )
    ]
