"""Judge an answer: against a reference, a context or a rubric, or against another answer; LLM-as-a-judge.

Every verdict of the scale is a candidate, scored by the evidence for it, so that log-probabilities and temperature tell
how sure the judge is. What it looks at, and so how lenient it is, follows from the prompt: judging/weigh.py.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace

from ..api.schemas import Schema, alternatives
from ..config import Model
from ..judging.document import Writer, asked_in, enum_scale, with_numbers
from ..judging.scales import Scale
from ..judging.task import Task, read_task
from ..judging.weigh import Judgement, nearest, scored, weigh
from ..reading.keys import shape_in
from ..reading.prompt import Prompt
from ..text.form import finished
from .candidate import Candidate

_YES_NO = Scale(("No", "Yes"), (0.0, 1.0))
_GOOD_BAD = Scale(("Poor", "Good"), (0.0, 1.0))
_ASKS_WHETHER = re.compile(
    r"(?:^|[.\n]\s*|\b(?:judge|decide|tell me|say|check|determine) (?:whether|if) )(?:is|are|does|do|was|did|the|it"
    r"|a |está|é|es)\b[^.\n]*(?:\?|$)",
    re.IGNORECASE | re.MULTILINE,
)
_WHY = re.compile(
    r"\b(?:explain\w*|explanation|reason\w*|why|justif\w+|rationale|critique|feedback|evidence|think"
    r"|what (?:is|was|it) (?:missing|wrong|lack\w*|miss\w*)|what to (?:change|fix|add)"
    r"|step[- ]by[- ]step|explique|motivo)\b",
    re.IGNORECASE,
)
_WITHOUT_WHY = re.compile(
    r"\b(?:no|without|not|don't|never)\b[^.\n]{0,25}\b(?:expla\w+|reason\w*|justif\w+|comment\w*|other text|else)\b"
    r"|\bnothing else\b",
    re.IGNORECASE,
)
_BARE = re.compile(
    r"\b(?:reply|respond|answer|return|output|give|say|print|write)\b(?:\s+(?:me|only|just|exactly|simply|either"
    r"|back))*\s+(?:with\s+)?(?:only\s+|just\s+"
    r"|exactly\s+|either\s+|a\s+|an\s+|one\s+of\s*:?\s*|the\s+|single\s+|your\s+"
    r"|one\s+)*(?:[\"'`\[(*]{0,3}(?:{values})\b|(?:score|number|integer|rating|grade|verdict|letter"
    r"|word|label)\b)".replace("{values}", "\0"),
    re.IGNORECASE,
)
_REASON_FIRST = re.compile(
    r"\b(?:first|before|then|finally|end with|last line|at the end|after that|step[- ]by[- ]step)\b", re.IGNORECASE
)
_LINE = re.compile(
    r"(?P<key>(?:final |overall |your )?(?:verdict|score|rating|grade|judge?ment|decision|winner|result|answer"
    r"|preference)):\s*"
    r"(?P<open>\[\[|[\[<(\"'`*]{0,2})(?=[\w<\[])[^\n]{1,60}",
    re.IGNORECASE,
)
_OPEN_VERDICT = re.compile(
    r"(?:^|\n)[ \t#*]*(?:your |final |overall )?(?:verdict|score|rating|grade|judge?ment|decision|label|winner"
    r"|result)[ *]*:[ *]*\s*$",
    re.IGNORECASE,
)
_TAG = re.compile(
    r"<(?P<tag>verdict|score|rating|grade|result|judge?ment|decision|winner|label|answer)>", re.IGNORECASE
)
_REASON_TAG = re.compile(
    r"<(?P<tag>reason|reasoning|explanation|rationale|thinking|analysis|justification|critique)>", re.IGNORECASE
)


def judge(prompt: Prompt, model: Model) -> list[Candidate] | None:
    """Every verdict as a candidate; None when the prompt asks for no judgement."""
    if prompt.schema is not None:
        return None
    task = read_task(prompt)
    if task is None:
        return None
    if prompt.json_mode or task.limits.json:
        shape = shape_in(f"{prompt.rules}\n{prompt.said}") or {"type": "object", "properties": {
            "verdict": {"type": "string"}, "reason": {"type": "string"}}}  # fmt: skip
        written = _documents(task, Schema("json", with_numbers(shape)), model)
        if written:
            return written
    judgement = weigh(task, model)
    scale = task.labels or task.numbers or (_YES_NO if _ASKS_WHETHER.search(task.instructions) else _GOOD_BAD)
    candidates = [
        Candidate(_reply(prompt, task, judgement, scale, i), score) for i, score in enumerate(scored(scale, judgement))
    ]
    return sorted(candidates, key=lambda c: -c.score)


def fill_judgement(prompt: Prompt, schema: Schema, model: Model) -> list[Candidate] | None:
    """Documents of a schema that asks for a judgement, one for each verdict; None when nothing is to be judged."""
    task = read_task(prompt, asked_in(schema.root, schema.root))
    return _documents(task, schema, model) if task is not None else None


def _documents(task: Task, schema: Schema, model: Model) -> list[Candidate] | None:
    scale = _scale_of(task, schema)
    judgement = weigh(task, model)
    found: list[Candidate] = []
    for value, level, score in zip(scale.values, scale.levels, scored(scale, judgement), strict=True):
        quality = _on_side(judgement.quality, level, scale)
        reason = _reason(task, judgement, level)
        writer = Writer(task, judgement, schema.root, model, quality, value, reason)
        if not writer.knows(schema.root):
            return None
        text = json.dumps(writer.written(schema.root), ensure_ascii=False)
        if all(text != other.text for other in found):
            found.append(Candidate(text, score))
    return sorted(found, key=lambda c: -c.score)


def _scale_of(task: Task, schema: Schema) -> Scale:
    """The scale of the verdict: the prompt's, or that of the first key that has one."""
    kinds = alternatives(schema.root, schema.root)
    properties = next((one.get("properties") or {} for one in kinds if one.get("type") == "object"), {})
    for child in properties.values():
        for one in alternatives(child, schema.root):
            if one.get("enum") and (own := enum_scale([str(v) for v in one["enum"]], pair=task.is_pair)):
                return own
    return task.labels or task.numbers or _YES_NO


def _on_side(quality: float, level: float, scale: Scale) -> float:
    """The quality that goes with a verdict: the judge's own where the verdict follows from it."""
    if len(scale.values) > 2:
        return level
    return quality if (quality >= 0.5) == (level >= 0.5) else level


# --- the reply in words --------------------------------------------------------------------------------------------


def _reply(prompt: Prompt, task: Task, judgement: Judgement, scale: Scale, place: int) -> str:
    value, level = scale.values[place], scale.levels[place]
    told = task.instructions
    why = bool(_WHY.search(told)) and not _WITHOUT_WHY.search(told)
    reason = _reason(task, judgement, level)
    shown = _dressed(value, told)
    if tagged := _tags(told, value, reason):
        return tagged
    lines = _criteria_lines(task, judgement, scale)
    line = _LINE.search(told)
    numbers = task.numbers if task.numbers is not scale else None
    if line is not None:
        wanted = [f"{line['key']}: {shown}"]
        if numbers and not re.search(r"score|rating", line["key"], re.IGNORECASE):
            wanted.insert(0, f"Score: {nearest(numbers, _on_side(judgement.quality, level, scale))}")
        verdict = "\n".join(wanted)
        if not why and not lines:
            return verdict
        return "\n".join([*lines, reason, verdict] if _reason_first(told) else [verdict, *lines, reason])
    limits = replace(task.limits, cite=False, json=False, yes_no=None, bullets=None, case=None)
    if lines and not task.limits.only_value:
        return "\n".join([*lines, f"Overall: {shown}"])
    if not why and (
        prompt.open_slot
        or _OPEN_VERDICT.search(prompt.said)
        or task.examples
        or task.limits.only_value
        or task.limits.yes_no
        or _is_bare(told, scale)
    ):
        return finished(shown, limits)
    if why and _reason_first(told):
        return f"{reason}\nVerdict: {shown}" if "[[" not in shown else f"{reason} {shown}"
    if re.search(r"\b(?:two|2) lines\b|\bnext line\b|\bnew line\b", told, re.IGNORECASE):
        return f"{shown}\n{reason}"
    return f"{shown}. {reason}".strip()


def _is_bare(told: str, scale: Scale) -> bool:
    """Whether the prompt orders a reply of the verdict: `Reply PASS or FAIL`, `Answer with a number`."""
    values = "|".join(re.escape(v.strip("[]")) for v in scale.values)
    return bool(re.search(_BARE.pattern.replace("\0", values), told, re.IGNORECASE))


def _reason_first(told: str) -> bool:
    why, verdict = (
        _WHY.search(told),
        re.search(r"\b(?:verdict|score|rating|pass|final|decision|winner)\b", told, re.IGNORECASE),
    )
    return bool(_REASON_FIRST.search(told) and why) or bool(
        why
        and verdict
        and re.match(r"\s*(?:reason\w*|explanation|rationale|critique)\s*:", told[why.start() :], re.IGNORECASE)
    )


def _dressed(value: str, told: str) -> str:
    """A verdict in the brackets that the prompt shows around it: `[[5]]`."""
    if value.startswith("[["):
        return value
    return f"[[{value}]]" if re.search(r"\[\[\s*(?:rating|score|verdict|\d+|[A-Za-z]+)\s*\]\]", told) else value


def _tags(told: str, value: str, reason: str) -> str:
    """The verdict in the tags that the prompt names, with the reason in its own where it names those too."""
    verdict, why = _TAG.search(told), _REASON_TAG.search(told)
    if verdict is None:
        return ""
    shown = [(verdict.start(), f"<{verdict['tag']}>{value}</{verdict['tag']}>")]
    if why:
        shown.append((why.start(), f"<{why['tag']}>{reason}</{why['tag']}>"))
    return "\n".join(text for _, text in sorted(shown))


# `PASS if every criterion is met` says when to pass, and asks for no line on each.
_EACH = re.compile(
    r"\b(?:each|every|per|all of the following|individually)\b(?! (?:criterion|point|one|item|rule) (?:is|are"
    r"|holds?|has|was)\b)",
    re.IGNORECASE,
)


def _criteria_lines(task: Task, judgement: Judgement, scale: Scale) -> list[str]:
    """A line for each criterion, where the prompt wants each of several judged."""
    if len(judgement.criteria) < 2 or not _EACH.search(task.instructions):
        return []
    own_scale = task.numbers or scale
    lines = []
    for criterion, evidence in judgement.criteria:
        quality = Judgement(evidence.odds, evidence).quality
        lines.append(
            f"{criterion.name.rstrip('.')}: {nearest(own_scale, quality)} - {evidence.reason(quality >= 0.5)}".rstrip(
                " -"
            )
        )
    return lines


def _reason(task: Task, judgement: Judgement, level: float) -> str:
    """Why: the heaviest finding on the side of the verdict, or that nothing was found."""
    if task.is_pair and judgement.other is not None:
        return _pair_reason(judgement, level)
    favourable = level >= 0.5
    if not favourable and len(judgement.criteria) > 1:
        unmet = [own.reason(False) for _, own in judgement.criteria if own.odds < 0]
        if any(unmet):
            return " ".join(dict.fromkeys(why for why in unmet if why))
    said = judgement.evidence.reason(favourable)
    if said:
        return said
    return "Nothing in the answer speaks against it." if favourable else "The answer does not hold up well enough."


def _pair_reason(judgement: Judgement, level: float) -> str:
    if level == 0.5:
        return "Neither answer is clearly better than the other."
    winner, loser = ("A", "B") if level > 0.5 else ("B", "A")
    one, other = judgement.evidence, judgement.other
    assert other is not None
    best, worst = (one, other) if level > 0.5 else (other, one)
    merit, fault = best.reason(True), worst.reason(False)
    if fault:
        return f"Answer {loser} falls short: {fault}"
    return f"Answer {winner} is better: {merit}" if merit else f"Answer {winner} reads better."
