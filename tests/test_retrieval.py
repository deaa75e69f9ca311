"""Search by words, by vectors and by both; and the pictures of rankings."""

import math

import numpy as np
import pytest

from helpers import connect, load_sample, plots, retrieval, show, vectors

TEXTS = [
    "Reset the pump. Error P-77 means that the valve is closed.",
    "Paint the boat in spring.",
    "The boat, the boat and the harbour: a long story of a boat that went to sea and came back after many years.",
]


@pytest.fixture
def collection():
    return retrieval.Collection(TEXTS, np.eye(3, dtype=np.float32))


@pytest.fixture
def drawn(monkeypatch):
    given = []
    monkeypatch.setattr(show, "show", given.append)
    return given


def lucene_bm25(question, documents, k1=retrieval.K1, b=retrieval.B):
    mean = sum(map(len, documents)) / len(documents)
    scores = []
    for document in documents:
        score = 0.0
        for word in question:
            n, f = sum(word in other for other in documents), document.count(word)
            rarity = math.log(1 + (len(documents) - n + 0.5) / (n + 0.5))
            score += rarity * f / (f + k1 * (1 - b + b * len(document) / mean))
        scores.append(score)
    return scores


def test_words_are_small_and_a_code_falls_apart_at_its_marks():
    assert retrieval.words("Error KS-1407: não!") == ["error", "ks", "1407", "não"]


def test_the_librarys_scores_are_those_of_the_formula_that_the_lesson_states():
    texts = [f"{a['title']}. {a['text']}" for a in load_sample("help_articles/articles.jsonl")]
    whole = retrieval.Collection(texts, np.zeros((len(texts), 1), dtype=np.float32))
    documents = [retrieval.words(text) for text in texts]
    for asked in ("the card was refused, the card", "What is 0x80070005?", "KS-1407"):
        question = [word for word in retrieval.words(asked) if word in whole._index.vocab_dict]
        assert np.allclose(whole._index.get_scores(question), lucene_bm25(question, documents), atol=2e-6)


def test_a_text_without_a_word_of_the_question_is_not_found_by_words(collection):
    assert sorted(collection.by_words("A boat?")) == [1, 2]
    assert collection.by_words("P-77") == [0]
    assert collection.by_words("zebra") == collection.by_words("") == []


def test_by_vectors_every_text_has_a_rank_and_equals_keep_their_order(collection):
    assert collection.by_vectors(np.array([0, 1, 0], dtype=np.float32)) == [1, 0, 2]


def test_fusion_puts_first_what_both_found():
    assert retrieval.fuse([["a", "b"], ["b"]]) == ["b", "a"]
    assert retrieval.fuse([["z", "a"], ["y", "b"]]) == ["z", "y", "a", "b"]


def test_a_weight_of_zero_leaves_a_ranking_out():
    assert retrieval.fuse([["a"], ["b"]], weights=[0, 1]) == ["b"]


def test_a_small_k_trusts_first_places_more():
    once_first_or_twice_third = [["a", "x", "b"], ["c", "y", "b"]]
    assert retrieval.fuse(once_first_or_twice_third, k=60)[0] == "b"
    assert retrieval.fuse(once_first_or_twice_third, k=0)[0] == "a"


def test_the_search_by_both_takes_only_the_depth_of_each(collection):
    sight = np.array([0, 0, 1], dtype=np.float32)
    assert set(collection.search("P-77", sight, depth=1)) == {0, 2}
    assert collection.search("P-77", sight, depth=1, word_weight=0) == [2]


def test_what_an_answer_cites_goes_first():
    endpoint = connect("mock", quiet=True)
    order = retrieval.cited_first(endpoint, "What does error P-77 mean?", [TEXTS[1], TEXTS[2], TEXTS[0]], temperature=0)
    assert order[0] == 2 and sorted(order) == [0, 1, 2]


def test_the_help_desks_questions_have_an_article_and_three_kinds_in_both_halves():
    ids = {a["id"] for a in load_sample("help_articles/articles.jsonl")}
    questions = load_sample("help_articles/questions.jsonl")
    assert len({q["id"] for q in questions}) == len({q["question"] for q in questions}) == 80
    assert all(set(q["articles"]) <= ids and q["articles"] for q in questions)
    halves = {s: [q["kind"] for q in questions if q["split"] == s] for s in ("lesson", "hidden")}
    assert all(sorted(set(kinds)) == ["code", "sentence", "term"] and len(kinds) == 40 for kinds in halves.values())


def test_a_code_is_found_by_words_and_missed_by_vectors():
    endpoint = connect("mock", quiet=True)
    articles = load_sample("help_articles/articles.jsonl")
    texts = [f"{a['title']}. {a['text']}" for a in articles]
    whole = retrieval.Collection(texts, vectors.embed(endpoint, texts))
    asked = "What is 0x80070005?"
    vector = vectors.embed(endpoint, [asked])[0]
    right = next(i for i, text in enumerate(texts) if "0x80070005" in text)
    assert whole.by_words(asked)[0] == whole.search(asked, vector)[0] == right
    assert whole.by_vectors(vector).index(right) >= 5


def test_the_slopes_text_says_every_rank(drawn):
    plots.rank_slopes({"one": [10, None, 500], "two": [1, 2, 3]}, ["a", "b", "c"], title="Ranks")
    assert "a: one 10, two 1" in drawn[0].alt and "b: one not found, two 2" in drawn[0].alt
    assert "c: one beyond 100, two 3" in drawn[0].alt
