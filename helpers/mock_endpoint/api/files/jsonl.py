"""JSON Lines: a file's lines as values, each with its number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..transport import parse_json


@dataclass(frozen=True)
class Line:
    """number counts from 1; value is None when the line is no JSON object."""

    number: int
    value: dict[str, Any] | None


def lines_of(content: bytes) -> Iterator[Line]:
    """The lines that are not blank. Bytes that are no UTF-8 make their line unreadable, not the file."""
    for number, raw in enumerate(content.removeprefix(b"\xef\xbb\xbf").splitlines(), start=1):
        if raw.strip():
            yield Line(number, _object(raw))


def _object(raw: bytes) -> dict[str, Any] | None:
    try:
        value = parse_json(raw)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
