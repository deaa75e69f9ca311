"""What a run will take, before it starts: each notebook is run on the mock, and its calls are counted.

An upper estimate: on a live endpoint `endpoint.sample` takes fewer items, and calls that a lesson makes to the mock in
any case are counted too. How long replies are depends on the model; the mock's are short.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from helpers.files import write_atomically
from helpers.live_run import journal
from helpers.live_run.results import digest

if TYPE_CHECKING:
    from helpers.endpoint import Endpoint

# Of a cloud's endpoint nothing is known before the first paid call: reckoned with, and said to be assumed.
ASSUMED_LATENCY, ASSUMED_PROMPT_RATE, ASSUMED_REPLY_RATE = 1.0, 5_000.0, 60.0


@dataclass(frozen=True)
class Need:
    """Calls, and tokens sent and received."""

    calls: int = 0
    sent: int = 0
    received: int = 0

    def __add__(self, other: Need) -> Need:
        return Need(self.calls + other.calls, self.sent + other.sent, self.received + other.received)


def needs(notebooks: Iterable[tuple[str, Path]], folder: Path) -> dict[str, Need]:
    """Name -> what a notebook needs; counted once for each version of it, and kept in `folder`."""
    from helpers.live_run.running import execute_one
    from helpers.publishing.warm_kernel import warm_kernels

    file = folder / "needs.json"
    try:
        known = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        known = {}
    found = {}
    with warm_kernels(lazy=True) as kernel:
        for name, path in notebooks:
            key = digest(path)
            if key not in known:
                with tempfile.TemporaryDirectory() as place:
                    calls = Path(place) / "calls.jsonl"
                    environment = {"WORKBOOK_PROFILE": "mock", "WORKBOOK_LIVE_JOURNAL": str(calls)}
                    execute_one(path, None, environment, kernel, 120)
                    lines = [line for line in journal.read(calls) if line["status"] < 400]
                sums = [sum(line[name] for line in lines) for name in ("input_tokens", "output_tokens")]
                known[key] = [len(lines), *sums]
                write_atomically(file, json.dumps(known, indent=1) + "\n")
            found[name] = Need(*known[key])
    return found


def seconds(need: Need, endpoint: Endpoint) -> float:
    """How long the calls will take, one after the other. A local endpoint is asked how fast it is: that is free."""
    latency, prompt_rate, reply_rate = ASSUMED_LATENCY, ASSUMED_PROMPT_RATE, ASSUMED_REPLY_RATE
    if endpoint.profile == "local":
        latency, prompt_rate, reply_rate = 0.05, *_rates(endpoint)
    return need.calls * latency + need.sent / prompt_rate + need.received / reply_rate


def _rates(endpoint: Endpoint) -> tuple[float, float]:
    """Tokens a second that this endpoint reads and writes, from a short and a long prompt."""

    def timed(words: int, tokens: int) -> tuple[float, int, int]:
        content = " ".join(f"word{number}" for number in range(words)) + " Go on."
        started = time.perf_counter()
        reply = endpoint.client.chat.completions.create(
            model=endpoint.chat_large, messages=[{"role": "user", "content": content}], max_completion_tokens=tokens
        )
        return time.perf_counter() - started, reply.usage.prompt_tokens, reply.usage.completion_tokens

    long, sent, _ = timed(100, 1)
    short, _, written = timed(2, 30)
    return sent / max(long, 0.01), written / max(short, 0.01)


def usd(need: Need, endpoint: Endpoint) -> float | None:
    """US dollars at the large model's price; 0 for a model on this machine; None where no price is known."""
    if endpoint.profile in ("mock", "local"):
        return 0.0
    from helpers.prices import UnknownPrice, price_of

    try:
        return price_of(endpoint.chat_large).cost(need.sent, need.received)
    except UnknownPrice:
        return None
