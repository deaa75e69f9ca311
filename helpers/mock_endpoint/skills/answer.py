"""Answer from passages: the sentences that best support an answer, verbatim, with citations; or decline.

Which sentences support an answer, and whether any does, is worked out in ../support.py. Only a prompt that asks for it
gets a decline: without such an instruction the nearest sentence is given as the answer, as models do.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace

from ..config import Model
from ..evidence.support import Support, supports
from ..reading.prompt import Prompt
from ..text.form import SHORT_ANSWER_WORDS, Draft, finished, shaped, wanted_items, wants_value
from ..text.language import content_words, words
from ..text.questions import best_value
from .candidate import Candidate

_CERTAINTY = 1.5  # from log-odds to a difference of log-probability: a model is surer than its evidence
_PROPOSED = 5
_ALSO = 2.5  # log-odds by which a further sentence may stand behind the best


def answer_from_passages(prompt: Prompt, model: Model) -> list[Candidate] | None:
    """Answers from the likeliest sentences; None when the prompt has no passages or no question."""
    if not prompt.passages or not prompt.question.strip():
        return None
    ranked = supports(prompt.question, prompt.passages, model)
    if not ranked:
        return None
    if prompt.loose and ranked[0].odds < 0:
        return None  # a remark and then a question, not a text and a question about it
    candidates = _answers(prompt, ranked, model)
    if prompt.limits.decline is not None:
        decline = finished(prompt.limits.decline, replace(prompt.limits, cite=False, case=None))
        candidates.append(Candidate(decline, -_CERTAINTY * ranked[0].odds))
    return sorted(candidates, key=lambda c: -c.score)


def best_odds(prompt: Prompt, model: Model) -> float:
    """Log-odds that the prompt's passages hold an answer to its question at all."""
    ranked = supports(prompt.question, prompt.passages, model) if prompt.question.strip() else []
    return ranked[0].odds if ranked else -math.inf


# --- replies -------------------------------------------------------------------------------------------------------


def _answers(prompt: Prompt, ranked: Sequence[Support], model: Model) -> list[Candidate]:
    best = ranked[0].odds
    candidates: dict[str, Candidate] = {}
    for support in ranked[:_PROPOSED]:
        text = shaped(_draft(prompt, support, ranked), prompt.limits, model)
        candidates.setdefault(text, Candidate(text, _CERTAINTY * (support.odds - best)))
    return list(candidates.values())


def _draft(prompt: Prompt, support: Support, ranked: Sequence[Support]) -> Draft:
    """The sentence that answers, with what its form may ask for: the bare value, more sentences, the sources."""
    alone = wants_value(prompt.limits)
    chosen = [support] if alone else [support, *_more(prompt, support, ranked)]
    spare = [s.sentence.text for s in ranked if s not in chosen]
    ids = dict.fromkeys(s.sentence.passage.id for s in chosen if s.sentence.passage.id)
    return Draft(
        parts=tuple(s.sentence.text for s in chosen),
        value=_short(prompt.question, support.sentence.text, prompt.limits.words) if alone else "",
        spare=tuple(spare),
        sources=tuple(ids),
        question=prompt.question,
    )


def _short(question: str, sentence: str, limit: int | None) -> str:
    """The value asked for, alone; where none is found, the sentence without the question's own words, cut to length."""
    value = best_value(question, sentence, tuple(w for w in words(question) if len(w) > 3))
    if value is not None:
        return value.text
    asked = set(content_words(question))
    left = [w for w in sentence.rstrip(".!?").split() if (own := content_words(w)) and not asked.intersection(own)]
    return " ".join((left or sentence.split())[-(limit or SHORT_ANSWER_WORDS) :])


def _more(prompt: Prompt, best: Support, ranked: Sequence[Support]) -> list[Support]:
    """Further sentences: as many as a list asks for, or one that covers what a two-part question leaves open."""
    near = [s for s in ranked if s is not best and s.odds > best.odds - _ALSO]
    if (wanted := wanted_items(prompt.limits)) is not None:
        return near[: wanted - 1]
    if prompt.limits.sentences == 1 or not re.search(r"\b(?:and|e|y|as well as)\b|\?.+\?", prompt.question):
        return []
    have = set(content_words(best.sentence.text))
    asked = set(content_words(prompt.question))
    open_words = asked - have
    adding = [
        s
        for s in near
        if s.odds > 0 and len(open_words & set(content_words(s.sentence.text))) >= max(1, len(asked) // 4)
    ]
    return adding[:1]
