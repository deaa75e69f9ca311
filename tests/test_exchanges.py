"""Exchanges within a block are seen, and replies that were kept are not asked for again."""

import asyncio
import json
import sqlite3

import openai
import pytest

from helpers import connect
from helpers.connection.exchanges import ReplyStore, watch
from helpers.mock_endpoint import behaviour_from


@pytest.fixture
def endpoint():
    return connect("mock", quiet=True)


@pytest.fixture
def store(tmp_path):
    store = ReplyStore(tmp_path / "replies.sqlite")
    yield store
    store.close()


def ask(endpoint, text="What is a token?", **options):
    messages = [{"role": "user", "content": text}]
    reply = endpoint.client.chat.completions.create(model=endpoint.chat_small, messages=messages, **options)
    return reply.choices[0].message.content


def test_a_block_sees_the_prompt_the_reply_and_what_it_took(endpoint):
    with watch() as exchanges:
        said = ask(endpoint)
    ask(endpoint, "outside")
    assert [e.request["messages"][0]["content"] for e in exchanges] == ["What is a token?"]
    assert exchanges[0].reply["choices"][0]["message"]["content"] == said
    assert exchanges[0].input_tokens > 0 and exchanges[0].usd > 0 and not exchanges[0].kept


def test_langchain_async_and_streams_are_seen_too(endpoint):
    async def several():
        with watch() as exchanges:
            await endpoint.async_client.embeddings.create(model=endpoint.embedding, input="a token")
            await endpoint.chat_model("chat-small").ainvoke("What is a token?")
            async for _ in endpoint.chat_model("chat-small").astream("What is a prompt?"):
                pass
        return exchanges

    found = asyncio.run(several())
    assert [e.path.split("/")[-1] for e in found] == ["embeddings", "completions", "completions"]


def test_two_blocks_at_the_same_time_see_their_own_exchanges_only(endpoint):
    def one(text):
        with watch() as exchanges:
            ask(endpoint, text)
        return [e.request["messages"][0]["content"] for e in exchanges]

    async def both():
        return await asyncio.gather(*(asyncio.to_thread(one, text) for text in ("first", "second")))

    assert asyncio.run(both()) == [["first"], ["second"]]


def test_what_was_kept_is_answered_without_a_call(endpoint, store):
    with watch(kept=store, scope="case 1"):
        first = ask(endpoint)
    calls = len(endpoint.ledger.calls)
    with watch(kept=store, scope="case 1") as exchanges:
        assert ask(endpoint) == first
    assert len(endpoint.ledger.calls) == calls
    assert exchanges[0].kept and exchanges[0].usd == 0


def test_samples_of_one_prompt_are_kept_apart_and_come_back_in_their_order(endpoint, store):
    def samples():
        with watch(kept=store, scope="case 1"):
            return [ask(endpoint, "Say one word.", temperature=1.5) for _ in range(8)]

    first = samples()
    calls = len(endpoint.ledger.calls)
    assert samples() == first and len(store) == 8
    assert len(endpoint.ledger.calls) == calls


def test_another_scope_another_prompt_or_another_option_is_a_new_call(endpoint, store):
    for scope, text, options in (("1", "a", {}), ("2", "a", {}), ("1", "b", {}), ("1", "a", {"temperature": 0})):
        with watch(kept=store, scope=scope) as exchanges:
            ask(endpoint, text, **options)
        assert not exchanges[0].kept
    assert len(store) == 4


def test_an_error_is_not_kept_and_its_retry_takes_its_place(store):
    failing = connect("mock", quiet=True, behaviour=behaviour_from({"faults": [{"kind": "503", "at": [1]}]}))
    with watch(kept=store, scope="1") as exchanges:
        ask(failing)
    assert [e.status for e in exchanges] == [503, 200] and len(store) == 1
    with watch(kept=store, scope="1") as again:
        ask(failing)
    assert again[0].kept


def test_a_budget_that_stops_a_call_leaves_room_for_a_kept_one(store):
    rich = connect("mock", quiet=True)
    with watch(kept=store, scope="1"):
        first = ask(rich)
    poor = connect("mock", quiet=True, budget_usd=0)
    with watch(kept=store, scope="1"):
        assert ask(poor) == first
        with pytest.raises(openai.OpenAIError, match="not sent"):
            ask(poor, "new")


def test_the_store_holds_no_key(endpoint, store, tmp_path):
    with watch(kept=store, scope="1"):
        ask(endpoint)
    rows = sqlite3.connect(tmp_path / "replies.sqlite").execute("SELECT headers FROM replies").fetchall()
    assert "authorization" not in json.dumps(rows).lower() and "workbook" not in json.loads(rows[0][0]).values()
