"""Every way in which the openai package, curl or plain HTTP asks: one table of calls, one of clients, all of both.

Each reply is held against the SDK's own types field by field, strictly: nothing missing, nothing of another type,
nothing that the types do not know.
"""

from __future__ import annotations

import asyncio
import base64
import inspect
import json
import os
import shutil
import subprocess
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import numpy as np
import openai
import pytest
from openai.types import CreateEmbeddingResponse, Model
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from pydantic import BaseModel

from helpers.mock_endpoint import MockConfig, RunningEndpoint, start
from tests.sdk_shapes import conforms

HELLO: Any = [{"role": "user", "content": "Say: good morning"}]
TOO_LONG: Any = [{"role": "user", "content": "word " * 130_000}]
SORT: Any = [{"role": "user", "content": "Is this note about rowing or baking? Answer with the label only.\nThe oars."}]


class Parcel(BaseModel):
    """A parcel that was sent."""

    recipient: str
    kilograms: float


PARCEL: Any = [{"role": "user", "content": "recipient: Mira Olsen\nkilograms: 2.5"}]
TRACK: Any = {
    "type": "function",
    "function": {
        "name": "track_parcel",
        "description": "Find where a parcel is.",
        "parameters": {"type": "object", "properties": {"number": {"type": "integer"}}, "required": ["number"]},
    },
}


@pytest.fixture(scope="module")
def endpoint():
    with start(MockConfig(seed=3)) as running:
        yield running


# --- clients -------------------------------------------------------------------------------------------------------


def _of_openai(kind: type, endpoint: RunningEndpoint) -> Any:
    return kind(base_url=endpoint.url, api_key="workbook", max_retries=0)


def _of_azures_first_version(kind: type, endpoint: RunningEndpoint) -> Any:
    return kind(base_url=f"{_root(endpoint)}/openai/v1/", api_key="workbook", max_retries=0)


def _of_azure(kind: type, endpoint: RunningEndpoint) -> Any:
    return kind(azure_endpoint=_root(endpoint), api_version="2024-10-21", api_key="workbook", max_retries=0)


def _of_azure_with_a_token(kind: type, endpoint: RunningEndpoint) -> Any:
    # As with Entra: what a token provider returns is sent as a bearer.
    return kind(
        azure_endpoint=_root(endpoint),
        api_version="2024-10-21",
        azure_ad_token_provider=lambda: "workbook",
        max_retries=0,
    )


def _root(endpoint: RunningEndpoint) -> str:
    return endpoint.url.removesuffix("/v1")


CLIENTS: dict[str, Callable[[RunningEndpoint], Any]] = {
    "OpenAI": lambda e: _of_openai(openai.OpenAI, e),
    "AsyncOpenAI": lambda e: _of_openai(openai.AsyncOpenAI, e),
    "OpenAI at Azure's v1": lambda e: _of_azures_first_version(openai.OpenAI, e),
    "AsyncOpenAI at Azure's v1": lambda e: _of_azures_first_version(openai.AsyncOpenAI, e),
    "AzureOpenAI": lambda e: _of_azure(openai.AzureOpenAI, e),
    "AsyncAzureOpenAI": lambda e: _of_azure(openai.AsyncAzureOpenAI, e),
    "AzureOpenAI with a token": lambda e: _of_azure_with_a_token(openai.AzureOpenAI, e),
    "AsyncAzureOpenAI with a token": lambda e: _of_azure_with_a_token(openai.AsyncAzureOpenAI, e),
}


# A call is written once and awaits what an asynchronous client gives it.


async def done(value: Any) -> Any:
    return await value if inspect.isawaitable(value) else value


async def items(stream: Any) -> list[Any]:
    return [item async for item in stream] if hasattr(stream, "__aiter__") else list(stream)


class opened:
    """`async with` for the context managers of both kinds of client."""

    def __init__(self, manager: Any) -> None:
        self.manager = manager

    async def __aenter__(self) -> Any:
        return await (
            self.manager.__aenter__() if hasattr(self.manager, "__aenter__") else done(self.manager.__enter__())
        )

    async def __aexit__(self, *error: Any) -> None:
        await done(self._method("exit")(*error))

    def _method(self, name: str) -> Callable[..., Any]:
        return getattr(self.manager, f"__a{name}__", None) or getattr(self.manager, f"__{name}__")


# --- calls ---------------------------------------------------------------------------------------------------------


async def whole(client: Any) -> None:
    reply = await done(client.chat.completions.create(model="gpt-4o", messages=HELLO))
    assert reply.choices[0].message.content == "good morning"
    assert reply._request_id.startswith("req_")


async def every_option(client: Any) -> None:
    raw = await done(
        client.chat.completions.with_raw_response.create(
            model="gpt-4o",
            messages=[{"role": "developer", "content": "Be brief."}, *SORT],
            n=3,
            temperature=1.2,
            top_p=0.9,
            seed=7,
            stop=["\n", "END"],
            max_completion_tokens=20,
            logprobs=True,
            top_logprobs=2,
            user="someone",
            store=False,
            metadata={"purpose": "test"},
            service_tier="auto",
            frequency_penalty=0.1,
            presence_penalty=0.1,
            response_format={"type": "text"},
        )
    )
    reply = conforms(ChatCompletion, raw.text if isinstance(raw.text, str) else await done(raw.text()))
    assert len(reply.choices) == 3
    rows = reply.choices[0].logprobs.content
    assert "".join(row.token for row in rows) == reply.choices[0].message.content
    assert all(len(row.top_logprobs) <= 2 for row in rows)


async def streamed(client: Any) -> None:
    asked = dict(model="gpt-4o", messages=HELLO, stream=True, stream_options={"include_usage": True})
    chunks = await items(await done(client.chat.completions.create(**asked)))
    assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices) == "good morning"
    assert chunks[-1].usage.total_tokens > 0
    for chunk in chunks:
        conforms(ChatCompletionChunk, chunk.to_json())


async def streamed_by_the_helper(client: Any) -> None:
    text = []
    async with opened(client.chat.completions.stream(model="gpt-4o", messages=HELLO)) as stream:
        async for event in aiter_of(stream):
            text += [event.delta] if event.type == "content.delta" else []
        final = await done(stream.get_final_completion())
    assert "".join(text) == final.choices[0].message.content == "good morning"


async def aiter_of(stream: Any):
    for item in await items(stream):
        yield item


async def parsed(client: Any) -> None:
    reply = await done(client.chat.completions.parse(model="gpt-4o", messages=PARCEL, response_format=Parcel))
    assert reply.choices[0].message.parsed == Parcel(recipient="Mira Olsen", kilograms=2.5)


async def parsed_from_a_stream(client: Any) -> None:
    asked = dict(model="gpt-4o", messages=PARCEL, response_format=Parcel)
    async with opened(client.chat.completions.stream(**asked)) as stream:
        final = await done(stream.get_final_completion())
    assert final.choices[0].message.parsed == Parcel(recipient="Mira Olsen", kilograms=2.5)


async def parsed_arguments(client: Any) -> None:
    tools = [openai.pydantic_function_tool(Parcel)]
    asked = dict(model="gpt-4o", messages=PARCEL, tools=tools, tool_choice="required")
    reply = await done(client.chat.completions.parse(**asked))
    call = reply.choices[0].message.tool_calls[0]
    assert call.function.parsed_arguments == Parcel(recipient="Mira Olsen", kilograms=2.5)


async def a_loop_with_a_tool(client: Any) -> None:
    messages: list[Any] = [{"role": "user", "content": "Where is parcel number 4711?"}]
    first = await done(client.chat.completions.create(model="gpt-4o", messages=messages, tools=[TRACK]))
    message = first.choices[0].message
    assert first.choices[0].finish_reason == "tool_calls" and message.content is None
    assert json.loads(message.tool_calls[0].function.arguments) == {"number": 4711}
    # The SDK's message goes back as it is, as every tutorial does.
    result = {"role": "tool", "tool_call_id": message.tool_calls[0].id, "content": "In the depot of Arendal."}
    second = await done(
        client.chat.completions.create(model="gpt-4o", messages=[*messages, message, result], tools=[TRACK])
    )
    assert "Arendal" in second.choices[0].message.content


async def a_streamed_call(client: Any) -> None:
    asked = dict(model="gpt-4o", messages=[{"role": "user", "content": "Where is parcel number 4711?"}], tools=[TRACK])
    chunks = await items(await done(client.chat.completions.create(**asked, stream=True)))
    deltas = [d for c in chunks for d in c.choices[0].delta.tool_calls or ()]
    assert deltas[0].id and deltas[0].function.name == "track_parcel" and not any(d.id for d in deltas[1:])
    assert json.loads("".join(d.function.arguments for d in deltas)) == {"number": 4711}
    assert chunks[-1].choices[0].finish_reason == "tool_calls"
    for chunk in chunks:
        conforms(ChatCompletionChunk, chunk.to_json())


async def raw(client: Any) -> None:
    reply = await done(client.chat.completions.with_raw_response.create(model="gpt-4o", messages=HELLO))
    assert reply.http_response.headers["content-type"] == "application/json"
    assert reply.headers["x-request-id"] == reply.request_id
    assert reply.retries_taken == 0
    parsed = await done(reply.parse())
    assert parsed.choices[0].finish_reason == "stop"
    conforms(ChatCompletion, reply.http_response.content)


async def raw_and_streaming(client: Any) -> None:
    manager = client.chat.completions.with_streaming_response.create(model="gpt-4o", messages=HELLO, stream=True)
    async with opened(manager) as reply:
        lines = [line for line in await items(reply.iter_lines()) if line]
    assert lines[-1] == "data: [DONE]"
    for line in lines[:-1]:
        conforms(ChatCompletionChunk, line.removeprefix("data: "))


async def embeddings(client: Any) -> None:
    texts = ["the tide is out", "a loaf of rye"]
    asked = dict(model="text-embedding-3-small", input=texts)
    # By default the SDK asks for base64 and decodes it.
    default = await done(client.embeddings.create(**asked))
    raw = await done(client.embeddings.with_raw_response.create(**asked, encoding_format="float"))
    floats = conforms(CreateEmbeddingResponse, raw.http_response.content)
    assert [row.index for row in floats.data] == [0, 1]
    assert np.allclose([row.embedding for row in default.data], [row.embedding for row in floats.data])
    coded = await done(client.embeddings.create(**asked, encoding_format="base64"))
    assert np.frombuffer(base64.b64decode(coded.data[1].embedding), "<f4").shape == (384,)


async def embeddings_of_token_ids(client: Any) -> None:
    from helpers.mock_endpoint.text import tokens

    for given, rows in ((tokens.encode("rye"), 1), ([tokens.encode("rye"), tokens.encode("the tide")], 2)):
        reply = await done(client.embeddings.create(model="text-embedding-3-small", input=given, dimensions=32))
        assert [len(row.embedding) for row in reply.data] == [32] * rows


async def models(client: Any) -> None:
    page = await done(client.models.list())
    assert {model.id for model in page.data} >= {"sim-large", "sim-small", "sim-embedding"}
    assert not page.has_next_page()
    assert [model.id for model in await items(client.models.list())] == [model.id for model in page.data]
    raw = await done(client.models.with_raw_response.retrieve("sim-small"))
    assert json.loads(raw.http_response.content)["id"] == "sim-small"


CALLS: tuple[Callable[[Any], Awaitable[None]], ...] = (
    whole,
    every_option,
    streamed,
    streamed_by_the_helper,
    parsed,
    parsed_from_a_stream,
    parsed_arguments,
    a_loop_with_a_tool,
    a_streamed_call,
    raw,
    raw_and_streaming,
    embeddings,
    embeddings_of_token_ids,
    models,
)


@pytest.mark.parametrize("who", CLIENTS)
@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.__name__)
def test_every_client_is_served(endpoint, who, call):
    async def once() -> None:
        client = CLIENTS[who](endpoint)
        try:
            await call(client)
        finally:
            await done(client.close())

    asyncio.run(once())


# --- shapes --------------------------------------------------------------------------------------------------------

# What the API sends beside what the SDK's types require, as OpenAI's reference shows it: keys that are always there.
ALWAYS = {
    "": {"id", "object", "created", "model", "choices", "usage", "service_tier", "system_fingerprint"},
    "choices": {"index", "message", "logprobs", "finish_reason"},
    "message": {"role", "content", "refusal", "annotations"},
    "usage": {
        "prompt_tokens",
        "completion_tokens",
        "total_tokens",
        "prompt_tokens_details",
        "completion_tokens_details",
    },
    "prompt_tokens_details": {"cached_tokens", "audio_tokens"},
    "completion_tokens_details": {
        "reasoning_tokens",
        "audio_tokens",
        "accepted_prediction_tokens",
        "rejected_prediction_tokens",
    },
}

BODIES: dict[str, dict[str, Any]] = {
    "plain": {"messages": HELLO},
    "several": {"messages": SORT, "n": 3, "temperature": 1.5},
    "with log-probabilities": {"messages": SORT, "logprobs": True, "top_logprobs": 5},
    "cut": {"messages": HELLO, "max_tokens": 1},
    "with a schema": {
        "messages": PARCEL,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "parcel", "strict": True, "schema": Parcel.model_json_schema()},
        },
    },
    "as JSON": {
        "messages": [{"role": "user", "content": "Return JSON with the keys: recipient. It goes to Mira Olsen."}],
        "response_format": {"type": "json_object"},
    },
    "calling": {"messages": [{"role": "user", "content": "Where is parcel number 4711?"}], "tools": [TRACK]},
    "calling by name": {
        "messages": PARCEL,
        "tools": [TRACK],
        "tool_choice": {"type": "function", "function": {"name": "track_parcel"}},
    },
    "of the small size": {"messages": HELLO, "model": "sim-small"},
    "with a picture": {
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "What is in this picture?"},
                    {
                        "type": "image_url",
                        "image_url": {
                            "url": "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
                        },
                    },
                ],
            }
        ]
    },
}
BODIES["with a schema"]["response_format"]["json_schema"]["schema"]["additionalProperties"] = False


@pytest.mark.parametrize("route", ["/v1/chat/completions", "/openai/v1/chat/completions"])
@pytest.mark.parametrize("name", BODIES)
def test_a_reply_has_exactly_the_fields_of_the_api_whole_and_streamed(web, name, route):
    body = {"model": "sim-large"} | BODIES[name]
    key = {"Authorization": "Bearer workbook"}
    reply = web.post(route, json=body, headers=key)
    assert reply.status_code == 200, reply.text
    conforms(ChatCompletion, reply.content)
    value = reply.json()
    missing = [
        f"{where or 'reply'}: {sorted(wanted - found.keys())}"
        for where, wanted in ALWAYS.items()
        for found in _found(value, where)
        if wanted - found.keys()
    ]
    assert not missing

    asked = body | {"stream": True, "stream_options": {"include_usage": True}}
    events = web.post(route, json=asked, headers=key).text.split("\n\n")
    assert events[-2:] == ["data: [DONE]", ""]
    chunks = [conforms(ChatCompletionChunk, event.removeprefix("data: ")) for event in events[:-2]]
    assert {choice.index for chunk in chunks for choice in chunk.choices} == set(range(body.get("n", 1)))
    assert all('"usage":' in event for event in events[:-2]), "null until the last, where usage was asked for"
    assert len({(chunk.id, chunk.created, chunk.model) for chunk in chunks}) == 1


def _found(value: Any, where: str) -> list[dict[str, Any]]:
    """The objects that stand under a name anywhere in a value; the value itself for no name."""
    if not where:
        return [value]
    found = []
    for key, own in value.items():
        children = own if isinstance(own, list) else [own]
        objects = [child for child in children if isinstance(child, dict)]
        found += objects if key == where else []
        found += [deeper for child in objects for deeper in _found(child, where)]
    return found


def test_models_have_exactly_the_fields_of_the_api(web):
    key = {"Authorization": "Bearer workbook"}
    listed = web.get("/v1/models", headers=key).json()
    assert listed.keys() == {"object", "data"} and listed["object"] == "list"
    for model in listed["data"]:
        conforms(Model, json.dumps(model))
        assert web.get(f"/v1/models/{model['id']}", headers=key).json() == model


def test_azures_list_of_models_has_azures_fields(web):
    key = {"api-key": "workbook"}
    assert web.get("/openai/models", headers=key).status_code == 404, "without an api-version there is no such route"
    listed = web.get("/openai/models?api-version=2024-10-21", headers=key).json()
    by_name = {model["id"]: model for model in listed["data"]}
    assert by_name["sim-large"]["capabilities"]["chat_completion"] is True
    assert by_name["sim-embedding"]["capabilities"]["embeddings"] is True
    assert web.get("/openai/models/sim-large?api-version=2024-10-21", headers=key).json() == by_name["sim-large"]


# --- errors, as the SDK raises them --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "raised", "code"),
    [
        ({"model": "gpt-4o-mimi"}, openai.NotFoundError, "model_not_found"),
        ({"temperature": 5}, openai.BadRequestError, "decimal_above_max_value"),
        ({"messages": []}, openai.BadRequestError, "empty_array"),
        ({"extra_body": {"temprature": 0}}, openai.BadRequestError, "unknown_parameter"),
        (
            {"messages": [{"role": "user", "content": "word " * 130_000}]},
            openai.BadRequestError,
            "context_length_exceeded",
        ),
        ({"extra_headers": {"Authorization": "Bearer other"}}, openai.AuthenticationError, "invalid_api_key"),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_an_error_is_the_sdks_own_exception_streaming_or_not(client, asked, raised, code, stream):
    with pytest.raises(raised) as error:
        client.chat.completions.create(**{"model": "sim-large", "messages": HELLO, "stream": stream} | asked)
    assert error.value.code == code
    assert error.value.request_id and error.value.body["message"] in str(error.value)


def test_a_reply_that_is_not_there_in_time_is_the_sdks_timeout(endpoint):
    long: Any = [{"role": "user", "content": "Summarise this. " + "The river rose and the mill stood still. " * 2_000}]
    patient = openai.OpenAI(base_url=endpoint.url, api_key="workbook", max_retries=0)
    impatient = patient.with_options(timeout=httpx2.Timeout(5, read=0.001))
    with pytest.raises(openai.APITimeoutError):
        impatient.chat.completions.create(model="sim-large", messages=long)
    assert patient.chat.completions.create(model="sim-large", messages=HELLO).choices[0].message.content


# --- without an SDK ------------------------------------------------------------------------------------------------

CURL = shutil.which("curl")


@pytest.mark.skipif(CURL is None, reason="there is no curl on this machine")
@pytest.mark.parametrize("stream", [False, True])
def test_curl_as_the_apis_reference_shows_it(endpoint, stream):
    body = {"model": "gpt-4o", "messages": HELLO} | ({"stream": True} if stream else {})
    command = [str(CURL), "--silent", "--show-error", "--no-buffer", f"{endpoint.url}/chat/completions"]
    command += ["-H", "Content-Type: application/json", "-H", "Authorization: Bearer workbook", "-d", json.dumps(body)]
    environment = {**os.environ, "NO_PROXY": "127.0.0.1"}
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=60, check=True, env=environment)
    if not stream:
        assert conforms(ChatCompletion, done.stdout).choices[0].message.content == "good morning"
        return
    lines = [line for line in done.stdout.splitlines() if line]
    assert lines[-1] == "data: [DONE]"
    chunks = [conforms(ChatCompletionChunk, line.removeprefix("data: ")) for line in lines[:-1]]
    assert "".join(c.choices[0].delta.content or "" for c in chunks) == "good morning"


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/v1/chat/completions", {"Authorization": "Bearer workbook"}),
        ("/v1/chat/completions", {"authorization": "bearer  workbook", "content-type": "text/plain"}),
        ("/openai/v1/chat/completions", {"api-key": "workbook"}),
        ("/openai/v1/chat/completions?api-version=preview", {"Authorization": "Bearer workbook"}),
        ("/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21", {"api-key": "workbook"}),
    ],
)
def test_plain_http_needs_no_more_than_a_key_and_json(endpoint, path, headers):
    with httpx2.Client(base_url=_root(endpoint), headers=headers) as http:
        reply = http.post(path, content=json.dumps({"model": "gpt-4o", "messages": HELLO}))
        assert reply.status_code == 200, reply.text
        conforms(ChatCompletion, reply.content)
        with http.stream("POST", path, json={"model": "gpt-4o", "messages": HELLO, "stream": True}) as stream:
            lines = [line for line in stream.iter_lines() if line]
        assert lines[-1] == "data: [DONE]"
