"""Minutes of mixed traffic with fresh prompts at the offline endpoint: does its memory stop growing?

    workbook bench mock_soak --minutes 10

The endpoint runs in a process of its own, so that only its memory is measured. Every second its resident size is
sampled; of the samples after the warm-up (the first third, in which caches fill to their limits) a line is fitted, and
its slope in MB a minute is the answer. Also reported: descriptors and threads at the start and at the end, and faults.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import subprocess
import sys
import time
from collections import Counter
from typing import Any

import httpx2
import numpy as np
import openai
import psutil

SERVE = "from helpers.mock_endpoint import serve; serve('127.0.0.1', 0)"
WORDS = (
    "harbour",
    "mill",
    "ferry",
    "lamp",
    "rope",
    "garden",
    "copper",
    "bridge",
    "market",
    "stone",
    "river",
    "orchard",
)
WARM_UP = 1 / 3  # of the time


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--clients", type=int, default=4, help="how many ask at the same time")
    options = parser.parse_args()
    server = subprocess.Popen([sys.executable, "-c", SERVE], stdout=subprocess.PIPE, text=True, encoding="utf-8")
    try:
        assert server.stdout is not None
        url = server.stdout.readline().split()[-1]
        samples, done = asyncio.run(soak(url, psutil.Process(server.pid), options.minutes * 60, options.clients))
    finally:
        server.kill()
        server.wait()
    report(samples, done)


async def soak(url: str, process: psutil.Process, seconds: float, clients: int) -> tuple[Any, Counter[str]]:
    """Samples of (second, resident MB, descriptors, threads), and what was done how often."""
    started, done, samples = time.monotonic(), Counter[str](), []
    async with openai.AsyncOpenAI(base_url=url, api_key="workbook", max_retries=0, timeout=60) as client:

        async def ask(seed: int) -> None:
            rng = random.Random(seed)
            while time.monotonic() - started < seconds:
                kind = rng.choice(list(TRAFFIC))
                try:
                    await TRAFFIC[kind](client, rng)
                    done[kind] += 1
                except (openai.OpenAIError, httpx2.HTTPError) as error:
                    done[f"FAULT in {kind}: {type(error).__name__}"] += 1

        asking = [asyncio.create_task(ask(seed)) for seed in range(clients)]
        while not all(task.done() for task in asking):
            handles = process.num_handles() if sys.platform == "win32" else process.num_fds()
            megabytes = process.memory_info().rss / 2**20
            samples.append((time.monotonic() - started, megabytes, handles, process.num_threads()))
            await asyncio.wait(asking, timeout=1)
        await asyncio.gather(*asking)
    return np.array(samples), done


# --- traffic: no prompt comes twice --------------------------------------------------------------------------------


def fresh(rng: random.Random, words: int) -> str:
    return " ".join(f"{rng.choice(WORDS)}{rng.randrange(10_000)}" for _ in range(words))


def user(text: str) -> Any:
    return [{"role": "user", "content": text}]


async def chat(client: openai.AsyncOpenAI, rng: random.Random) -> None:
    text = f"What is kept in {fresh(rng, 2)}? <note>In {fresh(rng, 3)} there is {fresh(rng, 60)}.</note>"
    await client.chat.completions.create(model=rng.choice(("sim-large", "sim-small")), messages=user(text))


async def labels(client: openai.AsyncOpenAI, rng: random.Random) -> None:
    text = f"Classify as {fresh(rng, 1)}, {fresh(rng, 1)} or {fresh(rng, 1)}. Text: {fresh(rng, 20)}"
    await client.chat.completions.create(model="sim-large", messages=user(text), logprobs=True, top_logprobs=3, n=3)


async def stream(client: openai.AsyncOpenAI, rng: random.Random) -> None:
    asked = await client.chat.completions.create(
        model="sim-large", messages=user(f"Say: {fresh(rng, 30)}"), stream=True
    )
    async for _ in asked:
        pass


async def stream_cut(client: openai.AsyncOpenAI, rng: random.Random) -> None:
    text = user(f"Say: {fresh(rng, 100)}")
    async with await client.chat.completions.create(model="sim-large", messages=text, n=20, stream=True) as asked:
        async for _ in asked:
            break


async def schema(client: openai.AsyncOpenAI, rng: random.Random) -> None:
    names = [fresh(rng, 1) for _ in range(3)]
    shape = {
        "type": "object",
        "properties": {name: {"type": "string"} for name in names},
        "required": names,
        "additionalProperties": False,
    }
    form = {"type": "json_schema", "json_schema": {"name": "note", "strict": True, "schema": shape}}
    text = "\n".join(f"{name}: {fresh(rng, 4)}" for name in names)
    await client.chat.completions.create(model="sim-large", messages=user(text), response_format=form)


async def tool(client: openai.AsyncOpenAI, rng: random.Random) -> None:
    name = f"find_{rng.choice(WORDS)}_{rng.randrange(10_000)}"
    parameters = {"type": "object", "properties": {"number": {"type": "integer"}}, "required": ["number"]}
    function = {"name": name, "description": f"Find {fresh(rng, 5)}.", "parameters": parameters}
    text = f"{name} for number {rng.randrange(10**9)}"
    tools: Any = [{"type": "function", "function": function}]
    await client.chat.completions.create(model="sim-large", messages=user(text), tools=tools)


async def embeddings(client: openai.AsyncOpenAI, rng: random.Random) -> None:
    await client.embeddings.create(model="sim-embedding", input=[fresh(rng, 12) for _ in range(4)])


async def refused(client: openai.AsyncOpenAI, rng: random.Random) -> None:
    try:
        await client.chat.completions.create(model=f"model-{rng.randrange(10**9)}", messages=user(fresh(rng, 5)))
    except openai.NotFoundError:
        return
    raise openai.OpenAIError("an unknown model answered")


TRAFFIC = {
    "chat": chat,
    "labels": labels,
    "stream": stream,
    "stream cut": stream_cut,
    "schema": schema,
    "tool": tool,
    "embeddings": embeddings,
    "refused": refused,
}


# --- report --------------------------------------------------------------------------------------------------------


def report(samples: Any, done: Counter[str]) -> None:
    seconds, megabytes = samples[:, 0], samples[:, 1]
    warm = seconds >= seconds[-1] * WARM_UP
    slope, at_zero = np.polyfit(seconds[warm] / 60, megabytes[warm], 1)
    off = megabytes[warm] - (slope * seconds[warm] / 60 + at_zero)
    for kind, times in sorted(done.items()):
        print(f"{kind:<40} {times:>8}")
    total = sum(done.values())
    print(f"{'requests':<40} {total:>8}  ({total / seconds[-1]:.0f} a second for {seconds[-1] / 60:.1f} minutes)")
    for share in np.linspace(0, 1, 11):
        at = int(share * (len(samples) - 1))
        second, size, handles, threads = samples[at]
        print(f"minute {second / 60:5.1f}  {size:7.1f} MB  {handles:.0f} descriptors  {threads:.0f} threads")
    print(f"after the warm-up: {slope:+.2f} MB a minute, samples {off.std():.2f} MB (1 sd) about the line")


if __name__ == "__main__":
    main()
