"""The routes, a file for each part of the API: a function from the Service to the routes it answers."""

from __future__ import annotations

from collections.abc import Callable

from starlette.routing import Route

from ...service import Service
from .batches import batch_routes
from .chat import chat_routes
from .embeddings import embedding_routes
from .files import file_routes
from .log import log_routes
from .models import model_routes
from .moderations import moderation_routes
from .not_simulated import not_simulated_routes
from .responses import response_routes

ROUTES: tuple[Callable[[Service], list[Route]], ...] = (
    model_routes,
    chat_routes,
    embedding_routes,
    response_routes,
    moderation_routes,
    file_routes,
    batch_routes,
    log_routes,
    not_simulated_routes,
)
