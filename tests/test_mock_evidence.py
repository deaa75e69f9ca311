"""What the offline endpoint weighs: kinds of value, words aligned, contrasts, opinion, fields, tools, today's date.

The texts occur in no lesson. Where a test compares two prompts, one thing differs, and the reply must differ for it.
"""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from helpers.mock_endpoint import start
from helpers.mock_endpoint.text.contrasts import excludes
from helpers.mock_endpoint.text.normalise import iso_date, number
from helpers.mock_endpoint.text.polarity import polarity
from helpers.mock_endpoint.text.questions import answering, asked

KEY = {"Authorization": "Bearer workbook"}


@pytest.fixture(scope="module")
def reply():
    import httpx2

    client = httpx2.Client(base_url=start().url, headers=KEY)

    def reply(said: str, system: str = "", model: str = "sim-large", **more: Any) -> Any:
        messages = [{"role": "system", "content": system}] if system else []
        messages.append({"role": "user", "content": said})
        answer = client.post("/chat/completions", json={"model": model, "messages": messages, "temperature": 0, **more})
        assert answer.status_code == 200, answer.text
        return answer.json()["choices"][0]["message"]

    return reply


# --- questions and values ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "holds", "lacks"),
    [
        ("How deep is the well?", "The well goes down 14 metres.", "The well was cleaned on 14 May."),
        ("How warm is the greenhouse?", "It is kept at 21 degrees.", "It is 21 metres long."),
        ("What does a bee hotel cost?", "Bee hotels cost 18 euros.", "Bee hotels have 18 rooms."),
        ("How long does the ferry take?", "The trip takes half an hour.", "The ferry leaves from pier 4."),
        ("Quanto custa o bilhete?", "O bilhete custa 5 euros.", "O bilhete vale 5 dias."),
    ],
)
def test_a_question_wants_a_value_of_its_kind(question, holds, lacks):
    assert answering(question, holds)[0] == 0
    assert answering(question, lacks)[0] is None


def test_a_question_of_number_names_what_is_counted():
    assert asked("How many goats graze on the hill?").counted == "goats"
    assert asked("Are there goats on the hill?").yes_or_no


def test_contrasting_words_exclude_each_other_unless_negated():
    assert excludes("summer opening", "The winter timetable is printed.")
    assert not excludes("summer opening", "The summer timetable is printed.")
    assert not excludes("express delivery", "No standard delivery is offered.")


def test_opinion_words_are_counted_with_their_negation():
    assert polarity("The soup was lovely.") > 0 > polarity("The soup was not lovely.")
    assert polarity("The shelf has three boards.") == 0


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("tomorrow", "2032-02-29"),
        ("the day after tomorrow", "2032-03-01"),
        ("in two weeks", "2032-03-13"),
        ("next Monday", "2032-03-01"),
        ("5 March", "2032-03-05"),
        ("7 de agosto de 2033", "2033-08-07"),
    ],
)
def test_dates_count_from_the_day_that_is_given(text, day):
    assert iso_date(text, today=date(2032, 2, 28)) == day


def test_numbers_are_read_in_the_ways_people_write_them():
    assert [number(t) for t in ("CHF 2'150", "3rd", "fourth", "três", "nobody")] == [2150, 3, 4, 3, 0]


# --- answers -------------------------------------------------------------------------------------------------------

FERRY = (
    "The cable ferry at Lowick takes nine cars. It runs from 6:00 to 22:00. A crossing costs 4 crowns for a car. "
    "Ferryman Ossian Grey repaired the winch in spring."
)
GROUNDED = 'Use nothing but the text. When the text is silent, write exactly: Not stated.\n\nText:\n"""\n{}\n"""'


@pytest.mark.parametrize(
    ("question", "held"),
    [
        ("How many cars fit on it?", "nine"),
        ("What does it cost to take a car across?", "4 crowns"),
        ("Who mended the winch?", "Ossian Grey"),
    ],
)
def test_what_the_text_tells_is_answered(reply, question, held):
    assert held in reply(question, GROUNDED.format(FERRY))["content"]


@pytest.mark.parametrize(
    "question", ["How deep is the river?", "What is the ferry's phone number?", "Is there a café?"]
)
def test_what_is_only_near_the_topic_is_declined(reply, question):
    assert reply(question, GROUNDED.format(FERRY))["content"].startswith("Not stated")


def test_a_text_announced_in_the_system_message_is_read(reply):
    system = f"You help visitors. This is the notice at the pier:\n\n{FERRY}\n\nAnswer from the notice only."
    assert "22:00" in reply("Until when does it run?", system)["content"]


# --- labels --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said",
    [
        "Which workshop should see it? Choose one:\nsmithy - iron, gates, hinges\nloom - cloth, wool, thread\n\n"
        "Note: {}\n\nReply with the name only.",
        "Workshops:\n- smithy: iron, gates, hinges\n- loom: cloth, wool\n\nAssign the job.\n\nJob: {}\nWorkshop:",
    ],
)
def test_labels_and_the_text_are_found_in_many_prompts(reply, said):
    assert "smithy" in reply(said.format("The iron hinge is bent."))["content"]
    assert "loom" in reply(said.format("My woollen cloth has a hole."))["content"]


def test_yes_or_no_follows_the_text(reply):
    said = 'Letter: "{}"\nDoes the writer complain about noise? Answer yes or no.'
    assert "yes" in reply(said.format("The noise from the bar keeps us awake."))["content"].lower()
    assert "no" in reply(said.format("Please send me two tickets."))["content"].lower()


# --- extraction ----------------------------------------------------------------------------------------------------


def strict(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(properties),
        "properties": properties,
    }


def text(about: str = "") -> dict[str, Any]:
    return {"type": "string", "description": about}


def whole(about: str = "") -> dict[str, Any]:
    return {"type": "integer", "description": about}


def extracted(reply: Any, said: str, schema: dict[str, Any], **more: Any) -> Any:
    form = {"type": "json_schema", "json_schema": {"name": "out", "schema": schema, "strict": True}}
    return json.loads(reply(said, response_format=form, **more)["content"])


def test_a_table_gives_a_record_for_each_row(reply):
    schema = strict(boats={"type": "array", "items": strict(name=text("Name"), built=whole("Year built"))})
    said = "Return all boats.\n\n| Name | Built |\n|---|---|\n| Heron | 1988 |\n| Tern | 2004 |"
    assert extracted(reply, said, schema)["boats"] == [
        {"name": "Heron", "built": 1988},
        {"name": "Tern", "built": 2004},
    ]


def test_several_pairs_in_a_line_and_roles_in_brackets_are_read(reply):
    schema = strict(seller=text("Name of the seller"), plot=whole("Plot number"))
    assert extracted(reply, "Fill in the form.\n\nPlot: 17 - area: 300 - seller: Ida Crane", schema) == {
        "seller": "Ida Crane",
        "plot": 17,
    }


def test_the_ends_of_a_range_go_to_lowest_and_highest(reply):
    schema = strict(price_min=whole("Lowest price"), price_max=whole("Highest price"))
    said = "Read the advert.\n\nBarn for rent, 400 to 650 euros a month."
    assert extracted(reply, said, schema) == {"price_min": 400, "price_max": 650}


def test_a_day_is_counted_from_the_date_in_the_prompt(reply):
    schema = strict(due=text("Deadline, YYYY-MM-DD"))
    said = "Today is 28 February 2032. Extract the deadline.\n\nThe fence must be painted by tomorrow."
    assert extracted(reply, said, schema)["due"] == "2032-02-29"


def test_the_small_model_reads_only_the_first_words_of_descriptions(reply):
    early = strict(x=text("E-mail address of the writer"))
    schema = strict(x=text("Here the writer of the letter gives an e-mail address"))
    said = "Extract it.\n\nWritten by Ida Crane, reach me under ida@crane.example."
    assert extracted(reply, said, schema)["x"] == "ida@crane.example"
    assert extracted(reply, said, early, model="sim-small")["x"] == "ida@crane.example"
    assert extracted(reply, said, schema, model="sim-small")["x"] != "ida@crane.example"


# --- tools ---------------------------------------------------------------------------------------------------------


def tool(name: str, about: str, **properties: Any) -> dict[str, Any]:
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    return {"type": "function", "function": {"name": name, "description": about, "parameters": schema}}


STABLE = [
    tool(
        "book_horse",
        "Book a horse for a ride.",
        horse={"type": "string", "enum": ["Juno", "Flint"]},
        day=text("YYYY-MM-DD"),
    ),
    tool("feed_plan", "Show what a horse is fed.", horse={"type": "string", "description": "Name of the horse"}),
]


def calls(message: dict[str, Any]) -> list[dict[str, Any]]:
    return [json.loads(call["function"]["arguments"]) for call in message.get("tool_calls") or ()]


def test_a_part_without_a_verb_is_the_same_call_again(reply):
    said = "Book Juno for 2032-05-01 and Flint for 2032-05-02."
    assert calls(reply(said, tools=STABLE)) == [
        {"horse": "Juno", "day": "2032-05-01"},
        {"horse": "Flint", "day": "2032-05-02"},
    ]
    assert len(calls(reply(said, model="sim-small", tools=STABLE))) <= 1


def test_thanks_call_nothing_and_a_missing_day_is_asked_for(reply):
    assert not calls(reply("Thanks, see you!", tools=STABLE))
    asked_back = reply("Please book Juno.", tools=STABLE)
    assert not calls(asked_back) and "day" in asked_back["content"]


def test_today_resolves_tomorrow_in_an_argument(reply):
    made = calls(reply("Book Flint for tomorrow", "Today is 2032-04-30.", tools=STABLE))
    assert made == [{"horse": "Flint", "day": "2032-05-01"}]
