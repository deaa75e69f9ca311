"""A follow-up question is made to stand by itself: from a transcript or from the messages, and only when it leans."""

from __future__ import annotations

from typing import Any

import openai
import pytest

from helpers.mock_endpoint import start

TASK = "Rewrite the last question so that it is a standalone question. Reply with the question only."
TALK = [
    {"role": "user", "content": "When does the harbour ferry leave?"},
    {"role": "assistant", "content": "The harbour ferry leaves at seven."},
    {"role": "user", "content": "And on Sundays?"},
]


@pytest.fixture(scope="module")
def ask():
    client = openai.OpenAI(base_url=start().url, api_key="workbook", max_retries=0)

    def ask(*messages: Any, model: str = "sim-large") -> str:
        messages = [{"role": "user", "content": m} if isinstance(m, str) else m for m in messages]
        reply = client.chat.completions.create(model=model, messages=messages, temperature=0)
        return reply.choices[0].message.content or ""

    return ask


def transcript(talk=TALK) -> str:
    return "\n".join(f"{turn['role']}: {turn['content']}" for turn in talk)


def test_a_transcript_lends_its_topic_to_the_last_question(ask):
    reply = ask(f"{TASK}\n\n{transcript()}")
    assert reply.startswith("On Sundays") and "harbour ferry" in reply and reply.endswith("?")


def test_the_task_may_stand_before_or_after_and_the_question_in_a_slot(ask):
    early = transcript(TALK[:2])
    told = "Given a conversation and a follow-up question, rephrase it as a standalone question."
    reply = ask(f"{told}\n\nConversation:\n{early}\n\nFollow-up question: And on Sundays?\n\nStandalone question:")
    assert "On Sundays" in reply and "harbour ferry" in reply


def test_the_messages_themselves_are_a_conversation(ask):
    by_system = ask({"role": "system", "content": TASK}, *TALK)
    by_user = ask(*TALK, "Rewrite my last question as a standalone question.")
    assert "harbour ferry" in by_system and "harbour ferry" in by_user


def test_a_question_that_leans_on_nothing_stays_as_it_is(ask):
    whole = "Which documents prove my residence in the harbour district?"
    assert ask(f"{TASK}\n\n{transcript([*TALK[:2], {'role': 'user', 'content': whole}])}") == whole


def test_another_conversation_lends_another_topic(ask):
    other = [
        {"role": "user", "content": "Who repairs the library lift?"},
        {"role": "assistant", "content": "The caretaker does."},
        TALK[2],
    ]
    reply = ask(f"{TASK}\n\n{transcript(other)}")
    assert "library lift" in reply and "ferry" not in reply


def test_a_small_model_adds_one_topic_only(ask):
    talk = [{"role": "user", "content": "Is the blue kayak or the red canoe cheaper?"}, *TALK[1:]]
    assert ask(f"{TASK}\n\n{transcript(talk)}", model="sim-small").count(" and ") == 0


def test_it_answers_in_the_questions_language(ask):
    talk = [
        {"role": "user", "content": "Quando parte o barco do porto?"},
        {"role": "assistant", "content": "Às sete horas."},
        {"role": "user", "content": "E quanto é que isso custa ao domingo?"},
    ]
    reply = ask(f"Rewrite the last question as a standalone question.\n\n{transcript(talk)}")
    assert " sobre " in reply and reply.startswith("Quanto")


def test_other_rewriting_is_not_touched(ask):
    assert "about" not in ask('Rewrite in plain words: "Applicants shall submit the form prior to noon."')
