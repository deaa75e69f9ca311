# ruff: noqa: SIM905 - lists of words read better as text
"""Noun phrases of a text, found without a grammar: what stands between function words and marks (RAKE, Rose et al.,
2010), and which of them are listed side by side (`a, b and c`)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .language import STOP_WORDS, sentences

_MORE_STOPS = frozenset(
    (
        "also then but not were was is are had has have been be being we i you he she they it them us our "
        "their his her its my your who which that this these those there here some any many much few several "
        "each every both all no none one two three four five six seven eight nine ten first last next new old "
        "only still just even very too so if when while because into onto over under with without near along "
        "across beside between after before during until since about against há tem uma um uns umas dois duas "
        "três quatro na nos nas do da dos das ao aos com sem para por mas não os as o a e hay tiene una unos "
        "unas tres el la los las del al con sin pero lo y en de que se foi eram são está están fue can could "
        "will would may might must shall should did does at by for from in of on or to up down out off the an "
        "again please kind kinds sort sorts type types pair pairs pieces piece "
    ).split()
)
_STOPS = STOP_WORDS | _MORE_STOPS
_TOKEN = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*|\n|[^\w\s]")
_SUBJECTS = frozenset(("i", "we", "you", "he", "she", "they", "who"))
_BEING = frozenset(
    ("not", "were", "was", "very", "too", "são", "está", "estão", "están", "muito", "muy")
)  # a quality follows
_HOLDING = frozenset(("has", "have", "had", "há", "tem", "hay", "tiene"))  # who has things is none of them
_MOST_WORDS = 4


@dataclass(frozen=True)
class Phrase:
    """A phrase as it stands in the text; row: the number of the enumeration that it is an item of."""

    text: str
    row: int


def phrases(text: str) -> list[Phrase]:
    """Phrases in order. A row goes on over commas, `and`, articles and numbers."""
    found: list[Phrase] = []
    row = 0
    for sentence in sentences(text):
        row += 1
        held: list[tuple[int, int]] = []
        before = lead = ""
        joined = False
        for match in [*_TOKEN.finditer(sentence), None]:
            word = match.group() if match else "."
            if match and word.lower() not in _STOPS and word[0].isalnum() and not word.isdigit():
                if not held:
                    lead = before
                    row += not joined
                    joined = False
                held.append(match.span())
                before = word.lower()
                continue
            if held and lead in _SUBJECTS:
                held = held[1:]  # `we picked plums`: a pronoun's verb
            if held and lead not in _BEING and word.lower() not in _HOLDING:
                found.append(Phrase(sentence[held[0][0] : held[-1][1]], row))
            held, before = [], word.lower()
            if word.lower() not in _JOINING:
                joined = False
                row += 1
            elif word.lower() in _SIDE_BY_SIDE:
                joined = True
    return found


_JOINING = frozenset(
    [
        ",",
        "and",
        "or",
        "&",
        "a",
        "an",
        "the",
        "some",
        "two",
        "three",
        "four",
        "five",
        "six",
        "one",
        "e",
        "y",
        "o",
        "ou",
        "uma",
        "um",
        "una",
        "un",
        "os",
        "as",
        "dois",
        "duas",
        "dos",
        "los",
        "las",
        "n",
    ]
)


_SIDE_BY_SIDE = frozenset((",", "and", "or", "&", "e", "y", "o", "ou"))


def heads(phrase: str) -> Sequence[str]:
    """A phrase and what it may really be: without words at its start (`picked plums`) or at its end."""
    parts = phrase.split()[-_MOST_WORDS:]
    return [" ".join(parts[i:]) for i in range(len(parts))] + ([" ".join(parts[:1])] if len(parts) > 1 else [])
