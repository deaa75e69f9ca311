"""What the tools have answered so far: facts with names, which of them answer the question, a sentence that says so.

A fact is a leaf of a JSON result, or a `key: value` line. It answers a question by the words and the meaning of its
name and by the kind of its value; what the question told already answers nothing. Results in free prose have no facts:
they are told in their own words.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..config import Model
from ..extraction.kinds import kinds_of, spoken
from ..meaning.similarity import cosines
from ..reading.prompt import Result
from ..text.language import content_words, overlap, sentences, words
from ..text.questions import asked
from ..text.values import values

# Weights of the evidence that a fact answers, and the level from which it does. Set on tools that occur in no lesson.
_MEANING, _WORDS, _KIND, _OTHER_KIND, _SOURCE = 0.7, 0.55, 0.45, 0.35, 0.2
_NO_ANSWER = 1.5
_ANSWERS = 0.55
_SURE = 0.75  # from which nothing better is looked for
_MOST_TOLD = 8

_PAIR = re.compile(r"^\s*[-*]?\s*([A-Za-z][\w \-/]{0,40}?)\s*[:=]\s*(\S.*)$")
_FAILED = re.compile(r"^\W*(?:\w*(?:error|exception)\b|failed\b|failure\b|refused\b|denied\b)", re.IGNORECASE)
_LOOSE = frozenset(("number", "yes or no", "place", "name"))
_FREE = frozenset(("reason", "frequency", "span"))  # what no form of a value tells
_FAILURE_KEYS = frozenset(("error", "errors", "exception", "failure"))


@dataclass(frozen=True)
class Fact:
    """A named value. result: which result gave it; row: the object it stands in, as one of several in a list."""

    name: str
    value: Any
    result: int
    row: tuple[int | str, ...] = ()

    @property
    def text(self) -> str:
        return str(self.value)

    @property
    def spoken(self) -> str:
        return spoken(self.name)


def failed(result: Result) -> str:
    """What a failed result says went wrong; empty for one that did not fail."""
    value = _parsed(result.text)
    if isinstance(value, dict):
        for key, own in value.items():
            if key.lower() in _FAILURE_KEYS and own:
                return own if isinstance(own, str) else json.dumps(own, ensure_ascii=False)
        return ""
    text = value if isinstance(value, str) else result.text
    return text.strip() if _FAILED.match(text) else ""


def facts_of(results: Sequence[Result]) -> list[Fact]:
    """The facts of the results that did not fail, in their order."""
    return [fact for i, result in enumerate(results) if not failed(result) for fact in _facts(result.text, i)]


def _facts(text: str, number: int) -> Iterator[Fact]:
    value = _parsed(text)
    if isinstance(value, dict | list):
        yield from _leaves(value, "", number, ())
        return
    pairs = [_PAIR.match(line) for line in text.split("\n") if line.strip()]
    if pairs and all(pairs):
        for pair in pairs:
            yield Fact(pair[1], pair[2].strip(), number)  # type: ignore[index]


def _leaves(value: Any, name: str, number: int, row: tuple[int | str, ...]) -> Iterator[Fact]:
    if isinstance(value, dict):
        for key, own in value.items():
            inner = row if not isinstance(own, dict) else (*row, str(key))
            yield from _leaves(own, str(key), number, inner)
    elif isinstance(value, list):
        for i, own in enumerate(value):
            yield from _leaves(own, name, number, (*row, name, i))
    elif value is not None and value != "":
        yield Fact(name, value, number, row)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


# --- what is asked for ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Answering:
    """The facts that answer a question: the best name, in every row that the question does not rule out.

    near: the cosine of question and name. sure: whether nothing better need be looked for.
    """

    question: str
    facts: tuple[Fact, ...]
    near: float
    sure: bool


def answering(question: str, facts: Sequence[Fact], results: Sequence[Result], model: Model) -> Answering | None:
    """What answers a question; None when nothing does well enough."""
    new = [fact for fact in facts if fact.name and not _told_in(fact, question)]
    if not new or not question.strip():
        return None
    bare = _without_values(question, results)
    near = cosines(model, [bare], [fact.spoken for fact in new])[0]
    score = {i: _support(fact, bare, question, float(near[i]), results) for i, fact in enumerate(new)}
    best = max(score, key=lambda i: score[i])
    if score[best] < _ANSWERS:
        return None
    same = [fact for fact in new if fact.name == new[best].name and fact.result == new[best].result]
    named = [fact for fact in same if _row_is_named(fact, facts, question)]
    found = tuple((named or same)[:_MOST_TOLD])
    return Answering(bare, found, float(near[best]), score[best] >= _SURE)


def _support(fact: Fact, bare: str, question: str, near: float, results: Sequence[Result]) -> float:
    own, wanted = content_words(fact.spoken) or words(fact.spoken), content_words(bare)
    said = _WORDS * overlap(own, wanted)
    source = _SOURCE * overlap(wanted, content_words(f"{spoken(results[fact.result].name)} {fact.spoken}"))
    return _MEANING * near + said + source + _by_kind(fact, question)


def _by_kind(fact: Fact, question: str) -> float:
    """What the kind of a value says: a date answers `when`, an amount `how much`, and neither answers the other."""
    kinds = asked(question)
    wanted = {kind for level in kinds.kinds for kind in level} - _FREE
    own = kinds_of_value(fact)
    if not wanted or not (own or kinds.sure):
        return 0.0
    if own & wanted:
        return _KIND
    # A number may measure many things; a date, a code or an address is no answer to a question for something else.
    return -_OTHER_KIND if own & _LOOSE else -_NO_ANSWER


def kinds_of_value(fact: Fact) -> set[str]:
    """The kinds that a value can be of, by its form and by its name; empty for words that may be anything."""
    if isinstance(fact.value, bool):
        return {"yes or no"}
    if isinstance(fact.value, int | float):
        named = set(kinds_of(fact.name, "", {"type": "number"}))
        return {"number", *(named & {"money", "percent", "quantity", "duration"})}
    form = form_of(fact.text)
    return {form} if form else set(kinds_of(fact.name, "", {"type": "string"})) & {"place", "name"}


def form_of(text: str) -> str:
    """The form of a short value: email, url, date, time, money, code, number or name; empty where it has none."""
    plain = text.strip()
    for kind in ("email", "url", "date", "time", "money", "phone"):
        if any(v.text == plain for v in values(plain, kind)):
            return kind
    if re.fullmatch(r"[\d.,]+", plain):
        return "number"
    if re.fullmatch(r"(?=[^\d]*\d)[A-Za-z0-9]+(?:[ _/-][A-Za-z0-9]+)*", plain) and re.search(r"[A-Z]", plain):
        return "code" if len(plain) <= 20 else ""
    if re.fullmatch(r"(?:[A-Z\u00c0-\u00de][\w'’.-]+)(?: (?:[a-z]{2,3} )?[A-Z\u00c0-\u00de][\w'’.-]+)+", plain):
        return "name"
    return ""


def _told_in(fact: Fact, question: str) -> bool:
    """Whether the question has the value itself: it is no news."""
    return len(fact.text) > 1 and re.search(rf"(?<!\w){re.escape(fact.text)}(?!\w)", question, re.I) is not None


def _row_is_named(fact: Fact, facts: Sequence[Fact], question: str) -> bool:
    others = [f for f in facts if (f.result, f.row) == (fact.result, fact.row) and f is not fact]
    return bool(fact.row) and any(_told_in(other, question) for other in others if not isinstance(other.value, bool))


def _without_values(question: str, results: Sequence[Result]) -> str:
    """The question without the values that were given to tools: what is left is what it asks about them."""
    left = question
    for result in results:
        given = _parsed(result.arguments)
        for value in given.values() if isinstance(given, dict) else ():
            if isinstance(value, str) and value.strip() and len(value.split()) <= 6:
                left = re.sub(rf"(?<!\w){re.escape(value)}(?:['’]s)?(?!\w)", " ", left, flags=re.IGNORECASE)
    return " ".join(left.split()) or question


def unheard_of(question: str, results: Sequence[Result]) -> bool:
    """Whether a question names somebody or something that no call and no result has spoken of yet."""
    heard = "\n".join(f"{result.arguments}\n{result.text}" for result in results).casefold()
    return any(value.text.casefold() not in heard for value in values(question, "name"))


# --- telling -------------------------------------------------------------------------------------------------------


def said_as_sentence(answer: Answering, results: Sequence[Result], *, source: bool = True) -> str:
    """`The expected arrival is 2026-11-27 (from shipping_status).`"""
    first = answer.facts[0]
    told = list(dict.fromkeys(_as_words(fact.value) for fact in answer.facts))
    tool = results[first.result].name
    if len(told) == 1:
        verb = "are" if re.search(r"[^su]s$", first.spoken) else "is"
        return f"The {first.spoken} {verb} {told[0]}{f' (from {tool})' if source else ''}."
    named = f"{first.spoken}, from {tool}" if source else first.spoken
    return f"There are {len(told)}: {', '.join(told[:-1])} and {told[-1]} ({named})."


def _as_words(value: Any) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


_ASKING = re.compile(
    r"\b(?:what|which|who|whose|when|where|why|how|whether)\b|^\W*(?:please\s+)?(?:tell|give|show|find|look|check|get)\b",
    re.IGNORECASE,
)
_NEXT_QUESTION = re.compile(r",?\s+and\s+(?:also\s+)?(?=(?:what|which|who|when|where|how)\b)", re.IGNORECASE)


def questions_in(request: str) -> list[str]:
    """The questions of a request, each alone; none where it only asks for something to be done."""
    own = [s for s in sentences(request) if s.rstrip().endswith("?")] or [
        s for s in sentences(request) if _ASKING.search(s)
    ]
    return [part.strip() for s in own for part in _NEXT_QUESTION.split(s) if part.strip()]
