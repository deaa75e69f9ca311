"""Tokens of a reply: what the endpoint states, or, where it states nothing, what can be counted here."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from helpers.tokens import TOKENS_PER_MESSAGE, TOKENS_PER_REPLY, text_tokens, texts_in

_SENT = ("messages", "input", "prompt", "instructions", "tools")
_ROUTE = re.compile(r"/(?:v1|openai/v1|openai/deployments/(?P<deployment>[^/]+)|openai)/(?P<operation>.+)")
_LAST_EVENT = re.compile(
    rb'^data: ?\[DONE\]|^event: ?response\.(?:completed|incomplete|failed)\b|"finish_reason": ?"', re.MULTILINE
)


@dataclass(frozen=True)
class Usage:
    """Tokens of one call; cached ones are among the input, reasoning ones among the output."""

    input: int = 0
    output: int = 0
    cached: int = 0
    reasoning: int = 0
    stated: bool = True


def object_in(body: bytes) -> dict[str, Any]:
    """The JSON object of a body; {} for anything else."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def operation_of(path: str) -> tuple[str, str]:
    """The operation of an address without the way to it, and the deployment it names: chat/completions, ""."""
    found = _ROUTE.search(path)
    return (found["operation"], found["deployment"] or "") if found else (path.strip("/"), "")


def is_stream(body: bytes) -> bool:
    """Whether a reply is made of server-sent events."""
    return body.lstrip().startswith((b"data:", b"event:", b":"))


def has_ended(body: bytes) -> bool:
    """Whether the reply that a stream brings is complete: its last event is there, or a choice has said why it ends."""
    return _LAST_EVENT.search(body) is not None


def last_with_usage(body: bytes) -> dict[str, Any]:
    """The reply, or of a stream the last event that states its usage, else one that names its model."""
    if not is_stream(body):
        return object_in(body)
    named: dict[str, Any] = {}
    for line in reversed(body.splitlines()):
        if line.startswith(b"data:") and (b'"usage"' in line or (not named and b'"model"' in line)):
            event = object_in(line[5:])
            event = event["response"] if isinstance(event.get("response"), dict) else event
            if event.get("usage"):
                return event
            named = named or ({"model": event["model"]} if event.get("model") else {})
    return named


def usage_of(reply: dict[str, Any]) -> Usage | None:
    """What a reply states, on the chat, embeddings and Responses routes; None when it states nothing."""
    usage = reply.get("usage")
    if not isinstance(usage, dict):
        return None
    sent = usage.get("prompt_tokens_details") or usage.get("input_tokens_details") or {}
    received = usage.get("completion_tokens_details") or usage.get("output_tokens_details") or {}
    return Usage(
        usage.get("prompt_tokens", usage.get("input_tokens")) or 0,
        usage.get("completion_tokens", usage.get("output_tokens")) or 0,
        sent.get("cached_tokens") or 0,
        received.get("reasoning_tokens") or 0,
    )


def counted(asked: dict[str, Any], body: bytes) -> Usage:
    """Where nothing is stated: the request's text, and as much of the reply's text as arrived, in o200k_base tokens."""
    return Usage(input_tokens(asked), text_tokens(said_in(body)) if body else 0, stated=False)


def input_tokens(asked: dict[str, Any]) -> int:
    """Tokens of a request's text, in o200k_base; pictures and files are not counted."""
    texts = texts_in([asked.get(name) for name in _SENT])
    return TOKENS_PER_REPLY + sum(TOKENS_PER_MESSAGE + text_tokens(text) for text in texts)


def said_in(body: bytes) -> str:
    """The words of a reply, or of as much of a stream as there is: texts, and arguments of tool calls."""
    if not is_stream(body):
        return "".join(_words(object_in(body)))
    events = (object_in(line[5:]) for line in body.splitlines() if line.startswith(b"data:"))
    return "".join(word for event in events for word in _words(event))


def _words(event: dict[str, Any]) -> list[str]:
    if isinstance(event.get("delta"), str):  # the Responses API's stream
        return [event["delta"]]
    if isinstance(event.get("output_text"), str):
        return [event["output_text"]]
    found = []
    for choice in event.get("choices") or ():
        said = choice.get("delta") or choice.get("message") or {}
        found.append(said.get("content") or choice.get("text") or "")
        found += [(call.get("function") or {}).get("arguments") or "" for call in said.get("tool_calls") or ()]
    for item in event.get("output") or ():
        if isinstance(item, dict):
            found += [part.get("text", "") for part in item.get("content") or () if isinstance(part, dict)]
            found.append(item.get("arguments") or "")
    return [word for word in found if isinstance(word, str)]
