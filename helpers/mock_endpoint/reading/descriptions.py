"""The description that a picture's file carries: a PNG's text, EXIF, XMP, or the comment of a JPEG or GIF.

Written there by cameras, scanners, libraries and authors for those who cannot see the picture. Nobody checks it.
"""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterator
from typing import Any

from ..api.pictures import Picture

_MOST_CHARACTERS = 4_000
_LEAST_WORDS = 3  # `Screenshot` or `scan 4` describes nothing
_KEYS = ("Description", "Comment")  # keywords that the PNG specification registers for it
_EXIF_DESCRIPTION, _EXIF_IFD, _EXIF_COMMENT = 0x010E, 0x8769, 0x9286
_DC_DESCRIPTION = re.compile(r"<dc:description\b[^>]*>(.*?)</dc:description>", re.DOTALL | re.IGNORECASE)
_OF_A_PROGRAM = re.compile(
    r"\s*(?:created|made|generated|exported|drawn|edited|compressed|optimi[sz]ed) (?:with|by|using|in)\b", re.IGNORECASE
)


def description_in(picture: Picture) -> str:
    """The first description that says something; empty without one."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(picture.data)) as image:
            for found in _candidates(image):
                text = " ".join(html.unescape(found).split())[:_MOST_CHARACTERS]
                if len(text.split()) >= _LEAST_WORDS and not _OF_A_PROGRAM.match(text):
                    return text
    except (OSError, SyntaxError, ValueError, KeyError, TypeError):
        return ""  # the pixels could be decoded; what stands beside them is broken
    return ""


# `North 14`, `2031: 12.4 million`, `South (3.2)%`: a label, and the value at the end of its part.
_ITEM = re.compile(
    r"(?P<label>[^:;=]{0,40}?[^\s:;=,])\s*(?:[:=]|\s(?:is|was|are|were)\s|\s)\s*"
    r"(?P<value>[(~+\-−–]?(?:[€$£]|R\$)?\d[\d.,]*\s?(?:%|[A-Za-z€$£]{1,8})?\)?)",
)


def in_sentences(description: str) -> str:
    """A list of values as a sentence each, so that one can be found without its neighbours, as a table's cells are.

    `Boats by pier. North: 14, South: 9.` -> `Boats by pier. Boats by pier, North: 14. Boats by pier, South: 9.`
    """
    told: list[str] = []
    lead = ""
    for sentence in re.split(r"(?<=[.!?])\s+", description):
        whole = sentence.rstrip(".!? ")
        name, colon, rest = whole.partition(":")
        named = bool(colon) and not _NUMBER.search(name) and _items(rest)
        items = _items(rest) if named else _items(whole)
        if not items:
            told.append(sentence)
            lead = whole
            continue
        about = ", ".join(part for part in (lead, name.strip() if named else "") if part)
        told += [f"{about}, {label}: {value}." if about else f"{label}: {value}." for label, value in items]
    return " ".join(told)


_NUMBER = re.compile(r"\d")


def _items(text: str) -> list[tuple[str, str]]:
    """At least two labels with a value each that make up a text; else none."""
    parts = re.split(r";\s*|,\s+(?:and\s+)?|\s+and\s+(?=\S+[\s:]+\S*\d)", text.strip())
    found = [_ITEM.fullmatch(part.strip()) for part in parts if part.strip()]
    if len(found) < 2 or not all(found):
        return []
    return [(match["label"].strip(), match["value"]) for match in found if match]


def _candidates(image: Any) -> Iterator[str]:
    written = image.text if image.format == "PNG" else {}  # also what stands behind the pixels
    named = {str(key).casefold(): str(value) for key, value in written.items()}
    for key in _KEYS:
        yield named.get(key.casefold(), "")
    exif = image.getexif()
    yield _decoded(exif.get(_EXIF_DESCRIPTION, ""))
    yield _decoded(exif.get_ifd(_EXIF_IFD).get(_EXIF_COMMENT, ""))
    xmp = _decoded(image.info.get("xmp", "")) or named.get("xml:com.adobe.xmp", "")
    if found := _DC_DESCRIPTION.search(xmp):
        yield re.sub(r"<[^>]*>", " ", found[1])
    yield _decoded(image.info.get("comment", ""))


def _decoded(value: Any) -> str:
    if not isinstance(value, bytes):
        return str(value)
    # An EXIF comment begins with eight bytes that name its encoding.
    for mark, encoding in ((b"ASCII\0\0\0", "ascii"), (b"UNICODE\0", "utf-16")):
        if value.startswith(mark):
            return value[8:].decode(encoding, errors="ignore").strip("\0")
    return value.decode("utf-8", errors="ignore").strip("\0")
