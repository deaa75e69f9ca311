"""Parameters of a chat request that change no reply here: their form is checked all the same, as the API checks it.

What would change the reply in a way that this endpoint cannot is refused, so that nobody takes it for done.
"""

from __future__ import annotations

from functools import cache
from typing import get_args, get_type_hints

from . import errors
from .fields import Fields
from .metadata import read_metadata


def check_parameters(body: Fields) -> None:
    """Raises ApiError for a parameter of another form than the API's, and for what is not simulated."""
    if body.array("functions"):
        raise errors.not_simulated("functions", "function calls of the old form (the API calls them deprecated)")
    if body.get("function_call") is not None:
        raise errors.invalid_value("function_call", "'function_call' is only allowed when 'functions' are specified.")
    _refuse_what_is_not_simulated(body)
    for param in ("presence_penalty", "frequency_penalty"):
        body.number(param, -2, 2)
    for param in ("user", "safety_identifier", "prompt_cache_key"):
        body.string(param)
    for param, values in _choices().items():
        body.choice(param, values)
    body.boolean("store")
    body.object("prompt_cache_options")
    if (prediction := body.object("prediction")) is not None:
        prediction.choice("type", ("content",), required=True)
        prediction.get("content", required=True)
    read_metadata(body)


def _refuse_what_is_not_simulated(body: Fields) -> None:
    for param, what in (
        ("audio", "audio"),
        ("logit_bias", "logit biases"),
        ("moderation", "moderation within a completion"),
        ("web_search_options", "web search"),
    ):
        if body.object(param) is not None and (param != "logit_bias" or body.get(param)):
            raise errors.not_simulated(param, what)
    for i, modality in enumerate(body.array("modalities") or ()):
        if modality == "audio":
            raise errors.not_simulated("modalities", "audio")
        if modality != "text":
            raise errors.invalid_value(f"modalities[{i}]", "Supported values are: 'text', 'audio'.")


@cache
def _choices() -> dict[str, tuple[str, ...]]:
    """The values that the installed openai package names for a parameter."""
    from openai.types.chat.completion_create_params import CompletionCreateParamsBase

    hints = get_type_hints(CompletionCreateParamsBase)
    params = ("prompt_cache_retention", "reasoning_effort", "service_tier", "verbosity")
    # Optional[Literal["low", "high"]]: the first argument of the union is the Literal.
    return {param: get_args(get_args(hints[param])[0]) for param in params}
