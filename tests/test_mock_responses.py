"""The Responses API of the offline endpoint, through the clients people use: openai (sync, async, Azure), LangChain."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import openai
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openai.lib.responses_tool_runner import RegisteredFunction, ResponsesToolRunner
from openai.types.responses import Response
from openai.types.responses.response_create_params import ResponseCreateParamsBase
from pydantic import BaseModel, Field
from starlette.testclient import TestClient

from helpers.mock_endpoint import MockConfig, RunningEndpoint, create_app, start

KEY = {"Authorization": "Bearer workbook"}
WEATHER: Any = {
    "type": "function",
    "name": "get_weather",
    "description": "Get the current weather of a city.",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": False,
    },
}


@pytest.fixture(scope="module")
def endpoint():
    with start(MockConfig(seed=5, keys=frozenset({"workbook", "other"}))) as running:
        yield running


@pytest.fixture(scope="module")
def client(endpoint: RunningEndpoint):
    return openai.OpenAI(base_url=endpoint.url, api_key="workbook", max_retries=0)


@pytest.fixture(scope="module")
def web():
    with TestClient(create_app(MockConfig(seed=5)), raise_server_exceptions=False, headers=KEY) as client:
        yield client


def strict(model: type[BaseModel], reply: BaseModel) -> None:
    """The reply holds what the SDK's type requires, in the right types, and nothing the type does not know."""
    model.model_validate(reply.model_dump(by_alias=True), strict=True)
    assert not reply.model_extra


# --- the Response --------------------------------------------------------------------------------------------------


def test_a_response_is_complete_in_the_sdks_own_type(client):
    reply = client.responses.create(
        model="sim-large",
        input="Say: one two three",
        instructions="Be brief.",
        metadata={"lesson": "none"},
        temperature=0.5,
        max_output_tokens=100,
        tools=[WEATHER],
        user="someone",
    )
    strict(Response, reply)
    assert reply.output_text == "one two three"
    assert (reply.status, reply.model, reply.object) == ("completed", "sim-large", "response")
    assert reply.id.startswith("resp_") and reply.output[0].id.startswith("msg_")
    assert reply.usage.total_tokens == reply.usage.input_tokens + reply.usage.output_tokens
    assert (reply.usage.input_tokens_details.cached_tokens, reply.usage.output_tokens_details.reasoning_tokens) == (
        0,
        0,
    )
    assert (reply.instructions, reply.metadata, reply.temperature) == ("Be brief.", {"lesson": "none"}, 0.5)
    assert (reply.max_output_tokens, reply.user, reply.truncation) == (100, "someone", "disabled")
    assert reply.tools[0].name == "get_weather" and reply.tools[0].strict is True
    assert reply.text.format.type == "text"


@pytest.mark.parametrize(
    "said",
    [
        "Say: one two",
        [{"role": "user", "content": "Say: one two"}],
        [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Say: one two"}]}],
    ],
)
def test_input_is_a_string_or_items_and_means_the_same(client, said):
    reply = client.responses.create(model="sim-large", input=said)
    assert reply.output_text == "one two"
    assert reply.usage.input_tokens == 11
    assert client.responses.input_tokens.count(model="sim-large", input=said).input_tokens == 11


def test_it_answers_as_chat_does(client):
    asked = (
        "Context:\nThe lighthouse of Skarvnes was first lit in 1874.\n\nQuestion: When was the lighthouse first lit?"
    )
    chat = client.chat.completions.create(
        model="sim-large", temperature=0, messages=[{"role": "user", "content": asked}]
    )
    reply = client.responses.create(model="sim-large", temperature=0, input=asked)
    assert "1874" in reply.output_text
    assert reply.output_text == chat.choices[0].message.content
    assert reply.usage.input_tokens == chat.usage.prompt_tokens


def test_the_most_output_tokens_make_it_incomplete(client):
    asked = "Say: " + " ".join(str(i) for i in range(40))
    reply = client.responses.create(model="sim-large", input=asked, max_output_tokens=16)
    strict(Response, reply)
    assert (reply.status, reply.incomplete_details.reason) == ("incomplete", "max_output_tokens")
    assert reply.output[0].status == "incomplete" and reply.usage.output_tokens == 16


def test_log_probabilities_come_when_they_are_included(client):
    asked: Any = dict(model="sim-large", input="Say: Olá, 世界!")
    with_them = client.responses.create(**asked, include=["message.output_text.logprobs"], top_logprobs=1)
    rows = with_them.output[0].content[0].logprobs
    assert b"".join(bytes(row.bytes) for row in rows).decode() == "Olá, 世界!"
    assert all(row.logprob <= 0 and len(row.top_logprobs) == 1 for row in rows)
    assert client.responses.create(**asked).output[0].content[0].logprobs == []


# --- conversations -------------------------------------------------------------------------------------------------


def test_a_conversation_goes_on_from_the_previous_response_without_its_instructions(client):
    first = client.responses.create(model="sim-large", input="My name is Tove.", instructions="Answer in French.")
    second = client.responses.create(
        model="sim-large", input="What is my name?", previous_response_id=first.id, temperature=0
    )
    assert "Tove" in second.output_text
    assert second.instructions is None and second.previous_response_id == first.id
    counted = client.responses.input_tokens.count(model="sim-large", input="Hi", previous_response_id=first.id)
    alone = client.responses.input_tokens.count(model="sim-large", input="Hi")
    assert counted.input_tokens > alone.input_tokens
    items = client.responses.input_items.list(second.id, order="asc").data
    assert [(item.role, item.content[0].text) for item in items] == [
        ("user", "My name is Tove."),
        ("assistant", first.output_text),
        ("user", "What is my name?"),
    ]


def test_a_stored_response_is_retrieved_listed_by_pages_and_deleted(client):
    said: Any = [{"role": "user", "content": f"Message {i}"} for i in range(5)]
    reply = client.responses.create(model="sim-large", input=said)
    assert client.responses.retrieve(reply.id) == reply
    page = client.responses.input_items.list(reply.id, limit=2)
    assert page.has_more and len(page.data) == 2
    texts = [item.content[0].text for item in page]
    assert texts == [f"Message {i}" for i in reversed(range(5))]
    client.responses.delete(reply.id)
    with pytest.raises(openai.NotFoundError, match=f"Response with id '{reply.id}' not found"):
        client.responses.retrieve(reply.id)


def test_what_is_not_stored_or_another_keys_is_not_found(endpoint, client):
    unstored = client.responses.create(model="sim-large", input="Hello", store=False)
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(unstored.id)
    stored = client.responses.create(model="sim-large", input="Hello")
    other = openai.OpenAI(base_url=endpoint.url, api_key="other", max_retries=0)
    with pytest.raises(openai.NotFoundError):
        other.responses.retrieve(stored.id)
    with pytest.raises(openai.BadRequestError) as caught:
        other.responses.create(model="sim-large", input="Hello", previous_response_id=stored.id)
    assert (caught.value.code, caught.value.param) == ("previous_response_not_found", "previous_response_id")


def test_the_store_keeps_the_newest_and_what_is_used():
    from helpers.mock_endpoint.api.shelf import Shelf

    shelf: Shelf[str] = Shelf(most=3, most_bytes=100)
    for name in "abc":
        shelf.put("me", name, name, 10)
    shelf.get("me", "a")
    shelf.put("me", "d", "d", 10)
    assert shelf.of("me") == ["a", "c", "d"]
    shelf.put("me", "e", "e", 95)
    assert shelf.of("me") == ["e"]
    shelf.put("me", "huge", "huge", 500)
    assert shelf.of("me") == ["huge"] and shelf.of("you") == []


def test_an_item_is_referred_to_by_its_id(client):
    first = client.responses.create(model="sim-large", input="My name is Tove.")
    [said] = client.responses.input_items.list(first.id).data
    reply = client.responses.create(
        model="sim-large",
        temperature=0,
        input=[{"type": "item_reference", "id": said.id}, {"role": "user", "content": "What is my name?"}],
    )
    assert "Tove" in reply.output_text
    with pytest.raises(openai.NotFoundError, match="Item with id 'msg_none' not found"):
        client.responses.create(model="sim-large", input=[{"type": "item_reference", "id": "msg_none"}])


# --- events --------------------------------------------------------------------------------------------------------


def events(client: openai.OpenAI, **asked: Any) -> list[Any]:
    return list(client.responses.create(model="sim-large", stream=True, **asked))


def test_the_events_of_a_text_come_in_the_apis_order(client):
    found = events(client, input="Say: one two three")
    assert [event.type for event in found] == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        *["response.output_text.delta"] * 3,
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ]
    assert [event.sequence_number for event in found] == list(range(len(found)))
    assert "".join(event.delta for event in found if event.type.endswith("text.delta")) == "one two three"
    assert found[0].response.status == "in_progress" and found[0].response.usage is None
    for event in found:
        strict(type(event), event)


def test_the_events_of_a_call_come_in_the_apis_order(client):
    found = events(client, input="What's the weather in Bergen?", tools=[WEATHER], tool_choice="required")
    kinds = [event.type for event in found]
    deltas = [event for event in found if event.type == "response.function_call_arguments.delta"]
    assert kinds[:3] == ["response.created", "response.in_progress", "response.output_item.added"]
    assert kinds[3 : 3 + len(deltas)] == ["response.function_call_arguments.delta"] * len(deltas)
    assert kinds[3 + len(deltas) :] == [
        "response.function_call_arguments.done",
        "response.output_item.done",
        "response.completed",
    ]
    assert "".join(event.delta for event in deltas) == '{"city": "Bergen"}'
    assert found[2].item.arguments == "" and found[2].item.status == "in_progress"
    for event in found:
        strict(type(event), event)


@pytest.mark.parametrize(
    "asked",
    [
        {"input": "Say: Olá, 世界 😀!", "include": ["message.output_text.logprobs"], "top_logprobs": 2},
        {"input": "What's the weather in Bergen and in Oslo?", "tools": [WEATHER]},
        {"input": "Say: " + "many words " * 30, "max_output_tokens": 16},
        {"input": "Tell me something about chunking.", "temperature": 1.5},
    ],
)
def test_a_stream_adds_up_to_the_response_that_does_not_stream(asked):
    with start(MockConfig(seed=1)) as one, start(MockConfig(seed=1)) as two:
        whole = openai.OpenAI(base_url=one.url, api_key="workbook").responses.create(model="sim-large", **asked)
        client = openai.OpenAI(base_url=two.url, api_key="workbook")
        with client.responses.stream(model="sim-large", **asked) as stream:
            found = list(stream)
    last = found[-1]
    assert last.type == f"response.{whole.status}"
    assert unparsed(last.response) == unparsed(whole)
    # What the SDK put together from the deltas, not only what the last event says again.
    texts = [event.snapshot for event in found if event.type == "response.output_text.delta"]
    calls = [event.snapshot for event in found if event.type == "response.function_call_arguments.delta"]
    assert "".join(texts[-1:]) == whole.output_text
    assert all(item.arguments in calls for item in whole.output if item.type == "function_call")
    if whole.status == "completed":
        assert unparsed(stream.get_final_response()) == unparsed(whole)


def unparsed(reply: Response) -> Any:
    """A reply without what the SDK's helper for streams adds to it."""

    def without(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: without(v) for key, v in value.items() if key not in ("parsed", "parsed_arguments")}
        return [without(v) for v in value] if isinstance(value, list) else value

    return without(reply.to_dict())


def test_a_refusal_is_streamed_as_one():
    from openai.types.responses import ResponseOutputMessage, ResponseOutputRefusal

    from helpers.mock_endpoint.api.responses.events import events as events_of
    from helpers.mock_endpoint.completion import Choice

    refusal = ResponseOutputRefusal(type="refusal", refusal="No, not that.")
    message = ResponseOutputMessage(id="msg_1", type="message", role="assistant", status="completed", content=[refusal])
    reply = Response.model_construct(id="resp_1", status="completed", output=[message])
    found: list[Any] = list(events_of(reply, Choice("", (), 4, "stop", None)))
    kinds = [event.type for event in found[3:-3]]
    assert kinds == ["response.content_part.added", *["response.refusal.delta"] * 5, "response.refusal.done"]
    assert found[3].part.refusal == "" and found[-4].refusal == "No, not that."


def test_on_the_wire_each_event_has_its_name_and_no_done_follows(web):
    reply = web.post("/v1/responses", json={"model": "sim-large", "input": "Hello", "stream": True})
    assert reply.headers["content-type"].startswith("text/event-stream")
    assert reply.headers["x-workbook-simulated"] == "true"
    lines = [event.split("\n") for event in reply.text.strip().split("\n\n")]
    for name, data in lines:
        assert name == f"event: {json.loads(data.removeprefix('data: '))['type']}"
    assert lines[-1][0] == "event: response.completed"


# --- structure and tools -------------------------------------------------------------------------------------------


class Lot(BaseModel):
    """A lot of goods."""

    product: str = Field(description="Name of the product")
    quantity: int = Field(description="How many pieces")


def test_structured_output_is_parsed(client):
    asked: Any = dict(model="sim-large", input="Lot: 40 pieces of the product Lantern.", temperature=0)
    reply = client.responses.parse(**asked, text_format=Lot)
    assert reply.output_parsed == Lot(product="Lantern", quantity=40)
    assert reply.text.format.name == "Lot" and reply.text.format.schema_["required"] == ["product", "quantity"]
    with client.responses.stream(**asked, text_format=Lot) as stream:
        assert stream.get_final_response().output_parsed == reply.output_parsed


def test_json_mode_gives_an_object_and_wants_the_word(client):
    form: Any = {"format": {"type": "json_object"}}
    said = "Give the city and the country as JSON with the keys city and country: Oslo, Norway"
    assert isinstance(json.loads(client.responses.create(model="sim-large", input=said, text=form).output_text), dict)
    with pytest.raises(openai.BadRequestError, match="must contain the word 'json'") as caught:
        client.responses.create(model="sim-large", input="Hello", text=form)
    assert caught.value.param == "input"


def test_a_call_is_answered_with_its_output_in_both_ways(client):
    asked: Any = dict(model="sim-large", tools=[WEATHER], temperature=0)
    question = {"role": "user", "content": "What's the weather in Bergen?"}
    first = client.responses.create(**asked, input=[question])
    [call] = first.output
    assert (call.type, call.name, json.loads(call.arguments)) == ("function_call", "get_weather", {"city": "Bergen"})
    output = {"type": "function_call_output", "call_id": call.call_id, "output": "12 degrees and rain in Bergen"}
    stored = client.responses.create(**asked, previous_response_id=first.id, input=[output])
    resent = client.responses.create(**asked, input=[question, *first.output, output])
    in_parts = {**output, "output": [{"type": "input_text", "text": output["output"]}]}
    assert "12 degrees" in stored.output_text
    assert stored.output_text == resent.output_text
    assert client.responses.create(**asked, input=[question, call, in_parts]).output_text == resent.output_text


def test_a_tool_choice_is_kept(client):
    asked: Any = dict(model="sim-large", tools=[WEATHER])
    none = client.responses.create(**asked, input="What's the weather in Bergen?", tool_choice="none")
    assert none.output[0].type == "message" and none.tool_choice == "none"
    named = client.responses.create(
        **asked, input="Good morning, Bergen!", tool_choice={"type": "function", "name": "get_weather"}
    )
    assert named.output[0].type == "function_call" and named.tool_choice.name == "get_weather"


def test_the_sdks_tool_runner_runs_to_the_end(client):
    class GetWeather(BaseModel):
        """Get the current weather of a city."""

        city: str

    asked: list[str] = []

    def weather(arguments: Any) -> str:
        asked.append(arguments["city"])
        return f"12 degrees and rain in {arguments['city']}"

    tool = openai.pydantic_responses_function_tool(GetWeather)
    runner = ResponsesToolRunner(functions=[RegisteredFunction(tool=tool, execute=weather)])
    said = {"model": "sim-large", "temperature": 0, "input": "What's the weather in Bergen?"}
    assert "12 degrees" in runner.run(client, said, max_steps=3).output_text
    assert asked == ["Bergen"]


# --- errors --------------------------------------------------------------------------------------------------------

CALL = {"type": "function_call", "call_id": "call_1", "name": "get_weather", "arguments": "{}"}
OUTPUT = {"type": "function_call_output", "call_id": "call_1", "output": "rain"}


@pytest.mark.parametrize(
    ("changes", "status", "param", "says"),
    [
        ({"input": None}, 400, "input", "must be provided"),
        ({"input": 5}, 400, "input", "Invalid type for 'input'"),
        ({"input": [{"role": "robot", "content": "x"}]}, 400, "input[0].role", "'developer'"),
        ({"input": [{"role": "user"}]}, 400, "input[0].content", "Missing required"),
        ({"input": [{"role": "user", "content": [{"type": "text"}]}]}, 400, "input[0].content[0].type", "input_text"),
        ({"input": [{"role": "user", "content": "x", "name": "y"}]}, 400, "input[0].name", "Unknown parameter"),
        ({"input": [{"type": "mcp_call", "id": "x"}]}, 400, "input[0].type", "does not simulate"),
        ({"input": [{"type": "nonsense"}]}, 400, "input[0].type", "Invalid value"),
        ({"input": [CALL]}, 400, "input", "No tool output found for function call call_1"),
        ({"input": [OUTPUT]}, 400, "input", "No tool call found for function call output"),
        (
            {"input": [CALL, OUTPUT | {"output": [{"type": "input_image", "image_url": "data:image/png;base64,"}]}]},
            400,
            "input[1].output[0].type",
            "images in the output",
        ),
        ({"messages": []}, 400, "messages", "Unknown parameter"),
        ({"max_output_tokens": 15}, 400, "max_output_tokens", ">= 16"),
        ({"max_output_tokens": 10**6}, 400, "max_output_tokens", "<= 16384"),
        ({"temperature": 3}, 400, "temperature", "<= 2"),
        ({"metadata": {"a": 1}}, 400, "metadata.a", "expected a string"),
        ({"metadata": {"a": "x" * 513}}, 400, "metadata.a", "maximum length 512"),
        ({"reasoning": {"effort": "some"}}, 400, "reasoning.effort", "'low'"),
        ({"service_tier": "best"}, 400, "service_tier", "'auto'"),
        ({"stream_options": True}, 400, "stream_options", "an object"),
        ({"include": ["nothing"]}, 400, "include[0]", "Supported values"),
        ({"truncation": "some"}, 400, "truncation", "'disabled'"),
        ({"text": {"format": {"type": "yaml"}}}, 400, "text.format.type", "json_schema"),
        ({"text": {"format": {"type": "json_schema", "schema": {}}}}, 400, "text.format.name", "Missing"),
        (
            {"text": {"format": {"type": "json_schema", "name": "x", "strict": True, "schema": {"type": "object"}}}},
            400,
            "text.format.schema",
            "additionalProperties",
        ),
        ({"tools": [{"type": "function", "function": {"name": "x"}}]}, 400, "tools[0].name", "Missing required"),
        ({"tools": [{"type": "web_search"}]}, 400, "tools[0].type", "does not simulate web search"),
        ({"tools": [{"type": "mcp", "server_label": "x"}]}, 400, "tools[0].type", "MCP"),
        ({"tools": [WEATHER], "tool_choice": {"type": "function", "name": "x"}}, 400, "tool_choice", "not found"),
        ({"tool_choice": "required"}, 400, "tool_choice", "must be specified with 'tools'"),
        ({"background": True}, 400, "background", "does not simulate"),
        ({"conversation": "conv_1"}, 400, "conversation", "previous_response_id"),
        ({"previous_response_id": "abc"}, 400, "previous_response_id", "begins with 'resp'"),
        ({"previous_response_id": "resp_0"}, 400, "previous_response_id", "not found"),
        ({"model": "sim-embedding"}, 400, "model", "does not work"),
        ({"model": "no-such-model"}, 404, None, "does not exist"),
    ],
)  # fmt: skip
def test_a_wrong_body_is_told_by_its_field(web, changes, status, param, says):
    reply = web.post("/v1/responses", json={"model": "sim-large", "input": "Hello"} | changes)
    error = reply.json()["error"]
    assert (reply.status_code, error["param"]) == (status, param), error
    assert says in error["message"]


PART_TYPES = ["input_text", "output_text", "input_image", "input_file"]
ITEM_TYPES = ["message", "function_call", "function_call_output", "reasoning", "item_reference"]
WORDS = st.sampled_from([*PART_TYPES, *ITEM_TYPES, "", "Hello", "user", "assistant", "call_1", "auto", "json_schema"])
KEYS = st.sampled_from(
    ["type", "role", "content", "text", "call_id", "output", "name", "arguments", "id", "image_url", "format", "schema"]
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 99) | st.floats(allow_nan=False, allow_infinity=False) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
PARAMETERS = st.sampled_from(sorted(ResponseCreateParamsBase.__annotations__))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    changes=st.dictionaries(PARAMETERS, ANYTHING, max_size=3),
    items=st.lists(st.dictionaries(KEYS, ANYTHING | WORDS, min_size=1, max_size=4), max_size=3),
)
def test_no_body_is_a_fault_of_the_endpoint(web, changes, items):
    reply = web.post("/v1/responses", json={"model": "sim-small", "input": items or "Hello"} | changes)
    assert reply.status_code in (200, 400, 404), reply.text


def test_a_response_that_was_not_in_the_background_cannot_be_cancelled_or_streamed_again(client):
    reply = client.responses.create(model="sim-large", input="Hello")
    with pytest.raises(openai.BadRequestError, match="Cannot cancel a synchronous response"):
        client.responses.cancel(reply.id)
    with pytest.raises(openai.BadRequestError):
        list(client.responses.retrieve(reply.id, stream=True))


def test_too_long_an_input_is_refused_or_loses_its_oldest_messages(client):
    long: Any = [{"role": "user", "content": "word " * 9_000} for _ in range(2)]
    said = [*long, {"role": "user", "content": "Say: done"}]
    with pytest.raises(openai.BadRequestError) as caught:
        client.responses.create(model="sim-small", input=said)
    assert (caught.value.code, caught.value.param) == ("context_length_exceeded", "input")
    reply = client.responses.create(model="sim-small", input=said, truncation="auto")
    assert reply.output_text == "done" and 9_000 < reply.usage.input_tokens < 16_384


# --- other clients -------------------------------------------------------------------------------------------------


def test_the_async_client_creates_streams_parses_and_retrieves(endpoint):
    async def talk() -> None:
        async with openai.AsyncOpenAI(base_url=endpoint.url, api_key="workbook", max_retries=0) as client:
            reply = await client.responses.create(model="sim-large", input="Say: one two")
            assert (await client.responses.retrieve(reply.id)).output_text == "one two"
            async with client.responses.stream(model="sim-large", input="Say: one two") as stream:
                deltas = [event.delta async for event in stream if event.type == "response.output_text.delta"]
                assert "".join(deltas) == (await stream.get_final_response()).output_text == "one two"
            parsed = await client.responses.parse(
                model="sim-large", input="Lot: 40 pieces of the product Lantern.", text_format=Lot, temperature=0
            )
            assert parsed.output_parsed.quantity == 40
            assert [item.role async for item in client.responses.input_items.list(reply.id)] == ["user"]
            await client.responses.delete(reply.id)

    asyncio.run(talk())


def test_azure_answers_on_both_of_its_addresses(endpoint, web):
    base = endpoint.url.removesuffix("/v1")
    older = openai.AzureOpenAI(azure_endpoint=base, api_version="2025-04-01-preview", api_key="workbook", max_retries=0)
    newer = openai.OpenAI(base_url=f"{base}/openai/v1/", api_key="workbook", max_retries=0)
    for client in (older, newer):
        reply = client.responses.create(model="gpt-4o", input="Say: one two")
        assert client.responses.retrieve(reply.id).output_text == "one two"
    assert web.post("/openai/responses", json={"model": "sim-large", "input": "Hello"}).status_code == 404


def test_langchain_on_the_responses_api(endpoint):
    from langchain_core.messages import HumanMessage, SystemMessage
    from langchain_core.tools import tool
    from langchain_openai import ChatOpenAI

    @tool
    def get_weather(city: str) -> str:
        """Get the current weather of a city."""
        return f"12 degrees and rain in {city}"

    model = ChatOpenAI(
        base_url=endpoint.url,
        api_key="workbook",
        model="sim-large",
        temperature=0,
        use_responses_api=True,
        output_version="responses/v1",
    )
    said = [SystemMessage("Be brief."), HumanMessage("Say: one two three")]
    whole = model.invoke(said)
    assert whole.text == "one two three" and whole.response_metadata["status"] == "completed"
    pieces = list(model.stream(said))
    added = pieces[0]
    for piece in pieces[1:]:
        added += piece
    assert len(pieces) > 3 and added.text == whole.text
    assert added.usage_metadata == whole.usage_metadata
    assert model.with_structured_output(Lot).invoke("Lot: 40 pieces of the product Lantern.").quantity == 40

    bound = model.bind_tools([get_weather])
    question = HumanMessage("What's the weather in Bergen?")
    called = bound.invoke([question])
    assert [(call["name"], call["args"]) for call in called.tool_calls] == [("get_weather", {"city": "Bergen"})]
    streamed = None
    for piece in bound.stream([question]):
        streamed = piece if streamed is None else streamed + piece
    assert streamed.tool_calls[0]["args"] == {"city": "Bergen"}
    result = get_weather.invoke(called.tool_calls[0])
    assert "12 degrees" in bound.invoke([question, called, result]).text


def test_a_langchain_agent_runs_on_the_responses_api(endpoint):
    from langchain.agents import create_agent
    from langchain_openai import ChatOpenAI

    def get_weather(city: str) -> str:
        """Get the current weather of a city."""
        return f"12 degrees and rain in {city}"

    model = ChatOpenAI(
        base_url=endpoint.url,
        api_key="workbook",
        model="sim-large",
        temperature=0,
        use_responses_api=True,
        use_previous_response_id=True,
    )
    agent = create_agent(model, [get_weather])
    messages = agent.invoke({"messages": [{"role": "user", "content": "What's the weather in Bergen?"}]})["messages"]
    assert [message.type for message in messages] == ["human", "ai", "tool", "ai"]
    assert "12 degrees" in messages[-1].text
