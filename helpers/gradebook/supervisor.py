"""Grades one submission: the trainer's checks run here, the submission's code in a process of its own.

A submission whose process hangs, dies or grows too large is started again without the cell that did it, and goes on
with the next exercise; so one bad cell never costs the others.
"""

from __future__ import annotations

import contextlib
import importlib
import inspect
import linecache
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from helpers.gradebook.channel import Channel, ChannelClosed
from helpers.gradebook.clients import sent, told_of_client
from helpers.gradebook.codec import CodecError
from helpers.gradebook.failures import raised_again, told_of_failure
from helpers.gradebook.fence import FENCES, Limits, holds_less
from helpers.gradebook.processes import child_context, started
from helpers.gradebook.stand_ins import CallableStandIn, StandIn, answered, stand_in, told
from helpers.gradebook.submission import Job, cell_file, run
from helpers.grading.exercises import Exercise, grade
from helpers.grading.failures import NotYet
from helpers.grading.lessons import CHECKS, exercises_of
from helpers.grading.outcomes import Outcome, Status
from helpers.grading.silent import variant_values
from helpers.grading.variants import NEUTRAL

_STARTS = 6  # of one submission's process
_WATCH_SECONDS = 0.1
_LOOKS_AT_FILES = 10  # every that many turns of the watch
_LATE_SECONDS = 5.0
_END_SECONDS = 2.0


@dataclass(frozen=True)
class Graded:
    """What became of one submission. stopped: cell number -> why it stopped, in one line."""

    outcomes: tuple[Outcome, ...]
    stopped: Mapping[int, str] = field(default_factory=dict)
    fences: tuple[str, ...] = ()
    seconds: float = 0.0


def grade_submission(
    lesson: str,
    cells: tuple[str, ...],
    starters: Mapping[str, str],
    *,
    scratch: Path,
    project: Path,
    mock_url: str,
    limits: Limits | None = None,
    variant: str = NEUTRAL,
) -> Graded:
    """Run the cells and check every exercise of the lesson. Never raises for anything that the submission does.

    starters: exercise name -> source of its cell as published. scratch: an empty folder of the submission's own.
    """
    started = time.perf_counter()
    checks = importlib.import_module(f"{CHECKS}.{lesson}")
    exercises = {name: made.for_variant(variant) for name, made in exercises_of(checks).items()}
    values = variant_values(exercises, variant)
    job = Job(lesson, cells, frozenset(), scratch, project, mock_url, limits or Limits(), values)
    with _Submission(job) as submission:
        outcomes = [submission.outcome(exercise, starters) for exercise in exercises.values()]
        return Graded(
            tuple(outcomes), dict(submission.stopped), tuple(submission.fences), time.perf_counter() - started
        )


class _Submission:
    """The submission's process, restarted where it must be, and the exercises judged on what it defines."""

    def __init__(self, job: Job) -> None:
        self._job, self._limits = job, job.limits
        for number, source in enumerate(job.cells):
            name = cell_file(number)
            linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
        self._starts = 0
        self._process: Any = None
        self._channel: Channel | None = None
        self._began: int | None = None
        self._ready = False
        self._killed = ""
        self._watching: tuple[threading.Thread, threading.Event] | None = None
        self.stopped: dict[int, str] = {}
        self.fences: list[str] = []

    def __enter__(self) -> _Submission:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    # --- one exercise ----------------------------------------------------------------------------------------------

    def outcome(self, exercise: Exercise, starters: Mapping[str, str]) -> Outcome:
        """The verdict on one exercise."""
        if not self._is_running() and not self._start():
            return self._could_not_run(exercise)
        try:
            namespace = self._namespace(exercise)
        except Exception:  # it does not answer, or not sensibly
            self._end()
            return self._could_not_run(exercise)
        seconds = min(exercise.seconds, self._limits.check_seconds)
        assert self._channel is not None
        # Past this, a call that is waited for ends even if the engine's own limit could not reach it.
        self._channel.deadline = time.monotonic() + seconds + 2
        try:
            outcome = grade(exercise, namespace, starters.get(exercise.name), seconds=seconds)
        except Exception as error:  # what came back broke the engine itself
            outcome = _not_yet(exercise, f"What came back cannot be checked ({type(error).__name__}).")
        if self._killed or not self._process.is_alive():
            outcome = self._ended_during(outcome)
            self._end()
        elif outcome.seconds >= seconds:
            self._end()  # the call that took too long may still be running there
        return outcome

    def _namespace(self, exercise: Exercise) -> dict[str, Any]:
        """What the check's parameters stand for; clients and the endpoint are ours, not theirs."""
        assert self._channel is not None
        wanted = list(dict.fromkeys([*exercise.needs, *inspect.signature(exercise.check).parameters]))
        self._channel.deadline = time.monotonic() + self._limits.check_seconds
        self._channel.forget()
        there = self._channel.ask({"do": "names", "names": wanted})
        namespace: dict[str, Any] = {"In": ["", *self._job.cells]}
        for name in wanted:
            if name in there:
                value = self._channel.ask({"do": "value", "name": name})
                namespace[name] = _own_endpoint(name, value) or value
        return namespace

    def _could_not_run(self, exercise: Exercise) -> Outcome:
        last = max(self.stopped, default=None)
        reason = f"Cell {last + 1}: {self.stopped[last]}" if last is not None else "The notebook's process ended."
        return _not_yet(exercise, f"The notebook could not be run to this exercise. {reason}")

    def _ended_during(self, outcome: Outcome) -> Outcome:
        """The parts passed before the end keep their points."""
        if outcome.status is Status.PASSED:
            return outcome
        why = self._killed or "it ended the process that ran it"
        message = f"The code was stopped while it was checked: {why}."
        return replace(outcome, status=Status.NOT_YET, message=message, counterexample=None, fault="")

    # --- the process -----------------------------------------------------------------------------------------------

    def _is_running(self) -> bool:
        return self._ready and self._process is not None and self._process.is_alive()

    def _start(self) -> bool:
        """Start the process and let it run the cells, leaving out those that ended it before."""
        while self._starts < _STARTS:
            self._end()
            self._starts += 1
            job = replace(self._job, skip=frozenset(n for n, why in self.stopped.items() if why.startswith(_ENDED)))
            context = child_context()
            ours, theirs = context.Pipe()
            self._process = started(context.Process(target=run, args=(theirs, job)))
            theirs.close()
            self._watch_memory()
            self._channel = self._new_channel(ours)
            if self._ran_cells():
                return True
        return False

    def _new_channel(self, connection: Any) -> Channel:
        channel = Channel(
            connection,
            wrap=_wrapped,
            describe=_described,
            failed=lambda error: told_of_failure(error, None),
            raised=raised_again,
            final=NotYet,
        )
        channel.handle = self._answer
        return channel

    def _ran_cells(self) -> bool:
        """Wait until all cells have run. False: the process was ended in one of them, which is noted."""
        assert self._channel is not None
        until = time.monotonic() + self._limits.run_seconds
        self._began, self._ready, self._killed = None, False, ""
        while not self._ready:
            self._channel.deadline = min(until, time.monotonic() + self._limits.cell_seconds)
            try:
                self._channel.answer_one()
            except TimeoutError:
                seconds = self._limits.cell_seconds
                self._note_end(f"it ran longer than {seconds:g} seconds" if time.monotonic() < until else _TOO_LONG)
                return False
            except (ChannelClosed, CodecError):
                self._note_end(self._killed or "it ended the process that ran it")
                return False
        return True

    def _note_end(self, why: str) -> None:
        if self._began is not None:
            self.stopped[self._began] = f"{_ENDED}{why}"
        else:
            self._starts = _STARTS  # it did not even begin: trying again would not help
        self._end()

    def _answer(self, question: Any) -> Any:
        """What the submission's process tells of itself, or asks of an object that a check handed it."""
        if "began" in question:
            self._began = self._cell(question["began"])
            return None
        if "stopped" in question:
            error = raised_again(question["by"])
            self.stopped.setdefault(self._cell(question["stopped"]), f"{type(error).__name__}: {error}"[:300])
            return None
        if "ready" in question:
            self._ready = True
            self.fences = [name for name in FENCES if name in question["ready"]]
            return None
        assert self._channel is not None
        if question["do"] == "send":
            return sent(self._channel.own(question["on"]), question)
        return answered(self._channel, question, trusting=False)

    def _cell(self, number: Any) -> int:
        if type(number) is not int or not 0 <= number < len(self._job.cells):
            raise ValueError("there is no such cell")
        return number

    def _watch_memory(self) -> None:
        """End the process when it holds more memory than it may; a limit in the kernel is there on Linux only."""
        done = threading.Event()
        watcher = threading.Thread(target=self._watch, args=(self._process, done), daemon=True)
        watcher.start()
        self._watching = watcher, done

    def _watch(self, process: Any, done: threading.Event) -> None:
        import psutil

        with contextlib.suppress(psutil.Error):
            seen = psutil.Process(process.pid)
            most = seen.memory_info().rss + self._limits.memory
            turn = 0
            while not done.wait(_WATCH_SECONDS):
                turn += 1
                if seen.memory_info().rss > most:
                    self._killed = f"it used more than {self._limits.memory // 1_000_000:,} MB of memory"
                elif turn % _LOOKS_AT_FILES == 0 and not holds_less(self._job.scratch, self._limits.scratch_bytes):
                    self._killed = "it wrote too many files, or too large ones"
                elif self._channel and time.monotonic() > self._channel.deadline + _LATE_SECONDS:
                    self._killed = "it kept the check waiting"  # in the middle of a message
                if self._killed:
                    process.kill()
                    return

    def _end(self) -> None:
        self._ready = False
        if self._watching is not None:  # joined, so that a fork never happens beside a thread of ours
            watcher, done = self._watching
            done.set()
            watcher.join()
            self._watching = None
        if self._process is not None and self._process.is_alive():
            self._process.kill()
            self._process.join(_END_SECONDS)


_ENDED = "left out after a first try: "
_TOO_LONG = "the notebook as a whole ran too long"


def _own_endpoint(name: str, value: Any) -> Any:
    """Our own endpoint in place of a submission's: what a check asks must not go to one that it has prepared."""
    if name == "endpoint" and isinstance(value, StandIn):
        from helpers.endpoint import connect

        return connect("mock", quiet=True)
    return None


def _wrapped(channel: Channel, reference: dict[str, Any]) -> Any:
    found = stand_in(channel, reference)
    number = str(reference.get("file", ""))
    if isinstance(found, CallableStandIn) and number.startswith("<cell ") and number in linecache.cache:
        # The engine compares a definition with the starter's by the cell that its code remembers.
        found.__dict__["__code__"] = SimpleNamespace(co_filename=number)
    return found


def _described(value: Any) -> dict[str, Any]:
    from helpers.endpoint import Endpoint

    if isinstance(value, Endpoint):
        return {"client": "endpoint"}
    return told_of_client(value) or told(value)


def _not_yet(exercise: Exercise, message: str) -> Outcome:
    return Outcome(exercise.name, Status.NOT_YET, 0, exercise.points, message=message)
