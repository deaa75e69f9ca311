"""Searching a collection by words, by vectors and by both: what lesson 06, its checks and the benchmark share.

A ranking is a list of places (0, 1, …) in the collection, best first. The library for BM25 is bm25s; vectors are
compared as they are, so they should have length 1. Some ten thousand texts fit; beyond that, a vector store.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from helpers.endpoint import Endpoint

K1, B = 1.2, 0.75  # Lucene's defaults
RRF_K = 60  # Cormack et al. 2009
_WORD = re.compile(r"\w+")


def words(text: str) -> list[str]:
    """Words in small letters, in order; "KS-1407" is two of them: words("Error KS-1407") -> ["error", "ks", "1407"]."""
    return _WORD.findall(text.lower())


@dataclass(frozen=True)
class Collection:
    """Texts that are searched by words and by vectors; vectors has shape (len(texts), dimensions)."""

    texts: Sequence[str]
    vectors: NDArray[np.float32]

    def by_words(self, question: str) -> list[int]:
        """Ranking by BM25 (Lucene's variant); texts that share no word with the question are left out."""
        found = [word for word in words(question) if word in self._index.vocab_dict]
        if not found:
            return []
        return ranked(self._index.get_scores(found), above=0.0)

    def by_vectors(self, question_vector: NDArray[np.float32]) -> list[int]:
        """Ranking of all texts by the dot product with a question's vector, shape (dimensions,)."""
        return ranked(self.vectors @ question_vector)

    def search(
        self,
        question: str,
        question_vector: NDArray[np.float32],
        *,
        word_weight: float = 1.0,
        vector_weight: float = 1.0,
        k: float = RRF_K,
        depth: int = 20,
    ) -> list[int]:
        """The first `depth` of both rankings, fused; a weight of 0 leaves one out. A text of neither is not found."""
        rankings = [self.by_words(question)[:depth], self.by_vectors(question_vector)[:depth]]
        return fuse(rankings, k, [word_weight, vector_weight])

    @cached_property
    def _index(self) -> Any:
        import warnings

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # its progress bar misses a notebook extension that nobody needs
            import bm25s

        index = bm25s.BM25(method="lucene", k1=K1, b=B)
        index.index([words(text) for text in self.texts], show_progress=False)
        return index


def ranked(scores: Iterable[float], above: float | None = None) -> list[int]:
    """Places by score, the highest first, equals in their order; only those with a score `above` it, if given."""
    import numpy as np

    scores = np.asarray(scores)
    order = np.argsort(-scores, kind="stable")
    return [int(i) for i in order if above is None or scores[i] > above]


def fuse(rankings: Sequence[Sequence[int]], k: float = RRF_K, weights: Sequence[float] | None = None) -> list[int]:
    """Reciprocal rank fusion: each ranking gives weight / (k + rank), ranks from 1; equals by their first appearance.

    Cormack, Clarke and Büttcher, Reciprocal Rank Fusion outperforms Condorcet and individual rank learning methods,
    SIGIR 2009. A weight of 0 leaves a ranking out.
    """
    scores: dict[int, float] = {}
    for ranking, weight in zip(rankings, weights or [1.0] * len(rankings), strict=True):
        for rank, place in enumerate(ranking if weight else [], start=1):
            scores[place] = scores.get(place, 0.0) + weight / (k + rank)
    return sorted(scores, key=lambda place: -scores[place])


CITE = """Answer the question from the passages, and cite the passage that you used, such as [1].

Passages:
{passages}

Question: {question}"""


def cited_first(endpoint: Endpoint, question: str, passages: Sequence[str], **options: Any) -> list[int]:
    """The passages' places with those first that an answer cites: one call that reads all of them.

    A listwise reranker (Sun et al. 2023, Is ChatGPT Good at Search?), with the least that can be asked for: the model
    answers as in lesson 05, and its citations are its ranking. The others keep their order. options: of the
    request, such as temperature=0, which reasoning models refuse.
    """
    numbered = "\n".join(f"[{n}] {passage}" for n, passage in enumerate(passages, 1))
    reply = endpoint.client.chat.completions.create(
        model=endpoint.chat_large,
        messages=[{"role": "user", "content": CITE.format(passages=numbered, question=question)}],
        **options,
    )
    cited = [int(n) - 1 for n in re.findall(r"\[(\d+)\]", reply.choices[0].message.content or "")]
    return list(dict.fromkeys([*(n for n in cited if 0 <= n < len(passages)), *range(len(passages))]))
