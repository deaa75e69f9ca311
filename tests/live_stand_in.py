"""A small server that plays a live endpoint: it is no mock of ours, its replies carry none of the mock's marks.

What it does is chosen by a word in the prompt: `cut` closes the socket after two chunks of a stream, `half` after half
a reply, `silent` answers never, `busy` is a 429 until it was asked again, `wrong key` an error that repeats the
request's headers, as some gateways do. Everything else is answered, with usage.
"""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

WORDS = ("One", "two", "three", "four", "five")
USAGE = {
    "prompt_tokens": 20,
    "completion_tokens": 8,
    "total_tokens": 28,
    "prompt_tokens_details": {"cached_tokens": 4},
    "completion_tokens_details": {"reasoning_tokens": 3},
}


class Live(ThreadingHTTPServer):
    """Counts what it was asked; `tokens` overrides the usage that it states, by the request."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[dict[str, Any]] = []
        self.tokens = lambda body: USAGE
        self.seconds = 0.0
        self.refused = 0
        self.done = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def handle_error(self, request, client_address) -> None:
        """A client that leaves is no news."""


@contextlib.contextmanager
def live_server() -> Iterator[Live]:
    server = Live()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.done.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Live

    def log_message(self, *_: Any) -> None:
        pass

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.asked.append(body)
        text = json.dumps(body)
        if self.server.seconds:
            time.sleep(self.server.seconds)
        if "wrong key" in text:
            sent = ", ".join(f"{name}: {value}" for name, value in self.headers.items())
            message = f"Incorrect API key provided: {self.headers['authorization']}. You sent {sent}"
            self._json(401, {"error": {"message": message, "type": "invalid_request_error", "code": "invalid_api_key"}})
        elif "busy" in text and not self.server.refused:
            self.server.refused += 1
            error = {"message": "Rate limit reached", "type": "requests", "code": "rate_limit_exceeded"}
            self._json(429, {"error": error}, {"retry-after": "1"})
        elif "silent" in text:
            self.server.done.wait(30)
            self._gone()
        elif "half" in text:
            self._head(200, "application/json", {"content-length": "400"})
            self.wfile.write(b'{"id": "c", "choices": [')
            self._gone()
        elif self.path.endswith("/embeddings"):
            data = [{"object": "embedding", "index": 0, "embedding": [0.1, 0.2]}]
            usage = {"prompt_tokens": 2, "total_tokens": 2}
            self._json(200, {"object": "list", "model": body["model"], "data": data, "usage": usage})
        elif self.path.endswith("/responses"):
            self._responses(body)
        elif body.get("stream"):
            self._stream(body, "cut" in text)
        else:
            self._json(200, self._completion(body))

    def _completion(self, body: dict[str, Any]) -> dict[str, Any]:
        said = " ".join(WORDS) + f" to {body['messages'][-1]['content']}"
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": said}}
        whole = {"id": "c", "object": "chat.completion", "created": 0, "model": body["model"], "choices": [choice]}
        return {**whole, "usage": self.server.tokens(body)}

    def _responses(self, body: dict[str, Any]) -> None:
        part = {"type": "output_text", "text": "Hello there", "annotations": []}
        message = {"type": "message", "id": "m", "role": "assistant", "status": "completed", "content": [part]}
        details = {"input_tokens_details": {"cached_tokens": 1}, "output_tokens_details": {"reasoning_tokens": 2}}
        usage = {"input_tokens": 5, "output_tokens": 6, "total_tokens": 11, **details}
        whole = {"id": "r", "object": "response", "created_at": 0, "model": body["model"], "output": [message]}
        rest = {"usage": usage, "status": "completed", "parallel_tool_calls": True, "tools": [], "tool_choice": "auto"}
        self._json(200, {**whole, **rest})

    def _stream(self, body: dict[str, Any], cut: bool) -> None:
        self._head(200, "text/event-stream", {"transfer-encoding": "chunked"})
        base = {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": body["model"]}
        for i, word in enumerate(WORDS):
            delta = {"role": "assistant", "content": f"{word} "}
            self._event({**base, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
            if cut and i == 1:
                self._gone()
                return
        self._event({**base, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        if (body.get("stream_options") or {}).get("include_usage"):
            self._event({**base, "choices": [], "usage": USAGE})
        self._chunk(b"data: [DONE]\n\n")
        self.wfile.write(b"0\r\n\r\n")

    def _event(self, event: dict[str, Any]) -> None:
        self._chunk(f"data: {json.dumps(event)}\n\n".encode())

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def _json(self, status: int, value: Any, headers: dict[str, str] | None = None) -> None:
        data = json.dumps(value).encode()
        self._head(status, "application/json", {"content-length": str(len(data)), **(headers or {})})
        self.wfile.write(data)

    def _head(self, status: int, kind: str, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"content-type": kind, **headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def _gone(self) -> None:
        """Close the socket as a cut cable would."""
        self.wfile.flush()
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)
        self.close_connection = True
