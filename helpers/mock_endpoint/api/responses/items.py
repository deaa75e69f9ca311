"""The items of a Responses input: checked and completed as the API keeps them, then turned into messages of a chat.

An item is the JSON object that `input_items` lists: a message with its parts, a function call, or a call's output.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .. import errors
from ..fields import Fields
from ..requests import Message, read_message
from . import errors as own_errors

Item = dict[str, Any]
FindItem = Callable[[str], Item | None]  # an id -> an item that was stored before
FindImage = Callable[[str], str | None]  # an id -> an uploaded image as a data URL

_KINDS = ("message", "function_call", "function_call_output", "reasoning", "item_reference")
# The API's other items, by the names in its reference: known, but made by tools that are not here.
_NOT_SIMULATED = (
    "apply_patch_call", "apply_patch_call_output", "code_interpreter_call", "compaction", "computer_call",
    "computer_call_output", "custom_tool_call", "custom_tool_call_output", "file_search_call", "image_generation_call",
    "local_shell_call", "local_shell_call_output", "mcp_approval_request", "mcp_approval_response", "mcp_call",
    "mcp_list_tools", "shell_call", "shell_call_output", "tool_search_call", "tool_search_output", "web_search_call",
)  # fmt: skip
_ROLES = ("assistant", "system", "developer", "user")
_FROM_USER = ("input_text", "input_image", "input_file", "input_audio")
_FROM_ASSISTANT = ("output_text", "refusal")
_DETAILS = ("low", "high", "auto", "original")
_FIELDS: Mapping[str, frozenset[str]] = {
    "message": frozenset({"type", "id", "role", "content", "status", "phase"}),
    "function_call": frozenset(
        {"type", "id", "call_id", "name", "arguments", "status", "caller", "namespace", "async", "created_by"}
    ),
    "function_call_output": frozenset(
        {"type", "id", "call_id", "output", "status", "caller", "name", "namespace", "created_by"}
    ),
}


def read_items(value: Any, find: FindItem, image: FindImage) -> list[Item]:
    """The items of `input`: a string is one user message. Raises ApiError naming the first wrong field."""
    if isinstance(value, str):
        return [_message("user", [{"type": "input_text", "text": value}])]
    if not isinstance(value, list):
        raise errors.invalid_type("input", "one of a string or array of objects", value)
    found = [_item(Fields(one, f"input[{i}]"), find, image) for i, one in enumerate(value)]
    return [item for item in found if item is not None]


def _item(fields: Fields, find: FindItem, image: FindImage) -> Item | None:
    kind = fields.string("type") or ("message" if "role" in fields.value or "id" not in fields.value else _KINDS[-1])
    if kind in _NOT_SIMULATED:
        raise errors.not_simulated(fields.name("type"), f"input items of type '{kind}'")
    if kind not in _KINDS:
        fields.choice("type", _KINDS)
    if kind == "reasoning":
        return None  # nothing here reasons: what another model thought is no part of the prompt
    if kind == "item_reference":
        identity = fields.string("id", required=True) or ""
        referred = find(identity)
        if referred is None:
            raise own_errors.unknown_item(identity)
        return referred
    fields.only(_FIELDS[kind])
    if kind == "message":
        return _read_message(fields, image)
    shared = {"type": kind, "id": fields.string("id"), "call_id": fields.string("call_id", required=True)}
    if kind == "function_call":
        name, arguments = fields.string("name", required=True), fields.string("arguments", required=True)
        return shared | {"name": name, "arguments": arguments, "status": "completed"}
    output = fields.get("output", required=True)
    if not isinstance(output, str):
        output = _parts(fields, "output", _FROM_USER, image)
        seen = next((i for i, part in enumerate(output) if part["type"] == "input_image"), None)
        if seen is not None:
            raise errors.not_simulated(fields.name(f"output[{seen}].type"), "images in the output of a function")
    return shared | {"output": output, "status": "completed"}


def _message(role: str, content: list[Item], identity: str | None = None) -> Item:
    return {"type": "message", "id": identity, "role": role, "status": "completed", "content": content}


def _read_message(fields: Fields, image: FindImage) -> Item:
    role = fields.choice("role", _ROLES, required=True) or ""
    content = fields.get("content", required=True)
    if isinstance(content, str):
        said = {"type": "output_text", "annotations": [], "logprobs": []} if role == "assistant" else {}
        return _message(role, [{"type": "input_text"} | said | {"text": content}], fields.string("id"))
    kinds = _FROM_ASSISTANT if role == "assistant" else _FROM_USER
    return _message(role, _parts(fields, "content", kinds, image), fields.string("id"))


def _parts(fields: Fields, key: str, kinds: Sequence[str], image: FindImage) -> list[Item]:
    values = fields.get(key, required=True)
    if not isinstance(values, list):
        raise errors.invalid_type(fields.name(key), "one of a string or array of objects", values)
    return [_part(Fields(value, fields.name(f"{key}[{i}]")), kinds, image) for i, value in enumerate(values)]


def _part(part: Fields, kinds: Sequence[str], image: FindImage) -> Item:
    kind = part.choice("type", kinds, required=True) or ""
    match kind:
        case "input_text":
            return {"type": kind, "text": part.string("text", required=True)}
        case "output_text":
            text = part.string("text", required=True)
            return {"type": kind, "annotations": part.array("annotations") or [], "logprobs": [], "text": text}
        case "refusal":
            return {"type": kind, "refusal": part.string("refusal", required=True)}
        case "input_image":
            return _image(part, image)
        case "input_file":
            own = {key: part.string(key) for key in ("file_id", "filename", "file_data", "file_url")}
            return {"type": kind} | {key: value for key, value in own.items() if value is not None}
        case _:
            raise errors.not_simulated(part.name("type"), f"content of type '{kind}'")


def _image(part: Fields, image: FindImage) -> Item:
    identity, url = part.string("file_id"), part.string("image_url")
    if identity is None and url is None:
        raise errors.missing(part.name("image_url"))
    if url is None and identity is not None:
        url = image(identity)
        if url is None:
            raise errors.invalid_value(part.name("file_id"), f"No image was uploaded with the id '{identity}'.")
    return {"type": "input_image", "detail": part.choice("detail", _DETAILS) or "auto", "image_url": url}


# --- items as messages ---------------------------------------------------------------------------------------------


def check_calls(items: Sequence[Item]) -> None:
    """Each call of a function has its output and each output its call, as the API wants it of a whole conversation."""
    calls = {item["call_id"]: None for item in items if item["type"] == "function_call"}
    outputs = {item["call_id"]: None for item in items if item["type"] == "function_call_output"}
    for call_id in outputs:
        if call_id not in calls:
            raise own_errors.output_without_call(call_id)
    for call_id in calls:
        if call_id not in outputs:
            raise own_errors.call_without_output(call_id)


def as_messages(items: Sequence[Item], before: int) -> list[Message]:
    """The conversation as messages of a chat; the first `before` items were checked when they came."""
    messages: list[tuple[str, Item]] = []
    for i, item in enumerate(items):
        path = f"input[{i - before}]" if i >= before else ""
        match item["type"]:
            case "message":
                messages.append((path, {"role": item["role"], "content": _as_content(item["content"])}))
            case "function_call":
                call = {"id": item["call_id"], "function": {"name": item["name"], "arguments": item["arguments"]}}
                if messages and "tool_calls" in messages[-1][1]:
                    messages[-1][1]["tool_calls"].append(call)
                else:
                    messages.append((path, {"role": "assistant", "tool_calls": [call]}))
            case "function_call_output":
                output = _as_content(item["output"])
                messages.append((path, {"role": "tool", "tool_call_id": item["call_id"], "content": output}))
    return [read_message(Fields(message, path)) for path, message in messages]


def _as_content(content: str | list[Item]) -> str | list[Item]:
    return content if isinstance(content, str) else [_as_part(part) for part in content]


def _as_part(part: Item) -> Item:
    match part["type"]:
        case "refusal":
            return part
        case "input_image":
            detail = "high" if part["detail"] == "original" else part["detail"]  # which chat does not know
            return {"type": "image_url", "image_url": {"url": part["image_url"], "detail": detail}}
        case "input_file":
            return {"type": "file", "file": {key: value for key, value in part.items() if key != "type"}}
        case _:
            return {"type": "text", "text": part["text"]}
