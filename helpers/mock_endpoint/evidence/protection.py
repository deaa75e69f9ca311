"""How well a prompt is protected against instructions that stand in its data: independent factors that add up.

Each factor is something a developer does to a prompt or a request, and each can be measured by leaving it out. They are
the defences of the literature: delimiters, a rule that data is never an instruction, the rule again behind the data (a
sandwich), rules in the system message (the instruction hierarchy), spotlighting (datamarking, encoding), a warning, an
example of an attack withstood, a rule on secrets, a rule on tools, and a reply bound to labels or a schema. Their
weights are set so that attacks fail one layer after the other, as measurements on real models have it; they are no such
measurement themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ..reading.blocks import fold
from ..reading.marking import unmarked
from ..reading.orders import Order, orders_in
from ..reading.prompt import Prompt
from ..reading.tasks import is_data_rule
from ..text.language import sentences

# Log-odds that each factor takes from an attack.
WEIGHTS = {
    "delimited": 1.75,
    "data rule": 1.4,
    "warning": 0.6,
    "sandwich": 0.9,
    "system rules": 0.6,
    "own message": 0.5,
    "datamarked": 1.6,
    "encoded": 2.0,
    "unguessable delimiter": 0.6,
    "example": 0.8,
    "secret rule": 3.2,
    "secret rule covers tricks": 1.6,
    "tool rule": 1.6,
    "fixed rules": 1.2,
    "bound reply": 0.5,
}

_NOT = r"(?:never|not|don't|don’t|do not|must not|should not|cannot|can't|without|no|nunca|não|jamás|jamais)"
_WARNING = re.compile(
    r"\b(?:prompt[- ]injections?|injected|attacks?|attackers?|malicious|manipulat\w+|trick(?:s|ed)?|jailbreaks?"
    r"|untrusted"
    r"|adversarial|hostile|maliciosas?|ataques?)\b",
    re.IGNORECASE,
)
_SECRET_THING = (
    r"(?:secrets?|passwords?|pass\w+|codes?|code ?words?|keys?|canary|tokens?|prompts?|instructions|rules"
    r"|confidential|credentials?"
    r"|internal|private|this information|it|them|these|above|senha|segredos?|código|instruções|instrucciones"
    r"|contraseña|secretos?)"
)
_TELL = (
    r"(?:reveal\w*|shar(?:e|ing)|disclos\w+|tell\w*|repeat\w*|print\w*|mention\w*|show\w*|giv(?:e|ing)|output\w*"
    r"|leak\w*|discuss\w*"
    r"|say\w*|quot\w+|write|expose\w*|confirm\w*|revel\w+|divulg\w+|mostr\w+|compartilh\w+)"
)
_SECRET_RULE = re.compile(
    rf"\b{_NOT}\b[^.!?\n]{{0,40}}\b{_TELL}\b[^.!?\n]{{0,80}}\b{_SECRET_THING}\b"
    rf"|\b{_SECRET_THING}\b[^.!?\n]{{0,80}}\b{_NOT}\b[^.!?\n]{{0,30}}\b{_TELL}"
    r"|\bkeep\b[^.!?\n]{0,60}\b(?:secret|confidential|private|to yourself)\b"
    r"|\b(?:is|are|stays?|remains?|must (?:stay|remain|be kept))\b[^.!?\n]{0,12}\b(?:strictly )?(?:secret"
    r"|confidential|private)\b",
    re.IGNORECASE,
)
_TRICKS = re.compile(
    r"\b(?:in any (?:form|way|language)|any (?:form|circumstances?|reason|pretext)|no matter|even if|whoever"
    r"|encod\w+|translat\w+"
    r"|backwards?|revers\w+|spell\w*|role[- ]?play\w*|part of (?:it|the)|hints?|nor (?:any|a) part|regardless|under no"
    r"|em nenhuma|bajo ning\w+)\b",
    re.IGNORECASE,
)
_TOOL_RULE = re.compile(
    r"\b(?:never|only|not|don't|do not|nunca|sólo|só)\b[^.!?\n]{0,60}\b(?:tools?|functions?|actions?"
    r"|ferramentas?|herramientas?)\b"
    r"[^.!?\n]{0,120}\b(?:user|document|data|results?|text|content|asks?|e-?mails?|unless|confirm\w*|usuári?o"
    r"|because)\b",
    re.IGNORECASE,
)
_FIXED = re.compile(
    r"\b(?:never|not|don't|do not|cannot|nobody|no one|no user)\b[^.!?\n]{0,40}\b(?:chang\w+|overrid\w+|deviat\w+"
    r"|alter\w*|abandon\w*"
    r"|break\w*|leave|set aside|ignore|forget)\b[^.!?\n]{0,60}\b(?:rules?|instructions?|role|task|persona"
    r"|guidelines?)\b"
    r"|\b(?:rules?|instructions?)\b[^.!?\n]{0,60}\b(?:cannot|must not|never|may not) be (?:chang\w+|overrid\w+"
    r"|ignored|alter\w+)"
    r"|\b(?:only|exclusively) (?:talk|answer|speak|help|discuss)\w*\b[^.!?\n]{0,60}\b(?:about|on|with)\b"
    r"|\bignore\b[^.!?\n]{0,40}\b(?:attempts?|requests?)\b",
    re.IGNORECASE,
)
_UNGUESSABLE = re.compile(r"(?=\w*\d)(?=\w*[a-z])[\w-]*[0-9a-f]{4,}[\w-]*", re.IGNORECASE)


@dataclass(frozen=True)
class Protection:
    """The factors found; `against(order)` sums those that bear on it, in log-odds."""

    general: frozenset[str]
    delimited: tuple[str, ...]  # texts that stand between delimiters, unmarked
    marked: tuple[tuple[str, str], ...]  # texts that bore a marking, unmarked, with its name

    def factors(self, order: Order, source: str) -> list[str]:
        """Names in WEIGHTS. source: `user` for the user's own words, `result` for a tool's, `picture`, else `data`."""
        found = []
        if order.kind == "reveal":
            found += [f for f in ("secret rule", "secret rule covers tricks") if f in self.general]
        if source == "user":
            return found + [f for f in ("fixed rules", "bound reply", "warning") if f in self.general]
        found += [f for f in ("data rule", "warning", "sandwich", "system rules", "example") if f in self.general]
        if source in ("result", "picture"):
            found.append("own message")
        elif any(order.text in text for text in self.delimited):
            found += [f for f in ("delimited", "unguessable delimiter") if f == "delimited" or f in self.general]
        elif "own message" in self.general:
            found.append("own message")
        found += [name for text, name in self.marked if order.text in text][:1]
        if order.kind == "call" and "tool rule" in self.general:
            found.append("tool rule")
        if order.kind in ("say", "append", "reveal", "refuse") and "bound reply" in self.general:
            found.append("bound reply")
        return found

    def against(self, order: Order, source: str) -> float:
        return sum(WEIGHTS[factor] for factor in self.factors(order, source))


def protection_of(prompt: Prompt, *, reads_examples: bool = True) -> Protection:
    """Estimate a prompt's protection. reads_examples: whether the model learns from examples at all."""
    system, user = fold(prompt.rules), fold(prompt.said)
    held = [block for block in (*system.held, *user.held) if block.role not in ("instruction", "labels", "question")]
    plain = [(block, *unmarked(block.text)) for block in held]
    told = _told(prompt, user.text)
    rules = sentences(prompt.rules)
    factors = set[str]()
    if rules:
        factors.add("system rules")
        if not held and prompt.item is not None and prompt.item.text.strip() == prompt.said.strip():
            factors.add("own message")
    for name, pattern in (
        ("warning", _WARNING),
        ("secret rule", _SECRET_RULE),
        ("tool rule", _TOOL_RULE),
        ("fixed rules", _FIXED),
    ):
        if any(pattern.search(s) for s in told):
            factors.add(name)
    if any(is_data_rule(s) for s in told):
        factors.add("data rule")
    if "secret rule" in factors and any(_TRICKS.search(s) for s in told):
        factors.add("secret rule covers tricks")
    if _is_sandwich(prompt, user.text):
        factors.add("sandwich")
    if reads_examples and any(orders_in(e.input, [label.name for label in prompt.labels]) for e in prompt.examples):
        factors.add("example")
    if prompt.schema is not None or prompt.json_mode or (prompt.labels and prompt.limits.only_value):
        factors.add("bound reply")
    if any(_UNGUESSABLE.search(block.heading) for block in held):
        factors.add("unguessable delimiter")
    marks = [(text, mark) for _, text, mark in plain if mark is not None]
    return Protection(
        frozenset(factors), tuple(text for _, text, _ in plain), tuple(marks + _marked_outside(user.text))
    )


def _told(prompt: Prompt, own_words: str) -> list[str]:
    """The sentences of a prompt that are its developer's: the rules, and the message without data and orders in it."""
    data = "\n".join([prompt.item.text if prompt.item else "", *(p.text for p in prompt.passages)])
    written = [s for s in sentences(own_words) if s not in data]
    return [*sentences(prompt.rules), *written]


def _is_sandwich(prompt: Prompt, own_words: str) -> bool:
    """Whether the message tells behind its data what to do with it, or that it is data."""
    data = [prompt.item.text if prompt.item else "", *(p.text for p in prompt.passages)]
    end = max((prompt.said.rfind(text) + len(text) for text in data if text and text in prompt.said), default=0)
    after = prompt.said[end:] if end else own_words.rsplit("\ue001", 1)[1] if "\ue001" in own_words else ""
    behind = sentences(after)
    return any(is_data_rule(s) for s in behind) or sum(len(s.split()) for s in behind if not s.endswith("?")) >= 5


def _marked_outside(own_words: str) -> list[tuple[str, str]]:
    """Marked stretches that no delimiter holds: whole lines."""
    found: Iterable[tuple[str, str | None]] = (unmarked(line) for line in own_words.split("\n") if len(line) > 40)
    return [(text, mark) for text, mark in found if mark is not None]
