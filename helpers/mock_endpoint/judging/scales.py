"""The scale of a verdict: the words or numbers that a judge prompt lets the judge choose from, worst to best."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Scale:
    """Values as the prompt writes them, each with its level from 0 (worst) to 1 (best). For a pair: A, B and a tie."""

    values: tuple[str, ...]
    levels: tuple[float, ...]
    kind: Literal["labels", "numbers", "pair"] = "labels"


# Verdict words that belong together: good, between, bad.
_SETS: tuple[tuple[str, str, str], ...] = (
    (r"pass(?:ed|es)?", r"partial(?: pass)?|borderline", r"fail(?:ed|s|ure)?"),
    (r"correct", r"partially[ _-]correct|partly[ _-]correct|partial(?:ly)?|incomplete", r"incorrect|wrong"
    r"|not[ _-]correct"),
    (r"supported|grounded", r"partially[ _-]supported|partial(?:ly)?|not[ _]enough[ _]info(?:rmation)?|unclear",
     r"unsupported|not[ _-]supported|ungrounded|not[ _-]grounded|contradicted|hallucinated"),
    (r"faithful", r"partially[ _-]faithful|partial(?:ly)?", r"unfaithful|not[ _-]faithful|hallucinat(?:ed|ion)"),
    (r"entail(?:ment|ed|s)", r"neutral|unknown", r"contradict(?:ion|ed|s)?|not[ _-]entail(?:ment|ed)"),
    (r"acceptable", r"borderline|marginal", r"unacceptable|not[ _-]acceptable"),
    (r"accept(?:ed)?|approved?", r"revise|unsure|needs? (?:work|review)", r"reject(?:ed)?|declined?"),
    (r"accurate", r"partially[ _-]accurate|partly accurate", r"inaccurate|not[ _-]accurate"),
    (r"good|excellent|great", r"ok(?:ay)?|fair|average|medium|mediocre|acceptable", r"bad|poor"),
    (r"high", r"medium|moderate", r"low"),
    (r"relevant", r"partially[ _-]relevant|somewhat relevant", r"irrelevant|not[ _-]relevant"),
    (r"helpful", r"somewhat helpful|neutral", r"unhelpful|not[ _-]helpful"),
    (r"valid|right", r"partial(?:ly)?[ _-]?(?:valid|right)?", r"invalid|wrong"),
    (r"safe", r"unclear", r"unsafe"),
    (r"corret[oa]|aprovad[oa]", r"parcial(?:mente)?(?: corret[oa])?", r"incorret[oa]|errad[oa]|reprovad[oa]"),
    (r"correct[oa]|aprobad[oa]", r"parcial(?:mente)?(?: correct[oa])?", r"incorrect[oa]|reprobad[oa]|suspenso"),
    (r"true", r"partly true|mixed|unknown", r"false"),
    (r"yes", r"partly|partially|unsure|maybe", r"no(?! (?:explan|other|more|text|comment|punct|reason|need|matter"
    r"|prose))"),
    (r"sim|sí", r"parcialmente|talvez|quizás", r"não|no"),
)  # fmt: skip
_NUMBERS = re.compile(
    r"(?P<low>-?\d{1,3}(?:\.\d+)?)\s*(?:\([^)\n]{1,40}\)\s*)?(?:-|–|—|to|through|and|\.\.|a|até"
    r"|hasta)\s*(?P<high>\d{1,3}(?:\.\d+)?)\b(?!\s*(?:words?|sentences?|%|"
    r"bullet|items|minutes|hours|days|euros|dollars|years|palavras|frases))",
    re.IGNORECASE,
)
_OUT_OF = re.compile(r"\b(?:out of|from|de)\s+(?P<high>5|10|100|20|4|3|7)\b|/(?P<slash>5|10|100)\b", re.IGNORECASE)
_RATES = re.compile(
    r"\b(?:scor\w*|rat(?:e|es|ed|ing)|scale|points?|grad(?:e|es|ing)|marks?|stars?|integer|number|nota|escala"
    r"|pontu\w+|puntu\w+"
    r"|likert)\b",
    re.IGNORECASE,
)
_LETTERS = re.compile(r"\bA\s*(?:-|–|to)\s*(F|E|D)\b|\bA,\s*B,\s*C(?:,\s*D)?(?:,\s*(?:E|F))*(?:,?\s*or\s*([DEF]))?\b")
_ZERO_OR_ONE = re.compile(
    r"\b0\s*(?:or|/)\s*1\b|\b1\s*(?:or|/)\s*0\b|\b1\s+if\b[^\n]{1,120}\b0\s+(?:if|otherwise)", re.IGNORECASE
)


def label_scale(text: str, *, asked: str = "", loud: bool = False) -> Scale | None:
    """The verdict words that the instructions offer. asked: sentences that tell what to reply; they decide.

    loud: only words in capitals or offered side by side (`yes or no`), not any that are merely used.
    """
    for own in (asked, text):
        best: tuple[int, Scale] | None = None
        for rank, words in enumerate(_SETS):
            good, between, bad = (_first(pattern, own) for pattern in words)
            if not good or not bad or good == bad:
                continue
            weight = 20 * (good.isupper() and bad.isupper()) + 10 * _beside(good, bad, own)
            if loud and not weight:
                continue
            values = [(bad, 0.0), *([(between, 0.5)] if between else []), (good, 1.0)]
            scale = Scale(tuple(v for v, _ in values), tuple(level for _, level in values))
            if best is None or weight - 0.1 * rank > best[0]:
                best = (weight - 0.1 * rank, scale)  # type: ignore[assignment]
        if best is not None:
            return best[1]
    return None


_WORD = r"[A-Za-zÀ-ÿ][\w-]*"
_PHRASE = rf"(?:(?:not|no|não|partly|very) )?{_WORD}"
_QUOTE = r"[\"'`“”’*]{1,2}"
_OFFERED = (
    re.compile(
        rf"{_QUOTE}(?P<one>{_WORD}(?:[ -][\w-]+){{0,3}}){_QUOTE}[^\n\"'`“”]{{0,120}}?"
        rf"{_QUOTE}(?P<two>{_WORD}(?:[ -][\w-]+){{0,3}}){_QUOTE}"
    ),
    re.compile(rf"(?:->|=>|→)\s*(?P<one>{_PHRASE})\b[^\n]{{0,80}}?(?:->|=>|→|otherwise|else)[ :,>]*(?P<two>{_PHRASE})"),
    re.compile(r"\b(?P<one>[A-ZÀ-Þ]{3,}(?:_[A-Z]+)?)\b[^\n]{0,80}?\b(?:or|otherwise|else|ou|o"
               r"|/)\s+(?P<two>[A-ZÀ-Þ]{3,}(?:_[A-Z]+)?)\b"),
    re.compile(rf"\((?P<one>{_PHRASE})\s*(?:/|\|| or )\s*(?P<two>{_PHRASE})\)", re.IGNORECASE),
    re.compile(
        r"\b(?:verdict|answer|reply|respond|say|write|label|judgement|judgment|call it|decide|output|return"
        r"|print|mark (?:it )?(?:as )?|is it|responda|responde|diga)\b"
        r"(?:\s+(?:is|be|must be|should be|only|just|with|one word|either|whether it is|one of"
        r"|as))*\s*[:,-]?\s*(?:either )?"
        rf"(?P<one>{_PHRASE})\s*(?:/|\|| or | ou | o )\s*(?P<two>{_PHRASE})(?=\s*(?:[.,;!?]|$|\n))",
        re.IGNORECASE,
    ),
)  # fmt: skip
_NO_VERDICT = frozenset(
    [
        "a",
        "b",
        "the",
        "an",
        "it",
        "one",
        "two",
        "first",
        "second",
        "both",
        "neither",
        "none",
        "other",
        "reason",
        "explanation",
        "why",
        "more",
        "question",
        "text",
    ]
)
_PREFIX = re.compile(r"^(?:in|un|im|ir|il|dis|mis|non-?|not |no |não |des|mal|ab)", re.IGNORECASE)


def offered_scale(text: str, asked: str, worse: Callable[[str, str], bool]) -> Scale | None:
    """Two verdict words of the prompt's own, wherever it offers them. worse: whether the first means a worse one."""
    for own in (asked, text):
        for pattern in _OFFERED:
            for match in pattern.finditer(own):
                one, two = match["one"], match["two"]
                if one.lower() == two.lower() or {one.lower(), two.lower()} & _NO_VERDICT or one.isdigit():
                    continue
                bad_first = _negates(one, two) or (not _negates(two, one) and worse(one, two))
                return Scale((one, two) if bad_first else (two, one), (0.0, 1.0))
    return None


def _negates(one: str, other: str) -> bool:
    return _PREFIX.sub("", one, count=1).lower() == other.lower()


_OF_FAULTS = re.compile(
    r"\b(?:does|do|is|are|did|has|have|should)\b[^.?\n]{0,60}\b(?:contain|include|has|have|add|make|give"
    r"|state|say|mention|there|anything)?\b[^.?\n]{0,40}?"
    r"\b(?:errors?|mistakes?|hallucinat\w+|invent\w*|unsupported|fabricat\w+|contradict\w*|wrong|incorrect"
    r"|false|inaccura\w+|rude|impolite|offensive"
    r"|made up|that (?:is|are) not in|(?:is|are) not (?:in|supported)|not found in|rejected)\b[^.\n]{0,60}\?",
    re.IGNORECASE,
)


def turned(scale: Scale, text: str) -> Scale:
    """A scale of yes and no the other way round where the question asks for faults: `Does it contain errors?`"""
    words = {v.lower() for v in scale.values}
    if (
        len(words) != 2
        or not words <= {"yes", "no", "true", "false", "sim", "não", "sí"}
        or not _OF_FAULTS.search(text)
    ):
        return scale
    return Scale(scale.values, tuple(1 - level for level in scale.levels), scale.kind)


def _first(pattern: str, text: str) -> str:
    """A verdict word as the prompt writes it: in capitals or in quotes before any other."""
    found = [m for m in re.finditer(rf"(?<![\w-])(?:{pattern})(?![\w-])", text, re.IGNORECASE)]
    written = [m.group() for m in found if m.group().isupper() and len(m.group()) > 1]
    quoted = [m.group() for m in found if text[max(0, m.start() - 1) : m.start()] in tuple("\"'`“[*")]
    return next(iter([*written, *quoted, *(m.group() for m in found)]), "")


def _beside(good: str, bad: str, text: str) -> bool:
    """`PASS or FAIL`, `"yes" / "no"`: the two words stand together as alternatives."""
    one, other = re.escape(good), re.escape(bad)
    between = r"[\"'`”*\]]{0,3}\s*(?:,|/|\||or|ou|o|and|;)\s*(?:[^.\n]{0,40}?(?:,|/|\||or|ou|o)\s*)?[\"'`“*\[]{0,3}"
    return bool(re.search(rf"{one}{between}{other}|{other}{between}{one}", text, re.IGNORECASE))


def number_scale(text: str) -> Scale | None:
    """`from 1 to 5`, `0-10`, `out of 10`, a grade from A to F; None where no such scale is given."""
    if _ZERO_OR_ONE.search(text):
        return Scale(("0", "1"), (0.0, 1.0), "numbers")
    for match in _NUMBERS.finditer(text):
        around = text[max(0, match.start() - 80) : match.end() + 40]
        if _RATES.search(around):
            return between(
                float(match["low"]), float(match["high"]), fractions="." in match.group() or match["high"] == "1"
            )
    if (match := _OUT_OF.search(text)) and _RATES.search(text[max(0, match.start() - 60) : match.end() + 40]):
        return between(1.0 if (match["high"] or match["slash"]) == "5" else 0.0, float(match["high"] or match["slash"]))
    if match := _LETTERS.search(text):
        letters = "ABCDEF"[: "ABCDEF".index(match[1] or match[2] or "D") + 1].replace(
            "E", "" if "F" in match.group() else "E"
        )
        return Scale(tuple(reversed(letters)), tuple(i / (len(letters) - 1) for i in range(len(letters))))
    return None


def between(low: float, high: float, *, fractions: bool = False) -> Scale:
    """A scale of numbers: whole ones, or tenths where it runs from 0 to 1."""
    if high <= low:
        low, high = high, low
    if fractions and high - low <= 1:
        steps = [round(low + i / 10 * (high - low), 2) for i in range(11)]
    else:
        width = max(1, round((high - low) / 100 * 5)) if high - low > 20 else 1
        steps = list(range(round(low), round(high) + 1, width))
    span = (steps[-1] - steps[0]) or 1
    return Scale(tuple(f"{s:g}" for s in steps), tuple((s - steps[0]) / span for s in steps), "numbers")


_TIE = re.compile(r"\b(?:tie|tied|draw|equal(?:ly good)?|same|both|neither|empate)\b", re.IGNORECASE)
_TIE_WORD = re.compile(r"[\"'`\[(]{0,2}\b(tie|draw|equal|both|neither|same|empate)\b", re.IGNORECASE)


def pair_scale(text: str, numbered: bool) -> Scale:
    """The words for the first answer, the second, and a tie where the prompt allows one."""
    first, second = ("1", "2") if numbered else ("A", "B")
    bracketed = re.search(r"\[\[\s*A\s*\]\]", text)
    if re.search(r"\b(?:first|second)\b\W{1,3}(?:or|,|/)\W{1,3}\b(?:first|second)\b", text, re.IGNORECASE):
        first, second = "first", "second"
    elif worded := re.search(
        r"[\"'`](answer|response|model|assistant|option|summary|reply)[ _](?:A|1)[\"'`]", text, re.IGNORECASE
    ):
        joint = worded.group()[1 + len(worded[1])]
        first, second = f"{worded[1]}{joint}{first}", f"{worded[1]}{joint}{second}"
    tie = ""
    if _TIE.search(text):
        named = re.search(r"[\[\"'`]{1,2}(C)[\]\"'`]{1,2}[^\n]{0,20}\btie", text) or re.search(
            r"\b(C)\b\s*(?:for|if|=|:)[^\n]{0,20}\btie", text
        )
        word = _TIE_WORD.search(text)
        tie = named[1] if named else word[1] if word else "tie"
    values = [first, second, *([tie] if tie else [])]
    if bracketed:
        values = [f"[[{value}]]" for value in values]
    return Scale(tuple(values), (1.0, 0.0, 0.5)[: len(values)], "pair")
