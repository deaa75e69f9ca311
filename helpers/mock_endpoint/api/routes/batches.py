"""The Batch API: create, retrieve, list, cancel."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ...service import Service
from .. import replies
from ..batches.job import BatchJob
from ..batches.lines import without_version
from ..batches.queue import BatchQueue
from ..batches.work import ANSWERS, steps
from ..errors import not_simulated
from ..fields import Fields
from ..files import errors
from ..files.upload import read_lifetime
from ..metadata import read_metadata
from ..paging import page
from ..transport import as_json, owner_of, read_json
from .prefixes import WITHOUT_DEPLOYMENT

_FIELDS = frozenset({"completion_window", "endpoint", "input_file_id", "metadata", "output_expires_after"})
_NOT_ANSWERED = ("/v1/completions", "/v1/images/generations", "/v1/images/edits", "/v1/videos")


def batch_routes(service: Service) -> list[Route]:
    """Batches of the key that asks."""

    def work_on(job: BatchJob) -> Iterator[None]:
        return steps(service, ANSWERS[without_version(job.endpoint)], job)

    queue = BatchQueue(work_on, service.config.seed)

    async def create(request: Request) -> Response:
        job = read(await read_json(request), owner_of(request))
        queue.add(job)
        response = shown(job)
        response.background = BackgroundTask(queue.work)
        return response

    def read(value: Any, owner: str) -> BatchJob:
        body = Fields(value)
        body.only(_FIELDS)
        identity = body.string("input_file_id", required=True) or ""
        endpoint = body.string("endpoint", required=True) or ""
        if endpoint in _NOT_ANSWERED:
            raise not_simulated("endpoint", f"batches of {endpoint}")
        if without_version(endpoint) not in ANSWERS:
            body.choice("endpoint", [f"/v1{path}" for path in ANSWERS])
        body.choice("completion_window", ("24h",), required=True)
        lifetime = read_lifetime(body.object("output_expires_after"))
        metadata = read_metadata(body)
        file = service.files.find(owner, identity)
        if file is None:
            raise errors.unknown_file(identity)
        if file.purpose != "batch":
            raise errors.not_a_batch_file(identity, file.purpose)
        at = replies.created(service.seeded)
        return BatchJob(queue.new_id(endpoint, identity), owner, endpoint, identity, at, metadata, lifetime)

    def found(request: Request) -> BatchJob:
        identity = request.path_params["batch"]
        job = queue.jobs.get(owner_of(request), identity)
        if job is None:
            raise errors.unknown_batch(identity)
        return job

    async def every(request: Request) -> Response:
        return as_json(page(request, [job.as_object() for job in queue.jobs.of(owner_of(request))]))

    async def retrieve(request: Request) -> Response:
        return shown(found(request))

    async def cancel(request: Request) -> Response:
        job = found(request)
        if not job.cancel(replies.created(service.seeded)):
            raise errors.batch_is_over(job.status)
        return shown(job)

    return [
        Route(prefix + path, service.handled(handler), methods=[method])
        for prefix in WITHOUT_DEPLOYMENT
        for method, path, handler in (
            ("POST", "/batches", create),
            ("GET", "/batches", every),
            ("GET", "/batches/{batch}", retrieve),
            ("POST", "/batches/{batch}/cancel", cancel),
        )
    ]


def shown(job: BatchJob) -> Response:
    return as_json(json.dumps(job.as_object()).encode())
