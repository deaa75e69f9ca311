"""Tools for models whose calls llama.cpp does not read: many small ones write a call as plain JSON in their reply.

- A tool that must be called (tool_choice "required", or a name) is written under a schema, so it is a call by force.
- A reply that is a call and nothing else, as JSON, in a code fence or in <tool_call>, becomes one when its name is
  declared. Anything else stays text: a call that was only talked about is not made up.
- A chat template without a place for tools gets them in the system message.
What it cannot do: make a model choose well, or call several tools at once under a schema.
"""

from __future__ import annotations

import copy
import json
import re
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

Body = dict[str, Any]

_FENCED = re.compile(r"```(?:json|tool_call)?\s*\n?(.*?)\n?\s*```", re.DOTALL)
_TAGGED = re.compile(r"<tool_call>\s*(.*?)\s*(?:</tool_call>|$)", re.DOTALL)
_BEGINNINGS = ("{", "[", "```json", "```tool_call", "```\n", "<tool_call>")


def declared(body: Mapping[str, Any]) -> list[str]:
    """Names of the tools that a request may call; none when it forbids all."""
    if body.get("tool_choice") == "none":
        return []
    return [tool["function"]["name"] for tool in _functions(body)]


def must_call(body: Mapping[str, Any]) -> bool:
    """Whether the reply has to be a call."""
    choice = body.get("tool_choice")
    return bool(declared(body)) and (choice == "required" or isinstance(choice, Mapping))


def prepared(body: Body, template_knows_tools: bool) -> Body:
    """The request as the engine takes it. Raises ValueError for a choice of a tool that is not declared."""
    if not declared(body):
        return body
    body = dict(body)
    if not template_knows_tools:
        body["messages"] = _with_tools_told(body["messages"], body["tools"])
    if must_call(body):
        body["response_format"] = _call_schema(_allowed(body))
        body["tool_choice"] = "none"  # the tools stay in the prompt, and llama.cpp reads the reply as text
        body.pop("parallel_tool_calls", None)
    return body


def calls_in(text: str | None, names: Iterable[str]) -> list[Body] | None:
    """The calls that a reply's text is, in the API's shape; None when it is anything else."""
    text, names = (text or "").strip(), set(names)
    if "<tool_call>" in text:
        outside, pieces = _TAGGED.sub("", text).strip(), _TAGGED.findall(text)
        if outside:
            return None
    else:
        fenced = _FENCED.fullmatch(text)
        pieces = [fenced.group(1) if fenced else text]
    calls: list[Body] = []
    for piece in pieces:
        try:
            found = json.loads(piece)
        except ValueError:
            return None
        calls += found if isinstance(found, list) else [found]
    if not calls or not all(_is_call(call, names) for call in calls):
        return None
    return [_in_api_shape(call) for call in calls]


def may_become_call(text: str) -> bool:
    """Whether a reply that begins so could still turn out to be a call."""
    text = text.lstrip()
    return any(text.startswith(beginning) or beginning.startswith(text) for beginning in _BEGINNINGS)


def _functions(body: Mapping[str, Any]) -> list[Body]:
    tools = body.get("tools") or []
    return [t for t in tools if isinstance(t, Mapping) and isinstance(t.get("function"), Mapping)]


def _allowed(body: Body) -> list[Body]:
    choice, functions = body["tool_choice"], [tool["function"] for tool in _functions(body)]
    if not isinstance(choice, Mapping):
        return functions
    name = (choice.get("function") or {}).get("name")
    named = [function for function in functions if function["name"] == name]
    if not named:
        raise ValueError(f"Tool choice '{name}' is not among the tools of the request.")
    return named


def _is_call(call: Any, names: set[str]) -> bool:
    return isinstance(call, dict) and call.get("name") in names and isinstance(_arguments(call), dict)


def _arguments(call: Body) -> Any:
    return call.get("arguments", call.get("parameters", {}))


def _in_api_shape(call: Body) -> Body:
    arguments = json.dumps(_arguments(call), ensure_ascii=False)
    return {
        "id": f"call_{uuid.uuid4().hex[:24]}",
        "type": "function",
        "function": {"name": call["name"], "arguments": arguments},
    }


def _call_schema(functions: list[Body]) -> Body:
    definitions: Body = {}
    shapes = []
    for function in functions:
        parameters, own = _hoisted(function.get("parameters") or {"type": "object"}, function["name"])
        definitions |= own
        shapes.append(
            {
                "type": "object",
                "properties": {"name": {"const": function["name"]}, "arguments": parameters},
                "required": ["name", "arguments"],
                "additionalProperties": False,
            }
        )
    schema: Body = shapes[0] if len(shapes) == 1 else {"anyOf": shapes}
    if definitions:
        schema = {**schema, "$defs": definitions}
    return {"type": "json_schema", "json_schema": {"name": "call", "schema": schema}}


def _hoisted(parameters: Body, prefix: str) -> tuple[Body, Body]:
    """A tool's schema for use inside another: its $defs, under names of its own, are given back for the outer one."""
    parameters = copy.deepcopy(parameters)
    places = [(key, parameters.pop(key)) for key in ("$defs", "definitions") if key in parameters]
    renamed = {f"#/{key}/{name}": f"{prefix}.{name}" for key, own in places for name in own}

    def point(value: Any) -> Any:
        if isinstance(value, dict):
            value = {key: point(item) for key, item in value.items()}
            if value.get("$ref") in renamed:
                value["$ref"] = f"#/$defs/{renamed[value['$ref']]}"
            return value
        return [point(item) for item in value] if isinstance(value, list) else value

    definitions = {f"{prefix}.{name}": point(schema) for _, own in places for name, schema in own.items()}
    return point(parameters), definitions


def _with_tools_told(messages: list[Body], tools: list[Body]) -> list[Body]:
    functions = "\n".join(json.dumps(tool["function"], ensure_ascii=False) for tool in tools)
    told = (
        f"You can call these functions:\n{functions}\n"
        'To call one, answer only with JSON: {"name": the function, "arguments": {...}}. Otherwise answer in words.'
    )
    if messages and messages[0].get("role") == "system" and isinstance(messages[0].get("content"), str):
        first = {**messages[0], "content": f"{messages[0]['content']}\n\n{told}"}
        return [first, *messages[1:]]
    return [{"role": "system", "content": told}, *messages]
