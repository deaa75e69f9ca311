"""The network of all-MiniLM-L6-v2 in numpy: token ids -> one vector a token (BERT, Devlin et al., 2018).

The weights come from an ONNX file that holds them as int8 with one scale an output. What runs them is written out here
because it is short and a runtime is not free: beside onnxruntime it takes a third of the memory, an eighth of the time
to load, and no longer for a sentence (docs/mock_speed.md); the vectors are equal to 2e-7. It reads this one model, not
ONNX at large.

A text's vectors depend on that text alone. On another machine the last bits may differ, because a BLAS sums in the
order that suits its processor: so did onnxruntime.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from mmap import mmap
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

DIMENSIONS = 384
_LAYERS, _HEADS = 6, 12
_EPSILON = 1e-12  # of the layer norms

# A sentence is a dozen rows, and a general matrix product spends more time on arranging a weight matrix for so few rows
# than on multiplying. OpenBLAS skips that for products of up to a million steps, and its threads with it, which would
# spin beside a notebook: so a matrix is kept as blocks of a few columns, and a long text is taken some rows at a time.
_COLUMNS = 32
_STEPS = 1_000_000
_ROWS = 32  # of a long text at once where what lies between two steps should stay in the processor's cache


@dataclass(frozen=True)
class _Dense:
    """x -> x @ weights + bias; weights has shape (outputs / _COLUMNS, inputs, _COLUMNS)."""

    weights: Array
    bias: Array

    @classmethod
    def of(cls, weights: Array, bias: Array) -> _Dense:
        blocks = weights.reshape(len(weights), -1, _COLUMNS).transpose(1, 0, 2)
        return cls(np.ascontiguousarray(blocks), bias.copy())

    def __call__(self, x: Array) -> Array:
        blocks, inputs, columns = self.weights.shape
        product = np.empty((len(x), blocks * columns), dtype=np.float32)
        parts = -(-len(x) // (_STEPS // (inputs * columns)))  # rounded up
        # Parts of like size: a last one of a single row would be summed in another order.
        for some, out in zip(np.array_split(x, parts), np.array_split(product, parts), strict=True):
            np.matmul(some, self.weights, out=out.reshape(-1, blocks, columns).transpose(1, 0, 2))
        product += self.bias
        return product


@dataclass(frozen=True)
class _Norm:
    """Each row brought to mean 0 and variance 1, then scaled and moved."""

    scale: Array
    offset: Array

    def __call__(self, x: Array) -> Array:
        x = x - x.mean(axis=1, keepdims=True)
        x *= (np.einsum("ij,ij->i", x, x) / DIMENSIONS + _EPSILON)[:, None] ** -0.5
        x *= self.scale
        x += self.offset
        return x


@dataclass(frozen=True)
class _Layer:
    """Self-attention and a feed-forward network, each added to its input and normalised."""

    query_key_value: _Dense
    mixed: _Dense
    after_attention: _Norm
    up: _Dense
    down: _Dense
    after: _Norm

    def __call__(self, x: Array, texts: Sequence[slice]) -> Array:
        """texts: the rows of each text, which attends to itself alone."""
        qkv = self.query_key_value(x)
        mixed = np.concatenate([_attention(qkv[rows]) for rows in texts])
        x = self.after_attention(self.mixed(mixed) + x)
        return self.after(self.down(_gelu(self.up(x))) + x)


class Network:
    """content: of the model's ONNX file, which may be a mapping of it; it is kept."""

    def __init__(self, content: bytes | mmap) -> None:
        kept = dict(_tensors(memoryview(content)))

        def named(name: str) -> Array:
            return kept[name].copy()

        def norm(name: str) -> _Norm:
            return _Norm(named(f"{name}.weight"), named(f"{name}.bias"))

        embeddings = "inner.embeddings"
        words = f"{embeddings}.word_embeddings.weight"
        # int8, 12 MB instead of 47; not copied, so that of a mapped file only the words that are used take memory.
        self._words, self._word_scales = kept[f"{words}_q"], named(f"{words}_scale")
        types = kept[f"{embeddings}.token_type_embeddings.weight"]
        self._positions = _dequantised(kept, f"{embeddings}.position_embeddings.weight") + types[0]
        self._norm = norm(f"{embeddings}.LayerNorm")
        # The matrices bear numbers instead of names, in the order in which the network uses them.
        matrices = sorted((int(n[4:-2]) for n in kept if n.startswith("val_") and n.endswith("_q")), reverse=True)

        def dense(*biases: str) -> _Dense:
            weights = [_dequantised(kept, f"val_{matrices.pop()}") for _ in biases]
            return _Dense.of(np.concatenate(weights, axis=1), np.concatenate([kept[f"{n}.bias"] for n in biases]))

        self._layers = [
            _Layer(
                dense(*(f"{layer}.attention.self.{part}" for part in ("query", "key", "value"))),
                dense(f"{layer}.attention.output.dense"),
                norm(f"{layer}.attention.output.LayerNorm"),
                dense(f"{layer}.intermediate.dense"),
                dense(f"{layer}.output.dense"),
                norm(f"{layer}.output.LayerNorm"),
            )
            for layer in (f"inner.encoder.layer.{i}" for i in range(_LAYERS))
        ]

    def __call__(self, texts: Sequence[Sequence[int]]) -> list[Array]:
        """The last layer for each text's ids, at most 512: shape (len(ids), 384)."""
        ends = np.cumsum([len(ids) for ids in texts])
        rows = [slice(end - len(ids), end) for ids, end in zip(texts, ends, strict=True)]
        every = np.concatenate([np.asarray(ids) for ids in texts])
        places = np.concatenate([np.arange(len(ids)) for ids in texts])
        x = self._norm(self._words[every] * self._word_scales[every] + self._positions[places])
        for layer in self._layers:
            x = layer(x, rows)
        return [x[own] for own in rows]


def _attention(x: Array) -> Array:
    """Each head's values, mixed by the softmax of query and key."""
    query, key, value = x.reshape(len(x), 3, _HEADS, -1).transpose(1, 2, 0, 3)
    query = query * np.float32((DIMENSIONS // _HEADS) ** -0.5)
    mixed = np.empty((len(x), _HEADS, DIMENSIONS // _HEADS), dtype=np.float32)
    for start in range(0, len(x), _ROWS):
        weights = query[:, start : start + _ROWS] @ key.transpose(0, 2, 1)
        weights -= weights.max(axis=-1, keepdims=True)
        np.exp(weights, out=weights)
        weights /= weights.sum(axis=-1, keepdims=True)
        mixed[start : start + _ROWS] = (weights @ value).transpose(1, 0, 2)
    return mixed.reshape(len(x), DIMENSIONS)


def _gelu(x: Array) -> Array:
    """x times the normal distribution's share below x, by Abramowitz and Stegun 7.1.26 (error 1.5e-7); in place."""
    for some in (x[start : start + _ROWS] for start in range(0, len(x), _ROWS)):
        distance = np.abs(some)
        distance *= 0.5**0.5
        t = 0.3275911 * distance
        t += 1
        np.reciprocal(t, out=t)
        tail = 1.061405429 * t
        for coefficient in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
            tail += coefficient
            tail *= t
        distance *= -distance
        tail *= np.exp(distance, out=distance)
        tail *= 0.5
        some *= np.where(some >= 0, 1 - tail, tail)
    return x


# --- the file ------------------------------------------------------------------------------------------------------

# Field numbers of onnx.proto: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
_GRAPH, _INITIALIZER = 7, 5
_DIMS, _DATA_TYPE, _NAME, _RAW_DATA = 1, 2, 8, 9
_DTYPES = {1: np.float32, 3: np.int8}


def _tensors(content: memoryview) -> Iterator[tuple[str, NDArray]]:
    """The initial values in a model, by name: those of the types that this model's weights have."""
    for number, graph in _fields(content):
        for part, tensor in _fields(graph) if number == _GRAPH else ():
            if part == _INITIALIZER:
                own = list(_fields(tensor))
                only = dict(own)
                if only[_DATA_TYPE] in _DTYPES and _RAW_DATA in only:
                    values = np.frombuffer(only[_RAW_DATA], _DTYPES[only[_DATA_TYPE]])
                    yield bytes(only[_NAME]).decode(), values.reshape([size for field, size in own if field == _DIMS])


def _fields(message: memoryview) -> Iterator[tuple[int, Any]]:
    """The fields of a protobuf message: number and value, an int or bytes.

    https://protobuf.dev/programming-guides/encoding/
    """
    at = 0

    def varint() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(message):
        number, kind = divmod(varint(), 8)
        if kind == 0:
            yield number, varint()
        else:
            size = varint() if kind == 2 else {1: 8, 5: 4}[kind]
            yield number, message[at : at + size]
            at += size


def _dequantised(kept: Mapping[str, NDArray], name: str) -> Array:
    return kept[f"{name}_q"] * kept[f"{name}_scale"]
