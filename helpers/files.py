"""Files written whole or not at all. Standard library only."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path


def write_atomically(path: Path, content: str | bytes) -> None:
    """Replace `path` by `content` in one step, text as UTF-8 with "\\n" on every system; makes the folder.

    A reader sees the old file or the new one, and a crash in between leaves the old. Raises OSError.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    part = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            part.chmod(path.stat().st_mode)
        else:
            part.chmod(0o644)  # mkstemp's 0600 is for secrets; these are the learner's to share
        _replace(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _replace(part: Path, path: Path) -> None:
    # Windows refuses while another process reads the file; a reader is done in milliseconds.
    for wait in (0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.8):
        try:
            part.replace(path)
            return
        except PermissionError:
            time.sleep(wait)
    part.replace(path)
