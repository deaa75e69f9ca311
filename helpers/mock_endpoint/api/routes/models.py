"""GET /models and /models/{model}."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ...config import MODELS, Model
from ...service import Service
from .. import errors, replies
from ..transport import as_json
from .prefixes import AZURE, V1


def model_routes(service: Service) -> list[Route]:
    """What is served, as a list and one by one; Azure's dated versions of the API describe it in a way of their own."""

    async def every(request: Request) -> Response:
        described = _described(request)
        listed = {"object": "list", "data": [described(model) for model in MODELS.values()]}
        return as_json(json.dumps(listed).encode())

    async def one(request: Request) -> Response:
        described = _described(request)
        name = request.path_params["model"]
        served = service.config.model(name)
        if served is None:
            raise errors.unknown_model(name)
        return as_json(json.dumps(described(served)).encode())

    return [
        route
        for prefix in (*V1, AZURE)
        for route in (
            Route(f"{prefix}/models", service.handled(every)),
            Route(f"{prefix}/models/{{model:path}}", service.handled(one)),
        )
    ]


def _described(request: Request) -> Callable[[Model], dict[str, Any]]:
    """The function that describes a model as the asked route does. Azure's route exists only with an api-version."""
    if not request.url.path.startswith(f"{AZURE}/models"):
        return _as_openai
    if not request.query_params.get("api-version"):
        raise errors.azure_unknown_route()
    return replies.azure_model


def _as_openai(model: Model) -> dict[str, Any]:
    return replies.model(model).model_dump(exclude_unset=True)
