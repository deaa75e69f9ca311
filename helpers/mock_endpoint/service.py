"""What stands around every route of one running endpoint: who asks, what answers, and errors as replies.

What can be switched on (limits, latency, faults, ...) stands between the key and the route; see behaviour/pipeline.py.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from .api import errors
from .api.files.store import FileStore
from .api.requests import ChatRequest
from .api.responses.store import ResponseStore
from .api.transport import as_error, is_azure, key_of, with_headers
from .behaviour.exchange import CURRENT
from .completion import Completion, complete, is_ready
from .config import MockConfig
from .sampling import Randomness
from .skills.candidate import Candidate

if TYPE_CHECKING:
    from .behaviour.pipeline import Tenants

Handler = Callable[[Request], Awaitable[Response]]


class Service:
    """The state of one application, shared by its routes. clock: seconds that only grow."""

    def __init__(self, config: MockConfig, clock: Callable[[], float] = time.monotonic) -> None:
        self.config = config
        self.randomness = Randomness(config.seed)
        self.responses = ResponseStore()
        self.files = FileStore(config.seed)
        self.tenants = _tenants(config, clock)
        self._keys = config.accepted_keys

    def answer(self, asked: ChatRequest) -> Completion:
        """What answers a request to chat, on whatever route it came."""
        exchange = CURRENT.get()
        if exchange is None:
            return complete(asked, self.randomness)
        return exchange.tenant.answer(asked, exchange, self._complete)

    def is_ready(self, asked: ChatRequest) -> bool:
        """Whether a request is answered in less time than it takes to hand it to another thread."""
        exchange = CURRENT.get()
        return is_ready(asked) if exchange is None else exchange.tenant.is_ready(asked, exchange)

    def _complete(self, asked: ChatRequest, scripted: Candidate | None) -> Completion:
        return complete(asked, self.randomness, scripted)

    @property
    def seeded(self) -> bool:
        return self.config.seed is not None

    def handled(self, handler: Handler) -> Handler:
        """The handler with the key checked before it, errors as replies, and the API's headers on what it answers."""

        async def handle(request: Request) -> Response:
            started = time.perf_counter()
            try:
                key = self._checked_key(request)
                _check_api_version(request)
            except errors.ApiError as error:
                response = self._refusal(error, request)
            else:
                tenant = self.tenants.of(key) if self.tenants is not None else None
                response = await (answered(request) if tenant is None else tenant.serve(request, answered))
            return with_headers(response, request, started)

        async def answered(request: Request) -> Response:
            try:
                return await handler(request)
            except errors.ApiError as error:
                return as_error(error, request)

        return handle

    def _checked_key(self, request: Request) -> str:
        key, azure = key_of(request), is_azure(request)
        # Every key is compared, each in constant time: what a service should do, so this one does.
        known = [hmac.compare_digest(key.encode(), own.encode()) for own in self._keys]
        if not any(known):
            raise errors.azure_wrong_key() if azure else errors.wrong_key(key) if key else errors.missing_key()
        return key

    async def refused(self, request: Request, exception: Exception) -> Response:
        """No such route, or not with this method."""
        path, method = request.url.path, request.method
        if isinstance(exception, HTTPException) and exception.status_code == 405:
            error = errors.wrong_method(method, path)
        else:
            error = errors.azure_unknown_route() if is_azure(request) else errors.unknown_route(method, path)
        return with_headers(self._refusal(error, request), request, time.perf_counter())

    async def failed(self, request: Request, exception: Exception) -> Response:
        return with_headers(self._refusal(errors.internal(), request), request, time.perf_counter())

    def _refusal(self, error: errors.ApiError, request: Request) -> Response:
        """The reply to a request that came to no route, or that none could answer; the log sees it all the same."""
        response = as_error(error, request)
        if self.tenants is not None:
            self.tenants.log_refused(request, response)
        return response


def _tenants(config: MockConfig, clock: Callable[[], float]) -> Tenants | None:
    """None when nothing is switched on: then it is not even imported."""
    if config.behaviour is None and not config.behaviours:
        return None
    from .behaviour.pipeline import Tenants

    return Tenants(config, clock)


def _check_api_version(request: Request) -> None:
    """Azure's older routes exist only together with an api-version."""
    older = is_azure(request) and not request.url.path.startswith("/openai/v1/")
    if older and not request.query_params.get("api-version"):
        raise errors.azure_unknown_route()
