"""Values between a trainer's process and a submission's: plain data as JSON, everything else by reference.

Decoding runs no code of the other side. What may be rebuilt from its fields is named here: data of Python, numpy
arrays of numbers, and the value types of packages that both sides have installed.
"""

from __future__ import annotations

import base64
import dataclasses
import datetime
import decimal
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import Any

MOST_BYTES = 8_000_000  # of one message
_DEEPEST = 60
# Frozen dataclasses and pydantic models of these packages are values: they are rebuilt from their fields.
VALUE_PACKAGES = ("helpers.", "openai.types.", "langchain_core.messages.", "langchain_core.documents.base")
_NO_VALUES = ("Blob", "BaseMedia")  # they would read a file when they are used
_TEXTUAL: dict[str, Callable[[str], Any]] = {
    "datetime": datetime.datetime.fromisoformat,
    "date": datetime.date.fromisoformat,
    "time": datetime.time.fromisoformat,
    "Decimal": decimal.Decimal,
}
_CONTAINERS = {"tuple": tuple, "set": set, "frozenset": frozenset}


class CodecError(ValueError):
    """A message that cannot be what the other side should have sent."""


class Codec:
    """Encodes and decodes. `refer` makes a reference of what is no plain data; `resolve` finds what one stands for."""

    def __init__(self, refer: Callable[[Any], dict[str, Any]], resolve: Callable[[dict[str, Any]], Any]) -> None:
        self._refer, self._resolve = refer, resolve

    def encode(self, message: Any) -> bytes:
        """Raises CodecError when it is too large or too deep."""
        try:
            content = json.dumps(self.packed(message), ensure_ascii=False).encode("utf-8", "surrogatepass")
        except RecursionError:
            raise CodecError("the value is nested too deeply") from None
        if len(content) > MOST_BYTES:
            raise CodecError(f"the value is too large: {len(content):,} bytes, at most {MOST_BYTES:,}")
        return content

    def decode(self, content: bytes) -> Any:
        """Raises CodecError for anything that encode() would not have made."""
        try:
            return self.unpacked(json.loads(content.decode("utf-8", "surrogatepass")))
        except CodecError:
            raise
        except Exception as error:
            raise CodecError(f"not a message: {type(error).__name__}") from None

    def packed(self, value: Any, depth: int = 0) -> Any:
        if depth > _DEEPEST:
            raise CodecError("the value is nested too deeply")
        kind = type(value)
        if value is None or kind in (bool, str, float):
            return value
        if kind is int:
            return value if abs(value) < 2**63 else {"t": "int", "v": hex(value)}
        if kind is list:
            return [self.packed(item, depth + 1) for item in value]
        if kind is dict:
            return {
                "t": "dict",
                "v": [[self.packed(k, depth + 1), self.packed(v, depth + 1)] for k, v in value.items()],
            }
        if kind in (tuple, set, frozenset):
            return {"t": kind.__name__, "v": [self.packed(item, depth + 1) for item in value]}
        return self._packed_other(value, depth)

    def _packed_other(self, value: Any, depth: int) -> Any:
        kind = type(value)
        if value is ...:
            return {"t": "..."}
        if kind in (bytes, bytearray):
            return {"t": kind.__name__, "v": base64.b64encode(value).decode()}
        if kind is complex:
            return {"t": "complex", "v": [value.real, value.imag]}
        if kind in (datetime.datetime, datetime.date, datetime.time):
            return {"t": kind.__name__, "v": value.isoformat()}
        if kind is decimal.Decimal:
            return {"t": "Decimal", "v": str(value)}
        if isinstance(value, PurePath):
            return {"t": "path", "v": str(value)}
        numpy = sys.modules.get("numpy")
        if numpy and isinstance(value, numpy.ndarray | numpy.generic) and value.dtype.kind in "biuf":
            array = numpy.ascontiguousarray(value)
            content = base64.b64encode(array.tobytes()).decode()
            return {"t": "array", "v": content, "dtype": array.dtype.str, "shape": list(numpy.shape(value))}
        fields = _fields_of(value)
        if fields is not None:
            name = [kind.__module__, kind.__qualname__]
            return {"t": "value", "of": name, "v": {key: self.packed(item, depth + 1) for key, item in fields.items()}}
        return {"t": "ref", "v": self._refer(value)}

    def unpacked(self, packed: Any) -> Any:
        if isinstance(packed, list):
            return [self.unpacked(item) for item in packed]
        if not isinstance(packed, dict):
            return packed
        tag, value = packed["t"], packed.get("v")
        if tag == "dict":
            return {self.unpacked(k): self.unpacked(v) for k, v in value}
        if tag in _CONTAINERS:
            return _CONTAINERS[tag](self.unpacked(item) for item in value)
        if tag == "ref":
            return self._resolve(value)
        if tag == "value":
            return _rebuilt(packed["of"], {key: self.unpacked(item) for key, item in value.items()})
        return _unpacked_other(tag, value, packed)


def _unpacked_other(tag: str, value: Any, packed: Mapping[str, Any]) -> Any:
    if tag == "...":
        return ...
    if tag == "int":
        return int(value, 16)
    if tag in ("bytes", "bytearray"):
        content = base64.b64decode(value)
        return content if tag == "bytes" else bytearray(content)
    if tag == "complex":
        return complex(*value)
    if tag in _TEXTUAL:
        return _TEXTUAL[tag](value)
    if tag == "path":
        from pathlib import Path

        return Path(value)
    if tag == "array":
        import numpy as np

        dtype = np.dtype(packed["dtype"])
        if dtype.kind not in "biuf":
            raise CodecError("an array of something else than numbers")
        array = np.frombuffer(base64.b64decode(value), dtype).reshape(packed["shape"]).copy()
        return array if packed["shape"] else array[()]
    raise CodecError(f"unknown kind {tag!r}")


def _fields_of(value: Any) -> dict[str, Any] | None:
    """The fields of a value type, else None."""
    if isinstance(value, type) or not type(value).__module__.startswith(VALUE_PACKAGES):
        return None
    if _is_frozen(type(value)):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if _is_model(type(value)):
        return {key: item for key, item in value if key in value.model_fields_set}
    return None


def _is_frozen(kind: type) -> bool:
    return dataclasses.is_dataclass(kind) and kind.__dataclass_params__.frozen  # type: ignore[attr-defined]


def _is_model(kind: type) -> bool:
    pydantic = sys.modules.get("pydantic")
    return pydantic is not None and issubclass(kind, pydantic.BaseModel)


def _rebuilt(name: list[str], fields: dict[str, Any]) -> Any:
    """A value type from its fields, without calling its constructor."""
    module, qualname = name
    if not module.startswith(VALUE_PACKAGES):
        raise CodecError(f"{module} has no value types")
    kind: Any = sys.modules.get(module)  # only what is loaded: importing a module would run it
    for part in qualname.split("."):
        kind = None if part in _NO_VALUES else getattr(kind, part, None)
    if isinstance(kind, type) and _is_frozen(kind):
        value = object.__new__(kind)
        for field in dataclasses.fields(kind):
            if field.name in fields:
                object.__setattr__(value, field.name, fields[field.name])
        return value
    if isinstance(kind, type) and _is_model(kind):
        return kind.model_construct(**fields)  # type: ignore[attr-defined]
    raise CodecError(f"{module}.{qualname} is no value type")
