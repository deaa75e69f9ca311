"""Lists of the API, a page at a time: `limit`, `order` and the cursor `after`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request

from . import errors
from .fields import Fields


def page(request: Request, rows: Sequence[Mapping[str, Any]], most: int = 100, usual: int = 20) -> bytes:
    """The JSON of the page that a request's query asks for. rows: the oldest first, each with an `id`.

    Raises ApiError for a limit out of range and for a cursor that is no row's id.
    """
    query: dict[str, Any] = dict(request.query_params)
    if "limit" in query:
        query["limit"] = (
            int(query["limit"]) if query["limit"].isdecimal() and len(query["limit"]) < 9 else query["limit"]
        )
    fields = Fields(query)
    limit = fields.integer("limit", 1, most) or usual
    order = fields.choice("order", ("asc", "desc")) or "desc"
    after = fields.string("after")
    listed = list(rows) if order == "asc" else list(reversed(rows))
    start = 0
    if after:
        ids = [row["id"] for row in listed]
        if after not in ids:
            raise errors.invalid_value("after", f"Invalid 'after': no item with id '{after}' in this list.")
        start = ids.index(after) + 1
    shown = listed[start : start + limit]
    found = {
        "object": "list",
        "data": shown,
        "first_id": shown[0]["id"] if shown else None,
        "last_id": shown[-1]["id"] if shown else None,
        "has_more": start + limit < len(listed),
    }
    return json.dumps(found).encode("utf-8")
