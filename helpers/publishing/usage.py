"""solutions/usage.json: the calls and tokens that each lesson's run took when it was built, role by role.

A live run's estimate is made from it. An entry holds the digest of the source that it was measured with, so that it
drifts when the lesson changes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from helpers.files import write_atomically
from helpers.ledger.forecast import USAGE
from helpers.publishing.source import Source


def write(source: Source, used: dict[str, Any], tree: Path) -> None:
    """Replace a lesson's entry by what was measured; tree: solutions/. Raises OSError."""
    lessons = {**_lessons(tree), source.name: {"source": _digest(source, tree), **used}}
    write_atomically(tree / USAGE, json.dumps(dict(sorted(lessons.items())), indent=1) + "\n")


def drift(source: Source, tree: Path) -> Iterator[str]:
    """A sentence when a lesson's use was not measured, or with another source."""
    entry = _lessons(tree).get(source.name)
    if not isinstance(entry, dict) or entry.get("source") != _digest(source, tree):
        yield f"{tree.name}/{USAGE} does not say what {source.name} uses as it is now"


def strays(every: Sequence[Source], tree: Path) -> Iterator[str]:
    """A sentence for each entry without a lesson."""
    for name in sorted(_lessons(tree).keys() - {source.name for source in every}):
        yield f"{tree.name}/{USAGE} has an entry {name} without a source: delete it"


def _lessons(tree: Path) -> dict[str, Any]:
    try:
        lessons = json.loads((tree / USAGE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return lessons if isinstance(lessons, dict) else {}


def _digest(source: Source, tree: Path) -> str:
    text = (tree / source.place).with_suffix(".py").read_text(encoding="utf-8")
    return hashlib.sha256(text.encode()).hexdigest()[:16]
