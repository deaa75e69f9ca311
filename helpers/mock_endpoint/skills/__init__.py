"""What the endpoint can do: each skill is one file with one function from a Prompt to scored candidates.

A skill returns None when the prompt does not ask for it. The first that applies answers; to add one, write its file
and name it in SKILLS.
"""

from __future__ import annotations

from collections.abc import Callable

from ..config import Model
from ..prompt import Prompt
from .answer import answer_from_passages
from .candidate import Candidate
from .chat import chat
from .label import choose_label
from .remember import remember
from .say import say_literally
from .summarise import summarise

Skill = Callable[[Prompt, Model], list[Candidate] | None]

# In the order in which they are asked. `chat` always applies, so there always is a reply.
SKILLS: tuple[Skill, ...] = (
    choose_label,
    say_literally,
    remember,
    summarise,
    answer_from_passages,
    chat,
)


def propose(prompt: Prompt, model: Model) -> list[Candidate]:
    """The candidates of the first skill that applies, at least one."""
    return next(candidates for skill in SKILLS if (candidates := skill(prompt, model)))
