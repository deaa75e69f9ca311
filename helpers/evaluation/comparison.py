"""Is one run better than another? The same cases, paired; the answer may be that it was not shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from helpers.evaluation.results import Results
from helpers.intervals import Interval, bootstrap

Verdict = Literal["better", "worse", "not shown"]


@dataclass(frozen=True)
class Comparison:
    """What a run's scores are against those of an earlier run, on the cases that both have.

    difference: mean score of the new run minus the old, with its paired interval. gained and lost: ids of cases that
    changed. p: of the exact McNemar test where scores are right or wrong, else None.
    """

    new: str
    old: str
    scorer: str
    n: int
    left_out: int  # cases that only one of the two runs has a score for
    difference: Interval
    gained: tuple[str, ...]
    lost: tuple[str, ...]
    p: float | None
    alpha: float
    slices: Mapping[str, Interval]

    @property
    def verdict(self) -> Verdict:
        """Better or worse when that is shown at level alpha: by McNemar's test, else by the interval without zero."""
        outside = self.difference.low > 0 or self.difference.high < 0
        shown = outside if self.p is None else self.p < self.alpha
        if not shown or self.difference.value == 0:
            return "not shown"
        return "better" if self.difference.value > 0 else "worse"

    def _repr_markdown_(self) -> str:
        points = self.difference
        test = f", McNemar's exact p = {self.p:.3f}" if self.p is not None else ""
        sentence = {
            "better": f"**{self.new} is better than {self.old}**",
            "worse": f"**{self.new} is worse than {self.old}**",
            "not shown": f"**Not shown that {self.new} and {self.old} differ**",
        }[self.verdict]
        lines = [
            f"{sentence} by `{self.scorer}`: {100 * points.value:+.1f} points "
            f"({100 * points.low:+.1f} to {100 * points.high:+.1f}) on {self.n} cases{test}.",
            "",
            f"{len(self.gained)} cases gained, {len(self.lost)} lost.",
        ]
        if self.lost:
            lines += ["", f"Lost: {_some(self.lost)}."]
        if self.left_out:
            lines += ["", f"{self.left_out} cases have a score in one of the two runs only and were left out."]
        if self.slices:
            lines += ["", "| slice | difference, points |", "|---|---|"]
            lines += [
                f"| {name} | {100 * d.value:+.1f} ({100 * d.low:+.1f} to {100 * d.high:+.1f}) |"
                for name, d in self.slices.items()
            ]
        return "\n".join(lines)

    def __repr__(self) -> str:
        return self._repr_markdown_()


def compare(new: Results, old: Results, scorer: str, *, slice_by: str | None = None, alpha: float = 0.05) -> Comparison:
    """Compare two runs case by case. slice_by: a tag, to see where the change comes from.

    Raises ValueError when the runs share no case, or when a case with the same id has another input: then the two
    figures are of different things. KeyError for a scorer that one of them has not.
    """
    ours, theirs = new.values(scorer), old.values(scorer)
    rows, before = {row.id: row for row in new.rows}, {row.id: row for row in old.rows}
    changed = [name for name in rows.keys() & before.keys() if rows[name].input != before[name].input]
    if changed:
        raise ValueError(
            f"{len(changed)} cases have the same id and another input, such as {sorted(changed)[0]!r}: "
            "the two runs are of different datasets"
        )
    shared = [row.id for row in new.rows if row.id in ours and row.id in theirs]
    if not shared:
        raise ValueError(f"{new.name!r} and {old.name!r} have no case in common")
    slices = {}
    if slice_by:
        for value in sorted({rows[name].tags.get(slice_by, "(none)") for name in shared}):
            part = [name for name in shared if rows[name].tags.get(slice_by, "(none)") == value]
            slices[value] = _difference(part, ours, theirs)
    return Comparison(
        new=new.name,
        old=old.name,
        scorer=scorer,
        n=len(shared),
        left_out=len(rows.keys() | before.keys()) - len(shared),
        difference=_difference(shared, ours, theirs),
        gained=tuple(name for name in shared if ours[name] > theirs[name]),
        lost=tuple(name for name in shared if ours[name] < theirs[name]),
        p=_mcnemar(shared, ours, theirs),
        alpha=alpha,
        slices=slices,
    )


def _difference(names: list[str], ours: Mapping[str, float], theirs: Mapping[str, float]) -> Interval:
    pairs = [ours[name] - theirs[name] for name in names]
    return bootstrap(pairs, lambda drawn: sum(drawn) / len(drawn))


def _mcnemar(names: list[str], ours: Mapping[str, float], theirs: Mapping[str, float]) -> float | None:
    """Two-sided exact p (McNemar, Psychometrika 12, 1947): cases on which the runs differ fall to either alike."""
    if not {ours[name] for name in names} | {theirs[name] for name in names} <= {0.0, 1.0}:
        return None
    gained = sum(ours[name] > theirs[name] for name in names)
    lost = sum(ours[name] < theirs[name] for name in names)
    if gained + lost == 0:
        return 1.0
    from scipy.stats import binomtest

    return float(binomtest(gained, gained + lost, 0.5).pvalue)


def _some(names: tuple[str, ...], most: int = 12) -> str:
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + rest
