"""Sentences as a prompt wants their content: without the subjects and kinds of value it wants left out."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..config import Model
from ..meaning.similarity import cosines
from ..reading.wishes import Wishes
from .language import content_words, overlap
from .language_id import language_of
from .values import Value, values

_SOMEONE = {"en": "someone", "pt": "alguém", "es": "alguien"}
_NEAR = 0.5  # of meaning, from which a sentence without a word of a subject is about it
_CLAUSES = re.compile(r"(?:;|,? (?:and|but|e|mas|y|pero)) (?=\w)")
_PLACE = re.compile(r"\b(?:in|at|from|near|to|on|em|no|na|en)\s(?:the\s)?$", re.IGNORECASE)
_VALUE_KINDS = {
    "number": ("money", "percent", "date", "time", "duration", "quantity", "number"),
    "money": ("money",),
    "date": ("date",),
}
_ROLE = re.compile(r"(?P<role>\b(?:Mr|Mrs|Ms|Dr|Sr|Sra)\.?|\b[a-zà-ÿ]\w+|\b[A-Z][a-z]+)\s$")


_OF_KIND = (
    (r"\b(?:prices?|costs?|fees?|money|budget|preços?|precios?|custo|coste)\b", "money"), (r"\b(?:dates?"
     r"|days?|deadline|when|datas?|fechas?)\b", "date"),
    (r"\b(?:times?|hours?|o'clock|horas?|horário)\b", "time"), (r"\b(?:phone"
     r"|telephone)\b", "phone"), (r"\be-?mail\b", "email"),
    (r"\b(?:where|place|location|venue|lugar|local)\b", "place"), (r"\b(?:who|names?|nome|nombre)\b", "name"),
)  # fmt: skip


def about(subject: str, sentences: Sequence[str], model: Model) -> list[int]:
    """The sentences that are about a subject: those that share its telling words; else the nearest in meaning."""
    wanted = content_words(subject)
    if not sentences:
        return []
    kind = next((kind for words, kind in _OF_KIND if re.search(words, subject, re.IGNORECASE)), None)
    shared = [overlap(wanted, content_words(s)) + (0.5 * bool(values(s, kind)) if kind else 0.0) for s in sentences]
    if max(shared) > 0:
        return [i for i, share in enumerate(shared) if share >= max(shared) - 1e-6]
    near = [float(x) for x in cosines(model, [subject], sentences)[0]]
    best = max(range(len(near)), key=near.__getitem__)
    return [best] if near[best] >= _NEAR else []


def without_unwanted(sentences: Sequence[str], wishes: Wishes, model: Model) -> list[str]:
    """The sentences without what is to be left out: whole sentences, or only the clause that is about it."""
    kept = list(sentences)
    for subject in wishes.drop:
        for i in sorted(about(subject, kept, model), reverse=True):
            kept[i : i + 1] = _without_clause(kept[i], subject)
    for kind in wishes.drop_kinds - {"name"}:
        free = [s for s in kept if not any(values(s, one) for one in _VALUE_KINDS[kind])]
        kept = free or [_without_values(s, _VALUE_KINDS[kind]) for s in kept]
    if "name" in wishes.drop_kinds:
        kept = [_unnamed(s) for s in kept]
    return kept or list(sentences)


def _without_clause(sentence: str, subject: str) -> list[str]:
    """What is left of a sentence: nothing, or its other clauses."""
    wanted = content_words(subject)
    clauses = _CLAUSES.split(sentence.rstrip(".!?"))
    left = [c for c in clauses if not overlap(wanted, content_words(c)) and len(c.split()) >= 4]
    if len(clauses) < 2 or not left or len(left) == len(clauses):
        return []
    joined = " and ".join(left).strip(" ,")
    return [f"{joined[:1].upper()}{joined[1:]}."]


def _without_values(sentence: str, kinds: Sequence[str]) -> str:
    for kind in kinds:
        for value in sorted(values(sentence, kind), key=lambda v: -v.start):
            lead = re.search(
                r"(?:,? (?:worth|about|around|for|of|at|on|by|from|until|to|in|em|por|de))*\s?$",
                sentence[: value.start],
            )
            start = lead.start() if lead else value.start
            sentence = sentence[:start] + sentence[value.end :]
    return re.sub(r"\s+([.,;!?])", r"\1", " ".join(sentence.split()))


def _unnamed(sentence: str) -> str:
    """A sentence with the names of people as `someone`, or as the role that stands before them."""
    language = language_of(sentence) or "en"
    for value in sorted(_people(sentence), key=lambda v: -v.start):
        before, after = sentence[: value.start], sentence[value.end :]
        role = _ROLE.search(before)
        title = role and role["role"].rstrip(".") in ("Mr", "Mrs", "Ms", "Dr", "Sr", "Sra")
        if title:
            before, role = before[: role.start()], None  # type: ignore[union-attr]
        if role and role["role"][:1].isupper() and len(role["role"]) > 2 and not before[: role.start()].strip():
            sentence = before.rstrip() + after  # `Chair Ada Moor thanked` -> `Chair thanked`
            continue
        instead = _SOMEONE.get(language, "someone")
        instead = instead.capitalize() if not before.strip() or before.rstrip()[-1] in ".!?:" else instead
        sentence = before + instead + after
    return re.sub(r",\s*(?:[Ss]omeone|alguém|alguien)\s*,", ",", sentence)


def _people(sentence: str) -> list[Value]:
    found = [v for v in values(sentence, "name") if not _PLACE.search(sentence[: v.start])]
    people = []
    for value in found:
        words = value.text.split()
        if any(ch.isdigit() for ch in value.text) or (len(words) == 1 and value.text.isupper()):
            continue
        # `Chair Ada Moor`: the first capitalised word of a sentence may be a role.
        if len(words) > 2 and value.start == 0 and words[0].isalpha():
            cut = len(words[0]) + 1
            value = Value("name", value.text[cut:], value.start + cut, value.end)
        own = re.sub(r"['’]s$", "", value.text)
        people.append(Value("name", own, value.start, value.start + len(own)))
    return people
