"""What a learner has reached, kept in one JSON file. Knows no lesson by name and shows nothing.

Several kernels write at once: each change is read, made and written under a lock, and the file is replaced in one
step, so a crash leaves the old file. A file that cannot be read is kept aside, never dropped. Where nothing can be
written, the session goes on in memory and says so.
"""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from helpers.files import write_atomically
from helpers.grading.outcomes import Outcome, Status
from helpers.paths import my_work

SCHEMA = 1
LOCK_SECONDS = 5.0
IDLE = timedelta(minutes=15)  # a longer pause is not counted as work

# {"schema": 1, "lessons": {lesson: {"last": UTC time, "exercises": {exercise: record}}}}
Data = dict[str, Any]

# One exercise. best, of: points. first, last, passed, solution_seen: UTC times or None. minutes: of work, no pauses.
BLANK_RECORD: Data = {
    "best": 0,
    "of": 0,
    "status": Status.NOT_ATTEMPTED.value,
    "attempts": 0,
    "hints": 0,
    "solution_seen": None,
    "first": None,
    "last": None,
    "passed": None,
    "minutes": 0.0,
    "message": "",
}


class ProgressUnavailable(Exception):
    """Progress cannot be read or written now; the message is one clause that says why."""


class Progress:
    """The progress file of one learner. path: None keeps everything in memory (builds, tests).

    Every method that changes something returns notices: sentences for the learner, usually none.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._memory: Data = _empty()
        self._set_aside: list[str] = []

    @classmethod
    def default(cls) -> Progress:
        """WORKBOOK_PROGRESS: a path, or "off"; my_work/progress.json where it is not set."""
        setting = os.environ.get("WORKBOOK_PROGRESS", "").strip()
        if setting.lower() == "off":
            return cls(None)
        return cls(Path(setting).expanduser() if setting else my_work() / "progress.json")

    @property
    def kept(self) -> bool:
        """Whether progress outlives this process."""
        return self.path is not None

    def opened(self, lesson: str) -> list[str]:
        """Start the clock of a lesson."""
        return self._change(lambda data, now: _lesson(data, lesson).update(last=_stamp(now)))

    def record(self, lesson: str, outcome: Outcome) -> list[str]:
        """Keep the outcome of a check. Points never fall; an untouched starter and a dead endpoint are no attempt."""

        def change(data: Data, now: datetime) -> None:
            record = _worked(data, lesson, outcome.exercise, now)
            record["of"] = outcome.of
            if outcome.status not in (Status.NOT_YET, Status.PASSED):
                return
            record["attempts"] += 1
            record["best"] = min(outcome.of, max(record["best"], outcome.points))
            record["message"] = outcome.message[:300]
            # Once passed, an exercise stays passed: trying something else later loses nothing.
            if record["status"] != Status.PASSED.value:
                record["status"] = outcome.status.value
                record["passed"] = _stamp(now) if outcome.status is Status.PASSED else None

        return self._change(change)

    def hint(self, lesson: str, exercise: str, available: int) -> tuple[int, list[str]]:
        """Count one more hint; gives how many have been seen now, at most `available`."""
        seen = 0

        def change(data: Data, now: datetime) -> None:
            nonlocal seen
            record = _worked(data, lesson, exercise, now)
            record["hints"] = seen = min(available, record["hints"] + 1)

        notices = self._change(change)
        return seen, notices

    def solution(self, lesson: str, exercise: str) -> list[str]:
        """Remember when the worked solution was first looked at."""

        def change(data: Data, now: datetime) -> None:
            record = _worked(data, lesson, exercise, now)
            record["solution_seen"] = record["solution_seen"] or _stamp(now)

        return self._change(change)

    def lessons(self) -> dict[str, dict[str, Data]]:
        """Lesson -> exercise -> record, as kept now. Empty when nothing is kept or it cannot be read."""
        try:
            data = self._read() if self.path else self._memory
        except ProgressUnavailable:
            data = self._memory
        return {name: copy.deepcopy(lesson["exercises"]) for name, lesson in data["lessons"].items()}

    def of(self, lesson: str, exercise: str) -> Data:
        """The record of one exercise; a blank one before it was touched."""
        return self.lessons().get(lesson, {}).get(exercise, dict(BLANK_RECORD))

    def reset(self, lesson: str) -> Path | None:
        """Forget one lesson so that it can be started again; gives the backup made of the whole file, if there was one.

        Raises ProgressUnavailable when it cannot be done safely.
        """
        self._memory["lessons"].pop(lesson, None)
        if not self.path or not self.path.exists():
            return None
        with self._locked():
            data = self._read()
            backup = _free(self.path.with_suffix(f".backup-{_compact(_now())}.json"))
            try:
                write_atomically(backup, self.path.read_bytes())
                data["lessons"].pop(lesson, None)
                self._write(data)
            except OSError as error:
                raise ProgressUnavailable(_reason(error)) from error
        return backup

    def _change(self, change: Callable[[Data, datetime], Any]) -> list[str]:
        now = _now()
        self._set_aside = []
        if self.path is None:
            change(self._memory, now)
            return []
        try:
            with self._locked():
                data = self._read()
                change(data, now)
                self._write(data)
        except (ProgressUnavailable, OSError) as error:
            reason = str(error) if isinstance(error, ProgressUnavailable) else _reason(error)
            change(self._memory, now)
            return [*self._set_aside, f"Progress could not be kept: {reason}. The verdict stands all the same."]
        return self._set_aside

    def _locked(self) -> Any:
        from filelock import FileLock, Timeout

        assert self.path is not None
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.path.with_name(f".{self.path.name}.lock"), timeout=LOCK_SECONDS)
            lock.acquire()
        except Timeout:
            held = f"another notebook has held {self.path.name} for {LOCK_SECONDS:g} seconds"
            raise ProgressUnavailable(held) from None
        except (OSError, NotImplementedError) as error:
            raise ProgressUnavailable(_reason(error)) from error
        return _Held(lock)

    def _read(self) -> Data:
        assert self.path is not None
        try:
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return _empty()
        except UnicodeDecodeError:
            return self._broken()
        except OSError as error:
            raise ProgressUnavailable(_reason(error)) from error
        try:
            data = json.loads(text)
        except (ValueError, RecursionError):
            return self._broken()
        if isinstance(data, dict) and isinstance(data.get("schema"), int) and data["schema"] > SCHEMA:
            raise ProgressUnavailable(f"{self.path.name} was written by a newer version of the workbook; update it")
        return data if _is_sound(data) else self._broken()

    def _broken(self) -> Data:
        """Move the unreadable file aside, whatever it holds, and begin anew."""
        assert self.path is not None
        aside = _free(self.path.with_name(f"{self.path.stem}.broken-{_compact(_now())}{self.path.suffix}"))
        try:
            self.path.rename(aside)
        except FileNotFoundError:
            return _empty()  # another kernel has just moved it
        except OSError as error:
            raise ProgressUnavailable(f"{self.path.name} is damaged and could not be moved ({error})") from error
        self._set_aside.append(f"{self.path.name} was damaged. It is kept as {aside.name}, and a new one was begun.")
        return _empty()

    def _write(self, data: Data) -> None:
        assert self.path is not None
        write_atomically(self.path, json.dumps(data, indent=1, ensure_ascii=False) + "\n")


class _Held:
    """Releases an acquired lock at the end of a with block."""

    def __init__(self, lock: Any) -> None:
        self._lock = lock

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def _empty() -> Data:
    return {"schema": SCHEMA, "lessons": {}}


def _lesson(data: Data, lesson: str) -> Data:
    return data["lessons"].setdefault(lesson, {"last": None, "exercises": {}})


def _worked(data: Data, lesson: str, exercise: str, now: datetime) -> Data:
    """The record of an exercise, with the time since the lesson's last event added to its minutes."""
    entry = _lesson(data, lesson)
    record = entry["exercises"].setdefault(exercise, {})
    for key, blank in BLANK_RECORD.items():
        record.setdefault(key, blank)
    pause = now - _time(entry["last"]) if entry["last"] else timedelta(0)
    if timedelta(0) < pause <= IDLE:
        record["minutes"] = round(record["minutes"] + pause.total_seconds() / 60, 2)
    record["first"] = record["first"] or _stamp(now)
    record["last"] = entry["last"] = _stamp(now)
    return record


def _is_sound(data: Any) -> bool:
    """Whether every value that this room computes with has its type; unknown keys are kept and left alone."""
    if not (isinstance(data, dict) and data.get("schema") == SCHEMA and isinstance(data.get("lessons"), dict)):
        return False
    for lesson in data["lessons"].values():
        if not (isinstance(lesson, dict) and isinstance(lesson.get("exercises"), dict)):
            return False
        records = lesson["exercises"].values()
        if not _is_time(lesson.get("last")) or not all(_is_sound_record(record) for record in records):
            return False
    return True


def _is_sound_record(record: Any) -> bool:
    if not isinstance(record, dict):
        return False
    for key, blank in BLANK_RECORD.items():
        value = record.get(key, blank)
        if blank is None:
            sound = _is_time(value)
        elif isinstance(blank, str):
            sound = isinstance(value, str)
        else:
            sound = isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
        if not sound:
            return False
    return True


def _is_time(value: Any) -> bool:
    if value is None:
        return True
    try:
        return _time(value).tzinfo is not None
    except (TypeError, ValueError):
        return False


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _now() -> datetime:
    return datetime.now(UTC)


def _stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def _compact(moment: datetime) -> str:
    return moment.strftime("%Y%m%dT%H%M%SZ")


def _free(path: Path) -> Path:
    """path, or path with a number, so that nothing is overwritten."""
    candidate, number = path, 2
    while candidate.exists():
        candidate = path.with_name(f"{path.stem}-{number}{path.suffix}")
        number += 1
    return candidate


def _reason(error: BaseException) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
