"""What a model of a given size still sees of a long text: the middle of more than its attention span is lost."""

from __future__ import annotations

from collections.abc import Sequence

from ..config import Model
from ..text import tokens


def attended(texts: Sequence[str], model: Model) -> list[int]:
    """Positions of the texts within the attention span: two thirds of it at the beginning, the rest at the end."""
    counts = [tokens.count(text) for text in texts]
    if sum(counts) <= model.attention_span:
        return list(range(len(texts)))
    first = _within(counts, 2 * model.attention_span // 3)
    last = _within(counts[::-1], model.attention_span // 3)
    return [*range(first), *range(max(first, len(texts) - last), len(texts))]


def _within(counts: Sequence[int], budget: int) -> int:
    held = 0
    for i, count in enumerate(counts):
        held += count
        if held > budget:
            return i
    return len(counts)
