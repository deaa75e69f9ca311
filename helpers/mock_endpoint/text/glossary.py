"""The course's terms and their explanations, found by word and by meaning. The text is data/glossary.txt."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ..config import Model
from ..meaning.similarity import cosines
from .language import content_words, overlap

_FILE = Path(__file__).parent.parent / "data" / "glossary.txt"
_COMPARED = 6  # entries compared by meaning, after a choice by words
_NAMED = 0.35  # what the question naming the term adds to the cosine


@dataclass(frozen=True)
class Entry:
    term: str
    names: tuple[str, ...]  # the term and its other names
    text: str


@cache
def entries() -> tuple[Entry, ...]:
    """All entries, in the file's order."""
    lines = [line for line in _FILE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    found = []
    for block in re.split(r"\n\s*\n", "\n".join(lines).strip()):
        head, _, text = block.strip().partition("\n")
        term, _, others = (part.strip() for part in head.partition("|"))
        names = (term, *(name.strip() for name in others.split(",") if name.strip()))
        found.append(Entry(term, names, " ".join(text.split())))
    return tuple(found)


def look_up(question: str, model: Model) -> list[tuple[Entry, float]]:
    """Entries that may explain what is asked, with scores from 0 to about 1.35, best first. Entries that share no word
    with the question are not compared."""
    wanted = content_words(question)
    if not wanted:
        return []
    named = [_named(entry, question) for entry in entries()]
    by_words = [overlap(wanted, content_words(" ".join((*e.names, e.text)))) for e in entries()]
    order = sorted(range(len(by_words)), key=lambda i: (-named[i], -by_words[i], i))
    near = [entries()[i] for i in order if by_words[i] or named[i]][:_COMPARED]
    if not near:
        return []
    meaning = cosines(model, [question], [f"What is {e.term}? {e.text}" for e in near])[0]
    scored = [(e, float(m) + _NAMED * _named(e, question) ** 2) for e, m in zip(near, meaning, strict=True)]
    return sorted(scored, key=lambda pair: -pair[1])


def _named(entry: Entry, question: str) -> float:
    """How much of the question's content is one of the entry's names: 1 when it asks for nothing else."""
    asked = content_words(question)
    best = 0.0
    for name in entry.names:
        own = content_words(name)
        if own and _contains(asked, own):
            best = max(best, len(own) / len(asked))
    return best


def _contains(words: Sequence[str], part: Sequence[str]) -> bool:
    size = len(part)
    return any(list(words[i : i + size]) == list(part) for i in range(len(words) - size + 1))
