"""A connection that fails says what happened, where, and what to do next; the ledger has it, and nothing hangs."""

import asyncio
import threading
import time

import openai
import pytest

from helpers.endpoint import connect
from helpers.settings import Settings
from tests.live_stand_in import live_server


@pytest.fixture
def live():
    with live_server() as server:
        yield server


def endpoint_at(url: str, more: str = "", **options):
    text = f"WORKBOOK_PROFILE=compatible\nWORKBOOK_BASE_URL={url}\nWORKBOOK_API_KEY=none-at-all\n"
    names = "WORKBOOK_CHAT_LARGE=gpt-5.4\nWORKBOOK_CHAT_SMALL=gpt-5.4-mini\nWORKBOOK_EMBEDDING=text-embedding-3-small\n"
    return connect(settings=Settings.from_text(text + names + more), quiet=True, **options)


def ask(endpoint, words, **options):
    messages = [{"role": "user", "content": words}]
    return endpoint.client.chat.completions.create(model=endpoint.chat_large, messages=messages, **options)


def test_a_dead_endpoint_is_named_with_the_cause_and_the_next_step():
    dead = endpoint_at("http://127.0.0.1:9/v1")
    dead.client = dead.client.with_options(max_retries=0)
    with pytest.raises(openai.APIConnectionError) as caught:
        ask(dead, "hello")
    said = str(caught.value)
    assert said.startswith("Connection error.") and "127.0.0.1:9" in said and "refused" in said
    assert "workbook doctor" in said and caught.value.__cause__ is not None
    (call,) = dead.ledger.calls
    assert (call.ended, call.status, call.usd) == ("unsent", 0, 0.0)


def test_langchain_says_the_same():
    dead = endpoint_at("http://127.0.0.1:9/v1")
    with pytest.raises(openai.APIConnectionError, match=r"127\.0\.0\.1:9: nothing listens"):
        dead.chat_model(max_retries=0).invoke("hello")


def test_an_async_client_says_the_same():
    dead = endpoint_at("http://127.0.0.1:9/v1")

    async def run():
        messages = [{"role": "user", "content": "hello"}]
        async with dead.async_client.with_options(max_retries=0) as asking:
            await asking.chat.completions.create(model="gpt-5.4", messages=messages)

    with pytest.raises(openai.APIConnectionError, match="workbook doctor"):
        asyncio.run(run())


def test_the_words_of_clients_that_are_not_ours_stay_as_they_are():
    with pytest.raises(openai.APIConnectionError) as caught:
        openai.OpenAI(base_url="http://127.0.0.1:9/v1", api_key="none", max_retries=0).models.list()
    assert str(caught.value) == "Connection error."


def test_a_stream_that_is_cut_after_two_chunks_is_explained_recorded_and_can_be_asked_again(live):
    endpoint = endpoint_at(live.url)
    came = []
    with pytest.raises(openai.APIConnectionError) as caught:
        for chunk in ask(endpoint, "cut", stream=True):
            came.append(chunk.choices[0].delta.content)
    assert came == ["One ", "two "]
    assert "the stream broke off after 2 events" in str(caught.value)
    (call,) = endpoint.ledger.calls
    assert (call.ended, call.status, call.streamed, call.counted) == ("cut", 200, True, True)
    assert call.output_tokens > 0 and call.first_byte is not None
    assert "".join(chunk.choices[0].delta.content or "" for chunk in ask(endpoint, "again", stream=True)).strip()
    assert endpoint.ledger.calls[-1].ended == "whole"
    assert "1 broke off within the reply" in repr(endpoint.ledger)


def test_langchain_and_asyncio_are_told_of_a_cut_stream_too(live):
    endpoint = endpoint_at(live.url)
    with pytest.raises(openai.APIConnectionError, match="after 2 events"):
        list(endpoint.chat_model().stream("cut"))

    async def run():
        messages = [{"role": "user", "content": "cut"}]
        async for _ in await endpoint.async_client.chat.completions.create(
            model="gpt-5.4", messages=messages, stream=True
        ):
            pass

    with pytest.raises(openai.APIConnectionError, match="after 2 events"):
        asyncio.run(run())
    assert [call.ended for call in endpoint.ledger.calls] == ["cut", "cut"]


def test_a_stream_that_closes_in_order_before_its_reply_is_complete_is_no_less_cut():
    import httpx2

    from helpers.connection.clients import Client
    from helpers.ledger import Ledger

    half = b'data: {"id": "c", "model": "gpt-5.4", "choices": [{"index": 0, "delta": {"content": "hi"}}]}\n\n'

    def answer(request):
        return httpx2.Response(200, content=iter([half]), headers={"content-type": "text/event-stream"})

    ledger = Ledger()
    http = Client(ledger, transport=httpx2.MockTransport(answer))
    client = openai.OpenAI(api_key="k", base_url="http://unit.test/v1", http_client=http)
    with pytest.raises(openai.APIConnectionError, match="the stream broke off after 1 event: "):
        list(client.chat.completions.create(model="gpt-5.4", messages=[], stream=True))
    assert [call.ended for call in ledger.calls] == ["cut"]


def test_a_reply_cut_in_half_is_lost_and_tried_again_by_the_client(live):
    endpoint = endpoint_at(live.url)
    with pytest.raises(openai.APIConnectionError, match="ended before an answer was whole, after 3 tries"):
        ask(endpoint, "half")
    assert [(call.ended, call.attempt) for call in endpoint.ledger.calls] == [("lost", 1), ("lost", 2), ("lost", 3)]
    assert "Retries: 2" in repr(endpoint.ledger)


def test_silence_ends_after_the_set_time(live):
    endpoint = endpoint_at(live.url, "WORKBOOK_TIMEOUT=0.3\n")
    endpoint.client = endpoint.client.with_options(max_retries=0)
    began = time.monotonic()
    with pytest.raises(openai.APITimeoutError, match=r"no answer came in time \(0\.3 s\).*workbook doctor"):
        ask(endpoint, "silent")
    assert time.monotonic() - began < 10
    assert endpoint.ledger.calls[0].ended == "lost"


def test_a_wait_that_the_quota_asks_for_is_honoured_and_said(live, capsys):
    endpoint = endpoint_at(live.url)
    began = time.monotonic()
    assert ask(endpoint, "busy").choices
    assert time.monotonic() - began >= 1
    said = capsys.readouterr().out
    assert said.count("Waiting 1 s: the quota is shared (429 from 127.0.0.1)") == 1
    assert [(call.status, call.attempt) for call in endpoint.ledger.calls] == [(429, 1), (200, 2)]


def test_calls_that_wait_together_say_so_once(capsys):
    import httpx2

    from helpers.connection.waiting import WaitingNotice

    notice = WaitingNotice()
    request = httpx2.Request("POST", "http://room.test/v1/chat/completions")
    response = httpx2.Response(429, headers={"retry-after": "12"}, request=request)
    threads = [threading.Thread(target=notice, args=(request, response)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert capsys.readouterr().out.count("Waiting 12 s") == 1


@pytest.mark.parametrize(
    ("headers", "retries", "says"),
    [
        ({"retry-after": "300"}, "0", "No client waits that long"),
        ({"retry-after": "12"}, "2", ""),  # the last try: its error is shown
        ({"retry-after": "soon"}, "0", ""),
        ({"retry-after-ms": "2500"}, "0", "Waiting 2 s"),
        ({"retry-after": "12", "x-should-retry": "false"}, "0", ""),
    ],
)
def test_only_a_wait_that_happens_is_announced(headers, retries, says):
    import httpx2

    from helpers.connection.waiting import sentence

    request = httpx2.Request("POST", "http://room.test/v1/x", headers={"x-stainless-retry-count": retries})
    said = sentence(request, httpx2.Response(429, headers=headers, request=request))
    assert says in said and bool(says) == bool(said)


def test_a_budget_that_is_spent_can_be_read(live):
    endpoint = endpoint_at(live.url, budget_usd=0.000001)
    with pytest.raises(openai.OpenAIError) as caught:
        ask(endpoint, "hello")
    assert "was not sent" in str(caught.value) and "Raise the budget" in str(caught.value) and live.asked == []
