"""Record and replay: what a real endpoint answered wins over what is computed, and no key is ever written down."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import openai
import pytest
from starlette.testclient import TestClient

from helpers.mock_endpoint import Behaviour, MockConfig, create_app, start
from helpers.mock_endpoint.behaviour.recording import Recorded, Recording, digest
from helpers.mock_endpoint.behaviour.scrubbing import scrubbed, scrubbed_events

SECRET = "sk-live-4711-do-not-write-me-down"
HELLO: Any = [{"role": "user", "content": "What is a token?"}]
KEY = {"Authorization": "Bearer workbook"}


@pytest.fixture
def live(monkeypatch):
    """An endpoint that plays the part of the real one, with a key of its own."""
    monkeypatch.setenv("WORKBOOK_UPSTREAM_KEY", SECRET)
    scripts = [
        {"match": "my address", "reply": "Write to ada.lovelace@example.org or call +49 30 901820, please."},
        {"match": "weather", "tool_call": {"name": "weather", "arguments": {"city": "Bern"}}},
    ]
    with start(MockConfig(keys=frozenset({SECRET}), behaviour=Behaviour(scripts=scripts, log=True))) as endpoint:
        yield endpoint


@pytest.fixture
def recorder(live, tmp_path):
    with start(MockConfig(behaviour=Behaviour(record=tmp_path / "tape.jsonl", upstream=live.url))) as endpoint:
        yield openai.OpenAI(base_url=endpoint.url, api_key="workbook", max_retries=0)


def replayer(tape: Path, **behaviour: Any) -> TestClient:
    return TestClient(create_app(MockConfig(behaviour=Behaviour(replay=tape, **behaviour))))


def through(web: TestClient) -> openai.OpenAI:
    return openai.OpenAI(base_url="http://testserver/v1", api_key="workbook", http_client=web, max_retries=0)


def test_a_recorded_reply_comes_back_word_for_word_and_says_so(recorder, tmp_path):
    raw = recorder.chat.completions.with_raw_response.create(model="sim-small", messages=HELLO)
    assert raw.headers["x-workbook-live"] == "true" and "x-workbook-simulated" not in raw.headers
    again = through(replayer(tmp_path / "tape.jsonl")).chat.completions.with_raw_response.create(
        model="sim-small", messages=HELLO
    )
    assert again.headers["x-workbook-replayed"] == "true" and again.headers["x-workbook-simulated"] == "true"
    assert again.parse().id == raw.parse().id and again.text == raw.text


def test_a_stream_is_replayed_as_a_stream(recorder, tmp_path):
    def chunks(own: openai.OpenAI) -> list[str]:
        stream = own.chat.completions.create(
            model="sim-small", messages=HELLO, stream=True, stream_options={"include_usage": True}
        )
        return [chunk.model_dump_json() for chunk in stream]

    first = chunks(recorder)
    assert len(first) > 5 and chunks(through(replayer(tmp_path / "tape.jsonl"))) == first


def test_what_was_not_recorded_is_computed_and_says_so(recorder, tmp_path):
    recorder.embeddings.create(model="sim-embedding", input="pump")
    web = replayer(tmp_path / "tape.jsonl")
    body = {"model": "sim-small", "messages": HELLO}
    reply = web.post("/v1/chat/completions", headers=KEY, json=body)
    assert reply.status_code == 200 and reply.headers["x-workbook-replayed"] == "false"
    assert len(through(web).embeddings.create(model="sim-embedding", input="pump").data[0].embedding) == 384


def test_repeated_calls_are_replayed_in_turn(tmp_path):
    tape = Recording(tmp_path / "tape.jsonl")
    asked = {"model": "m", "messages": HELLO}
    for answer in ("one", "two"):
        tape.append("chat/completions", asked, Recorded(200, json.dumps({"id": answer})), scrub=False)
    web = replayer(tmp_path / "tape.jsonl")
    ids = [web.post("/v1/chat/completions", headers=KEY, json=asked).json()["id"] for _ in range(3)]
    assert ids == ["one", "two", "one"]


def test_the_address_and_the_order_of_fields_do_not_matter(tmp_path):
    Recording(tmp_path / "t.jsonl").append(
        "chat/completions", {"model": "dep", "messages": HELLO}, Recorded(200, '{"id": "kept"}'), scrub=False
    )
    web = replayer(tmp_path / "t.jsonl")
    azure = "/openai/deployments/dep/chat/completions?api-version=2024-10-21"
    assert web.post(azure, headers={"api-key": "workbook"}, json={"messages": HELLO}).json()["id"] == "kept"
    body = {"messages": HELLO, "model": "dep"}
    assert web.post("/openai/v1/chat/completions", headers=KEY, json=body).json()["id"] == "kept"
    assert digest("a", {"x": 1, "y": 2}) == digest("a", {"y": 2, "x": 1}) != digest("b", {"x": 1, "y": 2})


def test_no_key_is_written_and_the_live_endpoint_gets_only_the_trainers(recorder, live, tmp_path):
    recorder.chat.completions.create(model="sim-small", messages=HELLO)
    text = (tmp_path / "tape.jsonl").read_text(encoding="utf-8")
    assert SECRET not in text and "uthorization" not in text and "workbook" not in text.replace("fp_workbook", "")
    assert SECRET not in repr(Behaviour(record=tmp_path / "a", upstream=live.url))


def test_a_refusal_for_the_moment_is_passed_on_and_not_recorded(monkeypatch, tmp_path):
    monkeypatch.setenv("WORKBOOK_UPSTREAM_KEY", SECRET)
    tape = tmp_path / "tape.jsonl"
    limited = MockConfig(keys=frozenset({SECRET}), behaviour=Behaviour(requests_per_minute=1))
    with start(limited) as live, start(MockConfig(behaviour=Behaviour(record=tape, upstream=live.url))) as endpoint:
        own = openai.OpenAI(base_url=endpoint.url, api_key="workbook", max_retries=0)
        own.embeddings.create(model="sim-embedding", input="a")
        with pytest.raises(openai.RateLimitError) as caught:
            own.embeddings.create(model="sim-embedding", input="b")
        assert caught.value.response.headers["x-ratelimit-limit-requests"] == "1"
        assert own.models.list().data
    assert len(Recording(tape)) == 1


def test_an_endpoint_that_cannot_be_reached_is_a_502(monkeypatch, tmp_path):
    monkeypatch.setenv("WORKBOOK_UPSTREAM_KEY", SECRET)
    behaviour = Behaviour(record=tmp_path / "t.jsonl", upstream="http://127.0.0.1:9/v1")
    with start(MockConfig(behaviour=behaviour)) as endpoint, pytest.raises(openai.InternalServerError) as caught:
        openai.OpenAI(base_url=endpoint.url, api_key="workbook", max_retries=0).chat.completions.create(
            model="m", messages=HELLO
        )
    assert caught.value.status_code == 502 and not (tmp_path / "t.jsonl").exists()


def test_recording_without_a_key_is_refused_at_once(monkeypatch, tmp_path):
    monkeypatch.delenv("WORKBOOK_UPSTREAM_KEY", raising=False)
    with pytest.raises(ValueError, match="set WORKBOOK_UPSTREAM_KEY"):
        create_app(MockConfig(behaviour=Behaviour(record=tmp_path / "t.jsonl", upstream="https://live.example/v1")))


def test_a_stream_whose_reader_leaves_is_not_recorded_half(recorder, tmp_path):
    with recorder.chat.completions.create(model="sim-small", messages=HELLO, stream=True) as stream:
        next(iter(stream))
    recorder.embeddings.create(model="sim-embedding", input="after it")
    for line in (tmp_path / "tape.jsonl").read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        assert "body" in entry or entry["events"][-1] == "data: [DONE]"


def test_a_line_that_a_crash_left_half_written_is_passed_over_and_does_not_harm_the_next(tmp_path):
    path = tmp_path / "t.jsonl"
    Recording(path).append("r", {"n": 1}, Recorded(200, '{"id": 1}'), scrub=False)
    whole = path.read_bytes()
    path.write_bytes(whole + whole[: len(whole) // 2])
    tape = Recording(path)
    assert len(tape) == 1
    tape.append("r", {"n": 2}, Recorded(200, '{"id": 2}'), scrub=False)
    for opened in (tape, Recording(path)):
        first, second = (opened.next(digest("r", {"n": n})) for n in (1, 2))
        assert first and second and (first.body, second.body) == ('{"id": 1}', '{"id": 2}')
        assert opened.next(digest("r", {"n": 3})) is None


# --- personal data -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Mail ada.l+x@mail.example.org now", "Mail [email] now"),
        ("Call +41 44 123 45 67 or (030) 90 18 20.", "Call [phone] or [phone]."),
        ("On 2026-11-22 it cost 1,050.00 EUR, id 1767225600.", "On 2026-11-22 it cost 1,050.00 EUR, id 1767225600."),
        ("0.0123456789 and 10.0.0.1 and 00:00:12", "0.0123456789 and 10.0.0.1 and 00:00:12"),
    ],
)
def test_addresses_and_numbers_are_scrubbed_and_figures_are_not(text, kept):
    assert scrubbed({"a": [text]}) == {"a": [kept]}


def test_an_address_spread_over_a_stream_is_scrubbed():
    def event(text: str) -> str:
        return "data: " + json.dumps({"choices": [{"index": 0, "delta": {"content": text}}]})

    pieces = ["Write", " to ad", "a@exam", "ple.org", " today, ", "a@b.ch", "!"]
    events = scrubbed_events([*map(event, pieces), "data: [DONE]"])
    text = "".join(json.loads(e[6:])["choices"][0]["delta"]["content"] for e in events[:-1])
    assert text == "Write to [email] today, [email]!" and events[-1] == "data: [DONE]"
    assert scrubbed_events([]) == []
    responses = [
        'event: x\ndata: {"type": "t", "item_id": "i", "delta": "a@"}',
        'data: {"type": "t", "item_id": "i", "delta": "b.ch"}',
    ]
    assert scrubbed_events(responses)[0] == 'event: x\ndata: {"type": "t", "item_id": "i", "delta": "[email]"}'


def test_scrubbing_is_for_the_file_and_the_request_is_found_again(live, tmp_path):
    tape = tmp_path / "t.jsonl"
    question: Any = [{"role": "user", "content": "I am bob@example.net; what is my address?"}]
    with start(MockConfig(behaviour=Behaviour(record=tape, upstream=live.url, scrub=True))) as endpoint:

        async def record() -> None:
            async with openai.AsyncOpenAI(base_url=endpoint.url, api_key="workbook", max_retries=0) as own:
                whole = await own.chat.completions.create(model="sim-small", messages=question)
                assert "ada.lovelace@example.org" in (whole.choices[0].message.content or "")
                async for _ in await own.chat.completions.create(model="sim-small", messages=question, stream=True):
                    pass

        asyncio.run(record())
    text = tape.read_text(encoding="utf-8")
    assert "@" not in text and "901820" not in text and "[email]" in text and "[phone]" in text
    own = through(replayer(tape))
    answer = own.chat.completions.create(model="sim-small", messages=question).choices[0].message.content
    assert answer == "Write to [email] or call [phone], please."
    stream = own.chat.completions.create(model="sim-small", messages=question, stream=True)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in stream) == answer


def test_tool_calls_and_langchain_go_through_a_recording(recorder, tmp_path):
    tools: Any = [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}]
    asked: Any = [{"role": "user", "content": "The weather in Bern?"}]
    recorder.chat.completions.create(model="sim-small", messages=asked, tools=tools, stream=True).close()
    recorder.chat.completions.create(model="sim-small", messages=asked, tools=tools)
    own = through(replayer(tmp_path / "tape.jsonl"))
    calls = own.chat.completions.create(model="sim-small", messages=asked, tools=tools).choices[0].message.tool_calls
    assert calls and json.loads(calls[0].function.arguments) == {"city": "Bern"}
