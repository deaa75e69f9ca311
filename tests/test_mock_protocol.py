"""The offline endpoint through the clients people use: openai (sync, async, Azure) and LangChain."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any

import httpx2
import numpy as np
import openai
import pytest
from openai.types.chat import ChatCompletion
from pydantic import BaseModel

from helpers.mock_endpoint import MockConfig, RunningEndpoint, start
from helpers.mock_endpoint.api.replies import FINGERPRINT

HELLO: Any = [{"role": "user", "content": "Hello"}]


@pytest.fixture(scope="module")
def endpoint():
    with start(MockConfig(seed=11)) as running:
        yield running


@pytest.fixture(scope="module")
def client(endpoint: RunningEndpoint):
    return openai.OpenAI(base_url=endpoint.url, api_key="workbook", max_retries=0)


@pytest.fixture(scope="module")
def azure(endpoint: RunningEndpoint):
    return openai.AzureOpenAI(
        azure_endpoint=endpoint.url.removesuffix("/v1"), api_version="2024-10-21", api_key="workbook", max_retries=0
    )


def strict(model: type[BaseModel], reply: BaseModel) -> None:
    """The reply holds what the SDK's type requires, in the right types, and nothing the type does not know."""
    model.model_validate(reply.model_dump(), strict=True)
    assert not reply.model_extra


# --- chat ----------------------------------------------------------------------------------------------------------


def test_a_chat_completion_is_complete_in_the_sdks_own_type(client):
    reply = client.chat.completions.create(model="sim-large", messages=HELLO)
    strict(ChatCompletion, reply)
    assert reply.object == "chat.completion"
    assert reply.choices[0].message.role == "assistant"
    assert reply.choices[0].finish_reason == "stop"
    assert reply.usage.total_tokens == reply.usage.prompt_tokens + reply.usage.completion_tokens


def test_every_reply_says_that_it_is_simulated(client):
    raw = client.chat.completions.with_raw_response.create(model="gpt-4o", messages=HELLO)
    assert raw.headers["x-workbook-simulated"] == "true"
    assert raw.headers["x-request-id"].startswith("req_")
    assert raw.headers["openai-processing-ms"].isdigit()
    assert raw.parse().system_fingerprint == FINGERPRINT
    assert "simulated" in FINGERPRINT


@pytest.mark.parametrize(
    ("asked", "answers"),
    [
        ("sim-large", "sim-large"),
        ("gpt-6-sol", "sim-large"),
        ("gpt-4o", "sim-large"),
        ("gpt-5-mini", "sim-small"),
        ("gpt-4.1-nano", "sim-small"),
    ],
)
def test_known_model_names_are_aliases_and_the_reply_names_what_answered(client, asked, answers):
    assert client.chat.completions.create(model=asked, messages=HELLO).model == answers


def test_a_stream_adds_up_to_the_plain_reply(client):
    asked = dict(model="sim-large", messages=[{"role": "user", "content": "Say: Olá, 世界 😀!"}], seed=5)
    whole = client.chat.completions.create(**asked)
    chunks = list(client.chat.completions.create(**asked, stream=True, stream_options={"include_usage": True}))
    text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert text == whole.choices[0].message.content == "Olá, 世界 😀!"
    assert chunks[0].choices[0].delta.role == "assistant"
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert chunks[-1].choices == [] and chunks[-1].usage == whole.usage
    assert all(chunk.usage is None for chunk in chunks[:-1])
    assert len({chunk.id for chunk in chunks}) == 1


def test_a_stream_without_the_option_has_no_usage(client):
    chunks = list(client.chat.completions.create(model="sim-large", messages=HELLO, stream=True))
    assert all(chunk.usage is None and chunk.choices for chunk in chunks)


def test_a_stream_ends_with_done_on_the_wire(endpoint):
    body = {"model": "sim-large", "messages": HELLO, "stream": True}
    reply = httpx2.post(
        f"{endpoint.url}/chat/completions", json=body, headers={"Authorization": "Bearer workbook"}, timeout=30
    )
    events = reply.text.strip().split("\n\n")
    assert reply.headers["content-type"].startswith("text/event-stream")
    assert all(event.startswith("data: ") for event in events)
    assert events[-1] == "data: [DONE]"
    assert "usage" not in json.loads(events[0].removeprefix("data: "))


@pytest.mark.parametrize("limit", ["max_tokens", "max_completion_tokens"])
def test_a_reply_is_cut_at_its_most_tokens(client, limit):
    asked = [{"role": "user", "content": "Say: one two three four five six"}]
    reply = client.chat.completions.create(model="sim-large", messages=asked, **{limit: 3})
    assert reply.choices[0].message.content == "one two three"
    assert reply.choices[0].finish_reason == "length"
    assert reply.usage.completion_tokens == 3


def test_a_reply_ends_before_a_stop_sequence(client):
    asked = [{"role": "user", "content": "Say: red, green, blue"}]
    for stop in (", green", ["blue", ", green"]):
        reply = client.chat.completions.create(model="sim-large", messages=asked, stop=stop)
        assert reply.choices[0].message.content == "red"
        assert reply.choices[0].finish_reason == "stop"
    unstopped = client.chat.completions.create(model="sim-large", messages=asked, stop=[])
    assert unstopped.choices[0].message.content == "red, green, blue"


def test_n_choices_share_one_prompt_in_the_usage(client):
    one = client.chat.completions.create(model="sim-large", messages=HELLO, temperature=0)
    three = client.chat.completions.create(model="sim-large", messages=HELLO, temperature=0, n=3)
    assert [choice.index for choice in three.choices] == [0, 1, 2]
    assert three.usage.prompt_tokens == one.usage.prompt_tokens
    assert three.usage.completion_tokens == 3 * one.usage.completion_tokens


def test_content_may_come_in_parts_and_null_parameters_count_as_absent(client):
    parts = [{"role": "user", "content": [{"type": "text", "text": "Say: ready"}]}]
    reply = client.chat.completions.create(
        model="sim-large", messages=parts, extra_body={"temperature": None, "stop": None, "max_tokens": None, "n": None}
    )
    assert reply.choices[0].message.content == "ready"


def test_the_async_client_streams_many_at_once_without_mixing_them(endpoint):
    async def one(client: openai.AsyncOpenAI, number: int) -> str:
        asked: Any = [{"role": "user", "content": f"Say: reply number {number}"}]
        stream = await client.chat.completions.create(model="sim-large", messages=asked, stream=True)
        return "".join([chunk.choices[0].delta.content or "" async for chunk in stream])

    async def many() -> list[str]:
        async with openai.AsyncOpenAI(base_url=endpoint.url, api_key="workbook") as client:
            return await asyncio.gather(*(one(client, i) for i in range(24)))

    assert asyncio.run(many()) == [f"reply number {i}" for i in range(24)]


# --- models and embeddings -----------------------------------------------------------------------------------------


def test_models_are_listed_and_found_by_name(client):
    assert [model.id for model in client.models.list()] == ["sim-large", "sim-small", "sim-embedding"]
    assert client.models.retrieve("sim-small").id == "sim-small"
    assert client.models.retrieve("text-embedding-3-small").id == "sim-embedding"


def test_embeddings_are_unit_vectors_in_the_order_of_the_inputs(client):
    texts = ["the harbour is closed", "bread and butter", "the harbour is closed"]
    reply = client.embeddings.create(model="text-embedding-3-small", input=texts)
    vectors = np.array([row.embedding for row in reply.data])
    assert [row.index for row in reply.data] == [0, 1, 2]
    assert vectors.shape == (3, 384)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert (vectors[0] == vectors[2]).all() and not np.allclose(vectors[0], vectors[1])
    assert reply.usage.prompt_tokens == reply.usage.total_tokens > 0


def test_base64_carries_the_same_numbers_as_floats(client):
    asked = dict(model="sim-embedding", input="the same text")
    floats = client.embeddings.create(**asked, encoding_format="float").data[0].embedding
    coded = client.embeddings.create(**asked, encoding_format="base64").data[0].embedding
    assert isinstance(coded, str)
    assert np.array_equal(np.frombuffer(base64.b64decode(coded), dtype="<f4"), np.array(floats, dtype="<f4"))


def test_fewer_dimensions_are_the_first_ones_brought_back_to_length_one(client):
    asked = dict(model="sim-embedding", input="a text to shorten")
    whole = np.array(client.embeddings.create(**asked).data[0].embedding)
    short = np.array(client.embeddings.create(**asked, dimensions=64).data[0].embedding)
    assert short.shape == (64,)
    assert np.allclose(short, whole[:64] / np.linalg.norm(whole[:64]), atol=1e-6)


def test_token_ids_stand_for_their_text(client):
    from helpers.mock_endpoint.text import tokens

    text = "Café hours: 9 to 5"
    ids = tokens.encode(text)
    by_text = client.embeddings.create(model="sim-embedding", input=text)
    for given in (ids, [ids]):
        by_ids = client.embeddings.create(model="sim-embedding", input=given)
        assert by_ids.data[0].embedding == by_text.data[0].embedding
        assert by_ids.usage == by_text.usage


# --- Azure ---------------------------------------------------------------------------------------------------------


def test_azures_deployment_routes_answer_chat_and_embeddings(azure):
    reply = azure.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": "Say: from Azure"}])
    assert reply.choices[0].message.content == "from Azure"
    assert len(azure.embeddings.create(model="text-embedding-3-large", input="x").data[0].embedding) == 384


def test_azures_v1_route_takes_a_bearer_or_an_api_key(endpoint):
    root = endpoint.url.removesuffix("/v1")
    client = openai.OpenAI(base_url=f"{root}/openai/v1/", api_key="workbook")
    assert client.chat.completions.create(model="sim-small", messages=HELLO).model == "sim-small"
    listed = httpx2.get(f"{root}/openai/v1/models", headers={"api-key": "workbook"})
    assert listed.status_code == 200


def test_a_deployment_may_have_a_name_of_its_own():
    with start(MockConfig(deployments={"claims-chat": "sim-small"})) as running:
        client = openai.AzureOpenAI(
            azure_endpoint=running.url.removesuffix("/v1"), api_version="2024-10-21", api_key="workbook"
        )
        assert client.chat.completions.create(model="claims-chat", messages=HELLO).model == "sim-small"


# --- LangChain -----------------------------------------------------------------------------------------------------


def test_langchains_chat_model_invokes_streams_and_counts(endpoint):
    from langchain_openai import ChatOpenAI

    chat = ChatOpenAI(model="sim-large", base_url=endpoint.url, api_key="workbook", stream_usage=True)
    message = chat.invoke([("system", "You are Rex."), ("human", "Say: hello from a chain")])
    assert message.text == "hello from a chain"
    assert message.response_metadata["model_name"] == "sim-large"
    chunks = list(chat.stream("Say: in pieces, please"))
    assert "".join(chunk.text for chunk in chunks) == "in pieces, please"
    assert sum(c.usage_metadata["output_tokens"] for c in chunks if c.usage_metadata) > 1


@pytest.mark.parametrize("as_tokens", [True, False])
def test_langchains_embeddings_give_the_same_vectors_as_text_and_as_tokens(endpoint, client, as_tokens):
    from langchain_openai import OpenAIEmbeddings

    from helpers.offline_encodings import use_offline_encodings

    use_offline_encodings()
    embeddings = OpenAIEmbeddings(
        # An OpenAI name, because LangChain picks the encoding by it; o200k_base is what the endpoint reads.
        model="sim-embedding",
        tiktoken_model_name="gpt-4o",
        base_url=endpoint.url,
        api_key="workbook",
        check_embedding_ctx_length=as_tokens,
    )
    texts = ["ferries leave at noon", "a second text"]
    direct = client.embeddings.create(model="sim-embedding", input=texts)
    assert np.allclose(embeddings.embed_documents(texts), [row.embedding for row in direct.data], atol=1e-6)
