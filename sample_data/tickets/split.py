"""Which ticket is in which file, by a seeded rule: run again, it writes the same three files.

    python sample_data/tickets/split.py

Within each label the tickets are ordered by a hash of seed and id; the first third goes to the examples pool, the next
two fifths to development, the rest to the hidden set. So every label has its share everywhere, and nobody chose.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SEED = "velmar 1"
SHARES = {"pool": 50, "development": 60, "hidden": 40}  # tickets in each file

Ticket = dict[str, Any]


def place(ticket: Ticket) -> str:
    """A number without a meaning, the same on every machine."""
    return hashlib.sha256(f"{SEED}:{ticket['id']}".encode()).hexdigest()


def split(tickets: list[Ticket]) -> dict[str, list[Ticket]]:
    """Name of a file -> its tickets by id. The labels take turns, so that each file has its share of each label."""
    queues: dict[str, list[Ticket]] = {}
    for ticket in sorted(tickets, key=place):
        queues.setdefault(ticket["label"], []).append(ticket)
    spread = sorted(
        ((position + 0.5) / len(queue), ticket["id"], ticket)
        for queue in queues.values()
        for position, ticket in enumerate(queue)
    )
    dealt, files = 0, {}
    for name, size in SHARES.items():
        chosen = [ticket for _, _, ticket in spread[dealt : dealt + size]]
        files[name] = sorted(chosen, key=lambda ticket: ticket["id"])
        dealt += size
    return files


def main() -> None:
    tickets = [ticket for name in SHARES for ticket in read(name)]
    for name, chosen in split(tickets).items():
        lines = [json.dumps(ticket, ensure_ascii=False) for ticket in chosen]
        (HERE / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def read(name: str) -> list[Ticket]:
    return [json.loads(line) for line in (HERE / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


if __name__ == "__main__":
    main()
