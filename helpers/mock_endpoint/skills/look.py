"""Questions about pictures: the text in them is told or answered from; that nothing else is seen is said plainly."""

from __future__ import annotations

import re

from ..config import Model
from ..reading.pictures import can_read
from ..reading.prompt import Prompt
from ..reading.tasks import asks_for_summary
from .answer import answer_from_passages, best_odds
from .candidate import Candidate

_ASKS_FOR_TEXT = re.compile(
    r"\b(?:transcri\w+|ocr|read (?:out|aloud|me|the)|(?:all |the )?(?:text|words|writing)\b.{0,30}\b(?:in|on|of|from)"
    r"|what (?:does|do) .{0,60}\b(?:say|read)|describe|what(?:'s| is| do you see| can you see)?(?: shown"
    r"| visible)? (?:in|on) "
    r"(?:this|the|my|these)|what (?:is|are) (?:this|these)\b|descreva|o que (?:está|há|diz)|describe|qué (?:hay|dice))",
    re.IGNORECASE,
)
_EXTRA = "workbook extra vision"


def look_at_pictures(prompt: Prompt, model: Model) -> list[Candidate] | None:
    """None without a picture, and where its text is to be summarised."""
    if not prompt.pictures:
        return None
    text = "\n\n".join(own for own in prompt.pictures if own.strip())
    if not text:
        return _nothing_read()
    if asks_for_summary(prompt.instructions):
        return None
    asked = prompt.question.strip()
    known = bool(asked) and best_odds(prompt, model) > 0
    if not known and (not asked or _ASKS_FOR_TEXT.search(prompt.said)):
        return _told(text)
    if known or prompt.limits.decline is not None:
        return answer_from_passages(prompt, model) or _told(text)
    return _not_in_the_text(text)


def _told(text: str) -> list[Candidate]:
    return [
        Candidate(f"I cannot see pictures beyond the text in them. The text reads:\n\n{text}", 2.0),
        Candidate(f"Of a picture I only read the text:\n\n{text}", 0.0),
    ]


def _not_in_the_text(text: str) -> list[Candidate]:
    first = text.split("\n")[0]
    return [
        Candidate(
            "I cannot see pictures beyond the text in them, and that text does not say this. It begins: "
            f'"{first[:200]}"',
            2.0,
        ),
        Candidate("The text in the picture does not say this, and I cannot see pictures beyond their text.", 1.0),
    ]


def _nothing_read() -> list[Candidate]:
    if can_read():
        return [
            Candidate("I cannot see pictures beyond the text in them, and I find no text in this one.", 2.0),
            Candidate("I find no text in this picture, and I cannot see pictures beyond their text.", 1.0),
        ]
    return [
        Candidate(
            "I cannot see pictures. This offline simulation can read the text in them once its extra `vision` is "
            f"installed: {_EXTRA}",
            2.0,
        ),
        Candidate(f"I cannot see pictures here. To have the text in them read, install the extra: {_EXTRA}", 1.0),
    ]
