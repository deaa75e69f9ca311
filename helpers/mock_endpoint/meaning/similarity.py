"""Cosine similarity as a model of a given size sees it: the smaller one keeps fewer dimensions of each vector."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..config import Model
from .vectors import Embedder, embedder, shortened

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


_READ = 1000  # characters of each text: about what the embedding model takes in at once


def cosines(model: Model, texts: Sequence[str], others: Sequence[str]) -> NDArray[np.float32]:
    """Shape (len(texts), len(others)), each from -1 to 1."""
    source: Embedder = embedder()
    left, right = (source.embed([text[:_READ] for text in side]) for side in (texts, others))
    return shortened(left, model.dimensions) @ shortened(right, model.dimensions).T
