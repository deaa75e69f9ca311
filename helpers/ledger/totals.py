"""What a kept ledger adds up to, read line by line: memory does not grow with the number of calls."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

from helpers.ledger.call import Call
from helpers.ledger.kept import files

By = Literal["model", "notebook", "day", "role", "profile"]
WAYS: tuple[By, ...] = get_args(By)


@dataclass
class Total:
    """Calls of one group and one source added up. `unpriced`: answered calls whose price nobody knows."""

    calls: int = 0
    refused: int = 0
    broken: int = 0
    retries: int = 0
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0
    seconds: float = 0.0
    usd: float = 0.0
    unpriced: int = 0

    def add(self, call: Call) -> None:
        """Count one more."""
        self.calls += 1
        self.refused += call.ended == "refused"
        self.broken += call.ended in ("left", "cut", "lost", "unsent")
        self.retries += call.attempt > 1
        self.input_tokens += call.input_tokens
        self.cached_tokens += call.cached_tokens
        self.output_tokens += call.output_tokens
        self.reasoning_tokens += call.reasoning_tokens
        self.seconds += call.seconds
        self.usd += call.usd or 0.0
        self.unpriced += call.usd is None and call.answered


@dataclass
class Summary:
    """Totals by group and source, in the order of their groups; lines that were damaged and passed over."""

    by: By
    groups: dict[tuple[str, str], Total] = field(default_factory=dict)
    damaged: int = 0
    files: int = 0

    def of(self, source: str) -> Total:
        """All groups of one source together."""
        whole = Total()
        for (_, own), total in self.groups.items():
            if own == source:
                for name in vars(whole):
                    setattr(whole, name, getattr(whole, name) + getattr(total, name))
        return whole


class Reader:
    """The calls of a ledger's files, one after another, file by file. `damaged` counts what was passed over."""

    def __init__(self, folder: Path, since: str = "") -> None:
        """since: a day (UTC) as YYYY-MM-DD, or a month."""
        self._folder, self._since = folder, since
        self.damaged = 0
        self.files = 0

    def __iter__(self) -> Iterator[Call]:
        for path in files(self._folder, since=self._since):
            self.files += 1
            try:
                # In bytes: a line end inside damaged text must not begin a line.
                with path.open("rb") as lines:
                    for line in lines:
                        call = self._call(line)
                        if call is not None:
                            yield call
            except OSError:
                self.damaged += 1

    def _call(self, line: bytes) -> Call | None:
        try:
            values = json.loads(line)
            # Days compare as text: every ledger writes UTC.
            return Call.from_json(values) if values["when"] >= self._since else None
        except (ValueError, TypeError, KeyError, RecursionError):
            self.damaged += bool(line.strip())
            return None


def summary(folder: Path, by: By = "model", since: str = "") -> Summary:
    """Read a ledger and add it up."""
    reader, found = Reader(folder, since), Summary(by)
    for call in reader:
        found.groups.setdefault((_group(call, by), call.source), Total()).add(call)
    found.groups = dict(sorted(found.groups.items()))
    found.damaged, found.files = reader.damaged, reader.files
    return found


def spent_in(folder: Path, month: str) -> float:
    """US dollars of a month's live calls, YYYY-MM, as far as their prices are known."""
    return sum(call.usd or 0.0 for call in Reader(folder, month) if call.source == "live" and _month(call) == month)


def _month(call: Call) -> str:
    return call.when.isoformat()[:7]


def _group(call: Call, by: By) -> str:
    if by == "day":
        return call.when.isoformat()[:10]
    return getattr(call, by) or {"notebook": "(no notebook)", "role": "(no role)"}.get(by, "?")
