"""Questions about pictures: told or answered from the description that a picture carries, or from the text in it.

That nothing else is seen is said plainly, and so is which of the two was used. Where the reply is to be a bare value or
JSON there is no room for it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ..config import Model
from ..reading.pictures import Sight, can_read
from ..reading.prompt import Prompt
from ..reading.tasks import asks_for_summary
from ..text.form import wants_value
from .answer import answer_from_passages, best_odds
from .candidate import Candidate

_ASKS_FOR_WORDS = re.compile(
    r"\b(?:transcri\w+|ocr|read (?:out|aloud|me|the)|(?:all |the )?(?:text|words|writing)\b.{0,30}\b(?:in|on|of|from)"
    r"|what (?:does|do) .{0,60}\b(?:say|read)|o que (?:está|há|diz)|qué (?:hay|dice))",
    re.IGNORECASE,
)
_ASKS_FOR_ALL = re.compile(
    r"\b(?:describe|what(?:'s| is| do you see| can you see)?(?: shown| visible)? (?:in|on) (?:this|the|my|these)"
    r"|what (?:is|are) (?:this|these)\b|descreva)",
    re.IGNORECASE,
)
_ORDERS_ALL = re.compile(r"\W*(?:please\s+)?(?:describe|descreva|describa)\b", re.IGNORECASE)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_EXTRA = "workbook extra vision"


def look_at_pictures(prompt: Prompt, model: Model) -> list[Candidate] | None:
    """None without a picture, and where what is seen is to be summarised."""
    if not prompt.pictures:
        return None
    if not any(sight.text for sight in prompt.pictures):
        return _nothing_seen()
    if asks_for_summary(prompt.instructions):
        return None
    asked = prompt.question.strip()
    known = bool(asked) and best_odds(prompt, model) > 0
    words = _ASKS_FOR_WORDS.search(prompt.said)
    if _ORDERS_ALL.match(prompt.said) and not words:
        return _told(prompt.pictures)
    if not known and (not asked or words or _ASKS_FOR_ALL.search(prompt.said)):
        return _told(prompt.pictures, words=bool(words))
    if known or prompt.limits.decline is not None:
        return _answered(prompt, model) or _told(prompt.pictures)
    return _not_in_it(prompt.pictures)


def _answered(prompt: Prompt, model: Model) -> list[Candidate] | None:
    found = answer_from_passages(prompt, model)
    if found is None or not any(sight.described for sight in prompt.pictures):
        return found
    if wants_value(prompt.limits) or prompt.limits.json:
        return found
    remark = "(I went by the description embedded in the picture, not by its pixels.)"
    declined = prompt.limits.decline
    return [one if declined and one.text == declined else replace(one, text=f"{one.text} {remark}") for one in found]


def _told(sights: tuple[Sight, ...], words: bool = False) -> list[Candidate]:
    """What is seen; words: what is read goes before a description, as the words themselves are asked for."""
    described = [sight for sight in sights if sight.described]
    if described and not (words and can_read()):
        text = "\n\n".join(sight.described or sight.read for sight in sights if sight.text)
        return [
            Candidate(
                "I cannot see pictures. I go by the description embedded in this one, which may be wrong:"
                f"\n\n{text}{_unlike(described)}",
                2.0,
            ),
            Candidate(f"By the description embedded in the picture, which I cannot check:\n\n{text}", 0.0),
        ]
    text = "\n\n".join(own for sight in sights if (own := sight.read if words else sight.text))
    return [
        Candidate(f"I cannot see pictures beyond the text in them. The text reads:\n\n{text}", 2.0),
        Candidate(f"Of a picture I only read the text:\n\n{text}", 0.0),
    ]


def _unlike(sights: Sequence[Sight]) -> str:
    """What was read in the pixels and the description lacks: numbers, as words are recognised less surely."""
    unlike = []
    for sight in sights:
        known = set(_NUMBER.findall(sight.described))
        unlike += [number for number in _NUMBER.findall(sight.read) if number not in known]
    told = ", ".join(dict.fromkeys(unlike))
    return f"\n\nIn its pixels I read numbers that the description lacks: {told}." if told else ""


def _not_in_it(sights: tuple[Sight, ...]) -> list[Candidate]:
    first = next(sight.described or sight.read for sight in sights if sight.text).split("\n")[0][:200]
    if any(sight.described for sight in sights):
        return [
            Candidate(
                "I cannot see pictures. I go by the description embedded in this one, and it does not say this. It "
                f'begins: "{first}"',
                2.0,
            ),
            Candidate("The description embedded in the picture does not say this, and I cannot see more of it.", 1.0),
        ]
    return [
        Candidate(
            f'I cannot see pictures beyond the text in them, and that text does not say this. It begins: "{first}"',
            2.0,
        ),
        Candidate("The text in the picture does not say this, and I cannot see pictures beyond their text.", 1.0),
    ]


def _nothing_seen() -> list[Candidate]:
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
