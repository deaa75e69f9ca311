"""What a body demands of the form of a reply: response_format, tools, tool_choice, checked as the API does."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ..text import tokens
from . import errors, schemas
from .fields import Fields
from .schemas import Schema

_NAME = re.compile(r"[a-zA-Z0-9_-]+")
_MOST_NAME, _MOST_TOOLS = 64, 128


@dataclass(frozen=True)
class ResponseFormat:
    """kind text needs nothing; schema is there for json_schema."""

    kind: Literal["text", "json_object", "json_schema"] = "text"
    schema: Schema | None = None


@dataclass(frozen=True)
class ToolChoice:
    """mode none, auto or required; a name is the one function that must be called."""

    mode: Literal["none", "auto", "required"] = "auto"
    name: str | None = None


@dataclass(frozen=True)
class Tools:
    """The functions a request offers, each a Schema of its parameters, and how they may be called."""

    functions: tuple[Schema, ...] = ()
    choice: ToolChoice = ToolChoice()
    parallel: bool = True


def read_response_format(body: Fields, texts: Sequence[str]) -> ResponseFormat:
    """texts: those of the messages, because JSON mode wants the word JSON in one of them."""
    fields = body.object("response_format")
    if fields is None:
        return ResponseFormat()
    kind = fields.choice("type", ("text", "json_object", "json_schema"), required=True)
    if kind == "json_object":
        if not any("json" in text.lower() for text in texts):
            raise errors.missing_word_json()
        return ResponseFormat("json_object")
    if kind != "json_schema":
        return ResponseFormat()
    own = fields.object("json_schema", required=True)
    assert own is not None
    return ResponseFormat("json_schema", read_json_schema(own, "response_format", None))


def read_json_schema(own: Fields, param: str, code: str | None) -> Schema:
    """The named schema of a response format; param and code are those of the error for one that cannot be kept."""
    name = _name(own)
    root = own.object("schema", required=True)
    assert root is not None
    strict = own.boolean("strict")
    schemas.check(root.value, f"response_format '{name}'", param, code, strict)
    return Schema(name, root.value, own.string("description") or "", strict)


def read_tools(body: Fields) -> Tools:
    """Raises ApiError for a tool that is no valid function, and for a choice among tools that are not there."""
    tools = offered_tools(body)
    if tools is None:
        for param in ("tool_choice", "parallel_tool_calls"):
            given = body.get(param)
            if given is not None and given != "none":
                raise errors.invalid_value(param, f"'{param}' is only allowed when 'tools' are specified.")
        return Tools()
    if not tools:
        raise errors.empty_array("tools")
    functions = tuple(_function(tool) for tool in tools)
    parallel = True if body.get("parallel_tool_calls") is None else body.boolean("parallel_tool_calls")
    return Tools(functions, _choice(body, functions), parallel)


def offered_tools(body: Fields) -> list[Fields] | None:
    """The tools of a body, each by itself; None when it names none."""
    values = body.array("tools")
    if values is not None and len(values) > _MOST_TOOLS:
        raise errors.invalid_value("tools", f"Invalid 'tools': array too long. Expected at most {_MOST_TOOLS} items.")
    return None if values is None else [Fields(value, f"tools[{i}]") for i, value in enumerate(values)]


def _function(tool: Fields) -> Schema:
    kind = tool.choice("type", ("function", "custom"), required=True)
    if kind == "custom":
        raise errors.not_simulated(tool.name("type"), "custom tools, only functions")
    function = tool.object("function", required=True)
    assert function is not None
    return read_function(function, function.boolean("strict"))


def read_function(function: Fields, strict: bool) -> Schema:
    """The object that holds a function's name, description and parameters."""
    name = _name(function)
    parameters = function.object("parameters")
    root = parameters.value if parameters is not None else {}
    schemas.check(
        root, f"function '{name}'", function.name("parameters"), "invalid_function_parameters", strict and bool(root)
    )
    return Schema(name, root or {"type": "object", "properties": {}}, function.string("description") or "", strict)


def _name(fields: Fields) -> str:
    name = fields.string("name", required=True) or ""
    if not _NAME.fullmatch(name):
        param = fields.name("name")
        raise errors.invalid_value(
            param,
            f"Invalid '{param}': string does not match pattern. Expected a string that matches the pattern "
            "'^[a-zA-Z0-9_-]+$'.",
        )
    if len(name) > _MOST_NAME:
        param = fields.name("name")
        raise errors.invalid_value(
            param, f"Invalid '{param}': string too long. Expected a string with maximum length {_MOST_NAME}."
        )
    return name


def _choice(body: Fields, functions: Sequence[Schema]) -> ToolChoice:
    value = body.get("tool_choice")
    if value is None:
        return ToolChoice()
    if isinstance(value, str):
        mode = body.choice("tool_choice", ("none", "auto", "required"))
        return ToolChoice(mode)  # type: ignore[arg-type]
    fields = Fields(value, "tool_choice")
    kind = fields.choice("type", ("function", "allowed_tools", "custom"), required=True)
    if kind != "function":
        raise errors.not_simulated("tool_choice.type", f"a tool_choice of type '{kind}'")
    function = fields.object("function", required=True)
    name = function.string("name", required=True) if function else None
    if name not in [own.name for own in functions]:
        raise errors.invalid_value("tool_choice", f"Tool choice '{name}' not found in 'tools' parameter.")
    return ToolChoice("required", name)


def tokens_of(response_format: ResponseFormat, tools: Tools) -> int:
    """What schemas and functions add to the tokens of a prompt: the estimate that tokens.py writes down."""
    total = 0
    if response_format.schema is not None:
        total += tokens.count(json.dumps(response_format.schema.root, separators=(",", ":"), ensure_ascii=False))
    return total + tokens.count_functions([(f.name, f.description, f.root) for f in tools.functions])
