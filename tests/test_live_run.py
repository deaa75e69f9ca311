"""Notebooks on a live endpoint: nothing is paid twice, a budget ends it, a failure ends one notebook only."""

from __future__ import annotations

import json
from pathlib import Path

import httpx2
import pytest

from helpers.ledger import BudgetExceeded
from helpers.live_run import report
from helpers.live_run.journal import Journal, read
from helpers.live_run.results import NotebookResult, Run
from helpers.live_run.running import execute_one

URL = "http://live.example/v1/chat/completions"
BODY = {"model": "gpt-5.4", "usage": {"prompt_tokens": 1000, "completion_tokens": 100}}


class Endpoint:
    """Counts what reaches it; `statuses` are answered first."""

    def __init__(self, *statuses: int) -> None:
        self.statuses, self.asked = list(statuses), 0

    def send(self, request: httpx2.Request, **_) -> httpx2.Response:
        self.asked += 1
        status = self.statuses.pop(0) if self.statuses else 200
        return httpx2.Response(status, json={**BODY, "n": self.asked}, headers={"retry-after-ms": "1"}, request=request)


def request(text: str) -> httpx2.Request:
    return httpx2.Request("POST", URL, json={"messages": text}, headers={"Authorization": "Bearer planted-key"})


def test_a_killed_run_is_answered_from_what_it_has_paid_for(tmp_path: Path):
    file, endpoint = tmp_path / "calls.jsonl", Endpoint()
    first = Journal(file, "http://live.example/", None, 0)
    replies = [first.send(endpoint.send, request(text)).json()["n"] for text in ("a", "b", "a")]
    with file.open("a") as cut:
        cut.write('{"key": "cut in the mid')
    again = Journal(file, "http://live.example/", None, 0)
    assert [again.send(endpoint.send, request(text)).json()["n"] for text in ("a", "b", "a")] == replies
    assert endpoint.asked == 3
    assert again.send(endpoint.send, request("a")).json()["n"] == 4  # asked once more often than before
    assert "planted-key" not in file.read_text(encoding="utf-8")


def test_other_addresses_are_left_alone(tmp_path: Path):
    endpoint = Endpoint()
    Journal(tmp_path / "x", "http://127.0.0.1:1/", None, 0).send(endpoint.send, request("a"))
    assert not (tmp_path / "x").exists()


def test_a_busy_endpoint_is_asked_again_and_no_more_often_than_said(tmp_path: Path):
    endpoint = Endpoint(429, 503)
    assert Journal(tmp_path / "x", "http://live", None, 2).send(endpoint.send, request("a")).status_code == 200
    endpoint = Endpoint(429, 429, 429)
    assert Journal(tmp_path / "y", "http://live", None, 1).send(endpoint.send, request("a")).status_code == 429
    assert endpoint.asked == 2
    assert [line["status"] for line in read(tmp_path / "y")] == [429]


def test_the_budget_of_the_run_ends_it_also_after_a_restart(tmp_path: Path):
    file, endpoint = tmp_path / "x", Endpoint()
    Journal(file, "http://live", 0.001, 0).send(endpoint.send, request("a"))
    assert read(file)[0]["usd"] > 0.001
    with pytest.raises(BudgetExceeded):
        Journal(file, "http://live", 0.001, 0).send(endpoint.send, request("b"))
    assert endpoint.asked == 1


def test_a_streamed_reply_is_kept_once_it_was_read_to_its_end(tmp_path: Path):
    event = b'data: {"model": "gpt-5.4", "usage": {"prompt_tokens": 3, "completion_tokens": 2}}\n\n'

    def answer(asked):
        return httpx2.Response(200, content=iter([event, b"data: [DONE]\n\n"]))

    client = httpx2.Client(transport=httpx2.MockTransport(answer))
    journal = Journal(tmp_path / "x", "http://live", None, 0)
    response = journal.send(client.send, request("a"), stream=True)
    assert not (tmp_path / "x").exists()
    assert response.read().endswith(b"[DONE]\n\n")
    assert read(tmp_path / "x")[0]["output_tokens"] == 2
    replayed = Journal(tmp_path / "x", "http://live", None, 0).send(None, request("a"), stream=True)
    assert replayed.read() == event + b"data: [DONE]\n\n"


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


def test_outcomes_and_calls_are_read_from_a_notebooks_run(tmp_path: Path, kernel_name, notebook_environment):
    import nbformat

    code = [
        "from helpers import connect, open_lesson\nendpoint = connect()\nlesson = open_lesson('00_start_here')",
        "errors = {1: 'b', 2: 'c', 3: 'a', 4: 'b', 5: 'a'}",
        "lesson.errors.check()",
        "endpoint.client.embeddings.create(model=endpoint.embedding, input='hi')\n1/0",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in code])
    nbformat.write(notebook, tmp_path / "n.ipynb")
    outcomes, calls = tmp_path / "outcomes.jsonl", tmp_path / "calls.jsonl"
    environment = {
        **notebook_environment,
        "WORKBOOK_OUTCOMES": str(outcomes),
        "WORKBOOK_LIVE_JOURNAL": str(calls),
    }
    cell, message = execute_one(tmp_path / "n.ipynb", tmp_path / "out.ipynb", environment, kernel_name, 60)
    assert cell == 3
    assert "ZeroDivisionError" in message
    (outcome,) = read(outcomes)
    assert (outcome["lesson"], outcome["exercise"], outcome["status"]) == ("00_start_here", "errors", "not yet")
    assert [line["status"] for line in read(calls)] == [200]
    assert json.loads((tmp_path / "out.ipynb").read_text(encoding="utf-8"))["cells"][3]["outputs"]
