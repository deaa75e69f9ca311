"""A million log lines gathered into templates: seconds, memory, and how pure the templates are; beside plain drain3.

    workbook bench log_templates [1000000]       # prints a table; a million lines take some minutes in all

The lines are those of the five invented systems (`workbook sample logs --lines`). Each row runs in a process of its
own. "count" reads the bytes and counts line ends, as `wc -l` does: less no reader can need. "plain drain3" gives each
line as it stands to drain3's TemplateMiner with its own settings: no events, no redaction, no severities, so that news
and lines of a stack trace are templates too. "mixed" counts events of WARNING or worse that are in a template with more
events of another category of gold.csv: what a classifier of templates cannot get right any more.
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path

LINES = 1_000_000
_BLOCK = 1 << 20


def logs_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix in (".log", ".jsonl"))


def mixed(folder: Path, assigned: Iterable[tuple[str, int, int]]) -> int:
    """Events whose template has more events of another category. assigned: (file, line, template)."""
    with (folder / "gold.csv").open(encoding="utf-8-sig", newline="") as file:
        gold = {(row["file"], int(row["line"])): row["category"] for row in csv.DictReader(file)}
    categories: dict[int, Counter[str]] = defaultdict(Counter)
    for file_name, line, template in assigned:
        if (file_name, line) in gold:
            categories[template][gold[file_name, line]] += 1
    return sum(sum(counts.values()) - max(counts.values()) for counts in categories.values())


def count(folder: Path) -> dict:
    lines = 0
    for path in logs_in(folder):
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                lines += block.count(b"\n")
    return {"lines": lines}


def events(folder: Path) -> dict:
    from helpers.logs import read_events

    reading = read_events(folder)
    found = sum(1 for _ in reading)
    return {"lines": reading.lines, "events": found}


def templates(folder: Path) -> dict:
    from helpers.logs import mine, read_events
    from helpers.redaction import Redactor

    with tempfile.TemporaryDirectory() as kept:
        found = mine(read_events(folder), redactor=Redactor.of(None), assignments=Path(kept, "assigned"))
        wrong = mixed(folder, ((each.file, each.line, each.template_id) for each in found.assigned()))
    return {"lines": found.lines, "events": found.kept, "templates": len(found.templates), "mixed": wrong}


def plain_drain3(folder: Path) -> dict:
    from drain3 import TemplateMiner
    from drain3.template_miner_config import TemplateMinerConfig

    miner, lines, assigned = TemplateMiner(config=TemplateMinerConfig()), 0, []
    for path in logs_in(folder):
        with path.open(encoding="utf-8", errors="replace") as file:
            for number, line in enumerate(file, 1):
                assigned.append((path.name, number, miner.add_log_message(line)["cluster_id"]))
            lines += number
    return {"lines": lines, "templates": len(miner.drain.clusters), "mixed": mixed(folder, assigned)}


ROWS: dict[str, Callable[[Path], dict]] = {
    "count": count,
    "plain drain3": plain_drain3,
    "read_events": events,
    "mine": templates,
}


def one(name: str, folder: Path) -> None:
    import psutil

    began, processor = time.perf_counter(), time.process_time()
    found = ROWS[name](folder)
    seconds, own = time.perf_counter() - began, time.process_time() - processor
    memory = psutil.Process().memory_info()
    peak = getattr(memory, "peak_wset", None) or _peak()
    print(json.dumps({"s": round(seconds, 1), "processor s": round(own, 1), "peak MB": round(peak / 1e6), **found}))


def _peak() -> int:
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def main() -> int:
    if sys.argv[1:2] == ["--one"]:
        one(sys.argv[2], Path(sys.argv[3]))
        return 0
    from helpers.systems import write_logs

    lines = int(sys.argv[1]) if len(sys.argv) > 1 else LINES
    columns = ("s", "processor s", "peak MB", "lines", "events", "templates", "mixed")
    print(f"| | {' | '.join(columns)} |\n|---|{'---:|' * len(columns)}")
    with tempfile.TemporaryDirectory() as folder:
        write_logs(Path(folder), lines=lines)
        for name in ROWS:
            command = [sys.executable, __file__, "--one", name, folder]
            done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
            if done.returncode:
                print(done.stderr, file=sys.stderr)
                return 1
            found = json.loads(done.stdout.splitlines()[-1])
            cells = (f"{found[column]:,}" if column in found else "" for column in columns)
            print(f"| {name} | {' | '.join(cells)} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
