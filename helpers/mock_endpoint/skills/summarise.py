"""Summarise by extraction: central sentences that do not repeat each other, in the order of the text, cut to a length.

A summary of one subject (`what it says about prices`) takes the sentences that are nearest to it; what the prompt wants
mentioned comes first, what it wants left out is not read. A title is the shortened most central sentence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ..config import Model
from ..reading.limits import Limits, read_limits
from ..reading.prompt import Prompt
from ..reading.tasks import asks_for_gist, asks_for_summary, asks_for_title
from ..reading.wishes import Wishes, read_wishes
from ..reading.work import read_work
from ..text.compression import shortened, word_count
from ..text.form import Draft, shaped, wanted_items
from ..text.language import sentences
from ..text.leaving_out import about, without_unwanted
from ..text.salience import by_relevance, sampled, worths
from .candidate import Candidate
from .rewrite import for_plain_readers, rewritten

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
_TITLE_WORDS = 8
_SPARE = 6
_SCALE = 20.0
_WORTH_FIRST = 0.75  # of the best sentence's worth, that one which fits a limit of words must have to be taken instead


def extract_summary(prompt: Prompt, model: Model) -> list[Candidate] | None:
    """Extracts of the text, most central first; None when no summary is asked for or there is no text."""
    work = read_work(prompt)
    told = work.told if work.text else prompt.instructions
    title = asks_for_title(told)
    if not title and not asks_for_summary(told) and not asks_for_gist(told):
        return None
    text = work.text or (prompt.item.text if prompt.item is not None else "\n".join(p.text for p in prompt.passages))
    every = _limits(read_limits(told) if work.text else prompt.limits, title)
    wishes = read_wishes(told) if model.demands is None or not every.order else Wishes()
    found = sampled(without_unwanted(sentences(text), wishes, model))
    if for_plain_readers(told):
        found = rewritten("\n".join(found), told)
    if not found:
        return None
    worth, near = worths(found, _subject(told), model)
    named = list(dict.fromkeys(i for subject in wishes.keep for i in about(subject, found, model)[:2]))
    limits = every.first(model.demands)
    wanted = max(wanted_items(limits) or limits.sentences or _usual(limits, found), 1)
    if not limits.sentences and wanted_items(limits) is None:
        wanted = max(wanted, len(named))
    order = by_relevance(worth, near, wanted + _SPARE)
    if limits.words is not None and wanted_items(limits) is None:
        order = _fitting(order, found, worth, limits.words)
    order = [*named, *(i for i in order if i not in named)]
    if named and limits.words is not None and wanted_items(limits) is None:
        wanted = _that_fit(order, found, limits.words, len(named))
    candidates: dict[str, Candidate] = {}
    for skipped in range(min(3, max(1, len(order) - wanted + 1))):
        # The best set first; then sets in which the next sentence takes the place of the last one chosen.
        chosen = order[: wanted - 1] + order[wanted - 1 + skipped : wanted + skipped]
        spare = [found[i] for i in order if i not in chosen]
        parts = [found[i] for i in sorted(chosen)]
        if named and limits.words is not None and wanted_items(limits) is None:
            parts = _within(parts, limits.words)
        reply = shaped(Draft(parts=tuple(parts), spare=() if title else tuple(spare)), every, model)
        reply = reply.rstrip(".") if title else reply
        score = sum(worth[i] for i in chosen) / max(1, len(chosen)) - 0.02 * skipped
        candidates.setdefault(reply, Candidate(reply, _SCALE * (score + (1.0 if not skipped else 0.0) * bool(named))))
    return sorted(candidates.values(), key=lambda c: -c.score)


def _limits(limits: Limits, title: bool) -> Limits:
    if not title:
        return limits
    return replace(
        limits, sentences=limits.sentences or 1, words=limits.words or _TITLE_WORDS, bullets=None, separator=None
    )


def _that_fit(order: Sequence[int], found: Sequence[str], words: int, least: int) -> int:
    """How many of the sentences, in the order of choice, fit a limit of words; at least those that are wanted."""
    count = total = 0
    for i in order:
        total += word_count(found[i])
        if total > words:
            break
        count += 1
    return max(count, least, 1)


def _within(parts: Sequence[str], words: int) -> list[str]:
    """All the sentences in a limit of words, the longest shortened first, so that none is lost."""
    kept = list(parts)
    while (over := sum(map(word_count, kept)) - words) > 0:
        longest = max(range(len(kept)), key=lambda i: word_count(kept[i]))
        size = word_count(kept[longest])
        if size <= 3:
            break
        kept[longest] = shortened(kept[longest], max(3, size - over, size // 2))
        if word_count(kept[longest]) >= size:
            break
    return kept


def _subject(told: str) -> str:
    """What alone the summary is to be about; empty for a summary of everything."""
    asked = [s for s in sentences(told) if asks_for_summary(s)]
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
