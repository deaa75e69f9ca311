"""Running the endpoint: in a background thread of this process (`start`), or by itself on a port (`serve`)."""

from __future__ import annotations

import atexit
import contextlib
import os
import socket
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .config import DEFAULT_KEY, MockConfig

if TYPE_CHECKING:
    import uvicorn

_START_SECONDS = 30.0


@dataclass
class RunningEndpoint:
    """An endpoint that accepts connections. `url` is what an OpenAI client takes as base_url."""

    url: str
    _server: uvicorn.Server = field(repr=False)
    _thread: threading.Thread = field(repr=False)
    _socket: socket.socket = field(repr=False)
    _pid: int = field(default_factory=os.getpid, repr=False)

    @property
    def running(self) -> bool:
        """Whether it answers in this process: threads do not survive a fork."""
        return self._pid == os.getpid() and self._thread.is_alive()

    def stop(self) -> None:
        """Close the port and end the thread. Safe to call twice."""
        atexit.unregister(self.stop)
        if self.running:
            self._server.should_exit = True
            self._thread.join(_START_SECONDS)
        self._socket.close()

    def __enter__(self) -> RunningEndpoint:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


_lock = threading.Lock()
_shared: list[RunningEndpoint] = []


def start(config: MockConfig | None = None) -> RunningEndpoint:
    """Serve on a free port of 127.0.0.1 from a daemon thread, and return once it accepts connections.

    Without a config there is one endpoint a process, made on the first call and again after a fork; with one, every
    call makes a new endpoint. Nothing is printed, and it ends with the process. It has an event loop of its own, so it
    runs beside a notebook's.

    Raises:
        RuntimeError: the server did not start.
    """
    if config is not None:
        return _start(config)
    with _lock:
        if not _shared or not _shared[0].running:
            for dead in _shared:
                dead.stop()  # after a fork: closes the child's copy of the parent's port
            _shared[:] = [_start(MockConfig())]
        return _shared[0]


def _forget_lock_after_fork() -> None:
    global _lock
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_lock_after_fork)


def _start(config: MockConfig) -> RunningEndpoint:
    import uvicorn

    from .app import create_app

    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    # Listening from here on: a client that is quicker than the server's thread waits instead of being refused.
    listener.listen(2048)
    server = uvicorn.Server(_settings(create_app(config)))
    thread = threading.Thread(
        target=server.run, kwargs={"sockets": [listener]}, name="workbook-mock-endpoint", daemon=True
    )
    thread.start()
    _warm_up()
    deadline = time.monotonic() + _START_SECONDS
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            listener.close()
            raise RuntimeError("The offline endpoint did not start. Restart the kernel and try again.")
        time.sleep(0.002)
    endpoint = RunningEndpoint(f"http://127.0.0.1:{listener.getsockname()[1]}/v1", server, thread, listener)
    # A reply that is being computed when the process ends is let finish, for the same reason as in _warm_up.
    atexit.register(endpoint.stop)
    return endpoint


def _settings(app: object) -> uvicorn.Config:
    import uvicorn

    return uvicorn.Config(
        app,  # type: ignore[arg-type]
        log_config=None,
        log_level="critical",
        access_log=False,
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=1,
    )


def _warm_up() -> None:
    """Load what the first reply needs while the caller is still busy; a problem shows again, and clearly, there.

    Not a daemon thread: a process that ended in the middle of loading the model would abort, so it waits (half a second
    at most).
    """

    def load() -> None:
        from .meaning import vectors
        from .text import tokens

        with contextlib.suppress(Exception):
            tokens.encoding()
            vectors.embedder()

    threading.Thread(target=load, name="workbook-mock-warm-up").start()


def serve(host: str = "127.0.0.1", port: int = 8400, config: MockConfig | None = None) -> None:
    """Serve in the foreground until Ctrl-C, as `workbook endpoint` does. Prints the address and the key once.

    Raises:
        OSError: the address cannot be used; the message says why and what to try.
        ValueError: it shall record a live endpoint and the environment holds no key for that.
    """
    import uvicorn

    from .app import create_app

    config = config or MockConfig()
    app = create_app(config)
    listener = _listen(host, port)
    shown = host if host not in ("0.0.0.0", "::") else "127.0.0.1"
    print(f"Offline endpoint (simulated): http://{shown}:{listener.getsockname()[1]}/v1")
    print(f"Key: {DEFAULT_KEY if DEFAULT_KEY in config.keys else 'one of those configured'}   Stop: Ctrl-C")
    for line in _switched_on(config):
        print(line)
    sys.stdout.flush()
    _warm_up()
    try:
        uvicorn.Server(_settings(app)).run(sockets=[listener])
    except KeyboardInterrupt:  # uvicorn raises it again after a clean shutdown
        pass
    finally:
        listener.close()


def _switched_on(config: MockConfig) -> Iterator[str]:
    """What is switched on, a line for everybody and one for each key that has a behaviour of its own."""
    for who, behaviour in (("Everybody", config.behaviour), *config.behaviours.items()):
        if behaviour is not None and str(behaviour) != "Behaviour()":
            yield f"{who}: {str(behaviour).removeprefix('Behaviour(').removesuffix(')')}"


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    try:
        if os.name == "posix":  # elsewhere this option would let two servers share a port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(2048)
    except (OSError, OverflowError) as error:
        listener.close()
        raise OSError(
            f"Port {port} on {host} cannot be used ({getattr(error, 'strerror', None) or error}). "
            f"Something else may be using it: choose another with --port."
        ) from None
    return listener
