"""What a Responses body demands of the form of a reply: text.format, tools and tool_choice in their flat shapes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import errors
from ..contracts import ResponseFormat, ToolChoice, Tools, offered_tools, read_function, read_json_schema
from ..fields import Fields
from ..requests import Message
from ..schemas import Schema
from . import errors as own_errors

# What runs at the API itself, by the types that the installed SDK knows.
_HOSTED = {
    "apply_patch": "the patch tool",
    "code_interpreter": "the code interpreter",
    "computer": "computer use",
    "computer_use_preview": "computer use",
    "custom": "custom tools, only functions",
    "file_search": "file search; search your own index with a function",
    "image_generation": "image generation",
    "local_shell": "a shell",
    "mcp": "MCP servers",
    "namespace": "namespaces of tools",
    "shell": "a shell",
    "tool_search": "tool search",
    "web_search": "web search",
    "web_search_2025_08_26": "web search",
    "web_search_preview": "web search",
    "web_search_preview_2025_03_11": "web search",
}
_VERBOSITY = ("low", "medium", "high")


def read_format(body: Fields) -> tuple[ResponseFormat, dict[str, Any]]:
    """The format that `text` asks for, and `text` as the Response repeats it."""
    text = body.object("text") or Fields({}, "text")
    verbosity = text.choice("verbosity", _VERBOSITY) or "medium"
    fields = text.object("format")
    kind = fields.choice("type", ("text", "json_object", "json_schema"), required=True) if fields else "text"
    if fields is None or kind != "json_schema":
        return ResponseFormat(kind), {"format": {"type": kind}, "verbosity": verbosity}  # type: ignore[arg-type]
    schema = read_json_schema(fields, fields.name("schema"), "invalid_json_schema")
    shown = {
        "type": "json_schema",
        "description": schema.description or None,
        "name": schema.name,
        "schema": schema.root,
        "strict": schema.strict,
    }
    return ResponseFormat("json_schema", schema), {"format": shown, "verbosity": verbosity}


def check_json_is_named(form: ResponseFormat, messages: Sequence[Message]) -> None:
    """JSON mode wants the word JSON in what the model reads."""
    if form.kind == "json_object" and not any("json" in message.text.lower() for message in messages):
        raise own_errors.missing_word_json()


def read_response_tools(body: Fields) -> tuple[Tools, dict[str, Any]]:
    """The functions that may be called, and tools, tool_choice and parallel_tool_calls as the Response repeats them."""
    offered = offered_tools(body) or []
    functions = tuple(_function(tool) for tool in offered)
    choice, shown = _choice(body, [function.name for function in functions])
    parallel = True if body.get("parallel_tool_calls") is None else body.boolean("parallel_tool_calls")
    echo = {
        "tools": [_shown(function) for function in functions],
        "tool_choice": shown,
        "parallel_tool_calls": parallel,
    }
    return Tools(functions, choice, parallel), echo


def _function(tool: Fields) -> Schema:
    kind = tool.string("type", required=True) or ""
    if kind in _HOSTED:
        raise errors.not_simulated(tool.name("type"), _HOSTED[kind])
    if kind != "function":
        tool.choice("type", ("function", *_HOSTED))
    if isinstance(tool.value.get("function"), dict):
        raise errors.missing(tool.name("name"))  # the shape of Chat Completions, where the function stands deeper
    if tool.get("strict") is not None:
        return read_function(tool, tool.boolean("strict"))
    # Left out it means strict here, unlike in Chat Completions, wherever the parameters allow it.
    try:
        return read_function(tool, True)
    except errors.ApiError:
        return read_function(tool, False)


def _shown(function: Schema) -> dict[str, Any]:
    return {
        "type": "function",
        "description": function.description or None,
        "name": function.name,
        "parameters": function.root,
        "strict": function.strict,
    }


def _choice(body: Fields, names: Sequence[str]) -> tuple[ToolChoice, Any]:
    value = body.get("tool_choice")
    if value is None or isinstance(value, str):
        mode = body.choice("tool_choice", ("none", "auto", "required")) or "auto"
        if mode == "required" and not names:
            raise errors.invalid_value(
                "tool_choice", "Tool choice 'required' must be specified with 'tools' parameter."
            )
        return ToolChoice(mode), mode  # type: ignore[arg-type]
    fields = Fields(value, "tool_choice")
    kind = fields.string("type", required=True) or ""
    if kind in (*_HOSTED, "allowed_tools"):
        raise errors.not_simulated("tool_choice", f"a tool_choice of type '{kind}'")
    fields.choice("type", ("function", "allowed_tools", *_HOSTED))
    name = fields.string("name", required=True) or ""
    if name not in names:
        raise errors.invalid_value("tool_choice", f"Tool choice '{name}' not found in 'tools' parameter.")
    return ToolChoice("required", name), {"type": "function", "name": name}
