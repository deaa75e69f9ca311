# ruff: noqa: SIM905 - lists of words read better as text
"""Passages: the numbered, named or tagged texts that a prompt gives as the place to look for an answer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .blocks import Block, blocks


@dataclass(frozen=True)
class Passage:
    """One text with the id it can be cited by (`[2]`, `[faq-7]`), if the prompt gives it one, and its title."""

    text: str
    id: str | None = None
    title: str = ""


# `[1] text`, `[doc-3] text`, `(2) text` at the start of a line; `Source: name`, `Document 1:`, `Passage A (title):`
_MARK = re.compile(
    r"^[ \t]*(?:[-*][ \t]+)?(?:"
    r"\[(?P<square>[^\]\n]{1,60})\][ \t]*:?(?!\()"
    r"|\((?P<round>\d{1,4})\)[ \t]"
    r"|\#{0,4}[ \t]*(?:document|doc|passage|source|chunk|article|excerpt|context|snippet|result|fonte|documento)[ \t]*"
    r"\#?(?P<number>\d{1,4}|[A-Z])\b[ \t]*(?:\((?P<title>[^)\n]{1,100})\))?[ \t]*[:.\-–]?"
    r"|(?:source|file|id|title|document|doc_?id)[ \t]*:[ \t]*(?P<named>[^\n]{1,120})$"
    r"|(?P<list>\d{1,3})[.)][ \t]+(?=\S[^\n]{30,})"
    r")",
    re.MULTILINE | re.IGNORECASE,
)
_TAGS = frozenset("document doc passage source chunk article context snippet result item page section faq".split())


def passages_in(block: Block) -> list[Passage]:
    """The passages of a block of data: tagged, marked, or else its paragraphs."""
    inner = blocks(block.text)
    tagged = [b for b in inner if b.delimited and b.heading.lower() in _TAGS]
    if tagged:
        return [passage for b in tagged for passage in _tagged(b)]
    if block.attributes:
        return list(_tagged(block))
    return list(_marked(block.text))


def has_marks(text: str) -> bool:
    """Whether a text holds passages that carry marks of their own: two or more, or one in square brackets."""
    marks = [m for m in _MARK.finditer(text) if not m["list"] and not m["named"]]
    return len(marks) > 1 or any(m["square"] for m in marks)


def _tagged(block: Block) -> Iterator[Passage]:
    identity = block.attribute("id", "index", "number", "name", "source", "ref")
    title = block.attribute("title", "name") or ""
    parts = {b.heading.lower(): b.text.strip() for b in blocks(block.text) if b.delimited}
    text = next((parts[key] for key in ("document_content", "content", "text", "body") if key in parts), None)
    if text is None:
        marked = list(_marked(block.text))
        if identity is None and len(marked) == 1:
            yield marked[0]
            return
        text = block.text.strip()
    yield Passage(text, identity or parts.get("id") or parts.get("source"), title or parts.get("title", ""))


def _marked(text: str) -> Iterator[Passage]:
    marks = list(_MARK.finditer(text))
    numbered = [m for m in marks if m["list"]]
    if len(numbered) < 2:
        marks = [m for m in marks if not m["list"]]
    if not marks:
        yield from (Passage(p.strip()) for p in re.split(r"\n[ \t]*\n", text) if p.strip())
        return
    if before := text[: marks[0].start()].strip():
        yield Passage(before)
    yield from _between(text, marks)


def _between(text: str, marks: Sequence[re.Match[str]]) -> Iterator[Passage]:
    identity, title = None, ""
    for i, mark in enumerate(marks):
        own = mark["square"] or mark["round"] or mark["number"] or mark["list"]
        named = mark["named"]
        if own:
            identity, title = own.strip(), mark["title"] or ""
        elif named and mark.group().lower().lstrip().startswith("title"):
            title = named.strip()
        elif named:
            identity = named.strip()
        body = text[mark.end() : marks[i + 1].start() if i + 1 < len(marks) else len(text)].strip()
        if body:
            yield Passage(body, identity, title)
            identity, title = None, ""
