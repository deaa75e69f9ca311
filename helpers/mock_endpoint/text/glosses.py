"""Portuguese and Spanish words in English, so that a sentence model that reads English can compare such texts.

A word list, not a translation: word by word, without grammar. Words that it does not know stay as they are.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path

from .language_id import language_of

_FILE = Path(__file__).parent.parent / "data" / "glosses.txt"
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_WHOLE = 4  # stems shorter than this must be the whole word, but for an ending of number or gender
_ENDINGS = ("", "s", "es", "a", "o", "as", "os")
_MARKS = re.compile(r"[ãõçñ¿¡]|[áéíóúâêô]", re.IGNORECASE)


def is_foreign(text: str) -> bool:
    """Whether a text is rather Portuguese or Spanish: by its function words, or its letters where it has none."""
    language = language_of(text)
    return language in ("pt", "es") or (language is None and bool(_MARKS.search(text)))


@lru_cache(maxsize=2048)
def glossed(text: str) -> str:
    """A text with the words that the list knows in English."""
    return _WORD.sub(lambda m: _english(m.group().lower()) or m.group(), text)


@cache
def _stems() -> dict[str, str]:
    found: dict[str, str] = {}
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            english, _, stems = line.partition(":")
            for stem in stems.split():
                found.setdefault(stem, english)
    return found


@lru_cache(maxsize=8192)
def _english(word: str) -> str | None:
    stems = _stems()
    if word in stems:
        return stems[word]
    for n in range(len(word) - 1, 2, -1):
        if word[:n] in stems and (n >= _WHOLE or word[n:] in _ENDINGS):
            return stems[word[:n]]
    return None
