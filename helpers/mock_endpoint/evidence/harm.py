"""Scores for categories of harm, by a small textbook method. It is no safety device.

A sentence's score in a category follows from two things: how much nearer it is, by the cosine of sentence embeddings,
to the category's example sentences than to harmless ones (and to another category's that fits far better), and which
words of a short list it holds. A text has the score of its worst sentence. The examples and words are in
data/harm.txt: English, mild, a few for each category. So it misses more than half of what a trained classifier finds
(6 of 14 sentences of the tests' held-out list reach 0.5), and other languages, allusions and disguises altogether; it
shows how a service with such scores behaves, and protects nobody.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ..meaning.vectors import embedder
from ..text.language import sentences

# The names that OpenAI's moderation API has, in its order.
CATEGORIES = (
    "harassment",
    "harassment/threatening",
    "sexual",
    "hate",
    "hate/threatening",
    "illicit",
    "illicit/violent",
    "self-harm/intent",
    "self-harm/instructions",
    "self-harm",
    "sexual/minors",
    "violence",
    "violence/graphic",
)
FLAGGED = 0.5  # the score from which on a category applies

_DATA = Path(__file__).parent.parent / "data" / "harm.txt"
_MOST_SENTENCES = 48  # that are embedded: those with listed words first, then others spread over the text
_MOST_CHARACTERS = 600  # of a sentence; a longer one counts as several
_NEARNESS, _WORDS, _BIAS = 16.0, 4.5, -2.3  # weights of the logistic score, chosen on sentences written for that
_LEAST = 0.15  # a cosine below this is no nearness to anything
_CLEARER = 0.15  # a category is judged beside another family that is nearer by more than this
_WORD = re.compile(r"[a-z]+(?:['-][a-z]+)*")


@dataclass(frozen=True)
class _Category:
    examples: tuple[str, ...]
    words: Mapping[str, float]  # a pattern of words -> weight


def categories(text: str) -> dict[str, float]:
    """CATEGORIES -> score from 0 to 1. Time grows linearly with the text; at most 48 sentences are embedded."""
    import numpy as np

    lists = _categories()
    parts = [piece for sentence in sentences(text) for piece in _pieces(sentence)]
    if not parts:
        return dict.fromkeys(CATEGORIES, 0.0)
    plain = [_plain(part) for part in parts]
    found = [{name: _worded(part, lists[name].words) for name in CATEGORIES} for part in plain]
    chosen = _chosen([max(words.values()) for words in found])
    vectors = embedder().embed([parts[i] for i in chosen])
    cosines = {name: (vectors @ examples.T).max(axis=1) for name, examples in _vectors().items()}
    harmless = np.maximum(cosines["harmless"], _LEAST)
    scores = {}
    for name in CATEGORIES:
        others = [cosines[other] for other in CATEGORIES if _family(other) != _family(name)]
        baseline = np.maximum(harmless, np.max(others, axis=0) - _CLEARER)
        worded = np.array([found[i][name] for i in chosen])
        logits = _NEARNESS * (cosines[name] - baseline) + _WORDS * worded + _BIAS
        scores[name] = float(1 / (1 + math.exp(-float(logits.max()))))
    for name, score in scores.items():  # a threat of harassment is harassment
        scores[_family(name)] = max(scores[_family(name)], score)
    return {name: round(score, 6) for name, score in scores.items()}


def mentions(text: str) -> bool:
    """Whether a text holds any word of the lists at all: without one it is hardly worth the embedding."""
    return any(_worded(_plain(text), _categories()[name].words) for name in CATEGORIES)


def _family(name: str) -> str:
    return name.partition("/")[0]


def _chosen(worst: Sequence[float]) -> list[int]:
    """The places of the sentences to look at: the worst by their words, then some spread over all."""
    if len(worst) <= _MOST_SENTENCES:
        return list(range(len(worst)))
    worded = sorted((i for i, weight in enumerate(worst) if weight > 0), key=lambda i: -worst[i])
    step = len(worst) / (_MOST_SENTENCES // 2)
    spread = [int(i * step) for i in range(_MOST_SENTENCES // 2)]
    return sorted(set(worded[: _MOST_SENTENCES // 2]) | set(spread))


def _pieces(sentence: str) -> list[str]:
    cuts = range(0, len(sentence), _MOST_CHARACTERS)
    return [piece for at in cuts if (piece := sentence[at : at + _MOST_CHARACTERS]).strip()]


def _plain(text: str) -> str:
    """The words alone, lower case, each between spaces."""
    return f" {' '.join(_WORD.findall(text.lower().replace('’', chr(39))))} "


def _worded(said: str, words: Mapping[str, float]) -> float:
    """1 minus the product of what each listed word leaves: a second word adds, and the sum stays below 1."""
    left = 1.0
    for pattern, weight in words.items():
        if f" {pattern}" in said:
            left *= 1 - weight
    return 1 - left


@cache
def _categories() -> Mapping[str, _Category]:
    examples: dict[str, list[str]] = {}
    words: dict[str, dict[str, float]] = {}
    name = ""
    for line in _DATA.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            name = line.strip("[]")
            examples[name], words[name] = [], {}
        elif line.startswith(":"):
            examples[name].append(line[1:].strip())
        elif line and not line.startswith("#"):
            pattern, _, weight = line.partition(" = ")
            words[name][pattern[:-1] if pattern.endswith("*") else f"{pattern} "] = float(weight)
    return {name: _Category(tuple(examples[name]), words[name]) for name in examples}


@cache
def _vectors() -> Mapping[str, object]:
    return {name: embedder().embed(category.examples) for name, category in _categories().items()}
