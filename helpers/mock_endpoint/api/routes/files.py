"""The Files API: upload, list, retrieve, content, delete."""

from __future__ import annotations

import json

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ...service import Service
from .. import replies
from ..files import errors
from ..files.store import StoredFile
from ..files.upload import read_upload
from ..paging import page
from ..transport import as_json, owner_of
from .prefixes import WITHOUT_DEPLOYMENT

_MOST_LISTED = 10_000


def file_routes(service: Service) -> list[Route]:
    """Files of the key that asks."""

    async def upload(request: Request) -> Response:
        sent = await read_upload(request)
        at = replies.created(service.seeded)
        file = await run_in_threadpool(
            service.files.add, owner_of(request), sent.filename, sent.purpose, sent.content, at, sent.lifetime
        )
        return as_json(json.dumps(file.as_object()).encode())

    def found(request: Request) -> StoredFile:
        identity = request.path_params["file"]
        file = service.files.find(owner_of(request), identity)
        if file is None:
            raise errors.unknown_file(identity)
        return file

    async def every(request: Request) -> Response:
        purpose = request.query_params.get("purpose")
        rows = [f.as_object() for f in service.files.of(owner_of(request)) if purpose in (None, f.purpose)]
        return as_json(page(request, rows, _MOST_LISTED, _MOST_LISTED))

    async def one(request: Request) -> Response:
        return as_json(json.dumps(found(request).as_object()).encode())

    async def content(request: Request) -> Response:
        return Response(found(request).content, media_type="application/octet-stream")

    async def delete(request: Request) -> Response:
        identity = found(request).id
        service.files.remove(owner_of(request), identity)
        return as_json(json.dumps({"id": identity, "object": "file", "deleted": True}).encode())

    return [
        Route(prefix + path, service.handled(handler), methods=[method])
        for prefix in WITHOUT_DEPLOYMENT
        for method, path, handler in (
            ("POST", "/files", upload),
            ("GET", "/files", every),
            ("GET", "/files/{file}", one),
            ("GET", "/files/{file}/content", content),
            ("DELETE", "/files/{file}", delete),
        )
    ]
