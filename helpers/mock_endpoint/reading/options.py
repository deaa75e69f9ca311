"""The sets of options that a prompt lists: bullets, `name: meaning` lines, `A) ...`, or `x, y or z` in a sentence.

Told by their form alone: which of them a prompt wants chosen from, and for which text, is worked out in choice.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .blocks import role_of
from .labels import MOST_WORDS, Label

_MOST = 60  # options of a set
_LONGEST = 600  # characters of a line or a sentence that can list options


@dataclass(frozen=True)
class Options:
    """labels: as written. noun: what the prompt calls one of them, in lower case (`topic` under `Topics:`), or "".
    start, end: where the set stands in the text, with the line that leads in. strength: how sure its form is, from 1.
    lettered: whether each is told by a letter or a number, which is its name, with its words as what it means."""

    labels: tuple[Label, ...]
    noun: str
    start: int
    end: int
    strength: int
    lettered: bool = False
    inline: bool = False


# --- a line each ---------------------------------------------------------------------------------------------------

_LINE = re.compile(
    r"[ \t]*(?:(?P<mark>[-*•+–])[ \t]+|(?P<id>\(?(?:\d{1,2}|[A-Za-z])[).])[ \t]+|(?P<is>\d{1,2}|[A-Z])["
    r" \t]*[=:-][ \t]*)?"
    r"(?P<body>\S[^\n]*)$"
)
_BODY = re.compile(
    r"(?:\*\*|__)?(?P<quote>[\"'`“]?)(?P<name>[^\W_][^\n:=\"`“”*(]{0,60}?)[\"'`”]?(?::?\*\*|__)?"
    r"(?:[ \t]*(?:->|=>|→|:|=|—|–|[ \t]-)[ \t]+(?P<about>\S[^\n]*)|[ \t]*\((?P<inside>[^()\n]{3,300})\)[.;,]?)?[;,]?"
)
_HEADING = re.compile(
    r"[ \t]*(?:\#{1,6}[ \t]+|\*\*|__)?(?P<words>[^\n:*#]{2,120}?)[ \t]*(?:\*\*|__)?(?P<colon>:?)(?:\*\*|__)?[ \t]*$"
)
_PLURAL = re.compile(r"\b([^\W\d_]{3,24}(?:s|es))\b", re.IGNORECASE)
_ENDS = (".", "!", "?")
_NO_NOUN = frozenset(
    (
        "these",
        "this",
        "following",
        "is",
        "as",
        "its",
        "his",
        "was",
        "has",
        "texts",
        "messages",
        "examples",
        "notes",
        "lines",
        "rules",
        "instructions",
        "items",
        "reviews",
        "comments",
        "sentences",
        "posts",
        "emails",
        "questions",
        "words",
    )
)


def listed(text: str) -> Iterator[Options]:
    """Sets with an option a line: runs of lines of one kind, under a heading or not."""
    lines, at = [], 0
    for line in text.split("\n"):
        lines.append((at, line))
        at += len(line) + 1
    i = 0
    lead = (0, "")
    while i < len(lines):
        kind = _kind(lines[i][1])
        if kind is None or (kind == "plain" and not _leads(lead[1])):
            lead = lines[i] if lines[i][1].strip() else lead
            i += 1
            continue
        run, j = [i], i + 1
        while j < len(lines) and len(run) < _MOST:
            if (
                not lines[j][1].strip()
                and kind in ("mark", "id")
                and j + 1 < len(lines)
                and _kind(lines[j + 1][1]) == kind
            ):
                j += 1
            elif _kind(lines[j][1]) == kind and (kind != "plain" or _kind(lines[j][1]) == "plain"):
                run.append(j)
                j += 1
            else:
                break
        if len(run) >= 2 and (found := _set(kind, lines, run, lead)):
            yield found
        lead = lines[j - 1]
        i = j


_LONG_MEANING = 16  # words on average: what is longer is a text under headings
_NEXT = re.compile(r"[.!?] [A-Z]")  # more than one sentence


def _kind(line: str) -> str | None:
    """mark, id (a letter or number), defined (`name: meaning`), plain (a short name alone); None for a sentence."""
    if not line.strip() or len(line) > _LONGEST:
        return None
    match = _LINE.match(line)
    if match is None or match["body"].startswith("\ue000"):
        return None
    body = _BODY.fullmatch(match["body"].strip())
    if body is None or len(body["name"].split()) > MOST_WORDS:
        return None
    if not (body["about"] or body["inside"]) and body["name"].rstrip().endswith(_ENDS):
        return None
    if match["mark"]:
        return "mark"
    if match["id"] or match["is"]:
        return "id"
    if body["about"] and len(body["name"].split()) <= 4:
        return "defined"
    return (
        "plain"
        if not (body["about"] or body["inside"]) and len(body["name"].split()) <= 4
        else "defined"
        if body["inside"]
        else None
    )


def _leads(line: str) -> bool:
    return bool(line.strip()) and (
        line.rstrip(" *_").endswith(":")
        or line.lstrip().startswith("#")
        or bool(_BOLD.fullmatch(line.strip()))
        or bool(_BELOW.search(line))
    )


_BOLD = re.compile(r"(?:\*\*|__)[^*_\n]{1,60}(?:\*\*|__)")
_BELOW = re.compile(r"\b(?:below|following|these|seguintes?|siguientes?|estas?|estes|estos)\b", re.IGNORECASE)


def _set(kind: str, lines: Sequence[tuple[int, str]], run: Sequence[int], lead: tuple[int, str]) -> Options | None:
    labels, lettered = [], False
    for i in run:
        match = _LINE.match(lines[i][1])
        body = _BODY.fullmatch(match["body"].strip())  # type: ignore[index, union-attr]
        assert match is not None and body is not None
        name, about = body["name"].strip(" \"'`*"), (body["about"] or body["inside"] or "").strip(" *")
        if kind == "id":
            own = (match["id"] or match["is"]).strip("(). ")
            # `1.` in front of a name is only a list's mark; whether the number is asked for is seen later.
            labels.append(Label(own, (f"{name}: {about}" if about else name,)))
            lettered = True
        else:
            labels.append(Label(name, (about,) if about else ()))
    if len({label.name.lower() for label in labels}) < len(labels):
        return None
    if kind == "defined" and any(len(la.name) > 3 and role_of(la.name) not in ("prose", "data") for la in labels):
        return None  # the headings of a text
    led = _leads(lead[1])
    described = sum(bool(label.descriptions) for label in labels)
    if kind == "defined" and described < len(labels):
        return None
    strength = 1 + led + (described == len(labels) and not lettered)
    told = [d for label in labels for d in label.descriptions]
    if told and (
        sum(len(d.split()) for d in told) > _LONG_MEANING * len(told) or sum(bool(_NEXT.search(d)) for d in told) > 1
    ):
        strength -= 3
    start = lead[0] if led and _HEADING.fullmatch(lead[1]) and len(lead[1].split()) <= 4 else lines[run[0]][0]
    last = lines[run[-1]]
    shared = {label.name.split()[0].lower() for label in labels if len(label.name.split()) == 2}
    noun = next(iter(shared)) if len(shared) == 1 and all(len(label.name.split()) == 2 for label in labels) else ""
    return Options(
        tuple(labels), noun or (noun_of(lead[1]) if led else ""), start, last[0] + len(last[1]), strength, lettered
    )


def noun_of(lead: str) -> str:
    """`Allowed topics:` -> topic; "" where no plural is named."""
    for word in reversed(_PLURAL.findall(lead)):
        lower = word.lower()
        if lower not in _NO_NOUN:
            return singular(lower)
    return ""


def singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes", "ores", "ues")) and not word.endswith("ores"):
        return word[:-2] if not word.endswith("ues") else word[:-1]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


# --- in a sentence -------------------------------------------------------------------------------------------------

_SENTENCE = re.compile(r"[^\n]+")
_SEPARATOR = re.compile(
    r"\s*,\s*(?:or\s+|and\s+|ou\s+|y\s+|e\s+|o\s+|u\s+)?|\s+(?:or|and|ou|o|y|e|u|versus|vs\.?)\s+(?:else\s+|as\s+"
    r"|a\s+|an\s+|the\s+|to\s+)?|\s*[/|;]\s*"
)
_LEFT = re.compile(
    r"(?P<mark>[:(\[{=]|\s[-–—]+\s|[?.!])\s*"
    r"|\b(?P<strong>as|either|into|under|between|among|whether|of|is|are|é|es|são|son|como|entre|em|en|se|si)\s+"
    r"|\b(?P<says>say|says|answer|reply|respond|write|print|output|return|with|with only|word|words|responde"
    r"|responda|diz|di|escreve|escribe|com|con)\s*:?\s+"
    r"|\b(?P<weak>the|a|an|to|for|in|choose|pick|select|label|tag|mark|mean|means|be|it|sounds|seems|feels|this"
    r"|that|only|just|if|um|uma|una|un|el|la|o|not|from|by|call|and|me|que|than|sea|seja|they)\s+",
    re.IGNORECASE,
)
_RIGHT = re.compile(
    r"(?<=\S)\s+(?:based|depending|for|in|according|by|only|and|nothing|from|with|without|so|to|that|which|when"
    r"|on|at|about|if|using|per|no"
    r"|fits|belongs|applies|com|segundo|para|por|sem|sin|según|con|y|e|it|is|please|as|in the|respect\w*|in order"
    r"|chapter)\b",
    re.IGNORECASE,
)
_STOP = re.compile(r"[.?!:;)\]}]|\s[-–—]+\s")
_QUOTE = "\"'`“”‘’«»*"
_WORDY = re.compile(
    r"\b(?:i|i'm|we|you|he|she|they|my|our|was|were|had|have|has|did|will|would|can|could|should|don't|not sure"
    r"|please|there|then|when|because)\b",
    re.IGNORECASE,
)


_ASIDE = re.compile(
    r"\s*(?:is|are|does|do|was) (?:it|this|that|the|they)\b", re.IGNORECASE
)  # a question begins after the comma
_PAIRED = re.compile(r"\b(?:between|into|either|entre)\s+$", re.IGNORECASE)
_SPANISH = re.compile(
    r"[¿ñ]|\b(?:el|los|las|es|una?|este|esta|con|como|si|del|por|responde|solo|sólo|y)\b", re.IGNORECASE
)
_PORTUGUESE = re.compile(
    r"[ãõç]|\b(?:o|a|os|as) (?:meu|minha|seu|sua)\b|\b(?:do|da|dos|das|no|na|uma|não|é)\b", re.IGNORECASE
)
_VERB = re.compile(r"(?:reply|answer|respond|return|say|write|output|use|do|give|the|then)\b", re.IGNORECASE)


def in_sentences(text: str) -> Iterator[Options]:
    """Sets within a sentence: `as x or y`, `: x, y, z`, `(x/y/z)`, `["x", "y"]`, `is it x or y?`, `answer x or y`."""
    for line in _SENTENCE.finditer(text):
        if len(line.group()) <= 4 * _LONGEST:
            for sentence in _parts(line):
                if found := _enumerated(*sentence):
                    yield found


def _parts(line: re.Match[str]) -> Iterator[tuple[str, int]]:
    start = 0
    for end in re.finditer(r"[.!?](?=\s|$)", line.group()):
        yield line.group()[start : end.end()], line.start() + start
        start = end.end()
    if line.group()[start:].strip():
        yield line.group()[start:], line.start() + start


def _enumerated(sentence: str, offset: int) -> Options | None:
    seps = list(_SEPARATOR.finditer(sentence))
    best: Options | None = None
    i = 0
    while i < len(seps):
        found, j = _from(sentence, seps, i, offset)
        if found and (best is None or found.strength >= best.strength):
            best = found
        i = max(j, i + 1)
    return best


def _from(sentence: str, seps: Sequence[re.Match[str]], i: int, offset: int) -> tuple[Options | None, int]:
    """The set whose first separator is the i-th, and the number of the separator after it."""
    before = sentence[(seps[i - 1].end() if i else 0) : seps[i].start()]
    lead = None
    if not (before[:1] in _QUOTE and before.strip()[1:-1].strip() and before.strip()[-1:] in _QUOTE):
        for lead in _LEFT.finditer(before):  # noqa: B007 - the last
            pass
    quoted = re.search(r"[\"'`“‘«]([^\"'`”’»]{1,60})[\"'`”’»]$", before.rstrip())
    cut = quoted.start() if quoted else lead.end() if lead else 0
    first = before[cut:]
    names, joins = [first], []
    end, j = seps[i].start(), i
    while j < len(seps):
        if _ASIDE.match(sentence[seps[j].end() :]):
            break
        following = sentence[seps[j].end() : seps[j + 1].start() if j + 1 < len(seps) else len(sentence)]
        stop = _STOP.search(following)
        own = following[: stop.start()] if stop else following
        last = stop is not None or j + 1 >= len(seps)
        if last and not own.strip().startswith(tuple(_QUOTE)):
            tail = _RIGHT.search(own)
            own = own[: tail.start()] if tail else own
        elif closing := re.match(r"\s*[\"'`“‘«][^\"'`”’»]{1,60}[\"'`”’»]", own):
            own = closing.group()
        if not own.strip(_QUOTE + " ") or len(own.split()) > 4:
            break
        names.append(own)
        joins.append(seps[j].group().strip().lower())
        end = seps[j].end() + len(own)
        j += 1
        if last:
            break
        if "or" in joins[-1].split() or joins[-1].strip(", ") in ("or", "ou"):
            break
    cleaned = [
        re.sub(r"^(?:or|and|ou|either|about|as|an?|the|it is|it's)\s+", "", n.strip().strip(_QUOTE), flags=re.I).strip(
            _QUOTE + " "
        )
        for n in names
    ]
    most = max((len(n.split()) for n in cleaned[1:]), default=1)
    if not quoted and (lead is None or lead.lastgroup == "weak"):
        cleaned[0] = " ".join(cleaned[0].split()[-most:])
    joined = (joins[-1].strip(", ").split() or [""])[0] if joins else ""
    closed = lead is not None and lead.lastgroup == "mark"
    if len(cleaned) == 2 and (
        not joined or (joined in ("and", "e", "y") and not closed and not _PAIRED.search(before[:cut]))
    ):
        return None, j
    if joined in ("o", "u") and (_PORTUGUESE.search(sentence) or not _SPANISH.search(sentence)):
        return None, j  # the Portuguese article
    if any(re.search(r"[{}<>:\"]", n) for n in cleaned) or _VERB.match(cleaned[-1]):
        return None, j
    if len(cleaned) < 2 or not all(cleaned) or any(len(n.split()) > 4 or _WORDY.search(n) for n in cleaned):
        return None, j
    if len({n.lower() for n in cleaned}) < len(cleaned) or any("\ue000" in n for n in cleaned):
        return None, j
    return _weighed(
        sentence,
        cleaned,
        joins,
        names,
        before[:cut],
        lead if not quoted else None,
        offset + seps[i].start() - len(first),
        offset + end,
    ), j


def _noun_before(led: str) -> str:
    """`the chapters are` -> chapter."""
    heading = re.search(r"([^\W\d_]{3,24})\s+(?:are|is|below|to choose from|here|são|son)\W*$", led, re.IGNORECASE)
    return noun_of(heading[1]) if heading else ""


def _weighed(
    sentence: str,
    names: list[str],
    joins: list[str],
    raw: list[str],
    led: str,
    lead: re.Match[str] | None,
    start: int,
    end: int,
) -> Options | None:
    conj = (joins[-1].strip(", ").split() or [","])[0]
    strength = 0
    quoted = all(n.strip()[:1] in _QUOTE and len(n.strip()) > 2 for n in raw)
    strength += 2 * quoted
    if lead is not None or quoted:
        kind = lead.lastgroup if lead is not None else "says"
        strength += {"mark": 2, "strong": 2, "says": 2, "weak": 1}[kind or "weak"]
        if kind == "mark" and lead is not None and lead.group().strip() in (".", "?", "!"):
            strength -= 1
    elif not led.strip() and sentence.lstrip()[:1].isupper() and not sentence.rstrip().endswith("?"):
        strength -= 1
    strength += conj in ("or", "ou", "o", "u", "vs", "versus") or bool({"/", "|"} & set(joins))
    strength += len(names) >= 3
    strength += sum(len(n.split()) for n in names) <= 1.5 * len(names)
    if len(names) == 2 and conj in ("and", "e", "y", ","):
        strength -= 2
    if conj == "," and lead is not None and lead.lastgroup == "weak":
        strength -= 2
    heading = re.search(r"([^\W\d_]{3,24})\W*$", led)
    return (
        Options(
            tuple(Label(n) for n in names),
            _noun_before(led) or (noun_of(heading[1]) if heading else ""),
            start,
            end,
            strength,
            inline=True,
        )
        if strength >= 3
        else None
    )
