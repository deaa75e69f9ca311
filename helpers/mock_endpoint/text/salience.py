"""Which sentences of a text to keep: centrality with maximal marginal relevance (Carbonell and Goldstein, 1998).

A sentence is worth its mean similarity to the others, or to a query; one that repeats what is already chosen loses that
much. Writers put the point first, so early sentences get a little more.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..config import Model
from ..meaning.similarity import cosines
from .language import content_words, overlap

_EARLY, _DIVERSITY, _QUERY_WORDS = 0.05, 0.4, 0.4
_READ = 60  # sentences compared with each other; of a longer text they are taken evenly


def sampled(sentences: Sequence[str]) -> list[str]:
    """At most so many sentences as are read closely, taken evenly, in order."""
    step = max(1, -(-len(sentences) // _READ))
    return list(sentences[::step])


def worths(sentences: Sequence[str], query: str, model: Model) -> tuple[list[float], Sequence[Sequence[float]]]:
    """What each sentence is worth, and the similarities between them."""
    near = cosines(model, sentences, sentences)
    early = [_EARLY * (1 - i / len(sentences)) for i in range(len(sentences))]
    if query:
        wanted = content_words(query)
        to_query = cosines(model, [query], sentences)[0]
        own = [
            float(q) + _QUERY_WORDS * overlap(wanted, content_words(s))
            for q, s in zip(to_query, sentences, strict=True)
        ]
    else:
        own = [float(c) for c in near.mean(axis=1)]
    return [o + e for o, e in zip(own, early, strict=True)], near


def by_relevance(worth: Sequence[float], near: Sequence[Sequence[float]], most: int) -> list[int]:
    """Positions in the order of choice: each next one is worth most after what the chosen ones already say."""
    chosen: list[int] = []
    left = set(range(len(worth)))
    repeated = [0.0] * len(worth)
    while left and len(chosen) < most:
        best = max(left, key=lambda i: (worth[i] - _DIVERSITY * repeated[i], -i))
        chosen.append(best)
        left.remove(best)
        for i in left:
            repeated[i] = max(repeated[i], float(near[i][best]))
    return chosen
