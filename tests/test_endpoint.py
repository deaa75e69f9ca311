"""connect(): the clients of the configured endpoint, on the mock and in the other profiles' dialects."""

import os
import subprocess
import sys

import pytest

from helpers.dialects import EXAMPLES, wire
from helpers.endpoint import connect
from helpers.ledger import BudgetExceeded
from helpers.settings import Settings

MESSAGES = [{"role": "user", "content": "What is a token?"}]


@pytest.fixture(scope="module")
def endpoint():
    return connect("mock", quiet=True)


def test_the_mock_answers_openai_and_langchain_and_the_ledger_sees_both(endpoint):
    before = len(endpoint.ledger.calls)
    reply = endpoint.client.chat.completions.create(model=endpoint.chat_large, messages=MESSAGES)
    message = endpoint.chat_model("chat-small", temperature=0).invoke("What is a token?")
    vector = endpoint.embeddings().embed_query("token")
    assert reply.choices[0].message.content and message.content and len(vector) == 384
    calls = endpoint.ledger.calls[before:]
    assert [call.model for call in calls] == ["sim-large", "sim-small", "sim-embedding"]
    assert all(call.simulated and call.usd is not None for call in calls)
    assert calls[0].input_tokens == reply.usage.prompt_tokens


def test_a_langchain_stream_states_its_usage(endpoint):
    chunks = list(endpoint.chat_model().stream("What is a token?"))
    assert chunks[-1].usage_metadata or any(chunk.usage_metadata for chunk in chunks)
    assert endpoint.ledger.calls[-1].output_tokens > 0


def test_unmodified_code_reaches_the_mock():
    import openai
    from langchain_openai import ChatOpenAI

    connect("mock", quiet=True)

    assert openai.OpenAI().chat.completions.create(model="sim-small", messages=MESSAGES).model == "sim-small"
    assert ChatOpenAI(model="sim-small").invoke("What is a token?").content


def test_a_proxy_in_the_environment_is_not_asked_for_this_machine(tmp_path):
    code = (
        "from helpers import connect; e = connect(); "
        "hi = [{'role': 'user', 'content': 'Hi'}]; "
        "print(e.client.chat.completions.create(model=e.chat_small, messages=hi).model)"
    )
    dead = "http://127.0.0.1:9"
    environment = {
        **os.environ,
        "HTTP_PROXY": dead,
        "HTTPS_PROXY": dead,
        "http_proxy": dead,
        "NO_PROXY": "intranet.test",
    }
    environment.pop("no_proxy", None)
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, encoding="utf-8"
    )
    assert "sim-small" in done.stdout.splitlines()[-1], done.stderr


def test_tracing_left_in_the_shell_is_switched_off(monkeypatch):
    monkeypatch.setenv("LANGSMITH_TRACING", "true")
    connect("mock", quiet=True)
    assert "LANGSMITH_TRACING" not in os.environ


def test_the_banner_says_what_answers(capsys):
    connect("mock")
    said = capsys.readouterr().out
    assert "mock endpoint" in said and "sim-large" in said and "simulated" in said
    live = Settings.from_text(EXAMPLES["openai"])
    connect(settings=live, budget_usd=2)
    said = capsys.readouterr().out
    assert "live" in said and "api.openai.com" in said and "2.00" in said and "example-key" not in said


def test_a_budget_stops_langchain_too():
    tight = connect("mock", budget_usd=0.0, quiet=True)
    with pytest.raises(BudgetExceeded):
        tight.chat_model().invoke("What is a token?")
    assert tight.ledger.calls == []


@pytest.mark.parametrize(
    ("profile", "host", "path", "header", "model"),
    [
        ("openai", "api.openai.com", "/v1/chat/completions", "Authorization", "gpt-5.4"),
        ("azure", "my-resource.openai.azure.com", "/openai/v1/chat/completions", "Authorization", "team-large"),
        (
            "azure, by deployment",
            "my-resource.openai.azure.com",
            "/openai/deployments/team-large/chat/completions?api-version=2024-10-21",
            "api-key",
            "team-large",
        ),
        ("local", "127.0.0.1", "/v1/chat/completions", "Authorization", "my-model"),
    ],
)
def test_each_profile_speaks_its_dialect(profile, host, path, header, model):
    seen = wire(Settings.from_text(EXAMPLES[profile]), MESSAGES)
    assert (seen.host, seen.path, seen.key_header, seen.model) == (host, path, header, model)


def test_on_the_mock_a_sample_is_everything_and_on_a_live_endpoint_a_part_that_is_announced(endpoint, capsys):
    items = list(range(100))
    assert endpoint.sample(items) == items
    settings = Settings.from_text("WORKBOOK_PROFILE=openai\nOPENAI_API_KEY=sk-none\nWORKBOOK_LIVE_SAMPLE=12")
    live = connect(settings=settings, quiet=True)
    drawn = live.sample(items)
    assert len(drawn) == 12 and drawn == sorted(drawn) and drawn == live.sample(items)
    assert "12 of 100" in capsys.readouterr().out
    assert live.sample(items[:5]) == items[:5]
