"""Head: what the first line of an event says; and the parsers' common type. Standard library only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from helpers.logs.times import Clock


@dataclass(slots=True)
class Head:
    """What the first line of an event says."""

    message: str
    when: datetime | None = None
    severity: str = ""
    system: str = ""
    code: str = ""
    trace: str = ""
    stamped: bool = True  # it begins with a time, a level or a brace, and so is surely the beginning of an event
    timed: bool = True  # it has a time or is an object, not just a level
    detail: bool = False  # belongs to the event above, though it has a time of its own: PostgreSQL's DETAIL


Parser = Callable[[str, Clock], Head | None]
