"""The bodies of requests, checked: JSON -> ChatRequest or EmbeddingRequest, or an ApiError that names the field.

What a request means is not read here: that is `prompt.py`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from ..config import MockConfig, Model
from ..text import tokens
from . import errors
from .contracts import ResponseFormat, Tools, read_response_format, read_tools, tokens_of
from .fields import Fields
from .parameters import check_parameters
from .pictures import Picture, read_picture

ROLES = ("system", "assistant", "user", "function", "tool", "developer")
_CONTENT_PARTS = ("text", "image_url", "input_audio", "file", "refusal")
_MAX_STOPS = 4
_MAX_INPUTS = 2048
_MAX_CHOICES = 128
_MAX_TOP_LOGPROBS = 20


@dataclass(frozen=True)
class ToolCall:
    """A call that an earlier assistant message made; `arguments` is JSON text."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True)
class Message:
    role: str
    texts: tuple[str, ...]
    name: str | None = None
    pictures: tuple[Picture, ...] = ()
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str | None = None

    @property
    def text(self) -> str:
        return "\n".join(self.texts)


@dataclass(frozen=True)
class ChatRequest:
    """A valid request to /chat/completions."""

    model: Model
    messages: tuple[Message, ...]
    temperature: float
    top_p: float
    n: int
    seed: int | None
    stop: tuple[str, ...]
    max_tokens: int
    logprobs: bool
    top_logprobs: int
    stream: bool
    include_usage: bool
    prompt_tokens: int
    identity: bytes  # digest of what determines the distribution of replies: model, messages, response format, tools
    response_format: ResponseFormat = field(default_factory=ResponseFormat)
    tools: Tools = field(default_factory=Tools)


@dataclass(frozen=True)
class EmbeddingRequest:
    """A valid request to /embeddings. prompt_tokens counts all texts."""

    model: Model
    texts: tuple[str, ...]
    dimensions: int
    base64: bool
    prompt_tokens: int


@cache
def _chat_fields() -> frozenset[str]:
    # The installed openai package says which parameters the API has.
    from openai.types.chat.completion_create_params import CompletionCreateParamsBase

    return frozenset(CompletionCreateParamsBase.__annotations__) | {"stream"}


@cache
def _embedding_fields() -> frozenset[str]:
    from openai.types.embedding_create_params import EmbeddingCreateParams

    return frozenset(EmbeddingCreateParams.__annotations__)


def resolve_model(body: Fields, config: MockConfig, deployment: str | None) -> Model:
    """The model a request names: on Azure's deployment routes the path names it and the body need not."""
    if deployment is not None:
        body.string("model")
        model = config.model(deployment)
    else:
        name = body.string("model", required=True)
        model = config.model(name or "")
    if model is None:
        raise errors.unknown_model(deployment or body.string("model") or "")
    return model


def read_chat_request(value: Any, config: MockConfig, deployment: str | None = None) -> ChatRequest:
    """Check the JSON value of a body.

    Raises ApiError: 400 naming the first wrong field, 404 for an unknown model, 400 context_length_exceeded.
    """
    body = Fields(value)
    body.only(_chat_fields())
    model = resolve_model(body, config, deployment)
    if model.kind != "chat":
        raise errors.wrong_kind(model.name, "chatCompletion")
    messages = _messages(body)
    check_parameters(body)
    response_format = read_response_format(body, [message.text for message in messages])
    tools = read_tools(body)
    stream = body.boolean("stream")
    logprobs = body.boolean("logprobs")
    top_logprobs = body.integer("top_logprobs", 0, _MAX_TOP_LOGPROBS) or 0
    if top_logprobs and not logprobs:
        raise errors.invalid_value(
            "top_logprobs", "The 'top_logprobs' parameter is only allowed when 'logprobs' is enabled."
        )
    prompt_tokens = count_messages(messages) + tokens_of(response_format, tools)
    return ChatRequest(
        model=model,
        messages=messages,
        temperature=_default(body.number("temperature", 0, 2), 1.0),
        top_p=_default(body.number("top_p", 0, 1), 1.0),
        n=body.integer("n", 1, _MAX_CHOICES) or 1,
        seed=body.integer("seed"),
        stop=_stops(body),
        max_tokens=_max_tokens(body, model, prompt_tokens),
        logprobs=logprobs,
        top_logprobs=top_logprobs,
        stream=stream,
        include_usage=_include_usage(body, stream),
        prompt_tokens=prompt_tokens,
        identity=_identity(body, model),
        response_format=response_format,
        tools=tools,
    )


def read_embedding_request(value: Any, config: MockConfig, deployment: str | None = None) -> EmbeddingRequest:
    """Check the JSON value of a body. Raises ApiError as read_chat_request does."""
    body = Fields(value)
    body.only(_embedding_fields())
    model = resolve_model(body, config, deployment)
    if model.kind != "embedding":
        raise errors.wrong_kind(model.name, "embeddings")
    texts, counts = _inputs(body)
    for position, count in enumerate(counts):
        if count > model.context_window:
            param = "input" if len(counts) == 1 else f"input[{position}]"
            raise errors.context_length_exceeded(model.context_window, count, 0, param)
    dimensions = body.integer("dimensions", 1, model.dimensions) or model.dimensions
    encoding = body.choice("encoding_format", ("float", "base64"))
    body.string("user")
    return EmbeddingRequest(model, texts, dimensions, encoding == "base64", sum(counts))


# --- messages ------------------------------------------------------------------------------------------------------


def _messages(body: Fields) -> tuple[Message, ...]:
    values = body.array("messages", required=True, empty=False) or []
    messages = tuple(read_message(Fields(value, f"messages[{i}]")) for i, value in enumerate(values))
    _check_calls_are_answered(messages)
    return messages


def _check_calls_are_answered(messages: Sequence[Message]) -> None:
    """Each tool call of an assistant message is answered right after it, and nothing else is a tool message."""
    open_calls: list[str] = []
    answered: list[str] = []
    asked_at = 0
    for i, message in enumerate(messages):
        if message.role == "tool":
            if message.tool_call_id not in (*open_calls, *answered):
                raise errors.tool_message_without_call(i)
            if message.tool_call_id in open_calls:
                open_calls.remove(message.tool_call_id)
                answered.append(message.tool_call_id)
            continue
        if open_calls:
            raise errors.unanswered_calls(open_calls, asked_at)
        open_calls, answered, asked_at = [call.id for call in message.tool_calls], [], i
    if open_calls:
        raise errors.unanswered_calls(open_calls, asked_at)


def read_message(fields: Fields) -> Message:
    """One message of a conversation, by itself: whether it may stand where it stands is not checked."""
    role = fields.choice("role", ROLES, required=True) or ""
    calls = _tool_calls(fields) if role == "assistant" else ()
    texts, pictures = _content(fields, required=not (role == "assistant" and (calls or fields.get("refusal"))))
    if pictures and role != "user":
        raise errors.picture_not_from_user(fields.path, role)
    if role == "tool":
        fields.string("tool_call_id", required=True)
    return Message(role, texts, fields.string("name"), pictures, calls, fields.string("tool_call_id"))


def _content(fields: Fields, *, required: bool) -> tuple[tuple[str, ...], tuple[Picture, ...]]:
    content = fields.get("content", required=required)
    if content is None:
        return (), ()
    if isinstance(content, str):
        return (content,), ()
    if not isinstance(content, list):
        raise errors.invalid_type(fields.name("content"), "one of a string or array of objects", content)
    texts: list[str] = []
    pictures: list[Picture] = []
    for i, value in enumerate(content):
        part = Fields(value, fields.name(f"content[{i}]"))
        kind = part.choice("type", _CONTENT_PARTS, required=True)
        if kind in ("text", "refusal"):
            texts.append(part.string(kind, required=True) or "")
        elif kind == "image_url":
            image = part.object("image_url", required=True)
            if image is not None:
                url = image.string("url", required=True) or ""
                detail = image.choice("detail", ("auto", "low", "high"))
                pictures.append(read_picture(url, detail, image.name("url")))
        else:
            raise errors.not_simulated(part.name("type"), f"content of type '{kind}'")
    return tuple(texts), tuple(pictures)


def _tool_calls(fields: Fields) -> tuple[ToolCall, ...]:
    calls = []
    for i, value in enumerate(fields.array("tool_calls") or []):
        call = Fields(value, fields.name(f"tool_calls[{i}]"))
        function = call.object("function", required=True)
        if function is not None:
            name, arguments = function.string("name", required=True), function.string("arguments", required=True)
            calls.append(ToolCall(call.string("id", required=True) or "", name or "", arguments or ""))
    return tuple(calls)


def count_messages(messages: Sequence[Message]) -> int:
    """Tokens of a conversation as a prompt."""
    total = tokens.TOKENS_PER_REPLY
    for message in messages:
        texts = list(message.texts)
        for call in message.tool_calls:
            texts += [call.name, call.arguments]
        total += tokens.count_message(message.role, texts, message.name)
        total += sum(picture.tokens for picture in message.pictures)
    return total


# --- parameters ----------------------------------------------------------------------------------------------------


def _default(value: float | None, default: float) -> float:
    return default if value is None else value


def _stops(body: Fields) -> tuple[str, ...]:
    value = body.get("stop")
    if value is None:
        return ()
    if isinstance(value, str):
        return (value,) if value else ()
    if not isinstance(value, list):
        raise errors.invalid_type("stop", "one of a string or array of strings", value)
    if len(value) > _MAX_STOPS:
        raise errors.invalid_value("stop", f"Invalid 'stop': array too long. Expected at most {_MAX_STOPS} items.")
    for i, item in enumerate(value):
        if not isinstance(item, str):
            raise errors.invalid_type(f"stop[{i}]", "a string", item)
    return tuple(item for item in value if item)


def _max_tokens(body: Fields, model: Model, prompt_tokens: int) -> int:
    """The most tokens a reply may have. max_completion_tokens is the new name and wins."""
    old, new = body.integer("max_tokens", 1), body.integer("max_completion_tokens", 1)
    param = "max_completion_tokens" if new is not None else "max_tokens"
    asked = new if new is not None else old
    if prompt_tokens + (asked or 1) > model.context_window:
        raise errors.context_length_exceeded(model.context_window, prompt_tokens, asked or 0, "messages")
    if asked is not None and asked > model.max_output:
        raise errors.invalid_value(
            param,
            f"{param} is too large: {asked}. This model supports at most {model.max_output} completion tokens.",
        )
    return asked or min(model.max_output, model.context_window - prompt_tokens)


def _include_usage(body: Fields, stream: bool) -> bool:
    options = body.object("stream_options")
    if options is None:
        return False
    if not stream:
        raise errors.invalid_value(
            "stream_options", "The 'stream_options' parameter is only allowed when 'stream' is enabled."
        )
    options.boolean("include_obfuscation")
    return options.boolean("include_usage")


def _identity(body: Fields, model: Model) -> bytes:
    said = {
        key: body.get(key) for key in ("messages", "response_format", "tools", "tool_choice", "parallel_tool_calls")
    }
    text = json.dumps([model.name, said], sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


# --- embeddings ----------------------------------------------------------------------------------------------------


def _inputs(body: Fields) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Texts and their token counts. An input is a string, strings, token ids, or lists of token ids."""
    value = body.get("input", required=True)
    if isinstance(value, str):
        value = [value]
    elif not isinstance(value, list):
        raise errors.invalid_type("input", "one of a string or array", value)
    elif value and all(_is_token(item) for item in value):
        value = [value]
    if not value:
        raise errors.empty_array("input")
    if len(value) > _MAX_INPUTS:
        raise errors.invalid_value("input", f"Invalid 'input': expected at most {_MAX_INPUTS} items, got {len(value)}.")
    texts, counts = [], []
    for i, item in enumerate(value):
        param = f"input[{i}]" if len(value) > 1 else "input"
        text, count = _text_of(item, param)
        texts.append(text)
        counts.append(count)
    return tuple(texts), tuple(counts)


def _text_of(item: Any, param: str) -> tuple[str, int]:
    if isinstance(item, str):
        if not item:
            raise errors.invalid_value(param, f"Invalid '{param}': input cannot be an empty string.")
        return item, tokens.count(item)
    if isinstance(item, list) and item and all(_is_token(token) for token in item):
        try:
            return tokens.decode(item), len(item)
        except (KeyError, OverflowError):
            raise errors.invalid_value(
                param, f"Invalid '{param}': it holds a token id o200k_base does not have."
            ) from None
    raise errors.invalid_type(param, "a string or a non-empty array of token ids", item)


def _is_token(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
