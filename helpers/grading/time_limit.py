"""Stops code that does not come back, on every system and in any thread. No signals but as a last resort.

A watchdog thread raises TimeUp inside the thread that checks. Python delivers it between two bytecodes, so a loop in
Python stops at once. A call that sleeps inside C ends only with a signal: on the main thread the watchdog then also
sends an interrupt, as the notebook's stop button does. C code that ignores both cannot be stopped from inside.

Imports are neither counted nor cut short: a module that is stopped half-way stays broken for the rest of the session.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

INTERRUPT_AFTER = 0.5  # seconds between the first TimeUp and the first interrupt of a sleeping main thread
GIVE_UP_AFTER = 20.0  # seconds of refiring, for code that catches everything


class TimeUp(BaseException):
    """The code ran longer than its limit. Not an Exception, so that `except Exception` does not swallow it."""


_NOTHING = object()


def limited(function: Callable[[], Any], seconds: float) -> Any:
    """Call `function` and give its result or its exception; raise TimeUp when it runs longer than `seconds`.

    TimeUp's traceback, or that of an exception in its context, shows where the function was. Works in any thread.
    """
    limit = _Limit(seconds)
    limit.start()
    result, caught = _NOTHING, []
    # When the function is left, one TimeUp and one interrupt may still be pending, and each may come at any line below.
    # Nothing new is raised once it is left, so the third end() cannot be hit any more.
    try:
        try:
            try:
                result = limit.call(function)
                limit.end()
            except BaseException as error:
                caught.append(error)
                limit.end()
        except BaseException as error:
            caught.append(error)
            limit.end()
    except BaseException as error:
        caught.append(error)
        limit.end()
    if result is not _NOTHING:
        return result
    if isinstance(caught[0], KeyboardInterrupt) and limit.interrupted:
        raise TimeUp from caught[0]
    raise caught[0]


class _Limit:
    """The watchdog of one call. It raises only while the frame of `call` is on the target's stack."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.interrupted = seconds, False
        self._target = threading.get_ident()
        self._frame: FrameType | None = None
        self._ended = False
        # A bare lock and flags, as their every use is one step in C: TimeUp cannot leave them half-changed.
        self._gate = threading.Lock()
        self._gate.acquire()

    def start(self) -> None:
        threading.Thread(target=self._watch, name="check-time-limit", daemon=True).start()

    def call(self, function: Callable[[], Any]) -> Any:
        self._frame = sys._getframe()
        return function()

    def end(self) -> None:
        """Send the watchdog home, wait until it has gone, and clear what it has left pending."""
        if self._gate.locked():
            self._gate.release()
        while not self._ended:
            time.sleep(0.0002)
        _raise_in(self._target, None)
        self._frame = None

    def _watch(self) -> None:
        try:
            if not self._came_back():
                self._stop_it()
        finally:
            self._ended = True

    def _came_back(self) -> bool:
        """Wait until the call is over, or its time is used up; time spent on imports is not counted."""
        tick, left = min(0.05, self.seconds / 4), self.seconds
        while left > 0:
            before = time.monotonic()
            if self._gate.acquire(timeout=min(tick, left)):
                return True
            if not _imports(self._target):
                left -= time.monotonic() - before
        return False

    def _stop_it(self) -> None:
        start, pause = time.monotonic(), 0.05
        # `while True: try: … except: pass` swallows TimeUp: fire again, at uneven moments, until it sticks.
        while time.monotonic() - start < GIVE_UP_AFTER and self._is_inside():
            if not _imports(self._target):
                _raise_in(self._target, TimeUp)
                if time.monotonic() - start > INTERRUPT_AFTER and self._is_inside():
                    self._interrupt()
            if self._gate.acquire(timeout=pause):
                return
            pause = max(0.001, pause * 0.9)

    def _is_inside(self) -> bool:
        frame = sys._current_frames().get(self._target)
        while frame and frame is not self._frame:
            frame = frame.f_back
        return frame is not None

    def _interrupt(self) -> None:
        """Wake a main thread that sleeps in C, as the notebook's stop button does."""
        on_main_thread = self._target == threading.main_thread().ident
        if not on_main_thread or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
            return
        self.interrupted = True
        if hasattr(signal, "pthread_kill"):
            signal.pthread_kill(self._target, signal.SIGINT)
        elif os.name == "nt":
            signal.raise_signal(signal.SIGINT)


def _imports(thread: int) -> bool:
    """Whether a thread is in the middle of an import."""
    frame = sys._current_frames().get(thread)
    while frame:
        if frame.f_code.co_filename == "<frozen importlib._bootstrap>":
            return True
        frame = frame.f_back
    return False


def _raise_in(thread: int, exception: type[BaseException] | None) -> None:
    """Make `exception` pending in a thread; None clears what is pending."""
    pending = ctypes.py_object(exception) if exception else None
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), pending)


def in_thread(function: Callable[[], Any]) -> Any:
    """Run `function` in a thread of its own and give its result, or raise its exception, here.

    For coroutines: a notebook's main thread already runs an event loop. A TimeUp here is passed on to that thread.
    """
    box: dict[str, Any] = {}

    def run() -> None:
        try:
            box["result"] = function()
        except BaseException as error:
            box["error"] = error

    thread = threading.Thread(target=run, name="check-coroutine", daemon=True)
    thread.start()
    try:
        while thread.is_alive():
            thread.join(0.02)  # short, so that TimeUp is delivered between two waits
    except BaseException:
        if thread.ident:
            _raise_in(thread.ident, TimeUp)
        thread.join(1.0)
        raise
    if "error" in box:
        raise box["error"]
    return box["result"]
