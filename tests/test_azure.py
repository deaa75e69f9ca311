"""Azure OpenAI both ways, by key and without one, against a stand-in that refuses what Azure would."""

import asyncio
import itertools
from types import SimpleNamespace

import openai
import pytest
from azure_stand_in import KEY, AzureStandIn, served, token

from helpers.connection.causes import cause_of
from helpers.connection.sign_in import SignInFailed
from helpers.endpoint import connect
from helpers.mock_endpoint import Behaviour
from helpers.settings import Settings

MESSAGES = [{"role": "user", "content": "What is a token?"}]
VERSION = "OPENAI_API_VERSION=2024-10-21\n"


@pytest.fixture(scope="module")
def stand_in():
    app = AzureStandIn()
    with served(app) as url:
        yield SimpleNamespace(url=url, seen=app.seen)


@pytest.fixture
def signed_in(monkeypatch):
    """A credential that gives tokens for whatever it is asked; `asked` has the scopes."""
    pytest.importorskip("azure.identity", reason="needs the extra: `workbook extra azure`")
    asked = []

    class Credential:
        def __init__(self, **options):
            assert options["transport"] is not None

        def get_token(self, *scopes, **options):
            asked.extend(scopes)
            return SimpleNamespace(token=token(scopes[0].removesuffix("/.default")), expires_on=4102444800)

    monkeypatch.setattr("azure.identity.DefaultAzureCredential", Credential)
    return asked


def env(url: str, *lines: str, key: str = KEY) -> str:
    keyed = [f"AZURE_OPENAI_API_KEY={key}"] if key else ["WORKBOOK_AZURE_AUTH=entra"]
    own = [f"AZURE_OPENAI_ENDPOINT={url}", *keyed, "WORKBOOK_CHAT_LARGE=team-large", "WORKBOOK_CHAT_SMALL=team-small"]
    return "\n".join(["WORKBOOK_PROFILE=azure", *own, "WORKBOOK_EMBEDDING=team-embedding", *lines])


def connected(url: str, *lines: str, key: str = KEY):
    endpoint = connect(settings=Settings.from_text(env(url, *lines, key=key)), quiet=True)
    endpoint.client = endpoint.client.with_options(max_retries=0)
    return endpoint


WAYS = list(itertools.product(("v1", "by deployment"), ("key", "entra")))


@pytest.fixture(params=WAYS, ids=" and ".join)
def way(request, stand_in, signed_in):
    route, auth = request.param
    endpoint = connected(
        stand_in.url, *([VERSION] if route == "by deployment" else []), key=KEY if auth == "key" else ""
    )
    before = len(stand_in.seen)
    yield SimpleNamespace(endpoint=endpoint, route=route, auth=auth)
    new = stand_in.seen[before:]
    assert new, "nothing reached the stand-in"
    expected = {("v1", "key"): "key as bearer", ("by deployment", "key"): "api-key"}.get((route, auth), "entra")
    assert {seen["auth"] for seen in new} == {expected}
    prefix = "/openai/v1/" if route == "v1" else "/openai/deployments/team-"
    assert all(seen["path"].startswith(prefix) for seen in new)
    assert all(("api-version" in seen["query"]) == (route != "v1") for seen in new)


def test_openai_chats_streams_and_embeds(way):
    client, endpoint = way.endpoint.client, way.endpoint
    reply = client.chat.completions.create(model=endpoint.chat_large, messages=MESSAGES, max_completion_tokens=60)
    chunks = list(client.chat.completions.create(model=endpoint.chat_small, messages=MESSAGES, stream=True))
    vectors = client.embeddings.create(model=endpoint.embedding, input=["a token", "a cat"])
    assert reply.choices[0].message.content
    assert chunks[0].choices == [] and chunks[0].model_extra["prompt_filter_results"]
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert [len(each.embedding) for each in vectors.data] == [384, 384]
    assert len(endpoint.ledger.calls) == 3


def test_openai_awaits_and_streams(way):
    async def run():
        client, endpoint = way.endpoint.async_client, way.endpoint
        reply = await client.chat.completions.create(model=endpoint.chat_large, messages=MESSAGES)
        stream = await client.chat.completions.create(model=endpoint.chat_large, messages=MESSAGES, stream=True)
        parts = [chunk.choices[0].delta.content or "" async for chunk in stream if chunk.choices]
        vectors = await client.embeddings.create(model=endpoint.embedding, input="a token")
        return reply.choices[0].message.content, "".join(parts), len(vectors.data[0].embedding)

    said, streamed, dimensions = asyncio.run(run())
    assert said and streamed and dimensions == 384


def test_langchain_chats_streams_awaits_and_embeds(way):
    chat = way.endpoint.chat_model("chat-small", temperature=0, max_tokens=60)
    assert chat.invoke("What is a token?").content
    chunks = list(chat.stream("What is a token?"))
    assert "".join(chunk.text for chunk in chunks)
    assert any(chunk.usage_metadata for chunk in chunks)
    assert len(way.endpoint.embeddings().embed_documents(["a token", "a cat"])) == 2

    async def run():
        message = await way.endpoint.chat_model().ainvoke("What is a token?")
        vector = await way.endpoint.embeddings().aembed_query("a token")
        return message.content, vector

    said, vector = asyncio.run(run())
    assert said and len(vector) == 384


def test_langchain_fills_a_schema_and_calls_a_tool(way):
    from pydantic import BaseModel, Field

    class Lot(BaseModel):
        "A lot in a store."

        sku: str = Field(description="the article's code")

    chat = way.endpoint.chat_model(temperature=0)
    assert chat.with_structured_output(Lot).invoke("The sku is A-17.").sku
    assert chat.bind_tools([Lot], tool_choice="Lot").invoke("Look up the lot with sku A-17.").tool_calls


def test_a_token_is_asked_for_the_scope_of_its_route(stand_in, signed_in):
    for lines, scope in (([], "https://ai.azure.com/"), ([VERSION], "https://cognitiveservices.azure.com/")):
        signed_in.clear()
        endpoint = connected(stand_in.url, *lines, key="")
        endpoint.client.chat.completions.create(model=endpoint.chat_small, messages=MESSAGES)
        assert signed_in == [f"{scope}.default"]
    endpoint = connected(stand_in.url, "WORKBOOK_AZURE_SCOPE=https://elsewhere.example/.default", key="")
    with pytest.raises(openai.AuthenticationError, match="audience"):
        endpoint.client.chat.completions.create(model=endpoint.chat_small, messages=MESSAGES)
    assert signed_in[-1] == "https://elsewhere.example/.default"


def test_who_is_not_signed_in_is_told_what_to_type(stand_in, monkeypatch):
    pytest.importorskip("azure.identity", reason="needs the extra: `workbook extra azure`")
    from azure.core.exceptions import ClientAuthenticationError

    class Nobody:
        def __init__(self, **options):
            pass

        def get_token(self, *scopes, **options):
            raise ClientAuthenticationError("AADSTS7000215: Invalid client secret planted-secret-4711 provided.")

    monkeypatch.setattr("azure.identity.DefaultAzureCredential", Nobody)
    endpoint = connected(stand_in.url, key="")
    with pytest.raises(SignInFailed) as caught:
        endpoint.client.chat.completions.create(model=endpoint.chat_small, messages=MESSAGES)
    assert "AADSTS7000215" in str(caught.value) and "az login" in str(caught.value)
    assert "planted" not in str(caught.value) and caught.value.__context__ is None
    with pytest.raises(SignInFailed):
        endpoint.chat_model().invoke("Hi")
    with pytest.raises(SignInFailed):
        asyncio.run(endpoint.chat_model().ainvoke("Hi"))


def refused(endpoint, **changes):
    with pytest.raises(openai.APIStatusError) as caught:
        endpoint.client.chat.completions.create(**{"model": "team-large", "messages": MESSAGES, **changes})
    return caught.value


@pytest.mark.parametrize("lines", [[], [VERSION]], ids=["v1", "by deployment"])
def test_what_azure_refuses_has_a_cause_and_a_next_step(stand_in, lines):
    wrong_key = refused(connected(stand_in.url, *lines, key="wrong-key-planted-4711"))
    assert wrong_key.status_code == 401 and "region" in cause_of(wrong_key).next_step
    nowhere = refused(connected(stand_in.url, *lines), model="gpt-5.4")
    assert nowhere.code == "DeploymentNotFound" and "Deployments" in cause_of(nowhere).next_step
    blocked = refused(connected(stand_in.url, *lines), messages=[{"role": "user", "content": "I will kill him."}])
    assert blocked.code == "content_filter" and blocked.body["innererror"]["content_filter_result"]
    assert "filter" in cause_of(blocked).what
    unknown = refused(connected(stand_in.url, *lines), extra_body={"temprature": 1})
    assert unknown.status_code == 400 and "field" in cause_of(unknown).next_step


def test_an_unknown_api_version_and_a_field_that_came_later_are_refused(stand_in):
    future = refused(connected(stand_in.url, "OPENAI_API_VERSION=2031-01-01"))
    assert future.status_code == 400 and "OPENAI_API_VERSION" in cause_of(future).next_step
    older = connected(stand_in.url, "OPENAI_API_VERSION=2024-06-01")
    assert "max_completion_tokens" in str(refused(older, max_completion_tokens=5))


def test_a_token_without_a_role_is_told_which_role_is_missing(stand_in, monkeypatch):
    pytest.importorskip("azure.identity", reason="needs the extra: `workbook extra azure`")
    monkeypatch.setattr("helpers.connection.opening._sign_in", lambda settings, verify: lambda: token(role=False))
    no_role = refused(connected(stand_in.url, key=""))
    assert no_role.code == "PermissionDenied" and "Cognitive Services OpenAI User" in cause_of(no_role).next_step


def test_a_full_quota_says_how_long_to_wait_and_the_client_waits():
    with served(AzureStandIn(Behaviour(requests_per_minute=2, time_scale=200))) as url:
        endpoint = connected(url)
        for _ in range(2):
            endpoint.client.chat.completions.create(model="team-small", messages=MESSAGES)
        full = refused(endpoint)
        assert full.status_code == 429
        assert int(full.response.headers["retry-after-ms"]) > 0 and full.response.headers["retry-after"]
        patient = endpoint.client.with_options(max_retries=3)
        assert patient.chat.completions.create(model="team-small", messages=MESSAGES).choices


def test_a_reasoning_deployment_takes_the_newer_name_of_the_limit_only():
    with served(AzureStandIn(reasoning=("team-large",))) as url:
        endpoint = connected(url)
        assert "max_completion_tokens" in str(refused(endpoint, max_tokens=5))
        assert endpoint.chat_model(max_tokens=40).invoke("What is a token?").content


def test_variables_of_other_tools_in_the_environment_change_nothing(stand_in, monkeypatch):
    foreign = {
        "OPENAI_API_BASE": "https://elsewhere.example/v1",
        "OPENAI_BASE_URL": "https://elsewhere.example/v1",
        "OPENAI_API_KEY": "sk-of-another-tool",
        "OPENAI_PROXY": "http://127.0.0.1:9",
        "AZURE_OPENAI_AD_TOKEN": "an.old.token",
        "OPENAI_API_TYPE": "azure_ad",
    }
    for name, value in foreign.items():
        monkeypatch.setenv(name, value)
    for lines in ([], [VERSION]):
        endpoint = connected(stand_in.url, *lines)
        assert endpoint.client.chat.completions.create(model="team-small", messages=MESSAGES).choices
        assert endpoint.chat_model().invoke("What is a token?").content
        assert len(endpoint.embeddings().embed_query("a token")) == 384


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/v1/chat/completions", {"api-key": KEY}, 404),
        ("/openai/v1/chat/completions?api-version=2024-10-21", {"api-key": KEY}, 400),
        ("/openai/deployments/team-large/chat/completions", {"api-key": KEY}, 404),
        (
            "/openai/deployments/team-large/chat/completions?api-version=2024-10-21",
            {"Authorization": f"Bearer {KEY}"},
            401,
        ),
        ("/openai/deployments/team-large/chat/completions?api-version=2024-10-21", {"api-key": KEY}, 200),
        ("/openai/v1/chat/completions", {"Authorization": f"Bearer {token('https://management.azure.com')}"}, 401),
        ("/openai/v1/chat/completions", {"Authorization": f"Bearer {token(expires_in=-1)}"}, 401),
        ("/openai/v1/chat/completions", {}, 401),
        ("/openai/deployments/team-large/v1/chat/completions?api-version=2024-10-21", {"api-key": KEY}, 404),
    ],
)
def test_the_stand_in_is_strict(stand_in, path, headers, status):
    import httpx2

    body = {"model": "team-large", "messages": MESSAGES}
    assert httpx2.post(stand_in.url + path, json=body, headers=headers).status_code == status
