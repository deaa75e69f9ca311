"""The embeddings carry meaning, do not depend on their batch, and come from the model file that was tried."""

from __future__ import annotations

import numpy as np
import pytest

from helpers.mock_endpoint.meaning import vectors

PAIRS = [
    ("I can't sign in", "authentication failure", "the cake needs more sugar"),
    ("The train was late", "our rail journey was delayed", "she paints with watercolours"),
    ("How do I get my money back?", "refund policy", "opening hours of the pool"),
    ("a small dog", "a little puppy", "quarterly revenue"),
]


@pytest.fixture(scope="module")
def model():
    return vectors.embedder()


@pytest.mark.parametrize(("text", "near", "far"), PAIRS)
def test_what_means_the_same_is_nearer_than_what_does_not(model, text, near, far):
    a, b, c = model.embed([text, near, far])
    assert a @ b > a @ c + 0.15


def test_a_vector_does_not_depend_on_its_batch():
    texts = ["short", "a somewhat longer text with more words in it", "short but not the same"]
    alone = np.concatenate([vectors.MiniLM().embed([text]) for text in texts])
    # To the last bit on the machines tried; a BLAS of another kind may sum more rows in another order.
    assert np.allclose(vectors.MiniLM().embed(texts), alone, rtol=0, atol=1e-6)
    assert np.allclose(vectors.MiniLM().embed(texts[::-1])[::-1], alone, rtol=0, atol=1e-6)


def test_the_network_computes_what_the_runtime_of_its_file_computes():
    onnxruntime = pytest.importorskip("onnxruntime")  # comes with chromadb
    session = onnxruntime.InferenceSession(str(vectors._model_path()), providers=["CPUExecutionProvider"])
    texts = [[101, 2023, 102], [101, *range(1000, 1150), 102], [101, *range(2000, 2254), 102]]
    for ids, own in zip(texts, vectors.MiniLM()._network(texts), strict=True):
        row = np.array([ids])
        inputs = {"input_ids": row, "attention_mask": np.ones_like(row), "token_type_ids": np.zeros_like(row)}
        expected = session.run(["last_hidden_state"], inputs)[0][0]
        assert np.allclose(own, expected, rtol=0, atol=1e-4)


def test_remembered_texts_are_bounded(monkeypatch):
    monkeypatch.setattr(vectors, "_CACHED_VECTORS", 3)
    small = vectors.MiniLM()
    texts = ["one", "two", "three", "four", "five"]
    vectors_of_all = small.embed(texts)
    assert len(small._cache) == 3
    assert np.allclose(small.embed(texts), vectors_of_all, rtol=0, atol=1e-6)
    assert all(row.base is None for row in small._cache.values())


def test_the_end_of_a_long_text_counts_too(model):
    filler = "The committee met and talked about the agenda. " * 60
    about_bees = filler + "Bees make honey in the hive and dance for each other. " * 60
    bees = model.embed(["honey bees in a hive"])[0]
    assert model.embed([about_bees])[0] @ bees > model.embed([filler])[0] @ bees + 0.1


@pytest.mark.parametrize("text", [" ", "\n", "\x00", "😀", "ﷺ" * 50, "\ud800", "中文" * 300])
def test_any_text_has_a_unit_vector(model, text):
    vector = model.embed([text])[0]
    assert np.isfinite(vector).all() and abs(np.linalg.norm(vector) - 1) < 1e-5


def test_a_changed_model_file_is_refused(tmp_path, monkeypatch):
    changed = tmp_path / "model.onnx"
    changed.write_bytes(vectors._model_path().read_bytes()[:-1] + b"x")
    monkeypatch.setattr(vectors, "_model_path", lambda: changed)
    with pytest.raises(RuntimeError, match="is not the file"):
        vectors.MiniLM()
