"""A mock endpoint for one submission alone, so that what one does to the endpoint reaches no other.

It has a process of its own that waits on its port and builds the endpoint when the first request comes: most exercises
never ask.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
from collections.abc import Iterator
from typing import Any

from helpers.gradebook.fence import close_all_but, end_with_parent, limit_memory
from helpers.gradebook.processes import child_context, ended, started

_MOST_MEMORY = 1_500_000_000  # bytes on top of what it holds at the start


@contextlib.contextmanager
def own_mock() -> Iterator[str]:
    """Address of an endpoint whose replies depend on nothing but the requests it gets."""
    context = child_context()
    if context.get_start_method() != "fork":  # a listening socket cannot be handed on in the same way everywhere
        from helpers.mock_endpoint import MockConfig, start

        with start(MockConfig(seed=0)) as endpoint:
            yield endpoint.url
        return
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(256)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
    process = started(context.Process(target=_serve, args=(listener, os.getpid())))
    listener.close()
    try:
        yield url
    finally:
        process.kill()
        ended(process, 1.0)


def _serve(listener: socket.socket, parent: int) -> None:
    close_all_but(listener.fileno())
    end_with_parent()
    if os.getppid() == parent:
        select.select([listener], [], [])
    import uvicorn

    from helpers.mock_endpoint import MockConfig, create_app

    limit_memory(_MOST_MEMORY)
    app: Any = create_app(MockConfig(seed=0))
    settings = uvicorn.Config(app, log_config=None, log_level="critical", access_log=False, lifespan="off")
    uvicorn.Server(settings).run(sockets=[listener])
    os._exit(0)
