"""The shape of JSON that a prompt describes in words: a schema, a template, or keys that it names."""

from __future__ import annotations

import json
import re
from typing import Any

_KEYS = re.compile(
    r"\b(?:keys?|fields?|properties|attributes|chaves?|campos?)\b[^:.!?\n`\"']{0,30}?[:\s]\s*(?P<list>(?:[\"'`]?[A-Za-z_][\w-]{0,40}[\"'`]?"
    r"(?:\s*\((?:[^()\n]{0,80})\))?(?:\s*(?:,|and|,\s*and|&|e|y)\s*)?){1,30})",
    re.IGNORECASE,
)
_KEYS_BEFORE = re.compile(  # "with 'title' and 'year' keys": in this order only names in quotes are sure to be names
    r"(?P<list>(?:([\"'`])[A-Za-z_][\w-]{0,40}\2\s*(?:(?:,\s*and|,|and|&|e|y)\s*)?){1,30})"
    r"(?:as\s+)?(?:the\s+)?(?:keys?|fields?|properties|attributes)\b",
    re.IGNORECASE,
)
_KEY = re.compile(r"[\"'`]?([A-Za-z_][\w-]{0,40})[\"'`]?(?:\s*\(([^()\n]{0,80})\))?")
_NOT_KEYS = frozenset(("and", "e", "y", "only", "exactly", "the", "following", "as", "are", "with", "named", "called"))
_TEMPLATE_KEY = re.compile(r"[\"']([A-Za-z_][\w -]{0,40})[\"']\s*:\s*([^,\n}]*)")
_TYPES = (
    (re.compile(r"\b(?:int|integer|whole number)\b|^\s*\d+\s*$", re.IGNORECASE), {"type": "integer"}),
    (re.compile(r"\b(?:number|float|decimal)\b|^\s*\d+\.\d+\s*$", re.IGNORECASE), {"type": "number"}),
    (re.compile(r"\b(?:bool|boolean|true|false)\b", re.IGNORECASE), {"type": "boolean"}),
    (re.compile(r"\b(?:list|array)\b|^\s*\[", re.IGNORECASE), {"type": "array", "items": {"type": "string"}}),
)
_PLACEHOLDER = re.compile(
    r":\s*(?:[\"'<]*(?:str|string|int|integer|number|float|bool|boolean|list|array|\.\.\.|…|<)|[^,}\n]*\|)",
    re.IGNORECASE,
)


def shape_in(text: str) -> dict[str, Any] | None:
    """A JSON schema of an object, read from a prompt's instructions; None when they name no keys."""
    for block in _braced(text):
        schema = _as_schema(block)
        if schema is not None:
            return schema
        if pairs := _TEMPLATE_KEY.findall(block):
            return _object({key: _typed(about) for key, about in pairs})
    for match in (*_KEYS_BEFORE.finditer(text), *_KEYS.finditer(text)):
        found = {m[1]: _typed(m[2] or "") for m in _KEY.finditer(match["list"]) if m[1].lower() not in _NOT_KEYS}
        if found:
            return _object(found)
    return None


def keys_named(text: str) -> tuple[str, ...]:
    """The keys of the object that a prompt describes; none where it names no keys."""
    shape = shape_in(text)
    return tuple(shape["properties"]) if shape else ()


def without_template(text: str) -> str:
    """A text without the braces in which it shows a shape: they hold no data."""
    for block in _braced(text):
        if _as_schema(block) is not None or (_TEMPLATE_KEY.search(block) and _PLACEHOLDER.search(block)):
            text = text.replace(block, " ")
    return text


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _typed(about: str) -> dict[str, Any]:
    about = about.strip().strip("\"'")
    options = [part.strip() for part in about.split("|")]
    if len(options) > 1 and all(re.fullmatch(r"[\"']?[\w -]{1,30}[\"']?", part) for part in options):
        return {"type": "string", "enum": [part.strip("\"'") for part in options]}
    kind = next((schema for pattern, schema in _TYPES if pattern.search(about)), {"type": "string"})
    return {**kind, "description": about} if about else dict(kind)


def _as_schema(block: str) -> dict[str, Any] | None:
    try:
        value = json.loads(block)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and isinstance(value.get("properties"), dict) else None


def _braced(text: str) -> list[str]:
    """The outermost stretches in braces, longest first."""
    found, depth, start = [], 0, 0
    for match in re.finditer(r"[{}]", text):
        if match.group() == "{":
            start = match.start() if depth == 0 else start
            depth += 1
        elif depth:
            depth -= 1
            if depth == 0:
                found.append(text[start : match.end()])
    return sorted(found, key=len, reverse=True)
