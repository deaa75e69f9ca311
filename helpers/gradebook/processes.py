"""How the grading's processes are made: forked from a server that has everything loaded, where the system can fork.

On Linux a server (multiprocessing's forkserver) forks one supervisor a submission, and the supervisor, which has one
thread only, forks the submission's process and its mock endpoint. Elsewhere every process starts anew (spawn).
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import sys
import threading
import types
from collections.abc import Iterator, Sequence
from typing import Any

from helpers.gradebook.fence import kept_variables
from helpers.gradebook.preload import LESSONS

_PRELOAD = ["helpers.gradebook.pool", "helpers.gradebook.supervisor", "helpers.gradebook.preload"]
_lock = threading.Lock()


def server_context(lessons: Sequence[str] = ()) -> Any:
    """For processes that start from a clean state. lessons: what the server loads too, said before its first use."""
    context = multiprocessing.get_context(_method())
    if context.get_start_method() == "forkserver":
        from multiprocessing import forkserver

        context.set_forkserver_preload(_PRELOAD)
        with _lock, _said(",".join(lessons)):
            forkserver.ensure_running()
    return context


@contextlib.contextmanager
def _said(lessons: str = "") -> Iterator[None]:
    """New processes get no secrets of the environment: it stays readable in them, whatever they delete."""
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(kept_variables(before))
    if lessons:
        os.environ[LESSONS] = lessons
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def child_context() -> Any:
    """For processes of a supervisor: forked from it where that is safe, which is as long as it has one thread."""
    alone = threading.active_count() == 1
    return multiprocessing.get_context("fork") if _method() == "forkserver" and alone else server_context()


def _method() -> str:
    return "forkserver" if sys.platform == "linux" and not os.environ.get("WORKBOOK_GRADE_SPAWN") else "spawn"


def started(process: Any) -> Any:
    """Start a process; unlike multiprocessing by itself, without running the trainer's main module again in it."""
    with _lock, _said(), _no_main_module():
        process.start()
    return process


@contextlib.contextmanager
def _no_main_module() -> Iterator[None]:
    main = sys.modules["__main__"]
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def ended(process: Any, seconds: float) -> None:
    """Wait for a process for a while, then kill it."""
    process.join(seconds)
    if process.is_alive():
        process.kill()
        process.join()
