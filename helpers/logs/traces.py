"""Stack traces: which lines belong to one, and the exception that it is about. Standard library only."""

from __future__ import annotations

import re
from collections import deque

MOST_TRACE = 16_000  # characters that are kept of the lines under an event, then its last lines
_LAST_LINES = 12
_LONGEST_LAST = 500

# Begin something of their own, whatever stood above: an error that nobody caught, written past the logger.
UNCAUGHT = re.compile(
    r"Traceback \(most recent call last\)|Exception in thread |Unhandled [Ee]xception|Uncaught |panic: |fatal error: "
    r"|goroutine \d+ \[running|Fatal Python error|thread '.*' panicked at|Segmentation fault|terminate called after"
    r"|\*\*\* Error in |PHP Fatal error|(?:node:\S+|\[eval\]|\S+\.(?:js|ts|mjs|cjs)):\d+$"
)
_INSIDE = re.compile(
    r"\s+\S|Caused by: |Suppressed: |\.\.\. \d+ more|at [\w.$<>]+\(|File \"|During handling of the above|"
    r"The above exception was|Traceback \(most recent|---> |--- End of |goroutine \d+ \[|created by |exit status \d|"
    r"\[signal |stack backtrace:|note: run with|Node\.js v\d|DETAIL: |HINT: |CONTEXT: |STATEMENT: |\^+$|\(Background on"
    r"|During task with name|[}\])]+[,;]?$"
)
_CLASS = (
    r"(?:[A-Za-z_$][\w$]*[.:/]{1,2})*(?:Error|Exception|[A-Z][\w$]*(?:Error|Exception|Exit|Interrupt|Warning|Fault|"
    r"Timeout|Failure|Refused|Found|Denied|Iteration))"
)
_EXCEPTION = re.compile(rf"(?:[a-z_]\w*\.)+[A-Z]\w*(?=: |$)|{_CLASS}(?=: |$)|[A-Z]\w+(?=: )")
_ANYWHERE = re.compile(
    rf"^(?:Exception in thread \"[^\"]*\" |Unhandled exception\. |Uncaught )?({_CLASS}(?:: .*)?)$", re.M
)
_CAUSED = re.compile(r"^\s*(?:Caused by: |---> (?:\(Inner Exception #\d+\) )?)(.+?)(?: \[.*)?$", re.M)
HEADING = re.compile(rf"{_CLASS}(?:: |$)")
_SCRIPT = re.compile(r"(?:node:\S+|\[eval\]|\S+\.(?:js|ts|mjs|cjs)):\d+$")  # Node: where, the line, the exception
_MOST_UNFINISHED = 6  # lines of Node's before its exception
_GROUP = re.compile(r"^\s*\| ((?:[\w.]*)ExceptionGroup: .*)$", re.M)
_GO_CALL = re.compile(r"[\w./*()-]+\(.*\)$|[\w./]+\.\(\*\w+\)")
_PANIC = re.compile(r"^(?:panic|fatal error): (.+?)(?: \[recovered\])?$", re.M)
_RUST = re.compile(r"^thread '.*' panicked at (.+)$", re.M)


class TraceLines:
    """The lines that follow an event's first, gathered in bounded memory; and whether the next belongs to them."""

    __slots__ = ("_after", "_kept", "_last", "_script", "_size", "chained", "traced", "unfinished")

    def __init__(self) -> None:
        self._kept: list[str] = []
        self._last: deque[str] = deque(maxlen=_LAST_LINES)
        self._size = 0
        self._after = ""
        self._script = 0
        self.traced = False  # it holds a trace already
        self.chained = False  # another trace is announced, of the same event
        self.unfinished = False  # a trace whose exception comes last, in the first line that is not indented

    def __bool__(self) -> bool:
        return bool(self._kept)

    def add(self, line: str) -> None:
        if line.startswith("Traceback (most"):
            self.unfinished, self._script = True, 0
        elif _SCRIPT.match(line):
            self.unfinished, self._script = True, _MOST_UNFINISHED
        elif self._script:
            self._script -= 1
            self.unfinished = bool(self._script) and not HEADING.match(line)
            self._script *= self.unfinished
        elif self.unfinished and line[:1] not in ("", " ", "\t", "|", "+"):
            self.unfinished = False
        self.traced = self.traced or self.unfinished
        if line.strip():
            self.chained = line.startswith(("During handling of", "The above exception was"))
        self._after = line
        if self._size < MOST_TRACE:
            self._kept.append(line[: MOST_TRACE - self._size])
            self._size += len(self._kept[-1]) + 1
        else:
            self._last.append(line[:_LONGEST_LAST])

    def wants(self, line: str) -> bool:
        """Whether a line goes on with the trace, where lines without a time may also be events of their own."""
        if not line or _INSIDE.match(line):
            return True
        if self.unfinished:
            return True  # the exception's own line
        if not self._kept and HEADING.match(line):
            return True
        go = bool(self._kept) and (self._after.startswith(("goroutine ", "\t", "panic: ")) or not self._after)
        return go and _GO_CALL.match(line) is not None

    def text(self) -> str:
        lines = self._kept if not self._last else [*self._kept, "…[cut]", *self._last]
        return "\n".join(lines).strip("\n")


def exception_of(trace: str) -> str:
    """The exception that a trace is about, the root cause where it names one: "TimeoutError: no reply"; "" for none.

    >>> exception_of("Traceback (most recent call last):\\n  File \\"a.py\\", line 1\\nKeyError: 'sku'")
    "KeyError: 'sku'"
    """
    if not trace:
        return ""
    if caused := _CAUSED.findall(trace):
        return caused[-1].strip()
    lines = trace.split("\n")
    if "Traceback (most recent" in trace:
        # The last block's exception is its first line that is not indented, after the frames.
        start = max(i for i, line in enumerate(lines) if "Traceback (most recent" in line)
        for line in lines[start + 1 :]:
            if line and line[0] not in " \t|+" and _EXCEPTION.match(line):
                return line.strip()
    for pattern in (_GROUP, _PANIC, _ANYWHERE, _RUST):
        if match := pattern.search(trace):
            return match[1].strip()
    return ""
