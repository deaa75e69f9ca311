"""How one and the same call looks on the wire for each profile: the real client builds it, and nothing is sent."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from helpers.settings import Settings

# A complete `.env` for each profile, with names that any team would have to replace.
EXAMPLES = {
    "openai": "WORKBOOK_PROFILE=openai\nOPENAI_API_KEY=example-key",
    "azure": (
        "WORKBOOK_PROFILE=azure\nAZURE_OPENAI_ENDPOINT=https://my-resource.openai.azure.com\n"
        "AZURE_OPENAI_API_KEY=example-key\nWORKBOOK_CHAT_LARGE=team-large\nWORKBOOK_EMBEDDING=team-embedding"
    ),
    "azure, by deployment": (
        "WORKBOOK_PROFILE=azure\nAZURE_OPENAI_ENDPOINT=https://my-resource.openai.azure.com\n"
        "AZURE_OPENAI_API_KEY=example-key\nOPENAI_API_VERSION=2024-10-21\n"
        "WORKBOOK_CHAT_LARGE=team-large\nWORKBOOK_EMBEDDING=team-embedding"
    ),
    "local": "WORKBOOK_PROFILE=local\nWORKBOOK_CHAT_LARGE=my-model\nWORKBOOK_EMBEDDING=my-embedding",
}


@dataclass(frozen=True)
class Wire:
    """Where a request goes and what it carries. No key: only the name of the header that would hold it."""

    host: str
    path: str
    key_header: str
    model: str


def rows(messages: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    """A row for each profile, to show as a table: where the same call would go, and what it would carry."""
    return [{"profile": name, **vars(wire(Settings.from_text(text), messages))} for name, text in EXAMPLES.items()]


def wire(settings: Settings, messages: Sequence[dict[str, str]]) -> Wire:
    """The request that `client.chat.completions.create` makes for the large chat model under these settings."""
    import httpx2

    from helpers.endpoint import connect

    seen: list[httpx2.Request] = []

    def keep(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(
            200, json={"id": "", "object": "chat.completion", "created": 0, "model": "", "choices": []}
        )

    endpoint = connect(settings=settings, quiet=True)
    client = endpoint.client.with_options(http_client=httpx2.Client(transport=httpx2.MockTransport(keep)))
    client.chat.completions.create(model=endpoint.chat_large, messages=list(messages))
    request = seen[0]
    header = "api-key" if "api-key" in request.headers else "Authorization"
    path = request.url.raw_path.decode("ascii")
    return Wire(request.url.host, path, header, json.loads(request.content)["model"])
