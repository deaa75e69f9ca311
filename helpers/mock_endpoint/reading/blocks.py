"""A text cut into blocks by its marks: delimited data, headed parts, and the prose between them.

Delimiters are triple quotes and backticks, XML-like tags, <<< >>>, and rules of ---, ===, ### or *** on lines of their
own. Headings are `# Heading`, `**Heading**` and `Heading:` at the start of a line. Time is linear in the text.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

Role = Literal["data", "question", "labels", "examples", "instruction", "slot", "prose"]


@dataclass(frozen=True)
class Block:
    """A stretch of a prompt. `heading` is the tag's name or the heading's words, as written; prose has none."""

    text: str
    heading: str = ""
    delimited: bool = False
    attributes: tuple[tuple[str, str], ...] = field(default=())  # of an XML-like tag

    @property
    def role(self) -> Role:
        """What the heading says the block is."""
        return role_of(self.heading)

    def attribute(self, *names: str) -> str | None:
        return next((value for name, value in self.attributes if name in names), None)


_ROLES: tuple[tuple[Role, str], ...] = (
    ("examples", r"examples?|samples?|demonstrations?|few[- ]?shot|exemplos?|ejemplos?"),
    ("labels", r"labels|categories|classes|options|topics|intents|tags|departments|queues|choices|possible \w+"
               r"|allowed \w+|valid \w+|categorias|etiquetas|opções"),
    ("question", r"(?:user'?s? |customer'?s? )?(?:question|query|prompt|request)|q|pergunta|pregunta"),
    ("slot", r"answer|label|category|class|classification|output|response|sentiment|result|a|reply|topic|intent"
             r"|resposta|respuesta|categoria|summary|assistant"),
    ("instruction", r"instructions?|task|rules?|guidelines?|requirements?|role|format|output format|goal|constraints?"
                    r"|steps|important|notes?|reminder|tarefa|regras|instruções"),
    ("data", r"context|passages?|sources?|documents?|docs?|articles?|text|tickets?|e-?mail|messages?|input|reviews?"
             r"|logs?|transcript|content|data|excerpts?|paragraphs?|facts|knowledge(?: base)?|information|references?"
             r"|background"
             r"|materials?|(?:search )?results|retrieved.*|comments?|posts?|tweets?|complaints?|sentence|contexto|texto"
             r"|fontes?|documentos?|mensagem|mensaje|story|notice|report|policy|faq|feedback|description|chunks?|evidence"),
)  # fmt: skip
_ROLE_PATTERNS = tuple(
    (role, re.compile(rf"(?:the |a |your |user |customer )?(?:{words})\s*#?\d{{0,3}}", re.IGNORECASE))
    for role, words in _ROLES
)


def role_of(heading: str) -> Role:
    """`Context` -> data, `Question` -> question ...; an unknown heading is prose."""
    words = re.sub(r"[_\-]", " ", heading).strip().strip("*:# ").lower()
    if not words or len(words) > 60:
        return "prose"
    return next((role for role, pattern in _ROLE_PATTERNS if pattern.fullmatch(words)), "prose")


# --- delimiters ----------------------------------------------------------------------------------------------------

_OPEN = re.compile(
    r"(?P<tick>```+)[\w+-]*[ \t]*\n?"
    r"|(?P<quote>\"\"\"|''')"
    r"|(?P<angle><<<)"
    r"|(?P<rule>^[ \t]*(?:-{3,}|={3,}|\#{3,}|\*{3,}|~{3,})[ \t]*$\n?)"
    r"|<(?P<tag>[A-Za-z][\w.-]{0,60})(?P<attributes>(?:\s[^<>]{0,300})?)>",
    re.MULTILINE,
)
_CLOSE_TAG = re.compile(r"</([A-Za-z][\w.-]{0,60})\s?>")
_ATTRIBUTE = re.compile(r"([\w-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|(\S+))")


@dataclass(frozen=True)
class Page:
    """A text with its delimited blocks folded away, each to one character-pair mark, so that what is inside a delimiter
    cannot be taken for a heading, an example or an instruction."""

    text: str
    held: tuple[Block, ...]

    def unfold(self, text: str) -> str:
        """A stretch of the page with what its marks stand for back in place."""
        return _MARK.sub(lambda mark: block.text if (block := self._held(mark)) else mark.group(), text)

    def blocks(self) -> list[Block]:
        """The blocks in order. A heading directly above a delimited block names it."""
        found: list[Block] = []
        for block in _headed(self.text):
            start, heading = 0, block.heading
            for mark in _MARK.finditer(block.text):
                own = self._held(mark)
                if own is None:
                    continue
                before = block.text[start : mark.start()].strip("\n")
                if before.strip():
                    found.append(Block(before, heading))
                named = heading if block.role != "prose" and not before.strip() else ""
                found.append(Block(own.text, own.heading or named, True, own.attributes))
                # What comes after the delimited text a heading announced is no longer under that heading.
                start, heading = mark.end(), ""
            rest = block.text[start:].strip("\n")
            if rest.strip() or start == 0:
                found.append(Block(rest, heading))
        return [block for block in found if block.text.strip() or block.heading]

    def block_of(self, mark: str) -> Block:
        """The delimited block that a mark stands for."""
        match = _MARK.fullmatch(mark)
        return (self._held(match) if match else None) or Block(mark)

    def _held(self, mark: re.Match[str]) -> Block | None:
        number = int(mark[1])
        return self.held[number] if number < len(self.held) else None


# Private-use characters, so that a mark is neither a word nor punctuation.
_MARK = re.compile("\ue000(\\d{1,6})\ue001")


def is_mark(text: str) -> bool:
    """Whether a stretch of a page is one delimited block and nothing else."""
    return _MARK.fullmatch(text.strip()) is not None


def fold(text: str) -> Page:
    """The page of a text. Nothing is dropped but the delimiters themselves."""
    pieces, held = [], []
    for block in _delimited(text):
        if block.delimited:
            pieces.append(f"\ue000{len(held)}\ue001")
            held.append(block)
        else:
            pieces.append(block.text)
    return Page("".join(pieces), tuple(held))


def blocks(text: str) -> list[Block]:
    """The blocks of a text, in order."""
    return fold(text).blocks()


def _delimited(text: str) -> Iterator[Block]:
    closers = _closing_tags(text)
    hopeless: set[str] = set()  # marks that have no partner in the rest of the text
    at = start = 0
    while (mark := _OPEN.search(text, at)) is not None:
        inner = _inside(text, mark, closers, hopeless)
        if inner is None:
            at = mark.end()
            continue
        end, after = inner
        yield Block(text[start : mark.start()])
        attributes = tuple(
            (m[1].lower(), m[2] or m[3] or m[4] or "") for m in _ATTRIBUTE.finditer(mark["attributes"] or "")
        )
        yield Block(text[mark.end() : end].strip("\n"), mark["tag"] or "", True, attributes)
        at = start = after
        if mark["rule"]:
            # The line end belongs to the closing rule; what follows begins a line.
            yield Block("\n")
    yield Block(text[start:])


def _closing_tags(text: str) -> dict[str, list[re.Match[str]]]:
    found: dict[str, list[re.Match[str]]] = {}
    for match in _CLOSE_TAG.finditer(text):
        found.setdefault(match[1].lower(), []).append(match)
    return found


def _inside(
    text: str, mark: re.Match[str], closers: dict[str, list[re.Match[str]]], hopeless: set[str]
) -> tuple[int, int] | None:
    """Where a delimited block ends, and where the text goes on; None when nothing closes it."""
    if tag := mark["tag"]:
        same = closers.get(tag.lower(), [])
        position = bisect_left(same, mark.end(), key=lambda close: close.start())
        return (same[position].start(), same[position].end()) if position < len(same) else None
    if mark["rule"]:
        line = mark["rule"].strip()
        if line in hopeless:
            return None
        close = re.compile(rf"^[ \t]*{re.escape(line)}[ \t]*$\n?", re.MULTILINE).search(text, mark.end())
        if close is None:
            hopeless.add(line)
            return None
        return close.start(), close.end()
    closer = mark["tick"] or mark["quote"] or ">>>"
    if closer in hopeless:
        return None
    at = text.find(closer, mark.end())
    if at < 0:
        hopeless.add(closer)
        return None
    return at, at + len(closer)


# --- headings ------------------------------------------------------------------------------------------------------

_HEADING = re.compile(
    r"^[ \t]*(?:"
    r"\#{1,6}[ \t]+(?P<hash>[^\n]{1,80}?)[ \t:#]*$"
    r"|\*\*(?P<bold>[^*\n]{1,60}?):?\*\*:?(?P<rest1>[^\n]*)$"
    r"|(?P<key>[A-Za-zÀ-ÿ][\w'’À-ÿ]*+(?:[ _-][\w'’À-ÿ]++){0,3}):(?!//)(?P<rest2>(?:[ \t][^\n]*)?)$"
    r")",
    re.MULTILINE,
)


def _headed(text: str) -> Iterator[Block]:
    """Prose cut at its headings. `Key: value` lines are headings only where the key says what the block is."""
    start, heading = 0, ""
    for match in _HEADING.finditer(text):
        name = match["hash"] or match["bold"] or match["key"]
        if match["hash"] is None and role_of(name) == "prose":
            continue
        yield Block(text[start : match.start()].strip("\n"), heading)
        heading = name
        start = match.start("rest1") if match["bold"] else match.start("rest2") if match["key"] else match.end()
    yield Block(text[start:].strip("\n"), heading)
