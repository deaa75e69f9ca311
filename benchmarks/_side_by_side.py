"""Runs commands in turn, several times over, so that a busy machine slows all alike; prints medians and ratios."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping

Timed = Callable[[], float | None]


def command(*arguments: str, env: dict[str, str] | None = None) -> Timed:
    """A run of this Python with these arguments; its seconds are the wall time. A failure ends the benchmark."""

    def run() -> None:
        done = subprocess.run([sys.executable, *arguments], capture_output=True, encoding="utf-8", env=env)
        if done.returncode:
            sys.exit(f"{' '.join(arguments)[:80]} failed:\n{done.stderr[-2000:]}")

    return run


def compare(contenders: Mapping[str, Timed], *, times: int, yardstick: str) -> None:
    """Time each contender `times` times, in turn, after one run that is not counted. A contender that returns a number
    has measured its own seconds. Prints the median, the range, and the ratio to the yardstick's median."""
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for turn in range(times + 1):
        for name, run in contenders.items():
            started = time.perf_counter()
            measured = run()
            taken = time.perf_counter() - started if measured is None else measured
            if turn:
                seconds[name].append(taken)
    base = statistics.median(seconds[yardstick])
    width = max(map(len, seconds))
    for name, taken in seconds.items():
        middle = statistics.median(taken)
        print(f"{name:<{width}}  {middle:8.3f} s  ({min(taken):.3f} to {max(taken):.3f})  {middle / base:6.2f} x")
