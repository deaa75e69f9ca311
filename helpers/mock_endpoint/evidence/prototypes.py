"""How well each of several labels fits a text: by its name, what the prompt says of it, and its examples.

A nearest-prototype classifier on sentence embeddings with words beside it; the weights are those of a conditional logit
over the labels. Two sets of labels are told apart: praise and blame by words of opinion, yes and no by whether the text
bears out what is asked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from ..config import Model
from ..meaning.similarity import cosines
from ..reading.examples import Example
from ..reading.labels import Label
from ..text.glosses import glossed, is_foreign
from ..text.language import STOP_WORDS, content_words, overlap, sentences, words
from ..text.language_id import NAMES, language_of
from ..text.polarity import polarity
from .alignment import Words, aligned, words_in_context
from .properties import shown

_MOST_SENTENCES = 12
_MOST_EXAMPLES = 64
_MOST_PHRASES = 10
_READ_LABELS = 40  # labels whose words are compared with those of the text one by one

_REST = re.compile(
    r"\b(?:other|others|none|misc(?:ellaneous)?|unknown|unclear|general|else|n/a|outros?|otros?)\b", re.IGNORECASE
)
_USUAL_ALIGNED = 0.35  # so that 0 says nothing either way
_REST_LEVEL = 0.2  # evidence that another label must reach before a rest label such as "other" is worse than it


def evidence(
    labels: Sequence[Label], examples: Sequence[Example], text: str, model: Model, asked: str = ""
) -> list[float]:
    """For each label how well it fits the text; differences matter, not levels. asked: the prompt's instructions."""
    own = text
    if is_foreign(" ".join((text, *(label.name for label in labels)))):
        text, labels, examples = _in_english(text, labels, examples)
    rows = features(labels, examples, text, model)
    for row, tone in zip(rows, _tone(labels, own), strict=True):
        row["tone"] = tone
    scores = [sum(_WEIGHTS[name] * value for name, value in row.items()) for row in rows]
    for i, fit in enumerate(_in_language(labels, own)):
        scores[i] += fit
    scores = _with_rest(labels, scores)
    if (yes := _yes_and_no(labels)) and asked:
        known = shown(_last_question(asked), own)
        borne_out = _borne_out(asked, text, model) if known is None else known
        scores[yes[0]] += borne_out
        scores[yes[1]] -= borne_out
    return scores


def _in_english(
    text: str, labels: Sequence[Label], examples: Sequence[Example]
) -> tuple[str, Sequence[Label], Sequence[Example]]:
    """The same with the words that a word list knows in English; the labels of examples stay those of the labels."""
    told = [Label(glossed(label.name), tuple(glossed(d) for d in label.descriptions)) for label in labels]
    names = {label.name.strip().lower(): new.name for label, new in zip(labels, told, strict=True)}
    shown_ = [Example(glossed(e.input), names.get(e.output.strip(" .\"'`").lower(), e.output)) for e in examples]
    if len({label.name.lower() for label in told}) < len(told):
        return glossed(text), labels, [Example(glossed(e.input), e.output) for e in examples]
    return glossed(text), told, shown_


def _last_question(asked: str) -> str:
    found = [s for s in sentences(asked) if s.rstrip().endswith("?")]
    return found[-1] if found else next((m.group() for m in _QUESTION.finditer(asked)), "")


def features(labels: Sequence[Label], examples: Sequence[Example], text: str, model: Model) -> list[dict[str, float]]:
    """The evidence for each label by name."""
    views = [text, *_long_sentences(text)]
    names = [spoken(label.name) for label in labels]
    if all(label.descriptions and _CODE.fullmatch(label.name) for label in labels):
        names = [label.descriptions[0] for label in labels]  # `P1`, `B`: a name that says nothing is no evidence
    by_name = cosines(model, views, names).max(axis=0)
    described = _described(labels, views, model)
    by_example = _from_examples(labels, examples, text, model)
    shared = content_words(text)
    word_by_word = by_words(labels, text, model)
    tone = _tone(labels, text)
    rows = []
    for i, label in enumerate(labels):
        about = content_words(" ".join((names[i], *meanings(label))))
        hits = overlap(about, shared) if shared else 0.0
        rows.append(
            {
                "name": float(by_name[i]),
                "whole": described[i][0],
                "phrases": described[i][1],
                "hits": min(1.0, hits * max(1, len(set(about))) ** 0.5),
                "examples": by_example[i],
                "aligned": word_by_word[i],
                "tone": tone[i],
            }
        )
    return rows


_CODE = re.compile(
    r"[^\W\d_]{0,4}[-_ ]?\d{1,3}|[A-Za-z]{1,2}|[A-Z]{2,3}\d*|(?:level|class|type|group|tier|grade|category|label"
    r"|code)[-_ ]?\w{1,2}",
    re.IGNORECASE,
)


def _long_sentences(text: str) -> list[str]:
    found = sentences(text)[:_MOST_SENTENCES]
    return [s for s in found if len(s.split()) >= 3] if len(found) > 1 else []


def spoken(name: str) -> str:
    """A label's name as words: `account_access`, `AccountAccess` -> `account access`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", re.sub(r"[_\-/]+", " ", name)).lower().strip() or name


_COMMON = Path(__file__).parent.parent / "data" / "common_labels.txt"


@cache
def _common_meanings() -> Mapping[str, str]:
    """Common label names, and what they mean where a prompt does not say."""
    found = {}
    for line in _COMMON.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            names, _, meaning = line.partition(":")
            found |= {name.strip(): meaning.strip() for part in names.split("|") for name in part.split(",")}
    return found


def meanings(label: Label) -> tuple[str, ...]:
    """What the prompt says of a label, else what its name commonly means."""
    known = _common_meanings().get(spoken(label.name))
    return label.descriptions or ((known,) if known else ())


def _described(labels: Sequence[Label], views: Sequence[str], model: Model) -> list[tuple[float, float]]:
    """How near the text is to a label's description as a whole, and to the two nearest of its phrases.

    A label without a description gets the others' mean.
    """
    found: list[tuple[float, float] | None] = []
    for label in labels:
        phrases = [p for meaning in meanings(label) for p in _phrases(meaning)]
        if not phrases:
            found.append(None)
            continue
        near = cosines(model, views, phrases)
        top = sorted((float(x) for x in near.max(axis=0)), reverse=True)[:2]
        found.append((float(near[:, 0].max()), sum(top) / len(top)))
    known = [pair for pair in found if pair is not None]
    usual = (sum(p[0] for p in known) / len(known), sum(p[1] for p in known) / len(known)) if known else (0.0, 0.0)
    return [usual if pair is None else pair for pair in found]


def _phrases(description: str) -> list[str]:
    """A description whole and cut at its commas: any part of it may be what the text is about."""
    parts = [p.strip(" .") for p in re.split(r"[,;:]|\bor\b|\band\b|\bsuch as\b|\be\.g\.", description)]
    return [description, *(p for p in parts if len(p) > 2 and p != description)][:_MOST_PHRASES]


def by_words(labels: Sequence[Label], text: str, model: Model) -> list[float]:
    """How near the two words of the text that come nearest come to words of each label; 0 for a coarse model."""
    own = words_in_context(text)
    chosen = [i for i, word in enumerate(own.texts) if word not in STOP_WORDS and len(word) > 1]
    if not chosen or not model.reads_closely or len(labels) > _READ_LABELS:
        return [0.0] * len(labels)
    scores = []
    for label in labels:
        own_name = () if label.descriptions and _CODE.fullmatch(label.name) else (spoken(label.name),)
        theirs = _content(words_in_context(". ".join((*own_name, *meanings(label)))))
        near = sorted(aligned(model, own, chosen, theirs), reverse=True)[:2]
        scores.append(sum(near) / len(near) - _USUAL_ALIGNED)
    return scores


def _content(found: Words) -> Words:
    kept = [i for i, word in enumerate(found.texts) if word not in STOP_WORDS]
    return Words(tuple(found.texts[i] for i in kept), tuple(found.starts[i] for i in kept), found.vectors[kept])


def _from_examples(labels: Sequence[Label], examples: Sequence[Example], text: str, model: Model) -> list[float]:
    """For each label, the mean similarity of the text to its two nearest examples, above the mean over all examples."""
    names = [label.name.strip().lower() for label in labels]
    shown = [(e.input, e.output.strip(" .\"'`").lower()) for e in examples if e.input.strip()][:_MOST_EXAMPLES]
    shown = [e for e in shown if e[1] in names]
    if not shown or not model.reads_examples:
        return [0.0] * len(names)
    near = cosines(model, [text], [e[0] for e in shown])[0]
    usual = float(near.mean())
    scores = []
    for name in names:
        own = sorted((float(n) for n, e in zip(near, shown, strict=True) if e[1] == name), reverse=True)[:2]
        # One example says little of a label, several say more.
        trust = len(own) / (len(own) + 1)
        scores.append(trust * (0.7 * own[0] + 0.3 * own[-1] - usual) if own else 0.0)
    return scores


def _with_rest(labels: Sequence[Label], scores: list[float]) -> list[float]:
    """`other` and its like are right when nothing else is: their score is a level, raised by their own evidence."""
    if not any(_REST.search(label.name) for label in labels):
        return scores
    level = _REST_LEVEL + (0.25 if any(meanings(label) for label in labels) else 0.0)
    return [
        0.6 * level + 0.4 * score if _REST.search(label.name) else score
        for label, score in zip(labels, scores, strict=True)
    ]


# --- praise and blame, yes and no ----------------------------------------------------------------------------------

_TONES = (
    (
        1.0,
        re.compile(
            r"(?:very |mostly )?(?:positiv[eoa]?s?|good|favou?rable|praise|happy|satisfied|boa|bom|buen[oa]"
            r"|favorável|favorable|elogio|content[eo]|feliz|👍)",
            re.IGNORECASE,
        ),
    ),
    (
        -1.0,
        re.compile(
            r"(?:very |mostly )?(?:negativ[eoa]?s?|bad|unfavou?rable|complaint|unhappy|dissatisfied|angry|m[áa]"
            r"|mau|mal[oa]|desfavorável|desfavorable|reclamação|queja|triste|insatisfeito|👎)",
            re.IGNORECASE,
        ),
    ),
    (0.0, re.compile(r"(?:neutr[aeo]l?|mixed|neither)", re.IGNORECASE)),
)
_NEUTRAL = 0.25  # polarity below which a text is rather neutral


def _tone(labels: Sequence[Label], text: str) -> list[float]:
    """How the text's praise or blame fits each label; all 0 where the labels are not about that."""
    tones = [next((sign for sign, name in _TONES if name.fullmatch(spoken(label.name))), None) for label in labels]
    if 1.0 not in tones or -1.0 not in tones:
        return [0.0] * len(labels)
    own = polarity(text)
    return [0.0 if t is None else _NEUTRAL - abs(own) if t == 0 else t * own for t in tones]


def _in_language(labels: Sequence[Label], text: str) -> list[float]:
    """Where the labels are languages, the one that the text is written in."""
    codes = [NAMES.get(label.name.strip().lower()) or _CODES.get(label.name.strip().lower()) for label in labels]
    if sum(code is not None for code in codes) < 2:
        return [0.0] * len(labels)
    own = language_of(text)
    return [1.0 if code is not None and code == own else 0.0 for code in codes]


_CODES = {code: code for code in NAMES.values()}
_YES = re.compile(r"yes|true|sim|sí|si|verdadeiro|1", re.IGNORECASE)
_NO = re.compile(r"no|false|não|nao|falso|0", re.IGNORECASE)


def _yes_and_no(labels: Sequence[Label]) -> tuple[int, int] | None:
    """The positions of yes and of no, where those are the two labels and nothing more is said of them."""
    if len(labels) != 2 or any(label.descriptions for label in labels):
        return None
    names = [label.name.strip() for label in labels]
    if _YES.fullmatch(names[0]) and _NO.fullmatch(names[1]):
        return 0, 1
    return (1, 0) if _YES.fullmatch(names[1]) and _NO.fullmatch(names[0]) else None


_QUESTION = re.compile(
    r"\b(?:does|do|did|is|are|was|were|has|have|can|could|will|would|should|whether|if)\s+"
    r"(?:the|this|that|an?|it|any|someone|somebody|each|there)\b[^?.\n]{3,160}",
    re.IGNORECASE,
)
_SUBJECT = re.compile(r"(?:the|this|that|an?|any|each)\s+\w+(?=\s)", re.IGNORECASE)
_HELPING = re.compile(
    r"^(?:does|do|did|is|are|was|were|has|have|can|could|will|would|should|whether|if)\s+", re.IGNORECASE
)
# Levels from which a text bears a statement out: with its words compared one by one, and as a whole.
_BORNE_OUT, _BORNE_OUT_AS_A_WHOLE = 0.21, 0.12


def _borne_out(asked: str, text: str, model: Model) -> float:
    """Above 0 where the text bears out what a yes-or-no question asks, below where it does not.

    Of `does the meal contain meat` it is `contain meat` that counts: that every text is about a meal tells nothing.
    """
    questions = [m.group() for m in _QUESTION.finditer(asked)]
    if not questions:
        return 0.0
    statement = _HELPING.sub("", questions[-1]).strip()
    subject = _SUBJECT.match(statement)
    told = [w for w in words(statement[subject.end() :] if subject else statement) if w not in STOP_WORDS]
    near, about = cosines(model, [" ".join(told), subject.group() if subject else statement], [text])[:, 0]
    if not model.reads_closely or not told:
        return float(near) - _BORNE_OUT_AS_A_WHOLE
    whole = words_in_context(statement)
    chosen = [i for i, w in enumerate(whole.texts) if w in told]
    row = aligned(model, whole, chosen, _content(words_in_context(text)))
    return float(near) - float(about) + (sum(row) / len(row) if row else 0.0) - _BORNE_OUT


# Fitted by maximum likelihood with a quadratic penalty on sets of short texts that occur in no lesson and no test.
_WEIGHTS: Mapping[str, float] = {
    "name": 1.0,
    "whole": 0.65,
    "phrases": 0.55,
    "hits": 0.1,
    "examples": 1.2,
    "aligned": 0.5,
    "tone": 0.6,
}
