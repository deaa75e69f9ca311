"""Rewrite a text: for an audience, to a length or a tone, without what is to be left out and with what must stay.

Textbook text simplification: plain words from a lexicon, long sentences split, passives with an agent turned round,
sentences chosen when the text must be shorter. Everything it says stands in the text; what it cannot do, it says.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ..config import Model
from ..reading.limits import Limits, read_limits
from ..reading.prompt import Prompt
from ..reading.wishes import read_wishes
from ..reading.work import read_work
from ..text.compression import word_count
from ..text.form import Draft, shaped, wanted_items
from ..text.language import sentences
from ..text.language_id import NAMES, language_of
from ..text.leaving_out import without_unwanted
from ..text.plain_words import in_plain_words
from ..text.redaction import kept_values, named_for_keeping, named_for_removal, without
from ..text.salience import by_relevance, sampled, worths
from .candidate import Candidate

_ASKED = re.compile(
    r"\b(?:re-?writ\w+|rephras\w+|reword\w*|paraphras\w+|simplif\w+|shorten\w*|condense|redact\w*|anonymi[sz]\w+"
    r"|reformul\w+"
    r"|re-?phrase|reescrev\w+|reescrib\w+|simplifi\w+|encurt\w+|acort\w+|resumid[oa])\b"
    r"|\b(?:mak(?:e|ing)|turn|convert|put|translate|express|change)\b[^.\n]{0,60}\b(?:shorter|simpler|clearer"
    r"|plain\w*|polite\w*|formal|friendl\w+"
    r"|professional|simple|bullets?(?: points?)?|everyday|active|concise|easier)\b"
    r"|\b(?:explain|describe|tell|present|report)\b[^.\n]{0,60}\b(?:to|for)\s+(?:an?|the|our|my|non-?technical"
    r"|business|all|someone|people)\b"
    r"|\bin (?:plain|simple|everyday|clear) (?:language|words|english|terms)\b|\bem linguagem simples\b"
    r"|\ben lenguaje (?:sencillo|claro)\b"
    r"|\bremove\b[^.\n]{0,60}\b(?:from|in)\b[^.\n]{0,20}\b(?:text|message|log|report|following)\b",
    re.IGNORECASE,
)
_LANGUAGES = "|".join(sorted(NAMES, key=len, reverse=True))
_TRANSLATE = re.compile(rf"\b(?:translat\w+|tradu\w+)\b[^.\n]{{0,60}}?\b(?:{_LANGUAGES})\b", re.IGNORECASE)
_PLAIN_AUDIENCE = re.compile(
    r"\b(?:customers?|managers?|management|executives?|business (?:users?|people|readers?)|child(?:ren)?|kids?"
    r"|laypeople|layperson|laymen"
    r"|non-?technical|general public|end users?|beginners?|citizens?|patients?|everyone|anyone|year-olds?|plain"
    r"|simple|simpler|simplif\w+"
    r"|everyday|clientes?|gestor\w*|crianças?|niños?|linguagem simples|lenguaje (?:sencillo|claro)|easy to (?:read"
    r"|understand))\b",
    re.IGNORECASE,
)
_EXPERT = re.compile(
    r"\b(?:experts?|engineers?|developers?|technical (?:audience|readers?|team)|specialists?|especialistas?)\b",
    re.IGNORECASE,
)
_SHORT = re.compile(
    r"\b(?:short(?:en\w*|er| version| form)|concise\w*|condense|brief\w*|compact|tl;?dr|encurt\w+|acort\w+|managers?"
    r"|executives?"
    r"|management)\b",
    re.IGNORECASE,
)
_FORMAL = re.compile(r"\b(?:formal\w*|professional\w*|official)\b", re.IGNORECASE)
_POLITE = re.compile(
    r"\b(?:polite\w*|courteous\w*|friendl\w+|kind(?:er|ly)?|respectful\w*|educad[oa]|cort[eé]s)\b", re.IGNORECASE
)
_NOT_RUDE = re.compile(r"\b(?:idiots?|dumb|stupid|lazy|ridiculous|damn|bloody|shut up)\b[,!]?\s*", re.IGNORECASE)
_LONG, _LONG_FOR_CHILD = 16, 11  # words from which a sentence is split
_CHILD = re.compile(r"\b(?:child(?:ren)?|kids?|year-olds?|crianças?|niños?)\b", re.IGNORECASE)
_HALF = 0.5  # of its words, what `shorter` leaves where no length is given
_SCALE = 10.0


def rewrite(prompt: Prompt, model: Model) -> list[Candidate] | None:
    """The text in other words; None when no rewriting is asked for or there is no text to rewrite."""
    work = read_work(prompt)
    told, text = (work.told, work.text) if work.text else (prompt.instructions, _text(prompt))
    if word_count(text) < 3:
        return None
    if _TRANSLATE.search(told):
        return _not_translated(told)
    if not _ASKED.search(told):
        return None
    limits = read_limits(told) if work.text else prompt.limits
    # A small model that has a demand on the form to keep forgets what was to be left out.
    if model.demands is None or not limits.order:
        text = _without_subjects(text, told, model)
    parts = rewritten(text, told)
    if not parts:
        return None
    kept = kept_values(text, named_for_keeping(told))
    if limits.words is None and limits.sentences is None and limits.bullets is None and _SHORT.search(told):
        limits = replace(limits, words=max(5, round(_HALF * word_count(text))))
    chosen, spare = _chosen(parts, kept, limits.first(model.demands), model)
    found: dict[str, Candidate] = {}
    for rank, own in enumerate((chosen, parts if len(chosen) < len(parts) else chosen[:-1] or chosen)):
        reply = shaped(Draft(parts=tuple(own), spare=tuple(spare), keep=tuple(kept)), limits, model)
        reply = _with_lost(reply, [v for v in kept if _stands(v, parts)], limits.json)
        found.setdefault(reply, Candidate(reply, -_SCALE * 0.2 * rank))
    return list(found.values())


def _without_subjects(text: str, told: str, model: Model) -> str:
    wishes = read_wishes(told)
    # What is named by kind, such as host names, is taken out of its sentence by `without`.
    wishes = replace(wishes, drop=tuple(s for s in wishes.drop if not named_for_removal(f"remove {s}")))
    if not wishes.drop and not wishes.drop_kinds:
        return text
    lines = [without_unwanted(sentences(line), wishes, model) if line.strip() else [] for line in text.split("\n")]
    if len(lines) == 1:
        return " ".join(lines[0])
    return " ".join(without_unwanted(sentences(text), wishes, model))


def for_plain_readers(told: str) -> bool:
    """Whether a text is for readers who know nothing of its subject."""
    return bool(_PLAIN_AUDIENCE.search(told)) and not _EXPERT.search(told)


def _text(prompt: Prompt) -> str:
    if prompt.item is not None:
        return prompt.item.text
    return "\n".join(passage.text for passage in prompt.passages)


def _not_translated(told: str) -> list[Candidate]:
    language = next((name for name in NAMES if re.search(rf"\b{name}\b", told, re.IGNORECASE)), "another language")
    return [
        Candidate(
            f"I cannot translate into {language.title()}: I am an offline simulation that rewrites a text only in "
            f"its own "
            "language. Connect a live endpoint for a translation.",
            0.0,
        )
    ]


# --- the text in other words ---------------------------------------------------------------------------------------


def rewritten(text: str, told: str) -> list[str]:
    """The sentences of a text as the instructions want them: without, in plain words, split, in the tone asked for."""
    plain = bool(_PLAIN_AUDIENCE.search(told)) and not _EXPERT.search(told)
    language = language_of(text) or "en"
    removed = named_for_removal(told)
    if plain:
        removed |= {"trace", "class", "ip", "path", "host"} - _kept_kinds(told)
    text = without(text, removed)
    sections = [language] if not _EXPERT.search(told) else []
    if plain or "jargon" in removed:
        sections.insert(0, f"{language} jargon")
    if _FORMAL.search(told):
        sections = [f"{language} formal"]
    if _POLITE.search(told):
        sections.append(f"{language} polite")
    longest = _LONG_FOR_CHILD if _CHILD.search(told) else _LONG
    found = []
    for sentence in sentences(text):
        own = _active(in_plain_words(sentence, *sections)) if sections else sentence
        own = _polite(own, language) if _POLITE.search(told) else own
        found += _split(own, longest) if plain or re.search(r"\bshort\b[^.\n]{0,20}\bsentences?\b", told) else [own]
    return [_ended(s) for s in found if any(c.isalpha() for c in s)]


def _kept_kinds(told: str) -> set[str]:
    """Kinds that a plain text would lose but that the instructions ask to keep."""
    said = " ".join(
        m.group()
        for m in re.finditer(r"\b(?:keep|include|mention|preserve|retain)\b[^.\n]{1,120}", told, re.IGNORECASE)
    )
    words = {
        "host": r"host|server|machine",
        "ip": r"\bips?\b|address",
        "path": r"path|file",
        "trace": r"trace",
        "class": r"class|exception",
    }
    return {kind for kind, pattern in words.items() if re.search(pattern, said, re.IGNORECASE)}


_PASSIVE = re.compile(
    r"^(?P<what>[A-ZÀ-Þ][^,.;:]{1,60}?) (?:was|were|has been|have been) (?P<verb>\w+ed) by (?P<who>(?:the |a |an "
    r"|our )?[\w'-]+(?: [\w'-]+){0,3}?)"
    r"(?P<rest>(?:[,;]| (?:on|at|in|after|before|because|during|when|last|yesterday|today)\b)[^\n]*)?(?P<end>[.!?]?)$"
)
_NAME_START = re.compile(r"^(?:[A-Z][\w-]*\s+)?[A-Z][\w-]*\d|^[A-Z]{2,}\b|^[A-Z]\w+ [A-Z]")


def _active(sentence: str) -> str:
    """`The report was checked by Ana on Monday.` -> `Ana checked the report on Monday.`"""
    match = _PASSIVE.match(sentence)
    if match is None or re.search(r"\b(?:mistake|accident|hand|default|chance|then|now)\b", match["who"]):
        return sentence
    what, who = match["what"], match["who"]
    what = (
        what
        if _NAME_START.match(what)
        or not re.match(r"(?:The|A|An|This|That|These|Our|All|Some|Both|Its|His|Her)\b", what)
        else what[0].lower() + what[1:]
    )
    return f"{who[0].upper()}{who[1:]} {match['verb']} {what}{match['rest'] or ''}{match['end']}"


_JOINT = re.compile(
    r";\s+|,\s+(?:and|but|so|e|mas|y|pero)\s+(?=(?:the|a|an|it|they|we|he|she|this|these|there|you|i|all|no|some"
    r"|our|o|os|as|ele|ela|nós|el|los"
    r"|las|ellos|ella|nosotros)\s)|,\s+which\s+(?=(?:is|was|has|can|will|may|must|\w+(?:s|ed))\s)",
    re.IGNORECASE,
)


def _split(sentence: str, longest: int) -> list[str]:
    """A long sentence cut into several where a new clause begins."""
    if word_count(sentence) <= longest:
        return [sentence]
    joint = next(
        (
            m
            for m in _JOINT.finditer(sentence)
            if word_count(sentence[: m.start()]) >= 3 and word_count(sentence[m.end() :]) >= 3
        ),
        None,
    )
    if joint is None:
        return [sentence]
    first, rest = sentence[: joint.start()], sentence[joint.end() :]
    word = joint.group().strip(" ,;").lower()
    lead = {"which": "This ", "but": "But ", "mas": "Mas ", "pero": "Pero ", "so": "So "}.get(word, "")
    rest = lead + (rest if lead else rest[:1].upper() + rest[1:])
    return [_ended(first), *_split(rest, longest)]


_ORDER = re.compile(
    r"^(?:send|give|call|tell|fix|stop|check|reply|come|bring|wait|pay|return|provide|let|make|update|restart|sign"
    r"|fill|open|close|contact|do"
    r"|don't|do not|read|write|use|take|put|finish|answer|explain|show|help|move|clean|turn|keep|get|confirm"
    r"|complete)\b",
    re.IGNORECASE,
)


def _polite(sentence: str, language: str) -> str:
    """Insults left out; an order becomes a request."""
    own = _NOT_RUDE.sub("", sentence).strip()
    own = own[:1].upper() + own[1:]
    if language == "en" and _ORDER.match(own) and not re.match(r"please\b", own, re.IGNORECASE):
        own = f"Please {own[:1].lower()}{own[1:]}"
    return re.sub(r"!+$", ".", own)


def _ended(sentence: str) -> str:
    sentence = sentence.strip().rstrip(",;")
    return sentence if sentence.endswith((".", "!", "?", "…", ":")) else sentence + "."


# --- length --------------------------------------------------------------------------------------------------------


def _chosen(parts: Sequence[str], kept: Sequence[str], limits: Limits, model: Model) -> tuple[list[str], list[str]]:
    """The sentences that the length allows, in order, those with what must be kept first; and the others."""
    most = _most(parts, limits)
    if most >= len(parts):
        return list(parts), []
    read = sampled(parts)
    worth, near = worths(read, "", model)
    worth = [w + 0.5 * sum(value in sentence for value in kept) for w, sentence in zip(worth, read, strict=True)]
    order = by_relevance(worth, near, len(read))
    chosen = sorted(order[:most])
    return [read[i] for i in chosen], [read[i] for i in order[most:]]


def _most(parts: Sequence[str], limits: Limits) -> int:
    """How many sentences fit the limits."""
    items = wanted_items(limits)
    sentences_allowed, words = limits.sentences, limits.words
    most = len(parts)
    if items is not None:
        most = min(most, limits.bullets or most)
    elif sentences_allowed:
        most = min(most, sentences_allowed)
    if words is not None and items is None:
        mean = sum(word_count(p) for p in parts) / len(parts)
        most = min(most, max(1, round(words / mean)))
    return most


def _stands(value: str, parts: Sequence[str]) -> bool:
    return any(value in part for part in parts)


def _with_lost(reply: str, kept: Sequence[str], json: bool) -> str:
    """What must be kept and was cut, added at the end as it stands in the text."""
    lost = [value for value in kept if value.lower() not in reply.lower()]
    return reply if not lost or json else f"{reply} ({', '.join(lost)})"
