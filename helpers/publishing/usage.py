"""solutions/usage.json: the calls and tokens that each lesson's run took when it was built, role by role.

A live run's estimate is made from it. An entry holds the digest of the source that it was measured with, so that it
drifts when the lesson changes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import Any

from helpers.files import write_atomically
from helpers.ledger.forecast import usage_file
from helpers.paths import ROOT, SOLUTIONS
from helpers.publishing.source import Source


def write(source: Source, used: dict[str, Any]) -> None:
    """Replace a lesson's entry by what was measured. Raises OSError."""
    lessons = {**_lessons(), source.name: {"source": _digest(source), **used}}
    write_atomically(usage_file(), json.dumps(dict(sorted(lessons.items())), indent=1) + "\n")


def drift(source: Source) -> Iterator[str]:
    """A sentence when a lesson's use was not measured, or with another source."""
    entry = _lessons().get(source.name)
    if not isinstance(entry, dict) or entry.get("source") != _digest(source):
        yield f"{_place()} does not say what {source.name} uses as it is now"


def strays(every: Sequence[Source]) -> Iterator[str]:
    """A sentence for each entry without a lesson."""
    for name in sorted(_lessons().keys() - {source.name for source in every}):
        yield f"{_place()} has an entry {name} without a source: delete it"


def _place() -> str:
    return usage_file().relative_to(ROOT).as_posix()


def _lessons() -> dict[str, Any]:
    try:
        lessons = json.loads(usage_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return lessons if isinstance(lessons, dict) else {}


def _digest(source: Source) -> str:
    text = (SOLUTIONS / source.place).with_suffix(".py").read_text(encoding="utf-8")
    return hashlib.sha256(text.encode()).hexdigest()[:16]
