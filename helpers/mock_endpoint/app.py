"""The ASGI application: the routes of OpenAI and of Azure OpenAI."""

from __future__ import annotations

import time
from collections.abc import Callable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException

from .api.routes import ROUTES
from .api.routing import ByPath
from .config import MockConfig
from .service import Service


def create_app(config: MockConfig | None = None, clock: Callable[[], float] = time.monotonic) -> Starlette:
    """The endpoint as an ASGI application, for any ASGI server: it holds no connection and no task of its own.

    clock: seconds that only grow; limits and the prompt cache go by it.
    """
    service = Service(config or MockConfig(), clock)
    routes = [route for of_one_kind in ROUTES for route in of_one_kind(service)]
    app = Starlette(
        routes=[ByPath(routes), *routes],
        exception_handlers={HTTPException: service.refused, Exception: service.failed},
    )
    # A client that adds or forgets a slash gets the API's 404, not a redirect that loses the body.
    app.router.redirect_slashes = False
    return app
