"""The batches of one endpoint, worked off one after another, a line at a time.

The work is done in the background task of the request that asked for it, each line in a thread of the server's pool:
no thread and no task outlives the server, interactive requests are answered between the lines, and nothing is written
to disk, so a batch ends with the process.
"""

from __future__ import annotations

import hashlib
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextvars import Context, copy_context
from dataclasses import dataclass, field

from starlette.concurrency import run_in_threadpool

from ...sampling import Randomness
from ..shelf import Shelf
from .job import BatchJob
from .lines import Problem

_MOST = 1_000
_DONE = object()


@dataclass
class BatchQueue:
    """steps: the work on one batch, of which each step is done when it yields."""

    steps: Callable[[BatchJob], Iterator[None]]
    seed: int | None = None
    jobs: Shelf[BatchJob] = field(default_factory=lambda: Shelf(_MOST, _MOST))
    _waiting: deque[tuple[BatchJob, Context]] = field(default_factory=deque)
    _working: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._randomness = Randomness(self.seed)

    def new_id(self, endpoint: str, file: str) -> str:
        """Drawn; a seeded endpoint draws the same in every run."""
        identity = hashlib.sha256(f"{endpoint}\n{file}".encode()).digest()
        return f"batch_{self._randomness.generator(identity, None).getrandbits(128):032x}"

    def add(self, job: BatchJob) -> None:
        """Let a batch wait its turn. It is worked on in the context of the request that asked for it, whoever works."""
        self.jobs.put(job.owner, job.id, job)
        with self._lock:
            self._waiting.append((job, copy_context()))

    async def work(self) -> None:
        """Work until no batch waits. While another task does so, there is nothing to do."""
        with self._lock:
            if self._working:
                return
            self._working = True
        try:
            while (waiting := self._next()) is not None:
                await self._work_on(*waiting)
        except BaseException:  # the server ends: the next task, if there is one, may work
            with self._lock:
                self._working = False
            raise

    async def _work_on(self, job: BatchJob, context: Context) -> None:
        steps = self.steps(job)
        try:
            while await run_in_threadpool(context.run, next, steps, _DONE) is not _DONE:
                pass
        except Exception:  # a fault of the endpoint's own: the batch says so, and the next one is worked on
            job.fail([Problem("server_error", "The offline endpoint had an error of its own.")], job.created)

    def _next(self) -> tuple[BatchJob, Context] | None:
        with self._lock:
            if self._waiting:
                return self._waiting.popleft()
            self._working = False  # under the same lock, so that no batch is added unseen
            return None
