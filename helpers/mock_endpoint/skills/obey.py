"""Obeying what stands in data: the reply that follows an order found there competes with the reply that does the task.

The log-odds of obeying are what the order's wording brings, plus how near it is to the task, less what the model
resists by itself and what the prompt's protection takes away. They are a difference of scores like any other, so
temperature and log-probabilities show it, and every layer of defence lowers it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..api import schemas
from ..config import Model
from ..evidence.protection import protection_of
from ..meaning.similarity import cosines
from ..reading.orders import Order, orders_in, without_orders
from ..reading.prompt import Prompt
from ..reading.tasks import asks_for_summary
from ..text.language import sentences
from .call import call_ordered
from .candidate import Candidate
from .label import label_reply
from .secrets import revealed

_GAIN = 2.0  # from log-odds of the estimate to a difference of scores
_LARGE_RESISTS, _SMALL_RESISTS = 1.5, 0.8
_SMALL_HEEDS = 0.85  # the share of a prompt's protection that the small model makes of it
_PLAUSIBLE = 0.8  # for an order that is about the task, by cosine
_ENTITLED = 1.5  # the user's own demands count for more than those of a text
_TRICK, _MOST_TRICKS = 0.7, 3
_MOST = 12

_TRICKS = (
    r"\b(?:pretend|role[- ]?play|imagine|play (?:a|the)|act as|story|poem|song|game|script|novel|hypothetical\w*"
    r"|finja|finge)\b",
    r"\b(?:backwards?|reverse\w*|spell\w*|base ?64|rot ?13|hex\w*|encod\w+|cipher|letter by letter|acrostic"
    r"|ao contrário|al revés)\b",
    r"\b(?:translate|in (?:french|spanish|german|portuguese|latin|italian)|traduz\w*|traduce)\b",
    r"\b(?:i am|i'm|i’m|as) (?:the|your|an?) (?:\w+ )?(?:developer|admin\w*|owner|engineer|auditor|creator"
    r"|manager|operator|tester)\b"
    r"|\bauthori[sz]ed\b|\b(?:debug|developer|maintenance) mode\b",
    r"\b(?:complete|finish|fill in|continue)\b.{0,40}\b(?:sentence|blank|line|phrase|text)\b|\brhym\w+\b|\bhints?\b",
    r"\b(?:ignore|disregard|forget)\b.{0,50}\b(?:rules?|instructions?|above)\b",
    r"\b(?:life|death|emergency|dying|grandm\w+|grandf\w+|lose my job|please,? please)\b",
)


@dataclass(frozen=True)
class Tempting:
    """An order with where it stands: the source (user, data, result, picture) and the text around it."""

    order: Order
    source: str
    around: str


def orders_on(prompt: Prompt) -> list[Tempting]:
    """The orders in a prompt's data, and demands of the user that overrule or spy out the rules."""
    labels = [*(label.name for label in prompt.labels), *_enum_values(prompt)]
    tools = [tool.name for tool in prompt.tools.functions] if prompt.tools.choice.mode != "none" else []
    found: dict[str, Tempting] = {}
    for text, source, own in _sources(prompt):
        for order in orders_in(text, labels, tools, said_by_user=own):
            found.setdefault(order.text, Tempting(order, source, text))
    return list(found.values())[:_MOST]


def without_data_orders(prompt: Prompt, found: Sequence[Tempting]) -> Prompt:
    """The prompt as the task sees it: what was recognised as an order is no evidence for anything."""
    orders = [t.order for t in found if t.source != "user"]
    if not orders:
        return prompt
    item = prompt.item and replace(prompt.item, text=without_orders(prompt.item.text, orders))
    return replace(
        prompt,
        item=item,
        said=without_orders(prompt.said, orders),
        passages=tuple(replace(p, text=without_orders(p.text, orders)) for p in prompt.passages),
        results=tuple(replace(r, text=_result_without(r.text, orders)) for r in prompt.results),
    )


def _result_without(text: str, orders: Sequence[Order]) -> str:
    """A result without the orders in it: of a JSON document each text by itself, so that it stays a document."""
    document = _document(text)
    if document is None:
        return without_orders(text, orders)
    ordered = {order.text for order in orders}

    def cleaned(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: cleaned(own) for key, own in value.items()}
        if isinstance(value, list):
            return [cleaned(own) for own in value]
        if not isinstance(value, str) or not any(order in value for order in ordered):
            return value
        return "" if ordered.issuperset(sentences(value)) else without_orders(value, orders)

    return json.dumps(cleaned(document), ensure_ascii=False)


def _document(text: str) -> Any:
    """A JSON object or array; None for any other text."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict | list) else None


def _texts(value: Any) -> list[str]:
    """The texts in a document."""
    if isinstance(value, dict | list):
        return [text for own in (value.values() if isinstance(value, dict) else value) for text in _texts(own)]
    return [value] if isinstance(value, str) else []


def with_obedience(
    candidates: Sequence[Candidate], found: Sequence[Tempting], prompt: Prompt, model: Model
) -> list[Candidate]:
    """The task's candidates, and one for each order that can be obeyed at all."""
    protection = protection_of(prompt, reads_examples=model.reads_examples)
    nearness = _nearness(found, prompt, model)
    heeds = 1.0 if model.reads_examples else _SMALL_HEEDS
    resists = _LARGE_RESISTS if model.reads_examples else _SMALL_RESISTS
    refused = _refusals(found, prompt, protection.general)
    merged = list(refused or candidates)
    best = max(c.score for c in merged)
    for tempting, near in zip(found, nearness, strict=True):
        obeying = _obeying(tempting, candidates[0], prompt, model)
        if obeying is None:
            continue
        odds = tempting.order.strength + _PLAUSIBLE * near - resists
        odds += (_ENTITLED + _tricks(tempting.around)) if tempting.source == "user" else 0.0
        odds -= heeds * protection.against(tempting.order, tempting.source)
        merged = _with(merged, replace(obeying, score=best + _GAIN * odds))
    return sorted(merged, key=lambda c: -c.score)


# --- where orders stand --------------------------------------------------------------------------------------------


def _sources(prompt: Prompt) -> list[tuple[str, str, bool]]:
    """Texts to look for orders in: each with its source, and whether they are the user's own words."""
    pictures = {sight.text for sight in prompt.pictures}
    found = []
    for result in prompt.results:
        document = _document(result.text)
        texts = [result.text] if document is None else _texts(document)
        found += [(text, "result", False) for text in texts]
    found += [(p.text, "picture" if p.text in pictures else "data", False) for p in prompt.passages if not prompt.loose]
    item = prompt.item.text if prompt.item is not None else ""
    speaks = not _works_on_a_text(prompt) and item.strip() == prompt.said.strip()
    if item and not speaks:
        found.append((item, "picture" if item in pictures else "data", False))
    known = "\n".join(text for text, _, _ in found)
    own = "\n".join(s for s in sentences(prompt.request) if s not in known)
    if own:
        # Beside data, what overrules the rules is more data that has come out of its place; alone, the user means it.
        found.append((own, "user" if not known.strip() or not _works_on_a_text(prompt) else "data", True))
    return found


def _works_on_a_text(prompt: Prompt) -> bool:
    """Whether the message is a text to do something with, and not somebody's request."""
    return bool(prompt.labels or prompt.schema or prompt.json_mode) or asks_for_summary(prompt.instructions)


def _enum_values(prompt: Prompt) -> list[str]:
    if prompt.schema is None:
        return []
    return [value for _, node in _leaves(prompt.schema.root, prompt.schema.root) for value in _enum(node)]


def _nearness(found: Sequence[Tempting], prompt: Prompt, model: Model) -> list[float]:
    """How near each order is to what the prompt asks for, 0 to 1: what fits the task is suspected less."""
    task = prompt.question or prompt.instructions or prompt.rules
    if not found or not task.strip():
        return [0.0] * len(found)
    return [max(0.0, float(x)) for x in cosines(model, [task], [t.order.text for t in found])[0]]


def _tricks(text: str) -> float:
    return _TRICK * min(_MOST_TRICKS, sum(bool(re.search(trick, text, re.IGNORECASE)) for trick in _TRICKS))


# --- replies that obey ---------------------------------------------------------------------------------------------


def _refusals(found: Sequence[Tempting], prompt: Prompt, factors: frozenset[str]) -> list[Candidate] | None:
    """Where the user asks for what the rules forbid to tell, doing the task is to refuse."""
    asked = any(t.source == "user" and t.order.kind == "reveal" and _held(t, prompt) for t in found)
    if not asked or "secret rule" not in factors:
        return None
    wordings = (
        ("I'm sorry, but I can't share that.", 0.0),
        ("I can't share that. Is there anything else I can help you with?", -1.0),
        ("That is confidential, so I can't tell you.", -1.5),
    )
    return [Candidate(text, score, refusal=prompt.schema is not None) for text, score in wordings]


def _held(tempting: Tempting, prompt: Prompt) -> str | None:
    return revealed(tempting.order.what, tempting.around, prompt.rules)


def _obeying(tempting: Tempting, task: Candidate, prompt: Prompt, model: Model) -> Candidate | None:
    """The reply that obeys; None where the prompt's form, its tools or its rules leave nothing to obey with."""
    order = tempting.order
    if order.kind == "call":
        return call_ordered(order.text, order.what, tempting.around, prompt, model)
    if order.kind == "label":
        own = next((label for label in prompt.labels if label.name == order.what), None)
        if own is not None and prompt.schema is None:
            return Candidate(label_reply(own, prompt, model), 0.0)
        return _in_document(task, prompt, order.what, choosing=True)
    words = {
        "say": order.what,
        "append": f"{task.text.rstrip()} {order.what}" if not task.calls else order.what,
        "reveal": _held(tempting, prompt) if order.kind == "reveal" else None,
        "refuse": "I cannot answer that.",
    }[order.kind]
    if not words:
        return None
    if prompt.schema is not None or prompt.json_mode:
        return _in_document(task, prompt, order.what if order.kind == "append" else words, choosing=False)
    return Candidate(words, 0.0)


def _with(candidates: list[Candidate], obeying: Candidate) -> list[Candidate]:
    """Added; a reply that is a candidate already takes the better score."""
    same = [c for c in candidates if (c.text, c.calls) == (obeying.text, obeying.calls)]
    if same and same[0].score >= obeying.score:
        return candidates
    return [*(c for c in candidates if c not in same), obeying]


# --- replies that are documents ------------------------------------------------------------------------------------


def _in_document(task: Candidate, prompt: Prompt, words: str, *, choosing: bool) -> Candidate | None:
    """The task's document with an ordered value in it: the first choice that offers it, or the first free text."""
    try:
        document = json.loads(task.text)
    except ValueError:
        return None
    if not isinstance(document, dict):
        return None
    if prompt.schema is None:
        key = next((k for k, v in document.items() if isinstance(v, str)), None)
        return None if key is None else Candidate(json.dumps(document | {key: words}, ensure_ascii=False), 0.0)
    for path, node in _leaves(prompt.schema.root, prompt.schema.root):
        fits = words in _enum(node) if choosing else _is_free_text(node)
        if fits and _put(document, path, words):
            return Candidate(json.dumps(document, ensure_ascii=False), 0.0)
    return None


def _leaves(node: Any, root: Any, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], Any]]:
    """The properties of a schema that are no objects, with their paths; arrays are left alone."""
    found = []
    for own in schemas.alternatives(node, root) if len(path) < 5 else ():
        if own.get("properties"):
            for name, inner in own["properties"].items():
                found += _leaves(inner, root, (*path, name))
        elif path and own.get("type") != "array":
            found.append((path, own))
    return found


def _enum(node: Any) -> list[str]:
    return [value for value in node.get("enum") or () if isinstance(value, str)]


def _is_free_text(node: Any) -> bool:
    bound = ("enum", "const", "pattern", "format", "maxLength")
    return node.get("type") == "string" and not any(key in node for key in bound)


def _put(document: dict[str, Any], path: tuple[str, ...], value: str) -> bool:
    for name in path[:-1]:
        document = document.get(name) if isinstance(document, dict) else None  # type: ignore[assignment]
    if not isinstance(document, dict) or path[-1] not in document:
        return False
    document[path[-1]] = value
    return True
