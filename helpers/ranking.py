"""How good is a ranking: hit@k, recall@k, reciprocal rank, nDCG@k, for one question; their mean is for many.

A ranking is a list of ids, best first, each once. What is relevant is a set of ids or, for graded relevance, a mapping
from id to grade (0 is not relevant). Definitions as in Manning, Raghavan and Schütze, Introduction to Information
Retrieval (2008), chapter 8, and Järvelin and Kekäläinen (2002) for nDCG. Every measure is between 0 and 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from statistics import fmean

Id = Hashable
Relevant = Collection[Id] | Mapping[Id, float]


def hit(ranking: Sequence[Id], relevant: Relevant, k: int) -> float:
    """hit@k: 1 when a relevant id is among the first k, else 0. hit(["b", "a"], {"a"}, k=1) -> 0.0

    Also called success@k. Raises ValueError where nothing is relevant: such a question has no right ranking.
    """
    return float(any(id in _grades(relevant) for id in _first(ranking, k)))


def recall(ranking: Sequence[Id], relevant: Relevant, k: int) -> float:
    """recall@k: the share of the relevant ids that are among the first k. recall(["a", "x"], {"a", "b"}, k=2) -> 0.5

    Manning et al., section 8.3. Raises ValueError where nothing is relevant.
    """
    grades = _grades(relevant)
    return sum(id in grades for id in _first(ranking, k)) / len(grades)


def reciprocal_rank(ranking: Sequence[Id], relevant: Relevant, k: int | None = None) -> float:
    """1 / rank of the first relevant id (ranks begin at 1), 0 when none is there. Its mean over questions is MRR.

    k: look at the first k only (MRR@k); None looks at the whole ranking. Voorhees 1999, the TREC-8 question answering
    track report. Raises ValueError where nothing is relevant.
    """
    grades = _grades(relevant)
    first = _first(ranking, len(ranking) if k is None else k)
    return next((1 / rank for rank, id in enumerate(first, start=1) if id in grades), 0.0)


def ndcg(
    ranking: Sequence[Id],
    relevant: Relevant,
    k: int,
    gain: Callable[[float], float] = lambda grade: grade,
) -> float:
    """nDCG@k: the ranking's gain, discounted by log2(rank + 1), over that of the best possible ranking.

    DCG@k = sum over ranks i of 1..k of gain(grade of the id at i) / log2(i + 1). With a set every grade is 1 (binary).
    gain: the grade itself, as Järvelin and Kekäläinen have it, or `lambda g: 2**g - 1`, which weighs high grades more
    (Burges et al. 2005). Raises ValueError where nothing is relevant.
    """
    grades = _grades(relevant)
    best = sorted(map(gain, grades.values()), reverse=True)
    return _dcg([gain(grades[id]) if id in grades else 0.0 for id in _first(ranking, k)]) / _dcg(best[:k])


def mean(
    measure: Callable[..., float], rankings: Sequence[Sequence[Id]], relevant: Sequence[Relevant], **options
) -> float:
    """Mean of a measure over questions: mean(hit, rankings, relevant, k=5); mean(reciprocal_rank, …) is MRR.

    Raises ValueError where the two lists differ in length, and StatisticsError where there is no question.
    """
    return fmean(measure(one, gold, **options) for one, gold in zip(rankings, relevant, strict=True))


def _dcg(gains: Sequence[float]) -> float:
    return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, start=1))


def _first(ranking: Sequence[Id], k: int) -> Sequence[Id]:
    if k < 0:
        raise ValueError(f"k counts ranks and cannot be {k}")
    first = ranking[:k]
    if len(set(first)) < len(first):
        raise ValueError("An id stands twice in the ranking: it would count twice. Keep its best place.")
    return first


def _grades(relevant: Relevant) -> dict[Id, float]:
    if isinstance(relevant, str):
        raise ValueError(f"What is relevant is a set of ids, not one text: {{{relevant!r}}}")
    grades = dict(relevant) if isinstance(relevant, Mapping) else dict.fromkeys(relevant, 1.0)
    grades = {id: grade for id, grade in grades.items() if grade > 0}
    if not grades:
        raise ValueError("No id is relevant: a question that no document answers has no place in this measure.")
    return grades
