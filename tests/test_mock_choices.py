"""Choosing, remembering and standing orders in the many ways in which prompts ask for them."""

from __future__ import annotations

import json

import pytest

from helpers import connect

NOTE, PLACE = "The hens got out through a hole in the fence.", "poultry"


@pytest.fixture(scope="module")
def ask():
    endpoint = connect("mock", quiet=True)

    def asked(*turns: str, system: str = "") -> str:
        messages = [{"role": "system", "content": system}] if system else []
        messages += [{"role": ("user", "assistant")[i % 2], "content": turn} for i, turn in enumerate(turns)]
        reply = endpoint.client.chat.completions.create(model=endpoint.chat_large, messages=messages, temperature=0)
        return reply.choices[0].message.content

    return asked


@pytest.mark.parametrize(
    "prompt",
    [
        f"Put the note into one folder.\nFolders: poultry, orchard, machines\n\nNote: {NOTE}\n\nOne word.",
        f"Note:\n{NOTE}\n\nFolders:\n- poultry\n- orchard\n- machines\n\nFolder?",
        f"{NOTE}\n\nWhich folder does this note go into: poultry, orchard or machines?",
        (
            f"<task>Name the "
            f"folder.</task>\n<folders><folder>poultry</folder><folder>orchard</folder></folders><note>{NOTE}</note>"
        ),
        f"# Task\nFind the folder.\n\n# Folders\n- poultry\n- orchard\n\n# Note\n{NOTE}",
        f"folders = ['poultry', 'orchard', 'machines']\nnote = \"{NOTE}\"\nReturn the matching element of folders.",
        f"Where should this go, poultry, orchard or machines?\n\n{NOTE}",
    ],
)
def test_a_choice_is_read_by_its_form(ask, prompt):
    reply = ask(prompt)
    assert PLACE in reply and "orchard" not in reply


def test_letters_and_numbers_stand_for_options(ask):
    assert (
        ask(f"Where does it belong?\n\nNote: {NOTE}\n\nA) orchard\nB) poultry\nC) machines\n\nReply with the letter.")
        == "B"
    )
    assert ask(f"1 = orchard\n2 = poultry\n\nGive the number of the folder for this note: {NOTE}") == "2"


def test_the_label_is_the_value_of_the_key_that_is_named(ask):
    reply = ask(f'File it under poultry, orchard or machines. Reply as JSON: {{"folder": "..."}}\n\nNote: {NOTE}')
    assert json.loads(reply) == {"folder": PLACE}


def test_several_texts_get_a_label_each(ask):
    said = "Sort each note into poultry or machines, in order.\n\n1. The hens lay well.\n2. The tractor needs oil."
    assert ask(said) == "1. poultry\n2. machines"


@pytest.mark.parametrize(
    ("question", "text", "reply"),
    [
        ("Is the writer angry?", "Thank you all, it was a lovely evening.", "no"),
        ("Does the text mention a price?", "The eggs are 3 euros a dozen.", "yes"),
        ("Does the note contain a request?", "Could somebody mend the gate?", "yes"),
    ],
)
def test_yes_or_no_about_a_text(ask, question, text, reply):
    assert ask(f"Text: {text}\n{question} Answer yes or no.").lower() == reply


def test_portuguese_and_spanish_texts_are_compared_by_a_word_list(ask):
    assert "negativa" in ask(
        "Esta crítica é positiva ou negativa?\n\nCrítica: O sítio era sujo e o empregado grosseiro."
    )
    assert "positivo" in ask("¿El comentario es positivo o negativo?\n\nComentario: Una delicia, volveremos.")


def test_minutes_under_headings_are_no_options(ask):
    minutes = (
        "Fence: the hole was closed. It held.\nFeed: we bought 12 sacks. They are dry.\nHens: "
        "31 of them lay now. Two are ill."
    )
    assert "12" in ask("How many sacks of feed did we buy?", system=f"Answer from these notes:\n\n{minutes}")


# --- memory and standing orders ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "then", "question", "held", "gone"),
    [
        ("The vet comes on Tuesday.", "Sorry, make that Friday.", "When does the vet come?", "Friday", "Tuesday"),
        ("I need 12 sacks of feed.", "No wait, make it 20.", "How many sacks of feed do I need?", "20", "12"),
        ("Our fence costs 300 euros.", "Correction: 450 euros.", "What does our fence cost?", "450", "300"),
    ],
)
def test_a_correction_replaces_what_was_said(ask, first, then, question, held, gone):
    reply = ask(first, "Noted.", then, "Changed.", question)
    assert held in reply and gone not in reply


def test_facts_of_others_and_of_the_assistant_are_recalled(ask):
    told = "Ottilie feeds the hens and Bram mends the fence."
    assert "Bram" in ask(told, "Good.", "Who mends the fence?")
    assert "GX-41" in ask("Order the feed.", "Done, the order code is GX-41.", "What was the order code?")
    assert "9" in ask(
        "I paid 4 euros for wire.", "Ok.", "And 5 euros for nails.", "Ok.", "How much have I paid altogether?"
    )


def test_standing_orders_hold_for_every_reply(ask):
    assert ask("Hello", system="Begin each reply with the word Cluck.").startswith("Cluck")
    assert ask("Hello", system="Finish every reply with: -- The Farm").endswith("-- The Farm")
    assert "Farmer" in ask("Good evening", system="Address the user as Farmer in every reply.")
    assert ask("Hello", system="Always answer in Spanish.").startswith("¡Hola")
    assert ask("From now on answer in one word.", "Ok.", "My hen is brown.", "Ok.", "What colour is my hen?") == "brown"
