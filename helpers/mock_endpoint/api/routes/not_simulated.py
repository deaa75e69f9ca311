"""Parts of the API that this endpoint has not: a plain 400 says so, where a 404 would look like a wrong address."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ...service import Service
from .. import errors
from .prefixes import WITHOUT_DEPLOYMENT

# The first part of a path -> what is missing, and what there is instead.
_PARTS = {
    "fine_tuning": "fine-tuning: a training file can be uploaded and is checked, but nothing is trained",
    "completions": "completions of the old form; use chat completions or responses",
    "conversations": "the Conversations API; use 'previous_response_id' of a response",
    "assistants": "the Assistants API; use responses",
    "threads": "the Assistants API; use responses",
    "vector_stores": "vector stores; keep an index of your own with embeddings",
    "uploads": "uploads in parts; use files",
    "evals": "evals",
    "images": "images",
    "audio": "audio",
    "realtime": "the Realtime API",
    "videos": "videos",
    "containers": "containers",
}
_METHODS = ["GET", "POST", "DELETE"]


def not_simulated_routes(service: Service) -> list[Route]:
    """Each such part, with all that lies under it."""

    def refusing(part: str) -> list[Route]:
        async def refuse(request: Request) -> Response:
            raise errors.route_not_simulated(_PARTS[part])

        handler = service.handled(refuse)
        paths = [f"{prefix}/{part}{rest}" for prefix in WITHOUT_DEPLOYMENT for rest in ("", "/{rest:path}")]
        return [Route(path, handler, methods=_METHODS) for path in paths]

    return [route for part in _PARTS for route in refusing(part)]
