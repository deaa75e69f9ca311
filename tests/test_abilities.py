"""What a model can is said by a setting, known, or found out once; a lesson and the doctor share the answer."""

import json

import httpx2
import openai
import pytest
from azure_stand_in import KEY, AzureStandIn, served

from helpers.connection import abilities
from helpers.connection.clients import Client
from helpers.doctor import examine
from helpers.endpoint import connect
from helpers.settings import ABILITIES, Settings, SettingsError

NAMES = "WORKBOOK_CHAT_LARGE=team-large\nWORKBOOK_EMBEDDING=team-embedding\n"
COMPATIBLE = f"WORKBOOK_PROFILE=compatible\nWORKBOOK_BASE_URL=http://127.0.0.1:9/v1\n{NAMES}"


@pytest.fixture(autouse=True)
def a_new_process(monkeypatch, tmp_path):
    monkeypatch.setenv("WORKBOOK_HOME", str(tmp_path))
    monkeypatch.setattr(abilities, "_of_this_process", {})


def endpoint(text, answer, status=200):
    """An endpoint whose server gives this answer to everything; and what it was asked."""
    made, seen = connect(settings=Settings.from_text(text), quiet=True), []

    def reply(request):
        seen.append(json.loads(request.content))
        if status != 200:
            return httpx2.Response(status, json={"error": {"message": answer, "code": None}})
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": answer}}
        whole = {"id": "c", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice]}
        return httpx2.Response(200, json=whole)

    http = Client(made.ledger, transport=httpx2.MockTransport(reply))
    made.client = openai.OpenAI(base_url=made.base_url, api_key="k", http_client=http, max_retries=0)
    return made, seen


def test_the_mock_can_everything_that_is_asked_for_and_a_real_probe_agrees():
    mock = connect("mock", quiet=True)
    for ability in ABILITIES:
        assert mock.can(ability) and not mock.ledger.calls
    for ability in ABILITIES:
        assert abilities.probe(mock, mock.client, ability).can, ability


def test_what_the_settings_say_is_not_asked_again():
    made, seen = endpoint(f"{COMPATIBLE}WORKBOOK_CAN=tools, json_schema", "red")
    assert [made.can(ability) for ability in ABILITIES] == [False, True, True, False] and not seen
    made, seen = endpoint(f"{COMPATIBLE}WORKBOOK_CAN=nothing", "red")
    assert not any(made.can(ability) for ability in ABILITIES) and not seen


def test_a_wrong_word_in_the_settings_is_answered_with_the_right_ones():
    with pytest.raises(
        SettingsError, match=r"WORKBOOK_CAN has a word .* put .* pictures, tools, json_schema, temperature"
    ):
        Settings.from_text(f"{COMPATIBLE}WORKBOOK_CAN=vision")


@pytest.mark.parametrize(("model", "steady"), [("reasons", {}), ("plain", {"temperature": 0})])
def test_requests_are_steady_where_every_chat_model_takes_a_temperature(model, steady):
    made, seen = endpoint(f"{COMPATIBLE}WORKBOOK_CHAT_SMALL=team-small", "Lisbon")
    if model == "reasons":
        said = "Unsupported value: 'temperature' does not support 0 with this model."
        made.client, plain = endpoint(COMPATIBLE, said, 400)[0].client, made.client
        assert made.steady == steady and not made.can("temperature")
        made.client = plain
    assert made.steady == steady
    assert made.steady == steady and len(seen) == (2 if steady else 0)
    assert connect("mock", quiet=True).steady == {"temperature": 0}


def test_a_default_models_temperature_is_not_taken_for_granted():
    openai_profile = Settings.from_text("WORKBOOK_PROFILE=openai\nOPENAI_API_KEY=k")
    assert (
        abilities.said_or_known(openai_profile, "tools")
        and abilities.said_or_known(openai_profile, "temperature") is None
    )


@pytest.mark.parametrize(
    ("answer", "status", "it_can"),
    [
        ("It is Red.", 200, True),
        ("I cannot see pictures.", 200, False),
        ("image_url is no valid content", 400, False),
        ("No endpoints found that support image input", 404, False),
        ("image input is not supported - hint: mmproj", 500, False),
    ],
)
def test_one_call_finds_out_whether_a_model_takes_pictures(answer, status, it_can):
    made, seen = endpoint(COMPATIBLE, answer, status)
    assert made.can("pictures") is it_can
    assert made.can("pictures") is it_can and len(seen) == 1
    assert seen[0]["messages"][0]["content"][1]["image_url"]["url"].startswith("data:image/png;base64,")
    assert len(made.ledger.calls) == 1


def test_the_answer_is_remembered_for_the_next_kernel(monkeypatch):
    assert endpoint(COMPATIBLE, "red")[0].can("pictures")
    monkeypatch.setattr(abilities, "_of_this_process", {})
    made, seen = endpoint(COMPATIBLE, "I see nothing.")
    assert made.can("pictures") and not seen


def test_a_free_servers_answer_is_not_for_the_next_kernel_since_its_model_may_be_another(monkeypatch):
    for answer, it_can in (("red", True), ("I see nothing.", False)):
        made, _ = endpoint(COMPATIBLE, answer)
        made.ledger.free = True
        assert made.can("pictures") is it_can
        monkeypatch.setattr(abilities, "_of_this_process", {})


def test_the_file_may_be_damaged(tmp_path):
    (tmp_path / "my_work").mkdir()
    (tmp_path / "my_work" / "abilities.json").write_text('{"cut', encoding="utf-8")
    assert endpoint(COMPATIBLE, "red")[0].can("pictures")


def test_what_says_nothing_about_the_model_is_raised_and_not_remembered():
    for status, raised in ((401, openai.AuthenticationError), (429, openai.RateLimitError)):
        with pytest.raises(raised):
            endpoint(COMPATIBLE, "no", status)[0].can("pictures")
    made, seen = endpoint(COMPATIBLE, "red")
    assert made.can("pictures") and len(seen) == 1


def test_an_ability_that_does_not_exist_is_answered_with_those_that_do():
    with pytest.raises(ValueError, match="there are pictures, tools, json_schema, temperature"):
        connect("mock", quiet=True).can("vision")


def test_what_the_doctor_found_out_is_not_asked_again(tmp_path):
    with served(AzureStandIn()) as url:
        text = f"WORKBOOK_PROFILE=azure\nAZURE_OPENAI_ENDPOINT={url}\nAZURE_OPENAI_API_KEY={KEY}\n{NAMES}"
        made = connect(settings=Settings.from_text(text), quiet=True)
        report = examine(made, limit=30)
        before = len(made.ledger.calls)
        assert all(made.can(ability) for ability in ABILITIES) and len(made.ledger.calls) == before
    assert {"pictures", "tools", "structured output"} <= {finding.name for finding in report.findings}
    assert KEY not in (tmp_path / "my_work" / "abilities.json").read_text(encoding="utf-8")
