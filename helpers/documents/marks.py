"""Raised digits after a word or number, which point to a footnote: 812² must not become 8122.

Every format raises them in its own way; in text they are Unicode's own superscripts.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

_RAISED = str.maketrans("0123456789()+-=,", "⁰¹²³⁴⁵⁶⁷⁸⁹⁽⁾⁺⁻⁼·")
MARKS = "⁰¹²³⁴⁵⁶⁷⁸⁹⁽⁾⁺⁻⁼·"
_LONGEST = 6  # characters; longer is text that happens to be set high
_SMALLER, _HIGHER = 0.85, 0.15  # of the size of the character before
_APART = 0.3  # of that size


def raised(text: str) -> str:
    """Digits as superscripts: "2" -> "²", "(1)" -> "⁽¹⁾"; what holds no digit, as "th", comes back as it is."""
    told = text.strip()
    if not told or len(told) > _LONGEST or not any(c.isdigit() for c in told):
        return text
    marks = "".join(told.split()).translate(_RAISED)
    return marks if all(c in MARKS for c in marks) else text


def raise_characters(characters: Iterable[dict[str, Any]]) -> None:
    """Of a PDF's characters (pdfplumber's), those set small, high and close after another become superscripts of it.

    Changed in place: text, and top and bottom, so that they stay in the line and word they belong to.
    """
    base: dict[str, Any] | None = None
    end = 0.0
    for one in characters:
        if base is not None and _is_raised(one, base, end) and one["text"].isdigit():
            end = one["x1"]
            one["text"] = raised(one["text"])
            one["top"], one["bottom"], one["doctop"] = base["top"], base["bottom"], base["doctop"]
            continue
        base, end = (one, one["x1"]) if one["text"].strip() and one.get("upright", True) else (None, 0.0)


def _is_raised(one: dict[str, Any], base: dict[str, Any], end: float) -> bool:
    size = base["size"]
    return (
        one["size"] < _SMALLER * size
        and abs(one["x0"] - end) < _APART * size
        and base["bottom"] - one["bottom"] > _HIGHER * size
        and one["bottom"] > base["top"]
    )
