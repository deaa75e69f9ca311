"""Training files (purpose fine-tune): each line a conversation that ends with what the model is to learn to say.

OpenAI, "Supervised fine-tuning", the format of training data: https://platform.openai.com/docs/guides/supervised-fine-tuning
Nothing is trained here; a file that the API would refuse is refused with the line that is wrong.
"""

from __future__ import annotations

from typing import Any

from . import errors
from .jsonl import lines_of

_ROLES = ("system", "developer", "user", "assistant", "tool", "function")
_PREFERENCES = ("input", "preferred_output", "non_preferred_output")  # a line for direct preference optimisation


def check_training_file(content: bytes) -> None:
    """Raises ApiError naming the first wrong line and what is wrong with it."""
    seen = False
    for line in lines_of(content):
        seen = True
        why = "it is not a valid JSON dictionary." if line.value is None else _wrong(line.value)
        if why:
            raise errors.wrong_line(line.number, why)
    if not seen:
        raise errors.empty_file()


def _wrong(example: dict[str, Any]) -> str | None:
    """What is wrong with an example, or None."""
    if "messages" not in example and any(key in example for key in _PREFERENCES):
        missing = [key for key in _PREFERENCES if key not in example]
        return f"it is missing the key '{missing[0]}'." if missing else None
    messages = example.get("messages")
    if messages is None:
        return "it is missing the key 'messages'."
    if not isinstance(messages, list) or not messages:
        return "'messages' must be a non-empty array."
    for i, message in enumerate(messages):
        if why := _wrong_message(message):
            return f"messages[{i}] {why}"
    if messages[-1]["role"] != "assistant":
        return f"the last message must be from the assistant, but it is from '{messages[-1]['role']}'."
    return None


def _wrong_message(message: Any) -> str | None:
    if not isinstance(message, dict):
        return "must be an object."
    role, content = message.get("role"), message.get("content")
    if role not in _ROLES:
        return (
            f"has the role {role!r}; it must be one of {', '.join(_ROLES)}." if role else "is missing the key 'role'."
        )
    if message.get("weight", 1) not in (0, 1):
        return "has a 'weight' other than 0 or 1."
    if content is None and role == "assistant" and (message.get("tool_calls") or message.get("function_call")):
        return None
    if not isinstance(content, str | list) or content == []:
        return "needs 'content': a string or an array of parts."
    return None
