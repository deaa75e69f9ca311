"""Recordings of a real endpoint: a file of JSON lines, one a reply, found again by a digest of what was asked.

A line holds the digest, the route, what was asked, the status, and the reply: its `body`, or its `events` as they were
streamed; how long the live endpoint took, where that is known. Keys and headers are no part of it. A request that was
made several times has several lines, and is answered with each in turn. A scrubbed line has a second digest,
`scrubbed`: of the request as it is after scrubbing, because a conversation goes on from scrubbed replies when it is
replayed. Lines are only ever appended; one that a crash left half written is passed over.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..remembered import Remembered
from .scrubbing import scrubbed, scrubbed_events

Hide = Callable[[str], str]


_VOLATILE = frozenset({"user", "metadata", "safety_identifier", "prompt_cache_key", "service_tier", "store"})


@dataclass(frozen=True)
class Recorded:
    """One reply: JSON text, or the events of a stream without the empty lines between them.

    seconds: until its last byte, when it was live; None where nobody measured.
    """

    status: int
    body: str | None = None
    events: tuple[str, ...] = ()
    seconds: float | None = None


def digest(route: str, body: dict[str, Any]) -> str:
    """Of one request, whatever the order of its fields and whichever of the API's addresses it was sent to.

    Fields that say who asks and how it is booked, and nothing of the reply, are left out: they change from day to day.
    """
    asked = {name: value for name, value in body.items() if name not in _VOLATILE}
    text = json.dumps([route, asked], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


class Recording:
    """A file of recorded replies. In memory is only where each of them stands. Thread-safe."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._places: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)  # digest -> offset, length of a line
        self._turns: defaultdict[str, int] = defaultdict(int)
        self._scrubbed: dict[str, str] = {}  # digest after scrubbing -> digest
        self._read: Remembered[int, Recorded] = Remembered(entries=1_000, size=16_000_000)  # by offset
        if path.exists():
            self._read_places()

    def __len__(self) -> int:
        """Replies that can be replayed."""
        return sum(map(len, self._places.values()))

    def _read_places(self) -> None:
        offset = 0
        with self._path.open("rb") as file:
            for line in file:
                entry = _entry(line)
                if entry is not None:
                    self._remember(entry, offset, len(line))
                offset += len(line)

    def _remember(self, entry: dict[str, Any], offset: int, length: int) -> None:
        self._places[entry["digest"]].append((offset, length))
        if isinstance(entry.get("scrubbed"), str):
            self._scrubbed.setdefault(entry["scrubbed"], entry["digest"])

    def find(self, route: str, body: dict[str, Any]) -> str:
        """The digest to ask for: of the request, or of the scrubbed request that it stands for."""
        wanted = digest(route, body)
        if wanted in self._places or not self._scrubbed:
            return wanted
        return self._scrubbed.get(digest(route, scrubbed(body)), wanted)

    def next(self, wanted: str) -> Recorded | None:
        """The reply whose turn it is for a digest; None when it was never recorded."""
        with self._lock:
            places = self._places.get(wanted)
            if not places:
                return None
            offset, length = places[self._turns[wanted] % len(places)]
            self._turns[wanted] += 1
        recorded = self._read.get(offset)
        if recorded is None:
            recorded = self._at(offset, length)
            if recorded is not None:
                self._read.put(offset, recorded, length)
        return recorded

    def _at(self, offset: int, length: int) -> Recorded | None:
        """The reply that stands there; None if the file was changed by somebody else meanwhile."""
        with self._path.open("rb") as file:
            file.seek(offset)
            entry = _entry(file.read(length))
        if entry is None:
            return None
        return Recorded(entry["status"], entry.get("body"), tuple(entry.get("events", ())), entry.get("seconds"))

    def append(
        self, route: str, asked: dict[str, Any], reply: Recorded, *, scrub: bool, hide: Hide | None = None
    ) -> None:
        """Add a reply. The digest is of the request as it came: scrubbed or not, it is found again.

        hide: takes keys out of any text. They are no part of a request, unless somebody has written one into a prompt.
        """
        entry: dict[str, Any] = {"digest": digest(route, asked), "route": route, "status": reply.status}
        if reply.seconds is not None:
            entry["seconds"] = round(reply.seconds, 3)
        if scrub and (after := digest(route, scrubbed(asked))) != entry["digest"]:
            entry["scrubbed"] = after
        entry["request"] = scrubbed(asked) if scrub else asked
        if reply.body is None:
            entry["events"] = scrubbed_events(reply.events) if scrub else list(reply.events)
        else:
            entry["body"] = json.dumps(scrubbed(json.loads(reply.body))) if scrub else reply.body
        # What a key is made of needs no escape in JSON, so the line as a whole can be looked through.
        line = (hide(json.dumps(entry)) if hide else json.dumps(entry)).encode() + b"\n"
        with self._lock:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a+b") as file:
                file.seek(0, os.SEEK_END)
                if _is_cut_off(file):
                    line = b"\n" + line
                offset = file.tell()
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
            skipped = line.startswith(b"\n")
            self._remember(entry, offset + skipped, len(line) - skipped)


def _is_cut_off(file: Any) -> bool:
    """Whether the last line has no end; the file is left at its end."""
    if file.tell() == 0:
        return False
    file.seek(-1, os.SEEK_END)
    return file.read(1) != b"\n"


def _entry(line: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(line)
    except ValueError:
        return None
    whole = isinstance(value, dict) and isinstance(value.get("digest"), str) and isinstance(value.get("status"), int)
    return value if whole and ("body" in value or "events" in value) else None
