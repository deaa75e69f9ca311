"""The JSON and the event streams that a ScriptedClient answers with, in the API's own shapes. Knows no script."""

from __future__ import annotations

import base64
import hashlib
import json
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx2

MODEL = "scripted"
DIMENSIONS = 8


@dataclass(frozen=True)
class Reply:
    """One reply. status other than 200: an error with this code, message and headers."""

    content: str | None = ""
    tool_calls: tuple[tuple[str, str], ...] = ()  # (name, arguments as JSON text)
    finish_reason: str = "stop"
    status: int = 200
    code: str | None = None
    type: str | None = "invalid_request_error"
    headers: tuple[tuple[str, str], ...] = ()
    extra: tuple[tuple[str, Any], ...] = ()  # further fields of an error


def completion(reply: Reply, body: dict[str, Any], number: int) -> dict[str, Any]:
    from openai.types.chat import ChatCompletion

    calls = [
        {"id": f"call_{number}_{i}", "type": "function", "function": {"name": name, "arguments": arguments}}
        for i, (name, arguments) in enumerate(reply.tool_calls, 1)
    ]
    message = {"role": "assistant", "content": reply.content, "tool_calls": calls or None}
    sent, made = len(str(body.get("messages", "")).split()), len((reply.content or "").split())
    made_completion = {
        "id": f"chatcmpl-scripted-{number}",
        "object": "chat.completion",
        "created": 0,
        "model": body.get("model", MODEL),
        "choices": [{"index": 0, "message": message, "finish_reason": reply.finish_reason, "logprobs": None}],
        "usage": {"prompt_tokens": sent, "completion_tokens": made, "total_tokens": sent + made},
    }
    return ChatCompletion.model_validate(made_completion).model_dump(mode="json", exclude_unset=True)


def events(completion: dict[str, Any], body: dict[str, Any]) -> bytes:
    """The completion as server-sent events: a word a chunk, then the calls, the reason, the usage if asked for."""
    from openai.types.chat import ChatCompletionChunk

    choice = completion["choices"][0]
    message = choice["message"]
    calls = [{"index": i, **call} for i, call in enumerate(message.get("tool_calls") or [])]
    words = _words(message["content"] or "")
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
    deltas += [{"content": word} for word in words]
    deltas += [{"tool_calls": calls}] if calls else []
    steps = [(delta, None) for delta in deltas] + [({}, choice["finish_reason"])]
    head = {key: completion[key] for key in ("id", "created", "model")} | {"object": "chat.completion.chunk"}
    chunks = [{**head, "choices": [{"index": 0, "delta": d, "finish_reason": reason}]} for d, reason in steps]
    if (body.get("stream_options") or {}).get("include_usage"):
        chunks.append({**head, "choices": [], "usage": completion["usage"]})
    lines = [ChatCompletionChunk.model_validate(chunk).model_dump_json(exclude_unset=True) for chunk in chunks]
    return "".join(f"data: {line}\n\n" for line in [*lines, "[DONE]"]).encode()


def response(reply: Reply, body: dict[str, Any], number: int) -> dict[str, Any]:
    """The reply in the shape of the Responses API."""
    from openai.types.responses import Response

    part = {"type": "output_text", "text": reply.content or "", "annotations": []}
    message = {"type": "message", "id": f"msg_{number}", "role": "assistant", "status": "completed", "content": [part]}
    calls = [
        {
            "type": "function_call",
            "id": f"fc_{number}_{i}",
            "call_id": f"call_{number}_{i}",
            "name": name,
            "arguments": arguments,
            "status": "completed",
        }
        for i, (name, arguments) in enumerate(reply.tool_calls, 1)
    ]
    reason = {"length": "max_output_tokens", "content_filter": "content_filter"}.get(reply.finish_reason)
    sent, made = len(str(body.get("input", "")).split()), len((reply.content or "").split())
    made_response = {
        "id": f"resp_scripted_{number}",
        "object": "response",
        "created_at": 0,
        "status": "incomplete" if reason else "completed",
        "incomplete_details": {"reason": reason} if reason else None,
        "error": None,
        "model": body.get("model", MODEL),
        "output": [*([message] if reply.content is not None else []), *calls],
        "parallel_tool_calls": True,
        "tool_choice": body.get("tool_choice", "auto"),
        "tools": body.get("tools", []),
        "usage": {
            "input_tokens": sent,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens": made,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": sent + made,
        },
    }
    return Response.model_validate(made_response).model_dump(mode="json", exclude_unset=True)


def response_events(made: dict[str, Any], body: dict[str, Any]) -> bytes:
    """The least that a stream of the Responses API tells: it begins, its text word by word, the whole at its end."""
    begun = {**made, "status": "in_progress", "output": [], "usage": None}
    told = [{"type": "response.created", "response": begun}]
    for place, item in enumerate(made["output"]):
        if item["type"] == "message":
            where = {"item_id": item["id"], "output_index": place, "content_index": 0, "logprobs": []}
            told += [
                {"type": "response.output_text.delta", "delta": w, **where} for w in _words(item["content"][0]["text"])
            ]
    told.append({"type": f"response.{made['status']}", "response": made})
    lines = [
        f"event: {event['type']}\ndata: {json.dumps({**event, 'sequence_number': number})}\n\n"
        for number, event in enumerate(told)
    ]
    return "".join(lines).encode()


def _words(text: str) -> list[str]:
    """Pieces that make up the text, each a word with the space behind it."""
    return [piece for piece in text.replace(" ", " \0").split("\0") if piece]


def error(reply: Reply) -> httpx2.Response:
    import httpx2

    told = {"message": reply.content, "type": reply.type, "param": None, "code": reply.code, **dict(reply.extra)}
    return httpx2.Response(reply.status, json={"error": told}, headers=dict(reply.headers))


def embeddings(body: dict[str, Any]) -> dict[str, Any]:
    texts = body["input"] if isinstance(body["input"], list) else [body["input"]]
    size = body.get("dimensions") or DIMENSIONS
    vectors = [_vector(json.dumps(text), size) for text in texts]
    if body.get("encoding_format") == "base64":
        vectors = [base64.b64encode(struct.pack(f"<{size}f", *vector)).decode() for vector in vectors]
    data = [{"object": "embedding", "index": i, "embedding": vector} for i, vector in enumerate(vectors)]
    words = sum(len(str(text).split()) for text in texts)
    usage = {"prompt_tokens": words, "total_tokens": words}
    return {"object": "list", "data": data, "model": body.get("model", MODEL), "usage": usage}


def _vector(text: str, size: int) -> list[float]:
    """A unit vector that depends on the text alone. It means nothing: equal texts are near, all others are not."""
    digest = hashlib.shake_256(text.encode()).digest(2 * size)
    values = [number - 32767.5 for number in struct.unpack(f"<{size}H", digest)]
    length = sum(value * value for value in values) ** 0.5
    return [value / length for value in values]
