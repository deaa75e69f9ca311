"""One request on its way through what is switched on for its key."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response

from ..api.transport import is_azure

if TYPE_CHECKING:
    from ..completion import Completion
    from .pipeline import Tenant
    from .settings import Script

_WHOLE_JSON = 100_000  # bytes of a reply that are parsed for its usage; of a longer one only the end is looked at
_ROUTE = re.compile(r"/(?:v1|openai/v1|openai/deployments/[^/]+|openai)/(.*)")
_LAST_EVENT = re.compile(rb"data: \[DONE\]|event: response\.(?:completed|incomplete|failed)\b")
_USAGE_AT_END = re.compile(rb'"usage":\s*(\{[^{}]*\})')


@dataclass
class Exchange:
    """A request, and what becomes known of its reply. Seconds are simulated ones."""

    request: Request
    tenant: Tenant
    handler: Callable[[Request], Awaitable[Response]]
    prompt_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    waited: float = 0.0
    script: Script | None = None
    _value: Any = None
    _was_read: bool = False

    @property
    def azure(self) -> bool:
        return is_azure(self.request)

    @property
    def route(self) -> str:
        """The operation without the way it was reached: `chat/completions`."""
        path = self.request.url.path
        found = _ROUTE.fullmatch(path)
        return found[1] if found else path.lstrip("/")

    async def directly(self) -> Response:
        """The route's own reply, with nothing between."""
        return await self.handler(self.request)

    async def json(self) -> dict[str, Any] | None:
        """The body of a POST as a JSON object, the deployment as its model; None for anything else."""
        if not self._was_read:
            self._was_read = True
            if self.request.method == "POST" and _says_json(self.request):
                self._value = _object(await self.request.body())
                deployment = self.request.path_params.get("deployment")
                if self._value is not None and deployment:
                    self._value["model"] = deployment
        return self._value

    def add(self, completion: Completion) -> None:
        """Count what answered; a request can hold several (a batch)."""
        self.prompt_tokens += completion.prompt_tokens
        self.cached_tokens += completion.cached_tokens
        self.output_tokens += completion.completion_tokens

    def read_usage(self, body: bytes | memoryview) -> None:
        """Count the tokens that a reply's JSON states, where no Completion was counted."""
        if not (self.prompt_tokens or self.output_tokens) and (usage := _usage(bytes(body))):
            self.prompt_tokens = usage.get("prompt_tokens", usage.get("input_tokens", 0)) or 0
            self.output_tokens = usage.get("completion_tokens", usage.get("output_tokens", 0)) or 0
            details = usage.get("prompt_tokens_details") or usage.get("input_tokens_details") or {}
            self.cached_tokens = details.get("cached_tokens") or 0


Proceed = Callable[[], Awaitable[Response]]
Stage = Callable[[Exchange, Proceed], Awaitable[Response]]

# A context variable, because a route hands its work to a thread and knows nothing of this.
CURRENT: ContextVar[Exchange | None] = ContextVar("workbook_exchange", default=None)


def fingerprint(key: str) -> str:
    """Tells keys apart without being one."""
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:8]


def is_stream(response: Response) -> bool:
    return hasattr(response, "body_iterator")


def ends_stream(event: bytes) -> bool:
    """Whether nothing follows an event: clients may close the connection as soon as they have it."""
    return _LAST_EVENT.match(event) is not None


def last_user_text(body: dict[str, Any]) -> str:
    """The last user message of a chat or a Responses request, or the text to embed."""
    said = body.get("messages", body.get("input"))
    if isinstance(said, str):
        return said
    for message in reversed(said) if isinstance(said, list) else ():
        if isinstance(message, str):
            return message
        if isinstance(message, dict) and message.get("role") == "user":
            return _text(message.get("content"))
    return ""


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    return "\n".join(str(part.get("text", "")) for part in parts if isinstance(part, dict))


def _says_json(request: Request) -> bool:
    # Clients of a plain `curl -d` say another type and mean JSON; a form is the one thing that is never JSON.
    return not request.headers.get("content-type", "").startswith("multipart/")


def _object(content: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _usage(body: bytes) -> dict[str, Any] | None:
    if len(body) <= _WHOLE_JSON:
        value = _object(body)
        value = value.get("response", value) if value else {}  # an event of the Responses API holds the response
        usage = value.get("usage") if isinstance(value, dict) else None
    else:
        found = _USAGE_AT_END.search(body[-500:])
        usage = _object(found[1]) if found else None
    return usage if isinstance(usage, dict) else None
