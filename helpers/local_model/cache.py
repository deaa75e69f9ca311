"""The folder where model files are kept, outside the clone: one copy for all courses of a user."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def folder() -> Path:
    """WORKBOOK_MODELS, else the system's own place for what can be fetched again. It may not exist yet."""
    if chosen := os.environ.get("WORKBOOK_MODELS"):
        return Path(chosen).expanduser()
    if os.name == "nt":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "llm-workbook" / "models"
