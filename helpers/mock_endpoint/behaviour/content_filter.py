"""Azure's content filter: annotations in its shape, a 400 for a prompt, a reply withheld.

The method is small: it is no classifier that was trained on harmful texts. A sentence that has one of a category's
words is compared, by the embeddings of this endpoint, with a few sentences that are harmful and a few that use the same
words harmlessly (data/content_filter.toml). How much nearer it is to the harmful ones is its severity.
It teaches what the filter's answers look like and where they come in a program; it misses what uses other words, other
languages or several sentences, and protects nobody. Protected material is never detected.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..api import errors
from ..completion import Choice, Completion, pieces
from ..meaning.vectors import embedder
from ..text import tokens

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..api.requests import ChatRequest

_DATA = Path(__file__).parent.parent / "data" / "content_filter.toml"
SEVERITIES = ("safe", "low", "medium", "high")
_RATED = ("hate", "self_harm", "sexual", "violence")  # with a severity; the others are only detected or not
_NEAREST = 0.40  # cosine to the nearest harmful sentence below which nothing is meant
# Cosine to the nearest harmful sentence less that to the nearest harmless one: from here on low, medium, high.
_MARGINS = (0.04, 0.12, 0.35)
_DETECTED_FROM = 0.08
_MOST_SENTENCES = 40  # looked at more closely in one request, so that a long prompt costs half a second at most
_LONGEST = 400  # characters of a sentence that are compared
# A sentence ends with its mark, or with its line.
_SENTENCE = re.compile(r"[^.!?\n]+[.!?]*")


@dataclass(frozen=True)
class _Category:
    name: str
    mention: re.Pattern[str]
    harmful: NDArray[np.float32]
    harmless: NDArray[np.float32]

    def margin(self, sentence: str) -> float:
        """How much nearer a sentence is to the harmful examples; 0 when it is near to none."""
        vector = embedder().embed([sentence[:_LONGEST]])[0]
        nearest = float((self.harmful @ vector).max())
        return nearest - float((self.harmless @ vector).max()) if nearest >= _NEAREST else 0.0


@cache
def _categories() -> tuple[_Category, ...]:
    data = tomllib.loads(_DATA.read_text(encoding="utf-8"))
    return tuple(
        _Category(
            name,
            re.compile(rf"\b(?:{'|'.join(map(re.escape, one['mentions']))})", re.IGNORECASE),
            embedder().embed(one["harmful"]),
            embedder().embed(one["harmless"]),
        )
        for name, one in data.items()
    )


@dataclass(frozen=True)
class Verdict:
    """A severity (0 safe, 1 low, 2 medium, 3 high) for each category; for jailbreak 0 or 3."""

    severities: Mapping[str, int]
    blocks_from: int

    def results(self, *, prompt: bool) -> dict[str, Any]:
        """In Azure's shape, categories by their names."""
        found: dict[str, Any] = {
            name: {"filtered": self.severities[name] >= self.blocks_from, "severity": SEVERITIES[self.severities[name]]}
            for name in _RATED
        }
        if prompt:
            detected = self.severities["jailbreak"] > 0
            found["jailbreak"] = {"filtered": detected, "detected": detected}
        else:
            found |= {f"protected_material_{kind}": {"filtered": False, "detected": False} for kind in ("code", "text")}
        return dict(sorted(found.items()))

    def filtered(self, *, prompt: bool) -> bool:
        return any(result["filtered"] for result in self.results(prompt=prompt).values())


def judged(texts: Iterable[str], blocks_from: str) -> Verdict:
    """The severest sentence of the texts in each category."""
    severities = dict.fromkeys((category.name for category in _categories()), 0)
    left = _MOST_SENTENCES
    for text in texts:
        for sentence in _SENTENCE.finditer(text):
            for category in _categories():
                if left > 0 and category.mention.search(sentence[0]):
                    left -= 1
                    found = _severity(category, sentence[0].strip())
                    severities[category.name] = max(severities[category.name], found)
    return Verdict(severities, SEVERITIES.index(blocks_from))


def _severity(category: _Category, sentence: str) -> int:
    margin = category.margin(sentence)
    if category.name not in _RATED:
        return 3 if margin >= _DETECTED_FROM else 0
    return sum(margin >= bound for bound in _MARGINS)


def of_prompt(asked: ChatRequest, blocks_from: str) -> Verdict:
    """Of what a request says. The system message is the developer's own, so no jailbreak is looked for in it."""
    latest_first = asked.messages[::-1]  # what is looked at is limited, and the newest message matters most
    verdict = judged((text for message in latest_first for text in message.texts), blocks_from)
    own = (text for message in latest_first if message.role not in ("system", "developer") for text in message.texts)
    if verdict.severities["jailbreak"] and not judged(own, blocks_from).severities["jailbreak"]:
        return replace(verdict, severities={**verdict.severities, "jailbreak": 0})
    return verdict


def refuse_if_filtered(verdict: Verdict) -> None:
    """Raises the 400 `content_filter` of Azure."""
    if verdict.filtered(prompt=True):
        raise errors.content_filtered(verdict.results(prompt=True))


def annotated(completion: Completion, of_prompt: Verdict, blocks_from: str) -> Completion:
    """The completion with what the filter found in the prompt and in each choice; a filtered choice ends before it."""
    choices = tuple(_annotated(choice, blocks_from) for choice in completion.choices)
    return replace(completion, choices=choices, prompt_filter=of_prompt.results(prompt=True))


def _annotated(choice: Choice, blocks_from: str) -> Choice:
    verdict = judged([choice.text], blocks_from)
    choice = replace(choice, filter=verdict.results(prompt=False))
    if not verdict.filtered(prompt=False):
        return choice
    text = _before_filtered(choice.text, blocks_from)
    sequence = tokens.encode(text)
    logprobs = None if choice.logprobs is None else choice.logprobs[: len(sequence)]
    return replace(
        choice,
        text=text,
        pieces=pieces(text),
        tokens=len(sequence),
        finish_reason="content_filter",
        logprobs=logprobs,
    )


def _before_filtered(text: str, blocks_from: str) -> str:
    for sentence in _SENTENCE.finditer(text):
        if judged([sentence[0]], blocks_from).filtered(prompt=False):
            return text[: sentence.start()].rstrip()
    return ""
