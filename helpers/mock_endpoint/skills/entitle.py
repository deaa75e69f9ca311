"""Name a group of texts by what they have in common: a title, and a sentence that says what belongs there.

Cluster labelling by centroid (as in KeyBERT, Grootendorst 2020): the phrases of the texts that are nearest in meaning
to all texts together, the words that several of them share first. It takes its words from the texts and finds no word
that stands above them: `apples`, `pears` and `plums` are never called fruit.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from ..api.schemas import Schema
from ..config import Model
from ..extraction.kinds import spoken
from ..meaning.similarity import cosines
from ..reading.prompt import Prompt
from ..text.language import stem, words
from ..text.phrases import phrases
from .candidate import Candidate

_ASKED = re.compile(
    r"\b(?:name|title|entitle|label|define|call|describe)\b[^.\n]{0,60}\b(?:group|cluster|theme|topic)s?\b"
    r"|\b(?:name|title|label)\b[^.\n]{0,80}\bin common\b",
    re.IGNORECASE,
)
_TITLE = re.compile(r"\b(?:name|title|label|heading|theme|topic)\b", re.IGNORECASE)
_SENTENCE = re.compile(r"\b(?:definition|description|summary|meaning|explanation|about)\b", re.IGNORECASE)
_BULLET = re.compile(r"^\s*(?:[-*•]|\d{1,3}[.):])\s*")
_SHARED = 0.25  # what a phrase gains whose words stand in all the texts
_ALIKE = 0.75  # cosine from which two phrases say the same
_READ = 40  # texts that are read
_NAMED, _DEFINED = 2, 4  # phrases in a title and in a sentence


def entitle(prompt: Prompt, model: Model) -> list[Candidate] | None:
    """A name, or the keys of a schema that asks for a name and a definition; None where no group is to be named."""
    if not _ASKED.search(prompt.instructions) or prompt.item is None:
        return None
    texts = [_BULLET.sub("", line).strip() for line in prompt.item.text.splitlines()]
    texts = [text for text in texts if words(text)][:_READ]
    if len(texts) < 2 or not (chosen := telling(texts, model)):
        return None
    name = " and ".join(chosen[:_NAMED])
    told = {_TITLE: f"{name[0].upper()}{name[1:]}", _SENTENCE: f"Messages about {_listed(chosen[:_DEFINED])}."}
    if prompt.schema is None:
        return [Candidate(told[_TITLE], 0.0)]
    filled = _filled(prompt.schema, told)
    return None if filled is None else [Candidate(json.dumps(filled, ensure_ascii=False), 0.0)]


def telling(texts: Sequence[str], model: Model) -> list[str]:
    """Phrases that tell what the texts are about, the most telling first, no two of which say the same."""
    found: dict[str, str] = {}
    for text in texts:
        for phrase in phrases(text):
            own = [word for word in words(phrase.text) if word.isalpha()]
            if own and len(own) <= 3:
                found.setdefault(" ".join(map(stem, own)), " ".join(own))
    if not found:
        return []
    held = [{stem(word) for word in words(text)} for text in texts]
    keys, said = list(found), list(found.values())
    near = cosines(model, said, texts).mean(axis=1)
    worth = [
        float(nearness) + _SHARED * sum(set(key.split()) <= own for own in held) / len(held)
        for key, nearness in zip(keys, near, strict=True)
    ]
    alike = cosines(model, said, said)
    chosen: list[int] = []
    for i in sorted(range(len(said)), key=lambda i: (-worth[i], i)):
        if all(alike[i, other] < _ALIKE for other in chosen):
            chosen.append(i)
    return [said[i] for i in chosen]


def _filled(schema: Schema, told: Mapping[re.Pattern[str], str]) -> dict[str, str] | None:
    properties = schema.root.get("properties") or {}
    filled = {}
    for key, node in properties.items():
        text = next((text for kind, text in told.items() if kind.search(spoken(key))), None)
        if text is None or node.get("type") != "string" or "enum" in node:
            return None
        filled[key] = text
    return filled or None


def _listed(items: Sequence[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"
