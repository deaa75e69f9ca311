"""Words that are names of things, told by how many values they have: "unpacked libc6", "unpacked zlib1g" … are one.

Drain joins messages that agree in most of their words. In a short message a name is a third of it, and a log of
packages gave 6,100 templates for 7,800 events. Joined are templates of one system and code, with as many words, that
differ in the same one word only, if that has twenty values and more, of which three in four have a shape that names of
things have and words of a language do not (a digit, a dot, a hyphen). So "disk full" and "disk failed" stay apart, and
so do errors and codes.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

VALUES = 20  # from which on a word is a variable
NAMES = 0.75  # share of its values that look like names of things
_FIRST_LOOK = 2 * VALUES  # templates of a tree and a length; then at twice as many, and so on
_MOST_WORDS = 40  # longer messages agree in enough words without this
_NAME = re.compile(r"\w[^\w\s]\w|\w[^\w\s]<|\d|_|<")
_ERROR = re.compile(
    r"(?:Error|Exception|Failure|Timeout|Warning|Fault)\b|(?<![A-Za-z])[Nn]ot?[-_]|^\W*[A-Z]{1,8}[-_]?(?:\d+|<#>)\W*$"
)
_WORD = re.compile(r"[^\W\d_]{3,}")

Tree = tuple[str, str]  # system and code
Words = Sequence[str]


class Variables:
    """What is known of the words of templates, by their ids. One that became part of another is not used again."""

    def __init__(self, wildcard: str) -> None:
        self._wildcard = wildcard
        self._templates: dict[tuple[Tree, int], list[int]] = defaultdict(list)
        self._looks: dict[tuple[Tree, int], int] = {}
        self._places: dict[tuple[Tree, int], list[int]] = {}
        self._known: dict[tuple[Tree, tuple[str, ...]], int] = {}
        self._words: dict[int, tuple[str, ...]] = {}
        self._part_of: dict[int, int] = {}

    def add(self, tree: Tree, template: int, words: Words) -> bool:
        """Note a new template. Whether it is time to look for templates that are one: `joined`."""
        group = tree, len(words)
        self._templates[group].append(template)
        return len(words) <= _MOST_WORDS and len(self._templates[group]) >= self._looks.get(group, _FIRST_LOOK)

    def find(self, tree: Tree, words: Words) -> int | None:
        """The template of a message but for a name in it, if that is known."""
        for place in self._places.get((tree, len(words)), ()):
            found = self._known.get((tree, self._without(words, place)))
            if found is not None:
                return found
        return None

    def of(self, tree: Tree, words: int) -> list[int]:
        """The templates of a tree that have so many words."""
        return self._templates[tree, words]

    def groups(self) -> list[tuple[Tree, int]]:
        """Trees and numbers of words that have enough templates to be looked at."""
        return [
            group for group, templates in self._templates.items()
            if group[1] <= _MOST_WORDS and (len(templates) >= VALUES or group in self._places)
        ]  # fmt: skip

    def joined(self, tree: Tree, words: int, texts: Mapping[int, Words]) -> dict[int, list[int]]:
        """Templates that are one but for a name: the first of them -> the others. texts: of `of(tree, words)`."""
        found: dict[int, list[int]] = {}
        left = {number: self._words.get(number, tuple(text)) for number, text in texts.items()}
        for place in range(words):
            alike: dict[tuple[str, ...], list[int]] = defaultdict(list)
            for number, text in left.items():
                alike[self._without(text, place)].append(number)
            for rest, numbers in alike.items():
                known = self._known.get((tree, rest))
                if known is None and not self._is_variable(rest, [left[number][place] for number in numbers]):
                    continue
                kept = min(numbers) if known is None else known
                others = [number for number in numbers if number != kept]
                found.setdefault(kept, []).extend(each for one in others for each in (*found.pop(one, ()), one))
                for one in others:
                    del left[one]
                    self._part_of[one] = kept
                self._known[tree, rest] = kept
                self._words[kept] = left[kept] = rest
                if place not in self._places.setdefault((tree, words), []):
                    self._places[tree, words].append(place)
        self._templates[tree, words] = list(left)
        self._looks[tree, words] = max(_FIRST_LOOK, 2 * len(left))
        return found

    def words(self, template: int) -> tuple[str, ...] | None:
        """The words of a template that others have become part of; None for another."""
        return self._words.get(template)

    def end(self, template: int) -> int:
        """The template that this one has become part of, or itself."""
        while template in self._part_of:
            template = self._part_of[template]
        return template

    def ends(self) -> dict[int, int]:
        """Each template that has become part of another -> that other."""
        return {number: self.end(number) for number in self._part_of}

    def _without(self, words: Words, place: int) -> tuple[str, ...]:
        return (*words[:place], self._wildcard, *words[place + 1 :])

    def _is_variable(self, rest: Words, values: list[str]) -> bool:
        if len(values) < VALUES or not any(_WORD.search(word) for word in self._bare(rest)):
            return False
        names = sum(bool(_NAME.search(value)) and not _ERROR.search(value) for value in values)
        return names >= NAMES * len(values)

    def _bare(self, words: Words) -> Iterator[str]:
        return (word for word in words if not word.startswith("<"))
