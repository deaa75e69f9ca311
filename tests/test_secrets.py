"""Keys planted in the environment and in `.env` are in no notebook, output, log, ledger, report or recording."""

import contextlib
import json
import logging
from pathlib import Path

import nbformat
import openai
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from helpers.connection import masking
from helpers.endpoint import connect
from helpers.publishing.execution import NotebookFailed, execute
from helpers.settings import Settings
from tests.live_stand_in import live_server

PLANTED = {
    "OPENAI_API_KEY": "sk-proj-planted4711planted4711planted",
    "AZURE_OPENAI_API_KEY": "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
    "WORKBOOK_API_KEY": "house-planted-4711-gateway-key",
    "SOME_OTHER_TOKEN": "ghx_planted4711plantedplanted",
}
NAMES = "WORKBOOK_CHAT_LARGE=gpt-5.4\nWORKBOOK_CHAT_SMALL=gpt-5.4-mini\nWORKBOOK_EMBEDDING=text-embedding-3-small\n"

CELLS = {
    "connect": "from helpers import connect, show, plots, preflight, open_lesson\nendpoint = connect()\nendpoint",
    "ask": "ask = lambda words, **more: endpoint.client.chat.completions.create(\n"
    "    model=endpoint.chat_large, messages=[{'role': 'user', 'content': words}], **more)\nask('hello').id",
    "settings": "print(endpoint, endpoint.settings, repr(vars(endpoint.settings)))",
    "printed": "try:\n    ask('wrong key')\nexcept Exception as error:\n"
    "    print(error, error.body, error.response.text, repr(error), sep='\\n')",
    "raised": "ask('wrong key')",
    "langchain": "endpoint.chat_model().invoke('wrong key')",
    "stream": "list(ask('wrong key', stream=True))",
    "a client of the learner's own": "import openai, os\nopenai.OpenAI(base_url=endpoint.base_url, "
    "api_key=os.environ['OPENAI_API_KEY']).chat.completions.create(model='m', messages=[{'role': 'user', "
    "'content': 'wrong key'}])",
    "a traceback with variables": "%xmode Verbose\ndef fail(key):\n    return 1 / 0\n"
    "fail(endpoint.settings.compatible_api_key.get_secret_value())",
    "ledger": "show.show(endpoint.ledger)\nendpoint.ledger.timeline()",
    "doctor": "preflight(endpoint)",
    "lesson": "open_lesson('01_tokens')",
    "work": "from helpers import artefact",
}


@pytest.fixture
def live():
    with live_server() as server:
        yield server


@pytest.mark.parametrize("where", ["environment", ".env"])
def test_a_planted_key_is_in_nothing_that_a_live_run_leaves(where, live, tmp_path, notebook_environment, kernel_name):
    home = tmp_path / "home"
    home.mkdir()
    recording = tmp_path / "recording"
    settings = {"WORKBOOK_PROFILE": "compatible", "WORKBOOK_BASE_URL": live.url, "WORKBOOK_RECORD": str(recording)}
    settings |= {"WORKBOOK_LEDGER_CONTENT": "yes"} | dict(line.split("=") for line in NAMES.split())
    planted = {**PLANTED} if where == "environment" else {n: v for n, v in PLANTED.items() if n != "SOME_OTHER_TOKEN"}
    given = {**settings, **planted}
    if where == ".env":
        (home / ".env").write_text("".join(f"{name}={value}\n" for name, value in given.items()), encoding="utf-8")
        # A learner's own client takes its key from the environment in any case.
        given = {"OPENAI_API_KEY": PLANTED["OPENAI_API_KEY"]}
    cells = [new_code_cell(source, metadata={"tags": ["raises-exception"]}) for source in CELLS.values()]
    notebook, ran = new_notebook(cells=cells), tmp_path / "ran.ipynb"
    environment = {**notebook_environment, "WORKBOOK_HOME": str(home), "WORKBOOK_PROFILE": "compatible", **given}
    environment["WORKBOOK_PROGRESS"] = str(home / "progress.json")
    with contextlib.suppress(NotebookFailed):  # papermill reports a cell that was meant to fail, after it ran them all
        execute(notebook, ran, env=environment, cwd=tmp_path, kernel_name=kernel_name)
    executed = nbformat.read(ran, as_version=4)
    executed.cells = [cell for cell in executed.cells if cell.cell_type == "code"]

    names = dict(zip(CELLS, executed.cells, strict=True))
    assert "wrong key" not in str(names["connect"].outputs) and names["ask"].outputs
    for name in ("raised", "langchain", "stream", "a client of the learner's own"):
        assert "Incorrect API key provided" in str(names[name].outputs) and "[key hidden]" in str(names[name].outputs)
    assert "ZeroDivisionError" in str(names["a traceback with variables"].outputs)
    left = [path for path in tmp_path.rglob("*") if path.is_file() and path.name != ".env"]
    assert {path.suffix for path in left} >= {".ipynb", ".jsonl"} and (recording / "calls.jsonl") in left
    found = [(path.name, name) for path in left for name, key in PLANTED.items() if key.encode() in path.read_bytes()]
    assert not found


def test_a_notebook_that_fails_is_reported_without_the_key(live, tmp_path, notebook_environment, kernel_name):
    cell = CELLS["connect"] + "\n" + CELLS["ask"].replace("'hello'", "'wrong key'")
    environment = {**notebook_environment, "WORKBOOK_PROFILE": "compatible", "WORKBOOK_BASE_URL": live.url}
    environment |= dict(line.split("=") for line in NAMES.split()) | PLANTED
    with pytest.raises(NotebookFailed) as caught:
        execute(new_notebook(cells=[new_code_cell(cell)]), env=environment, cwd=tmp_path, kernel_name=kernel_name)
    said = str(caught.value) + caught.value.traceback
    assert "AuthenticationError" in said and not [key for key in PLANTED.values() if key in said]


def test_an_error_of_the_endpoint_holds_no_key_in_text_body_or_headers(live, caplog):
    text = f"WORKBOOK_PROFILE=compatible\nWORKBOOK_BASE_URL={live.url}\n{NAMES}"
    endpoint = connect(settings=Settings.from_text(f"{text}WORKBOOK_API_KEY={PLANTED['WORKBOOK_API_KEY']}"), quiet=True)
    with caplog.at_level(logging.DEBUG), pytest.raises(openai.AuthenticationError) as caught:
        endpoint.client.chat.completions.create(model="m", messages=[{"role": "user", "content": "wrong key"}])
    error = caught.value
    everything = "".join(map(str, (error, error.body, error.response.text, error.response.headers, caplog.text)))
    assert PLANTED["WORKBOOK_API_KEY"] not in everything and "[key hidden]" in str(error)
    assert error.status_code == 401 and error.code == "invalid_api_key"


@pytest.mark.parametrize(
    "text",
    [
        "Incorrect API key provided: sk-abc123def456",
        "Authorization: Bearer abcdefghijklmnopqrstuvwxyz",
        "api-key: 0f1e2d3c4b5a69788796a5b4c3d2e1f0",
        '{"api-key": "0f1e2d3c4b5a69788796a5b4c3d2e1f0"}',
        "http://user:secretword@proxy.example:8080",
        "token eyJ0eXAiOiJKV1QiLCJhbGciOi.eyJhdWQiOiJodHRwczovL2FpLmF6.c2lnbmF0dXJl",
    ],
)
def test_what_has_the_shape_of_a_key_is_hidden(text):
    hidden = masking.without_keys(text)
    assert masking.HIDDEN in hidden
    for part in ("abc123", "mnopqr", "4b5a69", "secretword", "JKV1Qi"):
        assert part not in hidden


@pytest.mark.parametrize(
    "text",
    [
        "a task-oriented model, risk-averse",
        "sk-1",
        "Bearer token is missing",
        "https://example.org/a:b@c",
        "id 0f1e2d3c4b5a69788796a5b4c3d2e1f0",
        "the key of the map",
    ],
)
def test_what_is_no_key_stays(text):
    assert masking.without_keys(text) == text


def test_bytes_that_are_no_text_stay():
    assert masking.without_keys(b"\xff\xfesk-abc123def456") == b"\xff\xfesk-abc123def456"


def test_the_content_is_written_only_when_asked_for_with_a_warning_and_without_keys(live, monkeypatch):
    text = f"WORKBOOK_PROFILE=compatible\nWORKBOOK_BASE_URL={live.url}\nWORKBOOK_API_KEY=house-planted-4711\n{NAMES}"

    def ask(more=""):
        endpoint = connect(settings=Settings.from_text(text + more), quiet=True)
        messages = [{"role": "user", "content": "planted prompt with house-planted-4711"}]
        endpoint.client.chat.completions.create(model="m", messages=messages)
        return {
            path.name[:7]: path.read_text(encoding="utf-8")
            for path in (Path(endpoint.ledger.keeper._folder)).glob("*.jsonl")
        }

    (numbers,) = ask().values()
    assert "planted" not in numbers and json.loads(numbers)["input_tokens"] == 20
    with pytest.warns(UserWarning, match="in plain text"):
        files = ask("WORKBOOK_LEDGER_CONTENT=yes\n")
    assert "planted prompt" in files["content"] and "house-planted-4711" not in files["content"]
    assert "One two three" in json.loads(files["content"])["answered"]


def test_a_stored_notebook_of_ours_has_no_key(tmp_path):
    from helpers.paths import NOTEBOOKS, SOLUTIONS

    for path in [*NOTEBOOKS.rglob("*.ipynb"), *SOLUTIONS.rglob("*.ipynb")]:
        text = nbformat.writes(nbformat.read(path, as_version=4))
        assert masking.SHAPES.search(text) is None, path
