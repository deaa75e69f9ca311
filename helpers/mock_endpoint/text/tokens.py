"""Counting and cutting in tokens of o200k_base, the encoding of the models that this endpoint stands in for."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import tiktoken

# OpenAI's cookbook, "How to count tokens with tiktoken": https://github.com/openai/openai-cookbook
TOKENS_PER_MESSAGE = 3
TOKENS_PER_NAME = 1
TOKENS_PER_REPLY = 3
TOKENS_PER_CALL = 6  # of a reply that calls a function, beside its name and arguments: an estimate
# The cookbook's estimate for functions, as it has it for gpt-4o. It knows parameters of one level; a nested one is
# counted as the JSON text of its schema. For a response_format OpenAI gives no rule: its schema's JSON text is counted.
_PER_FUNCTION, _PER_FUNCTIONS = 7, 12
_PER_PROPERTIES, _PER_PROPERTY, _PER_ENUM, _PER_ENUM_VALUE = 3, 3, -3, 3

# tiktoken's pattern recurses on a very long run of spaces until its stack ends (a million do it), so a longer text is
# encoded in stretches. Between a letter and a space that a letter follows the pattern always splits: the counts stay
# equal. Only a stretch without such a place is cut where it stands.
_STRETCH = 100_000
_SAFE_CUT = re.compile(r"(?<=[^\W\d_])(?= [^\W\d_])")

_LONGEST_REMEMBERED = 4_000  # characters: thousands of prompts at the context limit would be gigabytes

_lock = threading.Lock()
_loaded: list[tiktoken.Encoding] = []


def encoding() -> tiktoken.Encoding:
    """o200k_base, loaded once from the installed packages (0.3 s)."""
    if not _loaded:
        with _lock:
            if not _loaded:
                from helpers.offline_encodings import use_offline_encodings

                use_offline_encodings()
                import tiktoken

                _loaded.append(_without_ranks(tiktoken.get_encoding("o200k_base")))
    return _loaded[0]


def _without_ranks(encoding: tiktoken.Encoding) -> tiktoken.Encoding:
    """The same object, shared with whoever else gets it from tiktoken, with 30 MB less in it.

    tiktoken keeps the dict of ranks that its encoder was built from, and only its teaching code reads it again.
    """

    class WithoutRanks(type(encoding)):  # type: ignore[misc]
        @property
        def _mergeable_ranks(self) -> dict[bytes, int]:
            from tiktoken_ext import openai_public

            return openai_public.o200k_base()["mergeable_ranks"]

        def __reduce__(self) -> Any:
            import tiktoken

            return tiktoken.get_encoding, (self.name,)

    if vars(encoding).pop("_mergeable_ranks", None) is not None:
        encoding.__class__ = WithoutRanks
    return encoding


def encode(text: str) -> list[int]:
    """Token ids of a text; special tokens in it are read as plain text. Time grows linearly with the text."""
    if len(text) <= _STRETCH:
        return encoding().encode_ordinary(text)
    return [token for stretch in _stretches(text) for token in encoding().encode_ordinary(stretch)]


def _stretches(text: str) -> Iterator[str]:
    start = 0
    while len(text) - start > _STRETCH:
        cut = _SAFE_CUT.search(text, start + _STRETCH // 2, start + _STRETCH)
        end = cut.start() if cut else start + _STRETCH
        yield text[start:end]
        start = end
    yield text[start:]


def decode(tokens: Sequence[int]) -> str:
    """The text of token ids, without a character that the last token leaves unfinished.

    Raises KeyError for an id that the encoding does not have.
    """
    return encoding().decode_bytes(list(tokens)).decode("utf-8", "ignore")


def token_bytes(token: int) -> bytes:
    """The bytes a token stands for: not always whole characters."""
    return encoding().decode_single_token_bytes(token)


def count(text: str) -> int:
    """How many tokens a text is."""
    return _count(text) if len(text) <= _LONGEST_REMEMBERED else len(encode(text))


@lru_cache(maxsize=4096)
def _count(text: str) -> int:
    return len(encode(text))


def count_message(role: str, texts: Sequence[str], name: str | None = None) -> int:
    """Tokens of one message of a conversation: its texts, its role, and what the format adds."""
    own = TOKENS_PER_MESSAGE + count(role) + sum(count(text) for text in texts)
    return own + (count(name) + TOKENS_PER_NAME if name else 0)


def count_functions(functions: Sequence[tuple[str, str, dict[str, Any]]]) -> int:
    """Tokens that functions (name, description, schema) add to a prompt, by the cookbook's estimate."""
    total = _PER_FUNCTIONS if functions else 0
    for name, description, parameters in functions:
        total += _PER_FUNCTION + count(f"{name}:{description.rstrip('.')}")
        properties = parameters.get("properties") or {}
        total += _PER_PROPERTIES if properties else 0
        total += sum(_PER_PROPERTY + _count_property(key, about) for key, about in properties.items())
    return total


def _count_property(key: str, about: Any) -> int:
    if not isinstance(about, dict) or not about.keys() <= {"type", "description", "enum", "title", "default"}:
        return count(f"{key}:{json.dumps(about, separators=(',', ':'), ensure_ascii=False)}")
    values = about.get("enum") or ()
    enum = (_PER_ENUM if values else 0) + sum(_PER_ENUM_VALUE + count(str(value)) for value in values)
    return enum + count(f"{key}:{about.get('type')}:{str(about.get('description') or '').rstrip('.')}")
