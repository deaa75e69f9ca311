"""The same grading, spread over a Dask cluster. What a lost worker was grading is graded again by another."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from helpers.gradebook.collect import Submission
from helpers.gradebook.fence import Limits
from helpers.gradebook.pool import grade_one
from helpers.gradebook.processes import server_context
from helpers.gradebook.results import Result
from helpers.problem import Problem

if TYPE_CHECKING:
    from distributed import Client

_CONNECT_SECONDS = 20


def grade_on_cluster(
    submissions: Sequence[Submission],
    keep: Callable[[Submission, Result], None],
    scheduler: str | Client,
    *,
    limits: Limits | None = None,
) -> Iterator[tuple[Submission, Result]]:
    """Grade on the workers of a cluster; yields as grade_all does. Every worker needs this project installed.

    scheduler: its address, such as tcp://10.0.0.5:8786, or a client that is connected. Raises Problem when it cannot be
    reached.
    """
    client = _connected(scheduler)
    from distributed import as_completed

    limits = limits or Limits()
    futures = {
        client.submit(_graded_there, submission, limits, key=f"grade-{number}-{submission.digest[:16]}"): submission
        for number, submission in enumerate(submissions)
    }
    try:
        for future in as_completed(list(futures)):
            submission = futures[future]
            result = _result_of(future, submission)
            keep(submission, result)
            yield submission, result
    finally:
        client.cancel(list(futures))
        if isinstance(scheduler, str):
            client.close()


def _connected(scheduler: str | Client) -> Client:
    if not isinstance(scheduler, str):
        return scheduler
    try:
        from distributed import Client
    except ImportError:
        raise Problem(
            "The extra `cluster` is not installed", "`workbook extra cluster`, here and on every worker"
        ) from None
    try:
        return Client(scheduler, timeout=_CONNECT_SECONDS)
    except (OSError, ValueError) as error:
        raise Problem(
            f"No Dask scheduler answers at {scheduler} ({error})", "start one with `dask scheduler`, then its workers"
        ) from None


def _result_of(future: Any, submission: Submission) -> Result:
    try:
        return future.result()
    except Exception as error:  # a task that took its worker with it again and again
        why = f"the cluster could not grade it: {type(error).__name__}"
        return Result(submission.learner, submission.lesson, submission.origin, notes=submission.notes, problem=why)


def _graded_there(submission: Submission, limits: Limits) -> Result:
    """On a worker: graded by processes of its own."""
    # A worker started by a nanny is a daemon, and a daemon may have no processes of its own.
    multiprocessing.current_process().daemon = False
    server_context([submission.lesson])
    return grade_one(submission, limits)
