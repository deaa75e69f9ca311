"""A text and a question about it are told apart whatever the layout of the prompt."""

import json

import pytest

from helpers.mock_endpoint.reading.declines import decline_in
from helpers.mock_endpoint.reading.grounded import read_grounded

SHED = "The tool shed is open on Tuesdays. The key hangs behind the oven. Wheelbarrows may be kept for two days."
DOCUMENTS = [{"ref": "T1", "body": "The shed opens on Tuesdays."}, {"ref": "T2", "body": "The key is with Odila."}]
ASKED = "Where is the key?"


@pytest.mark.parametrize(
    ("system", "user"),
    [
        ("", f"SHED RULES\n{SHED}\n\nQUESTION\n{ASKED}"),
        ("", f"{SHED}\n\nbased on these notes: {ASKED}"),
        ("", f"Going only by the notes below, {ASKED}\n\n{SHED}\n\nif it isn't in there just say dunno"),
        ("", f"See the text below and tell me: {ASKED}\n\n{SHED}"),
        ("", f"{ASKED}\n\nUse this text and nothing else:\n\n{SHED}"),
        ("", f"Below are our rules.\n\n{SHED}\n\nA neighbour asks: {ASKED}\nAnswer from the rules."),
        (f"You are the warden. Use only this sheet.\n\n{SHED}", ASKED),
        (f'{SHED}\n\nAnswer from the text. Not in there? Reply: "Ask me later."', ASKED),
        ("", f"<sheet>{SHED}</sheet>\n<user_question>{ASKED}</user_question>\nUse only the sheet."),
        ("", json.dumps({"context": SHED, "question": ASKED, "instructions": "Answer from the context only."})),
    ],
)
def test_question_and_source_are_told_apart(system, user):
    found = read_grounded(system, user)
    assert found is not None
    assert found.question == ASKED
    told = " ".join(passage.text for passage in found.passages)
    assert "behind the oven" in told
    assert ASKED not in told


@pytest.mark.parametrize(
    ("source", "example", "cited"),
    [
        ("[§ 1] Open on Tuesdays only.\n[§ 2] The key is with Odila.", "[§ 9]", ["§ 1", "§ 2"]),
        ("S1: Open on Tuesdays only.\nS2: The key is with Odila.", "[S7]", ["S1", "S2"]),
        ("Art. 1. Open on Tuesdays only.\nArt. 2. The key is with Odila.", "[Art. 7]", ["Art. 1", "Art. 2"]),
        ("== Page: Times ==\nOpen on Tuesdays only.\n== Page: Keys ==\nThe key is with Odila.", "[[Page title]]",
         ["Times", "Keys"]),
        ("- id: t1\n  text: Open on Tuesdays only.\n- id: t2\n  text: The key is with Odila.", "[t9]", ["t1", "t2"]),
        (json.dumps(DOCUMENTS), "[T9]", ["T1", "T2"]),
    ],
)  # fmt: skip
def test_sources_are_cited_in_the_notation_shown(source, example, cited):
    found = read_grounded(f"Answer from the sources and cite them, like {example}.", f"{source}\n\nWho has the key?")
    assert found is not None
    assert [passage.id for passage in found.passages] == cited
    assert found.citing is not None
    assert example.startswith(found.citing.open)


def test_a_row_of_a_table_is_a_passage():
    found = read_grounded(
        "Answer from the table.", "tool,owner,days\nsaw,Odila,2\nspade,Renko,5\n\nWho owns the spade?"
    )
    assert found is not None
    assert [passage.id for passage in found.passages] == ["saw", "spade"]
    assert "spade: owner: Renko." in found.passages[1].text


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ('If the sheet is silent, answer "Not on it".', "Not on it"),
        ("if it isn't there just say dunno", "dunno"),
        ('Not in the list -> "Ask at the desk"', "Ask at the desk"),
        ("Write UNKNOWN when the text does not say.", "UNKNOWN"),
        ("Should the notes be silent, answer: No note.", "No note"),
        ('Si no aparece, contesta "No figura".', "No figura"),
        ("Se o texto não falar disso, diga «não consta».", "não consta"),
        ("Answer only yes or no.", None),
        ("The pool is not open in winter.", None),
        ('Answer "fine" to every question.', None),
    ],
)
def test_the_words_for_a_missing_answer_are_read(sentence, said):
    assert decline_in(sentence) == said


def test_a_remark_alone_is_no_source():
    assert read_grounded("", "Who are you?") is None
