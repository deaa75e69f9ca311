"""Revise a draft by a remark: what it misses is taken from the facts of the conversation, never from anywhere else.

Each sentence of the remark that finds something missing is a demand: for a kind of value (a date, an amount, a name), a
quoted word, or a subject. The sentence of the facts that meets it is added; a remark on length or jargon shortens or
simplifies. Where the facts hold nothing for a demand the draft stays as it is: a critic will say so again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..config import Model
from ..judging.criteria import kind_wanted
from ..meaning.similarity import cosines
from ..reading.limits import read_limits
from ..reading.prompt import Prompt
from ..text.compression import word_count
from ..text.language import content_words, overlap, sentences
from ..text.plain_words import in_plain_words
from ..text.salience import worths
from ..text.values import values
from .candidate import Candidate

_REVISES = re.compile(
    r"\b(?:revis\w+|improv\w+|fix|correct|rework|rewrite|redraft|amend|address|update|change)\b[^.\n]{0,60}"
    r"\b(?:drafts?|letters?|texts?|answers?|repl(?:y|ies)|e-?mails?|versions?|it|them|messages?|notes?|summar(?:y|ies))\b",
    re.IGNORECASE,
)
_HEADING = re.compile(
    r"^[ \t]*(?:#{1,4}[ \t]*|\*\*|<)?(?P<name>[A-Za-z][\w' ]{2,40}?)(?:\*\*:|:\*\*|\*\*|>|:)[ \t]*(?=\n|\S|$)",
    re.MULTILINE,
)
_DRAFT = re.compile(
    r"\b(?:drafts?|letter|(?:current|previous|last|old) \w+|version|your (?:text|reply|answer))\b", re.I
)
_REMARK = re.compile(
    r"\b(?:remarks?|feedback|critics?|critique|review(?:er)?|comments?|objections?|verdict|editor)\b", re.I
)
_FACTS = re.compile(
    r"\b(?:facts?|sources?|notes?|context|pages?|material|documents?|passages?|information|data)\b", re.I
)
_MET = re.compile(r"\bPASS\b|\b(?:is|are) (?:met|there|fine|good|kept)\b|\bhas no\b|\bkeeps to\b")
_LACKS = re.compile(
    r"\b(?:miss(?:es|ing)|lacks?|lacking|without|gives? no|names? no|has no|no|not|add|include|mention|needs?|should"
    r"|must|FAIL)\b",
    re.IGNORECASE,
)
# Under no heading only these show that a message finds something missing in the reply before it.
_OBJECTS = re.compile(
    r"\b(?:miss(?:es|ing)|lacks?|lacking|(?:gives?|names?|has|is) no|do(?:es)? not (?:say|name|mention|give|tell)"
    r"|FAIL)\b"
)
_TOO_LONG = re.compile(
    r"\b(?:too long|shorter|shorten|at most \d+ words|\d+ words|too many words|cut)\b", re.IGNORECASE
)
_QUOTED = re.compile(r"[\"“'‘`]([^\"”'’`\n]{2,60})[\"”'’`]")
_CLOSING = re.compile(r"^(?:kind |best |warm )?(?:regards|wishes|yours)\b|^sincerely\b", re.IGNORECASE)
_TELLING = ("money", "date", "time", "percent", "email", "phone", "code")  # what a shorter text keeps last
_ENOUGH = 0.30  # of likeness, with which a sentence of the facts meets a demand for a subject
_WORDS = 0.5


@dataclass(frozen=True)
class _Task:
    draft: str
    remark: str
    facts: str


def revise(prompt: Prompt, model: Model) -> list[Candidate] | None:
    """The draft with what the remark misses; None when the prompt has no draft, or no remark on it."""
    if prompt.schema is not None or prompt.json_mode:
        return None
    task = _read(prompt)
    if task is None:
        return None
    best = _revised(task, prompt, model)
    return [Candidate(best, 0.0)] + ([Candidate(task.draft, -6.0)] if best != task.draft else [])


def _read(prompt: Prompt) -> _Task | None:
    """Draft, remark and facts by their headings; the draft may be the last reply, the facts what came before it."""
    if not _REVISES.search(f"{prompt.rules}\n{prompt.said}"):
        return None
    parts = _sections(prompt.said)
    draft = _first(parts, _DRAFT)
    remark = _first(parts, _REMARK)
    replies = [i for i, turn in enumerate(prompt.history) if turn.role == "assistant"]
    facts = _all(parts, _FACTS)
    if replies:
        draft = draft or prompt.history[replies[-1]].text
        remark = remark or (prompt.said if _OBJECTS.search(prompt.said) else "")
        earlier = [turn.text for turn in prompt.history[: replies[-1]] if turn.role == "user"]
        facts = facts or "\n".join(_all(_sections(text), _FACTS) or text for text in earlier)
    facts = facts or _all(_sections(prompt.rules), _FACTS)
    return _Task(draft, remark, facts) if draft and remark else None


def _sections(text: str) -> list[tuple[str, str]]:
    """The texts under their headings; a heading that is none of the three kinds stays part of the text above it."""
    marks = [m for m in _HEADING.finditer(text) if any(p.search(m["name"]) for p in (_DRAFT, _REMARK, _FACTS))]
    ends = [*(m.start() for m in marks[1:]), len(text)]
    return [(m["name"], _own(text[m.end() : end])) for m, end in zip(marks, ends, strict=False)]


def _own(text: str) -> str:
    """Without a closing tag, and without the order that follows after a blank line."""
    parts = [p.strip() for p in re.split(r"\n[ \t]*\n", re.sub(r"</?[\w ]+>", "\n", text)) if p.strip()]
    while len(parts) > 1 and _REVISES.search(parts[-1]):
        parts.pop()
    return "\n".join(parts)


def _first(parts: Sequence[tuple[str, str]], kind: re.Pattern[str]) -> str:
    # `Remark on the draft` is a remark: a heading counts as what its first telling word says.
    return next((text for name, text in parts if _kind_of(name) is kind), "")


def _all(parts: Sequence[tuple[str, str]], kind: re.Pattern[str]) -> str:
    return "\n".join(text for name, text in parts if _kind_of(name) is kind)


def _kind_of(name: str) -> re.Pattern[str] | None:
    found = [(m.start(), p) for p in (_REMARK, _DRAFT, _FACTS) if (m := p.search(name))]
    return min(found, key=lambda one: one[0])[1] if found else None


# --- the revision --------------------------------------------------------------------------------------------------


def _revised(task: _Task, prompt: Prompt, model: Model) -> str:
    lines = [line for line in task.draft.split("\n") if line.strip()]
    body, closing = _parted(lines)
    added: list[str] = []
    offered = [s for s in sentences(task.facts) if s.strip()]
    for demand in _demands(task.remark):
        text = " ".join([*body, *added])
        found = _meeting(demand, [s for s in offered if s not in text], text, model)
        if found and found not in added:
            added.append(found)
        if re.search(r"\bjargon|\btechnical|\bplain", demand, re.IGNORECASE):
            body = [in_plain_words(line, "en jargon", "en") for line in body]
    if added:
        body = [line for line in (_not_in(line, added) for line in body) if line]
        body[-1:] = [" ".join([body[-1], *added]) if body else " ".join(added)]
    most = _most_words(task.remark, prompt)
    if most and word_count(" ".join([*body, *closing])) > most:
        body = _shortened(body, added, most - word_count(" ".join(closing)), model)
    return "\n".join([*body, *closing])


def _not_in(line: str, added: Sequence[str]) -> str:
    """A line without the sentences whose words all stand in one that was added: it says the same, and more."""
    kept = [s for s in sentences(line) if not any(overlap(content_words(s), content_words(a)) == 1 for a in added)]
    return " ".join(kept)


def _parted(lines: Sequence[str]) -> tuple[list[str], list[str]]:
    """The text, and from its closing formula on."""
    end = next((i for i, line in enumerate(lines) if i and _CLOSING.match(line.strip())), len(lines))
    return list(lines[:end]), list(lines[end:])


def _demands(remark: str) -> list[str]:
    """What a remark finds missing, a sentence each; a criterion that it finds met is none."""
    pieces = [piece for line in remark.split("\n") for piece in ([line] if "PASS" in line else sentences(line))]
    return [piece for piece in pieces if _LACKS.search(piece) and not _MET.search(piece)]


def _meeting(demand: str, offered: Sequence[str], draft: str, model: Model) -> str:
    """The sentence of the facts that a demand asks for; empty where none is there, or the draft has it."""
    if not offered or _TOO_LONG.search(demand) or re.search(r"\bjargon\b", demand, re.IGNORECASE):
        return ""
    quoted = _QUOTED.search(demand)
    if quoted:
        return next((s for s in offered if quoted[1].lower() in s.lower()), "")
    kind = kind_wanted(demand)
    if kind and values(draft, kind):
        return ""
    fitting = [s for s in offered if values(s, kind)] if kind else list(offered)
    if not fitting:
        return ""
    near = cosines(model, [demand, draft], fitting)
    words = content_words(demand)
    worth = [
        float(near[0][i]) + 0.5 * float(near[1][i]) + _WORDS * overlap(words, content_words(s))
        for i, s in enumerate(fitting)
    ]
    best = max(range(len(fitting)), key=worth.__getitem__)
    return fitting[best] if kind or float(near[0][best]) >= _ENOUGH else ""


def _most_words(remark: str, prompt: Prompt) -> int | None:
    told = next((int(m[1]) for m in re.finditer(r"\bat most (\d+) words\b", remark, re.IGNORECASE)), None)
    own = read_limits(prompt.rules).words if prompt.rules else None
    return min((n for n in (told, own, prompt.limits.words) if n), default=None)


def _shortened(body: Sequence[str], keep: Sequence[str], most: int, model: Model) -> list[str]:
    """Whole sentences left out, the least telling first; what was just added stays."""
    parts = sentences(" ".join(body))
    worth, _ = worths(parts, "", model)
    worth = [w + any(values(part, kind) for kind in _TELLING) for w, part in zip(worth, parts, strict=True)]
    while len(parts) > 1 and word_count(" ".join(parts)) > most:
        free = [i for i, part in enumerate(parts) if part not in keep]
        if not free:
            break
        lost = min(free, key=worth.__getitem__)
        parts, worth = [p for i, p in enumerate(parts) if i != lost], [w for i, w in enumerate(worth) if i != lost]
    return [" ".join(parts)]
