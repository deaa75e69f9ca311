"""Where things are: the clone's folders, and the learner's own folder. Standard library only."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = ROOT / "notebooks"
SOLUTIONS = ROOT / "solutions"
SAMPLE_DATA = ROOT / "sample_data"


def home() -> Path:
    """Folder that holds `.venv`, `.env` and `my_work`: the clone, or WORKBOOK_HOME where the clone is read-only."""
    return Path(os.environ.get("WORKBOOK_HOME") or ROOT).expanduser().resolve()


def my_work() -> Path:
    """The learner's notebooks, progress and artefacts; git ignores it and no build overwrites a file edited there."""
    return home() / "my_work"
