"""The offline endpoint calls tools: the one that fits, with arguments from the text, and goes on from the results.

The tools and requests occur in no lesson. TUNED was used to tune the method, HELD_OUT was written after that and is
only counted.
"""

from __future__ import annotations

import json
from typing import Any

import openai
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import BaseModel
from starlette.testclient import TestClient

from helpers.mock_endpoint import start

CHAT = "/v1/chat/completions"
KEY = {"Authorization": "Bearer workbook"}


def tool(
    name: str, description: str, /, required: list[str] | None = None, strict: bool = False, **parameters: Any
) -> Any:
    properties = {key: {"type": about} if isinstance(about, str) else about for key, about in parameters.items()}
    schema = {
        "type": "object",
        "properties": properties,
        "required": list(properties) if required is None else required,
    }
    if strict:
        schema["additionalProperties"] = False
    function = {"name": name, "description": description, "parameters": schema}
    return {"type": "function", "function": function | ({"strict": True} if strict else {})}


def send(web: TestClient, said: str | list[Any], tools: list[Any], **more: Any) -> Any:
    messages = [{"role": "user", "content": said}] if isinstance(said, str) else said
    body = {"model": "sim-large", "temperature": 0, "messages": messages, "tools": tools} | more
    return web.post(CHAT, json=body, headers=KEY)


def choice(web: TestClient, said: str | list[Any], tools: list[Any], **more: Any) -> Any:
    reply = send(web, said, tools, **more)
    assert reply.status_code == 200, reply.text
    return reply.json()["choices"][0]


def calls(web: TestClient, said: str | list[Any], tools: list[Any], **more: Any) -> list[tuple[str, Any]]:
    made = choice(web, said, tools, **more)["message"].get("tool_calls") or []
    return [(call["function"]["name"], json.loads(call["function"]["arguments"])) for call in made]


WEATHER = tool("get_weather", "Get the current weather of a city.", city="string")
TIDE = tool("tide_table", "Times of high and low tide at a harbour.", harbour="string", date="string")
CONVERT = tool(
    "convert_currency",
    "Convert an amount of money from one currency to another.",
    amount="number",
    from_currency="string",
    to_currency="string",
)
MAGIC = tool("magic_function", "Applies a magic function to an input.", input="integer")
ALL = [WEATHER, TIDE, CONVERT, MAGIC]

# --- choosing and filling ------------------------------------------------------------------------------------------


def test_the_tool_that_fits_is_called_with_arguments_from_the_text(web):
    assert calls(web, "What's the weather in Bergen?", ALL) == [("get_weather", {"city": "Bergen"})]
    assert calls(web, "Convert 250 EUR to USD", ALL) == [
        ("convert_currency", {"amount": 250, "from_currency": "EUR", "to_currency": "USD"})
    ]
    name, arguments = calls(web, "When is high tide at Dover on 4 May?", ALL)[0]
    assert (name, arguments) == ("tide_table", {"harbour": "Dover", "date": "4 May"})


def test_a_call_written_as_code_is_made_as_written(web):
    assert calls(web, "What is the value of magic_function(3)? Use the tool.", ALL) == [
        ("magic_function", {"input": 3})
    ]


def test_no_tool_is_called_when_none_fits(web):
    for said in ("Hello!", "Thank you so much", "My name is Ana."):
        made = choice(web, said, ALL)
        assert made["finish_reason"] == "stop" and made["message"]["content"], said


def test_a_vague_name_and_description_lose_to_clear_ones(web):
    said = "How many umbrellas are left in the warehouse?"
    clear, vague = "check_stock", "do_it"
    about = "Number of units of a product left in the warehouse."
    assert calls(web, said, [WEATHER, tool(clear, about, product="string")])[0][0] == clear
    assert not calls(web, said, [WEATHER, tool(vague, "Does it.", x="string")])


def test_tool_choice_is_kept(web):
    said = "What's the weather in Bergen?"
    assert choice(web, said, ALL, tool_choice="none")["message"].get("tool_calls") is None
    assert len(calls(web, "Hello!", ALL, tool_choice="required")) == 1
    named = {"type": "function", "function": {"name": "tide_table"}}
    made = choice(web, said, ALL, tool_choice=named)
    assert made["message"]["tool_calls"][0]["function"]["name"] == "tide_table"
    assert made["finish_reason"] == "stop"


def test_several_things_asked_for_are_several_calls(web):
    said = "What's the weather in Oslo and Lima?"
    assert calls(web, said, ALL) == [("get_weather", {"city": "Oslo"}), ("get_weather", {"city": "Lima"})]
    assert len(calls(web, said, ALL, parallel_tool_calls=False)) == 1
    both = calls(web, "What's the weather in Oslo, and convert 9 EUR to NOK.", ALL)
    assert [name for name, _ in both] == ["get_weather", "convert_currency"]


def test_a_missing_argument_is_asked_for(web):
    made = choice(web, "What's the weather like?", ALL)
    assert made["finish_reason"] == "stop" and "city" in made["message"]["content"]


def test_unicode_arguments_stay_as_they_are(web):
    tools = [tool("customer", "Look up a customer by name.", customer_name="string")]
    assert calls(web, "Look up the customer 你好啊集团", tools, tool_choice="required")[0][1] == {
        "customer_name": "你好啊集团"
    }


# --- results -------------------------------------------------------------------------------------------------------


def loop(web: TestClient, said: str, tools: list[Any], run: Any, most: int = 6) -> tuple[list[tuple[str, Any]], str]:
    """Run tools until the model stops calling: the calls made and the last text."""
    messages: list[Any] = [{"role": "user", "content": said}]
    made: list[tuple[str, Any]] = []
    for _ in range(most):
        message = choice(web, messages, tools)["message"]
        if not message.get("tool_calls"):
            return made, message["content"]
        messages.append(message)
        for call in message["tool_calls"]:
            name, arguments = call["function"]["name"], json.loads(call["function"]["arguments"])
            made.append((name, arguments))
            messages.append({"role": "tool", "tool_call_id": call["id"], "content": run(name, arguments)})
    raise AssertionError(f"it never stopped calling: {made}")


def test_the_result_is_told_and_the_tool_is_not_called_again(web):
    made, text = loop(web, "What's the weather in Bergen?", ALL, lambda name, given: "Drizzle, 9 degrees")
    assert made == [("get_weather", {"city": "Bergen"})] and "Drizzle, 9 degrees" in text


def test_an_argument_that_only_another_tool_knows_is_fetched_first(web):
    tools = [
        tool("list_loans", "List the books a library member has on loan.", member_id="string"),
        tool("find_member", "Find the member id of a library member by name.", name="string"),
    ]

    def run(name: str, given: Any) -> str:
        return json.dumps({"member_id": "M-318"}) if name == "find_member" else json.dumps(["Dune", "Emma"])

    made, text = loop(web, "Which books does Nora Quist have on loan?", tools, run)
    assert made == [("find_member", {"name": "Nora Quist"}), ("list_loans", {"member_id": "M-318"})]
    assert "Dune" in text and "Emma" in text


def test_steps_in_a_row_use_earlier_results(web):
    tools = [
        tool("room_price", "Price per night of a hotel room.", room="string"),
        tool("book_room", "Book a hotel room for a guest.", room="string", guest="string"),
    ]
    made, _ = loop(
        web, "Get the price of the Garden Suite, then book the Garden Suite for Ida Moe.", tools, lambda n, g: "ok"
    )
    assert [name for name, _ in made] == ["room_price", "book_room"]
    assert made[1][1] == {"room": "Garden Suite", "guest": "Ida Moe"}


# --- protocol ------------------------------------------------------------------------------------------------------


def test_a_stream_of_calls_adds_up(client):
    asked: Any = dict(
        model="sim-large", temperature=0, tools=ALL, messages=[{"role": "user", "content": "Weather in Oslo and Lima?"}]
    )
    whole = client.chat.completions.create(**asked).choices[0]
    parts: dict[int, list[str]] = {}
    finish = None
    for chunk in client.chat.completions.create(**asked, stream=True):
        for call in chunk.choices[0].delta.tool_calls or []:
            if call.id:
                assert call.function.name and call.type == "function"
            parts.setdefault(call.index, []).append(call.function.arguments)
        finish = chunk.choices[0].finish_reason or finish
    assert finish == whole.finish_reason == "tool_calls"
    assert ["".join(parts[i]) for i in sorted(parts)] == [c.function.arguments for c in whole.message.tool_calls]
    assert whole.message.content is None


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"tools": []}, "tools"),
        ({"tools": [{"type": "function"}]}, "tools[0].function"),
        ({"tools": [{"type": "function", "function": {"name": "a b"}}]}, "tools[0].function.name"),
        ({"tools": [tool("a", "", b={"type": "strin"})]}, "tools[0].function.parameters"),
        (
            {
                "tools": [
                    {
                        "type": "function",
                        "function": {"name": "a", "strict": True, "parameters": {"type": "object", "properties": {}}},
                    }
                ]
            },
            "tools[0].function.parameters",
        ),
        ({"tool_choice": {"type": "function", "function": {"name": "nobody"}}}, "tool_choice"),
        ({"tool_choice": "always"}, "tool_choice"),
        ({"tools": None, "tool_choice": "required"}, "tool_choice"),
        (
            {"messages": [{"role": "user", "content": "x"}, {"role": "tool", "tool_call_id": "c", "content": "x"}]},
            "messages.[1].role",
        ),
        (
            {
                "messages": [
                    {
                        "role": "assistant",
                        "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
                    },
                    {"role": "user", "content": "x"},
                ]
            },
            "messages.[0].role",
        ),
    ],
)
def test_bad_tools_and_broken_conversations_are_400(web, changes, param):
    body = {"model": "sim-large", "messages": [{"role": "user", "content": "x"}], "tools": [WEATHER]} | changes
    reply = web.post(CHAT, json={k: v for k, v in body.items() if v is not None}, headers=KEY)
    assert (reply.status_code, reply.json()["error"]["param"]) == (400, param)


parameter = st.one_of(
    st.sampled_from([{"type": kind} for kind in ("string", "integer", "number", "boolean")]),
    st.builds(
        lambda values: {"type": "string", "enum": values},
        st.lists(st.text("abc ", min_size=1), min_size=1, unique=True),
    ),
    st.just({"type": ["string", "null"]}),
    st.just({"type": "array", "items": {"type": "integer"}}),
    st.just({"type": "string", "pattern": "^[A-Z]{2}[0-9]+$"}),
)
offered = st.lists(
    st.builds(
        lambda name, about, parameters: tool(name, about, strict=True, **parameters),
        st.sampled_from(["get_weather", "add", "find_user", "x"]),
        st.text(max_size=20),
        st.dictionaries(st.sampled_from(["city", "user_id", "count", "y"]), parameter, max_size=3),
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda own: own["function"]["name"],
)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(tools=offered, said=st.text(max_size=40) | st.sampled_from(["add 3 and 4", "weather in Rome?", "find_user(7)"]))
def test_arguments_are_always_valid_against_the_parameters(web, tools, said):
    schemas = {own["function"]["name"]: own["function"]["parameters"] for own in tools}
    for mode in ("auto", "required"):
        made = calls(web, said, tools, tool_choice=mode, temperature=1.5)
        assert made or mode == "auto"
        for name, arguments in made:
            Draft202012Validator(schemas[name]).validate(arguments)


def test_tools_count_towards_the_prompt(web):
    one, four = (send(web, "Hello", tools).json()["usage"]["prompt_tokens"] for tools in ([WEATHER], ALL))
    assert four > one > 20


class Booking(BaseModel):
    """Book a table."""

    guests: int
    guest_name: str


def test_strict_functions_parse_in_the_sdk(client):
    messages: Any = [{"role": "user", "content": "Book a table for 6 guests, name: Vera Holm"}]
    parsed = client.chat.completions.parse(
        model="sim-large", messages=messages, tools=[openai.pydantic_function_tool(Booking)], temperature=0
    )
    assert parsed.choices[0].message.tool_calls[0].function.parsed_arguments == Booking(
        guests=6, guest_name="Vera Holm"
    )


def test_a_langchain_agent_takes_two_steps():
    from langchain.agents import create_agent
    from langchain.tools import tool as as_tool
    from langchain_openai import ChatOpenAI

    @as_tool
    def find_parcel(sender: str) -> str:
        "Find the parcel number of a parcel by its sender."
        return json.dumps({"parcel_number": "P-99017"})

    @as_tool
    def parcel_status(parcel_number: str) -> str:
        "Where a parcel is now and when it arrives."
        assert parcel_number == "P-99017"
        return "In Lyon, arrives on Friday"

    chat = ChatOpenAI(model="sim-large", base_url=start().url, api_key="workbook", temperature=0)
    agent = create_agent(chat, tools=[parcel_status, find_parcel])
    messages = agent.invoke({"messages": [("user", "Where is the parcel from Hugo Brandt now?")]})["messages"]
    assert [m.name for m in messages if m.type == "tool"] == ["find_parcel", "parcel_status"]
    assert "Lyon" in messages[-1].text


@pytest.mark.parametrize("strategy", ["ToolStrategy", "ProviderStrategy"])
def test_an_agent_ends_with_a_structured_response(strategy):
    from langchain.agents import create_agent, structured_output
    from langchain.tools import tool as as_tool
    from langchain_openai import ChatOpenAI

    class Depth(BaseModel):
        """How deep a lake is."""

        lake: str
        metres: float

    @as_tool
    def lake_depth(lake: str) -> str:
        "Look up how deep a lake is."
        return json.dumps({"lake": lake, "metres": 212})

    chat = ChatOpenAI(model="sim-large", base_url=start().url, api_key="workbook", temperature=0)
    agent = create_agent(chat, tools=[lake_depth], response_format=getattr(structured_output, strategy)(Depth))
    state = agent.invoke({"messages": [("user", "How deep is Lake Vela?")]}, {"recursion_limit": 12})
    assert state["structured_response"] == Depth(lake="Lake Vela", metres=212)


# --- counted ------------------------------------------------------------------------------------------------------

SHOP = [
    tool("search_products", "Search the catalogue for products by words.", query="string"),
    tool("track_order", "Tell where an order is and when it will arrive.", order_id="string"),
    tool("cancel_order", "Cancel an order that has not been shipped.", order_id="string"),
    tool("opening_hours", "Opening hours of a shop.", city="string"),
    tool("refund_payment", "Give a customer their money back for an order.", order_id="string", amount="number"),
]
HOME = [
    tool("set_temperature", "Set the thermostat of a room to a temperature.", room="string", degrees="number"),
    tool("switch_light", "Turn a light on or off.", room="string", state={"type": "string", "enum": ["on", "off"]}),
    tool("play_music", "Play music by an artist.", artist="string"),
    tool("set_timer", "Start a kitchen timer.", minutes="integer"),
    tool("lock_door", "Lock a door of the house.", door={"type": "string", "enum": ["front", "back", "garage"]}),
]
TUNED: list[tuple[list[Any], str, str | None, dict[str, Any]]] = [
    (SHOP, "Where is my order A-4471?", "track_order", {"order_id": "A-4471"}),
    (SHOP, "Please cancel order B-2093.", "cancel_order", {"order_id": "B-2093"}),
    (SHOP, "Do you sell waterproof hiking boots?", "search_products", {}),
    (SHOP, "When does the shop in Porto open?", "opening_hours", {"city": "Porto"}),
    (SHOP, "I want my 40 dollars back for order C-7781.", "refund_payment", {"order_id": "C-7781", "amount": 40}),
    (SHOP, "Has order D-1200 been sent yet?", "track_order", {"order_id": "D-1200"}),
    (SHOP, "I changed my mind, I do not want order E-5150 any more.", "cancel_order", {"order_id": "E-5150"}),
    (SHOP, "Show me green rain jackets", "search_products", {}),
    (SHOP, "Thanks, that was all.", None, {}),
    (SHOP, "Good morning!", None, {}),
    (HOME, "Make the bedroom 19 degrees.", "set_temperature", {"room": "bedroom", "degrees": 19}),
    (HOME, "Turn off the light in the hall.", "switch_light", {"room": "hall", "state": "off"}),
    (HOME, "I'd like to hear some Nina Simone.", "play_music", {"artist": "Nina Simone"}),
    (HOME, "Set a timer for 12 minutes", "set_timer", {"minutes": 12}),
    (HOME, "Lock the garage.", "lock_door", {"door": "garage"}),
    (HOME, "It's too dark in the kitchen, switch the light on.", "switch_light", {"room": "kitchen", "state": "on"}),
    (HOME, "Remind me when the eggs are done in 8 minutes.", "set_timer", {"minutes": 8}),
    (HOME, "Heat the bathroom to 23.5 degrees", "set_temperature", {"room": "bathroom", "degrees": 23.5}),
    (HOME, "My sister is called Vilma.", None, {}),
    (HOME, "Put on something by Caetano Veloso", "play_music", {"artist": "Caetano Veloso"}),
]


CLINIC = [
    tool("book_appointment", "Book an appointment with a doctor on a date.", doctor="string", date="string"),
    tool("renew_prescription", "Renew a patient's prescription for a medicine.", medicine="string"),
    tool("lab_results", "Look up the results of a blood test or other laboratory test.", test_number="string"),
    tool("find_pharmacy", "Find a pharmacy near a place.", city="string"),
]
TRAVEL = [
    tool("search_flights", "Search flights between two cities.", origin="string", destination="string"),
    tool("reserve_hotel", "Reserve a hotel room in a city.", city="string", nights="integer"),
    tool("visa_rules", "Which visa a traveller needs for a country.", country="string"),
    tool(
        "seat_upgrade",
        "Move a booking to a better seat class.",
        booking_code="string",
        seat_class={"type": "string", "enum": ["economy", "business", "first"]},
    ),
    tool("exchange_rate", "Rate between two currencies today.", base_currency="string", quote_currency="string"),
]
HELD_OUT: list[tuple[list[Any], str, str | None, dict[str, Any]]] = [
    (CLINIC, "Can I see Dr. Romero on 8 June?", "book_appointment", {"date": "8 June"}),
    (CLINIC, "I need more ibuprofen, please renew it.", "renew_prescription", {"medicine": "ibuprofen"}),
    (CLINIC, "Are the results of test LT-5512 back?", "lab_results", {"test_number": "LT-5512"}),
    (CLINIC, "Where can I buy medicine in Ghent?", "find_pharmacy", {"city": "Ghent"}),
    (CLINIC, "Make an appointment with Doctor Olsen for 3 July", "book_appointment", {"date": "3 July"}),
    (CLINIC, "What does blood test BT-9 say?", "lab_results", {"test_number": "BT-9"}),
    (CLINIC, "Renew my prescription for insulin.", "renew_prescription", {"medicine": "insulin"}),
    (CLINIC, "Is there a pharmacy in Split?", "find_pharmacy", {"city": "Split"}),
    (CLINIC, "Hi there", None, {}),
    (CLINIC, "I am a teacher and live with two cats.", None, {}),
    (TRAVEL, "Find me a flight from Quito to Madrid.", "search_flights", {"origin": "Quito", "destination": "Madrid"}),
    (TRAVEL, "Reserve a hotel in Riga for 3 nights", "reserve_hotel", {"city": "Riga", "nights": 3}),
    (TRAVEL, "Do I need a visa for Kenya?", "visa_rules", {"country": "Kenya"}),
    (
        TRAVEL,
        "Upgrade booking XK-7712 to business class.",
        "seat_upgrade",
        {"booking_code": "XK-7712", "seat_class": "business"},
    ),
    (TRAVEL, "How many EUR do I get for a USD?", "exchange_rate", {}),
    (
        TRAVEL,
        "I'd like to fly from Accra to Tunis next week",
        "search_flights",
        {"origin": "Accra", "destination": "Tunis"},
    ),
    (TRAVEL, "We need somewhere to sleep in Nice, 2 nights.", "reserve_hotel", {"city": "Nice", "nights": 2}),
    (TRAVEL, "Which papers must I have to enter Vietnam?", "visa_rules", {"country": "Vietnam"}),
    (TRAVEL, "Great, thank you!", None, {}),
    (TRAVEL, "Tell me a joke about bananas.", None, {}),
]


def shares_right(web: TestClient, cases: Any, model: str) -> float:
    chosen = filled = 0
    for tools, said, name, arguments in cases:
        made = calls(web, said, tools, model=model)
        right = [made_name for made_name, _ in made] == ([name] if name else [])
        whole = right and (not made or all(made[0][1].get(k) == v for k, v in arguments.items()))
        chosen, filled = chosen + right, filled + whole
        if not whole:
            print(model, said, made)
    print(f"{model}: {chosen} of {len(cases)} choices right, {filled} with the right arguments")
    return chosen / len(cases)


@pytest.mark.parametrize("cases", [TUNED, HELD_OUT], ids=["tuned", "held_out"])
def test_most_choices_of_twenty_come_out_right(web, cases):
    assert shares_right(web, cases, "sim-large") >= 0.6
    shares_right(web, cases, "sim-small")
