"""Requests to a server from another process, as fast as it answers: wrk where it is installed, else one in Python.

wrk (https://github.com/wg/wrk) costs less than the quickest server here; the Python one costs as much as the bare route
does, so that with it the quick contenders look slower than they are.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.parse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_LUA = """
local bodies, at = {}, 0
for line in io.lines(%s) do bodies[#bodies + 1] = line end
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer workbook"
request = function()
  at = at + 1
  return wrk.format(nil, nil, nil, bodies[(at - 1) %% #bodies + 1])
end
"""


@dataclass(frozen=True)
class Load:
    requests: int
    seconds: float
    failed: int  # other than 200


def load(url: str, bodies: Sequence[bytes], concurrency: int, seconds: float) -> Load:
    """POST the bodies (JSON without line ends) in turn, over `concurrency` connections kept open."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "bodies.jsonl"
        file.write_bytes(b"\n".join(bodies))
        if shutil.which("wrk"):
            script = Path(folder) / "post.lua"
            script.write_text(_LUA % json.dumps(str(file)), encoding="utf-8")
            return _read(_output(["wrk", "-t1", f"-c{concurrency}", f"-d{seconds:.0f}s", "-s", str(script), url]))
        own = [sys.executable, __file__, url, str(file), str(concurrency), str(seconds)]
        return Load(**json.loads(_output(own)))


def _output(command: Sequence[str]) -> str:
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=True).stdout


def _read(shown: str) -> Load:
    done = re.search(r"(\d+) requests in ([\d.]+)(m?s)", shown)
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", shown)
    errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", shown)
    assert done, shown
    wrong = (int(failed[1]) if failed else 0) + (sum(map(int, errors.groups())) if errors else 0)
    return Load(int(done[1]), float(done[2]) / (1000 if done[3] == "ms" else 1), wrong)


def _in_python(url: str, bodies: Sequence[bytes], concurrency: int, seconds: float) -> Load:
    import asyncio
    import itertools
    import time

    place = urllib.parse.urlsplit(url)
    head = f"POST {place.path} HTTP/1.1\r\nHost: {place.netloc}\r\nAuthorization: Bearer workbook\r\n"
    turn = itertools.cycle(bodies)
    counts = [0, 0]

    async def connection(until: float) -> None:
        reader, writer = await asyncio.open_connection(place.hostname, place.port)
        while time.perf_counter() < until:
            body = next(turn)
            kind = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            writer.write((head + kind).encode() + body)
            answer = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"(?i)content-length: (\d+)", answer)
            await reader.readexactly(int(length[1]) if length else 0)
            counts[0] += 1
            counts[1] += b" 200 " not in answer.split(b"\r\n", 1)[0]
        writer.close()

    async def run() -> float:
        started = time.perf_counter()
        await asyncio.gather(*(connection(started + seconds) for _ in range(concurrency)))
        return time.perf_counter() - started

    taken = asyncio.run(run())
    return Load(counts[0], taken, counts[1])


if __name__ == "__main__":
    _url, _file, _concurrency, _seconds = sys.argv[1:]
    _done = _in_python(_url, Path(_file).read_bytes().split(b"\n"), int(_concurrency), float(_seconds))
    print(json.dumps(_done.__dict__))
