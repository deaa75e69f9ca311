"""The text that a task is to be done on: found by the clearest mark that a prompt gives it."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from .labels import asks_to_choose


@dataclass(frozen=True)
class Item:
    """The text that a task is to be done on. Delimited text is told apart from the prompt's own words."""

    text: str
    delimited: bool


_LEAD = re.compile(r":[ \t]*\n?(?=\S)")
_QUOTED = re.compile(r"[\"“«]([^\"“”«»]{3,4000})[\"”»]|(?<!\w)'([^\n]{3,4000}?)'(?!\w)")
# `Letter:` alone at the end waits for what the reply is to fill in; `Letter: text` gives the text.
_SLOT = re.compile(r"\n[ \t]*\**[^\W\d_][\w '’-]{0,30}:\**[ \t]*$")
_KEYED = re.compile(
    r"^[ \t]*\**(?P<key>[^\W\d_][\w'’-]{0,20}(?: [\w'’-]{1,20}){0,2}):\**[ \t]*\n?[ \t]*(?=\S)", re.MULTILINE
)
ORDERS = re.compile(
    r"\s*(?:please\s+|always\s+|never\s+|only\s+|now\s+)*(?:you\b|your\b|answer|reply|respond|say|write|use"
    r"|keep|be\b|do not|don't"
    r"|if (?:it|they|you|the|there|nothing)|when (?:it|they|you|the)|stick|base|cite|quote|give|tell|help|act"
    r"|speak|make|here (?:is|are)"
    r"|these are|this is|below|output|return|print|choose|pick|select|label|classify|name only|one word|turn"
    r"|extract|convert|fill"
    r"|responda?\b|responde\b|usa\b|se o|se a|si el|si la|no inventes|não)",
    re.IGNORECASE,
)


def is_led(prose: str) -> bool:
    """Whether the first line introduces a text with a colon."""
    return bool(_LEAD.search(prose.split("\n")[0]))


def item_by_place(prose: str, labels: Collection[str] = ()) -> Item | None:
    """Text under a key of its own (`Letter: ...`), in its own paragraph, in quotes, or after a colon.

    labels: names (in lower case) of the labels, whose definitions are no text to judge.
    """
    waits = _SLOT.search(prose.rstrip())
    told = prose.rstrip()[: waits.start()] if waits else prose
    paragraphs = [p.strip() for p in re.split(r"\n[ \t]*\n", told) if p.strip()]
    others = [p for p in paragraphs if not (ORDERS.match(p) or asks_to_choose(p) or p.endswith(":")) or _KEYED.match(p)]
    if len(paragraphs) > 1 and asks_to_choose(paragraphs[-1]) and others:
        paragraphs = [*(p for p in paragraphs if p not in others), *others]
    while len(paragraphs) > 1 and ORDERS.match(paragraphs[-1]) and not _KEYED.match(paragraphs[-1]):
        paragraphs.pop()
    last = paragraphs[-1] if paragraphs else ""
    keyed = [m for m in _KEYED.finditer(last) if m["key"].lower().strip("* ") not in labels]
    if keyed and (waits or len(paragraphs) > 1) and not asks_to_choose(last[: keyed[-1].end()]):
        return Item(last[keyed[-1].end() :].strip(), False)
    if len(paragraphs) > 1 and not asks_to_choose(last):
        return Item(last, False)
    quoted = [m[1] or m[2] for m in _QUOTED.finditer(last)]
    if quoted and len((longest := max(quoted, key=len)).split()) > 2:
        return Item(longest, True)
    lines = [line.strip() for line in told.split("\n") if line.strip()]
    if len(lines) > 1 and not asks_to_choose(lines[-1]):
        return Item(lines[-1], False)
    after = _LEAD.split(lines[-1], maxsplit=1) if lines else []
    return Item(after[1].strip(), False) if len(after) == 2 and after[1].strip() else None
