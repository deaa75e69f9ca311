"""A judgement as a JSON document: each key gets the verdict, a score, a criterion's own score or the reason, by
its name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..api.schemas import Node, alternatives, conforms, emptiest
from ..config import Model
from ..extraction.kinds import spoken
from ..text.language import content_words, overlap, sentences
from .criteria import Criterion, criterion_evidence
from .evidence import Evidence, against_context, against_reference
from .scales import Scale, between, label_scale, number_scale
from .task import Task
from .weigh import Judgement, nearest, scrutiny

_VERDICT = re.compile(
    r"\b(?:verdict|label|decision|result|judge?ment|outcome|conclusion|winner|better|preferred|preference|choice"
    r"|grade|status|veredicto)\b"
)
_SCORE = re.compile(r"\b(?:scores?|rating|grade|points|marks?|nota|overall|quality|stars)\b")
_TRUE_WHEN_GOOD = re.compile(
    r"\b(?:correct\w*|pass\w*|supported|faithful\w*|grounded|acceptable|accurate|approved|good|match\w*|valid|ok"
    r"|meets|entailed|helpful"
    r"|relevant|polite|consistent|met|satisfied|accepted)\b"
)
_TRUE_WHEN_BAD = re.compile(
    r"\b(?:incorrect|fail\w*|unsupported|hallucinat\w+|unfaithful|wrong|contradict\w+|error|has issues?|invented"
    r"|rejected|rude|violat\w+)\b"
)
_REASON = re.compile(
    r"\b(?:reason\w*|explanation|rationale|justification|critique|analysis|evidence|feedback|comments?|thoughts?"
    r"|why|notes?|motivo"
    r"|justificativa)\b"
)
_FAULTS = re.compile(
    r"\b(?:issues?|errors?|problems?|unsupported|missing|faults?|mistakes?|violations?|hallucinations?|differences?"
    r"|claims?)\b"
)
_QUOTES_ANSWER = re.compile(r"\b(?:claim|sentence|statement|text|quote)\b")
_NAMES_CRITERION = re.compile(r"\b(?:criterion|criteria|name|dimension|aspect|item|requirement)\b")
_CRITERION = re.compile(
    r"\b(?:accura\w+|correctness|completeness|politeness|relevance|clarity|conciseness|brevity|tone|helpfulness|fluency"
    r"|faithfulness|groundedness|readability|professionalism|empathy|factuality|formality|consistency|coverage"
    r"|friendliness|length|format)\b"
)


@dataclass(frozen=True)
class Writer:
    """Writes one judgement in one schema. favourable: the side that the verdict takes."""

    task: Task
    judgement: Judgement
    root: Node
    model: Model
    level: float
    verdict: str
    reason: str

    def knows(self, node: Node) -> bool:
        """Whether a schema asks for a judgement: for a verdict, a score or a yes-or-no about the answer."""
        asked = asked_in(node, self.root)
        return any(p.search(asked) for p in (_VERDICT, _SCORE, _TRUE_WHEN_GOOD, _TRUE_WHEN_BAD, _CRITERION))

    def written(self, node: Node) -> dict[str, Any]:
        value = {}
        for name, child in self._properties(node).items():
            value[name] = self._value(spoken(str(name)), child, self.judgement.evidence, self.level, self.reason)
        return value

    def _properties(self, node: Node) -> Mapping[str, Node]:
        kinds = alternatives(node, self.root)
        return next((one.get("properties") or {} for one in kinds if one.get("type") == "object"), {})

    def _value(self, name: str, child: Node, evidence: Evidence, level: float, reason: str) -> Any:
        for one in alternatives(child, self.root):
            value = self._of_type(name, one, evidence, level, reason)
            if value is not None and conforms(value, one):
                return value
        return emptiest(child, self.root)

    def _of_type(self, name: str, node: Node, evidence: Evidence, level: float, reason: str) -> Any:
        kind, about = node.get("type"), f"{name} {node.get('description') or ''}".lower()
        if own := self._criterion(name):
            evidence, level = own, _quality(own)
            reason = own.reason(level >= 0.5) or reason
        if node.get("enum"):
            return self._of_enum(node["enum"], level)
        if kind == "boolean":
            return level <= 0.5 if _TRUE_WHEN_BAD.search(name) and not re.search(r"\bno[nt]?\b", name) else level > 0.5
        if kind in ("integer", "number"):
            return self._number(name, about, node, level)
        if kind == "string":
            if _REASON.search(name):
                return reason
            if _VERDICT.search(name) or _SCORE.search(name) or _TRUE_WHEN_GOOD.search(name):
                return self.verdict
            return reason if _REASON.search(about) else None
        if kind == "array":
            return self._list(name, node, evidence)
        if kind == "object":
            inner = Writer(
                self.task, Judgement(self.judgement.odds, evidence), self.root, self.model, level, self.verdict, reason
            )
            return inner.written(node)
        return None

    def _criterion(self, name: str) -> Evidence | None:
        """The evidence for a criterion that a key names: one of the rubric, or a common one."""
        for criterion, evidence in self.judgement.criteria:
            if overlap(content_words(criterion.name), content_words(name)) >= 0.6 and content_words(name):
                return evidence
        if self.task.is_pair or not _CRITERION.search(name):
            return None
        care = scrutiny(self.task, self.model)
        return criterion_evidence(Criterion(name), self.task.case.material, self.task.case.answers[0], self.model, care)

    def _of_enum(self, options: list[Any], level: float) -> Any:
        texts = [str(option) for option in options]
        if self.verdict in texts:
            return options[texts.index(self.verdict)]
        scale = enum_scale(texts, pair=self.task.is_pair)
        if scale is None:
            return None
        return options[texts.index(nearest(scale, level))]

    def _number(self, name: str, about: str, node: Node, level: float) -> Any:
        low, high = node.get("minimum"), node.get("maximum")
        if low is None or high is None:
            scale = self.task.numbers or between(1, 5)
            if re.search(r"\b(?:confidence|probability|certainty)\b", about):
                scale = between(0, 1, fractions=True)
                level = abs(level - 0.5) * 2
        else:
            scale = between(float(low), float(high), fractions=node["type"] == "number" and float(high) <= 1)
        value = float(nearest(scale, level))
        return int(value) if node["type"] == "integer" or value.is_integer() else value

    def _list(self, name: str, node: Node, evidence: Evidence) -> list[Any] | None:
        items = node.get("items") or {}
        kinds = {one.get("type") for one in alternatives(items, self.root)}
        if "string" in kinds:
            faults = [f.said for f in sorted(evidence.findings, key=lambda f: f.weight) if f.weight < -0.3]
            return faults[: node.get("maxItems", 5)] if _FAULTS.search(name) or _REASON.search(name) else None
        if "object" not in kinds:
            return None
        if self.judgement.criteria and not _QUOTES_ANSWER.search(name):
            return [self._record(items, c.name, e) for c, e in self.judgement.criteria]
        care, material = scrutiny(self.task, self.model), self.task.case.material
        found = []
        for claim in sentences(self.task.case.answers[0])[:12]:
            if material.context:
                own = against_context(material.question, material.context, claim, self.model, care)
            else:
                own = against_reference(material.question, material.reference, claim, self.model, care)
            found.append(self._record(items, claim, own))
        return found

    def _record(self, node: Node, text: str, evidence: Evidence) -> dict[str, Any]:
        level = _quality(evidence)
        reason = evidence.reason(level >= 0.5)
        scale = self.task.labels
        verdict = nearest(scale, level) if scale and scale.kind == "labels" else self.verdict
        inner = Writer(self.task, Judgement(evidence.odds, evidence), self.root, self.model, level, verdict, reason)
        record = {}
        for name, child in self._properties(node).items():
            words = spoken(str(name))
            own = _QUOTES_ANSWER.search(words) or _NAMES_CRITERION.search(words)
            record[name] = text if own else inner._value(words, child, evidence, level, reason)
        return record


def with_numbers(shape: Node) -> dict[str, Any]:
    """A shape read from a prompt's words, with the keys that ask for a score as numbers: `"score": 1-5`."""
    properties = {}
    for name, child in (shape.get("properties") or {}).items():
        about, words = str(child.get("description") or ""), spoken(str(name))
        if (
            child.get("type") == "string"
            and not child.get("enum")
            and _SCORE.search(words)
            and not _VERDICT.search(words)
        ):
            scale = number_scale(f"score {about}") or (None if about.strip(" .<>") else between(1, 5))
            whole = scale is not None and all("." not in value for value in scale.values)
            if scale is not None:
                child = {
                    "type": "integer" if whole else "number",
                    "minimum": float(scale.values[0]),
                    "maximum": float(scale.values[-1]),
                }
        properties[name] = child
    return {**shape, "properties": properties}


def asked_in(node: Any, root: Node, level: int = 0) -> str:
    """The names and descriptions of all fields of a schema, as words."""
    if level > 5:
        return ""
    said = []
    for one in alternatives(node, root):
        said.append(str(one.get("description") or ""))
        said += [
            f"{spoken(str(name))} {asked_in(child, root, level + 1)}"
            for name, child in (one.get("properties") or {}).items()
        ]
        if one.get("type") == "array" and one.get("items"):
            said.append(asked_in(one["items"], root, level + 1))
        said += [spoken(str(value)) for value in one.get("enum") or ()]
    return " ".join(said)


def _quality(evidence: Evidence) -> float:
    return Judgement(evidence.odds, evidence).quality


def enum_scale(options: list[str], *, pair: bool) -> Scale | None:
    """The scale that the values of an enum make: numbers, a pair's names, or verdict words; None for other words."""
    if all(re.fullmatch(r"\d{1,3}", option) for option in options):
        ordered = sorted(options, key=int)
        return Scale(tuple(ordered), tuple(i / max(1, len(ordered) - 1) for i in range(len(ordered))), "numbers")
    if pair:
        levels = []
        for option in options:
            words = spoken(option)
            first = re.search(r"(?:^|\b)(?:a|1|first|one)\b", words)
            second = re.search(r"(?:^|\b)(?:b|2|second|two)\b", words)
            levels.append(1.0 if first else 0.0 if second else 0.5)
        return Scale(tuple(options), tuple(levels), "pair") if 1.0 in levels and 0.0 in levels else None
    return label_scale(" or ".join(spoken(option) for option in options)) and _as_written(options)


def _as_written(options: list[str]) -> Scale | None:
    plain = label_scale(" or ".join(spoken(option) for option in options))
    if plain is None:
        return None
    known = dict(zip((v.lower() for v in plain.values), plain.levels, strict=True))
    levels = [known.get(spoken(option), 0.5) for option in options]
    return Scale(tuple(options), tuple(levels)) if {0.0, 1.0} <= set(levels) else None
