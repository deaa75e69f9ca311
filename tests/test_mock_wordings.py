"""Replies to the many wordings of one demand: words to say, things to list, what to leave out, verdicts of any name."""

from __future__ import annotations

import json

import pytest

from helpers import connect


@pytest.fixture(scope="module")
def ask():
    endpoint = connect("mock", quiet=True)

    def asked(text: str, system: str = "", *, small: bool = False) -> str:
        messages = [{"role": "system", "content": system}] if system else []
        reply = endpoint.client.chat.completions.create(
            model=endpoint.chat_small if small else endpoint.chat_large,
            messages=[*messages, {"role": "user", "content": text}],
            temperature=0,
        )
        return reply.choices[0].message.content

    return asked


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ('Answer with the one word "gravel", nothing else.', "gravel"),
        ("Output only the word cinder.", "cinder"),
        ('Your entire answer must be "slate".', "slate"),
        ('Write "the lamp is lit" in block letters, all caps.', "THE LAMP IS LIT"),
        ("Repeat in lower case: WET PAINT", "wet paint"),
        ('Responda apenas com a palavra "pronto".', "pronto"),
        ('Say "ping" three times, separated by commas.', "ping, ping, ping"),
    ],
)
def test_words_to_say_are_said_as_asked(ask, text, reply):
    assert ask(text) == reply


def test_a_choice_between_quoted_words_is_not_said_literally(ask):
    assert ask('Reply "warm" or "cold".\n\nText: The lake froze over last night.') != "warm"


@pytest.mark.parametrize(
    ("order", "text", "lines"),
    [
        (
            "List the tools the text names, one per line.",
            "She packed a saw, a chisel and a plane.",
            ["saw", "chisel", "plane"],
        ),
        (
            "Which colours does the note mention? One per line.",
            "A green door with a yellow frame.",
            ["green", "yellow"],
        ),
        (
            "Name the people in this text, one per line, in alphabetical order.",
            "We met Rosa Lund and then Abel Finn.",
            ["Abel Finn", "Rosa Lund"],
        ),
    ],
)
def test_things_of_a_kind_are_listed(ask, order, text, lines):
    assert ask(f"{order}\n\n{text}").splitlines() == lines


def test_named_keys_are_filled_without_json_mode(ask):
    reply = json.loads(ask('Return JSON with the keys "name" and "age".\n\nTilda Moss is 34 and lives by the sea.'))
    assert list(reply) == ["name", "age"]
    assert reply["name"] == "Tilda Moss" and str(reply["age"]) == "34"


MINUTES = (
    "The allotment society met on 9 March. Secretary Olga Brandt counted 31 members. The fence will cost 1,150 euros. "
    "Somebody stole two pumpkins. The harvest supper is on 20 September."
)


def test_a_summary_keeps_what_is_to_be_mentioned_and_leaves_the_rest(ask):
    reply = ask(
        f"Summarise in at most 25 words. Mention the fence and the supper, leave out the pumpkins.\n\n{MINUTES}"
    )
    assert "1,150" in reply and "20 September" in reply and "pumpkins" not in reply
    assert len(reply.split()) <= 25


def test_names_are_left_out(ask):
    reply = ask(f"Summarise this without naming anyone.\n\n{MINUTES}")
    assert "Olga" not in reply and "Brandt" not in reply


def test_a_small_model_forgets_what_to_leave_out_when_it_has_a_length_to_keep(ask):
    text = f"Summarise in two sentences without naming anyone.\n\n{MINUTES}"
    assert "Olga" not in ask(text)
    assert "Olga" in ask(text, small=True)


def test_a_title_is_short_and_one_line(ask):
    reply = ask(f"Suggest a title of at most five words.\n\n{MINUTES}")
    assert 2 <= len(reply.split()) <= 5 and "\n" not in reply


@pytest.mark.parametrize(("answer", "verdict"), [("It opens at 7 am.", "MATCH"), ("It opens at 9 am.", "MISMATCH")])
def test_verdict_words_are_read_wherever_they_stand(ask, answer, verdict):
    order = "Same meaning -> MATCH, otherwise MISMATCH. Only the word."
    text = f"Reference: The bakery opens at 7:00.\nPupil wrote: {answer}\n\n{order}"
    assert ask(text) == verdict


@pytest.mark.parametrize(("price", "verdict"), [("14", "no"), ("41", "yes")])
def test_yes_is_the_bad_verdict_where_faults_are_asked_for(ask, price, verdict):
    text = (
        "Does the summary contain errors? Answer yes or no.\n\nArticle: The concert is on 2 May. Tickets cost 14 euros."
        f"\n\nSummary: Tickets for the concert cost {price} euros."
    )
    assert ask(text) == verdict


def test_chat_keeps_first_and_last_words(ask):
    assert ask("Thank you!", 'Always end your reply with "Ahoy".').endswith("Ahoy")
