"""Settings: five profiles, each complete or refused field by field; keys are shown nowhere."""

import pytest

from helpers.settings import ROLES, Settings, SettingsError

AZURE = """
WORKBOOK_PROFILE=azure
AZURE_OPENAI_ENDPOINT=https://unit.openai.azure.com/
AZURE_OPENAI_API_KEY=k-planted-4711
WORKBOOK_CHAT_LARGE=team-large
WORKBOOK_EMBEDDING=team-embedding
"""


def problems(text):
    with pytest.raises(SettingsError) as caught:
        Settings.from_text(text)
    return {problem.field: str(problem) for problem in caught.value.problems}


def test_without_any_setting_the_mock_answers(monkeypatch, tmp_path):
    monkeypatch.setenv("WORKBOOK_HOME", str(tmp_path))
    monkeypatch.setenv("OPENAI_API_KEY", "sk-a-key-that-happens-to-be-there")
    settings = Settings.load()
    assert settings.profile == "mock"
    assert settings.models == dict(zip(ROLES, ("sim-large", "sim-small", "sim-embedding", "sim-large"), strict=True))


def test_the_environment_wins_over_the_file_and_an_argument_over_both(monkeypatch, tmp_path):
    monkeypatch.setenv("WORKBOOK_HOME", str(tmp_path))
    (tmp_path / ".env").write_text(AZURE, encoding="utf-8")
    assert Settings.load().profile == "azure"
    monkeypatch.setenv("WORKBOOK_CHAT_LARGE", "from-the-environment")
    assert Settings.load().models["chat-large"] == "from-the-environment"
    assert Settings.load("mock").models["chat-large"] == "sim-large"


def test_a_text_is_read_without_the_environment(monkeypatch):
    monkeypatch.setenv("WORKBOOK_CHAT_LARGE", "from-the-environment")
    assert Settings.from_text(AZURE).models["chat-large"] == "team-large"


def test_azure_has_the_v1_route_and_the_small_role_falls_back_to_the_large():
    settings = Settings.from_text(AZURE)
    assert settings.base_url == "https://unit.openai.azure.com/openai/v1/"
    assert settings.models["chat-small"] == "team-large"


def test_every_missing_field_is_named_at_once():
    found = problems("WORKBOOK_PROFILE=azure")
    assert set(found) == {
        "AZURE_OPENAI_ENDPOINT",
        "AZURE_OPENAI_API_KEY",
        "WORKBOOK_CHAT_LARGE",
        "WORKBOOK_CHAT_SMALL",
        "WORKBOOK_EMBEDDING",
    }
    assert "https://my-resource.openai.azure.com" in found["AZURE_OPENAI_ENDPOINT"]


@pytest.mark.parametrize(
    ("text", "field", "says"),
    [
        ("WORKBOOK_PROFILE=azur", "WORKBOOK_PROFILE", "mock, openai, azure"),
        ("WORKBOOK_PROFILE=openai", "OPENAI_API_KEY", "missing"),
        (AZURE.replace("https://", ""), "AZURE_OPENAI_ENDPOINT", "put https://unit.openai.azure.com"),
        (AZURE.replace("https://", "http://"), "AZURE_OPENAI_ENDPOINT", "put https://unit.openai.azure.com"),
        (AZURE.replace("https://", "https://https://"), "AZURE_OPENAI_ENDPOINT", "address alone"),
        (AZURE.replace(".com/", ".com/openai/v1"), "AZURE_OPENAI_ENDPOINT", "put https://unit.openai.azure.com"),
        ("WORKBOOK_PROFILE=compatible\nWORKBOOK_CHAT_LARGE=m\nWORKBOOK_EMBEDDING=e", "WORKBOOK_BASE_URL", "missing"),
        ("WORKBOOK_BUDGET_USD=much", "WORKBOOK_BUDGET_USD", "not right"),
        ("WORKBOOK_BUDGET_USD=-1", "WORKBOOK_BUDGET_USD", "not right"),
    ],
)
def test_a_wrong_field_is_named_with_what_to_put_there(text, field, says):
    assert says in problems(text)[field]


def test_an_incomplete_file_is_named_and_a_mere_text_is_not(monkeypatch, tmp_path):
    monkeypatch.setenv("WORKBOOK_HOME", str(tmp_path))
    with pytest.raises(SettingsError) as of_file:
        Settings.load("azure")
    with pytest.raises(SettingsError) as of_text:
        Settings.from_text("WORKBOOK_PROFILE=azure")
    assert str(tmp_path / ".env") in str(of_file.value) and str(tmp_path) not in str(of_text.value)


def test_a_key_is_never_shown():
    settings = Settings.from_text(AZURE)
    assert "k-planted-4711" not in repr(settings) + str(settings) + str(settings.model_dump())
    with pytest.raises(SettingsError) as caught:
        Settings.from_text(AZURE.replace("WORKBOOK_EMBEDDING=team-embedding", "WORKBOOK_BUDGET_USD=k-planted-4711"))
    assert "k-planted-4711" not in str(caught.value)
