"""The offline endpoint's errors: the API's statuses, codes and shapes, whatever the body."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import openai
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

KEY = {"Authorization": "Bearer workbook"}
HELLO: Any = [{"role": "user", "content": "Hello"}]
CHAT = "/v1/chat/completions"
AZURE_CHAT = "/openai/deployments/gpt-4o/chat/completions"


def post(web: TestClient, body: Any, path: str = CHAT, headers: dict[str, str] = KEY) -> tuple[int, dict[str, Any]]:
    reply = web.post(path, json=body, headers=headers)
    return reply.status_code, reply.json().get("error", {})


def chat(**changes: Any) -> dict[str, Any]:
    return {"model": "sim-large", "messages": HELLO} | changes


# --- keys and routes -----------------------------------------------------------------------------------------------


def test_no_key_and_a_wrong_key_are_401(web):
    status, error = post(web, chat(), headers={})
    assert (status, error["code"]) == (401, None)
    status, error = post(web, chat(), headers={"Authorization": "Bearer sk-abcdefghijkl"})
    assert (status, error["code"]) == (401, "invalid_api_key")
    assert "sk-abcdefghijkl" not in error["message"], "an error must not repeat a whole key"


def test_the_sdk_raises_its_own_exceptions(web):
    client = openai.OpenAI(base_url="http://testserver/v1", api_key="wrong-key", http_client=web, max_retries=0)
    with pytest.raises(openai.AuthenticationError):
        client.chat.completions.create(model="sim-large", messages=HELLO)
    client = client.with_options(api_key="workbook")
    with pytest.raises(openai.NotFoundError) as missing:
        client.chat.completions.create(model="gpt-4o-mimi", messages=HELLO)
    assert missing.value.code == "model_not_found"
    with pytest.raises(openai.BadRequestError) as bad:
        client.chat.completions.create(model="sim-large", messages=HELLO, temperature=3)
    assert bad.value.param == "temperature"


def test_azure_answers_errors_in_its_own_shape(web):
    for headers in ({"api-key": "wrong"}, {}, {"Authorization": "Bearer wrong"}):
        status, error = post(web, chat(), f"{AZURE_CHAT}?api-version=2024-10-21", headers)
        assert (status, error["code"]) == (401, "401")
        assert set(error) == {"code", "message"}
    unknown = "/openai/deployments/nobody/chat/completions?api-version=2024-10-21"
    assert post(web, chat(), unknown, {"api-key": "workbook"})[1]["code"] == "DeploymentNotFound"
    assert post(web, chat(model="nobody"), "/openai/v1/chat/completions")[1]["code"] == "DeploymentNotFound"
    status, error = post(web, chat(), AZURE_CHAT, {"api-key": "workbook"})
    assert (status, error) == (404, {"code": "404", "message": "Resource not found"})


def test_unknown_routes_and_wrong_methods_are_errors_in_the_apis_shape(web):
    unknown = web.get("/v1/nothing", headers=KEY)
    assert unknown.status_code == 404 and "Invalid URL (GET /v1/nothing)" in unknown.json()["error"]["message"]
    wrong = web.get(CHAT, headers=KEY)
    assert wrong.status_code == 405 and wrong.json()["error"]["type"] == "invalid_request_error"
    assert web.post(f"{CHAT}/", json=chat(), headers=KEY).status_code == 404
    assert wrong.headers["x-workbook-simulated"] == "true"


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b'{"a": NaN}', b"[" * 100_000, b"hello"])
def test_a_body_that_is_not_json_is_400(web, body):
    reply = web.post(CHAT, content=body, headers=KEY)
    assert reply.status_code == 400
    assert "could not parse the JSON body" in reply.json()["error"]["message"]


# --- fields --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"messages": None}, "messages"),
        ({"messages": []}, "messages"),
        ({"messages": "hi"}, "messages"),
        ({"messages": ["hi"]}, "messages[0]"),
        ({"messages": [{"role": "bot", "content": "x"}]}, "messages[0].role"),
        ({"messages": [*HELLO, {"role": "user"}]}, "messages[1].content"),
        ({"messages": [{"role": "user", "content": 3}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": [{"type": "text"}]}]}, "messages[0].content[0].text"),
        ({"messages": [{"role": "user", "content": [{"type": "song"}]}]}, "messages[0].content[0].type"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "messages[0].tool_call_id"),
        ({"model": None}, "model"),
        ({"model": 3}, "model"),
        ({"temperature": "hot"}, "temperature"),
        ({"temperature": -0.1}, "temperature"),
        ({"top_p": 1.5}, "top_p"),
        ({"n": 0}, "n"),
        ({"n": True}, "n"),
        ({"seed": 1.5}, "seed"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_completion_tokens": 1_000_000}, "messages"),
        ({"max_completion_tokens": 20_000}, "max_completion_tokens"),
        ({"stop": ["a", "b", "c", "d", "e"]}, "stop"),
        ({"stop": [1]}, "stop[0]"),
        ({"stream": "yes"}, "stream"),
        ({"stream_options": {"include_usage": True}}, "stream_options"),
        ({"top_logprobs": 3}, "top_logprobs"),
        ({"logprobs": True, "top_logprobs": 21}, "top_logprobs"),
        ({"temprature": 1}, "temprature"),
        ({"response_format": {"type": "xml"}}, "response_format.type"),
    ],
)
def test_a_bad_field_is_400_and_named(web, changes, param):
    body = {key: value for key, value in chat(**changes).items() if value is not None}
    status, error = post(web, body)
    assert (status, error["param"]) == (400, param)
    assert error["type"] == "invalid_request_error" and error["message"]


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"input": []}, "input"),
        ({"input": ""}, "input"),
        ({"input": ["a", ""]}, "input[1]"),
        ({"input": [1.5]}, "input"),
        ({"input": [10**9]}, "input"),
        ({"input": {"a": 1}}, "input"),
        ({"dimensions": 385}, "dimensions"),
        ({"encoding_format": "hex"}, "encoding_format"),
        ({"model": "sim-large"}, "model"),
    ],
)
def test_a_bad_embedding_request_is_400_and_named(web, changes, param):
    status, error = post(web, {"model": "sim-embedding", "input": "x"} | changes, "/v1/embeddings")
    assert (status, error["param"]) == (400, param)


def test_an_embedding_model_does_not_chat(web):
    assert post(web, chat(model="sim-embedding"))[1]["code"] == "OperationNotSupported"


def test_what_is_not_simulated_is_refused_and_not_ignored(web):
    tool = {"type": "custom", "custom": {"name": "f"}}
    for changes in ({"tools": [tool]}, {"logit_bias": {"50256": -100}}):
        status, error = post(web, chat(**changes))
        assert (status, error["code"]) == (400, "not_simulated")


def test_a_prompt_over_the_context_window_is_refused_with_the_counts(web):
    long = "word " * 16_400
    status, error = post(web, chat(model="sim-small", messages=[{"role": "user", "content": long}]))
    assert (status, error["code"], error["param"]) == (400, "context_length_exceeded", "messages")
    assert "16384" in error["message"] and "164" in error["message"].split("resulted in")[1]
    status, error = post(web, chat(model="sim-small", max_tokens=16_380))
    assert error["code"] == "context_length_exceeded" and "16380 in the completion" in error["message"]
    status, error = post(web, {"model": "sim-embedding", "input": "word " * 8_200}, "/v1/embeddings")
    assert (status, error["code"]) == (400, "context_length_exceeded")


# --- anything at all -----------------------------------------------------------------------------------------------

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
mark_up = st.sampled_from(
    [
        "[1] ",
        '"""',
        "```",
        "<doc>",
        "</doc>",
        "---\n",
        "Text: ",
        "Label:",
        "- a: b\n",
        "one of: a, b or c",
        "?",
        " if not, say ",
    ]
)
texts = st.lists(st.text(max_size=12) | mark_up, max_size=12).map("".join)
messages = st.lists(
    st.fixed_dictionaries(
        {"role": st.sampled_from(["system", "user", "assistant", "developer"]), "content": texts},
        optional={"name": st.text(max_size=5) | json_values},
    )
    | json_values,
    max_size=4,
)
bodies = st.fixed_dictionaries(
    {"model": st.sampled_from(["sim-large", "sim-small"]) | json_values, "messages": messages},
    optional={
        "temperature": st.floats(0, 2) | json_values,
        "top_p": st.floats(0, 1) | json_values,
        "n": st.integers(1, 3) | json_values,
        "stop": st.lists(st.text(max_size=3), max_size=4) | json_values,
        "max_tokens": st.integers(1, 50) | json_values,
        "seed": st.integers() | json_values,
        "stream": st.booleans() | json_values,
        "logprobs": st.booleans() | json_values,
        "top_logprobs": st.integers(0, 20) | json_values,
        "response_format": json_values,
        "tools": json_values,
        "stream_options": json_values,
    },
)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(body=bodies | json_values)
def test_no_chat_body_whatever_gives_a_500(web, body):
    reply = web.post(CHAT, content=json.dumps(body).encode(), headers=KEY)
    assert reply.status_code in (200, 400, 404), reply.text
    if reply.status_code != 200:
        assert {"message", "type", "param", "code"} == set(reply.json()["error"])


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(body=st.fixed_dictionaries({"model": st.just("sim-embedding"), "input": json_values | texts}))
def test_no_embedding_body_whatever_gives_a_500(web, body):
    assert web.post("/v1/embeddings", content=json.dumps(body).encode(), headers=KEY).status_code in (200, 400)


def test_half_a_character_in_json_is_no_problem(web):
    body = b'{"model": "sim-large", "messages": [{"role": "user", "content": "Say: \\ud83d!"}]}'
    assert web.post(CHAT, content=body, headers=KEY).status_code == 200


def test_httpx2_is_what_the_sdk_speaks():
    # The test client stands in for the SDK's transport above; it can only do so while both are of the same library.
    assert issubclass(TestClient, httpx2.Client)
