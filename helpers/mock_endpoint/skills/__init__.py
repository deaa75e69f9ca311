"""The skills, in the order in which they are asked."""

from __future__ import annotations
from ..config import Model
from ..prompt import Prompt
from .candidate import Candidate


def propose(prompt: Prompt, model: Model) -> list[Candidate]:
    return [
        Candidate("This is an offline simulation, so I can only answer from text that you send me.", 3.0),
        Candidate("I am an offline simulation: I answer from the text that you send me.", 2.0),
    ]
