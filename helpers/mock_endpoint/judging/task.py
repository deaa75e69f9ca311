"""A judge prompt as it is understood: what to judge, with what, by which criteria, on which scale, with which
examples."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from ..reading.limits import Limits, read_limits
from ..reading.prompt import Prompt
from ..text.language import sentences
from ..text.polarity import polarity
from .criteria import Criterion, Material
from .parts import Part, parts_of
from .scales import Scale, label_scale, number_scale, offered_scale, pair_scale, turned


@dataclass(frozen=True)
class Case:
    """One answer, or two of a pair, with what it is judged with."""

    answers: tuple[str, ...]
    material: Material = field(default_factory=Material)


@dataclass(frozen=True)
class Task:
    """What a prompt asks a judge to do.

    labels, numbers: the scales of the verdict that it gives. aspect: what it tells to look at: `truth`, `support`, or
    nothing, where it only asks whether something is good. definitions: what each verdict means, where the prompt says.
    """

    case: Case
    instructions: str
    labels: Scale | None
    numbers: Scale | None
    aspect: str
    criteria: tuple[Criterion, ...] = ()
    definitions: tuple[str, ...] = ()
    examples: tuple[tuple[Case, str], ...] = ()
    limits: Limits = field(default_factory=Limits)

    @property
    def is_pair(self) -> bool:
        return len(self.case.answers) == 2


_JUDGING = re.compile(
    r"\b(?:judg(?:e|es|ing|ement|ment)|grad(?:e|er|es|ing)|evaluat\w+|scor(?:e|es|ing)|rat(?:e|es|ing)|assess\w*"
    r"|verdict|rubric|critique"
    r"|compare|faithful\w*|grounded\w*|groundedness|hallucinat\w+|pass or fail|entail\w*|correct or (?:incorrect"
    r"|wrong)|mark(?:ing)?"
    r"|avali\w+|evalú\w+|evalua\w*|julgue|juzga|corrija)\b"
    r"|\bPASS\b|\bFAIL\b|\bsay the same\b|\bmean the same\b|\bsame meaning\b|\bequivalent\b|\bquiz\b"
    r"|\bcan\b[^.?\n]{0,60}\bbe (?:concluded|inferred|derived|deduced|verified)\b"
    r"|\b(?:follows?|followed) (?:from|the)\b|\bhave (?:followed|obeyed|kept)\b"
    r"|\b(?:pick|choose|select|name|say)\b[^.\n]{0,40}\b(?:better|best|more \w+|stronger|clearer|winner|superior)\b"
    r"|\bwhich\b[^.?\n]{0,40}\b(?:better|best|prefer\w*|stronger)\b|\bwhich (?:answer|response|one|reply"
    r"|summary|of (?:the|these|them))\b"
    r"|\b(?:is|was|are)\b[^.?\n]{0,60}\b(?:correct|right|good|accurate|acceptable|supported|true|factual|helpful|ok"
    r"|okay|fine|relevant"
    r"|complete|polite|consistent|same|faithful|better|corret[oa]|correct[oa]|certa|boa|buena)\b[^.\n]{0,80}(?:\?|$)"
    r"|\b(?:does|do|did) (?:the|this|it|that|each)\b[^.?\n]{0,60}\b(?:match|agree|follow|contradict|answer"
    r"|mean the same|support|meet|satisfy"
    r"|contain|invent)\b",
    re.IGNORECASE | re.MULTILINE,
)
_CHECKS = re.compile(
    r"\bcheck\w*\b[^.\n]{0,60}\b(?:claims?|statements?|facts?|sentences?|answer|response|summary)\b", re.IGNORECASE
)
_OPEN_ANSWER = re.compile(
    r"(?:^|\n)[ \t]*\**(?:final )?(?:answer|a|summary|resposta|respuesta)\**[ \t]*:\**\s*$", re.IGNORECASE
)
# Without an answer under a heading of its own only these show that a text is given to be judged.
_SURELY = re.compile(
    r"\b(?:is|was) (?:this|that|it|the following)\b[^.?\n]{0,30}\b(?:good|correct|acceptable|polite|ok(?:ay)?|fine"
    r"|clear|helpful|right)\b"
    r"|\b(?:judge|grade|evaluate|assess|score|rate) (?:the |this |that |my |each )?(?:following |bot'?s |model'?s "
    r"|student'?s )?"
    r"(?:answer|response|reply|output|summary|text|e-?mail|draft|message|letter|explanation|translation)\b",
    re.IGNORECASE,
)
_SUPPORT = re.compile(
    r"\b(?:against the (?:context|source|document|article|text|passage)s?|faithful\w*|grounded\w*|supported"
    r"|unsupported|support|hallucinat\w*|entail\w*|backed|attribut\w+"
    r"|stands? in the (?:context|source|text)"
    r"|(?:based|rel(?:y|ies)) (?:only )?on the (?:context|source|document|passage)s?|invent\w*|made up"
    r"|consistent with the (?:context|source"
    r"|document|article|text)|fiel|suportad\w+|respaldad\w+)\b",
    re.IGNORECASE,
)
_TRUTH = re.compile(
    r"\bquiz\b|\baccept\b[^.\n]{0,20}\breject\b|\b(?:reference|expected|ground[- ]?truth|gold|correct\w*"
    r"|incorrect|accura\w+|inaccura\w+|right|wrong|match\w*"
    r"|agree\w*|same (?:meaning|facts?"
    r"|information|answer|as)"
    r"|equivalent|factual\w*|facts?|true|truth\w*|mean the same|contradict\w*|errors?|mistakes?"
    r"|follow(?:s|ed)? the|complian\w*|violat\w+|corret\w+|certa|certo|errad\w+)\b",
    re.IGNORECASE,
)


def read_task(prompt: Prompt, asked_in_schema: str = "") -> Task | None:
    """The judging a prompt asks for; None when it asks for none. asked_in_schema: names and descriptions of fields."""
    if _OPEN_ANSWER.search(prompt.said):
        return None  # an answer is to be written, not judged
    told = [*parts_of(prompt.rules), *parts_of(prompt.said)]
    instructions = "\n".join(text for role, text in told if role in ("instruction", "criteria"))
    cases, templates = _cases(told)
    shown = [(case, verdict) for case, verdict in cases if verdict]
    open_cases = [case for case, verdict in cases if not verdict]
    case = open_cases[-1] if open_cases else None
    judges = bool(_JUDGING.search(f"{instructions}\n{asked_in_schema}"))
    if case is not None and (case.material.reference or case.material.context):
        judges = (
            judges
            or bool(case.material.reference and case.answers)
            or bool(_CHECKS.search(instructions) or label_scale(instructions, loud=True))
        )
    if not judges:
        return None
    if case is None or not case.answers:
        case = _unnamed(told, prompt, instructions)
    if case is None:
        return None
    if len(case.answers) == 2 and _SAME.search(instructions):
        case = Case((case.answers[1],), replace(case.material, reference=case.answers[0]))
    shown += _from_turns(prompt)
    scale_text = "\n".join([instructions, *templates])
    asked = "\n".join(s for s in sentences(scale_text) if _REPLIES.search(s))
    numbers = number_scale(scale_text)
    if len(case.answers) == 2:
        labels: Scale | None = pair_scale(scale_text, _numbered(told))
    else:
        labels = label_scale(scale_text, asked=asked, loud=numbers is not None)
        if labels is None and numbers is None:
            whole = _around_material(prompt, case)
            labels = (
                label_scale(whole, loud=True)
                or offered_scale(whole, "", means_worse)
                or offered_scale(scale_text, asked, means_worse)
            )
        labels = turned(labels, scale_text) if labels else None
    if labels is None and shown:
        labels = label_scale(" or ".join(dict.fromkeys(verdict for _, verdict in shown)))
    words = [value for scale in (labels, numbers) if scale for value in scale.values]
    definitions = _definitions(instructions, words)
    return Task(
        case=case,
        instructions=scale_text,
        labels=labels,
        numbers=numbers,
        aspect=_aspect(f"{instructions}\n{asked_in_schema}\n{' '.join(words)}"),
        criteria=_criteria(told, words) or _from_definition(definitions, case),
        definitions=definitions,
        examples=tuple(shown),
        limits=read_limits(scale_text),
    )


def _around_material(prompt: Prompt, case: Case) -> str:
    """The words of a prompt without what is to be judged: with those of headings such as `Verdict (right / wrong):`."""
    whole = f"{prompt.rules}\n{prompt.said}"
    material = case.material
    for text in (*case.answers, material.context, material.reference, material.question):
        whole = whole.replace(text, " ") if len(text) > 1 else whole
    return whole


_SAME = re.compile(
    r"\b(?:say|mean|state|express|tell)\b[^.?\n]{0,30}\b(?:the )?same\b|\b(?:agree|equivalent"
    r"|consistent)\b[^.?\n]{0,30}(?:\?|with each other)"
    r"|\bsame (?:meaning|thing|answer)\b|\bcontradict each other\b",
    re.IGNORECASE,
)


_REPLIES = re.compile(
    r"\b(?:answer|reply|respond|return|output|give|say|write|print|end|finish|choose|state|verdict|decide|mark|call"
    r"|label|pass or fail"
    r"|responda|responde|diga)\b|\?\s*$",
    re.IGNORECASE,
)


_WORSE = re.compile(
    r"(?:in|un|im|mis|dis|ir)\w{4,}|not\b.*|no\b.*|invent\w*|made.up|wrong|bad|poor|fail\w*|reject\w*|rude"
    r"|false|err\w*|fals\w*|hallucin\w*|mal\w*"
    r"|broken|rough|weak|faulty|off\b.*|contradict\w*|unsafe|red|stop|deny|denied|redo|revise|differ\w*"
    r"|lie\w*|guess\w*|bogus|unclear|harmful|toxic",
    re.IGNORECASE,
)


def means_worse(one: str, other: str) -> bool:
    """Whether a verdict word means something worse than another, by its look and its tone."""
    first, second = bool(_WORSE.fullmatch(one)), bool(_WORSE.fullmatch(other))
    return first if first != second else polarity(one) < polarity(other)


def _aspect(text: str) -> str:
    return "support" if _SUPPORT.search(text) else "truth" if _TRUTH.search(text) else ""


# --- cases ---------------------------------------------------------------------------------------------------------

_PLACEHOLDER = re.compile(r"[<\[{(]{1,2}[^>\])}\n]{1,60}[>\])}]{1,2}|_{2,}|\.\.\.|…")


def _cases(told: Sequence[Part]) -> tuple[list[tuple[Case, str]], list[str]]:
    """Cases in order, each with its verdict where the prompt shows one; and the templates of verdicts it shows."""
    found: list[tuple[Case, str]] = []
    templates: list[str] = []
    seen: dict[str, list[str]] = {}
    for role, text in told:
        if role == "verdict" and text and (_is_template(text) or not _case(seen)):
            templates.append(f"Verdict: {text}")
        elif role == "verdict" and text and (case := _case(seen)):
            found.append((case, text))
            seen = {}
        elif role in ("question", "context", "reference", "answer", "a", "b"):
            if role in seen and role != "answer" and _case(seen):
                found.append((_case(seen) or Case(()), ""))
                seen = {}
            seen.setdefault(role, []).append(text)
        elif role == "examples" and (case := _case(seen)):
            found.append((case, ""))
            seen = {}
    if case := _case(seen):
        found.append((case, ""))
    return _with_shared(found), templates


def _is_template(verdict: str) -> bool:
    return bool(
        _PLACEHOLDER.fullmatch(verdict.strip()) or label_scale(verdict) or number_scale(f"score {verdict}")
    ) or bool(re.fullmatch(r"\W*A\W{0,3}(?:or|/|\||,)\W{0,3}B\b.{0,30}", verdict.strip(), re.IGNORECASE))


def _case(seen: dict[str, list[str]]) -> Case | None:
    material = Material(*("\n".join(seen.get(role, [])) for role in ("question", "context", "reference")))
    if seen.get("a") and seen.get("b"):
        return Case((seen["a"][-1], seen["b"][-1]), material)
    answers = [text for text in seen.get("answer", []) if text]
    if not answers:
        return None
    if len(answers) == 2 and not material.reference:
        return Case((answers[1],), replace(material, reference=answers[0]))
    return Case((answers[-1],), material)


def _with_shared(cases: Sequence[tuple[Case, str]]) -> list[tuple[Case, str]]:
    """A context that is given once, before several answers, holds for all of them."""
    first = next((case.material.context for case, _ in cases if case.material.context), "")
    return [
        (replace(case, material=replace(case.material, context=case.material.context or first)), verdict)
        for case, verdict in cases
    ]


def _unnamed(told: Sequence[Part], prompt: Prompt, instructions: str) -> Case | None:
    """A text to judge that stands under no heading: delimited, quoted, or after the question whether it is good."""
    if not _SURELY.search(instructions) and not (
        _JUDGING.search(instructions) and re.search(r"\bPASS\b", instructions)
    ):
        return None
    texts = [text for role, text in told if role == "text"]
    named = {role: text for role, text in told if role in ("question", "context", "reference")}
    material = Material(**{role: text for role, text in named.items()})
    if texts:
        return Case((texts[-1],), material)
    if prompt.item is not None and prompt.item.text.strip() and prompt.item.text.strip() != prompt.said.strip():
        return Case((prompt.item.text,), material)
    if prompt.rules and prompt.said and _JUDGING.search(prompt.rules):
        return Case((prompt.said,), material)
    return None


def _from_turns(prompt: Prompt) -> list[tuple[Case, str]]:
    """Earlier turns as examples: a case from the user and the verdict of the assistant."""
    found = []
    for turn, reply in zip(prompt.history, prompt.history[1:], strict=False):
        if turn.role == "user" and reply.role == "assistant" and len(reply.text) < 400:
            cases, _ = _cases(parts_of(turn.text))
            found += [(case, reply.text) for case, _ in cases[-1:]]
    return found


def _numbered(told: Sequence[Part]) -> bool:
    """Whether the answers of a pair are called 1 and 2 rather than A and B."""
    text = "\n".join(text for _, text in told)
    return bool(
        re.search(
            r"[\"'`(]1[\"'`)]?\s*(?:or|/|,)\s*[\"'`(]?2\b|\b1 or 2\b|\b(?:answer|response|summary|reply) 1\b",
            text,
            re.I,
        )
    )


# --- criteria and definitions --------------------------------------------------------------------------------------

_ITEM = re.compile(
    r"^[ \t]*(?:[-*•]"
    r"|\d{1,2}[.)])[ \t]+(?:\*\*)?(?P<name>[^:\n*]{2,120}?)(?:\*\*)?[ \t]*(?:\((?P<inside>[^)\n]{1,80})\))?"
    r"(?:\*\*)?[ \t]*(?:(?::|[ \t][-–—][ \t])(?:\*\*)?[ \t]*(?P<about>[^\n]+))?$",
    re.MULTILINE,
)
_KNOWN = (
    r"(?:accuracy|correctness|completeness|politeness|relevance|clarity|conciseness|brevity|tone|helpfulness"
    r"|fluency|faithfulness"
    r"|groundedness|readability|coherence|professionalism|empathy|factuality|formality|consistency|coverage"
    r"|friendliness|style)"
)
_INLINE = re.compile(
    rf"\b{_KNOWN}(?:(?:,?\s+and\s+|,\s*|\s*/\s*|\s+or\s+)(?:for\s+|its\s+)?{_KNOWN})+\b", re.IGNORECASE
)
_ONE = re.compile(
    r"\b(?:for|on|of|how|is|are|the|its)\s+(?:(?:its|the|this|that|(?:reply|answer|email|text|message|response"
    r"|letter|it))\s+){0,2}"
    r"(?P<what>politeness|clarity|conciseness|brevity|tone|helpfulness|fluency|readability|professionalism|empathy"
    r"|formality"
    r"|friendliness|relevance|completeness|polite|friendly|clear|concise|professional|formal|readable|empathetic"
    r"|respectful"
    r"|relevant|complete)\b",
    re.IGNORECASE,
)
_RUBRIC = re.compile(
    r"\b(?:criteri\w+|rubric|checklist|dimensions?|each of|following|aspects?|requirements?|must)\b", re.IGNORECASE
)


def _criteria(told: Sequence[Part], verdicts: Sequence[str]) -> tuple[Criterion, ...]:
    found: list[Criterion] = []
    for role, text in told:
        if role == "criteria" or (role == "instruction" and _RUBRIC.search(text)):
            items = [m for m in _ITEM.finditer(text) if not _is_level(m["name"], verdicts)]
            found += [Criterion(m["name"].strip(), (m["about"] or m["inside"] or "").strip()) for m in items]
            if role == "criteria" and not items:
                lines = [line.strip() for line in text.split("\n") if line.strip() and not _is_level(line, verdicts)]
                told_of = [s for line in lines for s in sentences(line) if not _REPLIES.match(s)]
                found += [Criterion(piece) for s in told_of for piece in _pieces(s)]
    if not found:
        told_all = "\n".join(text for role, text in told if role == "instruction")
        if match := _INLINE.search(told_all):
            found = [Criterion(name.lower()) for name in re.findall(_KNOWN, match.group(), re.IGNORECASE)]
        elif match := _ONE.search(told_all):
            found = [Criterion(match["what"].lower())]
    return tuple(found[:12])


def _pieces(sentence: str) -> list[str]:
    """`It says sorry, it names the cause, and it says what is next` as three demands."""
    parts = [p.strip(" .;") for p in re.split(r";\s*(?:and\s+)?|,\s*(?:and\s+)?", sentence) if p.strip(" .;")]
    return parts if len(parts) > 2 and all(len(p.split()) >= 2 for p in parts) else [sentence]


def _is_level(name: str, verdicts: Sequence[str]) -> bool:
    """Whether a line defines a verdict (`5: perfect`, `PASS - ...`, `Score 3`) rather than a criterion."""
    bare = re.sub(r"^(?:score|rating|grade|level)\s+", "", name.strip(" *\"'`[](").lower())
    return bool(re.match(r"\d{1,3}\b", bare)) or any(re.match(rf"{re.escape(v.lower())}\b", bare) for v in verdicts)


def _definitions(instructions: str, verdicts: Iterable[str]) -> tuple[str, ...]:
    """Sentences that say what a verdict means: `PASS: ...`, `PASS if ...`, `Answer "no" when ...`."""
    found = []
    for verdict in dict.fromkeys(verdicts):
        marks = r":|=|means" if verdict[:1].isdigit() else r":|=|–|—|-|if|when|means|only|where|for|unless"
        match = re.search(
            rf"(?<!\w){re.escape(verdict)}(?!\w)[\"'`”*\])]{{0,3}}\s*(?:{marks})"
            rf"\s*(?P<about>[^\n]{{12,400}})",
            instructions,
        )
        if match:
            found.append(f"{verdict}: {match['about'].strip()}")
    return tuple(found)


_BEST = re.compile(r"^(?:pass\w*|yes|correct|good|acceptable|1|5|approved?)\b", re.IGNORECASE)


def _from_definition(definitions: Sequence[str], case: Case) -> tuple[Criterion, ...]:
    """What the best verdict demands, as criteria, where there is nothing to compare the answer with."""
    if case.material.reference or case.material.context:
        return ()
    best = next((d for d in definitions if _BEST.match(d)), "")
    about = re.split(r"(?<=[a-z])[.;]|\bfail\b|\bno\b:", best.partition(":")[2], maxsplit=1, flags=re.IGNORECASE)[0]
    pieces = re.split(
        r",\s*(?:and\s+)?|\s+and\s+(?=(?:does|do|is|has|gives?|mentions?|contains?|stays?|apolog|uses?|no|not)\w*)",
        about,
    )
    return tuple(Criterion(p.strip()) for p in pieces if len(p.split()) >= 2)
