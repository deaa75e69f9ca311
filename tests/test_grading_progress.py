"""Progress is kept whatever happens: several kernels at once, a crash while writing, a damaged or a locked file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from helpers.grading import Outcome, Progress, Status
from helpers.grading import progress as progress_room
from helpers.grading.progress import ProgressUnavailable
from helpers.paths import ROOT


def outcome(points: int, status: Status = Status.NOT_YET, of: int = 3, name: str = "split") -> Outcome:
    return Outcome(name, status, points, of)


@pytest.fixture
def progress(tmp_path: Path) -> Progress:
    return Progress(tmp_path / "my work" / "progrès.json")


def test_points_never_fall_and_a_pass_stays(progress):
    for each in (outcome(1), outcome(3, Status.PASSED), outcome(0)):
        assert progress.record("01", each) == []
    record = progress.of("01", "split")
    assert (record["best"], record["of"], record["attempts"], record["status"]) == (3, 3, 3, "passed")
    assert record["passed"].endswith("Z")


@pytest.mark.parametrize("status", [Status.NOT_ATTEMPTED, Status.COULD_NOT_GRADE])
def test_an_untouched_starter_and_a_dead_endpoint_are_no_attempt(progress, status):
    progress.record("01", outcome(2))
    progress.record("01", outcome(0, status))
    assert (progress.of("01", "split")["attempts"], progress.of("01", "split")["best"]) == (1, 2)


def test_hints_go_on_where_they_were_left(progress):
    assert [progress.hint("01", "split", 2)[0] for _ in range(3)] == [1, 2, 2]
    assert Progress(progress.path).hint("01", "split", 3)[0] == 3


def test_the_first_look_at_a_solution_is_remembered(progress, monkeypatch):
    clock(monkeypatch, [0, 5])
    progress.solution("01", "split")
    first = progress.of("01", "split")["solution_seen"]
    progress.solution("01", "split")
    assert first
    assert progress.of("01", "split")["solution_seen"] == first


def clock(monkeypatch: pytest.MonkeyPatch, minutes: list[float]) -> None:
    moments = [datetime(2026, 3, 1, 9, tzinfo=UTC) + timedelta(minutes=minute) for minute in minutes]
    monkeypatch.setattr(progress_room, "_now", lambda: moments.pop(0))


def test_minutes_are_of_work_and_leave_long_pauses_out(progress, monkeypatch):
    clock(monkeypatch, [0, 4, 6, 200, 203])
    progress.opened("01")
    progress.record("01", outcome(0))  # 4 minutes after opening
    progress.record("01", outcome(1))  # 2 more
    progress.record("01", outcome(1))  # after lunch
    progress.record("01", outcome(3, name="ask"))  # 3 more, on the next exercise
    assert progress.of("01", "split")["minutes"] == 6
    assert progress.of("01", "ask")["minutes"] == 3


# ---- several kernels at once

WRITER = """
import sys
from pathlib import Path
from helpers.grading import Outcome, Progress, Status
path, worker = Path(sys.argv[1]), sys.argv[2]
for number in range(25):
    progress = Progress(path)
    assert progress.record("01", Outcome(f"own {worker}", Status.NOT_YET, number % 3, 3)) == []
    assert progress.record("01", Outcome("shared", Status.NOT_YET, 1, 3)) == []
"""


def test_several_kernels_lose_nothing(progress):
    command = [sys.executable, "-c", WRITER, str(progress.path)]
    workers = [subprocess.Popen([*command, str(n)], cwd=ROOT) for n in range(4)]
    assert [worker.wait(60) for worker in workers] == [0] * 4
    assert progress.of("01", "shared")["attempts"] == 100
    assert [progress.of("01", f"own {n}")["attempts"] for n in range(4)] == [25] * 4
    assert {path.name for path in progress.path.parent.iterdir()} <= {"progrès.json", ".progrès.json.lock"}


CRASH = """
import os, sys
from pathlib import Path
from helpers.grading import Outcome, Progress, Status
os.fsync = lambda descriptor: os._exit(9)  # the power fails while the new file is being written
Progress(Path(sys.argv[1])).record("01", Outcome("split", Status.PASSED, 3, 3))
"""


def test_a_crash_while_writing_leaves_the_old_file_and_no_lock(progress):
    progress.record("01", outcome(1))
    before = progress.path.read_bytes()
    assert subprocess.run([sys.executable, "-c", CRASH, str(progress.path)], cwd=ROOT).returncode == 9
    assert progress.path.read_bytes() == before
    assert progress.record("01", outcome(2)) == []
    assert progress.of("01", "split")["best"] == 2


# ---- files that are not as expected


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b'{"schema": 1, "lessons": {"01": {"exer',
        b"\xff\xfe\x00",
        b"[]",
        b'{"schema": 1, "lessons": []}',
        b'{"schema": 1, "lessons": {"01": {"last": "yesterday", "exercises": {}}}}',
        b'{"schema": 1, "lessons": {"01": {"last": null, "exercises": {"split": {"best": "many"}}}}}',
        b"[" * 100_000,
    ],
    ids=[
        "empty",
        "cut",
        "not text",
        "a list",
        "lessons as a list",
        "a wrong time",
        "a wrong number",
        "nested too deep",
    ],
)
def test_a_damaged_file_is_kept_aside_and_said(progress, content):
    progress.path.parent.mkdir(parents=True)
    progress.path.write_bytes(content)
    notices = progress.record("01", outcome(1))
    aside = [path for path in progress.path.parent.iterdir() if ".broken-" in path.name]
    assert [path.read_bytes() for path in aside] == [content]
    assert aside[0].name in notices[0]
    assert progress.of("01", "split")["best"] == 1


def test_a_file_of_a_newer_version_is_not_touched(progress):
    progress.path.parent.mkdir(parents=True)
    progress.path.write_text('{"schema": 99}', encoding="utf-8")
    notices = progress.record("01", outcome(1))
    assert "newer version" in notices[0]
    assert progress.path.read_text(encoding="utf-8") == '{"schema": 99}'


def test_keys_that_this_version_does_not_know_are_kept(progress):
    progress.record("01", outcome(1))
    data = json.loads(progress.path.read_text(encoding="utf-8"))
    data["cohort"] = "spring"
    data["lessons"]["01"]["exercises"]["split"]["mood"] = "good"
    progress.path.write_text(json.dumps(data), encoding="utf-8")
    progress.record("01", outcome(2))
    data = json.loads(progress.path.read_text(encoding="utf-8"))
    assert data["cohort"] == "spring"
    assert data["lessons"]["01"]["exercises"]["split"]["mood"] == "good"


def test_where_nothing_can_be_written_it_is_said_and_the_session_goes_on(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder", encoding="utf-8")
    progress = Progress(blocked / "progress.json")
    notices = progress.record("01", outcome(1))
    assert "could not be kept" in notices[0]
    assert progress.hint("01", "split", 3)[0] == 1
    assert progress.hint("01", "split", 3)[0] == 2


def test_a_lock_held_by_another_is_not_waited_for_for_ever(progress, monkeypatch):
    from filelock import FileLock

    monkeypatch.setattr(progress_room, "LOCK_SECONDS", 0.1)
    progress.path.parent.mkdir(parents=True)
    with FileLock(progress.path.with_name(f".{progress.path.name}.lock")):
        notices = progress.record("01", outcome(1))
    assert "another notebook" in notices[0]


def test_a_lesson_can_be_started_again_and_the_past_is_kept(progress):
    progress.record("01", outcome(3, Status.PASSED))
    progress.record("02", outcome(1))
    backup = progress.reset("01")
    assert progress.of("01", "split")["best"] == 0
    assert progress.of("02", "split")["best"] == 1
    assert json.loads(backup.read_text(encoding="utf-8"))["lessons"]["01"]["exercises"]["split"]["best"] == 3


def test_a_lesson_is_not_forgotten_when_no_backup_can_be_made(progress, monkeypatch):
    progress.record("01", outcome(3, Status.PASSED))

    def full(path, content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(progress_room, "write_atomically", full)
    with pytest.raises(ProgressUnavailable, match="No space left"):
        progress.reset("01")
    assert progress.of("01", "split")["best"] == 3


def test_the_environment_says_where_or_off(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBOOK_PROGRESS", "off")
    assert Progress.default().path is None
    monkeypatch.setenv("WORKBOOK_PROGRESS", str(tmp_path / "mine.json"))
    assert Progress.default().path == tmp_path / "mine.json"
    monkeypatch.delenv("WORKBOOK_PROGRESS")
    assert Progress.default().path == Path(os.environ["WORKBOOK_HOME"]).resolve() / "my_work" / "progress.json"
