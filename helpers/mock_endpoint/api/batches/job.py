"""One batch: where it stands, and the API's Batch object of it."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from .lines import Problem

_WINDOW = 24 * 60 * 60  # seconds
_OPEN = ("validating", "in_progress")  # what can still be cancelled


@dataclass
class BatchJob:
    """Changed by the thread that works on it and by the one that cancels it, hence the lock. Times are in seconds."""

    id: str
    owner: str
    endpoint: str
    input_file_id: str
    created: int
    metadata: dict[str, str] | None = None
    output_lifetime: int | None = None
    status: str = "validating"
    total: int = 0
    completed: int = 0
    failed: int = 0
    model: str | None = None
    output_file_id: str | None = None
    error_file_id: str | None = None
    problems: Sequence[Problem] = ()
    usage: Counter[str] = field(default_factory=Counter)
    _times: dict[str, int] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def enter(self, status: str, at: int) -> bool:
        """Go on to a status, unless the batch is being cancelled; then only to `cancelled`."""
        with self._lock:
            if self.status == "cancelling" and status != "cancelled":
                return False
            self.status = status
            self._times[f"{status}_at"] = at
            return True

    def cancel(self, at: int) -> bool:
        """Ask for an end; False when it is too late."""
        with self._lock:
            return self.status == "cancelling" or (self.status in _OPEN and self.enter("cancelling", at))

    def fail(self, problems: Sequence[Problem], at: int) -> None:
        with self._lock:
            self.problems = problems
            if not self.enter("failed", at):
                self.enter("cancelled", at)

    def count(self, *, succeeded: bool, usage: Mapping[str, int]) -> None:
        """One line was answered."""
        with self._lock:
            self.completed += succeeded
            self.failed += not succeeded
            self.usage.update(usage)

    def as_object(self) -> dict[str, Any]:
        """The API's Batch object, as it stands now."""
        with self._lock:
            times = ("in_progress", "finalizing", "completed", "failed", "expired", "cancelling", "cancelled")
            errors = {"object": "list", "data": [asdict(problem) for problem in self.problems]}
            return {
                "id": self.id,
                "object": "batch",
                "endpoint": self.endpoint,
                "model": self.model,
                "errors": errors if self.problems else None,
                "input_file_id": self.input_file_id,
                "completion_window": "24h",
                "status": self.status,
                "output_file_id": self.output_file_id,
                "error_file_id": self.error_file_id,
                "created_at": self.created,
                "expires_at": self.created + _WINDOW,
                **{f"{status}_at": self._times.get(f"{status}_at") for status in times},
                "request_counts": {"total": self.total, "completed": self.completed, "failed": self.failed},
                "usage": self._usage(),
                "metadata": self.metadata,
            }

    def _usage(self) -> dict[str, Any]:
        used = self.usage
        return {
            "input_tokens": used["input_tokens"],
            "input_tokens_details": {"cached_tokens": used["cached_tokens"]},
            "output_tokens": used["output_tokens"],
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": used["input_tokens"] + used["output_tokens"],
        }
