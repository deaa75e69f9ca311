"""The Response object, built with the openai package's own types from a Completion."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from openai.types.responses import (
    Response,
    ResponseFunctionToolCall,
    ResponseOutputMessage,
    ResponseOutputRefusal,
    ResponseOutputText,
    ResponseUsage,
)
from openai.types.responses.response import IncompleteDetails
from openai.types.responses.response_usage import InputTokensDetails, OutputTokensDetails

from ..replies import logprob
from ..shapes import made

if TYPE_CHECKING:
    from openai.types.responses import ResponseOutputItem

    from ...completion import Choice, Completion
    from ..requests import ToolCall
    from .body import ResponseRequest
    from .items import Item

_UNFINISHED = {"length": "max_output_tokens", "content_filter": "content_filter"}
_PREFIXES = {"message": "msg", "function_call": "fc", "function_call_output": "fco"}


def response(request: ResponseRequest, completion: Completion, at: int) -> Response:
    """The whole reply. Its ids are derived from the completion's, so they repeat where a seed makes that repeat."""
    identity = f"resp_{_digest(completion.id)}"
    [choice] = completion.choices
    reason = _UNFINISHED.get(choice.finish_reason)
    return made(
        Response,
        id=identity,
        object="response",
        created_at=at,
        status="incomplete" if reason else "completed",
        completed_at=None if reason else at,
        error=None,
        incomplete_details=made(IncompleteDetails, reason=reason) if reason else None,
        model=request.asked.model.name,
        output=_output(identity, choice, unfinished=reason is not None),
        usage=_usage(completion),
        **_content_filters(completion),
        **request.echo,
    )


def _content_filters(completion: Completion) -> dict[str, Any]:
    """Azure's annotations, where its content filter is on: of the prompt, and of what was said."""
    if completion.prompt_filter is None:
        return {}
    found = [("prompt", completion.prompt_filter, 0)]
    found += [("completion", choice.filter or {}, len(choice.text)) for choice in completion.choices]
    filters = [
        {
            "blocked": any(result["filtered"] for result in results.values()),
            "source_type": source,
            "content_filter_results": results,
            "content_filter_offsets": {"start_offset": 0, "end_offset": length, "check_offset": 0},
        }
        for source, results, length in found
    ]
    return {"content_filters": filters}


def with_ids(items: Sequence[Item], identity: str) -> list[Item]:
    """Input items as they are stored: those that came without an id get one."""
    return [
        item if item["id"] else item | {"id": f"{_PREFIXES[item['type']]}_{_digest(identity, f'input {i}')}"}
        for i, item in enumerate(items)
    ]


def as_items(output: Sequence[ResponseOutputItem]) -> list[Item]:
    """Output items as the next turn of a conversation reads them."""
    return [item.model_dump(mode="json", exclude_unset=True, warnings=False) for item in output]


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:48]


def _output(identity: str, choice: Choice, *, unfinished: bool) -> list[Any]:
    """A message, or the functions that are called; nothing when the limit came before the first token."""
    items: list[Any] = []
    if choice.text or not (choice.calls or unfinished):
        message = _message(f"msg_{_digest(identity, 'output')}", choice)
        items.append(message)
    items += [_call(f"fc_{_digest(identity, call.id)}", call) for call in choice.calls]
    if unfinished and items:
        items[-1].status = "incomplete"
    return items


def _message(identity: str, choice: Choice) -> ResponseOutputMessage:
    rows = [logprob(row).model_dump() for row in choice.logprobs or ()]
    text: ResponseOutputText | ResponseOutputRefusal
    if choice.refusal:
        text = made(ResponseOutputRefusal, type="refusal", refusal=choice.text)
    else:
        text = made(ResponseOutputText, type="output_text", annotations=[], logprobs=rows, text=choice.text)
    return made(
        ResponseOutputMessage, id=identity, type="message", status="completed", content=[text], role="assistant"
    )


def _call(identity: str, call: ToolCall) -> ResponseFunctionToolCall:
    return made(
        ResponseFunctionToolCall,
        id=identity,
        type="function_call",
        status="completed",
        arguments=call.arguments,
        call_id=call.id,
        name=call.name,
    )


def _usage(completion: Completion) -> ResponseUsage:
    return made(
        ResponseUsage,
        input_tokens=completion.prompt_tokens,
        input_tokens_details=made(InputTokensDetails, cached_tokens=completion.cached_tokens, cache_write_tokens=0),
        output_tokens=completion.completion_tokens,
        output_tokens_details=made(OutputTokensDetails, reasoning_tokens=0),
        total_tokens=completion.prompt_tokens + completion.completion_tokens,
    )
