"""How many years of school a text asks for: a published formula for each of four languages.

    grade("The card was refused.", "en")  ->  about 0.5

Formulas count words, sentences and syllables and know nothing of sense: a low grade is needed for a plain text, and not
enough. They were fitted to passages of a hundred words or more, so the grade of one short message is rough; the mean of
many is steadier. No model and no download: syllables come from hyphenation patterns (pyphen).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Language = Literal["en", "pt", "es", "de"]
LANGUAGES: tuple[Language, ...] = ("en", "pt", "es", "de")
_DICTIONARIES = {"en": "en_US", "pt": "pt_BR", "es": "es", "de": "de_DE"}

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
# A sentence ends at its sign, where a space or the end follows: not in 3.5 or e.g., mostly.
_END = re.compile(r"[.!?…]+(?=\s|$)|\n\s*\n")
# Groups of vowels that are spoken as one. In Portuguese and Spanish two of a, e, o are two syllables, and so is í or ú
# beside another vowel: área, batería.
_VOWELS = re.compile(r"[aeiouyäöüéèêàáâ]+", re.IGNORECASE)
_ROMANCE = re.compile(r"ão|ãe|õe|[iuyü]?[aeoáéóàâêôãõ][iuyü]?|[íú]|[iuyü]+", re.IGNORECASE)
_SILENT_E = re.compile(r"(?<=[^\Waeiouy])(?:e|es|ed)$", re.IGNORECASE)
_SPOKEN_E = re.compile(r"(?:[^aeiouy]le|[td]ed|(?:[sxz]|ch|sh|c|g)es)$", re.IGNORECASE)


@dataclass(frozen=True)
class Counts:
    """What the formulas are made of. Words hold letters: numbers, codes and signs are none."""

    words: int
    sentences: int
    syllables: int
    long_words: int  # of more than six letters
    many_syllables: int  # words of three syllables or more
    one_syllable: int


def counted(text: str, language: Language = "en") -> Counts:
    """Words, sentences and syllables of a text. Text without a full stop is one sentence. Raises ValueError."""
    if language not in LANGUAGES:
        raise ValueError(f"no formula for {language!r}; there are formulas for {', '.join(LANGUAGES)}")
    words = _WORD.findall(text)
    sentences = [part for part in _END.split(text) if _WORD.search(part)]
    each = [syllables(word, language) for word in words]
    return Counts(
        words=len(words),
        sentences=len(sentences),
        syllables=sum(each),
        long_words=sum(len(word) > 6 for word in words),
        many_syllables=sum(number >= 3 for number in each),
        one_syllable=sum(number == 1 for number in each),
    )


def grade(text: str, language: Language = "en") -> float:
    """Years of school that a text asks for, after the formula of its language; nan for a text without words.

    It may be below 0 for very short words in very short sentences. Raises ValueError for a language without a formula.
    """
    counts = counted(text, language)
    return FORMULAS[language](counts) if counts.words else float("nan")


def flesch_kincaid(counts: Counts) -> float:
    """US grade of English: Kincaid, Fishburne, Rogers and Chissom, Research Branch Report 8-75, 1975."""
    return 0.39 * counts.words / counts.sentences + 11.8 * counts.syllables / counts.words - 15.59


def flesch_kincaid_portuguese(counts: Counts) -> float:
    """Grade of Portuguese: the same form with weights fitted to Portuguese.

    Moreno, Souza, Hein and Hein, ALT: um software para análise de legibilidade de textos em língua portuguesa,
    Policromias 8(1), 2023 (arXiv:2203.12135).
    """
    return 0.36 * counts.words / counts.sentences + 10.4 * counts.syllables / counts.words - 18


def crawford(counts: Counts) -> float:
    """Years of school for Spanish, from sentences and syllables per hundred words.

    Crawford, Fórmula y gráfico para determinar la comprensibilidad de textos del nivel primario en castellano, Lectura
    y Vida 6(4), 1985. It was fitted to primary school: above grade 6 it says that a text is hard, not how hard.
    """
    return -0.205 * 100 * counts.sentences / counts.words + 0.049 * 100 * counts.syllables / counts.words - 3.407


def vienna(counts: Counts) -> float:
    """School year for German: the first Wiener Sachtextformel, on a scale from 4 to 15.

    Bamberger and Vanecek, Lesen – Verstehen – Lernen – Schreiben, 1984.
    """
    many, long, one = (100 * n / counts.words for n in (counts.many_syllables, counts.long_words, counts.one_syllable))
    return 0.1935 * many + 0.1672 * counts.words / counts.sentences + 0.1297 * long - 0.0327 * one - 0.875


FORMULAS: dict[Language, Callable[[Counts], float]] = {
    "en": flesch_kincaid,
    "pt": flesch_kincaid_portuguese,
    "es": crawford,
    "de": vienna,
}


@lru_cache(maxsize=50_000)
def syllables(word: str, language: Language = "en") -> int:
    """Syllables of a word, at least 1.

    Patterns that break lines leave some breaks out, such as a single letter's, so the groups of vowels are counted too
    and the larger number is taken.
    """
    pieces = len(_dictionary(language).positions(word.lower())) + 1
    number = len((_ROMANCE if language in ("pt", "es") else _VOWELS).findall(word))
    if language == "en" and number > 1 and _SILENT_E.search(word) and not _SPOKEN_E.search(word):
        number -= 1
    return max(1, pieces, number)


@lru_cache(maxsize=8)
def _dictionary(language: Language):
    import pyphen

    return pyphen.Pyphen(lang=_DICTIONARIES[language])
