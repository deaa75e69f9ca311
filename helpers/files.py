"""Files written whole or not at all, and folders removed however they are nested. Standard library only."""

from __future__ import annotations

import contextlib
import itertools
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


def remove_tree(folder: Path) -> None:
    """Remove a folder and what it holds, as far as that is possible; links are removed, not followed.

    Folders may be nested deeper than Python recurses or a path is long: each is moved to the top before it is emptied.
    """
    waiting, mark = [folder], os.urandom(4).hex()
    for number in itertools.count():
        if not waiting:
            break
        emptied = waiting.pop()
        for place, entry in enumerate(_entries(emptied)):
            with contextlib.suppress(OSError):
                if not entry.is_dir(follow_symlinks=False):
                    Path(entry.path).unlink()
                elif emptied == folder:
                    waiting.append(Path(entry.path))
                else:
                    waiting.append(Path(entry.path).rename(folder / f".removed-{mark}-{number}-{place}"))
        if emptied != folder:
            with contextlib.suppress(OSError):
                emptied.rmdir()
    with contextlib.suppress(OSError):
        folder.rmdir()


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    with contextlib.suppress(OSError):
        folder.chmod(0o700)
        with os.scandir(folder) as found:
            return list(found)
    return []
