"""Vectors of many texts: made in few calls, kept with the name of their model, drawn so that the text says the same."""

import csv
import json
import re

import numpy as np
import pytest

from helpers import connect, plots, show, vectors
from helpers.data import load_sample, sample_data
from helpers.plots.vectors import _plane, _precision_recall_f1


@pytest.fixture(scope="module")
def endpoint():
    return connect("mock", quiet=True)


@pytest.fixture
def drawn(monkeypatch):
    """The pictures that were shown."""
    given = []
    monkeypatch.setattr(show, "show", given.append)
    return given


def test_texts_are_embedded_in_batches_and_keep_their_order(endpoint):
    texts = ["a cat", "a contract", "a kitten"]
    before = len(endpoint.ledger.calls)
    rows = vectors.embed(endpoint, texts, batch=2)
    assert len(endpoint.ledger.calls) - before == 2
    assert rows.shape == (3, 384) and rows.dtype == np.float32
    assert np.allclose(np.linalg.norm(rows, axis=1), 1)
    assert rows[0] @ rows[2] > rows[0] @ rows[1]


def test_shorter_vectors_have_length_one_too(endpoint):
    rows = vectors.embed(endpoint, ["a cat", "a kitten"], dimensions=64)
    assert rows.shape == (2, 64) and np.allclose(np.linalg.norm(rows, axis=1), 1)


def test_no_text_needs_no_call(endpoint):
    before = len(endpoint.ledger.calls)
    assert len(vectors.embed(endpoint, [])) == 0
    assert len(endpoint.ledger.calls) == before


def test_kept_vectors_come_back_in_the_order_that_is_asked_for(tmp_path):
    path = tmp_path / "kept.npz"
    vectors.keep(path, "one", ["a", "b", "c"], np.eye(3))
    assert vectors.kept(path, "one", ["c", "a"]).tolist() == [[0, 0, 1], [1, 0, 0]]


def test_vectors_of_another_model_or_without_a_text_are_not_read(tmp_path):
    path = tmp_path / "kept.npz"
    assert vectors.kept(path, "one", ["a"]) is None
    vectors.keep(path, "one", ["a", "b"], np.eye(2))
    assert vectors.kept(path, "other", ["a"]) is None
    assert vectors.kept(path, "one", ["a", "z"]) is None
    path.write_bytes(b"no archive")
    assert vectors.kept(path, "one", ["a"]) is None


def test_the_plane_of_the_map_keeps_the_two_widest_directions():
    rows = np.zeros((40, 5))
    rows[:, 3], rows[:, 1] = np.linspace(-9, 9, 40), np.tile([-2.0, 2.0], 20)
    middle, directions, shares = _plane(rows)
    assert np.allclose(middle, 0) and shares.sum() == pytest.approx(1)
    assert np.allclose(np.abs(directions[:, 0]), [0, 0, 0, 1, 0], atol=0.1)
    assert (directions[np.abs(directions).argmax(axis=0), [0, 1]] > 0).all()


def test_the_maps_text_says_where_groups_and_marked_texts_lie(drawn):
    rows = np.array([[1, 0, 0], [0.9, 0.1, 0], [0, 0, 1], [0, 0.1, 0.9]])
    plots.vector_map(rows, ["bills", "bills", "doors", "doors"], marked={"my bill": [0.95, 0, 0]}, title="A map")
    (picture,) = drawn
    assert "4 points" in picture.alt and "“my bill” is drawn" in picture.alt and "a point of bills" in picture.alt


def test_many_names_at_one_place_still_make_a_map(drawn):
    rows = np.random.default_rng(0).normal(size=(30, 8))
    plots.vector_map(rows, ["g"] * 30, marked={f"a question {i}": rows[0] for i in range(12)}, title="Crowded")
    assert drawn[0].alt.count("is drawn at") == 12


def test_the_heat_maps_text_names_the_most_and_the_least_alike(drawn):
    plots.heat_map([[1, 0.9, 0.1], [0.9, 1, 0.2], [0.1, 0.2, 1]], ["a", "b", "c"], title="Three")
    assert "Most alike: “b” and “a” 0.90" in drawn[0].alt and "Least alike: “c” and “a” 0.10" in drawn[0].alt


def test_the_thresholds_text_says_what_a_marked_threshold_gives(drawn):
    plots.thresholds([0.9, 0.5, 0.4, 0.1], [True, False, True, False], marked={"mine": 0.3, "high": 0.95}, title="T")
    assert "mine at 0.30: precision 0.67, recall 1.00, F1 0.80" in drawn[0].alt
    assert "high at 0.95: precision not defined, recall 0.00" in drawn[0].alt


def test_precision_recall_and_f1_are_those_of_at_least_the_threshold():
    assert _precision_recall_f1([0.9, 0.5, 0.4], [True, False, True], 0.5) == pytest.approx((0.5, 0.5, 0.5))
    precision, recall, f1 = _precision_recall_f1([0.4], [True], 0.5)
    assert np.isnan(precision) and recall == f1 == 0


# --- the help articles ----------------------------------------------------------------------------------------------


def test_there_are_two_hundred_help_articles_of_two_to_four_sentences():
    articles = load_sample("help_articles/articles.jsonl")
    assert len({a["id"] for a in articles}) == len({a["title"] for a in articles}) == len(articles) == 200
    for article in articles:
        assert 2 <= len(re.findall(r"[.!?](?=[\s”]|$)", article["text"])) <= 6, article["title"]
        assert 15 <= len(article["text"].split()) <= 70, article["title"]


def test_every_question_has_one_article_of_each_label():
    articles = {a["id"] for a in load_sample("help_articles/articles.jsonl")}
    questions = {}
    for pair in load_sample("help_articles/pairs.csv"):
        assert pair["article"] in articles
        questions.setdefault(pair["query"], {})[pair["label"]] = pair["article"]
    assert len(questions) == 66
    for labels in questions.values():
        assert set(labels) == {"relevant", "near miss", "unrelated"} and len(set(labels.values())) == 3


def test_error_codes_are_in_the_text_and_never_in_the_title():
    errors = [a for a in load_sample("help_articles/articles.jsonl") if a["topic"] == "errors"]
    code = re.compile(r"0x8007[0-9A-F]{4}|KS-\d{4}")
    found = [code.findall(a["text"]) for a in errors]
    assert all(len(codes) == 1 for codes in found) and len({codes[0] for codes in found}) == len(errors)
    assert not [a for a in errors if code.search(a["title"])]


def test_the_same_questions_are_asked_in_every_language():
    with sample_data("help_articles/other_languages.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    asked = {}
    for row in rows:
        asked.setdefault(row["language"], []).append(row["article"])
    assert set(asked) == {"English", "Portuguese", "Spanish", "German"}
    assert all(articles == asked["English"] and len(articles) == 12 for articles in asked.values())


def test_the_first_question_shares_no_word_with_its_article():
    articles = {a["id"]: a for a in load_sample("help_articles/articles.jsonl")}
    first = load_sample("help_articles/pairs.csv")[0]
    article = articles[first["article"]]
    assert not set(re.findall(r"[\w']+", first["query"].lower())) & set(
        re.findall(r"[\w']+", json.dumps([article["title"], article["text"]]).lower())
    )
