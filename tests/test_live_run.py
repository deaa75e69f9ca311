"""Notebooks on a live endpoint: nothing is paid twice, a budget ends it, a failure ends one notebook only."""

from __future__ import annotations

import asyncio
import io
import json
from pathlib import Path

import nbformat
import openai
import pytest

from helpers.connection import exchanges, opening
from helpers.endpoint import connect
from helpers.ledger import BudgetExceeded
from helpers.ledger.kept import ledger_folder
from helpers.ledger.totals import Reader
from helpers.live_run import report
from helpers.live_run.estimate import expected
from helpers.live_run.results import NotebookResult, Run, lines
from helpers.live_run.running import execute_one, run
from helpers.problem import Problem
from helpers.settings import Settings
from tests.live_stand_in import live_server

NAMES = {
    "WORKBOOK_CHAT_LARGE": "gpt-5.4",
    "WORKBOOK_CHAT_SMALL": "gpt-5.4-mini",
    "WORKBOOK_EMBEDDING": "text-embedding-3-small",
}


@pytest.fixture
def live():
    with live_server() as server:
        yield server


@pytest.fixture
def started(live, tmp_path, monkeypatch):
    """A function that connects as a notebook's kernel does that was just started: its replies and ledger are kept."""
    monkeypatch.setenv(opening.KEEP, str(tmp_path / "kept.sqlite"))
    monkeypatch.setenv("WORKBOOK_LEDGER_FOLDER", str(tmp_path / "ledger"))

    def start(**settings: str):
        opening._keep_replies.cache_clear()
        given = {"WORKBOOK_PROFILE": "compatible", "WORKBOOK_BASE_URL": live.url, "WORKBOOK_API_KEY": "planted-key"}
        text = "\n".join(f"{name}={value}" for name, value in {**given, **NAMES, **settings}.items())
        return connect(settings=Settings.from_text(text), quiet=True)

    yield start
    exchanges._everywhere.clear()
    opening._keep_replies.cache_clear()


def ask(endpoint, words: str, **options):
    messages = [{"role": "user", "content": words}]
    return endpoint.client.chat.completions.create(model=endpoint.chat_large, messages=messages, **options)


def test_a_killed_run_is_answered_from_what_it_has_paid_for(started, live, tmp_path):
    live.tokens = lambda body: {"prompt_tokens": len(live.asked), "completion_tokens": 1, "total_tokens": 1}

    def three(endpoint):
        return [ask(endpoint, text).usage.prompt_tokens for text in ("a", "b", "a")]

    assert three(started()) == [1, 2, 3]
    again = started()
    assert three(again) == [1, 2, 3] and len(live.asked) == 3 and not again.ledger.calls
    assert ask(again, "a").usage.prompt_tokens == 4  # asked once more often than before
    assert len(list(Reader(tmp_path / "ledger"))) == 4
    assert b"planted-key" not in (tmp_path / "kept.sqlite").read_bytes()


def test_streams_and_asyncio_are_taken_up_too(started, live):
    async def both(endpoint):
        messages = [{"role": "user", "content": "hello"}]
        client = endpoint.async_client.chat.completions
        whole = await client.create(model="gpt-5.4", messages=messages)
        stream = await client.create(model="gpt-5.4", messages=messages, stream=True)
        said = [chunk.choices[0].delta.content or "" async for chunk in stream]
        return whole.choices[0].message.content, "".join(said)

    first = asyncio.run(both(started()))
    again = started()
    assert asyncio.run(both(again)) == first and first[1].startswith("One two")
    assert len(live.asked) == 2 and not again.ledger.calls
    assert "".join(chunk.content for chunk in again.chat_model().stream("hello")).startswith("One two")


def test_a_stream_that_is_closed_early_is_counted_and_asked_again(started, live):
    for number in (1, 2):
        endpoint = started()
        stream = ask(endpoint, "hello", stream=True)
        next(iter(stream))
        stream.close()
        (call,) = endpoint.ledger.calls
        assert call.ended == "left" and call.output_tokens > 0 and call.usd > 0
        assert len(live.asked) == number


def test_a_busy_endpoint_is_asked_again_as_often_as_was_said(started, live):
    with pytest.raises(openai.RateLimitError):
        ask(started(WORKBOOK_RETRIES="0"), "busy")
    live.refused = 0
    endpoint = started(WORKBOOK_RETRIES="1")
    assert endpoint.chat_model().max_retries == endpoint.async_client.max_retries == 1
    assert ask(endpoint, "busy").choices
    assert [call.status for call in endpoint.ledger.calls] == [429, 200]


def test_the_budget_of_the_run_ends_it_before_the_call_also_after_a_restart(started, live):
    limited = {"WORKBOOK_BUDGET_TOTAL_USD": "0.012"}
    first = started(**limited)
    ask(first, "a", max_completion_tokens=500)
    spent = first.ledger.usd
    with pytest.raises(BudgetExceeded):
        ask(first, "b", max_completion_tokens=1000)
    again = started(WORKBOOK_BUDGET_TOTAL_USD=str(spent))
    assert ask(again, "a", max_completion_tokens=500).choices  # kept
    with pytest.raises(BudgetExceeded):
        ask(again, "c", max_completion_tokens=1)
    assert len(live.asked) == 1


def notebook(path: Path, *cells: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in cells])
    nbformat.write(made, path)


@pytest.fixture
def lessons(tmp_path, monkeypatch, notebook_environment):
    """Two worked notebooks of our own instead of the course's; settings of a compatible server are to be added."""
    notebook(
        tmp_path / "worked" / "01_one.ipynb",
        "from helpers import connect\nendpoint = connect()",
        "ask = lambda words: endpoint.client.chat.completions.create(model=endpoint.chat_large, "
        "messages=[{'role': 'user', 'content': words}]).choices[0].message.content\nask('hello')",
    )
    notebook(
        tmp_path / "worked" / "02_two.ipynb", "from helpers import connect\nconnect().embeddings().embed_query('x')"
    )
    monkeypatch.setattr("helpers.live_run.running.SOLUTIONS", tmp_path / "worked")
    for name, value in {**notebook_environment, **NAMES}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("WORKBOOK_PROFILE", "compatible")
    monkeypatch.setenv("WORKBOOK_HOME", str(tmp_path))
    return monkeypatch


def test_a_run_is_counted_by_the_ledger_and_hands_its_lines_to_the_persons_own(lessons, live, tmp_path, capsys):
    lessons.setenv("WORKBOOK_BASE_URL", live.url)
    assert run("compatible", budget=1.0, folder=tmp_path / "out") == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "2 notebooks on compatible endpoint" in said and "It stops before $1.00." in said
    kept = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))["notebooks"]
    calls = list(Reader(ledger_folder()))
    assert {name: each["calls"] for name, each in kept.items()} == {"01_one": 1, "02_two": 1}
    assert [call.notebook for call in calls] == ["01_one", "02_two"] and len(live.asked) == 2
    assert kept["01_one"]["usd"] == pytest.approx(calls[0].usd) and kept["01_one"]["usd"] > 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        *("01_one.ipynb", "02_two.ipynb", "report.md", "results.json")
    ]


def test_a_run_stops_at_what_is_left_of_the_persons_month(lessons, live, tmp_path):
    lessons.setenv("WORKBOOK_BASE_URL", live.url)
    lessons.setenv("WORKBOOK_BUDGET_TOTAL_USD", "0")
    assert run("compatible", ["01_one"], budget=1.0, folder=tmp_path / "out") == 1
    assert "BudgetExceeded" in (tmp_path / "out" / "report.md").read_text(encoding="utf-8") and not live.asked


def test_nothing_is_sent_to_another_machine_before_somebody_agrees(lessons, tmp_path):
    lessons.setenv("WORKBOOK_BASE_URL", "http://gateway.invalid/v1")
    lessons.setattr("sys.stdin", io.StringIO("yes\n"))  # no terminal: nobody can have agreed
    with pytest.raises(Problem, match="Nothing was sent"):
        run("compatible", folder=tmp_path / "out")


def test_the_estimate_is_the_ledgers_and_names_what_was_never_measured(live):
    text = f"WORKBOOK_PROFILE=compatible\nWORKBOOK_BASE_URL={live.url}\n"
    endpoint = connect(settings=Settings.from_text(text + "\n".join(f"{n}={v}" for n, v in NAMES.items())), quiet=True)
    from helpers.ledger import estimate

    ahead = expected(["01_tokens", "no_such_lesson"], endpoint)
    alone = estimate("01_tokens", endpoint.settings.models)
    assert (ahead.calls, ahead.tokens, ahead.usd) == (alone.calls, alone.tokens, pytest.approx(alone.usd))
    assert "not measured: no_such_lesson" in str(ahead) and "speed assumed" in str(ahead) and not live.asked


def result(name: str, **changes) -> NotebookResult:
    return NotebookResult(**{"name": name, "sha256": "1", "seconds": 1, "calls": 1, "tokens": 2, "usd": 0.1, **changes})


def test_a_stopped_run_goes_on_and_a_finished_one_begins_anew(tmp_path: Path):
    endpoint = {"profile": "openai", "models": {}}
    run = Run(tmp_path, endpoint)
    run.add(result("01"))
    assert Run(tmp_path, endpoint).done("01", "1")
    assert not Run(tmp_path, endpoint).done("01", "another version")
    assert not Run(tmp_path, {**endpoint, "profile": "azure"}).goes_on
    assert not Run(tmp_path, endpoint, fresh=True).goes_on
    run.finish()
    assert not Run(tmp_path, endpoint).goes_on


def test_the_report_names_the_first_failing_cell_and_each_exercise_that_did_not_pass():
    failed = {"exercise": "cited", "status": "not yet", "points": 1, "of": 3, "message": "No | page."}
    rows = [result("01", exercises=[failed], declared=2, message="01, cell 3 `ask()`: NotFoundError: x", usd=None)]
    text = report.markdown(rows, {"profile": "azure", "models": {"chat-large": "team"}})
    assert "| 01 | 1 | 1 | 2 | price unknown | 0 of 2 | 01, cell 3 `ask()`: NotFoundError: x |" in text
    assert "✗ 01, cited: not yet, 1 of 3 points" in text
    assert not rows[0].sound


def test_outcomes_are_read_from_a_notebooks_run(tmp_path: Path, kernel_name, notebook_environment):
    notebook(
        tmp_path / "n.ipynb",
        "from helpers import connect, open_lesson\nendpoint = connect()\nlesson = open_lesson('00_start_here')",
        "errors = {1: 'b', 2: 'c', 3: 'a', 4: 'b', 5: 'a'}",
        "lesson.errors.check()",
        "1/0",
    )
    outcomes = tmp_path / "outcomes.jsonl"
    environment = {**notebook_environment, "WORKBOOK_OUTCOMES": str(outcomes)}
    cell, message = execute_one(tmp_path / "n.ipynb", tmp_path / "out.ipynb", environment, kernel_name, 60)
    assert cell == 3
    assert "ZeroDivisionError" in message
    with outcomes.open("a", encoding="utf-8") as cut:
        cut.write('{"exercise": "cut in the mid')
    (outcome,) = lines(outcomes)
    assert (outcome["lesson"], outcome["exercise"], outcome["status"]) == ("00_start_here", "errors", "not yet")
