"""A prompt that leads a team: who is on it and what each does, what was asked for, and what each has said so far."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..text.language import sentences
from .prompt import Prompt


@dataclass(frozen=True)
class Member:
    """One of the team; does: what the prompt says of it, empty where it only names it."""

    name: str
    does: str = ""


@dataclass(frozen=True)
class Contribution:
    """What a member said, in the order of the conversation."""

    name: str
    text: str


@dataclass(frozen=True)
class Team:
    """finish: the word that ends the work, empty where the prompt offers none. rules: the prompt without the list."""

    members: tuple[Member, ...]
    finish: str
    task: str
    said: tuple[Contribution, ...]
    rules: str


_GROUP = (
    r"(?:workers?|agents?|team(?:mates?)?|specialists?|members?|assistants?|colleagues?|experts?|roles?|employees?"
    r"|helpers?|participants?)"
)
_NEXT = re.compile(
    rf"\b(?:who|which|whose)\b[^.?\n]{{0,60}}\b(?:next|should act|takes? over|turn is it)\b"
    rf"|\b(?:acts?|speaks?|goes|comes|works?|called?) next\b|\bnext (?:{_GROUP}|speaker|to act)\b",
    re.IGNORECASE,
)
# Alone these ask for a label, as where a ticket is sorted to one of several teams.
_ROUTES = re.compile(
    rf"\b(?:route|delegate|assign|hand|pass|dispatch)\b[^.\n]{{0,60}}\b(?:to|{_GROUP})\b"
    rf"|\b(?:choose|select|pick|name|decide)\b[^.\n]{{0,40}}\b{_GROUP}\b",
    re.IGNORECASE,
)
_FINISH = re.compile(
    r"\b(?i:or|with|say|reply|respond|answer|return|output|choose|write|exactly|is|as|word)\W{1,3}"
    r"(?P<word>FINISH(?:ED)?|DONE|END|STOP|COMPLETED?|__end__)\b"
)
_NAME = r"[A-Za-z][\w-]{1,30}(?: [A-Za-z][\w-]{1,20})?"
_LISTED = re.compile(
    rf"^[ \t]*(?P<mark>[-*•]|\d{{1,2}}[.)])?[ \t]*[`*\"'\[]*(?P<name>{_NAME})[`*\"'\]]*[ \t]*(?::|[-–—](?=\s)|\()\**"
    r"[ \t]*(?P<does>[^\n]{4,300}?)\)?[ \t]*$",
)
_ONLY_NAMED = re.compile(
    rf"\b{_GROUP}\b[^:.\n]{{0,30}}:\s*(?P<names>\[?[\"'`]?{_NAME}[\"'`]?(?:(?:,\s*(?:and\s+|or\s+)?|\s+and\s+|\s+or\s+)"
    rf"[\"'`]?{_NAME}[\"'`]?)+\]?)",
    re.IGNORECASE,
)
_FRAME = re.compile(
    r"(?im)^[ \t#*]*(?:the )?(?:task|request|user|question|customer|user request|conversation(?: so far)?|transcript"
    r"|history|goal)\**:\**[ \t]*"
)


def read_team(prompt: Prompt) -> Team | None:
    """The team that a prompt leads; None where it lists none, or does not ask who is next."""
    told = f"{prompt.rules}\n\n{prompt.said}" if prompt.rules else prompt.said
    finish = _FINISH.search(told)
    asked = _NEXT.search(told) or (finish and _ROUTES.search(told))
    if not asked or not re.search(rf"\b{_GROUP}\b", told, re.IGNORECASE):
        return None
    source = prompt.rules if prompt.rules and _members(prompt.rules)[0] else prompt.said
    members, rules = _members(source)
    members = tuple(m for m in members if not finish or m.name != finish["word"])
    if len(members) < 2:
        return None
    task, said = _conversation(prompt, members, rules if source is prompt.said else prompt.said)
    return Team(members, finish["word"] if finish else "", task, said, rules)


def _members(text: str) -> tuple[tuple[Member, ...], str]:
    """The first list of at least two neighbouring lines `name: what it does`, and the text without it."""
    lines = text.split("\n")
    found: list[Member] = []
    start = 0
    for i, line in enumerate([*lines, "\0"]):
        match = _LISTED.match(line)
        if match and (not found or i == start + len(found)):
            start = start if found else i
            found.append(Member(match["name"].strip(), match["does"].strip()))
        elif len(found) >= 2:
            return tuple(found), "\n".join([*lines[:start], *lines[start + len(found) :]])
        else:
            found = [Member(match["name"].strip(), match["does"].strip())] if match else []
            start = i
    if named := _ONLY_NAMED.search(text):
        names = re.split(r",\s*(?:and\s+|or\s+)?|\s+and\s+|\s+or\s+", named["names"].strip("[]"))
        return tuple(Member(name.strip(" \"'`")) for name in names), text.replace(named.group(), " ")
    return (), text


def _conversation(prompt: Prompt, members: Sequence[Member], last: str) -> tuple[str, tuple[Contribution, ...]]:
    """What was asked, and what members said: under their names in a text, or in messages that bear their names."""
    names = {member.name.lower(): member.name for member in members}
    heading = re.compile(
        rf"(?im)^[ \t>*\[#\"]*(?P<name>{'|'.join(map(re.escape, names))})(?: (?:says|said|reports?|wrote|replied))?"
        r"[*\]\"]*[ \t]*(?:\([^)\n]*\)[ \t]*)?:[* \t]*"
    )
    asked: list[str] = []
    said: list[Contribution] = []
    turns = [(turn.role, turn.name, turn.text) for turn in prompt.history] + [("user", prompt.speaker, last)]
    for role, speaker, text in turns:
        if speaker.lower() in names:
            said.append(Contribution(names[speaker.lower()], text.strip()))
            continue
        marks = list(heading.finditer(text))
        before = text[: marks[0].start()] if marks else text
        if role == "user":
            asked.append(_FRAME.sub("", before))
        ends = [mark.start() for mark in marks[1:]] + [len(text)]
        for mark, end in zip(marks, ends, strict=False):
            own = _without_question(text[mark.end() : end])
            if own:
                said.append(Contribution(names[mark["name"].lower()], own))
    return _without_question("\n".join(asked)), tuple(said)


def _without_question(text: str) -> str:
    return " ".join(s for s in sentences(text) if not _NEXT.search(s)).strip()
