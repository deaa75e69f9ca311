"""read_events: a file or a folder of logs, as a stream of events."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime
from itertools import chain, islice
from pathlib import Path

from helpers.logs.codes import code_of
from helpers.logs.events import Event, OnProblem, worse
from helpers.logs.formats import FORMATS, PARSERS, parse
from helpers.logs.heads import Head
from helpers.logs.lines import CUT, Lines, clean
from helpers.logs.times import Clock
from helpers.logs.traces import HEADING, UNCAUGHT, TraceLines, exception_of

MOST_MESSAGE = 4_000  # characters
_LONGEST_WORD = 300
_SAMPLE = 300  # lines by which it is told whether a file's events begin with a time or a level
_ENDINGS = (
    ".csv .tsv .yaml .yml .toml .ini .cfg .conf .md .rst .html .htm .css .xml .py .ipynb .js .ts .sh .sql .java .go "
    ".pdf .docx .pptx .xlsx .zip .tar .7z .png .jpg .jpeg .gif .svg .webp .db .sqlite .parquet .pkl .exe .dll .so .bin"
)
_NO_LOGS = frozenset(_ENDINGS.split())
_ROTATED = re.compile(
    r"(?:\.(?:gz|bz2|xz|log|txt|jsonl|json|out|err|old|\d{1,3})|[-_.]\d{4}-?\d\d-?\d\d(?:[-_T]?\d{2,6})?)$", re.I
)
_MARK = re.compile(r"(?:Start-Date|End-Date|Log started|Log ended|Date|Started at|Finished at): +(?=\d{4}-)")
_CATEGORY = re.compile(r"\S+\[\d+\]$")  # .NET's console: the level, a category, and the message on the next line
_BAD = re.compile(
    r"(?<![\w/.-])(?:(?P<critical>fatal|panic|emergency|critical|out of memory|oom[- ]kill\w*|segmentation "
    "fault|segfault|"
    "core dumped|kernel bug)|(?P<error>errors?|failed|failure|fails|exception|cannot|can't|could not|unable "
    "to|refused|denied|"
    "traceback|abort(?:ed|ing)?|corrupt(?:ed)?|not permitted|no such "
    r"file|unhandled|crash(?:ed)?|FAILED|(?-i:[a-z.]*[A-Z]\w*(?:Error|Exception)))"
    "|(?P<warning>warn(?:ing)?s?|deprecated|timed? "
    "?out|timeout|retry(?:ing)?|invalid|missing|unreachable|unexpected|rejected"
    r"|too many))(?![\w-]|[./]\w)",
    re.IGNORECASE,
)
_GOOD = re.compile(r"(?<!\w)(?:(?:no|0|without|zero) (?:\w+ )?$|not $)", re.IGNORECASE)
_NOTHING_BAD = re.compile(r"(?:\s*[=:]\s*(?:0|false|no|none|null)\b|-free\b)", re.IGNORECASE)


def _silent(what: str, why: str, next_step: str) -> None:
    pass


class Events(Iterator[Event]):
    """What read_events gives: an iterator that also tells how far it is."""

    def __init__(self, files: list[tuple[Path, str]], format: str, on_problem: OnProblem, year: int | None) -> None:
        self.files = [name for _, name in files]
        self.lines = 0  # read so far, in all files
        self.bytes = sum(_size(path) for path, _ in files)  # as they lie on the disk
        self._finished = 0  # bytes of the files that are
        self._reading: Lines | None = None
        self._source = self._all(files, format, on_problem, year)

    def __next__(self) -> Event:
        return next(self._source)

    @property
    def bytes_done(self) -> int:
        """Of `bytes`: those that are read."""
        return self._finished + (self._reading.position if self._reading else 0)

    def _all(self, files, format: str, on_problem: OnProblem, year: int | None) -> Iterator[Event]:
        for path, name in files:
            lines = self._reading = Lines(path, name, on_problem)
            before = self.lines
            for event in _events(lines, format, _clock(path, year)):
                self.lines = before + lines.number
                yield event
            self.lines = before + lines.number
            self._reading = None
            self._finished += _size(path)


def read_events(
    path: Path | str,
    *,
    format: str = "auto",
    on_problem: OnProblem = _silent,
    leave_out: Collection[Path] = (),
    year: int | None = None,
) -> Events:
    """The events of a log file, or of all in a folder and the folders in it, in the order of their names.

    format: "auto" tells by each line's look; another of FORMATS is tried first. leave_out: files of a folder that are
    no logs, and that nobody has to be told of. year: for lines that name none; else the latest that is not in the
    future of the file. Whatever cannot be read is said to on_problem, and the rest goes on.

    Raises ValueError for a format that there is not, FileNotFoundError for a path that there is not.
    """
    if format not in FORMATS:
        raise ValueError(f"there is no log format {format!r}; choose one of {', '.join(FORMATS)}")
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"there is no file and no folder {path}")
    if path.is_dir():
        files = list(_in_folder(path, on_problem, {Path(each).resolve() for each in leave_out}))
        if not files:
            on_problem(path.name, "no log file is in the folder", "check the path")
    else:
        files = [(path, path.name)]
    return Events(files, format, on_problem, year)


def _in_folder(folder: Path, on_problem: OnProblem, leave_out: set[Path]) -> Iterator[tuple[Path, str]]:
    found: list[tuple[str, Path]] = []
    for parent, folders, names in os.walk(folder, onerror=lambda error: _unread_folder(error, on_problem)):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in names:
            path = Path(parent, name)
            found.append((path.relative_to(folder).as_posix(), path))
    for name, path in sorted(found):
        if path.name.startswith(".") or (leave_out and path.resolve() in leave_out):
            continue
        try:
            regular = stat.S_ISREG(path.stat().st_mode)
        except OSError as error:
            on_problem(name, f"it cannot be read: {error.strerror or error}", "check its permissions")
            continue
        if not regular:
            on_problem(name, "it is a pipe, a socket or a device, not a file", "nothing")
        elif path.suffix.lower() in _NO_LOGS:
            on_problem(name, f"a file named {path.suffix} is taken for no log", "name the file itself to read it")
        else:
            yield path, name


def _unread_folder(error: OSError, on_problem: OnProblem) -> None:
    on_problem(str(error.filename), f"the folder cannot be read: {error.strerror}", "check its permissions")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _clock(path: Path, year: int | None) -> Clock:
    if year is not None:
        return Clock(datetime(year, 12, 31))
    try:
        return Clock(datetime.fromtimestamp(path.stat().st_mtime, UTC).replace(tzinfo=None))
    except (OSError, ValueError, OverflowError):
        return Clock(datetime.now(UTC).replace(tzinfo=None))


def system_of(name: str) -> str:
    """The system that a file is named after, without endings and the marks of rotation.

    >>> system_of("shop/portal.log.2.gz"), system_of("orders-2026-11-22.log")
    ('portal', 'orders')
    """
    name = name.rpartition("/")[2]
    while (shorter := _ROTATED.sub("", name)) and shorter != name:
        name = shorter
    return name


# --- lines to events -------------------------------------------------------------------------------------------------


class _Open:
    """An event whose lines are still being read."""

    __slots__ = ("head", "line", "trace")

    def __init__(self, head: Head, line: int) -> None:
        self.head, self.line, self.trace = head, line, TraceLines()


def _events(lines: Lines, format: str, clock: Clock) -> Iterator[Event]:
    begin = _beginner(format)
    source = iter(lines)
    sample = list(islice(source, _SAMPLE))
    lines_read, stamped = 0, _is_stamped(sample, begin, clock)
    name, system = lines.name, system_of(lines.name)
    marked: datetime | None = None  # the time of a line such as apt's "Log started: …", for those below
    is_open: _Open | None = None
    for line in chain(sample, source):
        lines_read += 1
        head = begin(line, clock)
        if head is not None and not head.timed and is_open and is_open.trace.unfinished:
            head = None  # an exception named Error or Warning, not a level
        if head is None:
            if not line.strip():
                if is_open and is_open.trace:
                    is_open.trace.add("")
                continue
            if is_open and _belongs(line, is_open, stamped):
                if not is_open.head.message or _CATEGORY.match(is_open.head.message):
                    is_open.head.message = line.strip()
                else:
                    is_open.trace.add(line)
                continue
            if mark := _MARK.match(line):
                marked = clock.read(line[mark.end() :] + " ")[0]
            head = Head(line.strip(), marked, stamped=False)
        elif head.detail and is_open:
            is_open.trace.add(line)
            continue
        if is_open:
            yield _closed(is_open, name, system)
        is_open = _Open(head, lines_read)
        if not head.stamped and (UNCAUGHT.match(line) or head.message.startswith("Traceback")):
            head.message = ""
            head.severity = (
                "CRITICAL" if line.startswith(("panic: ", "fatal error: ", "Fatal Python", "Segm")) else "ERROR"
            )
            is_open.trace.add(line)
            head.message = "\0"  # the exception, once it has been read
    if is_open:
        yield _closed(is_open, name, system)


def _beginner(format: str) -> Callable[[str, Clock], Head | None]:
    if format == "auto":
        return _auto
    (first,) = PARSERS[format]

    def begin(line: str, clock: Clock) -> Head | None:
        return None if _indented(line) else first(line, clock) or parse(line, clock)

    return begin


def _auto(line: str, clock: Clock) -> Head | None:
    return None if _indented(line) else parse(line, clock)


def _indented(line: str) -> bool:
    return line[:1] in ("", "\t") or (line[:1] == " " and not line[1:9].lstrip(" ")[:1].isdigit())


def _is_stamped(sample: list[str], begin: Callable[[str, Clock], Head | None], clock: Clock) -> bool:
    """Whether events begin with a time or a level as a rule; lines without are then parts of the event above."""
    trace, timed, levelled, other = TraceLines(), 0, 0, 0
    for line in sample:
        head = begin(line, clock)
        if head is None and not UNCAUGHT.match(line) and trace.wants(line):
            trace.add(line)
            continue
        trace = TraceLines()
        if head is not None:
            timed, levelled = timed + head.timed, levelled + (not head.timed)
        elif UNCAUGHT.match(line):
            trace.add(line)
        else:
            other += 1
    return timed >= max(1, other) or timed + levelled > 2 * other


def _belongs(line: str, is_open: _Open, stamped: bool) -> bool:
    trace = is_open.trace
    if UNCAUGHT.match(line) and not trace.unfinished:
        # Under an error it is that error's; under news, and after another trace, it is one that nobody caught.
        related = is_open.head.severity in ("ERROR", "CRITICAL", "WARNING") or line.startswith("goroutine ")
        return related and (not trace.traced or trace.chained or line.startswith("goroutine "))
    if HEADING.match(line) and is_open.head.severity not in ("ERROR", "CRITICAL", "WARNING"):
        return stamped
    return stamped or trace.wants(line)


def _closed(is_open: _Open, name: str, system: str) -> Event:
    head, trace = is_open.head, is_open.trace.text()
    if head.trace:
        given = "\n".join(map(clean, head.trace.split("\n")))
        lines = TraceLines()
        for line in given.split("\n"):
            lines.add(line)
        trace = "\n".join(part for part in (lines.text(), trace) if part)
    message = head.message
    if message == "\0" or (not message and trace):
        message = exception_of(trace) or trace.lstrip("\n").partition("\n")[0].strip()
    if len(message) > MOST_MESSAGE:
        whole, _, last = message[:MOST_MESSAGE].rpartition(" ")  # not within a word: half an address is not redacted
        message = (whole if len(last) < _LONGEST_WORD else message[:MOST_MESSAGE]) + CUT
    if "\t" in message or "\x1b" in message:
        message = clean(message).replace("\t", " ")
    severity = head.severity
    if not severity:
        severity = _from_words(message)
        if trace and exception_of(trace):
            severity = worse("ERROR", severity)
    return Event(
        name, is_open.line, head.when, severity, head.code or code_of(message), head.system or system, message, trace
    )


def _from_words(message: str) -> str:
    """How bad a line without a level is by its words; "" where they do not tell. "0 errors" tells nothing bad."""
    found = ""
    for match in _BAD.finditer(message):
        if _GOOD.search(message, 0, match.start()) and _GOOD.search(message[: match.start()]):
            continue
        if _NOTHING_BAD.match(message, match.end()):
            continue
        found = worse(found, (match.lastgroup or "").upper())
    return found
