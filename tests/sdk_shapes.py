"""Replies held against the openai package's own types, strictly."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from pydantic import BaseModel, TypeAdapter


def conforms(kind: Any, text: str | bytes) -> Any:
    """JSON as the SDK's type: what is required is there, in the right types, and nothing is unknown."""
    reply = _adapter(kind).validate_json(text, strict=True)
    assert not list(unknown(reply, getattr(kind, "__name__", "")))
    return reply


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def unknown(value: Any, path: str = "") -> Iterator[str]:
    """Paths of the fields that the SDK's types do not have."""
    if isinstance(value, BaseModel):
        yield from (f"{path}.{key}" for key in value.model_extra or ())
        for key in type(value).model_fields:
            yield from unknown(getattr(value, key), f"{path}.{key}")
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from unknown(item, f"{path}[{i}]")
