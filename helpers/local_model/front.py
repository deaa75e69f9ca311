"""What clients of the local model talk to: an OpenAI-compatible app in front of llama.cpp's own server.

It passes requests and replies on, and adds what a client of OpenAI relies on: a key, unknown models refused, errors
with OpenAI's status, code and words, an end to every reply, tools for models that write them as text, and embeddings by
a model that was made for them (a chat model's own are poor). A client that leaves ends its reply, so that nobody waits
for text that no one reads.

The engine is an httpx2 client, so a test gives it a fake one.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import httpx2
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from helpers.local_model import tool_calls
from helpers.local_model.streams import with_calls

# Names that always work, whatever file is served: those of the profile `local`.
CHAT_ALIAS, EMBEDDING_ALIAS = "local-chat", "local-embedding"
EMBEDDING = "all-minilm-l6-v2"
# A reply without a limit of its own ends here: a small model may repeat itself for ever.
REPLY_TOKENS = 1024
LIMITS = ("max_completion_tokens", "max_tokens", "max_output_tokens", "n_predict")
_LEAVING = 0.25  # seconds between two looks at whether the client is still there


@dataclass(frozen=True)
class Served:
    """What a front serves. `key`: the word that clients send; `context`: tokens of a request and its reply."""

    model: str
    key: str
    context: int
    knows_tools: bool = True


class Refused(Exception):
    """A request that is not answered; OpenAI's error body."""

    def __init__(self, status: int, message: str, code: str | None, param: str | None = None) -> None:
        super().__init__(message)
        kind = "server_error" if status >= 500 else "invalid_request_error"
        self.status, self.body = (
            status,
            {"error": {"message": message, "type": kind, "param": param, "code": code}},
        )


def create_front(served: Served, engine: httpx2.AsyncClient, embedder: httpx2.AsyncClient) -> Starlette:
    """The app. engine: llama.cpp's server; embedder: an endpoint whose `sim-embedding` is MiniLM."""
    front = _Front(served, engine, embedder)
    routes = [
        Route("/v1/models", front.models),
        Route("/v1/models/{name:path}", front.model),
        Route("/v1/chat/completions", front.chat, methods=["POST"]),
        Route("/v1/completions", front.completions, methods=["POST"]),
        Route("/v1/responses", front.responses, methods=["POST"]),
        Route("/v1/embeddings", front.embeddings, methods=["POST"]),
    ]
    routes = [Route(r.path, _guarded(r.endpoint, served.key), methods=list(r.methods or ())) for r in routes]

    def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, Refused)
        return JSONResponse(error.body, error.status)

    def unknown(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        found = Refused(error.status_code, f"Unknown request URL: {request.method} {request.url.path}.", "unknown_url")
        return JSONResponse(found.body, found.status)

    return Starlette(routes=routes, exception_handlers={Refused: refused, HTTPException: unknown})


def _guarded(endpoint: Callable, key: str) -> Callable:
    async def guarded(request: Request) -> Response:
        # A page in the browser reaches this port too, under a name that it made up: it gets nothing.
        if request.url.hostname not in ("127.0.0.1", "localhost", "::1"):
            raise Refused(403, f"This server answers 127.0.0.1 and localhost, not {request.url.hostname}.", None)
        given = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
        if given != key and request.headers.get("api-key") != key:
            raise Refused(401, "Incorrect API key provided. `workbook local` has printed the key.", "invalid_api_key")
        return await endpoint(request)

    return guarded


class _Front:
    def __init__(self, served: Served, engine: httpx2.AsyncClient, embedder: httpx2.AsyncClient) -> None:
        self._served, self._engine, self._embedder = served, engine, embedder
        self._chat_names = {served.model, CHAT_ALIAS}
        self._embedding_names = {EMBEDDING, EMBEDDING_ALIAS}

    async def models(self, request: Request) -> Response:
        names = [self._served.model, CHAT_ALIAS, EMBEDDING, EMBEDDING_ALIAS]
        return JSONResponse({"object": "list", "data": [_listed(name) for name in dict.fromkeys(names)]})

    async def model(self, request: Request) -> Response:
        self._known(request.path_params["name"], self._chat_names | self._embedding_names)
        return JSONResponse(_listed(request.path_params["name"]))

    async def chat(self, request: Request) -> Response:
        body = await self._generating(request)
        messages = body.get("messages")
        if not isinstance(messages, list) or not messages:
            raise Refused(400, "Missing required parameter: 'messages'.", "missing_required_parameter", "messages")
        body["messages"] = [_known_role(message) for message in messages]
        names, forced = tool_calls.declared(body), tool_calls.must_call(body)
        try:
            body = tool_calls.prepared(body, self._served.knows_tools)
        except (ValueError, KeyError, TypeError) as error:
            raise Refused(400, str(error), "invalid_value", "tool_choice") from None
        if body.get("stream"):
            return await self._stream(
                request, "/v1/chat/completions", body, lambda events: with_calls(events, names, forced)
            )
        reply = await self._whole(request, "/v1/chat/completions", body)
        for choice in reply.get("choices", []):
            _finish(choice, names)
        return JSONResponse(reply)

    async def completions(self, request: Request) -> Response:
        return await self._passed_on(request, "/v1/completions")

    async def responses(self, request: Request) -> Response:
        return await self._passed_on(request, "/v1/responses")

    async def embeddings(self, request: Request) -> Response:
        body = await _read(request)
        self._known(body.get("model"), self._embedding_names)
        answer = await self._embedder.post("/v1/embeddings", json={**body, "model": "sim-embedding"})
        reply = answer.json()
        if answer.status_code == 200:
            reply["model"] = EMBEDDING
        return JSONResponse(reply, answer.status_code)

    async def _passed_on(self, request: Request, path: str) -> Response:
        body = await self._generating(request)
        if body.get("stream"):
            return await self._stream(request, path, body, lambda events: events)
        return JSONResponse(await self._whole(request, path, body))

    async def _generating(self, request: Request) -> dict[str, Any]:
        """The body of a request for text, with a limit on the reply."""
        body = await _read(request)
        self._known(body.get("model"), self._chat_names)
        if not any(body.get(name) for name in LIMITS):
            body["max_output_tokens" if request.url.path.endswith("/responses") else "max_tokens"] = REPLY_TOKENS
        return body

    def _known(self, name: Any, names: set[str]) -> None:
        if not name:
            raise Refused(400, "you must provide a model parameter", None, "model")
        if name not in names:
            there = ", ".join(sorted(names))
            raise Refused(404, f"The model `{name}` does not exist here. There is: {there}.", "model_not_found")

    async def _whole(self, request: Request, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = await _while_client_waits(request, self._engine.post(path, json=body))
        reply = _json(answer.content)
        if answer.status_code >= 400:
            raise self._in_words(answer.status_code, reply)
        return {**reply, "model": self._served.model}

    async def _stream(self, request: Request, path: str, body: dict[str, Any], change: Callable) -> Response:
        asked = self._engine.build_request("POST", path, json=body)
        answer = await _while_client_waits(request, self._engine.send(asked, stream=True))
        if answer.status_code >= 400:
            raise self._in_words(answer.status_code, _json(await answer.aread()))
        return StreamingResponse(self._events(answer, change), media_type="text/event-stream")

    async def _events(self, answer: httpx2.Response, change: Callable) -> AsyncIterator[str]:
        async with contextlib.aclosing(answer):
            try:
                async for event in change(self._parsed(answer)):
                    name = f"event: {event['type']}\n" if "type" in event else ""
                    yield f"{name}data: {json.dumps(event, ensure_ascii=False)}\n\n"
            except httpx2.HTTPError:
                yield f"data: {json.dumps(_engine_gone().body)}\n\n"
                return
            if "responses" not in str(answer.request.url):
                yield "data: [DONE]\n\n"

    async def _parsed(self, answer: httpx2.Response) -> AsyncIterator[dict[str, Any]]:
        async for line in answer.aiter_lines():
            if not line.startswith("data:") or line[5:].strip() == "[DONE]":
                continue
            event = _json(line[5:].encode())
            if "error" in event:
                event = self._in_words(500, event).body
            elif "model" in event:
                event["model"] = self._served.model
            yield event

    def _in_words(self, status: int, reply: dict[str, Any]) -> Refused:
        """llama.cpp's error as OpenAI would put it."""
        error = reply.get("error") if isinstance(reply.get("error"), dict) else {}
        message, kind = str(error.get("message") or f"The engine answered {status}."), error.get("type")
        if kind == "exceed_context_size_error" or "context size has been exceeded" in message.lower():
            size = error.get("n_prompt_tokens")
            words = f"This model's maximum context length is {self._served.context} tokens."
            words += f" However, your messages resulted in {size} tokens." if size else ""
            return Refused(
                400, f"{words} Please reduce the length of the messages.", "context_length_exceeded", "messages"
            )
        if "input is not supported" in message:  # a picture or a sound for a model of text
            what = message.partition(" input is not supported")[0]
            return Refused(400, f"This model does not take {what} input.", "unsupported_input", "messages")
        return Refused(status, message, str(kind) if kind else None)


async def _while_client_waits(request: Request, asking: Coroutine[Any, Any, httpx2.Response]) -> httpx2.Response:
    """The engine's answer; given up when the client leaves, at which llama.cpp stops at the end of its batch."""
    asked = asyncio.ensure_future(asking)
    try:
        while not asked.done():
            await asyncio.wait({asked}, timeout=_LEAVING)
            if not asked.done() and await request.is_disconnected():
                raise Refused(499, "The client has left.", None)
        return asked.result()
    except httpx2.HTTPError as error:
        raise _engine_gone() from error
    finally:
        asked.cancel()  # closes the connection


def _known_role(message: Any) -> Any:
    """OpenAI's newer name of the system's role is not in the templates of most models."""
    if isinstance(message, dict) and message.get("role") == "developer":
        return {**message, "role": "system"}
    return message


def _finish(choice: dict[str, Any], names: list[str]) -> None:
    message = choice.get("message") or {}
    if names and not message.get("tool_calls"):
        calls = tool_calls.calls_in(message.get("content"), names)
        if calls:
            choice["message"] = {**message, "content": None, "tool_calls": calls}
            choice["finish_reason"] = "tool_calls"
    # llama.cpp lists the token that ended the reply, which no reader sees; OpenAI leaves it out.
    probabilities = (choice.get("logprobs") or {}).get("content")
    if probabilities and not probabilities[-1].get("bytes"):
        probabilities.pop()


def _engine_gone() -> Refused:
    return Refused(503, "The model has stopped. Start `workbook local` again.", "engine_stopped")


def _listed(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "workbook-local"}


async def _read(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.body())
    except ValueError:
        raise Refused(400, "We could not parse the JSON body of your request.", None) from None
    if not isinstance(body, dict):
        raise Refused(400, "The body of a request is a JSON object.", None)
    return body


def _json(content: bytes) -> dict[str, Any]:
    try:
        value = json.loads(content)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
