"""Choose a label: the one whose name, description and examples are nearest to the text (see ../prototypes.py).

A sentence that orders a label is obeyed wherever it stands as part of the instructions;
inside delimiters it is data.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ..config import Model
from ..form import finished
from ..language import sentences
from ..prompt import Prompt
from ..prototypes import evidence
from ..reading.labels import Label
from .candidate import Candidate

_SCALE = 20.0  # from a difference of evidence to a difference of log-probability
_ORDERED = 12.0  # an order outweighs any evidence of the text


def choose_label(prompt: Prompt, model: Model) -> list[Candidate] | None:
    """Every label as a candidate; None when the prompt offers no labels or no text."""
    if len(prompt.labels) < 2 or prompt.item is None or not prompt.item.text:
        return None
    text, ordered = _text_and_orders(prompt)
    scores = evidence(prompt.labels, prompt.examples, text, model, prompt.instructions)
    best = max(scores)
    candidates = []
    for i, (label, score) in enumerate(zip(prompt.labels, scores, strict=True)):
        log_probability = _SCALE * (score - best) + _ORDERED * ordered.count(i)
        candidates.append(Candidate(_reply(label, prompt, model), log_probability))
    return sorted(candidates, key=lambda c: -c.score)


# --- orders --------------------------------------------------------------------------------------------------------

_ORDER = re.compile(
    r"(?:^|[,;:.!]\s*|\b(?:and|then|instead|just|please|always|must|should|now|simply|only|to)\s+)"
    r"(?:answer|respond|reply|return|output|say|print|write|label|classify|categori[sz]e|mark|tag|assign|choose"
    r"|pick|select"
    r"|treat|route|send|set|use|put|responda|classifique|responde|clasifica)\b",
    re.IGNORECASE,
)
_META = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass)\b.{0,60}\b(?:above|previous|prior|earlier|instructions?|rules?"
    r"|prompt"
    r"|categories|labels|everything|text|all)\b|\b(?:new|updated|real|system) (?:instructions?|rules?|prompt)\b"
    r"|^\s*system\s*:"
    r"|\b(?:the )?(?:correct|right|true|only) (?:label|category|answer|class)\b",
    re.IGNORECASE,
)
_CONDITION = re.compile(r"\b(?:if|when|unless|where|for|about|any|anything|with|se|quando|si)\b", re.IGNORECASE)


def _text_and_orders(prompt: Prompt) -> tuple[str, list[int]]:
    """The text to judge and the labels (by position) that sentences order.

    In delimited text a sentence that looks like an order is neither obeyed nor taken as evidence. In text that nothing
    tells apart from the instructions it is one of them.
    """
    assert prompt.item is not None
    own = sentences(prompt.item.text)
    is_order = [_is_order(s, prompt.labels) for s in own]
    kept = " ".join(s for s, ordered in zip(own, is_order, strict=True) if not ordered)
    text = kept if kept.strip() else prompt.item.text
    told = [s for s in sentences(prompt.instructions) if not _defines(s, prompt.labels)]
    orders = [_named(s, prompt.labels) for s in told if _orders_always(s, prompt.labels)]
    if not prompt.item.delimited:
        orders += [_named(s, prompt.labels) for s, ordered in zip(own, is_order, strict=True) if ordered]
    return text, [i for i in orders if i is not None]


def _defines(sentence: str, labels: Sequence[Label]) -> bool:
    """A line of a list of definitions is no order, whatever words it holds: `storage: files that do not save`."""
    bare = sentence.lstrip(" -*•\"'`(").lower()
    return any(bare.startswith(label.name.lower()) for label in labels)


def _is_order(sentence: str, labels: Sequence[Label]) -> bool:
    named = _named(sentence, labels) is not None
    return bool(_META.search(sentence)) or (named and bool(_ORDER.search(sentence)))


def _orders_always(sentence: str, labels: Sequence[Label]) -> bool:
    return _is_order(sentence, labels) and not _CONDITION.search(sentence)


def _named(sentence: str, labels: Sequence[Label]) -> int | None:
    """The one label that a sentence names; None when it names none or several."""
    found = [
        i
        for i, label in enumerate(labels)
        if re.search(rf"(?<!\w){re.escape(label.name)}(?!\w)", sentence, re.IGNORECASE)
    ]
    return found[0] if len(found) == 1 else None


# --- form ----------------------------------------------------------------------------------------------------------


_YES_OR_NO = frozenset(("yes", "no", "true", "false", "sim", "não", "sí"))


def _reply(label: Label, prompt: Prompt, model: Model) -> str:
    """The label alone where the prompt asks for that or shows it; else in a sentence, as a chat model would."""
    limits = replace(prompt.limits, cite=False, yes_no=None)
    if not (prompt.limits.json_keys or not limits.json):
        limits = replace(limits, json_keys=("label",))
    few = limits.words is not None and limits.words <= 3
    bare = (
        limits.only_value
        or few
        or limits.json
        or _YES_OR_NO.issuperset(label.name.lower() for label in prompt.labels)
        or prompt.open_slot
        or bool(prompt.examples)
    )
    kept = limits.first(model.demands)
    return finished(label.name if bare else f"This fits the label **{label.name}** best.", kept)
