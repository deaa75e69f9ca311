"""Few-shot examples: pairs of an input and its output that a prompt shows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from .blocks import Block, Page, fold, is_mark


@dataclass(frozen=True)
class Example:
    input: str
    output: str


@dataclass(frozen=True)
class Pairs:
    """Examples found in a text, and the input of the pair that is left open for the reply (`Text: ...  Label:`)."""

    examples: tuple[Example, ...] = ()
    open_input: str | None = None
    open_is_delimited: bool = False
    spans: tuple[tuple[int, int], ...] = ()  # where in the text they stand


_KEY = re.compile(
    r"^[ \t]*(?:[-*•][ \t]+"
    r"|\d{1,3}[.)][ \t]+)?(?:\*\*)?(?P<key>[A-Za-zÀ-ÿ][\w'’À-ÿ-]*+(?:[ _][\w'’À-ÿ-]++){0,2})(?:\*\*)?[ \t]*:(?:\*\*)?"
    r"(?!//)[ \t]*(?P<value>[^\n]*)$",
    re.MULTILINE,
)
_ARROW = re.compile(r"->|=>|→|⇒")
_MOST_OUTPUT = 120  # characters of an arrow's right side
_LIST_MARK = re.compile(r"^(?:[-*•]|\d{1,3}[.)])\s+")
_QUOTES = "\"'`“”‘’«»"


def pairs_on(page: Page) -> Pairs:
    """Pairs written as two keys that alternate, or with an arrow; what is inside other delimiters is not looked at."""
    found = _keyed(page.text) or _arrows(page.text) or Pairs()
    examples = tuple(Example(_clean(page.unfold(e.input)), _clean(page.unfold(e.output))) for e in found.examples)
    open_input = found.open_input
    if open_input is not None:
        delimited = is_mark(open_input)
        return Pairs(examples, page.unfold(open_input).strip(), delimited, found.spans)
    return Pairs(examples, spans=found.spans)


def examples_in(block: Block) -> list[Example]:
    """The examples of a block that is said to hold examples: pairs of tags, pairs of keys, or nested example blocks."""
    page = fold(block.text)
    nested = [held for held in page.held if held.role == "examples"]
    if nested:
        return [example for held in nested for example in examples_in(held)]
    if len(page.held) >= 2 and len(page.held) % 2 == 0 and all(held.heading for held in page.held):
        texts = [_clean(held.text) for held in page.held]
        return [Example(a, b) for a, b in zip(texts[::2], texts[1::2], strict=True)]
    found = pairs_on(page).examples
    if found:
        return list(found)
    keys = list(_KEY.finditer(page.text))
    if len(keys) == 2:
        first = page.text[keys[0].start("value") : keys[1].start()]
        return [Example(_clean(page.unfold(first)), _clean(page.unfold(keys[1]["value"])))]
    return []


def _keyed(text: str) -> Pairs | None:
    """`Text: ...` / `Label: ...` twice or more, or once with one pair left open."""
    found = list(_KEY.finditer(text))
    follows = Counter((_name(a), _name(b)) for a, b in pairwise(found) if _name(a) != _name(b))
    for (first, second), times in follows.most_common(4):
        if times < 2 or follows[second, first] == 0 or not _comes_first(found, first, second):
            continue
        pairs = _read_keys(text, found, first, second)
        if pairs.examples:
            return pairs
    return None


def _comes_first(found: Sequence[re.Match[str]], first: str, second: str) -> bool:
    return next(_name(m) for m in found if _name(m) in (first, second)) == first


def _read_keys(text: str, found: Sequence[re.Match[str]], first: str, second: str) -> Pairs:
    examples, spans, open_input, waiting, start = [], [], None, None, 0
    for i, match in enumerate(found):
        end = found[i + 1].start() if i + 1 < len(found) else len(text)
        if _name(match) == first:
            waiting, start = _clean(text[match.start("value") : end]), match.start()
        elif _name(match) == second and waiting is not None:
            output = _clean(match["value"])
            if output:
                examples.append(Example(waiting, output))
                spans.append((start, match.end()))
            else:
                open_input = waiting
                spans.append((start, match.end()))
            waiting = None
    if waiting is not None:
        open_input = waiting
        spans.append((start, len(text)))
    return Pairs(tuple(examples), open_input, spans=tuple(spans))


def _name(match: re.Match[str]) -> str:
    return re.sub(r"\s*\d+$", "", match["key"].lower())


def _arrows(text: str) -> Pairs | None:
    """`input -> output`, two lines or more; a line that ends with an arrow is left open for the reply."""
    examples, spans, open_input, start = [], [], None, 0
    for line in text.split("\n"):
        parts = _ARROW.split(line)
        if len(parts) > 1:
            left, right = _LIST_MARK.sub("", " ".join(parts[:-1]).strip()), parts[-1].strip()
            if left and right and len(right) <= _MOST_OUTPUT:
                examples.append(Example(_clean(left), _clean(right)))
                spans.append((start, start + len(line)))
            elif left and not right:
                open_input = _clean(left)
        start += len(line) + 1
    if len(examples) < 2:
        return None
    if sum(len(e.input.split()) for e in examples) <= sum(len(e.output.split()) for e in examples):
        return None  # `name -> what it means` defines, it does not give examples
    return Pairs(tuple(examples), open_input, spans=tuple(spans))


def _clean(text: str) -> str:
    text = text.strip()
    while len(text) >= 2 and text[0] in _QUOTES and text[-1] in _QUOTES:
        text = text[1:-1].strip()
    return text
