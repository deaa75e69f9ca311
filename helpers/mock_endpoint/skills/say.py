"""Say something literally: `Say "ready"`, `Repeat after me: ...`, `Reply with exactly: ...`."""

from __future__ import annotations

import re

from ..config import Model
from ..reading.prompt import Prompt
from .candidate import Candidate

_SAY = re.compile(
    r"^\s*(?:please\s+|just\s+|now\s+)*(?:say|repeat|echo|print|write|reply|respond|answer|output|return)"
    r"(?:\s+(?:only|exactly|just|back|with|after me|this|the words?|the text|the phrase|the following"
    r"|in one word|verbatim))*"
    r"\s*(?P<colon>:)?\s*(?P<quote>[\"'“‘`])?(?P<what>\S[^\n]{0,2000}?)(?P<end>[\"'”’`])?(?(end)\s*[.!]?)\s*$",
    re.IGNORECASE,
)
_BARE = re.compile(
    r"^\s*(?:please\s+)?(?:say|repeat|echo)\s+(?!something|anything|what|why|how|if|whether|it|that)", re.IGNORECASE
)
_ALWAYS = re.compile(
    r"\b(?:always|only ever|to (?:everything|every message|all (?:messages|questions))[^.\n]{0,20})\s*(?:say"
    r"|reply|respond|answer)"
    r"(?:\s+(?:only|exactly|just|with|to everything|the words?))*\s*:?\s*[\"“'`](?P<what>[^\"”`\n]{1,200}?)[\"”'`]",
    re.IGNORECASE,
)


def say_literally(prompt: Prompt, model: Model) -> list[Candidate] | None:
    """The words that are to be said; None when nothing literal is asked for."""
    if always := _ALWAYS.search(prompt.rules):
        return [Candidate(always["what"], 0.0)]
    match = _SAY.match(prompt.said)
    if match is None or not (match["colon"] or (match["quote"] and match["end"]) or _BARE.match(prompt.said)):
        return None
    return [Candidate(match["what"].strip(), 0.0)]
