"""A real model on this machine: start, memory, speed, and eight prompts of each of six tasks. Starts its own server.

workbook bench local_model --model PATH.gguf            a row in the terminal
workbook bench local_model --model PATH.gguf --write    and into docs/local_model.{json,md}
workbook bench local_model                              the small default model
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import openai
import psutil
from competence_suite.asking import Asked, ask_all
from competence_suite.cases import read_half
from competence_suite.scoring import score

from helpers.files import write_atomically
from helpers.local_model import gguf, weights
from helpers.paths import ROOT

STORED = ROOT / "docs" / "local_model.json"
PAGE = ROOT / "docs" / "local_model.md"
MARK = "<!-- measured -->"
EACH = 8
TASKS = ("answer", "decline", "extract", "label", "tools", "judge")


def main() -> None:
    parser = argparse.ArgumentParser(prog="workbook bench local_model")
    parser.add_argument("--model", type=Path, default=weights.DEFAULT.path, help="a GGUF file")
    parser.add_argument("--name", help="what the page calls it")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--no-tasks", action="store_true", help="start, memory and speed only")
    options = parser.parse_args()
    model = gguf.read(options.model)
    row = measure(options.model, tasks=not options.no_tasks)
    row = {"model": options.name or model.name, "file_mb": round(model.size / 1e6), **row, "date": str(date.today())}
    print(json.dumps(row, indent=1))
    if options.write:
        rows = json.loads(STORED.read_text(encoding="utf-8")) if STORED.exists() else []
        rows = sorted([row, *(old for old in rows if old["model"] != row["model"])], key=lambda r: r["file_mb"])
        write_atomically(STORED, json.dumps(rows, indent=1) + "\n")
        before, _, after = PAGE.read_text(encoding="utf-8").partition(MARK)
        _, _, after = after.partition(MARK)
        write_atomically(PAGE, f"{before}{MARK}\n\n{table(rows)}\n\n{MARK}{after}")


def measure(path: Path, *, tasks: bool) -> dict:
    """Seconds to start, MB, tokens a CPU-second, and of eight cases a task how many were right."""
    command = [sys.executable, "-m", "helpers.cli", "local", "--model", str(path)]
    with tempfile.TemporaryDirectory() as place:
        environment = {**os.environ, "WORKBOOK_MODELS": place}
        started = time.perf_counter()
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8", env=environment) as server:
            try:
                url = next(line.split()[1] for line in server.stdout if line.startswith("Ready:"))
                seconds = time.perf_counter() - started
                client = openai.OpenAI(base_url=url, api_key=os.environ.get("WORKBOOK_API_KEY", "not-needed"))
                process = psutil.Process(server.pid)
                read, written = speed(client, process)
                found = {"start_s": round(seconds, 1), "prompt_per_cpu_s": read, "reply_per_cpu_s": written}
                if tasks:
                    found |= right(client)
                found["memory_mb"] = round(process.memory_info().rss / 1e6)
            finally:
                server.terminate()
    return found


def speed(client: openai.OpenAI, process: psutil.Process) -> tuple[float, float]:
    """Tokens read and written in a second of processor time, which other programs on the machine do not lengthen."""

    def spent(content: str, tokens: int) -> tuple[float, openai.types.CompletionUsage]:
        before = sum(process.cpu_times()[:2])
        messages = [{"role": "user", "content": content}]
        reply = client.chat.completions.create(model="local-chat", messages=messages, max_tokens=tokens)
        return sum(process.cpu_times()[:2]) - before, reply.usage

    spent("Hello.", 1)
    reading, usage = spent(" ".join(f"item {number};" for number in range(150)), 1)
    writing, made = spent("Write a long story about a lighthouse.", 64)
    return round(usage.prompt_tokens / reading, 1), round(made.completion_tokens / writing, 1)


def right(client: openai.OpenAI) -> dict:
    """Task -> how many of eight held-out cases of the competence suite were right; of an object every field."""
    asked, cases, found = Asked(client, "local-chat"), list(read_half("heldout")), {}
    for task in TASKS:
        every = [case for case in cases if case.skill == task]
        chosen = every[:: max(1, len(every) // EACH)][:EACH]
        replies = ask_all(asked, chosen)
        scores = [score(case, replies[case.id]) for case in chosen]
        found[task] = sum(good == all_of_it for good, all_of_it in scores)
        print(f"{task}: {found[task]} of {len(chosen)}", file=sys.stderr)
    return found


def table(rows: list[dict]) -> str:
    """The measured rows as markdown."""
    tasks = [task for task in TASKS if any(task in row for row in rows)]
    head = ["model", "file, MB", "memory, MB", "start, s", "read, tokens/CPU-s", "written, tokens/CPU-s"]
    head += [f"{task}, of {EACH}" for task in tasks]
    lines = ["| " + " | ".join(head) + " |", "|---|" + "---:|" * (len(head) - 1)]
    for row in rows:
        values = [row[k] for k in ("model", "file_mb", "memory_mb", "start_s", "prompt_per_cpu_s", "reply_per_cpu_s")]
        values += [row.get(task, "-") for task in tasks]
        lines.append("| " + " | ".join(map(str, values)) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
