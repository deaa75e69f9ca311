"""From an author's source to the notebooks that are opened: read, split, execute, write, check for drift.

Lessons never import this room; `workbook build` and the tests do. `published` alone is read at a lesson's run time.
"""

from __future__ import annotations

from collections.abc import Sequence


def build(names: Sequence[str] = (), check: bool = False) -> int:
    """Build the named lessons (all without names), or only look for drift; prints and returns an exit status."""
    from helpers.publishing.build import run

    return run(names, check=check)
