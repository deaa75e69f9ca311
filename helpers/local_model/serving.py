"""`workbook local`: the model, the front and the address in one process, until Ctrl-C.

The front listens before the model is loaded, so that a taken port is known at once; it answers when the model does.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path

from helpers.local_model import engine as llama
from helpers.local_model import gguf, memory, weights
from helpers.local_model.front import CHAT_ALIAS, EMBEDDING, REPLY_TOKENS, Served, create_front
from helpers.local_model.running import announced
from helpers.problem import Problem

HOST, PORT = "127.0.0.1", 8080
_OTHERS = 20  # ports that are tried after the wanted one


def model_file(path: Path | None, yes: bool) -> Path:
    """The file to serve: the given one, or the default, which is offered for download. Raises Problem."""
    if path is not None:
        return path.expanduser().resolve()
    chosen = weights.DEFAULT
    if not weights.is_there(chosen):
        print(chosen.statement)
        if not yes and not _agreed():
            raise Problem("Nothing was downloaded", "serve a file that you have: `workbook local --model PATH.gguf`")
        _download(chosen)
    return chosen.path


def _agreed() -> bool:
    if not sys.stdin.isatty():
        raise Problem("Nobody is here to agree to the download", "`workbook local --yes` agrees to it")
    return input("Download it? [y/N] ").strip().lower() in ("y", "yes")


def _download(chosen: weights.Weights) -> Path:
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn, TransferSpeedColumn

    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, transient=True) as bar:
        task = bar.add_task(chosen.file, total=chosen.wheel_size)
        return weights.fetch(chosen, lambda done, total: bar.update(task, completed=done, total=total))


def listen(port: int | None) -> socket.socket:
    """A socket on loopback: the given port, or 8080 and, where that is taken, the next free one. Raises Problem."""
    for candidate in [port] if port is not None else range(PORT, PORT + _OTHERS):
        listener = socket.socket()
        try:
            if sys.platform != "win32":  # elsewhere this option would let two servers share a port
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((HOST, candidate))
            listener.listen(128)
        except OSError as error:
            listener.close()
            why = error.strerror or str(error)
        else:
            return listener
    tried = f"Port {port}" if port is not None else f"None of the ports {PORT} to {PORT + _OTHERS - 1}"
    raise Problem(
        f"{tried} can be used ({why})" if port is None else f"{tried} cannot be used ({why})",
        "leave out --port, or choose another",
    )


def serve(path: Path | None, *, port: int | None, context: int, parallel: int, key: str, yes: bool = False) -> None:
    """Serve until Ctrl-C or SIGTERM. Raises Problem before anything is loaded: no such file, too little memory, ...

    port: None takes 8080, or the next free one. context: tokens of a request and its reply. key: what clients send.
    """
    import httpx2
    import uvicorn

    from helpers.mock_endpoint import create_app

    model = gguf.read(model_file(path, yes))
    context = llama.context_for(model, context)
    wanted = memory.refuse_if_too_large(model, context, parallel)
    # While llama.cpp loads, Ctrl-C ends the process at once; also where a parent lets interrupts be ignored, as a shell
    # does for what runs in the background.
    _on_interrupt(signal.SIG_DFL)
    with contextlib.closing(listen(port)) as listener:
        taken = listener.getsockname()[1]
        url = f"http://{HOST}:{taken}/v1"
        print(
            f"Loading {model.name} ({model.architecture}, {memory.gigabytes(model.size)}): about "
            f"{memory.gigabytes(wanted)} of memory, {llama.threads()} threads ...",
            flush=True,
        )
        engine = llama.start(model, context, parallel)
        served = Served(model.name, key, engine.context, model.knows_tools)
        talks_to_engine = httpx2.AsyncClient(
            base_url=engine.url,
            headers={"Authorization": f"Bearer {engine.key}"},
            timeout=None,
            limits=httpx2.Limits(max_connections=None, max_keepalive_connections=0),
            trust_env=False,
        )
        embeds = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=create_app()),
            base_url="http://embeddings",
            headers={"Authorization": "Bearer workbook"},
        )
        settings = uvicorn.Config(
            create_front(served, talks_to_engine, embeds),
            log_config=None,
            log_level="critical",
            access_log=False,
            lifespan="off",
            server_header=False,
            timeout_graceful_shutdown=1,
        )
        print(_ready(url, taken, served, parallel), flush=True)
        try:
            with announced(url):
                server = uvicorn.Server(settings)
                _on_interrupt(server.handle_exit)  # as uvicorn does itself, once it has started
                server.run(sockets=[listener])
        finally:
            print("Stopped.", flush=True)
    # llama.cpp's own end holds Python's lock until a long prompt is read, a minute perhaps. Nothing is lost without it:
    # this process writes no file any more, and the system takes its memory back.
    os._exit(0)


def _on_interrupt(handler: Callable | signal.Handlers) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, handler)


def _ready(url: str, port: int, served: Served, parallel: int) -> str:
    lines = [] if port == PORT else [f"Port {PORT} is taken, so this is port {port}."]
    lines += [
        f"Ready: {url}   Stop: Ctrl-C",
        f"  chat        {served.model}, also called {CHAT_ALIAS}",
        f"  embeddings  {EMBEDDING} (384 dimensions)",
        f"  context     {served.context:,} tokens of each request with its reply; {parallel} at a time, others wait",
        f"  replies     end at {REPLY_TOKENS:,} tokens where a request sets no limit",
        "In .env:",
        "  WORKBOOK_PROFILE=local",
    ]
    if port != PORT:
        lines.append(f"  WORKBOOK_BASE_URL={url}   (only where another server runs at {PORT})")
    if served.key != "not-needed":
        lines.append("  WORKBOOK_API_KEY=...   (the key that you set)")
    return "\n".join(lines)
