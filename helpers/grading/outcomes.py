"""What a check found out, and how it is shown. Says nothing about how it was found out.

One text serves everywhere: markdown that reads the same live, re-opened, on GitHub and, with its marks taken off,
in a terminal. So no HTML, no colour that carries meaning, and values in a fenced block, which needs no escaping.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Status(StrEnum):
    """The four verdicts. Only NOT_YET says that something in the learner's work is wrong."""

    NOT_ATTEMPTED = "not attempted"
    NOT_YET = "not yet"
    PASSED = "passed"
    COULD_NOT_GRADE = "could not grade"


_SYMBOL = {
    Status.NOT_ATTEMPTED: "○",
    Status.NOT_YET: "✗",
    Status.PASSED: "✓",
    Status.COULD_NOT_GRADE: "?",
}


@dataclass(frozen=True)
class PartOutcome:
    """One part of an exercise. `state` is "passed", "failed" or "untried"."""

    name: str
    points: int
    of: int
    state: str


@dataclass(frozen=True)
class Counterexample:
    """One concrete case that breaks the property.

    rows: (label, code) pairs in the order shown, e.g. ("tried", 'split("abcdef", 4, 2)').
    why: one sentence in words, or "".
    """

    rows: tuple[tuple[str, str], ...]
    why: str = ""

    @property
    def lines(self) -> list[str]:
        """The rows as aligned lines of plain text."""
        width = max((len(label) for label, _ in self.rows), default=0)
        return [f"{label.ljust(width)}  {line}" for label, code in self.rows for label, line in _labelled(label, code)]


def _labelled(label: str, code: str) -> list[tuple[str, str]]:
    first, *rest = code.splitlines() or [""]
    return [(label, first), *(("", line) for line in rest)]


@dataclass(frozen=True)
class Outcome:
    """The verdict on one exercise.

    points, of: earned and possible. message: the broken property, or the reason, in one or two sentences of markdown.
    printed: what the learner's code printed inside the check, shortened. next_step: one sentence.
    fault: "" | "endpoint" | "check": who is to blame when it could not be graded.
    details: further markdown paragraphs in place of the parts, e.g. a quiz's reasons. remarks: what the check
    says beside its verdict when it passes.
    """

    exercise: str
    status: Status
    points: int
    of: int
    parts: tuple[PartOutcome, ...] = ()
    message: str = ""
    counterexample: Counterexample | None = None
    details: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    printed: str = ""
    next_step: str = ""
    fault: str = ""
    seconds: float = 0.0

    @property
    def verdict(self) -> str:
        """The first line: symbol, exercise, verdict, points."""
        symbol, points = _SYMBOL[self.status], f"{self.points} of {counted(self.of, 'point')}"
        if self.status is Status.PASSED:
            return f"{symbol} {self.exercise}: passed, {points}"
        if self.status is Status.NOT_YET:
            return f"{symbol} {self.exercise}: not yet, {points} so far"
        if self.status is Status.NOT_ATTEMPTED:
            return f"{symbol} {self.exercise}: not attempted yet, {counted(self.of, 'point')} to win"
        return f"{symbol} {self.exercise}: could not be graded, and that costs no points"

    @property
    def markdown(self) -> str:
        blocks = [f"**{self.verdict}**"]
        if self.message:
            blocks.append(self.message)
        if self.counterexample and self.counterexample.rows:
            blocks.append(fenced("\n".join(self.counterexample.lines), "text"))
        if self.counterexample and self.counterexample.why:
            blocks.append(self.counterexample.why)
        blocks.extend(self.details)
        if self.printed and self.status is Status.NOT_YET:
            blocks.append("Your code printed:\n\n" + fenced(self.printed, "text"))
        if len(self.parts) > 1 and not self.details and self.status in (Status.NOT_YET, Status.COULD_NOT_GRADE):
            blocks.append("\n".join(f"- {_part_line(part)}" for part in self.parts))
        blocks.extend(self.remarks)
        if self.next_step:
            blocks.append(self.next_step)
        return "\n\n".join(blocks)

    @property
    def text(self) -> str:
        """The same for a terminal."""
        return plain(self.markdown)

    def as_dict(self) -> dict[str, Any]:
        """Plain data for progress and the gradebook; JSON can hold it."""
        return {
            "exercise": self.exercise,
            "status": self.status.value,
            "points": self.points,
            "of": self.of,
            "parts": [
                {"name": part.name, "points": part.points, "of": part.of, "state": part.state} for part in self.parts
            ],
            "message": self.message,
            "counterexample": [list(row) for row in self.counterexample.rows] if self.counterexample else [],
            "fault": self.fault,
            "seconds": round(self.seconds, 3),
        }

    def _repr_markdown_(self) -> str:
        return self.markdown


def _part_line(part: PartOutcome) -> str:
    if part.state == "untried":
        return f"· {part.name} (not tried, {counted(part.of, 'point')})"
    return f"{'✓' if part.state == 'passed' else '✗'} {part.name} ({part.points} of {counted(part.of, 'point')})"


def counted(number: int, noun: str) -> str:
    """counted(1, "point") -> "1 point"; counted(2, "point") -> "2 points"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def fenced(code: str, language: str) -> str:
    """A fenced block whose fence is longer than any run of backticks inside."""
    longest = max((len(run) for run in re.findall(r"`+", code)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{code}\n{fence}"


def plain(markdown: str) -> str:
    """This room's markdown for a terminal: fenced lines are indented, emphasis is dropped, code keeps its backticks."""
    lines, fence = [], ""
    for line in markdown.splitlines():
        mark = re.match(r"`{3,}", line)
        if mark and not fence:
            fence = mark.group()
        elif fence and line.strip() == fence:
            fence = ""
        elif fence:
            lines.append("    " + line)
        else:
            lines.append(_without_marks(line))
    return "\n".join(lines)


def _without_marks(line: str) -> str:
    """Drop ** outside inline code: inside it may be a power or a dict's arguments."""
    pieces = re.split(r"(`+.+?`+)", line)  # text, code, text, code, ..., text
    return "".join(piece if piece.startswith("`") else piece.replace("**", "") for piece in pieces)
