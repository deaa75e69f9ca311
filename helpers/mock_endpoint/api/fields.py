"""Reading a JSON body field by field: the value in its type, or an ApiError that names the field.

A field that is null counts as absent, as it does at the API.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from . import errors


class Fields:
    """One JSON object of the body; `path` is where it stands, for example `messages[0]`."""

    def __init__(self, value: Any, path: str = "") -> None:
        if not isinstance(value, dict):
            raise errors.invalid_type(path or "body", "an object", value)
        self.value: dict[str, Any] = value
        self.path = path

    def name(self, key: str) -> str:
        """The field's path from the top of the body."""
        return f"{self.path}.{key}" if self.path else key

    def get(self, key: str, *, required: bool = False) -> Any:
        value = self.value.get(key)
        if value is None and required:
            raise errors.missing(self.name(key))
        return value

    def string(self, key: str, *, required: bool = False) -> str | None:
        value = self.get(key, required=required)
        if value is not None and not isinstance(value, str):
            raise errors.invalid_type(self.name(key), "a string", value)
        return value

    def boolean(self, key: str) -> bool:
        value = self.get(key)
        if value is not None and not isinstance(value, bool):
            raise errors.invalid_type(self.name(key), "a boolean", value)
        return bool(value)

    def integer(self, key: str, low: int | None = None, high: int | None = None) -> int | None:
        value = self.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            raise errors.invalid_type(self.name(key), "an integer", value)
        self._within(key, "integer", value, low, high)
        return value

    def number(self, key: str, low: float, high: float) -> float | None:
        value = self.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise errors.invalid_type(self.name(key), "a decimal", value)
        if isinstance(value, float) and not math.isfinite(value):
            raise errors.invalid_type(self.name(key), "a decimal", value)
        self._within(key, "decimal", value, low, high)
        return float(value)

    def choice(self, key: str, values: Sequence[str], *, required: bool = False) -> str | None:
        value = self.string(key, required=required)
        if value is not None and value not in values:
            listed = ", ".join(f"'{v}'" for v in values)
            raise errors.invalid_value(self.name(key), f"Invalid value: '{value}'. Supported values are: {listed}.")
        return value

    def array(self, key: str, *, required: bool = False, empty: bool = True) -> list[Any] | None:
        value = self.get(key, required=required)
        if value is None:
            return None
        if not isinstance(value, list):
            raise errors.invalid_type(self.name(key), "an array", value)
        if not value and not empty:
            raise errors.empty_array(self.name(key))
        return value

    def object(self, key: str, *, required: bool = False) -> Fields | None:
        value = self.get(key, required=required)
        return None if value is None else Fields(value, self.name(key))

    def only(self, known: frozenset[str]) -> None:
        """Refuse a field the API does not have: a misspelt parameter must not be ignored."""
        for key in self.value:
            if key not in known:
                raise errors.unknown_field(self.name(key))

    def _within(self, key: str, kind: str, value: float, low: float | None, high: float | None) -> None:
        if low is not None and value < low:
            raise errors.out_of_range(self.name(key), kind, "below minimum", low, value)
        if high is not None and value > high:
            raise errors.out_of_range(self.name(key), kind, "above maximum", high, value)
