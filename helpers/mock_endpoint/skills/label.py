"""Choose a label: the one whose name, description and examples are nearest to the text (see ../prototypes.py).

What a sentence of the text itself orders is weighed in `obey.py`, as for every skill.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace

from ..config import Model
from ..evidence.prototypes import evidence
from ..reading.keys import keys_named
from ..reading.labels import Label
from ..reading.orders import label_ordered
from ..reading.prompt import Prompt
from ..text.form import finished
from ..text.language import sentences
from .candidate import Candidate

_SCALE = 20.0  # from a difference of evidence to a difference of log-probability
_ORDERED = 12.0  # an order outweighs any evidence of the text


def choose_label(prompt: Prompt, model: Model) -> list[Candidate] | None:
    """Every label as a candidate; None when the prompt offers no labels or no text."""
    if len(prompt.labels) < 2 or prompt.item is None or not prompt.item.text:
        return None
    if len(prompt.texts) > 1:
        return [Candidate(_several(prompt, model), 0.0)]
    ordered = _ordered(prompt)
    scores = evidence(prompt.labels, prompt.examples, prompt.item.text, model, prompt.instructions)
    best = max(scores)
    candidates = []
    for i, (label, score) in enumerate(zip(prompt.labels, scores, strict=True)):
        log_probability = _SCALE * (score - best) + _ORDERED * ordered.count(i)
        candidates.append(Candidate(label_reply(label, prompt, model), log_probability))
    return sorted(candidates, key=lambda c: -c.score)


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


_NAME_ALONE = re.compile(
    r"\b(?:answer|reply|respond|return|output|print|write|give|copy|responde|responda|respóndeme|indica|escribe"
    r"|escreve)\b"
    r"|\b(?:exactly|verbatim|one word|uma palavra|una palabra)\b",
    re.IGNORECASE,
)


def _keys(prompt: Prompt) -> tuple[str, ...]:
    """The keys of the object asked for; `label` where the prompt names none."""
    return tuple(prompt.limits.json_keys or keys_named(prompt.instructions) or ("label",))


_TEMPLATE = re.compile(
    r"\b(?:reply|answer|respond|return|output|format|like|as|form|use|give|write)\b[^{}\n]{0,60}\{\s*[\"'][\w"
    r" -]{1,40}[\"']\s*:",
    re.IGNORECASE,
)
_COLON = re.compile(r"[\"'`]?\b(?:\d|n|number|id)\s?: ?(?:<?label|<?\w+>?)[\"'`]")
_NUMBERED = re.compile(r"^[ \t]*\(?\d{1,3}[.):]", re.MULTILINE)
_AS_ARRAY = re.compile(r"\b(?:array|list)\b|\[", re.IGNORECASE)


def _several(prompt: Prompt, model: Model) -> str:
    """A label for each of several texts: in JSON, with commas, or a line each, numbered as they are."""
    chosen = []
    for text in prompt.texts:
        scores = evidence(prompt.labels, prompt.examples, text, model, prompt.instructions)
        chosen.append(prompt.labels[scores.index(max(scores))].name)
    if prompt.limits.json or prompt.json_mode:
        if prompt.json_mode or not _AS_ARRAY.search(prompt.instructions):
            return json.dumps({str(i): name for i, name in enumerate(chosen, 1)}, ensure_ascii=False)
        return json.dumps(chosen, ensure_ascii=False)
    if prompt.limits.separator:
        return prompt.limits.separator.join(chosen)
    numbered = bool(_NUMBERED.search(prompt.said))
    sign = ":" if _COLON.search(prompt.instructions) else "."
    return "\n".join(f"{i}{sign} {name}" if numbered else name for i, name in enumerate(chosen, 1))


_YES_OR_NO = frozenset(("yes", "no", "true", "false", "sim", "não", "sí"))


def label_reply(label: Label, prompt: Prompt, model: Model) -> str:
    """The label alone where the prompt asks for that or shows it; else in a sentence, as a chat model would."""
    limits = replace(
        prompt.limits,
        cite=False,
        yes_no=None,
        json=prompt.limits.json or prompt.json_mode or bool(_TEMPLATE.search(prompt.instructions)),
    )
    if limits.json:
        limits = replace(limits, json_keys=_keys(prompt))
    few = limits.words is not None and limits.words <= 3
    bare = (
        limits.only_value
        or few
        or limits.json
        or _YES_OR_NO.issuperset(label.name.lower() for label in prompt.labels)
        or prompt.open_slot
        or bool(_NAME_ALONE.search(prompt.instructions))
        or bool(prompt.examples)
    )
    kept = limits.first(model.demands)
    return finished(label.name if bare else f"This fits the label **{label.name}** best.", kept)
