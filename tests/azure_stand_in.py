"""A stand-in for an Azure OpenAI resource, strict where a tolerant one would hide our mistakes.

Behind it the mock endpoint computes the replies. In front of it stands what Azure's gateway is known to refuse, in its
words: routes, api-versions, the key in the right header, a token's audience and role, deployments by name, fields that
an api-version does not know yet. What it lets through it remembers in `seen`, without any key.
"""

from __future__ import annotations

import base64
import json
import re
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from helpers.mock_endpoint import Behaviour, MockConfig, create_app

KEY = "azure-stand-in-key-4711"
DEPLOYMENTS = {"team-large": "sim-large", "team-small": "sim-small", "team-embedding": "sim-embedding"}
VERSIONS = ("2024-02-01", "2024-06-01", "2024-10-21", "2025-03-01-preview", "2025-04-01-preview")
AUDIENCES = {"v1": ("https://ai.azure.com", "https://cognitiveservices.azure.com")}
AUDIENCES["deployment"] = ("https://cognitiveservices.azure.com",)
# Fields of a chat request that came with an api-version, and those that no version has.
SINCE = {"max_completion_tokens": "2024-09-01", "stream_options": "2024-09-01", "parallel_tool_calls": "2024-09-01"}
WRONG_KEY = (
    "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an "
    "active subscription and use a correct regional API endpoint for your resource."
)
WRONG_TOKEN = (
    "Unauthorized. Access token is missing, invalid, audience is incorrect (https://cognitiveservices.azure.com), or "
    "have expired."
)
NO_ROLE = (
    "The principal `00000000-0000-0000-0000-000000000000` lacks the required data action "
    "`Microsoft.CognitiveServices/accounts/OpenAI/deployments/chat/completions/action` to perform `POST "
    "/openai/deployments/{deployment-id}/chat/completions` operation."
)


def token(audience: str = "https://ai.azure.com", role: bool = True, expires_in: float = 3600) -> str:
    """A token in the shape of Entra ID's; its signature is a word."""

    def part(value: Mapping[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    claims = {"aud": audience, "exp": time.time() + expires_in, "roles": ["OpenAI User"] if role else []}
    return f"{part({'alg': 'none'})}.{part(claims)}.signature-planted-4711"


@dataclass
class Refusal(Exception):
    """What the gateway answers instead."""

    status: int
    body: dict[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)


def refusal(status: int, code: str, message: str, **more: Any) -> Refusal:
    return Refusal(status, {"error": {"code": code, "message": message, **more}})


class AzureStandIn:
    """An ASGI application. `seen` has a dict for each request that came through, `reasoning` names deployments."""

    def __init__(self, behaviour: Behaviour | None = None, reasoning: tuple[str, ...] = (), seed: int | None = 2026):
        behaviour = behaviour or Behaviour(content_filter=True, requests_per_minute=6000, tokens_per_minute=600_000)
        self._mock = create_app(
            MockConfig(keys=frozenset({KEY}), deployments=DEPLOYMENTS, behaviour=behaviour, seed=seed)
        )
        self._reasoning = reasoning
        self.seen: list[dict[str, Any]] = []

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] != "http":
            return
        headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
        query = {name: values[0] for name, values in parse_qs(scope["query_string"].decode()).items()}
        body = await _read(receive)
        try:
            checked = self._check(scope["method"], scope["path"], query, headers, body)
        except Refusal as refused:
            await _answer(send, refused)
            return
        self.seen.append({"path": scope["path"], "query": query, **checked})
        # Whoever came in by a token is known to the mock by its own key.
        kept = [(name, value) for name, value in scope["headers"] if name.lower() not in (b"authorization", b"api-key")]
        inside = {**scope, "headers": [*kept, (b"api-key", KEY.encode())]}
        await self._mock(inside, _again(body), send)

    def _check(self, method: str, path: str, query, headers, content: bytes) -> dict[str, Any]:
        v1 = path.startswith("/openai/v1/")
        by_deployment = re.fullmatch(r"/openai/deployments/([^/]+)/(chat/completions|embeddings)", path)
        if not v1 and not by_deployment:
            raise refusal(404, "404", "Resource not found")
        version = query.get("api-version")
        if v1 and version not in (None, "v1", "preview", "latest"):
            raise refusal(400, "BadRequest", "API version not supported")
        if by_deployment and version is None:
            raise refusal(404, "404", "Resource not found")
        if by_deployment and version not in VERSIONS:
            raise refusal(400, "BadRequest", "API version not supported")
        how = _check_identity(headers, v1)
        if method != "POST":
            return {"auth": how, "model": None, "body": {}}
        body = json.loads(content)
        if by_deployment:
            name = by_deployment[1]
            for parameter, since in SINCE.items():
                if parameter in body and version < since:
                    raise _unknown(parameter)
        else:
            name = body.get("model")
        if name not in DEPLOYMENTS:
            raise refusal(
                404,
                "DeploymentNotFound",
                "The API deployment for this resource does not exist. If you created the deployment within the last 5 "
                "minutes, please wait a moment and try again.",
            )
        if name in self._reasoning:
            _check_reasoning(body)
        return {"auth": how, "model": name, "body": body}


def _check_identity(headers: Mapping[str, str], v1: bool) -> str:
    if "api-key" in headers:
        if headers["api-key"] != KEY:
            raise refusal(401, "401", WRONG_KEY)
        return "api-key"
    scheme, _, bearer = headers.get("authorization", "").partition(" ")
    if scheme != "Bearer" or not bearer:
        raise refusal(401, "401", WRONG_KEY)
    if bearer.count(".") != 2:
        # The v1 route takes a key as a bearer too; the older ones do not.
        if v1 and bearer == KEY:
            return "key as bearer"
        raise refusal(401, "401", WRONG_KEY) if v1 else Refusal(401, {"statusCode": 401, "message": WRONG_TOKEN})
    middle = bearer.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    if claims["aud"] not in AUDIENCES["v1" if v1 else "deployment"] or claims["exp"] < time.time():
        raise Refusal(401, {"statusCode": 401, "message": WRONG_TOKEN})
    if not claims["roles"]:
        raise refusal(401, "PermissionDenied", NO_ROLE)
    return "entra"


def _check_reasoning(body: Mapping[str, Any]) -> None:
    if "max_tokens" in body:
        raise refusal(
            400,
            "unsupported_parameter",
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' "
            "instead.",
            param="max_tokens",
            type="invalid_request_error",
        )
    if body.get("temperature", 1) != 1:
        raise refusal(
            400,
            "unsupported_value",
            "Unsupported value: 'temperature' does not support this value with this model. Only the default (1) value "
            "is supported.",
            param="temperature",
            type="invalid_request_error",
        )


def _unknown(parameter: str) -> Refusal:
    message = f"Unrecognized request argument supplied: {parameter}"
    return Refusal(400, {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": None}})


async def _read(receive) -> bytes:
    content, more = b"", True
    while more:
        message = await receive()
        content += message.get("body", b"")
        more = message.get("more_body", False)
    return content


def _again(body: bytes):
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive():
        if waiting:
            return waiting.pop()
        import asyncio

        await asyncio.Event().wait()  # the client stays until it has its answer

    return receive


async def _answer(send, refused: Refusal) -> None:
    content = json.dumps(refused.body).encode()
    headers = {"content-type": "application/json", "apim-request-id": "stand-in", **refused.headers}
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": refused.status, "headers": raw})
    await send({"type": "http.response.body", "body": content})


@contextmanager
def served(app: Any, certificate: Any = None, **options: Any) -> Iterator[str]:
    """Serve an application on a free port of this machine; gives its address, http or with a certificate https.

    certificate: a server certificate of trustme, made for 127.0.0.1 or localhost.
    """
    import uvicorn

    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, log_config=None, log_level="critical", lifespan="off", **options
    )
    config.load()
    if certificate is not None:
        import ssl

        config.ssl = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(config.ssl)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.005)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"{'https' if certificate is not None else 'http'}://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        server.force_exit = True
        thread.join(10)
