"""What was said, after what was said to correct it: `for 7 people`, then `make that 9` -> `for 9 people`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .values import Value, values

_CORRECTS = re.compile(
    r"^\W*(?:(?:oh|ah|hm+|um|well|ok|okay|and|but|please|hey)\b[\s,.!]*)*"
    r"(?:sorry|actually|no\b|nope|correction|oops|wait|scratch that|change (?:that|it|this)|make (?:that|it)|i"
    r" meant?|i mean|on second thoughts?|rather|instead"
    r"|my mistake|i was wrong|it'?s (?:now|actually)|that should be|it should be|should be|it has (?:moved"
    r"|changed)|update|edit|let'?s (?:say|make)|better"
    r"|desculp\w+|perd[oó]n\w*|afinal|na verdade|aliás|quer dizer|en realidad|mejor|digo|quiero decir|corrijo"
    r"|correção|corrección|não,|melhor)\b"
    r"|\b(?:instead|not (?:the )?[\w:.]+ but|has been (?:moved|changed)|moved to|changed to|after all|em vez"
    r"|afinal)\b",
    re.IGNORECASE,
)
# In this order: the first of them that both statements have is what is corrected.
_KINDS = (
    "email",
    "phone",
    "url",
    "time",
    "money",
    "date",
    "weekday",
    "month",
    "percent",
    "duration",
    "colour",
    "code",
    "quantity",
    "number",
    "name",
)
_OLD = re.compile(
    r"\b(?:not|instead of|rather than|e não|em vez de|y no|en vez de)\s+(?:the |on |at |o |a |el |la )?", re.IGNORECASE
)
_MOST_BACK = 8  # statements that a correction reaches back over


def is_correction(statement: str) -> bool:
    return _CORRECTS.search(statement) is not None


def corrected(statements: Sequence[str]) -> list[str]:
    """The statements with what later ones correct put right; a correction that was used up is left out."""
    kept: list[str] = []
    for statement in statements:
        if not is_correction(statement) or not _corrects(kept, statement):
            kept.append(statement)
    return kept


def _corrects(kept: list[str], correction: str) -> bool:
    """Put the value of a correction into the last statement with a value of its kind."""
    for kind in _KINDS:
        new = _new(correction, kind)
        if new is None:
            continue
        for i in range(len(kept) - 1, max(-1, len(kept) - 1 - _MOST_BACK), -1):
            old = [v for v in _of(kept[i], kind) if v.text.lower() != new.text.lower()]
            if old:
                # Of several values, the one whose neighbours the correction repeats, else the last.
                said = set(re.findall(r"\w{4,}", correction.lower()))
                best = max(
                    old,
                    key=lambda v: (
                        len(
                            said
                            & set(
                                re.findall(
                                    r"\w{4,}", kept[i][max(0, v.start - 25) : v.start + len(v.text) + 25].lower()
                                )
                            )
                        ),
                        v.start,
                    ),
                )
                kept[i] = kept[i][: best.start] + new.text + kept[i][best.start + len(best.text) :]
                return True
    return False


def _new(correction: str, kind: str) -> Value | None:
    found = _of(correction, kind)
    old = [m.end() for m in _OLD.finditer(correction)]
    plain = [v for v in found if not any(0 <= v.start - end <= 2 for end in old)]
    return plain[-1] if plain else None


def _of(text: str, kind: str) -> list[Value]:
    found = list(values(text, kind))
    if kind == "name":
        opening = _CORRECTS.match(text)
        return [v for v in found if not opening or v.start >= opening.end()]
    return found
