"""What the endpoint can do: each skill is one file with one function from a Prompt to scored candidates.

A skill returns None when the prompt does not ask for it. The first that applies answers; to add one, write its file
and name it in SKILLS.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

from ..config import Model
from ..reading.prompt import Prompt
from ..text.form import dressed
from .answer import answer_from_passages
from .call import call_tools
from .candidate import Candidate
from .chat import converse
from .condense import condense
from .entitle import entitle
from .fill import fill_schema
from .judge import judge
from .label import choose_label
from .listing import list_things
from .look import look_at_pictures
from .obey import orders_on, with_obedience, without_data_orders
from .refuse import refuse
from .remember import recall
from .revise import revise
from .rewrite import rewrite
from .route import route
from .say import say_literally
from .standing import keep_standing
from .summarise import extract_summary

Skill = Callable[[Prompt, Model], list[Candidate] | None]

# In the order in which they are asked. `converse` always applies, so there always is a reply.
SKILLS: tuple[Skill, ...] = (
    call_tools,
    route,
    revise,
    judge,
    entitle,
    fill_schema,
    condense,
    choose_label,
    say_literally,
    list_things,
    look_at_pictures,
    recall,
    extract_summary,
    rewrite,
    answer_from_passages,
    converse,
)

# Those that do not write their replies in the form of `text/form.py` themselves.
_IN_OWN_WORDS = frozenset((recall, converse))


def propose(prompt: Prompt, model: Model) -> list[Candidate]:
    """The candidates of the first skill that applies, at least one, and those that obey orders found in data."""
    found = orders_on(prompt)
    task = without_data_orders(prompt, found)
    if refusal := refuse(task):
        return refusal
    skill, candidates = next((skill, candidates) for skill in SKILLS if (candidates := skill(task, model)))
    if skill in _IN_OWN_WORDS:
        candidates = [replace(one, text=dressed(one.text, task.limits, model)) for one in candidates]
    if found:
        candidates = with_obedience(candidates, found, prompt, model)
    candidates = keep_standing(candidates, prompt, model)
    return [_as_object(candidate) for candidate in candidates] if prompt.json_mode else candidates


def _as_object(candidate: Candidate) -> Candidate:
    """In JSON mode a reply in words becomes the one value of an object."""
    try:
        is_object = candidate.calls or isinstance(json.loads(candidate.text), dict)
    except (ValueError, RecursionError):
        is_object = False
    if is_object:
        return candidate
    return Candidate(json.dumps({"reply": candidate.text}, ensure_ascii=False), candidate.score)
