"""Sends cases to an OpenAI-compatible server, several at once, and keeps replies in a file so that a run can go on."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .cases import Case
from .scoring import Reply, parse_json

if TYPE_CHECKING:
    import openai

# Enough for a right reply with some talk around it; a slow model is not made to ramble.
MAX_TOKENS = {"label": 16, "judge": 24, "decline": 60, "memory": 60, "answer": 90, "format": 110, "summarise": 130}
MAX_TOKENS |= {"tools": 220, "extract": 380}


@dataclass(frozen=True)
class Asked:
    """Who is asked, and how tool calls are had from it."""

    client: openai.OpenAI
    model: str
    tools_as_schema: bool = False  # for a server that does not parse its model's tool calls

    def reply(self, case: Case) -> Reply:
        """The server's reply at temperature 0."""
        request: dict[str, Any] = {"messages": case.messages, "max_tokens": MAX_TOKENS[case.skill]}
        if case.schema:
            request["response_format"] = _json_schema(case.schema)
        elif case.json_mode:
            request["response_format"] = {"type": "json_object"}
        if case.tools and self.tools_as_schema:
            return self._calls_by_schema(case, request)
        if case.tools:
            request["tools"] = case.tools
        message = self._ask(request)
        calls = [(call.function.name, _arguments(call.function.arguments)) for call in message.tool_calls or ()]
        return Reply(message.content or "", calls)

    def _calls_by_schema(self, case: Case, request: dict[str, Any]) -> Reply:
        """Calls as an object that a schema forces into shape; the tools stand in the system message."""
        listed = "\n".join(json.dumps(tool["function"], ensure_ascii=False) for tool in case.tools)
        system = (
            f"You can call these tools:\n{listed}\n\n"
            'Reply with JSON. To call tools: {"calls": [{"name": ..., "arguments": {...}}]}. When no tool fits, when '
            'an argument is missing or when a tool\'s result already answers: {"say": "your answer or question"}.'
        )
        messages = [{"role": "system", "content": system}, *map(_as_text, case.messages)]
        shape = _calls_shape([tool["function"] for tool in case.tools])
        message = self._ask({**request, "messages": messages, "response_format": _json_schema(shape)})
        made = parse_json(message.content or "")
        if not isinstance(made, dict):
            return Reply(message.content or "")
        return Reply(str(made.get("say", "")), [(one["name"], one["arguments"]) for one in made.get("calls", [])])

    def _ask(self, request: dict[str, Any]) -> Any:
        return self.client.chat.completions.create(model=self.model, temperature=0, **request).choices[0].message


def _calls_shape(functions: list[dict[str, Any]]) -> dict[str, Any]:
    each = [{"name": {"const": one["name"]}, "arguments": one["parameters"]} for one in functions]
    calls = {"type": "array", "items": {"anyOf": [_closed(one) for one in each]}, "minItems": 1, "maxItems": 3}
    return {"anyOf": [_closed({"calls": calls}), _closed({"say": {"type": "string"}})]}


def _closed(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _json_schema(schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "json_schema", "json_schema": {"name": "reply", "strict": True, "schema": schema}}


def _as_text(message: dict[str, Any]) -> dict[str, Any]:
    """Calls and their results as plain messages, for a model that is not given tools."""
    if message["role"] == "tool":
        return {"role": "user", "content": f"Result of the tool: {message['content']}"}
    if message.get("tool_calls"):
        called = [call["function"] for call in message["tool_calls"]]
        made = [{"name": one["name"], "arguments": _arguments(one["arguments"])} for one in called]
        return {"role": "assistant", "content": json.dumps({"calls": made}, ensure_ascii=False)}
    return message


def _arguments(text: str) -> dict[str, Any]:
    try:
        return json.loads(text)
    except ValueError:
        return {"not JSON": text}


def ask_all(
    asked: Asked,
    cases: Iterable[Case],
    *,
    concurrency: int = 2,
    kept: Path | None = None,
    told: Callable[[Case, Reply], None] = lambda case, reply: None,
) -> dict[str, Reply]:
    """Case id -> reply. Replies in the file `kept` (JSON lines) are not asked for again; new ones are appended.

    A case that the server refuses with an API error gets the error's words as its reply, and so is wrong.
    """
    import openai

    replies = _read(kept)
    lock = threading.Lock()

    def one(case: Case) -> None:
        if case.id in replies:
            return
        try:
            reply = asked.reply(case)
        except openai.APIStatusError as error:
            reply = Reply(f"(error {error.status_code}: {error.message})")
        with lock:
            replies[case.id] = reply
            told(case, reply)
            if kept:
                with kept.open("a", encoding="utf-8") as file:
                    file.write(json.dumps({"id": case.id, "text": reply.text, "calls": reply.calls}) + "\n")

    with ThreadPoolExecutor(concurrency) as pool:
        list(pool.map(one, cases))
    return replies


def _read(kept: Path | None) -> dict[str, Reply]:
    if kept is None or not kept.exists():
        return {}
    rows = [json.loads(row) for row in kept.read_text(encoding="utf-8").splitlines()]
    return {row["id"]: Reply(row["text"], [tuple(call) for call in row["calls"]]) for row in rows}
