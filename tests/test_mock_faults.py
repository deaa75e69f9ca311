"""The offline endpoint's injected faults and its latency, as the clients meet them."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import openai
import pytest
from starlette.testclient import TestClient

from helpers.mock_endpoint import Behaviour, MockConfig, create_app, start

HELLO: Any = [{"role": "user", "content": "What is a token?"}]
KEY = {"Authorization": "Bearer workbook"}
CHAT = "/v1/chat/completions"


@contextmanager
def client(*, retries: int = 0, seed: int | None = None, **behaviour: Any) -> Iterator[openai.OpenAI]:
    with start(MockConfig(seed=seed, behaviour=Behaviour(**behaviour))) as endpoint:
        yield openai.OpenAI(base_url=endpoint.url, api_key="workbook", max_retries=retries, timeout=20)


def create(own: openai.OpenAI, **changes: Any) -> Any:
    return own.chat.completions.create(model="sim-small", messages=HELLO, **changes)


def web(*, seed: int | None = None, **behaviour: Any) -> TestClient:
    return TestClient(create_app(MockConfig(seed=seed, behaviour=Behaviour(**behaviour))))


def post(browser: TestClient, **changes: Any) -> Any:
    return browser.post(CHAT, headers=KEY, json={"model": "sim-small", "messages": HELLO, **changes})


# --- faults --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [500, 503])
def test_server_errors_are_internal_server_errors_and_a_retry_gets_through(status):
    with client(faults=[{"kind": status, "at": 1, "seconds": 0.01}]) as own:
        with pytest.raises(openai.InternalServerError) as caught:
            create(own)
        assert caught.value.status_code == status and caught.value.type == "server_error"
        assert caught.value.response.headers["x-workbook-fault"] == str(status)
        assert create(own).choices[0].message.content
    with client(faults=[{"kind": 503, "at": 1, "seconds": 0.01}], retries=1) as own:
        raw = own.chat.completions.with_raw_response.create(model="sim-small", messages=HELLO)
        assert raw.retries_taken == 1 and "x-workbook-fault" not in raw.headers


def test_a_503_says_when_to_come_again():
    reply = post(web(faults=[{"kind": "503", "seconds": 7.5}]))
    assert (reply.headers["retry-after"], reply.headers["retry-after-ms"]) == ("8", "7500")


def test_a_dropped_connection_is_a_connection_error_that_a_retry_cures():
    with client(faults=[{"kind": "drop", "at": 1}]) as own, pytest.raises(openai.APIConnectionError):
        create(own)
    with client(faults=[{"kind": "drop", "at": 1}], retries=2) as own:
        assert create(own).choices[0].message.content


def test_a_stream_that_is_cut_gives_its_first_events_and_then_a_connection_error():
    with client(faults=[{"kind": "cut", "after_events": 4}], retries=2) as own:
        seen = []
        with pytest.raises(openai.APIConnectionError):
            for chunk in create(own, stream=True):
                seen.append(chunk)
    assert len(seen) == 4


def test_a_whole_reply_that_is_cut_is_a_connection_error():
    with client(faults=[{"kind": "cut"}]) as own, pytest.raises(openai.APIConnectionError):
        own.embeddings.create(model="sim-embedding", input="a text")


def test_malformed_json_reaches_the_client():
    with client(faults=[{"kind": "malformed"}]) as own:
        with pytest.raises(json.JSONDecodeError):
            create(own)
        with pytest.raises(json.JSONDecodeError):
            list(create(own, stream=True))
    reply = post(web(faults=[{"kind": "malformed"}]))
    assert reply.status_code == 200 and reply.headers["content-type"] == "application/json"
    with pytest.raises(json.JSONDecodeError):
        reply.json()


def test_a_cut_stream_is_logged_and_paced_like_any_other():
    latency = {"first_token": 1.0, "tokens_per_second": 100.0, "jitter": 0.0}
    with client(faults=[{"kind": "cut"}], latency=latency, time_scale=100, log=True) as own:
        with pytest.raises(openai.APIConnectionError):
            list(create(own, stream=True))
        log = own.get("/../workbook/log", cast_to=object)
    assert isinstance(log, dict)
    [entry] = log["requests"]
    assert entry["marks"] == ["fault"] and entry["simulated_ms"] > 1000 and entry["stream"]


def test_an_async_client_meets_the_same():
    async def errors_of(kind: str) -> BaseException:
        with start(MockConfig(behaviour=Behaviour(faults=[{"kind": kind}]))) as endpoint:
            async with openai.AsyncOpenAI(base_url=endpoint.url, api_key="workbook", max_retries=0) as own:
                with pytest.raises(openai.APIError) as caught:
                    async for _ in await own.chat.completions.create(model="sim-small", messages=HELLO, stream=True):
                        pass
                return caught.value

    assert isinstance(asyncio.run(errors_of("cut")), openai.APIConnectionError)
    assert isinstance(asyncio.run(errors_of("500")), openai.InternalServerError)


def test_slow_makes_a_client_with_a_short_timeout_give_up():
    with client(faults=[{"kind": "slow", "seconds": 100, "at": 1}], time_scale=100) as own:
        with pytest.raises(openai.APITimeoutError):
            own.with_options(timeout=0.1).chat.completions.create(model="sim-small", messages=HELLO)
        assert create(own).choices
    slow = post(web(faults=[{"kind": "slow", "seconds": 50}], time_scale=1000))
    assert slow.status_code == 200 and slow.headers["x-workbook-simulated-ms"] == "50000"


def test_faults_come_at_their_place_every_so_often_or_by_chance():
    def statuses(count: int, **fault: Any) -> list[int]:
        browser = web(seed=5, faults=[{"kind": 500, **fault}])
        return [post(browser, max_tokens=1).status_code for _ in range(count)]

    assert statuses(5, at=[2, 4]) == [200, 500, 200, 500, 200]
    assert statuses(6, every=3) == [200, 200, 500] * 2
    by_chance = statuses(60, probability=0.3)
    assert 6 <= by_chance.count(500) <= 32
    assert by_chance == statuses(60, probability=0.3), "a seed repeats them"
    assert statuses(3, probability=0) == [200] * 3


def test_every_route_has_its_faults():
    browser = web(faults=[{"kind": 500}])
    assert browser.post("/v1/embeddings", headers=KEY, json={"model": "sim-embedding", "input": "a"}).status_code == 500
    assert browser.post("/openai/v1/chat/completions", headers=KEY, json={}).status_code == 500
    assert browser.get("/v1/models", headers=KEY).status_code == 200, "a list of models is no request to a model"


# --- latency -------------------------------------------------------------------------------------------------------

STEADY = {"first_token": 2.0, "tokens_per_second": 10.0, "prompt_tokens_per_second": 100.0, "jitter": 0.0}


def test_a_reply_takes_its_prompts_and_its_own_tokens():
    reply = post(web(latency=STEADY, time_scale=1000), max_tokens=8)
    usage = reply.json()["usage"]
    expected = 2.0 + usage["prompt_tokens"] / 100 + usage["completion_tokens"] / 10
    assert reply.headers["x-workbook-simulated-ms"] == reply.headers["openai-processing-ms"] == f"{expected * 1000:.0f}"


def test_it_really_waits_and_a_stream_is_paced():
    with client(latency={"first_token": 0.15, "tokens_per_second": 200, "jitter": 0}) as own:
        create(own, stream=True).close()  # what is loaded on the first request is no latency
        began = time.perf_counter()
        with own.chat.completions.with_streaming_response.create(
            model="sim-small", messages=HELLO, max_tokens=10, stream=True, temperature=0
        ) as raw:
            until_headers = time.perf_counter() - began
            lines = [line for line in raw.iter_lines() if line]
        whole = time.perf_counter() - began
    assert until_headers >= 0.15 and whole >= until_headers + 9 / 200 and lines[-1] == "data: [DONE]"


def test_a_thousand_tokens_of_prompt_are_read_before_the_first_is_written_and_cached_ones_are_not():
    browser = web(latency=STEADY, time_scale=10_000, prompt_caching=True, prompt_cache_seconds=1e6)
    long: Any = [{"role": "user", "content": "A measured sentence about pumps and valves. " * 250}]
    first, second = (post(browser, messages=long, max_tokens=1) for _ in range(2))
    cached = second.json()["usage"]["prompt_tokens_details"]["cached_tokens"]
    saved = int(first.headers["x-workbook-simulated-ms"]) - int(second.headers["x-workbook-simulated-ms"])
    assert cached >= 1024 and saved == cached * 10


def test_jitter_repeats_with_a_seed_and_varies_within_a_run():
    def milliseconds(seed: int) -> list[str]:
        browser = web(seed=seed, latency={**STEADY, "jitter": 0.3}, time_scale=10_000)
        return [post(browser, max_tokens=1).headers["x-workbook-simulated-ms"] for _ in range(5)]

    assert milliseconds(1) == milliseconds(1) != milliseconds(2)
    assert len(set(milliseconds(1))) == 5


def test_errors_and_lists_come_at_once_and_embeddings_by_their_length():
    browser = web(latency=STEADY, time_scale=1000)
    assert "x-workbook-simulated-ms" not in post(browser, temperature=7).headers
    assert "x-workbook-simulated-ms" not in browser.get("/v1/models", headers=KEY).headers
    embedded = browser.post("/v1/embeddings", headers=KEY, json={"model": "sim-embedding", "input": "pump " * 100})
    tokens = embedded.json()["usage"]["prompt_tokens"]
    assert embedded.headers["x-workbook-simulated-ms"] == str(2000 + tokens * 10)


def test_waiting_replies_hold_no_thread():
    async def all_of_them(url: str) -> list[Any]:
        async with openai.AsyncOpenAI(base_url=url, api_key="workbook") as own:
            return await asyncio.gather(
                *(own.embeddings.create(model="sim-embedding", input="one text") for _ in range(100))
            )

    # One after the other, or on a pool of 40 threads, these would take more than half a second.
    with start(MockConfig(behaviour=Behaviour(latency={**STEADY, "first_token": 20.0}, time_scale=100))) as endpoint:
        began = time.perf_counter()
        assert len(asyncio.run(all_of_them(endpoint.url))) == 100
        assert time.perf_counter() - began >= 0.2
