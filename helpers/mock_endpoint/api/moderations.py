"""The body of POST /moderations, checked, and its reply. The scores are harm.py's: no safety device."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from typing import Any, get_args

from openai.types import Moderation, ModerationCreateResponse

from ..evidence.harm import CATEGORIES, FLAGGED, categories
from ..sampling import Randomness
from . import errors
from .fields import Fields
from .shapes import made

MODEL = "sim-moderation"
_USUAL = "omni-moderation-latest"
_TEXT_ONLY = "text-moderation-"  # the family before omni, which does not know these:
_NEW_IN_OMNI = ("illicit", "illicit/violent")
_MOST_INPUTS = 2048


@cache
def _models() -> tuple[str, ...]:
    # The names that the installed openai package lists.
    from openai.types import ModerationModel

    return (*get_args(ModerationModel), MODEL)


@cache
def _fields() -> frozenset[str]:
    from openai.types.moderation_create_params import ModerationCreateParams

    return frozenset(ModerationCreateParams.__annotations__)


def moderate(value: Any, randomness: Randomness) -> ModerationCreateResponse:
    """Check the JSON value of a body and score its texts. Raises ApiError naming the first wrong field."""
    body = Fields(value)
    body.only(_fields())
    asked = body.string("model") or _USUAL
    if asked not in _models():
        raise errors.unknown_model(asked)
    texts = _texts(body)
    identity = hashlib.sha256(json.dumps(texts).encode()).digest()
    return made(
        ModerationCreateResponse,
        id=f"modr-{randomness.generator(b'moderation' + identity, None).getrandbits(116):029x}",
        model=MODEL,
        results=[_result(text, omni=not asked.startswith(_TEXT_ONLY)) for text in texts],
    )


def _texts(body: Fields) -> list[str]:
    """One text a result: a list of strings has one for each, a list of parts is one text together."""
    value = body.get("input", required=True)
    if isinstance(value, str):
        return [value]
    if not isinstance(value, list):
        raise errors.invalid_type("input", "one of a string or array", value)
    if not value:
        raise errors.empty_array("input")
    if len(value) > _MOST_INPUTS:
        raise errors.invalid_value(
            "input", f"Invalid 'input': expected at most {_MOST_INPUTS} items, got {len(value)}."
        )
    if all(isinstance(item, str) for item in value):
        return value
    return ["\n".join(_part(Fields(item, f"input[{i}]")) for i, item in enumerate(value))]


def _part(part: Fields) -> str:
    if part.choice("type", ("text", "image_url"), required=True) == "image_url":
        # A score of nothing would say that the image is harmless, and nobody has looked at it.
        raise errors.not_simulated(part.name("type"), "the moderation of images, only of texts")
    return part.string("text", required=True) or ""


def _result(text: str, *, omni: bool) -> Moderation:
    scores = categories(text)
    shown = [name for name in CATEGORIES if omni or name not in _NEW_IN_OMNI]
    applies = {name: scores[name] >= FLAGGED for name in shown}
    # As plain objects: the SDK's types of these three would put their attributes' names into the JSON.
    result: dict[str, Any] = {
        "flagged": any(applies.values()),
        "categories": applies,
        "category_scores": {name: scores[name] for name in shown},
    }
    if omni:
        result["category_applied_input_types"] = {key: ["text"] for key in shown}
    return made(Moderation, **result)
