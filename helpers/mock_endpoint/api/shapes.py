"""Building the openai package's types quickly."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import BaseModel

Shape = TypeVar("Shape", bound=BaseModel)


def made(kind: type[Shape], **fields: Any) -> Shape:
    """kind.model_construct(**fields) as pydantic has it.

    The openai package has one of its own, for replies that come from elsewhere: it walks through every type and value,
    which takes 60 microseconds for the chunk of a stream instead of 9. What is built here has the right types already.
    """
    return BaseModel.model_construct.__func__(kind, **fields)  # type: ignore[attr-defined]
