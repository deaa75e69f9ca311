"""Spotlighting undone: data whose words a mark joins, or that is in base64, read as the plain text it stands for.

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
_LEAST_MARKS = 5
_FEW_SPACES = 0.2  # of white space to marks: a marked text has marks where others have spaces
_BASE64 = re.compile(r"[A-Za-z0-9+/]{40,}={0,2}")


def unmarked(text: str) -> tuple[str, Marking | None]:
    """The text as it reads without its marking, and which marking it bore."""
    stripped = text.strip()
    if _BASE64.fullmatch(compact := re.sub(r"\s+", "", stripped)) and (plain := _decoded(compact)) is not None:
        return plain, "encoded"
    for mark in _MARKS:
        marks = stripped.count(mark)
        if marks >= _LEAST_MARKS and sum(map(str.isspace, stripped)) <= _FEW_SPACES * marks:
            return stripped.replace(mark, " "), "datamarked"
    return text, None


def _decoded(text: str) -> str | None:
    """Base64 that holds words; None for what only looks like it."""
    try:
        plain = base64.b64decode(text, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return None
    return plain if (" " in plain and plain.isprintable()) or "\n" in plain else None
