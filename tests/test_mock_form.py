"""Demands on the form of a reply are read from the prompt and kept by every skill, in one place."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import openai
import pytest

from helpers.mock_endpoint import start
from helpers.mock_endpoint.config import SIM_LARGE, SIM_SMALL
from helpers.mock_endpoint.reading.limits import Limits, read_limits
from helpers.mock_endpoint.text.compression import shortened
from helpers.mock_endpoint.text.form import Draft, breaches, shaped
from helpers.mock_endpoint.text.language_id import language_of
from helpers.mock_endpoint.text.opposition import affirms

PARTS = (
    "The windmill on the dyke was built in 1822.",
    "It grinds wheat on Saturdays, when the wind allows it.",
    "Visitors can climb the stairs, but the top floor is closed in winter.",
)
TEXT = " ".join(PARTS)


@pytest.fixture(scope="module")
def ask():
    client = openai.OpenAI(base_url=start().url, api_key="workbook", max_retries=0)

    def ask(said: str, system: str = "", model: str = "sim-large", **parameters: Any) -> str:
        messages: list[Any] = [{"role": "system", "content": system}] if system else []
        messages.append({"role": "user", "content": said})
        reply = client.chat.completions.create(model=model, messages=messages, temperature=0, **parameters)
        return reply.choices[0].message.content or ""

    return ask


def formed(demand: str, model=SIM_LARGE) -> str:
    return shaped(Draft(parts=PARTS[:1], spare=PARTS[1:]), read_limits(demand), model)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("Use at most 20 words.", Limits(words=20, order=("words",))),
        ("In exactly 7 words.", Limits(words=7, least_words=7, order=("words",))),
        ("At least 15 words.", Limits(least_words=15, order=("words",))),
        ("Between 20 and 30 words.", Limits(words=30, least_words=20, order=("words",))),
        ("Write two to three sentences.", Limits(sentences=3, least_sentences=2, order=("sentences",))),
        ("As a numbered list of three items.", Limits(bullets=3, numbered=True, order=("bullets",))),
        ("Answer only yes or no.", Limits(yes_no=("yes", "no"), order=("yes_no",))),
        ("Responda apenas sim ou não.", Limits(yes_no=("sim", "não"), order=("yes_no",))),
        ('Start with "Dear all," please.', Limits(starts="Dear all,", order=("starts",))),
        ("Answer in Portuguese.", Limits(language="pt", order=("language",))),
        ("Resuma em duas frases.", Limits(sentences=2, order=("sentences",))),
        ("Return JSON with keys a, b.", Limits(json=True, json_keys=("a", "b"), order=("json",))),
    ],
)
def test_a_demand_is_read(said, expected):
    assert read_limits(said) == expected


@pytest.mark.parametrize(
    "said", ["The mill has two floors.", "What is a word?", "It is open from 2 to 5.", "Who lists it?"]
)
def test_a_text_without_demands_has_none(said):
    assert read_limits(said) == Limits()


@pytest.mark.parametrize("count", [6, 9, 12, 15, 20])
def test_an_exact_count_of_words_is_kept(count):
    assert len(formed(f"Write exactly {count} words.").split()) == count


@pytest.mark.parametrize("most", [3, 5, 8, 11])
def test_a_shortened_sentence_has_only_whole_words_of_the_sentence(most):
    short = shortened(PARTS[2], most)
    assert 0 < len(short.split()) <= most
    assert {w.strip(".,").lower() for w in short.split()} <= {w.strip(".,").lower() for w in PARTS[2].split()}


def test_a_shortened_sentence_ends_at_a_clause_where_one_fits():
    assert shortened(PARTS[2], 8) == "Visitors can climb the stairs."
    assert shortened("If it rains, the mill stays closed.", 4) == "The mill stays closed."


def test_a_value_to_keep_survives_shortening():
    sentence = "The board of the foundation decided after a long debate that the mill reopens on 4 May 2031."
    assert "4 May 2031" in shortened(sentence, 9, keep=("4 May 2031",))
    assert "4 May 2031" not in shortened(sentence, 9)


def test_lists_are_bulleted_numbered_or_separated_by_commas():
    assert formed("Give 2 bullet points.").splitlines() == [f"- {part}" for part in PARTS[:2]]
    assert [line[:3] for line in formed("A numbered list of 3 items.").splitlines()] == ["1. ", "2. ", "3. "]
    assert "\n" not in formed("As a comma-separated list.")


def test_first_and_last_words_are_put_around_the_reply():
    reply = formed('Start with "Hello!" and end with "Bye!".')
    assert reply == f"Hello! {PARTS[0]} Bye!"


@pytest.mark.parametrize(
    ("question", "statement", "yes"),
    [
        ("Is the top floor open in winter?", "The top floor is closed in winter.", False),
        ("Is the top floor closed in winter?", "The top floor is closed in winter.", True),
        ("Are dogs allowed?", "Dogs are not allowed.", False),
        ("Are dogs allowed?", "Dogs are allowed on a lead.", True),
        ("May one smoke there?", "Smoking is forbidden.", False),
    ],
)
def test_yes_or_no_follows_from_negation_and_opposites(question, statement, yes):
    assert affirms(question, statement) is yes


def test_yes_or_no_is_answered_from_the_passage(ask):
    said = f"Text: {TEXT}\n\nQuestion: Is the top floor open in winter?"
    assert ask(said, "Answer only yes or no.") == "No"
    assert ask(said.replace("open in", "closed in"), "Answer only yes or no.") == "Yes"


def test_the_small_model_keeps_only_the_first_of_several_demands():
    demand = "Write at most 5 words, in upper case."
    assert formed(demand).isupper() and len(formed(demand).split()) <= 5
    small = formed(demand, SIM_SMALL)
    assert len(small.split()) <= 5 and not small.isupper()
    assert formed("Write in upper case, at most 5 words.", SIM_SMALL).isupper()
    assert read_limits(demand).first(None) == read_limits(demand)


def test_what_cannot_be_translated_says_so_and_stays_in_its_language(ask):
    reply = ask(f'Summarise the text in Portuguese.\n"""{TEXT}"""')
    assert "traduzir" in reply and any(part in reply for part in PARTS)
    assert "translate" not in ask(f'Summarise the text in English.\n"""{TEXT}"""')


def test_a_decline_is_in_the_language_of_the_instructions(ask):
    said = "Contexto:\nO moinho foi construído em 1822.\n\nPergunta: Quanto custa um bilhete de ópera em Viena?"
    assert ask(said, "Responda somente com as informações do contexto.") == "O texto dado não contém a resposta."


def test_a_decline_keeps_the_json_that_was_asked_for(ask):
    said = f"Passages:\n[1] {TEXT}\n\nQuestion: What does a ticket to the opera in Vienna cost?"
    rule = 'Use only the passages; if the answer is missing, say "unknown". Return JSON with the keys answer, source.'
    assert json.loads(ask(said, rule))["answer"] == "unknown"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (TEXT, "en"),
        ("O moinho foi construído em 1822.", "pt"),
        ("El molino fue construido en 1822.", "es"),
        ("Xyzzy.", None),
    ],
)
def test_the_language_is_told_by_function_words(text, language):
    assert language_of(text) == language


def test_breaches_name_what_was_counted():
    limits = replace(Limits(), words=3, case="upper")
    assert breaches("One two three four", limits) == ["it has 4 words", "it is not in upper case"]
    assert breaches("ONE TWO", limits) == []
