"""A bounded shelf of things that an API keeps between requests: responses, files, batches. In memory only."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass
class Shelf(Generic[T]):
    """Things by owner and id. Beyond `most` things, or `most_bytes` of them, those unused the longest go.

    An owner sees only its own. The newest thing always stays, so what was just made can be used.
    """

    most: int
    most_bytes: int
    _kept: OrderedDict[tuple[str, str], tuple[T, int]] = field(default_factory=OrderedDict)
    _order: dict[tuple[str, str], int] = field(default_factory=dict)  # key -> its number in the order of arrival
    _bytes: int = 0
    _arrived: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def put(self, owner: str, identity: str, thing: T, size: int = 0) -> None:
        """Keep a thing; size is in bytes. One of the same id is replaced and keeps its place."""
        with self._lock:
            key = (owner, identity)
            arrived = self._order.get(key)
            self._drop(key)
            if arrived is None:
                self._arrived += 1
                arrived = self._arrived
            self._kept[key] = (thing, size)
            self._order[key] = arrived
            self._bytes += size
            while len(self._kept) > 1 and (len(self._kept) > self.most or self._bytes > self.most_bytes):
                self._drop(next(iter(self._kept)))

    def get(self, owner: str, identity: str) -> T | None:
        with self._lock:
            found = self._kept.get((owner, identity))
            if found is None:
                return None
            self._kept.move_to_end((owner, identity))
            return found[0]

    def remove(self, owner: str, identity: str) -> T | None:
        """Take a thing off the shelf; None when it was not there."""
        with self._lock:
            return self._drop((owner, identity))

    def of(self, owner: str) -> list[T]:
        """All things of an owner, the oldest first."""
        with self._lock:
            keys = sorted((key for key in self._kept if key[0] == owner), key=self._order.__getitem__)
            return [self._kept[key][0] for key in keys]

    def _drop(self, key: tuple[str, str]) -> T | None:
        found = self._kept.pop(key, None)
        if found is None:
            return None
        del self._order[key]
        self._bytes -= found[1]
        return found[0]
