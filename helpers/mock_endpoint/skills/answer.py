"""Answer from passages: the sentences that best support an answer, verbatim, with citations; or decline.

Which sentences support an answer, and whether any does, is worked out in ../support.py. Only a prompt that asks for it
gets a decline: without such an instruction the nearest sentence is given as the answer, as models do.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from ..config import Model
from ..language import content_words, words
from ..prompt import Prompt
from ..questions import best_value
from ..support import Support, supports
from .candidate import Candidate

_CERTAINTY = 1.5  # from log-odds to a difference of log-probability: a model is surer than its evidence
_PROPOSED = 5
_SHORT_ANSWER_WORDS = 6
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
    candidates = _answers(prompt, ranked)
    if prompt.limits.decline is not None:
        candidates.append(Candidate(prompt.limits.decline, -_CERTAINTY * ranked[0].odds))
    return sorted(candidates, key=lambda c: -c.score)


# --- replies -------------------------------------------------------------------------------------------------------


def _answers(prompt: Prompt, ranked: Sequence[_Support]) -> list[Candidate]:
    best = ranked[0].odds
    candidates: dict[str, Candidate] = {}
    for support in ranked[:_PROPOSED]:
        text = _reply(prompt, support, ranked)
        candidates.setdefault(text, Candidate(text, _CERTAINTY * (support.odds - best)))
    return list(candidates.values())


def _reply(prompt: Prompt, support: _Support, ranked: Sequence[_Support]) -> str:
    """The answer in the form the prompt asks for."""
    limits = prompt.limits
    short = limits.only_value or (limits.words is not None and limits.words <= _SHORT_ANSWER_WORDS)
    chosen = [support]
    if short:
        text = _short(prompt.question, support.sentence.text, limits.words)
    else:
        chosen += _more(prompt, support, ranked)
        text = _joined([s.sentence.text for s in chosen], limits.words, limits.bullets)
    ids = list(dict.fromkeys(s.sentence.passage.id for s in chosen if s.sentence.passage.id))
    if limits.json:
        return _as_json(text, ids, limits.json_keys)
    if limits.cite and ids:
        text += " " + "".join(f"[{i}]" for i in ids)
    return {"upper": text.upper(), "lower": text.lower()}.get(limits.case or "", text)


def _short(question: str, sentence: str, limit: int | None) -> str:
    """The value asked for, alone; where none is found, the sentence without the question's own words, cut to length."""
    value = best_value(question, sentence, tuple(w for w in words(question) if len(w) > 3))
    if value is not None:
        return value.text
    asked = set(content_words(question))
    left = [w for w in sentence.rstrip(".!?").split() if (own := content_words(w)) and not asked.intersection(own)]
    return " ".join((left or sentence.split())[-(limit or _SHORT_ANSWER_WORDS) :])


def _more(prompt: Prompt, best: _Support, ranked: Sequence[_Support]) -> list[_Support]:
    """Further sentences: as many as a list asks for, or one that covers what a two-part question leaves open."""
    near = [s for s in ranked if s is not best and s.odds > best.odds - _ALSO]
    if prompt.limits.bullets is not None:
        return near[: (prompt.limits.bullets or 3) - 1]
    if prompt.limits.sentences == 1 or not re.search(r"\b(?:and|e|y|as well as)\b|\?.+\?", prompt.question):
        return []
    have = set(content_words(best.sentence.text))
    asked = set(content_words(prompt.question))
    open_words = asked - have
    adding = [s for s in near if s.odds > 0 and len(open_words & set(content_words(s.sentence.text))) >= max(1, len(asked) // 4)]
    return adding[:1]


def _joined(texts: Sequence[str], limit: int | None, bullets: int | None) -> str:
    if bullets is not None:
        return "\n".join(f"- {text}" for text in texts)
    text = " ".join(texts)
    parts = text.split()
    return text if limit is None or len(parts) <= limit else " ".join(parts[:limit]).rstrip(",;:")


def _as_json(text: str, ids: Sequence[str], keys: Sequence[str]) -> str:
    """The keys the prompt names: those that speak of sources hold the ids, the first other one the answer."""
    names = list(keys) or ["answer", "sources"]
    of_source = [k for k in names if re.search(r"sourc|cit|ref|\bid|ids\b|passage|document", k, re.IGNORECASE)]
    answer = next((k for k in names if k not in of_source), None)
    filled: dict[str, object] = {}
    for key in names:
        if key == answer:
            filled[key] = text
        elif key in of_source:
            filled[key] = list(ids) if key.lower().endswith("s") else (ids[0] if ids else None)
        else:
            filled[key] = None
    return json.dumps(filled, ensure_ascii=False)
