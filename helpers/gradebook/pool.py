"""Many submissions, some at a time: each is supervised in a process of its own, and none can stop the others."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

from helpers.files import remove_tree
from helpers.gradebook.collect import Submission
from helpers.gradebook.fence import Limits, end_with_parent, limit_memory
from helpers.gradebook.own_mock import own_mock
from helpers.gradebook.processes import ended, server_context, started
from helpers.gradebook.results import Result
from helpers.gradebook.supervisor import Graded, grade_submission
from helpers.paths import NOTEBOOKS, ROOT
from helpers.publishing.published import exercise_cells, find

_SPARE_SECONDS = 30.0
_MOST_MEMORY = 3_000_000_000  # bytes on top, of a supervisor: what comes back is limited, and counted once more here


def grade_all(
    submissions: Sequence[Submission],
    keep: Callable[[Submission, Result], None],
    *,
    workers: int | None = None,
    limits: Limits | None = None,
) -> Iterator[tuple[Submission, Result]]:
    """Grade on this machine; yields each result when it is there, in no order, after `keep` has been called with it.

    workers: submissions at a time; as many as there are processors by default. Closing the iterator (Ctrl-C) ends
    what is under way.
    """
    limits = limits or Limits()
    server_context(sorted({submission.lesson for submission in submissions if submission.cells}))
    with _Running() as running:
        pool = ThreadPoolExecutor(workers or os.cpu_count() or 1, thread_name_prefix="gradebook")
        try:
            waiting: dict[Future[Result], Submission] = {
                pool.submit(grade_one, submission, limits, running): submission for submission in submissions
            }
            while waiting:
                done, _ = wait(waiting, return_when=FIRST_COMPLETED)
                for future in done:
                    submission, result = waiting.pop(future), future.result()
                    keep(submission, result)
                    yield submission, result
        finally:
            running.stop()
            pool.shutdown(cancel_futures=True)


def grade_one(submission: Submission, limits: Limits, running: _Running | None = None) -> Result:
    """The result of one submission; a supervisor that fails or takes too long is a problem of this one alone."""
    if submission.problem or submission.records is not None:
        return _without_running(submission)
    started = time.perf_counter()
    scratch = Path(tempfile.mkdtemp(prefix="workbook-"))
    try:
        graded = _supervised(submission, scratch, limits, running)
    except OSError as error:  # no more processes, no more files
        graded = f"its supervisor could not be started: {error}"
    finally:
        remove_tree(scratch)
    seconds = time.perf_counter() - started
    if isinstance(graded, str):
        return _result(submission, problem=graded, seconds=seconds)
    return _result(
        submission,
        outcomes=tuple(outcome.as_dict() for outcome in graded.outcomes),
        stopped={str(number + 1): why for number, why in graded.stopped.items()},
        fences=graded.fences,
        seconds=seconds,
    )


def _without_running(submission: Submission) -> Result:
    """What a progress file says of itself, or why a file cannot be graded."""
    if submission.problem:
        return _result(submission, problem=submission.problem)
    from helpers.gradebook.self_reported import outcomes_told

    return _result(submission, outcomes=outcomes_told(submission.lesson, submission.records or {}), self_reported=True)


def _result(submission: Submission, **found: Any) -> Result:
    return Result(submission.learner, submission.lesson, submission.origin, notes=submission.notes, **found)


def _supervised(submission: Submission, scratch: Path, limits: Limits, running: _Running | None) -> Graded | str:
    context = server_context()
    ours, theirs = context.Pipe(duplex=False)
    process = started(context.Process(target=_supervise, args=(theirs, submission, scratch, limits)))
    theirs.close()
    until = time.monotonic() + 3 * limits.run_seconds + _SPARE_SECONDS
    try:
        with running.watching(process) if running else contextlib.nullcontext():
            while not ours.poll(0.1):
                if running and running.stopped:
                    return "grading was interrupted"
                if time.monotonic() > until:
                    return "grading took too long"
            return ours.recv()  # from our own process, which decodes nothing but data
    except EOFError:
        return "its supervisor ended without a word"
    finally:
        ours.close()
        ended(process, 1.0)


def _supervise(connection: Any, submission: Submission, scratch: Path, limits: Limits) -> None:
    """Entry of the supervising process."""
    sys.stdout = io.StringIO()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # time limits of checks use it
    end_with_parent()
    limit_memory(_MOST_MEMORY)
    try:
        starters = exercise_cells(find(submission.lesson, NOTEBOOKS))
        with own_mock() as mock_url:
            os.environ["WORKBOOK_MOCK_URL"] = mock_url
            graded: Graded | str = grade_submission(
                submission.lesson,
                submission.cells,
                starters,
                scratch=scratch,
                project=ROOT,
                mock_url=mock_url,
                limits=limits,
                variant=submission.variant,
            )
    except Exception as error:
        graded = f"grading failed: {type(error).__name__}: {error}"[:300]
    with contextlib.suppress(BrokenPipeError):
        try:
            connection.send(graded)
        except (ValueError, TypeError, AttributeError) as error:
            connection.send(f"its result cannot be told: {type(error).__name__}")


class _Running:
    """The supervising processes that are under way, so that an interruption can end them."""

    def __init__(self) -> None:
        self._processes: set[Any] = set()
        self._lock = threading.Lock()
        self.stopped = False

    def __enter__(self) -> _Running:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @contextlib.contextmanager
    def watching(self, process: Any) -> Iterator[None]:
        with self._lock:
            self._processes.add(process)
        try:
            yield
        finally:
            with self._lock:
                self._processes.discard(process)

    def stop(self) -> None:
        self.stopped = True
        with self._lock:
            for process in self._processes:
                process.terminate()
