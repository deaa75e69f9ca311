"""The roles of a team: a supervisor who routes, a critic with stated criteria, a writer who revises by a remark."""

from __future__ import annotations

import json

import openai
import pytest
from competence_suite.cases import FOLDER, read_file
from competence_suite.scoring import Reply, score

from helpers.mock_endpoint import start
from helpers.mock_endpoint.api.requests import Message
from helpers.mock_endpoint.config import SIM_LARGE
from helpers.mock_endpoint.reading.prompt import read_messages
from helpers.mock_endpoint.skills.revise import revise

CASES = {case.id: case for case in read_file(FOLDER / "team.json")}
LEAD = """You lead two workers.
- glazier: measures the window and cuts the glass
- painter: paints the frame
Who acts next? Reply with one name, or FINISH."""


@pytest.fixture(scope="module")
def client():
    return openai.OpenAI(base_url=start().url, api_key="workbook", max_retries=0)


def reply(client, messages, **parameters):
    made = client.chat.completions.create(model="sim-large", messages=messages, temperature=0, **parameters)
    return made.choices[0].message.content or ""


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_role_is_played_from_what_the_prompt_says(client, name):
    case = CASES[name]
    said = reply(client, case.messages)
    assert score(case, Reply(said)) == (1, 1), said


def test_a_message_that_bears_a_workers_name_is_that_workers_part(client):
    asked = [
        {"role": "system", "content": LEAD},
        {"role": "user", "content": "Cut new glass for the kitchen window and paint the frame."},
    ]
    done = {"role": "user", "name": "glazier", "content": "The glass is cut, 60 by 80 centimetres."}
    assert reply(client, asked) == "glazier"
    assert reply(client, [*asked, done]) == "painter"
    assert reply(client, [*asked, done, {**done, "name": "painter", "content": "The frame is white."}]) == "FINISH"


def test_a_worker_who_could_not_do_it_is_not_asked_a_second_time(client):
    asked = f"{LEAD}\n\nTask: Paint the frame.\n\npainter: I could not find any paint."
    assert reply(client, [{"role": "user", "content": asked}]) == "FINISH"


def test_a_schema_that_offers_the_names_gets_the_next_one(client):
    schema = {
        "type": "object",
        "properties": {"next": {"type": "string", "enum": ["glazier", "painter", "FINISH"]}},
        "required": ["next"],
        "additionalProperties": False,
    }
    form = {"type": "json_schema", "json_schema": {"name": "route", "schema": schema, "strict": True}}
    asked = [{"role": "system", "content": LEAD}, {"role": "user", "content": "Paint the frame green."}]
    assert json.loads(reply(client, asked, response_format=form)) == {"next": "painter"}


def test_a_list_without_the_question_who_is_next_is_no_team(client):
    asked = "Workers:\n- glazier: cuts glass\n- painter: paints frames\n\nHow many workers are listed?"
    assert reply(client, [{"role": "user", "content": asked}]) not in ("glazier", "painter")


def test_a_choice_between_teams_for_a_text_stays_a_choice_of_a_label(client):
    asked = (
        "Route the note to one of the teams.\n\nTeams:\n- glazing: broken panes and windows\n- paint: peeling or faded "
        'paint\nAnswer with the team only.\n\nNote: """The red paint on the gate is peeling off."""'
    )
    assert "paint" in reply(client, [{"role": "user", "content": asked}])
    named = asked.replace("The red paint on the gate is peeling off.", "glazing: the window pane is broken")
    assert "glazing" in reply(client, [{"role": "user", "content": named}])
    told = asked.replace("The red paint", "For those who work in the glazing team: the red paint")
    assert "paint" in reply(client, [{"role": "user", "content": told}])


def test_a_wish_for_other_words_is_no_remark_that_something_is_missing():
    said = ["When does the pool open?", "The pool opens at 7:30.", "Rewrite it without jargon and add nothing."]
    talk = [Message(role, (text,)) for role, text in zip(("user", "assistant", "user"), said, strict=True)]
    assert revise(read_messages(talk), SIM_LARGE) is None


def test_a_critic_is_satisfied_once_the_writer_has_met_its_remark(client):
    """Critic and writer, as a program would let them talk: each reads what the other wrote."""
    criteria = (
        "Check the note against these criteria:\n- It names a price.\n- It gives a date.\n"
        "Reply PASS if both hold. Otherwise reply FAIL and say what is missing.\n\nNote:\n"
    )
    facts = "The kiln is fired on 8 June. A shelf in it costs 11 euros. Clay dries for a week."
    draft, verdicts = "Your pots can be fired.", []
    for _ in range(3):
        verdicts.append(reply(client, [{"role": "user", "content": criteria + draft}]))
        if verdicts[-1].startswith("PASS"):
            break
        revise = f"Facts:\n{facts}\n\nDraft:\n{draft}\n\nRemark:\n{verdicts[-1]}\n\nRevise the draft by the remark."
        draft = reply(client, [{"role": "user", "content": revise}])
    assert [verdict[:4] for verdict in verdicts] == ["FAIL", "PASS"], verdicts
    assert "8 June" in draft and "11 euros" in draft and "Clay" not in draft


def test_a_revision_in_a_conversation_revises_the_last_reply(client):
    talk = [
        {
            "role": "user",
            "content": "Facts:\nThe pool opens at 7:30. A swim costs 5 euros.\n\nWhen does the pool open?",
        },
        {"role": "assistant", "content": "The pool opens at 7:30."},
        {"role": "user", "content": "It gives no price. Revise your reply."},
    ]
    assert reply(client, talk) == "The pool opens at 7:30. A swim costs 5 euros."
