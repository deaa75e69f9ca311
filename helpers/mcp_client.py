"""A Model Context Protocol client for notebooks: starts a server as a process of its own and speaks with it over stdio.

The `mcp` package is asynchronous, and a notebook cell is not: here one thread owns an event loop, and every call waits
for it with a time limit. `with connect_mcp("server.py") as server:` ends the process at the end of the block; one that
was forgotten is ended when the program ends. Resources, prompts and servers over HTTP are not covered.

Protocol: https://modelcontextprotocol.io. Client: https://py.sdk.modelcontextprotocol.io/client/.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import json
import logging
import runpy
import sys
import tempfile
import threading
import weakref
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any

START_SECONDS, CALL_SECONDS, END_SECONDS = 30.0, 10.0, 10.0
_running: weakref.WeakSet[McpServer] = weakref.WeakSet()


class McpError(RuntimeError):
    """The server could not be started, did not answer in time, or answered that something is wrong with the request."""


class McpServer:
    """A running server. `tools` are in the shape of chat completions; `call` gives a result's text.

    own_process: whether it is a process of its own, spoken to over stdio.
    """

    def __init__(
        self,
        script: Path,
        arguments: Sequence[str] = (),
        *,
        call_seconds: float = CALL_SECONDS,
        own_process: bool = True,
    ) -> None:
        self.script, self.call_seconds, self.own_process = script, call_seconds, own_process
        self._arguments = [str(argument) for argument in arguments]
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=f"mcp {script.name}", daemon=True)
        self._client: Any = None
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._stop: asyncio.Event | None = None
        # A notebook's stderr is no file; what the server complains of is kept here, for the error that is raised.
        self._complaints = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115 - closed in close()
        self._thread.start()
        self._life = asyncio.run_coroutine_threadsafe(self._live(), self._loop)
        _running.add(self)
        if not self._ready.wait(START_SECONDS):
            self.close()
            raise McpError(f"{script.name} did not answer within {START_SECONDS:.0f} s of its start.{self._said()}")
        if self._failure is not None:
            failure, said = self._failure, self._said()
            self.close()
            raise McpError(f"{script.name} could not be started: {_shortly(failure)}.{said}") from failure

    async def _live(self) -> None:
        """Start the server and keep it until `close`: entered and left in one task, as its client demands."""
        from mcp import Client
        from mcp.client.stdio import StdioServerParameters, stdio_client

        self._stop = asyncio.Event()
        parameters = StdioServerParameters(command=sys.executable, args=[str(self.script), *self._arguments])
        program_arguments = sys.argv
        try:
            if self.own_process:
                server = stdio_client(parameters, errlog=self._complaints)
            else:
                sys.argv = [str(self.script), *self._arguments]
                server = _server_in(self.script)
            async with Client(server) as client:
                self._client = client
                self._ready.set()
                await self._stop.wait()
        except BaseException as failure:
            self._failure = failure
            raise
        finally:
            sys.argv = program_arguments
            self._client = None
            self._ready.set()

    @property
    def tools(self) -> list[dict[str, Any]]:
        """The server's tools as chat completions take them."""
        return [
            {
                "type": "function",
                "function": {
                    "name": tool.name,
                    "description": tool.description or "",
                    "parameters": _plain(tool.input_schema),
                },
            }
            for tool in self._wait(self._connected().list_tools()).tools
        ]

    def call(self, name: str, **arguments: Any) -> str:
        """The text of a tool's result. Raises McpError with the server's message when the call failed."""
        result = self._wait(self._connected().call_tool(name, arguments))
        text = "\n".join(part.text for part in result.content if part.type == "text")
        if result.is_error:
            raise McpError(text or f"{name} failed and did not say why.")
        return text

    def close(self) -> None:
        """End the process and the thread. Does nothing the second time."""
        if self._loop.is_closed():
            return
        if self._stop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
        with contextlib.suppress(BaseException):
            self._life.result(END_SECONDS)
        if not self._life.done():
            self._life.cancel()
            with contextlib.suppress(BaseException):
                self._life.result(END_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(END_SECONDS)
        if not self._thread.is_alive():
            self._loop.close()
        self._complaints.close()
        _running.discard(self)

    def __enter__(self) -> McpServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _connected(self) -> Any:
        if self._client is None:
            raise McpError(f"{self.script.name} is not running any more.")
        return self._client

    def _wait(self, work: Coroutine[Any, Any, Any]) -> Any:
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result(self.call_seconds)
        except TimeoutError as error:
            future.cancel()
            raise McpError(f"{self.script.name} did not answer within {self.call_seconds:g} s.") from error
        except Exception as error:
            raise McpError(_shortly(error)) from error

    def _said(self) -> str:
        """The last line that the server wrote to its stderr: why it ended, as a rule."""
        self._complaints.seek(0)
        lines = [line for line in self._complaints.read().splitlines() if line.strip()]
        return f" It said: {lines[-1].strip()}" if lines else ""


def connect_mcp(
    script: str | Path, *arguments: str | Path, call_seconds: float = CALL_SECONDS, own_process: bool = True
) -> McpServer:
    """Start a Python script that is an MCP server over stdio. Use it in a `with` block, or call `close`.

    own_process: False runs the script inside this program instead, with the same protocol and without the pipes. So it
    is also where programs may not be started, as under the gradebook. Raises McpError when the server does not start
    within 30 s, with the last line it wrote to its stderr.
    """
    path = Path(script)
    if not path.is_file():
        raise McpError(f"There is no file {path.name}.")
    given = [str(argument) for argument in arguments]
    try:
        return McpServer(path, given, call_seconds=call_seconds, own_process=own_process)
    except McpError as error:
        if not own_process or not isinstance(_innermost(error.__cause__), PermissionError):
            raise
    return McpServer(path, given, call_seconds=call_seconds, own_process=False)


def _server_in(script: Path) -> Any:
    """The server that a script makes and would run."""
    from mcp.server import MCPServer

    made: list[Any] = []
    original = MCPServer.run
    # A server sets up logging for a program of its own: here that would fill the cell.
    handlers, level = logging.root.handlers[:], logging.root.level
    own = logging.getLogger("mcp")
    own.handlers, own.propagate = [logging.NullHandler()], False
    MCPServer.run = lambda self, *_, **__: made.append(self)  # type: ignore[method-assign]
    try:
        runpy.run_path(str(script), run_name="__main__")
    except SystemExit as error:
        raise RuntimeError(f"the script ended itself ({error})") from error
    finally:
        MCPServer.run = original  # type: ignore[method-assign]
        logging.root.handlers[:] = handlers
        logging.root.setLevel(level)
    if not made:
        raise RuntimeError("the script ran no server: `server.run()` is missing")
    return made[-1]


def _plain(schema: Any) -> dict[str, Any]:
    """A JSON schema without the titles that pydantic adds: they cost tokens and say nothing."""
    if isinstance(schema, dict):
        return {k: _plain(v) for k, v in schema.items() if k != "title" or not isinstance(v, str)}
    return [_plain(own) for own in schema] if isinstance(schema, list) else json.loads(json.dumps(schema))


def _innermost(error: BaseException | None) -> BaseException | None:
    while isinstance(error, BaseExceptionGroup) and error.exceptions:
        error = error.exceptions[0]
    return error


def _shortly(failure: BaseException) -> str:
    error = _innermost(failure) or failure
    return str(error).strip().rstrip(".") or type(error).__name__


@atexit.register
def _close_all() -> None:
    for server in list(_running):
        server.close()
