"""What the ledger costs a call: with a plain client, with the ledger, and with it kept, budgeted, recorded.

    workbook bench ledger [--calls 300] [--lines 100000]

Calls go to a small server in this process (a constant reply, so that what is compared is the client's side). Rounds are
interleaved, so that a busy machine burdens all alike; shown is the median of a call over all rounds. Then the time and
memory of `workbook ledger` over a file of many lines.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

REPLY = json.dumps(
    {
        "id": "c",
        "object": "chat.completion",
        "created": 0,
        "model": "gpt-5.4",
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "hello " * 50}}],
        "usage": {"prompt_tokens": 200, "completion_tokens": 50, "total_tokens": 250},
    }
).encode()
MESSAGES: Any = [{"role": "user", "content": "A question of some length. " * 40}]
ROUNDS = 10


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else a reply of two writes waits 40 ms
    wbufsize = -1

    def log_message(self, *_: Any) -> None:
        pass

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(REPLY)))
        self.end_headers()
        self.wfile.write(REPLY)
        self.wfile.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--calls", type=int, default=300)
    parser.add_argument("--lines", type=int, default=100_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ["WORKBOOK_HOME"] = home
        calls(given.calls)
        command(Path(home), given.lines)


def calls(count: int) -> None:
    """Milliseconds of a call, client by client."""
    import openai

    from helpers.endpoint import connect
    from helpers.settings import Settings

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    base = f"WORKBOOK_PROFILE=compatible\nWORKBOOK_BASE_URL={url}\nWORKBOOK_CHAT_LARGE=gpt-5.4\nWORKBOOK_EMBEDDING=e\n"

    def endpoint(more: str) -> Any:
        return connect(settings=Settings.from_text(base + more), quiet=True).client

    clients = {
        "plain openai client": openai.OpenAI(base_url=url, api_key="none"),
        "ledger, not kept": endpoint("WORKBOOK_LEDGER=off\n"),
        "ledger, kept": endpoint(""),
        "and a session's budget": endpoint("WORKBOOK_BUDGET_USD=100\n"),
        "and a month's budget": endpoint("WORKBOOK_BUDGET_USD=100\nWORKBOOK_BUDGET_TOTAL_USD=100\n"),
        "and recorded (fsync)": endpoint(f"WORKBOOK_RECORD={os.environ['WORKBOOK_HOME']}/recording\n"),
    }
    seconds: dict[str, list[float]] = {name: [] for name in clients}
    for client in clients.values():
        one(client)  # connections, imports, the tokenizer
    for _ in range(ROUNDS):
        for name, client in clients.items():
            seconds[name] += [one(client) for _ in range(max(1, count // ROUNDS))]
    server.shutdown()
    plain = statistics.median(seconds["plain openai client"])
    for name, measured in seconds.items():
        median = statistics.median(measured)
        print(f"{name:<24} {1000 * median:7.2f} ms a call   {1000 * (median - plain):+6.2f} ms")


def one(client: Any) -> float:
    began = time.perf_counter()
    client.chat.completions.create(model="gpt-5.4", messages=MESSAGES)
    return time.perf_counter() - began


def command(home: Path, lines: int) -> None:
    """`workbook ledger` over many calls: seconds and megabytes of the whole process."""
    from helpers.ledger.call import Call

    folder = home / "my_work" / "ledger"
    folder.mkdir(parents=True, exist_ok=True)
    line = json.dumps(Call(datetime.now(UTC), "gpt-5.4", 200, 200, 50, usd=0.001, role="chat-large").as_json()) + "\n"
    with (folder / f"{datetime.now(UTC):%Y-%m}-0-bench.jsonl").open("w", encoding="utf-8") as file:
        for _ in range(lines):
            file.write(line)
    program = (
        "import time; began = time.perf_counter(); from helpers.commands.ledger import run\n"
        "run('', 'model', None, False)\n"
        "seconds = time.perf_counter() - began\n"
        "import psutil; print(seconds, psutil.Process().memory_info().rss / 1e6)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    seconds, megabytes = map(float, done.stdout.split())
    print(f"workbook ledger, {lines:,} calls: {seconds:.2f} s, {megabytes:.0f} MB")


if __name__ == "__main__":
    main()
