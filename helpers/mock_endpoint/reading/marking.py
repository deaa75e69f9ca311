"""Spotlighting undone: data whose words a mark joins, or that is encoded in base64, read as the plain text it stands for.

Both are defences from Hines et al. 2024, "Defending Against Indirect Prompt Injection Attacks With Spotlighting"
(https://arxiv.org/abs/2403.14720): a program marks what it did not write itself, so that a model cannot take it for
instructions. What the mark is worth is estimated in `protection.py`.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Literal

Marking = Literal["datamarked", "encoded"]

_MARKS = "^ˆ~|¦•·▁‖§¤\ue000"
# Five words or more with the same mark between them and no space.
_JOINED = re.compile(rf"[^\s{re.escape(_MARKS)}]+([{re.escape(_MARKS)}])(?:[^\s{re.escape(_MARKS)}]+\1){{4,}}[^\s{re.escape(_MARKS)}]*")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{40,}={0,2}")
_LEAST_MARKED = 0.6  # of a text's characters


def unmarked(text: str) -> tuple[str, Marking | None]:
    """The text as it reads without its marking, and which marking it bore."""
    stripped = text.strip()
    if _BASE64.fullmatch(compact := re.sub(r"\s+", "", stripped)) and (plain := _decoded(compact)) is not None:
        return plain, "encoded"
    joined = [match for match in _JOINED.finditer(stripped)]
    if joined and sum(len(match.group()) for match in joined) >= _LEAST_MARKED * len(stripped):
        mark = joined[0][1]
        return stripped.replace(mark, " "), "datamarked"
    return text, None


def _decoded(text: str) -> str | None:
    """Base64 that holds words; None for what only looks like it."""
    try:
        plain = base64.b64decode(text, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return None
    return plain if " " in plain and plain.isprintable() or "\n" in plain else None
