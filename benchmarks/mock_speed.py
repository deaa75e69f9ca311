"""Requests a second of the mock endpoint beside a bare Starlette route on the same server, and beside other stand-ins.

    workbook bench mock_speed [--seconds 1] [--rounds 3] [--peer NAME=URL ...]

A peer runs already, and URL is where it answers POST /chat/completions, e.g. llmock=http://127.0.0.1:8000/v1. The
contenders take turns, so that a busy machine slows all alike: trust the ratios. CPU is that of the serving process.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import statistics
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection

import psutil
from _load import load
from _prompts import answer, body, label

CONCURRENCIES = (1, 16, 64)
_NEW = 2000  # bodies of a run whose every request is new: more than are answered in it
OURS = "from helpers.mock_endpoint import serve; serve(port=0)"
# A second server, with what a trainer can put in place of computed replies: a recording, and for sim-small a script.
PREPARED = """
import json, sys, tempfile, urllib.request
from pathlib import Path
from helpers.mock_endpoint import Behaviour, MockConfig, serve, start
from helpers.mock_endpoint.behaviour.recording import Recorded, Recording
from helpers.mock_endpoint.behaviour.settings import Script
asked = json.loads(sys.argv[1])
with start(MockConfig(seed=1)) as computing:
    headers = {"Authorization": "Bearer workbook", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{computing.url}/chat/completions", sys.argv[1].encode(), headers)
    reply = urllib.request.urlopen(request).read().decode()
file = Path(tempfile.mkdtemp()) / "recording.jsonl"
Recording(file).append("/chat/completions", asked, Recorded(200, reply), scrub=False)
script = Script(model="sim-small", reply="A constant. " * 10)
serve(port=0, config=MockConfig(behaviour=Behaviour(replay=file, scripts=(script,))))
"""
BARE = """
import socket, uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route
from helpers.mock_endpoint.server import _settings
REPLY = {"id": "x", "object": "chat.completion", "created": 1, "model": "bare", "choices": [{"index": 0, "message":
    {"role": "assistant", "content": "A constant. " * 10}, "finish_reason": "stop"}], "usage": {"total_tokens": 1}}
async def constant(request):
    return JSONResponse(REPLY)
async def read(request):
    await request.json()
    return JSONResponse(REPLY)
listener = socket.socket(); listener.bind(("127.0.0.1", 0)); listener.listen(2048)
print(f"http://127.0.0.1:{listener.getsockname()[1]}/v1", flush=True)
app = Starlette(routes=[Route("/v1/constant", constant, methods=["POST"]), Route("/v1/read", read, methods=["POST"])])
uvicorn.Server(_settings(app)).run(sockets=[listener])
"""


@dataclass
class Contender:
    """bodies: from the number of a run to what is sent in it."""

    name: str
    url: str
    bodies: Callable[[int], Sequence[bytes]]
    server: psutil.Process | None
    rates: dict[int, list[float]] = field(default_factory=dict)
    cpu: dict[int, list[float]] = field(default_factory=dict)
    failed: int = 0


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=1)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="contenders whose name holds this, beside the bare route")
    parser.add_argument("--peer", action="append", default=[], metavar="NAME=URL")
    given = parser.parse_args()
    with serving(BARE) as bare, serving(OURS) as ours, serving(PREPARED, body(answer(1, 1)).decode()) as ready:
        every = [*yardsticks(*bare), *own(*ours), *prepared(*ready), *peers(given.peer)]
        chosen = [c for c in every if given.only in c.name or c.name.startswith("bare")]
        for turn, concurrency in itertools.product(range(given.rounds + 1), CONCURRENCIES):
            for contender in chosen:
                measure(contender, turn * 10 + concurrency, concurrency, given.seconds, counted=turn > 0)
        report(chosen)
        first_bytes(ours[0], given.peer)


@contextlib.contextmanager
def serving(code: str, *arguments: str) -> Iterator[tuple[str, psutil.Process]]:
    process = subprocess.Popen([sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, encoding="utf-8")
    try:
        assert process.stdout is not None
        yield "http://" + process.stdout.readline().split("http://")[1].split()[0], psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait()


def always(content: bytes) -> Callable[[int], Sequence[bytes]]:
    return lambda run: [content]


def new(make: Callable[[int], bytes]) -> Callable[[int], Sequence[bytes]]:
    return lambda run: [make(run * _NEW + i) for i in range(_NEW)]


def yardsticks(url: str, server: psutil.Process) -> list[Contender]:
    same = always(body(answer(1, 1)))
    return [
        Contender("bare route", f"{url}/constant", same, server),
        Contender("bare route that reads the JSON", f"{url}/read", same, server),
    ]


def own(url: str, server: psutil.Process) -> list[Contender]:
    chat, vectors = f"{url}/chat/completions", f"{url}/embeddings"

    def text(prompt: str) -> bytes:
        return json.dumps({"model": "sim-embedding", "input": prompt, "encoding_format": "base64"}).encode()

    return [
        Contender("chat: one word, repeated", chat, always(body("Hello")), server),
        Contender("answer: repeated", chat, always(body(answer(1, 1))), server),
        Contender("answer: other seed", chat, lambda run: [body(answer(1, 1), seed=i) for i in range(_NEW)], server),
        Contender("answer: new question", chat, new(lambda i: body(answer(1, i))), server),
        Contender("answer: everything new", chat, new(lambda i: body(answer(i, i))), server),
        Contender("label: repeated", chat, always(body(label(1))), server),
        Contender("label: new text", chat, new(lambda i: body(label(i))), server),
        Contender("embedding: repeated", vectors, always(text(label(1)[-200:])), server),
        Contender("embedding: new text", vectors, new(lambda i: text(f"{label(i)[-100:]} {i}")), server),
    ]


def prepared(url: str, server: psutil.Process) -> list[Contender]:
    chat, same = f"{url}/chat/completions", body(answer(1, 1))
    return [
        Contender("recorded reply", chat, always(same), server),
        Contender("scripted reply", chat, always(same.replace(b"sim-large", b"sim-small")), server),
    ]


def peers(given: Sequence[str]) -> list[Contender]:
    found = []
    for name, _, url in (peer.partition("=") for peer in given):
        same = always(body(answer(1, 1)).replace(b"sim-large", b"gpt-4o"))
        found.append(Contender(f"peer {name}", f"{url}/chat/completions", same, listening_on(url)))
    return found


def listening_on(url: str) -> psutil.Process | None:
    port = urllib.parse.urlsplit(url).port
    with contextlib.suppress(psutil.AccessDenied):
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port and connection.pid:
                return psutil.Process(connection.pid)
    return None


def measure(contender: Contender, run: int, concurrency: int, seconds: float, *, counted: bool) -> None:
    before = sum(contender.server.cpu_times()[:2]) if contender.server else 0.0
    done = load(contender.url, contender.bodies(run), concurrency, seconds)
    settle(contender.server)
    cpu = (sum(contender.server.cpu_times()[:2]) if contender.server else 0.0) - before
    contender.failed += done.failed
    if counted and done.requests:
        contender.rates.setdefault(concurrency, []).append(done.requests / done.seconds)
        contender.cpu.setdefault(concurrency, []).append(1000 * cpu / done.requests)


def settle(server: psutil.Process | None) -> None:
    """Wait until the server has done with the requests that were under way when the time was up."""
    used = -1.0
    for _ in range(100):
        now = sum(server.cpu_times()[:2]) if server else 0.0
        if now == used:
            return
        used = now
        time.sleep(0.1)


def report(contenders: Sequence[Contender]) -> None:
    base = {c: statistics.median(rates) for c, rates in contenders[0].rates.items()}
    print(f"{'':<32}" + "".join(f"{f'requests/s at {c}':>20}" for c in CONCURRENCIES) + "   CPU ms at 16")
    for contender in contenders:
        shown = ""
        for c in CONCURRENCIES:
            rate = statistics.median(contender.rates.get(c, [0.0]))
            shown += f"{rate:12,.0f} {rate / base[c]:6.3f}x"
        cpu = f"{statistics.median(contender.cpu.get(16, [0.0])):12.3f}" if contender.server else ""
        print(f"{contender.name:<32}{shown}{cpu}" + (f"   {contender.failed} FAILED" if contender.failed else ""))


def first_bytes(url: str, given: Sequence[str]) -> None:
    """Milliseconds to the first byte of a stream's body, one request at a time."""
    print("\nfirst SSE byte, ms: median (and 95th percentile) of 100")
    asked = {
        "chat, repeated": (url, lambda i: "Hello"),
        "answer, repeated": (url, lambda i: answer(1, 1)),
        "answer, new question": (url, lambda i: answer(1, 900_000 + i)),
    }
    asked |= {name: (address, lambda i: answer(1, 1)) for name, _, address in (p.partition("=") for p in given)}
    for name, (address, prompt) in asked.items():
        place = urllib.parse.urlsplit(address)
        connection = HTTPConnection(place.hostname or "", place.port)
        headers = {"Authorization": "Bearer workbook", "Content-Type": "application/json"}
        model = "sim-large" if address == url else "gpt-4o"
        taken = []
        for i in range(105):
            content = body(prompt(i), stream=True).replace(b"sim-large", model.encode())
            started = time.perf_counter()
            connection.request("POST", f"{place.path}/chat/completions", content, headers)
            response = connection.getresponse()
            response.read(1)
            taken.append(1000 * (time.perf_counter() - started))
            response.read()
        taken = sorted(taken[5:])
        print(f"{name:<32}{statistics.median(taken):8.2f} ({taken[94]:.2f})")


if __name__ == "__main__":
    main()
