"""A judge is a classifier that makes mistakes: how many, against people's labels, and what that does to its figures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from helpers.intervals import Interval, share


@dataclass(frozen=True)
class JudgeQuality:
    """A judge against people, counted: t… both said the same, f… the judge was wrong; …p it passed, …n it failed."""

    tp: int
    fp: int
    fn: int
    tn: int

    @property
    def tpr(self) -> Interval:
        """Share of good answers that it passes (sensitivity), with Wilson's interval."""
        return share(self.tp, self.tp + self.fn)

    @property
    def tnr(self) -> Interval:
        """Share of bad answers that it fails (specificity), with Wilson's interval."""
        return share(self.tn, self.tn + self.fp)

    @property
    def accuracy(self) -> Interval:
        """Share of answers on which it agrees with people; high for a judge that always says what is frequent."""
        return share(self.tp + self.tn, self.n)

    @property
    def kappa(self) -> float:
        """Cohen's kappa (Educational and Psychological Measurement 20, 1960): 0 is chance, 1 is full agreement."""
        passed, labelled = (self.tp + self.fp) / self.n, (self.tp + self.fn) / self.n
        chance = passed * labelled + (1 - passed) * (1 - labelled)
        observed = (self.tp + self.tn) / self.n
        return 1.0 if chance == 1 else (observed - chance) / (1 - chance)

    @property
    def n(self) -> int:
        """Answers that both judged."""
        return self.tp + self.fp + self.fn + self.tn

    def _repr_markdown_(self) -> str:
        return (
            "| | judge: pass | judge: fail | |\n|---|---:|---:|---|\n"
            f"| **people: good** | {self.tp} | {self.fn} | TPR {self.tpr.percent()} |\n"
            f"| **people: bad** | {self.fp} | {self.tn} | TNR {self.tnr.percent()} |\n\n"
            f"They agree on {self.accuracy.percent()} of {self.n}; Cohen's κ {self.kappa:.2f}."
        )

    def __repr__(self) -> str:
        return self._repr_markdown_()


def validate_judge(verdicts: Sequence[bool], labels: Sequence[bool]) -> JudgeQuality:
    """Compare a judge's verdicts (True: pass) with people's labels (True: good), answer by answer.

    Raises ValueError when the two have different lengths, or when people called all answers good, or all bad: then
    one of the two rates cannot be known.
    """
    if len(verdicts) != len(labels):
        raise ValueError(f"{len(verdicts)} verdicts, but {len(labels)} labels")
    if len(set(map(bool, labels))) < 2:
        raise ValueError("the labels are all alike: label some good and some bad answers")
    pairs = [(bool(verdict), bool(label)) for verdict, label in zip(verdicts, labels, strict=True)]
    counted = {pair: pairs.count(pair) for pair in ((True, True), (True, False), (False, True), (False, False))}
    return JudgeQuality(*counted.values())


def corrected_share(
    passed: int, judged: int, quality: JudgeQuality, *, confidence: float = 0.95, resamples: int = 4000, seed: int = 0
) -> Interval:
    """The share of answers that are truly good, from the share that a judge of known quality passes.

    Rogan and Gladen (American Journal of Epidemiology 107, 1978): (observed + TNR - 1) / (TPR + TNR - 1), kept within
    0 and 1. The interval redraws the judged answers and both rows of the validation, so it is wide where few were
    labelled. Raises ValueError for a judge that is no better than chance: its figures say nothing.
    """
    import numpy as np

    if not 0 <= passed <= judged or judged < 1:
        raise ValueError(f"{passed} of {judged} is no share")
    tpr, tnr = quality.tpr.value, quality.tnr.value
    if tpr + tnr <= 1:
        raise ValueError(f"TPR {tpr:.2f} and TNR {tnr:.2f} add up to 1 or less: this judge is no better than chance")
    rng = np.random.default_rng(seed)
    observed = rng.binomial(judged, passed / judged, resamples) / judged
    # Beta(k + 1/2, n - k + 1/2), Jeffreys' posterior: a rate of 1.00 on few labels is not certain.
    tprs = rng.beta(quality.tp + 0.5, quality.fn + 0.5, resamples)
    tnrs = rng.beta(quality.tn + 0.5, quality.fp + 0.5, resamples)
    usable = tprs + tnrs > 1
    drawn = np.clip((observed + tnrs - 1)[usable] / (tprs + tnrs - 1)[usable], 0, 1)
    low, high = np.quantile(drawn, [(1 - confidence) / 2, (1 + confidence) / 2])
    value = min(1.0, max(0.0, (passed / judged + tnr - 1) / (tpr + tnr - 1)))
    return Interval(value, min(float(low), value), max(float(high), value))


@dataclass(frozen=True)
class SwapResult:
    """A pairwise judge asked twice, with the two answers in either order."""

    consistent: tuple[Any, ...]
    flipped: tuple[Any, ...]
    first_preferred: int  # verdicts, of all, that went to the answer shown first

    @property
    def flips(self) -> Interval:
        """Share of pairs whose winner changes with the order."""
        return share(len(self.flipped), len(self.flipped) + len(self.consistent))

    @property
    def first_share(self) -> Interval:
        """Share of verdicts for the answer shown first; a half for a judge without position bias."""
        return share(self.first_preferred, 2 * (len(self.flipped) + len(self.consistent)))


def swap_positions(judge: Callable[[Any, Any, Any], str], pairs: Sequence[tuple[Any, Any, Any]]) -> SwapResult:
    """Ask a pairwise judge for each (question, answer, answer) in both orders.

    judge: takes (question, first, second) and gives "first" or "second". Raises ValueError for another verdict.
    """
    consistent, flipped, first = [], [], 0
    for pair in pairs:
        question, a, b = pair
        verdicts = judge(question, a, b), judge(question, b, a)
        for verdict in verdicts:
            if verdict not in ("first", "second"):
                raise ValueError(f'a pairwise judge says "first" or "second", not {verdict!r}')
        first += verdicts.count("first")
        # The same answer wins when the position of the winner changes with the order.
        (consistent if verdicts[0] != verdicts[1] else flipped).append(pair)
    return SwapResult(tuple(consistent), tuple(flipped), first)
