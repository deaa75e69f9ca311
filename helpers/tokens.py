"""Counting tokens before a request is sent; what is billed is what the endpoint counts, its reply's `usage`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import tiktoken

# OpenAI's documented wrapping of chat messages: Cookbook, "How to count tokens with tiktoken", section 6.
TOKENS_PER_MESSAGE = 3
TOKENS_PER_REPLY = 3


@cache
def encoding(name: str = "o200k_base") -> tiktoken.Encoding:
    """A tiktoken encoding, from files that are installed with this workbook; never downloaded."""
    import tiktoken

    from helpers.offline_encodings import use_offline_encodings

    use_offline_encodings()
    return tiktoken.get_encoding(name)


def text_tokens(text: str) -> int:
    """Tokens of a text in o200k_base; what looks like a special token is counted as text."""
    return len(encoding().encode(text, disallowed_special=()))


def request_tokens(messages: Iterable[Mapping[str, Any]]) -> int:
    """Tokens of a chat request with these messages: 3, and for each message 3 + its role + all text in its content.

    Exact for the mock; for other models near enough to plan with. Tools and pictures are not counted.
    """
    return TOKENS_PER_REPLY + sum(
        TOKENS_PER_MESSAGE + text_tokens(message["role"]) + sum(map(text_tokens, texts_in(message.get("content"))))
        for message in messages
    )


def texts_in(value: Any) -> Iterable[str]:
    """Every text in a JSON value, however deep; of an object only the values."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from texts_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts_in(item)
