"""The ASGI application: routes of OpenAI and of Azure OpenAI, keys, headers, and errors in each one's shape."""

from __future__ import annotations

import hmac
import json
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from . import errors, replies, requests, vectors
from .completion import complete
from .config import MODELS, MockConfig
from .sampling import Randomness

Handler = Callable[[Request], Awaitable[Response]]

DEPLOYMENT_ROUTE = "/openai/deployments/{deployment}"


def create_app(config: MockConfig | None = None) -> Starlette:
    """The endpoint as an ASGI application, for any ASGI server: it holds no connection and no task of its own."""
    service = Service(config or MockConfig())
    routes = []
    for prefix in ("/v1", "/openai/v1"):
        routes += [
            Route(f"{prefix}/models", service.handled(service.models)),
            Route(f"{prefix}/models/{{model:path}}", service.handled(service.model)),
        ]
    for prefix in ("/v1", "/openai/v1", DEPLOYMENT_ROUTE):
        routes += [
            Route(f"{prefix}/chat/completions", service.handled(service.chat), methods=["POST"]),
            Route(f"{prefix}/embeddings", service.handled(service.embed), methods=["POST"]),
        ]
    app = Starlette(routes=routes, exception_handlers={HTTPException: service.refused, Exception: service.failed})
    # A client that adds or forgets a slash gets the API's 404, not a redirect that loses the body.
    app.router.redirect_slashes = False
    return app


class Service:
    """The handlers of one application."""

    def __init__(self, config: MockConfig) -> None:
        self.config = config
        self.randomness = Randomness(config.seed)

    # --- routes ----------------------------------------------------------------------------------------------------

    async def models(self, request: Request) -> Response:
        served = [replies.model(model).model_dump() for model in MODELS.values()]
        return _json(json.dumps({"object": "list", "data": served}).encode())

    async def model(self, request: Request) -> Response:
        name = request.path_params["model"]
        served = self.config.model(name)
        if served is None:
            raise errors.unknown_model(name)
        return _json(replies.to_json(replies.model(served)))

    async def chat(self, request: Request) -> Response:
        value = await _body(request)
        return await run_in_threadpool(self._chat, value, request.path_params.get("deployment"))

    def _chat(self, value: Any, deployment: str | None) -> Response:
        asked = requests.read_chat_request(value, self.config, deployment)
        completion = complete(asked, self.randomness)
        at = replies.created(seeded=self.config.seed is not None)
        if not asked.stream:
            return _json(replies.to_json(replies.chat_completion(asked, completion, at)))

        async def events() -> AsyncIterator[bytes]:
            for chunk in replies.chat_chunks(asked, completion, at):
                yield b"data: " + replies.to_json(chunk) + b"\n\n"
            yield b"data: [DONE]\n\n"

        return StreamingResponse(events(), media_type="text/event-stream; charset=utf-8")

    async def embed(self, request: Request) -> Response:
        value = await _body(request)
        return await run_in_threadpool(self._embed, value, request.path_params.get("deployment"))

    def _embed(self, value: Any, deployment: str | None) -> Response:
        asked = requests.read_embedding_request(value, self.config, deployment)
        embedded = vectors.shortened(vectors.embedder().embed(asked.texts), asked.dimensions)
        return _json(replies.to_json(replies.embeddings(asked, embedded)))

    # --- around every route ----------------------------------------------------------------------------------------

    def handled(self, handler: Handler) -> Handler:
        """The handler with the key checked before it, errors as replies, and the API's headers on what it answers."""

        async def handle(request: Request) -> Response:
            started = time.perf_counter()
            try:
                self._check_key(request)
                _check_api_version(request)
                response = await handler(request)
            except errors.ApiError as error:
                response = _error(error, request)
            return _with_headers(response, request, started)

        return handle

    def _check_key(self, request: Request) -> None:
        scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
        key = bearer.strip() if scheme.lower() == "bearer" else ""
        azure = _is_azure(request)
        if azure:
            key = request.headers.get("api-key", key)
        # Every key is compared, each in constant time: what a service should do, so this one does.
        known = [hmac.compare_digest(key.encode(), own.encode()) for own in self.config.keys]
        if not any(known):
            raise errors.azure_wrong_key() if azure else errors.wrong_key(key) if key else errors.missing_key()

    async def refused(self, request: Request, exception: Exception) -> Response:
        """No such route, or not with this method."""
        path, method = request.url.path, request.method
        if isinstance(exception, HTTPException) and exception.status_code == 405:
            error = errors.wrong_method(method, path)
        else:
            error = errors.azure_unknown_route() if _is_azure(request) else errors.unknown_route(method, path)
        return _with_headers(_error(error, request), request, time.perf_counter())

    async def failed(self, request: Request, exception: Exception) -> Response:
        return _with_headers(_error(errors.internal(), request), request, time.perf_counter())


def _is_azure(request: Request) -> bool:
    return request.url.path.startswith("/openai/")


def _check_api_version(request: Request) -> None:
    """Azure's routes by deployment exist only together with an api-version."""
    if "deployment" in request.path_params and not request.query_params.get("api-version"):
        raise errors.azure_unknown_route()


async def _body(request: Request) -> Any:
    try:
        content = await request.body()
        value = json.loads(content, parse_constant=_no_constant)
        return _with_whole_characters(value) if b"\\ud" in content.lower() else value
    except (ValueError, RecursionError):  # UnicodeDecodeError and JSONDecodeError are ValueErrors
        raise errors.unparseable() from None


def _with_whole_characters(value: Any) -> Any:
    """JSON can hold half a character (`\\ud83d`), which no reply could carry; it becomes the replacement character."""
    text = json.dumps(value, ensure_ascii=False)
    return json.loads(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _json(content: bytes, status: int = 200) -> Response:
    return Response(content, status, media_type="application/json")


def _error(error: errors.ApiError, request: Request) -> Response:
    if error.code == "model_not_found" and _is_azure(request):
        error = errors.unknown_deployment()
    return _json(json.dumps(error.body()).encode(), error.status)


def _with_headers(response: Response, request: Request, started: float) -> Response:
    identity = f"req_{secrets.token_hex(16)}"
    response.headers["x-workbook-simulated"] = "true"
    response.headers["x-request-id"] = identity
    if _is_azure(request):
        response.headers["apim-request-id"] = identity
    response.headers["openai-processing-ms"] = str(round((time.perf_counter() - started) * 1000))
    response.headers["openai-version"] = "2020-10-01"
    return response
