"""The offline endpoint: an OpenAI-compatible service whose replies are computed from the request.

    endpoint = start()             # in this process, on a free port of 127.0.0.1
    OpenAI(base_url=endpoint.url, api_key="workbook")

Nothing here knows a lesson. `completion.py` shows the whole path of a reply: read, propose, sample. What it cannot do
(open-ended writing, world knowledge, reasoning) it says in its replies. The rooms, from the client down to words:

    app, server       the application; running it
    api/              what clients speak: routes, bodies in, replies out, errors
    service           who asks, what stands around every route;  behaviour/: quotas, faults, latency, filter, recordings
    completion        one reply: reading -> skills -> sampling
    skills/           what it can do, a file each;  judging/ and extraction/ are the large ones
    evidence/         how much speaks for an answer, a label, an order, a harm
    reading/          what a prompt says: instructions, data, passages, labels, limits, orders
    meaning/          embeddings, and what a model of a given size sees of them
    text/             words, sentences, values, tokens
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .app import create_app
    from .behaviour.reading import BehaviourError, behaviour_from, read_behaviours
    from .behaviour.recording import Recorded, Recording
    from .behaviour.settings import Behaviour
    from .config import MockConfig
    from .server import RunningEndpoint, serve, start

_EXPORTS = {
    "Behaviour": "behaviour.settings",
    "BehaviourError": "behaviour.reading",
    "MockConfig": "config",
    "Recorded": "behaviour.recording",
    "Recording": "behaviour.recording",
    "RunningEndpoint": "server",
    "behaviour_from": "behaviour.reading",
    "create_app": "app",
    "read_behaviours": "behaviour.reading",
    "serve": "server",
    "start": "server",
}

__all__ = [
    "Behaviour",
    "BehaviourError",
    "MockConfig",
    "Recorded",
    "Recording",
    "RunningEndpoint",
    "behaviour_from",
    "create_app",
    "read_behaviours",
    "serve",
    "start",
]


def __getattr__(name: str) -> Any:
    if name not in _EXPORTS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(f"{__name__}.{_EXPORTS[name]}"), name)


def __dir__() -> list[str]:
    return __all__
