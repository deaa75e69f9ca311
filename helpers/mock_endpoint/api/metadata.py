"""The `metadata` that a learner hangs on an object of the API: up to 16 short pairs of strings."""

from __future__ import annotations

from . import errors
from .fields import Fields

_MOST_PAIRS, _MOST_KEY, _MOST_VALUE = 16, 64, 512


def read_metadata(body: Fields) -> dict[str, str] | None:
    """Raises ApiError naming the pair that is too long or no string."""
    fields = body.object("metadata")
    if fields is None:
        return None
    if len(fields.value) > _MOST_PAIRS:
        raise errors.invalid_value(
            "metadata", f"Invalid 'metadata': too many properties. Expected at most {_MOST_PAIRS} properties."
        )
    for key in fields.value:
        value = fields.string(key, required=True) or ""
        if len(key) > _MOST_KEY or len(value) > _MOST_VALUE:
            what, most = ("key", _MOST_KEY) if len(key) > _MOST_KEY else ("value", _MOST_VALUE)
            raise errors.invalid_value(
                fields.name(key[:_MOST_KEY]),
                f"Invalid '{fields.name(key[:_MOST_KEY])}': string too long. Expected a {what} with maximum length "
                f"{most}.",
            )
    return dict(fields.value)
