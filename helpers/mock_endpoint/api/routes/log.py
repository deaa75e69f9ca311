"""GET /workbook/log: where a class stands, for its trainer. The route exists while a log is kept."""

from __future__ import annotations

import json

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ...service import Service
from ..transport import as_json


def log_routes(service: Service) -> list[Route]:
    """Learners, those who seem stuck first; what is left of each key's limits; the last requests (?last=50)."""
    tenants = service.tenants
    log = tenants.log if tenants is not None else None
    if tenants is None or log is None:
        return []

    async def shown(request: Request) -> Response:
        last = request.query_params.get("last", "")
        count = int(last) if last.isdecimal() else 50
        entries = log.entries()
        state = {
            "learners": log.learners(),
            "quotas": tenants.quotas(),
            "requests": entries[max(len(entries) - count, 0) :],
        }
        return as_json(json.dumps(state, indent=1).encode())

    return [Route("/workbook/log", service.handled(shown))]
