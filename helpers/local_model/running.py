"""How connect("local") finds a server that was started by hand: its address is kept while it runs.

The file is a hint and no promise: whoever reads it asks the address.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

from helpers.files import write_atomically
from helpers.local_model.cache import folder

DEFAULT_URL = "http://127.0.0.1:8080/v1"
START = "workbook local"


class NothingRuns(ConnectionError):
    """No server of the profile `local` answers; the message says how to start one."""


def state_file() -> Path:
    """Where the address is kept."""
    return folder() / "running.json"


@contextlib.contextmanager
def announced(url: str) -> Iterator[None]:
    """Keep the address while the block runs. The newest server wins; it removes only its own."""
    file = state_file()
    with contextlib.suppress(OSError):
        write_atomically(file, json.dumps({"url": url, "pid": os.getpid()}))
    try:
        yield
    finally:
        with contextlib.suppress(OSError, ValueError):
            if json.loads(file.read_text(encoding="utf-8")).get("url") == url:
                file.unlink()


def find(url: str | None, key: str) -> str:
    """Address of a server that answers: `url`, else the one that was started last, else port 8080.

    Raises NothingRuns, with the command to type.
    """
    for candidate in [url] if url else list(dict.fromkeys([*_kept(), DEFAULT_URL])):
        if _answers(candidate, key):
            return candidate
    where = f"at {url or DEFAULT_URL}"
    raise NothingRuns(
        f"No model answers {where}. In a terminal, in the course's folder, type `{START}` and leave it running "
        "(without a path it takes a small default model), then run this cell again."
    )


def _kept() -> list[str]:
    try:
        url = json.loads(state_file().read_text(encoding="utf-8")).get("url")
    except (OSError, ValueError, AttributeError):
        return []
    return [url] if isinstance(url, str) and url.startswith("http://127.0.0.1:") else []


def _answers(url: str, key: str) -> bool:
    import httpx2

    local = "127.0.0.1" in url or "localhost" in url
    try:
        # Any answer will do: a server of another make may want another key.
        httpx2.get(f"{url}/models", headers={"Authorization": f"Bearer {key}"}, timeout=5, trust_env=not local)
    except (httpx2.HTTPError, httpx2.InvalidURL):
        return False
    return True
