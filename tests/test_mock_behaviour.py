"""What can be switched on at the offline endpoint: settings, files, precedence, scripts, caching, the log."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest
from pydantic import ValidationError
from starlette.testclient import TestClient
from typer.testing import CliRunner

from helpers import cli, connect
from helpers.commands.endpoint import config_from
from helpers.mock_endpoint import Behaviour, BehaviourError, MockConfig, create_app, read_behaviours
from helpers.mock_endpoint.behaviour.prompt_cache import STEP
from helpers.mock_endpoint.behaviour.recording import Recorded, Recording
from helpers.mock_endpoint.behaviour.settings import OFF
from helpers.paths import ROOT

CHAT = "/v1/chat/completions"
AZURE = "/openai/deployments/sim-small/chat/completions?api-version=2024-10-21"
HELLO: Any = [{"role": "user", "content": "What is a token?"}]
ALL_HEADERS = {"x-workbook-scripted", "x-workbook-replayed", "x-workbook-fault", "x-workbook-simulated-ms"}


def web(config: MockConfig | None = None, clock: Any = None, **behaviour: Any) -> TestClient:
    config = config or MockConfig(behaviour=Behaviour(**behaviour))
    return TestClient(create_app(config, clock) if clock else create_app(config))


def post(browser: TestClient, path: str = CHAT, key: str = "workbook", **changes: Any) -> Any:
    body = {"model": "sim-small", "messages": HELLO, **changes}
    return browser.post(path, headers={"Authorization": f"Bearer {key}", "api-key": key}, json=body)


def text_of(reply: Any) -> str:
    return reply.json()["choices"][0]["message"]["content"]


# --- settings ------------------------------------------------------------------------------------------------------


def test_everything_is_off_by_default():
    assert Behaviour() == OFF and repr(OFF) == "Behaviour()"
    reply = post(web())
    assert not ALL_HEADERS & set(reply.headers) and not any(name.startswith("x-ratelimit") for name in reply.headers)
    assert reply.json()["usage"]["prompt_tokens_details"]["cached_tokens"] == 0
    assert web().get("/workbook/log", headers={"Authorization": "Bearer workbook"}).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"requests_per_minute": 0},
        {"request_per_minute": 3},
        {"faults": [{"kind": "504"}]},
        {"faults": [{"kind": "500", "probability": 2}]},
        {"latency": {"tokens_per_second": 0}},
        {"scripts": [{"match": "a", "reply": "b", "error": {"status": 500}}]},
        {"scripts": [{"pattern": "(", "reply": "b"}]},
        {"record": "tape.jsonl"},
        {"record": "tape.jsonl", "upstream": "live.example/v1"},
        {"time_scale": float("nan")},
    ],
)
def test_a_wrong_setting_is_refused_when_it_is_made(wrong):
    with pytest.raises(ValidationError):
        Behaviour(**wrong)


def test_a_file_has_settings_for_everybody_and_for_single_keys(tmp_path):
    file = tmp_path / "class.toml"
    file.write_text(
        """
        requests_per_minute = 60
        replay = "tape.jsonl"
        log_file = "-"
        [latency]
        first_token = 0.25
        [[faults]]
        kind = 503
        probability = 0.05
        [[scripts]]
        match = "refund"
        tool_call = { name = "refund", arguments = { order = 7 } }
        [keys.team-a]
        requests_per_minute = 3
        faults = []
        """,
        encoding="utf-8",
    )
    everybody, single = read_behaviours(file)
    assert everybody.requests_per_minute == 60 and everybody.faults[0].kind == "503"
    assert everybody.replay == tmp_path / "tape.jsonl" and everybody.log_file == "-"
    team = single["team-a"]
    assert (team.requests_per_minute, team.faults) == (3, ())
    assert team.latency == everybody.latency and team.scripts == everybody.scripts


def test_a_wrong_file_is_answered_field_by_field(tmp_path):
    file = tmp_path / "class.toml"
    file.write_text('tokens_per_minute = "many"\nlimit = 3\n[[faults]]\nkind = "fire"\n', encoding="utf-8")
    with pytest.raises(BehaviourError) as caught:
        read_behaviours(file)
    text = str(caught.value)
    assert str(file) in text and "tokens_per_minute: " in text and "faults.0.kind: " in text
    assert "limit: there is no such setting" in text
    file.write_text("[keys.team-a]\nrequests_per_minute = -1\n", encoding="utf-8")
    with pytest.raises(BehaviourError, match=r"keys\.team-a\.requests_per_minute"):
        read_behaviours(file)
    file.write_text("requests_per_minute = \n", encoding="utf-8")
    with pytest.raises(BehaviourError, match="not TOML"):
        read_behaviours(file)
    with pytest.raises(BehaviourError, match="cannot be read"):
        read_behaviours(tmp_path / "none.toml")


def test_options_of_the_command_win_over_its_file(tmp_path):
    file = tmp_path / "class.toml"
    file.write_text("requests_per_minute = 60\ntokens_per_minute = 9\n[keys.a]\ntime_scale = 2\n", encoding="utf-8")
    options = {
        "requests_per_minute": 5,
        "latency": "0.5,40",
        "faults": ["503,probability=0.1", "cut,at=3,after_events=1"],
    }
    config = config_from(["k"], file, options)
    assert config.accepted_keys == {"k", "a"}
    assert (config.behaviour.requests_per_minute, config.behaviour.tokens_per_minute) == (5, 9)
    assert (config.behaviours["a"].requests_per_minute, config.behaviours["a"].time_scale) == (5, 2)
    latency, faults = config.behaviour.latency, config.behaviour.faults
    assert latency and (latency.first_token, latency.tokens_per_second) == (0.5, 40)
    assert (faults[0].probability, faults[1].at, faults[1].after_events) == (0.1, (3,), 1)
    with pytest.raises(BehaviourError, match="faults"):
        config_from([], None, {"faults": ["fire"]})
    assert config_from([], None, {}) == MockConfig()


def test_the_command_serves_what_it_was_told(tmp_path):
    arguments = ["--port", "0", "--key", "class", "--requests-per-minute", "1", "--log", "-"]
    command = [sys.executable, "-u", "-m", "helpers.cli", "endpoint", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8") as process:
        assert process.stdout is not None
        try:
            url = process.stdout.readline().split()[-1]
            assert "one of those configured" in process.stdout.readline()
            assert process.stdout.readline() == "Everybody: requests_per_minute=1, log_file='-'\n"
            body = {"model": "sim-embedding", "input": "a"}
            said = [
                httpx2.post(f"{url}/embeddings", json=body, headers={"Authorization": "Bearer class"}) for _ in range(2)
            ]
            assert [reply.status_code for reply in said] == [200, 429]
            assert " 200 /v1/embeddings" in process.stdout.readline()
            assert "rate_limit_exceeded" in process.stdout.readline()
        finally:
            process.terminate()


def test_a_wrong_option_is_a_sentence_and_a_next_step():
    command = [sys.executable, "-m", "helpers.cli", "endpoint", "--fault", "fire"]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 2 and "faults.0.kind" in done.stderr and "Next step: " in done.stderr
    assert "Traceback" not in done.stderr


def test_connect_starts_an_endpoint_of_its_own_for_a_behaviour(monkeypatch):
    limited = connect("mock", behaviour=Behaviour(requests_per_minute=1), quiet=True)
    normal = connect("mock", quiet=True)
    assert limited.base_url != normal.base_url
    own = limited.client.with_options(max_retries=0)
    own.chat.completions.create(model=limited.chat_small, messages=HELLO)
    with pytest.raises(openai.RateLimitError):
        own.chat.completions.create(model=limited.chat_small, messages=HELLO)
    assert normal.client.chat.completions.create(model="sim-small", messages=HELLO).choices
    assert [call.status for call in limited.ledger.calls] == [200, 429]
    monkeypatch.setenv("OPENAI_API_KEY", "sk-none")
    with pytest.raises(ValueError, match="behaviour is for the mock"):
        connect("openai", behaviour=Behaviour(log=True), quiet=True)


def documented(opening: str) -> list[str]:
    """The blocks of the page for trainers that begin so."""
    page = (ROOT / "docs" / "mock_service.md").read_text(encoding="utf-8")
    return [block.partition("```")[0] for block in page.split(f"```{opening}\n")[1:]]


def test_the_files_that_the_page_shows_are_right(tmp_path):
    blocks = documented("toml")
    assert len(blocks) >= 2
    for block in blocks:
        (tmp_path / "class.toml").write_text(block, encoding="utf-8")
        everybody, _ = read_behaviours(tmp_path / "class.toml")
        assert everybody != OFF


def test_the_commands_that_the_page_shows_can_be_typed(monkeypatch):
    made = []
    monkeypatch.setattr("helpers.commands.endpoint.serve", lambda host, port, config: made.append(config))
    lines = (ROOT / "docs" / "mock_service.md").read_text(encoding="utf-8").splitlines()
    typed = [
        line.partition("workbook endpoint ")[2] for line in lines if line.startswith("    ") and "endpoint " in line
    ]
    for arguments in typed:
        result = CliRunner().invoke(cli.app, ["endpoint", *shlex.split(arguments, comments=True)])
        assert result.exit_code == 0, (arguments, result.output, result.exception)
    assert len(made) == len(typed) >= 10 and all(config.behaviour != OFF for config in made)


def test_what_is_off_is_not_even_imported():
    code = (
        "import sys; from helpers.mock_endpoint import create_app; create_app(); "
        "sys.exit(any(f'helpers.mock_endpoint.behaviour.{n}' in sys.modules for n in ('settings', 'pipeline')))"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


# --- order ---------------------------------------------------------------------------------------------------------


def test_each_has_its_say_in_the_order_that_the_pipeline_states(tmp_path):
    tape = tmp_path / "tape.jsonl"
    Recording(tape).append(
        "chat/completions", {"model": "sim-small", "messages": HELLO}, Recorded(200, '{"id": "recorded"}'), scrub=False
    )
    script = {"match": "token", "reply": "Scripted."}
    fault = {"kind": 500}

    def answered(status: int = 200, **behaviour: Any) -> Any:
        reply = post(web(**behaviour))
        assert reply.status_code == status
        return reply

    everything: dict[str, Any] = {"scripts": [script], "token_budget": 0, "faults": [fault], "replay": tape}
    assert text_of(answered(**everything)) == "Scripted."
    del everything["scripts"]
    assert answered(429, **everything).json()["error"]["code"] == "insufficient_quota"
    del everything["token_budget"]
    assert answered(500, **everything).headers["x-workbook-fault"] == "500"
    del everything["faults"]
    assert answered(**everything).json() == {"id": "recorded"}
    del everything["replay"]
    assert text_of(answered(**everything))


def test_a_wrong_key_comes_before_everything_and_a_bad_body_after_the_limits():
    scripted = web(scripts=[{"reply": "Scripted."}], faults=[{"kind": 500}])
    assert post(scripted, key="wrong").status_code == 401
    assert text_of(post(scripted)) == "Scripted.", "and it did not use the script"
    browser = web(requests_per_minute=1)
    assert post(browser, temperature=9).status_code == 400
    assert post(browser, temperature=9).status_code == 429
    no_version = AZURE.partition("?")[0]
    assert post(web(scripts=[{"reply": "x"}]), no_version).status_code == 404
    too_long: Any = [{"role": "user", "content": "pump " * 20_000}]
    reply = post(web(prompt_caching=True, content_filter=True), AZURE, messages=too_long)
    assert reply.json()["error"]["code"] == "context_length_exceeded"


def test_every_route_goes_through_it():
    browser = web(clock=lambda: 0.0, requests_per_minute=50, log=True)
    own = openai.OpenAI(base_url="http://testserver/v1", api_key="workbook", http_client=browser)
    calls = [
        lambda: own.responses.with_raw_response.create(model="sim-small", input="Hello"),
        lambda: own.moderations.with_raw_response.create(input="Hello"),
        lambda: own.files.with_raw_response.create(file=("a.jsonl", b"{}\n"), purpose="batch"),
        lambda: own.files.with_raw_response.list(),
        lambda: own.embeddings.with_raw_response.create(model="sim-embedding", input="Hello"),
    ]
    left = [call().headers["x-ratelimit-remaining-requests"] for call in calls]
    assert left == ["49", "48", "47", "47", "46"]
    assert [entry["path"] for entry in log_of(browser)["requests"]] == [
        "/v1/responses",
        "/v1/moderations",
        "/v1/files",
        "/v1/files",
        "/v1/embeddings",
    ]


# --- scripts -------------------------------------------------------------------------------------------------------


def test_a_script_answers_what_it_matches_and_marks_it():
    browser = web(
        scripts=[
            {"match": "REFUND", "reply": "Refunds take five days."},
            {"pattern": r"order \d{4}", "tool_call": {"name": "find_order", "arguments": {"order": 1234}}},
            {"model": "sim-embedding", "error": {"status": 503, "message": "Closed today.", "code": "closed"}},
        ]
    )
    asked: Any = [{"role": "system", "content": "order 9999"}, {"role": "user", "content": "Where is my refund?"}]
    for _ in range(2):
        reply = post(browser, messages=asked)
        assert text_of(reply) == "Refunds take five days." and reply.headers["x-workbook-scripted"] == "true"
    parts: Any = [{"role": "user", "content": [{"type": "text", "text": "Find order 1234"}]}]
    choice = post(browser, messages=parts).json()["choices"][0]
    call = choice["message"]["tool_calls"][0]["function"]
    assert (call["name"], json.loads(call["arguments"])) == ("find_order", {"order": 1234})
    assert choice["finish_reason"] == "tool_calls"
    other = post(browser)
    assert "x-workbook-scripted" not in other.headers and "x-workbook-simulated" in other.headers
    key = {"Authorization": "Bearer workbook"}
    closed = browser.post("/v1/embeddings", headers=key, json={"model": "sim-embedding", "input": "a"})
    assert closed.status_code == 503 and closed.json()["error"]["code"] == "closed"


def test_scripts_without_a_condition_are_used_in_order_each_once():
    browser = web(scripts=[{"reply": "First."}, {"reply": "Second."}, {"match": "token", "reply": "Rest.", "times": 1}])
    assert [text_of(post(browser)) for _ in range(3)] == ["First.", "Second.", "Rest."]
    assert "x-workbook-scripted" not in post(browser).headers


def test_a_scripted_reply_streams_keeps_to_the_limits_and_counts_its_tokens():
    browser = web(scripts=[{"match": "token", "reply": "One two three four five six seven."}])
    own = openai.OpenAI(base_url="http://testserver/v1", api_key="workbook", http_client=browser)
    chunks = list(own.chat.completions.create(model="sim-small", messages=HELLO, stream=True))
    assert len(chunks) > 5
    assert "".join(c.choices[0].delta.content or "" for c in chunks) == "One two three four five six seven."
    short = own.chat.completions.create(model="sim-small", messages=HELLO, max_tokens=2)
    assert short.choices[0].message.content == "One two" and short.choices[0].finish_reason == "length"
    assert short.usage and short.usage.completion_tokens == 2


def test_scripts_speak_on_the_responses_route_and_wait_for_one_that_can_speak():
    browser = web(scripts=[{"reply": "Scripted."}], prompt_caching=True)
    own = openai.OpenAI(base_url="http://testserver/v1", api_key="workbook", http_client=browser)
    own.embeddings.create(model="sim-embedding", input="a")
    assert own.responses.create(model="sim-small", input="Hello").output_text == "Scripted."
    long = "A measured sentence about pumps and valves. " * 200
    usage = [own.responses.create(model="sim-small", input=long).usage for _ in range(2)]
    assert [one.input_tokens_details.cached_tokens >= 1024 for one in usage if one] == [False, True]


def test_a_script_may_only_delay_and_the_reply_is_computed():
    reply = post(web(scripts=[{"match": "token", "delay": 30}], time_scale=10_000))
    assert reply.headers["x-workbook-simulated-ms"] == "30000" and "token" in text_of(reply).lower()


# --- caching -------------------------------------------------------------------------------------------------------


def cached(reply: Any) -> int:
    return reply.json()["usage"]["prompt_tokens_details"]["cached_tokens"]


def test_a_beginning_that_was_sent_before_is_cached_in_steps_and_for_a_time():
    now = [0.0]
    browser = web(clock=lambda: now[0], prompt_caching=True, prompt_cache_seconds=300)
    rules = {"role": "system", "content": "A rule about valves, pumps and pipes. " * 200}

    def asked(question: str, **changes: Any) -> int:
        return cached(post(browser, messages=[rules, {"role": "user", "content": question}], max_tokens=1, **changes))

    assert asked("What is a pump?") == 0
    again = asked("And what is a valve?")
    assert again >= 1024 and again % STEP == 0
    now[0] += 299
    assert asked("Once more?") == again, "each use keeps it alive"
    now[0] += 299
    assert asked("And once more?") == again
    now[0] += 301
    assert asked("Too late?") == 0


def test_short_prompts_other_beginnings_models_and_keys_are_not_cached():
    config = MockConfig(keys=frozenset({"a", "b"}), behaviour=Behaviour(prompt_caching=True))
    browser = web(config)
    long: Any = [{"role": "user", "content": "A measured sentence about pumps and valves. " * 200}]
    assert [cached(post(browser, key="a")) for _ in range(2)] == [0, 0]
    assert cached(post(browser, key="a", messages=long)) == 0 < cached(post(browser, key="a", messages=long))
    assert cached(post(browser, key="b", messages=long)) == 0
    assert cached(post(browser, key="a", messages=long, model="sim-large")) == 0
    other: Any = [{"role": "user", "content": "Now " + long[0]["content"]}]
    assert cached(post(browser, key="a", messages=other)) == 0


def test_the_cache_forgets_the_oldest_when_it_is_full(monkeypatch):
    from helpers.mock_endpoint.behaviour import prompt_cache

    monkeypatch.setattr(prompt_cache, "_REMEMBERED", 5)
    browser = web(prompt_caching=True)
    prompts: Any = [
        [{"role": "user", "content": f"{name}: a measured sentence about pumps and valves. " * 200}] for name in "ab"
    ]
    assert [cached(post(browser, messages=prompts[i], max_tokens=1)) > 0 for i in (0, 0, 1, 1, 0)] == [
        False,
        True,
        False,
        True,
        False,
    ]


def test_langchain_and_streams_state_cached_tokens():
    browser = web(prompt_caching=True)
    own = openai.OpenAI(base_url="http://testserver/v1", api_key="workbook", http_client=browser)
    long: Any = [{"role": "user", "content": "A measured sentence about pumps and valves. " * 200}]
    for _ in range(2):
        *_, last = own.chat.completions.create(
            model="sim-small", messages=long, stream=True, stream_options={"include_usage": True}
        )
    assert last.usage and last.usage.prompt_tokens_details.cached_tokens >= 1024
    from langchain_openai import ChatOpenAI

    chat = ChatOpenAI(
        model="sim-small",
        base_url="http://testserver/v1",
        api_key="workbook",
        http_client=browser,  # type: ignore[arg-type]
    )
    usage = chat.invoke(long[0]["content"]).usage_metadata
    assert usage and usage["input_token_details"]["cache_read"] >= 1024


# --- log -----------------------------------------------------------------------------------------------------------


def log_of(browser: TestClient, key: str = "workbook", **query: Any) -> dict[str, Any]:
    return browser.get("/workbook/log", headers={"Authorization": f"Bearer {key}"}, params=query).json()


def test_the_log_shows_who_is_stuck_and_never_a_key_or_what_was_said():
    key = "team-secret-key"
    browser = web(MockConfig(keys=frozenset({key}), behaviour=Behaviour(log=True, requests_per_minute=4)))
    post(browser, key=key, user="ada")
    for _ in range(3):
        post(browser, key=key, user="bob", temperature=9)
    post(browser, key=key, user="ada")
    post(browser, key="guess")
    browser.post("/chat/completions", json={})
    log = log_of(browser, key)
    bob, *_ = log["learners"]
    assert (bob["user"], bob["stuck"], bob["failed_in_a_row"]) == ("bob", True, 3)
    assert bob["last_error"] == "decimal_above_max_value temperature"
    ada = next(row for row in log["learners"] if row["user"] == "ada")
    assert (ada["requests"], ada["last_status"], ada["last_error"]) == (2, 429, "rate_limit_exceeded")
    assert log["quotas"][0]["x-ratelimit-remaining-requests"] == "0"
    assert [entry["status"] for entry in log["requests"][-3:]] == [429, 401, 404]
    assert log["requests"][0]["input_tokens"] > 0 and log["requests"][0]["output_tokens"] > 0
    text = json.dumps(log)
    assert key not in text and "guess" not in text and "What is a token" not in text
    assert len(log_of(browser, key, last=2)["requests"]) == 2
    assert browser.get("/workbook/log").status_code == 401


def test_streams_embeddings_and_replays_are_logged_with_their_tokens(tmp_path):
    file = tmp_path / "logs" / "class.jsonl"
    browser = web(log_file=str(file), log_content=True, scripts=[{"match": "script", "reply": "Said."}])
    own = openai.OpenAI(base_url="http://testserver/v1", api_key="workbook", http_client=browser)
    list(own.chat.completions.create(model="sim-small", messages=HELLO, stream=True))
    own.embeddings.create(model="sim-embedding", input=["pump"] * 40)
    post(browser, messages=[{"role": "user", "content": "script"}])
    stream, embedding, scripted = (json.loads(line) for line in file.read_text(encoding="utf-8").splitlines())
    assert stream["stream"] and stream["output_tokens"] > 0 and not stream["reader_left"]
    assert stream["asked"] == "What is a token?" and "[DONE]" in stream["reply"]
    assert embedding["input_tokens"] == 40 and embedding["path"] == "/v1/embeddings"
    assert scripted["marks"] == ["scripted"] and "Said." in scripted["reply"]
    assert "asked" not in log_of(browser)["requests"][0], "what was said is in the file alone"
    assert "workbook" not in {entry["key"] for entry in (stream, embedding, scripted)}


def test_the_log_keeps_to_its_size(monkeypatch):
    from helpers.mock_endpoint.behaviour import request_log

    monkeypatch.setattr(request_log, "_KEPT", 3)
    browser = web(log=True)
    for _ in range(5):
        post(browser, key="wrong")
    assert len(log_of(browser)["requests"]) == 3


def test_a_behaviour_of_a_single_key_logs_that_key_alone(tmp_path: Path):
    config = MockConfig(behaviours={"seen": Behaviour(log=True)})
    browser = web(config)
    post(browser, key="seen")
    post(browser)
    post(browser, key="wrong")
    assert len(log_of(browser, "workbook")["requests"]) == 1
