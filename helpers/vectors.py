"""Vectors of many texts: embed them in a few calls, keep them in a file, and read them only if they still fit.

What a lesson uses where embedding is not its subject. Vectors of two models, or of two lengths, cannot be compared: a
file says which model made it, and is not read for another. Lesson 03 builds the same by hand, with a cache.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    from helpers.endpoint import Endpoint


def embed(
    endpoint: Endpoint, texts: Sequence[str], *, batch: int = 100, dimensions: int | None = None
) -> NDArray[np.float32]:
    """One vector of length 1 a text, in their order, `batch` texts a call: shape (len(texts), dimensions), float32.

    dimensions: shorter vectors, where the model can give them; None takes the model's own length.
    """
    import numpy as np

    shorter = {} if dimensions is None else {"dimensions": dimensions}
    rows: list[Sequence[float]] = []
    for start in range(0, len(texts), batch):
        reply = endpoint.client.embeddings.create(
            model=endpoint.embedding, input=list(texts[start : start + batch]), **shorter
        )
        rows += [item.embedding for item in sorted(reply.data, key=lambda item: item.index)]
    if not rows:
        return np.zeros((0, dimensions or 0), dtype=np.float32)
    vectors = np.asarray(rows, dtype=np.float32)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(lengths == 0, 1, lengths)


def keep(path: Path, model: str, ids: Sequence[str], vectors: ArrayLike) -> None:
    """Write vectors with the ids of their texts and the name of their model to an .npz file."""
    import numpy as np

    np.savez(path, model=model, ids=list(ids), vectors=np.asarray(vectors, dtype=np.float32))


def kept(path: Path, model: str, ids: Sequence[str]) -> NDArray[np.float32] | None:
    """Vectors of these ids, in this order, from a file that `keep` wrote: shape (len(ids), dimensions).

    None where there is no such file, where it cannot be read, where another model made it, or where an id is missing.
    """
    import zipfile

    import numpy as np

    try:
        with np.load(path, allow_pickle=False) as file:
            places = {name: i for i, name in enumerate(file["ids"].tolist())}
            if str(file["model"]) != model or not places.keys() >= set(ids):
                return None
            return file["vectors"][[places[name] for name in ids]]
    except (OSError, KeyError, ValueError, zipfile.BadZipFile):
        return None
