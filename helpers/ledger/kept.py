"""The ledger on disk: my_work/ledger/, one file of JSON lines a process and month, only ever appended to.

Every process writes to a file of its own, so nothing is locked, nothing is torn and folders on a network share work.
A line is one write: a process that is killed leaves whole lines. Where a line was half written (a full disk), the half
is cut off again, or closed with a line end; a reader passes over it. When keeping fails, the calls go on.

WORKBOOK_LEDGER=off keeps nothing. WORKBOOK_LEDGER_CONTENT=yes writes what was asked and answered, too, into files of
their own (content-*.jsonl), keys hidden.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import threading
import uuid
import warnings
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from helpers.paths import my_work

KEPT_MONTHS = 13  # so that a year is whole
_PATTERN = "[0-9][0-9][0-9][0-9]-[0-9][0-9]*.jsonl"


def ledger_folder() -> Path:
    """Where the learner's ledger is kept; WORKBOOK_LEDGER_FOLDER for a run that has a home of its own."""
    return Path(os.environ.get("WORKBOOK_LEDGER_FOLDER") or my_work() / "ledger")


def files(folder: Path, since: str = "", prefix: str = "") -> list[Path]:
    """The files of a ledger, oldest month first; since: YYYY-MM."""
    found = sorted(folder.glob(f"{prefix}{_PATTERN}"))
    return [path for path in found if path.name.removeprefix(prefix)[:7] >= since[:7]]


def move(folder: Path, to: Path) -> None:
    """Move the calls of a ledger that is finished into another; nobody may write to it any more."""
    if not folder.is_dir():
        return
    to.mkdir(parents=True, exist_ok=True)
    for prefix in ("", "content-"):
        for path in files(folder, prefix=prefix):
            shutil.move(path, to / path.name)
    shutil.rmtree(folder, ignore_errors=True)


@cache
def keeper(folder: Path) -> Keeper:
    """The one writer that this process has for a folder."""
    return Keeper(folder)


class Keeper:
    """Appends lines of JSON to this process's file of the month. Never raises: the first failure is a warning."""

    def __init__(self, folder: Path, prefix: str = "") -> None:
        self._folder, self._prefix = folder, prefix
        self._file: int | None = None
        self._opened_for = ("", 0)  # month, process
        self._torn = False
        self._lock = threading.RLock()  # a stream that is collected while a line is written adds its own
        self.failed = ""

    def add(self, line: dict[str, Any], hide: Callable[[str], str] | None = None) -> None:
        """Append one line. hide: takes keys out of its text; numbers have none."""
        text = json.dumps(line, separators=(",", ":"))
        data = (hide(text) if hide else text).encode() + b"\n"
        with self._lock:
            try:
                self._append(data)
            except OSError as error:
                self._warn(error)

    def _append(self, data: bytes) -> None:
        file = self._open()
        if self._torn:
            data = b"\n" + data
        written = os.write(file, data)
        self._torn = written < len(data)
        if self._torn:
            with contextlib.suppress(OSError):
                os.ftruncate(file, os.fstat(file).st_size - written)
                self._torn = False
            raise OSError(28, "no space left for it")

    def _open(self) -> int:
        now = datetime.now(UTC).strftime("%Y-%m"), os.getpid()
        if self._file is None or self._opened_for != now:
            if self._file is not None and self._opened_for[1] == now[1]:
                os.close(self._file)
            self._file = None
            self._folder.mkdir(parents=True, exist_ok=True)
            if not self._opened_for[0]:
                forget_old(self._folder)
            path = self._folder / f"{self._prefix}{now[0]}-{now[1]}-{uuid.uuid4().hex[:8]}.jsonl"
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND
            flags |= getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
            self._file, self._opened_for, self._torn = os.open(path, flags, 0o600), now, False
        return self._file

    def _warn(self, error: OSError) -> None:
        if not self.failed:
            self.failed = error.strerror or type(error).__name__
            warnings.warn(
                f"The ledger cannot be kept in {self._folder} ({self.failed}): the calls go on, their numbers are in "
                "`endpoint.ledger` until the kernel ends, and are missing in `workbook ledger`.",
                stacklevel=2,
            )


def forget_old(folder: Path, now: datetime | None = None) -> None:
    """Delete what is older than KEPT_MONTHS. Files of the future, of a clock that went wrong, stay."""
    now = now or datetime.now(UTC)
    months = now.year * 12 + now.month - 1 - KEPT_MONTHS
    oldest = f"{months // 12:04d}-{months % 12 + 1:02d}"
    for prefix in ("", "content-"):
        for path in files(folder, prefix=prefix):
            if path.name.removeprefix(prefix)[:7] < oldest:
                with contextlib.suppress(OSError):
                    path.unlink()
