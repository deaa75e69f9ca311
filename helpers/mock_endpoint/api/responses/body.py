"""The body of POST /responses, checked: JSON -> a ChatRequest that the skills answer, and what the Response repeats."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from ...config import MockConfig, Model
from .. import errors
from ..contracts import ResponseFormat, Tools, tokens_of
from ..fields import Fields
from ..requests import ChatRequest, Message, count_messages, resolve_model
from . import errors as own_errors
from .form import check_json_is_named, read_format, read_response_tools
from .items import FindImage, Item, as_messages, check_calls, read_items
from .parameters import LOGPROBS, read_include, read_parameters, refuse_what_is_not_simulated
from .store import StoredResponse

_LEAST_OUTPUT = 16  # tokens: the API's own lower bound
_MAX_TOP_LOGPROBS = 20
_PREFIX = "resp"


@dataclass(frozen=True)
class Known:
    """What a body can refer to: earlier replies, their items, and uploaded images, each None when there is none."""

    response: Callable[[str], StoredResponse | None]
    item: Callable[[str], Item | None]
    image: FindImage


@dataclass(frozen=True)
class ResponseRequest:
    """A valid request to /responses. echo: the fields of the Response that repeat the request."""

    asked: ChatRequest
    before: StoredResponse | None
    items: tuple[Item, ...]
    store: bool
    echo: dict[str, Any]


@dataclass(frozen=True)
class _Said:
    """What the model is given, however a body says it."""

    before: StoredResponse | None
    items: list[Item]
    messages: list[Message]
    form: ResponseFormat
    tools: Tools
    echo: dict[str, Any]

    @property
    def around(self) -> int:
        """Tokens beside the messages."""
        return tokens_of(self.form, self.tools)


@cache
def _fields() -> frozenset[str]:
    # The installed openai package says which parameters the API has.
    from openai.types.responses.response_create_params import ResponseCreateParamsBase

    return frozenset(ResponseCreateParamsBase.__annotations__) | {"stream"}


@cache
def _count_fields() -> frozenset[str]:
    from openai.types.responses.input_token_count_params import InputTokenCountParams

    return frozenset(InputTokenCountParams.__annotations__)


def read_response_request(value: Any, config: MockConfig, known: Known) -> ResponseRequest:
    """Check the JSON value of a body.

    Raises ApiError: 400 naming the first wrong field, 404 for an unknown model or item, 400 for a conversation that is
    not stored, 400 context_length_exceeded.
    """
    body = Fields(value)
    body.only(_fields())
    model = resolve_model(body, config, None)
    if model.kind != "chat":
        raise errors.wrong_kind(model.name, "responses")
    refuse_what_is_not_simulated(body)
    said = _said(body, known)
    truncation = body.choice("truncation", ("auto", "disabled")) or "disabled"
    messages = tuple(_fitting(said.messages, model.context_window - said.around, truncation))
    prompt_tokens = count_messages(messages) + said.around
    logprobs = LOGPROBS in read_include(body)
    temperature, top_p = body.number("temperature", 0, 2), body.number("top_p", 0, 1)
    top_logprobs = body.integer("top_logprobs", 0, _MAX_TOP_LOGPROBS) or 0
    most = body.integer("max_output_tokens", _LEAST_OUTPUT, model.max_output)
    asked = ChatRequest(
        model=model,
        messages=messages,
        temperature=1.0 if temperature is None else temperature,
        top_p=1.0 if top_p is None else top_p,
        n=1,
        seed=None,
        stop=(),
        max_tokens=min(most or model.max_output, model.context_window - prompt_tokens),
        logprobs=logprobs,
        top_logprobs=top_logprobs,
        stream=body.boolean("stream"),
        include_usage=False,
        prompt_tokens=prompt_tokens,
        identity=_identity(model, messages, said),
        response_format=said.form,
        tools=said.tools,
    )
    echo = {
        **said.echo,
        **read_parameters(body),
        "max_output_tokens": most,
        "temperature": asked.temperature,
        "top_logprobs": top_logprobs,
        "top_p": asked.top_p,
        "truncation": truncation,
    }
    store = True if body.get("store") is None else body.boolean("store")
    return ResponseRequest(asked, said.before, tuple(said.items), store, echo)


def count_input(value: Any, config: MockConfig, known: Known) -> int:
    """The tokens of the prompt that a body of POST /responses/input_tokens describes. Raises ApiError."""
    body = Fields(value)
    body.only(_count_fields())
    if body.get("model") is not None:
        resolve_model(body, config, None)
    refuse_what_is_not_simulated(body)
    said = _said(body, known)
    return count_messages(said.messages) + said.around


def _said(body: Fields, known: Known) -> _Said:
    previous = body.string("previous_response_id")
    before = _before(previous, known)
    if body.get("input") is None and before is None:
        raise own_errors.nothing_asked()
    instructions = body.string("instructions")
    items = [] if body.get("input") is None else read_items(body.get("input"), known.item, known.image)
    carried = before.conversation if before else ()
    conversation = [*carried, *items]
    check_calls(conversation)
    rules = [Message("developer", (instructions,))] if instructions else []
    messages = rules + as_messages(conversation, len(carried))
    form, text = read_format(body)
    check_json_is_named(form, messages)
    tools, echo = read_response_tools(body)
    echo |= {"instructions": instructions, "previous_response_id": previous, "text": text}
    return _Said(before, items, messages, form, tools, echo)


def _before(identity: str | None, known: Known) -> StoredResponse | None:
    if identity is None:
        return None
    if not identity.startswith(_PREFIX):
        raise errors.invalid_value(
            "previous_response_id",
            f"Invalid 'previous_response_id': '{identity}'. Expected an ID that begins with '{_PREFIX}'.",
        )
    found = known.response(identity)
    if found is None:
        raise own_errors.unknown_previous_response(identity)
    return found


def _fitting(messages: Sequence[Message], room: int, truncation: str) -> Sequence[Message]:
    """The messages that fit; with truncation `auto` the oldest that are no rules go until the rest does."""
    over = count_messages(messages) + 1 - room
    if over <= 0:
        return messages
    if truncation != "auto":
        raise own_errors.input_too_long()
    kept, empty = [], count_messages(())
    for i, message in enumerate(messages):
        own = count_messages([message]) - empty
        if over > 0 and message.role not in ("system", "developer") and i < len(messages) - 1:
            over -= own
        else:
            kept.append(message)
    if over > 0:
        raise own_errors.input_too_long()
    return kept


def _identity(model: Model, messages: Sequence[Message], said: _Said) -> bytes:
    form, tools = said.form, said.tools
    text = repr((model.name, messages, form, tools))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
