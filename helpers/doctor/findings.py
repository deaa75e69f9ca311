"""What a preflight found: one line a check, and all of them as a table, as text or as JSON."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, TypeVar

Value = TypeVar("Value")
State = Literal["ok", "warning", "failure"]
SYMBOLS: dict[State, str] = {"ok": "✓", "warning": "!", "failure": "✗"}


@dataclass(frozen=True)
class Finding:
    """One line of the preflight. `next_step` says what to do when it is not ok."""

    name: str
    state: State
    what: str
    next_step: str = ""


@dataclass(frozen=True)
class Report:
    """All findings in the order in which they were made; `room` is how a room's quota was reckoned, if it was."""

    findings: tuple[Finding, ...]
    profile: str = ""
    room: dict[str, Any] | None = field(default=None)

    @property
    def failed(self) -> bool:
        """True when something must be mended before work can begin."""
        return any(finding.state == "failure" for finding in self.findings)

    def to_json(self) -> str:
        """For scripts: `ok`, `profile`, `findings` (name, state, what, next_step) and `room`."""
        content = {
            "ok": not self.failed,
            "profile": self.profile,
            "findings": [asdict(finding) for finding in self.findings],
            "room": self.room,
        }
        return json.dumps(content, indent=2, ensure_ascii=False)

    def _repr_markdown_(self) -> str:
        rows = ["| | checked | found | next step |", "|---|---|---|---|"]
        cells = ([SYMBOLS[f.state], f.name, f.what, f.next_step] for f in self.findings)
        rows += [f"| {' | '.join(text.replace('|', '/') for text in row)} |" for row in cells]
        return "\n".join(rows)

    def __repr__(self) -> str:
        return "\n".join(
            f"{SYMBOLS[f.state]} {f.name}: {f.what}" + (f"  -> {f.next_step}" if f.next_step else "")
            for f in self.findings
        )


class TookTooLong(TimeoutError):
    """A check did not end within its time limit."""


def within(seconds: float, check: Callable[[], Value]) -> Value:
    """What `check` returns, or raises; TookTooLong when it has not ended by then.

    Timeouts of sockets and clients do not bound a server that sends a byte now and then, nor a slow name server.
    """
    outcome: list[Any] = []

    def run() -> None:
        try:
            outcome.append((True, check()))
        except BaseException as error:
            outcome.append((False, error))

    thread = threading.Thread(target=run, daemon=True, name="workbook-doctor")
    thread.start()
    thread.join(seconds)
    if not outcome:
        raise TookTooLong(f"no answer within {seconds:g} s")
    succeeded, value = outcome[0]
    if succeeded:
        return value
    raise value
