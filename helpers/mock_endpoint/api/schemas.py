"""JSON schemas of response formats and functions: checked as the API checks them, read as alternatives of one type.

`check` raises the API's own 400s. `alternatives` resolves $ref, unions and lists of types. `emptiest` is the honest
value where a prompt supports none, `conforms` says whether a scalar keeps its schema's bounds. Conditions (`if`,
`dependentSchemas`, `not`) are refused under strict, as at the API, and not honoured without it.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from . import errors, patterns

Node = dict[str, Any]  # a JSON schema or a part of one

TYPES = ("object", "array", "string", "integer", "number", "boolean", "null")
FORMATS = {  # those that strict mode knows -> the emptiest valid value
    "date-time": "1970-01-01T00:00:00Z",
    "time": "00:00:00Z",
    "date": "1970-01-01",
    "duration": "PT0S",
    "email": "unknown@example.invalid",
    "hostname": "example.invalid",
    "ipv4": "0.0.0.0",
    "ipv6": "::",
    "uuid": "00000000-0000-0000-0000-000000000000",
}
# Keywords that strict mode has; of the others it says that they are not permitted.
_STRICT = frozenset(
    (
        "type", "properties", "required", "additionalProperties", "items", "prefixItems", "enum", "const", "anyOf",
        "$ref", "$defs", "definitions", "title", "description", "default", "examples", "pattern", "format", "minimum",
        "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minItems", "maxItems", "minLength",
        "maxLength", "$schema", "$id", "$comment", "nullable", "deprecated",
    )
)  # fmt: skip
_MOST_DEPTH, _MOST_PROPERTIES, _MOST_LENGTH = 10, 5000, 10_000


@dataclass(frozen=True)
class Schema:
    """A checked schema with what its request says of it."""

    name: str
    root: Node
    description: str = ""
    strict: bool = False


# --- checking ------------------------------------------------------------------------------------------------------


def check(root: Node, what: str, param: str, code: str | None, strict: bool) -> None:
    """Raise the API's 400 for a schema that it refuses. `what` is `response_format 'x'` or `function 'x'`."""

    def refused(context: tuple[str, ...], why: str) -> errors.ApiError:
        where = f"In context=({', '.join(map(repr, context))}{',' if len(context) == 1 else ''}), " if why else ""
        return errors.invalid_schema(what, where + why, param, code)

    kind = root.get("type") if "$ref" not in root else resolved(root, root).get("type")
    if strict and "anyOf" in root:
        raise refused((), "'anyOf' is not permitted at the root.")
    if kind != "object" and (strict or root):
        shown = "None" if kind is None else kind
        raise errors.invalid_schema(
            what, f"schema must be a JSON Schema of 'type: \"object\"', got 'type: \"{shown}\"'.", param, code
        )
    count = 0
    for node, context in _walk(root, ()):
        if not isinstance(node, dict):
            raise refused(context, f"{node!r} is not of type 'object', 'boolean'.")
        problem = _malformed(node, root) or (strict and _not_strict(node))
        if problem:
            raise refused(context, problem)
        count += len(node.get("properties") or {})
        if strict and sum(part == "properties" for part in context) > _MOST_DEPTH:
            raise refused(context, f"the schema is nested deeper than {_MOST_DEPTH} levels.")
    if count > _MOST_PROPERTIES:
        raise refused((), f"the schema has more than {_MOST_PROPERTIES} properties.")
    try:
        emptiest(root, root)
    except Endless:
        raise refused((), "no finite value satisfies this schema.") from None


def _walk(node: Any, context: tuple[str, ...], level: int = 0) -> Iterator[tuple[Any, tuple[str, ...]]]:
    if node is True:
        return  # anything may stand here
    yield node, context
    if not isinstance(node, dict) or level > 60:
        return
    for keyword in ("properties", "$defs", "definitions"):
        for name, child in (node[keyword] if isinstance(node.get(keyword), dict) else {}).items():
            yield from _walk(child, (*context, keyword, name), level + 1)
    for keyword in ("anyOf", "oneOf", "allOf", "prefixItems"):
        for i, child in enumerate(node[keyword] if isinstance(node.get(keyword), list) else ()):
            yield from _walk(child, (*context, keyword, str(i)), level + 1)
    if node.get("items") not in (None, False):
        yield from _walk(node["items"], (*context, "items"), level + 1)


def _malformed(node: Node, root: Node) -> str:
    """What no JSON schema may hold, strict or not."""
    kinds = node.get("type", "string")
    if kinds == []:
        return "'type' must not be empty."
    for kind in kinds if isinstance(kinds, list) else [kinds]:
        if kind not in TYPES:
            return f"{kind!r} is not valid under any of the given schemas."
    shapes = {"properties": dict, "required": list, "enum": list, "anyOf": list, "oneOf": list, "allOf": list}
    shapes |= {"$defs": dict, "definitions": dict, "prefixItems": list, "pattern": str, "format": str, "$ref": str}
    for keyword, shape in shapes.items():
        if keyword in node and not isinstance(node[keyword], shape):
            return f"{node[keyword]!r} is not valid for '{keyword}'."
    for name in node.get("required", ()):
        if not isinstance(name, str):
            return f"{name!r} is not of type 'string'."
    for keyword in ("anyOf", "oneOf", "allOf", "enum"):
        if node.get(keyword) == []:
            return f"'{keyword}' must not be empty."
    for keyword in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"):
        if keyword in node and not _is_number(node[keyword]):
            return f"{node[keyword]!r} is not of type 'number'."
    if _is_number(node.get("multipleOf")) and node["multipleOf"] <= 0:
        return "'multipleOf' must be greater than 0."
    for keyword in ("minItems", "maxItems", "minLength", "maxLength"):
        value = node.get(keyword, 0)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _MOST_LENGTH:
            return f"{value!r} is not valid for '{keyword}'."
    if "pattern" in node and patterns.shortest(node["pattern"]) is None:
        return f"{node['pattern']!r} is not a supported regular expression."
    if "$ref" in node and not resolved(node, root):
        return f"reference can only point to definitions defined at the top level of the schema: {node['$ref']!r}."
    return ""


def _not_strict(node: Node) -> str:
    """What strict mode asks for beyond JSON Schema."""
    for keyword in node:
        if keyword not in _STRICT:
            return f"'{keyword}' is not permitted."
    if not {"type", "$ref", "anyOf", "enum", "const"} & node.keys():
        return "schema must have a 'type' key."
    if node.get("format", "date") not in FORMATS:
        return f"{node['format']!r} is not a valid format."
    kinds = node.get("type")
    if "object" in (kinds if isinstance(kinds, list) else [kinds]):
        if node.get("additionalProperties") is not False:
            return "'additionalProperties' is required to be supplied and to be false."
        missing = [key for key in node.get("properties", {}) if key not in node.get("required", [])]
        extra = [key for key in node.get("required", []) if key not in node.get("properties", {})]
        if missing:
            return (
                "'required' is required to be supplied and to be an array including every key in properties. "
                f"Missing '{missing[0]}'."
            )
        if extra:
            return f"'required' names '{extra[0]}', which is not among the properties."
    if kinds == "array" and "items" not in node and "prefixItems" not in node:
        return "array schema missing items."
    return ""


# --- reading -------------------------------------------------------------------------------------------------------


def resolved(node: Node, root: Node) -> Node:
    """The schema a $ref points to, with what stands beside the $ref; {} when it points nowhere."""
    for _ in range(20):
        reference = node.get("$ref")
        if not isinstance(reference, str):
            return node
        target: Any = root
        for part in reference.removeprefix("#").split("/"):
            name = part.replace("~1", "/").replace("~0", "~")
            target = target.get(name) if name and isinstance(target, dict) else target if not name else None
        if not reference.startswith("#") or not isinstance(target, dict):
            return {}
        node = {**target, **{k: v for k, v in node.items() if k != "$ref"}}
    return {}


def alternatives(node: Any, root: Node, level: int = 0) -> list[Node]:
    """The schemas of exactly one type each that a value may keep; null is one of them where it is allowed."""
    node = resolved(node, root) if isinstance(node, dict) else {}
    if level > 8:
        return [node]
    for part in node.get("allOf") or ():
        node = _merged(node, resolved(part, root) if isinstance(part, dict) else {})
    unions = [*(node.get("anyOf") or ()), *(node.get("oneOf") or ())]
    if unions:
        own = {k: v for k, v in node.items() if k not in ("anyOf", "oneOf", "allOf")}
        return [one for branch in unions for one in alternatives(_merged(own, branch, root), root, level + 1)]
    kinds = node.get("type")
    listed = kinds if isinstance(kinds, list) else [kinds or _implied(node)]
    found = [_of_type({**node, "type": kind}) for kind in listed]
    if node.get("nullable") is True and "null" not in listed:
        found.append({"type": "null"})
    return [one for one in found if one.get("enum") != []] or [node]


def _merged(left: Node, right: Any, root: Node | None = None) -> Node:
    right = right if isinstance(right, dict) else {}
    right = resolved(right, root) if root is not None else right
    both: Node = {**left, **right}
    if left.get("properties") and right.get("properties"):
        both["properties"] = {**left["properties"], **right["properties"]}
    if left.get("required") and right.get("required"):
        both["required"] = [*left["required"], *right["required"]]
    return both


def _implied(node: Node) -> str:
    """The type of a schema that does not name it."""
    if "const" in node:
        return _type_of(node["const"])
    if node.get("enum"):
        return _type_of(node["enum"][0])
    if "properties" in node:
        return "object"
    if "items" in node or "prefixItems" in node:
        return "array"
    return "number" if node.keys() & {"minimum", "maximum", "multipleOf"} else "string"


def _of_type(node: Node) -> Node:
    if "enum" not in node:
        return node
    return {**node, "enum": [v for v in node["enum"] if _is_of(v, node["type"])]}


def _type_of(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
    return "object"


def _is_of(value: Any, kind: str) -> bool:
    own = _type_of(value)
    return own == kind or (own == "integer" and kind == "number")


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    # An integer of JSON may have any length; what no double holds is nothing to reckon with.
    return math.isfinite(value) if isinstance(value, float) else abs(value) <= sys.float_info.max


# --- values --------------------------------------------------------------------------------------------------------


class Endless(Exception):
    """A schema whose values would have to hold themselves without end."""


def emptiest(node: Any, root: Node, level: int = 0) -> Any:
    """The value that says least: null, "", 0, false, [], an object of such values; or what comes nearest to it.

    Raises Endless for a schema that no finite value satisfies.
    """
    if level > 24:
        raise Endless
    options = sorted(alternatives(node, root), key=lambda one: one.get("type") != "null")
    for one in options:
        try:
            return _emptiest_of(one, root, level)
        except Endless:
            continue
    raise Endless


def _emptiest_of(node: Node, root: Node, level: int) -> Any:
    if "const" in node:
        return node["const"]
    if node.get("enum"):
        return node["enum"][0]
    kind = node.get("type")
    if kind == "object":
        known = node.get("properties") or {}
        return {
            name: emptiest(known.get(name, {}), root, level + 1) for name in dict.fromkeys(node.get("required") or ())
        }
    if kind == "array":
        return [emptiest(item_schema(node, i), root, level + 1) for i in range(node.get("minItems", 0))]
    if kind in ("integer", "number"):
        return _nearest_number(node, 0)
    if kind == "string":
        return _emptiest_text(node)
    return False if kind == "boolean" else None


def without_descriptions(node: Any, words: int = 0) -> Any:
    """A schema without what it says of its fields beside their names, types and values, but for so many first words."""
    if isinstance(node, list):
        return [without_descriptions(one, words) for one in node]
    if not isinstance(node, dict):
        return node
    kept = {}
    for key, value in node.items():
        if key in ("properties", "$defs", "definitions") and isinstance(value, dict):
            kept[key] = {name: without_descriptions(one, words) for name, one in value.items()}
        elif key == "description" and isinstance(value, str) and words:
            kept[key] = first_words(value, words)
        elif key not in ("description", "title") or not isinstance(value, str):
            kept[key] = value if key in ("enum", "const", "default", "examples") else without_descriptions(value, words)
    return kept


def first_words(description: str, words: int) -> str:
    return " ".join(description.split()[:words])


def item_schema(node: Node, position: int) -> Any:
    """The schema of an array's item at a position."""
    prefix = node.get("prefixItems") or ()
    return prefix[position] if position < len(prefix) else node.get("items", {})


def _emptiest_text(node: Node) -> str:
    low = node.get("minLength", 0)
    text = patterns.shortest(node["pattern"]) or "" if "pattern" in node else FORMATS.get(node.get("format", ""), "")
    return text if len(text) >= low else text + "-" * (low - len(text))


def _nearest_number(node: Node, value: float) -> float | int:
    """The number nearest to a value that keeps the schema's bounds and steps."""
    whole = node.get("type") == "integer"
    step = node.get("multipleOf") or (1 if whole else 0)
    low, high = node.get("minimum", -math.inf), node.get("maximum", math.inf)
    above, below = node.get("exclusiveMinimum", -math.inf), node.get("exclusiveMaximum", math.inf)
    if step:
        low = max(low, above + step / 2 if above >= low else low)
        value = max(value, low) if math.isfinite(low) else value
        value = min(value, high) if math.isfinite(high) else value
        steps = math.ceil(value / step) if value >= low and value != 0 else round(value / step)
        for candidate in (steps * step, (steps + 1) * step, (steps - 1) * step):
            if low <= candidate <= high and above < candidate < below:
                value = candidate
                break
    else:
        if value <= above:
            value = (above + min(high, below)) / 2 if math.isfinite(min(high, below)) else above + 1
        if value >= below:
            value = (below + max(low, above)) / 2 if math.isfinite(max(low, above)) else below - 1
        value = min(max(value, low), high)
    return int(value) if float(value).is_integer() else value


def conforms(value: Any, node: Node) -> bool:
    """Whether a string or number keeps what its schema says of it beside the type."""
    if "const" in node and value != node["const"]:
        return False
    if node.get("enum") and value not in node["enum"]:
        return False
    if isinstance(value, str):
        fits = node.get("minLength", 0) <= len(value) <= node.get("maxLength", math.inf)
        shaped = _FORMAT_SHAPES.get(node.get("format", ""))
        return (
            fits
            and ("pattern" not in node or patterns.matches(node["pattern"], value))
            and (shaped is None or shaped.fullmatch(value) is not None)
        )
    if _is_number(value):
        step = node.get("multipleOf")
        return (
            node.get("minimum", -math.inf) <= value <= node.get("maximum", math.inf)
            and node.get("exclusiveMinimum", -math.inf) < value < node.get("exclusiveMaximum", math.inf)
            and (not step or value % step == 0)
            and (node.get("type") != "integer" or float(value).is_integer())
        )
    return True


_OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_FORMAT_SHAPES = {
    "date": re.compile(r"\d{4}-\d{2}-\d{2}"),
    "time": re.compile(r"\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})"),
    "date-time": re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})"),
    "email": re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    "uuid": re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),
    "ipv4": re.compile(rf"{_OCTET}(?:\.{_OCTET}){{3}}"),
    "ipv6": re.compile(r"[0-9a-fA-F:]*::?[0-9a-fA-F:.]*"),
    "hostname": re.compile(r"(?=.{1,253}$)[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,62})(?:\.[a-zA-Z0-9-]{1,63})*"),
    "duration": re.compile(r"P(?=.)(?:\d+Y)?(?:\d+M)?(?:\d+W)?(?:\d+D)?(?:T(?=.)(?:\d+H)?(?:\d+M)?(?:\d+S)?)?"),
}
