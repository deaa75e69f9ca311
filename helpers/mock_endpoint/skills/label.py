"""Choose a label: the one whose name, description and examples are nearest to the text.

A textbook nearest-prototype classifier on sentence embeddings, with word overlap beside it, plus what a prompt's
instructions say of a label. What a sentence of the text itself orders is weighed in `obey.py`, as for every skill.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from ..config import Model
from ..form import finished
from ..language import content_words, overlap, sentences
from ..prompt import Prompt
from ..reading.examples import Example
from ..reading.labels import Label
from ..reading.orders import label_ordered
from ..similarity import cosines
from .candidate import Candidate

# Weights of the evidence. Set on sets of short texts in six domains that occur in no lesson and no test.
_NAME, _DESCRIPTION, _WORDS, _EXAMPLES = 1.0, 1.2, 0.35, 1.4
_SCALE = 20.0  # from a difference of evidence to a difference of log-probability
_ORDERED = 12.0  # an order outweighs any evidence of the text
_REST_LEVEL = 0.2  # evidence that another label must reach before a rest label such as "other" is worse than it
_MOST_SENTENCES = 12
_MOST_EXAMPLES = 64

_REST = re.compile(
    r"\b(?:other|others|none|misc(?:ellaneous)?|unknown|unclear|general|else|n/a|outros?|otros?)\b", re.IGNORECASE
)


def choose_label(prompt: Prompt, model: Model) -> list[Candidate] | None:
    """Every label as a candidate; None when the prompt offers no labels or no text."""
    if len(prompt.labels) < 2 or prompt.item is None or not prompt.item.text:
        return None
    ordered = _ordered(prompt)
    scores = _evidence(prompt, model, prompt.item.text)
    best = max(scores)
    candidates = []
    for i, (label, score) in enumerate(zip(prompt.labels, scores, strict=True)):
        log_probability = _SCALE * (score - best) + _ORDERED * ordered.count(i)
        candidates.append(Candidate(label_reply(label, prompt, model), log_probability))
    return sorted(candidates, key=lambda c: -c.score)


# --- evidence ------------------------------------------------------------------------------------------------------


def evidence(labels: Sequence[Label], examples: Sequence[Example], text: str, model: Model) -> list[float]:
    """How well each label fits a text, for skills that choose labels inside something larger."""
    return _evidence(Prompt(labels=tuple(labels), examples=tuple(examples)), model, text)


def _evidence(prompt: Prompt, model: Model, text: str) -> list[float]:
    views = [text, *(_long_sentences(text))]
    names = [_spoken(label.name) for label in prompt.labels]
    name_scores = cosines(model, views, names).max(axis=0)
    described = _descriptions(prompt, model, views)
    examples = _from_examples(prompt, model, text)
    spoken = content_words(text)
    scores = []
    for i, label in enumerate(prompt.labels):
        about = [names[i], *_meaning(label)]
        words = overlap(content_words(" ".join(about)), spoken) if spoken else 0.0
        hits = min(1.0, words * math.sqrt(max(1, len(set(content_words(" ".join(about)))))))
        scores.append(_NAME * float(name_scores[i]) + described[i] + _WORDS * hits + _EXAMPLES * examples[i])
    return _with_rest(prompt.labels, scores)


def _long_sentences(text: str) -> list[str]:
    found = sentences(text)[:_MOST_SENTENCES]
    return [s for s in found if len(s.split()) >= 3] if len(found) > 1 else []


def _spoken(name: str) -> str:
    """A label's name as words: `account_access`, `AccountAccess` -> `account access`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", re.sub(r"[_\-/]+", " ", name)).lower().strip() or name


_COMMON = Path(__file__).parent.parent / "data" / "common_labels.txt"


@cache
def _common_meanings() -> dict[str, str]:
    """Common label names, and what they mean where a prompt does not say."""
    meanings = {}
    for line in _COMMON.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            names, _, meaning = line.partition(":")
            meanings |= {name.strip(): meaning.strip() for part in names.split("|") for name in part.split(",")}
    return meanings


def _meaning(label: Label) -> tuple[str, ...]:
    known = _common_meanings().get(_spoken(label.name))
    return label.descriptions or ((known,) if known else ())


def _descriptions(prompt: Prompt, model: Model, views: Sequence[str]) -> list[float]:
    """For each label, how near the text is to what the prompt says of it; without a description, the others' mean."""
    scores: list[float | None] = []
    for label in prompt.labels:
        meanings = _meaning(label)
        if not meanings:
            scores.append(None)
            continue
        phrases = [p for meaning in meanings for p in _phrases(meaning)]
        near = cosines(model, views, phrases)
        whole = float(near[:, 0].max())
        top = sorted((float(x) for x in near.max(axis=0)), reverse=True)[:2]
        scores.append(_DESCRIPTION * (0.5 * whole + 0.5 * sum(top) / len(top)))
    known = [s for s in scores if s is not None]
    usual = sum(known) / len(known) if known else 0.0
    return [usual if s is None else s for s in scores]


def _phrases(description: str) -> list[str]:
    """A description whole and cut at its commas: any part of it may be what the text is about."""
    parts = [p.strip(" .") for p in re.split(r"[,;]|\bor\b|\band\b|\bsuch as\b|\be\.g\.", description)]
    return [description, *(p for p in parts if len(p) > 2 and p != description)][:10]


def _from_examples(prompt: Prompt, model: Model, text: str) -> list[float]:
    """For each label, the mean similarity of the text to its two nearest examples, above the mean over all examples."""
    names = [label.name.strip().lower() for label in prompt.labels]
    examples = [(e.input, e.output.strip(" .\"'`").lower()) for e in prompt.examples if e.input.strip()][
        :_MOST_EXAMPLES
    ]
    examples = [e for e in examples if e[1] in names]
    if not examples or not model.reads_examples:
        return [0.0] * len(names)
    near = cosines(model, [text], [e[0] for e in examples])[0]
    usual = float(near.mean())
    scores = []
    for name in names:
        own = sorted((float(n) for n, e in zip(near, examples, strict=True) if e[1] == name), reverse=True)[:2]
        # One example says little of a label, several say more.
        trust = len(own) / (len(own) + 1)
        scores.append(trust * (0.7 * own[0] + 0.3 * own[-1] - usual) if own else 0.0)
    return scores


def _with_rest(labels: Sequence[Label], scores: list[float]) -> list[float]:
    """`other` and its like are right when nothing else is: their score is a level, raised by their own evidence."""
    if not any(_REST.search(label.name) for label in labels):
        return scores
    described = any(_meaning(label) for label in labels)
    level = _REST_LEVEL + (0.25 if described else 0.0)
    return [
        0.6 * level + 0.4 * score if _REST.search(label.name) else score
        for label, score in zip(labels, scores, strict=True)
    ]


# --- orders --------------------------------------------------------------------------------------------------------

_CONDITION = re.compile(r"\b(?:if|when|unless|where|for|about|any|anything|with|se|quando|si)\b", re.IGNORECASE)


def _ordered(prompt: Prompt) -> list[int]:
    """The labels (by position) that sentences of the instructions tell to choose whatever the text says."""
    names = [label.name for label in prompt.labels]
    told = [s for s in sentences(prompt.instructions) if not _defines(s, prompt.labels) and not _CONDITION.search(s)]
    return [names.index(name) for s in told if (name := label_ordered(s, names)) is not None]


def _defines(sentence: str, labels: Sequence[Label]) -> bool:
    """A line of a list of definitions is no order, whatever words it holds: `storage: files that do not save`."""
    bare = sentence.lstrip(" -*•\"'`(").lower()
    return any(bare.startswith(label.name.lower()) for label in labels)


# --- form ----------------------------------------------------------------------------------------------------------


def label_reply(label: Label, prompt: Prompt, model: Model) -> str:
    """The label alone where the prompt asks for that or shows it; else in a sentence, as a chat model would."""
    limits = replace(prompt.limits, cite=False, yes_no=None)
    if not (prompt.limits.json_keys or not limits.json):
        limits = replace(limits, json_keys=("label",))
    few = limits.words is not None and limits.words <= 3
    bare = limits.only_value or few or limits.json or prompt.open_slot or bool(prompt.examples)
    kept = limits.first(model.demands)
    return finished(label.name if bare else f"This fits the label **{label.name}** best.", kept)
