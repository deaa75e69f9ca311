# ruff: noqa: SIM905 - lists of words read better as text
"""Sentences, words and their overlap: what the reader and the skills share about plain text.

Light rules of general English with some Portuguese and Spanish; other languages pass through unharmed. No model here.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
# A run of marks is tried from its beginning only, or a long one would take quadratic time.
_END = re.compile(r"(?:(?<![.!?…])[.!?…]++[\"'”’)\]]*+(?=\s|$))|[。！？।]+[」』”]?|\n+")
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|cf|approx|dr|mr|mrs|ms|prof|sr|sra|st|no|nr|art|fig|min|max|inc|ltd|p|pp|ca|a\.m|p\.m)"
    r"|\b[A-Z](?:\.[A-Z])*)\.$",
    re.IGNORECASE,
)
_LIST_MARK = re.compile(r"^\s*(?:[-*•–]|\d{1,3}[.)])\s+")

STOP_WORDS = frozenset(
    """a an the and or but if then than so of in on at to for from by with about as into onto over under per is are was
    were be been being am do does did doing done have has had having will would shall should can could may might must
    i me my mine we us our ours you your yours he him his she her hers it its they them their theirs this that these
    those there here who whom whose which what when where why how not no nor only just also too very more most much many
    any some such each every all both between during
    either neither own same other another again once please tell say give know let get
    got up down out off s t re ve ll d m don doesn didn isn aren wasn weren won wouldn can't o os as um uma de do da dos
    das em no na nos nas que e é para por com se el la los las un una y en del al es su lo""".split()
)


def sentences(text: str) -> list[str]:
    """The sentences of a text, verbatim and in order; a line's end always ends one, list marks are taken off."""
    found, start = [], 0
    for match in _END.finditer(text):
        if text[match.start()] == "." and _ABBREVIATION.search(
            text[max(start, match.start() - 12) : match.start() + 1]
        ):
            following = text[match.end() : match.end() + 2].strip()
            if match.end() < len(text) and not (following[:1].isupper() and text[match.start() - 1].islower()):
                continue
            if following[:1].isupper() and _is_title_before(text, match.start()):
                continue
        found.append(text[start : match.end()])
        start = match.end()
    found.append(text[start:])
    cleaned = (_LIST_MARK.sub("", sentence).strip() for sentence in found)
    return [sentence for sentence in cleaned if any(c.isalnum() for c in sentence)]


def _is_title_before(text: str, dot: int) -> bool:
    word = re.search(r"([A-Za-z.]+)$", text[max(0, dot - 8) : dot])
    return word is not None and word[1].lower() in {
        "dr",
        "mr",
        "mrs",
        "ms",
        "prof",
        "st",
        "sr",
        "sra",
        "no",
        "nr",
        "art",
    }


def words(text: str) -> list[str]:
    """Words in lower case, with digits, without punctuation."""
    return [match.group().lower().replace("’", "'") for match in _WORD.finditer(text)]


def content_words(text: str) -> list[str]:
    """Stems of the words that carry meaning, in order and with repetitions."""
    return [stem(word) for word in words(text) if word not in STOP_WORDS and (len(word) > 1 or not word.isascii())]


def _plain(word: str) -> str:
    """`habitación` -> `habitacion`: field names are often written without accents."""
    return "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))


@lru_cache(maxsize=16384)
def stem(word: str) -> str:
    """A word without its commonest English endings: `payments`, `payment` -> `payment`; `opening` -> `open`."""
    word = word.split("'")[0] if word.isascii() else _plain(word)
    if len(word) <= 3 or not word.isascii() or not word.isalpha():
        return word
    for ending, replacement, shortest in (
        ("ies", "y", 5),
        ("sses", "ss", 5),
        ("shes", "sh", 5),
        ("ches", "ch", 5),
        ("xes", "x", 4),
        ("ing", "", 6),
        ("edly", "", 7),
        ("ed", "", 5),
        ("ly", "", 6),
        ("s", "", 4),
    ):
        if word.endswith(ending) and len(word) >= shortest:
            if ending == "s" and word.endswith(("ss", "us", "is")):
                break
            word = word[: len(word) - len(ending)] + replacement
            break
    if len(word) > 4 and word[-1] == word[-2] and word[-1] not in "lsz":
        word = word[:-1]
    return word[:-1] if len(word) > 4 and word.endswith("e") else word


class Rarity:
    """How much a word tells within a set of texts: inverse document frequency, as BM25 has it."""

    def __init__(self, documents: Iterable[Sequence[str]]) -> None:
        self._texts = 0
        self._with: Counter[str] = Counter()
        for document in documents:
            self._texts += 1
            self._with.update(set(document))

    def weight(self, word: str) -> float:
        seen = self._with[word]
        return math.log(1 + (self._texts - seen + 0.5) / (seen + 0.5))

    def coverage(self, wanted: Sequence[str], found: Iterable[str]) -> float:
        """The share, by weight, of the wanted words that are found: 0 to 1."""
        have, unique = set(found), set(wanted)
        total = sum(self.weight(word) for word in unique)
        return sum(self.weight(word) for word in unique if _is_in(word, have)) / total if total else 0.0


def _is_in(word: str, have: set[str]) -> bool:
    if word in have:
        return True
    # Related forms that a light stemmer leaves apart: apply, application.
    return len(word) >= 5 and word.isascii() and any(other[:5] == word[:5] and len(other) >= 5 for other in have)


def overlap(wanted: Sequence[str], found: Iterable[str]) -> float:
    """The share of the wanted words that are found, each counting alike: 0 to 1."""
    have, unique = set(found), set(wanted)
    return sum(_is_in(word, have) for word in unique) / len(unique) if unique else 0.0


_SWAPS = {
    "i": "you", "me": "you", "my": "your", "mine": "yours", "myself": "yourself", "we": "you", "us": "you",
    "our": "your", "ours": "yours", "i'm": "you are", "i've": "you have", "i'd": "you would", "i'll": "you will",
    "we're": "you are", "we've": "you have", "am": "are",
}  # fmt: skip
_SWAPS_BACK = {"you": "I", "your": "my", "yours": "mine", "yourself": "myself", "you're": "I am", "you've": "I have"}
_VERB_FOR_I = {"are": "am"}


def to_second_person(text: str) -> str:
    """What a person says of themselves, said back to them: `I'm Ana, my dog ...` -> `You are Ana, your dog ...`."""
    return _swapped(re.sub(r"\b(I|we) was\b", "you were", text, flags=re.IGNORECASE), _SWAPS)


def to_first_person(text: str) -> str:
    """What an assistant was told of itself, said by it: `You are Rex` -> `I am Rex`."""
    text = re.sub(r"\byou are\b", "I am", text, flags=re.IGNORECASE)
    return _swapped(re.sub(r"\byou were\b", "I was", text, flags=re.IGNORECASE), _SWAPS_BACK)


def _swapped(text: str, swaps: dict[str, str]) -> str:
    replaced = _WORD.sub(lambda m: swaps.get(m.group().lower().replace("’", "'"), m.group()), text)
    return replaced[:1].upper() + replaced[1:]
