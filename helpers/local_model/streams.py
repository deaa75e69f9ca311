"""A streamed reply that may turn out to be a tool call: it is held back while that is possible, and no longer."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator
from typing import Any

from helpers.local_model import tool_calls

Event = dict[str, Any]


async def with_calls(events: AsyncIterator[Event], names: list[str], forced: bool) -> AsyncIterator[Event]:
    """The events of a chat's stream; text that is a call of one of `names`, and nothing else, as a call.

    forced: the reply is a call under a schema, so none of its text is shown.
    """
    held: dict[int, str] = {}  # choice -> its text so far; absent once it is plain text
    open_choices: dict[int, bool] = {}
    async for event in events:
        choices = event.get("choices") or []
        if not names or not choices:
            yield event
            continue
        choice = choices[0]
        index, delta = choice.get("index", 0), choice.get("delta") or {}
        if delta.get("tool_calls"):  # llama.cpp has read the call itself
            open_choices[index] = False
        if not open_choices.setdefault(index, True):
            yield event
            continue
        text = held.get(index, "") + (delta.get("content") or "")
        held[index] = text
        if choice.get("finish_reason"):
            open_choices[index] = False
            calls = tool_calls.calls_in(text, names)
            if calls:
                numbered = [{"index": number, **call} for number, call in enumerate(calls)]
                yield _like(event, {"tool_calls": numbered})
                choice["finish_reason"] = "tool_calls"
            elif text:
                yield _like(event, {"content": text})
            choice["delta"] = {}
            yield event
        elif not forced and not tool_calls.may_become_call(text):
            open_choices[index] = False
            yield _like(event, {**delta, "content": text})
        elif "role" in delta:
            yield _like(event, {"role": delta["role"]})


def _like(event: Event, delta: Event) -> Event:
    other = copy.deepcopy(event)
    other["choices"][0] |= {"delta": delta, "finish_reason": None}
    return other
