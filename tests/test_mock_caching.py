"""What the endpoint remembers changes how long a reply takes, never which reply it is; and it is bounded."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any

import pytest
from openai.types import CreateEmbeddingResponse
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from starlette.testclient import TestClient

from helpers.mock_endpoint import MockConfig, completion, create_app
from helpers.mock_endpoint.api import replies
from helpers.mock_endpoint.api.requests import read_chat_request
from helpers.mock_endpoint.remembered import Remembered
from helpers.mock_endpoint.sampling import Randomness
from helpers.mock_endpoint.skills import propose
from tests.sdk_shapes import conforms

PROMPT = (
    "Answer from the passages.\n\nPassages:\n[1] The windmill was built in 1871.\n[2] The bridge was built in 1902.\n"
    "[3] The canal was dug in 1850.\n\nQuestion: When was it built?"
)


def body(text: str = PROMPT, **more: Any) -> dict[str, Any]:
    return {"model": "sim-large", "messages": [{"role": "user", "content": text}], **more}


def texts(**more: Any) -> list[str]:
    asked = read_chat_request(body(**more), MockConfig())
    return [choice.text for choice in completion.complete(asked, Randomness()).choices]


@pytest.fixture(autouse=True)
def nothing_remembered():
    completion._proposals.clear()
    completion._texts.clear()


@pytest.fixture
def proposals(monkeypatch):
    """How often the skills were asked."""
    asked = []

    def counted(prompt, model):
        asked.append(model.name)
        return propose(prompt, model)

    monkeypatch.setattr(completion, "propose", counted)
    return asked


def test_the_same_prompt_is_read_once_however_its_reply_is_drawn(proposals):
    for more in ({"seed": 1}, {"seed": 2}, {"temperature": 0}, {"n": 3}, {"stream": True}, {"max_tokens": 3}):
        texts(**more)
    assert proposals == ["sim-large"]


def test_other_seeds_draw_from_the_distribution_that_a_first_call_would_have():
    remembered = Counter(texts(seed=seed, temperature=2)[0] for seed in range(60))
    fresh: Counter[str] = Counter()
    for seed in range(60):
        completion._proposals.clear()
        fresh[texts(seed=seed, temperature=2)[0]] += 1
    assert remembered == fresh
    assert len(remembered) > 1


@pytest.mark.parametrize(
    "other",
    [
        {"model": "sim-small"},
        {"text": PROMPT + " "},
        {"response_format": {"type": "json_object"}, "text": PROMPT + " As JSON."},
        {"tools": [{"type": "function", "function": {"name": "look_up", "parameters": {"type": "object"}}}]},
        {"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": PROMPT}]},
        {"messages": [{"role": "user", "content": PROMPT[:9]}, {"role": "user", "content": PROMPT}]},
    ],
)
def test_another_model_form_tool_or_message_is_another_prompt(proposals, other):
    texts()
    texts(**other)
    assert len(proposals) == 2


def test_a_tool_choice_is_part_of_the_prompt(proposals):
    tools = [{"type": "function", "function": {"name": "look_up", "parameters": {"type": "object"}}}]
    for choice in ("none", "auto", "required"):
        texts(tools=tools, tool_choice=choice)
    assert len(proposals) == 3


def test_a_reply_over_http_is_the_same_the_second_time():
    with TestClient(create_app()) as client:
        client.headers["authorization"] = "Bearer workbook"
        for more in ({"seed": 5}, {"seed": 5, "n": 2}, {"seed": 5, "logprobs": True, "top_logprobs": 2}):
            first, second = (client.post("/v1/chat/completions", json=body(**more)).json() for _ in range(2))
            assert first["choices"] == second["choices"]
        bad = [client.post("/v1/chat/completions", json=body(seed="x")) for _ in range(2)]
        assert [answer.status_code for answer in bad] == [400, 400]


def test_two_endpoints_in_one_process_do_not_share_what_a_name_means():
    asked = body(model="ours")
    for size in ("sim-small", "sim-large"):
        with TestClient(create_app(MockConfig(deployments={"ours": size}))) as client:
            client.headers["authorization"] = "Bearer workbook"
            assert client.post("/v1/chat/completions", json=asked).json()["model"] == size


# --- the bounds ----------------------------------------------------------------------------------------------------


def test_the_least_recently_used_is_forgotten_first():
    held: Remembered[str, int] = Remembered(entries=2, size=100)
    held.put("a", 1, 1)
    held.put("b", 2, 1)
    assert held.get("a") == 1
    held.put("c", 3, 1)
    assert (held.get("a"), held.get("b"), held.get("c")) == (1, None, 3)


def test_the_size_is_bounded_and_what_is_too_large_is_not_kept():
    held: Remembered[int, str] = Remembered(entries=1000, size=100)
    for i in range(50):
        held.put(i, "x", 20)
    assert len(held) == 5
    held.put(99, "huge", 26)
    assert held.get(99) is None and len(held) == 5
    held.put(49, "smaller", 5)
    held.put(50, "y", 15)
    assert len(held) == 6


def test_many_threads_leave_it_within_its_bounds():
    held: Remembered[int, int] = Remembered(entries=20, size=50)

    def use(start: int) -> None:
        for i in range(start, start + 500):
            held.put(i % 37, i % 37, 1 + i % 3)
            assert held.get(i % 41) in (None, i % 41)

    threads = [threading.Thread(target=use, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(held) <= 20 and held._used == sum(size for _, size in held._held.values()) <= 50


# --- what is built quickly is built right --------------------------------------------------------------------------


@pytest.mark.parametrize("more", [{}, {"logprobs": True, "top_logprobs": 2}, {"n": 2}])
def test_replies_keep_the_types_of_the_openai_package(more):
    asked = read_chat_request(body(**more), MockConfig())
    whole = replies.chat_completion(asked, completion.complete(asked, Randomness()), 1)
    conforms(ChatCompletion, whole.model_dump_json(exclude_unset=True))
    for chunk in replies.chat_chunks(asked, completion.complete(asked, Randomness()), 1):
        conforms(ChatCompletionChunk, chunk.model_dump_json(exclude_unset=True))


def test_vectors_keep_the_types_of_the_openai_package():
    with TestClient(create_app()) as client:
        client.headers["authorization"] = "Bearer workbook"
        for _ in range(2):
            answer = client.post("/v1/embeddings", json={"model": "sim-embedding", "input": ["a b", "c d", "a b"]})
            CreateEmbeddingResponse.model_validate(answer.json(), strict=True)
            data = answer.json()["data"]
            assert data[0]["embedding"] == data[2]["embedding"] != data[1]["embedding"]
