"""Words of one text aligned with those of another by what they mean where they stand.

Each word is the mean of its tokens' vectors in the model's last layer, so `bank` beside `river` is another word than
beside `loan`. The greedy alignment is BERTScore's recall (Zhang et al. 2020, https://arxiv.org/abs/1904.09675).
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from ..config import Model
from ..meaning.vectors import embedder, shortened

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_READ = 1000  # characters of each text
_REMEMBERED = 512  # texts


@dataclass(frozen=True)
class Words:
    """The words of a text with where they begin, and a unit vector for each: shape (number of words, dimensions)."""

    texts: tuple[str, ...]
    starts: tuple[int, ...]
    vectors: NDArray[np.float32]


def words_in_context(text: str) -> Words:
    """The words of a text, each with its vector in that text."""
    text = text[:_READ]
    with _lock:
        known = _remembered.get(text)
        if known is not None:
            _remembered.move_to_end(text)
            return known
    found = _read(text)
    with _lock:
        _remembered[text] = found
        if len(_remembered) > _REMEMBERED:
            _remembered.popitem(last=False)
    return found


def aligned(model: Model, wanted: Words, chosen: Sequence[int], found: Words) -> list[float]:
    """For each chosen word of the wanted text, its cosine with the word of the other text that is nearest to it."""
    if not chosen or not found.texts:
        return [0.0] * len(chosen)
    left = shortened(wanted.vectors[list(chosen)], model.dimensions)
    right = shortened(found.vectors, model.dimensions)
    return [float(near) for near in (left @ right.T).max(axis=1)]


_remembered: OrderedDict[str, Words] = OrderedDict()
_lock = Lock()


def _read(text: str) -> Words:
    import numpy as np

    offsets, states = embedder().tokens(text)
    texts, starts, rows = [], [], []
    for match in _WORD.finditer(text):
        own = [i for i, (start, end) in enumerate(offsets) if start < match.end() and end > match.start()]
        if own:
            row = states[own].mean(axis=0)
            texts.append(match.group().lower())
            starts.append(match.start())
            rows.append(row / np.linalg.norm(row))
    vectors = np.stack(rows).astype(np.float32) if rows else np.zeros((0, states.shape[1]), dtype=np.float32)
    return Words(tuple(texts), tuple(starts), vectors)
