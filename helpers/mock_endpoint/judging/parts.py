"""The parts of a judge prompt by their headings: question, context, reference, answers, criteria, verdicts of examples.

Headings are `Key: value`, `## Key`, `**Key**`, `[Key]`, `[The start of Key]`, tags, and the keys of a JSON object.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Literal

from ..reading.blocks import Block, Page, fold

Role = Literal[
    "question", "context", "reference", "answer", "a", "b", "criteria", "examples", "verdict", "reason", "instruction",
    "text",
]  # fmt: skip
Part = tuple[Role, str]

_WHO = (
    r"(?:student|candidate|submitted|model|assistant|chatbot|bot|ai|llm|system|generated|actual|given|proposed"
    r"|predicted"
    r"|agent|support|new|learner|participant|clerk|employee|rag)(?:['’]?s)?"
)
_WHAT = (
    r"(?:answers?|responses?|outputs?|repl(?:y|ies)|summar(?:y|ies)|submissions?|completions?|predictions?|drafts?"
    r"|rewrites?|resposta|respuesta|resumo|resumen)"
)
_WEAK = r"(?:texts?|e-?mails?|messages?|versions?|explanations?|translations?|letters?|notes?)"
_TO_JUDGE = (
    r"(?: (?:to|being|under|for)(?: be)? (?:evaluat\w+|judged?|graded?|check(?:ed)?|scor\w+|rated?|assess\w*"
    r"|review\w*))?"
)
_ONE, _TWO = r"(?:a|1|one|#1)", r"(?:b|2|two|#2)"
_SIDE = rf"(?:(?:{_WHO} )*(?:{_WHAT}|{_WEAK}|option|assistant|candidate|model|system|bot)(?:['’]s)?)"
_ROLES: tuple[tuple[Role, re.Pattern[str]], ...] = tuple(
    (role, re.compile(pattern, re.IGNORECASE))
    for role, pattern in (
        ("instruction", r"instructions?|task|steps?|(?:output|response|answer|reply) format|format|important|note"
        r"|rules"
                        r"|evaluation steps|your task|reminder|begin data|end data|data"),
        ("examples", r"(?:worked |graded |judged )?examples?(?: \d+)?|few[- ]shot(?: examples)?|sample judge?ments?"),
        ("a", rf"{_SIDE} {_ONE}(?:['’]s(?: {_WHAT})?)?|first {_WHAT}|a"),
        ("b", rf"{_SIDE} {_TWO}(?:['’]s(?: {_WHAT})?)?|second {_WHAT}|b"),
        ("reference", rf"(?:reference|gold(?:en)?(?: standard)?|expected|correct|ideal|target|true|right|official|human"
                      rf"|expert|ground[- ]?truth|verified|esperada|reference correct)(?: (?:{_WHAT}|solution"
                      rf"|facts?|label))?"
                      rf"|answer key|key|solution|(?:teacher|official|examiner|textbook"
                      rf"|expert)['’]?s? (?:{_WHAT}|solution)|(?:resposta|respuesta) (?:de refer[eê]ncia"
                      rf"|esperada|correta"
                      r"|correcta)"),
        ("context", r"(?:retrieved |source |supporting |reference |given |original |provided )*(?:context|documents?"
        r"|docs"
                    r"|passages?|articles?|excerpts?|texts?|material|sources?|evidence|premise|transcript|policy"
                    r"|knowledge(?: base)?|facts|chunks?|report|notes|minutes|log|story|contexto|fonte|fuente)"),
        ("question", r"(?:user|customer|original|input|student|client)?(?:['’]s)? ?(?:question|query|prompt|request"
        r"|input"
                     r"|inquiry|problem|pergunta|pregunta)|q|user"),
        ("criteria", r"(?:evaluation |grading |scoring |judging |quality |pass )?(?:criteria|criterion|rubric"
        r"|guidelines"
                     r"|scale|dimensions|requirements|checklist|definitions?|critérios|criterios)"),
        ("reason", r"reason(?:ing|s)?|explanation|rationale|critique|justification|analysis|because"),
        ("verdict", r"(?:your |final |overall )?(?:verdict|score|grade|rating|judge?ment|decision|result|evaluation"
                    r"|assessment|label|winner|preference|conclusion|veredicto|nota)"),
        ("answer", rf"(?:{_WHO} )*{_WHAT}{_TO_JUDGE}|(?:{_WHO} )+{_WEAK}{_TO_JUDGE}|{_WEAK} (?:to|being"
        rf"|under)(?: be)? \w+"
                   r"|candidate|claim|hypothesis|statement|sentence|assistant|bot|a"
                   rf"|(?!(?:user|customer|original|question|answer|output|response|example"
                   rf"|reply)\b)[a-zà-ÿ]+(?:['’]s)? {_WHAT}{_TO_JUDGE}"
                   r"|(?:[\w'’-]+ ){1,2}(?:wrote|writes|said|says|answered|answers|replied|replies|claims?"
                   r"|gave|states|escreveu|escribió|respondeu|respondió)"
                   rf"|(?:{_WHAT}|{_WEAK}) (?:given|received|submitted|produced|d[oa] \w+|del? (?:la )?\w+|dada|obtida)"
                   r"|(?:claim|statement|sentence)s? (?:to|under|being) \w+|afirmação|afirmación|alegação"),
    )
)  # fmt: skip
_HEADING = re.compile(
    r"^[ \t>]*(?:"
    r"\#{1,6}[ \t]+(?P<hash>[^\n:]{1,60}?)[ \t]*:?[ \t]*\#*$"
    r"|\*\*(?P<bold>[^*\n:]{1,50})(?::\*\*|\*\*:?)"
    r"|\[(?P<square>[^\]\n]{1,60})\]:?"
    r"|(?P<key>[A-Za-zÀ-ÿ#][\w'’À-ÿ-]*(?:[ _][\w'’À-ÿ()#-]+){0,5}?)[ \t]*(?:\([^)\n]{0,40}\))?:(?!//)"
    r")",
    re.MULTILINE,
)
_FRAME = re.compile(r"^(?:the )?(?:(?P<end>end)|start|begin(?:ning)?) (?:of )?(?:the )?", re.IGNORECASE)
_MARK = re.compile("\ue000(\\d{1,6})\ue001")
# What a prompt says after the material: it is no longer part of the answer above it.
_DEMAND = re.compile(
    r"^\W{0,3}(?:(?:please|now|then|finally|so|first,?|strictly|carefully)\s+)*(?:reply|respond|answer (?:with|only"
    r"|yes|in|pass|either|(?=[\"'“`])|[A-Z]{3,}\b|[A-Z] or [A-Z]\b|correct|true|right|good"
    r"|just)|return"
    r"|output|give (?:only|your|a|me|the)|say (?:only|pass|yes|whether)|is (?:the|this|it|that)|does (?:the|this)"
    r"|did the|was the|judge"
    r"|rate|score|grade|evaluate|assess|decide|which|think|explain|write (?:only|your)|compare|tell me|end with"
    r"|start with"
    r"|mark|check|use (?:only|the)|do not|don't|responda|avalie|evalúa|a resposta\b[^.\n]{0,40}está"
    r"|la respuesta\b[^.\n]{0,40}es|are (?:the|all|these)|do (?:the|these|they|both)"
    r"|pick|choose|select|can (?:the|this|that|it|one|you)|could (?:the|this)|has the|have the|same meaning"
    r"|only (?:the|one|give|answer|reply)|just (?:the|one|give|answer|reply)|one word|verdict|write [A-Z]\b"
    r"|label|call|identify|state"
    r"|say\b|[^\n]{1,60}(?:->|=>|→)|(?:correct|right|true|yes|pass|good|supported"
    r"|faithful)\b[^\n]{0,40}\b(?:or|/)\b)(?!\w)",
    re.IGNORECASE,
)


def part_role(heading: str) -> Role | None:
    """`Student's answer` -> answer, `Ground truth` -> reference ...; None for a heading of another kind."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", heading)
    words = re.sub(r"\s+", " ", re.sub(r"[_\-]|[()]", " ", words)).strip(" *:#.").lower()
    words = re.sub(r"^(?:the|this|an) ", "", words)
    return next((role for role, pattern in _ROLES if pattern.fullmatch(words)), None)


def parts_of(text: str, depth: int = 0) -> list[Part]:
    """The parts of a text in order; what stands under no heading is `instruction`, delimited text of no name `text`."""
    if (given := _from_json(text)) is not None:
        return given
    page = fold(text)
    found: list[Part] = []
    for role, chunk in _headed(page.text):
        found += _unfolded(role, chunk, page, depth)
    return [(role, text.strip()) for role, text in found if text.strip() or role in ("verdict", "examples")]


def _from_json(text: str) -> list[Part] | None:
    if not text.lstrip().startswith("{"):
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    found = [(part_role(str(key)), one) for key, one in value.items()]
    return [
        (role, one if isinstance(one, str) else json.dumps(one, ensure_ascii=False)) for role, one in found if role
    ] or None


def _headed(text: str) -> Iterator[Part]:
    start, role = 0, "instruction"
    for match in _HEADING.finditer(text):
        name = match["hash"] or match["bold"] or match["square"] or match["key"]
        frame = _FRAME.match(name)
        own = part_role(_FRAME.sub("", name))
        if own is None or (own in ("a", "b") and len(name) == 1 and not _sides(text)):
            continue
        yield from _with_demand(role, text[start : match.start()])
        role = "instruction" if frame and frame["end"] else own
        start = match.end()
    yield from _with_demand(role, text[start:])


def _sides(text: str) -> bool:
    """Whether `A:` and `B:` name the two answers of a pair rather than the letters of a scale or a question's `A:`."""
    return all(re.search(rf"^[ \t]*(?:{side}[ \t]*:|\[{side}\])", text, re.MULTILINE) for side in "AB")


def _with_demand(role: str, text: str) -> Iterator[Part]:
    """A part, and apart from it the lines after a blank line (or at its end) that tell what to do with it."""
    if role in ("instruction", "criteria", "examples"):
        yield role, text  # type: ignore[misc]
        return
    lines = text.split("\n")
    filled = [i for i, line in enumerate(lines) if line.strip()]
    cut = next((i for i in filled[1:] if _demands(lines, i, filled[-1])), None)
    if cut is None:
        yield role, text  # type: ignore[misc]
        return
    yield role, "\n".join(lines[:cut])  # type: ignore[misc]
    yield "instruction", "\n".join(lines[cut:])


_OF_VERDICT = re.compile(
    r"\b(?:PASS|FAIL|verdict|score|rating|grade|judge|evaluate)\b|\b(?:in)?correct or (?:in)?correct\b"
    r"|\b(?i:yes or no)\b"
)


def _demands(lines: list[str], i: int, last: int) -> bool:
    if not lines[i - 1].strip():
        return bool(_DEMAND.match(lines[i]) or _OF_VERDICT.search(lines[i]))
    return i >= last - 1 and bool(_DEMAND.match(lines[i]))


def _unfolded(role: Role, chunk: str, page: Page, depth: int) -> Iterator[Part]:
    """A part with the delimited blocks in it: a block directly under a heading is that part, a tag names its own."""
    start = 0
    for mark in _MARK.finditer(chunk):
        block: Block | None = page.held[int(mark[1])] if int(mark[1]) < len(page.held) else None
        if block is None:
            continue
        before, own = chunk[start : mark.start()], part_role(block.heading) if block.heading else None
        if own is not None and (own != "instruction" or role == "instruction"):
            yield role, before
            inner = parts_of(block.text, depth + 1) if own in ("examples", "instruction") and depth < 3 else []
            yield from inner if len(inner) > 1 else [(own, block.text)]
            role = "instruction"
        elif role not in ("instruction", "criteria", "examples") and not before.strip():
            yield role, block.text
            role = "instruction"
        else:
            yield role, before
            inner = parts_of(block.text, depth + 1) if depth < 3 else []
            named = [part for part in inner if part[0] not in ("instruction", "text")]
            yield from inner if named else [("text", block.text)]
        start = mark.end()
    yield role, chunk[start:]
