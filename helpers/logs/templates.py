"""mine: near-identical events gathered into templates, by Drain.

Drain (He et al., "Drain: an online log parsing approach with fixed depth tree", ICWS 2017) puts messages of as many
words and with the same first ones side by side, and joins those that agree in enough words. It comes from
drain3-improved, the fork of drain3 that is kept: drain3 itself has had no release since 2022, and pins jsonpickle
1.5.1, which its issue 112 reports as vulnerable. Only its class Drain is used: nothing is pickled.

What is added here: redaction before anything is kept; numbers made one before words are compared; a tree of its own for
each system and code, so that E1042 and E1043, or the same words of two systems with another severity, stay apart; and a
cache, so that a message whose like was seen costs microseconds.

And templates that differ in one word only, which has many values, each the name of a thing (a package, a test, a file),
are one: `variables`.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from helpers.logs import assignments as records
from helpers.logs.events import Event, at_least, worse
from helpers.logs.traces import exception_of
from helpers.logs.variables import Variables
from helpers.redaction import Redactor

WILDCARD = "<*>"  # in a template: a word that differs, or a number
_MASK = "<#>"  # a number, while Drain looks at it
_BARE = re.compile(r"(?:<[A-Z_#]+>|[^\w<>])+")
SIMILARITY = 0.81  # share of words in which messages of one template agree at least: five of six
DEPTH = 5  # of Drain's tree: the number of words, then the first two, then templates
MOST_TEMPLATES = 10_000
MOST_TREES = 2_000  # pairs of system and code; after these, codes no longer keep events apart
EXAMPLES = 5
_LONGEST_EXAMPLE = 1_000  # characters
_LONGEST_TEXT = 600  # characters of a message by which it is told which template it has
_MOST_HOURS = 20_000  # two years and more; a broken clock may invent more
_CACHED = 50_000  # messages
# Versions, numbers, dates and times; and words in which letters and digits take turns, as in ids that a machine drew.
_NUMBER = re.compile(
    r"(?<![\w.])v?\d[\w.:]*(?:[+~][\w.+~-]+|\.[\w.]*-[\w.+~-]*\d[\w.+~-]*)(?<![.-])"  # 1:2.36-9+deb12u4
    r"|\b(?=[A-Za-z]*\d+[A-Za-z]+\d|\d*[A-Za-z]+\d+[A-Za-z])[A-Za-z0-9]{5,}\b|\b(?=[a-f]*\d)[0-9a-f]{7,}\b"
    r"|\b(?=[\w-]*\d)[\w-]{2,80}\.(?:csv|json|xml|txt|pdf|zip|gz|tar|log|xlsx?|docx?|png|jpe?g|sta|dat|tmp|bak|sql|html?)\b"
    r"|(?:(?<![\w>])[+-])?\d+(?:[-.,:/]\d+)*"
)
# Text that somebody typed, by its quotes and the spaces in it; a quoted word alone may be what the message is about.
_TYPED = re.compile(
    r"(?<!\w)(?P<quote>[\"'`])(?=[^\"'`\n]*\s)[^\"'`\n]{3,}(?P=quote)(?!\w)|“[^”\n]*\s[^”\n]*”|«[^»\n]*»"
)
_DIGITS = re.compile(r"\d+")
_ALL_DIGITS = str.maketrans("123456789", "000000000")
_RUNS = re.compile("0(?:[0.,:]*0)?")


@dataclass(slots=True)
class Template:
    """Events that say the same, with what they have in common."""

    id: int  # in the order in which they were first seen: the same for the same input; not all numbers are used
    text: str  # <*> where they differ and for numbers, <HOST>, <IP> … where something was redacted
    code: str
    system: str
    severity: str  # the worst
    count: int = 0
    first: datetime | None = None
    last: datetime | None = None
    examples: list[str] = field(default_factory=list)  # redacted, different, at most EXAMPLES
    per_hour: Counter[str] = field(default_factory=Counter)  # "2026-11-22T17" -> events; "" for no time
    severities: Counter[str] = field(default_factory=Counter)
    traced: int = 0  # events that have a stack trace

    @property
    def systems(self) -> tuple[str, ...]:
        """The systems whose events it gathers: one."""
        return (self.system,)


@dataclass
class Templates:
    """What mine() found. `lines` is None where the events came from elsewhere than read_events."""

    templates: list[Template]  # by id
    lines: int | None
    events: int  # read
    kept: int  # of them: as bad as was asked for
    severities: Counter[str]  # of all events read
    assignments: Path | None = None
    joined: dict[int, int] = field(default_factory=dict)  # id of a template that became part of another -> its id

    def assigned(self) -> Iterator[records.Assigned]:
        """(file, line, when, severity, code, template_id) of each event kept, in order; ValueError without a file."""
        if self.assignments is None:
            raise ValueError("mine() was given no file for assignments: pass assignments=path")
        found = records.read(self.assignments)
        return (self._of_joined(one) for one in found) if self.joined else found

    def _of_joined(self, one: records.Assigned) -> records.Assigned:
        number = self.joined.get(one.template_id)
        return one if number is None else one._replace(template_id=number)

    def by_id(self) -> dict[int, Template]:
        return {template.id: template for template in self.templates}


def mine(
    events: Iterable[Event],
    *,
    redactor: Redactor,
    least_severity: str = "WARNING",
    assignments: Path | None = None,
) -> Templates:
    """Gather the events that are as bad as `least_severity` or worse into templates; "" takes all.

    assignments: where to write which event has which template. Memory grows with the templates, not with the events.
    """
    miner = _Miner(redactor)
    writer = records.Writer(assignments) if assignments is not None else None
    read, severities = 0, Counter[str]()
    try:
        for event in events:
            read += 1
            severities[event.severity] += 1
            if at_least(event.severity, least_severity):
                template = miner.add(event)
                if writer is not None:
                    writer.add(event.file, event.line, event.when, event.severity, event.code, template.id)
    except BaseException:
        if writer is not None:
            writer.abandon()
        raise
    if writer is not None:
        writer.close()
    templates = miner.finished()
    return Templates(
        templates,
        getattr(events, "lines", None),
        read,
        sum(template.count for template in miner.templates.values()),
        severities,
        assignments,
        miner.variables.ends(),
    )


class _Miner:
    """Holds the trees, the cache and the templates."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._trees: dict[tuple[str, str], Any] = {}
        self._clusters: dict[int, Any] = {}  # template id -> Drain's cluster, for its words
        self._cache: dict[tuple[str, str, str], Template] = {}
        self._ids: dict[tuple[str, str, int], Template] = {}
        self.templates: dict[int, Template] = {}
        self.variables = Variables(WILDCARD)
        self._last = 0  # id given
        self._overflowed: int | None = None  # the id of what is left over

    def add(self, event: Event) -> Template:
        text = event.message
        if event.trace and (exception := exception_of(event.trace)) and exception not in text:
            text = f"{text} · {exception}"
        # Redaction depends on letters; which digits stand in a number seldom matters, and then only to where it is put.
        key = (event.system, event.code, _RUNS.sub("0", text[:_LONGEST_TEXT].translate(_ALL_DIGITS)))
        template = self._cache.get(key)
        if template is None:
            template = self._of(event, self._redactor.clean(text, once=True)[:_LONGEST_TEXT])
            if len(self._cache) >= _CACHED:
                self._cache.clear()
            self._cache[key] = template
        self._count(template, event, text)
        return template

    def _count(self, template: Template, event: Event, text: str) -> None:
        template.count += 1
        template.severities[event.severity] += 1
        template.severity = worse(template.severity, event.severity)
        template.traced += bool(event.trace)
        when = event.when
        if when is None:
            template.per_hour[""] += 1
        else:
            if template.first is None or when < template.first:
                template.first = when
            if template.last is None or when > template.last:
                template.last = when
            hour = when.isoformat()[:13]
            if hour in template.per_hour or len(template.per_hour) < _MOST_HOURS:
                template.per_hour[hour] += 1
        if len(template.examples) < EXAMPLES:
            example = self._redactor.clean(text)[:_LONGEST_EXAMPLE]  # cut after: half an address is not seen
            if example not in template.examples:
                template.examples.append(example)

    def _of(self, event: Event, clean: str) -> Template:
        """The template of a redacted message, by Drain."""
        system, code = event.system, event.code
        if (system, code) not in self._trees and len(self._trees) >= MOST_TREES:
            system, code = "", ""
        tree = self._trees.get((system, code))
        if tree is None:
            tree = self._trees[system, code] = _tree()
        masked = masked_numbers(_TYPED.sub(f'"{_MASK}"', clean), code)
        if len(self.templates) >= MOST_TEMPLATES:
            words = tree.get_content_as_tokens(masked)
            if (known := self.variables.find((system, code), words)) is not None:
                return self.templates[known]
            if tree.tree_search(tree.root_node, words, SIMILARITY, False) is None:
                return self._overflow()
        if (known := self.variables.find((system, code), masked.split())) is not None:
            return self.templates[known]
        cluster, _ = tree.add_log_message(masked)
        template = self._ids.get((system, code, cluster.cluster_id))
        if template is None:
            self._last += 1
            template = Template(self._last, "", code, system or event.system, event.severity)
            self._ids[system, code, cluster.cluster_id] = self.templates[template.id] = template
            self._clusters[template.id] = cluster
            words = cluster.log_template_tokens
            if self.variables.add((system, code), template.id, words):
                self._join((system, code), len(words))
                template = self.templates[self.variables.end(template.id)]
        return template

    def _join(self, tree: tuple[str, str], words: int) -> None:
        """Make one of those templates of a tree, with so many words, that differ in a name only."""
        of_tree = {number: self._clusters[number].log_template_tokens for number in self.variables.of(tree, words)}
        for number, others in self.variables.joined(tree, words, of_tree).items():
            kept = self.templates[number]
            for other in others:
                absorb(kept, self.templates.pop(other))
                cluster = self._clusters.pop(other)
                del self._ids[(*tree, cluster.cluster_id)]
                del self._trees[tree].id_to_cluster[cluster.cluster_id]
            self._cache.clear()

    def _overflow(self) -> Template:
        number = self._last + 1 if self._overflowed is None else self._overflowed
        if number not in self.templates:
            self._overflowed = self._last = number
            self.templates[number] = Template(number, f"(what is left after {MOST_TEMPLATES:,} templates)", "", "", "")
        return self.templates[number]

    def finished(self) -> list[Template]:
        for tree, words in self.variables.groups():
            self._join(tree, words)
        for number, template in self.templates.items():
            if number in self._clusters:
                words = self.variables.words(number) or self._clusters[number].log_template_tokens
                template.text = self._redactor.clean(_joined(words))
        return [self.templates[number] for number in sorted(self.templates)]


def absorb(one: Template, other: Template) -> None:
    """Count another template's events as this one's."""
    one.count += other.count
    one.traced += other.traced
    one.severity = worse(one.severity, other.severity)
    one.severities.update(other.severities)
    one.per_hour.update(other.per_hour)
    one.first = min((when for when in (one.first, other.first) if when), default=None)
    one.last = max((when for when in (one.last, other.last) if when), default=None)
    one.examples += [each for each in other.examples if each not in one.examples][: EXAMPLES - len(one.examples)]


@functools.cache
def _drain() -> type:
    from drain3.drain import Drain

    class Words(Drain):
        """Drain that compares messages by their words: numbers and placeholders, which all have, say nothing."""

        def get_seq_distance(self, seq1: Sequence[str], seq2: Sequence[str], include_params: bool) -> tuple[float, int]:
            same = words = wildcards = 0
            for one, other in zip(seq1, seq2, strict=True):
                if one == WILDCARD:
                    wildcards += 1
                    same += include_params
                elif one == other:
                    if _BARE.fullmatch(one):
                        continue
                    same += 1
                words += 1
            return (same / words if words else 1.0), wildcards

    return Words


def _tree() -> Any:
    return _drain()(depth=DEPTH, sim_th=SIMILARITY, max_children=100, parametrize_numeric_tokens=False)


def masked_numbers(text: str, code: str = "") -> str:
    """The text with <#> for each number, except within its code.

    >>> masked_numbers("E1042 locked after 3 tries, 12.5 ms", "E1042")
    'E1042 locked after <#> tries, <#> ms'
    """
    if not code or code not in text:
        code = code.rpartition(" ")[2]  # HTTP 503 may stand as 503
    if not code or code not in text:
        return _masked(text)
    before, _, after = text.partition(code)
    return _masked(before) + code + _masked(after)


def _masked(text: str) -> str:
    return _NUMBER.sub(_MASK, text) if _DIGITS.search(text) else text


def _joined(words: Iterable[str]) -> str:
    return " ".join(words).replace(_MASK, WILDCARD) or "(an empty message)"
