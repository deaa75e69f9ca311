# ruff: noqa: SIM905 - lists of words read better as text
"""One field of a schema and the values in a text that may fill it, each with its support.

Support is a sum of evidence: the text names the value by the field's name (`Total: 12`), words of the field stand near
the value, the clause that holds it means the same, its type is the one the field asks for.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..api import patterns
from ..api.schemas import Node, conforms
from ..config import SIM_LARGE
from ..meaning.similarity import cosines
from ..text import normalise
from ..text.language import STOP_WORDS, content_words, overlap, words
from ..text.values import numbers_alone, values
from .kinds import is_prose, kinds_of, spoken
from .source import Source, Span

# Weights of the evidence, and the support from which a value is taken. Set on notes, orders and letters that occur in
# no lesson; tests/test_mock_structured.py counts what comes out right on others.
_NAMED, _NEAR_NAME, _NEAR_DESCRIPTION, _MEANING, _TYPE = 1.6, 0.7, 0.35, 0.8, 0.3
_COUNTED = 0.3
_ENOUGH = 0.45
_ECHO = 0.35
_FULL_NAME = 0.15  # two capitalised words are more surely a name than one
_SURE_KINDS = frozenset(
    ("email", "url", "phone", "colour", "currency", "address", "date time")
)  # one in the text is evidence in itself
_TELLING = frozenset(("date", "time", "money", "percent", "address", "month day"))  # the only one of these is telling
_ONLY = 0.2
_REACH = 30.0  # characters at which the nearness of a word counts half
_LIKE_NAME = 0.45  # from which it may be so, if no other field is nearer
_SAME_NAME = 0.62  # cosine of a pair's key and a field's name that mean the same
_READ, _MOST_VALUES = 300, 24  # candidates read at all, and those compared by meaning

_CODE = re.compile(
    r"\b\d{1,4}\s[A-Z]{1,3}\s\d+/\d+\b|\b[A-Z]{2,4}\s\d{1,6}\b|\b[A-Z]{1,6}[-_/]?\d[\w/-]*\b|\b\d+(?:-\d+)+\b|\b\d+[A-Z][\w-]*\b|\b[A-Z]{2,}(?:-[A-Z\d]+)+\b|\b0x[0-9a-f]+\b"
)
CURRENCY = re.compile(
    r"[$€£¥₹]|\b(?:USD|EUR|GBP|BRL|JPY|CHF|INR|CAD|AUD|SEK|NOK|DKK|MXN|dollars?|euros?|pounds?|yen|rupees?|francs?|pesos?)\b"
)
# Which words lead to a value, by words of the field.
_LED_BY = tuple(
    (re.compile(rf"\b(?:{words})\b"), re.compile(rf"\b(?:{leads})\s+(?:the\s+)?$"))
    for words, leads in (
        (
            r"from|origin|source|departure|sender|start\w*|begin\w*|since|old|available",
            "from|since|starting|left|leaving",
        ),
        (r"to|destination|target|arrival|recipient|end\w*|until|new", "to|until|into|till|for|by"),
        (r"author|by|made|creator|artist|director|owner|writer|performer|painter|composer", "by"),
        (r"guest|customer|client|recipient|patient|person|passenger|beneficiary|attendee", "for"),
        (r"company|organi[sz]ation|employer|firm|agency", "from|at|for|with"),
        (r"via|through", "via|through"),
        (r"room|place|location|where|spot", "in|at|inside"),
        (r"away|opponent|guest team|visitors?", "against|versus|vs|v|away to"),
    )
)
UNIT = (
    r"k?g|mg|grams?|kilos?|kilograms?|ml|cl|l|lit(?:er|re)s?|cm|mm|m|km|met(?:er|re)s?|hours?|hrs?|minutes?|mins?|days?|nights?|x|times|pcs"
    r"|pieces?|boxes|packs?|packets?|bags?|bottles?|cans?|jars?|tins?|sacks?|crates?|slices?|cups?|glasses|pairs?|units?|euros?|dollars?|pounds?|tons?|tonnes?|degrees?"
)
_DIGITS = re.compile(r"\d[\d.,]*")
_UNIT_AFTER = re.compile(
    rf"(?:\d|\b(?:two|three|four|five|six|seven|eight|nine|ten|an?))\s?({UNIT})(?=[\s,.;)]|$)", re.IGNORECASE
)
_UNIT = re.compile(UNIT, re.IGNORECASE)
# `40 grams of saffron`, `3 x cable`: what stands after an amount is what there is so much of.
_COUNTS = re.compile(rf"\d\s*(?:(?:{UNIT})\s+)?(?:of\s+|de\s+)?$", re.IGNORECASE)
_LOCATIVE = re.compile(
    r"\b(?:in|at|from|near|to|into|of|for|em|no|na|de|para|en)\s+(?:the\s+|el\s+|la\s+)?$", re.IGNORECASE
)


@dataclass(frozen=True)
class Field:
    """A leaf of a schema: where it stands, its one type, and what it is called."""

    path: tuple[str, ...]
    node: Node
    nullable: bool
    required: bool

    @property
    def name(self) -> str:
        return spoken(self.path[-1]) if self.path else ""

    @property
    def description(self) -> str:
        about = self.node.get("description") or self.node.get("title") or ""
        return about if isinstance(about, str) else ""

    @property
    def phrase(self) -> str:
        """Name, the names around it, and description as words."""
        around = " ".join(spoken(part) for part in self.path[-2:-1])
        return f"{around} {self.name}. {self.description}".strip(" .")

    # Each is asked for every candidate, and a name or a description may be as long as a text.
    @cached_property
    def name_stems(self) -> frozenset[str]:
        return frozenset(content_words(self.name))

    @cached_property
    def description_stems(self) -> frozenset[str]:
        return frozenset(content_words(self.description))

    @cached_property
    def prose(self) -> bool:
        """Whether the field asks for a sentence or a clause."""
        return self.node.get("type") == "string" and bool(self.path) and is_prose(self.path[-1], self.description)

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        return kinds_of(self.path[-1] if self.path else "", self.description, self.node)


@dataclass(frozen=True)
class Found:
    """A value for a field, its support, and where in the text it stands."""

    value: Any
    support: float
    start: int = -1
    end: int = -1

    @property
    def supported(self) -> bool:
        return self.support >= _ENOUGH


def _without_echo(span: Span, echo: frozenset[str]) -> Span:
    """`hallway light` for a tool that switches lights is `hallway`."""
    text, start = span.text, span.start
    while " " in text and set(content_words(text.rsplit(" ", 1)[1])) & echo and text.rsplit(" ", 1)[1].islower():
        text = text.rsplit(" ", 1)[0]
    while " " in text and set(content_words(text.split(" ", 1)[0])) & echo:
        start += len(text.split(" ", 1)[0]) + 1
        text = text.split(" ", 1)[1]
    return Span(text, start, start + len(text))


def found_for(field: Field, source: Source, echo: frozenset[str] = frozenset()) -> list[Found]:
    """Values for a string or number, best first; every one keeps the field's schema.

    echo: stems that only say what is asked for, as a tool's description; a value of nothing else is worth less.
    """
    candidates = _candidates(field, source)
    if echo and not field.prose:
        candidates = [(_without_echo(span, echo - set(content_words(field.name))), worth) for span, worth in candidates]
    if len(candidates) > _READ:
        candidates = source.near_words(candidates, set(content_words(field.phrase)), _READ)
    # Those are compared by meaning for which the most speaks without it.
    rows = sorted(
        ((worth + _by_words(field, source, span), span) for span, worth in candidates), key=lambda row: -row[0]
    )[:_MOST_VALUES]
    if not rows:
        return []
    meaning = _meaning(field, source, [span for _, span in rows])
    best: dict[tuple[int, int], Found] = {}
    for (told, span), near in zip(rows, meaning, strict=True):
        value = _as_type(span.text, field, source)
        if value is None or not conforms(value, field.node):
            continue
        support = told + _MEANING * near
        if echo and set(content_words(span.text)) <= echo:
            support -= _ECHO
        if span.start >= 0 and best.get((span.start, span.end), Found(None, -9)).support < support:
            best[span.start, span.end] = Found(value, support, *_extent(span, field))
    return sorted(best.values(), key=lambda found: (-found.support, found.start))


def _extent(span: Span, field: Field) -> tuple[int, int]:
    """Where a value stands; of an amount only the digits, so that its unit is left for another field."""
    digits = re.search(r"\d[\d.,]*", span.text) if field.node.get("type") != "string" else None
    return (span.start + digits.start(), span.start + digits.end()) if digits else (span.start, span.end)


# --- candidates ----------------------------------------------------------------------------------------------------


def _candidates(field: Field, source: Source) -> list[tuple[Span, float]]:
    """Stretches of the text that may be the value, with what their origin and type add to their support."""
    spans = list(_named(field, source))
    if source.model.reads_descriptions and (like := _like_example(field.description)):
        spans += [(_span(m), 0.8) for m in like.finditer(source.text)]
    if pattern := field.node.get("pattern"):
        loose = pattern.removeprefix("^").removesuffix("$")
        spans += [(_span(m), 0.5) for m in patterns.found_in(rf"(?<!\w)(?:{loose})(?!\w)", source.text) if m.group()]
    kinds = field.kinds
    for place, kind in enumerate(kinds):
        worth = _TYPE * (1.0 if place == 0 else 0.4) + (0.35 if kind in _SURE_KINDS else 0.0)
        own = list(_of_kind(kind, field, source))
        if place == 0 and kind in _TELLING and len({s.text for s in own}) == 1:
            worth += _ONLY
        spans += [(s, worth + _FULL_NAME * (" " in s.text and kind == "name")) for s in own]
    if field.node.get("type") == "string":
        if field.prose:
            spans += [(span, 0.3) for span in source.sentences]
            spans += [(span, 0.2 if len(span.text.split()) > 2 else 0.0) for span in source.clauses]
            spans += [(pair.value, 0.45) for pair in source.pairs if len(pair.value.text.split()) > 2]
            spans += [(_span(m, 1), 0.6) for m in _AFTER_BRACKET.finditer(source.text)]
        elif not kinds or kinds[0] in ("name", "place", "code"):
            phrases = [_without_own_words(span, field) for span in _phrases(source) if not _is_dated(source, span)]
            coded = kinds[:1] == ("code",)
            spans += [(s, 0.0 if kinds else 0.15) for s in phrases if not coded or any(c.isdigit() for c in s.text)]
            spans += [(_span(m, 1), 0.6) for m in _BRACKETED.finditer(source.text)]
        spans += [(_span(m, 1), 0.2) for m in re.finditer(r"[\"“«]([^\"”»\n]{1,200})[\"”»]", source.text)]
    return [(s, worth) for s, worth in spans if s.start not in source.keys or _TWO_CAPITALS.match(s.text)]


def _is_dated(source: Source, span: Span) -> bool:
    """Whether a phrase is part of a date, a time or an amount of money, or begins with one."""
    at = bisect_left(source.typed, (span.start, -1))
    before = at > 0 and source.typed[at - 1][1] > span.start
    return before or (at < len(source.typed) and source.typed[at][0] < span.end)


_TWO_CAPITALS = re.compile(r"[A-ZÀ-Þ][\w'’.-]+ [A-ZÀ-Þ]")  # `Ana Lima: bring chairs` names a person, not a field
_EXAMPLE = re.compile(
    r"\b(?:e\.g\.|such as|for example|like|example:)\s*[\"'`]?([A-Z]{1,6}[ _/-]?\d{2,}[\w-]*|\d+[-/]\d+[\w/-]*)"
)


def _like_example(description: str) -> re.Pattern[str] | None:
    """The shape of the example that a description gives: of `e.g. B-12345`, a capital, a hyphen and digits."""
    match = _EXAMPLE.search(description)
    if match is None:
        return None
    parts = re.findall(r"[A-Z]+|\d+|[^A-Z\d]+", match[1])
    shape = "".join(r"\d+" if p.isdigit() else f"[A-Z]{{{len(p)}}}" if p.isupper() else re.escape(p) for p in parts)
    return re.compile(rf"(?<![\w-]){shape}(?![\w-])")


_AFTER_BRACKET = re.compile(r"^[^\n\]]*\d[^\n\]]*\][ \t]*:?[ \t]*([^\n]+)$", re.MULTILINE)  # of a line of a log
_BRACKETED = re.compile(r"\[([\w.-]{2,40})\]")


def _named(field: Field, source: Source) -> Iterator[tuple[Span, float]]:
    """Values of pairs whose key is the field's name, or means the same."""
    if not source.pairs or not field.name:
        return
    keys = [spoken(pair.key) for pair in source.pairs]
    same = cosines(source.model, [field.name], keys)[0]
    own = [content_words(name) or words(name) for name in (field.name, *_other_names(field, source))]
    for pair, key, cosine in zip(source.pairs, keys, same, strict=True):
        theirs = content_words(key) or words(key)
        shared = max(overlap(name, theirs) * overlap(theirs, name) if name and theirs else 0.0 for name in own)
        led = any(leads.fullmatch(f"{key} ") for leads in _leads_of(field))
        if shared >= 0.5 or cosine >= _LIKE_NAME or led:
            worth = _NAMED * (
                0.9 if led else max(shared, float(cosine) if cosine >= _SAME_NAME else float(cosine) - 0.1)
            )
            typed = _typed_part(pair.value, field)
            if typed is not None:
                yield typed, worth
            elif shared >= 0.5 or led or not field.kinds:
                yield pair.value, worth


_ALSO = re.compile(
    r"\b(?:also|or|aka|synonyms?|other names?|otherwise)(?: known as| called| named| in filings)?\b:?|[,;:]"
)


def _other_names(field: Field, source: Source) -> list[str]:
    """What a description lists beside a field's name: `Turnover, net sales or receipts` -> three names."""
    if not source.model.reads_descriptions:
        return []
    listed = [
        part.strip(' ."“”')
        for sentence in re.split(r"(?<=\w)\.\s", field.description[:_LISTED])
        for part in _ALSO.split(sentence)
    ]
    return (
        list(dict.fromkeys(part for part in listed if part and len(part.split()) <= _SHORT_NAME))
        if len(listed) > 1
        else []
    )


_LISTED = 600  # characters of a description in which other names are looked for


def _typed_part(span: Span, field: Field) -> Span | None:
    """The first value of the kind asked for in what the text names; of a short name the whole."""
    for kind in field.kinds[:2]:
        if kind in ("name", "place") and len(span.text.split()) <= _SHORT_NAME and not re.search(r"[.;]\s", span.text):
            return span
        inner = next(iter(_of_kind(kind, field, Source(span.text, _READER))), None)
        if inner is not None:
            return Span(inner.text, span.start + inner.start, span.start + inner.end)
    cut = re.search(r"[.;]\s", span.text)
    return Span(span.text[: cut.start()], span.start, span.start + cut.start()) if cut and not field.prose else None


_SHORT_NAME = 5
_READER = SIM_LARGE  # of a few words: every model reads them whole


def _of_kind(kind: str, field: Field, source: Source) -> Iterator[Span]:
    if kind == "unit":
        yield from (_span(m, 1) for m in _UNIT_AFTER.finditer(source.text))
    elif kind == "currency":
        yield from (_span(m) for m in CURRENCY.finditer(source.text))
    elif kind == "place":
        for span in _of_kind("name", field, source):
            if _LOCATIVE.search(source.text[max(0, span.start - 24) : span.start]):
                more = re.match(r"\s(?:\d{1,4}[a-z]?|[A-Z])\b", source.text[span.end :])  # `Dock 4`, `Hall B`
                end = span.end + (more.end() if more else 0)
                yield Span(source.text[span.start : end], span.start, end)
    elif kind == "name":
        yield from _names(source)
    elif kind == "code":
        yield from (_span(m) for m in _CODE.finditer(source.text))
    else:
        own = (
            (*numbers_alone(source.text), *values(source.text, "ordinal"), *values(source.text, "nobody"))
            if kind == "number"
            else values(source.text, kind)
        )
        if kind == "duration" and field.kinds[0] != "duration":
            own = tuple(
                v for v in own if not v.text.lower().startswith(("a ", "an "))
            )  # `a week` is no number of stars
        yield from (Span(v.text, v.start, v.start + len(v.text)) for v in own)


_LOWER_START = re.compile(
    r"\s+(?:\w+(?:ed|s)|has|had|was|is|will|and|wrote|said|bought|sent|took|lost|paid|made|came)\b"
)


def _names(source: Source) -> Iterator[Span]:
    taken = set()
    for value in values(source.text, "name"):
        text, start = (
            re.sub(
                r"['’]s$",
                "",
                re.split(
                    r"(?<!\bDr)(?<!\bMr)(?<!\bMs)(?<!\bMrs)(?<!\bProf)(?<!\bSt)\. |\n|\s(?:of|and)\s(?=(?:Mr"
                    r"|Mrs|Ms|Dr|Prof)\b)",
                    value.text,
                )[0].rstrip(".,-"),
            ),
            value.start,
        )
        first, _, rest = text.partition(" ")
        if (
            rest
            and first.lower() in VERBS
            and (start == 0 or source.text[max(0, start - 8) : start].rstrip(" ")[-1:] in ".!?:\n")
        ):
            text, start = rest, start + len(first) + 1  # "Invite Ana Costa": an order and a name
        if text and re.split(r"['’]", text)[0].lower() not in STOP_WORDS:
            taken.add(start)
            yield Span(text, start, start + len(text))
    for match in _ALONE.finditer(source.text):
        if match.start(1) not in taken and match[1].lower() not in STOP_WORDS | VERBS:
            taken.add(match.start(1))
            yield _span(match, 1)
    # A single capitalised word that begins a sentence is a name where a verb follows it.
    for sentence in source.sentences:
        first = re.match(r"[A-ZÀ-Þ][\w'’-]+", sentence.text)
        if (
            first
            and sentence.start not in taken
            and re.split(r"['’]", first.group())[0].lower() not in STOP_WORDS | VERBS
        ):
            rest = sentence.text[first.end() :]
            if _LOWER_START.match(rest) or re.match(r" \(|,|\s*(?://|[-–—|:;]\s|\n|$)", rest):
                yield Span(first.group(), sentence.start, sentence.start + first.end())


_ALONE = re.compile(r":[ \t]+([A-ZÀ-Þ][\w'’-]+)(?=[ \t]*(?:\(|,|;|\n|$))")  # `Patient: Momo (cat)`
VERBS = frozenset(
    """
    ordered bought wants want need needs like likes would sent called wrote arrived left paid booked asked
    reported works work lives live made took came went said says told please send give show find get set turn
    play add remove create make check look search tell book order delete open close is are was were has have had
    will can could looking using use written born founded moved joined found lost broke stopped started named
    titled cost costs
    invite contact email ask dear hi hello thanks yours regards put lock switch start sell buy heat hear
    remind now today again still yet anymore soon back it's i'm i'd i've what's where's who's how's that's don't
    """.split()
)  # fmt: skip


def _phrases(source: Source) -> Iterator[Span]:
    """Runs of words without a function word, a verb or a mark between them: rough noun phrases."""
    run: list[re.Match[str]] = []
    last = 0
    for match in [*re.finditer(r"[^\W_][\w'’.-]*[^\W_]|[^\W_]", source.text), None]:
        gap = source.text[last : match.start()] if match else "."
        word = match.group() if match else ""
        ends = match is None or gap.strip() != "" or "\n" in gap
        breaks = match is None or word.lower() in STOP_WORDS or word.lower() in VERBS
        counted = _DIGITS.fullmatch(word) and run and all(one.group().islower() for one in run)  # `bedroom 19 degrees`
        if run and (ends or breaks or counted):
            yield Span(source.text[run[0].start() : run[-1].end()], run[0].start(), run[-1].end())
            if len(run) > 2 and _DIGITS.fullmatch(run[0].group()) and _UNIT.fullmatch(run[1].group()):
                run = run[2:]
                yield Span(source.text[run[0].start() : run[-1].end()], run[0].start(), run[-1].end())
            elif len(run) == 2 and _DIGITS.fullmatch(run[0].group()) and _UNIT.fullmatch(run[1].group()):
                pass
            elif len(run) > 1 and (run[0].group().isdigit() or normalise.number(run[0].group()) is not None):
                yield Span(source.text[run[1].start() : run[-1].end()], run[1].start(), run[-1].end())
            run = []
        if match and not breaks:
            run.append(match)
        last = match.end() if match else last


def _without_own_words(span: Span, field: Field) -> Span:
    """`customer Vega` for the field customer_name is `Vega`; a capital belongs to the name, as in `Lake Vela`."""
    parts, first = span.text.split(" "), 0
    while first < len(parts) - 1 and parts[first][:1].islower() and field.name_stems & {*content_words(parts[first])}:
        first += 1
    text = " ".join(parts[first:])
    return Span(text, span.end - len(text), span.end)


def _span(match: re.Match[str], group: int = 0) -> Span:
    return Span(match.group(group), match.start(group), match.end(group))


# --- evidence ------------------------------------------------------------------------------------------------------


def _meaning(field: Field, source: Source, spans: Sequence[Span]) -> list[float]:
    """How near in meaning the field is to the clause of each value; for a phrase, to the phrase itself too."""
    clauses = [source.clause_at(span.start).text for span in spans]
    unique = list(dict.fromkeys([*clauses, *(span.text for span in spans)]))
    near = dict(zip(unique, cosines(source.model, [field.phrase], unique)[0], strict=True))
    return [max(float(near[c]), float(near[s.text])) for c, s in zip(clauses, spans, strict=True)]


_WORD = re.compile(r"[^\W_]+")
_FAR = 600  # characters


def _by_words(field: Field, source: Source, span: Span) -> float:
    """Nearness of the field's words to a value in its sentence, the preposition before it, and what it may not be."""
    sentence = source.sentence_at(span.start)
    names = set(field.name_stems) or set(words(field.name))
    described = field.description_stems - names
    near_name = near_description = 0.0
    says_more = bool(set(content_words(span.text)) - names)
    # A word far away says next to nothing, and a sentence may be as long as the text.
    begin, stop = max(sentence.start, span.start - _FAR), min(sentence.end, span.end + _FAR)
    for word in _WORD.finditer(source.text, begin, stop):
        start, end = word.start(), word.end()
        inside = start < span.end and end > span.start and field.node.get("type") not in ("integer", "number")
        if inside and not (word.group()[0].isupper() and says_more):
            continue  # `lake` does not speak for `lake`, but it does for `Lake Vela`
        distance = max(start - span.end, span.start - end, 0)
        if "," in source.text[min(end, span.end) : max(start, span.start)]:
            distance += 15
        for stem in content_words(word.group()):
            worth = 1 / (1 + distance / _REACH)
            near_name = max(near_name, worth * _like(stem, names))
            near_description = max(near_description, worth * _like(stem, described))
    counted = _COUNTED * (
        field.node.get("type") == "string" and bool(_COUNTS.search(source.text[max(0, span.start - 30) : span.start]))
    )
    return (
        _NEAR_NAME * near_name
        + _NEAR_DESCRIPTION * near_description
        + _led(field, source, span)
        + counted
        + _role(field, source, span)
        + _in_range(field, source, span)
    )


def _like(stem: str, wanted: set[str]) -> float:
    if stem in wanted:
        return 1.0
    return 0.8 if len(stem) >= 5 and any(w[:5] == stem[:5] for w in wanted) else 0.0


def _leads_of(field: Field) -> list[re.Pattern[str]]:
    """Which prepositions lead to a value of the field."""
    for told in (field.name, field.description.lower().split(".")[0]):
        if leads := [leads for words, leads in _LED_BY if words.search(told)]:
            return leads
    return []


def _role(field: Field, source: Source, span: Span) -> float:
    """What `Ana Lima (tenant)` and `the tenant, Ana Lima` say of a field named tenant."""
    own = set(content_words(field.name))
    after = re.match(r"\s*\((?:the\s+)?([^)\n]{1,30})\)", source.text[span.end : span.end + 40])
    before = re.search(r"(\w+),\s+$", source.text[max(0, span.start - 30) : span.start])
    if after and own & set(content_words(after[1])):
        return _NAMED / 2
    return _NAMED / 4 if before and own & set(content_words(before[1])) else 0.0


_LOW = re.compile(r"\b(?:min(?:imum)?|low(?:est|er)?|least|from|start)\b")
_HIGH = re.compile(r"\b(?:max(?:imum)?|high(?:est)?|upper|most|to|end|up to)\b")


def _in_range(field: Field, source: Source, span: Span) -> float:
    """For a lowest or highest value: whether it is that end of a range such as `31 to 36`."""
    low, high = _LOW.search(field.name), _HIGH.search(field.name)
    if bool(low) == bool(high):
        return 0.0
    for whole in values(source.text, "range"):
        if whole.start <= span.start and span.end <= whole.end + 12:
            first = span.start - whole.start < len(whole.text) / 3
            return _NAMED / 2 if first == bool(low) else -_NAMED / 2
    return 0.0


def _led(field: Field, source: Source, span: Span) -> float:
    """What the preposition before a value says for the field, or against it where the field has one of its own."""
    before = source.text[max(0, span.start - 24) : span.start].lower()
    own = _leads_of(field)
    if any(leads.search(before) for leads in own):
        return 0.5
    if own and any(leads.search(before) for _, leads in _LED_BY):
        return -0.25
    away = field.kinds[:1] == ("name",) and re.search(r"\b(?:in|at|from|near|on)\s+(?:the\s+)?$", before)
    return -0.4 if away else 0.0


# --- types ---------------------------------------------------------------------------------------------------------


def _as_type(text: str, field: Field, source: Source) -> Any:
    kind = field.node.get("type")
    if kind in ("integer", "number"):
        value = normalise.number(text)
        if value is None or (kind == "integer" and not value.is_integer()):
            return None
        if "percent" not in text and "%" not in text and field.node.get("maximum") == 1 and value > 1:
            return None
        if field.node.get("maximum") == 1 and value > 1:
            value /= 100
        return int(value) if value.is_integer() else value
    if _SURNAME.search(field.name):
        parts = _TITLE.sub("", text.strip()).split(" ")
        titled = _TITLE.match(text.strip()) is not None
        return " ".join(parts if titled else parts[-1:])
    return _as_text(text.strip().strip('"“”'), field, source)


_SURNAME = re.compile(r"\b(?:surname|last name|family name|apellidos?|sobrenome)\b")
_TITLE = re.compile(r"(?:mrs?|ms|miss|dr|prof|sra?|don|doña|senhora?|herr|frau)\.?\s+", re.IGNORECASE)
_ISO = re.compile(r"\biso(?:[ -]?8601)?\b|\byyyy-mm-dd\b", re.IGNORECASE)


def _as_text(text: str, field: Field, source: Source) -> str | None:
    form = field.node.get("format")
    if form == "date" or (field.kinds[:1] == ("date",) and _ISO.search(field.description)):
        years = re.findall(r"\b(?:19|20)\d{2}\b", source.text)
        return normalise.iso_date(text, int(years[0]) if years else None, source.today)
    if form == "time":
        time = normalise.iso_time(text)
        return time and f"{time}Z"
    if form == "date-time":
        day = normalise.iso_date(text)
        times = values(source.text, "time")
        return day and f"{day}T{(normalise.iso_time(times[0].text) if times else None) or '00:00:00'}Z"
    return text or None
