"""What differs between the profiles, as one table: the requests that each profile's own client makes, and the answers.

Requests are built by the real clients and not sent. Answers were recorded (`workbook bench dialects`) from this
project's stand-ins, which use the words that OpenAI and Azure OpenAI are known to use; none is of a live service.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from helpers.paths import SAMPLE_DATA
from helpers.settings import Settings

if TYPE_CHECKING:
    import httpx2

    from helpers.endpoint import Endpoint

ANSWERS = SAMPLE_DATA / "endpoint" / "dialects.json"
# A complete `.env` for each profile, with names that any team would have to replace.
AZURE = (
    "WORKBOOK_PROFILE=azure\nAZURE_OPENAI_ENDPOINT=https://my-resource.openai.azure.com\n"
    "AZURE_OPENAI_API_KEY=example-key\nWORKBOOK_CHAT_LARGE=team-large\nWORKBOOK_EMBEDDING=team-embedding"
)
EXAMPLES = {
    "openai": "WORKBOOK_PROFILE=openai\nOPENAI_API_KEY=example-key",
    "azure": AZURE,
    "azure, by deployment": f"{AZURE}\nOPENAI_API_VERSION=2024-10-21",
    "local": "WORKBOOK_PROFILE=local\nWORKBOOK_CHAT_LARGE=my-model\nWORKBOOK_EMBEDDING=my-embedding",
}
HELLO = ({"role": "user", "content": "What is a token?"},)
Row = dict[str, str]


@dataclass(frozen=True)
class Wire:
    """Where a request goes and what it carries. No key: only the name of the header that would hold it."""

    host: str
    path: str
    key_header: str
    model: str


def requests(messages: Sequence[Mapping[str, Any]] = HELLO, *, langchain: bool = False) -> list[Row]:
    """A row for each difference between requests, a column for each profile.

    langchain: also what LangChain's clients send, which takes seconds to import.
    """
    chat = {name: _chat(name, messages) for name in EXAMPLES}
    embed = {
        name: _sent(name, lambda e: e.client.embeddings.create(model=e.embedding, input="hi")) for name in EXAMPLES
    }
    settings = {name: Settings.from_text(text) for name, text in EXAMPLES.items()}
    rows = [
        _row("host", {name: _wire(request).host for name, request in chat.items()}),
        _row("path", {name: request.url.path for name, request in chat.items()}),
        _row("api-version", {name: request.url.params.get("api-version", "none") for name, request in chat.items()}),
        _row("the key is in", {name: _wire(request).key_header for name, request in chat.items()}),
        _row(
            "instead of a key",
            {name: f"a token for {s.scope}" if s.profile == "azure" else "nothing" for name, s in settings.items()},
        ),
        _row(
            "`model` is",
            {
                name: f"your deployment: {_wire(request).model}"
                if "azure" in name
                else f"a model: {_wire(request).model}"
                for name, request in chat.items()
            },
        ),
        _row("embeddings go to", {name: request.url.path for name, request in embed.items()}),
    ]
    return rows + (_langchain_rows() if langchain else [])


def answers() -> list[Row]:
    """A row for each thing that can happen, a column for each dialect; from the recorded answers."""
    recorded = json.loads(ANSWERS.read_text(encoding="utf-8"))
    return [_row(case, {name: _told(answer) for name, answer in by_name.items()}) for case, by_name in recorded.items()]


def wire(settings: Settings, messages: Sequence[Mapping[str, Any]] = HELLO) -> Wire:
    """The request that `client.chat.completions.create` makes for the large chat model under these settings."""
    return _wire(_sent(settings, lambda e: e.client.chat.completions.create(model=e.chat_large, messages=[*messages])))


def _chat(name: str, messages: Sequence[Mapping[str, Any]]) -> httpx2.Request:
    return _sent(name, lambda e: e.client.chat.completions.create(model=e.chat_large, messages=[*messages]))


def _langchain_rows() -> list[Row]:
    chat = {name: _sent(name, lambda e: _of_langchain(e).invoke("hi")) for name in EXAMPLES}
    embed = {
        name: _sent(name, lambda e: e.embeddings(http_client=e.client._client).embed_query("hi")) for name in EXAMPLES
    }
    limit = {name: next(field for field in _body(request) if "tokens" in field) for name, request in chat.items()}
    texts = {name: "token ids" if isinstance(_body(r)["input"][0], list) else "text" for name, r in embed.items()}
    return [
        _row("LangChain's `max_tokens` is sent as", limit),
        _row("LangChain sends for embeddings", texts),
    ]


def _of_langchain(endpoint: Endpoint) -> Any:
    return endpoint.chat_model(max_tokens=5, http_client=endpoint.client._client)


def _sent(of: str | Settings, call: Callable[[Endpoint], Any]) -> httpx2.Request:
    """The request that a call makes, kept before it is sent. The reply that the client then reads holds nothing."""
    import httpx2

    from helpers.endpoint import Endpoint
    from helpers.ledger import Ledger

    settings = Settings.from_text(EXAMPLES[of]) if isinstance(of, str) else of
    kept: list[httpx2.Request] = []

    def keep(request: httpx2.Request) -> httpx2.Response:
        kept.append(request)
        vector = {"object": "embedding", "index": 0, "embedding": [0.0]}
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": ""}}
        return httpx2.Response(
            200, json={"id": "", "object": "", "created": 0, "model": "", "choices": [choice], "data": [vector]}
        )

    endpoint = Endpoint(settings, settings.base_url or "", Ledger(), settings.api_key.get_secret_value())
    http = httpx2.Client(transport=httpx2.MockTransport(keep))
    endpoint.client = endpoint.client.with_options(http_client=http)
    call(endpoint)
    return kept[0]


def _wire(request: httpx2.Request) -> Wire:
    header = "api-key" if "api-key" in request.headers else "Authorization"
    path = request.url.raw_path.decode("ascii")
    return Wire(request.url.host, path, header, _body(request)["model"])


def _body(request: httpx2.Request) -> dict[str, Any]:
    return json.loads(request.content)


def _row(what: str, by_name: Mapping[str, str]) -> Row:
    return {"difference": what, **by_name}


def _told(answer: Mapping[str, Any] | None) -> str:
    """A recorded answer in a few words: status, code, and what else a program would look at."""
    if answer is None:
        return "has none"
    error = answer["body"].get("error", answer["body"])
    said = [str(answer["status"]), *([f"`{error['code']}`"] if error.get("code") else []), *answer["fields"]]
    return ", ".join(said)
