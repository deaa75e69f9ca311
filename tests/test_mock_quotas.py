"""The offline endpoint's limits: requests and tokens a minute, a token budget, and how clients meet them."""

from __future__ import annotations

import asyncio
import concurrent.futures
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from starlette.testclient import TestClient

from helpers.mock_endpoint import Behaviour, MockConfig, create_app, start
from helpers.mock_endpoint.behaviour.quota import duration, estimated_tokens

CHAT = "/v1/chat/completions"
AZURE_CHAT = "/openai/deployments/sim-small/chat/completions?api-version=2024-10-21"
HELLO: Any = [{"role": "user", "content": "Hello"}]


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def served(clock: Clock, *, config: MockConfig | None = None, **behaviour: Any) -> TestClient:
    return TestClient(create_app(config or MockConfig(behaviour=Behaviour(**behaviour)), clock))


def ask(web: TestClient, path: str = CHAT, key: str = "workbook", **body: Any) -> Any:
    headers = {"api-key": key} if "deployments" in path else {"Authorization": f"Bearer {key}"}
    return web.post(path, json={"model": "sim-small", "messages": HELLO, **body}, headers=headers)


# --- the numbers ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (0, "0s"),
        (0.006, "6ms"),
        (1, "1s"),
        (1.5, "1.5s"),
        (60, "1m0s"),
        (90, "1m30s"),
        (3661, "1h1m1s"),
        (0.9999, "1s"),
    ],
)
def test_times_are_written_as_the_api_writes_them(seconds, written):
    assert duration(seconds) == written


@pytest.mark.parametrize(
    ("body", "tokens"),
    [
        ({}, 0),
        ({"messages": [{"role": "user", "content": "x" * 400}]}, 101),
        ({"messages": HELLO, "max_tokens": 50, "n": 3}, 153),
        ({"messages": HELLO, "max_completion_tokens": 7, "max_tokens": 50}, 10),
        ({"input": "x" * 40, "max_output_tokens": 9}, 19),
        ({"input": [1, 2, 3]}, 3),
        (
            {
                "messages": [
                    {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:" + "a" * 9999}}]}
                ]
            },
            4,
        ),
        ({"messages": 7, "max_tokens": "many", "n": True}, 1),
    ],
)
def test_tokens_are_estimated_from_the_request_alone(body, tokens):
    assert estimated_tokens(body) == tokens


# --- limits --------------------------------------------------------------------------------------------------------


def test_requests_over_the_limit_are_429_until_their_time_has_come(clock):
    web = served(clock, requests_per_minute=3)
    first = ask(web)
    assert first.headers["x-ratelimit-limit-requests"] == "3"
    assert first.headers["x-ratelimit-remaining-requests"] == "2"
    assert first.headers["x-ratelimit-reset-requests"] == "20s"
    assert [ask(web).status_code for _ in range(3)] == [200, 200, 429]
    refused = ask(web)
    assert refused.headers["retry-after"] == "21" and 20_000 < int(refused.headers["retry-after-ms"]) <= 20_002
    error = refused.json()["error"]
    assert (error["type"], error["code"]) == ("requests", "rate_limit_exceeded")
    assert "Limit 3, Used 3, Requested 1" in error["message"] and "try again in 20.00" in error["message"]
    clock.now += 19.9
    assert ask(web).status_code == 429
    clock.now += 0.2
    assert ask(web).status_code == 200
    assert ask(web).status_code == 429
    clock.now += 3600
    assert ask(web).headers["x-ratelimit-remaining-requests"] == "2", "no more than a minute's worth is saved up"


def test_waiting_as_long_as_the_header_says_is_enough(clock):
    web = served(clock, requests_per_minute=7, tokens_per_minute=900)
    for _ in range(40):
        reply = ask(web, max_tokens=100)
        if reply.status_code == 429:
            clock.now += int(reply.headers["retry-after-ms"]) / 1000
            assert ask(web, max_tokens=100).status_code == 200


def test_tokens_count_as_estimated_on_arrival(clock):
    web = served(clock, tokens_per_minute=1000)
    reply = ask(web, max_tokens=600)
    assert reply.headers["x-ratelimit-remaining-tokens"] == str(1000 - 603)
    assert "x-ratelimit-limit-requests" not in reply.headers
    refused = ask(web, max_tokens=600)
    assert refused.status_code == 429 and refused.json()["error"]["type"] == "tokens"
    assert ask(web, max_tokens=100).status_code == 200, "what was refused took nothing"
    too_large = ask(web, max_tokens=2000)
    assert "Request too large" in too_large.json()["error"]["message"] and "retry-after" not in too_large.headers


def test_a_request_that_fails_counts_and_a_list_of_models_does_not(clock):
    web = served(clock, requests_per_minute=2)
    assert ask(web, temperature=9).status_code == 400
    models = web.get("/v1/models", headers={"Authorization": "Bearer workbook"})
    assert models.headers["x-ratelimit-remaining-requests"] == "1"
    assert [ask(web).status_code for _ in range(2)] == [200, 429]


def test_azure_says_it_in_its_own_words(clock):
    web = served(clock, requests_per_minute=1)
    assert ask(web, AZURE_CHAT).status_code == 200
    refused = ask(web, AZURE_CHAT)
    error = refused.json()["error"]
    assert error.keys() == {"code", "message"} and error["code"] == "429"
    assert "API version 2024-10-21" in error["message"] and "retry after 61 seconds" in error["message"]
    assert refused.headers["retry-after"] == "61" and "x-ratelimit-reset-requests" in refused.headers


def test_all_who_use_a_key_share_its_limit_and_each_key_has_its_own(clock):
    config = MockConfig(
        keys=frozenset({"a", "b"}),
        behaviour=Behaviour(requests_per_minute=1),
        behaviours={"paid": Behaviour(requests_per_minute=5), "free": Behaviour()},
    )
    web = served(clock, config=config)
    assert [ask(web, key="a").status_code for _ in range(2)] == [200, 429]
    assert [ask(web, key="b").status_code for _ in range(2)] == [200, 429]
    assert [ask(web, key="paid").status_code for _ in range(6)] == [200] * 5 + [429]
    unlimited = [ask(web, key="free") for _ in range(3)]
    assert all(reply.status_code == 200 and "x-ratelimit-limit-requests" not in reply.headers for reply in unlimited)


def test_a_token_budget_that_is_spent_is_insufficient_quota(clock):
    web = served(clock, token_budget=10)
    used = ask(web).json()["usage"]["total_tokens"]
    assert used >= 10
    error = ask(web).json()["error"]
    assert (error["code"], error["type"]) == ("insufficient_quota", "insufficient_quota")
    clock.now += 3600
    assert ask(web).status_code == 429, "time does not cure it"
    assert ask(served(clock, token_budget=0)).status_code == 429


def test_a_scaled_minute_is_over_sooner_and_the_headers_say_real_seconds(clock):
    web = served(clock, requests_per_minute=1, time_scale=60)
    ask(web)
    assert ask(web).headers["retry-after-ms"] == "1001"
    clock.now += 1.001
    assert ask(web).status_code == 200


# --- clients -------------------------------------------------------------------------------------------------------


@pytest.fixture
def quick() -> Iterator[str]:
    """One request in a minute that lasts 0.2 s."""
    with start(MockConfig(behaviour=Behaviour(requests_per_minute=1, time_scale=300))) as endpoint:
        yield endpoint.url


def client(url: str, **options: Any) -> openai.OpenAI:
    return openai.OpenAI(base_url=url, api_key="workbook", **options)


def test_the_openai_client_waits_as_told_and_succeeds(quick):
    own = client(quick, max_retries=5)
    replies = [
        own.chat.completions.with_raw_response.create(model="sim-small", messages=HELLO, max_tokens=2) for _ in range(4)
    ]
    assert sum(reply.retries_taken for reply in replies) >= 1
    assert all(reply.parse().usage for reply in replies)


def test_without_retries_the_client_raises_rate_limit_error():
    with start(MockConfig(behaviour=Behaviour(requests_per_minute=1))) as endpoint:
        own = client(endpoint.url, max_retries=0)
        own.chat.completions.create(model="sim-small", messages=HELLO)
        with pytest.raises(openai.RateLimitError) as caught:
            own.chat.completions.create(model="sim-small", messages=HELLO, stream=True)
    assert caught.value.code == "rate_limit_exceeded"
    assert float(caught.value.response.headers["retry-after"]) > 50


def test_many_at_once_get_exactly_what_the_limit_allows():
    with start(MockConfig(behaviour=Behaviour(requests_per_minute=12))) as endpoint:
        own = client(endpoint.url, max_retries=0)

        def one(_: int) -> bool:
            try:
                own.embeddings.create(model="sim-embedding", input="quota")
            except openai.RateLimitError:
                return False
            return True

        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            assert sum(pool.map(one, range(30))) == 12


def test_an_async_client_and_langchain_back_off_too(quick):
    async def all_of_them() -> list[Any]:
        async with openai.AsyncOpenAI(base_url=quick, api_key="workbook", max_retries=8) as own:
            return await asyncio.gather(
                *(own.chat.completions.create(model="sim-small", messages=HELLO, max_tokens=2) for _ in range(4))
            )

    assert len(asyncio.run(all_of_them())) == 4
    from langchain_openai import ChatOpenAI

    with start(MockConfig(behaviour=Behaviour(requests_per_minute=1))) as endpoint:
        chat = ChatOpenAI(model="sim-small", base_url=endpoint.url, api_key="workbook", max_retries=0)  # type: ignore[arg-type]
        assert chat.invoke("Hello").content
        with pytest.raises(openai.RateLimitError):
            chat.invoke("Hello")
