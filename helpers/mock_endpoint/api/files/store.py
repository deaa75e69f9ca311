"""The files of one endpoint: in memory, bounded, apart for every key; they end with the process."""

from __future__ import annotations

import base64
import hashlib
import mimetypes
import time
from dataclasses import dataclass, field
from typing import Any

from ...sampling import Randomness
from ..shelf import Shelf

MOST_BYTES = 8 * 2**20  # of one file; the API takes 512 MB, of which a learner's notebook needs none
_MOST_FILES, _MOST_STORED = 1_000, 64 * 2**20


@dataclass(frozen=True)
class StoredFile:
    """created: seconds, as shown. deadline: the clock's time from which on it is gone, None for never."""

    id: str
    filename: str
    purpose: str
    content: bytes
    created: int
    lifetime: int | None = None  # seconds
    deadline: float | None = None

    def as_object(self) -> dict[str, Any]:
        """The API's File object."""
        return {
            "id": self.id,
            "object": "file",
            "bytes": len(self.content),
            "created_at": self.created,
            "filename": self.filename,
            "purpose": self.purpose,
            "status": "processed",
            "expires_at": None if self.lifetime is None else self.created + self.lifetime,
            "status_details": None,
        }


@dataclass
class FileStore:
    """Files by key. When they become too many, those unused the longest go."""

    seed: int | None = None
    _shelf: Shelf[StoredFile] = field(default_factory=lambda: Shelf(_MOST_FILES, _MOST_STORED))

    def __post_init__(self) -> None:
        self._randomness = Randomness(self.seed)

    def add(
        self, owner: str, filename: str, purpose: str, content: bytes, created: int, lifetime: int | None = None
    ) -> StoredFile:
        """Keep a file. Its id is drawn; a seeded endpoint draws the same for the same file of every run."""
        identity = hashlib.sha256(f"{filename}\n{purpose}\n".encode() + content).digest()
        drawn = self._randomness.generator(identity, None).getrandbits(96)
        deadline = None if lifetime is None else time.time() + lifetime
        file = StoredFile(f"file-{drawn:024x}", filename, purpose, content, created, lifetime, deadline)
        self._shelf.put(owner, file.id, file, len(content))
        return file

    def find(self, owner: str, identity: str) -> StoredFile | None:
        file = self._shelf.get(owner, identity)
        if file is not None and _is_over(file):
            self._shelf.remove(owner, identity)
            return None
        return file

    def of(self, owner: str) -> list[StoredFile]:
        """All files of a key, the oldest first."""
        return [file for file in self._shelf.of(owner) if not _is_over(file)]

    def remove(self, owner: str, identity: str) -> bool:
        return self.find(owner, identity) is not None and self._shelf.remove(owner, identity) is not None

    def as_data_url(self, owner: str, identity: str) -> str | None:
        """An uploaded image as a data URL; None when no image has this id."""
        file = self.find(owner, identity)
        kind = mimetypes.guess_type(file.filename)[0] if file else None
        if file is None or kind is None or not kind.startswith("image/"):
            return None
        return f"data:{kind};base64,{base64.b64encode(file.content).decode()}"


def _is_over(file: StoredFile) -> bool:
    return file.deadline is not None and time.time() >= file.deadline
