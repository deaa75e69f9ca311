"""Remembering what was computed, for the same again: bounded by number and by size, safe between threads."""

from __future__ import annotations

import os
import threading
import weakref
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Remembered(Generic[Key, Value]):
    """The values used last: at most `entries` of them, together of at most `size`, in the unit that `put` is given."""

    def __init__(self, entries: int, size: int) -> None:
        self.entries, self.size = entries, size
        self.clear()
        if hasattr(os, "register_at_fork"):
            _alive.add(self)

    def clear(self) -> None:
        """Forget everything. In a forked child the lock may be held by a thread that is not there, so it is new too."""
        self._lock = threading.Lock()
        self._held: OrderedDict[Key, tuple[Value, int]] = OrderedDict()
        self._used = 0

    def get(self, key: Key) -> Value | None:
        with self._lock:
            found = self._held.get(key)
            if found is None:
                return None
            self._held.move_to_end(key)
            return found[0]

    def put(self, key: Key, value: Value, size: int) -> None:
        """Keep a value; one that is larger than a quarter of everything is not kept, for the sake of the others."""
        if size > self.size // 4:
            return
        with self._lock:
            self._used += size - self._held.pop(key, (None, 0))[1]
            self._held[key] = value, size
            while len(self._held) > self.entries or self._used > self.size:
                self._used -= self._held.popitem(last=False)[1][1]

    def __len__(self) -> int:
        return len(self._held)


_alive: weakref.WeakSet[Remembered] = weakref.WeakSet()


def _forget_after_fork() -> None:
    for each in list(_alive):
        each.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_after_fork)
