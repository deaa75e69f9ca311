"""Prompt caching as the API bills it: the beginning of a prompt that the same key sent lately costs less.

A beginning counts from 1,024 tokens on, in steps of 128. Only digests of beginnings are kept.
Source: OpenAI's guide to prompt caching (steps, least length, five to ten minutes of idle time).
"""

from __future__ import annotations

import hashlib
import threading
from array import array
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..text import tokens

if TYPE_CHECKING:
    from ..api.requests import ChatRequest

SHORTEST, STEP = 1024, 128
_REMEMBERED = 50_000  # beginnings: 6.4M tokens of prompts, about 8 MB


class PromptCache:
    """Which beginnings of prompts one key has sent, and until when they are remembered."""

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        self._seconds = seconds
        self._clock = clock
        self._until: OrderedDict[bytes, float] = OrderedDict()  # digest of a beginning -> time it is forgotten
        self._lock = threading.Lock()

    def cached_tokens(self, asked: ChatRequest) -> int:
        """Tokens of the prompt's beginning that were sent before; the prompt is remembered from now on."""
        if asked.prompt_tokens < SHORTEST:
            return 0
        before = f"{asked.model.name}\n{asked.tools!r}\n{asked.response_format!r}"  # the model reads these first
        beginnings = _digests(before, tokens.encode(_text(asked))[: asked.prompt_tokens])
        with self._lock:
            now = self._clock()
            known = [self._until.get(digest, 0.0) > now for digest in beginnings]
            for digest in reversed(beginnings):  # so that the longest, which fewest share, are forgotten first
                self._until[digest] = now + self._seconds
                self._until.move_to_end(digest)
            while len(self._until) > _REMEMBERED:
                self._until.popitem(last=False)
        steps = next((i for i, seen in reversed(list(enumerate(known))) if seen), None)
        return 0 if steps is None else SHORTEST + STEP * steps


def _digests(before: str, ids: list[int]) -> list[bytes]:
    """The digests of all beginnings of 1024, 1152, 1280, ... tokens, in one pass."""
    running = hashlib.blake2b(before.encode("utf-8", "replace"), digest_size=16)
    found = []
    start, end = 0, SHORTEST
    while end <= len(ids):
        running.update(array("I", ids[start:end]).tobytes())
        found.append(running.digest())
        start, end = end, end + STEP
    return found


def _text(asked: ChatRequest) -> str:
    parts: list[str] = []
    for message in asked.messages:
        parts += [message.role, *message.texts, *(f"{call.name} {call.arguments}" for call in message.tool_calls)]
    return "\n".join(parts)
