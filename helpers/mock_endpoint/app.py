"""The ASGI application: the routes of OpenAI and of Azure OpenAI."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.exceptions import HTTPException

from .config import MockConfig
from .routes import ROUTES
from .routing import ByPath
from .service import Service


def create_app(config: MockConfig | None = None) -> Starlette:
    """The endpoint as an ASGI application, for any ASGI server: it holds no connection and no task of its own."""
    service = Service(config or MockConfig())
    routes = [route for of_one_kind in ROUTES for route in of_one_kind(service)]
    app = Starlette(
        routes=[ByPath(routes), *routes],
        exception_handlers={HTTPException: service.refused, Exception: service.failed},
    )
    # A client that adds or forgets a slash gets the API's 404, not a redirect that loses the body.
    app.router.redirect_slashes = False
    return app
