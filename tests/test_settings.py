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


@pytest.fixture
def without_azure_identity(monkeypatch):
    monkeypatch.setattr("helpers.settings.model._can_sign_in", lambda: False)


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


def test_every_missing_field_is_named_at_once(without_azure_identity):
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
        ("WORKBOOK_PROFILE=azure\nWORKBOOK_AZURE_AUTH=managed", "WORKBOOK_AZURE_AUTH", "one of key, entra"),
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


# ---- slips

KEY = "k-planted-4711"
OPENAI = f"WORKBOOK_PROFILE=openai\nOPENAI_API_KEY={KEY}\n"
COMPATIBLE = "WORKBOOK_PROFILE=compatible\nWORKBOOK_BASE_URL=https://gateway.example/v1\n"
COMPATIBLE += f"WORKBOOK_API_KEY={KEY}\nWORKBOOK_CHAT_LARGE=m\nWORKBOOK_EMBEDDING=e\n"


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (f"'\u201c{KEY}\u201d'", "is in quotes"),
        (f"\u201c{KEY}\u201d", "is in quotes"),
        (f"'\"{KEY}\"'", "is in quotes"),
        (f'"{KEY} "', "spaces at an end"),
        (f"{KEY}\u201d", "quote at one end"),
        (f"Bearer {KEY}", "begins with \u201cbearer\u201d"),
        (f"Authorization: {KEY}", "begins with \u201cauthorization\u201d"),
        (f"api-key: {KEY}", "begins with \u201capi-key\u201d"),
        (f"{KEY} {KEY}", "has a space in it"),
        (f"{KEY}\u200b", "cannot be seen"),
        (f"{KEY}\u00e9", "no key has"),
        (f"https://{KEY}.example", "is an address"),
        (f"sk-...{KEY}", "shortened"),
        (f"sk-***{KEY}", "shortened"),
        ("<your-key>", "placeholder"),
        ("your-api-key", "placeholder"),
        ("{{OPENAI_API_KEY}}", "placeholder"),
        ("xxxxxxxx", "placeholder"),
    ],
)
def test_a_slip_in_a_key_is_named_and_no_part_of_the_key_is_shown(value, says):
    said = problems(OPENAI.replace(KEY, value))["OPENAI_API_KEY"]
    assert says in said and "planted" not in said and "4711" not in said


def test_a_key_of_the_other_service_is_told():
    assert (
        "of OpenAI, not of Azure"
        in problems(AZURE.replace("k-planted-4711", "sk-proj-planted"))["AZURE_OPENAI_API_KEY"]
    )


@pytest.mark.parametrize(
    ("value", "put"),
    [
        ("https://unit.openai.azure.com/openai/deployments/gpt-x/chat/completions?api-version=2025-01-01-preview",
         "put https://unit.openai.azure.com; the deployment goes into WORKBOOK_CHAT_LARGE"),
        ("https://unit.services.ai.azure.com/api/projects/team", "put https://unit.services.ai.azure.com"),
        ("https://portal.azure.com/#home", "Keys and Endpoint"),
        ("https://<my-resource>.openai.azure.com", "such as https://my-resource.openai.azure.com"),
        ("https://name:planted-4711@unit.openai.azure.com", "put https://unit.openai.azure.com, and the key in"),
        ("unit . openai.azure.com", "put https://"),
        ("https://unit.openai.azure.com:port", "put https://"),
        ("https://", "put https://"),
        ("https://unit.openai.azure.com?x=1", "put https://unit.openai.azure.com"),
    ],
)  # fmt: skip
def test_a_slip_in_azures_address_is_answered_with_the_address(value, put):
    said = problems(AZURE.replace("https://unit.openai.azure.com/", value))["AZURE_OPENAI_ENDPOINT"]
    assert put in said and "planted" not in said


@pytest.mark.parametrize(
    ("value", "put"),
    [
        ("https://gateway.example/v1/chat/completions", "put https://gateway.example/v1;"),
        ("http://gpu01:8000/v1/embeddings/", "put http://gpu01:8000/v1;"),
        ("gateway.example/v1", "put https://gateway.example/v1"),
        ("gateway.example:8443", "put https://gateway.example:8443/v1"),
        ("ftp://gateway.example/v1", "put https://gateway.example/v1"),
        ("https://user:planted-4711@gateway.example/v1", "WORKBOOK_API_KEY"),
        ("https://YOUR gateway/v1", "put https://gateway.example/v1"),
        ("http://[::1", "put https://gateway.example/v1"),
    ],
)
def test_a_slip_in_a_servers_address_is_answered_with_the_address(value, put):
    said = problems(COMPATIBLE.replace("https://gateway.example/v1", value))["WORKBOOK_BASE_URL"]
    assert put in said and "planted" not in said


def test_plain_http_inside_a_network_is_allowed_for_a_server_of_ones_own():
    assert Settings.from_text(COMPATIBLE.replace("https", "http")).base_url == "http://gateway.example/v1"


@pytest.mark.parametrize(
    ("line", "field", "says"),
    [
        ("WORKBOOK_CHAT_LARGE=my model", "WORKBOOK_CHAT_LARGE", "has a space"),
        ("WORKBOOK_CHAT_LARGE=<deployment>", "WORKBOOK_CHAT_LARGE", "placeholder"),
        ("WORKBOOK_JUDGE=https://x.example/judge", "WORKBOOK_JUDGE", "is an address"),
        ("OPENAI_API_VERSION=v1", "OPENAI_API_VERSION", "delete the line"),
        ("OPENAI_API_VERSION=2024-10", "OPENAI_API_VERSION", "a date such as"),
        ("WORKBOOK_CA_FILE=/no/such/file.pem", "WORKBOOK_CA_FILE", "cannot be read"),
        ("WORKBOOK_EMBEDING=e", "WORKBOOK_EMBEDING", "put WORKBOOK_EMBEDDING"),
        ("WORKBOOK_BUDGET=1", "WORKBOOK_BUDGET", "put WORKBOOK_BUDGET_USD"),
        ("WORKBOOK_QQQQQQQQ=1", "WORKBOOK_QQQQQQQQ", "delete the line"),
    ],
)
def test_a_slip_elsewhere_is_named(line, field, says):
    assert says in problems(f"{AZURE}{line}\n")[field]


def test_a_file_that_holds_no_certificate_is_told(tmp_path):
    (tmp_path / "root.cer").write_bytes(bytes(range(256)))
    assert "certificate in PEM" in problems(f"{OPENAI}WORKBOOK_CA_FILE={tmp_path / 'root.cer'}")["WORKBOOK_CA_FILE"]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("AZURE_OPENAI_KEY", "AZURE_OPENAI_API_KEY"),
        ("AZURE_OPENAI_API_KY", "AZURE_OPENAI_API_KEY"),
        ("azure_openai_api_key", "AZURE_OPENAI_API_KEY"),
    ],
)
def test_a_name_of_another_tool_is_pointed_to_ours_when_that_is_missing(name, meant, without_azure_identity):
    assert f"its value into {meant}" in problems(AZURE.replace("AZURE_OPENAI_API_KEY", name))[name]


def test_such_a_name_beside_ours_is_only_a_remark_and_a_stranger_is_none():
    settings = Settings.from_text(f"{AZURE}AZURE_OPENAI_KEY=other\nDATABASE_URL=x\nOPENAI_LOG=debug\n")
    assert settings.notes == ("AZURE_OPENAI_KEY in .env is not read here; AZURE_OPENAI_API_KEY is.",)


def test_the_mock_goes_on_whatever_other_profiles_lack():
    text = f"OPENAI_KEY={KEY}\nOPENAI_API_KEY=Bearer {KEY}\nAZURE_OPENAI_ENDPOINT=nonsense here\n"
    settings = Settings.from_text(text)
    assert settings.profile == "mock" and "planted" not in " ".join(settings.notes)


# ---- Azure without a key


def test_a_profile_without_a_line_for_a_key_signs_in_when_it_can(monkeypatch):
    monkeypatch.setattr("helpers.settings.model._can_sign_in", lambda: True)
    keyless = AZURE.replace("AZURE_OPENAI_API_KEY=k-planted-4711\n", "")
    assert Settings.from_text(keyless).keyless
    assert not Settings.from_text(AZURE).keyless
    assert Settings.from_text(f"{AZURE}WORKBOOK_AZURE_AUTH=entra").keyless
    assert "is missing" in problems(f"{keyless}WORKBOOK_AZURE_AUTH=key")["AZURE_OPENAI_API_KEY"]


def test_a_line_that_still_waits_for_its_key_is_half_filled_and_no_wish_to_sign_in():
    found = problems(AZURE.replace("k-planted-4711", ""))
    assert "one of the resource's two keys" in found["AZURE_OPENAI_API_KEY"]


def test_without_the_package_the_extra_is_named(without_azure_identity):
    keyless = AZURE.replace("AZURE_OPENAI_API_KEY=k-planted-4711\n", "")
    assert "`workbook extra azure`" in problems(keyless)["AZURE_OPENAI_API_KEY"]
    assert "`workbook extra azure`" in problems(f"{keyless}WORKBOOK_AZURE_AUTH=entra")["WORKBOOK_AZURE_AUTH"]


def test_each_route_has_its_scope():
    assert Settings.from_text(AZURE).scope == "https://ai.azure.com/.default"
    older = Settings.from_text(f"{AZURE}OPENAI_API_VERSION=2024-10-21")
    assert older.scope == "https://cognitiveservices.azure.com/.default"
    assert Settings.from_text(f"{AZURE}WORKBOOK_AZURE_SCOPE=https://ai.azure.us/.default").scope.endswith(
        ".us/.default"
    )


# ---- environment and file


@pytest.fixture
def env_file(monkeypatch, tmp_path):
    monkeypatch.setenv("WORKBOOK_HOME", str(tmp_path))
    return tmp_path / ".env"


def test_what_the_environment_overrules_is_said_without_its_value(env_file, monkeypatch):
    env_file.write_text(AZURE, encoding="utf-8")
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", "another-planted-key")
    monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", "https://unit.openai.azure.com/")  # the same
    settings = Settings.load()
    assert settings.notes == ("AZURE_OPENAI_API_KEY: the environment's value won over the one in .env.",)


def test_an_empty_variable_overrules_nothing(env_file, monkeypatch):
    env_file.write_text(OPENAI, encoding="utf-8")
    monkeypatch.setenv("OPENAI_API_KEY", "")
    monkeypatch.setenv("WORKBOOK_CHAT_LARGE", " ")
    settings = Settings.load()
    assert settings.openai_api_key.get_secret_value() == KEY and settings.models["chat-large"] == "gpt-5.4"


def test_a_slip_in_the_environment_is_not_looked_for_in_the_file(env_file, monkeypatch):
    env_file.write_text(OPENAI, encoding="utf-8")
    monkeypatch.setenv("OPENAI_API_KEY", f"Bearer {KEY}")
    with pytest.raises(SettingsError, match=r"came from the environment, and won over \.env.*or unset it"):
        Settings.load()


def test_an_address_of_another_tool_in_the_environment_is_remarked_on(env_file, monkeypatch):
    env_file.write_text(OPENAI, encoding="utf-8")
    monkeypatch.setenv("OPENAI_BASE_URL", "https://elsewhere.example/v1")
    settings = Settings.load()
    assert settings.base_url == "https://api.openai.com/v1"
    assert "OPENAI_BASE_URL in the environment is not read" in settings.notes[0]
    assert Settings.load("mock").notes == ()


def test_what_the_mock_put_into_the_environment_is_no_key(env_file, monkeypatch):
    env_file.write_text(OPENAI, encoding="utf-8")
    monkeypatch.setenv("OPENAI_API_KEY", "workbook")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1234/v1")
    settings = Settings.load()
    assert settings.api_key.get_secret_value() == KEY and settings.notes == ()


def test_a_key_of_the_environment_is_back_after_the_mock_was_used(env_file, monkeypatch):
    import os

    from helpers.endpoint import connect

    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_BASE_URL", "")
    connect("mock", quiet=True)
    assert os.environ["OPENAI_API_KEY"] == "workbook"
    live = connect("openai", quiet=True)
    assert live.settings.api_key.get_secret_value() == KEY and os.environ["OPENAI_API_KEY"] == KEY


@pytest.mark.parametrize(
    "content",
    [
        AZURE.encode("utf-8-sig"),
        AZURE.encode("utf-16"),
        AZURE.encode("utf-16-be").join([b"\xfe\xff", b""]),
        AZURE.replace("\n", "\r\n").encode(),
        AZURE.replace("\n", "\r").encode(),
        AZURE.replace("WORKBOOK", "export WORKBOOK").encode(),
        AZURE.replace("=", " = ").encode(),
        AZURE.replace("=k-planted-4711", "='k-planted-4711'   # the first of two").encode(),
    ],
    ids=["byte-order mark", "UTF-16", "UTF-16 BE", "CRLF", "CR", "export", "spaces around =", "quoted, with remark"],
)
def test_a_file_that_some_editor_or_shell_made_is_read(env_file, content):
    env_file.write_bytes(content)
    settings = Settings.load()
    assert settings.profile == "azure" and settings.api_key.get_secret_value() == KEY


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (bytes(range(256)) * 4, "is not text in UTF-8"),
        (b"WORKBOOK_PROFILE=azure\n\0\0", "is not a text file"),
        (AZURE.encode("utf-16-le"), "is not a text file"),
        ("WORKBOOK_PROFILE=azur\u00e9".encode("latin-1"), "is not text in UTF-8"),
        (b"\xff\xfe\x00", "is not text in UTF-8"),
        (b"A=" + b"x" * 1_000_000, "more than 64 kB"),
        (b"k-planted-4711\n", "line 1, is not a setting"),
        (b"\n\nset OPENAI_API_KEY=k-planted-4711\n", "line 3, is not a setting"),
        (b"$env:OPENAI_API_KEY='k-planted-4711", "line 1, is not a setting"),
        (b'WORKBOOK_PROFILE=mock\nOPENAI_API_KEY="k-planted-4711\n', "line 2, is not a setting"),
        (b"OPENAI_API_KEY: k-planted-4711\n", "line 1, is not a setting"),
    ],
)
def test_a_file_that_is_none_is_a_sentence_and_quotes_nothing(env_file, content, says):
    env_file.write_bytes(content)
    with pytest.raises(SettingsError) as caught:
        Settings.load()
    assert says in str(caught.value) and "planted" not in str(caught.value)


def test_a_folder_in_its_place_is_told(env_file):
    env_file.mkdir()
    with pytest.raises(SettingsError, match="is not a file"):
        Settings.load()


def test_a_name_that_is_set_twice_is_remarked_on(env_file):
    env_file.write_text(f"OPENAI_API_KEY=first-planted\n{OPENAI}", encoding="utf-8")
    assert Settings.load().notes == ("OPENAI_API_KEY is set twice in .env: the last one counts.",)


def test_no_error_of_settings_drags_a_key_along_in_its_causes():
    import traceback

    for text in (
        f"{OPENAI}WORKBOOK_LIVE_SAMPLE={KEY}",
        OPENAI.replace(KEY, f"Bearer {KEY}"),
        f"{AZURE}WORKBOOK_X={KEY}",
    ):
        with pytest.raises(SettingsError) as caught:
            Settings.from_text(text)
        assert KEY not in "".join(traceback.format_exception(caught.value))
