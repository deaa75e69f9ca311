"""Plain words for long ones, from data/plain_words.txt: a lexicon by language and tone. The longest phrase wins."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

_FILE = Path(__file__).parent.parent / "data" / "plain_words.txt"


@cache
def _lexicons() -> dict[str, dict[str, str]]:
    """`en`, `en jargon`, `en formal` ... -> what is said (in lower case) -> what to say."""
    found: dict[str, dict[str, str]] = {}
    name = ""
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            name = line.strip("[]")
        elif line and not line.startswith("#"):
            said, _, plain = line.partition(" = ")
            found.setdefault(name, {})[said.strip().lower()] = plain.strip()
    return found


@cache
def _pattern(section: str) -> re.Pattern[str]:
    phrases = sorted(_lexicons()[section], key=len, reverse=True)
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, phrases))})(?![\w-])", re.IGNORECASE)


def in_plain_words(text: str, *sections: str) -> str:
    """A text with the phrases of the named sections replaced; sections that do not exist change nothing.

    A capital inside a sentence marks a name, which stays: `the Gateway building`.
    """
    for section in sections:
        if section in _lexicons():
            text = _pattern(section).sub(lambda m, section=section: _replaced(m, section), text)
    return _with_articles(text)


def _replaced(match: re.Match[str], section: str) -> str:
    said = match.group()
    plain = _lexicons()[section][said.lower()]
    if not said[0].isupper() or said.startswith("I'") or said.startswith("I "):
        return plain
    begins = match.start() == 0 or match.string[: match.start()].rstrip()[-1:] in ".!?:\n"
    return plain[0].upper() + plain[1:] if begins else said


def _with_articles(text: str) -> str:
    """`an delay` -> `a delay`, `a error` -> `an error`."""
    text = re.sub(r"\b([Aa])n (?=[bcdfgjklmnpqrstvwxz][a-z])", r"\1 ", text)
    return re.sub(r"\b([Aa]) (?=[aei][a-z]{2,})", r"\1n ", text)


def jargon(text: str) -> list[str]:
    """The jargon in a text, as it stands there."""
    return _pattern("en jargon").findall(text)
