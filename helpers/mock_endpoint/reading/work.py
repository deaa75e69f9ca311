"""A message cut in two: the text that is to be worked on, and the words that tell what to do with it.

Read by delimiters, by a key (`Text: ...`), by blank lines, by a colon, by the place of the orders. Where nothing but an
order was said there is no text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..text.language import sentences
from .blocks import fold
from .prompt import Prompt


@dataclass(frozen=True)
class Work:
    """told: the rules and every sentence that says what to do. text: what it is to be done on; empty where none is."""

    told: str
    text: str


_VERBS = (
    r"fill|build|complete|parse|pull|grab|condense|list|name|extract|find|identify|enumerate|write|print"
    r"|give|return|reply|respond|answer|output|say|tell|repeat"
    r"|echo|copy|type|convert|turn|put|change|make|rewrite|rephrase|reword|paraphrase|shorten|simplify|condense"
    r"|summari[sz]e|sum|describe|explain|translate|classify|decide|choose|pick|pull|collect|count|sort|order|arrange"
    r"|mention|include|keep|leave|omit|skip|drop|do not|don't|don’t|never|always|use|only|just|no|not|exactly|read"
    r"|look|take|here (?:is|are)|this is|below|start|begin|end|finish|limit|format|draft|create|compose|produce"
    r"|provide|generate|state|show|remove|restate|proofread|correct|nothing|one|at most|max|tl;?dr|without|in \w+"
    r"|act|pretend|imagine|your (?:task|job|reply|answer|output)"
    r"|you (?:are|will|must|should|write|get|summari[sz]e)|it (?:must|should)|can you|could you|would you"
    r"|i (?:need|want)"
    r"|liste|listar|nomeie|enumere|extraia|escreva|responda|diga|resuma|reescreva|converta|conte|traduza|não|apenas"
    r"|sem|lista|enumera|nombra|extrae|escribe|responde|di|resume|reescribe|convierte|cuenta|traduce|solo|sólo|sin"
    r"|em (?:uma|no|at)|en (?:una|un)|devolva|devuelve|retorne|faça|haz"
)
_ORDER = re.compile(rf"\W*(?:please\s+|now\s+|and\s+|then\s+|por favor,?\s+)*(?:{_VERBS})\b", re.IGNORECASE)
_ASKS = re.compile(
    r"\W*(?:which|what|who|how many|how much|where|when|is|are|does|do|did|was|were|can|que|quais|qual|quant[ao]s|cuál"
    r"|cuáles|qué|cuánt[ao]s)\b",
    re.IGNORECASE,
)
_OF_TEXT = re.compile(
    r"\b(?:text|below|following|above|this|passage|article|note|message|sentence|paragraph|texto|abaixo|nota)\b",
    re.IGNORECASE,
)
_KEY = re.compile(r"^[ \t]*\**[^\W\d_][\w'’-]{0,24}(?: [\w'’-]{1,20}){0,3}:\**(?:[ \t]*\n|[ \t]+(?=\S))")
_NOUN_KEY = re.compile(
    r"\W*(?:name|state|order|sort|text|note|count|format|answer|reply|output|draft|limit|use|look|end|start)\s*:", re.I
)
_MOST_WORDS_OF_ORDER = 60
_QUOTED_WORDS = 6


def is_order(part: str) -> bool:
    """Whether a stretch begins by telling or asking what to do, and is not itself text under a key."""
    part = part.strip()
    if not part or len(part.split()) > _MOST_WORDS_OF_ORDER:
        return False
    if (key := _KEY.match(part)) and part[key.end() :].strip() and not _ORDER.match(part):
        return False
    if key and (_NOUN_KEY.match(part) or sum(bool(_KEY.match(line)) for line in part.split("\n")) > 1):
        return False
    first = (sentences(part) or [part])[0]
    return bool(_ORDER.match(part)) or (bool(_ASKS.match(part)) and first.rstrip().endswith(("?", ":")))


def read_work(prompt: Prompt) -> Work:
    """The text of the last message and what the prompt tells to do with it."""
    said = prompt.said.strip()
    page = fold(said)
    delimited = prompt.item is not None and prompt.item.delimited
    told, text = _cut(said, bool(prompt.rules.strip())) if not page.held else ("", "")
    if (
        prompt.item is not None
        and delimited
        and (page.held or (not text and len(prompt.item.text.split()) >= _QUOTED_WORDS))
    ):
        outside = " ".join(block.text for block in page.blocks() if not block.delimited and block.role != "data")
        outside = outside.replace(prompt.item.text, " ")
        return Work(_joined(prompt.rules, outside), prompt.item.text.strip())
    if page.held:
        told, text = _cut(said, bool(prompt.rules.strip()))
    return Work(_joined(prompt.rules, told), text)


def _joined(rules: str, told: str) -> str:
    return "\n".join(part.strip() for part in (rules, told) if part.strip())


def _cut(said: str, instructed: bool) -> tuple[str, str]:
    parts = [p.strip() for p in re.split(r"\n[ \t]*\n", said) if p.strip()]
    if len(parts) == 1:
        parts = _lines(parts[0])
    if len(parts) > 1:
        orders = [i for i, p in enumerate(parts) if is_order(p) and i in (0, 1, len(parts) - 2, len(parts) - 1)]
        if len(orders) == len(parts):
            orders = [i for i in orders if i != max(orders, key=lambda i: len(parts[i]))]
        if orders or instructed:
            texts = [_without_key(p) for i, p in enumerate(parts) if i not in orders]
            return "\n".join(parts[i] for i in orders), "\n\n".join(t for t in texts if t)
        if len(parts[0].split()) <= 20 and parts[0].endswith((":", ".", "?", "!")) and _OF_TEXT.search(parts[0]):
            return parts[0], "\n\n".join(_without_key(p) for p in parts[1:])
        return "", said
    return _in_one(said, instructed)


def _lines(paragraph: str) -> list[str]:
    """The first or last line apart from the others, where it alone is an order."""
    lines = [line for line in paragraph.split("\n") if line.strip()]
    if len(lines) < 2:
        return [paragraph]
    if is_order(lines[-1]) and not is_order(lines[0]):
        return ["\n".join(lines[:-1]), lines[-1]]
    if is_order(lines[0]):
        rest = lines[1:]
        return [lines[0], "\n".join(rest[:-1]), rest[-1]] if len(rest) > 1 and is_order(rest[-1]) else [
            lines[0], "\n".join(rest)]  # fmt: skip
    return [paragraph]


def _in_one(said: str, instructed: bool) -> tuple[str, str]:
    """One paragraph: `Order: text`, orders before or after sentences that are none."""
    lead = re.match(r"(?P<lead>[^:\n]{3,200}):\s+(?=\S)", said)
    if lead and (is_order(lead["lead"]) or re.search(r"[.!?]\s", lead["lead"])):
        told, rest = lead["lead"], said[lead.end() :]
        if is_order(told):
            return told, _unquoted(rest)
    found = sentences(said)
    start, end = 0, len(found)
    while start < end and is_order(found[start]):
        start += 1
    while end > start and is_order(found[end - 1]):
        end -= 1
    text = " ".join(found[start:end])
    if len(text.split()) < 3 or not (start or end < len(found) or instructed):
        return said, ""
    return " ".join([*found[:start], *found[end:]]), _without_key(text)


def _without_key(part: str) -> str:
    """`Text: it rains` -> `it rains`; a key that says who wrote or what it is about stays with long texts."""
    key = _KEY.match(part)
    return _unquoted(part[key.end() :].strip() if key and _is_frame(key.group()) else part)


_FRAME = re.compile(
    r"(?:the |my |your )?(?:\w+ )?(?:text|texto|note|notes|article|passage|message|e-?mail|input|document"
    r"|sentence|paragraph|story|letter"
    r"|memo|minutes|report|review|comment|post|context|content|data|source|excerpt|nota|mensagem|mensaje|artigo"
    r"|artículo|frase|carta|phrase|word|words|draft|notice|announcement|transcript|description|recipe|log|entry)",
    re.IGNORECASE,
)


def _is_frame(key: str) -> bool:
    return _FRAME.fullmatch(key.strip().strip("*: ")) is not None


def _unquoted(text: str) -> str:
    text = text.strip()
    if len(text) > 2 and text[0] in "\"“«'" and text[-1] in "\"”»'" and text[0] not in text[1:-1]:
        return text[1:-1].strip()
    return text
