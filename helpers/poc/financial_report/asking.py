"""One structured call to the run's endpoint: the same way for every part of this workbook."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from helpers import figures


def model_of(run: Any) -> str:
    """The name of the model that the run's parameters ask."""
    return run.endpoint.settings.models[run.parameters.model]


def prompt_of(run: Any, name: str) -> str:
    """The text of one of the workbook's prompts, as the run uses it."""
    if hasattr(run, "prompt"):
        return run.prompt(name)
    from helpers.poc.financial_report import WORKBOOK

    return WORKBOOK.prompts[name]


def structured(run: Any, model: str, system: str, user: Any, schema: type[BaseModel], tokens: int | None) -> str:
    """The reply's JSON text, which the caller checks. A reply that is cut off is asked for once more, without a cap.

    user: a text, or a list of parts with pictures. Raises what the client raises, ValueError for a refusal.
    """
    messages = [{"role": "system", "content": system}, {"role": "user", "content": user}]
    shape = figures.as_response_format(schema)
    for cap in (tokens, None) if tokens else (None,):
        options = {"max_completion_tokens": cap} if cap else {}
        reply = run.endpoint.client.chat.completions.create(
            model=model, messages=messages, response_format=shape, **options
        )
        if reply.choices[0].finish_reason != "length":
            break
    message = reply.choices[0].message
    if not message.content:
        raise ValueError(f"the endpoint gave no answer: {message.refusal or reply.choices[0].finish_reason}")
    return message.content
