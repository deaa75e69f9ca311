"""Labels a prompt offers to choose from, with what it says about each of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .blocks import Block

MOST_WORDS = 6  # of a label's name
_MOST_LABELS = 200


@dataclass(frozen=True)
class Label:
    """A label as the prompt writes it, and the phrases that describe it."""

    name: str
    descriptions: tuple[str, ...] = ()


# `- billing: invoices and payments`, `2. "billing" - ...`, `**billing** = ...`, `billing (invoices)`
_DEFINITION = re.compile(
    r"^[ \t]*(?P<mark>[-*•+]|\d{1,3}[.)]|\(?[a-z]\))?[ \t]*(?P<wrap>\*\*|[\"'`“]|__)?(?P<name>[\w][\w '&/+.-]{0,60}?)"
    r"(?:\*\*|[\"'`”]|__)?[ \t]*(?:(?P<sign>:\*\*|:|=|–|—|->|=>| - )[ \t]*(?P<about>[^\n]*)"
    r"|\((?P<inside>[^)\n]{3,})\)[.;,]?)?[ \t]*$",
    re.MULTILINE,
)
_CHOOSING = re.compile(
    r"\b(?:classif\w*|categori[sz]\w*|label\w*|tag|tags|sort(?:ed|ing)?|rout(?:e|es|ing)|assign\w*|triag\w*|sentiment|choose|pick|select"
    r"|decide (?:whether|which|if)|determine (?:whether|which|if|the)|which (?:of|category|label|class|topic"
    r"|team|department|queue)"
    r"|what (?:category|label|class|topic|sentiment|intent)|one of|either|detect|identify (?:the )?(?:intent"
    r"|topic|sentiment|category"
    r"|language|emotion)|is (?:the|this|it|that)\b[^.?!\n]{0,60} or|one category|one label|exactly one"
    r"|(?:rate|judge|decide|grade) (?:the|this|each|every|how|its)|(?:urgency|severity|priority) of"
    r"|(?:tell|say) (?:me )?(?:which|whether|if)|which \w+(?: \w+){0,4} (?:does|is|should|handles?|fits?"
    r"|applies|concerns?)"
    r"|intents?|(?:reply|answer|respond) with (?:only |just )?(?:the |one |a |its )?(?:label|category|class"
    r"|name|team|option"
    r"|letter|intent|level|topic)"
    r"|asigna|atribu[ai]|escolhe|etiquet\w+"
    r"|belongs? to|classifi\w*|categor\w*|escolha|clasific\w*|elige)\b",
    re.IGNORECASE,
)
_LIST_LEAD = re.compile(
    r"\b(?:one of(?: (?:these|the following|the))?(?: \w+){0,2}|labels?|categories|classes|options|topics"
    r"|choices|intents|either"
    r"|between|as(?: either)?|into(?: either| one of)?|(?:whether|if) (?:it|this|the \w+(?: \w+)?) is"
    r"|is (?:it|this|that|(?:the|this)(?: following)? \w+)|possible values|allowed values"
    r"|following(?: \w+){0,2}|uma (?:de|das)(?: \w+)?|categorias|como|(?:three|two|four|five|six) \w+)(?: are"
    r"| is)?\b\s*[:\-(]?\s*",
    re.IGNORECASE,
)
_COLON = re.compile(r"(?::[ \t]+|\()(?=[\"'`“]?\w)")
_TERM = r"[\w&+'’-]+(?:[./][\w&+'’-]+)*"
_ITEM = rf"(?:[\"'`“‘*]{{0,2}}(?=\w){_TERM}(?: {_TERM}){{0,4}}?[\"'`”’*]{{0,2}})"
_SEPARATOR = r"(?:\s*,\s*(?:or\s+|and\s+|ou\s+|e\s+|o\s+|y\s+)?|\s*\|\s*|\s+(?:or|and|ou|o|y|e)\s+|\s*;\s*|\s*/\s*)"
_INLINE = re.compile(
    rf"[\[({{]?\s*({_ITEM}(?:{_SEPARATOR}{_ITEM}){{1,40}})\s*[\])}}]?(?=[.:;\n?!)\]}}]|$|\s+[-–—]\s)", re.MULTILINE
)


# `Answer yes or no`, `reply only "true" or "false"`, `responda sim ou não`: an order and all that may follow it.
_ANSWER = r"(?:[\"'`“‘](?P<{0}q>[^\"'`”’\n]{{1,40}})[\"'`”’]|(?P<{0}>[\w-]+))"
_ANSWER_WITH = re.compile(
    r"\b(?:answer|reply|respond|say|output|return|write|print|responda?|responde)\b(?:[ \t]+(?:only|just"
    r"|simply|with|either|exactly"
    r"|the|words?|a|plain|single|by|solo|con|apenas|só|com))*:?[ \t]+"
    + _ANSWER.format("one")
    + r"(?:[ \t]+(?:or|ou|o)[ \t]+|[ \t]?/[ \t]?)"
    + _ANSWER.format("two")
    + r"(?=[ \t]*(?:[.,;!)\n]|only|and nothing|$))",
    re.IGNORECASE,
)


_GIVEN = re.compile(
    r"(?:[\w'’]+ ){0,2}(?:answer|response|reply|completion|candidate|reference|summary)(?: (?:[a-z]|\d{1,2}))?",
    re.IGNORECASE,
)
_PLURAL_LIST = re.compile(
    rf"^[ \t]*\**(?P<name>[A-Za-z]{{3,20}}s):\**[ \t]*{_ITEM}(?:{_SEPARATOR}{_ITEM})+[ \t.]*$", re.MULTILINE
)


def asks_to_choose(instructions: str) -> bool:
    """Whether instructions speak of classifying, sorting or choosing."""
    return bool(_CHOOSING.search(instructions) or _ANSWER_WITH.search(instructions) or _names_a_list(instructions))


def _names_a_list(instructions: str) -> bool:
    """`Put each headline into one section.` with a line `Sections: politics, sport`."""
    for match in _PLURAL_LIST.finditer(instructions):
        name = match["name"].lower()
        one = name[:-3] + "y" if name.endswith("ies") else name[:-1]
        if re.search(
            rf"\b(?:one|an?|the|which|single|each|its|best)\s+(?:\w+\s+)?{re.escape(one)}\b",
            instructions,
            re.IGNORECASE,
        ):
            return True
    return False


def read_labels(parts: Sequence[Block], outputs: Iterable[str]) -> list[Label]:
    """The labels that a prompt's instructions offer, else the outputs of its examples; fewer than two are none."""
    labels = _listed(parts) or _inline(parts) or _from_outputs(outputs)
    unique = {label.name.lower(): label for label in reversed(labels)}
    kept = list(dict.fromkeys(label.name.lower() for label in labels))
    return [unique[name] for name in kept][:_MOST_LABELS] if len(kept) >= 2 else []


def _listed(parts: Sequence[Block]) -> list[Label]:
    """A list of definitions, one a line: under a heading such as Labels, or after a line that ends with a colon."""
    best: list[Label] = []
    for part in parts:
        announced = part.role == "labels"
        for run, lead in _runs(part.text):
            found = [label for line in run if (label := _defined(line)) is not None]
            described = sum(bool(label.descriptions) for label in found)
            fits = len(found) >= 2 and len(found) >= 0.8 * len(run)
            if (
                fits
                and (announced or _CHOOSING.search(lead) or _LIST_LEAD.search(lead) or described >= 2)
                and len(found) > len(best)
            ):
                best = found
    return best


def _runs(text: str) -> Iterable[tuple[list[str], str]]:
    """Runs of lines that look like items of a list, each with the line of prose before it."""
    run: list[str] = []
    lead = ""
    for line in [*text.split("\n"), ""]:
        if _is_item(line):
            run.append(line)
            continue
        if run and not line.strip() and _DEFINITION.match(run[-1])["mark"]:  # type: ignore[index]
            continue
        if len(run) >= 2:
            yield run, lead
        run, lead = [], line or lead
    if len(run) >= 2:
        yield run, lead


def _is_item(line: str) -> bool:
    match = _DEFINITION.match(line) if line.strip() and len(line) < 600 else None
    if match is None or _defined(line) is None:
        return False
    if not (match["mark"] or match["sign"] or match["inside"]) and line.rstrip().endswith((".", "!", "?")):
        return False  # a short sentence
    return bool(match["mark"] or match["sign"] or match["inside"] or len(match["name"].split()) <= 3)


def _defined(line: str) -> Label | None:
    match = _DEFINITION.match(line)
    if match is None:
        return None
    name = match["name"].strip(" -\"'`*")
    about = (match["about"] or match["inside"] or "").strip().strip("*").strip()
    if not name or len(name.split()) > MOST_WORDS or ". " in name:
        return None
    if match["sign"] and not match["mark"] and (not about or _GIVEN.fullmatch(name)):
        return None  # a line that announces the list: `Categories:`, or a text that is given: `Answer A: ...`
    return Label(name, (about,) if about else ())


def _inline(parts: Sequence[Block]) -> list[Label]:
    """`one of: billing, technical or account`, `as positive, negative or neutral`, `[a, b, c]`, `a | b`."""
    for part in parts:
        if part.role == "labels" and (match := _INLINE.match(part.text.strip())):
            return _items(match[1])
    for part in parts:
        if not asks_to_choose(part.text):
            continue
        found = [
            items
            for lead in (*_LIST_LEAD.finditer(part.text), *_COLON.finditer(part.text))
            if (match := _INLINE.match(part.text, lead.end())) and len(items := _items(match[1])) >= 2
        ]
        if found:
            # "Label each message as hardware or software" has two leads; the labels are the shortest names.
            return min(found, key=lambda items: max(len(label.name.split()) for label in items))
    for part in parts:
        if match := _ANSWER_WITH.search(part.text):
            return [Label(match["oneq"] or match["one"]), Label(match["twoq"] or match["two"])]
    return []


def _items(text: str) -> list[Label]:
    names = [
        re.sub(r"^(?:or|and|ou|either|about|as|an?|the)\s+", "", item.strip(), flags=re.IGNORECASE)
        for item in re.split(_SEPARATOR, text)
    ]
    names = [name.strip(" \"'`“”‘’*.") for name in names]
    return [Label(name) for name in names if name and len(name.split()) <= MOST_WORDS]


def _from_outputs(outputs: Iterable[str]) -> list[Label]:
    return [
        Label(output) for output in dict.fromkeys(o.strip() for o in outputs) if 0 < len(output.split()) <= MOST_WORDS
    ]


def described_by_rules(labels: Sequence[Label], rules: Sequence[str]) -> list[Label]:
    """Labels with the sentences added that speak of exactly one of them: `Anything about a refund is billing.`"""
    names = [re.compile(rf"(?<!\w){re.escape(label.name)}(?!\w)", re.IGNORECASE) for label in labels]
    added: list[list[str]] = [[] for _ in labels]
    for sentence in rules:
        named = [i for i, name in enumerate(names) if name.search(sentence)]
        if len(named) == 1 and len(sentence.split()) >= 4 and len(sentence) < 400:
            added[named[0]].append(names[named[0]].sub("", sentence).strip(" .:"))
    return [Label(label.name, label.descriptions + tuple(extra)) for label, extra in zip(labels, added, strict=True)]
