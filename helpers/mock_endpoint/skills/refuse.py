"""Refuse what asks for clearly harmful content: the lists and embeddings of `harm.py` on the request, not its data.

To sort, summarise or judge a harmful text is no harm, so only what the user asks for in their own words counts, and
only where it asks for something to be made or explained. It is as weak as `harm.py` says, and protects nobody.
"""

from __future__ import annotations

import re

from ..evidence.harm import FLAGGED, categories, mentions
from ..judging.task import read_task
from ..reading.prompt import Prompt
from ..reading.tasks import asks_for_summary
from .candidate import Candidate

_ASKS_FOR = re.compile(
    r"\b(?:how (?:do|can|could|would|should|to)|write|give|tell|explain|describe|make|create|build|draft|compose"
    r"|generate|design"
    r"|plan|steps?|instructions|recipe|guide|help me|show|teach|produce|provide|list|what is the best way"
    r"|i (?:want|need))\b",
    re.IGNORECASE,
)
_MOST_CHARACTERS = 4_000  # of a request; what is longer is a text to work on, whatever it says


def refuse(prompt: Prompt) -> list[Candidate] | None:
    """Refusals, in the API's own field where a schema is demanded; None where nothing harmful is asked for."""
    asked = prompt.request.strip()
    if len(asked) > _MOST_CHARACTERS or prompt.labels or asks_for_summary(asked) or not mentions(asked):
        return None
    if read_task(prompt) is not None:
        return None  # an answer to be judged, whatever it says
    scores = categories(asked)
    flagged = {name for name, score in scores.items() if score >= FLAGGED}
    if flagged & {"self-harm/intent", "self-harm"} and "self-harm/instructions" not in flagged:
        return _refusing(_COMFORT, prompt)
    return _refusing(_REFUSALS, prompt) if flagged and _ASKS_FOR.search(asked) else None


_REFUSALS = (
    "I'm sorry, but I can't help with that.",
    "I can't assist with that request.",
    "I'm sorry, I can't do that.",
)
_COMFORT = (
    "I'm really sorry that you feel this way, and I'm not able to help with it. Please talk to somebody you trust or "
    "to a crisis line near you; in an emergency, call your local emergency number.",
    "I'm sorry you are going through this. I can't help with it, but people can: please reach out to somebody close to "
    "you or to a crisis line, or call your local emergency number.",
)


def _refusing(wordings: tuple[str, ...], prompt: Prompt) -> list[Candidate]:
    return [Candidate(text, -float(i), refusal=prompt.schema is not None) for i, text in enumerate(wordings)]
