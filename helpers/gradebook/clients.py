"""Model clients that a check hands to a submission: the same clients there.

A scripted client's requests travel through the check's process, which holds the script; others are built anew for the
same address.
"""

from __future__ import annotations

import sys
from typing import Any

from helpers.gradebook.channel import Channel
from helpers.grading.endpoint_failures import SCRIPTED_HOST


def told_of_client(value: Any) -> dict[str, Any] | None:
    """What the submission's process needs to build the same client; None for anything that is no client."""
    openai = sys.modules.get("openai")
    if openai and isinstance(value, openai.OpenAI | openai.AsyncOpenAI):
        kind = "async" if isinstance(value, openai.AsyncOpenAI) else "sync"
        return {"client": kind, "base_url": str(value.base_url), "max_retries": value.max_retries}
    if type(value).__module__.startswith("langchain_openai") and hasattr(value, "root_client"):
        root = value.root_client
        shown = {key: getattr(value, key, None) for key in ("model_name", "temperature", "max_tokens")}
        about = {"client": "chat_model", "base_url": str(root.base_url), "max_retries": root.max_retries}
        return about | {"options": {key: item for key, item in shown.items() if item is not None}}
    return None


def built_client(channel: Channel, about: dict[str, Any]) -> Any:
    """In the submission's process: the client itself."""
    import httpx2
    import openai

    number = about["mine"]
    shared = {"base_url": about["base_url"], "api_key": "workbook", "max_retries": about["max_retries"]}
    forward = _forwarding(channel, number) if SCRIPTED_HOST in about["base_url"] else None
    if about["client"] == "sync":
        return openai.OpenAI(http_client=httpx2.Client(transport=forward), **shared)
    if about["client"] == "async":
        return openai.AsyncOpenAI(http_client=httpx2.AsyncClient(transport=forward), **shared)
    from langchain_openai import ChatOpenAI

    options = dict(about["options"])
    return ChatOpenAI(
        model=options.pop("model_name"),
        http_client=httpx2.Client(transport=forward),
        http_async_client=httpx2.AsyncClient(transport=forward),
        use_responses_api=False,
        stream_usage=True,
        **shared,
        **options,
    )


def _forwarding(channel: Channel, number: int) -> Any:
    import httpx2

    class Forwarding(httpx2.BaseTransport, httpx2.AsyncBaseTransport):
        def handle_request(self, request: httpx2.Request) -> httpx2.Response:
            return self._sent(request, request.read())

        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            return self._sent(request, await request.aread())

        def _sent(self, request: httpx2.Request, content: bytes) -> httpx2.Response:
            question = {"do": "send", "on": number, "method": request.method, "url": str(request.url)}
            answer = channel.ask({**question, "headers": request.headers.multi_items(), "content": content})
            if "failed" in answer:
                kind = getattr(httpx2, answer["failed"], httpx2.ConnectError)
                raise kind(answer["text"])
            return httpx2.Response(answer["status"], headers=answer["headers"], content=answer["content"])

    return Forwarding()


def sent(value: Any, question: dict[str, Any]) -> dict[str, Any]:
    """In the check's process: a request of a scripted client, answered by its script."""
    import asyncio

    import httpx2
    import openai

    client = getattr(value, "root_client", value)
    url = question["url"]
    if SCRIPTED_HOST not in str(client.base_url) or not url.startswith(str(client.base_url)):
        return {"failed": "ConnectError", "text": "only the script's own address can be asked"}
    request = httpx2.Request(
        question["method"], url, headers=[tuple(pair) for pair in question["headers"]], content=question["content"]
    )
    try:
        found = client._client.send(request)
        response = asyncio.run(found) if isinstance(client, openai.AsyncOpenAI) else found
    except httpx2.TransportError as error:
        return {"failed": type(error).__name__, "text": str(error)}
    return {
        "status": response.status_code,
        "headers": response.headers.multi_items(),
        "content": response.content,
    }
