"""The path of a reply to POST /responses, for the route and for the lines of a batch."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from .. import replies
from .body import Known, ResponseRequest, read_response_request
from .reply import as_items, response, with_ids

if TYPE_CHECKING:
    from openai.types.responses import Response

    from ...completion import Choice
    from ...service import Service


def known(service: Service, owner: str) -> Known:
    """What a body of this key can refer to."""
    items = cache(lambda: service.responses.items(owner))
    return Known(
        response=lambda identity: service.responses.find(owner, identity),
        item=lambda identity: items().get(identity),
        image=lambda identity: service.files.as_data_url(owner, identity),
    )


def respond(service: Service, value: Any, owner: str) -> tuple[ResponseRequest, Response, Choice]:
    """Read a body, answer it, and keep the reply if it is to be stored. Raises ApiError."""
    request = read_response_request(value, service.config, known(service, owner))
    completion = service.answer(request.asked)
    reply = response(request, completion, replies.created(service.seeded))
    if request.store:
        # Before the first event: the client may go on from this reply as soon as it has read the last one.
        items = with_ids(request.items, reply.id)
        service.responses.keep(owner, reply, request.before, items, as_items(reply.output))
    return request, reply, completion.choices[0]
