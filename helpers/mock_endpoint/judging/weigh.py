"""Weighing the evidence: from a judge's task to log-odds, with the biases that judges have as parts of the mechanism.

A judge that is not told what to look at goes by its impression, and fluent text makes a good one: it passes nearly
everything. Definitions, a rubric, evidence asked for first and examples of failing answers raise the scrutiny, which is
the weight of what was checked; what is left goes to the impression (its length counts: verbosity bias). The first
answer of a pair is read against nothing and so starts ahead (position bias). Examples also move the threshold.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..config import Model
from .criteria import Criterion, criterion_evidence
from .evidence import Evidence, Finding, against_context, against_reference, impression
from .scales import Scale
from .task import Case, Task

# Set on benchmarks/competence/judge_train.json.
_VAGUE, _GIVEN, _NAMED, _DEFINED, _RUBRIC, _FIRST, _STRICT, _FAILING = 0.1, 0.3, 0.7, 0.25, 0.15, 0.15, 0.1, 0.2
_SMALL = 0.5  # what a small model checks of what a large one does
_LENIENCY, _IMPRESSION = 1.3, 0.6
_POSITION, _UNMOVED = 0.13, 0.7  # head start of the first answer, and what an order not to mind it leaves
_TIE = 0.5  # half the width, in log-odds, of what counts as a tie
_MOST_SHIFT, _SHIFT = 3.0, 0.7
_MOST_EXAMPLES = 8

_EVIDENCE_FIRST = re.compile(
    r"\b(?:first|before|then|step[- ]by[- ]step|finally)\b[^.\n]{0,80}\b(?:quote|list|evidence|reason\w*|explain"
    r"|compare|check|cite|find|think"
    r"|verdict|decid\w+|judg\w+)\b|\b(?:quote|list|compare|check|verify|go through)\b[^.\n]{0,60}\b(?:each|every"
    r"|sentence by sentence|claims?"
    r"|facts?|numbers?)\b|\bthink (?:it through|carefully|step)",
    re.IGNORECASE,
)
_STRICTLY = re.compile(
    r"\b(?:strict\w*|rigorous\w*|exact\w*|critical\w*|be harsh|any (?:error|mistake|difference)|rigoros\w+)\b",
    re.IGNORECASE,
)
_ORDER = re.compile(r"\border\b[^.\n]{0,60}|\bposition\b", re.IGNORECASE)
_ALL = re.compile(r"\b(?:all|every|each)\b[^.\n]{0,40}\b(?:criteri\w+|met|requirements?|items?|hold)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Judgement:
    """Log-odds for the good verdict, or for the first answer of a pair; what was found; and each criterion's own."""

    odds: float
    evidence: Evidence
    criteria: tuple[tuple[Criterion, Evidence], ...] = ()
    other: Evidence | None = None  # of the second answer of a pair

    @property
    def quality(self) -> float:
        """From 0 to 1."""
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, self.odds / 1.6))))


def scrutiny(task: Task, model: Model) -> float:
    """How much of what can be checked the judge checks: about 0.1 when told nothing, 1 when told what and how."""
    told = bool(task.aspect or task.criteria or task.definitions)
    given = task.case.material.reference or task.case.material.context
    worth = _NAMED if told else _GIVEN if given else _VAGUE
    worth += _DEFINED * min(1.0, len(task.definitions) / 2)
    worth += _RUBRIC * bool(task.criteria)
    worth += _FIRST * bool(_EVIDENCE_FIRST.search(task.instructions))
    worth += _STRICT * bool(_STRICTLY.search(task.instructions))
    if model.reads_examples:
        worth += _FAILING * any(_level(verdict, task) < 0.5 for _, verdict in task.examples)
    return worth if model.reads_examples else worth * _SMALL


def weigh(task: Task, model: Model) -> Judgement:
    """The judgement of a task's case."""
    care = scrutiny(task, model)
    if task.is_pair:
        return _compared(task, model, care)
    odds, evidence, criteria = _single(task, task.case, 0, model, care)
    return Judgement(odds + _shift(task, model, care), evidence, criteria)


def _single(
    task: Task, case: Case, which: int, model: Model, care: float
) -> tuple[float, Evidence, tuple[tuple[Criterion, Evidence], ...]]:
    """Log-odds of one answer, what was found, and each criterion's own evidence."""
    answer, material = case.answers[which], case.material
    struck = impression(material.question, answer, model)
    criteria = tuple((c, criterion_evidence(c, material, answer, model, min(1.0, care + 0.2))) for c in task.criteria)
    checked = _checked(task, case, answer, model, care)
    measured = [e for _, e in criteria]
    if measured:
        own = [max(-5.0, min(5.0, e.odds)) for e in measured]
        total = min(own) if _ALL.search(task.instructions) or _demands_all(task) else sum(own) / len(own)
        # What is at odds with the reference or the context is not outweighed by good manners.
        total = min(total, checked.odds) if checked and task.aspect else total
        findings = (*(f for e in measured for f in e.findings), *(checked.findings if checked else ()))
        checked = Evidence(total, findings)
    if checked is None:
        return struck.odds + _LENIENCY * (1 - min(1.0, care)), struck, criteria
    looked = min(1.0, care / 0.5)  # told nothing, a judge goes by its impression and hardly looks at the rest
    lenient = _LENIENCY * (1 - min(1.0, care)) + _IMPRESSION * (1 - 0.8 * min(1.0, care)) * struck.odds
    odds = looked * checked.odds + lenient + (1 - looked) * struck.odds
    findings = (*checked.findings, *(Finding(f.weight * (1 - looked), f.said) for f in struck.findings))
    return odds, Evidence(odds, findings), criteria


def _demands_all(task: Task) -> bool:
    """A rubric that ends in one of two verdicts is passed when everything in it is met."""
    return task.labels is not None and len(task.labels.values) == 2 and task.numbers is None


def _checked(task: Task, case: Case, answer: str, model: Model, care: float) -> Evidence | None:
    """The answer compared with what the prompt gives to compare it with; None where it gives nothing."""
    question, context, reference = case.material.question, case.material.context, case.material.reference
    if context and (task.aspect == "support" or not reference):
        return against_context(question, context, answer, model, care)
    if reference:
        return against_reference(question, reference, answer, model, care)
    return None


def _compared(task: Task, model: Model, care: float) -> Judgement:
    """The first answer against the second."""
    first, one, criteria = _single(task, task.case, 0, model, care)
    second, other, _ = _single(task, task.case, 1, model, care)
    head_start = _POSITION * (1.3 - 0.5 * min(1.0, care)) / (1.0 if model.reads_examples else _SMALL)
    if _ORDER.search(task.instructions):
        head_start *= _UNMOVED
    return Judgement(max(-8.0, min(8.0, first - second)) + head_start, one, criteria, other)


def _shift(task: Task, model: Model, care: float) -> float:
    """How far the examples move the threshold: the judge's own odds for them should fall on the sides they show."""
    if not model.reads_examples or not task.examples:
        return 0.0
    sides: dict[bool, list[float]] = {True: [], False: []}
    for case, verdict in task.examples[:_MOST_EXAMPLES]:
        if len(case.answers) == 1:
            sides[_level(verdict, task) >= 0.5].append(_single(task, case, 0, model, care)[0])
    passing, failing = sides[True], sides[False]
    if passing and failing:
        worst, best = sum(passing) / len(passing), sum(failing) / len(failing)
        wanted = -(worst + best) / 2 if worst > best else 0.0
    elif failing:
        wanted = min(0.0, -0.5 - max(failing))
    else:
        wanted = max(0.0, 0.5 - min(passing))
    return max(-_MOST_SHIFT, min(_MOST_SHIFT, _SHIFT * wanted))


def _level(verdict: str, task: Task) -> float:
    """The level of a verdict that an example shows; in the middle where it is none of the scale's."""
    for scale in (task.labels, task.numbers):
        for value, level in zip(scale.values, scale.levels, strict=True) if scale else ():
            if re.search(rf"(?<![\w.]){re.escape(value)}(?![\w.]\d?)", verdict, re.IGNORECASE):
                return level
    return 0.5


# --- candidates ----------------------------------------------------------------------------------------------------

_SPREAD = 0.14  # standard deviation of a verdict on a scale of several levels


def scored(scale: Scale, judgement: Judgement) -> Sequence[float]:
    """The score of each value of a scale: log-probabilities up to a constant."""
    if scale.kind == "pair":
        tie = _TIE - abs(judgement.odds) * 0.5
        return [judgement.odds / 2, -judgement.odds / 2, tie][: len(scale.values)]
    if len(scale.values) == 2:
        return [judgement.odds * level for level in scale.levels]
    return [-((level - judgement.quality) ** 2) / (2 * _SPREAD**2) for level in scale.levels]


def nearest(scale: Scale, quality: float) -> str:
    """The value of a scale for a quality from 0 to 1."""
    return min(zip(scale.levels, scale.values, strict=True), key=lambda pair: abs(pair[0] - quality))[1]
