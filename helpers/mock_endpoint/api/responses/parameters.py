"""Parameters of a Responses body that change no reply here, and those that would and are refused."""

from __future__ import annotations

from functools import cache
from typing import Any, get_args, get_type_hints

from .. import errors
from ..fields import Fields
from ..metadata import read_metadata

LOGPROBS = "message.output_text.logprobs"  # the one thing that `include` adds here
# Parameters that would change the reply in a way this endpoint cannot.
_NOT_SIMULATED = {
    "background": "responses in the background",
    "background_options": "responses in the background",
    "context_management": "compaction of the context",
    "conversation": "the Conversations API; use 'previous_response_id'",
    "moderation": "moderation within a response; POST /moderations is there",
    "prompt": "prompt templates",
}


def read_parameters(body: Fields) -> dict[str, Any]:
    """What the Response repeats of them. Raises ApiError for a parameter of another form than the API's."""
    for param, values in _choices().items():
        body.choice(param, values)
    for param in ("access_programs", "image", "prompt_cache_options", "stream_options"):
        body.object(param)
    return {
        "background": False,
        "max_tool_calls": body.integer("max_tool_calls", 1),  # of tools that run at the API, of which none is here
        "metadata": read_metadata(body) or {},
        "prompt_cache_key": body.string("prompt_cache_key"),
        "reasoning": _reasoning(body),
        "safety_identifier": body.string("safety_identifier"),
        "service_tier": "default",
        "user": body.string("user"),
    }


def read_include(body: Fields) -> list[str]:
    """What the reply is to hold beside what it always holds."""
    from openai.types.responses import ResponseIncludable

    values = body.array("include") or []
    fields = Fields({f"include[{i}]": one for i, one in enumerate(values)})
    return [fields.choice(name, get_args(ResponseIncludable), required=True) or "" for name in fields.value]


def refuse_what_is_not_simulated(body: Fields) -> None:
    for param, what in _NOT_SIMULATED.items():
        if body.get(param):
            raise errors.not_simulated(param, what)


def _reasoning(body: Fields) -> dict[str, Any]:
    # Nothing here reasons before it answers. The settings are accepted, so that code for a model that does can run.
    fields = body.object("reasoning") or Fields({}, "reasoning")
    return {param: fields.choice(param, values) for param, values in _reasoning_choices().items()}


@cache
def _choices() -> dict[str, tuple[str, ...]]:
    """The values that the installed openai package names for a parameter."""
    from openai.types.responses.response_create_params import ResponseCreateParamsBase

    hints = get_type_hints(ResponseCreateParamsBase)
    return {param: _literals(hints[param]) for param in ("prompt_cache_retention", "service_tier")}


@cache
def _reasoning_choices() -> dict[str, tuple[str, ...]]:
    from openai.types.shared_params import Reasoning

    hints = get_type_hints(Reasoning)
    return {param: _literals(hints[param]) for param in ("effort", "summary")}


def _literals(hint: Any) -> tuple[str, ...]:
    """Optional[Literal["low", "high"]]: the first argument of the union is the Literal."""
    return get_args(get_args(hint)[0])
