"""Finding the route of a request by its path at once, where Starlette would try one route after the other."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.routing import BaseRoute, Match, Route
from starlette.types import Receive, Scope, Send


class ByPath(BaseRoute):
    """Stands before the routes and answers for those without parameters; the others it leaves to Starlette.

    Matching dozens of patterns would take longer than reading the request and drawing a reply.
    """

    def __init__(self, routes: Iterable[Route]) -> None:
        self._routes: dict[tuple[str, str], Route] = {}
        for route in routes:
            for method in () if route.param_convertors else route.methods or ():
                self._routes.setdefault((method, route.path), route)

    def _route(self, scope: Scope) -> Route | None:
        return self._routes.get((scope.get("method", ""), scope.get("path", "")))

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        route = self._route(scope)
        return (Match.NONE, {}) if route is None else route.matches(scope)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        route = self._route(scope)
        assert route is not None
        scope["route"] = route
        await route.handle(scope, receive, send)
