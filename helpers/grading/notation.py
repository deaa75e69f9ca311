"""How a value is written in feedback: as Python would write it, short, and cut where two values part.

Does not judge whether values are equal; `same` below only answers it safely for values of any type.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from helpers.grading.outcomes import counted

LIMIT = 110  # characters of one shown value: a line of a notebook cell
SCREEN = 900  # characters of a call that is worth its lines


def written(value: Any) -> str:
    """repr() on one line, functions by name and objects without addresses; never raises."""
    try:
        text = repr(value)
    except Exception as error:
        return f"<{type(value).__name__} whose repr stops with {type(error).__name__}>"
    text = re.sub(r"<function ([^\s>]*?)(\w+|<lambda>) at 0x[0-9A-Fa-f]+>", r"\2", text)
    text = re.sub(r"<(?:\w+\.|<locals>\.)*(\w+) object at 0x[0-9A-Fa-f]+>", r"<\1>", text)
    text = re.sub(r" at 0x[0-9A-Fa-f]+", "", text)
    return re.sub(r"\s*\n\s*", " ", text)


def shown(value: Any, limit: int = LIMIT) -> str:
    """shown("x" * 999) keeps the beginning and the end and says how much is left out."""
    return shortened(written(value), limit)


def shortened(text: str, limit: int = LIMIT) -> str:
    if len(text) <= limit:
        return text
    head, tail = limit * 2 // 3, limit // 4
    return f"{text[:head]} … {text[-tail:]} ({len(text):,} characters)"


def shown_pair(got: Any, expected: Any, limit: int = LIMIT) -> tuple[str, str]:
    """Both values, each cut to a window around the first place where they part."""
    left, right = written(got), written(expected)
    if max(len(left), len(right)) <= limit:
        return left, right
    part = next((i for i, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right)))
    start = max(0, part - limit // 3)
    return _window(left, start, limit), _window(right, start, limit)


def _in_lines(value: Any) -> str:
    """A list or dict with a line for each item, inside a call; anything else on one line."""
    if not isinstance(value, list | dict) or len(written(value)) <= LIMIT - 10:
        return written(value)
    begin, end = "[]" if isinstance(value, list) else "{}"
    items = (
        map(written, value) if isinstance(value, list) else (f"{written(k)}: {written(v)}" for k, v in value.items())
    )
    return "\n".join([begin, *(f"        {shortened(item)}," for item in items), f"    {end}"])


def _window(text: str, start: int, limit: int) -> str:
    if start == 0 and len(text) <= limit:
        return text
    end = start + limit
    return f"{'… ' if start else ''}{text[start:end]}{' …' if end < len(text) else ''}"


def first_difference(got: Any, expected: Any) -> str:
    """One phrase: at which item, key or character two values part; "" when nothing helpful can be said."""
    if isinstance(got, str) and isinstance(expected, str):
        at = _parting(got, expected)
        return f"character {at} (counting from 0)" if at else ""
    if isinstance(got, list | tuple) and isinstance(expected, list | tuple):
        if type(got) is not type(expected):
            return f"a {type(got).__name__}, where a {type(expected).__name__} was expected"
        at = _parting(got, expected)
        if at < min(len(got), len(expected)):
            return f"item {at} (counting from 0): {shown(got[at], 50)}, expected {shown(expected[at], 50)}"
        return f"{counted(len(got), 'item')}, expected {len(expected)}"
    if isinstance(got, Mapping) and isinstance(expected, Mapping):
        return _key_difference(got, expected)
    return ""


def _parting(got: Any, expected: Any) -> int:
    pairs = enumerate(zip(got, expected, strict=False))
    return next((i for i, (a, b) in pairs if not same(a, b)), min(len(got), len(expected)))


def _key_difference(got: Mapping, expected: Mapping) -> str:
    for key in expected:
        if key not in got:
            return f"the key {shown(key, 50)} is missing"
        if not same(got[key], expected[key]):
            return f"key {shown(key, 50)}: {shown(got[key], 50)}, expected {shown(expected[key], 50)}"
    return next((f"the key {shown(key, 50)} is one too many" for key in got if key not in expected), "")


def same(a: Any, b: Any) -> bool:
    """Equality that also takes arrays, and counts a comparison that raises as unequal."""
    try:
        verdict = a == b
        if isinstance(verdict, bool):
            return verdict
        shapes = getattr(a, "shape", None), getattr(b, "shape", None)
        if all(shape is not None for shape in shapes) and shapes[0] != shapes[1]:
            return False
        return bool(verdict.all()) if hasattr(verdict, "all") else bool(verdict)
    except Exception:
        return False


def written_call(name: str, args: tuple, kwargs: Mapping[str, Any], limit: int = LIMIT) -> str:
    """written_call("f", (1, "a"), {"k": 2}) -> "f(1, 'a', k=2)"; a long one has a line for each argument and each item
    of its lists, and what is longer than a screen is shortened."""
    given = [("", value) for value in args] + [(f"{key}=", value) for key, value in kwargs.items()]
    pieces = [(key, written(value)) for key, value in given]
    whole = sum(len(key) + len(text) for key, text in pieces)
    if limit < len(name) + whole <= SCREEN and any(isinstance(value, list | dict) and value for _, value in given):
        lines = [f"    {key}{_in_lines(value)}," for key, value in given]
        return "\n".join([f"{name}(", *lines, ")"])
    room = limit - len(name) - sum(len(key) for key, _ in pieces)
    share = max(24, room // max(1, len(pieces)))
    spare = sum(max(0, share - len(text)) for _, text in pieces)
    return f"{name}({', '.join(key + shortened(text, share + spare) for key, text in pieces)})"
