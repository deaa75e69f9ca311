"""The ledger sees every call and counts what the reply says; a budget stops the call before it is sent."""

import asyncio
import json

import httpx2
import pytest

import helpers.ledger as ledger_module
from helpers import prices
from helpers.connection.clients import AsyncClient, Client
from helpers.ledger import BudgetExceeded, Ledger, estimated_usd

USAGE = {
    "prompt_tokens": 100,
    "completion_tokens": 10,
    "total_tokens": 110,
    "prompt_tokens_details": {"cached_tokens": 40},
}
REPLY = {
    "id": "c",
    "object": "chat.completion",
    "created": 0,
    "model": "gpt-5.4",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "hi"}}],
    "usage": USAGE,
}
CHUNK = {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "gpt-5.4"}
STREAM = [
    {**CHUNK, "choices": [{"index": 0, "delta": {"role": "assistant", "content": "hi"}, "finish_reason": None}]},
    {**CHUNK, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
    {**CHUNK, "choices": [], "usage": USAGE},
]
MESSAGES = [{"role": "user", "content": "hi"}]


class Chunks(httpx2.SyncByteStream, httpx2.AsyncByteStream):
    def __init__(self, chunks):
        self.chunks = chunks

    def __iter__(self):
        yield from self.chunks

    async def __aiter__(self):
        for chunk in self.chunks:
            yield chunk


def answer(request: httpx2.Request) -> httpx2.Response:
    if json.loads(request.content).get("stream"):
        lines = [f"data: {json.dumps(event)}\n\n".encode() for event in STREAM] + [b"data: [DONE]\n\n"]
        return httpx2.Response(200, stream=Chunks(lines), headers={"content-type": "text/event-stream"})
    return httpx2.Response(200, json=REPLY)


@pytest.fixture
def ledger():
    return Ledger()


def client(ledger, handler=answer, **options):
    import openai

    http = Client(ledger, transport=httpx2.MockTransport(handler))
    return openai.OpenAI(api_key="k", base_url="http://unit.test/v1", http_client=http, **options)


def test_a_call_is_priced_by_the_usage_it_states(ledger):
    client(ledger).chat.completions.create(model="gpt-5.4", messages=MESSAGES)
    (call,) = ledger.calls
    assert (call.input_tokens, call.output_tokens, call.cached_tokens, call.status) == (100, 10, 40, 200)
    assert call.usd == pytest.approx((60 * 2.5 + 40 * 0.25 + 10 * 15) / 1e6)
    assert not call.simulated


def test_a_stream_is_recorded_when_it_has_been_read(ledger):
    options = {"stream": True, "stream_options": {"include_usage": True}}
    for _ in client(ledger).chat.completions.create(model="gpt-5.4", messages=MESSAGES, **options):
        assert ledger.calls == []
    assert [(call.input_tokens, call.output_tokens) for call in ledger.calls] == [(100, 10)]


def test_a_stream_that_is_left_early_is_recorded_once(ledger):
    stream = client(ledger).chat.completions.create(model="gpt-5.4", messages=MESSAGES, stream=True)
    next(iter(stream))
    stream.close()
    stream.close()
    assert len(ledger.calls) == 1


def test_an_async_call_and_an_async_stream_are_recorded(ledger):
    import openai

    async def ask():
        http = AsyncClient(ledger, transport=httpx2.MockTransport(answer))
        async with openai.AsyncOpenAI(api_key="k", base_url="http://unit.test/v1", http_client=http) as asking:
            await asking.chat.completions.create(model="gpt-5.4", messages=MESSAGES)
            async for _ in await asking.chat.completions.create(model="gpt-5.4", messages=MESSAGES, stream=True):
                pass

    asyncio.run(ask())
    assert [call.input_tokens for call in ledger.calls] == [100, 100]


def test_a_refused_call_is_recorded_without_tokens(ledger):
    import openai

    def refuse(request):
        return httpx2.Response(401, json={"error": {"message": "no", "code": "invalid_api_key"}})

    with pytest.raises(openai.AuthenticationError):
        client(ledger, refuse).chat.completions.create(model="gpt-5.4", messages=MESSAGES)
    assert [(call.status, call.input_tokens) for call in ledger.calls] == [(401, 0)]
    assert "Refused: 1 (status 401)" in repr(ledger) and "| gpt-5.4 |" not in repr(ledger)


def test_a_budget_stops_the_call_before_it_is_sent_and_without_retries():
    sent = []

    def count(request):
        sent.append(request)
        return answer(request)

    ledger = Ledger(budget_usd=0.02)
    asking = client(ledger, count)
    with pytest.raises(BudgetExceeded, match="was not sent"):
        for _ in range(100):
            asking.chat.completions.create(model="gpt-5.4", messages=MESSAGES, max_completion_tokens=1000)
    assert 1 <= len(sent) == len(ledger.calls) < 100
    assert "was not sent" in str(ledger.stopped)
    assert ledger.usd <= 0.02


def test_a_budget_without_a_price_sends_nothing():
    asking = client(Ledger(budget_usd=1.0), lambda request: pytest.fail("was sent"))
    with pytest.raises(BudgetExceeded, match=r"prices\.toml"):
        asking.chat.completions.create(model="nobody-knows-me", messages=MESSAGES)


def test_a_price_that_is_unknown_is_said_and_not_guessed(ledger):
    def other(request):
        return httpx2.Response(200, json={**REPLY, "model": "nobody-knows-me"})

    client(ledger, other).chat.completions.create(model="nobody-knows-me", messages=MESSAGES)
    assert ledger.calls[0].usd is None
    assert "price unknown" in repr(ledger)


def test_an_estimate_grows_with_the_input_the_limit_and_n():
    body = {"model": "gpt-5.4", "messages": MESSAGES}
    small = estimated_usd({**body, "max_completion_tokens": 10})
    assert estimated_usd(body) == pytest.approx(small + (ledger_module.ASSUMED_REPLY_TOKENS - 10) * 15 / 1e6)
    assert estimated_usd({**body, "max_completion_tokens": 10, "n": 2}) == pytest.approx(small + 10 * 15 / 1e6)
    longer = {**body, "messages": [{"role": "user", "content": "hi " * 1000}], "max_completion_tokens": 10}
    assert estimated_usd(longer) > small + 900 * 2.5 / 1e6


def test_the_ledger_keeps_no_prompt_no_reply_and_no_key(ledger):
    asking = client(ledger).with_options(api_key="k-planted-4711")
    asking.chat.completions.create(model="gpt-5.4", messages=[{"role": "user", "content": "planted prompt"}])
    everything = repr(ledger) + repr(ledger.calls)
    assert not [word for word in ("planted", "4711", "hi") if word in everything.split()]
    assert "k-planted-4711" not in everything


def test_every_price_has_three_figures_and_a_dated_source():
    assert prices.as_of() <= "2026-11-22" and prices.source()
    for model in ("gpt-5.4", "sim-large", "sim-small", "sim-embedding", "text-embedding-3-large"):
        price = prices.price_of(model)
        assert 0 <= price.cached <= price.input and price.output >= 0
    assert prices.price_of("sim-large").like == "gpt-5.4"


def test_a_dated_model_has_the_price_of_its_family_and_a_longer_name_has_not():
    assert prices.price_of("gpt-5.4-2026-03-05").input == prices.price_of("gpt-5.4").input
    assert prices.price_of("gpt-5.4-mini-2026-03-05").input == prices.price_of("gpt-5.4-mini").input
    with pytest.raises(prices.UnknownPrice):
        prices.price_of("gpt-5.4-ultra")
