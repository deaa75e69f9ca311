"""A live run recorded once and replayed without a network: word for word, and what is missing is marked."""

import json

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from helpers.commands.record import run as record_command
from helpers.endpoint import connect
from helpers.mock_endpoint import Recorded, Recording
from helpers.mock_endpoint.behaviour.scrubbing import scrubbed
from helpers.problem import Problem
from helpers.settings import Settings
from tests.live_stand_in import live_server

NAMES = "WORKBOOK_CHAT_LARGE=team-large\nWORKBOOK_CHAT_SMALL=team-small\nWORKBOOK_EMBEDDING=team-embedding\n"


@pytest.fixture
def live():
    with live_server() as server:
        yield server


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "recordings" / "course"


def recording_endpoint(live, folder, more=""):
    text = f"WORKBOOK_PROFILE=compatible\nWORKBOOK_BASE_URL={live.url}\nWORKBOOK_API_KEY=house-key-4711\n"
    return connect(settings=Settings.from_text(f"{text}{NAMES}WORKBOOK_RECORD={folder}\n{more}"), quiet=True)


@pytest.fixture
def replaying(folder, monkeypatch):
    def made():
        monkeypatch.setenv("WORKBOOK_REPLAY", str(folder))
        return connect(quiet=True)

    return made


def ask(endpoint, words="hello", model=None, **options):
    messages = [{"role": "user", "content": words}]
    return endpoint.client.chat.completions.create(model=model or endpoint.chat_large, messages=messages, **options)


def test_what_was_recorded_comes_back_without_the_network(live, folder, replaying):
    endpoint = recording_endpoint(live, folder)
    first = ask(endpoint)
    vector = endpoint.embeddings().embed_query("hello")
    response = endpoint.client.responses.create(model=endpoint.chat_large, input="hello")
    message = endpoint.chat_model("chat-small").invoke("hello")
    live.shutdown()
    again = replaying()
    assert ask(again) == first
    assert again.embeddings().embed_query("hello") == vector
    assert again.client.responses.create(model=again.chat_large, input="hello").output_text == response.output_text
    assert again.chat_model("chat-small").invoke("hello").content == message.content
    assert [call.source for call in again.ledger.calls] == ["recorded"] * 4
    assert again.profile == "compatible" and not again.simulated and "recording of the compatible" in again.label
    assert again.usd_for(1_000_000) == 0


def test_a_stream_is_replayed_as_a_stream_with_the_time_it_took_stated(live, folder, replaying):
    live.seconds = 0.2
    options = {"stream": True, "stream_options": {"include_usage": True}}
    first = [chunk.model_dump_json() for chunk in ask(recording_endpoint(live, folder), **options)]
    again = replaying()
    assert [chunk.model_dump_json() for chunk in ask(again, **options)] == first
    (call,) = again.ledger.calls
    assert call.simulated_seconds >= 0.2 and call.streamed and call.output_tokens == 8


def test_a_request_that_was_not_recorded_is_computed_and_marked(live, folder, replaying):
    ask(recording_endpoint(live, folder))
    again = replaying()
    ask(again)
    raw = again.client.chat.completions.with_raw_response.create(
        model=again.chat_large, messages=[{"role": "user", "content": "Something else"}]
    )
    assert raw.headers["x-workbook-replayed"] == "false" and raw.headers["x-workbook-simulated"] == "true"
    assert [call.source for call in again.ledger.calls] == ["recorded", "simulated"]
    assert "Replayed from a recording: 1" in repr(again.ledger) and "computed by the mock endpoint" in repr(
        again.ledger
    )


def test_the_banner_says_what_answers(live, folder, replaying, capsys):
    ask(recording_endpoint(live, folder))
    replaying()
    connect()
    said = capsys.readouterr().out
    assert "recording of the compatible endpoint" in said and "1 replies are replayed" in said
    assert "mock endpoint, and said so" in said.replace("*", "")


def test_a_cell_says_how_many_of_its_calls_were_not_in_the_recording(
    live, folder, tmp_path, notebook_environment, kernel_name
):
    from helpers.publishing.execution import execute

    ask(recording_endpoint(live, folder))
    cells = [
        "from helpers import connect\nendpoint = connect()",
        "ask = lambda words: endpoint.client.chat.completions.create(\n"
        "    model=endpoint.chat_large, messages=[{'role': 'user', 'content': words}])\nask('hello')\nprint('done')",
        "_ = ask('not there'), ask('nor that')",
    ]
    notebook = new_notebook(cells=[new_code_cell(cell) for cell in cells])
    environment = {**notebook_environment, "WORKBOOK_REPLAY": str(folder)}
    executed = execute(notebook, env=environment, cwd=tmp_path, kernel_name=kernel_name)
    said = ["".join(output.get("text", "") for output in cell.outputs) for cell in executed.cells]
    assert said[1] == "done\n"
    assert "2 calls of this cell were not in the recording" in said[2]


def test_fields_that_say_who_asks_do_not_matter_and_those_of_the_reply_do(live, folder, replaying):
    endpoint = recording_endpoint(live, folder)
    ask(endpoint, user="me", metadata={"room": "4"})
    again = replaying()
    ask(again, user="you")
    ask(again, temperature=0.5)
    assert [call.source for call in again.ledger.calls] == ["recorded", "simulated"]


def test_who_asks_for_the_mock_by_name_gets_the_mock(live, folder, replaying):
    ask(recording_endpoint(live, folder))
    replaying()
    assert connect("mock", quiet=True).simulated


def test_broken_streams_and_refusals_of_the_day_are_not_recorded(live, folder):
    import openai

    endpoint = recording_endpoint(live, folder)
    with pytest.raises(openai.APIConnectionError):
        list(ask(endpoint, "cut", stream=True))
    with pytest.raises(openai.AuthenticationError):
        ask(endpoint, "wrong key")
    stream = ask(endpoint, stream=True)
    next(iter(stream))
    stream.close()
    assert len(Recording(folder / "calls.jsonl")) == 0


def test_keys_are_hidden_wherever_they_stand(live, folder):
    endpoint = recording_endpoint(live, folder)
    ask(endpoint, "is house-key-4711 a good key? or sk-proj-abcdefgh12345678?")
    text = (folder / "calls.jsonl").read_text(encoding="utf-8") + (folder / "recording.json").read_text(
        encoding="utf-8"
    )
    assert "house-key-4711" not in text and "abcdefgh" not in text and text.count("[key hidden]") >= 2


def test_a_scrubbed_conversation_is_found_again_from_its_scrubbed_replies(live, folder, replaying):
    def talk(endpoint):
        first = ask(endpoint, "I am ada@example.org").choices[0].message.content
        messages = [{"role": "user", "content": "I am ada@example.org"}, {"role": "assistant", "content": first}]
        messages.append({"role": "user", "content": "and now?"})
        endpoint.client.chat.completions.create(model=endpoint.chat_large, messages=messages)
        return first

    assert "ada@example.org" in talk(recording_endpoint(live, folder, "WORKBOOK_RECORD_SCRUB=yes\n"))
    assert "ada@example.org" not in (folder / "calls.jsonl").read_text(encoding="utf-8")
    again = replaying()
    assert "[email]" in talk(again)
    assert [call.source for call in again.ledger.calls] == ["recorded", "recorded"]


@pytest.mark.parametrize(
    ("text", "scrubbed_text"),
    [
        ("IBAN DE89370400440532013000 BIC COBADEFF", "IBAN [iban] BIC COBADEFF"),
        ("AT61 1904 3002 3457 3201 BANK", "[iban] BANK"),
        ("GB82 WEST 1234 5698 7654 32, please", "[iban], please"),
        ("DE89370400440532013001", "DE89370400440532013001"),  # wrong check digits
        ("card 4111 1111 1111 1111.", "card [card]."),
        ("5500-0000-0000-0004 and 4111111111111112", "[card] and 4111111111111112"),
        ("order 2026112200000017", "order 2026112200000017"),
        ("call +49 30 901820 or ada@example.org", "call [phone] or [email]"),
    ],
)
def test_personal_numbers_are_taken_out_when_their_check_digits_are_right(text, scrubbed_text):
    assert scrubbed(text) == scrubbed_text
    assert scrubbed(scrubbed_text) == scrubbed_text


def test_a_folder_that_holds_another_recording_is_not_mixed_up(live, folder):
    ask(recording_endpoint(live, folder))
    (about,) = [json.loads((folder / "recording.json").read_text(encoding="utf-8"))]
    (folder / "recording.json").write_text(json.dumps({**about, "models": {"chat-large": "x"}}), encoding="utf-8")
    with pytest.raises(Problem, match="other models"):
        recording_endpoint(live, folder)
    (folder / "recording.json").write_text("{", encoding="utf-8")
    with pytest.raises(Problem, match="cannot be read"):
        recording_endpoint(live, folder)


def test_without_a_recording_the_next_step_is_said(monkeypatch, tmp_path):
    monkeypatch.setenv("WORKBOOK_REPLAY", str(tmp_path / "nowhere"))
    with pytest.raises(Problem, match="workbook record"):
        connect(quiet=True)


def test_a_line_knows_how_long_it_took_and_one_without_is_replayed_too(tmp_path):
    tape = Recording(tmp_path / "tape.jsonl")
    tape.append("x", {"a": 1}, Recorded(200, "{}", seconds=1.23456), scrub=False)
    tape.append("x", {"a": 2}, Recorded(200, "{}"), scrub=False)
    again = Recording(tmp_path / "tape.jsonl")
    assert [again.next(again.find("x", {"a": n})).seconds for n in (1, 2)] == [1.235, None]


# ---- the command


def test_the_command_runs_a_notebook_live_and_what_it_recorded_replays(live, folder, tmp_path, monkeypatch, capsys):
    settings = {"WORKBOOK_PROFILE": "compatible", "WORKBOOK_BASE_URL": live.url, "WORKBOOK_API_KEY": "house-key-4711"}
    home = tmp_path / "home"
    home.mkdir()
    lines = "\n".join(f"{name}={value}" for name, value in settings.items())
    (home / ".env").write_text(f"{lines}\n{NAMES}", encoding="utf-8")
    cell = (
        "from helpers import connect\nendpoint = connect()\nendpoint.client.chat.completions.create(\n"
        "    model=endpoint.chat_large, messages=[{'role': 'user', 'content': 'hello'}])\nassert not endpoint.simulated"
    )
    path = tmp_path / "small.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell(cell)]), path)
    assert record_command([str(path)], folder, scrub=False) == 0
    said = capsys.readouterr().out
    assert "how much it uses was never measured" in said and "1 replies recorded, keys hidden" in said
    assert "1 calls, $0.0000 and 1 calls whose price is not known" in said
    assert not (home / "progress.json").exists() and "small" in (folder / "recording.json").read_text(encoding="utf-8")
    live.shutdown()
    monkeypatch.setenv("WORKBOOK_REPLAY", str(folder))
    (home / ".env").unlink()
    assert ask(connect(quiet=True)).choices[0].message.content.startswith("One two")


def test_the_command_refuses_the_mock_and_names_it_does_not_know(folder, monkeypatch):
    with pytest.raises(Problem, match="needs no recording"):
        record_command(["all"], folder, scrub=False)
    monkeypatch.setenv("WORKBOOK_PROFILE", "openai")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-none-at-all")
    with pytest.raises(Problem, match="no notebook"):
        record_command(["99_nothing"], folder, scrub=False)
