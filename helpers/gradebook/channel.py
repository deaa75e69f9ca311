"""Calls between two processes over one connection: each side may call what the other has referred to.

A question is answered before the asker goes on, and while it waits it answers the questions of the other side: so a
check can call a learner's function that calls a function of the check. Nothing is pickled.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from helpers.gradebook.codec import MOST_BYTES, Codec, CodecError

_MOST_REFERENCES = 20_000
_MOST_QUESTIONS = 200_000  # from the other side, over the life of a channel
_POLL_SECONDS = 0.05


class ChannelClosed(Exception):
    """The other process has ended, or has sent what is no message."""


class Channel:
    """One side of the connection.

    wrap: reference of the other side -> a stand-in for it. failed: an exception of this side -> plain data.
    raised: that plain data, of the other side -> an exception. final: exceptions of this side's answers that the other
    side must not get past: they are raised here too, once its own answer has come.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        wrap: Callable[[Channel, dict[str, Any]], Any],
        describe: Callable[[Any], dict[str, Any]],
        failed: Callable[[BaseException], dict[str, Any]],
        raised: Callable[[dict[str, Any]], BaseException],
        final: type[Exception] | tuple[type[Exception], ...] = (),
    ) -> None:
        self._connection, self._wrap, self._describe = connection, wrap, describe
        self._failed, self._raised, self._final = failed, raised, final
        self._pending: Exception | None = None
        self._codec = Codec(self._refer, self._resolve)
        self._next = itertools.count()
        self._own: dict[int, Any] = {}
        self._numbers: dict[int, int] = {}
        self._theirs: dict[int, Any] = {}
        self._lock = threading.RLock()
        self._questions = 0
        self.deadline = float("inf")  # time.monotonic() after which waiting ends with TimeoutError

    # --- references ------------------------------------------------------------------------------------------------

    def _refer(self, value: Any) -> dict[str, Any]:
        stands_for = getattr(value, "_stands_for", None) if type(value).__module__.startswith(__package__) else None
        if stands_for is not None:
            return {"yours": stands_for}
        number = self._numbers.get(id(value))
        if number is None:
            if len(self._own) >= _MOST_REFERENCES:
                raise CodecError("too many objects have been handed over")
            number = self._numbers[id(value)] = next(self._next)
            self._own[number] = value  # kept, so that its id stays its own
        return {"mine": number, **self._describe(value)}

    def _resolve(self, reference: dict[str, Any]) -> Any:
        if "yours" in reference:
            return self.own(reference["yours"])
        number = reference["mine"]
        if number not in self._theirs:  # one object there is one object here
            if len(self._theirs) >= _MOST_REFERENCES:
                raise CodecError("too many objects have been handed over")
            self._theirs[number] = self._wrap(self, reference)
        return self._theirs[number]

    def own(self, number: Any) -> Any:
        """The object of this side that a reference stands for."""
        try:
            return self._own[number]
        except (KeyError, TypeError):
            raise CodecError(f"no object has the number {number!r}") from None

    def forget(self) -> None:
        """Let go of all references, of both sides: no exercise pays for what another one has handed over."""
        self.ask({"forget": True})
        self._forget()

    def _forget(self) -> None:
        for held in (self._own, self._numbers, self._theirs):
            held.clear()

    def keep(self, value: Any) -> int:
        """The number under which the other side may ask for `value`."""
        return self._refer(value)["mine"]

    # --- questions and answers -------------------------------------------------------------------------------------

    def ask(self, question: dict[str, Any]) -> Any:
        """The other side's answer. Raises what it raised, ChannelClosed, CodecError or TimeoutError."""
        with self._lock:
            self._send({"ask": question})
            while "ask" in (message := self._receive()):
                self._answer(message["ask"])
            if self._pending:
                pending, self._pending = self._pending, None
                raise pending
            if "error" in message:
                raise self._raised(message["error"])
            return message.get("answer")

    def answer_one(self) -> None:
        """Wait for a question and answer it. Raises ChannelClosed or TimeoutError."""
        message = self._receive()
        if "ask" not in message:
            raise ChannelClosed("an answer that nobody asked for")
        self._answer(message["ask"])

    def serve(self) -> None:
        """Answer until the other side closes."""
        try:
            while True:
                self.answer_one()
        except ChannelClosed:
            return

    handle: Callable[[Any], Any]  # question -> answer; set by the side that owns the channel

    def _answer(self, question: Any) -> None:
        self._questions += 1
        if self._questions > _MOST_QUESTIONS:
            raise ChannelClosed("the other side asks without end")
        try:
            content = self._codec.encode({"answer": self._answer_to(question)})
        except Exception as error:
            if isinstance(error, self._final):
                self._pending = self._pending or error
            content = self._codec.encode({"error": self._failed(error)})
        self._send_bytes(content)

    def _answer_to(self, question: Any) -> Any:
        return self._forget() if question == {"forget": True} else self.handle(question)

    def _send(self, message: dict[str, Any]) -> None:
        self._send_bytes(self._codec.encode(message))

    def _send_bytes(self, content: bytes) -> None:
        try:
            self._connection.send_bytes(content)
        except OSError as error:
            raise ChannelClosed(str(error)) from None

    def _receive(self) -> dict[str, Any]:
        try:
            # In short waits, so that a time limit of this process can end them.
            while not self._connection.poll(_POLL_SECONDS):
                if time.monotonic() > self.deadline:
                    raise TimeoutError("no answer in time")
            message = self._codec.decode(self._connection.recv_bytes(MOST_BYTES + 1024))
        except TimeoutError:
            raise
        except (OSError, EOFError) as error:
            raise ChannelClosed(str(error)) from None
        except CodecError as error:
            raise ChannelClosed(str(error)) from None
        if not isinstance(message, dict):
            raise ChannelClosed("not a message")
        return message
