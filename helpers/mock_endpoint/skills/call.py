"""Call functions: pick the tool that fits each part of a request, fill its arguments, and go on from the results.

A tool fits by the meaning and the words of its name, description and parameters, by its name standing in the request,
and by whether its arguments are there to be found. A request of several parts is several calls; a part whose arguments
only a result can give waits for it. Nothing fits: None, and another skill answers. Everything was called: the results
are told.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from ..api.schemas import Schema, alternatives, conforms, emptiest, first_words, without_descriptions
from ..config import Model
from ..evidence.prototypes import by_words, evidence
from ..extraction.documents import Document
from ..extraction.fields import Field, found_for
from ..extraction.kinds import spoken
from ..extraction.source import Source, today_in
from ..meaning.similarity import cosines
from ..reading.labels import Label
from ..reading.prompt import Prompt, Result
from ..reading.tasks import asks_for_summary
from ..text.language import content_words, overlap, sentences
from ..text.values import values
from .candidate import Call, Candidate
from .corrections import corrected
from .facts import Answering, Fact, answering, facts_of, failed, form_of, questions_in, said_as_sentence, unheard_of

# Weights of the evidence and the level from which a tool fits. Set on requests and tools that occur in no lesson and no
# test.
_MEANING, _WORDS, _NAMED, _ARGUMENTS = 1.0, 0.45, 0.9, 0.3
_CHOICE, _ALIGNED, _VERB = 0.15, 0.4, 0.15
_FREE_TEXT = 0.0
_FITS, _PART_FITS = 0.32, 0.38
_ALL_FILLED_FITS = 0.2  # for a tool with several required arguments that are all there
_SUMMARY_FITS = 0.6  # a summary needs no tool: one is meant only where it is for that, or named
_FILLED_FITS, _LEAD = 0.16, 0.12  # for a tool whose arguments are all there and that is well ahead of the next
_ARGUMENT = 0.3  # support of an argument that is enough: a request is short and holds little else
_SCALE = 12.0  # from a difference of evidence to a difference of log-probability
_MOST_PARTS = 6
_MOST_FACTS = 8  # in a message
_ONWARD = 0.15  # cosine from which a tool that takes what a result gave may be asked next
_MEANS = 0.45  # cosine from which a field of a result is what a parameter asks for
_BRIDGE = 0.30  # cosine from which a tool may give what an argument lacks

_PART = re.compile(
    r"(?:,?\s+(?:and\s+)?(?:then|after that|afterwards|finally|also|next)\s+|;\s+|(?<=[?!])\s+"
    r"|,?\s+and\s+(?=[a-z]+\b)|,\s+(?=(?:then|and)\b))",
    re.IGNORECASE,
)
_POINTS_BACK = re.compile(
    r"\b(?:it|its|them|their|that|this|those|these|the result|the answer|he|she|his|her)\b", re.IGNORECASE
)


_QUERY = re.compile(r"\b(?:query|search|text|message|content|question|keywords?|expression|terms?|topic|subject)\b")
_ABOUT_ONESELF = re.compile(r"^\s*(?:my|our|i am|i'm|i’m|we are|i have|i live|i work)\b[^?]*$", re.IGNORECASE)
_CLOSING = re.compile(
    r"(?:(?:thanks|thank you|thx|cheers|ok(?:ay)?|great|bye|goodbye|see you|good night|obrigad[oa]|gracias"
    r"|adeus|até)\b[^?.!\d]{0,40}[.!,]*\s*)+",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"\s*(?:,|&|,?\s*(?:and|or)(?:\s+(?:in|for|of|at|to))?)\s*")


@dataclass(frozen=True)
class _Fit:
    """A tool for a part of the request: its score, its arguments, and the required ones that nothing supports."""

    tool: Schema
    score: float
    arguments: dict[str, Any]
    missing: tuple[str, ...]


def call_tools(prompt: Prompt, model: Model) -> list[Candidate] | None:
    """Calls, or the results told; None when there are no tools, none may be called, or none fits."""
    if not model.reads_descriptions:
        prompt = _skimmed(prompt, model.description_words)
    tools, choice = prompt.tools.functions, prompt.tools.choice
    if not tools or choice.mode == "none":
        return _told(prompt, model) if prompt.results and prompt.schema is None and not prompt.json_mode else None
    if choice.name is not None:
        tool = next(tool for tool in tools if tool.name == choice.name)
        return [_calling([_fit(tool, 0.0, prompt.said, prompt, model)])]
    if again := _corrected(prompt):
        return [_calling([again])]
    if informing := _informing(prompt, model):
        return informing
    answers = _answers(prompt, model)
    steps = [[_informed(fits[0], prompt, model), *fits[1:]] for fits in _steps(prompt, model)]
    open_steps = [fits for fits in steps if not _was_called(fits[0], prompt.results)]
    if answers and all(answer.sure for answer in answers):
        open_steps = [fits for fits in open_steps if acts(fits[0].tool)]
    ready = _ready(open_steps, prompt, model)
    if ready:
        return _candidates(ready, prompt)
    if onward := _onward(prompt, answers, model):
        return [_calling([onward])]
    if choice.mode == "required":
        best = max((fits[0] for fits in open_steps), key=lambda fit: fit.score, default=None)
        return [_calling([best or _next_uncalled(prompt, model)])]
    if prompt.schema is not None or prompt.json_mode:
        return None  # nothing to call any more: the reply is a document
    if prompt.results:
        return _told(prompt, model)
    return _ask_for_missing(open_steps)


def _skimmed(prompt: Prompt, words: int) -> Prompt:
    """The prompt with only the first words of what its tools and their arguments are described by."""
    bare = tuple(
        replace(tool, root=without_descriptions(tool.root, words), description=first_words(tool.description, words))
        for tool in prompt.tools.functions
    )
    return replace(prompt, tools=replace(prompt.tools, functions=bare))


def call_ordered(sentence: str, name: str, text: str, prompt: Prompt, model: Model) -> Candidate | None:
    """The call that a sentence of a text orders, with arguments from it and then from the text around it.

    name is the tool it names; empty to find the one that fits. None when none fits, an argument is nowhere to be found,
    or the call was made already.
    """
    tools, choice = prompt.tools.functions, prompt.tools.choice
    if not tools or choice.mode == "none" or choice.name is not None:
        return None
    alone = replace(prompt, said=text, request=sentence, results=(), history=())
    if name:
        fit = _fit(next(tool for tool in tools if tool.name == name), 0.0, sentence, alone, model)
    else:
        ranked = _ranked(sentence, alone, model)
        if not _fits(ranked, sentence):
            return None
        fit = ranked[0]
    return None if fit.missing or _was_called(fit, prompt.results) else _calling([fit])


# --- choosing ------------------------------------------------------------------------------------------------------


def _steps(prompt: Prompt, model: Model) -> list[list[_Fit]]:
    """For each part of the request that a tool fits, the tools for it, best first."""
    required = prompt.tools.choice.mode == "required"
    request = _without_bans(prompt.request)
    whole = _ranked(request, prompt, model)
    parts = _parts(request)
    found: list[list[_Fit]] = []
    if len(parts) > 1:
        for part in parts:
            fits = _ranked(part, prompt, model)
            if fits[0].score < _PART_FITS and found and (same := _again(found[-1][0], part, prompt, model)):
                fits = [same]
            led_to = fits[0].score >= _FITS and fits[0].missing and _bridge(fits[0], prompt, model) is not None
            if (fits[0].score >= _PART_FITS or led_to) and not any(_same(fits[0], other[0]) for other in found):
                found.append(fits)
    if len({(f[0].tool.name, json.dumps(f[0].arguments, sort_keys=True)) for f in found}) > 1:
        stuck = any(fits[0].missing and _bridge(fits[0], prompt, model) is None for fits in found)
        whole_is_better = stuck and not whole[0].missing
        if not whole_is_better or not _fits(whole, prompt.said):
            return found
    several = _several_values(whole[0], prompt, model)
    fits = _fits(whole, request)
    if several and fits:
        return several
    if fits or (required and not prompt.results):
        return [whole]
    return found


def _again(before: _Fit, part: str, prompt: Prompt, model: Model) -> _Fit | None:
    """`Book A for Monday and B for Tuesday`: a part with all the arguments and no verb is the same call again."""
    arguments = _filled(before.tool, part, prompt, model)
    if _missing(before.tool, arguments) or arguments == before.arguments or not tool_required(before.tool):
        return None
    return _Fit(before.tool, before.score, arguments, ())


_BAN = re.compile(
    r"\b(?:never|nunca|jamás)\b|(?:^|[:;,]|\b(?:and|but|please))\s*(?:do not|don't|don’t|não)\s+\w+", re.IGNORECASE
)


def _without_bans(request: str) -> str:
    """A request without the sentences that forbid something: what they name is not to be called."""
    banned = [s for s in sentences(request) if _BAN.search(s)]
    left = " ".join(s for s in sentences(request) if s not in banned)
    return left if banned and left else request


def _fits(ranked: Sequence[_Fit], said: str) -> bool:
    """Whether the best tool is meant at all. A remark about oneself is not a request."""
    best, others = ranked[0], [fit.score for fit in ranked[1:]]
    if _CLOSING.fullmatch(said.strip()):
        return False
    if asks_for_summary(said):
        return best.score >= _SUMMARY_FITS
    if best.score >= _FITS:
        return True
    if not best.missing and len(tool_required(best.tool)) > 1 and best.score >= _ALL_FILLED_FITS:
        return True
    ahead = best.score - max(others, default=0.0) >= _LEAD
    return ahead and not best.missing and best.score >= _FILLED_FITS and not _ABOUT_ONESELF.search(said)


def _next_uncalled(prompt: Prompt, model: Model) -> _Fit:
    """Where a call is demanded and none is due: the best tool not called yet, such as one that takes the outcome."""
    called = {result.name for result in prompt.results}
    tools = [tool for tool in prompt.tools.functions if tool.name not in called]
    if not tools:
        return _ranked(prompt.said, prompt, model)[0]
    near = cosines(model, [prompt.said], [f"{spoken(tool.name)}. {tool.description}" for tool in tools])[0]
    best = max(range(len(tools)), key=lambda i: float(near[i]))
    return _fit(tools[best], float(near[best]), prompt.said, prompt, model)


def _parts(said: str) -> list[str]:
    parts = [p.strip() for s in sentences(said) for p in _PART.split(s) if p and len(p.split()) > 1]
    return parts[:_MOST_PARTS]


def _ranked(text: str, prompt: Prompt, model: Model) -> list[_Fit]:
    """Every tool with its fit to a text, best first. Arguments are filled for those that may be chosen."""
    tools = prompt.tools.functions
    about = [f"{spoken(tool.name)}. {tool.description}" for tool in tools]
    meaning = cosines(model, [text], about)[0]
    by_name = cosines(model, [text], [spoken(tool.name) for tool in tools])[0]
    closest = by_words([Label(spoken(tool.name), (tool.description,)) for tool in tools], text, model)
    scores = []
    for i, tool in enumerate(tools):
        wanted = content_words(text)
        own = content_words(about[i]) + [w for name in _parameters(tool) for w in content_words(spoken(name))]
        named = re.search(rf"(?<!\w){re.escape(tool.name)}(?!\w)", text) is not None and (
            "_" in tool.name or re.search(rf"{re.escape(tool.name)}\s?\(", text) is not None
        )
        same = 0.6 * float(meaning[i]) + 0.4 * float(by_name[i])
        near = max(float(meaning[i]) if tool.description else float(by_name[i]), same)
        mentioned = _mentions_choice(tool, text)
        scores.append(
            _MEANING * near
            + _WORDS * overlap(wanted, own)
            + _NAMED * named
            + _CHOICE * mentioned
            + _VERB
            * (
                wanted[:1] == content_words(spoken(tool.name))[:1]
                or wanted[:1] == content_words(spoken(tool.name))[-1:]
            )
            + _ALIGNED * max(0.0, closest[i])
        )
    order = sorted(range(len(tools)), key=lambda i: -scores[i])
    close = [i for i in order[:4] if scores[i] > scores[order[0]] - 0.35]
    fits = [_fit(tools[i], scores[i], text, prompt, model) for i in close]
    return sorted(fits, key=lambda fit: -fit.score)


def _mentions_choice(tool: Schema, text: str) -> bool:
    """Whether the text has one of the values that a parameter of the tool is chosen from."""
    for node in _parameters(tool).values():
        for one in alternatives(node, tool.root):
            for value in one.get("enum") or ():
                if (
                    re.search(rf"(?<!\w){re.escape(spoken(str(value)))}(?!\w)", text, re.IGNORECASE)
                    and len(str(value)) > 1
                ):
                    return True
    return False


def _parameters(tool: Schema) -> dict[str, Any]:
    return tool.root.get("properties") or {}


def _same(one: _Fit, other: _Fit) -> bool:
    return one.tool.name == other.tool.name and one.arguments == other.arguments


def _was_called(fit: _Fit, results: Sequence[Result]) -> bool:
    """Whether the tool was called since with these arguments, or with arguments that a result had to give."""
    for result in results:
        if result.name != fit.tool.name:
            continue
        try:
            made = json.loads(result.arguments)
        except ValueError:
            return True
        told = _prose_of(fit.tool) if acts(fit.tool) else ""  # the same message in other words is the same message
        given = {k: v for k, v in fit.arguments.items() if k != told}
        if not isinstance(made, dict) or fit.missing or all(made.get(k) == v for k, v in given.items()):
            return True
    return False


def _several_values(fit: _Fit, prompt: Prompt, model: Model) -> list[list[_Fit]]:
    """`The weather in Oslo and Lima`: a call for each of the values, for a tool that takes one."""
    required = [name for name in tool_required(fit.tool) if name in _parameters(fit.tool)]
    if len(required) != 1:
        return []
    options = [o for o in alternatives(_parameters(fit.tool)[required[0]], fit.tool.root) if o.get("type") != "null"]
    if len(options) != 1 or options[0].get("type") not in ("string", "integer", "number") or options[0].get("enum"):
        return []
    own = Field((required[0],), options[0], False, True)
    source = Source(prompt.said, model)
    found = found_for(own, source, frozenset(content_words(f"{spoken(fit.tool.name)} {fit.tool.description}")))
    if not found or found[0].support < _ARGUMENT:
        return []
    near = sorted((f for f in found if f.support > found[0].support - 0.45), key=lambda f: f.start)
    chained = [found[0]]
    for one in near:
        if _BETWEEN.fullmatch(source.text[chained[-1].end : one.start]):
            chained.append(one)
        elif _BETWEEN.fullmatch(source.text[one.end : chained[0].start]):
            chained.insert(0, one)
    between = [source.text[one.end : other.start] for one, other in pairwise(chained)]
    # Two with only a comma between are one place and its region: `Porto, Portugal`.
    if len(chained) < 2 or (len(chained) == 2 and between[0].strip() == ","):
        return []
    return [[_Fit(fit.tool, fit.score, {**fit.arguments, required[0]: one.value}, ())] for one in chained]


# --- arguments -----------------------------------------------------------------------------------------------------


def tool_required(tool: Schema) -> list[str]:
    return list(tool.root.get("required") or ())


def _fit(tool: Schema, score: float, text: str, prompt: Prompt, model: Model) -> _Fit:
    """The tool with arguments from the part of the request, then the whole request, then results and earlier turns."""
    arguments = _typed(tool, _filled(tool, text, prompt, model), prompt)
    missing = _missing(tool, arguments)
    given = _from_facts(tool, missing, prompt)
    arguments |= given
    missing = tuple(name for name in missing if name not in given)
    results = "\n".join(as_lines(result.text) for result in prompt.results)
    earlier = "\n".join(turn.text for turn in prompt.history if turn.role == "user")
    for more in (results, prompt.said if text != prompt.said else "", earlier):
        if not missing or not more.strip():
            continue
        others = _typed(tool, _filled(tool, more, prompt, model), prompt)
        if more is results and (facts := facts_of(prompt.results)):
            others = {k: v for k, v in others.items() if _may_be_given(k, v, tool, facts, prompt, model)}
        used = [v for v in arguments.values() if isinstance(v, str)]
        arguments |= {k: v for k, v in others.items() if k not in arguments and v not in used}
        missing = tuple(name for name in missing if name not in arguments)
    required = tool_required(tool)
    held = 1 - len(missing) / len(required) if required else 0.5
    score += _ARGUMENTS * (held - 0.5)
    return _Fit(tool, score, arguments, missing)


def _filled(tool: Schema, text: str, prompt: Prompt, model: Model) -> dict[str, Any]:
    """The arguments that the text supports."""
    called = _called_like_code(tool, text)
    if called is not None:
        text = called
    # As in a schema that requires nothing: what is not supported stays out.
    loose = Schema(tool.name, {**tool.root, "required": []}, tool.description)
    document = Document(
        loose,
        Source(text, model, today_in(f"{prompt.rules}\n{prompt.said}")),
        lambda labels, own: evidence(labels, (), own, model),
        echo=frozenset(content_words(f"{spoken(tool.name)} {tool.description}")),
        enough=_ARGUMENT,
    )
    value = document.filled().value
    filled = value if isinstance(value, dict) else {}
    for name in tool_required(tool):
        options = alternatives(_parameters(tool).get(name, {}), tool.root)
        own = Field((name,), options[0], False, True)
        if options[0].get("type") == "string" and own.prose and (told := _told_after(text)):
            filled[name] = told
        if name in filled or options[0].get("type") != "string" or options[0].get("enum") or own.kinds:
            continue
        # Words for a search, the text of a message: what the request holds beside the words that name the tool.
        free = [f for f in found_for(own, document.source, document.echo) if f.value not in filled.values()]
        if free and free[0].support > _FREE_TEXT:
            whole = _QUERY.search(own.name)
            filled[name] = max(free[:3], key=lambda f: len(str(f.value))).value if whole else free[0].value
    return filled


def _typed(tool: Schema, arguments: dict[str, Any], prompt: Prompt) -> dict[str, Any]:
    """The arguments without values of a form that the parameter does not take, or that another tool's takes better.

    An e-mail address, a date or a link that is asked for is one; a name is left to the tool that asks for a name.
    """
    kept = {}
    for name, value in arguments.items():
        options = alternatives(_parameters(tool).get(name, {}), tool.root)
        field = Field((name,), options[0], False, True)
        form = form_of(value) if isinstance(value, str) else ""
        strict = field.kinds[0] if field.kinds[:1] in (("email",), ("url",)) else ""
        if (strict and form != strict) or (field.kinds[:1] == ("code",) and form in ("date", "time", "email")):
            continue
        free = field.prose or options[0].get("enum") or options[0].get("type") != "string" or _QUERY.search(field.name)
        if form and not free and form not in field.kinds and _taken_by_another(form, value, tool, prompt):
            continue
        kept[name] = value
    return kept


def _taken_by_another(form: str, value: str, tool: Schema, prompt: Prompt) -> bool:
    """Whether another tool requires a value of just this form: what it finds may be what this tool lacks."""
    for other in prompt.tools.functions:
        for name in tool_required(other) if other.name != tool.name and not acts(other) else ():
            node = alternatives(_parameters(other).get(name, {}), other.root)[0]
            kinds = Field((name,), node, False, True).kinds
            if node.get("type") == "string" and kinds[:1] == (form,) and conforms(value, node):
                return True
    return False


def _from_facts(tool: Schema, missing: Sequence[str], prompt: Prompt) -> dict[str, Any]:
    """Values for what is missing that results gave under the same name, the newest first."""
    facts = facts_of(prompt.results)
    found: dict[str, Any] = {}
    for name in missing:
        node = alternatives(_parameters(tool).get(name, {}), tool.root)[0]
        for fact in reversed(_first_rows(facts)):
            if _same_name(name, fact, prompt) and (value := _as_asked(fact.value, node)) is not None:
                found[name] = value
                break
    return found


def _first_rows(facts: Sequence[Fact]) -> list[Fact]:
    """Of a list's rows only the first: nothing says that another is meant."""
    first: dict[tuple[int, str], Fact] = {}
    for fact in facts:
        first.setdefault((fact.result, fact.name), fact)
    return list(first.values())


def _same_name(name: str, fact: Fact, prompt: Prompt) -> bool:
    """`customer_id` is `customer id`, and the `id` that `find_customer` gave."""
    own, theirs = spoken(name).split(), fact.spoken.split()
    source = spoken(prompt.results[fact.result].name).split()
    return own == theirs or (len(own) > len(theirs) and own[-len(theirs) :] == theirs and own[0] in source)


def _as_asked(value: Any, node: Any) -> Any:
    """The value in the type that a parameter asks for; None where it does not fit."""
    if conforms(value, node):
        return value
    return str(value) if conforms(str(value), node) else None


_THAT = re.compile(r"\b(?:that|to|about|saying|says?|of)\s+(?=\w)|:\s+(?=\w)", re.IGNORECASE)


def _told_after(text: str) -> str:
    """What is to be said or remembered: `remind me tomorrow to call Ana on Friday` -> `call Ana`."""
    match = _THAT.search(text)
    if match is None:
        return ""
    rest = text[match.end() :].strip().rstrip(".!?")
    for value in values(rest, "date"):
        rest = re.sub(rf"\s*\b(?:on\s+|by\s+|for\s+)?{re.escape(value.text)}\s*$", "", rest)
    return rest


def _called_like_code(tool: Schema, text: str) -> str | None:
    """`magic(3, "x")` names its arguments by their order: as `first: 3`, `second: x`."""
    match = re.search(rf"(?<!\w){re.escape(tool.name)}\s?\(([^()\n]*)\)", text)
    if match is None:
        return None
    given = [part.strip() for part in match[1].split(",") if part.strip()]
    names = list(_parameters(tool))
    return "\n".join(
        part if re.match(r"\w+\s?=", part) else f"{name}: {part}" for name, part in zip(names, given, strict=False)
    )


def _missing(tool: Schema, arguments: dict[str, Any]) -> tuple[str, ...]:
    """Required arguments that are not filled; one that may be null or has one value is not missing."""
    missing = []
    for name in tool_required(tool):
        options = alternatives(_parameters(tool).get(name, {}), tool.root)
        fixed = any(o.get("type") == "null" or "const" in o for o in options)
        if name not in arguments and not fixed and options[0].get("type") != "boolean":
            missing.append(name)
    return tuple(missing)


def _completed(fit: _Fit) -> dict[str, Any]:
    """The arguments with the emptiest value for each required one that nothing supports."""
    properties = _parameters(fit.tool)
    required = tool_required(fit.tool)
    value = {}
    for name in dict.fromkeys((*properties, *required)):
        if name in fit.arguments:
            value[name] = fit.arguments[name]
        elif name in required:
            value[name] = emptiest(properties.get(name, {}), fit.tool.root)
    return value


# --- going on ------------------------------------------------------------------------------------------------------


def _ready(steps: Sequence[list[_Fit]], prompt: Prompt, model: Model) -> list[list[_Fit]]:
    """The steps to take now: those with all their arguments; else a tool that can give what one lacks."""
    waits = [bool(i and not prompt.results and _depends(fits[0])) for i, fits in enumerate(steps)]
    ready: list[list[_Fit]] = []
    for fits, wait in zip(steps, waits, strict=True):
        if fits[0].missing and not wait and (bridge := _bridge(fits[0], prompt, model)):
            fits = [bridge]
        if not fits[0].missing and not wait and not any(_same(fits[0], other[0]) for other in ready):
            ready.append(fits)
    return ready[: model.calls_at_once if prompt.tools.parallel else 1]


def _corrected(prompt: Prompt) -> _Fit | None:
    """The last call again, as its error says it should have been made."""
    arguments = corrected(prompt.results) if prompt.results else None
    if arguments is None:
        return None
    tool = next((tool for tool in prompt.tools.functions if tool.name == prompt.results[-1].name), None)
    return None if tool is None else _Fit(tool, 0.0, arguments, ())


def _answers(prompt: Prompt, model: Model) -> list[Answering]:
    """What answers each question of the request; empty unless every one has an answer."""
    facts = facts_of(prompt.results)
    found = [answering(q, facts, prompt.results, model) for q in questions_in(prompt.request)] if facts else []
    return [one for one in found if one is not None] if all(found) else []


def _onward(prompt: Prompt, answers: Sequence[Answering], model: Model) -> _Fit | None:
    """The tool to ask next where the results do not answer surely yet: one that takes what they gave.

    It is the one that speaks most of what is asked, and more than what there is so far. A tool that changes something
    is never called only because it could be.
    """
    facts = facts_of(prompt.results)
    if not facts or (answers and all(answer.sure for answer in answers)) or not questions_in(prompt.request):
        return None
    called = {result.name for result in prompt.results}
    found = []
    for tool in prompt.tools.functions:
        if tool.name in called or acts(tool):
            continue
        fit = _fit(tool, 0.0, prompt.said, prompt, model)
        if not fit.missing and any(_given(name, fit, facts, prompt) for name in tool_required(tool)):
            found.append(fit)
    if not found:
        return None
    asked = answers[0].question if answers else prompt.said
    near = cosines(model, [asked], [f"{spoken(f.tool.name)}. {f.tool.description}" for f in found])[0]
    best = max(range(len(found)), key=lambda i: float(near[i]))
    so_far = min((answer.near for answer in answers), default=0.0)
    least = 0.0 if unheard_of(prompt.said, prompt.results) else max(_ONWARD, so_far)
    return found[best] if float(near[best]) >= least else None


def _may_be_given(name: str, value: Any, tool: Schema, facts: Sequence[Fact], prompt: Prompt, model: Model) -> bool:
    """Whether a value from the results is meant by an argument; one that no fact has alone is left to the text."""
    own = [fact for fact in facts if fact.text == str(value)]
    if not own or _given(name, _Fit(tool, 0.0, {name: value}, ()), own, prompt):
        return True
    asked = f"{spoken(name)}. {_about(tool, name)}"
    return float(cosines(model, [asked], [fact.spoken for fact in own]).max()) >= _MEANS


def _given(name: str, fit: _Fit, facts: Sequence[Fact], prompt: Prompt) -> bool:
    """Whether a result gave an argument: under its name, in its pattern, or as a value of the form it asks for."""
    node = alternatives(_parameters(fit.tool).get(name, {}), fit.tool.root)[0]
    kinds = Field((name,), node, False, True).kinds
    for fact in facts:
        if fact.text == str(fit.arguments.get(name)):
            form = form_of(fact.text)
            if _same_name(name, fact, prompt) or "pattern" in node or (form and kinds[:1] == (form,)):
                return True
    return False


# --- telling somebody what is not known yet ------------------------------------------------------------------------

_CLAUSE = re.compile(r"\b(?:when|whether|what|which|who|where|how (?:much|many|long|often))\b[^.?!\n]+", re.IGNORECASE)


def _informing(prompt: Prompt, model: Model) -> list[Candidate] | None:
    """`Write to Ana when it arrives`: what finds out when, as long as that is not known; None for any other request."""
    clause = _clause(prompt, model)
    reading = tuple(tool for tool in prompt.tools.functions if not acts(tool))
    if clause is None or not reading:
        return None
    alone = replace(prompt, said=clause, request=clause, tools=replace(prompt.tools, functions=reading))
    answers = _answers(alone, model)
    if answers and all(answer.sure for answer in answers):
        return None
    open_steps = [fits for fits in _steps(alone, model) if not _was_called(fits[0], prompt.results)]
    if ready := _ready(open_steps, alone, model):
        return _candidates(ready, alone)
    onward = _onward(alone, answers, model)
    return [_calling([onward])] if onward else None


def _clause(prompt: Prompt, model: Model) -> str | None:
    """The question inside a request that tells somebody else the answer."""
    match = _CLAUSE.search(prompt.request)
    tellers = [tool for tool in prompt.tools.functions if acts(tool) and _prose_of(tool)]
    if match is None or not match.start() or not tellers or prompt.request.rstrip().endswith("?"):
        return None
    if _SELF.search(prompt.request[: match.start()]):
        return None
    return f"{match.group().strip()}?"


_SELF = re.compile(r"\b(?:tell|let|show|inform|give) me\b", re.IGNORECASE)


def _prose_of(tool: Schema) -> str:
    """The parameter that takes what is to be said, if a tool has one."""
    for name, node in _parameters(tool).items():
        if Field((name,), alternatives(node, tool.root)[0], False, True).prose:
            return name
    return ""


def _informed(fit: _Fit, prompt: Prompt, model: Model) -> _Fit:
    """What is to be said, with what the results tell of it in place of the words that ask for it."""
    name, facts = _prose_of(fit.tool), facts_of(prompt.results)
    if not acts(fit.tool) or not name or not facts or fit.tool.name in {r.name for r in prompt.results}:
        return fit
    said = str(fit.arguments.get(name, ""))
    clause = _clause(prompt, model) or f"{said}?"
    found = answering(clause, facts, prompt.results, model)
    if found is not None:
        told = said_as_sentence(found, prompt.results, source=False)
    elif not said or _POINTS_BACK.search(said):
        told = "; ".join(f"{fact.spoken}: {fact.text}" for fact in facts[:_MOST_FACTS])
    else:
        return fit
    return replace(fit, arguments={**fit.arguments, name: told}, missing=tuple(m for m in fit.missing if m != name))


_ACTS = re.compile(
    r"^(?:send|e-?mail|delete|remove|cancel|refund|book|create|update|change|set|add|pay|transfer|order|buy|place|post"
    r"|publish|approve|reject|open|close|move|write|renew|reserve|schedule|grant|revoke|charge|issue|submit|notify"
    r"|assign|block|reset|archive|upload|message|tell|remind)\b",
    re.IGNORECASE,
)


def acts(tool: Schema) -> bool:
    """Whether a tool changes something in the world, by the verb of its name or of its description."""
    first = first_words(tool.description, 1)
    return bool(_ACTS.match(spoken(tool.name)) and not first.lower().startswith(_READS)) or bool(_ACTS.match(first))


_READS = ("find", "get", "look", "list", "show", "read", "search", "return", "the", "when", "number", "whether")


def _depends(fit: _Fit) -> bool:
    """Whether an argument only points back: `send it`."""
    return any(isinstance(v, str) and _POINTS_BACK.fullmatch(v.strip()) for v in fit.arguments.values())


def _bridge(fit: _Fit, prompt: Prompt, model: Model) -> _Fit | None:
    """A tool not called yet whose arguments are there and that speaks of what another tool lacks."""
    if not fit.missing:
        return None
    lacking = [f"{spoken(name)} {_about(fit.tool, name)}".strip() for name in fit.missing]
    others = [tool for tool in prompt.tools.functions if tool.name != fit.tool.name]
    if not others:
        return None
    near = cosines(model, lacking, [f"{spoken(tool.name)}. {tool.description}" for tool in others]).max(axis=0)
    for i in sorted(range(len(others)), key=lambda i: -float(near[i])):
        if float(near[i]) < _BRIDGE:
            return None
        other = _fit(others[i], float(near[i]), prompt.said, prompt, model)
        if not other.missing and not _was_called(other, prompt.results):
            return other
    return None


def _about(tool: Schema, name: str) -> str:
    own = _parameters(tool).get(name)
    return str(own.get("description") or "") if isinstance(own, dict) else ""


# --- replies -------------------------------------------------------------------------------------------------------


def _candidates(steps: Sequence[list[_Fit]], prompt: Prompt) -> list[Candidate]:
    """The best calls, and for a single step the next best tools as unlikely candidates."""
    candidates = [_calling([fits[0] for fits in steps])]
    if len(steps) == 1:
        best = steps[0][0].score
        candidates += [_calling([fit], _SCALE * (fit.score - best)) for fit in steps[0][1:3] if not fit.missing]
    return candidates


def _calling(fits: Sequence[_Fit], score: float = 0.0) -> Candidate:
    calls = tuple(Call(fit.tool.name, json.dumps(_completed(fit), ensure_ascii=False)) for fit in fits)
    return Candidate("", score, calls)


def _ask_for_missing(steps: Sequence[list[_Fit]]) -> list[Candidate] | None:
    """A plain question for what a fitting tool lacks."""
    lacking = next((fits[0] for fits in steps if fits[0].missing), None)
    if lacking is None:
        return None
    names = " and ".join(spoken(name) for name in lacking.missing)
    return [
        Candidate(f"To use {lacking.tool.name} I need the {names}. What is it?", 1.0),
        Candidate(f"Please tell me the {names}, then I can call {lacking.tool.name}.", 0.0),
    ]


_WHOLE_WORDS = 80  # results of no more words are told whole


def _told(prompt: Prompt, model: Model) -> list[Candidate]:
    """The answer in a sentence; else what failed, or what the tools answered, in their own words.

    Of a long result only the lines nearest to the request are told.
    """
    facts = facts_of(prompt.results)
    found = [answering(q, facts, prompt.results, model) for q in questions_in(prompt.request)] if facts else []
    answers = [answer for answer in found if answer is not None]
    if answers:
        said = [said_as_sentence(answer, prompt.results) for answer in answers]
        spoken_for = {fact.result for answer in answers for fact in answer.facts}
        others = [r for i, r in enumerate(prompt.results) if i not in spoken_for and not failed(r)]
        # A question that no fact answers: what is left of the results may.
        said += [f"{spoken(r.name)}: {_one_line(as_lines(r.text))}" for r in others if len(answers) < len(found)]
        said += [f"{r.name} failed: {failed(r)}" for r in prompt.results[-1:] if failed(r)]
        return [Candidate(" ".join(dict.fromkeys(said)), 1.0)]
    if (error := failed(prompt.results[-1])) and not _succeeded_since(prompt.results):
        return [Candidate(f"I could not find that out: {prompt.results[-1].name} failed. {error}", 1.0)]
    told = []
    for result in _worth_telling(prompt):
        lines = [line for line in as_lines(result.text).split("\n") if line.strip()] or [result.text]
        if len(result.text.split()) > _WHOLE_WORDS and len(lines) > 2:
            near = cosines(model, [prompt.said], lines)[0]
            best = sorted(sorted(range(len(lines)), key=lambda i: -float(near[i]))[:3])
            lines = [lines[i] for i in best]
        told.append((result, "; ".join(lines) if len(lines) > 1 else lines[0]))
    plain = "\n".join(text for _, text in told)
    named = "\n".join(f"{spoken(result.name)}: {text}" for result, text in told)
    return (
        [Candidate(plain, 1.0), Candidate(named, 0.0)]
        if len(told) == 1
        else [Candidate(named, 1.0), Candidate(plain, 0.0)]
    )


def _worth_telling(prompt: Prompt) -> list[Result]:
    """The results that did not fail; of a request to do something, only those of what was done."""
    good = [result for result in prompt.results if not failed(result)]
    acting = {tool.name for tool in prompt.tools.functions if acts(tool)}
    if len({result.name for result in good}) == 1 or questions_in(prompt.request):
        return good
    gave = {fact.text for fact in facts_of([r for r in good if r.name not in acting])}
    done = [result for result in good if result.name in acting]
    # What only led to the doing is not told: a result that gave it an argument.
    led = any(value in result.arguments for result in done for value in gave)
    return done if done and led else good


def _one_line(lines: str) -> str:
    return "; ".join(line for line in lines.split("\n") if line.strip())


def _succeeded_since(results: Sequence[Result]) -> bool:
    """Whether there is anything to tell beside the error of the last call."""
    return any(not failed(result) for result in results)


def as_lines(text: str) -> str:
    """A JSON result as `key: value` lines, so that its values can be found by name; other text as it is."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    lines = list(_flat(value, ()))
    return "\n".join(lines) if isinstance(value, dict | list) else str(value)


def _flat(value: Any, path: tuple[str, ...]) -> list[str]:
    if isinstance(value, dict):
        return [line for key, own in value.items() for line in _flat(own, (*path, str(key)))]
    if isinstance(value, list):
        return [line for own in value for line in _flat(own, path)]
    return [f"{spoken(' '.join(path))}: {value}" if path else str(value)]
