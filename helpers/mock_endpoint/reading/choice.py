"""A task of choosing, read by its form: the options that a prompt lists, and the text that is left beside them.

No verb has to announce it: `Put`, `file under`, `which of`, `Topic?` and a bare `x or y?` all leave the same parts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from .blocks import Block, Page, role_of
from .labels import Label, asks_to_choose
from .options import Options, in_sentences, listed, noun_of, singular
from .tasks import is_data_rule


@dataclass(frozen=True)
class Choice:
    """labels: the options. text: what one is chosen for. delimited: whether marks set it apart. texts: each of several
    that are each to get one. wants: `name`, or `mark` for the letter or number in front of an option."""

    labels: tuple[Label, ...]
    text: str
    delimited: bool
    texts: tuple[str, ...] = ()
    strength: int = 0
    told: str = ""  # everything beside the text


_ORDER = re.compile(
    r"\s*(?:[-*•]\s+)?(?:now\s+|please\s+|then\s+|kindly\s+|your (?:task|job)\b|you (?:are|will|must|should|get"
    r"|sort|file|grade|read|classify|decide|triage|label)\b"
    r"|(?:lee|lê|leia|answer|assign|categori[sz]e|choose|classify|copy|decide|detect|determine|do not|don't|file"
    r"|fill|find|give|grade|group|identify|judge|label|map|mark|match"
    r"|name|output|pick|place|print|put|rank|rate|react|read|reply|respond|return|route|say|select|send|sort"
    r"|state|tag|tell|triage|use|write|only|just|one word|one label|no explanation|nothing else|every|each|for"
    r" each|here (?:is|are)|below is"
    r"|assign\w*|asigna|atribui|classifica|clasifica|coloca|decide|di|diz|dime|diga|elige|escolhe|escolha|escreve"
    r"|escribe|etiqueta|indica|identifica|marca|pon|põe|responde|responda|selecciona|seleciona|separa|só|solo"
    r"|sólo|una palabra|uma palavra|cada)\b)",
    re.IGNORECASE,
)
_ABOUT_REPLY = re.compile(
    r"\b(?:answer|reply|respond|output|return|print)\b[^.\n]{0,40}\b(?:with|only|just|as|in|the|one|name|letter"
    r"|number|json)\b"
    r"|\b(?:one word|single word|only the|letter only|number only|name only|uma palavra|una palabra|json)\b",
    re.IGNORECASE,
)
_WHICH = re.compile(
    r"^\W*(?:so,?\s+)?(?:(?:to|into|in|under|for|on|a|de|em|en|para)\s+)?(?:which|what|where|que|qué|qual|cuál"
    r"|quale?s|how (?:urgent|serious|severe|bad)|is (?:it|this|that|the)\b|are (?:they|these)\b|does (?:it|this"
    r"|that|the)\b|é\b|es\b|esta|este|¿)",
    re.IGNORECASE,
)
_MARK_ASKED = re.compile(
    r"\b(?:answer|reply|respond|return|output|give|write|say|print|state|with|by|its|only|just|which|what|choose"
    r"|pick|responde|escribe|indica|di|diz|a|o|la|el)\s+"
    r"(?:[\w'’]+\s+){0,4}?(?:letter|number|digit|letra|número|numero)\b(?! of)|\b(?:letter|number|digit|letra"
    r"|número) (?:only|of the)\b",
    re.IGNORECASE,
)
_EACH = re.compile(
    r"\b(?:each|every|all|both|per line|line by line|in (?:the same )?order|one (?:\w+ )?per|these|labels for"
    r"|array|list of|cada|todas?|todos)\b",
    re.IGNORECASE,
)
_KEYED = re.compile(
    r"^[ \t]*(?:\*\*|__)?(?P<key>[^\W\d_][\w'’ -]{0,40}?)(?:\*\*|__)?[ \t]*[:=](?:\*\*)?(?:[ \t]+|["
    r" \t]*$)(?P<value>[^\n]*)$",
    re.MULTILINE,
)
_HASH = re.compile(
    r"^[ \t]*(?:\#{1,6}[ \t]+(?P<words>[^\n#]{1,60})|\*\*(?P<bold>[^*\n]{1,60})\*\*:?)[ \t]*$", re.MULTILINE
)
_QUOTED = re.compile(r"(?<!\w)[\"“«]([^\"“”«»]{3,4000})[\"”»]|(?<!\w)'([^\n']{8,4000})'(?!\w)")
_BULLET = re.compile(
    r"^[ \t]*(?:[-*•]|\(?\d{1,3}[.):]|\[\d{1,3}\]|\(?[a-z][.)])[ \t]*(?P<text>\S[^\n]*)$", re.MULTILINE
)
_PAIR_LIST = re.compile(r"\[[^\[\]\n]{3,400}\]")
_NOTES = frozenset(("note", "notes", "nota", "notas"))  # a text as often as an aside about the reply
_OTHER_KEYS = frozenset(
    (
        "json",
        "important",
        "rule",
        "rules",
        "hint",
        "task",
        "instruction",
        "instructions",
        "output",
        "format",
        "output format",
        "role",
        "goal",
        "reminder",
        "tarefa",
        "tarea",
        "instruções",
        "instrucciones",
    )
)


def read_choice(system: Page, user: Page) -> Choice | None:
    """The choice that a conversation's last message asks for; None where its form does not show one."""
    sets: list[tuple[int, Options]] = []
    for side, page in enumerate((system, user)):
        text = _masked(page.text)
        lists = list(listed(text))
        inside = [(one.start, one.end) for one in lists if any(label.descriptions for label in one.labels)]
        sets += [(side, one) for one in (*_tagged(page), *lists)]
        sets += [(side, one) for one in in_sentences(text) if not any(a <= one.start < b for a, b in inside)]
    marks = {label.name.lower() for _, one in sets if one.lettered for label in one.labels}
    by_mark = [one for _, one in sets if one.inline and marks and {la.name.lower() for la in one.labels} <= marks]
    sets = [
        (side, replace(one, strength=one.strength + 3 * (one.lettered and bool(by_mark))))
        for side, one in sets
        if one not in by_mark
    ]
    listed_names = {label.name for _, one in sets if not one.inline for label in one.labels}
    if any(
        b.role == "question" and b.text.strip() and b.heading not in listed_names
        for p in (system, user)
        for b in p.blocks()
    ):
        return None  # a question about a text, to be answered from it
    found = [choice for side, one in sets[:_MOST_SETS] if (choice := _read(one, side, system, user)) is not None]
    best = max(found, key=lambda choice: choice.strength, default=None)
    return best and replace(best, labels=_defined_elsewhere(best.labels, [one for _, one in sets]))


_MOST_SETS = 40


def _defined_elsewhere(labels: Sequence[Label], sets: Sequence[Options]) -> tuple[Label, ...]:
    """`Choose a, b or c.` and below it `- a: …`: named in one place, described in another."""
    told = {label.name.lower(): label.descriptions for one in sets for label in one.labels if label.descriptions}
    return tuple(
        label if label.descriptions else replace(label, descriptions=told.get(label.name.lower(), ()))
        for label in labels
    )


def _masked(text: str) -> str:
    """A text with longer quotations blanked: what somebody said offers nothing to choose from."""
    return _QUOTED.sub(lambda m: " " * len(m.group()) if len(m.group().split()) > 3 else m.group(), text)


_CHILD = re.compile(r"<([A-Za-z][\w-]{0,40})(?:\s[^<>]{0,200})?>([^<>]{1,300})</\1>")


def _tagged(page: Page) -> list[Options]:
    """`<topics>` with an option a line or a child tag each."""
    found = []
    for block in page.held:
        noun = noun_of(block.heading.replace("_", " "))
        if not block.delimited or not noun or block.role in ("data", "examples", "instruction"):
            continue
        children = [m[2].strip() for m in _CHILD.finditer(block.text)]
        sets = (
            [children]
            if len(children) > 1
            else [re.split(r"[,|]", block.text)]
            if "\n" not in block.text.strip()
            else []
        )
        own = next(iter(listed(f"{block.heading}:\n{block.text}")), None)
        if not children and own is not None:
            found.append(Options(own.labels, noun, 0, 0, 4, own.lettered))
        for names in sets:
            labels = tuple(Label(*_named(name)) for name in names if name.strip())
            if len(labels) > 1 and all(len(label.name.split()) <= 6 for label in labels):
                found.append(Options(labels, noun, 0, 0, 4))
    return found


def _named(text: str) -> tuple[str, tuple[str, ...]]:
    name, _, about = text.partition(": ")
    return name.strip(), (about.strip(),) if about.strip() else ()


# --- the text beside the options -----------------------------------------------------------------------------------


def _read(options: Options, side: int, system: Page, user: Page) -> Choice | None:
    names = {label.name.lower() for label in options.labels}
    own = user.text if side == 1 else ""
    sentence = _line_at(own or system.text, options.start) if options.inline else ""
    if options.inline and not _instructs(sentence, options):
        return None
    rest = own[: options.start] + "\n\ue002\n" + own[options.end :] if side == 1 and options.end else user.text
    if options.inline and side == 1:
        begin = own.rfind("\n", 0, options.start) + 1
        stop = own.find("\n", options.end)
        rest = (
            own[:begin]
            + "\ue002"
            + own[begin : options.start]
            + " "
            + own[options.end : stop if stop >= 0 else None]
            + (own[stop:] if stop >= 0 else "")
        )
    found = _text_of(rest, user, options, names, told_before=side == 0)
    if found is None:
        return None
    text, delimited, marked, texts = found
    told = f"{system.unfold(system.text)}\n{user.unfold(user.text)}".replace(text, " ")
    strength = options.strength + _evidence(options, told, rest) + marked
    if strength < 4 or not text.strip() or strength == options.strength + marked:
        return None
    return Choice(
        _labels_of(options, told), text.strip(), delimited, texts if _EACH.search(told) else (), strength, told
    )


def _instructs(line: str, options: Options) -> bool:
    """Whether a line of prose that lists options is an order or a question, and no part of a text."""
    key = _KEYED.match(line)
    if key is not None and not line.lstrip().startswith("{"):
        words = key["key"].lower()
        return (
            bool(noun_of(words))
            or words in _OTHER_KEYS
            or role_of(words) in ("labels", "instruction", "slot")
            or bool(_ORDER.match(line) or asks_to_choose(key["key"]) or _WHICH.match(key["key"]))
        )
    return bool(
        any(_ORDER.match(s) or _WHICH.match(s) for s in re.split(r"(?<=[.?!:])\s+", line))
        or asks_to_choose(line)
        or {label.name.lower() for label in options.labels} <= _YES_OR_NO
        or (line.rstrip().endswith(("?", ":")) and (options.strength > 3 or _BARE.fullmatch(line.strip())))
        or (options.noun and len(line.split(":")[0].split()) <= 4)
        or _ABOUT_REPLY.search(line)
        or options.strength > 5
    )


_BARE = re.compile(r"[\w '’&-]{1,40}(?:\s?[|/]\s?[\w '’&-]{1,40}){1,30}\s*[?:]")  # `a | b | c ?`


def _line_at(text: str, at: int) -> str:
    start = text.rfind("\n", 0, at) + 1
    end = text.find("\n", at)
    return text[start : end if end >= 0 else len(text)]


def _evidence(options: Options, told: str, rest: str) -> int:
    """How many signs there are, besides the options themselves, that one of them is to be chosen."""
    named = bool(options.noun) and re.search(rf"\b{re.escape(options.noun)}\b", told, re.IGNORECASE) is not None
    asked = asks_to_choose(told) or any(
        _WHICH.match(line) and line.rstrip().endswith(("?", ":")) and (named or _THIS.search(line))
        for line in told.split("\n")
    )
    return (
        2 * named
        + asked
        + bool(_ABOUT_REPLY.search(told))
        + (options.inline and (options.strength > 3 or bool(_BARE.search(told))))
        + 3 * (options.lettered and bool(_MARK_ASKED.search(told)))
    )


_THIS = re.compile(r"\b(?:this|it|these|following|est[aeo]s?|best)\b", re.IGNORECASE)


def _labels_of(options: Options, told: str) -> tuple[Label, ...]:
    """A letter or a number in front of an option is its name where that is asked for; else only a list's mark."""
    if (
        not options.lettered
        or options.strength > 3
        or (_MARK_ASKED.search(told) and not re.search(r"\bnot the (?:letter|number)\b", told))
    ):
        return options.labels
    return tuple(Label(*_named(label.descriptions[0])) for label in options.labels)


def _text_of(
    rest: str, page: Page, options: Options, names: set[str], *, told_before: bool
) -> tuple[str, bool, int, tuple[str, ...]] | None:
    """The text to choose for, whether it is delimited, how clearly it is marked (0 to 2), and several texts apart."""
    held = [
        b
        for b in page.held
        if b.text.strip()
        and (b.heading.lower() in _NOTES or b.role not in ("labels", "examples", "instruction", "slot"))
        and not _is_options(b, options)
    ]
    if held:
        same = [b for b in held if b.heading == held[-1].heading]
        children = tuple(m[2].strip() for m in _CHILD.finditer(held[-1].text))
        texts = (
            tuple(b.text.strip() for b in same)
            if len(same) > 1
            else children
            if len(children) > 1
            else _bullets(held[-1].text)
        )
        return (held[-1].text if len(texts) < 2 else "\n".join(texts)), True, 2, texts
    rest = re.sub("\ue000\\d{1,6}\ue001", "", rest)
    yes_no = names <= _YES_OR_NO
    kept: list[str] = []
    keyed: list[str] = []
    weak: list[str] = []
    open_key = skipping = False
    segments = 0
    for line in rest.split("\n"):
        if not line.strip():
            open_key = False
            continue
        if "\ue002" in line:
            open_key = False
            spare = [s for s in re.split(r"(?<=[.?!])\s+", line.replace("\ue002", "")) if s.strip()]
            weak += spare
            continue
        if hashed := _HASH.match(line):
            skipping = _is_told(hashed["words"] or hashed["bold"], options)
            continue
        match = _KEYED.match(line)
        if match and match["key"].strip().lower() not in names and not _ORDER.match(line):
            key = match["key"].strip()
            aside = key.lower() in _NOTES and bool(_ABOUT_REPLY.search(match["value"]))
            if _is_told(key, options) or aside or len(key.split()) > 4:
                if len(key.split()) > 4 and match["value"].strip():
                    weak.append(line)
                open_key = False
                continue
            skipping = False
            segments += 1
            if match["value"].strip():
                keyed.append(match["value"].strip().strip("\"'"))
            open_key = True
            continue
        if skipping:
            continue
        if _is_order(line, options, yes_no):
            weak.append(line)
            open_key = False
        elif open_key:
            keyed.append(line.strip())
        else:
            kept.append(line.strip())
    if keyed and yes_no and segments > 1:
        return None  # a claim and what it is held against
    if keyed:
        text = "\n".join(keyed)
        return text, False, 1, _bullets(text)
    quoted = [m[1] or m[2] for m in _QUOTED.finditer("\n".join((*kept, *weak)))]
    if quoted and len(max(quoted, key=len).split()) > 1 and (len(quoted) == 1 or not kept):
        return max(quoted, key=len), True, 1, ()
    if kept:
        return "\n".join(kept), False, int(bool(weak) and rest.count("\n\n") > 0), _bullets("\n".join(kept))
    return _after_order(weak, options, yes_no)


_YES_OR_NO = frozenset(("yes", "no", "true", "false", "sim", "não", "nao", "sí", "si", "y", "n"))


def _is_options(block: Block, options: Options) -> bool:
    return all(label.name in block.text for label in options.labels)


def _is_told(key: str, options: Options) -> bool:
    """Whether a heading leads in what is told or waits for the reply, and not a text."""
    words = key.strip().strip("*: ").lower()
    return words not in _NOTES and (
        words in _OTHER_KEYS
        or role_of(words) in ("labels", "instruction", "slot", "question")
        or (bool(options.noun) and (singular(words.split()[-1]) == options.noun))
    )


def _is_order(line: str, options: Options, yes_no: bool) -> bool:
    if _ORDER.match(line) or is_data_rule(line):
        return True
    short = len(line.split()) <= 25
    asks = line.rstrip().endswith("?")
    about = bool(options.noun and re.search(rf"\b{re.escape(options.noun)}\b", line, re.IGNORECASE))
    if (
        asks
        and short
        and (
            about
            or yes_no
            or (_WHICH.match(line) and re.search(r"\b(?:this|it|these|following|est[ae])\b", line, re.IGNORECASE))
        )
    ):
        return True
    return bool((short and line.rstrip().endswith(":")) or (_ABOUT_REPLY.search(line) and short))


def _after_order(weak: Sequence[str], options: Options, yes_no: bool) -> tuple[str, bool, int, tuple[str, ...]] | None:
    """The text that stands behind a colon of the order, or in a sentence of its own beside it."""
    for line in reversed(weak):
        _, colon, after = line.partition(": ")
        if colon and len(after.split()) > 1 and not _ABOUT_REPLY.search(after):
            return after.strip().strip("\"'"), False, 0, ()
    plain = [
        s
        for line in weak
        for s in re.split(r"(?<=[.?!])\s+", line)
        if len(s.split()) > 2 and not _is_order(s, options, yes_no) and not _WHICH.match(s) and not s.startswith(" ")
    ]
    return (" ".join(plain), False, 0, ()) if plain else None


def _bullets(text: str) -> tuple[str, ...]:
    lines = [line for line in text.split("\n") if line.strip()]
    found = [m["text"].strip().strip('"') for line in lines if (m := _BULLET.match(line))]
    return tuple(found) if len(found) > 1 and len(found) == len(lines) else ()
