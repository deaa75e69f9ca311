"""A prompt that gives a text and asks about it, whatever its layout: which part is the source, which the question,
which the orders.

No heading is needed. Orders are told by what they speak of (answering, the text, what to say when it is silent) and
stand at the edges of a message; the question by its heading, by what leads to it (`based on this post: ...`), by its
mark, or by being all that a message holds beside the source; the source is what is left.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ..text.language import sentences, words
from .blocks import Block, Page, fold, is_mark, role_of
from .declines import asks_for_decline, decline_in
from .marks import Citing, as_cited, citing_in, marked_passages
from .passages import Passage, passages_in
from .records import embedded_json, passages_of, tables
from .speech import is_interrogative, is_order, names_question, question_after, question_heading, speaks_of_text

_LEAST_SOURCE = 8  # words
_LEAST_TOLD = 12  # words after a colon, in the sentence that orders


# That the source is JSON says nothing of the reply.
_AS_JSON = re.compile(r"\bjson\b", re.IGNORECASE)
_TO_JSON = re.compile(
    r"\b(?:answer|reply|respond|return|output|write|give|produce|responda|responde|contesta|devuelve"
    r"|devolva)\b[^.\n]{0,40}"
    r"\bjson\b|\bjson (?:only|object with|with)\b|\bkeys?\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Grounded:
    """Passages with the ids they are to be cited by, the question, the orders, and what to say without an answer."""

    passages: tuple[Passage, ...]
    question: str
    orders: str
    decline: str | None
    citing: Citing | None
    in_system: bool  # the source stands in the system message or an earlier turn
    sure: bool  # orders or marks say that the source is to be answered from


@dataclass(frozen=True)
class _Piece:
    """A sentence, or a delimited block; `line` and `paragraph` say where it stands."""

    text: str
    kind: str  # source, question, order, asks (an interrogative without a mark of its own)
    line: int
    paragraph: int
    block: Block | None = None


def read_grounded(system: str, user: str, earlier: Sequence[str] = ()) -> Grounded | None:
    """The reading of a prompt as a source and a question about it; None where it cannot be one.

    earlier: the user's turns before the last message, latest first.
    """
    own, rules = _pieces(user), _pieces(system)
    question, own = _question_of(own)
    source, orders = _source_and_orders(own, asked=bool(question))
    rule_source, rule_orders = _source_and_orders([_plain(p) for p in rules], asked=True)
    in_system = False
    if _words(source) < _LEAST_SOURCE and not _has_block(source):
        outside = rule_source if _words(rule_source) >= _LEAST_SOURCE or _has_block(rule_source) else []
        if not outside:
            for turn in earlier:
                outside, more = _source_and_orders(_pieces(turn), asked=True)
                if _words(outside) >= _LEAST_SOURCE:
                    orders = [*more, *orders]
                    break
            else:
                return None
        # All that the message holds beside its orders is the question.
        question = question or _text(source)
        source, in_system = outside, True
    else:
        rule_orders = [p.text for p in rules if p.block is None]  # a system message beside a source only instructs
    orders = [*rule_orders, *orders]
    if not question.strip():
        return None
    passages = _passages(source)
    if not passages:
        return None
    declines = [said for s in orders if (said := decline_in(s)) is not None]
    plain = [s for s in orders if decline_in(s) is None]
    citing = citing_in(plain, [p.id for p in passages if p.id])
    if citing is not None:
        passages = [as_cited(p, citing) for p in passages]
    plain = [s for s in plain if not (_AS_JSON.search(s) and not _TO_JSON.search(s))]
    sure = bool(declines) or citing is not None or any(speaks_of_text(o) for o in orders)
    return Grounded(tuple(passages), question.strip(), "\n".join(plain), declines[-1] if declines else None,
                    citing, in_system, sure)  # fmt: skip


# --- pieces --------------------------------------------------------------------------------------------------------


def _pieces(text: str) -> list[_Piece]:
    """A message cut into sentences and delimited blocks, each with what it is taken for at first."""
    if whole := _whole_json(text):
        return whole
    kept: list[str] = []
    start = 0
    for one in embedded_json(text):
        if passages_of(one.value):
            kept.append(text[start : one.start])
            kept.append(f"\n```json\n{text[one.start : one.end]}\n```\n")
            start = one.end
    page = fold("".join(kept) + text[start:])
    return list(_cut(page))


def _whole_json(text: str) -> list[_Piece]:
    try:
        value = json.loads(text) if text.lstrip().startswith("{") else None
    except (ValueError, RecursionError):
        return []
    if not isinstance(value, dict) or not any(_asks(key) for key in value):
        return []
    found = []
    for i, (key, one) in enumerate(value.items()):
        role = role_of(key)
        said = one if isinstance(one, str) else json.dumps(one, ensure_ascii=False)
        if _asks(key) and isinstance(one, str):
            found.append(_Piece(said, "question", i, i))
        elif isinstance(one, str) and (role == "instruction" or is_order(said)):
            found.append(_Piece(said, "order", i, i))
        else:
            found.append(_Piece(said, "source", i, i, Block(said, key, True)))
    return found


def _asks(name: str) -> bool:
    return role_of(name) == "question" or names_question(name)


# `[INSTRUCTIONS] ...` and `[/SOURCES]`: a tag in brackets that says nothing of its own.
_TAGGED = re.compile(
    r"^\s*\[(?:/[\w ]{1,30}|(?:INSTRUCTIONS?|RULES?|TASK|SYSTEM|CONTEXT|SOURCES|TEXT|DOCUMENTS?)\s?)\]"
)


def _cut(page: Page) -> Iterator[_Piece]:
    paragraph, waits = 0, False  # waits: a heading has announced the question
    for number, line in enumerate(page.text.split("\n")):
        stripped = _TAGGED.sub("", line).strip()
        if not stripped:
            paragraph += 1
            continue
        if is_mark(stripped):
            block = page.block_of(stripped)
            kind = "question" if waits or _asks(block.heading) else "source"
            yield _Piece(block.text, kind, number, paragraph, block)
            waits = False
            continue
        if (heading := question_heading(stripped)) is not None:
            waits = not heading
            if heading:
                yield from _asked(heading, number, paragraph)
            continue
        if waits and is_order(stripped):
            waits = False
        if waits:
            yield from _asked(stripped, number, paragraph)
            continue
        if not any(c.isalnum() for c in stripped):
            continue
        told = sentences(stripped) if "\ue000" not in stripped else [page.unfold(stripped)]
        at = 0
        while at < len(told):
            joined = asks_for_decline(told[at]) and at + 1 < len(told)
            sentence = f"{told[at]} {told[at + 1]}" if joined else told[at]
            at += 2 if joined else 1
            yield from _sorted(sentence, number, paragraph)


def _asked(text: str, number: int, paragraph: int) -> Iterator[_Piece]:
    """What stands under a heading that announces the question, without orders that follow in the same line."""
    for i, sentence in enumerate(sentences(text) or [text]):
        kind = "order" if i and (decline_in(sentence) or is_order(sentence)) else "question"
        yield _Piece(sentence, kind, number, paragraph)


def _sorted(sentence: str, number: int, paragraph: int) -> Iterator[_Piece]:
    aside = re.search(r"\s*\(([^()]{6,160})\)\s*[.?]?\s*$", sentence)
    if aside and (decline_in(aside[1]) or is_order(aside[1])):
        yield _Piece(aside[1], "order", number, paragraph)
        sentence = sentence[: aside.start()].strip()
    if not sentence:
        return
    if (led := question_after(sentence)) is not None:
        yield _Piece(sentence[: len(sentence) - len(led)], "order", number, paragraph)
        yield _Piece(led, "question", number, paragraph)
        return
    before, colon, told = sentence.partition(":")
    if colon and is_order(sentence) and len(told.split()) >= _LEAST_TOLD and not decline_in(sentence):
        # `Use only these facts: the pool opens at nine; towels cost 2 euros; ...`
        yield _Piece(before + ":", "order", number, paragraph)
        for i, part in enumerate(re.split(r";\s+", told.strip())):
            yield _Piece(part, "source", number + i, paragraph)
        return
    kind = "order" if is_order(sentence) or decline_in(sentence) else "asks" if is_interrogative(sentence) else "source"
    yield _Piece(sentence, kind, number, paragraph)


def _plain(piece: _Piece) -> _Piece:
    """In a system message nothing is the question that is to be answered now."""
    return replace(piece, kind="source") if piece.kind in ("question", "asks") else piece


# --- roles ---------------------------------------------------------------------------------------------------------


def _question_of(pieces: list[_Piece]) -> tuple[str, list[_Piece]]:
    """The question and the other pieces: what is marked as one, else interrogatives at the edge of the message."""
    marked = [p for p in pieces if p.kind == "question"]
    if marked:
        # Where several are marked (a thread, examples) the last paragraph of them is what is asked now.
        last = [p for p in marked if marked[-1].paragraph - p.paragraph <= 1]
        return "\n".join(_by_line(last)), [
            replace(p, kind="source") if p.kind == "asks" else p for p in pieces if p.kind != "question"
        ]
    asking = _edge(pieces, from_end=True) or _edge(pieces, from_end=False)
    chosen = {id(p) for p in asking}
    rest = [replace(p, kind="source") if p.kind == "asks" else p for p in pieces if id(p) not in chosen]
    return "\n".join(_by_line(asking)), rest


def _edge(pieces: Sequence[_Piece], from_end: bool) -> list[_Piece]:
    """The interrogatives that stand at an end of a message, between orders at most."""
    found: list[_Piece] = []
    for piece in reversed(pieces) if from_end else pieces:
        if piece.kind == "asks":
            found.append(piece)
        elif piece.kind != "order":
            break
    return found[::-1] if from_end else found


def _source_and_orders(pieces: Sequence[_Piece], asked: bool) -> tuple[list[_Piece], list[str]]:
    """Orders stand at both edges of a message, or anywhere where they say what to reply; the rest is the source."""
    first = next((i for i, p in enumerate(pieces) if p.kind != "order"), len(pieces))
    last = next((i for i in range(len(pieces) - 1, -1, -1) if pieces[i].kind != "order"), -1)
    source, orders = [], []
    for i, piece in enumerate(pieces):
        if piece.block is not None and is_order(piece.text) and len(piece.text.split()) < 60:
            orders += sentences(piece.text)
        elif piece.kind == "order" and (not first <= i <= last or decline_in(piece.text) or speaks_of_text(piece.text)
                                        or piece.text.rstrip().endswith(":")):  # fmt: skip
            orders.append(piece.text)
        else:
            source.append(piece)
    return source, orders


def _by_line(pieces: Sequence[_Piece]) -> list[str]:
    lines: dict[int, list[str]] = {}
    for piece in pieces:
        lines.setdefault(piece.line, []).append(piece.text)
    return [" ".join(parts) for parts in lines.values()]


def _text(pieces: Sequence[_Piece]) -> str:
    """Pieces put together again, with their lines and paragraphs."""
    paragraphs: dict[int, list[_Piece]] = {}
    for piece in pieces:
        paragraphs.setdefault(piece.paragraph, []).append(piece)
    return "\n\n".join("\n".join(_by_line(own)) for own in paragraphs.values())


def _words(pieces: Sequence[_Piece]) -> int:
    return sum(len(words(p.text)) for p in pieces)


def _has_block(pieces: Sequence[_Piece]) -> bool:
    return any(p.block is not None and len(p.text.split()) > 3 for p in pieces)


# --- passages ------------------------------------------------------------------------------------------------------


def _passages(source: Sequence[_Piece]) -> list[Passage]:
    found: list[Passage] = []
    loose: list[_Piece] = []
    for piece in source:
        if piece.block is None:
            loose.append(piece)
            continue
        found += _in_prose(_text(loose))
        loose = []
        found += _in_block(piece.block)
    found += _in_prose(_text(loose))
    kept = [p for p in found if len(p.text.split()) > 1]
    with_ids = [p for p in kept if p.id is not None]
    # Beside passages with ids, a few words are only their heading.
    return [p for p in kept if p.id is not None or len(p.text.split()) > 6] if with_ids else kept


def _in_block(block: Block) -> list[Passage]:
    inner = embedded_json(block.text)
    if inner and sum(one.end - one.start for one in inner) > 0.6 * len(block.text):
        return [p for one in inner for p in passages_of(one.value)]
    if block.attributes or "<" in block.text:
        return passages_in(block)
    return _in_prose(block.text)


def _in_prose(text: str) -> list[Passage]:
    if not text.strip():
        return []
    lines, found, start = text.split("\n"), [], 0
    for table in tables(lines):
        found += _in_text("\n".join(lines[start : table.first])) + list(table.rows)
        start = table.last
    return found + _in_text("\n".join(lines[start:]))


def _in_text(text: str) -> list[Passage]:
    marked = marked_passages(text)
    return marked or [Passage(p.strip()) for p in re.split(r"\n[ \t]*\n", text) if p.strip()]
