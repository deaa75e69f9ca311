"""Answer from passages: the sentences that best support an answer, verbatim, with citations; or decline.

Sentence retrieval by embeddings, weighted word overlap and typed values (a question that begins with "when" wants a
date). Whether the best sentence supports an answer at all is a threshold on the same evidence. Only a prompt that asks
for it gets a decline: without such an instruction the nearest sentence is given as the answer, as models do.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..attention import attended
from ..config import Model
from ..form import SHORT_ANSWER_WORDS, Draft, finished, shaped, wanted_items, wants_value
from ..language import Rarity, content_words, sentences, words
from ..prompt import Prompt
from ..reading.passages import Passage
from ..similarity import cosines
from ..values import best_value, match_strength, values
from .candidate import Candidate

# Weights of the evidence and the level that supports an answer. Set on questions over texts in eight domains that occur
# in no lesson and no test.
# Order: meaning of the sentence, meaning of its passage, words of the sentence, words of its passage, type of value.
_WEIGHTS = (0.50, 0.15, 0.30, 0.15, 0.12)
# Log-odds that a sentence supports an answer: a logistic regression on the same questions, rounded. By far the most
# telling is the meaning of the sentence (0.81 balanced accuracy across the two halves, fitted on the other).
_ODDS_MEANING, _ODDS_TYPE, _ODDS_PASSAGE_WORDS, _ODDS_BIAS = 10.0, 1.2, 0.7, -4.6
_ODDS_UNKNOWN_NAME = -4.0  # the question names a code, a number or a name that stands nowhere in the passages
_CERTAINTY = 1.5  # from the log-odds of support to a difference of log-probability
_NAMED = 0.2  # for a sentence that mentions the codes, numbers and names of the question; its passage counts in part
_SCALE = 30.0  # from a difference of evidence to a difference of log-probability
_READ_CLOSELY = 24  # sentences compared by meaning; more are narrowed down by words first
_PROPOSED = 5


@dataclass(frozen=True)
class _Sentence:
    text: str
    passage: Passage
    place: int  # in reading order


@dataclass(frozen=True)
class _Support:
    """A sentence, its rank among the others (about 0 to 1.2), and the log-odds that it supports an answer at all."""

    sentence: _Sentence
    score: float
    odds: float


def answer_from_passages(prompt: Prompt, model: Model) -> list[Candidate] | None:
    """Answers from the likeliest sentences; None when the prompt has no passages or no question."""
    if not prompt.passages or not prompt.question.strip():
        return None
    seen = _attended([s for passage in prompt.passages for s in _sentences_of(passage)], model)
    if not seen:
        return None
    ranked = _supports(prompt.question, seen, model)
    if prompt.loose and ranked[0].odds < 0:
        return None  # a remark and then a question, not a text and a question about it
    candidates = _answers(prompt, ranked, model)
    if prompt.limits.decline is not None:
        decline = finished(prompt.limits.decline, replace(prompt.limits, cite=False, case=None))
        candidates.append(Candidate(decline, -_CERTAINTY * ranked[0].odds))
    return sorted(candidates, key=lambda c: -c.score)


def best_odds(prompt: Prompt, model: Model) -> float:
    """Log-odds that the prompt's passages hold an answer to its question at all."""
    seen = _attended([s for passage in prompt.passages for s in _sentences_of(passage)], model)
    return _supports(prompt.question, seen, model)[0].odds if seen and prompt.question.strip() else -math.inf


def _sentences_of(passage: Passage) -> list[_Sentence]:
    return [_Sentence(text, passage, place) for place, text in enumerate(sentences(passage.text))]


def _attended(found: Sequence[_Sentence], model: Model) -> list[_Sentence]:
    return [found[i] for i in attended([s.text for s in found], model)]


# --- evidence ------------------------------------------------------------------------------------------------------


def _supports(question: str, found: Sequence[_Sentence], model: Model) -> list[_Support]:
    """Sentences with their support, best first."""
    rows = _evidence(question, found, model)
    things = _named_things(question)
    text = "\n".join(f"{s.passage.title} {s.text}" for s in found)
    unknown = _ODDS_UNKNOWN_NAME if things and not _share_named(things, text) else 0.0
    supports = []
    for i, row in rows:
        meaning, _, _, passage_words, value = row
        odds = _ODDS_MEANING * meaning + _ODDS_TYPE * value + _ODDS_PASSAGE_WORDS * passage_words + _ODDS_BIAS + unknown
        own = found[i]
        here = _share_named(things, own.text)
        around = _share_named(things, f"{own.passage.title} {own.passage.text}")
        score = sum(w * e for w, e in zip(_WEIGHTS, row, strict=True)) + _NAMED * max(here, 0.6 * around)
        supports.append(_Support(own, score, odds))
    return sorted(supports, key=lambda s: -s.score)


def _evidence(question: str, found: Sequence[_Sentence], model: Model) -> list[tuple[int, tuple[float, ...]]]:
    """The evidence of each sentence worth reading closely, in the order of _WEIGHTS, with its position."""
    wanted = content_words(question)
    stems = [content_words(_with_antecedent(found, i)) for i in range(len(found))]
    rarity = Rarity(stems)
    by_words = [rarity.coverage(wanted, own) for own in stems]
    whole = _passage_coverage(found, stems, wanted, rarity)
    close = _narrowed(by_words, whole, found)
    meaning = cosines(model, [question], [_with_antecedent(found, i) for i in close])[0]
    passages = list(dict.fromkeys(_heading_and_text(found[i].passage) for i in close))
    near = dict(zip(passages, cosines(model, [question], passages)[0], strict=True))
    return [
        (
            i,
            (
                float(cosine),
                float(near[_heading_and_text(found[i].passage)]),
                by_words[i],
                whole[i],
                match_strength(question, found[i].text),
            ),
        )
        for i, cosine in zip(close, meaning, strict=True)
    ]


_POINTS_BACK = re.compile(
    r"(?:it|its|they|their|them|this|these|that|those|he|she|his|her|there|so|then|both)\b", re.IGNORECASE
)


def _with_antecedent(found: Sequence[_Sentence], i: int) -> str:
    """A sentence that begins by pointing back (`It costs ...`) read together with the one before it."""
    own = found[i]
    if own.place > 0 and i > 0 and found[i - 1].passage is own.passage and _POINTS_BACK.match(own.text):
        return f"{found[i - 1].text} {own.text}"
    return own.text


def _named_things(question: str) -> set[str]:
    """Codes, numbers and names in a question, in lower case: what a supporting text has to mention."""
    things = {v.text.lower() for kind in ("code", "number", "name") for v in values(question, kind)}
    return {thing for thing in things if any(c.isdigit() for c in thing) or not thing.isascii() or thing not in _COUNTS}


_COUNTS = frozenset(("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"))


def _share_named(things: set[str], text: str) -> float:
    """The share of the named things that a text mentions; a name of several words counts by its last one."""
    have = set(words(text))
    return sum(set(words(thing)[-1:]) <= have for thing in things) / len(things) if things else 0.0


def _heading_and_text(passage: Passage) -> str:
    text = f"{passage.title}. {passage.text}" if passage.title else passage.text
    return text[:1000]  # about what the embedding model reads at once


def _passage_coverage(
    found: Sequence[_Sentence], stems: Sequence[Sequence[str]], wanted: Sequence[str], rarity: Rarity
) -> list[float]:
    """For each sentence, how much of the question its passage covers: a sentence rarely repeats what it is about."""
    of_passage: dict[int, set[str]] = {}
    for sentence, own in zip(found, stems, strict=True):
        of_passage.setdefault(id(sentence.passage), set(content_words(sentence.passage.title))).update(own)
    covered = {key: rarity.coverage(wanted, have) for key, have in of_passage.items()}
    return [covered[id(sentence.passage)] for sentence in found]


def _narrowed(by_words: Sequence[float], whole: Sequence[float], found: Sequence[_Sentence]) -> list[int]:
    """Positions of the sentences worth reading closely: those that share words, or whose passage does."""
    if len(found) <= _READ_CLOSELY:
        return list(range(len(found)))
    order = sorted(range(len(found)), key=lambda i: (-by_words[i] - 0.5 * whole[i], i))
    return sorted(order[:_READ_CLOSELY])


# --- replies -------------------------------------------------------------------------------------------------------


def _answers(prompt: Prompt, ranked: Sequence[_Support], model: Model) -> list[Candidate]:
    best = ranked[0].score
    candidates: dict[str, Candidate] = {}
    for support in ranked[:_PROPOSED]:
        text = shaped(_draft(prompt, support, ranked), prompt.limits, model)
        candidates.setdefault(text, Candidate(text, _SCALE * (support.score - best)))
    return list(candidates.values())


def _draft(prompt: Prompt, support: _Support, ranked: Sequence[_Support]) -> Draft:
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


def _more(prompt: Prompt, best: _Support, ranked: Sequence[_Support]) -> list[_Support]:
    """Further sentences: as many as a list asks for, or one that covers what a two-part question leaves open."""
    others = [s for s in ranked if s is not best and s.odds > 0 and s.score > best.score - 0.25]
    if (wanted := wanted_items(prompt.limits)) is not None:
        return others[: wanted - 1]
    if prompt.limits.sentences == 1 or not re.search(r"\b(?:and|e|y|as well as)\b|\?.+\?", prompt.question):
        return []
    have = set(content_words(best.sentence.text))
    asked = set(content_words(prompt.question))
    open_words = asked - have
    adding = [s for s in others if len(open_words & set(content_words(s.sentence.text))) >= max(1, len(asked) // 4)]
    return adding[:1]
