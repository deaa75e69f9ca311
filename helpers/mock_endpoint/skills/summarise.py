"""Summarise by extraction: central sentences that do not repeat each other, in the order of the text, cut to a length.

A summary of one subject (`what it says about prices`) takes the sentences that are nearest to it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..config import Model
from ..reading.limits import Limits
from ..reading.prompt import Prompt
from ..reading.tasks import asks_for_summary
from ..text.compression import shortened, word_count
from ..text.form import Draft, shaped, wanted_items
from ..text.language import sentences
from ..text.salience import by_relevance, sampled, worths
from .candidate import Candidate

_ABOUT = re.compile(
    r"\b(?:about|regarding|concerning|focus(?:ing|ed)? on|with (?:a )?focus on|related to|as to|on the (?:subject"
    r"|topic) of|sobre|acerca de)"
    r"\s+(?P<subject>[^.,;:\n\"]{2,80})",
    re.IGNORECASE,
)
_NO_SUBJECT = re.compile(
    r"^(?:\d|it\b|this\b|them\b|the (?:text|article|document|following)\b|\w+ (?:words|sentences)\b)", re.IGNORECASE
)
_USUAL_SENTENCES = 2
_SPARE = 6
_SCALE = 20.0
_WORTH_FIRST = 0.75  # of the best sentence's worth, that one which fits a limit of words must have to be taken instead


def extract_summary(prompt: Prompt, model: Model) -> list[Candidate] | None:
    """Extracts of the text, most central first; None when no summary is asked for or there is no text."""
    if not asks_for_summary(prompt.instructions):
        return None
    text = prompt.item.text if prompt.item is not None else "\n".join(p.text for p in prompt.passages)
    found = sampled(sentences(text))
    if not found:
        return None
    worth, near = worths(found, _subject(prompt), model)
    limits = prompt.limits.first(model.demands)
    wanted = wanted_items(limits) or limits.sentences or _usual(limits, found)
    order = by_relevance(worth, near, wanted + _SPARE)
    if limits.words is not None and wanted_items(limits) is None:
        order = _fitting(order, found, worth, limits.words)
    candidates: dict[str, Candidate] = {}
    for skipped in range(min(3, max(1, len(order) - wanted + 1))):
        # The best set first; then sets in which the next sentence takes the place of the last one chosen.
        chosen = order[: wanted - 1] + order[wanted - 1 + skipped : wanted + skipped]
        spare = [found[i] for i in order if i not in chosen]
        draft = Draft(parts=tuple(found[i] for i in sorted(chosen)), spare=tuple(spare))
        reply = shaped(draft, prompt.limits, model)
        score = sum(worth[i] for i in chosen) / max(1, len(chosen)) - 0.02 * skipped
        candidates.setdefault(reply, Candidate(reply, _SCALE * score))
    return sorted(candidates.values(), key=lambda c: -c.score)


def _subject(prompt: Prompt) -> str:
    """What alone the summary is to be about; empty for a summary of everything."""
    asked = [s for s in sentences(prompt.instructions) if asks_for_summary(s)]
    match = next((m for s in asked if (m := _ABOUT.search(s))), None)
    return "" if match is None or _NO_SUBJECT.match(match["subject"]) else match["subject"].strip()


def _usual(limits: Limits, found: Sequence[str]) -> int:
    """How many sentences where the prompt does not say: two, or as many as a count of words holds."""
    if limits.words is None:
        return min(_USUAL_SENTENCES, len(found))
    mean = sum(word_count(s) for s in found) / len(found)
    return max(1, min(len(found), round(limits.words / mean)))


def _fitting(order: Sequence[int], found: Sequence[str], worth: Sequence[float], words: int) -> list[int]:
    """The order of choice with sentences that fit a limit of words before those that would have to be cut hard."""
    first = order[0]
    if word_count(found[first]) <= words or word_count(shortened(found[first], words)) >= 0.6 * words:
        return list(order)
    fitting = [i for i in order if word_count(found[i]) <= words and worth[i] >= _WORTH_FIRST * worth[first]]
    return [*fitting, *(i for i in order if i not in fitting)]
