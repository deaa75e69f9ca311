# ruff: noqa: SIM905 - lists of words read better as text
"""How well a sentence supports an answer to a question: evidence for each sentence, and a choice among them or of none.

The evidence is what textbooks on question answering name: nearness in meaning, weighted word overlap, the type of value
asked for, whether every word of the question has a counterpart, and words that exclude each other. The choice is a
conditional logit (McFadden 1974) over the sentences and the outside option "none of them".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ..config import Model
from ..meaning.attention import attended
from ..meaning.similarity import cosines
from ..reading.passages import Passage
from ..text.contrasts import excludes
from ..text.language import STOP_WORDS, Rarity, content_words, overlap, sentences, stem, words
from ..text.language_id import language_of
from ..text.questions import Asked, answering, asked
from ..text.values import values
from .alignment import Words, aligned, words_in_context

_READ_BY_MEANING = 24  # sentences compared by meaning; more are narrowed down by words first
_COMPARED = 8  # of those, the sentences between which the answer is chosen


@dataclass(frozen=True)
class Sentence:
    text: str
    passage: Passage
    place: int  # in its passage


@dataclass(frozen=True)
class Support:
    """A sentence and its log-odds against the outside option, that no sentence answers."""

    sentence: Sentence
    odds: float


def supports(question: str, passages: Sequence[Passage], model: Model) -> list[Support]:
    """The sentences worth reading with their support, best first; none when the passages hold no sentence."""
    found = [Sentence(text, p, place) for p in passages for place, text in enumerate(sentences(p.text))]
    found = [found[i] for i in attended([s.text for s in found], model)]
    rows = evidence(question, found, model) if found else []
    shared = _shared_abroad(question, found, model)
    rated = [Support(found[i], sum(_WEIGHTS[n] * value for n, value in row.items()) + shared(i)) for i, row in rows]
    return sorted(rated, key=lambda s: -s.odds)


_ABROAD = 4.0  # log-odds for a question in another language, all of whose words a sentence shares
_USUALLY_SHARED = 0.5
_ASKING_ABROAD = frozenset(
    stem(w)
    for w in """quem quando quanto quanta quantos quantas onde qual quais foi há tem são está posso pode ser ano dia
    mês hora horas quién quiénes cuándo cuánto cuánta cuántos cuántas dónde cuál cuáles hay tiene puedo
    puede fue son año mes cómo como sobre ao aos à às meu minha mi mis se pelo pela""".split()
)


def _shared_abroad(question: str, found: Sequence[Sentence], model: Model) -> Callable[[int], float]:
    """What shared words say in Portuguese, Spanish and other languages that the embedding model reads badly: there it
    takes any two sentences of a language for near, and a question none of whose words stand in a text for answered."""
    told = language_of(f"{question} {found[0].text if found else ''}")
    wanted = {w for w in content_words(question) if w not in _ASKING_ABROAD}
    if told in (None, "en") or not wanted or not model.reads_closely:
        return lambda i: 0.0

    def term(i: int) -> float:
        return _ABROAD * (overlap(list(wanted), content_words(found[i].text)) - _USUALLY_SHARED)

    return term


# --- evidence ------------------------------------------------------------------------------------------------------


def evidence(question: str, found: Sequence[Sentence], model: Model) -> list[tuple[int, dict[str, float]]]:
    """For each sentence that is read closely, its position and its evidence by name, most values from -1 to 1."""
    wanted = content_words(question)
    read = [_with_antecedent(found, i) for i in range(len(found))]
    stems = [content_words(text) for text in read]
    rarity = Rarity(stems)
    by_words = [rarity.coverage(wanted, own) for own in stems]
    whole = _passage_coverage(found, stems, wanted, rarity)
    near_words = _first([b + 0.5 * w for b, w in zip(by_words, whole, strict=True)], _READ_BY_MEANING)
    meaning = dict(zip(near_words, cosines(model, [question], [read[i] for i in near_words])[0], strict=True))
    titled = list(dict.fromkeys(_heading_and_text(found[i].passage) for i in near_words))
    around = dict(zip(titled, cosines(model, [question], titled)[0], strict=True))
    kind = asked(question)
    typed = {i: _typed(question, kind, found[i].text) for i in near_words}
    first = [float(meaning[i]) + 0.4 * by_words[i] + 0.15 * typed[i]["value"] for i in near_words]
    compared = [near_words[k] for k in _first(first, _COMPARED)]
    close = {near_words[k] for k in _first(first, model.reads_closely)}
    things = _named_things(question)
    everything = "\n".join(f"{s.passage.title} {s.text}" for s in found)
    unknown = float(bool(things) and not _share_named(things, everything))
    coded = {thing for thing in things if any(c.isdigit() for c in thing)}
    unknown_code = float(bool(coded) and _share_named(coded, everything) < 1)
    known = {w for own in stems for w in own} | {w for s in found for w in content_words(s.passage.title)}
    rows = []
    for i in compared:
        own = found[i]
        row = {
            "none": 1.0,
            "meaning": float(meaning[i]),
            "passage": float(around[_heading_and_text(own.passage)]),
            "words": by_words[i],
            "passage words": whole[i],
            "named": max(
                _share_named(things, own.text), 0.6 * _share_named(things, f"{own.passage.title} {own.passage.text}")
            ),
            "unknown name": unknown,
            "unknown code": unknown_code,
            "contrast": float(excludes(question, f"{own.passage.title} {read[i]}")),
            **typed[i],
        }
        if i in close:
            row |= _alignment(question, kind, read[i], known, typed[i]["value"] > 0, model)
        rows.append((i, row))
    return rows


def _first(scores: Sequence[float], most: int) -> list[int]:
    """Positions of the highest scores, in order of position."""
    return sorted(sorted(range(len(scores)), key=lambda i: (-scores[i], i))[:most])


_POINTS_BACK = re.compile(
    r"(?:it|its|they|their|them|this|these|that|those|he|she|his|her|there|so|then|both)\b", re.IGNORECASE
)


def _with_antecedent(found: Sequence[Sentence], i: int) -> str:
    """A sentence that begins by pointing back (`It costs ...`) read together with the one before it."""
    own = found[i]
    if own.place > 0 and i > 0 and found[i - 1].passage is own.passage and _POINTS_BACK.match(own.text):
        return f"{found[i - 1].text} {own.text}"
    return own.text


def _heading_and_text(passage: Passage) -> str:
    text = f"{passage.title}. {passage.text}" if passage.title else passage.text
    return text[:1000]  # about what the embedding model reads at once


def _passage_coverage(
    found: Sequence[Sentence], stems: Sequence[Sequence[str]], wanted: Sequence[str], rarity: Rarity
) -> list[float]:
    """For each sentence, how much of the question its passage covers: a sentence rarely repeats what it is about."""
    of_passage: dict[int, set[str]] = {}
    for sentence, own in zip(found, stems, strict=True):
        of_passage.setdefault(id(sentence.passage), set(content_words(sentence.passage.title))).update(own)
    covered = {key: rarity.coverage(wanted, have) for key, have in of_passage.items()}
    return [covered[id(sentence.passage)] for sentence in found]


# --- names and types -----------------------------------------------------------------------------------------------


def _named_things(question: str) -> set[str]:
    """Codes, numbers and names in a question, in lower case: what a supporting text has to mention."""
    things = {v.text.lower() for kind in ("code", "number", "name") for v in values(question, kind)}
    return {thing for thing in things if any(c.isdigit() for c in thing) or not thing.isascii() or thing not in _COUNTS}


_COUNTS = frozenset(("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"))


def _share_named(things: set[str], text: str) -> float:
    """The share of the named things that a text mentions; a name of several words counts by its last one."""
    have = set(words(text))
    return sum(set(words(thing)[-1:]) <= have for thing in things) / len(things) if things else 0.0


def _typed(question: str, kind: Asked, text: str) -> dict[str, float]:
    """Whether the sentence holds a value of the kind asked for, one of a kind that may do, or none."""
    level, _ = answering(question, text)
    lacks = bool(kind.kinds) and level is None
    return {
        "value": 1.0 if level == 0 else 0.4 if level is not None else 0.0,
        "lacks value": float(lacks and kind.sure),
        "may lack value": float(lacks and not kind.sure),
        "lacks name": float(lacks and kind.kinds[0] == ("name",)),
    }


# --- words ---------------------------------------------------------------------------------------------------------


def _alignment(
    question: str, kind: Asked, text: str, known: set[str], has_value: bool, model: Model
) -> dict[str, float]:
    """How near each word of the question comes to a word of the sentence: on average, and the one that comes least."""
    asked_words, own = words_in_context(question), words_in_context(text)
    chosen = [
        i
        for i, word in enumerate(asked_words.texts)
        if word not in STOP_WORDS and len(word) > 1 and not (has_value and stem(word) in kind.words)
    ]
    near = aligned(model, asked_words, chosen, own)
    # A word that stands elsewhere in the text may be understood here: the topic is rarely repeated.
    apart = [n for n, i in zip(near, chosen, strict=True) if stem(asked_words.texts[i]) not in known]
    weakest, usual = (min(near), sum(near) / len(near)) if near else (_USUAL_WEAKEST, _USUAL_ALIGNED)
    return {
        "aligned": usual - _USUAL_ALIGNED,
        "weakest": weakest - _USUAL_WEAKEST,
        "weakest unknown": (min(apart) if apart else 0.7) - _USUAL_WEAKEST,
        "unknown share": len(apart) / max(1, len(chosen)) - _USUAL_UNKNOWN,
        "yes or no": (weakest - _USUAL_WEAKEST) * kind.yes_or_no,
        "counted": _counted(kind, asked_words, own, text, model),
    }


# Means, so that 0 says nothing either way, as for a sentence that is not read closely.
_USUAL_ALIGNED, _USUAL_WEAKEST, _USUAL_UNKNOWN = 0.6, 0.45, 0.4
_BESIDE = 3  # words between a number and what it counts


def _counted(kind: Asked, question: Words, own: Words, text: str, model: Model) -> float:
    """For `how many rooms`: how near a word beside a number comes to the noun that is counted; else 0."""
    if not kind.counted or kind.counted not in question.texts:
        return 0.0
    numbers = {v.start for k in ("number", "quantity", "duration") for v in values(text, k)}
    beside = [
        j
        for i, start in enumerate(own.starts)
        if start in numbers
        for j in range(i + 1, min(i + 1 + _BESIDE, len(own.texts)))
    ]
    if not beside:
        return -0.3
    part = Words(tuple(own.texts[j] for j in beside), tuple(own.starts[j] for j in beside), own.vectors[beside])
    return aligned(model, question, [question.texts.index(kind.counted)], part)[0] - _USUAL_ALIGNED


# Fitted by maximum likelihood with a quadratic penalty on questions over texts that occur in no lesson and no test.
_WEIGHTS: Mapping[str, float] = {
    "none": -2.3,
    "meaning": 6.68,
    "passage": -1.65,
    "words": 1.16,
    "passage words": -0.55,
    "named": 3.0,
    "unknown name": 0.05,
    "unknown code": -5.0,
    "contrast": -1.58,
    "value": 0.92,
    "lacks value": -2.17,
    "may lack value": -0.69,
    "lacks name": -0.52,
    "aligned": 4.01,
    "weakest": 0.9,
    "weakest unknown": 2.84,
    "unknown share": 2.62,
    "yes or no": 2.67,
    "counted": 2.68,
}
