"""A whole document of a schema filled from a text: objects, lists, unions, labels and yes-or-no.

The scalar fields of an object are filled together, best supported first, and a stretch of text that filled one field
fills no other: of two amounts the field that fits one better gets it. A field that nothing supports is null or left out
where the schema allows that, and otherwise the emptiest value of its type.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..api.schemas import Endless, Node, Schema, alternatives, conforms, emptiest, item_schema
from ..meaning.similarity import cosines
from ..reading.labels import Label, described_by_rules
from ..text.contrasts import excludes
from ..text.language import content_words, overlap, sentences, words
from ..text.polarity import polarity
from ..text.values import numbers_alone, values
from .beside import VALUE_NAMES, found_beside, label_beside
from .fields import VERBS, Field, Found, found_for
from .kinds import spoken
from .points import as_record, asked_for, points_in
from .source import Source

Path = tuple[Any, ...]
_MOST_LEVELS = 6
_MOST_ITEMS = 40
_LISTED = 0.4  # how far below the best a value of a list may be
_IN_RECORD = 0.1  # support that is enough in a stretch of text that is one record
_TRUE = 0.42  # of meaning and shared words, from which a sentence supports a yes
_LABEL = 0.55  # of evidence, from which a label that may be absent is given
_DOUBT = 10.0  # from a difference of support to one of log-probability

_NEGATED = re.compile(
    r"\b(?:not|no|never|none|without|nor|cannot|neither|isn't|aren't|wasn't|weren't|don't|doesn't|didn't|won't|can't"
    r"|haven't|hasn't|hadn't|n't|declin\w+|refus\w+|unable|lacks?|except|não|nunca|sem|sin|ni)\b|n['’]t\b",
    re.IGNORECASE,
)
_UNKNOWN = re.compile(
    r"\b(?:no idea|unknown|unclear|not (?:sure|known|stated|specified|given)|n/a|don't know|do not know|tbd"
    r"|to be confirmed)\b",
    re.IGNORECASE,
)
_TRUE_OR_FALSE = re.compile(
    r"\btrue\b[\s:]*(?:to|if|for|when|means)?\s*([^,;.]+)[,;.]\s*(?:and\s+|or\s+)?false\b[\s:]*(?:to|if|for|when|means)?\s*([^,;.]+)",
    re.IGNORECASE,
)
_NO_VALUE = re.compile(r"^\s*(?:no|false|n|off|0|none|não)\b", re.IGNORECASE)
_YES_VALUE = re.compile(r"^\s*(?:yes|true|y|on|1|sim|sí)\b", re.IGNORECASE)
_LIST = re.compile(
    r"(?:[^,;\n]{1,60}[,;]\s+)+(?:(?:and|or|e|y)\s+)?[^,;.\n]{1,60}|[^,;.\n]{1,60}?\s+and\s+[^,;.\n]{1,60}"
)


@dataclass(frozen=True)
class Filled:
    """A value that keeps its schema. support: how much of it the text supports; 0 where nothing does."""

    value: Any
    support: float = 0.0


@dataclass
class Document:
    """Fills one schema from one text.

    known: values that other skills worked out for fields by name, such as an answer. labels: what the prompt says of
    labels. evidence: scores of labels for a text. echo: see found_for. enough: the support from which a value is taken,
    where it is not the usual one.
    """

    schema: Schema
    source: Source
    evidence: Any
    labels: Sequence[Label] = ()
    rules: Sequence[str] = ()
    known: Mapping[str, Any] = field(default_factory=dict)
    echo: frozenset[str] = frozenset()
    enough: float | None = None
    doubts: list[tuple[float, Path, Any]] = field(default_factory=list)

    def filled(self) -> Filled:
        return self._value(self.schema.root, self.source, (), required=True, enough=self.enough)

    def versions(self, most: int = 4) -> list[tuple[Any, float]]:
        """The document, then those in which the most doubtful field has its second value; each with a score."""
        best = self.filled().value
        found = [(best, 0.0)]
        for gap, path, second in sorted(self.doubts, key=lambda doubt: doubt[0])[: most - 1]:
            other = copy.deepcopy(best)
            if _put(other, path, second):
                found.append((other, -1.0 - _DOUBT * gap))
        return found

    # --- one value ---------------------------------------------------------------------------------------------

    def _value(self, node: Any, source: Source, path: Path, *, required: bool, enough: float | None = None) -> Filled:
        """The best supported alternative of a schema."""
        root = self.schema.root
        if len(path) > 3 * _MOST_LEVELS or sum(isinstance(p, str) for p in path) > _MOST_LEVELS:
            return Filled(emptiest(node, root))
        options = alternatives(node, root)
        may_be_null = any(one.get("type") == "null" for one in options)
        real = [one for one in options if one.get("type") != "null"]
        if not real:
            return Filled(None, 0.0)
        best = Filled(None, -1.0)
        about = _about_branches(real, source) if len(real) > 1 else [0.0]
        for one, near in zip(real, about, strict=True):
            try:
                filled = self._of_type(one, source, path, may_be_null or not required, enough)
            except Endless:
                continue
            if filled.support + (near if filled.support > 0 or not may_be_null else 0) > best.support:
                best = Filled(filled.value, filled.support + (near if filled.support > 0 else 0))
        if best.support < 0 or (best.support == 0 and may_be_null):
            return Filled(emptiest(node, root))
        return best

    def _of_type(self, node: Node, source: Source, path: Path, may_lack: bool, enough: float | None) -> Filled:
        kind = node.get("type")
        if "const" in node:
            return Filled(node["const"], 0.0)
        if node.get("enum"):
            return self._label(node, source, path, may_lack)
        if kind == "object":
            return self._object(node, source, path, enough)
        if kind == "array":
            return self._array(node, source, path)
        if kind == "boolean":
            return self._boolean(node, source, path, may_lack)
        if kind in ("string", "integer", "number"):
            own = Field(tuple(str(p) for p in path), node, may_lack, not may_lack)
            found = found_for(own, source, self.echo)
            return self._scalar(own, found, path, enough)
        return Filled(emptiest(node, self.schema.root))

    def _scalar(self, own: Field, found: Sequence[Found], path: Path, enough: float | None) -> Filled:
        known = self.known.get(own.name)
        if isinstance(known, str) and own.node.get("type") == "string" and conforms(known, own.node):
            return Filled(known, 1.0)
        if not found or not (found[0].supported if enough is None else found[0].support >= enough):
            return Filled(emptiest(own.node, self.schema.root))
        other = next((f for f in found[1:] if f.value != found[0].value and f.supported), None)
        if other is not None:
            self.doubts.append((found[0].support - other.support, path, other.value))
        return Filled(found[0].value, found[0].support)

    # --- objects -----------------------------------------------------------------------------------------------

    def _object(self, node: Node, source: Source, path: Path, enough: float | None) -> Filled:
        leaves = dict(self._leaves(node, path))
        beside = {at: leaf for at, leaf in leaves.items() if not _is_value(at) and _value_of(at, leaves)}
        own = {at: leaf for at, leaf in leaves.items() if at not in beside}
        assigned = _assigned({at: (leaf, found_for(leaf, source, self.echo)) for at, leaf in own.items()})
        rest = {}
        for at, leaf in beside.items():
            value = next(iter(assigned.get(_value_of(at, leaves), [])), None)
            told = found_beside(leaf, value, source) if value and value.supported else None
            if told and conforms(told.value, leaf.node):
                assigned[at] = [told]
            elif value is None or value.supported:
                rest[at] = (leaf, found_for(leaf, source, self.echo))
        assigned |= _assigned(rest)
        return self._built(node, source, path, leaves, assigned, enough)

    def _leaves(self, node: Node, path: Path, about: str = "") -> Iterator[tuple[Path, Field]]:
        """The scalar fields of an object and of the objects inside it, with their paths.

        about: what the schema says of the object.
        """
        if sum(isinstance(p, str) for p in path) >= _MOST_LEVELS:
            return
        required = node.get("required") or ()
        for name, child in (node.get("properties") or {}).items():
            options = alternatives(child, self.schema.root)
            real = [one for one in options if one.get("type") != "null"]
            if len(real) != 1 or "const" in real[0] or real[0].get("enum"):
                continue
            one, nullable = real[0], len(real) < len(options)
            if one.get("type") in ("string", "integer", "number"):
                names = tuple(str(p) for p in (*path, name) if isinstance(p, str))
                if spoken(name) in VALUE_NAMES and len(names) > 1:  # the value of something is called what that is
                    names, one = names[:-1], one | {"description": f"{about} {one.get('description') or ''}".strip()}
                yield (*path, name), Field(names, one, nullable, name in required)
            elif one.get("type") == "object" and spoken(name) not in map(spoken, map(str, path)):
                said = child.get("description") or one.get("description") or ""
                yield from self._leaves(one, (*path, name), said if isinstance(said, str) else "")

    def _built(
        self,
        node: Node,
        source: Source,
        path: Path,
        leaves: Mapping[Path, Field],
        assigned: Mapping[Path, list[Found]],
        enough: float | None,
    ) -> Filled:
        value, support, nothing = {}, 0.0, False
        required = node.get("required") or ()
        known = node.get("properties") or {}
        for name in dict.fromkeys((*known, *required)):
            at = (*path, name)
            child = known.get(name, {})
            options = alternatives(child, self.schema.root)
            if at in leaves:
                found = assigned.get(at, [])
                # What stands beside a value belongs to it: neither is exchanged alone for a second best.
                paired = _value_of(at, leaves) and len([one for one in leaves if one[:-1] == path]) > 1
                filled = self._scalar(leaves[at], found[:1] if paired else found, at, enough)
                nothing = nothing or (_is_value(at) and filled.support <= 0)
            elif any(inner[: len(at)] == at for inner in leaves):
                one = next(o for o in options if o.get("type") == "object")
                filled = self._built(one, source, at, leaves, assigned, enough)
            else:
                filled = self._beside(options, source, at, leaves, assigned)
                filled = filled or self._value(child, source, at, required=name in required, enough=enough)
            if filled.support <= 0:
                if name not in required:
                    continue
                filled = filled if _is_choice(options) else Filled(emptiest(child, self.schema.root))
            value[name] = filled.value
            support += max(filled.support, 0.0)
        return Filled(value, 0.0 if nothing else support)  # without its value, nothing is said of it

    def _beside(
        self,
        options: Sequence[Node],
        source: Source,
        at: Path,
        leaves: Mapping[Path, Field],
        assigned: Mapping[Path, list[Found]],
    ) -> Filled | None:
        """A label that says something of a value of the same object, as its unit does, where the text has it."""
        value = next(iter(assigned.get(_value_of(at, leaves), [])), None)
        labels = [label for one in options for label in one.get("enum") or ()]
        told = label_beside(labels, value, source) if value and value.supported else None
        return Filled(told, _LABEL) if told is not None else None

    # --- labels and yes-or-no ----------------------------------------------------------------------------------

    def _label(self, node: Node, source: Source, path: Path, may_lack: bool) -> Filled:
        scores = self._label_scores(node, source, path)
        ranked = sorted(zip(scores, node["enum"], strict=True), key=lambda pair: -pair[0])
        if may_lack and ranked[0][0] < _LABEL:
            return Filled(ranked[0][1], 0.0)
        if len(ranked) > 1:
            self.doubts.append((ranked[0][0] - ranked[1][0], path, ranked[1][1]))
        return Filled(ranked[0][1], max(0.05, ranked[0][0]))

    def _label_scores(self, node: Node, source: Source, path: Path) -> list[float]:
        """Evidence for each value: the label method, and whether the text has the value's own word."""
        values = [str(v) for v in node["enum"]]
        if not source.text.strip():
            return [0.0] * len(values)
        name = spoken(next((p for p in reversed(path) if isinstance(p, str)), ""))
        given = {label.name.lower(): label for label in self.labels}
        about = str(node.get("description") or "")
        labels = described_by_rules(
            [given.get(v.lower(), Label(v)) for v in values], [*self.rules, *_definitions(about)]
        )
        scores = self.evidence(labels, source.text)
        own = Field(tuple(str(p) for p in path), {**node, "type": "string", "enum": values}, True, False)
        pairs = {found.value.lower(): found.support for found in found_for(_open(own), source) if found.support > 1}
        lower = f" {source.text.lower()} "
        result = []
        for value, score in zip(values, scores, strict=True):
            word = spoken(value).lower()
            told = re.search(rf"(?<!\w){re.escape(word)}(?!\w)", lower) is not None
            beside = told and re.search(
                rf"(?<!\w){re.escape(name)}\W{{1,4}}(?:is |of )?{re.escape(word)}|{re.escape(word)}\W{re.escape(name)}",
                lower,
            )
            result.append(score + 0.6 * told + 0.6 * bool(beside) + 0.8 * (word in pairs))
        return result

    def _boolean(self, node: Node, source: Source, path: Path, may_lack: bool) -> Filled:
        """Yes where a sentence supports the field's statement, no where that sentence negates it or there is none."""
        name = spoken(next((p for p in reversed(path) if isinstance(p, str)), ""))
        statement = re.sub(r"^(?:is|has|have|was|are|does|did|can|should|needs?|wants?) ", "", name)
        about = re.sub(
            r"^(?:whether|if|true if|true when)\s+(?:or not\s+)?", "", str(node.get("description") or ""), flags=re.I
        )
        for pair in source.pairs:
            if overlap(content_words(statement), content_words(pair.key)) >= 0.99 and content_words(statement):
                if _NO_VALUE.match(pair.value.text):
                    return Filled(False, 1.0)
                if _YES_VALUE.match(pair.value.text):
                    return Filled(True, 1.0)
        either = _TRUE_OR_FALSE.search(str(node.get("description") or ""))
        if either and source.model.reads_descriptions:
            yes, no = (set(words(part)) for part in either.groups())
            own = set(words(source.text))
            if bool((yes - no) & own) != bool((no - yes) & own):
                return Filled(bool((yes - no) & own), 1.0)
        best, sentence = self._best_support(f"{statement}. {about}".strip(" ."), statement, source)
        if best < _TRUE:
            return Filled(False, 0.0 if may_lack else 0.01)
        if excludes(statement, sentence):
            return Filled(False, best)
        if _UNKNOWN.search(sentence):
            return Filled(False, 0.0 if may_lack else 0.01)
        negated = bool(_NEGATED.search(sentence)) != bool(_NEGATED.search(about or statement))
        if polarity(statement) > 0 and not negated:
            negated = polarity(sentence) < 0  # `good with children`: `hates kids`
        self.doubts.append((abs(best - _TRUE), path, negated))
        return Filled(not negated, best)

    def _best_support(self, phrase: str, statement: str, source: Source) -> tuple[float, str]:
        wanted = content_words(statement)
        clauses = [c.text for c in source.clauses if len(words(c.text)) > 1] or [source.text]
        if len(clauses) > _MOST_ITEMS:
            clauses = sorted(clauses, key=lambda clause: -overlap(wanted, content_words(clause)))[:_MOST_ITEMS]
        if not source.text.strip():
            return 0.0, ""
        near = cosines(source.model, [phrase, statement], clauses).max(axis=0)
        scored = [
            (float(n) + 0.35 * overlap(wanted, content_words(clause)), clause)
            for n, clause in zip(near, clauses, strict=True)
        ]
        return max(scored, key=lambda pair: pair[0])

    # --- lists -------------------------------------------------------------------------------------------------

    def _array(self, node: Node, source: Source, path: Path) -> Filled:
        filled = self._items(node, source, path)
        values = [f.value for f in filled][: node.get("maxItems", _MOST_ITEMS)]
        least = node.get("minItems", 0)
        while len(values) < least:
            values.append(emptiest(item_schema(node, len(values)), self.schema.root))
        return Filled(values, sum(max(f.support, 0) for f in filled))

    def _items(self, node: Node, source: Source, path: Path) -> list[Filled]:
        known = self.known.get(spoken(str(path[-1])) if path else "")
        root = self.schema.root
        if node.get("prefixItems"):
            return [self._value(item, source, (*path, i), required=True) for i, item in enumerate(node["prefixItems"])]
        real = [one for one in alternatives(node.get("items", {}), root) if one.get("type") != "null"]
        if not real or node.get("items") is False:
            return []
        if isinstance(known, list) and real[0].get("type") == "string" and not real[0].get("enum"):
            return [Filled(v, 1.0) for v in known if conforms(v, real[0])]
        if len(real) == 1 and real[0].get("enum"):
            scores = self._label_scores(real[0], source, path)
            best = max(scores)
            return [
                Filled(v, s) for v, s in zip(real[0]["enum"], scores, strict=True) if s >= _LABEL and s > best - 0.3
            ]
        if len(real) == 1 and real[0].get("type") in ("string", "integer", "number"):
            return self._scalars({**real[0], "description": _said(node, real[0])}, source, path)
        if any(one.get("type") in ("object", "array") for one in real) and sum(p == 0 for p in path) < 2:
            return self._records(node, real, source, path)
        return []

    def _scalars(self, node: Node, source: Source, path: Path) -> list[Filled]:
        names = tuple(str(p) for p in path if isinstance(p, str))
        own = Field((*names[:-1], _singular(names[-1])) if names else (), node, False, True)
        listed = self._enumerated(own, source) if node["type"] == "string" else []
        if listed is None:
            return []
        if listed:
            return [Filled(text, 1.0) for text in listed if conforms(text, node)]
        found = found_for(own, source)
        if not found or not found[0].supported:
            return []
        kept = [f for f in found if f.support >= found[0].support - _LISTED and f.supported]
        distinct: dict[Any, Found] = {}
        for one in sorted(kept, key=lambda f: f.start):
            if not any(other.start <= one.start < other.end for other in distinct.values()):
                distinct.setdefault(one.value, one)
        return [Filled(f.value, f.support) for f in distinct.values()]

    def _enumerated(self, own: Field, source: Source) -> list[str] | None:
        """The members of a list in the text that is about the field: `key: a, b and c`, or inside a sentence.

        None when the text says that there are none.
        """
        if own.kinds and own.kinds[0] not in ("name", "place"):
            return []
        for pair in source.pairs:
            if overlap(content_words(own.name), content_words(spoken(pair.key))) >= 0.99 and content_words(own.name):
                return _members(pair.value.text)
        stems = set(content_words(own.name))
        if any(_NEGATED.search(c.text) and stems & set(content_words(c.text)) for c in source.clauses):
            return None  # `no known allergies`
        runs = [m.group() for s in source.sentences for m in _LIST.finditer(s.text)][:_MOST_ITEMS]
        if own.kinds:
            named = [
                members
                for run in runs
                if len(members := [_without_verb(m) for m in _members(run)]) > 1
                and all(_CAPITAL.match(m) for m in members)
            ]
            return max(named, key=len, default=[])
        if not runs:
            return []
        listed = {r for r in runs if re.search(rf":\s*{re.escape(r)}", source.text)}  # after a colon
        near = cosines(source.model, [own.phrase], runs)[0]
        best = max(range(len(runs)), key=lambda i: float(near[i]))
        members = _members(runs[best])
        short = all(len(m.split()) <= 4 for m in members[1:])
        return (
            members
            if short and len(members) > 1 and float(near[best]) > (0.1 if runs[best] in listed else 0.25)
            else []
        )

    def _records(self, node: Node, real: Sequence[Node], source: Source, path: Path) -> list[Filled]:
        """One item for each point of a chart, or for each stretch of the text that holds the values of a record."""
        if points := self._points(real, source):
            return points
        kept = []
        for text in _stretches(source, [dict(self._leaves(one, ())) for one in real if one.get("type") == "object"]):
            doubts = len(self.doubts)
            part = Source(text, source.model, source.today)
            filled = self._value(node["items"], part, (*path, len(kept)), required=True, enough=_IN_RECORD)
            if filled.support > _IN_RECORD:
                kept.append(filled)
            else:
                del self.doubts[doubts:]
        return kept[:_MOST_ITEMS]

    def _points(self, real: Sequence[Node], source: Source) -> list[Filled]:
        fields = real[0].get("properties") or {} if len(real) == 1 else {}
        points = asked_for(points_in(source.text), " ".join(self.rules)) if len(fields) > 1 else []
        records = [record for point in points if (record := as_record(point, fields))]
        kept = [one for one in records if all(conforms(value, fields[name]) for name, value in one.items())]
        return [Filled(record, 1.0) for record in kept][:_MOST_ITEMS] if len(kept) > 1 else []


# --- helpers -------------------------------------------------------------------------------------------------------


def _assigned(found: Mapping[Path, tuple[Field, list[Found]]]) -> dict[Path, list[Found]]:
    """Values for fields, best supported first; what filled one field stands back for the others."""
    rows = sorted(
        ((one.support, at, one) for at, (_, all_found) in found.items() for one in all_found),
        key=lambda row: -row[0],
    )
    taken: list[Found] = []
    result: dict[Path, list[Found]] = {}
    for _, at, one in rows:
        if at in result:
            result[at].append(one)
        elif found[at][0].prose:
            result[at] = [one]  # a sentence may hold the values of other fields
        elif not any(one.start < other.end and other.start < one.end for other in taken):
            result[at] = [one]
            taken.append(one)
    _exchange(result, found)
    return result


def _exchange(result: dict[Path, list[Found]], found: Mapping[Path, tuple[Field, list[Found]]]) -> None:
    """Two fields change their values where both together are better supported so."""
    tops = [at for at in result if not found[at][0].prose]
    for i, one in enumerate(tops):
        for other in tops[i + 1 :]:
            mine, theirs = result[one][0], result[other][0]
            new = next((f for f in found[one][1] if (f.start, f.end) == (theirs.start, theirs.end)), None)
            back = next((f for f in found[other][1] if (f.start, f.end) == (mine.start, mine.end)), None)
            if new and back and new.support + back.support > mine.support + theirs.support:
                result[one] = [new, *(f for f in result[one] if f is not new)]
                result[other] = [back, *(f for f in result[other] if f is not back)]


def _is_value(at: Path) -> bool:
    return len(at) > 1 and spoken(str(at[-1])) in VALUE_NAMES


def _value_of(at: Path, leaves: Mapping[Path, Field]) -> Path | None:
    """The path of the value beside a field of the same object, where the object has one."""
    return next((other for other in leaves if len(at) > 1 and other[:-1] == at[:-1] and _is_value(other)), None)


def _is_choice(options: Sequence[Node]) -> bool:
    """Whether a value of the schema says something even without support: a label is always one of the labels."""
    return any(one.get("enum") or "const" in one for one in options) and not any(
        o.get("type") == "null" for o in options
    )


def _open(own: Field) -> Field:
    """The field without its list of values, to find what the text says for it."""
    return Field(own.path, {"type": "string"}, own.nullable, own.required)


def _definitions(about: str) -> list[str]:
    return [
        part.strip()
        for sentence in sentences(about)
        for part in re.split(r"[;\n]|,\s(?=[\"'\w]+\s?(?::|=|if|when|for)\b)", sentence)
    ]


def _said(array: Node, item: Node) -> str:
    return str(array.get("description") or item.get("description") or "")


def _singular(name: str) -> str:
    if name.endswith("ies"):
        return name[:-3] + "y"
    return name[:-1] if name.endswith("s") and not name.endswith(("ss", "us", "is")) else name


def _members(text: str) -> list[str]:
    parts = re.split(r"\s*[,;]\s*(?:(?:and|or|e|y)\s+)?|\s+(?:and|or|e|y)\s+", text.strip(" ."))
    first, *rest = parts
    # "We need flour" in front of a list: the member is what follows the last verb-like word.
    first = re.split(
        r"\b(?:are|is|was|were|need|needs|with|of|buy|bring|contains?|includ\w+|has|have|in|on|for|the|likes?|knows?|speaks?|from)\b",
        first,
    )[-1]
    rest = [
        re.split(r"\s(?:for|in|on|at|from|to|by|with|that|which|is|are|was|were|has|have)\s", part)[0] for part in rest
    ]
    return [re.sub(r"^(?:a|an|the|some)\s+", "", p).strip(" .\"'") for p in (first, *rest) if p.strip(" .\"'[]")]


def _stretches(source: Source, leaves: Sequence[Mapping[Path, Field]]) -> list[str]:
    """The text cut so that most stretches hold a record's typed values: at lines, sentences, clauses or commas."""
    kinds = [f.kinds[:2] for own in leaves for f in own.values() if f.kinds and f.required and not f.nullable][:6]
    every = [f.kinds[:2] for own in leaves for f in own.values() if f.kinds][:6]
    if rows := _table(source.text):
        return rows[:_MOST_ITEMS]
    lines = [line.strip() for line in source.text.split("\n") if line.strip()]
    bullets = [line for line in lines if _BULLET.match(line)]
    if len(bullets) > 1 and any(_has_kinds(line, kinds, source) for line in bullets):
        return [_BULLET.sub("", line) for line in bullets][:_MOST_ITEMS]
    cuts = [lines if len(lines) > 1 else [], [s.text for s in source.sentences], [c.text for c in source.clauses]]
    cuts.append(
        [
            part
            for c in source.text.split("\n")
            for part in re.split(r",\s+(?:and\s+)?|\s+and\s+|;\s+|\.\s+", c)
            if part.strip()
        ]
    )
    best: list[str] = []
    for cut in cuts:
        held = [text for text in cut if _has_kinds(text, kinds, source)]
        if len(held) > 1 and any(_has_kinds(text, every, source) and _has_all(text, every) for text in held):
            held = [text for text in held if _has_all(text, every)]  # whole records, then no parts of others
        if len(held) > len(best):
            best = held
    return best[:_MOST_ITEMS]


def _has_all(text: str, kinds: Sequence[tuple[str, ...]]) -> bool:
    return all(any(_holds(text, kind) for kind in own) for own in kinds)


def _holds(text: str, kind: str) -> bool:
    if kind == "number":
        return bool(numbers_alone(text))
    if kind == "unit":
        return True  # a piece needs none
    return bool(values(text, "money" if kind == "currency" else kind))


def _without_verb(member: str) -> str:
    first, _, rest = member.partition(" ")
    return rest if rest and first.lower() in VERBS else member  # `Invite Ana Costa`


_CAPITAL = re.compile(r"[A-ZÀ-Þ][\w'’.-]*(?: (?:[A-ZÀ-Þ]|de |da |do |van |von |del )[\w'’.-]*){0,3}$")
_BULLET = re.compile(r"^[ \t]*(?:[-*•+]|\(?\d{1,2}[.)])[ \t]+")
_RULE = re.compile(r"[\s|:+=-]+")


def _table(text: str) -> list[str]:
    """The rows of a table with a heading line, each as `heading: cell` lines; cells are parted by | or tabs."""
    lines = [
        line.strip() for line in text.split("\n") if ("|" in line or "\t" in line) and not _RULE.fullmatch(line.strip())
    ]
    cells = [[cell.strip() for cell in re.split(r"\||\t", line.strip("|"))] for line in lines]
    if len(cells) < 2 or len(cells[0]) < 2 or any(len(row) != len(cells[0]) for row in cells):
        return []
    if any(any(c.isdigit() for c in cell) or not cell for cell in cells[0]):
        return []
    return ["\n".join(f"{key}: {cell}" for key, cell in zip(cells[0], row, strict=True) if cell) for row in cells[1:]]


def _has_kinds(text: str, kinds: Sequence[tuple[str, ...]], source: Source) -> bool:
    plain = [k for k in kinds if k[0] not in ("place",)]
    if not plain:
        return len(content_words(text)) > 1
    held = sum(any(_holds(text, kind) for kind in own) for own in plain)
    numbers = {k for k in plain if k[0] in ("number", "money", "quantity", "percent", "date", "time", "code", "email")}
    sure = all(any(_holds(text, kind) for kind in own) for own in numbers)
    return sure and held >= max(1, (len(plain) + 1) // 2)


def _about_branches(branches: Sequence[Node], source: Source) -> list[float]:
    """How near the text is to what each branch of a union says of itself: title, description, constants, fields."""
    phrases = []
    for branch in branches:
        inner = branch.get("properties") or {}
        constants = [
            str(p.get("const", "")) or " ".join(map(str, p.get("enum") or ()))
            for p in inner.values()
            if isinstance(p, dict)
        ]
        told = [str(branch.get("title") or ""), str(branch.get("description") or ""), *constants, *inner]
        phrases.append(" ".join(spoken(part) for part in told if part) or str(branch.get("type")))
    if not source.text.strip():
        return [0.0] * len(branches)
    return [1.2 * max(0.0, float(c)) for c in cosines(source.model, [source.text], phrases)[0]]


def _put(document: Any, path: Path, value: Any) -> bool:
    """Set the value at a path; False where the document has no such place."""
    for part in path[:-1]:
        try:
            document = document[part]
        except (KeyError, IndexError, TypeError):
            return False
    try:
        document[path[-1]]
    except (KeyError, IndexError, TypeError):
        return False
    document[path[-1]] = value
    return True
