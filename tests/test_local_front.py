"""The front of the local model, with a made-up engine: what clients see is OpenAI's, whatever llama.cpp says."""

from __future__ import annotations

import asyncio
import json
import threading

import httpx2
import openai
import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route

from helpers.local_model import tool_calls
from helpers.local_model.front import CHAT_ALIAS, EMBEDDING, REPLY_TOKENS, Served, create_front
from helpers.local_model.streams import with_calls
from helpers.mock_endpoint import create_app

WEATHER = {
    "type": "function",
    "function": {"name": "weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}},
}
CALL = '{"name": "weather", "arguments": {"city": "Lima"}}'
ASK = [{"role": "user", "content": "Weather in Lima?"}]


class Engine:
    """Answers as llama.cpp does; `text` is the reply, `refusal` an error instead. `asked` keeps the requests."""

    def __init__(self):
        self.text, self.refusal, self.asked = "Fine.", None, []
        self.app = Starlette(routes=[Route("/v1/chat/completions", self.chat, methods=["POST"])])

    async def chat(self, request):
        body = await request.json()
        self.asked.append(body)
        if self.refusal:
            return JSONResponse({"error": self.refusal}, self.refusal["code"])
        if body.get("stream"):
            pieces = [{"role": "assistant", "content": None}, *({"content": c} for c in self.text)]
            events = [{"model": "x", "choices": [{"index": 0, "delta": d, "finish_reason": None}]} for d in pieces]
            events.append({"model": "x", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
            lines = [f"data: {json.dumps(event)}\n\n" for event in events] + ["data: [DONE]\n\n"]
            return StreamingResponse(iter(lines), media_type="text/event-stream")
        choice = {"index": 0, "message": {"role": "assistant", "content": self.text}, "finish_reason": "stop"}
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        return JSONResponse(
            {"id": "1", "object": "chat.completion", "created": 1, "model": "x", "choices": [choice], "usage": usage}
        )


def asgi(app) -> httpx2.AsyncClient:
    headers = {"Authorization": "Bearer workbook"}
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://inside", headers=headers)


@pytest.fixture
def engine() -> Engine:
    return Engine()


@pytest.fixture
def front(engine):
    return create_front(Served("toy", "word", 512), asgi(engine.app), asgi(create_app()))


@pytest.fixture
def ask(front):
    """Calls the async client of the openai package on the front: ask(lambda client: client...)."""

    def call(what, key="word"):
        async def run():
            http = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=front))
            client = openai.AsyncOpenAI(base_url="http://127.0.0.1/v1", api_key=key, http_client=http, max_retries=0)
            return await what(client)

        found, thread = [], None

        def in_thread():
            try:
                found.append(asyncio.run(run()))
            except BaseException as error:
                found.append(error)

        thread = threading.Thread(target=in_thread)
        thread.start()
        thread.join(30)
        if isinstance(found[0], BaseException):
            raise found[0]
        return found[0]

    return call


def chat(**options):
    return lambda client: client.chat.completions.create(**{"model": CHAT_ALIAS, "messages": ASK, **options})


def test_a_reply_names_the_file_that_made_it_and_always_has_an_end(ask, engine):
    reply = ask(chat())
    assert (reply.model, reply.choices[0].message.content) == ("toy", "Fine.")
    assert engine.asked[0]["max_tokens"] == REPLY_TOKENS
    ask(chat(max_completion_tokens=7))
    assert "max_tokens" not in engine.asked[1]


def test_a_wrong_key_and_an_unknown_model_are_refused_as_openai_does(ask, engine):
    with pytest.raises(openai.AuthenticationError):
        ask(chat(), key="other")
    with pytest.raises(openai.NotFoundError, match="no-such-model") as caught:
        ask(chat(model="no-such-model"))
    assert caught.value.code == "model_not_found"
    with pytest.raises(openai.NotFoundError):
        ask(lambda client: client.embeddings.create(model=CHAT_ALIAS, input="hi"))
    assert not engine.asked


def test_another_host_name_gets_nothing(front):
    async def run():
        http = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=front))
        return await http.get("http://evil.example/v1/models", headers={"Authorization": "Bearer word"})

    assert asyncio.run(run()).status_code == 403


@pytest.mark.parametrize("stream", [False, True])
def test_a_prompt_that_is_too_long_is_a_400_with_openais_code(ask, engine, stream):
    engine.refusal = {"code": 400, "message": "…", "type": "exceed_context_size_error", "n_prompt_tokens": 900}
    with pytest.raises(openai.BadRequestError, match=r"512 tokens.*900 tokens") as caught:
        ask(chat(stream=stream))
    assert caught.value.code == "context_length_exceeded"


def test_a_picture_for_a_model_of_text_is_the_clients_error(ask, engine):
    engine.refusal = {"code": 500, "message": "image input is not supported - hint: …", "type": "server_error"}
    with pytest.raises(openai.BadRequestError) as caught:
        ask(chat())
    assert caught.value.code == "unsupported_input"


def test_an_engine_that_has_ended_is_a_503(ask):
    def gone(request):
        raise httpx2.ConnectError("refused")

    dead = httpx2.AsyncClient(transport=httpx2.MockTransport(gone), base_url="http://inside")
    front = create_front(Served("toy", "word", 512), dead, dead)

    async def run():
        http = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=front))
        body = {"model": "toy", "messages": ASK}
        return await http.post("http://127.0.0.1/v1/chat/completions", json=body, headers={"api-key": "word"})

    assert asyncio.run(run()).status_code == 503


def test_embeddings_are_those_of_a_model_made_for_them(ask):
    reply = ask(lambda client: client.embeddings.create(model=EMBEDDING, input=["a dog", "a puppy", "the tax office"]))
    assert reply.model == EMBEDDING
    dog, puppy, office = (item.embedding for item in reply.data)
    near, far = (sum(a * b for a, b in zip(dog, other, strict=True)) for other in (puppy, office))
    assert len(dog) == 384
    assert near > far


@pytest.mark.parametrize("text", [CALL, f"```json\n{CALL}\n```", f"<tool_call>\n{CALL}\n</tool_call>", f"[{CALL}]"])
@pytest.mark.parametrize("stream", [False, True])
def test_a_call_that_was_written_as_text_becomes_a_call(ask, engine, text, stream):
    engine.text = text
    if stream:

        async def joined(client):
            events = [event async for event in await chat(tools=[WEATHER], stream=True)(client)]
            return [e.choices[0] for e in events]

        choices = ask(joined)
        (call,) = [call for choice in choices for call in choice.delta.tool_calls or []]
        assert not any(choice.delta.content for choice in choices)
        finish = choices[-1].finish_reason
    else:
        choice = ask(chat(tools=[WEATHER])).choices[0]
        ((call,), finish) = choice.message.tool_calls, choice.finish_reason
        assert choice.message.content is None
    assert (call.function.name, json.loads(call.function.arguments)) == ("weather", {"city": "Lima"})
    assert finish == "tool_calls"


@pytest.mark.parametrize(
    "text", ["It is fine.", f"I would call {CALL}", CALL.replace("weather", "news"), '{"a": 1}', "{"]
)
def test_anything_else_stays_text(text):
    assert tool_calls.calls_in(text, ["weather"]) is None


@pytest.mark.parametrize("text", ["It is fine.", "{not a call", "`code`"])
def test_streamed_text_arrives_whole_when_it_was_no_call(text):
    async def run():
        async def events():
            for piece in text:
                yield {"choices": [{"index": 0, "delta": {"content": piece}, "finish_reason": None}]}
            yield {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}

        return [event async for event in with_calls(events(), ["weather"], False)]

    assert "".join(e["choices"][0]["delta"].get("content", "") for e in asyncio.run(run())) == text


def test_a_call_that_is_demanded_is_written_under_a_schema(ask, engine):
    engine.text = CALL
    nested = {"$defs": {"City": {"type": "string"}}, "type": "object", "properties": {"c": {"$ref": "#/$defs/City"}}}
    other = {"type": "function", "function": {"name": "other", "parameters": nested}}
    ask(chat(tools=[WEATHER, other], tool_choice="required"))
    schema = engine.asked[0]["response_format"]["json_schema"]["schema"]
    assert [shape["properties"]["name"]["const"] for shape in schema["anyOf"]] == ["weather", "other"]
    assert schema["anyOf"][1]["properties"]["arguments"]["properties"]["c"] == {"$ref": "#/$defs/other.City"}
    assert schema["$defs"] == {"other.City": {"type": "string"}}
    with pytest.raises(openai.BadRequestError):
        ask(chat(tools=[WEATHER], tool_choice={"type": "function", "function": {"name": "missing"}}))


def test_a_template_without_tools_gets_them_in_the_system_message():
    body = tool_calls.prepared(
        {"messages": [{"role": "system", "content": "Be kind."}, *ASK], "tools": [WEATHER]}, False
    )
    assert body["messages"][0]["content"].startswith("Be kind.")
    assert "weather" in body["messages"][0]["content"]
    assert len(body["messages"]) == 2
