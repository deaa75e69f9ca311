"""Lead a team: name the member whose part of the task is still open, or say that all parts are there.

A part of the task is a clause; it goes to the member whose description is nearest to it, if that is near enough. A
member who has spoken has done its part. Who objected to something (FAIL, missing, not approved) sends it back to the
one who spoke before, and looks at it again afterwards: how often is for the program to limit.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from ..api.schemas import alternatives
from ..config import Model
from ..meaning.similarity import cosines
from ..reading.prompt import Prompt
from ..reading.roster import Contribution, Member, Team, read_team
from ..text.language import content_words, overlap, sentences
from .candidate import Candidate

# Set on benchmarks/competence/team.json.
_WORDS = 0.6
_FITS = 0.34
_STEP = 2.5  # log-probability from one place in the order to the next

_CLAUSE = re.compile(r"[.;?!\n]+\s*|,\s*(?:and\s+|then\s+|and then\s+)?|\s+(?:and then|and|then)\s+", re.IGNORECASE)
_OBJECTS = re.compile(
    r"\bFAIL(?:ED|S)?\b|\bREJECT(?:ED)?\b|\bREVISE\b|\b(?:not approved|not acceptable|rejected|is missing|are missing"
    r"|missing:|please (?:add|fix|revise|correct)|must be (?:revised|corrected|fixed)|needs? (?:a )?revision"
    r"|send (?:it )?back|not ok(?:ay)?)\b"
)
_GIVES_UP = re.compile(
    r"^\W*(?:sorry\b|i (?:cannot|can't|could not|couldn't|do not know|don't know)\b|(?:nothing|not) found\b|error\b)",
    re.IGNORECASE,
)
_NEEDED = re.compile(r"\b(?:always|every|each|all|must|never)\b|\bbefore (?:you|it|the work)\b", re.IGNORECASE)


def route(prompt: Prompt, model: Model) -> list[Candidate] | None:
    """The members and the word that ends the work as candidates; None when the prompt leads no team."""
    team = read_team(prompt) if not prompt.tools.functions else None
    if team is None:
        return None
    due = _due(team, model)
    everyone = [*due, *(m.name for m in team.members if m.name not in due)]
    order = everyone if not team.finish else [*due, team.finish, *everyone[len(due) :]]
    found = [Candidate(text, -_STEP * i) for i, name in enumerate(order) if (text := _as_asked(name, prompt))]
    return found or None


def _due(team: Team, model: Model) -> list[str]:
    """Who has a part that is still open, first the one whose turn it is."""
    needed = _needed(team, model)
    spoken = [c for c in team.said if not _GIVES_UP.match(c.text)]
    returned = _returned(spoken)
    if returned:
        return returned
    done = {c.name for c in spoken}
    tried = {c.name for c in team.said}
    # Who gave up comes after those who have not tried, and not twice.
    return [name for name in needed if name not in done and name not in tried]


def _returned(spoken: Sequence[Contribution]) -> list[str]:
    """After an objection the one before it, and after its next word the objector again."""
    for i in range(len(spoken) - 1, -1, -1):
        one = spoken[i]
        if not _OBJECTS.search(one.text):
            continue
        author = next((c.name for c in reversed(spoken[:i]) if c.name != one.name), None)
        since = [c.name for c in spoken[i + 1 :]]
        if author is None or one.name in since:
            return []
        return [one.name] if author in since else [author, one.name]
    return []


def _needed(team: Team, model: Model) -> list[str]:
    """The members with a part of the task, in the order of the parts; then those that the rules name for every task."""
    parts = [part.strip() for part in _CLAUSE.split(team.task) if len(part.split()) >= 2]
    names: list[str] = []
    best: tuple[float, str] = (0.0, "")
    for part in parts:
        scores = _fits(part, team.members, model)
        top = max(range(len(scores)), key=scores.__getitem__)
        best = max(best, (scores[top], team.members[top].name))
        if scores[top] >= _FITS and team.members[top].name not in names:
            names.append(team.members[top].name)
    for sentence in sentences(team.rules):
        if _NEEDED.search(sentence):
            named = [m.name for m in team.members if re.search(rf"\b{re.escape(m.name)}\b", sentence, re.IGNORECASE)]
            names += [name for name in named if name not in names]
    if not names and best[1]:
        names = [best[1]]  # nobody fits well: somebody has to begin
    return names


def _fits(part: str, members: Sequence[Member], model: Model) -> list[float]:
    does = [_described(member, model) for member in members]
    near = cosines(model, [part], does)[0]
    words = content_words(part)
    return [float(n) + _WORDS * overlap(words, content_words(text)) for n, text in zip(near, does, strict=True)]


def _described(member: Member, model: Model) -> str:
    does = member.does
    if not model.reads_descriptions:
        does = " ".join(does.split()[: model.description_words])
    return f"{member.name.replace('_', ' ')}: {does}" if does else member.name.replace("_", " ")


def _as_asked(name: str, prompt: Prompt) -> str:
    """The name alone, or in the one field of a schema that offers it; empty where the schema offers it nowhere."""
    if prompt.schema is None:
        return name
    root = prompt.schema.root
    for kind in alternatives(root, root):
        fields = kind.get("properties") or {}
        values = {key: _offered(child, root, name) for key, child in fields.items()}
        if any(values.values()):
            filled = {key: value or f"The part of {name} is open." for key, value in values.items()}
            return json.dumps(filled, ensure_ascii=False)
    return ""


def _offered(child: dict, root: dict, name: str) -> str | None:
    for one in alternatives(child, root):
        for value in one.get("enum") or ([one["const"]] if "const" in one else []):
            if isinstance(value, str) and value.lower() == name.lower():
                return value
    return None
