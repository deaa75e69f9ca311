"""How right are predicted labels: accuracy, F1 by label and its mean, and what was taken for what.

Labels are compared as they are: strip and lower-case them first. Intervals around a share: helpers.intervals.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence


def accuracy(gold: Sequence[str], predicted: Sequence[str | None]) -> float:
    """Share of cases whose prediction is the gold label. Raises ValueError without cases, or for unlike lengths."""
    _refuse_unlike(gold, predicted)
    return sum(g == p for g, p in zip(gold, predicted, strict=True)) / len(gold)


def f1_by_label(gold: Sequence[str], predicted: Sequence[str | None], labels: Sequence[str]) -> dict[str, float]:
    """Label -> F1 = 2·TP / (2·TP + FP + FN), the harmonic mean of precision and recall; 0 where a label has no TP.

    A prediction that is none of the labels (None, a sentence) is a miss of its gold label and no one's false alarm.
    van Rijsbergen, Information Retrieval, 2nd edition, 1979, chapter 7.
    """
    _refuse_unlike(gold, predicted)
    pairs = list(zip(gold, predicted, strict=True))
    found = {}
    for label in labels:
        right = sum(g == p == label for g, p in pairs)
        wrong = sum((g == label) != (p == label) for g, p in pairs)  # false alarms and misses
        found[label] = 2 * right / (2 * right + wrong) if right else 0.0
    return found


def macro_f1(gold: Sequence[str], predicted: Sequence[str | None], labels: Sequence[str]) -> float:
    """Mean of the labels' F1, each label counting alike however rare it is.

    The mean of F1 scores, not the F1 of mean precision and recall: Opitz and Burst, Macro F1 and Macro F1,
    arXiv:1911.03347.
    """
    scores = f1_by_label(gold, predicted, labels)
    return sum(scores.values()) / len(scores)


def confusion(
    gold: Sequence[str], predicted: Sequence[str | None], labels: Sequence[str]
) -> Mapping[str, Mapping[str, int]]:
    """Gold label -> predicted label -> cases; the last column, "none of them", is for all other predictions."""
    _refuse_unlike(gold, predicted)
    counted = Counter((g, p if p in labels else OTHER) for g, p in zip(gold, predicted, strict=True))
    return {g: {p: counted[g, p] for p in (*labels, OTHER)} for g in labels}


OTHER = "none of them"


def _refuse_unlike(gold: Sequence[str], predicted: Sequence[str | None]) -> None:
    if not gold or len(gold) != len(predicted):
        raise ValueError(f"{len(gold)} gold labels and {len(predicted)} predictions: one of each for every case")
