"""The public-service articles and their questions: what their description in sample_data/README.md promises."""

import re
from collections import Counter

import pytest

from helpers.data import load_sample

ARTICLES = load_sample("services/articles.jsonl")
TEXTS = {(a["language"], a["id"]): "\n".join(a["sections"].values()) for a in ARTICLES}
QUESTIONS = load_sample("services/questions.jsonl")
OTHERS = load_sample("services/questions_pt_es.jsonl")
DIALOGUES = load_sample("services/dialogues.jsonl")
ALL = [*QUESTIONS, *OTHERS, *({"language": "en", **d} for d in DIALOGUES)]


def numbers(text):
    """Numbers of a text; "1,450", "1.450" and "1450" are one, "0.70" and "0,70" too. Spelt-out ones are not read."""
    return {re.sub(r"[.,](?=\d{3}\b)", "", n).replace(",", ".") for n in re.findall(r"\d+(?:[.,:]\d+)*", text)}


def test_sixty_articles_are_in_english_and_twenty_also_in_portuguese_and_in_spanish():
    assert Counter(a["language"] for a in ARTICLES) == {"en": 60, "pt": 20, "es": 20}
    assert len(TEXTS) == 100
    assert {id for language, id in TEXTS if language != "en"} <= {id for language, id in TEXTS if language == "en"}


def test_every_article_has_the_same_eight_sections_and_a_date_since_when_it_holds():
    for article in ARTICLES:
        assert list(article["sections"]) == [
            "what", "who", "documents", "where", "hours", "cost", "deadline", "next step",
        ]  # fmt: skip
        assert all(article["sections"].values())
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", article["updated"]), article["id"]
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", article["valid_from"]), article["id"]


@pytest.mark.parametrize("language", ["pt", "es"])
def test_a_translation_has_no_number_that_the_english_article_does_not_have(language):
    for (own, id), text in TEXTS.items():
        if own == language:
            assert numbers(text) <= numbers(TEXTS["en", id]), id


def test_of_eighty_questions_a_quarter_is_answered_by_no_article_in_both_splits():
    counts = Counter((q["split"], bool(q["articles"])) for q in QUESTIONS)
    assert counts == {("lesson", True): 30, ("lesson", False): 10, ("hidden", True): 30, ("hidden", False): 10}
    assert len({q["id"] for q in [*QUESTIONS, *OTHERS]}) == len(QUESTIONS) + len(OTHERS)


def test_the_gold_passage_stands_in_the_gold_article_and_holds_every_key_fact():
    for case in ALL:
        for id in case["articles"]:
            assert case["passage"] in TEXTS[case["language"], id], case["id"]
            for fact in case["facts"]:
                assert any(wording.lower() in case["passage"].lower() for wording in fact), (case["id"], fact)


def test_an_unanswerable_question_names_its_nearest_article_and_says_why_it_does_not_answer():
    for case in [*QUESTIONS, *OTHERS]:
        if not case["articles"]:
            assert (case["language"], case["near"]) in TEXTS
            assert case["why"].startswith(("near", "far"))
            assert not case["passage"] and not case["facts"]


def test_a_dialogue_ends_with_the_users_follow_up_whose_standalone_form_is_given():
    assert len(DIALOGUES) == 12
    for dialogue in DIALOGUES:
        roles = [turn["role"] for turn in dialogue["turns"]]
        assert roles == ["user", "assistant"] * (len(roles) // 2) + ["user"]
        assert len(roles) in (3, 5)
        assert dialogue["standalone"] != dialogue["turns"][-1]["content"]
