"""The events of a streamed Response, in the order of the API: they add up to the Response that does not stream."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count
from typing import TYPE_CHECKING, Any

from openai.types import responses as api

from ...completion import pieces
from ..replies import logprob, rows_by_piece
from ..shapes import made

if TYPE_CHECKING:
    from pydantic import BaseModel

    from ...completion import Choice
    from ...sampling import TokenLogprob

_ENDS = {
    "completed": (api.ResponseCompletedEvent, "response.completed"),
    "incomplete": (api.ResponseIncompleteEvent, "response.incomplete"),
    "failed": (api.ResponseFailedEvent, "response.failed"),
}


def events(response: api.Response, choice: Choice) -> Iterator[BaseModel]:
    """Every event with its sequence_number. response: the whole reply, made from the choice."""
    numbers = count()
    begun = response.model_copy(
        update={"status": "in_progress", "output": [], "usage": None, "completed_at": None, "incomplete_details": None}
    )

    def event(kind: type[BaseModel], name: str, **fields: Any) -> BaseModel:
        return made(kind, type=name, sequence_number=next(numbers), **fields)

    yield event(api.ResponseCreatedEvent, "response.created", response=begun)
    yield event(api.ResponseInProgressEvent, "response.in_progress", response=begun)
    for index, item in enumerate(response.output):
        empty: dict[str, Any] = {"content": []} if item.type == "message" else {"arguments": ""}
        added = item.model_copy(update={"status": "in_progress"} | empty)
        yield event(api.ResponseOutputItemAddedEvent, "response.output_item.added", output_index=index, item=added)
        inner = _of_message(item, choice) if item.type == "message" else _of_call(item)
        for kind, name, fields in inner:
            yield event(kind, name, item_id=item.id, output_index=index, **fields)
        yield event(api.ResponseOutputItemDoneEvent, "response.output_item.done", output_index=index, item=item)
    kind, name = _ENDS[response.status or "completed"]
    yield event(kind, name, response=response)


def _of_message(message: Any, choice: Choice) -> Iterator[tuple[type[BaseModel], str, dict[str, Any]]]:
    for at, part in enumerate(message.content):
        place = {"content_index": at}
        text = part.type == "output_text"
        empty = {"text": "", "logprobs": []} if text else {"refusal": ""}
        added = place | {"part": part.model_copy(update=empty)}
        yield api.ResponseContentPartAddedEvent, "response.content_part.added", added
        if text:
            for piece, rows in zip(choice.pieces, rows_by_piece(choice), strict=True):
                delta = place | {"delta": piece, "logprobs": _logprobs(rows)}
                yield api.ResponseTextDeltaEvent, "response.output_text.delta", delta
            done = place | {"text": part.text, "logprobs": _logprobs(choice.logprobs or ())}
            yield api.ResponseTextDoneEvent, "response.output_text.done", done
        else:
            for piece in pieces(part.refusal):
                yield api.ResponseRefusalDeltaEvent, "response.refusal.delta", place | {"delta": piece}
            yield api.ResponseRefusalDoneEvent, "response.refusal.done", place | {"refusal": part.refusal}
        yield api.ResponseContentPartDoneEvent, "response.content_part.done", place | {"part": part}


def _of_call(call: Any) -> Iterator[tuple[type[BaseModel], str, dict[str, Any]]]:
    for piece in pieces(call.arguments):
        delta = {"delta": piece}
        yield api.ResponseFunctionCallArgumentsDeltaEvent, "response.function_call_arguments.delta", delta
    done = {"arguments": call.arguments}
    yield api.ResponseFunctionCallArgumentsDoneEvent, "response.function_call_arguments.done", done


def _logprobs(rows: Sequence[TokenLogprob]) -> list[dict[str, Any]]:
    """As the events have them: without the bytes that the whole Response has."""
    return [
        {
            "token": row.token,
            "logprob": row.logprob,
            "top_logprobs": [{"token": top.token, "logprob": top.logprob} for top in row.top_logprobs],
        }
        for row in map(logprob, rows)
    ]
