"""Stops code that does not come back, on every system and in any thread. No signals but as a last resort.

A watchdog thread raises TimeUp inside the thread that checks. Python delivers it between two bytecodes, so a loop in
Python stops at once. A call that sleeps inside C ends only with a signal: on the main thread the watchdog then also
sends an interrupt, as the notebook's stop button does. C code that ignores both cannot be stopped from inside.
"""

from __future__ import annotations

import ctypes
import os
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

INTERRUPT_AFTER = 0.5  # seconds between the first TimeUp and the first interrupt of a sleeping main thread
GIVE_UP_AFTER = 20.0  # seconds of refiring, for code that catches everything


class TimeUp(BaseException):
    """The code ran longer than its limit. Not an Exception, so that `except Exception` does not swallow it."""


class TimeLimit:
    """`with TimeLimit(2.0) as limit: ...` raises TimeUp inside the block; the block's owner catches it outside.

    Once the block is left, nothing more is raised: __exit__ waits for a raise in progress and clears a pending one.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.fired = False
        self._target = threading.get_ident()
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._interrupted = False

    def __enter__(self) -> TimeLimit:
        self._target = threading.get_ident()
        threading.Thread(target=self._watch, name="check-time-limit", daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: Any) -> bool:
        while True:
            # TimeUp may be delivered at any of these lines until the pending one is cleared: then start again.
            try:
                self._over.set()
                with self._lock:
                    _raise_in(self._target, None)
                break
            except TimeUp:
                continue
            except KeyboardInterrupt:
                if not self._interrupted:
                    raise
        if kind is KeyboardInterrupt and self._interrupted:
            raise TimeUp from error
        return False

    def _watch(self) -> None:
        if self._over.wait(self.seconds):
            return
        start, pause = time.monotonic(), 0.05
        # `while True: try: … except: pass` swallows TimeUp: fire again, at uneven moments, until it sticks.
        while time.monotonic() - start < GIVE_UP_AFTER:
            with self._lock:
                if self._over.is_set():
                    return
                self.fired = True
                _raise_in(self._target, TimeUp)
                if time.monotonic() - start > INTERRUPT_AFTER and self._target == threading.main_thread().ident:
                    self._interrupt()
            if self._over.wait(pause):
                return
            pause = max(0.001, pause * 0.9)

    def _interrupt(self) -> None:
        if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
            return
        self._interrupted = True
        if hasattr(signal, "pthread_kill"):
            signal.pthread_kill(self._target, signal.SIGINT)
        elif os.name == "nt":
            signal.raise_signal(signal.SIGINT)


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
