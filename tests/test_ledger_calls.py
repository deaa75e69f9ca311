"""What the ledger says of a call, on every route and client; and the picture of calls over time."""

import asyncio
import gc
import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from helpers import plots
from helpers.endpoint import connect
from helpers.ledger import Call, estimate
from helpers.ledger.forecast import sentence
from helpers.mock_endpoint import Behaviour
from helpers.plots.timeline import _lanes
from helpers.settings import Settings
from tests.live_stand_in import live_server

NAMES = "WORKBOOK_CHAT_LARGE=gpt-5.4\nWORKBOOK_CHAT_SMALL=gpt-5.4-mini\nWORKBOOK_EMBEDDING=text-embedding-3-small\n"
MESSAGES = [{"role": "user", "content": "hi"}]


@pytest.fixture
def live():
    with live_server() as server:
        yield server


@pytest.fixture
def endpoint(live):
    text = f"WORKBOOK_PROFILE=compatible\nWORKBOOK_BASE_URL={live.url}\nWORKBOOK_API_KEY=none-at-all\n{NAMES}"
    return connect(settings=Settings.from_text(text), quiet=True)


def test_each_client_and_route_is_recorded_with_its_role_and_tokens(endpoint):
    endpoint.client.chat.completions.create(model=endpoint.chat_large, messages=MESSAGES)
    endpoint.client.responses.create(model=endpoint.chat_small, input="hi")
    endpoint.client.embeddings.create(model=endpoint.embedding, input="hi")
    endpoint.chat_model("chat-small").invoke("hi")
    list(endpoint.chat_model().stream("hi"))
    endpoint.embeddings().embed_documents(["a", "b"])

    async def ask():
        await endpoint.async_client.chat.completions.create(model=endpoint.chat_large, messages=MESSAGES)

    asyncio.run(ask())
    calls = endpoint.ledger.calls
    assert [(call.role, call.operation) for call in calls] == [
        ("chat-large", "chat/completions"),
        ("chat-small", "responses"),
        ("embedding", "embeddings"),
        ("chat-small", "chat/completions"),
        ("chat-large", "chat/completions"),
        ("embedding", "embeddings"),
        ("chat-large", "chat/completions"),
    ]
    assert [(c.input_tokens, c.cached_tokens, c.output_tokens, c.reasoning_tokens) for c in calls[:3]] == [
        (20, 4, 8, 3),
        (5, 1, 6, 2),
        (2, 0, 0, 0),
    ]
    assert calls[0].usd == pytest.approx((16 * 2.5 + 4 * 0.25 + 8 * 15) / 1e6) and calls[0].priced == "2026-11-12"
    assert all(c.source == "live" and c.seconds > 0 and c.ended == "whole" and not c.counted for c in calls)
    assert [c.streamed for c in calls] == [False] * 4 + [True] + [False] * 2
    assert 0 < calls[4].first_byte <= calls[4].seconds and calls[0].first_byte is None
    assert [c.started for c in calls] == sorted(c.started for c in calls)


def test_a_stream_without_usage_is_counted_here_and_says_so(endpoint):
    for _ in endpoint.client.chat.completions.create(model=endpoint.chat_large, messages=MESSAGES, stream=True):
        pass
    (call,) = endpoint.ledger.calls
    assert call.counted and call.ended == "whole" and call.output_tokens >= 5 and call.input_tokens > 5
    assert "stated no usage: their tokens were counted here" in repr(endpoint.ledger)


def test_a_stream_that_is_left_is_marked_so_with_what_was_read(endpoint):
    stream = endpoint.client.chat.completions.create(model=endpoint.chat_large, messages=MESSAGES, stream=True)
    next(iter(stream))
    stream.close()
    (call,) = endpoint.ledger.calls
    assert (call.ended, call.counted) == ("left", True)
    assert "1 were not read to their end" in repr(endpoint.ledger)


def test_a_stream_that_nobody_reads_is_under_way_and_then_left(endpoint):
    stream = endpoint.client.chat.completions.create(model=endpoint.chat_large, messages=MESSAGES, stream=True)
    assert endpoint.ledger.calls == [] and "nobody has read to their end: 1" in repr(endpoint.ledger)
    del stream
    gc.collect()
    assert [call.ended for call in endpoint.ledger.calls] == ["left"]


def test_a_task_that_is_cancelled_is_recorded(endpoint, live):
    live.seconds = 5

    async def ask():
        call = endpoint.async_client.chat.completions.create(model=endpoint.chat_large, messages=MESSAGES)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(call, 0.2)

    asyncio.run(ask())
    (call,) = endpoint.ledger.calls
    assert (call.ended, call.status) == ("left", 0) and 0.1 < call.seconds < 4


def test_simulated_seconds_are_those_of_the_mock():
    behaviour = Behaviour(latency={"first_token": 2.0, "tokens_per_second": 10, "jitter": 0}, time_scale=100)
    endpoint = connect("mock", behaviour=behaviour, quiet=True)
    endpoint.client.chat.completions.create(model=endpoint.chat_small, messages=MESSAGES)
    (call,) = endpoint.ledger.calls
    assert call.simulated_seconds > 2 > call.seconds and call.source == "simulated" and call.role == "chat-small"


def test_what_the_ledger_keeps_is_what_it_has_said(endpoint):
    from helpers.ledger.kept import ledger_folder
    from helpers.ledger.totals import Reader

    endpoint.client.chat.completions.create(model=endpoint.chat_large, messages=MESSAGES)
    (kept,) = Reader(ledger_folder())
    (call,) = endpoint.ledger.calls
    assert kept.as_json() == call.as_json()
    (line,) = ledger_folder().glob("*.jsonl")
    assert set(json.loads(line.read_text(encoding="utf-8"))) <= set(Call.__dataclass_fields__)


def test_the_ledger_can_be_switched_off(live):
    from helpers.ledger.kept import ledger_folder

    text = f"WORKBOOK_PROFILE=compatible\nWORKBOOK_BASE_URL={live.url}\n{NAMES}WORKBOOK_LEDGER=off\n"
    endpoint = connect(settings=Settings.from_text(text), quiet=True)
    endpoint.client.chat.completions.create(model=endpoint.chat_large, messages=MESSAGES)
    assert len(endpoint.ledger.calls) == 1 and not ledger_folder().exists()


def test_a_server_of_ones_own_costs_nothing(live):
    text = f"WORKBOOK_PROFILE=local\nWORKBOOK_BASE_URL={live.url}\nWORKBOOK_CHAT_LARGE=mine\nWORKBOOK_EMBEDDING=e\n"
    endpoint = connect(settings=Settings.from_text(text), quiet=True, budget_usd=0.0)
    endpoint.client.chat.completions.create(model="mine", messages=MESSAGES)
    assert endpoint.ledger.calls[0].usd == 0.0 and endpoint.usd_for(1000) == 0.0


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("JPY_SESSION_NAME", "my_work/L200/05_rag.ipynb"),
        ("WORKBOOK_NOTEBOOK", "05_rag"),
        ("JPY_SESSION_NAME", r"C:\me\05_rag.ipynb"),
    ],
)
def test_a_call_knows_its_notebook_and_not_its_folder(variable, value, endpoint, monkeypatch):
    monkeypatch.setenv(variable, value)
    assert connect("mock", quiet=True).ledger.notebook == "05_rag"


# ---- what a lesson will cost


@pytest.fixture
def use_file(tmp_path):
    file = tmp_path / "use.json"
    large = {"requests": 10, "input_tokens": 100_000, "output_tokens": 10_000, "of_next_year": 1}
    use = {"chat-large": large, "embedding": {"requests": 2, "input_tokens": 500_000, "output_tokens": 0}}
    file.write_text(json.dumps({"05_rag": {"minutes": 60, "use": use}, "06_odd": {"use": 3}}), encoding="utf-8")
    return file


def test_a_lessons_cost_is_its_measured_use_at_the_prices_of_the_configured_models(use_file):
    models = {"chat-large": "gpt-5.4", "chat-small": "gpt-5.4", "embedding": "text-embedding-3-small"}
    found = estimate("05_rag", models, file=use_file)
    assert (found.calls, found.tokens) == (12, 610_000)
    assert found.usd == pytest.approx(0.1 * 2.5 + 0.01 * 15 + 0.5 * 0.02)
    unknown = estimate("05_rag", {**models, "embedding": "house"}, file=use_file)
    assert unknown.usd is None and "no price is known for house" in str(unknown)
    assert "nothing to pay" in str(estimate("05_rag", models, free=True, file=use_file))


@pytest.mark.parametrize("name", ["06_odd", "07_unknown"])
def test_what_was_never_measured_is_not_estimated(name, use_file, tmp_path):
    assert estimate(name, {"chat-large": "gpt-5.4"}, file=use_file) is None
    assert estimate(name, {"chat-large": "gpt-5.4"}, file=tmp_path / "nothing.json") is None


def test_a_live_banner_says_what_stops_it_or_how_to_set_that(live, capsys, monkeypatch, use_file):
    import helpers.ledger.forecast as forecast

    monkeypatch.setattr(forecast, "use_file", lambda: use_file)
    monkeypatch.setenv("JPY_SESSION_NAME", "05_rag.ipynb")
    text = f"WORKBOOK_PROFILE=compatible\nWORKBOOK_BASE_URL={live.url}\n{NAMES}"
    connect(settings=Settings.from_text(text))
    said = capsys.readouterr().out
    assert "This lesson: about 12 calls and 610,000 tokens, about $0.4100" in said and "WORKBOOK_BUDGET_USD=1" in said
    both = connect(settings=Settings.from_text(f"{text}WORKBOOK_BUDGET_TOTAL_USD=5\n"), budget_usd=2, quiet=True)
    said = sentence(both.ledger, both.settings.models)
    assert "this session stops before $2.00, all your notebooks stop before $5.00 a month" in said


# ---- the picture


def test_calls_at_the_same_time_lie_under_each_other(endpoint, live, capsys):
    live.seconds = 0.2
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: endpoint.chat_model("chat-small").invoke("hi"), range(4)))
    live.seconds = 0
    endpoint.client.embeddings.create(model=endpoint.embedding, input="hi")
    endpoint.ledger.timeline(title="Four at a time")
    said = capsys.readouterr().out
    assert "5 calls (chat-small 4, embedding 1)" in said and "at most 4 at the same time" in said
    assert "compatible endpoint" in said


def call(started, seconds, **values):
    from datetime import UTC, datetime

    return Call(datetime(2026, 11, 22, tzinfo=UTC), "m", 200, started=started, seconds=seconds, role="r", **values)


def test_a_lane_is_used_again_when_its_call_has_ended():
    calls = [call(0, 3), call(1, 1), call(2, 5), call(2.5, 1), call(8, 1)]
    assert _lanes(calls) == ([0, 1, 1, 2, 0], 3)


def test_a_timeline_tells_what_did_not_end_well_and_of_retries(capsys):
    plots.timeline([call(0, 1, ended="cut"), call(1, 1, attempt=2, first_byte=0.5), call(2, 0)], source="test endpoint")
    said = capsys.readouterr().out
    assert "1 did not end well. 1 were retries. Made with the test endpoint." in said
    plots.timeline([])
    assert "No call was made yet" in capsys.readouterr().out


def test_five_hundred_calls_make_one_picture_of_bounded_size(monkeypatch):
    shown = []
    monkeypatch.setattr("helpers.show.show", shown.append)
    plots.timeline([call(i / 100, 2) for i in range(500)])
    assert len(shown[0].png) < 300_000 and "500 calls (r 500)" in shown[0].alt
