"""Words that exclude each other: begin and end, summer and winter, standard and express. The list is our own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from .language import stem, words

_FILE = Path(__file__).parent.parent / "data" / "contrasts.txt"
_EXCEPTS = re.compile(r"\b(?:not|no|never|except|but|without|unless|only)\b|n['’]t\b", re.IGNORECASE)


def excludes(wanted: str, text: str) -> bool:
    """Whether a word wanted stands on a scale of which the text only has another place, without a negation."""
    if _EXCEPTS.search(text):
        return False
    have = {at for word in set(words(text)) for at in _places().get(stem(word), ())}
    for word in set(words(wanted)):
        for scale, place in _places().get(stem(word), ()):
            there = {p for s, p in have if s == scale}
            if there and place not in there:
                return True
    return False


@cache
def _places() -> Mapping[str, tuple[tuple[int, int], ...]]:
    """Stem -> the scales it stands on, each with its place there."""
    places: dict[str, tuple[tuple[int, int], ...]] = {}
    lines = [line for line in _FILE.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    for scale, line in enumerate(lines):
        for place, part in enumerate(line.split("|")):
            for word in {stem(w) for w in part.split()}:
                places[word] = (*places.get(word, ()), (scale, place))
    return places
